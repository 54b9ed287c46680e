#!/usr/bin/env bats
# shellcheck disable=SC2154 # stderr is set by run
# rp-csv: columns, types, forms of values, outputs. Streams are made of NDJSON.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	rp-import >trade.rps <<-'EOF'
	{"ts_recv":"1703545200000000000","type":"trade","symbol":"ES,H4","source":"X","flags":"last","ts_event":"1703545199999999500","sequence":"7","side":"buy","price":"4750.250","size":"3","trade_id":"99"}
	{"ts_recv":"1703545201000000000","type":"trade","symbol":null,"price":null,"size":"1e2"}
	EOF
	rp-import >bbo.rps <<-'EOF'
	{"ts_recv":"1703545202000000000","type":"bbo","symbol":"ES,H4","bid_px":"99.5","bid_sz":"1","ask_px":"101","ask_sz":"2"}
	EOF
	rp-cat trade.rps bbo.rps >mixed.rps
}

@test "a type's own columns, RFC 4180" {
	run -0 rp-csv trade.rps
	[ "${lines[0]}" = "seq,ts_recv,symbol,source,flags,ts_event,sequence,action,side,price,size,trade_id,depth" ]
	[ "${lines[1]}" = ',1703545200000000000,"ES,H4",X,last,1703545199999999500,7,normal,bid,4750.25,3,99,' ]
	[ "${lines[2]}" = ',1703545201000000000,,,,,0,normal,none,,100,,' ]
}

