#!/usr/bin/env bats
# shellcheck disable=SC2154 # set by run
#
# rp-enqueue with a directory as queue, which rp-compile empties. What is in it
# is read by Python's own SQLite.
bats_require_minimum_version 1.5.0

setup_file() {
	cc -shared -fPIC -D_GNU_SOURCE -o "$BATS_FILE_TMPDIR/kill-at.so" \
	    "$RP_TOP/tests/cli/kill-at.c"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	unset REDIS_URL JOB_QUEUE_NAME DLQ_NAME
	export RETRY_BASE_DELAY_MS=1
}

teardown() {
	[ -z "${running-}" ] || kill -9 "$running" 2>/dev/null || true
}

# rows SQL [QUEUE...]: of the databases, columns with a blank between them.
rows() {
	python3 - "$1" "${@:2}" <<-'.'
		import sqlite3, sys
		for queue in sys.argv[2:] or ["jobs"]:
		    db = sqlite3.connect(queue + "/queue.db")
		    for row in db.execute(sys.argv[1]):
		        print(*(c.hex() if isinstance(c, bytes) else c for c in row))
	.
}

# status JSON...: of each job.
status() {
	jq -r '.id + " " + .status' "$@"
}

compile() {
	rp-compile --once --quiet out
}

@test "without a word the queue is a directory here; a URL or a path names another" {
	rp-enqueue one two three
	[ "$(rows 'SELECT payload FROM job ORDER BY entry')" = \
	    "$(printf '0a036f6e65\n0a0374776f\n0a057468726565')" ]
	mkdir -p a/b
	rp-enqueue --redis a/b four
	rp-enqueue --redis "file://$PWD/a/b" --queue jobs five
	REDIS_URL=file://a/b rp-enqueue six
	[ "$(rows 'SELECT count(*) FROM job' a/b/jobs)" = 3 ]
	JOB_QUEUE_NAME=other rp-enqueue seven
	[ "$(ls)" = "$(printf 'a\njobs\nother')" ]
}

@test "an id is queued once, for as long as it is remembered; entries increase" {
	rp-enqueue a b --json >first
	rp-enqueue b c --json --stats-json stats >second
	[ "$(status first second | tr '\n' ,)" = \
	    "a queued,b queued,b repeated,c queued," ]
	[ "$(jq -r .entry first | sed -n 2p)" = \
	    "$(jq -r .entry second | sed -n 1p)" ]
	[ "$(jq -c '[.records_in, .records_out, .dropped]' stats)" = "[2,1,1]" ]
	rp-enqueue --no-dedupe b --json >third
	jq -r .entry first third >entries
	sort -t - -k 1n -k 2n entries | diff entries -
	rp-enqueue --queue other --remember 1s d
	for _ in {1..100}; do
		rp-enqueue --queue other --json d | grep -q repeated || return 0
		sleep 0.1
	done
	false
}

@test "--wait: done, dead, lost, or not in time" {
	run -4 --separate-stderr rp-enqueue a --wait --timeout 100ms
	[[ $stderr == *"1 of 1 jobs are not done yet" ]]
	compile
	rp-enqueue a --wait --json >said
	[ "$(jq -r '[.status, .result] | join(" ")' said)" = \
	    "done $(find out -name '*.arrow')" ]
	timeout 20 rp-enqueue b c --wait --json >said &
	running=$!
	until [ "$(rows 'SELECT count(*) FROM job')" = 2 ]; do sleep 0.05; done
	compile
	wait $running
	[ "$(status said | tr '\n' ,)" = "b done,c done," ]
	timeout 20 rp-enqueue d --wait --json >said 2>err &
	running=$!
	until [ "$(rows 'SELECT count(*) FROM job')" = 1 ]; do sleep 0.05; done
	rm -r jobs
	got=0
	wait $running || got=$?
	[ "$got" = 1 ]
	[ "$(status said)" = "d lost" ]
	grep -q "1 are lost, the first: d: the queue does not have it" err
}

@test "dead letters: listed, shown, replayed, purged" {
	[ -z "$(rp-enqueue --dlq list)" ]
	[ ! -e jobs ] # nothing is made by looking
	rp-enqueue --log missing.log a b
	PIPELINE_PARALLELISM=1 compile || true # in order
	[ "$(rp-enqueue --dlq list | cut -f 2 | tr '\n' ,)" = a,b, ]
	run -1 --separate-stderr rp-enqueue --wait a
	[[ $stderr == *"1 of 1 jobs are dead"*missing.log* ]]
	rp-enqueue --dlq show b >shown
	grep -q '^reason .*missing.log' shown
	grep -qx 'job_id     b' shown
	grep -qx 'deliveries 1' shown
	grep -qx 'payload    {"id":"b","log":"missing.log"}' shown
	[ -z "$(rp-enqueue --dlq list --dlq-name other)" ]
	rp-enqueue --dlq replay a
	[ "$(rows 'SELECT count(*) FROM job')" = 1 ]
	[ "$(rp-enqueue a --json | jq -r .status)" = repeated ]
	rp-enqueue --dlq purge b
	run -1 --separate-stderr rp-enqueue --dlq purge b
	[[ $stderr == *"there is no dead letter 'b'" ]]
	[ "$(rp-enqueue b --json | jq -r .status)" = queued ]
	[ -z "$(rp-enqueue --dlq list)" ]
}

