#!/usr/bin/env bats
# What rp-compile makes of jobs, and what it says: with a Redis of its own on a
# unix socket, and a directory as the store.
bats_require_minimum_version 1.5.0

load redis

setup_file() {
	command -v redis-server >/dev/null || skip "no redis-server"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	export REDIS_URL=unix://$PWD/sock RETRY_BASE_DELAY_MS=1
	redis_up
}

teardown() {
	[ -z "${service-}" ] || kill -9 "$service" 2>/dev/null || true
	redis_down
}

# check ARG...: the objects in out are what was queued.
check() {
	python3 "$RP_TOP/tests/cli/compile_check.py" "$@" out
}

# only FILE...: the one object of a job.
object_of() {
	find "out/replay-deltas/$1" -type f
}

# said EVENT: its lines of the log that compile left.
said() {
	jq -c --arg e "$1" 'select(.event == $e)' log
}

# await COMMAND...: until it succeeds, but no longer than a while.
await() {
	for _ in {1..500}; do
		! "$@" || return 0
		sleep 0.02
	done
	echo "never: $*"
	return 1
}

has_lease_or_is_done() { has_key "lease:jobs:$1" || has_key "processed:jobs:$1"; }
has_key() { [ "$(cli EXISTS "$1")" = 1 ]; }
has_said() { [ "$(said "$1" | wc -l)" != 0 ]; }

# serve: rp-compile until it is told to end, with metrics.
serve() {
	: >log
	rp-compile --listen 0 out 2>log 3>&- &
	service=$!
	for _ in {1..400}; do
		port=$(sed -n 's/.*"text":"port \([0-9]*\)".*/\1/p' log)
		[ -z "$port" ] || return 0
		sleep 0.02
	done
	cat log
	return 1
}

stop() {
	kill -TERM "$service"
	local got=0
	wait "$service" || got=$?
	service=
	return "$got"
}

