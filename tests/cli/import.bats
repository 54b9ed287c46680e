#!/usr/bin/env bats
# shellcheck disable=SC2154 # stderr is set by run
bats_require_minimum_version 1.5.0
# rp-import on DBN files made here byte by byte; real ones where they are.

# le VALUE SIZE: little-endian bytes.
le() {
	local i out=
	for ((i = 0; i < $2; i++)); do
		printf -v out '%s\\x%02x' "$out" $((($1 >> (8 * i)) & 255))
	done
	printf '%b' "$out"
}

# text STRING SIZE: zero-padded.
text() {
	printf '%s' "$1"
	head -c $(($2 - ${#1})) /dev/zero
}

# header VERSION SCHEMA [SYMBOL ID]: one symbol, mapped on 2023-12-25.
header() {
	local len=22
	[ "$1" = 1 ] || len=71
	{
		text GLBX.MDP3 16
		le "$2" 2
		le 1703462400000000000 8
		le -1 8
		le 0 $(($1 == 1 ? 16 : 8))
		le 1 1
		le 0 2
		[ "$1" = 1 ] || le 71 2
		text '' $(($1 == 1 ? 47 : 53))
		le 0 16
		if [ $# = 4 ]; then
			le 1 4
			text "$3" $len
			le 1 4
			le 20231225 4
			le 20231226 4
			text "$4" $len
		else
			le 0 4
		fi
	} >body
	printf DBN
	le "$1" 1
	le "$(stat -c %s body)" 4
	cat body
	rm body
}

T=1703466000000000000

# mbo ID PRICE SIZE SIDE: an order added at T.
mbo() {
	le 14 1
	le 160 1
	le 1 2
	le "$1" 4
	le $T 8
	le 77 8
	le "$2" 8
	le "$3" 4
	le 128 1
	le 0 1
	printf 'A%s' "$4"
	le $((T + 5)) 8
	le 12 4
	le 99 4
}

# system: a heartbeat, of version 1
system() {
	le 20 1
	le 23 1
	le 0 6
	le $T 8
	text Heartbeat 64
}

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	{
		header 1 0 ESH4 17077
		mbo 17077 4829250000000 3 B
		mbo 17077 9223372036854775807 1 N
	} >two.dbn
	{
		header 3 0 NQH4 5
		mbo 5 17000000000000 2 A
		mbo 6 17000000000000 2 A
	} >three.dbn
	zstd -q two.dbn three.dbn
	{
		header 1 0
		mbo 5 -9223372036854775808 2 A
		mbo 5 1 2 A
		mbo 5 1 2 X
	} >bad.dbn
}

setup() {
	F=$BATS_FILE_TMPDIR
	data=${RP_DATA:-$RP_TOP/../shared/data}/dbn
	cd "$BATS_TEST_TMPDIR" || return 1
}

columns=ts_recv,symbol,source,flags,ts_event,sequence,action,side,price,size
columns+=,order_id,send_delta,instrument_id

@test "an order's fields arrive" {
	rp-import "$F/two.dbn" | rp-csv --no-header -c $columns >out
	cat >want <<-.
	1703466000000000005,ESH4,GLBX.MDP3.GLBX,last,1703466000000000000,99,A,bid,4829.25,3,77,12,17077
	1703466000000000005,ESH4,GLBX.MDP3.GLBX,last,1703466000000000000,99,A,none,,1,77,12,17077
	.
	diff want out
}

@test "from a file, by name, on stdin, packed: the same stream" {
	rp-import --no-notes "$F/two.dbn" >want
	rp-import --no-notes --format dbn "$F/two.dbn" | cmp - want
	rp-import --no-notes <"$F/two.dbn" | cmp - want
	# shellcheck disable=SC2002 # a pipe is what is tested
	cat "$F/two.dbn" | rp-import --no-notes - | cmp - want
	rp-import --no-notes "$F/two.dbn.zst" | cmp - want
	# shellcheck disable=SC2002
	cat "$F/two.dbn.zst" | rp-import --no-notes | cmp - want
	rp-import --no-notes "$F/two.dbn" -o out
	cmp out want
	rp-import --no-notes -j 2 "$F/two.dbn" | cmp - want
}

@test "byte by byte and interrupted: the same stream" {
	[ -z "${RP_SANITIZER-}" ] || skip "preloading under a sanitizer"
	cc -shared -fPIC -D_GNU_SOURCE -o trickle.so \
	    "$RP_TOP/tests/cli/trickle.c"
	for file in two.dbn three.dbn.zst; do
		rp-import -q --no-notes "$F/$file" >want
		LD_PRELOAD=$PWD/trickle.so rp-import -q --no-notes \
		    "$F/$file" >out
		cmp out want
	done
}

@test "many files are one stream, in one name or in many" {
	rp-import -q "$F/two.dbn" "$F/three.dbn.zst" "$F/two.dbn" |
	    rp-csv --no-header -c symbol >out
	printf '%s\n' ESH4 ESH4 NQH4 6 ESH4 ESH4 | diff - out
	cat "$F/two.dbn" "$F/three.dbn" | rp-import -q |
	    rp-csv --no-header -c symbol >out
	printf '%s\n' ESH4 ESH4 NQH4 6 | diff - out
	cat "$F/two.dbn.zst" "$F/three.dbn.zst" | rp-import -q |
	    rp-csv --no-header -c symbol >out
	printf '%s\n' ESH4 ESH4 NQH4 6 | diff - out
}

@test "an id without a symbol is told once" {
	run -0 --separate-stderr bash -c \
	    "rp-import '$F/three.dbn' | rp-csv --no-header -c symbol"
	[ "$output" = $'NQH4\n6' ]
	[[ $stderr = "rp-import: warning: $F/three.dbn: instrument 6 has no "* ]]
	[[ $stderr != *$'\n'* ]]
	run -0 --separate-stderr bash -c "rp-import -q '$F/three.dbn' | rp-check"
	[ -z "$stderr" ]
}

@test "codecs and layouts hold the same records" {
	rp-import "$F/two.dbn" | rp-check --sum | sed -n '/^  sum/,$p' >want
	[ -s want ]
	for how in "--codec lz4" "--codec zstd:3" "--codec zstd --layout rows" \
	    "--layout columns"; do
		# shellcheck disable=SC2086
		rp-import $how "$F/two.dbn" | rp-check --sum |
		    sed -n '/^  sum/,$p' | diff want -
	done
}

@test "the file's header is in the notes" {
	rp-import "$F/two.dbn" | rp-print --notes >out
	grep 'dbn.version=1' out
	grep 'dbn.dataset=GLBX.MDP3' out
	grep 'dbn.schema=mbo' out
	rp-import --no-notes "$F/two.dbn" | rp-print --notes >out
	run ! grep dbn. out
}

@test "what has no type of ours travels verbatim and is counted" {
	{
		header 1 65535
		system
		system
	} >live.dbn
	rp-import --stats-json s.json live.dbn | rp-csv --no-header -c type >out
	printf 'dbn\ndbn\n' | diff - out
	[ "$(jq '.counts["opaque.system"]' s.json)" = 2 ]
	[ "$(jq .records_in s.json)" = 2 ]
	[ "$(jq .bytes_in s.json)" = "$(stat -c %s live.dbn)" ]
	rp-import --stats live.dbn 2>err >out
	grep 'opaque.system 2' err
}

@test "cut anywhere: exit 3, an ABORT, no file" {
	size=$(stat -c %s "$F/two.dbn")
	step=7
	[ -z "${RP_SANITIZER-}" ] || step=41
	for ((n = 0; n < size; n += step)); do
		# a cut between records cannot be seen
		(((size - n) % 56 != 0 || size - n > 112)) || continue
		head -c $n "$F/two.dbn" >cut.dbn
		run -3 --separate-stderr rp-import cut.dbn -o out
		[ ! -e out ]
		[[ $stderr = "rp-import: cut.dbn: "* ]]
		[[ $stderr != *$'\n'* ]]
		run -3 bash -c "rp-import cut.dbn 2>/dev/null | rp-check"
	done
	size=$(stat -c %s "$F/two.dbn.zst")
	for ((n = 13; n < size; n += step)); do
		head -c $n "$F/two.dbn.zst" >cut.zst
		run -3 rp-import cut.zst -o out
		[ ! -e out ]
	done
}

@test "a place is a record and a byte" {
	head -c -10 "$F/two.dbn" >cut.dbn
	run -3 --separate-stderr bash -c 'rp-import cut.dbn >out'
	[ "$stderr" = "rp-import: cut.dbn: record 2 at byte \
$(($(stat -c %s cut.dbn) - 46)): the file ends after 46 of its 56 bytes" ]
}

@test "bad records: fail, skip, or to a file" {
	run -3 --separate-stderr bash -c "rp-import -q '$F/bad.dbn' >out"
	[[ $stderr = *"record 1 at byte 128: a price is -2^63"* ]]
	run -0 --separate-stderr bash -c \
	    "rp-import --on-error skip '$F/bad.dbn' >out"
	[[ $stderr = *"2 records rejected"* ]]
	[ "$(rp-csv --no-header out | wc -l)" = 1 ]
	rp-check out | grep -i lossy
	rp-import -q --on-error file:rejects --stats-json s.json "$F/bad.dbn" >out
	[ "$(wc -l <rejects)" = 2 ]
	grep -P "record 3 at byte 240: the side is none of A, B and N\t0ea0" \
	    rejects
	[ "$(jq .rejected s.json)" = 2 ]
	run -3 rp-import -q --on-error skip --max-errors 1 "$F/bad.dbn" -o no
	[ ! -e no ]
	rp-import -q --on-error skip --max-errors 70% "$F/bad.dbn" -o yes
	[ -e yes ]
}

@test "what has come is passed on while more is awaited" {
	for file in two.dbn two.dbn.zst; do
		rp-import --no-notes "$F/$file" >want
		rm -f fifo
		mkfifo fifo
		rp-import --no-notes <fifo >out &
		exec 9>fifo
		cat "$F/$file" >&9
		# all but the END, and a MARK in its place
		for ((i = 0; i < 500; i++)); do
			[ "$(stat -c %s out)" -lt $(($(stat -c %s want) - 64)) ] ||
			    break
			sleep 0.02
		done
		[ "$(stat -c %s out)" = $(($(stat -c %s want) - 64)) ]
		exec 9>&-
		wait $!
		[ "$(rp-check --json out | jq -r .sum)" = \
		    "$(rp-check --json want | jq -r .sum)" ]
	done
}

# refused STATUS TEXT: of stdin; one line and no file.
refused() {
	run "-$1" --separate-stderr rp-import -q -o out
	[[ $stderr = "rp-import: <stdin>: "*"$2"* ]]
	[[ $stderr != *$'\n'* ]]
	[ ! -e out ]
}

@test "what is no DBN, or none that we read, is told" {
	refused 3 "empty input" </dev/null
	refused 5 "no format knows it" <<<"hello, world"
	refused 5 "rp stream already" < <(rp-gen -n 10)
	refused 5 "DBZ" < <(printf 'P*M\x18\0\0\0\0DBZ\x01')
	refused 5 "fragment" < <(tail -c 112 "$F/two.dbn")
	refused 5 "DBN version 4" < <(sed '1s/^DBN./DBN\x04/' "$F/two.dbn")
	refused 3 "below the fixed 100" < <(printf 'DBN\x01\x09\0\0\0'; cat "$F/two.dbn")
	refused 3 "zstd" < <(head -c 20 "$F/two.dbn.zst"; head -c 99 /dev/zero)
}

# pack HOW: stdin to stdout.
pack() {
	case $1 in
	gzip) gzip -c ;;
	zstd) zstd -qc ;;
	lz4) lz4 -qc ;;
	lz4-linked) lz4 -qc -B4 -BD -BX --content-size ;;
	esac
}

