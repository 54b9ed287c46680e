#!/usr/bin/env bats
# shellcheck disable=SC2154 # set by run
#
# rp-merge: order, inputs of every kind, late records, repetitions, marks.
bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	rp-gen -n 20k -N 5 --no-notes | rp-write all.log
	rp-read all.log | rp-print --json >all.json
	rp-import --no-notes all.json -o all.rps
	# three inputs of the numbered records, in turns of 1 to 40
	awk 'BEGIN { srand(1) } { if (left-- <= 0) {
		left = int(rand() * 40); at = int(rand() * 3) }
		print >at ".json" }' all.json
	for i in 0 1 2; do
		rp-import --no-notes $i.json -o $i.rps
	done
}

setup() {
	cd "$BATS_FILE_TMPDIR" || return 1
	WORK=$BATS_TEST_TMPDIR
}

sum() {
	rp-check --json "$@" | jq -r .sum
}

plus() {
	printf '%016x\n' $((0x$1 + 0x$2))
}

# same_as FILE.json: what comes on stdin are these records in this order.
same_as() {
	rp-print --json | cmp - "$1"
}

lacks() { # PATTERN: no line of stdin has it
	! grep -aq "$1"
}

fails() {
	local want=$1 got=0
	shift
	"$@" >"$WORK/out" 2>"$WORK/err" || got=$?
	if [ $got != "$want" ] || [ "$(wc -l <"$WORK/err")" != 1 ] ||
	    ! grep -q '^rp-merge: ' "$WORK/err"; then
		echo "$* -> $got, not $want:"
		cat "$WORK/err"
		return 1
	fi
}

@test "what was taken apart comes together" {
	rp-merge 0.rps 1.rps 2.rps | same_as all.json
	rp-merge 2.rps 0.rps 1.rps | same_as all.json
	[ "$(rp-merge 0.rps 1.rps 2.rps | sum)" = "$(sum all.rps)" ]
	rp-merge 1.rps 0.rps | rp-merge 2.rps - | same_as all.json
	rp-merge all.rps | same_as all.json
	rp-merge <all.rps | same_as all.json
}

@test "however the inputs are coded, and the output" {
	rp-cat --codec lz4 --frame-records 100 0.rps -o "$WORK/0.rps"
	rp-cat --codec zstd --layout rows 1.rps -o "$WORK/1.rps"
	rp-cat --frame-records 1 2.rps -o "$WORK/2.rps"
	for how in "" "--codec lz4" "--codec zstd -j 2" "--frame-records 7" \
	    "--frame-size 10k --codec lz4" "--layout columns"; do
		# shellcheck disable=SC2086
		rp-merge $how "$WORK"/[012].rps -o "$WORK/all.rps"
		same_as all.json <"$WORK/all.rps"
	done
	# six and more share the room to decode in
	for i in 0 1 2 3 4 5 6; do
		rp-cat --codec zstd all.rps -o "$WORK/c$i.rps"
	done
	rp-merge "$WORK"/c?.rps | rp-print --json | uniq |
	    jq -r .seq | uniq -c | awk '$1 != 1 { exit 1 }'
}

@test "files, logs, pipes, FIFOs and stdin" {
	rp-write "$WORK/1.log" <1.rps
	mkfifo "$WORK/fifo"
	rp-cat 0.rps >"$WORK/fifo" &
	rp-cat 2.rps | rp-merge --no-notes "$WORK/fifo" 1.rps - | same_as all.json
	rp-merge <(cat 0.rps) <(rp-cat --codec lz4 1.rps) - <2.rps |
	    same_as all.json
	# a log numbers its records, by which those of one time go
	[ "$(rp-merge 0.rps "$WORK/1.log" 2.rps | sum)" = "$(sum all.rps)" ]
	fails 2 rp-merge - 0.rps - <1.rps
	fails 1 rp-merge 0.rps nothing-here
	mkdir "$WORK/dir"
	fails 3 rp-merge 0.rps "$WORK/dir"
}

