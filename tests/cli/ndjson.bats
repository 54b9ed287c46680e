#!/usr/bin/env bats
# shellcheck disable=SC2154 # stderr is set by run
# Text to stream to text, and what rp-import says of text that is not right.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

sum() {
	rp-check --json "$@" | jq -r .sum
}

# identity: NDJSON on stdin is what comes out again.
identity() {
	cat >in.json
	rp-import --format ndjson in.json | rp-print --json >out.json
	diff in.json out.json
}

one='{"ts_recv":"1","type":"mbo","action":"A","price":"1.50","size":"2","order_id":"3"}'

# refused TEXT WHY: status 3, and one line that says why.
refused() {
	printf '%s\n' "$1" >bad.json
	run -3 --separate-stderr bash -c \
	    'rp-import --format ndjson bad.json >/dev/null'
	if [ "${#stderr_lines[@]}" != 1 ] || [[ $stderr != *"$2"* ]]; then
		echo "$1: $stderr"
		return 1
	fi
}

@test "a market there and back, in every form" {
	rp-gen -n 5000 -N 3 >in.rps
	want=$(sum in.rps)
	for form in --json --json-numbers "--json --time iso" \
	    "--json --time iso --tz Asia/Tokyo" "--json --digits trim" \
	    "--json-numbers --digits trim --time iso"; do
		# shellcheck disable=SC2086
		rp-print $form in.rps >text.json
		jq -e . text.json >/dev/null
		rp-import text.json >back.rps
		[ "$(sum back.rps)" = "$want" ]
		# shellcheck disable=SC2086
		rp-print $form back.rps | cmp - text.json
	done
}

@test "text to stream to text: every type" {
	identity <<-'EOF'
	{"seq":"7","ts_recv":"-1","type":"trade","symbol":"a\"\\é","source":"X","flags":"last|bit9","ts_event":null,"sequence":"18446744073709551615","px_exp":-2,"qty_exp":1,"action":"bust","side":9,"channel":3,"tflags":"id_uuid|bit12","send_delta":null,"instrument_id":4294967295,"price":"-0.05","size":"3e1","trade_id":"01234567-89ab-cdef-0123-456789abcdef"}
	{"seq":null,"ts_recv":"5","type":"mbo","symbol":null,"source":null,"flags":"","ts_event":"0","sequence":"0","px_exp":0,"qty_exp":0,"action":"R","side":"none","channel":0,"tflags":"","send_delta":-7,"instrument_id":0,"price":null,"size":null,"order_id":"0"}
	{"seq":null,"ts_recv":"5","type":"gap","symbol":null,"source":null,"flags":"","ts_event":"0","sequence":"0","px_exp":0,"qty_exp":0,"action":"recovered","side":"none","channel":0,"tflags":"","send_delta":0,"aux":0,"first_lost":"1","last_lost":"2","count":"2","ts_from":null,"ts_to":"5","tail":"0102"}
	{"seq":null,"ts_recv":"5","type":"mbo","symbol":null,"source":null,"flags":"","raw":"0102030405"}
	{"seq":null,"ts_recv":"5","type":"65535","symbol":null,"source":null,"flags":"","payload":""}
	EOF
}

@test "sums of books, definitions and bars hold" {
	cat >some.json <<-'EOF'
	{"ts_recv":"1","type":"book","bid_px_00":"99.5","bid_sz_00":"1","bid_ct_00":2,"bid_px_01":"99","ask_px_00":"101","ask_sz_00":null}
	{"ts_recv":"2","type":"bar","kind":"time","open":"1.5","turnover":"123456789012345678901234567890","ts_close":"7"}
	{"ts_recv":"3","type":"definition","raw_symbol":"ESH4","currency":"USD","min_price_increment":"0.25"}
	EOF
	rp-import some.json >a.rps
	rp-print --json a.rps | rp-import >b.rps
	[ "$(sum a.rps)" = "$(sum b.rps)" ]
	run -0 rp-print --json a.rps
	[[ ${lines[0]} = *'"n_bid":2,"n_ask":1,"level_size":24'*'"bid_px_00":"99.5"'*'"bid_px_01":"99.0"'* ]]
	[[ ${lines[1]} = *'"turnover":"123456789012345678901234567890.0"'* ]]
}

