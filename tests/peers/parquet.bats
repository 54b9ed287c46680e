#!/usr/bin/env bats
bats_require_minimum_version 1.5.0
# What rp-parquet writes, read by pyarrow, polars and DuckDB: value by value what
# rp-print --json shows of the same stream; statistics, index and filters hold.

load columnar

setup() { columnar_setup; }

peers() { ask parquet.py; }

# check STREAM OPTION...
check() {
	n=$((n + 1))
	rp-parquet "${@:2}" "$1" -o $n.parquet
	later values "$decimals" $n.parquet "$1"
}

# every STREAM: each form of decimals, codec and encoding
every() {
	check "$1"
	later index $n.parquet
	check "$1" -c all --codec none
	check "$1" --codec lz4_raw --encoding dict --row-group-rows 777
	later index $n.parquet
	for encoding in delta delta-length plain; do
		rp-parquet "$1" --codec zstd:7 --encoding $encoding -j2 \
		    -o $n.$encoding.parquet
	done
	later same $n.parquet $n.{delta,delta-length,plain}.parquet
	decimals=float
	check "$1" --float64
	later index $n.parquet
	decimals=exact
	check "$1" --exact -c all
	later index $n.parquet
	decimals=fixed
}

@test "extreme values, and none" {
	extremes x.rps
	every x.rps
	rp-filter -n 1 x.rps >one.rps
	every one.rps
	rp-import >wide.rps <<<'{"type":"trade","ts_recv":"1","price":"9223372036854775807","size":"-9223372036854775807"}'
	decimals=exact
	check wide.rps --exact
	peers
	rm asked
	rp-gen -q -n 0 >none.rps
	decimals=fixed
	for type in trade mbo bar gap definition; do
		check none.rps -t $type
	done
	peers
	[ "$(sort -u <<<"$output")" = "0 rows, 0 values equal" ]
}

@test "every type there is" {
	kinds all.rps
	each_type all.rps -q --scale size=0
	each_type all.rps -q --scale size=0 -c all --codec lz4_raw --encoding plain
	decimals=float
	each_type all.rps --float64 --codec none
	decimals=exact
	each_type all.rps --exact -c all
	peers
	[ "$(wc -l <asked)" -gt 50 ]
}

@test "scales, books, and columns of several types" {
	rp-gen -q -n 5k -N 5 -t mbo,bbo,trade >all.rps
	rp-filter -t trade all.rps >trade.rps
	check trade.rps --scale price=4 --scale size=0
	check all.rps -c ts_recv,type,symbol,price,bid_px,order_id,depth
	check all.rps -c type,price,ask_sz --scale '*_sz=8'
	rp-gen -q -n 2k -N 2 -t mbo | rp-book --emit book:7 >book.rps
	every book.rps
	check book.rps --levels 9 --encoding delta
	peers
}

@test "made markets: each type" {
	rp-gen -q -n 20k -N 5 -t mbo,level,bbo,trade >all.rps
	for type in mbo level bbo trade; do
		rp-filter -t $type all.rps >$type.rps
		every $type.rps
	done
	peers
}

@test "bars and features" {
	rp-gen -q -n 20k -N 3 -t mbo,trade >in.rps
	rp-book --emit bars:1s in.rps >bars.rps
	every bars.rps
	rp-book --features mid,spread in.rps >features.rps
	check features.rps
	later index $n.parquet
	peers
}

@test "real data: CME, Nasdaq, Binance and reference data" {
	[ -d "${RP_DATA-}/dbn" ] || skip "no data"
	rp-import "$RP_DATA/dbn/esh4-20231225.mbo.dbn.zst" >es.rps
	check es.rps -j2
	later index $n.parquet
	for f in "$RP_DATA"/dbn/test_data.*; do
		rp-import "$f" >"${f##*/}.rps"
		check "${f##*/}.rps"
		check "${f##*/}.rps" -c all --codec lz4_raw
	done
	rp-import "$RP_DATA"/itch/*.gz >itch.rps
	for type in $(rp-print --json itch.rps |
	    sed 's/.*"type":"\([a-z]*\)".*/\1/' | sort -u); do
		rp-filter -t "$type" itch.rps >"$type.rps"
		check "$type.rps"
		later index $n.parquet
		check "$type.rps" -c all
	done
	rp-import -q "$RP_DATA"/binance/spot*.gz |
	    rp-filter -t bbo >bbo.rps
	check bbo.rps
	peers
	[[ ${lines[0]} = "68792 rows, "* ]]
}

@test "a million symbols" {
	awk 'BEGIN { for (i = 0; i < 1000000; i++)
	    printf "{\"type\":\"trade\",\"ts_recv\":\"%d\",\"symbol\":\"S%d\",\"price\":\"%d\"}\n", i, i, i }' |
	    rp-import >many.rps
	rp-parquet -c symbol,price many.rps -o auto.parquet
	rp-parquet -c symbol,price many.rps --encoding plain -j2 -o plain.parquet
	rp-parquet -c symbol,price many.rps --encoding dict -o dict.parquet
	later same auto.parquet plain.parquet dict.parquet
	later values fixed auto.parquet many.rps
	peers
	[ "${lines[0]}" = "3 files equal, 1000000 rows" ]
	[ "${lines[1]}" = "1000000 rows, 2000000 values equal" ]
}

@test "the same rows, whatever the row groups and threads" {
	rp-gen -q -n 50k -t bbo >bbo.rps
	rp-parquet bbo.rps >a.parquet
	rp-parquet --row-group-rows 777 bbo.rps | cat >b.parquet
	rp-parquet --row-group-bytes 10k -j3 bbo.rps >c.parquet
	later same a.parquet b.parquet c.parquet
	later index b.parquet
	peers
}

@test "folders as Hive's are datasets of all three" {
	rp-gen -q -n 20k -N 4 -o all.rps
	rp-parquet -o lake --hive symbol,date --file-size 50k all.rps
	[ "$(find lake -name '*.parquet' | wc -l)" -gt 4 ]
	run -0 "$python" - <<-'END'
	import duckdb, polars, pyarrow.dataset as ds
	table = ds.dataset("lake", partitioning="hive").to_table()
	print(table.num_rows, sorted(set(table.column("symbol").to_pylist())))
	lazy = polars.scan_parquet("lake/**/*.parquet", hive_partitioning=True)
	print(lazy.filter(polars.col("symbol") == "SYM0001").collect().height)
	where = "read_parquet('lake/*/*/*.parquet', hive_partitioning = true)"
	where += " where symbol = 'SYM0001'"
	print(duckdb.sql(f"select count(*) from {where}").fetchall()[0][0])
	END
	[ "${lines[0]}" = "20000 ['SYM0000', 'SYM0001', 'SYM0002', 'SYM0003']" ]
	[ "${lines[1]}" = "$(rp-filter -s SYM0001 all.rps | rp-csv --no-header | wc -l)" ]
	[ "${lines[2]}" = "${lines[1]}" ]
}
