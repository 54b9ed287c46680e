#!/usr/bin/env bats
# shellcheck disable=SC2154 # stderr is set by run
# rp-import of what venues send in JSON: Binance as hftbacktest records it,
# Kraken, OKX and Bitget as cryptofeed does. Messages are of the shapes that
# the venues document; real recordings where they are.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	data=${RP_DATA:-$RP_TOP/../shared/data}
	t=1700000000000000000 # 1700000000 s
}

# rows FILE FIELD...: those fields of each record that has the first one.
rows() {
	local file=$1 f
	shift
	f=$(printf '.%s,' "$@")
	rp-import "$file" | rp-print --json --digits keep |
	    jq -r "select(has(\"$1\")) | [${f%,}] | map(. // \"-\") | join(\" \")"
}

# is TEXT: stdin is it.
is() {
	diff <(cat) <(printf '%s\n' "$1")
}

# refused FORMAT LINE WHY: status 3, one line that says where and why; and
# left out with --on-error, counted.
refused() {
	printf '%s\n' "$2" >bad.txt
	run -3 --separate-stderr bash -c \
	    "rp-import --format $1 bad.txt >/dev/null"
	if [ "${#stderr_lines[@]}" != 1 ] ||
	    [[ $stderr != "rp-import: bad.txt: record 1 at byte 0: line 1: "*"$3"* ]]; then
		echo "$2: $stderr"
		return 1
	fi
	rp-import -q --format "$1" --on-error skip --stats-json s.json bad.txt \
	    >/dev/null
	[ "$(jq -c '[.records_in, .records_out, .rejected]' s.json)" = '[1,0,1]' ]
}

# ---- Binance ----

@test "binance: a depth update is an event, each level with its own digits" {
	cat >in.txt <<-EOF
	$t {"stream":"btcusdt@depth@0ms","data":{"e":"depthUpdate","E":1699999999999,"T":1699999999998,"s":"BTCUSDT","U":99,"u":101,"pu":98,"b":[["100.10","0.000"],["100","1.50"]],"a":[["100.30","3"]]}}
	EOF
	rows in.txt action side price size flags sequence first_sequence \
	    prev_sequence send_delta ts_event source | is \
"remove bid 100.10 0.000  101 99 98 1000000 1699999999998000000 binance-usdm
set bid 100 1.50  101 99 98 1000000 1699999999998000000 binance-usdm
set ask 100.30 3 last 101 99 98 1000000 1699999999998000000 binance-usdm"
}

@test "binance: an empty update keeps its numbers" {
	echo "$t {\"e\":\"depthUpdate\",\"E\":1,\"T\":1,\"s\":\"A\",\"U\":5,\"u\":7,\"pu\":4,\"b\":[],\"a\":[]}" >in.txt
	rows in.txt action side price sequence first_sequence prev_sequence \
	    flags | is "none none - 7 5 4 last"
}

@test "binance: a snapshot clears and sets, and has the symbol of its recording" {
	cat >in.txt <<-EOF
	$t {"lastUpdateId":100,"E":1700000000000,"T":1699999999999,"bids":[["100.1","1"],["100.0","2"]],"asks":[["100.2","0.5"]]}
	$t {"e":"depthUpdate","E":1,"T":1,"s":"BTCUSDT","U":99,"u":101,"pu":98,"b":[],"a":[]}
	$t {"lastUpdateId":102,"bids":[],"asks":[["1","2"]]}
	$t {"lastUpdateId":103,"symbol":"BTCUSD_PERP","pair":"BTCUSD","E":1,"T":1,"bids":[],"asks":[]}
	EOF
	rows in.txt action side price flags sequence depth symbol source | is \
"clear none - snapshot 100 0 BTCUSDT binance-usdm
set bid 100.1 snapshot 100 0 BTCUSDT binance-usdm
set bid 100.0 snapshot 100 1 BTCUSDT binance-usdm
set ask 100.2 last|snapshot 100 0 BTCUSDT binance-usdm
none none - last 101 0 BTCUSDT binance-usdm
clear none - snapshot|ts_event_inferred 102 0 BTCUSDT binance-spot
set ask 1 last|snapshot|ts_event_inferred 102 0 BTCUSDT binance-spot
clear none - last|snapshot 103 0 BTCUSD_PERP binance-coinm"
	refused binance "$t {\"lastUpdateId\":1,\"bids\":[],\"asks\":[]}" \
	    "a snapshot, and no message says of what"
	cat >two.txt <<-EOF
	$t {"u":1,"s":"AB","b":"1","B":"1","a":"1","A":"1"}
	$t {"u":1,"s":"CD","b":"1","B":"1","a":"1","A":"1"}
	$t {"lastUpdateId":102,"bids":[],"asks":[["1","2"]]}
	EOF
	run -3 --separate-stderr rp-import two.txt -o no
	[[ $stderr = *"line 3: a snapshot without symbol among several symbols" ]]
}

