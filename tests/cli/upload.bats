#!/usr/bin/env bats
# shellcheck disable=SC2154 # set by run
#
# rp-upload: inputs, keys and what becomes of them, in a directory.
bats_require_minimum_version 1.5.0
load upload

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	rp-gen -n 3000 -N 2 | rp-cat --frame-records 1000 -o a.rps
	head -c 300000 /dev/urandom >bytes
}

setup() {
	A=$BATS_FILE_TMPDIR/a.rps
	B=$BATS_FILE_TMPDIR/bytes
	cd "$BATS_TEST_TMPDIR" || return 1
}

# eventually COMMAND...: it comes true within some seconds.
eventually() {
	for _ in {1..500}; do
		! "$@" || return 0
		sleep 0.02
	done
	return 1
}

begun() {
	[ -n "$(find . -name '.rp-upload*')" ]
}

@test "bytes and streams, from stdin and files, as they are" {
	rp-upload new/dir/a.rps <"$A"
	cmp "$A" new/dir/a.rps
	rp-upload "file://$PWD/b" "$B"
	cmp "$B" b
	rp-upload b <"$A" # replaced
	cmp "$A" b
	rp-upload all/ "$A" "$B"
	cmp "$A" all/a.rps
	cmp "$B" all/bytes
	rp-cat "$A" | cat - "$A" | rp-upload two # two sections
	[ "$(rp-check -q --json-numbers two | jq .records)" = 6000 ]
	[ "$(find . -name '.rp-upload*' | wc -l)" = 0 ]
}

@test "--json tells what was put" {
	rp-upload --json o/k "$B" >out
	[ "$(jq -r .object out)" = o/k ]
	[ "$(jq -r .key out)" = k ]
	[ "$(jq -r .outcome out)" = uploaded ]
	[ "$(jq -r .size out)" = 300000 ]
	[ "$(jq -r .sum out)" = "$(sha256sum <"$B" | cut -d' ' -f1)" ]
	[ "$(jq -r .etag out)" = "$(md5sum <"$B" | cut -d' ' -f1)" ]
	[ "$(jq .parts out)" = 0 ]
	[ "$(jq .retries out)" = 0 ]
}

@test "keys have what the first record has, and what one says" {
	rp-upload 'keys/{type}/{symbol}/{source}/{date}T{hour}{minute}-{run}-{{x}}' \
	    --var run=7 --var other=8 <"$A"
	IFS=, read -r symbol time < <(rp-filter -n 1 "$A" |
	    rp-csv -c symbol,ts_recv --no-header)
	path=$(find keys -type f)
	[ "$path" = "keys/mbo/$symbol/gen/$(date -u -d "@${time%?????????}" \
	    +%Y-%m-%dT%H%M)-7-{x}" ]
	cmp "$A" "$path"
	rp-upload 'v/{run}/x' --var run=a/b "$B"
	cmp "$B" v/a/b/x
	fails 2 rp-upload 'keys/{symbol}' "$B"
	grep 'no rp stream' err
	rp-filter -w 'size < 0' "$A" >none.rps
	fails 2 rp-upload 'keys/{symbol}' none.rps
	rp-upload keys/none none.rps
	cmp none.rps keys/none
	fails 2 rp-upload 'keys/{nothing}' "$A"
	fails 2 rp-upload 'keys/{part}' "$A"
	fails 2 rp-upload 'keys/{x}' --var x "$A"
	fails 2 rp-upload 'keys/{x}' --var symbol=x "$A"
}

@test "keys that lead elsewhere are refused" {
	mkdir in
	for key in '../x' 'a/../x' './x' 'a//b' "$(printf 'a\nb')" \
	    "$(printf 'a\377')" "$(printf 'k%.0s' {1..1025})"; do
		fails 2 rp-upload "in/{k}" --var k="$key" "$B"
	done
	[ "$(find . -type f ! -name err ! -name out | wc -l)" = 0 ]
}

