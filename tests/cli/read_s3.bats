#!/usr/bin/env bats
# shellcheck disable=SC2154 # set by run
#
# rp-read, rp-ls and rp-check of logs in a bucket (mock_s3.py): the same records
# as from the directory, by no more than the bytes that are needed, whatever the
# server does.
bats_require_minimum_version 1.5.0
load s3

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	start "$PWD/s3"
	mkdir -p home logs/a logs/b
	export HOME=$PWD/home
	URL=http://127.0.0.1:$(cat s3/port)
	export URL AWS_ENDPOINT_URL=$URL
	export AWS_ACCESS_KEY_ID=AKID AWS_SECRET_ACCESS_KEY=SECRET
	export AWS_EC2_METADATA_DISABLED=true
	export RETRY_BASE_DELAY_MS=1 RETRY_MAX_ATTEMPTS=3
	rp-gen -n 20k -N 3 | rp-write --frame-records 1000 --roll-size 30k \
	    logs/a/one.log
	rp-gen -n 3k -N 2 --seed 2 | rp-write --frame-records 500 logs/b/two.log
	rp-upload -r logs s3://bkt/logs/
}

setup() {
	F=$BATS_FILE_TMPDIR
	A=$F/logs/a/one.log
	S=s3://bkt/logs/a/one.log
	cd "$BATS_TEST_TMPDIR" || return 1
	put _fault clear
	: >"$F/s3/log"
}

# rows OPTION... LOG
rows() {
	rp-read "$@" | rp-csv --no-header -c seq,ts_recv,ts_event,symbol,action,size
}

# same OPTION...: as from the directory.
same() {
	rows "$@" "$A" >here
	rows "$@" "$S/" >there
	cmp here there
}

