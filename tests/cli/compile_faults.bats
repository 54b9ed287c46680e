#!/usr/bin/env bats
# shellcheck disable=SC2154 # set by run
#
# rp-compile when things go wrong: it dies at each of its steps, Redis dies with
# and without what it had, there are several of it, clocks differ, jobs are
# poisonous. Each time what came to be is held against the queue, job by job
# (compile_check.py). The store is a directory here, S3 in compile_s3.bats.
bats_require_minimum_version 1.5.0
load redis
load compile

setup_file() {
	command -v redis-server >/dev/null || skip "no redis-server"
	preloads
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	export REDIS_URL=unix://$PWD/sock
	small
	redis_up
}

teardown() {
	compile_down
}

# ---- deaths of rp-compile ----

@test "it is killed at each step over 1,000 jobs: each is in one object" {
	queue_ids 1 1000
	while read -r step; do
		# shellcheck disable=SC2086
		kill_at $step -- out
		check out >said
	done <<-'.'
		read before
		read answered
		take before
		take answered
		seal before
		seal answered
		adopt before
		adopt answered
		file before
		write 100
		sync before
		sync answered
		rename before
		rename answered
		finish before
		finish 300
		finish answered
		finish answered 5
		rename before 7
		read answered 3
	.
	grep -q '^1000 jobs, [1-9][0-9]* acknowledged' said # some were done, ...
	run ! acknowledged 900 # ... and not most
	compile -q out
	until_so all_done 1000 out
	ends
	[[ $(check -a out) = "1000 jobs, 1000 acknowledged, "*" objects, 0 dead" ]]
}

@test "a window that was stored is made as it was, by settings that differ" {
	queue_ids 1 200
	for n in 1 2 3 4; do
		kill_at rename answered $n -- out
	done
	(cd out && find . -name '*.arrow' -exec cksum {} +) | sort >before
	[ "$(wc -l <before)" -ge 4 ]
	compile -q out
	export WINDOW_MAX_COUNT=7
	compile -q out
	until_so all_done 200 out
	(cd out && find . -name '*.arrow' -exec cksum {} +) | sort >after
	[ "$(comm -23 before after | wc -l)" = 0 ]
}

# ---- deaths of Redis ----

@test "Redis is killed and comes back with what it had: nothing is lost" {
	redis_down
	redis_up --appendonly yes --appendfsync always
	queue_ids 1 2000
	compile out
	for n in 300 800 1400; do
		until_so acknowledged $n
		redis_down
		redis_up --appendonly yes --appendfsync always
	done
	until_so all_done 2000 out
	ends
	grep -q '"event":"trouble","of":"queue"' lines
}

@test "Redis comes back empty: nothing was acknowledged without its object" {
	queue_ids 1 2000
	seq -f '{"id":"job%06g"}' 1 2000 |
	    timeout 60 rp-enqueue --ndjson --wait --json >said 2>err 3>&- &
	waiting=$!
	kill_at finish before 20 -- out
	check out
	redis_down
	redis_up
	compile out
	status=0
	wait $waiting || status=$?
	[ $status = 1 ]
	grep -q ' are lost, the first: job' err
	[ "$(wc -l <said)" = 2000 ]
	jq -r 'select(.status == "done") | .id' said | sort >well
	jq -r 'select(.status == "lost") | .id' said | sort >lost
	[ $(($(wc -l <well) + $(wc -l <lost))) = 2000 ]
	[ "$(wc -l <lost)" -ge 1000 ]
	[ -z "$(comm -23 well <(check -l out | sort))" ]
	# a service lives through it, and does what is queued then
	redis_down
	redis_up
	rm -r out
	jq -c '{id}' said | rp-enqueue --ndjson
	until_so all_done 2000 out
	ends
	grep -q '"event":"trouble","of":"queue"' lines
}

@test "Redis hangs for longer than a lease, again and again" {
	compile out
	first=$compiler
	compile out
	queue_ids 1 2000
	for _ in 1 2 3; do
		kill -STOP "$redis"
		sleep 0.5
		kill -CONT "$redis"
		sleep 0.05
	done
	until_so all_done 2000 out
	ends 0 "$first"
	ends
	[[ $(check -a out) = "2000 jobs, 2000 acknowledged, "*" objects, 0 dead" ]]
}

# ---- several of it ----

# are_there N: so many instances are.
are_there() {
	[ "$(grep -c '"event":"started"' lines)" = "$1" ]
}

@test "two race for 1,000 jobs, each queued twice" {
	compile out
	first=$compiler
	compile out
	until_so are_there 2
	queue_ids 1 500
	queue_ids 1 1000 --no-dedupe
	queue_ids 501 1000 --no-dedupe
	until_so all_done 1000 out
	ends 0 "$first"
	ends
	[[ $(check -a out) = "1000 jobs, 2000 acknowledged, "*" objects, 0 dead" ]]
}

