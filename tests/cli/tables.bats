#!/usr/bin/env bats
# shellcheck disable=SC2154 # stderr is set by run
# shellcheck disable=SC2016 # $1 is a column
bats_require_minimum_version 1.5.0
# rp-import on tables: CSV of Tardis.dev, rp-csv's own, any by a mapping.

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	tardis=$RP_DATA/tardis
}

# real FILE: one of Tardis.dev's, or skip.
real() {
	compgen -G "$tardis/$1" >/dev/null || skip "no $1"
}

# said PATTERN...: each is in stderr, which is a line.
said() {
	[ "${#stderr_lines[@]}" = 1 ]
	for pattern; do
		[[ $stderr = *"$pattern"* ]] || {
			echo "no '$pattern' in: $stderr"
			return 1
		}
	done
}

# column NAME... of a stream, blanks between, a line each record.
columns() {
	rp-csv -c "$1" --no-header --delimiter ' '
}

L2=exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount
T=1700000000000000 # us: what the times of these tables are added to

# l2 ROW...: a file of levels, "time snapshot side price amount [symbol]" each.
l2() {
	echo $L2
	local row f
	for row; do
		read -r -a f <<<"$row"
		echo "x,${f[5]-S},$((T + 100 * f[0])),$((T + 100 * f[0] + 50)),${f[1]},${f[2]},${f[3]},${f[4]}"
	done
}

# ---- Tardis.dev ----

