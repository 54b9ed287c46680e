#!/usr/bin/env bats
bats_require_minimum_version 1.5.0
# rp-import of tables against Python's csv and json modules: every field.

compare() {
	run -0 python3 "$RP_TOP/tests/peers/tables.py" "$@"
	[[ $output = *" fields equal" ]]
}

@test "Tardis.dev's files" {
	data=${RP_DATA:-$RP_TOP/../shared/data}/tardis
	ls "$data"/*.csv >/dev/null 2>&1 || skip "no files of Tardis.dev"
	compare "$data"/*.csv
}

@test "made files of every schema, columns in any order" {
	compare --made "$BATS_TEST_TMPDIR"
}

@test "CSV and NDJSON by a mapping" {
	compare --mapped "$BATS_TEST_TMPDIR"
}
