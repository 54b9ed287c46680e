#!/usr/bin/env bats
# shellcheck disable=SC2154 # set by run
#
# rp-compile with a directory as queue and a directory as store, by several
# processes that die. What came to be is read by Python's own SQLite.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	unset REDIS_URL JOB_QUEUE_NAME DLQ_NAME
	export RETRY_BASE_DELAY_MS=1 ZSTD_OBJECT=false IPC_COMPRESSION=none
	pids=()
}

teardown() {
	for pid in "${pids[@]}"; do kill -9 "$pid" 2>/dev/null || true; done
}

# check: every job is done, and in one object, the one that it says.
check() {
	python3 - <<-'.'
		import glob, re, sqlite3
		db = sqlite3.connect("jobs/queue.db")
		[left] = db.execute("SELECT (SELECT count(*) FROM job)"
		    "+(SELECT count(*) FROM held)+(SELECT count(*) FROM window)")
		done = dict(db.execute("SELECT id, result FROM done"))
		found = {}
		for path in glob.glob("out/**/*.arrow", recursive=True):
		    for id in re.findall(rb"j\d{5}", open(path, "rb").read()):
		        assert id not in found, (id, path, found[id])
		        found[id] = path
		assert {i.decode(): p for i, p in found.items()} == done
		print(len(done), "done,", left[0], "left")
	.
}

# objects: how many there are.
objects() {
	find out -name '*.arrow' 2>/dev/null | wc -l
}

# done_of: how many jobs are done.
done_of() {
	python3 - <<-'.'
		import sqlite3
		db = sqlite3.connect("jobs/queue.db")
		print(*db.execute("SELECT count(*) FROM done").fetchone())
	.
}

@test "some of several are killed again and again: each job is in one object" {
	seq -f '{"id":"j%05g"}' 3000 | rp-enqueue --ndjson
	export WINDOW_MAX_COUNT=3
	for round in 1 2 3 4 5; do
		for _ in 1 2; do
			rp-compile --quiet out 2>>log 3>&- &
			pids+=($!)
		done
		for _ in {1..400}; do
			[ "$(objects)" -lt $((round * 120)) ] || break
			sleep 0.01
		done
		kill -9 "${pids[@]:0:1}"
		wait "${pids[0]}" || true
		pids=("${pids[@]:1}")
	done
	kill -9 "${pids[@]:1}" 2>/dev/null
	rp-compile --once --quiet out
	kill -TERM "${pids[0]}"
	wait "${pids[0]}"
	pids=()
	[ "$(check)" = "3000 done, 0 left" ] || { check; cat log; false; }
}

@test "it is killed at calls that change files, further on each time" {
	[ -z "${RP_SANITIZER-}" ] || skip "preloading under a sanitizer"
	cc -shared -fPIC -D_GNU_SOURCE -o kill-at.so \
	    "$RP_TOP/tests/cli/kill-at.c"
	seq -f '{"id":"j%05g"}' 60 | rp-enqueue --ndjson
	export WINDOW_MAX_COUNT=3 MAX_DELIVERIES=1000
	for ((step = 1; step < 1000; step += 7)); do
		status=0
		{
			LD_PRELOAD=$PWD/kill-at.so KILL_AT=$step \
			    timeout 20 rp-compile --once --quiet out 2>>log
		} 2>/dev/null || status=$?
		[ $status = 137 ] || break
	done
	[ $status = 0 ]
	[ "$step" -gt 40 ]
	[ "$(check)" = "60 done, 0 left" ] || { check; false; }
}

@test "as a service it is woken by a job, and what it held is free once it is dead" {
	rp-compile --quiet out 2>log 3>&- &
	pids=($!)
	for i in 1 2 3; do
		rp-enqueue --wait --timeout 20s j0000$i
	done
	kill -TERM "${pids[0]}"
	wait "${pids[0]}"
	pids=()
	[ "$(check)" = "3 done, 0 left" ]
	# stopped as it holds jobs, for longer than the test may take
	export LEASE_MS=3600000
	seq -f '{"id":"j1%04g"}' 500 | rp-enqueue --ndjson
	WINDOW_MAX_COUNT=1 rp-compile --quiet out 2>log 3>&- &
	pids=($!)
	until [ "$(done_of)" -gt 3 ]; do sleep 0.02; done
	kill -9 "${pids[0]}"
	wait "${pids[0]}" || true
	pids=()
	rp-compile --once --quiet out
	[ "$(check)" = "503 done, 0 left" ] || { check; false; }
}