@test "all rows of the real files are records" {
	real '*L2*'
	local n
	for file in "$tardis"/*.csv; do
		n=$(awk 'END { print NR - 1 }' "$file")
		[[ $file != *L2* ]] || n=$((n + 1)) # a clear
		rp-import "$file" | rp-check --json >got
		[ "$(jq -r .records got)" = "$n" ]
	done
}

@test "a snapshot begins with a clear, and its rows say so" {
	l2 '1 true bid 10.5 1' '1 true ask 11 2' '2 false ask 11 0' \
	    '3 true bid 10 1' '4 true bid 9 1' >a.csv
	rp-import a.csv | columns action,side,price,size,flags >got
	diff got - <<-'END'
		clear none   snapshot
		set bid 10.5 1 snapshot
		set ask 11 2 last|snapshot
		remove ask 11 0 last
		clear none   snapshot
		set bid 10 1 last|snapshot
		set bid 9 1 last|snapshot
	END
}

@test "each symbol has its own snapshot and its own events" {
	l2 '1 true bid 1 1 A' '1 true bid 1 1 B' '2 false bid 1 1 A' \
	    '2 true bid 1 1 B' '2 true bid 2 1 A' >a.csv
	rp-import a.csv | columns symbol,action,flags >got
	diff got - <<-'END'
		A clear snapshot
		A set last|snapshot
		B clear snapshot
		B set last|snapshot
		A set last
		B set last|snapshot
		A clear snapshot
		A set last|snapshot
	END
}

@test "times are in microseconds; one that is a copy says so" {
	echo $L2 >a.csv
	echo 'x,S,1585699200245001,1585699200355684,false,bid,1,1' >>a.csv
	echo 'x,S,1585699200355685,1585699200355685,false,bid,1,1' >>a.csv
	rp-import a.csv | columns ts_recv,ts_event,flags >got
	diff got - <<-'END'
		1585699200355684000 1585699200245001000 last
		1585699200355685000 1585699200355685000 last|ts_event_inferred
	END
}

@test "columns may stand in any order, and the header come again" {
	cat >a.csv <<-'END'
		amount,price,side,id,local_timestamp,timestamp,symbol,exchange
		1.50,2e3,buy,17,1700000000000002,1,S,x
		amount,price,side,id,local_timestamp,timestamp,symbol,exchange
		2,0.10,sell,ab-c,1700000000000003,1,S,x
		2,0.10,unknown,,1700000000000004,1,S,x
		2,0.10,,0123456789abcdef0,1700000000000004,1,S,x
	END
	rp-import a.csv | rp-print --json |
	    jq -r '[.price, .size, .side, .trade_id, .tflags] | join(" ")' >got
	diff got - <<-'END'
		2e3 1.50 bid 17 
		0.10 2 ask ab-c id_ascii
		0.10 2 none  
		0.10 2 none 0xc92e2385daf36034 id_hash
	END
}

@test "of a header that comes again, what was known of books is forgotten" {
	l2 '1 true bid 1 1' >a.csv
	rp-import <(cat a.csv a.csv) | columns action,flags >got
	diff got - <<-'END'
		clear snapshot
		set last|snapshot
		clear snapshot
		set last|snapshot
	END
}

@test "a ticker becomes a statistic for each value that is there" {
	cat >a.csv <<-'END'
		exchange,symbol,timestamp,local_timestamp,funding_timestamp,funding_rate,predicted_funding_rate,open_interest,last_price,index_price,mark_price
		x,S,1,1700000000000002,1600000000000000,0.00010000,-1e-05,12345,100.5,100.25,100.26
		x,S,1,1700000000000003,,,,12346,,,
		x,S,1,1700000000000004,1600000000000000,,,,,,
		x,S,1,1700000000000005,,,,,,,
	END
	rp-import --stats a.csv 2>err |
	    columns ts_recv,stat_type,quantity,price,ts_ref,flags >got
	diff got - <<-'END'
		1700000000000002000 funding_rate 0.0001  1600000000000000000 
		1700000000000002000 predicted_funding_rate -0.00001   
		1700000000000002000 open_interest 12345   
		1700000000000002000 last_price  100.5  
		1700000000000002000 index_price  100.25  
		1700000000000002000 mark_price  100.26  last
		1700000000000003000 open_interest 12346   last
		1700000000000004000 funding_rate   1600000000000000000 last
	END
	grep -q 'rows without a value 1' err
	grep -q 'in 4' err
}

@test "a book has the levels that are there" {
	{
		printf 'exchange,symbol,timestamp,local_timestamp'
		printf ',%s' {asks,bids}'[0].'{price,amount} {asks,bids}'[1].'{price,amount}
		printf '\nx,S,1,1700000000000002,10.5,1,10,2,11,3,,\n'
	} >a.csv
	rp-import a.csv | rp-print --json |
	    jq -c '[.n_bid, .n_ask, .bid_px_00, .bid_sz_00, .ask_px_00, .ask_px_01, .tflags]' >got
	diff got - <<<'[1,2,"10.0","2","10.5","11.0","depth_limited"]'
}

@test "the last row needs no end, rows may end with CRLF" {
	l2 '1 false bid 1 1' '2 false ask 1.25 0' >a.csv
	rp-import a.csv | rp-check --json | jq -r .sum >want
	[ -s want ]
	printf %s "$(cat a.csv)" >b.csv
	sed 's/$/\r/' a.csv >c.csv
	{ printf '\357\273\277'; cat a.csv; } >d.csv
	for file in b.csv c.csv d.csv; do
		rp-import $file | rp-check --json | jq -r .sum | diff want -
	done
}

@test "a header that is not read is refused, and named" {
	echo 'exchange,symbol,timestamp,local_timestamp,type,strike_price,delta' >a.csv
	run -5 --separate-stderr rp-import -o x a.csv
	said 'a.csv: ' 'strike_price,delta' '--mapping'
	echo 'exchange,symbol,timestamp,local_timestamp,id,side,price,amount' >liquidations_X.csv
	run -5 --separate-stderr rp-import -o x liquidations_X.csv
	said liquidations id,side,price
	echo 'exchange,symbol,timestamp,local_timestamp,id,side,price,price' >b.csv
	run -3 --separate-stderr rp-import -o x b.csv
	said 'b.csv: line 1: the header names price twice'
	echo 'exchange,symbol,timestamp,local_timestamp,asks[0].price,asks[0].price,bids[0].price,bids[0].amount' >b.csv
	run -3 --separate-stderr rp-import -o x b.csv
	said 'b.csv: line 1: the header names asks[0].price twice'
	echo 'exchange,symbol,timestamp,local_timestamp,id,side,price' >b.csv
	run -3 --separate-stderr rp-import -o x b.csv
	said 'b.csv: line 1: the header has no column amount, as trades of Tardis.dev has'
	echo 'exchange,symbol,local_timestamp,id,side,price,amount' >b.csv
	run -3 --separate-stderr rp-import -o x b.csv
	said 'b.csv: line 1: the header has no column timestamp, as every file of'
	echo 'exchange,symbol,symbol,local_timestamp,id,side,price,amount' >b.csv
	run -3 --separate-stderr rp-import --format tardis -o x b.csv
	said 'b.csv: line 1: the header names symbol twice'
	echo 'type,ts_recv,symbol,symbol' >b.csv
	run -3 --separate-stderr rp-import -o x b.csv
	said 'b.csv: line 1: the header names symbol twice'
	[ ! -e x ]
	# of a book, whichever of its columns is gone
	echo 'exchange,symbol,timestamp,local_timestamp,asks[0].price,'\
'asks[0].amount,bids[0].price,bids[0].amount,asks[1].price,'\
'asks[1].amount,bids[1].price,bids[1].amount' >book.csv
	for column in 'asks[0].price' 'bids[0].amount' 'asks[1].amount' \
	    'bids[1].amount'; do
		tr , '\n' <book.csv | grep -vxF "$column" | paste -sd, >b.csv
		run -3 --separate-stderr rp-import -o x b.csv
		said "b.csv: line 1: the header has no column $column, as book_"
	done
	cut -d, -f1-4,9-11 book.csv >b.csv
	run -3 --separate-stderr rp-import -o x b.csv
	said 'b.csv: line 1: the header has no column asks[0].price, as book_'
}

# refused ROW PATTERN: in line 3, and left out on request.
refused() {
	l2 '1 false bid 1 1' >bad.csv
	printf '%b\n' "$1" >>bad.csv
	tail -n 1 <(l2 '3 false bid 1 1') >>bad.csv
	run -3 --separate-stderr rp-import -o x bad.csv
	said 'bad.csv: ' 'line 3: ' "$2"
	[ ! -e x ]
	rp-import -q --on-error skip --stats bad.csv 2>err | rp-check --json >got
	[ "$(jq -r .records got)" = 2 ]
	grep -q 'in 3 .*rejected 1' err
}

@test "a damaged row is one clear line, and nothing else is lost" {
	refused 'x,S,1,1700000000000000,false,bid,1' '7 columns, but the header has 8'
	refused 'x,S,1,1700000000000000,false,bid,1,1,1' '9 columns, but the header has 8'
	refused 'x,S,1,1700000000000000,false,bid,NaN,1' "price 'NaN' is not a number"
	refused 'x,S,1,1700000000000000,false,bid,,1' "price '' is not a number"
	refused 'x,S,1,1700000000000000,false,bid,1,99999999999999999999' \
	    "amount '99999999999999999999' has too many digits"
	refused 'x,S,1,1700000000000000,false,buy,1,1' "side 'buy' is not known"
	refused 'x,S,1,1700000000000000,maybe,bid,1,1' "is_snapshot 'maybe' is not known"
	refused 'x,S,1,99999999999999999,false,bid,1,1' \
	    "local_timestamp '99999999999999999' is out of the range of times"
	refused 'x,S,1.5,1700000000000000,false,bid,1,1' "timestamp '1.5' is not a time in us"
	refused 'x,\xff\xfe,1,1700000000000000,false,bid,1,1' 'symbol '
	refused 'x,"S",1,1700000000000000,false,bid,1,1' "symbol '\"S\"' is no name"
	refused 'x,S,1,-1,false,bid,1,1' \
	    "local_timestamp '-1' is out of range (a time in us"
	refused 'x,S,1,1700000000,false,bid,1,1' \
	    "local_timestamp '1700000000' is out of range (a time in us"
	refused 'x,,1,1700000000000000,false,bid,1,1' "symbol '' is no name"
}

@test "a line of 10 MB is one bad row" {
	{
		l2 '1 false bid 1 1'
		head -c 10000000 /dev/zero | tr '\0' 7
		echo
		l2 '3 false bid 1 1' | tail -n 1
	} >bad.csv
	run -3 --separate-stderr rp-import -o x bad.csv
	said 'bad.csv: ' 'line 3: it is longer than 1048576 bytes, and cut there'
	rp-import -q --on-error file:cut.txt bad.csv >/dev/null
	[ "$(cut -f2 cut.txt | tr -d '\n' | wc -c)" = 1048576 ]
	rp-import -q --on-error skip bad.csv | rp-check --json >got
	[ "$(jq -r .records got)" = 2 ]
}

@test "another header in the middle is an error" {
	l2 '1 false bid 1 1' >bad.csv
	echo 'exchange,symbol,timestamp,local_timestamp,id,side,price,amount' >>bad.csv
	run -3 --separate-stderr rp-import --on-error skip -o x bad.csv
	said 'line 3: a header that is not that of line 1'
}

@test "a packed file that is cut gives no piece of a row" {
	l2 '1 false bid 1 12345678' '2 false bid 1 12345678' >a.csv
	gzip -c a.csv | head -c -9 >a.gz
	run -3 --separate-stderr bash -c \
	    'rp-import a.gz | rp-csv -c size --no-header'
	[[ $stderr = *a.gz* ]]
	for size in "${lines[@]}"; do
		[ "$size" = 12345678 ]
	done
}

# ---- tables with the names of rp ----

@test "what rp-csv writes comes back" {
	rp-gen -n 5k -o g.rps
	rp-csv -c all g.rps >a.csv
	rp-import -o b.rps a.csv
	diff <(rp-check --json g.rps | jq -r .sum) \
	    <(rp-check --json b.rps | jq -r .sum)
	rp-csv -c all --delimiter tab --time iso g.rps >a.tsv
	rp-import a.tsv | rp-check --json | jq -r .sum |
	    diff <(rp-check --json g.rps | jq -r .sum) -
}

@test "real orders, trades, quotes, books, bars and definitions come back" {
	local data=$RP_DATA/dbn n=0
	for file in "$data"/*.dbn* "$tardis"/*.csv; do
		[ -f "$file" ] || skip "no real data"
		case $file in *test_data.mbo.v1* | *test_data.mbo.v2*) continue ;; esac
		rp-import -q -o a.rps --force "$file"
		rp-csv -c all --levels 25 a.rps | rp-import -o b.rps --force
		diff <(rp-check --json a.rps | jq -r .sum,.records) \
		    <(rp-check --json b.rps | jq -r .sum,.records)
		n=$((n + 1))
	done
	[ "$n" -gt 4 ]
}

@test "records of several types in one table" {
	rp-gen -n 100 -o g.rps
	{
		rp-csv -c ts_recv,type,symbol,price,size,order_id g.rps
		echo '5,trade,X,1.5,2,'
		echo '6,bar,X,1.5,2,'
	} >a.csv
	run -3 --separate-stderr rp-import -o x a.csv
	said 'line 103: no record of the mapping is for this row'
	rp-import -q --on-error skip a.csv | rp-print --json |
	    jq -r .type | sort | uniq -c | awk '{ print $2, $1 }' >got
	diff got - <<-'END'
		mbo 100
		trade 1
	END
}

@test "a table that names its columns as rp does but says too little is refused" {
	echo 'ts_recv,price,size' >a.csv
	run -5 --separate-stderr rp-import -o x a.csv
	said 'a.csv: line 1: the columns could be of ' trade level 'a column type'
	echo 'ts_recv,price,colour' >a.csv
	run -5 --separate-stderr rp-import -o x a.csv
	said 'a.csv: no format knows it'
	run -5 --separate-stderr rp-import --format csv -o x a.csv
	said "a.csv: line 1: 'colour' is no field of a record" --mapping
	: >a.csv
	run -3 --separate-stderr rp-import --format csv -o x a.csv
	said 'a.csv: there is no header'
}

# ---- mappings ----

# map TEXT: to the file m.
map() {
	printf '%b' "$1" >m
}

@test "the worked examples of the manual work" {
	run -0 python3 "$RP_TOP/tests/cli/worked.py" "$RP_TOP/man/rp-mapping.5"
	[ "$output" = "7 commands" ]
}

@test "every field of every type can be set" {
	local type
	for type in trade bbo level mbo book bar gap status definition stat imbalance; do
		rp-print --json <(printf '{"type":"%s","ts_recv":"5"}\n' $type |
		    rp-import --format ndjson) >one.json
		{
			echo 'event none'
			echo "record $type"
			jq -r 'to_entries[] | select(.value != null) |
			    select(.key != "type") |
			    "  \(.key) = \"\(.value)\""' one.json
		} >m
		echo a >a.csv
		echo b >>a.csv
		rp-import --mapping m a.csv | rp-print --json >two.json
		jq -es '.[0] as $one | .[1] as $two | $one |
		    to_entries | all(.value == $two[.key])' one.json two.json
	done
}

# times FORM TEXT...: what the texts become, in ns.
times() {
	local form=$1
	shift
	map "header no\ndelimiter ;\nrecord trade\n ts_recv = \$1 $form\n"
	printf '%s\n' "$@" >a.csv
	rp-import --mapping m a.csv | rp-csv -c ts_recv --no-header
}

@test "times in all forms" {
	[ "$(times 'as s' 1 1.5 1598918403.810979 1.598918403810979e9 -1)" = \
	    "$(printf '%s\n' 1000000000 1500000000 1598918403810979000 \
	    1598918403810979000 -1000000000)" ]
	[ "$(times 'as ms' 1598918403810.979)" = 1598918403810979000 ]
	[ "$(times 'as us' 1598918403810979)" = 1598918403810979000 ]
	[ "$(times 'as ns' 7)" = 7 ]
	[ "$(times '' 7 1970-01-01T00:00:01Z)" = $'7\n1000000000' ]
	[ "$(times 'as iso in "+01:00"' 1970-01-01T01:00:01)" = 1000000000 ]
	[ "$(times 'in America/New_York' '2024-03-10 03:00:00')" = \
	    1710054000000000000 ]
	[ "$(times 'as "%d/%m/%y %I:%M %p"' '02/01/70 12:30 am' '2/1/70 1:05 PM')" = \
	    $'88200000000000\n133500000000000' ]
	[ "$(times 'as "%d-%b-%Y %T.%f %z"' '02-Jan-1970 00:00:00.000000001 +0130')" = \
	    81000000000001 ]
	[ "$(times 'as s plus 1m' 1)" = 61000000000 ]
	[ "$(times 'as s minus 250us' 1)" = 999750000 ]
}

@test "numbers in all forms" {
	map 'delimiter ;\ndecimal ,\nthousands .\nrecord trade
	    ts_recv = t as ns\n price = p\n size = s * 1e-3\n'
	printf '%s\n' 't;p;s' '1;1.234,50;7' '2;-0,5;1.000' >a.csv
	rp-import --mapping m a.csv | rp-print --json | jq -r .price,.size >got
	diff got <(printf '%s\n' 1234.50 0.007 -0.5 1.000)
}

@test "words, constants, joins, defaults, nulls" {
	map 'null NA, "-"\nrecord trade
	    ts_recv = t
	    symbol = a + "/" + b
	    source = "x y"
	    side = s {B: bid, S: ask, "": none, *: *}
	    price = p default 1.5
	    size = q
	    tflags = "publisher"\n'
	cat >a.csv <<-'END'
		t,a,b,s,p,q
		1,X,Y,B,2,NA
		2,X,-,ask,NA,"3"
	END
	rp-import --mapping m a.csv |
	    rp-csv -c symbol,source,side,price,size,tflags --no-header >got
	diff got - <<-'END'
		X/Y,x y,bid,2,,publisher
		,x y,ask,1.5,3,publisher
	END
}

@test "long texts of the mapping and of rows find room" {
	local long
	long=$(printf '%0300d' 0)
	map "decimal ,\nrecord trade\n ts_recv = t\n
	    price = a + b * 10 default \"1,$long\"\n
	    size = s {x: $long, *: *}\n"
	printf 't,a,b,s\n1,"1,5%s","%s",x\n2,,,2\n' "$long" "$long" >a.csv
	run -3 --separate-stderr rp-import --mapping m a.csv -o x
	said 'line 2: price: ' 'has too many digits'
	printf 't,a,b,s\n2,,,x\n' >a.csv
	run -3 --separate-stderr rp-import --mapping m a.csv -o x
	said 'line 2: price: ' 'has too many digits'
	printf 't,a,b,s\n2,2,3,x\n' >a.csv
	[ "$(rp-import --mapping m a.csv | columns price,size)" = '230 0' ]
}

@test "quoted fields hold delimiters, quotes and line breaks" {
	map 'record trade\n ts_recv = t\n symbol = s\n price = p\n'
	printf 't,s,p\n1,"a,""b""",1\n2,plain,2\n3,"x\ny",3\n4,z,4\n' >a.csv
	run -3 --separate-stderr rp-import --mapping m a.csv -o x
	said 'line 4: symbol is 1 to 255 bytes of UTF-8 text'
	rp-import -q --on-error skip --mapping m a.csv |
	    rp-csv -c ts_recv,symbol,price --no-header >got
	printf '1,"a,""b""",1\n2,plain,2\n4,z,4\n' | diff got -
	map 'quotes no\nrecord trade\n ts_recv = t\n symbol = s\n'
	printf 't,s\n1,5"\n' >a.csv
	rp-import --mapping m a.csv | rp-csv -c symbol --no-header >got
	echo '"5"""' | diff got -
}

@test "records of a row are made all or none" {
	map 'record trade\n ts_recv = t\n price = p\nrecord bbo\n ts_recv = t\n bid_px = b\n'
	printf 't,p,b\n1,1,1\n2,2,x\n3,3,3\n' >a.csv
	rp-import -q --on-error skip --mapping m a.csv | columns ts_recv,type,flags >got
	printf '%s\n' '1 trade ' '1 bbo last' '3 trade ' '3 bbo last' | diff got -
}

@test "events by time" {
	map 'event time\nrecord trade\n ts_recv = t\n symbol = s\n'
	printf 't,s\n1,A\n1,A\n1,B\n2,B\n' >a.csv
	rp-import --mapping m a.csv | columns ts_recv,symbol,flags >got
	printf '%s\n' '1 A ' '1 A last' '1 B last' '2 B last' | diff got -
}

@test "JSON keeps digits, and what is no value is refused" {
	map 'record trade\n ts_recv = /t\n price = /p/0\n trade_id = /id\n'
	printf '%s\n' '{"t":1,"p":[0.10000000000000000],"id":12345678901234567890}' \
	    '{"t":2,"p":[1],"id":null}' >a
	rp-import --mapping m a | rp-print --json | jq -r '[.price,.trade_id] | join(" ")' >got
	printf '%s\n' '0.10000000000000000 12345678901234567890' '1 ' | diff got -
	for row in '{"t":1' '[1]x' '{"t":1,"p":[[1]]}' '{"t":[]}' '{"p":[1]}' \
	    $'{"t":"\xff"}'; do
		printf '%s\n' "$row" >b
		run -3 --separate-stderr rp-import --mapping m b -o x
		said 'b: record 1 at byte 0: line 1: '
	done
}

@test "what is wrong with a mapping is said with its line" {
	local text said
	echo a >a.csv
	while IFS='|' read -r text said; do
		map "$text"
		run -2 --separate-stderr rp-import --mapping m -o x a.csv
		said "m:$said"
	done <<-'END'
		| it has no record
		record trade|1: record trade has neither ts_recv nor ts_event
		record trades2|1: 'trades2' is no record type
		record trade\nts_recv = t\nprize = p|3: type trade has no field 'prize' to set
		record trade\nts_recv = t\ntype = p|3: type trade has no field 'type' to set
		record trade\nts_recv = t\nts_recv = p|3: 'ts_recv' is there twice
		price = p\nts_recv = t\nprice = q\nrecord trade|3: 'price' is there twice
		record trade\nts_recv = t as d|2: as is followed by s, ms, us, ns, iso or a "pattern", not 'd'
		record trade\nts_recv = t as "%Q"|2: a pattern has
		record trade\nts_recv = t as "%H:%M"|2: a pattern needs the year and the day
		record trade\nts_recv = t in Nowhere/Land|2:
		record trade\nts_recv = t\nprice = p as s|3: price is no time
		record trade\nts_recv = t * 2|2: ts_recv is no price or size
		record trade\nts_recv = t\nprice = /p|3: JSON pointers and columns of a table do not mix
		record trade\nts_recv = "5|2: a quoted text does not end in its line
		record trade\nts_recv = t\nside = s {a b}|3: a colon is expected, not 'b'
		record trade\nts_recv = t\nside = s {a: b|3: a comma or } is expected
		record trade when a|1: = or != is expected
		record trade\nts_recv = $0|2: '$0' is no number of a column
		record trade\nts_recv = ./x|2: ts_recv: a pointer that begins with a dot needs a record with each
		delimiter ab\nrecord trade|1: one character, tab or blank is expected, not 'ab'
		colour blue|1: 'colour' is neither a directive nor followed by =
		header maybe|1: 'maybe' is none of the values
	END
	run -1 --separate-stderr rp-import --mapping none -o x a.csv
	said 'none: No such file'
	run -2 --separate-stderr rp-import --mapping m --format dbn -o x a.csv
	said '--mapping is for --format csv, arrow or ndjson, not dbn'
}

@test "what a mapping does not find in the input is said" {
	map 'record trade\n ts_recv = t\n price = p\n'
	echo 't,q' >a.csv
	run -3 --separate-stderr rp-import --mapping m -o x a.csv
	said "a.csv: line 1: the header has no column 'p'"
	echo 't,p,p' >a.csv
	run -3 --separate-stderr rp-import --mapping m -o x a.csv
	said "a.csv: line 1: the header names the column 'p' twice"
	map 'header no\nrecord trade\n ts_recv = $3\n'
	run -3 --separate-stderr rp-import --mapping m -o x <(echo 1,2)
	said 'line 1 has 2 columns, but the mapping names $3'
	map 'record trade\n ts_recv = t\n'
	run -3 --separate-stderr rp-import --mapping m -o x /dev/null
	said '/dev/null: there is no header'
}

# bad ROW PATTERN: with a mapping of times, prices and sides.
bad() {
	printf 't,p,s\n1,1,bid\n' >a.csv
	printf '%b\n' "$1" >>a.csv
	echo 3,3,ask >>a.csv
	map 'record trade\n ts_recv = t as us\n price = p\n side = s {bid: bid, ask: ask}\n'
	run -3 --separate-stderr rp-import --mapping m -o x a.csv
	said 'a.csv: ' 'line 3: ' "$2"
	rp-import -q --stats --on-error skip --mapping m a.csv 2>err |
	    rp-check --json >got
	[ "$(jq -r .records got)" = 2 ]
	grep -q 'in 3 .*rejected 1' err
}

@test "bad rows are named by their line, and nothing else is lost" {
	bad '2,2' '2 columns, but the header has 3'
	bad '2,NaN,bid' "price: 'NaN' is not valid"
	bad '2,99999999999999999999,bid' 'price: 99999999999999999999 is out of range'
	bad '2,2,sell' "side: 'sell' has no entry in the mapping"
	bad '9999999999999999999,2,bid' "is out of the range of times"
	bad '1.0001,2,bid' 'finer than a nanosecond'
	bad 'x,2,bid' "ts_recv: 'x' is not a time of that form"
	bad ',2,bid' 'ts_recv cannot be absent'
	bad '2,"2,bid' 'a quoted field does not end'
	bad '2,2"2",bid' 'a quote stands neither around a field nor doubled in one'
}

@test "--mapping-check shows what columns become" {
	map 'record trade\n ts_recv = t as us\n price = p\n'
	printf 't,p,q\n1600000000000000,2.50,3\n5,x,3\n' >a.csv
	run -3 --separate-stderr rp-import --mapping m --mapping-check a.csv
	[ "${lines[0]}" = "bad: a.csv: record 2 at byte 30: line 3: price: 'x' is not valid" ]
	[ "${lines[1]}" = 'record trade, line 1' ]
	[ "${lines[2]}" = "  ts_recv = t (\$1) as us: '1600000000000000' -> 1600000000000000000 = 2020-09-13T12:26:40.000000000Z" ]
	[ "${lines[3]}" = "  price = p (\$2): '2.50' -> 2.50" ]
	[ "${lines[4]}" = 'not used: q ($3)' ]
	[ "${lines[5]}" = '2 rows: 1 records, 0 skipped, 1 bad' ]
	said 'a.csv: there are bad rows'
	run -0 --separate-stderr rp-import --mapping m --mapping-check
	[ "${lines[2]}" = '  price = p' ]
	run -2 --separate-stderr rp-import --mapping-check
	said '--mapping-check needs --mapping'
}

@test "a mapping of a live table: rows come out as they come in" {
	map 'header no\nrecord trade\n ts_recv = $1\n'
	{ echo 1; sleep 0.3; echo 2; } | rp-import --mapping m |
	    rp-csv -c ts_recv --no-header >got
	printf '1\n2\n' | diff got -
}
