#!/usr/bin/env bats
bats_require_minimum_version 1.5.0
# rp-import and rp-csv against databento-dbn: every field of every record.

setup() {
	python=$RP_PEERS/venv/bin/python
	"$python" -c 'import databento_dbn' 2>/dev/null ||
	    skip "no databento-dbn"
	data=${RP_DATA:-$RP_TOP/../shared/data}/dbn
}

compare() {
	"$python" "$RP_TOP/tests/peers/dbn.py" "$@"
}

@test "68,792 orders of a real day" {
	[ -e "$data/esh4-20231225.mbo.dbn.zst" ] || skip "no ES file"
	run -0 compare "$data/esh4-20231225.mbo.dbn.zst"
	[[ $output = *": 68792 records, "*" columns equal" ]]
}

@test "Databento's own test files, as far as they are here" {
	ls "$data"/test_data.* >/dev/null 2>&1 || skip "no test files"
	compare "$data"/test_data.*
}

@test "made files: every kind in every version, a value in every field" {
	compare --made "$BATS_TEST_TMPDIR"
}
