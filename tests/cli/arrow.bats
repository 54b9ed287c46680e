#!/usr/bin/env bats
# shellcheck disable=SC2086 # options are words
# rp-arrow: columns, forms, batches, what fits; read by arrow_check.py, which
# knows the format by itself. tests/peers/arrow.bats holds the values against
# rp-print.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

look() { python3 "$RP_TOP/tests/cli/arrow_check.py" "$@"; }

# back FILE : the same rows by rp-import, as CSV of columns that all have
back() {
	rp-import "$1" | rp-csv -c "$2"
}

trades() {
	rp-import --no-notes <<-'END'
	{"ts_recv":"1703545200000000000","type":"trade","symbol":"ES,H4","source":"X","flags":"last","sequence":"7","side":"buy","price":"4750.250","size":"3","trade_id":"99"}
	{"ts_recv":"1703545201000000000","type":"trade","symbol":null,"price":null,"size":"1e2"}
	{"ts_recv":"1703545202000000000","type":"trade","symbol":"é","price":"-0.000000001","size":"0"}
	END
}

quotes() {
	rp-import --no-notes <<-'END'
	{"ts_recv":"1703545203000000000","type":"bbo","symbol":"ES,H4","bid_px":"99.5","bid_sz":"1","ask_px":"101","ask_sz":"2","depth":3}
	END
}

@test "the file format and the stream format, each type's own columns" {
	trades | rp-arrow -o t.arrow
	run -0 look t.arrow
	[ "${lines[0]}" = "file seq:int64 ts_recv:timestamp symbol:utf8 source:utf8 flags:utf8 ts_event:timestamp sequence:int64 action:utf8 side:utf8 price:decimal size:decimal trade_id:utf8 depth:int32" ]
	[ "${lines[1]}" = "rows 3" ]
	[[ $output = *"rp.type trade"*"rp.decimals fixed"* ]]
	[[ $output = *'rp.symbols ["ES,H4","é"]'*'rp.sources ["X"]'* ]]
	[[ $output = *"rp.notes tool=rp-arrow"* ]]
	trades | rp-arrow --stream | cat >t.arrows
	run -0 look t.arrows
	[[ ${lines[0]} = "stream seq:int64 "* ]]
	[ "${lines[1]}" = "rows 3" ]
	columns=ts_recv,symbol,source,flags,sequence,side,price,size,trade_id
	trades | rp-csv -c $columns >want
	back t.arrow $columns | cmp - want
	back t.arrows $columns | cmp - want
}

@test "codecs, dictionaries, threads, batches" {
	rp-gen -q -n 5k -N 40 -t mbo >mbo.rps
	rp-csv -c ts_recv,symbol,side,price,order_id mbo.rps >want
	for o in "" "--codec lz4" "--codec lz4:9" "--codec zstd" \
	    "--codec zstd:7 -j2" "--dict --codec lz4 -j3 --batch-rows 1k" \
	    "--dict" "--batch-rows 999" "--batch-bytes 30k --codec zstd" \
	    "--codec zstd --batch-rows 99" "--codec lz4 --batch-rows 99"; do
		rp-arrow $o mbo.rps -o x.arrow
		look x.arrow >out
		rp-arrow $o --stream mbo.rps >x.arrows
		look x.arrows >>out
		back x.arrow ts_recv,symbol,side,price,order_id | cmp - want
		back x.arrows ts_recv,symbol,side,price,order_id | cmp - want
	done
	rp-arrow --batch-rows 2222 mbo.rps >x.arrow
	run -0 look x.arrow
	[ "${lines[1]}" = "rows 2222 2222 556" ]
	rp-arrow --batch-rows 1 --dict --stream <(rp-filter -n 40 mbo.rps) >x
	run -0 look x
	[ "$(wc -w <<<"${lines[1]}")" = 41 ]
	[ "${lines[2]#dictionaries }" -gt 10 ]
}

@test "books as columns and as lists" {
	rp-gen -q -n 2k -N 1 -t mbo | rp-book --emit book:3 >book.rps
	run -0 rp-arrow --levels 2 -o x.arrow book.rps
	[[ $output = *"books are deeper than the 2 levels"* || -z $output ]]
	run -0 look x.arrow
	[[ ${lines[0]} = *"bid_px_01:decimal ask_px_01:decimal bid_sz_01:decimal ask_sz_01:decimal bid_ct_01:int32 ask_ct_01:int32" ]]
	rp-arrow --lists --codec zstd book.rps -o x.arrow
	run -0 look x.arrow
	[[ ${lines[0]} = *" bids:list asks:list" ]]
	columns=ts_recv,bid_px_00,ask_sz_02,ask_ct_01
	rp-csv -c $columns book.rps >want
	back x.arrow $columns | cmp - want
}

