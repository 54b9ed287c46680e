#!/usr/bin/env bats
bats_require_minimum_version 1.5.0
# rp-gen: deterministic, counted, and a stream that the other tools take.

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

@test "equal runs give equal bytes" {
	rp-gen -n 20k >a
	rp-gen -n 20k >b
	cmp a b
	rp-gen -n 20k -S 2 >c
	run ! cmp -s a c
}

@test "exactly as many records as asked for" {
	for n in 0 1 2 3 999; do
		rp-gen -n $n --stats-json s.json >/dev/null
		[ "$(jq -r .records_out s.json)" = "$n" ]
	done
}

@test "the stream verifies, whatever its encoding" {
	for how in "none rows" "lz4 columns" "zstd:3 columns" "lz4 rows"; do
		rp-gen -n 20k --codec "${how% *}" --layout "${how#* }" |
		    rp-check --sum | sed -n '/^  sum/,$p' >"${how// /-}"
	done
	[ "$(wc -l <none-rows)" = 10 ]
	cmp none-rows lz4-columns
	cmp none-rows zstd:3-columns
	cmp none-rows lz4-rows
}

@test "symbols are the user's, or numbered" {
	rp-gen -n 1000 -s ES -s NQ | rp-csv -c symbol --no-header | sort -u >out
	printf 'ES\nNQ\n' | cmp - out
	rp-gen -n 1000 -N 3 | rp-csv -c symbol --no-header | sort -u >out
	printf 'SYM0000\nSYM0001\nSYM0002\n' | cmp - out
}

@test "a source is named, or there is none" {
	rp-gen -n 5 --source X | rp-check --json >out
	[ "$(jq -c '.sources | keys' out)" = '["X"]' ]
	rp-gen -n 5 --source '' | rp-check --json >out
	[ "$(jq -c '.sources // {} | keys' out)" = '[]' ]
}

@test "--start and --rate place the events in time" {
	rp-gen -n 1 -N 1 --start 2023-12-25T23:00 --rate 1G |
	    rp-csv -c ts_event --time iso --no-header >out
	grep '^2023-12-25T23:00:00\.00000000' out
}

@test "-o makes a whole file" {
	rp-gen -n 1000 -o m.rps
	rp-check m.rps
	[ "$(ls)" = m.rps ]
}

@test "misuse is one line and status 2" {
	for args in "-N 0" "-N 40000" "--rate 0" "--rate 2G" "--start noon" \
	    "--symbol=" "-s A -s A" "operand" "--codec gzip" "-n x" "--nonsense"; do
		# shellcheck disable=SC2086
		run -2 --separate-stderr rp-gen $args
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" = 1 ]
		[[ $stderr == rp-gen:* ]]
	done
}

@test "a full device and a closed reader end it" {
	run -1 --separate-stderr bash -c 'rp-gen -n 100k >/dev/full'
	[[ $stderr == *"No space left"* ]]
	run -141 --separate-stderr bash -o pipefail -c 'rp-gen | head -c1 >/dev/null'
	[ -z "$stderr" ]
}