@test "binance: depth5 and its like are snapshots, with their depth as channel" {
	cat >in.txt <<-EOF
	$t {"stream":"bnbusdt@depth5","data":{"lastUpdateId":160,"bids":[["0.0024","10"]],"asks":[["0.0026","100"]]}}
	$t {"stream":"btcusdt@depth20@100ms","data":{"e":"depthUpdate","E":2,"T":1,"s":"BTCUSDT","U":104,"u":105,"pu":103,"b":[["100","1"]],"a":[]}}
	EOF
	rows in.txt action side price channel symbol sequence source | is \
"clear none - 5 BNBUSDT 160 binance-spot
set bid 0.0024 5 BNBUSDT 160 binance-spot
set ask 0.0026 5 BNBUSDT 160 binance-spot
clear none - 20 BTCUSDT 105 binance-usdm
set bid 100 20 BTCUSDT 105 binance-usdm"
}

@test "binance: trades, one by one and aggregated" {
	cat >in.txt <<-EOF
	$t {"e":"trade","E":1700000000000,"T":1700000000000,"s":"BTCUSDT","t":7,"p":"99.90","q":"1","X":"ADL","m":false}
	$t {"e":"aggTrade","E":1700000000000,"s":"BTCUSD_240927","a":5933014,"p":"100.2","q":"0.1","f":100,"l":105,"T":1700000000000,"m":true}
	$t {"e":"trade","E":1700000000000123,"s":"BNBUSDT","t":12345,"p":"0.001","q":"100","b":88,"a":50,"T":1700000000000122,"m":true,"M":true}
	$t {"e":"aggTrade","E":1,"s":"BNBUSDT","a":1,"p":"1","q":"1","f":1,"l":1,"T":1,"m":false,"M":true}
	EOF
	rows in.txt trade_id side price size tflags first_id last_id order_id \
	    taker_id ts_event source flags | is \
"7 bid 99.90 1 adl - - - - 1700000000000000000 binance-usdm last
5933014 ask 100.2 0.1  100 105 - - 1700000000000000000 binance-coinm last
12345 ask 0.001 100  - - 88 50 1700000000000122000 binance-spot last
1 bid 1 1  1 1 - - 1000000 binance-spot last"
}

@test "binance: quotes, of spot without a time of their own" {
	cat >in.txt <<-EOF
	$t {"e":"bookTicker","u":7,"E":1700000000001,"T":1700000000000,"s":"BTCUSDT","b":"25.3519","B":"31.21","a":"25.36","A":"40.660"}
	$t {"u":8,"s":"BTCUSDT","b":"25.35","B":"31","a":"25.36","A":"40"}
	EOF
	rows in.txt bid_px bid_sz ask_px ask_sz sequence ts_event send_delta \
	    flags source | is \
"25.3519 31.210 25.3600 40.660 7 1700000000000000000 -1000000 last binance-usdm
25.35 31 25.36 40 8 1700000000000000000 - last|ts_event_inferred binance-spot"
}

@test "binance: a time of sending beyond 2 s is kept in ts_out" {
	cat >in.txt <<-EOF
	1700000010000000000 {"e":"trade","E":1700000000004,"T":1700000000003,"s":"A","t":8,"p":"1","q":"1","X":"MARKET","m":false}
	1700000010000000000 {"e":"depthUpdate","E":1700000000002,"T":1700000000001,"s":"A","U":1,"u":2,"pu":0,"b":[["1","2"]],"a":[]}
	1700000010000000000 {"e":"bookTicker","u":7,"E":1700000000001,"T":1700000000000,"s":"A","b":"1","B":"1","a":"1","A":"1"}
	EOF
	rows in.txt ts_out send_delta ts_event | is \
"1700000000004000000 - 1700000000003000000
1700000000002000000 - 1700000000001000000
1700000000001000000 - 1700000000000000000"
}