@test "decimals: scales, doubles, exactly" {
	trades | rp-arrow --scale 'pr*=12' --scale size=0 >x.arrow
	columns=ts_recv,price,size
	trades | rp-csv -c $columns >want
	back x.arrow $columns | cmp - want
	trades | rp-arrow --float64 >x.arrow
	run -0 look x.arrow
	[[ $output = *" price:float size:float "*"rp.decimals float"* ]]
	trades | rp-arrow --exact -c all >x.arrow
	run -0 look x.arrow
	[[ $output = *" px_exp:int8 qty_exp:int8 "*" price:int64 size:int64 "*" payload_len:int32"* ]]
	rp-import x.arrow | rp-print --json --digits keep >got
	trades | rp-print --json --digits keep | cmp - got
	trades | rp-arrow --exact -c price >x.arrow
	run -0 look x.arrow
	[[ ${lines[0]} = "file price:int64 px_exp:int8 qty_exp:int8" ]]
	run -2 rp-arrow --exact --float64
	run -2 rp-arrow --scale price=2 --float64
	run -2 rp-arrow --scale price
	run -2 rp-arrow --scale price=39
	run -2 rp-arrow --scale seq=2 <(trades) -o no.arrow
	[[ $output = *"column seq is no decimal"* ]]
	run -0 rp-arrow --scale prize=2 <(trades) -o x.arrow
	[[ $output = *"warning: --scale prize=2: "* ]]
	[ ! -e no.arrow ]
}

