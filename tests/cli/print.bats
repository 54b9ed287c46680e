#!/usr/bin/env bats
# shellcheck disable=SC2154 # stderr is set by run
# rp-print: text for people, frames, notes. JSON is in ndjson.bats.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	rp-import --no-notes >two.rps <<-'EOF'
	{"ts_recv":"1703545200000000000","type":"mbo","symbol":"ESH4","source":"X","flags":"last","side":"bid","action":"A","price":"4750.250","size":"3","order_id":"99"}
	{"ts_recv":"1703545201000000000","type":"mbo","symbol":"ESH4","action":"R","price":null,"size":null,"order_id":"0"}
	EOF
}

@test "columns stand below each other" {
	run -0 rp-print -c symbol,side,price,order_id two.rps
	[ "$output" = 'symbol   side    price order_id
ESH4     bid   4750.25 99
ESH4     none        - 0' ]
}

@test "times are ISO, in any zone; ns if asked" {
	run -0 rp-print -c ts_recv two.rps
	[ "${lines[1]}" = 2023-12-25T23:00:00.000000000Z ]
	run -0 rp-print -c ts_recv --tz America/Chicago two.rps
	[ "${lines[1]}" = 2023-12-25T17:00:00.000000000-06:00 ]
	run -0 rp-print -c ts_recv --time ns two.rps
	[ "${lines[1]}" = 1703545200000000000 ]
	run -2 rp-print --time ns --tz UTC two.rps
}

@test "digits" {
	run -0 rp-print -c price --digits keep two.rps
	[[ ${lines[1]} =~ ^\ *4750.250$ ]]
}

@test "limit, also across frames" {
	rp-gen -n 1000 | rp-cat --frame-records 100 >many.rps
	[ "$(rp-print -n 250 many.rps | wc -l)" = 251 ]
	[ -z "$(rp-print -n 0 many.rps)" ]
	[ "$(rp-print -n 1M many.rps | wc -l)" = 1001 ]
	# what follows is not read
	head -c 20000 many.rps >cut.rps
	[ "$(rp-print -n 5 cut.rps | wc -l)" = 6 ]
	run -3 rp-print cut.rps
}

@test "each type has its line of names, once" {
	echo '{"ts_recv":"5","type":"trade","price":"1"}' | rp-import >trade.rps
	rp-cat two.rps trade.rps two.rps >mixed.rps
	[ "$(rp-print mixed.rps | grep -c ts_recv)" = 2 ]
	[ "$(rp-print -c type,price mixed.rps | grep -c price)" = 1 ]
	run -0 rp-print -t trade -c type mixed.rps
	[ "$output" = 'type
trade' ]
}

@test "nothing that is printed can play with a terminal" {
	{
		printf '{"ts_recv":"1","type":"definition","raw_symbol":"A\\u001b[2J\\u009bB"}\n'
	} | rp-import | rp-print -c raw_symbol >out
	[ "$(tail -n 1 out)" = 'A\x1b[2J\xc2\x9bB' ]
	rp-import --no-notes <two.rps 2>err || :
	run -0 rp-print --notes <(rp-cat two.rps)
	run ! grep -q $'\e' <<<"$output"
}

@test "colour on a terminal only" {
	script -qec true /dev/null </dev/null >/dev/null 2>&1 ||
		skip "no pseudo-terminal, or no script(1)"
	run ! grep -q $'\e' <(rp-print two.rps)
	TERM=xterm script -qec "rp-print two.rps" /dev/null </dev/null >screen
	grep -q $'\e\\[32mbid' screen
	NO_COLOR=1 TERM=xterm script -qec "rp-print two.rps" /dev/null \
	    </dev/null >screen
	run ! grep -q $'\e' screen
	TERM=dumb script -qec "rp-print two.rps" /dev/null </dev/null >screen
	run ! grep -q $'\e' screen
}

@test "frames" {
	rp-gen -n 300 --no-notes --codec zstd --layout columns |
	    rp-cat --no-notes --frame-records 100 >three.rps
	run -0 rp-print --frames three.rps
	[ "${#lines[@]}" = 4 ]
	[[ ${lines[0]} = "frame 0 at 0: data 100 records"*"mbo 100"* ]]
	[[ ${lines[3]} = *"end 300 records in 3 frames"* ]]
	rp-print --frames --json three.rps >frames.json
	[ "$(jq -r 'select(.kind == "data") | .records' frames.json |
	    paste -sd+ | bc)" = 300 ]
	[ "$(jq -r 'select(.kind == "end") | .sum' frames.json)" = \
	    "$(rp-check --json three.rps | jq -r .sum)" ]
	run -3 rp-import frames.json
	rp-print --frames --json-numbers three.rps | jq -e '.frame >= 0' >/dev/null
}

@test "notes" {
	rp-gen -n 3 | rp-cat >noted.rps
	run -0 rp-print --notes noted.rps
	[ "${lines[0]}" = 'note: tool=rp-gen' ]
	[[ $output = *"note: tool=rp-cat"* ]]
	rp-print --notes --json noted.rps | jq -r .note | grep -q ^tool=rp-gen
	[[ $(rp-print --notes --frames noted.rps) = *"data 3 records"* ]]
}

@test "bytes without a meaning are cut" {
	printf '{"ts_recv":"1","type":"2000","payload":"%0200d"}\n' 0 |
	    rp-import | rp-print -c payload >out
	[ "$(tail -n 1 out)" = "$(printf '%064d...' 0)" ]
}

@test "columns that are not there are refused" {
	run -2 rp-print -c prize two.rps
	[[ $output = *"no record has a field 'prize'"* ]]
	run -2 rp-print --json -t mbo -c bid_px two.rps
}

@test "what came before the damage is shown" {
	rp-gen -n 5000 --no-notes >whole
	head -c 300000 whole >part.rps
	run -3 --separate-stderr rp-print part.rps
	[ "${#lines[@]}" -gt 2000 ]
	[ "${#stderr_lines[@]}" = 1 ]
	run -3 --separate-stderr rp-print --frames part.rps
	[[ ${lines[0]} == "frame 0 "* ]]
}