@test "gzip, zstd and lz4 are unpacked, in one piece or in many" {
	rp-import "$F/two.dbn" | rp-check --json | jq -r .sum >want
	[ -s want ]
	for how in gzip zstd lz4 lz4-linked; do
		pack $how <"$F/two.dbn" | rp-import | rp-check --json |
		    jq -r .sum | diff want -
		split -b 50 "$F/two.dbn" piece.
		for piece in piece.*; do
			pack $how <"$piece"
		done | rp-import | rp-check --json | jq -r .sum | diff want -
	done
}

@test "damage to a packed input: what came before it, then its place" {
	rp-gen --seed 1 -n 30000 | rp-print --json >lines
	for how in gzip zstd lz4; do
		pack $how <lines >packed
		size=$(stat -c %s packed)
		# the last bytes are a checksum, and in gzip a length
		head -c $((size - 8)) packed >bad
		printf '\x01\x02\x03\x04\x05\x06\x07\x08' >>bad
		run -3 --separate-stderr rp-import -o out bad
		[[ $stderr = "rp-import: bad: "*"bad $how data at packed byte "[1-9]* ]]
		[ ! -e out ]
		head -c $((size - 1)) packed >short
		run -3 --separate-stderr rp-import -o out short
		[[ $stderr = *"$how data stops in the middle of a frame, at packed byte "[1-9]* ]]
		cat packed <(echo no more) >longer
		run -3 --separate-stderr rp-import -o out longer
		[[ $stderr = *"$how data"* ]]
		n=$({ rp-import longer 2>/dev/null || true; } |
		    { rp-print --json 2>/dev/null || true; } | wc -l)
		[ "$n" = 30000 ]
	done
}