@test "members in any order, with blanks and escapes" {
	cat >odd.json <<-'EOF'
	   { "price" : 1.5 ,	"type":"trade", "ts_recv":"2023-12-25T23:00:00Z","side":"sell","symbol":"\u0041\ud83d\ude00\/"}

	EOF
	run -0 rp-import odd.json
	rp-import odd.json | rp-print --json >out.json
	[ "$(jq -r '.symbol, .price, .side, .ts_recv, .px_exp' out.json)" = \
	    'A😀/
1.5
ask
1703545200000000000
-1' ]
}

@test "without exponents, decimals have the digits that are written" {
	echo '{"ts_recv":"1","type":"bbo","bid_px":"1.5","ask_px":"1.625","bid_sz":"2"}' |
	    rp-import | rp-print --json >out.json
	[ "$(jq -r '.bid_px, .ask_px, .bid_sz, .px_exp, .qty_exp' out.json |
	    paste -sd' ')" = "1.500 1.625 2 -3 0" ]
}

@test "notes come back" {
	rp-gen -n 3 >in.rps
	{
		rp-print --json --notes in.rps
		rp-print --json in.rps
	} | rp-import | rp-print --notes | grep -q tool=rp-gen
}

@test "the last line needs no end, empty lines are none" {
	printf '\n%s\n\n  \n%s' "$one" "$one" | rp-import >in.rps
	[ "$(rp-check --json in.rps | jq -r .records)" = 2 ]
}

@test "what is not right is refused, with its line and why" {
	refused '[1]' "line 1: column 1: an object is expected"
	refused '{"a"' "':' is expected"
	refused '{"a":}' "a value is expected"
	refused '{"a":true}' "a string, a number or null is expected"
	refused '{"a":[1]}' "a string, a number or null is expected"
	refused '{"a":{}}' "a string, a number or null is expected"
	refused '{"a":01}' "begins with 0"
	refused '{"a":1.}' "digits are missing"
	refused '{"a":"b' "does not end"
	refused '{"a":"\x"}' "no such escape"
	refused '{"a":"\ud800"}' "surrogates"
	refused '{"a":"	"}' "control character"
	refused '{"a":1} x' "follows the value"
	refused '{"a":1,}' "a key in quotes is expected"
	refused '{}' "no type"
	refused '{"ts_recv":"1","type":"mbu"}' "no such type"
	refused '{"type":"mbo"}' "no ts_recv"
	refused '{"ts_recv":"1","type":"mbo","prize":"1"}' "no field 'prize'"
	refused '{"ts_recv":"1","type":"mbo","side":"bid","side":"bid"}' "'side' is there twice"
	refused '{"ts_recv":"1","type":"mbo","aux":1,"instrument_id":1}' "is there twice"
	refused '{"ts_recv":"1","type":"mbo","side":"up"}' "side: 'up' is not valid"
	refused '{"ts_recv":"1","type":"mbo","px_exp":0,"price":"1.5"}' "price: 1.5 is out of range"
	refused '{"ts_recv":"1","type":"mbo","sequence":null}' "sequence cannot be absent"
	refused '{"ts_recv":"1","type":"mbo","symbol":7}' "symbol is 1 to 255 bytes"
	refused '{"ts_recv":"1","type":"mbo","symbol":""}' "symbol is 1 to 255 bytes"
	refused '{"ts_recv":"1","type":"mbo","symbol":"a\u0007"}' "symbol is 1 to 255 bytes"
	refused '{"ts_recv":"1","type":"mbo","raw":"0"}' "hex"
	refused '{"ts_recv":"1","type":"mbo","raw":"0g"}' "hex"
	refused '{"ts_recv":"1","type":"mbo","raw":"00","price":"1"}' "raw is the whole payload"
	refused '{"ts_recv":"1","type":"book","n_bid":2,"bid_px_00":"1"}' "not those of its levels"
	refused '{"ts_recv":"1","type":"book","bid_px_60000":"1"}' "levels of the book are missing"
	refused '{"ts_recv":"1","type":"2000","price":"1"}' "no field 'price'"
}

@test "bad lines can be skipped, and are counted" {
	printf '%s\nbad\n%s\n{"a":1}\n%s\n' "$one" "$one" "$one" >some.json
	run -3 --separate-stderr bash -c \
	    'rp-import --format ndjson some.json >/dev/null'
	[[ $stderr = *"line 2: "* ]]
	rp-import --on-error skip some.json 2>err >in.rps
	[ "$(rp-check --json in.rps | jq -r .records)" = 3 ]
	rp-import --on-error file:bad.txt some.json >in.rps
	[ "$(wc -l <bad.txt)" = 2 ]
	grep -q '	bad$' bad.txt
	run -3 bash -c \
	    'rp-import --on-error skip --max-errors 1 some.json >/dev/null'
}

@test "text is recognised" {
	printf ' \n%s\n' "$one" | rp-import | rp-check >/dev/null
	run -5 rp-import <<<'price,size'
}

@test "a stream of many names" {
	for i in {1..3000}; do
		echo "{\"ts_recv\":\"$i\",\"type\":\"mbo\",\"symbol\":\"S$((i % 1000))\",\"source\":\"X$((i % 7))\"}"
	done >many.json
	rp-import many.json >many.rps
	[ "$(rp-print --json many.rps | jq -r .symbol | sort -u | wc -l)" = 1000 ]
	rp-print --json many.rps | rp-import | cmp <(sum) <(sum many.rps)
}

@test "no lines are an empty stream, where the format is named" {
	: >none
	[ "$(rp-import --format ndjson none | rp-check --json | jq -r \
	    '.status, .records' | xargs)" = "ok 0" ]
	run -3 --separate-stderr bash -c 'rp-import none >out'
	[[ $stderr == *"empty input (name its --format"* ]]
	printf '%s\n' "$one" | rp-import -o one.rps
	rp-filter -s NOPE --no-notes one.rps -o no.rps
	rp-print --json no.rps | rp-import --format ndjson --no-notes | cmp - no.rps
}

@test "a record of a slow producer does not wait for the next one" {
	mkfifo in
	rp-import <in >out &
	exec 4>in
	printf '%s\n' "$one" >&4
	for ((i = 0; i < 100; i++)); do
		records=$(rp-check --json out 2>/dev/null | jq -r .records)
		[ "$records" != 1 ] || break
		sleep 0.1
	done
	[ "$records" = 1 ]
	exec 4>&-
	wait $!
	rp-check out
}
