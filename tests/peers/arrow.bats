#!/usr/bin/env bats
bats_require_minimum_version 1.5.0
# What rp-arrow writes, read by pyarrow, polars and DuckDB: value by value what
# rp-print --json shows of the same stream.

load columnar

setup() {
	columnar_setup
	reader=values
}

arrow() { ask arrow.py; }

# check STREAM OPTION... : in the file format and as a stream
check() {
	local stream=$1
	shift
	n=$((n + 1))
	rp-arrow "$@" "$stream" -o $n.arrow
	rp-arrow --stream "$@" "$stream" >$n.arrows
	later "$reader" "$decimals" $n.arrow "$stream"
	later "$reader" "$decimals" $n.arrows "$stream"
}

# every STREAM : all columns in each form and codec
every() {
	check "$1"
	check "$1" -c all --codec zstd:3 -j2
	check "$1" --dict --codec lz4 --batch-rows 64k
	decimals=float
	check "$1" --float64 --codec lz4:9 -j3
	decimals=exact
	check "$1" --exact -c all --codec zstd
	decimals=fixed
}

@test "extreme values, and none" {
	extremes x.rps
	every x.rps
	rp-filter -n 1 x.rps >one.rps
	check one.rps --codec lz4
	arrow
	rm asked
	rp-gen -q -n 0 >none.rps
	for o in "-t trade" "-t mbo --dict --codec zstd" "-t book --lists"; do
		# shellcheck disable=SC2086
		check none.rps $o
	done
	arrow
	[ "$(sort -u <<<"$output")" = "0 rows, 0 values equal" ]
}

@test "every type there is" {
	kinds all.rps
	each_type all.rps -q --scale size=0
	each_type all.rps -q --scale size=0 -c all --dict --codec zstd
	decimals=float
	each_type all.rps --float64 --codec lz4
	decimals=exact
	each_type all.rps --exact -c all
	arrow
	[ "$(wc -l <asked)" -gt 100 ]
}

@test "scales, and columns of several types" {
	rp-gen -q -n 5k -N 5 -t mbo,bbo,trade >all.rps
	rp-filter -t trade all.rps >trade.rps
	check trade.rps --scale price=4 --scale size=0
	check all.rps -c ts_recv,type,symbol,price,bid_px,order_id,depth
	check all.rps -c type,price,ask_sz --dict --scale '*_sz=8'
	arrow
}

@test "made markets: each type" {
	rp-gen -q -n 6k -N 5 -t mbo,level,bbo,trade >all.rps
	for t in mbo level bbo trade; do
		rp-filter -t $t all.rps >$t.rps
		every $t.rps
	done
	arrow
}

@test "books, as columns and as lists" {
	rp-gen -q -n 3k -N 2 -t mbo | rp-book --emit book:7 >book.rps
	check book.rps
	check book.rps --levels 9 --codec lz4
	check book.rps --lists
	check book.rps --lists --codec zstd --batch-rows 100
	decimals=float
	check book.rps --lists --float64
	arrow
}

@test "bars and features" {
	rp-gen -q -n 20k -N 3 -t mbo,trade >in.rps
	rp-book --emit bars:1s in.rps >bars.rps
	every bars.rps
	rp-book --emit features:mid,spread,ofi in.rps >features.rps
	check features.rps
	check features.rps --codec zstd --batch-rows 999
	arrow
}

@test "real data: CME, Nasdaq and reference data" {
	[ -d "${RP_DATA-}/dbn" ] || skip "no data"
	rp-import "$RP_DATA/dbn/esh4-20231225.mbo.dbn.zst" >es.rps
	check es.rps --codec zstd -j2
	for f in "$RP_DATA"/dbn/test_data.*; do
		rp-import "$f" >"${f##*/}.rps"
		every "${f##*/}.rps"
	done
	rp-import "$RP_DATA"/itch/*.gz >itch.rps
	for t in $(rp-print --json itch.rps |
	    sed 's/.*"type":"\([a-z]*\)".*/\1/' | sort -u); do
		rp-filter -t "$t" itch.rps >"$t.rps"
		check "$t.rps"
		check "$t.rps" -c all --codec zstd
	done
	arrow
	[[ ${lines[0]} = "68792 rows, "* ]]
}

@test "dictionaries grow by deltas, which pyarrow reads" {
	rp-gen -q -n 40k -N 3000 -t trade >trade.rps
	reader=pyarrow
	check trade.rps --dict --batch-rows 500
	check trade.rps --dict --batch-rows 500 --codec zstd -j2
	rp-arrow trade.rps >plain.arrow
	later same plain.arrow 1.arrow 2.arrows
	arrow
}

@test "a million symbols" {
	awk 'BEGIN { for (i = 0; i < 1000000; i++)
	    printf "{\"type\":\"trade\",\"ts_recv\":\"1\",\"symbol\":\"S%d\",\"price\":\"%d\"}\n", i, i }' |
	    rp-import >many.rps
	rp-arrow -c symbol,price --dict --codec lz4 many.rps -o dict.arrow
	rp-arrow -c symbol,price --codec lz4 many.rps -o text.arrow
	later same text.arrow dict.arrow
	later values fixed text.arrow many.rps
	arrow
	[ "$output" = $'1000000 rows the same\n1000000 rows, 2000000 values equal' ]
}

@test "one schema and the same rows, whatever the batches and threads" {
	rp-gen -q -n 50k -t bbo >bbo.rps
	rp-arrow bbo.rps >a
	rp-arrow --batch-rows 777 bbo.rps >b
	rp-arrow --batch-bytes 10k --codec zstd -j3 bbo.rps >c
	rp-arrow --stream --batch-rows 1 <(rp-filter -n 1000 bbo.rps) >d
	later same a b c
	later batches d
	later batches b
	arrow
	[ "$(wc -w <<<"${lines[1]}")" = 1000 ]
	[[ ${lines[2]} = "777 777 "* ]]
}
