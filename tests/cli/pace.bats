#!/usr/bin/env bats
bats_require_minimum_version 1.5.0
# rp-pace: all records, in order, not before their time, retimed as asked.

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	rp-gen -n 2000 -N 3 -t mbo,level -o in.rps # 14 ms long
	# four records, at 0, 100 and 150 ms, and one that lies back
	for ms in 000 100 150 120; do
		echo '{"type":"trade","symbol":"A","source":"x","ts_recv":"2024-01-02T00:00:00.'$ms'000500Z","ts_event":"2024-01-02T00:00:00.'$ms'000000Z","price":"1.5","size":"'$ms'"}'
	done | rp-import -o four.rps
}

setup() {
	cd "$BATS_FILE_TMPDIR" || return 1
}

# sum [FILE]: of the records of a stream.
sum() {
	rp-check --json "$@" | jq -c '[.records, .sum]'
}

# count NAME: one of the counts of stats.json.
count() {
	jq ".counts[\"$1\"]" "$BATS_TEST_TMPDIR/stats.json"
}

pace() {
	rp-pace --stats-json "$BATS_TEST_TMPDIR/stats.json" "$@"
}

# times [ARGS]: ts_recv and ts_event of each record, in ns.
times() {
	rp-csv --no-header -c ts_recv,ts_event
}

@test "records stay what they are and in their order" {
	for args in "" "--speed 100000" "--rate 1M" "--max" "--precise" \
	    "--clock event" "--max-gap 1us" "--speed 0.5"; do
		# shellcheck disable=SC2086
		pace $args in.rps >out.rps
		[ "$(sum out.rps)" = "$(sum in.rps)" ]
		rp-csv in.rps | cmp - <(rp-csv out.rps)
	done
}

@test "a recording takes its time, scaled, and no less" {
	start=$(date +%s%N)
	pace four.rps >out.rps
	[ $(($(date +%s%N) - start)) -ge 150000000 ]
	start=$(date +%s%N)
	pace --speed 0.5 four.rps >out.rps
	[ $(($(date +%s%N) - start)) -ge 300000000 ]
	start=$(date +%s%N)
	pace --rate 20 four.rps >out.rps
	[ $(($(date +%s%N) - start)) -ge 150000000 ]
	[ "$(count unordered)" = 0 ] # a rate knows no times
}

@test "relative times are those of the recording, from now on" {
	before=$(date +%s%N)
	pace --retime relative --speed 10 four.rps | times >t
	after=$(date +%s%N)
	read -r first < <(cut -d, -f1 t)
	[ "$first" -ge "$before" ]
	[ "$first" -le "$after" ]
	# distances are a tenth; the 500 ns from event to receipt stay
	cut -d, -f1 t | while read -r ts; do
		echo $((ts - first))
	done >distances
	printf '0\n10000000\n15000000\n12000000\n' | cmp - distances
	while IFS=, read -r recv event; do
		[ $((recv - event)) = 500 ]
	done <t
}

@test "relative times by the event, at a rate, and without waiting" {
	for args in "--clock event --speed 10" "--rate 100" "--max"; do
		# shellcheck disable=SC2086
		pace --retime relative $args four.rps | times >t
		first=$(head -n 1 t | cut -d, -f1)
		cut -d, -f1 t | while read -r ts; do
			echo $((ts - first))
		done | tr '\n' ' '
		echo
	done >distances
	cat >want <<-end
		0 10000000 15000000 12000000 
		0 10000000 20000000 30000000 
		0 100000000 150000000 120000000 
	end
	cmp want distances
}

@test "current times never go back, and keep latencies" {
	before=$(date +%s%N)
	pace --retime current --speed 100 four.rps | times >t
	after=$(date +%s%N)
	sort -n -c t
	while IFS=, read -r recv event; do
		[ "$recv" -ge "$before" ]
		[ "$recv" -le "$after" ]
		[ $((recv - event)) = 500 ]
	done <t
	[ "$(wc -l <t)" = 4 ]
}

@test "retiming moves the times of a record, not its dates" {
	cat >dated <<-end
		{"type":"gap","ts_recv":"2024-01-02T00:00:01Z","ts_event":"2024-01-02T00:00:00Z","ts_from":"2024-01-01T23:59:58Z","ts_to":"2024-01-02T00:00:01Z","action":"venue"}
		{"type":"definition","ts_recv":"2024-01-02T00:00:01Z","ts_event":"2024-01-02T00:00:00Z","expiration":"2024-03-15T00:00:00Z"}
		{"type":"trade","ts_recv":"2024-01-02T00:00:01Z"}
	end
	rp-import dated -o dated.rps
	pace --retime relative dated.rps | rp-print --json >out
	jq -e -s '.[0] | (.ts_recv | tonumber) as $t |
	    (.ts_to | tonumber) == $t and ($t - (.ts_from | tonumber) |
	    . > 2.9e9 and . < 3.1e9)' out
	jq -e -s '.[1].expiration' out >expiry
	rp-print --json dated.rps | jq -e -s '.[1].expiration' | cmp - expiry
	jq -e -s '.[2].ts_event == null' out
}

@test "a stream that was retimed says so" {
	pace --max --retime current four.rps | rp-print --notes >notes
	grep -q 'args=.*--retime current' notes
	[ "$(pace --max --retime current four.rps | sum)" != "$(sum four.rps)" ]
}