@test "a value that does not fit is told, and nothing is rounded" {
	run -3 rp-arrow --scale price=2 -o no.arrow <(trades)
	[[ $output = *"record 3: trade record: column price: -0.000000001 does not fit decimal(18, 2): see --scale, --float64, --exact" ]]
	[ ! -e no.arrow ]
	run -0 rp-arrow --scale price=2 --on-error skip --stats -o x.arrow \
	    <(trades)
	[[ $output = *"in 3  out 2  dropped 0  rejected 1"* ]]
	run -0 look x.arrow
	[ "${lines[1]}" = "rows 2" ]
	rp-import <<<'{"ts_recv":"1","type":"trade","price":"1000000000"}' >big
	run -3 rp-arrow big
	rp-arrow --scale price=8 big >x.arrow
	[ "$(back x.arrow price)" = "price
1000000000" ]
}

@test "exponents beyond decimal128 are told by record and column" {
	rp-import >wide.rps <<-'END'
	{"type":"bar","ts_recv":"1","turnover":"1.5"}
	{"type":"bar","ts_recv":"2","turnover":"123456789012345678901.5"}
	{"type":"bar","ts_recv":"3","px_exp":-12,"qty_exp":-18,"turnover":"0.0000000000000000000000000001"}
	END
	for tool in rp-arrow rp-parquet; do
		run -3 $tool wide.rps -o no
		[[ $output = *"record 2: bar record: column turnover: 123456789012345678901.5 does not fit decimal(38, 18): see "* ]]
		run -3 $tool --scale turnover=15 wide.rps -o no
		[[ $output = *"record 3: "*"column turnover: "*" does not fit decimal(38, 15)"* ]]
		run -3 $tool --scale turnover=30 wide.rps -o no
		[[ $output = *"record 2: "*" does not fit decimal(38, 30)"* ]]
		[ ! -e no ]
	done
	rp-arrow --exact -c all wide.rps | rp-import | rp-check --json >back
	[ "$(jq .sum back)" = "$(rp-check --json wide.rps | jq .sum)" ]
}

@test "a type without a table has its payload as a column, a name has none" {
	rp-import <<<'{"type":"2000","ts_recv":"1","raw":"0102"}' >own.rps
	rp-arrow own.rps >x.arrow
	run -0 look x.arrow
	[[ ${lines[0]} = "file seq:int64 ts_recv:timestamp "*" payload:binary" ]]
	for tool in rp-arrow rp-parquet; do
		run -2 $tool -c prize own.rps -o no.file
		[[ $output = *"no record has a field 'prize'"* ]]
		[ ! -e no.file ]
	done
}

@test "features whose schema changes: what would have no column is refused" {
	rp-gen -q -n 900 -t mbo >mbo.rps
	rp-book --features mid,spread mbo.rps -o one.rps
	rp-book --features mid,ofi mbo.rps -o two.rps
	rp-cat -q one.rps two.rps >changed.rps
	n=$(rp-filter --count one.rps)
	for tool in rp-arrow rp-parquet; do
		echo old >x.out
		run -3 $tool changed.rps -o x.out
		[[ $output = *": feature record: its schema has a value that the first one lacked, so there is no column: see -c" ]]
		[ "$(cat x.out)" = old ]
		run -0 $tool --on-error skip --stats changed.rps -o x.out
		[[ $output = *"out $n  dropped 0  rejected "* ]]
		run -0 $tool -c ts_recv,mid,ofi,spread changed.rps -o x.out
		run -0 $tool -q one.rps one.rps -o x.out
	done
	rp-arrow --exact -c all changed.rps | rp-import | rp-print --json |
	    cmp - <(rp-print --json changed.rps)
}

@test "several types: one is chosen, columns are named, or a file each" {
	quotes >bbo.rps
	trades >trade.rps
	rp-cat bbo.rps trade.rps >mixed.rps
	run -2 --separate-stderr rp-arrow mixed.rps -o no.arrow
	[[ $stderr = *"type bbo and of type trade"*"-t"*"-c"*"--split-type"* ]]
	[ ! -e no.arrow ]
	rp-arrow -t trade mixed.rps >x.arrow
	run -0 look x.arrow
	[ "${lines[1]}" = "rows 3" ]
	rp-arrow -c type,symbol,price,bid_px,depth mixed.rps >x.arrow
	run -0 look x.arrow
	[ "${lines[0]}" = "file type:utf8 symbol:utf8 price:decimal bid_px:decimal depth:int32" ]
	[ "${lines[1]}" = "rows 4" ]
	[[ $output != *rp.type* ]]
	rp-arrow -t bbo -c depth mixed.rps >x.arrow
	run -0 look x.arrow
	[ "${lines[0]}" = "file depth:int8" ]
	rp-arrow --split-type 'x-{type}.arrow' -c type,price,bid_px mixed.rps
	run -0 look x-trade.arrow
	[ "${lines[0]}" = "file type:utf8 price:decimal bid_px:decimal" ]
	[[ $output = *"rp.type trade"* ]]
	run -0 look x-bbo.arrow
	[ "${lines[0]}" = "file type:utf8 price:decimal bid_px:decimal" ]
	run -2 rp-arrow --split-type x.arrow mixed.rps
	run -2 rp-arrow --split-type '{type}' -o x mixed.rps
	run -2 rp-arrow -c prize mixed.rps
	[[ $output = *"no record has a field 'prize'"* ]]
}

@test "streams without records" {
	rp-gen -q -n 0 >none.rps
	rp-arrow none.rps >x.arrow
	run -0 look x.arrow
	[ "${lines[0]}" = file ]
	[ "${lines[1]}" = rows ]
	rp-arrow -t mbo --dict --codec lz4 --stream none.rps >x.arrow
	run -0 look x.arrow
	[[ ${lines[0]} = "stream seq:int64 ts_recv:timestamp symbol:dictionary "* ]]
	rp-arrow -c price --exact none.rps >x.arrow
	run -0 look x.arrow
	[ "${lines[0]}" = "file price:int64 px_exp:int8 qty_exp:int8" ]
	rp-arrow --split-type '{type}' none.rps
}

@test "input that is cut, and outputs that are full, leave no file" {
	rp-gen -q -n 50k >mbo.rps
	head -c 2000000 mbo.rps >cut.rps
	echo old >x.arrow
	run -3 rp-arrow cut.rps -o x.arrow
	[[ $output = *"truncated"* ]]
	[ "$(cat x.arrow)" = old ]
	run -3 rp-arrow cut.rps --split-type 'y-{type}.arrow'
	run -1 rp-arrow mbo.rps -o /dev/full
	[[ $output = "rp-arrow: /dev/full: No space left on device" ]]
	run -1 rp-arrow --codec zstd -j2 mbo.rps -o /dev/full
	run -1 bash -c 'rp-arrow mbo.rps >/dev/full'
	run -1 rp-arrow mbo.rps -o /nowhere/x.arrow
	(ulimit -f 100 && trap '' XFSZ && rp-arrow mbo.rps -o x.arrow 2>err) &&
	    return 1
	grep -q 'File too large' err
	[ "$(cat x.arrow)" = old ]
	[ "$(echo .x* .y* y*)" = ".x* .y* y*" ]
}

@test "killed at any moment: the old file" {
	rp-gen -q -n 300k >mbo.rps
	echo old >x.arrow
	for ms in 1 5 20; do
		rp-arrow --codec zstd:5 mbo.rps -o x.arrow &
		pid=$!
		sleep 0.0$ms
		kill -9 $pid 2>/dev/null || true
		wait $pid || [ "$(cat x.arrow)" = old ]
	done
	run -0 rp-arrow mbo.rps -o x.arrow
	look x.arrow >/dev/null
}

@test "a stream that is followed: batches by time" {
	mkfifo go
	# the stream stops without its END, and goes on when a batch was seen
	{
		trades | head -c -160
		timeout 20 cat go
	} | rp-arrow --stream --batch-time 20ms 2>err | {
		head -c 2000 >begun
		timeout 20 bash -c ': >go'
		cat >rest
	}
	[ "$(stat -c %s begun)" = 2000 ]
	grep -q truncated err
	run -2 rp-arrow --batch-time x
}

@test "memory does not grow with the stream" {
	[ -z "${RP_SANITIZER-}" ] || skip "under a sanitizer"
	for o in "" "--codec zstd -j2" "--dict --codec lz4"; do
		rp-gen -q -n 700k | (
			ulimit -v 120000
			rp-arrow $o >/dev/null
		)
	done
}

# deep SECONDS...: a book of 12 levels at each.
deep() {
	for second; do
		printf '{"ts_recv":"%s","type":"book"' "$second"
		for i in {0..11}; do
			printf ',"bid_px_%02d":"%d","bid_sz_%02d":"1"' \
			    "$i" $((20 - i)) "$i"
		done
		echo '}'
	done | rp-import --no-notes
}

@test "deep books are told of, whatever the columns, but not within lists" {
	deep 1 2 >deep.rps
	cut="books are deeper than the 10 levels written: see --levels"
	for tool in rp-arrow rp-parquet; do
		for o in "" "-c all" "--exact"; do
			run -0 --separate-stderr $tool $o deep.rps --force -o x
			[ "$stderr" = "$tool: warning: $cut" ] || {
				echo "$tool $o: $stderr"
				return 1
			}
		done
		for o in "--levels 12" "--levels 2 -c all" "-c bid_px_00"; do
			run -0 --separate-stderr $tool $o deep.rps --force -o x
			[ -z "$stderr" ]
		done
	done
	for o in "" "-c all" "--exact -c all"; do
		run -0 --separate-stderr rp-arrow --lists $o deep.rps --force -o x
		[ -z "$stderr" ]
	done
}

@test "--exact -c all: books with levels that have no column are refused" {
	deep 1 2 >deep.rps
	for o in rp-arrow "rp-arrow --levels 3" rp-parquet; do
		run -3 --separate-stderr $o --exact -c all deep.rps -o x.out
		[[ $stderr = *"record 1: book record"*": a book of 12 levels: see --levels"* ]]
		[ ! -e x.out ]
	done
	[[ $(! rp-arrow --exact -c all deep.rps 2>&1 >x) = *"--levels, --lists" ]]
	run -0 --separate-stderr rp-arrow --exact -c all --on-error skip deep.rps \
	    -o x.out
	[[ $stderr = *"2 records rejected"* && $stderr != *"are deeper"* ]]
	rp-parquet --exact -c all --levels 3 deep.rps -o x.parquet
	rp-print --json deep.rps >want
	for o in "--levels 12" "--lists" "--levels 3 --lists"; do
		rp-arrow --exact -c all $o deep.rps | rp-import |
		    rp-print --json | cmp - want
	done
}

@test "levels of codecs are told" {
	for wrong in lz4:13 lz4:-1 zstd:23 zstd:-131073; do
		run -2 rp-arrow --codec $wrong mbo.rps
		[[ $output = *"lz4:LEVEL, 0 to 12, or zstd:LEVEL, -131072 to 22"* ]]
	done
	run -2 rp-parquet --codec zstd:23 mbo.rps
	[[ $output = *"zstd:LEVEL, -131072 to 22"* ]]
	deep 1 >deep.rps
	for right in lz4:0 lz4:12 zstd:22 zstd:-131072; do
		rp-arrow --lists --codec $right deep.rps >x
	done
	rp-parquet --levels 12 --codec zstd:-131072 deep.rps -o x.parquet
}

@test "bounds of options" {
	run -2 rp-arrow --batch-rows 0
	run -2 rp-arrow --batch-bytes 2Gi
	run -2 rp-arrow --codec gzip
	run -2 rp-arrow --codec zstd:99
	run -2 rp-arrow -j 0
	run -2 rp-arrow --levels 101
}

@test "--exact -c all: what columns cannot hold is refused, not left out" {
	run -3 --separate-stderr rp-arrow --exact -c all \
	    "$RP_TOP/tests/data/good-longer-payload.rps" -o long.arrow
	[[ $stderr == *"record 1: "*"its payload has bytes that no column holds" ]]
	[ ! -e long.arrow ]
	rp-arrow --exact "$RP_TOP/tests/data/good-longer-payload.rps" -t mbo \
	    -o short.arrow
}
