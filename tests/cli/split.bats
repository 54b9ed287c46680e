#!/usr/bin/env bats
# shellcheck disable=SC2154 # set by run
#
# rp-split: paths, parts, files that appear together, logs.
bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	rp-gen -n 20k -N 5 --no-notes | rp-write all.log
	rp-read all.log | rp-print --json >all.json
	rp-import --no-notes all.json -o all.rps
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	ALL=$BATS_FILE_TMPDIR/all.rps
	JSON=$BATS_FILE_TMPDIR/all.json
}

sum() {
	rp-check --json "$@" | jq -r .sum
}

# sums FILE...: of all of them together.
sums() {
	rp-cat "$@" | sum
}

lacks() { # PATTERN: no line of stdin has it
	! grep -aq "$1"
}

fails() {
	local want=$1 got=0
	shift
	"$@" >out.txt 2>err.txt || got=$?
	if [ $got != "$want" ] || [ "$(wc -l <err.txt)" != 1 ] ||
	    ! grep -q '^rp-split: ' err.txt; then
		echo "$* -> $got, not $want:"
		cat err.txt
		return 1
	fi
}

# left: what is in the folder but for what tests write themselves.
left() {
	find . -mindepth 1 ! -name out.txt ! -name err.txt ! -name '*.rps'
}