@test "long gaps are cut, told and counted" {
	run -0 --separate-stderr rp-pace -v --max-gap 20ms four.rps \
	    --stats-json "$BATS_TEST_TMPDIR/stats.json" -o out.rps
	[ "${#stderr_lines[@]}" = 3 ] # two gaps, and the input
	[[ ${stderr_lines[0]} == "rp-pace: before 2024-01-02T00:00:00.100000500Z a gap is cut by 0.080 s" ]]
	[ "$(count gaps_cut)" = 2 ]
	[ "$(count gaps_cut_ns)" = 110000000 ]
	# distances after it are as they were
	pace --max --max-gap 20ms --retime relative four.rps | times >t
	first=$(head -n 1 t | cut -d, -f1)
	cut -d, -f1 t | while read -r ts; do
		echo $((ts - first))
	done >distances
	printf '0\n20000000\n40000000\n10000000\n' | cmp - distances
}

@test "what lies back goes out at once and is counted" {
	pace four.rps >out.rps
	[ "$(count unordered)" = 1 ]
	pace --speed 1000 in.rps >out.rps
	[ "$(count unordered)" = 0 ]
}

@test "lateness is said in percentiles that rise" {
	pace --speed 10 in.rps >out.rps
	for name in p50 p90 p99 p99.9 max; do
		count "lateness_${name}_ns"
	done >late
	[ "$(grep -c '^[0-9][0-9]*$' late)" = 5 ]
	sort -n -c late
	# where nothing waits, nothing is late
	pace --max --retime current in.rps >out.rps
	[ "$(count unordered)" = 0 ]
	[ "$(count lateness_p50_ns)" = null ]
}

@test "the first record goes out at once, and none waits for the input" {
	mkfifo "$BATS_TEST_TMPDIR/in" "$BATS_TEST_TMPDIR/out"
	rp-pace --speed 0.001 <"$BATS_TEST_TMPDIR/in" \
	    >"$BATS_TEST_TMPDIR/out" 3>&- &
	paced=$!
	exec 4>"$BATS_TEST_TMPDIR/in" 5<"$BATS_TEST_TMPDIR/out"
	cat four.rps >&4
	# the second is due in 100 s; a frame with the first is there by now
	timeout 20 head -c 400 <&5 >part
	[ "$(wc -c <part)" = 400 ]
	[ "$(grep -c 'tool=rp-pace' part)" = 1 ]
	kill "$paced"
	exec 4>&- 5<&-
	kill -9 "$paced" 2>/dev/null || true
	wait "$paced" || true
}

@test "in a long pause it notices that its reader has gone" {
	# the second record is due in a day
	run -141 timeout 60 bash -o pipefail -c \
	    'rp-pace --speed 0.000001 four.rps | head -c 100 >/dev/null'
}

@test "pauses are marked" {
	pace --speed 0.2 four.rps >out.rps
	rp-print --frames out.rps >frames
	[ "$(grep -ci mark frames)" -ge 1 ]
	[ "$(sum out.rps)" = "$(sum four.rps)" ]
	# marks of the input: kept, moved, or left out
	rp-gen --realtime --rate 3 -N 1 -n 3 -o marked.rps
	[ "$(rp-print --frames marked.rps | grep -ci mark)" -ge 1 ]
	for mode in none relative; do
		pace --max --retime $mode marked.rps | rp-print --frames \
		    >frames
		[ "$(grep -ci mark frames)" -ge 1 ]
	done
	pace --max --retime current marked.rps | rp-print --frames >frames
	run ! grep -qi mark frames
}

@test "times at the ends of their range are no trouble" {
	cat >ends <<-end
		{"type":"trade","ts_recv":"1677-09-21T00:12:44Z","ts_event":"1677-09-21T00:12:44Z"}
		{"type":"trade","ts_recv":"2262-04-11T23:47:16Z","ts_event":"2262-04-11T23:47:16Z"}
	end
	rp-import ends -o ends.rps
	for args in "--max" "--max --max-gap 1ms" \
	    "--max-gap 1ms --speed 1000000000" "--rate 1M"; do
		for mode in none relative current; do
			# shellcheck disable=SC2086
			pace $args --retime $mode ends.rps | times >t
			[ "$(wc -l <t)" = 2 ]
		done
	done
}

@test "misuse is one line and status 2" {
	for args in "--speed 0" "--speed -1" "--speed x" "--speed 1e20" \
	    "--rate 0" "--rate 2G" "--rate x" "--speed 2 --rate 3" \
	    "--max --rate 3" "--max --speed 1" \
	    "--rate 3 --max-gap 1s" "--clock wall" \
	    "--retime now" "--max-gap -1s" "--max-gap 5"; do
		# shellcheck disable=SC2086
		run -2 --separate-stderr rp-pace $args in.rps
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" = 1 ]
		[[ $stderr == rp-pace:* ]]
	done
}

@test "single bytes, short writes and EINTR change no record" {
	[ -z "${RP_SANITIZER-}" ] || skip "preloading under a sanitizer"
	cc -shared -fPIC -D_GNU_SOURCE -o "$BATS_TEST_TMPDIR/trickle.so" \
	    "$RP_TOP/tests/cli/trickle.c"
	for args in "--speed 1000" "--precise --speed 10" "--max"; do
		# shellcheck disable=SC2086
		LD_PRELOAD=$BATS_TEST_TMPDIR/trickle.so rp-pace $args in.rps \
		    >out.rps
		[ "$(sum out.rps)" = "$(sum in.rps)" ]
	done
}