@test "a full queue is waited for, and only what is done makes room" {
	rp-enqueue --max-len 3 a b c
	timeout 20 rp-enqueue --max-len 3 d e --json -v >said 2>err &
	running=$!
	until grep -q 'is full: waiting' err; do sleep 0.05; done
	[ "$(rows 'SELECT count(*) FROM job')" = 3 ]
	compile
	wait $running
	[ "$(status said | tr '\n' ,)" = "d queued,e queued," ]
}

@test "it is killed in the middle: what it said to be queued is there, once" {
	mkfifo lines
	timeout 30 rp-enqueue --ndjson --json <lines >said &
	running=$!
	exec 4>lines
	seq -f '{"id":"j%g"}' 5000 >&4
	until [ "$(wc -l <said)" -ge 3000 ]; do sleep 0.02; done
	kill -9 "$(pgrep -P $running)"
	exec 4>&-
	wait $running || true
	running=
	sed '$d' said | jq -r .id | sort >reported # the last line may be cut
	rows 'SELECT id FROM queued' | sort >queued
	[ -z "$(comm -23 reported queued)" ]
	[ "$(rows 'SELECT count(*) FROM job')" = "$(wc -l <queued)" ]
	seq -f '{"id":"j%g"}' 10000 | rp-enqueue --ndjson
	[ "$(rows 'SELECT count(*), count(DISTINCT payload) FROM job')" = \
	    "10000 10000" ]
}

# put_at HOW STEP: into a queue of its own; $status, and what it says in err.
# What it said to be queued is found by who puts the same again.
put_at() {
	status=0
	{
		LD_PRELOAD="$BATS_FILE_TMPDIR/kill-at.so" \
		    rp-enqueue --queue "$1$2" --json a b c >said 2>err
	} 2>/dev/null || status=$?
	rp-enqueue --queue "$1$2" --json a b c >again
	sed 's/"queued"/"repeated"/' said |
	    diff - <(head -n "$(wc -l <said)" again)
}

@test "it dies, or the disk is full, at a third of its calls that change files" {
	[ -z "${RP_SANITIZER-}" ] || skip "preloading under a sanitizer"
	for ((last = 1; last < 300; last += 3)); do
		KILL_AT=$last put_at kill "$last"
		[ $status = 137 ] || break
	done
	[ $status = 0 ]
	[ "$last" -gt 40 ]
	for ((step = 2; step < last; step += 9)); do
		FAIL_AT=$step put_at fail "$step"
		[ $status = 0 ] || # some it can do without
		    [[ $status = 1 && "$(cat err)" =~ (No space|I/O|full) ]]
	done
	[ "$(rows 'SELECT count(*), count(DISTINCT payload) FROM job' \
	    kill* fail* | uniq)" = "3 3" ]
}

@test "several put at the same time: each id once" {
	for i in 1 2 3 4; do
		seq -f '{"id":"j%g"}' $((i * 500)) $((i * 500 + 2000)) |
		    rp-enqueue --ndjson --json >said.$i 4>&- &
		pids[i]=$!
	done
	for i in 1 2 3 4; do wait "${pids[i]}"; done
	[ "$(cat said.* | grep -c '"queued"')" = 3501 ]
	[ "$(rows 'SELECT count(*), count(DISTINCT payload) FROM job')" = \
	    "3501 3501" ]
}

@test "places that are none, files that are no queue: a line that names them" {
	run -1 --separate-stderr rp-enqueue --redis nowhere a
	[ "$stderr" = "rp-enqueue: nowhere/jobs: No such file or directory" ]
	run -2 --separate-stderr rp-enqueue --queue a/b a
	[[ $stderr == "rp-enqueue: queue 'a/b': "* ]]
	run -2 --separate-stderr rp-enqueue --redis file:// a
	[ "${#stderr_lines[@]}" = 1 ]
	mkdir text
	echo "this is no database, but a text of some length" >text/queue.db
	run -3 --separate-stderr rp-enqueue --queue text a
	[[ $stderr == "rp-enqueue: text/queue.db: no queue, or damaged: "* ]]
	[ "$(cat text/queue.db)" = \
	    "this is no database, but a text of some length" ]
	rp-enqueue --queue later a
	rows 'PRAGMA user_version=9' later
	run -5 --separate-stderr rp-enqueue --queue later a
	[[ $stderr == *"later/queue.db: a queue of version 9, not 1" ]]
	run -3 --separate-stderr rp-enqueue --queue text --dlq list
	rp-enqueue --queue hollow a
	rows 'DROP TABLE queued' hollow
	run -3 --separate-stderr rp-enqueue --queue hollow b
	[[ $stderr == *"hollow/queue.db: no queue, or damaged: "* ]]
}
