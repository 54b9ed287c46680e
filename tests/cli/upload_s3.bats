#!/usr/bin/env bats
# shellcheck disable=SC2154 # set by run
#
# rp-upload to S3, against a server of ours that checks signatures and has
# misfortunes on request (mock_s3.py): what is sent, tried again, given up,
# and left behind.
bats_require_minimum_version 1.5.0
load upload
load s3

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	start "$PWD/s3"
	url=http://127.0.0.1:$(cat s3/port)
	export URL=$url
	export MULTIPART_PART_SIZE_BYTES=5Mi RETRY_BASE_DELAY_MS=1
	export AWS_EC2_METADATA_DISABLED=true HOME=$PWD/home
	mkdir home
	head -c 100000 /dev/urandom >small
	head -c 13M /dev/urandom >large # three parts
	head -c 5400k large >two # two parts
	rp-gen -n 3000 -o a.rps
}

setup() {
	F=$BATS_FILE_TMPDIR
	export AWS_ACCESS_KEY_ID=AKID AWS_SECRET_ACCESS_KEY=SECRET
	export AWS_ENDPOINT_URL=$URL
	cd "$BATS_TEST_TMPDIR" || return 1
	put _fault clear
	put _crc off
	: >"$F/s3/log"
}

# has KEY FILE: the object is that.
has() {
	curl -sf "$URL/_object/bkt/$1" | cmp - "$2"
}

absent() {
	[ "$(curl -s -o /dev/null -w '%{http_code}' "$URL/_object/bkt/$1")" = 404 ]
}

uploads() {
	curl -sf "$URL/_uploads" | jq length
}

@test "in one below the threshold, in parts from there on" {
	rp-upload --json s3://bkt/one "$F/small" >out
	has one "$F/small"
	[ "$(jq .parts out)" = 0 ]
	[ "$(cat "$F/s3/log")" = 'put 200' ]
	: >"$F/s3/log"
	rp-upload --json s3://bkt/many <"$F/large" >out
	has many "$F/large"
	[ "$(jq .parts out)" = 3 ]
	[ "$(jq -r .sum out)" = "$(sha256sum <"$F/large" | cut -d' ' -f1)" ]
	[ "$(jq .retries out)" = 0 ]
	[ "$(sort "$F/s3/log" | uniq -c | xargs)" = \
	    '1 complete 200 1 create 200 3 part 200' ]
	for n in 5242879 5242880 5242881; do
		head -c $n "$F/large" >piece
		rp-upload --json s3://bkt/edge piece >out
		has edge piece
		[ "$(jq .parts out)" = $((n < 5242880 ? 0 : n > 5242880 ? 2 : 1)) ]
	done
	rp-upload s3://bkt/stream.rps <"$F/a.rps"
	has stream.rps "$F/a.rps"
	MULTIPART_THRESHOLD_BYTES=17Mi TMPDIR=$PWD rp-upload --json s3://bkt/x \
	    <"$F/large" >out # above what is held in memory
	has x "$F/large"
	[ "$(jq .parts out)" = 0 ]
	rp-upload --allow-empty s3://bkt/empty </dev/null
	has empty /dev/null
}

@test "a server that checks CRC-32C is told it, and no MD5 is made" {
	put _crc on
	rp-upload --json s3://bkt/crc <"$F/large" >out
	put _crc off
	has crc "$F/large"
	[ "$(jq .retries out)" = 0 ]
	[ "$(jq -r .etag out)" = "$(curl -sf "$URL/_etag/bkt/crc")" ]
	put _crc on
	fault part crc 1
	rp-upload --json s3://bkt/crc <"$F/two" >out
	[ "$(jq .retries out)" = 1 ]
	has crc "$F/two"
	fault create 501 1 # a server that does not know what is asked
	rp-upload --json s3://bkt/crc <"$F/two" >out
	has crc "$F/two"
	fault create 501 2
	fails 4 rp-upload s3://bkt/no <"$F/two"
	grep -q '501 NotImplemented' err
	fault part crc 99
	fails 4 env RETRY_MAX_ATTEMPTS=2 rp-upload s3://bkt/no <"$F/two"
	put _crc off
	grep -q "part .*: the server's checksum is not the sum" err
	absent no
	[ "$(uploads)" = 0 ]
}