@test "equal inputs give equal output" {
	rp-merge 0.rps 1.rps 2.rps >"$WORK/a"
	rp-merge 0.rps 1.rps 2.rps >"$WORK/b"
	cmp "$WORK/a" "$WORK/b"
}

@test "of one time the source decides, then seq, then the input" {
	i=0
	line='"ts_recv":"7","type":"type:1000","payload":""'
	for s in b,1,3 b,2,9 a,1,4 a,1,4; do
		IFS=, read -r source seq n <<<"$s"
		: $((i += 1))
		echo "{\"seq\":\"$seq\",$line,\"source\":\"$source\",\"symbol\":\"$n$i\"}" |
		    rp-import -o "$WORK/$i.rps"
	done
	[ "$(rp-merge "$WORK"/[1234].rps | rp-print --json | jq -r .symbol |
	    tr '\n' ' ')" = "43 44 31 92 " ]
	[ "$(rp-merge "$WORK"/{4,3,2,1}.rps | rp-print --json | jq -r .symbol |
	    tr '\n' ' ')" = "44 43 31 92 " ]
}

@test "frames that do not overlap pass as they are" {
	rp-filter --seq ..10000 all.rps | rp-cat --codec zstd -o "$WORK/a.rps"
	rp-filter --seq 10100.. all.rps | rp-cat --codec lz4 -o "$WORK/b.rps"
	rp-merge "$WORK/b.rps" "$WORK/a.rps" -o "$WORK/ab.rps"
	cat "$WORK/a.rps" "$WORK/b.rps" | rp-print --json >"$WORK/want"
	same_as "$WORK/want" <"$WORK/ab.rps"
	rp-check "$WORK/ab.rps" | grep -q 'coding .*lz4.*zstd'
	rp-check "$WORK/ab.rps" | lacks 'coding .*none'
}

@test "late records are told, and passed, dropped or refused" {
	jq -c 'if (.seq | tonumber) % 100 == 50
	    then .ts_recv |= (.[:-7] + "0000000") else . end' 0.json |
	    rp-import -o "$WORK/late.rps"
	rp-merge "$WORK/late.rps" 1.rps 2.rps -o "$WORK/out" 2>"$WORK/err" \
	    --stats-json "$WORK/stats"
	late=$(sed -n 's/.*late.rps: \([0-9]*\) records late, by up to .*ms$/\1/p' "$WORK/err")
	[ "$late" -gt 10 ]
	[ "$(wc -l <"$WORK/err")" = 1 ]
	rp-check "$WORK/out" | grep -q 'records  *20000'
	rp-merge --on-late drop "$WORK/late.rps" 1.rps 2.rps -o "$WORK/out" \
	    2>"$WORK/err"
	rp-check --json "$WORK/out" >"$WORK/sums"
	[ "$(jq -r .records "$WORK/sums")" = $((20000 - late)) ]
	rp-check "$WORK/out" | grep -q 'thinned'
	rp-check "$WORK/out" | grep -q 'lossy'
	fails 3 rp-merge --on-late fail "$WORK/late.rps" 1.rps 2.rps
	grep -q 'late.rps: a record lies .* before what was written' "$WORK/err"
	fails 2 rp-merge --on-late perhaps 0.rps
	# of many inputs not all are named
	for i in 0 1 2 3 4 5 6 7 8 9; do
		tac all.json | tail -n $((20 + i)) |
		    rp-import -o "$WORK/in$i.rps"
	done
	rp-merge "$WORK"/in?.rps 2>"$WORK/err" >/dev/null
	[ "$(wc -l <"$WORK/err")" = 9 ]
	grep -q 'and 2 more inputs have late records' "$WORK/err"
}