@test "by symbol: each has its own, in order, and all together are the input" {
	rp-split -o '{symbol}.rps' "$ALL"
	for i in 0 1 2 3 4; do
		rp-filter -s SYM000$i "$ALL" | rp-print --json >want
		rp-print --json SYM000$i.rps | cmp - want
	done
	rm want
	[ "$(find . -type f | wc -l)" = 5 ]
	[ "$(sums ./*.rps)" = "$(sum "$ALL")" ]
	rp-merge ./*.rps | rp-print --json | cmp - "$JSON"
}

@test "the parts sum to the input, by any template" {
	rp-cat --codec zstd --frame-records 700 "$ALL" -o in.rps
	for how in "-o {type}/{symbol}.rps" "-o {source}-{date}.rps" \
	    "-o {part}.rps --count 777" "-o {symbol}-{part}.rps --count 30" \
	    "-o {part}/x.rps --size 50k" "-o {symbol}/{part}.rps --time 10ms" \
	    "-o {part} --time 1ms --clock event" "-o all.rps" \
	    "-o {symbol}.rps --codec lz4 -j 2" "-o {symbol} --frame-records 9" \
	    "-o {hour}/{symbol}.rps -S 1Mi --open-files 2"; do
		mkdir d
		# shellcheck disable=SC2086
		(cd d && rp-split $how ../in.rps)
		# shellcheck disable=SC2046
		[ "$(sums $(find d -type f))" = "$(sum "$ALL")" ]
		rm -rf d
	done
}

@test "--count, --size and --time roll where they say" {
	rp-split --count 3000 -o 'c/{part}.rps' "$ALL"
	[ "$(rp-check --json c/*.rps | jq -r .records | tr '\n' ' ')" = \
	    "3000 3000 3000 3000 3000 3000 2000 " ]
	rp-cat c/*.rps | rp-print --json | cmp - "$JSON"
	rp-split --size 100k -o 's/{part}.rps' "$ALL"
	for file in s/*.rps; do
		[ "$(stat -c %s "$file")" -lt 101500 ]
	done
	[ "$(find s -size +97k | wc -l)" -ge 18 ]
	rp-cat s/*.rps | rp-print --json | cmp - "$JSON"
	rp-split --time 10ms -o 't/{part}.rps' "$ALL"
	for file in t/*.rps; do
		rp-print --json "$file" |
		    jq -s 'map(.ts_recv[0:12]) | unique | length'
	done | sort -u | cmp - <(echo 1)
	rp-cat t/*.rps | rp-print --json | cmp - "$JSON"
}

@test "paths: names that are none of a file, and records without" {
	for symbol in A/B ..  .x '%' - 'a b' é ''; do
		[ -z "$symbol" ] && name=null || name="\"$symbol\""
		echo "{\"ts_recv\":\"1\",\"type\":\"trade\",\"symbol\":$name}"
	done | rp-import -o in.rps
	rp-split -o 'd/{symbol}' in.rps
	(cd d && printf '%s\n' * .[!.]*) | LC_ALL=C sort | LC_ALL=C sed '/^\.\[/d' >names
	printf '%s\n' '%25' '%2D' '%2E.' '%2Ex' - 'A%2FB' 'a b' é |
	    LC_ALL=C sort | cmp - names
	rp-split -o '{{{type}}}' in.rps
	[ -f '{trade}' ]
	# keys that run together: what comes to one path is one file
	for pair in 'A BC' 'AB C'; do
		echo "{\"ts_recv\":\"1\",\"type\":\"trade\",\"symbol\":\"${pair% *}\",\"source\":\"${pair#* }\"}"
	done | rp-import -o in.rps
	rp-split -o '{symbol}{source}' in.rps
	[ "$(rp-check --json ABC | jq -r .records)" = 2 ]
}

@test "dates by zone and start of the day" {
	at() {
		echo "{\"ts_recv\":\"$(date -u -d "$1" +%s)000000000\",\"type\":\"trade\",\"symbol\":\"$2\"}"
	}
	{
		at '2024-03-09 22:59:59' a # 16:59:59 in Chicago, a Saturday
		at '2024-03-09 23:00:00' b # 17:00:00
		at '2024-03-10 21:59:59' c # 16:59:59, an hour was skipped
		at '2024-03-10 22:00:00' d # 17:00:00
	} | rp-import -o in.rps
	rp-split -o 'u/{date}/{hour}/{minute}/{symbol}' in.rps
	(cd u && find . -type f | sort) >got
	printf '%s\n' ./2024-03-09/22/59/a ./2024-03-09/23/00/b \
	    ./2024-03-10/21/59/c ./2024-03-10/22/00/d | cmp - got
	rp-split --tz America/Chicago --day-start 17:00 \
	    -o 'c/{date}/{hour}/{symbol}' in.rps
	(cd c && find . -type f | sort) >got
	printf '%s\n' ./2024-03-09/16/a ./2024-03-10/16/c ./2024-03-10/17/b \
	    ./2024-03-11/17/d | cmp - got
	rp-split --tz America/Chicago --day-start 06:00 \
	    -o 's/{year}{month}{day}/{symbol}' in.rps
	[ -f s/20240309/b ]
	[ -f s/20240310/c ]
}

@test "days of real files at once, whole frames undecoded" {
	rp-cat --codec zstd "$ALL" -o in.rps
	rp-split -o '{date}.out' in.rps
	rp-check ./*.out | grep -q 'coding .*zstd'
	rp-check ./*.out | lacks 'coding .*none'
	rp-split -o '{symbol}.out' in.rps
	rp-check SYM0000.out | lacks 'coding .*zstd'
}

@test "misuse" {
	fails 2 rp-split "$ALL"
	fails 2 rp-split -o '{nonsense}' "$ALL"
	grep -q "there is no key {nonsense}" err.txt
	fails 2 rp-split -o '{symbol' "$ALL"
	fails 2 rp-split -o 'symbol}' "$ALL"
	fails 2 rp-split -o '' "$ALL"
	fails 2 rp-split -o '{part}' "$ALL"
	fails 2 rp-split -o 'x' --count 5 "$ALL"
	fails 2 rp-split -o '{part}' --count 5 --existing append "$ALL"
	fails 2 rp-split -o '{date}' --tz Nowhere/None "$ALL"
	fails 2 rp-split -o '{date}' --day-start 25:00 "$ALL"
	fails 2 rp-split -o '{date}' --day-start noon "$ALL"
	fails 2 rp-split -o x -S 1k "$ALL"
	fails 2 rp-split -o x --open-files 0 "$ALL"
	[ -z "$(left)" ]
}

@test "--existing" {
	rp-split -o '{symbol}.rps' "$ALL"
	touch -d 2000-01-01 ./*.rps
	rm SYM0003.rps
	fails 1 rp-split -o '{symbol}.rps' "$ALL"
	grep -q 'SYM000.*.rps: is there already: see --existing' err.txt
	[ ! -e SYM0003.rps ]
	rp-split -o '{symbol}.rps' --existing replace "$ALL"
	[ "$(sums ./*.rps)" = "$(sum "$ALL")" ]
	before=$(sum SYM0000.rps)
	rp-split -o '{symbol}.rps' --existing append "$ALL"
	[ "$(sum SYM0000.rps)" = "$(printf '%016x' $((2 * 0x$before)))" ]
	rp-print --json SYM0000.rps | head -n 3 | cmp - \
	    <(rp-filter -s SYM0000 "$ALL" | rp-print --json | head -n 3)
	# not to what is no whole stream
	truncate -s -8 SYM0001.rps
	cp SYM0001.rps cut
	fails 3 rp-split -o '{symbol}.rps' --existing append "$ALL"
	cmp cut SYM0001.rps
	mkdir SYM0002.dir
	fails 1 rp-split -o '{symbol}.dir' --existing replace "$ALL"
	grep -q 'is no file' err.txt
}

@test "a run that fails leaves nothing" {
	for many in 256 2; do
		head -c 1500000 "$ALL" >cut.rps
		fails 3 rp-split --open-files $many -o 'd/{symbol}/x.rps' cut.rps
		rm cut.rps
		[ -z "$(left)" ]
		fails 1 bash -c "ulimit -f 100; exec rp-split --open-files $many -o 'd/{symbol}/x.rps' $ALL"
		grep -q 'd/SYM0000/x.rps: File too large' err.txt
		[ -z "$(left)" ]
		# nor an interrupted one: the second signal kills
		timeout 20 rp-split -S 1Mi --open-files $many \
		    -o 'd/{symbol}/x.rps' < <(
			head -c 1900000 "$ALL"
			exec sleep 10
		) 3>&- 2>/dev/null &
		split=$!
		sleep 0.5
		kill -TERM $split
		sleep 0.2
		kill -TERM $split 2>/dev/null || true
		wait $split || true
		[ -z "$(find . -type f ! -name '*.txt')" ]
		rm -rf d
	done
}

@test "thousands of files with few open and little memory" {
	rp-gen -n 40k -N 2000 --no-notes -o in.rps
	(
		ulimit -n 64
		rp-split -S 1Mi --open-files 10 -o 'd/{symbol}.rps' in.rps
	)
	symbols=$(rp-csv --no-header -c symbol in.rps | sort -u | wc -l)
	[ "$(find d -type f | wc -l)" = "$symbols" ]
	[ "$symbols" -gt 1500 ]
	[ -z "$(find d -name '.*')" ]
	cat d/*.rps | sum >got
	[ "$(cat got)" = "$(sum in.rps)" ]
	(
		ulimit -n 64
		fails 1 rp-split -o 'e/{symbol}.rps' in.rps
		grep -q 'output files at once need more open files' err.txt
	)
	if [ -z "${RP_SANITIZER-}" ]; then
		cc -O1 -o peak "$RP_TOP/tests/bench/peak.c"
		kib=$(./peak rp-split -S 4Mi --open-files 50 -o 'f/{symbol}' \
		    in.rps 2>&1 >/dev/null | awk 'END { print $1 }')
		echo "$kib KiB"
		[ "$kib" -lt 16384 ]
	fi
}

@test "--log" {
	rp-split --log -o 'logs/{symbol}.log' "$ALL"
	[ "$(find logs -maxdepth 1 -name '*.log' | wc -l)" = 5 ]
	rp-check logs/*.log >/dev/null
	[ "$(rp-read logs/*.log | sum)" = "$(sum "$ALL")" ]
	rp-read logs/SYM0002.log | rp-check | grep -q 'seq  *1 to [0-9]*  dense'
	fails 1 rp-split --log -o 'logs/{symbol}.log' "$ALL"
	grep -q 'SYM0000.log: is there already: see --existing' err.txt
	rp-split --log --existing append -o 'logs/{symbol}.log' "$ALL"
	rp-split --log --existing append -o 'logs/{symbol}-{type}.log' "$ALL"
	[ "$(sum logs/SYM0000.log)" = \
	    "$(printf '%016x' $((2 * 0x$(sum logs/SYM0000-mbo.log))))" ]
	rp-split --log --existing replace --codec zstd -o 'logs/{symbol}.log' \
	    "$ALL"
	[ "$(sum logs/SYM0000.log)" = "$(sum logs/SYM0000-mbo.log)" ]
	rp-check logs/SYM0000.log | grep -q 'coding .*zstd'
	head -c 1500000 "$ALL" >cut.rps
	fails 3 rp-split --log -o 'more/{symbol}.log' cut.rps
	[ ! -e more ]
	fails 3 rp-split --log --existing replace -o 'logs/{symbol}.log' cut.rps
	[ "$(sum logs/SYM0000.log)" = "$(sum logs/SYM0000-mbo.log)" ]
}

@test "notes, THINNED and empty input" {
	rp-gen -n 100 | rp-filter -w 'size > 2' | rp-split -o '{symbol}.rps'
	rp-check SYM0000.rps | grep -q thinned
	for tool in rp-gen rp-filter rp-split; do
		grep -aq "tool=$tool" SYM0000.rps
	done
	rp-gen -n 100 | rp-split --no-notes -o '{symbol}.bare'
	lacks tool= <SYM0000.bare
	rp-gen -n 0 | rp-split -o 'none/{symbol}.rps'
	[ -z "$(find none -type f)" ]
}

@test "ES: by symbol and time, merged it is as before" {
	file=$(ls "${RP_DATA-}"/dbn/esh4*.mbo.dbn.zst 2>/dev/null) ||
	    skip "no real data (RP_DATA)"
	rp-import --no-notes "$file" -o es.rps
	rp-split -o 'd/{symbol}/{date}-{hour}.rps' es.rps
	[ "$(find d -type f | wc -l)" -ge 2 ]
	# shellcheck disable=SC2046
	[ "$(sums $(find d -type f))" = "$(sum es.rps)" ]
	# shellcheck disable=SC2046
	rp-merge $(find d -type f | sort) | rp-print >got
	rp-print es.rps | cmp - got
	rp-split --tz America/Chicago --day-start 17:00 -o 'e/{date}.rps' es.rps
	[ "$(find e -type f)" = e/2023-12-26.rps ] ||
	    [ "$(find e -type f | wc -l)" = 2 ]
}