@test "binance: what has no type travels as it is, and is counted" {
	cat >in.txt <<-EOF
	$t {"result":null,"id":1}
	$t {"e":"markPriceUpdate","E":1700000000006,"s":"BTCUSDT","p":"1","T":1700006400000}
	$t {"e":"forceOrder","E":1700000000007,"o":{"s":"ETHUSDT","S":"SELL","q":"0.014"}}
	$t {"stream":"!ticker@arr","data":[{"e":"24hrTicker","E":1,"s":"A"}]}
	$t {"e":"x","a":[{"b":1}],"b":{"c":[]},"e2":"\"\\\\ é"}
	$t {"e":"x","E":"soon","T":[],"s":""}
	EOF
	rows in.txt direction type symbol ts_event text | is \
"received json - - {\"result\":null,\"id\":1}
received json BTCUSDT 1700000000006000000 {\"e\":\"markPriceUpdate\",\"E\":1700000000006,\"s\":\"BTCUSDT\",\"p\":\"1\",\"T\":1700006400000}
received json ETHUSDT 1700000000007000000 {\"e\":\"forceOrder\",\"E\":1700000000007,\"o\":{\"s\":\"ETHUSDT\",\"S\":\"SELL\",\"q\":\"0.014\"}}
received json - - {\"stream\":\"!ticker@arr\",\"data\":[{\"e\":\"24hrTicker\",\"E\":1,\"s\":\"A\"}]}
received json - - {\"e\":\"x\",\"a\":[{\"b\":1}],\"b\":{\"c\":[]},\"e2\":\"\\\"\\\\ é\"}
received json - - {\"e\":\"x\",\"E\":\"soon\",\"T\":[],\"s\":\"\"}"
	rp-import --stats-json s.json in.txt >/dev/null
	[ "$(jq -c .counts s.json)" = '{"opaque.other":2,"opaque.markPriceUpdate":1,"opaque.forceOrder":1,"opaque.x":2}' ]
}

@test "binance: members in any order, blanks and escapes" {
	cat >in.txt <<-EOF
	$t { "data" : { "a" : [ [ "2" , "1" ] ] , "b":[], "u":2, "U":1, "s":"\\u0041B", "E":1, "e":"depthUpdate" } , "stream" : "ab@depth" }
	EOF
	rows in.txt action side price symbol source | is \
	    "set ask 2 AB binance-spot"
}

@test "binance: damaged lines are refused, each with its place and reason" {
	e='"E":1,"s":"A","T":1'
	refused binance "$t {\"e\":\"trade\",$e,\"m\":tru" "column 58: a value"
	refused binance "$t {\"e\":\"trade\",$e,\"p\":NaN}" "a value is expected"
	refused binance "$t {\"e\":\"trade\",$e,\"p\":\"NaN\"}" \
	    "p 'NaN' is not a number"
	refused binance "$t {\"e\":\"trade\",$e,\"p\":\"99999999999999999999\"}" \
	    "p '99999999999999999999' has too many digits"
	refused binance "$t {\"e\":\"trade\",$e,\"p\":\"1e-19\"}" \
	    "p '1e-19' has too many digits"
	refused binance "$t {\"e\":\"trade\",$e,\"p\":\"1\"}" "q is missing"
	refused binance "$t {\"e\":\"trade\",$e,\"p\":\"1\",\"q\":\"1\",\"m\":1}" \
	    "m '1' is not true or false"
	refused binance "$t {\"e\":\"trade\",$e,\"p\":\"1\",\"q\":\"1\",\"m\":true,\"X\":\"GIFT\"}" \
	    "X 'GIFT' is not known"
	refused binance "$t {\"e\":\"trade\",$e,\"p\":\"1\",\"q\":\"1\",\"m\":true,\"t\":99999999999999999999}" \
	    "t '99999999999999999999' is too large"
	refused binance "$t {\"e\":\"x\",$e,\"e\":\"y\"}" "a member is there twice"
	refused binance "$t {\"e\":\"trade\",\"E\":9999999999999999999}" \
	    "E '9999999999999999999' is out of the range of times"
	refused binance "$t {\"e\":\"x\",\"s\":\"A"$'\xff'"\"}" "not UTF-8"
	refused binance "$t {\"e\":\"trade\",\"s\":\"\\u0007\"}" "is no name"
	refused binance "$t {\"e\":\"depthUpdate\",$e,\"U\":1,\"u\":1,\"b\":[]}" \
	    "bids and asks are not both arrays"
	refused binance "$t {\"e\":\"depthUpdate\",$e,\"U\":1,\"u\":1,\"a\":[],\"b\":[[\"1\"]]}" \
	    "a level is [price, size]"
	refused binance "$t {\"e\":\"depthUpdate\",$e,\"U\":1,\"u\":1,\"a\":[],\"b\":[[\"1\",\"2\",3]]}" \
	    "a level has too many values"
	refused binance "$t {\"e\":\"depthUpdate\",\"E\":1,\"U\":1,\"u\":1,\"a\":[],\"b\":[]}" \
	    "s, the symbol, is missing"
	refused binance "99999999999999999999 {}" "out of range (a time in ns"
	refused binance "1723161255 {}" "out of range (a time in ns"
	refused binance "-1 {}" "out of range (a time in ns"
	refused binance "{\"e\":\"x\"}" "does not begin with a receive time"
	refused binance "$t {} x" "something follows"
	refused binance "$t $(printf '%0100d' 0 | tr 0 '[')" \
	    "too many brackets within brackets"
}

@test "binance: of a bad message there is no record, and the others count" {
	cat >in.txt <<-EOF
	$t {"e":"depthUpdate","E":1,"T":1,"s":"A","U":1,"u":1,"pu":0,"b":[["1","1"],["2","x"]],"a":[]}

	$t {"u":8,"s":"A","b":"1","B":"1","a":"1","A":"1"}
	garbage
	EOF
	rp-import -q --on-error file:bad.txt --stats-json s.json in.txt >out.rps
	[ "$(jq -c '[.records_in, .records_out, .rejected]' s.json)" = '[3,1,2]' ]
	rp-print out.rps --json | jq -r .type | is bbo
	run -0 cat bad.txt
	[ "${#lines[@]}" = 2 ]
	[[ ${lines[0]} = *"line 1: size 'x' is not a number"*'["2","x"]'* ]]
	[[ ${lines[1]} = *"line 4: "*garbage ]]
}

@test "binance: a line of 10 MB is read, one beyond the limit is not" {
	{
		printf '%s {"e":"x","S":"' "$t"
		head -c 10000000 /dev/zero | tr '\0' a
		printf '"}\n%s {"lastUpdateId":1,"symbol":"A","bids":[["1","1"]' "$t"
		yes ',["1","1"]' | head -n 900000 | tr -d '\n'
		printf '],"asks":[]}\n'
	} >in.txt
	rp-import in.txt | rp-check --json | jq -r .records | is 900003
	{
		printf '%s {"e":"x","S":"' "$t"
		head -c 34000000 /dev/zero | tr '\0' a
		printf '"}\n'
		head -n 1 in.txt
	} >long.txt
	rp-import -q --on-error skip --stats-json s.json long.txt |
	    rp-check --json | jq -r .records | is 1
	[ "$(jq .rejected s.json)" = 1 ]
	run -3 --separate-stderr rp-import long.txt -o no
	[[ $stderr = *"line 1: it is longer than 33550336 bytes, and cut there" ]]
	[ ! -e no ]
}

# ---- cryptofeed ----

@test "kraken: a book by its channel, with the checksum on the last record" {
	cat >in.txt <<-'EOF'
	wss://ws.kraken.com <-> 1618678132.3858151
	wss://ws.kraken.com <- 1618678132.8253062: {"event":"subscribe"}
	1618678132.5: {"event":"heartbeat"}
	1618678133.626511: [992,{"as":[["0.0100","1.50","1618678123.481570"]],"bs":[["0.0090","2.000","1618678123.500000"]]},"book-10","XMR\/USD"]
	1618678134.0: [992,{"a":[["0.0100","0.00","1618678133.365913"]]},{"b":[["0.0080","1.00","1618678133.4","r"]],"c":"4294967295"},"book-10","XMR/USD"]
	EOF
	rows in.txt action side price size flags tflags checksum channel symbol \
	    ts_event source | is \
"clear none - - snapshot|ts_event_inferred  0 10 XMR/USD 1618678133626511000 kraken
set bid 0.0090 2.000 snapshot  0 10 XMR/USD 1618678123500000000 kraken
set ask 0.0100 1.50 last|snapshot  0 10 XMR/USD 1618678123481570000 kraken
set bid 0.0080 1.00  republished 0 10 XMR/USD 1618678133400000000 kraken
remove ask 0.0100 0.00 last checksum 4294967295 10 XMR/USD 1618678133365913000 kraken"
	rows in.txt direction ts_recv text source | is \
'connected 1618678132385815100 wss://ws.kraken.com <-> 1618678132.3858151 kraken
sent 1618678132825306200 wss://ws.kraken.com <- 1618678132.8253062: {"event":"subscribe"} kraken
received 1618678132500000000 {"event":"heartbeat"} kraken'
	rp-import --stats-json s.json in.txt >/dev/null
	[ "$(jq -c .counts s.json)" = '{"opaque.connected":1,"opaque.sent":1,"opaque.heartbeat":1}' ]
}

@test "kraken: trades, spread, ticker and bars" {
	cat >in.txt <<-'EOF'
	1534614057.5: [0,[["5541.20000","0.15850568","1534614057.321597","s","l",""],["6060.00000","0.02455000","1534614057.324998","b","m",""]],"trade","XBT/USD"]
	1534614057.6: [0,["5698.40000","5700.00000","1542057299.545897","1.01234567","0.98765432"],"spread","XBT/USD"]
	1534614057.7: [340,{"a":["5525.40000",1,"1.000"],"b":["5525.1",1,"2.000"],"v":["1","2"]},"ticker","XBT/USD"]
	1621988141.7: [327,["1621988141.603324","1621988160.000000","38220.7","38348.80000","38220.70000","38320.40000","38330.59222","3.23539643",42],"ohlc-1","XBT/USD"]
	EOF
	rows in.txt price size side tflags ts_event flags trade_id |
	    grep -v '^- - none' | is \
"5541.20000 0.15850568 ask limit_order 1534614057321597000  -
6060.00000 0.02455000 bid market_order 1534614057324998000 last -"
	rows in.txt bid_px bid_sz ask_px ask_sz ts_event | is \
"5698.40000 1.01234567 5700.00000 0.98765432 1542057299545897000
5525.10000 2.000 5525.40000 1.000 1534614057700000000"
	rows in.txt open high low close volume count ts_event ts_close kind | is \
"38220.70000 38348.80000 38220.70000 38320.40000 3.23539643 42 1621988100000000000 1621988160000000000 time"
	# what is beyond these is in the message, which follows
	rows in.txt direction | wc -l | is 2
}

@test "okx: books, bbo and trades" {
	cat >in.txt <<-'EOF'
	configuration: {"x": 1}
	1597026383.3: {"arg":{"channel":"books","instId":"BTC-USDT"},"action":"snapshot","data":[{"asks":[["8476.98","415","0","13"]],"bids":[["8476.97","256","0","12"]],"ts":"1597026383285","checksum":-855196043,"prevSeqId":-1,"seqId":123456}]}
	1597026383.4: {"arg":{"channel":"books","instId":"BTC-USDT"},"action":"update","data":[{"asks":[["8476.98","0","0","0"]],"bids":[],"ts":"1597026383385","checksum":7,"prevSeqId":123456,"seqId":123457}]}
	1597026383.5: {"arg":{"channel":"books-l2-tbt","instId":"BTC-USDT"},"action":"update","data":[{"asks":[],"bids":[],"ts":"1597026383385","prevSeqId":123457,"seqId":123457}]}
	1597026383.6: {"arg":{"channel":"books5","instId":"BTC-USDT-SWAP"},"data":[{"asks":[["8476.98","1","0","1"]],"bids":[],"instId":"BTC-USDT-SWAP","ts":"1597026383585","seqId":9}]}
	1597026383.7: {"arg":{"channel":"bbo-tbt","instId":"BTC-USDT"},"data":[{"asks":[["111.06","55154","0","2"]],"bids":[],"ts":"1597026383685","seqId":363996337}]}
	1597026383.8: {"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT","tradeId":"130639474","px":"42219.9","sz":"0.12060306","side":"buy","ts":"1597026383785","count":"3"},{"instId":"BTC-USDT","tradeId":"130639475","px":"42219.8","sz":"1","side":"sell","ts":"1597026383786"}]}
	1597026384.0: pong
	EOF
	rows in.txt action side price orders flags checksum sequence \
	    prev_sequence channel source | grep -v " bid_px" | head -n 7 | is \
"clear none - 0 snapshot 0 123456 0 0 okx
set bid 8476.97 12 snapshot 0 123456 0 0 okx
set ask 8476.98 13 last|snapshot 3439771253 123456 0 0 okx
remove ask 8476.98 0 last 7 123457 123456 0 okx
none none - 0 last 0 123457 123457 0 okx
clear none - 0 snapshot 0 9 0 5 okx
set ask 8476.98 1 last|snapshot 0 9 0 5 okx"
	rows in.txt bid_px ask_px ask_sz ask_ct sequence ts_event | is \
	    "- 111.06 55154 2 363996337 1597026383685000000"
	rows in.txt trade_id price size side flags | is \
"130639474 42219.9 0.12060306 bid 
130639475 42219.8 1 ask last"
	rows in.txt direction text | is "received pong"
	rp-import in.txt | rp-print --notes | grep -q 'configuration: {"x": 1}'
}

@test "bitget: books and trades of both its APIs" {
	cat >in.txt <<-'EOF'
	1695716059.6: {"action":"snapshot","arg":{"instType":"USDT-FUTURES","channel":"books","instId":"BTCUSDT"},"data":[{"asks":[["27000.5","8.760"]],"bids":[],"checksum":-5,"seq":123,"ts":"1695716059516"}],"ts":1695716059517}
	1695716059.7: {"action":"update","arg":{"instType":"USDT-FUTURES","channel":"books","instId":"BTCUSDT"},"data":[{"asks":[["27000.5","0"]],"bids":[],"checksum":6,"seq":124,"pseq":123,"ts":"1695716059616"}],"ts":1695716059617}
	1695716059.8: {"action":"snapshot","arg":{"instType":"SPOT","channel":"trade","instId":"BTCUSDT"},"data":[{"ts":"1695716059716","price":"27000.5","size":"0.001","side":"buy","tradeId":"11123-a"}],"ts":1695716059717}
	1695716059.9: {"action":"update","arg":{"instType":"sp","channel":"trade","instId":"BTCUSDT"},"data":[["1695716059816","46464.51","0.0023","sell"]]}
	EOF
	rows in.txt checksum action price flags sequence prev_sequence \
	    send_delta source | is \
"0 clear - snapshot 123 0 83000000 bitget-usdt-futures
4294967291 set 27000.5 last|snapshot 123 0 83000000 bitget-usdt-futures
6 remove 27000.5 last 124 123 83000000 bitget-usdt-futures"
	rows in.txt trade_id price size side source ts_event | is \
"11123-a 27000.5 0.001 bid bitget-spot 1695716059716000000
- 46464.51 0.0023 ask bitget-sp 1695716059816000000"
}

@test "cryptofeed: a second connection is a gap" {
	cat >in.txt <<-'EOF'
	wss://ws.example.org/x <-> 1600000000.0
	1600000001.5: {"event":"heartbeat"}
	wss://ws.example.org/x <-> 1600000005.25
	https://api.example.org/y -> 1600000006.0: {"z":[]}
	EOF
	rows in.txt type ts_recv action ts_from ts_to source | is \
"json 1600000000000000000 - - - ws.example.org
json 1600000001500000000 - - - ws.example.org
gap 1600000005250000000 disconnect 1600000001500000000 1600000005250000000 ws.example.org
json 1600000005250000000 - - - ws.example.org
json 1600000006000000000 - - - api.example.org"
}

@test "cryptofeed: damaged lines are refused, each with its place and reason" {
	refused cryptofeed '1.5: [1,{"a":[["1","1","1"]]' "column 29: ',' or '}' is"
	refused cryptofeed '1.5: [1,{"a":[["1","1"]]},"book-10","A/B"]' \
	    "a level has no timestamp"
	refused cryptofeed '1.5: [1,{"a":[["1","1","1","x"]]},"book-10","A/B"]' \
	    "unknown type of update"
	refused cryptofeed '1.5: [1,{"a":[["1e30","1","1"]]},"book-10","A/B"]' \
	    "price '1e30' has too many digits"
	refused cryptofeed '1.5: [1,{"c":"1"},"book-10","A/B"]' "a book is as"
	refused cryptofeed '1.5: [1,{"as":[],"a":[]},"book-10","A/B"]' \
	    "a book is as"
	refused cryptofeed '1.5: [1,{"a":[],"c":"4294967296"},"book-10","A/B"]' \
	    "c has more than 32 bits"
	refused cryptofeed '1.5: [1,[["1","1","1","z","l",""]],"trade","A/B"]' \
	    "neither b nor s"
	refused cryptofeed '1.5: [1,["1","1","1"],"spread","A/B"]' "too few values"
	refused cryptofeed '1.5: {"arg":{"channel":"books","instId":"A-B"},"action":"mend","data":[{}]}' \
	    "neither snapshot nor update"
	refused cryptofeed '1.5: {"arg":{"channel":"books","instId":"A-B"},"data":[{},{}]}' \
	    "data has several books"
	refused cryptofeed '1.5: {"arg":{"channel":"books","instId":"A-B"},"data":[{"asks":[]}]}' \
	    "asks or bids are missing"
	refused cryptofeed '1.5: {"arg":{"channel":"books"},"data":[{"asks":[]}]}' \
	    "instId, the symbol, is missing"
	refused cryptofeed '1.5: {"arg":{"channel":"trades","instId":"A-B"},"data":[{"px":"1","sz":"1","side":"hold","ts":"1"}]}' \
	    "neither buy nor sell"
	refused cryptofeed '99999999999.5: {}' "out of the range of times"
	refused cryptofeed '1.x: {}' "is not a time in seconds"
	refused cryptofeed '1.5 {}' "its time has no ': ' behind it"
	refused cryptofeed 'ftp://x => 1' "it is no line of cryptofeed"
	refused cryptofeed "1.5: b'x'" "a value is expected"
	refused cryptofeed "1.5: {\"a\":\""$'\xc3'"\"}" "not UTF-8"
}

# ---- as users meet them ----

@test "both are recognised, packed or not, and cut text is an error" {
	echo "$t {\"u\":8,\"s\":\"A\",\"b\":\"1\",\"B\":\"1\",\"a\":\"1\",\"A\":\"1\"}" >b.txt
	echo 'wss://ws.kraken.com <-> 1618678132.3858151' >k.txt
	gzip -k b.txt
	for f in b.txt b.txt.gz k.txt; do
		rp-import "$f" | rp-check --json | jq -r .records | is 1
	done
	head -c 40 b.txt >cut.txt
	run -3 rp-import --format binance cut.txt -o no
	rp-import --list-formats | grep -q '^binance '
	rp-import --list-formats | grep -q '^cryptofeed '
}

@test "output that fails is told, in the middle of a message, too" {
	{
		printf '%s {"lastUpdateId":1,"symbol":"A","asks":[],' "$t"
		printf '"bids":[["1","1"]'
		yes ',["1","1"]' | head -n 30000 | tr -d '\n'
		printf ']}\n'
	} >in.txt
	run -1 --separate-stderr bash -c 'rp-import in.txt >/dev/full'
	[[ $stderr = *"No space left on device"* ]]
	rp-import in.txt | rp-check --json | jq -r .records | is 30002
}

@test "text of these records is text again" {
	printf '%s\n' 'wss://ws.kraken.com <- 1.5: {"é":"\u0007\"\\"}' \
	    >in.txt
	rp-import in.txt | rp-print --json >out.json
	rp-import out.json | rp-print --json | cmp - out.json
	rp-import in.txt | rp-csv -t json -c text | tail -n 1 | is \
	    '"wss://ws.kraken.com <- 1.5: {""é"":""\u0007\""\\""}"'
	rp-import in.txt | rp-filter -w 'text ~ "*kraken*"' | rp-check --json |
	    jq -r .records | is 1
}

@test "real recordings: every message has its records" {
	[ -e "$data/binance/usdm-btcusdt-20240808.gz" ] || skip "no Binance files"
	for f in usdm:93954:532924 spot:41249:163888; do
		IFS=: read -r name lines records <<<"$f"
		rp-import --stats-json s.json \
		    "$data/binance/$name-btcusdt-20240808.gz" >/dev/null
		jq -c '[.records_in, .records_out, .rejected]' s.json |
		    is "[$lines,$records,0]"
	done
	rp-import --stats-json s.json \
	    "$data/exchange-checksums/KRAKEN.ws.50.0" >/dev/null
	jq -c '[.records_in, .records_out, .rejected]' s.json |
	    is '[4323,11799,0]'
}