@test "--tolerance puts late records in their place" {
	# swap neighbours: each is late by what lies between them
	awk 'NR % 2 { held = $0; next } { print; print held; held = "" }
	    END { if (held != "") print held }' 0.json |
	    rp-import -o "$WORK/swapped.rps"
	rp-merge "$WORK/swapped.rps" 1.rps 2.rps 2>"$WORK/err" |
	    rp-check | grep -q 'ts_recv.*not ordered\|ts_recv.*back'
	grep -q 'records late' "$WORK/err"
	in_order() { # those of one time stay as they came
		rp-print --json | sort -s -t: -k3,3 -c
	}
	rp-merge --tolerance 1s "$WORK/swapped.rps" 1.rps 2.rps \
	    -o "$WORK/out.rps" 2>"$WORK/err"
	in_order <"$WORK/out.rps"
	[ "$(sum "$WORK/out.rps")" = "$(sum all.rps)" ]
	[ ! -s "$WORK/err" ]
	# by all records of the stream at once
	sort -R --random-source=all.rps all.json | rp-import -o "$WORK/mixed.rps"
	rp-merge --tolerance 1h "$WORK/mixed.rps" -o "$WORK/out.rps"
	in_order <"$WORK/out.rps"
	[ "$(sum "$WORK/out.rps")" = "$(sum all.rps)" ]
	[ "$(rp-merge --tolerance 10us "$WORK/swapped.rps" 1.rps 2>/dev/null |
	    sum)" = "$(plus "$(sum 0.rps)" "$(sum 1.rps)")" ]
}

# lines: a.rps and b.rps, each without 5 % of the records; none lacks in both.
lines() {
	awk -v dir="$WORK" 'BEGIN { srand(7) } {
		r = rand()
		if (r >= .05) print >(dir "/a.json")
		if (r < .05 || r >= .1) print >(dir "/b.json")
	}' "$1"
	rp-import "$WORK/a.json" -o "$WORK/a.rps"
	rp-import "$WORK/b.json" -o "$WORK/b.rps"
}

@test "--unique: lines with losses give the whole" {
	lines all.json
	for key in record content seq symbol,ts_recv,seq; do
		rp-merge --unique $key "$WORK/a.rps" "$WORK/b.rps" |
		    same_as all.json
		rp-merge --unique $key "$WORK/b.rps" "$WORK/a.rps" |
		    same_as all.json
		rp-merge --unique $key --tolerance 1ms "$WORK/a.rps" \
		    "$WORK/b.rps" "$WORK/a.rps" | same_as all.json
	done
	[ "$(rp-merge --unique record all.rps all.rps all.rps | sum)" = \
	    "$(sum all.rps)" ]
	fails 2 rp-merge --unique nonsense all.rps
	grep -q -- "--unique: no record type has a field 'nonsense'" "$WORK/err"
}

@test "--unique: another line's time, by the venue's" {
	lines all.json
	# line b is received up to 200 us later, but in order
	awk -F'"ts_recv":"' -v OFS='"ts_recv":"' 'BEGIN { srand(3) } {
		ns = substr($2, 1, 19); late = substr(ns, 9) + int(rand() * 200000)
		if (late < last) late = last
		last = late
		printf "%s\"ts_recv\":\"%s%011d%s\n", $1, substr(ns, 1, 8), late,
		    substr($2, 20) }' "$WORK/b.json" | rp-import -o "$WORK/b.rps"
	rp-merge --unique content --clock event "$WORK/a.rps" "$WORK/b.rps" |
	    rp-print --json | jq -c 'del(.ts_recv)' >"$WORK/got"
	jq -c 'del(.ts_recv)' all.json | cmp - "$WORK/got"
	# by the time of receipt the same records, in another order
	rp-merge --unique content "$WORK/a.rps" "$WORK/b.rps" |
	    rp-print --json | jq -c 'del(.ts_recv)' | sort >"$WORK/got"
	jq -c 'del(.ts_recv)' all.json | sort | cmp - "$WORK/got"
	# and not those that lie further apart than the window
	[ "$(rp-merge --unique content --unique-window 0 "$WORK/a.rps" \
	    "$WORK/b.rps" | rp-check --json | jq -r .records)" -gt 30000 ]
}

@test "--unique: what one input has twice is its own" {
	sed 'p' 0.json | rp-import -o "$WORK/twice.rps"
	n=$(wc -l <0.json)
	count() {
		rp-merge --unique record "$@" | rp-check --json | jq -r .records
	}
	[ "$(count "$WORK/twice.rps")" = $((2 * n)) ]
	[ "$(count "$WORK/twice.rps" 0.rps "$WORK/twice.rps")" = $((2 * n)) ]
	[ "$(count --unique-within "$WORK/twice.rps" 0.rps)" = "$n" ]
}