@test "a bomb takes no more memory than a file" {
	[ -z "${RP_SANITIZER-}" ] || skip "sanitizers take memory"
	head -c 300M /dev/zero | tr '\0' '\n' | gzip -1 >bomb
	[ "$(stat -c %s bomb)" -lt 2000000 ]
	command time -f %M -o kib rp-import --format ndjson -o out bomb
	[ "$(cat kib)" -lt 20000 ]
}

@test "misuse and files that are none" {
	run -2 rp-import --format nonsense "$F/two.dbn"
	run -2 rp-import -j 0 "$F/two.dbn"
	run -1 --separate-stderr rp-import nowhere.dbn -o out
	[[ $stderr = "rp-import: nowhere.dbn: No such file"* ]]
	run -1 --separate-stderr rp-import . -o out
	[[ $stderr = *"is a directory"* ]]
	[ ! -e out ]
	run -1 --separate-stderr bash -c 'rp-import <&-'
	[[ $stderr = *"<stdin>: is closed" ]]
	run -1 bash -c "rp-import '$F/two.dbn' >/dev/full"
	run -1 bash -c "rp-import '$F/two.dbn' >&-"
	rp-import --list-formats | grep '^dbn '
}

@test "real: every schema's test file" {
	ls "$data"/test_data.*.dbn* >/dev/null 2>&1 || skip "no DBN test files"
	for file in "$data"/test_data.*.dbn*; do
		rp-import -q "$file" | rp-check -q
	done
}

@test "real: a day of ES keeps its records and its sum" {
	es=$data/esh4-20231225.mbo.dbn.zst
	[ -e "$es" ] || skip "no ES file"
	rp-import --no-notes "$es" >es.rps
	[ "$(rp-csv --no-header es.rps | wc -l)" = 68792 ]
	rp-csv --no-header -c action es.rps | sort | uniq -c |
	    awk '{ print $2 $1 }' | paste -sd ' ' >out
	echo 'A29216 C17999 F6371 M12233 T2973' | diff - out
	rp-check --sum es.rps | sed -n '/^  sum/,$p' >want
	rp-import "$es" | rp-write es.log
	rp-read es.log | rp-check --sum | sed -n '/^  sum/,$p' | diff want -
}
