#!/usr/bin/env bats
# shellcheck disable=SC2154 # stderr_lines is set by run
# shellcheck disable=SC2016 # $1 is a column
bats_require_minimum_version 1.5.0
# rp-import of Arrow against pyarrow: every value of every column.

setup() {
	python=$RP_PEERS/venv/bin/python
	"$python" -c 'import pyarrow' 2>/dev/null || skip "no pyarrow"
	cd "$BATS_TEST_TMPDIR" || return 1
}

compare() {
	run -0 "$python" "$RP_TOP/tests/peers/arrow_import.py" "$@"
	[[ $output = *" values equal"* ]]
}

@test "every type that is read, in files and streams of every codec" {
	compare made .
}

@test "tables of polars" {
	"$python" -c 'import polars' 2>/dev/null || skip "no polars"
	compare others .
}

@test "the Arrow project's integration files are read exactly, or refused" {
	data=${RP_ARROW_TESTING-}/data/arrow-ipc-stream/integration
	[ -d "$data" ] ||
	    skip "no files: RP_ARROW_TESTING is not a checkout of apache/arrow-testing"
	compare integration "$data"
}

@test "its files that crashed readers are refused in a line" {
	data=${RP_ARROW_TESTING-}/data
	[ -d "$data/arrow-ipc-file" ] ||
	    skip "no files: RP_ARROW_TESTING is not a checkout of apache/arrow-testing"
	printf '%s\n' 'event none' 'record json' 'ts_recv = "1"' 'text = $1' >m
	n=0
	for file in "$data"/arrow-ipc-{file,stream,tensor-stream}/*; do
		[ -f "$file" ] || continue
		for args in "" "--mapping m --on-error skip"; do
			# shellcheck disable=SC2086
			run --separate-stderr timeout 10 rp-import -q --format arrow \
			    $args "$file" -o out.rps --force
			case $status in
			0) ;;
			3 | 5) [ "${#stderr_lines[@]}" = 1 ] ;;
			*) return 1 ;;
			esac
		done
		n=$((n + 1))
	done
	[ "$n" -gt 100 ]
}
