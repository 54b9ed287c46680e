#!/usr/bin/env bats
# shellcheck disable=SC2154 # set by run
#
# rp-sort: any fields, any memory, nothing left behind.
bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	rp-gen -n 20k -N 5 --no-notes | rp-write all.log
	rp-read all.log | rp-print --json >all.json
	rp-import --no-notes all.json -o all.rps
	sort -R --random-source=all.json all.json >mixed.json
	rp-import --no-notes mixed.json -o mixed.rps
}

setup() {
	cd "$BATS_FILE_TMPDIR" || return 1
	WORK=$BATS_TEST_TMPDIR
	export TMPDIR=$WORK
}

sum() {
	rp-check --json "$@" | jq -r .sum
}

# same_as FILE.json: what comes on stdin are these records in this order.
same_as() {
	rp-print --json | cmp - "$1"
}

fails() {
	local want=$1 got=0
	shift
	"$@" >"$WORK/out" 2>"$WORK/err" || got=$?
	if [ $got != "$want" ] || [ "$(wc -l <"$WORK/err")" != 1 ] ||
	    ! grep -q '^rp-sort: ' "$WORK/err"; then
		echo "$* -> $got, not $want:"
		cat "$WORK/err"
		return 1
	fi
}

# stable JQ-KEY: mixed.json in the order of python's sort, which is stable, by
# a tuple of the record d.
stable() {
	python3 - "$@" <<'PYTHON'
import json, sys
from decimal import Decimal

def number(v):
    return (1, 0) if v is None else (0, Decimal(v))

def text(v):
    return (1, b'') if v is None else (0, v.encode())

with open('mixed.json') as f:
    lines = f.readlines()
key = eval('lambda d: ' + sys.argv[1])
lines.sort(key=lambda line: key(json.loads(line)), reverse=len(sys.argv) > 2)
sys.stdout.writelines(lines)
PYTHON
}

@test "by time and seq, with any memory" {
	for memory in 64Mi 1Mi 256Ki 64Ki; do
		rp-sort -S $memory mixed.rps -o "$WORK/out.rps"
		same_as all.json <"$WORK/out.rps"
		[ "$(sum "$WORK/out.rps")" = "$(sum mixed.rps)" ]
	done
	rp-sort -S 64Ki --stats mixed.rps 2>&1 >/dev/null |
	    grep -q 'runs [1-9][0-9]*  rounds [1-9]'
	rp-sort <mixed.rps | same_as all.json
	rp-sort -S 64Ki --codec zstd -j 2 mixed.rps | same_as all.json
	rp-sort -S 64Ki --frame-records 10 mixed.rps | same_as all.json
}

@test "by fields of every kind, stable, against Python" {
	while IFS='|' read -r fields key; do
		stable "$key" >"$WORK/want"
		rp-sort -k "$fields" mixed.rps | same_as "$WORK/want"
		rp-sort -S 64Ki -k "$fields" mixed.rps | same_as "$WORK/want"
	done <<-'KEYS'
		symbol|text(d["symbol"])
		symbol,seq|(text(d["symbol"]), int(d["seq"]))
		price|number(d["price"])
		size,price|(number(d["size"]), number(d["price"]))
		sequence|int(d["sequence"])
		ts_event,symbol|(int(d["ts_event"]), text(d["symbol"]))
		action|ord(d["action"])
		side,order_id|(["none", "bid", "ask"].index(d["side"]), int(d["order_id"]))
		type|0
	KEYS
}

@test "-r: the other way round, and equal records in their order" {
	for memory in 64Mi 64Ki; do
		stable 'number(d["price"])' reverse >"$WORK/want"
		rp-sort -S $memory -r -k price mixed.rps | same_as "$WORK/want"
		stable 'text(d["symbol"])' reverse >"$WORK/want"
		rp-sort -S $memory -rk symbol mixed.rps | same_as "$WORK/want"
		stable '(int(d["ts_recv"]), int(d["seq"]))' reverse >"$WORK/want"
		rp-sort -S $memory -r mixed.rps | same_as "$WORK/want"
	done
}

@test "decimals compare exactly, whatever their digits" {
	n=0
	for price in 1.5 1.50 1.4999999999999999 -3 -3.000000000000000001 0 \
	    9223372036854775807 92233720368547758.07 1e18 null 0.000000001 \
	    0.0000000011 -0.000000001; do
		[ $price = null ] || price="\"$price\""
		: $((n += 1))
		echo "{\"ts_recv\":\"$n\",\"type\":\"trade\",\"price\":$price}"
	done | rp-import -o "$WORK/in.rps"
	rp-sort -k price "$WORK/in.rps" | rp-print --json | jq -r .ts_recv |
	    tr '\n' ' ' >"$WORK/got"
	[ "$(cat "$WORK/got")" = "5 4 13 6 11 12 3 1 2 8 9 7 10 " ]
}

@test "types that lack a field come last, -r first" {
	{
		echo '{"ts_recv":"1","type":"status"}'
		echo '{"ts_recv":"2","type":"trade","price":"7","symbol":"B"}'
		echo '{"ts_recv":"3","type":"mbo","price":"6.5"}'
		echo '{"ts_recv":"4","type":"trade","symbol":"A"}'
	} | rp-import -o "$WORK/in.rps"
	order() {
		rp-sort "$@" "$WORK/in.rps" | rp-print --json | jq -r .ts_recv |
		    tr -d '\n'
	}
	[ "$(order -k price)" = 3214 ]
	[ "$(order -rk price)" = 1423 ]
	[ "$(order -k symbol)" = 4213 ]
	[ "$(order -k price,symbol)" = 3241 ]
	[ "$(order -k type,ts_recv)" = 3124 ]
}

