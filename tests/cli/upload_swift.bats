#!/usr/bin/env bats
# shellcheck disable=SC2154 # set by run
#
# rp-upload to OpenStack Swift, a real server that checks signatures, sums and
# the sizes of parts.
bats_require_minimum_version 1.5.0
load upload

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	/usr/bin/python3 "$RP_TOP/tests/cli/swift_up.py" "$PWD/swift" \
	    >said 2>&1 3>&- || return 0
	AWS_ENDPOINT_URL=$(cat swift/url)
	export AWS_ENDPOINT_URL
	export AWS_ACCESS_KEY_ID=test:tester AWS_SECRET_ACCESS_KEY=testing
	export MULTIPART_PART_SIZE_BYTES=5Mi
	ask PUT /bkt
	head -c 100000 /dev/urandom >small
	head -c 13M /dev/urandom >large
}

teardown_file() {
	[ -e "$BATS_FILE_TMPDIR/swift/pids" ] || return 0
	while read -r pid; do
		kill "$pid" || true
	done <"$BATS_FILE_TMPDIR/swift/pids"
}

setup() {
	F=$BATS_FILE_TMPDIR
	[ -e "$F/swift/url" ] || skip "$(tail -n 1 "$F/said")"
	cd "$BATS_TEST_TMPDIR" || return 1
}

# ask METHOD PATH
ask() {
	python3 "$RP_TOP/tests/cli/s3_ask.py" "$@"
}

# has KEY FILE: the object is that.
has() {
	ask GET "/bkt/$1" | cmp - "$2"
}

@test "objects in one and in parts arrive as they are" {
	rp-upload --json s3://bkt/one "$F/small" >out
	has one "$F/small"
	[ "$(jq -r .etag out)" = "$(md5sum <"$F/small" | cut -d' ' -f1)" ]
	rp-upload --json s3://bkt/many <"$F/large" >out
	has many "$F/large"
	[ "$(jq .parts out)" = 3 ]
	[ "$(jq .size out)" = $((13 << 20)) ]
	rp-upload --allow-empty s3://bkt/empty </dev/null
	has empty /dev/null
	rp-gen -n 3000 -o a.rps
	rp-upload --json 's3://bkt/{type}/{symbol}.rps' <a.rps >out
	has "$(jq -r .key out)" a.rps
}

@test "keys and metadata of all kinds are signed as Swift does it" {
	for key in 'dt=2026-01-01/x~y' 'a b' 'a+b' 'a:b@c' 'é/ü' "it's" \
	    'q?x=1&y#z' '100%' '(1)!*,;$'; do
		rp-upload 's3://bkt/{k}' --var k="$key" "$F/small"
	done
	has 'dt%3D2026-01-01/x~y' "$F/small"
	rp-upload --zstd 3 --content-type text/csv --metadata 'a=b  c' \
	    s3://bkt/meta "$F/small"
	ask HEAD /bkt/meta | tr -d '\r' | tr '[:upper:]' '[:lower:]' >said
	grep '^content-type: text/csv$' said
	grep '^content-encoding: zstd$' said
	grep '^x-amz-meta-a: b *c$' said
	ask GET /bkt/meta | zstd -dc | cmp - "$F/small"
}

@test "what Swift refuses is told" {
	AWS_SECRET_ACCESS_KEY=wrong fails 4 rp-upload s3://bkt/k "$F/small"
	grep '403 SignatureDoesNotMatch' err
	fails 4 rp-upload s3://none-such/k "$F/small"
	grep '404 NoSuchBucket' err
	# it knows no conditional objects: so nothing is put, nothing replaced
	fails 5 rp-upload --no-clobber s3://bkt/new "$F/small"
	fails 5 rp-upload --no-clobber s3://bkt/new "$F/large"
	run -1 ask GET /bkt/new
	rp-upload s3://bkt/old "$F/small"
	fails 1 rp-upload --no-clobber s3://bkt/old "$F/large"
	has old "$F/small"
}

@test "-r skips what is there, in one and in parts" {
	mkdir tree
	cp "$F/small" tree/s
	cp "$F/large" tree/l
	rp-upload --json -r tree s3://bkt/tree/ >out
	[ "$(jq -r .outcome out | xargs)" = 'uploaded uploaded' ]
	rp-upload --json -r tree s3://bkt/tree/ >out
	[ "$(jq -r .outcome out | xargs)" = 'skipped skipped' ]
	echo more >>tree/s
	rp-upload --json -r tree s3://bkt/tree/ >out
	has tree/s tree/s
}

@test "uploads that were stopped or killed" {
	for signal in TERM KILL; do
		mkfifo pipe
		rp-upload s3://bkt/s/k <pipe 2>err &
		pid=$!
		exec {fd}>pipe
		head -c 11M "$F/large" >&$fd
		for _ in {1..100}; do
			rp-upload --list-orphans s3://bkt/s/ >out
			[ -s out ] && break
		done
		kill -$signal $pid
		wait $pid || true
		exec {fd}>&-
		rm pipe
		rp-upload --list-orphans --json s3://bkt/s/ >out
		[ "$(jq -r .key out)" = "$([ $signal = TERM ] || echo s/k)" ]
	done
	rp-upload --abort-orphans --older 1h s3://bkt/ >out
	[ ! -s out ]
	rp-upload --abort-orphans s3://bkt/ >out
	[ "$(wc -l <out)" = 1 ]
	rp-upload --list-orphans s3://bkt/ >out
	[ ! -s out ]
}

@test "a log is read there in ranges, and its coldest segments lie there" {
	rp-gen -n 100k | rp-write --codec none --roll-size 6Mi a.log
	rp-read a.log | rp-csv >all.csv
	rp-upload -r a.log s3://bkt/a.log/ # objects in one and in parts
	rp-read s3://bkt/a.log | rp-csv | cmp - all.csv
	rp-read --seq 80001..80100 s3://bkt/a.log | rp-csv --no-header >some
	[ "$(wc -l <some)" = 100 ]
	rp-check -q s3://bkt/a.log >out
	rp-ls --json s3://bkt/a.log | jq -e '.state == "sealed"'
	run -1 --separate-stderr rp-read s3://bkt/none
	[ "$stderr" = "rp-read: s3://bkt/none: neither log nor object is there" ]
	rp-gc --cold-dir s3://bkt/cold --move-after 1h a.log >out
	link=$(readlink a.log/00000000000000000001.rps)
	rp-read a.log | rp-csv | cmp - all.csv
	rp-gc --keep-segments 1 a.log >out
	[ -z "$(find a.log -type l)" ]
	run -1 ask HEAD "/${link#s3://}"
	[[ $output = *404* ]]
}