@test "named columns, and what is absent" {
	run -0 rp-csv -c ts_recv,price,size,symbol trade.rps
	[ "$output" = 'ts_recv,price,size,symbol
1703545200000000000,4750.25,3,"ES,H4"
1703545201000000000,,100,' ]
	run -0 rp-csv -c price -c size trade.rps
	[ "${lines[0]}" = price,size ]
	run -0 rp-csv -c price trade.rps
	[ "$output" = 'price
4750.25
""' ]
}

@test "columns that are not there are refused" {
	run -2 rp-csv -c ts_recv,prize trade.rps
	[[ $output = *"no record has a field 'prize'"* ]]
	run -2 rp-csv -t trade -c bid_px mixed.rps
	[[ $output = *"'bid_px'"* ]]
	run -2 rp-csv -c price,,size trade.rps
	run -2 rp-csv -c price,price trade.rps
	[[ $output = *"named twice"* ]]
	run -2 rp-csv -t prade trade.rps
	[[ $output = *'did you mean "trade"?'* ]]
}

@test "times and decimals" {
	run -0 rp-csv --no-header -c ts_recv --time iso trade.rps
	[ "${lines[0]}" = 2023-12-25T23:00:00.000000000Z ]
	run -0 rp-csv --no-header -c ts_recv --time iso --tz +01:00 trade.rps
	[ "${lines[0]}" = 2023-12-26T00:00:00.000000000+01:00 ]
	run -0 rp-csv --no-header -c price,size --digits keep trade.rps
	[ "$output" = '4750.250,3
,100' ]
	run -2 rp-csv --tz UTC trade.rps
	run -2 rp-csv --time iso --tz Nowhere/Land trade.rps
	run -2 rp-csv --time later trade.rps
}

@test "a second type fails, naming both and what to do" {
	run -2 --separate-stderr rp-csv mixed.rps
	[[ $stderr = *"type trade and of type bbo"* ]]
	[[ $stderr = *"-t"*"-c"*"--split-type"* ]]
	run -2 rp-csv mixed.rps -o made.csv
	[ ! -e made.csv ]
	run -2 rp-csv -t trade,bbo mixed.rps
	run -0 rp-csv -t bbo -c bid_px,ask_px mixed.rps
	[ "$output" = 'bid_px,ask_px
99.5,101' ]
}

@test "a union of columns over types" {
	run -0 rp-csv -c type,price,bid_px mixed.rps
	[ "$output" = 'type,price,bid_px
trade,4750.25,
trade,,
bbo,,99.5' ]
}

@test "a file for each type" {
	rp-csv --split-type 'out-{type}.csv' mixed.rps
	[ "$(wc -l <out-trade.csv)" = 3 ]
	[ "$(wc -l <out-bbo.csv)" = 2 ]
	cmp out-trade.csv <(rp-csv trade.rps)
	cmp out-bbo.csv <(rp-csv bbo.rps)
	rp-csv -c price,bid_px --split-type '{type}-{type}' mixed.rps
	[ "$(cat bbo-bbo)" = 'price,bid_px
,99.5' ]
	run -2 rp-csv --split-type out.csv mixed.rps
	run -2 rp-csv --split-type 'out-{symbol}.csv' mixed.rps
	run -2 rp-csv --split-type 'out-{type' mixed.rps
	run -2 rp-csv --split-type '{type}.csv' -o x.csv mixed.rps
	head -c 1000 mixed.rps >cut.rps
	run -3 rp-csv --split-type 'cut-{type}.csv' cut.rps
	[ -z "$(ls cut-*.csv 2>/dev/null)" ]
}

@test "header or not, also of nothing" {
	run -0 rp-csv --no-header -c price trade.rps
	[ "${lines[0]}" = 4750.25 ]
	run -2 rp-csv --header --no-header trade.rps
	rp-filter -w 'price < 0' trade.rps >none.rps
	[ "$(rp-csv -c price,size none.rps)" = price,size ]
	[[ $(rp-csv -t trade none.rps) = seq,ts_recv,* ]]
	[ -z "$(rp-csv none.rps)" ]
	rp-csv none.rps -o none.csv
	[ -f none.csv ]
	[ ! -s none.csv ]
}

@test "delimiters" {
	run -0 rp-csv --delimiter ';' -c symbol,price trade.rps
	[ "${lines[1]}" = 'ES,H4;4750.25' ]
	run -0 rp-csv --delimiter tab -c symbol,price trade.rps
	[ "${lines[1]}" = $'ES,H4\t4750.25' ]
	for bad in ab '' '"'; do
		run -2 rp-csv --delimiter "$bad" trade.rps
	done
}

@test "levels of a book" {
	{
		printf '{"ts_recv":"1","type":"book"'
		for i in 00 01 02; do
			printf ',"bid_px_%s":"%d","bid_sz_%s":"1"' $i $((100 - 1$i)) $i
		done
		echo ',"ask_px_00":"101","ask_ct_00":4}'
	} | rp-import >book.rps
	run -0 rp-csv -c bid_px_00,bid_px_02,bid_px_03,ask_ct_00 book.rps
	[ "${lines[1]}" = 0,-2,,4 ]
	run -0 rp-csv --levels 2 book.rps
	[[ ${lines[0]} = *,bid_ct_01,ask_ct_01 ]]
	run -0 --separate-stderr rp-csv book.rps
	[[ ${lines[0]} = *,ask_ct_09 ]]
	[ -z "$stderr" ]
	run -2 rp-csv --levels 101 book.rps
}

@test "a book deeper than its columns is said once" {
	for _ in 1 2; do
		echo '{"ts_recv":"1","type":"book"'
		for i in {0..10}; do printf ',"bid_px_%02d":"%d"' "$i" "$i"; done
		echo '}'
	done | tr -d '\n' | sed 's/}/}\n/g' | rp-import >book.rps
	run -0 --separate-stderr rp-csv book.rps
	[ "${#stderr_lines[@]}" = 1 ]
	[[ $stderr = *"deeper than the 10 levels"* ]]
	run -0 --separate-stderr rp-csv -q book.rps
	[ -z "$stderr" ]
}

# later: features of two values whose schema comes behind that of one.
later() {
	rp-gen -q -n 900 -t mbo >mbo.rps
	rp-book -q --features mid mbo.rps >one.rps
	rp-book -q --features mid,spread,ofi mbo.rps >two.rps
	rp-cat -q --frame-records 50 one.rps two.rps >later.rps
	n=$(rp-filter --count two.rps)
}

@test "features with values that have no column are told of, once" {
	later
	lost="$n features with values that the first schema lacked"
	for tool in rp-csv "rp-csv -j3" rp-print "rp-csv --split-type {type}"; do
		# shellcheck disable=SC2086 # options are words
		run -0 --separate-stderr $tool later.rps
		[ "${#stderr_lines[@]}" = 1 ]
		[[ $stderr = *"warning: $lost, so there is no column: see -c" ]]
	done
	for tool in "rp-csv -c all" "rp-csv -c mid,ofi" "rp-print --json" \
	    "rp-print -c all"; do
		# shellcheck disable=SC2086
		run -0 --separate-stderr $tool later.rps
		[ -z "$stderr" ]
	done
	run -0 --separate-stderr rp-csv <(rp-cat -q two.rps one.rps)
	[ -z "$stderr" ]
}

@test "features have the columns of the header, with threads, -t, or no header" {
	later
	rp-csv -q later.rps >want
	[ "$(head -n 1 want | grep -c ',mid$')" = 1 ]
	rp-csv -q -j4 later.rps | cmp - want
	rp-csv -q -t feature later.rps | cmp - want
	rp-csv -q -t feature -j4 later.rps | cmp - want
	for o in "" -j4 "-t feature" "-t feature -j4"; do
		# shellcheck disable=SC2086
		rp-csv -q --no-header $o later.rps | cmp - <(tail -n +2 want)
	done
	# where none comes there is a header all the same
	[ "$(rp-csv -t feature mbo.rps | wc -l)" = 1 ]
	[ "$(rp-csv -t feature -j2 mbo.rps | wc -l)" = 1 ]
}

@test "opaque types have a payload" {
	echo '{"ts_recv":"1","type":"2000","payload":"00ff10"}' |
	    rp-import | rp-csv -c type,payload >out.csv
	[ "$(cat out.csv)" = 'type,payload
2000,00ff10' ]
}

@test "many records are those that went in" {
	rp-gen -n 20000 -N 3 >many.rps
	rp-csv -c all many.rps >a.csv
	[ "$(wc -l <a.csv)" = 20001 ]
	rp-cat --codec zstd --frame-records 100 many.rps | rp-csv -c all >b.csv
	cmp a.csv b.csv
	# the same values as in JSON, by another way
	rp-csv --no-header --digits keep -c seq,ts_recv,symbol,price,order_id \
	    many.rps >c.csv
	rp-print --json many.rps | jq -r \
	    '[.seq, .ts_recv, .symbol, .price, .order_id] | map(. // "") | join(",")' |
	    cmp - c.csv
}

@test "live records are not held back" {
	{ cat trade.rps; sleep 3; } | rp-csv -c price >live.csv &
	for _ in {1..40}; do
		! grep -q 4750.25 live.csv || break
		sleep 0.05
	done
	grep -q 4750.25 live.csv
	kill %1 2>/dev/null || :
}

@test "threads change nothing" {
	rp-gen -n 30000 -N 3 | rp-cat --frame-records 700 >many.rps
	rp-csv many.rps >want.csv
	for n in 2 3 8; do
		rp-csv -j $n many.rps | cmp - want.csv
	done
	rp-csv --time iso --tz America/Chicago many.rps >want.csv
	rp-csv -j 4 --time iso --tz America/Chicago many.rps | cmp - want.csv
	rp-csv -j 2 --split-type 'out-{type}.csv' many.rps
	cmp out-mbo.csv <(rp-csv many.rps)
	run -2 rp-csv -j 0 many.rps
	run -2 rp-csv -j 65 many.rps
	run -2 rp-csv -j 2 mixed.rps
	head -c 100000 many.rps >cut.rps
	run -3 rp-csv -j 2 cut.rps -o cut.csv
	[ ! -e cut.csv ]
	run -1 bash -c 'rp-csv -j 2 many.rps >/dev/full'
	[[ $output = *"No space left"* ]]
	run -141 bash -o pipefail -c 'rp-csv -j 2 many.rps | head -n 1 >/dev/null'
}