@test "what is in order passes as it is" {
	rp-gen -n 30k -N 2 --no-notes | rp-cat --codec zstd --frame-records 1000 \
	    -o "$WORK/in.rps"
	rp-sort -S 1Mi "$WORK/in.rps" -o "$WORK/out.rps" --stats 2>&1 |
	    grep -q 'runs 1  rounds 0'
	rp-print --json "$WORK/in.rps" >"$WORK/want"
	same_as "$WORK/want" <"$WORK/out.rps"
	rp-check "$WORK/out.rps" | grep -Eq 'coding .*zstd columns 1[0-9]|coding .*zstd columns 2[0-9]'
	# a record at the end that belongs to the front
	head -n 1 "$WORK/want" | jq -c '.ts_recv = "1"' >"$WORK/both"
	rp-import "$WORK/both" -o "$WORK/first.rps"
	cat "$WORK/want" >>"$WORK/both"
	rp-sort -S 1Mi "$WORK/in.rps" "$WORK/first.rps" -o "$WORK/out.rps"
	same_as "$WORK/both" <"$WORK/out.rps"
}

@test "--check" {
	rp-sort --check all.rps
	rp-sort --check -k seq <all.rps
	fails 1 rp-sort --check mixed.rps
	grep -q 'not in order: record [0-9]* of frame [0-9]* of mixed.rps' "$WORK/err"
	fails 1 rp-sort --check -r all.rps
	rp-sort -k symbol,price -r mixed.rps | rp-sort --check -r -k symbol,price
	rp-sort -k symbol mixed.rps | rp-cat --frame-records 1 |
	    rp-sort --check -k symbol
	fails 1 rp-sort --check all.rps all.rps
	fails 2 rp-sort --check -o x all.rps
	# as the order of rp-sort is that of --check, also for equal records
	rp-cat all.rps all.rps | rp-sort | rp-sort --check
}

@test "misuse" {
	fails 2 rp-sort -k nonsense all.rps
	grep -q "no record has a field 'nonsense'" "$WORK/err"
	fails 2 rp-sort -k non-sense all.rps
	grep -q "no record type has a field 'non-sense'" "$WORK/err"
	fails 2 rp-sort -k price, all.rps
	fails 2 rp-sort -S 1k all.rps
	fails 1 rp-sort -S 64Ki -T /nonexistent mixed.rps
}

@test "an output may be the input" {
	cp mixed.rps "$WORK/it.rps"
	rp-sort -S 64Ki "$WORK/it.rps" -o "$WORK/it.rps"
	same_as all.json <"$WORK/it.rps"
}

@test "input cut short: nothing is written" {
	head -c 900000 mixed.rps >"$WORK/cut.rps"
	fails 3 rp-sort -S 64Ki "$WORK/cut.rps" -o "$WORK/out.rps"
	[ ! -e "$WORK/out.rps" ]
	fails 3 rp-sort -S 64Ki "$WORK/cut.rps"
	rp-check "$WORK/out" 2>&1 | grep -q 'gave up'
}

@test "nothing is left, whatever ends it" {
	mkdir "$WORK/tmp"
	fails 1 bash -c "ulimit -f 12; exec rp-sort -S 64Ki -T $WORK/tmp mixed.rps"
	grep -q 'temporary file in .*/tmp: File too large' "$WORK/err"
	[ -z "$(ls -A "$WORK/tmp")" ]
	mkfifo "$WORK/fifo"
	rp-sort -S 64Ki -T "$WORK/tmp" <"$WORK/fifo" >/dev/null 2>&1 3>&- &
	sort=$!
	exec {to}>"$WORK/fifo"
	cat mixed.rps >&"$to"
	sleep 0.5
	kill -9 "$sort"
	exec {to}>&-
	wait "$sort" || true
	[ -z "$(ls -A "$WORK/tmp")" ]
}

@test "THINNED goes on" {
	rp-filter -w 'size > 2' mixed.rps | rp-sort -S 64Ki | rp-check |
	    grep -q thinned
	rp-filter -w 'size > 2' all.rps | rp-sort | rp-check | grep -q thinned
}

@test "memory is bounded" {
	[ -z "${RP_SANITIZER-}" ] || skip "memory is bounded without sanitizers"
	rp-gen -n 300k -N 20 -o "$WORK/in.rps"
	cc -O1 -o "$WORK/peak" "$RP_TOP/tests/bench/peak.c"
	kib=$("$WORK/peak" rp-sort -S 4Mi -k price "$WORK/in.rps" 2>&1 \
	    >/dev/null | awk 'END { print $1 }')
	echo "$kib KiB"
	[ "$kib" -lt 16384 ]
}

@test "ES: by order id and back" {
	file=$(ls "${RP_DATA-}"/dbn/esh4*.mbo.dbn.zst 2>/dev/null) ||
	    skip "no real data (RP_DATA)"
	rp-import --no-notes "$file" | rp-write "$WORK/es.log"
	rp-read --no-notes "$WORK/es.log" -o "$WORK/es.rps"
	rp-sort -S 1Mi -k order_id,price "$WORK/es.rps" -o "$WORK/by.rps"
	[ "$(sum "$WORK/by.rps")" = "$(sum "$WORK/es.rps")" ]
	rp-csv --no-header -c order_id,price "$WORK/by.rps" >"$WORK/by.csv"
	sort -t, -k1,1n -k2,2g "$WORK/by.csv" | cmp - "$WORK/by.csv"
	[ "$(rp-sort -S 1Mi "$WORK/by.rps" | rp-print | md5sum)" = \
	    "$(rp-print "$WORK/es.rps" | md5sum)" ]
}
