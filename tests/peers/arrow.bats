#!/usr/bin/env bats
bats_require_minimum_version 1.5.0
# What rp-arrow writes, read by pyarrow, polars and DuckDB: value by value what
# rp-print --json shows of the same stream.

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	python=${RP_PEERS-}/venv/bin/python
	"$python" -c 'import pyarrow, polars, duckdb' 2>/dev/null ||
	    skip "no pyarrow, polars and duckdb"
}

arrow() {
	"$python" "$RP_TOP/tests/peers/arrow.py" "$@"
}

# check STREAM OPTION... : in the file format and as a stream
check() {
	local stream=$1
	shift
	rp-arrow "$@" "$stream" -o x.arrow
	run -0 arrow values "${peer[@]}" x.arrow "$stream"
	[[ $output = *" values equal" ]]
	rp-arrow --stream "$@" "$stream" >x.arrows
	run -0 arrow values "${peer[@]}" x.arrows "$stream"
	[[ $output = *" values equal" ]]
}

# every STREAM : all columns in each form and codec
every() {
	local peer=()
	check "$1"
	check "$1" -c all --compress zstd:3 -j2
	check "$1" --dict --compress lz4 --batch-rows 64k
	peer=(--decimals float)
	check "$1" --float64 --compress lz4:9 -j3
	peer=(--decimals exact)
	check "$1" --exact -c all --compress zstd
}

extremes() {
	rp-import >"$1" <<-'END'
	{"type":"trade","ts_recv":"9223372036854775807","symbol":"a\"b,é","sequence":"18446744073709551615","price":"999999999.999999999","size":"-1","flags":"last|bad"}
	{"type":"trade","ts_recv":"-9223372036854775807","symbol":null,"price":null,"size":null,"trade_id":null,"ts_event":"1"}
	{"type":"trade","ts_recv":null,"symbol":"日本 €","source":"X","price":"-999999999.999999999","size":"0","tflags":"id_uuid","trade_id":"01234567-89ab-cdef-fedc-ba9876543210","depth":4294967294}
	{"type":"trade","ts_recv":"0","seq":"18446744073709551615","symbol":"S","price":"0.000000001","size":"123456789","trade_id":"18446744073709551615","side":"sell"}
	END
}

@test "extreme values, and none" {
	extremes x.rps
	every x.rps
	rp-gen -q -n 0 >none.rps
	for o in "-t trade" "-t mbo --dict --compress zstd" "-t book --lists"; do
		peer=()
		# shellcheck disable=SC2086
		check none.rps $o
		[[ $output = "0 rows, 0 values equal" ]]
	done
	rp-filter -n 1 x.rps >one.rps
	peer=()
	check one.rps --compress lz4
}

@test "made markets: each type" {
	rp-gen -q -n 6k -N 5 -t mbo,level,bbo,trade >all.rps
	for t in mbo level bbo trade; do
		rp-filter -t $t all.rps >$t.rps
		every $t.rps
	done
}

@test "books, as columns and as lists" {
	rp-gen -q -n 3k -N 2 -t mbo | rp-book --emit book:7 >book.rps
	peer=()
	check book.rps
	check book.rps --levels 9 --compress lz4
	check book.rps --lists
	check book.rps --lists --compress zstd --batch-rows 100
	peer=(--decimals float)
	check book.rps --lists --float64
}

@test "bars and features" {
	rp-gen -q -n 20k -N 3 -t mbo,trade >in.rps
	rp-book --emit bars:1s in.rps >bars.rps
	every bars.rps
	rp-book --emit features:mid,spread,ofi in.rps >features.rps
	peer=()
	check features.rps
	check features.rps --compress zstd --batch-rows 999
}

@test "real data: CME, Nasdaq and reference data" {
	[ -d "${RP_DATA-}/dbn" ] || skip "no data"
	rp-import "$RP_DATA/dbn/esh4-20231225.mbo.dbn.zst" >es.rps
	peer=()
	check es.rps --compress zstd -j2
	[[ $output = "68792 rows, "* ]]
	for f in "$RP_DATA"/dbn/test_data.*; do
		rp-import "$f" >t.rps
		every t.rps
	done
	rp-import "$RP_DATA"/itch/*.gz >itch.rps
	for t in $(rp-print --json itch.rps |
	    sed 's/.*"type":"\([a-z]*\)".*/\1/' | sort -u); do
		rp-filter -t "$t" itch.rps >t.rps
		check t.rps
		check t.rps -c all --compress zstd
	done
}

@test "dictionaries grow by deltas, which pyarrow reads" {
	rp-gen -q -n 40k -N 3000 -t trade >trade.rps
	peer=(--pyarrow)
	check trade.rps --dict --batch-rows 500
	check trade.rps --dict --batch-rows 500 --compress zstd -j2
	rp-arrow trade.rps >plain.arrow
	run -0 arrow same plain.arrow x.arrow x.arrows
}

@test "a million symbols" {
	awk 'BEGIN { for (i = 0; i < 1000000; i++)
	    printf "{\"type\":\"trade\",\"ts_recv\":\"1\",\"symbol\":\"S%d\",\"price\":\"%d\"}\n", i, i }' |
	    rp-import >many.rps
	rp-arrow -c symbol,price --dict --compress lz4 many.rps -o dict.arrow
	rp-arrow -c symbol,price --compress lz4 many.rps -o text.arrow
	run -0 arrow same text.arrow dict.arrow
	[ "$output" = "1000000 rows the same" ]
}

@test "one schema and the same rows, whatever the batches and threads" {
	rp-gen -q -n 50k -t bbo >bbo.rps
	rp-arrow bbo.rps >a
	rp-arrow --batch-rows 777 bbo.rps >b
	rp-arrow --batch-bytes 10k --compress zstd -j3 bbo.rps >c
	rp-arrow --stream --batch-rows 1 <(rp-filter -n 1000 bbo.rps) >d
	run -0 arrow same a b c
	run -0 arrow batches d
	[ "$(wc -w <<<"$output")" = 1000 ]
	run -0 arrow batches b
	[[ $output = "777 777 "* ]]
}