# object NAME [FILE]: let that of the log s3://bkt/x be a file's bytes, or gone.
object() {
	if [ $# = 1 ]; then
		curl -sf -X DELETE "$URL/_object/bkt/x/$1"
	else
		curl -sf -T "$2" "$URL/_object/bkt/x/$1"
	fi
}

# fails STATUS WORDS COMMAND...: with one line that has these words.
fails() {
	local want=$1 words=$2 got=0
	shift 2
	"$@" >out 2>err || got=$?
	if [ $got != "$want" ] || [ "$(wc -l <err)" != 1 ] ||
	    ! grep -q "^rp-[a-z]*: .*$words" err; then
		echo "$* -> $got, not $want:"
		cat err
		return 1
	fi
}

# fetched [KIND]: bytes of segments, or of other files, that were sent.
fetched() {
	awk '$1 == "get" && $2 == 206 { n += $4 } END { print n + 0 }' "$F/s3/log"
}

@test "every selection gives what the directory gives" {
	same
	[ "$(wc -l <there)" = 20000 ]
	same -s SYM0001
	[ -s there ]
	same --seq 5500..7500
	[ "$(wc -l <there)" = 2001 ]
	same -n 10 -w 'size > 50'
	same --shard 1/2
	same --from 14:30:00.02 --to 14:30:00.05
	[ -s there ]
	same -s NONE
	[ ! -s there ]
	rows "file://$A" | cmp - <(rows "$A")
}

@test "all logs below a prefix are one stream; positions are kept" {
	rows "$F/logs" >here
	rows s3://bkt/logs | cmp - here
	rows "$S" "$F/logs/b/two.log" | cmp - here
	rp-merge "$S/" "file://$F/logs/b/two.log" |
	    rp-csv --no-header -c seq,ts_recv,ts_event,symbol,action,size |
	    cmp - here
	fails 3 'no segments in it' rp-merge s3://bkt/nothing
	cp -r "$A" mine.log
	rp-read -n 1234 mine.log | rp-csv -o x.csv --confirm mine.log:me
	rp-upload -r mine.log s3://bkt/mine/
	rows --name me s3://bkt/mine/ | cmp - <(rows --name me mine.log)
	[ "$(rows --name me s3://bkt/mine/ | head -n 1 | cut -d, -f1)" = 1235 ]
	rp-read mine.log | rp-book --bbo --checkpoint c -o /dev/null
	rows --after c "$S" | cmp - <(rows --after c "$A")
	rp-gen -n 10 --seed 9 | rp-write other.log
	rp-upload -r other.log s3://bkt/other/
	fails 3 'is another log' rp-read --after c s3://bkt/other/
}

@test "an object that is a stream is read as a file" {
	rp-gen -n 3000 -o a.rps
	rp-upload s3://bkt/one.rps a.rps
	rows s3://bkt/one.rps | cmp - <(rows a.rps)
	rows s3://bkt/one.rps "file://$PWD/a.rps" a.rps |
	    cmp - <(rows a.rps a.rps a.rps)
	rows -s SYM0002 -n 5 s3://bkt/one.rps | cmp - <(rows -s SYM0002 -n 5 a.rps)
	printf 'a,b\n' | rp-upload s3://bkt/text.csv
	fails 3 's3://bkt/text.csv: frame 0 at byte 0' rp-read s3://bkt/text.csv
	fails 2 'is no log' rp-read "$S" s3://bkt/one.rps
	head -c -8 a.rps >part
	curl -sf -T part "$URL/_object/bkt/part.rps"
	fails 3 's3://bkt/part.rps: truncated' rp-read s3://bkt/part.rps
}

@test "no more is asked for than is needed" {
	segments=$(stat -c %s "$A"/*.rps | paste -sd+ | bc)
	rp-read "$S" >/dev/null
	[ "$(fetched)" = "$segments" ]
	n=$(find "$A" -name '*.rps' | wc -l)
	[ "$(asked get)" = "$n" ]
	[ "$(asked list)" -le $((2 * n / 3 + 1)) ] # pages of one listing
	# one frame of 1,000, its segment's index, and the header of its END
	: >"$F/s3/log"
	rows --seq 5001..6000 "$S" >out
	[ "$(wc -l <out)" = 1000 ]
	frame=$(rp-read --seq 5001..6000 "$A" | wc -c)
	[ "$(fetched)" -lt $((frame + 8000)) ]
	[ "$(fetched)" -lt $((segments / 5)) ]
	# segments that cannot have it: the heads of their indexes alone
	: >"$F/s3/log"
	rp-read --from 2030-01-01 "$S" >/dev/null
	[ "$(fetched)" -lt $((n * 300 + 1)) ]
	# by symbol: indexes alone
	indexes=$(stat -c %s "$A"/*.rpx | paste -sd+ | bc)
	: >"$F/s3/log"
	rp-read -s NONE "$S" >/dev/null
	[ "$(fetched)" -lt $((indexes + n * 600)) ]
	: >"$F/s3/log"
	rp-ls "$S" >/dev/null
	[ "$(fetched)" -lt $((indexes + n * 600 + 4096)) ]
}

@test "what may pass is tried again" {
	fault get 503 1
	same
	for kind in 500 reset lost short cut shift; do
		fault get $kind 2
		same
		[ "$(asked get)" -gt 2 ]
	done 2>err
	fault list 500 1
	same
	fault get 400expired 1
	same -n 5
}

@test "what does not pass ends the run, and names the object" {
	for kind in 500 reset short cut shift; do
		fault get $kind 99
		fails 4 "$S/0.*(3 attempts)" rp-read "$S"
		put _fault clear
	done
	fault get 403 1
	fails 4 "$S/0.*403 AccessDenied" rp-read "$S"
	fault list 403 1
	fails 4 's3://bkt/: 403' rp-read "$S"
	fails 4 'nobucket/: 404 NoSuchBucket' rp-read s3://nobucket/x/
	fault get whole 99
	same # of an object that was asked for whole
	fails 4 "$S/0.*does not keep to Range" rp-read --seq 5001..6000 "$S"
	put _fault clear
	fails 2 'bucket.s name' rp-read s3://B/x
	fails 2 'is neither' rp-read gs://bkt/x
	AWS_ENDPOINT_URL=http://127.0.0.1:1 fails 4 'attempts' rp-read "$S"
	RETRY_MAX_ATTEMPTS=x fails 2 'RETRY_MAX_ATTEMPTS' rp-read "$S"
	RETRY_MAX_ATTEMPTS=x rp-read "$A" >/dev/null
}

@test "an object that is replaced meanwhile is found out" {
	fault get 412 1
	fails 4 "$S/0.*was replaced while it was read" rp-read "$S"
	fault get etag 1 # and the server keeps to no If-Match
	fails 4 "$S/0.*was replaced while it was read" rp-read "$S"
	fault get 404 1 # gone since it was listed
	fails 4 "$S/0.*404 NoSuchKey" rp-read "$S"
}

@test "damaged and unfinished logs are told as of directories" {
	rp-upload -r "$A" s3://bkt/x/
	all=("$A"/*.rps)
	mid=${all[2]##*/}
	index=${mid%s}x
	object "$mid"
	fails 3 'a segment is missing before' rp-read s3://bkt/x
	object "$mid" "$A/$mid"
	# an index that is missing, and one that is of another segment
	rows --seq 3001..9000 "$A" >want
	object "$index"
	rows --seq 3001..9000 s3://bkt/x | cmp - want
	object "$index" "${all[0]%s}x"
	rows --seq 3001..9000 s3://bkt/x | cmp - want
	rp-check s3://bkt/x >out 2>err
	grep -q "$mid: its index was missing or stale" err
	# a bit of a body
	cp "$A/$mid" bad
	printf x | dd of=bad bs=1 seek=9000 conv=notrunc status=none
	object "$mid" bad
	fails 3 "$mid: frame .* at byte" rp-read s3://bkt/x
	rp-check -q s3://bkt/x >out 2>err || [ $? = 3 ]
	grep -q "$mid: frame .* at byte" err
	grep -q ': corrupt' out
	object "$mid" "$A/$mid"
	object "$index" "$A/$index"
	# the end of one that was being written
	last=${all[-1]}
	head -c -40 "$last" >part
	object "${last##*/}" part
	fails 3 "${last##*/}: was not closed when it was put there" \
	    rp-read s3://bkt/x
}

@test "rp-ls and rp-check say of a bucket what they say of a directory" {
	rp-ls -l --json-numbers "$A" | sed "s|$A|LOG|" >here
	rp-ls -l --json-numbers "$S/" | sed "s|$S|LOG|" >there
	cmp here there
	rp-check --sum --json "$A" | sed "s|$A|LOG|" >here
	rp-check --sum --json "$S" | sed "s|$S|LOG|" >there
	cmp here there
	rp-check --quick "$S" | grep -q ': ok (headers only)'
	rp-ls --json "$F/logs" | sed "s|$F|s3://bkt|" >here
	rp-ls --json s3://bkt/logs | cmp - here
	fails 1 'no log is there' rp-ls s3://bkt/nothing
	fails 1 'no log is there' rp-check s3://bkt/nothing
	fails 1 'neither log nor object is there' rp-read s3://bkt/nothing
	fails 2 'changes directories and files only' rp-check --repair "$S"
	fails 2 'does not grow' rp-read --follow "$S"
	fails 2 'its own numbers' rp-read --seq 1..2 s3://bkt/logs
}

@test "a large object takes some blocks of memory, not its size" {
	[ -z "${RP_SANITIZER-}" ] || skip "a sanitizer takes memory of its own"
	rp-gen -n 1M | rp-cat --codec none -o plain.rps # 92 MiB
	mkdir big
	mv plain.rps big/00000000000000000001.rps
	MULTIPART_PART_SIZE_BYTES=16Mi rp-upload -r big s3://bkt/big/
	python3 - "$PWD" <<'P' >most
import resource, subprocess, sys
subprocess.run(["rp-read", "s3://bkt/big"], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
P
	[ "$(cat most)" -lt 48000 ] # KiB
	[ "$(fetched)" = "$(stat -c %s big/*.rps)" ]
}