@test "a stream that is cut short or damaged uploads nothing" {
	for n in 4 95 100 20000 $(($(stat -c %s "$A") - 1)); do
		head -c "$n" "$A" | fails 3 rp-upload cut
	done
	cp "$A" bad
	printf X | dd of=bad bs=1 seek=2000 conv=notrunc status=none
	fails 3 rp-upload cut bad
	fails 3 rp-upload cut <bad
	printf '\x89RP2more' | fails 5 rp-upload cut
	fails 3 rp-upload cut </dev/null
	: >empty
	fails 3 rp-upload cut empty
	[ ! -e cut ]
	fails 3 rp-upload --stream cut "$B"
	fails 3 rp-upload --stream cut empty
	rp-upload --allow-empty zero empty
	[ -f zero ]
	rp-upload --allow-empty --zstd 3 packed empty
	[ "$(zstd -dc packed | wc -c)" = 0 ]
}

@test "--no-clobber replaces nothing, even where two race" {
	rp-upload --no-clobber k "$B"
	fails 1 rp-upload --no-clobber k "$A"
	cmp "$B" k
	mkfifo pipe
	rp-upload --no-clobber race <pipe 2>first &
	pid=$!
	exec {fd}>pipe
	printf first >&$fd
	eventually begun
	rp-upload --no-clobber race "$B"
	exec {fd}>&-
	got=0
	wait $pid || got=$?
	[ $got = 1 ]
	grep 'race: exists' first
	cmp "$B" race
	[ -z "$(find . -name '.rp-upload*')" ]
}

@test "--zstd packs, whatever the input" {
	rp-upload --zstd 3 a.zst "$A"
	zstd -dc a.zst | cmp - "$A"
	rp-upload --zstd 19 b.zst "$B"
	zstd -qt b.zst
	zstd -dc b.zst | cmp - "$B"
	for level in 0 x 23 ''; do
		fails 2 rp-upload --zstd "$level" c.zst "$B"
	done
}

@test "--exec commits if every stage ends well" {
	rp-upload --exec "rp-cat '$A' | rp-print" text
	rp-print "$A" | cmp - text
	rp-upload --exec "cat '$A'" --json '{symbol}.rps' >out
	cmp "$A" "$(jq -r .object out)"
	for pipeline in 'false' 'echo x | false' 'false | echo x' 'echo x; exit 3' \
	    'echo x; false; true' 'no-such-tool-x | cat' 'echo x; kill -9 $$'; do
		got=0
		rp-upload --exec "$pipeline" not 2>err || got=$?
		[ $got = 3 ]
		grep '^rp-upload: --exec: .*nothing is uploaded' err
		[ ! -e not ]
	done
	fails 3 rp-upload --exec "head -c 5000 '$A'" not
	run -3 rp-upload --exec "head -c 5000 '$A' | rp-cat" not
	[ ! -e not ]
}

@test "-r uploads a tree, and skips what is the same" {
	mkdir -p tree/x/y
	echo 1 >tree/one
	echo 2 >tree/x/y/two
	cp "$B" tree/x/three
	ln -s one tree/link
	rp-upload --json -r tree "store/{v}/" --var v=a >out 2>err
	grep 'tree/link: is no file' err
	[ "$(jq -r .outcome out | sort | uniq -c | xargs)" = '3 uploaded' ]
	rm tree/link
	diff -r tree store/a
	echo 3 >tree/x/y/two
	echo 4 >tree/four
	rp-upload --json -r tree store/a/ >out
	[ "$(jq -r .outcome out | sort | uniq -c | xargs)" = '2 skipped 2 uploaded' ]
	diff -r tree store/a
	rp-upload --dry-run -r tree new/ >out
	[ "$(cat out)" = "$(printf 'new/%s\n' four one x/three x/y/two)" ]
	[ ! -e new ]
	rp-write market.log <"$A" # its index and its lock are no streams
	rp-upload -r market.log store/log/
	diff -r market.log store/log
	fails 2 rp-upload -r tree store/a
	fails 2 rp-upload -r tree 'store/{symbol}/'
	fails 1 rp-upload -r missing store/a/
}

