#!/usr/bin/env bats
bats_require_minimum_version 1.5.0
# rp-book against books in Python: of Binance's own quotes, of orders in lists.

setup() {
	data=${RP_DATA:-$RP_TOP/../shared/data}
	command -v python3 >/dev/null || skip "no python3"
	cd "$BATS_TEST_TMPDIR" || return 1
}

have() {
	[ -e "$1" ] || skip "no $1"
}

compare() {
	run -0 python3 "$RP_TOP/tests/peers/book.py" "$@"
}

@test "Binance USD-M: every quote of an update's id is the book's best" {
	have "$data/binance/usdm-btcusdt-20240808.gz"
	compare quotes "$data/binance/usdm-btcusdt-20240808.gz"
	[ "$output" = "629 quotes equal to the book" ]
}

@test "Binance spot: every quote of an update's id is the book's best" {
	have "$data/binance/spot-btcusdt-20240808.gz"
	compare quotes "$data/binance/spot-btcusdt-20240808.gz"
	[ "$output" = "564 quotes equal to the book" ]
}

@test "ES: every event; crossed before the opening at 23:00 and not after" {
	have "$data/dbn/esh4-20231225.mbo.dbn.zst"
	rp-import -q "$data/dbn/esh4-20231225.mbo.dbn.zst" -o es.rps
	compare orders es.rps
	[ "${lines[0]}" = "922 bids and 565 asks equal" ]
	[ "${lines[1]}" = "47022 events equal, 891 crossed or locked from \
1703543995216798489 to 1703545199999703903" ]
	[ "$(date -u -d @1703545199 +%T)" = 22:59:59 ]
}

@test "a market of rp-gen: every event, of orders" {
	rp-gen -n 40000 -N 1 -o gen.rps
	compare orders gen.rps
	[[ $output = *" events equal, 0 crossed or locked" ]]
}

@test "updates that are lost: every break of the chain, and no other" {
	for fault in lost chain reordered; do
		rp-gen -n 60000 -N 3 -t level --snapshots 1ms \
		    --fault $fault:0.1% -o faults.rps
		compare chain faults.rps
		[[ $output = [1-9]*" breaks equal" ]]
	done
}
