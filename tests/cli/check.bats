#!/usr/bin/env bats
# shellcheck disable=SC2154 # set by run
#
# rp-check: what it says of streams, files and logs, and how it repairs them.
bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	rp-gen -n 30k -N 3 | rp-cat --frame-records 1000 -o a.rps
	rp-write --frame-records 1000 --roll-size 500k --codec none a.log <a.rps
}

setup() {
	A=$BATS_FILE_TMPDIR/a.rps
	cd "$BATS_TEST_TMPDIR" || return 1
	cp -r "$BATS_FILE_TMPDIR/a.log" .
}

json() {
	rp-check -q --json-numbers "$@"
}

# segment N: the path of a segment, from 1; negative: from the last.
segment() {
	local all=(a.log/*.rps)
	echo "${all[$1 > 0 ? $1 - 1 : $1]}"
}

@test "what went in came out: counts, ranges, sum" {
	rp-check "$A" >file
	rp-read a.log | rp-check >log
	head -n 1 file | grep ': ok$'
	for line in ts_recv types symbols sources sum; do
		cmp <(grep "^  $line " file) <(grep "^  $line " log)
	done
	grep '^  seq        1 to 30000  dense$' log
	grep '^  records    30000 in ' log
}

@test "the sums by symbol add up to the sum" {
	json --sum "$A" >out
	python3 - out <<-'E'
	import json, sys
	c = json.load(open(sys.argv[1]))
	parts = [int(s["sum"], 16) for s in c["symbols"].values()]
	assert len(parts) == 3
	assert sum(parts) % 2**64 == int(c["sum"], 16)
	assert sum(s["records"] for s in c["symbols"].values()) == 30000
	E
}

@test "a log, its segments, and its stream agree" {
	[ "$(find a.log -name '*.rps' | wc -l)" -gt 4 ]
	json a.log >log
	[ "$(jq -r .status log)" = ok ]
	[ "$(jq .segments log)" = "$(find a.log -name '*.rps' | wc -l)" ]
	[ "$(json a.log/*.rps | jq -s 'map(.records) | add')" = 30000 ]
	[ "$(jq -r .sum log)" = "$(json "$A" | jq -r .sum)" ]
}

@test "JSON: 64-bit numbers are strings unless asked for bare" {
	[ "$(rp-check --json "$A" | jq '.records')" = '"30000"' ]
	[ "$(rp-check --json-numbers "$A" | jq '.records')" = 30000 ]
	[ "$(rp-gen -n 1 | rp-check --json - "$A" | wc -l)" = 2 ]
}

@test "--quick believes the bodies, but not the headers" {
	size=$(stat -c %s "$A")
	cp "$A" body
	printf x | dd of=body bs=1 seek=$((size / 2)) conv=notrunc status=none
	rp-check --quick body | grep '^body: ok (headers only)'
	[ "$(json --quick body | jq -r .checked)" = headers ]
	run -3 --separate-stderr rp-check body
	[[ $stderr == *"frame "*" at byte "* ]]
	[[ $output == "body: corrupt"* ]]
	# a frame is missing: the bodies are whole, the chain is not
	read -r -a at < <(python3 "$RP_TOP/tests/cli/frames.py" offsets "$A")
	{
		head -c "${at[5]}" "$A"
		tail -c +$((at[6] + 1)) "$A"
	} >hole
	run -3 --separate-stderr rp-check --quick hole
	[[ $stderr == *END* ]]
	run -2 rp-check --quick --sum "$A"
	run -2 rp-check --quick --repair "$A"
}

@test "every operand is checked, the bad ones are named" {
	head -c 2000000 "$A" >torn.rps
	run -3 --separate-stderr rp-check torn.rps nothing "$A"
	[ "${#stderr_lines[@]}" = 2 ]
	[[ ${stderr_lines[0]} == "rp-check: torn.rps: truncated"* ]]
	[[ ${stderr_lines[1]} == "rp-check: nothing: "* ]]
	[[ $output == *"torn.rps: truncated"*"a.rps: ok"* ]]
	# corrupt or truncated before all else, in any order
	run -3 rp-check nothing torn.rps
	run -5 rp-check nothing "$RP_TOP/tests/data/unsupported-version.rps"
	run -3 rp-check "$RP_TOP/tests/data/unsupported-version.rps" torn.rps
	run -1 --separate-stderr rp-check nothing "$A"
	run -3 --separate-stderr rp-check "$A" torn.rps
	[ "${#stderr_lines[@]}" = 1 ]
}

@test "seq that goes back or has gaps is a warning" {
	run -0 --separate-stderr rp-check "$(segment 3)" "$(segment 2)"
	[ -z "$stderr" ]
	rp-cat "$(segment 3)" "$(segment 2)" >back
	run -0 --separate-stderr rp-check back
	[[ $stderr == "rp-check: warning: back: seq goes back 1 time,"* ]]
	rp-cat "$(segment 1)" "$(segment 3)" >gap
	run -0 --separate-stderr rp-check gap
	[[ $stderr == "rp-check: warning: gap: seq has 1 gap ("* ]]
	[ "$(json gap | jq .seq_gaps)" = 1 ]
	run -0 --separate-stderr rp-check -q gap
	[ -z "$stderr" ]
	# a segment that is missing in a log
	rm "$(segment 2)"
	run -0 --separate-stderr rp-check a.log
	[[ $stderr == *"a.log: seq has 1 gap"* ]]
}

@test "a torn segment: told, repaired, and nothing is lost" {
	last=$(segment -1)
	cp "$last" whole
	size=$(stat -c %s "$last")
	truncate -s $((size - 1000)) "$last"
	run -3 --separate-stderr rp-check a.log
	[[ $stderr == *"$last: truncated"* ]]
	run -0 --separate-stderr rp-check --repair a.log
	[[ $stderr == *"$last: closed after"*".torn"* ]]
	[[ $output == *"end "*"recovered"* ]]
	run -0 --separate-stderr rp-check a.log
	[ -z "$stderr" ]
	# what was kept and what was torn off are what was there
	keep=$(($(stat -c %s "$last") - 160))
	cmp <(head -c "$keep" "$last"; cat a.log/*.torn) \
	    <(head -c $((size - 1000)) whole)
}

@test "a repair claims no more than it did" {
	# whole frames, but no END
	frames=$(python3 "$RP_TOP/tests/cli/frames.py" offsets "$A")
	read -r -a at <<<"$frames"
	head -c "${at[5]}" "$A" >open.rps
	run -0 --separate-stderr rp-check --repair open.rps
	[[ $stderr == *"closed after "*"; nothing was torn" ]]
	[ ! -e open.rps.torn ]
	# what is no stream is left alone, and there is nothing to report of it
	echo 'a text' >text
	for how in --repair --json; do
		run -3 --separate-stderr rp-check $how text
		[[ $stderr == *"rp stream"* ]]
		[[ $output != *records* ]]
		[ "$(cat text)" = 'a text' ]
		[ ! -e text.torn ]
	done
}

@test "damage before whole frames is no torn end: nothing is changed" {
	middle=$(segment 2)
	printf x | dd of="$middle" bs=1 seek=200000 conv=notrunc status=none
	cp "$middle" before
	run -3 --separate-stderr rp-check --repair a.log
	[[ $stderr == *"$middle"* ]]
	cmp "$middle" before
	[ -z "$(find a.log -name '*.torn')" ]
	# the segments behind it were checked all the same
	[[ $output == *"records    "* ]]
	[ "$(json a.log 2>/dev/null | jq .seq_max)" = 30000 ]
}

@test "indexes that are missing, stale or damaged are told and rebuilt" {
	index() {
		local s
		s=$(segment "$1")
		echo "${s%.rps}.rpx"
	}
	rm "$(index 1)"
	cp "$(index 3)" "$(index 2)"
	printf x | dd of="$(index 3)" bs=1 seek=300 conv=notrunc status=none
	run -0 --separate-stderr rp-check a.log
	[ "${#stderr_lines[@]}" = 3 ]
	[[ ${stderr_lines[2]} == *"index was missing or stale"* ]]
	run -0 rp-check --repair a.log
	run -0 --separate-stderr rp-check a.log
	[ -z "$stderr" ]
	diff -r a.log "$BATS_FILE_TMPDIR/a.log" -x 'lock*'
}

@test "a stream file is repaired too" {
	head -c 2000000 "$A" >torn.rps
	run -0 --separate-stderr rp-check --repair torn.rps
	[[ $stderr == "rp-check: warning: torn.rps: closed after "* ]]
	[ "$(($(stat -c %s torn.rps) + $(stat -c %s torn.rps.torn) - 160))" = \
	    2000000 ]
	run -0 --separate-stderr rp-check torn.rps
	[ -z "$stderr" ]
	cp "$A" sound
	rp-check --repair sound >/dev/null
	cmp sound "$A"
	run -2 rp-check --repair <"$A"
}

@test "a log that is being written is checked, not repaired" {
	mkfifo slow
	rp-write --frame-records 1000 new.log <slow &
	exec 9>slow
	head -c 2000000 "$A" >&9
	for ((i = 0; i < 100; i++)); do
		json new.log >out 2>/dev/null || true
		[ "$(jq -r .status out)" != "ok, being written" ] || break
		sleep 0.05
	done
	[ "$(jq -r .status out)" = "ok, being written" ]
	run -1 --separate-stderr rp-check --repair new.log
	[ "${#stderr_lines[@]}" = 1 ]
	tail -c +2000001 "$A" >&9
	exec 9>&-
	wait $!
	[ "$(json new.log | jq -r '.status, .records')" = \
	    "$(printf 'ok\n30000')" ]
}

@test "a directory that holds no log" {
	mkdir empty
	run -3 --separate-stderr rp-check empty
	[[ $stderr == "rp-check: empty: a directory without segments" ]]
}