@test "--dry-run says where, and puts nothing" {
	rp-upload --dry-run 'out/{symbol}-{n}' --var n=1 <"$A" >said
	[[ $(cat said) = out/*-1 ]]
	rp-upload --dry-run x/y "$B" >said
	[ "$(cat said)" = x/y ]
	rp-upload --dry-run --json s3://bkt/x/y "$B" >said
	[ "$(jq -r .outcome said)" = planned ]
	[ ! -e x ] && [ ! -e out ]
}

@test "INT, TERM and HUP leave nothing behind; KILL an orphan" {
	for signal in INT TERM HUP KILL; do
		input=$([ $signal = TERM ] && echo "$A" || echo "$B")
		mkfifo pipe
		(trap - INT; exec rp-upload k <pipe) 2>err &
		pid=$!
		exec {fd}>pipe
		head -c 200000 "$input" >&$fd
		eventually begun
		kill -$signal $pid
		got=0
		wait $pid || got=$?
		exec {fd}>&-
		rm pipe
		[ ! -e k ]
		if [ $signal != KILL ]; then
			[ $got = 1 ]
			grep 'stopped by a signal' err
			[ -z "$(find . -name '.rp-upload*')" ]
		fi
	done
	[ $got = 137 ]
	# before a record has come; its bytes so far have been read
	mkfifo pipe
	rp-upload k <pipe 2>err &
	pid=$!
	exec {fd}<>pipe
	head -c 100 "$A" >&$fd
	eventually python3 -c 'import fcntl, sys, termios
sys.exit(any(fcntl.ioctl(0, termios.FIONREAD, bytes(4))))' <&$fd
	kill $pid
	got=0
	wait $pid || got=$?
	exec {fd}>&-
	[ $got = 1 ]
	grep 'stopped by a signal' err
	rp-upload --list-orphans ./ >out
	grep '^20.*Z  ./\.rp-upload-' out
	rp-upload --abort-orphans --older 1h ./ >out
	[ ! -s out ]
	rp-upload --abort-orphans --dry-run --json ./ >out
	[ "$(jq .aborted out)" = false ]
	rp-upload --abort-orphans --json ./ >out
	[ "$(jq .aborted out)" = true ]
	[ -z "$(find . -name '.rp-upload*')" ]
}

@test "misuse is told, all wrong settings at once" {
	fails 2 rp-upload
	fails 2 rp-upload gs://b/k "$B"
	fails 2 rp-upload s3://UPPER/k "$B"
	fails 2 rp-upload s3://b/k "$B"
	fails 2 rp-upload k "$A" "$B"
	fails 2 rp-upload k/ <"$A"
	fails 2 rp-upload --exec true k "$A"
	fails 2 rp-upload --exec true k/
	fails 2 rp-upload --list-orphans --abort-orphans k
	fails 2 rp-upload --older 1h k "$A"
	fails 2 rp-upload --timeout 1ms k "$A"
	fails 2 rp-upload --metadata x k "$A"
	fails 2 rp-upload --metadata 'a b=c' k "$A"
	fails 2 rp-upload --metadata "a=$(printf 'b\r\nEvil: x')" k "$A"
	fails 2 rp-upload --content-type "$(printf 'a\nb')" k "$A"
	fails 2 rp-upload --metadata "a=$(printf 'x%.0s' {1..2100})" k "$A"
	fails 1 rp-upload k missing
	mkdir dir
	fails 1 rp-upload dir "$B"
	fails 1 rp-upload k dir
	run -2 --separate-stderr env MULTIPART_THRESHOLD_BYTES=x \
	    MULTIPART_PART_SIZE_BYTES=1Mi MULTIPART_PARALLEL_PARTS=65 \
	    RETRY_MAX_ATTEMPTS=0 RETRY_BASE_DELAY_MS=-1 rp-upload k "$B"
	[ "${#stderr_lines[@]}" = 5 ]
	[ ! -e k ]
}

@test "a full disk is told, and leaves nothing" {
	[ -c /dev/full ] || skip "no /dev/full"
	got=0
	rp-upload --json k "$B" >/dev/full 2>err || got=$?
	[ $got = 1 ]
	(
		ulimit -f 100
		fails 1 rp-upload big "$B"
	)
	[ ! -e big ]
	[ -z "$(find . -name '.rp-upload*')" ]
}
