#!/usr/bin/env bats
# shellcheck disable=SC2154 # set by run
#
# rp-gc's coldest tier, a bucket (mock_s3.py): what is moved there is read as
# before, removed with the log, and never half moved.
bats_require_minimum_version 1.5.0
load s3

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	cc -shared -fPIC -D_GNU_SOURCE -o kill-at.so \
	    "$RP_TOP/tests/cli/kill-at.c"
	start "$PWD/s3"
	mkdir home
	URL=http://127.0.0.1:$(cat s3/port)
	export HOME=$PWD/home URL AWS_ENDPOINT_URL=$URL
	export AWS_ACCESS_KEY_ID=AKID AWS_SECRET_ACCESS_KEY=SECRET
	export AWS_EC2_METADATA_DISABLED=true
	export RETRY_BASE_DELAY_MS=1 RETRY_MAX_ATTEMPTS=2
	rp-gen -n 10k | rp-write --codec none --frame-records 500 --roll-size 100k log
	rp-read log | rp-csv >all.csv
}

setup() {
	F=$BATS_FILE_TMPDIR
	cd "$BATS_TEST_TMPDIR" || return 1
	put _fault clear
	drop
	cp -a "$F/log" log
	segments=$(find log -name '*.rps' | wc -l)
	[ "$segments" -ge 4 ]
	: >"$F/s3/log"
}

# drop: no object is left.
drop() {
	local key
	for key in $(keys); do
		curl -sf -X DELETE "$URL/_object/bkt/$key"
	done
}

keys() {
	curl -sf "$URL/_keys/bkt/"
}

objects() {
	keys | grep -c . || true
}

move() {
	rp-gc --cold-dir s3://bkt/cold/ --move-after 1h "$@" log
}

# whole: the log has every record.
whole() {
	rp-read log | rp-csv | cmp - "$F/all.csv"
}