@test "--unique: downloads that overlap pass whole where they do not" {
	rp-cat --codec zstd --frame-records 500 all.rps | rp-read --seq ..14000 \
	    -o "$WORK/a.rps"
	rp-cat --codec zstd --frame-records 500 all.rps | rp-read --seq 12001.. \
	    -o "$WORK/b.rps"
	rp-merge --unique record --unique-window 10us "$WORK/a.rps" \
	    "$WORK/b.rps" -o "$WORK/ab.rps"
	same_as all.json <"$WORK/ab.rps"
	rp-check "$WORK/ab.rps" | grep -q 'coding .*zstd'
}

@test "--gaps common: what another line has is no gap" {
	gap='"type":"gap","symbol":"X","action":"venue"'
	at() {
		echo "{\"ts_recv\":\"$1\",$gap,\"first_lost\":\"$2\",\"last_lost\":\"$3\"}"
	}
	trade='"type":"trade","symbol":"X"'
	{
		echo "{\"ts_recv\":\"1\",$trade}"
		at 10 5 7
		at 30 20 21
		echo "{\"ts_recv\":\"99\",$trade}"
	} | rp-import -o "$WORK/a.rps"
	{
		echo "{\"ts_recv\":\"2\",$trade}"
		at 12 6 6
		at 31 22 25
		echo "{\"ts_recv\":\"98\",$trade}"
	} | rp-import -o "$WORK/b.rps"
	[ "$(rp-merge "$WORK"/[ab].rps | rp-filter -t gap | rp-print --json |
	    wc -l)" = 4 ]
	[ "$(rp-merge --gaps common "$WORK"/[ab].rps | rp-filter -t gap |
	    rp-print --json | jq -r .first_lost)" = 6 ]
	[ "$(rp-merge --gaps common "$WORK"/[ab].rps --stats 2>&1 >/dev/null |
	    grep -o 'gaps-filled:' | wc -l)" = 2 ]
}

@test "an input cut short ends it without END" {
	head -c 300000 1.rps >"$WORK/cut.rps"
	fails 3 rp-merge 0.rps "$WORK/cut.rps" 2.rps -o "$WORK/none.rps"
	grep -q 'cut.rps: truncated' "$WORK/err"
	[ ! -e "$WORK/none.rps" ]
	rp-merge 0.rps "$WORK/cut.rps" 2>/dev/null >"$WORK/some.rps" || true
	run -3 rp-check "$WORK/some.rps"
	[[ $output == *"gave up"*"cut.rps: truncated"* ]]
	# the same from one that gave up
	fails 3 rp-merge 2.rps "$WORK/some.rps"
}

@test "THINNED goes on" {
	rp-filter -w 'size > 2' 1.rps -o "$WORK/thin.rps"
	for how in "" "--tolerance 1ms"; do
		# shellcheck disable=SC2086
		rp-merge $how 0.rps "$WORK/thin.rps" | rp-check | grep -q thinned
	done
}

