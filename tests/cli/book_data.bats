#!/usr/bin/env bats
bats_require_minimum_version 1.5.0
# rp-book on real data and on a market whose faults are known.

setup() {
	data=${RP_DATA:-$RP_TOP/../shared/data}
	cd "$BATS_TEST_TMPDIR" || return 1
}

have() {
	[ -e "$1" ] || skip "no $1"
}

# counts FILE: what rp-book finds in it, kinds sorted, on one line.
counts() {
	rp-book -q --bbo --stats-json stats.json -o /dev/null "$1"
	jq -cS .counts stats.json
}

bests() {
	rp-book --bbo "$@" |
	    rp-csv -c ts_recv,ts_event,sequence,symbol,bid_px,bid_sz,bid_ct,ask_px,ask_sz,ask_ct
}

# levels_agree FILE: the best prices of orders are those of their levels.
levels_agree() {
	rp-book --emit level "$1" >levels.rps
	bests "$1" >orders.csv
	bests levels.rps >levels.csv
	cmp orders.csv levels.csv
	[ "$(wc -l <orders.csv)" -gt 10000 ]
}

@test "Kraken: every checksum is right, and one that is not breaks the book" {
	have "$data/exchange-checksums/KRAKEN.ws.50.0"
	rp-import -q "$data/exchange-checksums/KRAKEN.ws.50.0" -o kraken.rps
	run -0 counts kraken.rps
	[ "$output" = '{"books":10,"verified":4269}' ]
	rp-map 'checksum += 1 where tflags has checksum' kraken.rps -o wrong.rps
	run -0 counts wrong.rps
	[ "$output" = '{"books":10,"checksum":10}' ]
}

@test "Binance: no chain of updates breaks" {
	have "$data/binance/usdm-btcusdt-20240808.gz"
	rp-import -q "$data/binance/usdm-btcusdt-20240808.gz" -o usdm.rps
	run -0 counts usdm.rps
	[ "$output" = '{"books":1,"old":4,"unseeded":328}' ]
	rp-import -q "$data/binance/spot-btcusdt-20240808.gz" -o spot.rps
	run -0 counts spot.rps
	[ "$output" = '{"books":1,"old":2,"unseeded":33}' ]
}

@test "ES: no order is unknown, the levels of orders have their best prices" {
	have "$data/dbn/esh4-20231225.mbo.dbn.zst"
	rp-import -q "$data/dbn/esh4-20231225.mbo.dbn.zst" -o es.rps
	run -0 counts es.rps
	[ "$output" = '{"books":1,"crossed":891}' ]
	levels_agree es.rps
}

@test "levels of orders have their best prices in a market of rp-gen" {
	rp-gen -n 100000 -N 5 --snapshots 100ms -o gen.rps
	run -0 counts gen.rps
	[ "$output" = '{"books":5}' ]
	levels_agree gen.rps
}

# found VIEW FAULT KIND [OPTION...]: as many of the kind as were made.
found() {
	local view=$1 fault=$2 kind=$3 made
	shift 3
	[ "$view" = mbo ] || set -- --snapshots 1ms "$@"
	rp-gen -n 60000 -N 3 -t "$view" "$@" \
	    --fault "$fault:0.1%" --fault-log made.json -o faults.rps
	made=$(wc -l <made.json)
	[ "$made" -gt 20 ]
	rp-book --bbo --stats-json stats.json -o /dev/null faults.rps
	[ "$(jq ".counts.$kind" stats.json)" = "$made" ]
}

@test "the faults of orders are found, each kind" {
	found mbo unknown unknown_order
	found mbo negative negative_size
	found mbo crossed crossed
	found mbo gap gap
}

@test "the faults of levels are found, each kind" {
	found level negative negative_size
	found level crossed crossed
	found level gap gap
	found level chain broken_chain
	found level checksum checksum --source kraken --checksum
}

@test "Tardis: snapshots of a depth are books" {
	local n
	for n in 5 25; do
		have "$data/tardis/binance-futures_book_snapshot_${n}_BTCUSDT.csv"
		rp-import -q -o books.rps \
		    "$data/tardis/binance-futures_book_snapshot_${n}_BTCUSDT.csv"
		run -0 counts books.rps
		[ "$output" = '{"books":1}' ]
		rp-book --emit bbo:every=1 books.rps |
		    rp-csv --no-header --digits trim -c bid_px,bid_sz,ask_px,ask_sz >got
		awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
			{ print $at["bids[0].price"] "," $at["bids[0].amount"] "," \
			    $at["asks[0].price"] "," $at["asks[0].amount"] }' \
		    "$data/tardis/binance-futures_book_snapshot_${n}_BTCUSDT.csv" |
		    diff - got
		[ "$(wc -l <got)" -ge 10 ]
	done
}
