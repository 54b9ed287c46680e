#!/usr/bin/env bats
bats_require_minimum_version 1.5.0
# Features of rp-book against the same formulas in fractions.

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

compare() {
	python3 "$RP_TOP/tests/peers/features.py" "$@"
}

bars() {
	python3 "$RP_TOP/tests/peers/bars.py" "$@"
}

@test "made markets: orders and their trades" {
	for seed in 1 2; do
		rp-gen -S $seed -n 20k -N 3 -t mbo,trade | rp-write -q log$seed
		run -0 compare log$seed
		[[ $output = *" values equal" ]]
		run -0 bars log$seed
		[[ $output = *" bars, "*" spans equal" ]]
	done
}

@test "orders of a real market" {
	[ -f "${RP_DATA-}/dbn/esh4-20231225.mbo.dbn.zst" ] || skip "no data"
	rp-import "$RP_DATA/dbn/esh4-20231225.mbo.dbn.zst" | rp-write -q log
	run -0 compare log
	[ "$output" = "34617 records, 692340 values equal" ]
	run -0 bars log
	[ "$output" = "3278 bars, 12521 spans equal" ]
}