@test "moved, and read, listed and checked as one log" {
	move --dry-run >out
	[ "$(wc -l <out)" = $((segments - 1)) ]
	[ ! -s "$F/s3/log" ]
	move >out
	[ "$(wc -l <out)" = $((segments - 1)) ]
	[ "$(objects)" = $((segments - 1)) ] # not the newest
	[ "$(find log -type l | wc -l)" = $((segments - 1)) ]
	link=$(readlink log/00000000000000000001.rps)
	[[ $link = s3://bkt/cold/*.cold/00000000000000000001.rps ]]
	whole
	move >out # nothing is left to do, and nothing is asked
	[ ! -s out ]
	rp-ls --json log | sed 's|"name":"[^"]*"||' >after
	rp-ls --json "$F/log" | sed 's|"name":"[^"]*"||' | cmp - after
	rp-check log
	# by the indexes, which stay, no more is asked for than is needed
	: >"$F/s3/log"
	rp-read --from 2030-01-01 log >out
	[ "$(asked get)" -le "$segments" ]
	# it is written to and followed without a store
	rp-gen -n 10 | AWS_ENDPOINT_URL=http://127.0.0.1:1 \
	    rp-write --append log
	rp-read --seq 10001.. log | rp-csv --no-header >out
	[ "$(wc -l <out)" = 10 ]
	rp-read --follow --until-idle 100ms log | rp-csv --no-header >out
	[ "$(wc -l <out)" = 10010 ]
	rp-ls s3://bkt/cold 2>err || [ $? = 1 ] # no log of its own
	grep -q 'no log is there' err
	[ "$(rp-merge log | rp-csv --no-header | wc -l)" = 10010 ]
}

@test "what was moved is trimmed and removed with its objects" {
	move >out
	rp-gc --keep-segments 2 log >out
	[ "$(objects)" = 1 ]
	rp-read log 2>err | rp-check -q
	rp-gc --keep-size 1k log >out # cold bytes count
	[ "$(objects)" = 0 ]
	rm -rf log
	cp -a "$F/log" log
	move >out
	rp-gc --keep 1d --remove-logs log >out
	[ "$(objects)" = 0 ]
	[ ! -e log ]
	# of one that cannot be reached the links stay for another time
	cp -a "$F/log" log
	move >out
	fault delete 403 9
	run -4 --separate-stderr rp-gc --keep-segments 2 log
	[[ $stderr = *'403 AccessDenied'* ]]
	put _fault clear
	rp-gc log >out # the one that was begun
	[ "$(objects)" = $((segments - 2)) ]
	# a log that rp-write replaces: rp-gc removes what is left of it
	rp-gen -n 5 | rp-write --replace log
	[ "$(objects)" = $((segments - 2)) ]
	rp-gc . >out
	[ "$(objects)" = 0 ]
	[ "$(find . -name '.log*')" = "" ]
}

@test "what the server refuses stays where it is" {
	for kind in 403 500 reset etag; do
		fault put $kind 99
		run -4 --separate-stderr move
		[ -z "$(find log -type l)" ]
		[[ $stderr = *"rp-gc: s3://bkt/cold/"* ]]
		put _fault clear
		whole
	done
	AWS_ENDPOINT_URL=http://127.0.0.1:1 run -4 move
	whole
	[ -z "$(find log -type l -o -name '*.new')" ]
	drop
	# other bytes of that name are somebody's
	move >out
	rm -rf log
	cp -a "$F/log" log
	key=$(keys | head -n 1)
	curl -sf -T "$F/all.csv" "$URL/_object/bkt/$key"
	run -1 --separate-stderr move
	[[ $stderr = *"exists already with other bytes"* ]]
	[ "$(find log -type l | wc -l)" = $((segments - 2)) ] # the others go
	# bytes that are gone are told
	drop
	run -1 --separate-stderr rp-read log
	[[ $stderr = *"was moved to s3://bkt/cold/"*", where nothing is"* ]]
	for wrong in s3://B/x s3://x gs://bkt/x; do
		run -2 rp-gc --cold-dir "$wrong" --move-after 1h log
	done
}

@test "objects in parts, and those whose ETag is no sum, are verified" {
	rp-gen -n 200k | rp-write --codec none --roll-size 16Mi big.log
	MULTIPART_PART_SIZE_BYTES=5Mi rp-gc --cold-dir s3://bkt/cold \
	    --move-after 1h big.log >out
	[ "$(asked part)" = 4 ]
	[ "$(find big.log -type l | wc -l)" = 1 ]
	rp-check -q big.log >out
	# sums that are none are found out by the bytes
	: >"$F/s3/log"
	fault put kms 99
	move >out
	[ "$(asked get)" = $((segments - 1)) ]
	whole
}

@test "killed at every step of moving, and between the steps" {
	[ -z "${RP_SANITIZER-}" ] || skip "preloading under a sanitizer"
	rp-gc --keep-segments 2 log >out
	mv log two.log
	rp-read two.log 2>err | rp-csv >two.csv
	for ((step = 1; step < 40; step++)); do
		rm -rf log
		cp -a two.log log
		drop
		got=0
		(export LD_PRELOAD="$F/kill-at.so" KILL_AT=$step && move) \
		    >out 2>err || got=$?
		rp-read log 2>err | rp-csv | cmp - two.csv
		move >out
		rp-read log 2>err | rp-csv | cmp - two.csv
		[ "$(objects)" = 1 ]
		[ "$(find log -type l | wc -l)" = 1 ]
		[ -z "$(find log -name '*.new')" ]
		[ "$got" = 137 ] || break
	done
	[ "$got" = 0 ]
	[ "$step" -gt 3 ]
}

@test "killed while an object is sent, and after it was" {
	# in the put, and in the look at what was put: the second HEAD
	for fault in 'put hang 1' 'head hang 1 1'; do
		rm -rf log
		cp -a "$F/log" log
		drop
		: >"$F/s3/log"
		put _fault "$fault"
		rp-gc --cold-dir s3://bkt/cold/ --move-after 1h log >out 3>&- &
		pid=$!
		for _ in {1..500}; do
			! grep -q hang "$F/s3/log" || break
			sleep 0.01
		done
		kill -KILL $pid
		wait $pid || [ $? = 137 ]
		whole
		put _fault clear
		move >out
		whole
		[ "$(objects)" = $((segments - 1)) ]
		# what was put whole is not put again
		[ "${fault% *}" = 'put hang' ] ||
		    [ "$(asked put 200)" = $((segments - 1)) ]
	done
}