@test "what is said of an object arrives; keys of all kinds are signed" {
	rp-upload --content-type text/csv --content-encoding br --metadata a=b \
	    --metadata 'Note=two  words=1' s3://bkt/m "$F/small"
	curl -sf "$URL/_meta/bkt/m" >meta
	[ "$(jq -r '."content-type"' meta)" = text/csv ]
	[ "$(jq -r '."content-encoding"' meta)" = br ]
	[ "$(jq -r '."x-amz-meta-a"' meta)" = b ]
	[ "$(jq -r '."x-amz-meta-note"' meta | tr -s ' ')" = 'two words=1' ]
	rp-upload --zstd 3 --metadata a=b s3://bkt/z "$F/large"
	curl -sf "$URL/_object/bkt/z" | zstd -dc | cmp - "$F/large"
	curl -sf "$URL/_meta/bkt/z" | grep '"content-encoding": "zstd"'
	for key in 'dt=2026-01-01/x~y' 'a b' 'a+b' 'a:b@c' 'é/ü' "it's" \
	    'q?x=1&y#z' '100%' '(1)!*,;$'; do
		rp-upload "s3://bkt/{k}" --var k="$key" "$F/a.rps"
		rp-upload --json -q "s3://bkt/{k}" --var k="$key" "$F/small" >out
		[ "$(jq -r .key out)" = "$key" ]
	done
	rp-upload s3://bkt/a/b.c "$F/small" --addressing host \
	    --endpoint "http://localhost:${URL##*:}"
	has a/b.c "$F/small"
	fails 2 rp-upload --endpoint ftp://x s3://bkt/k "$F/small"
	fails 2 rp-upload --endpoint http://me:secret@x s3://bkt/k "$F/small"
	run ! grep -q secret err
	fails 2 rp-upload --region 'a/b' s3://bkt/k "$F/small"
}

@test "what is transient is tried again, each request alone" {
	for kind in 500 503 reset etag; do
		fault put $kind 2
		: >"$F/s3/log"
		rp-upload --json s3://bkt/again-$kind "$F/small" >out
		has again-$kind "$F/small"
		[ "$(jq .retries out)" = 2 ]
		[ "$(asked put)" = 3 ]
	done
	for operation in create part complete; do
		fault $operation 500 2
		: >"$F/s3/log"
		rp-upload --json s3://bkt/again-$operation "$F/large" >out
		has again-$operation "$F/large"
		[ "$(jq .retries out)" = 2 ]
		[ "$(asked part 200)" = 3 ]
	done
	fault complete error200 1
	fault part reset 1
	fault part etag 1
	fault part noetag 1
	rp-upload --json s3://bkt/again "$F/large" >out
	has again "$F/large"
	[ "$(jq .retries out)" -ge 3 ] # libcurl itself may cure the reset
	[ "$(uploads)" = 0 ]
}

@test "what is permanent is told at once" {
	fails 4 rp-upload s3://other/k "$F/small"
	grep 's3://other/k: 404 NoSuchBucket: no such bucket$' err
	AWS_SECRET_ACCESS_KEY=wrong-SECRET fails 4 rp-upload s3://bkt/k "$F/small"
	grep '403 SignatureDoesNotMatch' err
	run ! grep -q 'wrong-SECRET' err
	fails 4 rp-upload s3://elsewhere/k "$F/small"
	grep 'is in the region eu-west-1' err
	fault part 403 1 1
	fails 4 rp-upload s3://bkt/k "$F/large"
	grep '^rp-upload: part [123]: s3://bkt/k: 403 AccessDenied' err
	[ "$(asked part 403)" = 1 ]
	[ "$(uploads)" = 0 ]
	fault create garbage 1
	fails 4 rp-upload s3://bkt/k "$F/large"
	fault put huge 1
	fails 4 rp-upload s3://bkt/k "$F/small"
	grep 'too long' err
	absent k
}

@test "what does not end is given up, and the upload aborted" {
	fault put 503 99
	RETRY_MAX_ATTEMPTS=2 fails 4 rp-upload s3://bkt/k "$F/small"
	grep '503 SlowDown: reduce your rate (2 attempts)' err
	[ "$(asked put)" = 2 ]
	for operation in create part complete; do
		put _fault clear
		: >"$F/s3/log"
		fault $operation 500 999
		RETRY_MAX_ATTEMPTS=3 fails 4 rp-upload s3://bkt/k "$F/large"
		grep '500 InternalError.*(3 attempts)' err
		want=$([ $operation = create ] || echo 1)
		[ "$(asked abort 204)" = "${want:-0}" ]
		[ "$(uploads)" = 0 ]
	done
	put _fault clear
	fault put hang 9
	RETRY_MAX_ATTEMPTS=1 fails 4 rp-upload --timeout 1s s3://bkt/k "$F/small"
	grep 'silent for 1 s$' err
	AWS_ENDPOINT_URL=http://127.0.0.1:1 fails 4 rp-upload s3://bkt/k "$F/small"
	absent k
}

