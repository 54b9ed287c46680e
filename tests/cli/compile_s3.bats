#!/usr/bin/env bats
# shellcheck disable=SC2154 # set by run
#
# rp-compile to S3: it dies at each of its steps, and S3 has misfortunes
# (mock_s3.py) for a while; with OpenStack Swift, a real server, too.
bats_require_minimum_version 1.5.0
load redis
load s3
load compile

setup_file() {
	command -v redis-server >/dev/null || skip "no redis-server"
	cd "$BATS_FILE_TMPDIR" || return 1
	preloads
	HANG=2 start "$PWD/s3"
	URL=http://127.0.0.1:$(cat s3/port)
	export URL
	export AWS_EC2_METADATA_DISABLED=true HOME=$PWD/home
	mkdir home
	rp-gen -n 70000 | rp-write es.log
	rp-read es.log | rp-arrow --no-notes --codec none >es.arrow
}

setup() {
	F=$BATS_FILE_TMPDIR
	export AWS_ACCESS_KEY_ID=AKID AWS_SECRET_ACCESS_KEY=SECRET
	cd "$BATS_TEST_TMPDIR" || return 1
	export REDIS_URL=unix://$PWD/sock
	export S3_URL=$URL S3_BUCKET_NAME=bkt S3_PREFIX=t$BATS_TEST_NUMBER
	small
	redis_up
	put _fault clear
	: >"$F/s3/log"
}

teardown() {
	compile_down
}

# fetch: what is in the store, to ./out.
fetch() {
	rm -rf all
	mkdir -p all
	put _save "$PWD/all"
	rm -rf out
	mv "all/$S3_PREFIX" out 2>/dev/null || mkdir -p out
}

# all_there N: all of N jobs are done, in S3.
all_there() {
	fetch
	all_done "$1" out
}

@test "it is killed at each step over 1,000 jobs: each is in one object in S3" {
	queue_ids 1 1000
	while read -r step; do
		# shellcheck disable=SC2086
		kill_at $step --
		fetch
		check out >said
	done <<-'.'
		take answered
		seal answered
		adopt answered
		put before
		put 100
		put answered
		finish before
		finish answered
		put answered 4
		finish before 5
	.
	grep -q '^1000 jobs, [1-9][0-9]* acknowledged' said
	run ! acknowledged 900
	compile -q
	until_so all_there 1000
	ends
	[[ $(check -a out) = "1000 jobs, 1000 acknowledged, "*" objects, 0 dead" ]]
}

@test "it is killed in the middle of parts: the object is there once, and whole" {
	export LOG_ROOTS=$F ZSTD_OBJECT=false MULTIPART_PART_SIZE_BYTES=5Mi
	for id in a b; do
		rp-enqueue --log es.log $id
	done
	while read -r step; do
		# shellcheck disable=SC2086
		kill_at $step --
		fetch
		check out >said
	done <<-'.'
		create before
		create answered
		part 1000000
		part answered 2
		complete before
		complete answered
		finish before
	.
	compile -q
	until_so all_there 2
	ends
	[ "$(find out -type f | wc -l)" = 2 ]
	for object in out/replay-deltas/*/*; do
		cmp "$object" "$F/es.arrow"
	done
	# what the dead left behind is found
	export AWS_ENDPOINT_URL=$URL
	rp-upload --list-orphans "s3://bkt/$S3_PREFIX/" >orphans
	[ -s orphans ]
	rp-upload --abort-orphans "s3://bkt/$S3_PREFIX/" >orphans
	[ "$(curl -sf "$URL/_uploads")" = "[]" ]
}

@test "S3 answers 500, 503, 403, resets, hangs, forgets, with wrong sums: then well" {
	export RETRY_MAX_ATTEMPTS=2
	queue_ids 1 400
	for kind in 500 503 403 400expired reset lost hang etag garbage; do
		fault put $kind 3
	done
	compile
	until_so all_there 400
	ends
	[ "$(asked put 500)" = 3 ]
	[ "$(asked put 503)" = 3 ]
	[ "$(asked put 403)" -ge 3 ]
	[ "$(asked put reset)" = 3 ]
	[ "$(asked put hang)" = 3 ]
	grep -q '"event":"trouble","of":"store"' lines
	run ! grep '"event":"dead"' lines
}

@test "parts and their completion fail for a while" {
	export LOG_ROOTS=$F ZSTD_OBJECT=false MULTIPART_PART_SIZE_BYTES=5Mi
	export RETRY_MAX_ATTEMPTS=2
	for kind in 500 503 403 reset lost etag noetag; do
		fault part $kind 2
	done
	fault create 500 2
	fault create garbage 1
	fault complete 500 2
	fault complete error200 1
	fault complete lost 1
	rp-enqueue --log es.log a b c
	compile
	until_so all_there 3
	ends
	for object in out/replay-deltas/*/*; do
		cmp "$object" "$F/es.arrow"
	done
	[ "$(find out -type f | wc -l)" = 3 ]
}