@test "two are suspended in turn for longer than a lease" {
	compile out
	first=$compiler
	compile out
	second=$compiler
	until_so are_there 2
	queue_ids 1 3000
	for pids in "$first $second" "$second $first" "$first $second"; do
		for signal in STOP CONT; do
			for pid in $pids; do
				kill -$signal "$pid"
				sleep 0.3
			done
		done
	done
	until_so all_done 3000 out
	ends 0 "$first"
	ends
	[[ $(check -a out) = "3000 jobs, 3000 acknowledged, "*" objects, 0 dead" ]]
}

@test "clocks that are an hour apart" {
	for skew in 3600 -3600 0; do
		LD_PRELOAD=$BATS_FILE_TMPDIR/skew.so CLOCK_SKEW=$skew compile out
		pids+=("$compiler")
	done
	until_so are_there 3
	queue_ids 1 1000
	until_so all_done 1000 out
	for pid in "${pids[@]}"; do
		ends 0 "$pid"
	done
	[[ $(check -a out) = "1000 jobs, 1000 acknowledged, "*" objects, 0 dead" ]]
}

# ---- jobs that go wrong ----

@test "a job that kills whoever works on it becomes a dead letter with its history" {
	rp-gen -n 100 | rp-write es.log
	export MAX_DELIVERIES=3 SINK_CHANNEL_CAPACITY=1 PIPELINE_PARALLELISM=1
	for id in good1 poison good2; do
		rp-enqueue --log es.log $id
	done
	for n in 1 2 3; do
		KILL_KEY=/poison/ kill_at file before -- out
	done
	KILL_KEY=/poison/ LD_PRELOAD=$BATS_FILE_TMPDIR/kill-step.so \
	    KILL_STEP="file before" compile out
	until_so all_done 3 out
	ends
	[ "$(rp-enqueue --dlq list | cut -f 2,3)" = \
	    "$(printf 'poison\tdelivered 4 times, and never done')" ]
	rp-enqueue --dlq show poison >shown

	grep -qx 'deliveries *4' shown
	[ "$(grep -o "delivery [23] to " shown | wc -l)" = 2 ]
	[[ $(check -a out) = "3 jobs, 3 acknowledged, 2 objects, 1 dead" ]]
}

@test "a pipeline that dies by a signal, a log that is not there, or damaged" {
	rp-gen -n 20000 | rp-write --frame-records 500 --roll-size 40k es.log
	mkdir bin logs
	cp -r es.log logs/cut.log
	cp -r es.log logs/good.log
	segments=(logs/cut.log/*.rps)
	truncate -s -100 "${segments[1]}"
	cp "$(command -v rp-compile)" "$(command -v rp-read)" bin
	cat >bin/rp-arrow <<-'.'
		#!/bin/sh
		case $* in
		*zstd*) kill -SEGV $$ ;;
		*) exec "$RP_BUILD/rp-arrow" "$@" ;;
		esac
	.
	chmod +x bin/rp-arrow
	export LOG_ROOTS=$PWD/logs RETRY_MAX_ATTEMPTS=2 PATH=$PWD/bin:$PATH
	rp-enqueue --log good.log good
	rp-enqueue --log good.log --compression zstd crash
	rp-enqueue --log none.log missing
	rp-enqueue --log cut.log damaged
	rp-enqueue --log ../es.log outside || true
	rp-enqueue --log /etc abroad
	rp-enqueue --log good.log -w 'nonsense >' wrong
	compile out
	until_so acknowledged 6
	ends
	check -a out
	[ "$(find out -name '*.arrow' | wc -l)" = 1 ]
	rp-enqueue --dlq list | cut -f 2,3 | sort >dead
	[ "$(cut -f 1 dead | xargs)" = "abroad crash damaged missing wrong" ]
	cat dead >&2
	grep -q "^crash.*rp-arrow.*signal" dead
	grep -q "^damaged.*rp-read" dead
	grep -q "^missing.*none.log" dead
	rp-enqueue --dlq show crash >shown
	[ "$(grep -c 'signal' shown)" -ge 2 ]
}

# ---- many ----

@test "100,000 jobs were queued before the start" {
	n=${RP_COMPILE_JOBS-100000} # more of them, if one likes
	[ -z "${RP_SANITIZER-}" ] || n=10000
	unset LEASE_MS SINK_CHANNEL_CAPACITY WINDOW_MAX_COUNT PIPELINE_PARALLELISM
	queue_ids 1 "$n"
	rp-compile -q --once out
	[[ $(check -a out) = "$n jobs, $n acknowledged, "*", 0 dead" ]]
}