@test "an answer that was lost is no failure" {
	fault put lost 1
	rp-upload s3://bkt/l1 "$F/small"
	has l1 "$F/small"
	# --no-clobber, once its own probes are over: what is there is ours
	fault put lost 1 2
	rp-upload --no-clobber s3://bkt/l2 "$F/small"
	has l2 "$F/small"
	fault complete lost 1
	rp-upload --json s3://bkt/l3 "$F/large" >out
	has l3 "$F/large"
}

@test "a wrong ETag of the whole is not believed" {
	fault complete etag 1
	fails 4 rp-upload s3://bkt/w "$F/large"
	grep 'do not trust it' err
	fault put etag 99
	fails 4 rp-upload s3://bkt/w2 "$F/small"
	grep 'ETag is not the sum' err
}

@test "under keys of a service ETags are no sums: the server checks MD5s" {
	fault any kms 99
	rp-upload --json s3://bkt/kms1 "$F/small" >out
	rp-upload --json s3://bkt/kms2 "$F/large" >out
	[ "$(jq .retries out)" = 0 ]
	has kms1 "$F/small"
	has kms2 "$F/large"
}

@test "--no-clobber: kept to, in one and in parts, or refused" {
	rp-upload --no-clobber s3://bkt/n/one "$F/small"
	rp-upload --no-clobber s3://bkt/n/many "$F/large"
	[ "$(asked delete 204)" = 3 ] # the probes; one served both
	fails 1 rp-upload --no-clobber s3://bkt/n/one "$F/large"
	fails 1 rp-upload --no-clobber s3://bkt/n/many "$F/small"
	has n/one "$F/small"
	has n/many "$F/large"
	# a server that ignores it overwrites nothing
	fault put ignore 99
	fails 5 rp-upload --no-clobber s3://bkt/n/two "$F/small"
	grep 'does not keep to If-None-Match' err
	absent n/two
	put _fault clear
	fault complete ignore 99
	fails 5 rp-upload --no-clobber s3://bkt/n/two "$F/large"
	absent n/two
	[ "$(uploads)" = 0 ]
	# another one comes first, after we have looked
	put _fault clear
	: >"$F/s3/log"
	mkfifo pipe
	rp-upload --no-clobber s3://bkt/n/race <pipe 2>err &
	pid=$!
	exec {fd}>pipe
	head -c 10000 "$F/large" >&$fd
	for _ in {1..500}; do
		[ "$(asked delete 204)" = 0 ] || break
		sleep 0.02
	done
	rp-upload s3://bkt/n/race "$F/small"
	exec {fd}>&-
	got=0
	wait $pid || got=$?
	[ $got = 1 ]
	grep 'n/race: exists' err
	has n/race "$F/small"
}