@test "while S3 refuses us jobs wait, and /healthz says why" {
	fault put 403 100000
	queue_ids 1 100
	compile --listen 0
	until_so grep -q '"event":"started"' lines
	port=$(sed -n 's/.*"port \([0-9]*\)".*/\1/p' lines)
	sick() {
		[ "$(curl -s -o body -w '%{http_code}' \
		    "127.0.0.1:$port/healthz")" = "$1" ]
	}
	until_so sick 503
	grep -q '^store: .*403 AccessDenied' body
	[ "$(cli XLEN dlq:compiler)" = 0 ]
	put _fault clear
	until_so all_there 100
	until_so sick 200
	[ "$(cat body)" = ok ]
	curl -sf "127.0.0.1:$port/metrics" >metrics
	grep -qx 'rp_compile_jobs_total{outcome="done"} 100' metrics
	grep -qx 'rp_compile_jobs_total{outcome="dead"} 0' metrics
	grep -qx 'rp_compile_failures_total{of="store"} [1-9][0-9]*' metrics
	ends
}

@test "TERM: what is in hand is finished, the rest waits; or it is given back" {
	hangs() {
		[ "$(asked put hang)" = 2 ]
	}
	queue_ids 1 1000
	fault put hang 2
	compile
	until_so hangs
	ends
	fetch
	check out
	[ "$(cli XPENDING jobs compilers | head -n 1)" = 0 ]
	acknowledged 40
	run ! acknowledged 200
	# in hand, and no time: others have it at once, long before the lease ends
	export LEASE_MS=600000
	fault put 500 100000
	compile --drain 100ms
	until_so grep -q '"of":"store"' lines
	ends 4
	grep -q '"event":"draining"' lines
	[ "$(cli XPENDING jobs compilers | head -n 1)" -gt 0 ]
	put _fault clear
	compile
	until_so all_there 1000
	ends
}

@test "no secret is in a line, an argument, a metric or an error" {
	redis_down
	asks_password=1 redis_up --requirepass GEHEIM
	export REDIS_URL=unix://:GEHEIM@$PWD/sock
	export AWS_ACCESS_KEY_ID=ASIA AWS_SECRET_ACCESS_KEY=TEMPORARY
	export AWS_SESSION_TOKEN=TOKEN
	rp-compile --print-config >said
	queue_ids 1 20
	fault put 403 3
	fault put reset 3
	compile --listen 0
	until_so grep -q '"event":"object"' lines
	port=$(sed -n 's/.*"port \([0-9]*\)".*/\1/p' lines)
	curl -s "127.0.0.1:$port/metrics" "127.0.0.1:$port/healthz" >>said
	tr '\0' ' ' <"/proc/$compiler/cmdline" >>said
	export REDIS_URL=unix://:FALSCH@$PWD/sock
	run -1 rp-compile --once
	echo "$output" >>said
	REDIS_URL=unix://:FALSCH@x run -2 rp-compile --once
	echo "$output" >>said
	AWS_REGION=$(printf 'a\tb') LEASE_MS=x run -2 rp-compile --once
	echo "$output" >>said
	ends
	[ "$(wc -l <said)" -gt 20 ]
	run ! grep -E 'GEHEIM|FALSCH|TEMPORARY|TOKEN' said lines
}

@test "Swift: it is killed at some steps, and each of 100 jobs is in one object" {
	/usr/bin/python3 "$RP_TOP/tests/cli/swift_up.py" "$PWD/swift" \
	    >swift_said 2>&1 3>&- || skip "$(tail -n 1 swift_said)"
	cat swift/pids >>compilers
	S3_URL=$(cat swift/url)
	export AWS_ENDPOINT_URL=$S3_URL
	export AWS_ACCESS_KEY_ID=test:tester AWS_SECRET_ACCESS_KEY=testing
	python3 "$RP_TOP/tests/cli/s3_ask.py" PUT /bkt
	queue_ids 1 100
	for step in "put answered" "put 100" "finish before" "seal answered"; do
		# shellcheck disable=SC2086
		kill_at $step --
	done
	compile -q
	until_so nothing_waits
	ends
	python3 "$RP_TOP/tests/cli/s3_ask.py" GET /bkt |
	    grep -o '<Key>[^<]*' | cut -c 6- >keys
	while read -r key; do
		mkdir -p "out/${key%/*}"
		python3 "$RP_TOP/tests/cli/s3_ask.py" GET "/bkt/$key" >"out/$key"
	done <keys
	[[ $(check -a out) = "100 jobs, 100 acknowledged, "*", 0 dead" ]]
}