@test "256 inputs, and the limit of open files" {
	for i in $(seq 0 255); do
		head -n $((20 + i)) all.json | tail -n 20 |
		    rp-import --no-notes -o "$WORK/$i.rps"
	done
	rp-merge "$WORK"/*.rps | rp-check --json >"$WORK/sums"
	[ "$(jq -r .records "$WORK/sums")" = 5120 ]
	(
		ulimit -Sn 64
		rp-merge "$WORK"/*.rps | sum >"$WORK/again"
	)
	[ "$(cat "$WORK/again")" = "$(jq -r .sum "$WORK/sums")" ]
	ulimit -n 128
	fails 1 rp-merge "$WORK"/*.rps
	grep -q '256 inputs at once need more open files than the limit of 128' "$WORK/err"
}

@test "memory: at most about 1 MiB an input" {
	[ -z "${RP_SANITIZER-}" ] || skip "memory is bounded without sanitizers"
	rp-gen -n 60k -N 3 | rp-cat --codec zstd -o "$WORK/a.rps"
	for i in $(seq 64); do
		ln "$WORK/a.rps" "$WORK/in$i.rps"
	done
	peak() {
		cc -O1 -o "$WORK/peak" "$RP_TOP/tests/bench/peak.c"
		"$WORK/peak" "$@" 2>&1 >/dev/null | awk 'END { print $1 }'
	}
	few=$(peak rp-merge "$WORK"/in[12].rps)
	many=$(peak rp-merge "$WORK"/in*.rps)
	echo "$few $many"
	[ $((many - few)) -lt $((62 * 1100)) ]
}

@test "MARK: an idle input does not hold up the others" {
	# one input is live: it says how far time has come, and stays open
	rp-write "$WORK/live.log" <0.rps
	last=$(tail -n 1 0.json | jq -r .ts_recv)
	rp-read --follow "$WORK/live.log" >"$WORK/live.pipe" 2>/dev/null &
	reader=$!
	mkfifo "$WORK/fifo"
	kill "$reader" 2>/dev/null || true
	wait "$reader" 2>/dev/null || true
	timeout 60 rp-read --follow "$WORK/live.log" >"$WORK/fifo" 2>/dev/null &
	reader=$!
	timeout 60 rp-merge "$WORK/fifo" 1.rps >"$WORK/out.rps" 2>/dev/null &
	merger=$!
	# all that is not after the last of the live log comes without its END
	want=$(jq -r "select(.ts_recv < \"$last\") | .seq" 1.json | wc -l)
	for _ in $(seq 300); do
		got=$(rp-print --json "$WORK/out.rps" 2>/dev/null | wc -l)
		[ "$got" -lt $((want + $(wc -l <0.json))) ] || break
		sleep 0.1
	done
	kill "$reader" "$merger" 2>/dev/null || true
	wait "$reader" "$merger" || true
	[ "$got" -ge $((want + $(wc -l <0.json))) ]
}

@test "ES: taken apart by symbol and by time, merged it is as before" {
	file=$(ls "${RP_DATA-}"/dbn/esh4*.mbo.dbn.zst 2>/dev/null) ||
	    skip "no real data (RP_DATA)"
	rp-import --no-notes "$file" -o "$WORK/es.rps"
	want=$(rp-print "$WORK/es.rps" | md5sum)
	rp-filter --to 12:00 "$WORK/es.rps" -o "$WORK/1.rps"
	rp-filter --from 12:00 --to 23:30 "$WORK/es.rps" -o "$WORK/2.rps"
	rp-filter --from 23:30 "$WORK/es.rps" -o "$WORK/3.rps"
	[ "$(rp-merge "$WORK"/{3,1,2}.rps | rp-print | md5sum)" = "$want" ]
	[ "$(rp-merge "$WORK"/{3,1,2}.rps | sum)" = "$(sum "$WORK/es.rps")" ]
}

@test "ES: two lines that lost messages" {
	file=$(ls "${RP_DATA-}"/dbn/esh4*.mbo.dbn.zst 2>/dev/null) ||
	    skip "no real data (RP_DATA)"
	# the venue's own, not Databento's snapshot, which is no line's
	rp-import --no-notes "$file" | rp-filter --no-notes --flags '!snapshot' \
	    -o "$WORK/es.rps"
	rp-print --json "$WORK/es.rps" >"$WORK/es.json"
	awk -v dir="$WORK" 'BEGIN { srand(9) }
	{
		match($0, /"sequence":"[0-9]*"/)
		message = substr($0, RSTART, RLENGTH)
		if (message != before) r = rand()
		before = message
		if (r >= .05) print >(dir "/a.json")
		if (r < .05 || r >= .1) print >(dir "/b.json")
	}' "$WORK/es.json"
	rp-import "$WORK/a.json" -o "$WORK/a.rps"
	rp-import "$WORK/b.json" -o "$WORK/b.rps"
	rp-merge --clock event --unique content "$WORK/a.rps" "$WORK/b.rps" |
	    same_as "$WORK/es.json"
}