@test "signals abort the upload; what a kill leaves is found" {
	for signal in INT TERM HUP KILL; do
		mkfifo pipe
		: >"$F/s3/log"
		(trap - INT; exec rp-upload s3://bkt/s/k <pipe) 2>err &
		pid=$!
		exec {fd}>pipe
		head -c 11M "$F/large" >&$fd
		for _ in {1..500}; do
			[ "$(asked part 200)" -ge 1 ] && break
			sleep 0.02
		done
		kill -$signal $pid
		got=0
		wait $pid || got=$?
		exec {fd}>&-
		rm pipe
		if [ $signal != KILL ]; then
			[ $got = 1 ]
			grep 'stopped by a signal' err
			[ "$(asked abort 204)" = 1 ]
			[ "$(uploads)" = 0 ]
		fi
	done
	[ $got = 137 ]
	# a second one, and one of another prefix
	for key in s/l t/m; do
		fault complete 403 1
		fault abort 403 1
		run -4 rp-upload s3://bkt/$key "$F/large"
	done
	[ "$(uploads)" = 3 ]
	rp-upload --list-orphans s3://bkt/s/ >out
	[ "$(cut -d' ' -f3 out | xargs)" = 's3://bkt/s/k s3://bkt/s/l' ]
	rp-upload --abort-orphans --older 1h s3://bkt/ >out
	[ ! -s out ]
	rp-upload --abort-orphans --json s3://bkt/s/ >out
	[ "$(jq -r .key out | xargs)" = 's/k s/l' ]
	[ "$(uploads)" = 1 ]
	rp-upload --abort-orphans s3://bkt/ >out
	[ "$(uploads)" = 0 ]
}

@test "a truncated stream aborts its upload" {
	rp-gen -n 200k -o long.rps
	[ "$(stat -c %s long.rps)" -gt 12000000 ]
	head -c 12000000 long.rps | fails 3 rp-upload s3://bkt/t
	grep 'truncated' err
	[ "$(asked create)" = 1 ]
	[ "$(asked abort 204)" = 1 ]
	absent t
	fails 3 rp-upload --exec "head -c 9000000 '$F/large'; false" s3://bkt/t
	[ "$(uploads)" = 0 ]
	absent t
}

@test "-r skips what has the same sum, in one or in parts" {
	mkdir tree
	cp "$F/small" tree/s
	head -c 9M "$F/large" >tree/l
	rp-upload --json -r tree s3://bkt/tree/ >out
	[ "$(jq -r .outcome out | xargs)" = 'uploaded uploaded' ]
	: >"$F/s3/log"
	echo more >>tree/s
	fault any 500 1
	rp-upload --json -r tree s3://bkt/tree/ >out
	[ "$(asked put 200)" = 1 ]
	has tree/s tree/s
	has tree/l tree/l
}

@test "--bandwidth bounds what is sent" {
	before=$(date +%s%N)
	rp-upload --bandwidth 100k s3://bkt/slow "$F/small"
	# however slow the machine is, it is not faster
	[ $(($(date +%s%N) - before)) -gt 500000000 ]
	has slow "$F/small"
}

@test "memory is bounded, whatever the size" {
	[ -z "${RP_SANITIZER-}" ] || skip "a sanitizer takes its own"
	head -c 120M /dev/zero | MULTIPART_PART_SIZE_BYTES=8Mi \
	    command time -f %M -o peak rp-upload s3://bkt/zero
	[ "$(cat peak)" -lt 65536 ]
	head -c 60M /dev/zero | MULTIPART_PART_SIZE_BYTES=20Mi TMPDIR=$PWD \
	    command time -f %M -o peak rp-upload s3://bkt/zero
	[ "$(cat peak)" -lt 32768 ]
}

# ---- whose requests they are ----

# by NAME=VALUE...: an upload without keys in the environment.
by() {
	env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY "$@" \
	    rp-upload s3://bkt/by "$F/small"
}

@test "keys by a profile of the shared files, and a session's token" {
	cat >credentials <<-'END'
		# a comment
		[default]
		aws_access_key_id = nobody
		[ session ]
		aws_access_key_id=ASIA
		aws_secret_access_key = TEMPORARY
		aws_session_token = TOKEN
		[half]
		aws_access_key_id = AKID
	END
	cat >config <<-END
		[profile plain]
		s3 =
		  region = not this
		aws_access_key_id = AKID
		aws_secret_access_key = SECRET
		endpoint_url = $URL
		region = eu-north-1
	END
	export AWS_SHARED_CREDENTIALS_FILE=$PWD/credentials
	export AWS_CONFIG_FILE=$PWD/config
	by AWS_PROFILE=session
	by AWS_PROFILE=plain
	AWS_ACCESS_KEY_ID=wrong rp-upload --profile plain s3://bkt/by "$F/small"
	env -u AWS_ENDPOINT_URL AWS_PROFILE=plain rp-upload s3://bkt/by "$F/small"
	by AWS_ACCESS_KEY_ID=ASIA AWS_SECRET_ACCESS_KEY=TEMPORARY \
	    AWS_SESSION_TOKEN=TOKEN
	fails 2 by AWS_PROFILE=half
	fails 2 by AWS_PROFILE=none
	grep "no profile 'none'" err
	fails 2 by AWS_ACCESS_KEY_ID=AKID
	fails 2 by AWS_SHARED_CREDENTIALS_FILE=/none AWS_CONFIG_FILE=/none
	grep 'no credentials' err
	head -c 2M /dev/zero >huge
	fails 3 by AWS_CONFIG_FILE=huge
	fails 4 by AWS_ACCESS_KEY_ID=ASIA AWS_SECRET_ACCESS_KEY=TEMPORARY \
	    AWS_SESSION_TOKEN=OTHER
}

@test "keys by a process" {
	cat >process <<-'END'
		#!/bin/sh
		echo run >>runs
		printf '{"Version": 1, "AccessKeyId": "ASIA", "Expiration": "%s",
		    "SecretAccessKey": "TEMPORARY", "SessionToken": "TOKEN"}' \
		    "$(date -u -d "$(cat age)" +%Y-%m-%dT%H:%M:%SZ)"
	END
	chmod +x process
	printf '[default]\ncredential_process = ./process x "y z"\n' >config
	export AWS_CONFIG_FILE=$PWD/config
	echo 1hour >age
	by
	[ "$(wc -l <runs)" = 1 ]
	echo 1minute >age # about to expire: got anew for each request
	by
	[ "$(wc -l <runs)" = 2 ]
	fault put 400expired 1
	echo 1hour >age
	by
	[ "$(wc -l <runs)" = 4 ]
	for bad in 'exit 1' 'echo' 'echo {}' 'echo [1' \
	    'exec yes 2>/dev/null' 'kill -9 $$' \
	    'printf "{\"AccessKeyId\": 1, \"SecretAccessKey\": \"x\"}"' \
	    'echo "{\"AccessKeyId\":\"a\",\"SecretAccessKey\":\"hidden\"}"; exit 3'; do
		printf '[default]\ncredential_process = %s\n' "$bad" >config
		fails 4 by
		run ! grep -q hidden err
	done
}

