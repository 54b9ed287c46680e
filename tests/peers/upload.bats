#!/usr/bin/env bats
# shellcheck disable=SC2154 # set by run
#
# rp-upload to the Versity S3 gateway, whose objects are plain files: another
# make than Swift's, and one that keeps to If-None-Match.
bats_require_minimum_version 1.5.0
load gateway

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	gateway_up
	head -c 100000 /dev/urandom >small
	head -c 20M /dev/urandom >large
}

teardown_file() {
	gateway_down "$BATS_FILE_TMPDIR"
}

setup() {
	F=$BATS_FILE_TMPDIR
	gateway_is_up "$F"
	cd "$BATS_TEST_TMPDIR" || return 1
}

# has KEY FILE: the object is that.
has() {
	cmp "$F/buckets/bkt/$1" "$2"
}

@test "versitygw: objects in one and in parts" {
	rp-upload --json s3://bkt/one "$F/small" >out
	has one "$F/small"
	rp-upload --json s3://bkt/many <"$F/large" >out
	has many "$F/large"
	[ "$(jq .parts out)" = 3 ]
	for key in 'dt=2026-01-01/x~y' 'a b' 'a+b' 'a:b@c' 'é/ü' 'q?x=1&y#z'; do
		rp-upload 's3://bkt/{k}' --var k="$key" "$F/small"
		has "$key" "$F/small"
	done
	mkdir tree
	cp "$F/small" tree/s
	cp "$F/large" tree/l
	rp-upload -r tree s3://bkt/tree/
	rp-upload --json -r tree s3://bkt/tree/ >out
	[ "$(jq -r .outcome out | xargs)" = 'skipped skipped' ]
}

@test "versitygw: --no-clobber is kept to, in one and in parts" {
	rp-upload --no-clobber s3://bkt/n/one "$F/small"
	rp-upload --no-clobber s3://bkt/n/many "$F/large"
	run -1 rp-upload --no-clobber s3://bkt/n/one "$F/large"
	run -1 rp-upload --no-clobber s3://bkt/n/many "$F/small"
	has n/one "$F/small"
	has n/many "$F/large"
	[ "$(find "$F/buckets/bkt/n" -type f | wc -l)" = 2 ]
}

@test "versitygw: what is refused, what is left" {
	AWS_SECRET_ACCESS_KEY=wrong run -4 rp-upload s3://bkt/k "$F/small"
	[[ $output = *SignatureDoesNotMatch* ]]
	run -4 rp-upload s3://none-such/k "$F/small"
	for signal in TERM KILL; do
		mkfifo pipe
		rp-upload s3://bkt/k <pipe 2>err &
		pid=$!
		exec {fd}>pipe
		head -c 18M "$F/large" >&$fd
		for _ in {1..100}; do
			rp-upload --list-orphans s3://bkt/ >out
			[ -s out ] && break
		done
		kill -$signal $pid
		wait $pid || true
		exec {fd}>&-
		rm pipe
		rp-upload --list-orphans s3://bkt/ >out
		[ "$(wc -l <out)" = "$([ $signal = TERM ] && echo 0 || echo 1)" ]
	done
	[ "$(wc -l <out)" = 1 ]
	rp-upload --abort-orphans s3://bkt/ >out
	rp-upload --list-orphans s3://bkt/ >out
	[ ! -s out ]
}

@test "versitygw: a log is read there in ranges, and its coldest segments lie there" {
	rp-gen -n 200k | rp-write --codec none --roll-size 8Mi a.log
	rp-read a.log | rp-csv >all.csv
	rp-upload -r a.log s3://bkt/a.log/
	rp-read s3://bkt/a.log | rp-csv | cmp - all.csv
	rp-read --seq 150001..150100 s3://bkt/a.log | rp-csv --no-header >some
	[ "$(wc -l <some)" = 100 ]
	rp-check -q s3://bkt/a.log >out
	rp-gc --cold-dir s3://bkt/cold --move-after 1h a.log >out
	[ "$(find "$F/buckets/bkt/cold" -name '*.rps' | wc -l)" -ge 2 ]
	rp-read a.log | rp-csv | cmp - all.csv
	rp-gc --keep-segments 1 a.log >out
	[ -z "$(find "$F/buckets/bkt" -path '*cold*' -name '*.rps')" ]
}
