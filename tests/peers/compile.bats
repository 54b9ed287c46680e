#!/usr/bin/env bats
# shellcheck disable=SC2154 # set by run
#
# What rp-compile puts into the Versity S3 gateway, over deaths, read by
# zstandard and pyarrow.
bats_require_minimum_version 1.5.0
load gateway
load ../cli/redis
load ../cli/compile

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	gateway_up
	preloads
	rp-gen -n 20000 | rp-write es.log
}

teardown_file() {
	gateway_down "$BATS_FILE_TMPDIR"
}

setup() {
	F=$BATS_FILE_TMPDIR
	gateway_is_up "$F"
	cd "$BATS_TEST_TMPDIR" || return 1
	export REDIS_URL=unix://$PWD/sock S3_BUCKET_NAME=bkt
	export S3_URL=$AWS_ENDPOINT_URL LOG_ROOTS=$F
	small
	redis_up
}

teardown() {
	compile_down
}

readers() {
	"$RP_PEERS/venv/bin/python" -c 'import pyarrow, zstandard' ||
	    skip "no pyarrow, no zstandard (scripts/peers)"
}

@test "versitygw: 1,000 ids and a slice over deaths, read by pyarrow" {
	readers
	export IPC_COMPRESSION=zstd S3_PREFIX=a/b
	queue_ids 1 1000
	rp-enqueue --log es.log slice
	for step in "put answered" "put 100" "seal answered" "finish before 9"; do
		# shellcheck disable=SC2086
		kill_at $step --
	done
	compile -q
	until_so nothing_waits
	ends
	[ "$(cli XLEN dlq:compiler)" = 0 ]
	rp-read "$F/es.log" | rp-arrow >expected
	"$RP_PEERS/venv/bin/python" "$RP_TOP/tests/peers/compile.py" \
	    "$F/buckets/bkt/a/b" expected | sort >ids
	{ seq -f 'job%06g' 1000; echo slice; } | cmp - ids
}

@test "versitygw: a slice in parts, killed in the middle of one, is there once" {
	export S3_PREFIX=parts ZSTD_OBJECT=false MULTIPART_PART_SIZE_BYTES=5Mi
	rp-gen -n 70000 | rp-write "$F/large.log"
	rp-enqueue --log large.log a b
	for step in "part 1000000" "part answered" "complete before" \
	    "complete answered"; do
		# shellcheck disable=SC2086
		kill_at $step --
	done
	compile -q
	until_so nothing_waits
	ends
	[[ $(check -a "$F/buckets/bkt/parts") = \
	    "2 jobs, 2 acknowledged, 2 objects, 0 dead" ]]
	rp-read "$F/large.log" | rp-arrow --no-notes --codec none >expected
	for object in "$F"/buckets/bkt/parts/replay-deltas/*/*.arrow; do
		cmp "$object" expected
	done
}