@test "keys by a web identity, from STS" {
	echo 'a.web&token' >token
	web=(AWS_WEB_IDENTITY_TOKEN_FILE="$PWD/token" AWS_ROLE_SESSION_NAME=me
	    AWS_ROLE_ARN=arn:aws:iam::1:role/r)
	by "${web[@]}"
	[ "$(asked sts 200)" = 1 ]
	fault sts 500 2
	by "${web[@]}" AWS_ENDPOINT_URL_STS="$URL/"
	printf '[default]\nweb_identity_token_file = %s\n' "$PWD/token" >config
	printf 'role_arn = arn:aws:iam::1:role/r\nrole_session_name = me' >>config
	by AWS_CONFIG_FILE=config
	fault sts garbage 1
	fails 4 by "${web[@]}"
	echo other >token
	fails 4 by "${web[@]}"
	grep 'STS: status 400' err
	fails 2 by AWS_WEB_IDENTITY_TOKEN_FILE="$PWD/token"
	fails 1 by "${web[@]}" AWS_WEB_IDENTITY_TOKEN_FILE=none
}

@test "keys by a container's endpoint, and by the instance's" {
	uri=AWS_CONTAINER_CREDENTIALS_FULL_URI
	by $uri="$URL/container" AWS_CONTAINER_AUTHORIZATION_TOKEN='Bearer pod'
	echo 'Bearer pod' >token
	by $uri="$URL/container" AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=token
	fails 4 by $uri="$URL/container"
	fails 2 by $uri=http://example.org/container
	fails 2 by $uri=http://127.0.0.1.example.org/container
	instance=(AWS_EC2_METADATA_DISABLED=false
	    AWS_EC2_METADATA_SERVICE_ENDPOINT="$URL")
	by "${instance[@]}"
	[ "$(asked token 200) $(asked role 200) $(asked creds 200)" = '1 1 1' ]
	fault creds garbage 1
	fails 4 by "${instance[@]}"
	fault role huge 1
	fails 4 by "${instance[@]}"
	fails 2 by "${instance[@]}" AWS_EC2_METADATA_SERVICE_ENDPOINT=http://127.0.0.1:1
}

@test "TLS is verified, by the system's certificates or one's own" {
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout key -out cert \
	    -subj /CN=localhost -addext subjectAltName=DNS:localhost 2>/dev/null
	start "$PWD/tls" "$PWD/cert" "$PWD/key"
	AWS_ENDPOINT_URL=https://localhost:$(cat tls/port)
	: >tls/log
	fails 4 rp-upload s3://bkt/k "$F/small"
	grep -i 'certificate' err
	run ! grep -q attempts err
	[ ! -s tls/log ]
	rp-upload --ca-file cert s3://bkt/k "$F/small"
	AWS_CA_BUNDLE=cert rp-upload s3://bkt/k <"$F/large"
	AWS_ENDPOINT_URL=${AWS_ENDPOINT_URL/localhost/127.0.0.1} fails 4 \
	    rp-upload --ca-file cert s3://bkt/k "$F/small"
	fails 4 rp-upload --ca-file missing s3://bkt/k "$F/small"
}

@test "no secret is in arguments, errors or a core dump" {
	mkfifo pipe
	rp-upload s3://bkt/secret <pipe &
	pid=$!
	exec {fd}>pipe
	head -c 6M "$F/large" >&$fd
	run ! grep -aq SECRET "/proc/$pid/cmdline"
	if [ -z "${RP_SANITIZER-}" ] && [ "$(id -u)" != 0 ]; then
		# what may not be dumped is root's
		[ "$(stat -c %U "/proc/$pid/environ")" = root ]
	fi
	exec {fd}>&-
	wait $pid
	rp-upload -v --stats s3://bkt/secret "$F/small" 2>err
	run ! grep -q SECRET err
}