@test "ids become windows, by count and bytes, in their order, and are done" {
	seq -f 'j-%04g' 1 1000 | xargs rp-enqueue
	WINDOW_MAX_COUNT=300 rp-compile --once out 2>log
	[ "$(check -a)" = "1000 jobs, 1000 acknowledged, 4 objects, 0 dead" ] ||
	    { check -a; false; }
	[ "$(said object | jq -s 'map(.jobs) | sort | @csv' -r)" = 100,300,300,300 ]
	entry=$(cli XRANGE jobs - + COUNT 1 | head -n 1)
	ms=${entry%-*} n=${entry#*-}
	[ "$(object_of j-0001)" = "out/replay-deltas/j-0001/$((ms / 1000))-$(
		printf '%09d' $((ms % 1000 * 1000000 + n))).arrow" ]
	[ "$(cli GET processed:jobs:j-0300)" = "$(object_of j-0001)" ]
	rm -r out
	seq -f 'k-%04g' 1 100 | xargs rp-enqueue
	WINDOW_MAX_BYTES=61 rp-compile --once --quiet out 2>log
	[ "$(find out -type f | wc -l)" = 10 ]
	[ ! -s log ]
}

@test "an object of ids is an Arrow file, packed or not, batches too" {
	rp-enqueue a bb ccc
	rp-compile --once -q out
	zstd -qdc "$(object_of a)" >a.arrow
	[ "$(head -c 6 a.arrow)" = ARROW1 ]
	check -a
	for codec in none lz4 zstd; do
		rp-enqueue "p-$codec" q-$codec
		ZSTD_OBJECT=no IPC_COMPRESSION=$codec rp-compile --once -q out
		[ "$(head -c 6 "$(object_of "p-$codec")")" = ARROW1 ]
	done
}

@test "a slice is what rp-read and rp-arrow make of it" {
	mkdir logs
	rp-gen -n 9000 -s AA -s BB --start 2024-01-02T10:00 >all.rps
	rp-write logs/day.log <all.rps
	export LOG_ROOTS=logs
	rp-enqueue --log day.log whole
	rp-enqueue --log "$PWD/logs/day.log" -s AA -t mbo -w 'size > 2' \
	    --from 2024-01-02T10:00:01 --to 2024-01-02T10:00:04 \
	    -c ts_event -c price -c size --compression zstd part
	ZSTD_OBJECT=no rp-compile --once out 2>log
	rp-read logs/day.log | rp-arrow --no-notes >whole.arrow
	cmp whole.arrow "$(object_of whole)"
	rp-read -s AA -t mbo -w 'size > 2' --from 2024-01-02T10:00:01 \
	    --to 2024-01-02T10:00:04 logs/day.log |
	    rp-arrow --no-notes -c ts_event,price,size --codec zstd >part.arrow
	cmp part.arrow "$(object_of part)"
	[ "$(said object | wc -l)" = 2 ]
}

@test "keys have the time of the entry, of the data, or the clock's" {
	rp-gen -n 100 -s AA --start 2024-01-02T10:00 >day.rps
	first=$(rp-read -n 1 day.rps | rp-print --json | jq -r .ts_recv)
	rp-enqueue --log day.rps by-data
	KEY_TIME=data S3_PREFIX=some/where/ rp-compile --once -q out
	[ -f "out/some/where/replay-deltas/by-data/${first:0:10}-${first:10}.arrow" ]
	rp-enqueue ids
	KEY_TIME=data rp-compile --once -q out
	entry=$(cli XREVRANGE jobs + - COUNT 1 | head -n 1)
	[[ $(object_of ids) == */"$((${entry%-*} / 1000))"-* ]]
	rp-enqueue by-clock
	before=$(date +%s)
	KEY_TIME=clock rp-compile --once -q out
	key=$(basename "$(object_of by-clock)")
	((${key%-*} >= before))
}

@test "a job that is queued twice, or was done before, makes one object" {
	rp-enqueue --no-dedupe one one two one two
	rp-compile --once out 2>log
	[ "$(check -a)" = "2 jobs, 5 acknowledged, 1 objects, 0 dead" ] ||
	    { check -a; false; }
	rp-enqueue --no-dedupe two
	rp-compile --once out 2>log
	[ "$(check -a)" = "2 jobs, 6 acknowledged, 1 objects, 0 dead" ]
	[ "$(said object | wc -l)" = 0 ]
}

@test "what is no job, or asks for what cannot be, is a dead letter that says why" {
	rp-gen -n 100 -o day.rps
	mkdir logs
	ln -s ../day.rps logs/out.rps
	head -c 3000 day.rps >logs/cut.rps
	cp day.rps logs/mixed.rps
	export LOG_ROOTS=logs
	cli XADD jobs '*' payload $'\xff\xff' >/dev/null
	cli XADD jobs '*' other field >/dev/null
	cli XADD jobs '*' payload $'\n\x05../up' >/dev/null
	rp-enqueue --log no.log absent
	rp-enqueue --log out.rps outside
	rp-enqueue --log "$PWD/day.rps" root
	rp-enqueue --log cut.rps cut
	rp-enqueue --log mixed.rps -w 'nothing > 3' condition
	rp-enqueue --log mixed.rps -c nonesuch column
	rp-enqueue --log mixed.rps -s "@$PWD/day.rps" file
	rp-enqueue good
	run rp-compile --once out
	[ "$status" = 1 ]
	rp-enqueue --dlq list >letters
	[ "$(wc -l <letters)" = 10 ]
	grep -q 'its payload is no job' letters
	grep -q 'a bad job: it has no id' letters
	grep -q "a bad job: its id is not of letters" letters
	[ "$(grep -c 'there is no such log below LOG_ROOTS' letters)" = 3 ]
	grep -q 'cut.*rp-read: .*cut.rps' letters
	grep -q 'condition.*rp-read: --where' letters
	grep -q 'column.*rp-arrow: .*nonesuch' letters
	grep -q 'file.*names symbols and types, not files' letters
	rp-enqueue --dlq show >shown
	grep -q '^deliveries 1$' shown
	grep -q '^history    20.*no such log' shown
	[ "$(cli XPENDING jobs compilers | head -n 1)" = 0 ]
	[ "$(find out -type f | wc -l)" = 1 ]
	# mended, and once more
	cp day.rps logs/no.log
	rp-enqueue --dlq replay absent
	rp-compile --once -q out
	[ -n "$(object_of absent)" ]
}

@test "jobs on stdin need no queue" {
	redis_down
	rp-gen -n 100 -o day.rps
	{
		seq -f '{"id":"s-%g"}' 5000
		echo
		echo '{"id":"slice","log":"day.rps"}'
		printf '{"id":"last"}'
	} | WINDOW_MAX_COUNT=2500 rp-compile --stdin out 2>log
	[ "$(said object | jq -s 'map(.jobs) | add')" = 5002 ]
	[ "$(said object | wc -l)" = 4 ]
	run --separate-stderr rp-compile --stdin out <<-'.'
		{"id":"fine"}
		{"id":"../no"}
		nonsense
	.
	[ "$status" = 1 ]
	grep -q '"reason":"line 2: its id is not of letters' <<<"$stderr"
	grep -q '"reason":"line 3: column 1: ' <<<"$stderr"
	grep -q '^rp-compile: 2 jobs were given up$' <<<"$stderr"
	{
		printf '{"id":"%0300000d"}\n' 1
		echo '{"id":"behind"}'
	} >lines
	run --separate-stderr rp-compile --stdin out <lines
	[ "$status" = 1 ]
	grep -q '"reason":"line 1: it is too long"' <<<"$stderr"
	[ -n "$(object_of behind)" ]
	[ -n "$(object_of fine)" ]
}

@test "as a service: it waits for jobs, serves metrics, drains on TERM" {
	serve
	curl -sf "http://127.0.0.1:$port/healthz" | grep -qx ok
	seq -f 'w-%g' 500 | xargs rp-enqueue --wait --json >became
	[ "$(jq -r 'select(.status == "done") | .result' became | sort -u |
	    xargs ls | wc -l)" -ge 1 ]
	curl -sf "http://127.0.0.1:$port/metrics" >metrics
	grep -qx 'rp_compile_jobs_total{outcome="done"} 500' metrics
	grep -q '^rp_compile_object_seconds_bucket{le="+Inf"} [1-9]' metrics
	[ "$(curl -so /dev/null -w '%{http_code}' "http://127.0.0.1:$port/x")" = 404 ]
	rp-gen -n 100k -o large.rps
	rp-enqueue --log large.rps large
	await has_key queued:jobs:large
	await has_lease_or_is_done large
	stop
	[ "$(check -a)" = "501 jobs, 501 acknowledged, $(find out -type f |
	    wc -l) objects, 0 dead" ]
	[ "$(said ended | wc -l)" = 1 ]
	[ -z "$(cli XINFO CONSUMERS jobs compilers)" ]
}

@test "what is not done in the time to drain is given back at once" {
	printf '#!/bin/sh\nexec sleep 100\n' >rp-read
	chmod +x rp-read
	cp "$(command -v rp-compile)" .
	rp-gen -n 100 -o day.rps
	rp-enqueue --log day.rps stuck
	./rp-compile --drain 10ms out 2>log 3>&- &
	service=$!
	await has_key window:jobs:"$(cli XRANGE jobs - + | head -n 1)"
	got=0
	stop || got=$?
	[ "$got" = 4 ]
	[ "$(cli EXISTS lease:jobs:stuck)" = 0 ]
	rp-compile --once -q out
	[ -n "$(object_of stuck)" ]
}

# slowly S: the rp-read that is beside our rp-compile takes so long.
slowly() {
	printf '#!/bin/sh\nsleep %s\nexec "%s" "$@"\n' "$1" \
	    "$(command -v rp-read)" >rp-read
	chmod +x rp-read
	[ -x rp-compile ] || cp "$(command -v rp-compile)" .
}

@test "a slice that takes long is not given up for a pause, or for being queued twice" {
	slowly 1.5
	rp-gen -n 100 -o day.rps
	export LEASE_MS=300 MAX_DELIVERIES=2
	rp-enqueue --log day.rps --no-dedupe paused paused
	./rp-compile out 2>log 3>&- &
	service=$!
	await has_key lease:jobs:paused
	kill -STOP "$service"
	sleep 0.5
	kill -CONT "$service"
	await has_key processed:jobs:paused
	stop
	[ "$(said dead | wc -l)" = 0 ]
	[ "$(find out -type f | wc -l)" = 1 ]
	[ "$(cli XPENDING jobs compilers | head -n 1)" = 0 ]
	[ "$(cli XLEN dlq:compiler)" = 0 ]
}

@test "while Redis is away with jobs in hand, it is not asked without a pause" {
	slowly 5
	rp-gen -n 100 -o day.rps
	export LEASE_MS=600
	rp-enqueue --log day.rps held
	./rp-compile --drain 10ms out 2>log 3>&- &
	service=$!
	await has_key member:jobs:held
	redis_down
	await has_said trouble
	sleep 1
	(($(said trouble | wc -l) < 100))
}

@test "what waits for another attempt when a signal comes is given back, and said" {
	touch file
	rp-enqueue one
	RETRY_BASE_DELAY_MS=60000 rp-compile --drain 100ms file/out 2>log 3>&- &
	service=$!
	await has_said trouble
	got=0
	stop || got=$?
	[ "$got" = 4 ]
	[ "$(cli EXISTS lease:jobs:one)" = 0 ]
	rp-compile --once -q out
	[ -n "$(object_of one)" ]
	mkfifo lines
	rp-compile --stdin out <lines 2>log 3>&- &
	service=$!
	exec 8>lines
	echo '{"id":"early"}' >&8
	await has_said started
	sleep 0.2
	got=0
	stop || got=$?
	exec 8>&-
	[ "$got" = 4 ] # there may be more lines
	[ -n "$(object_of early)" ]
}

@test "a connection that is lost once: all is done, or it is said what is not" {
	cat >proxy.py <<-'.'
		import os, socket, sys, threading
		s = socket.socket(socket.AF_UNIX)
		s.bind("proxy")
		s.listen()
		left = [sys.argv[1].encode()]
		def pass_on(a, b, out):
		    while data := a.recv(1 << 16):
		        if out and left and left[0] in data:
		            left.clear()
		            break
		        b.sendall(data)
		    for x in a, b:
		        x.shutdown(socket.SHUT_RDWR)
		def quietly(*args):
		    try:
		        pass_on(*args)
		    except OSError:
		        pass
		while True:
		    a, b = s.accept()[0], socket.socket(socket.AF_UNIX)
		    b.connect("sock")
		    for args in (a, b, True), (b, a, False):
		        threading.Thread(target=quietly, args=args, daemon=True).start()
	.
	export LEASE_MS=300
	for word in XREADGROUP XAUTOCLAIM LRANGE "'NX', 'GET'" XACK; do
		rm -f proxy
		cli FLUSHALL >/dev/null
		rm -rf out
		rp-enqueue a b c
		rp-enqueue --log none.log bad
		python3 proxy.py "$word" 3>&- &
		service=$!
		await test -S proxy
		run env REDIS_URL="unix://$PWD/proxy" rp-compile --once -q out
		kill "$service"
		wait "$service" || true
		if [ "$status" = 4 ]; then
			sleep 0.4
			run rp-compile --once -q out
		fi
		[ "$status" = 1 ] || [ "$status" = 0 ] # the bad one
		[ "$(check -a)" = "4 jobs, 4 acknowledged, 1 objects, 1 dead" ] ||
		    { echo "$word"; check -a; false; }
	done
}

@test "logs that are not there now, or cannot be reached, are not given up at once" {
	mkdir logs
	rp-gen -n 100 -o logs/day.rps
	export LOG_ROOTS=logs MAX_DELIVERIES=100 LEASE_MS=200
	mv logs hidden
	run -2 rp-compile --once out
	[[ $output == *"LOG_ROOTS: logs: No such file"* ]]
	mkdir logs
	serve
	rm -r logs
	rp-enqueue --log day.rps job
	await has_said trouble
	curl -sf "http://127.0.0.1:$port/healthz" | grep -qx ok
	rp-enqueue id
	await has_key processed:jobs:id
	mv hidden logs
	await has_key processed:jobs:job
	stop
	[ "$(cli XLEN dlq:compiler)" = 0 ]
	# such logs in a bucket do not keep the ids behind them waiting
	for i in {1..6}; do rp-enqueue --log s3://none/log "far-$i"; done
	rp-enqueue behind
	LOG_ROOTS=s3://none S3_URL=http://127.0.0.1:1 AWS_ACCESS_KEY_ID=a \
	    AWS_SECRET_ACCESS_KEY=b run -4 rp-compile --once -q out
	[ -n "$(object_of behind)" ]
}

@test "what was left behind is found behind what others hold" {
	export LEASE_MS=500
	seq -f 'h-%04g' 600 | xargs rp-enqueue
	rp-enqueue left-1 left-2
	cli XGROUP CREATE jobs compilers 0 >/dev/null
	cli XREADGROUP GROUP compilers other COUNT 602 STREAMS jobs '>' >/dev/null
	sleep 0.6
	mapfile -t held < <(cli XRANGE jobs - + COUNT 600 | grep -E '^[0-9]+-[0-9]+$')
	cli XCLAIM jobs compilers other 0 "${held[@]}" JUSTID >/dev/null
	PIPELINE_PARALLELISM=1 rp-compile --once out 2>log
	[ "$(said object | jq -s 'map(.jobs) | add')" = 2 ]
	[ -n "$(object_of left-1)" ]
}

@test "the same ids in two queues are two jobs" {
	rp-enqueue --queue jobs same
	rp-enqueue --queue others same
	rp-compile --once -q out
	JOB_QUEUE_NAME=others rp-compile --once -q others
	[ "$(find out others -type f | wc -l)" = 2 ]
	run -2 rp-enqueue --queue one --dlq-name one job
	run -2 env JOB_QUEUE_NAME=one DLQ_NAME=one rp-compile --once out
}

@test "windows: made whole however often one was delivered, anew if damaged" {
	export LEASE_MS=100 MAX_DELIVERIES=2
	rp-enqueue a b c
	mapfile -t entries < <(cli XRANGE jobs - + | grep -E '^[0-9]+-[0-9]+$')
	cli XGROUP CREATE jobs compilers 0 >/dev/null
	cli XREADGROUP GROUP compilers other COUNT 3 STREAMS jobs '>' >/dev/null
	cli XCLAIM jobs compilers other 0 "${entries[0]}" RETRYCOUNT 9 JUSTID >/dev/null
	printf 'replay-deltas/a/1-000000001.arrow\n%s a\n%s b\n' "${entries[0]}" \
	    "${entries[1]}" | cli -x SET "window:jobs:${entries[0]}" >/dev/null
	cli SET member:jobs:a "${entries[0]}" >/dev/null
	cli SET member:jobs:b "${entries[0]}" >/dev/null
	cli SET window:jobs:9-9 garbage >/dev/null
	cli SET member:jobs:c 9-9 >/dev/null
	sleep 0.2
	rp-compile --once out 2>log
	[ "$(object_of a)" = out/replay-deltas/a/1-000000001.arrow ]
	[ "$(find out -type f | wc -l)" = 2 ]
	[ "$(check -a)" = "3 jobs, 3 acknowledged, 2 objects, 0 dead" ] ||
	    { check -a; false; }
}

@test "settings: of the environment and .env, wrong ones told at once, none secret shown" {
	cat >.env <<-.
		ZSTD_LEVEL=3
		export JOB_QUEUE_NAME='of the file'
	.
	JOB_QUEUE_NAME=mine REDIS_URL=redis://me:secret@host/2 \
	    rp-compile --print-config >config
	grep -qx JOB_QUEUE_NAME=mine config
	grep -qx ZSTD_LEVEL=3 config
	grep -q '^REDIS_URL=.*me:\*\*\*@host' config
	run ! grep -q secret config
	sed -i '/REDIS_URL/d; /=$/d' config
	rp-compile --print-config --env-file config >again
	grep -qx JOB_QUEUE_NAME=mine again
	run --separate-stderr env LEASE_MS=5 ZSTD_LEVEL=99 KEY_TIME=never \
	    ZSTD_OBJECT=perhaps rp-compile out
	[ "$status" = 2 ]
	[ "${#stderr_lines[@]}" = 4 ]
	[[ $stderr == *"KEY_TIME=never is not one of entry|data|clock"* ]]
	run --separate-stderr env REDIS_URL=rediss://h S3_PREFIX=../x \
	    S3_URL=ftp://h LOG_ROOTS=nowhere LEASE_MS=5 rp-compile out
	[ "$status" = 2 ]
	[ "${#stderr_lines[@]}" = 5 ]
	run -2 rp-compile
	[[ $output == *S3_BUCKET_NAME* ]]
	run -2 rp-compile s3://
	run -2 env S3_PREFIX=a/../b rp-compile out
	run -2 env REDIS_URL=http://x rp-compile --once out
	run -1 rp-compile --env-file none out
	run -2 rp-compile --listen nowhere:port out
	run -4 env REDIS_URL=redis://:secret@127.0.0.1:1 RETRY_MAX_ATTEMPTS=2 \
	    rp-compile --once out
	[[ $output != *secret* ]]
}

@test "a hostile Redis costs no more than an error" {
	cat >hostile.py <<-'.'
		import os, socket, sys, threading
		s = socket.socket(socket.AF_UNIX)
		s.bind("hostile")
		s.listen()
		says = {
		    "deep": b"*1\r\n" * 100000,
		    "junk": bytes(range(128, 256)),
		    "nil": b"$-1\r\n*-1\r\n" * 10,
		    "odd": b"*3\r\n:1\r\n*1\r\n:5\r\n$2\r\n\0\0\r\n",
		    "long": b"$2000000000\r\n" + b"x" * 100000,
		}[sys.argv[1]]
		def serve(c):
		    try:
		        while c.recv(65536):
		            c.sendall(says)
		            while sys.argv[1] == "long":
		                c.sendall(b"x" * (1 << 20))
		    except OSError:
		        pass
		while True:
		    threading.Thread(target=serve, args=s.accept()[:1], daemon=True).start()
	.
	for kind in deep junk nil odd long; do
		rm -f hostile
		python3 hostile.py "$kind" 3>&- &
		service=$!
		await test -S hostile
		REDIS_URL=unix://$PWD/hostile RETRY_MAX_ATTEMPTS=1 \
		    run timeout 20 rp-compile --once out
		[ "$status" = 4 ]
		[ "$kind" != long ] || break
		REDIS_URL=unix://$PWD/hostile \
		    run timeout 20 rp-enqueue --no-dedupe job
		[ "$status" = 4 ]
		kill "$service"
		wait "$service" || true
	done
	[[ $output == *"more than 192 MiB"* ]]
}
