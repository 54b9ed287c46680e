#!/usr/bin/env bats
# shellcheck disable=SC2154 # set by run
#
# rp-sample: each rule's count by its formula, and by a referee in awk or bash
# that reads the CSV; on a made-up market and on real data.
bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	rp-gen -n 20k -N 4 | rp-write -q m.log
	rp-read m.log | rp-cat --frame-records 700 --no-notes -o m.rps
	rp-cat --codec zstd:1 --no-notes m.rps -o packed.rps
	rp-csv m.rps -o m.csv -c seq,ts_recv,symbol,order_id,flags
	if [ -f "${RP_DATA-}/dbn/esh4-20231225.mbo.dbn.zst" ]; then
		rp-import "$RP_DATA/dbn/esh4-20231225.mbo.dbn.zst" |
		    rp-write -q es.log
		rp-read es.log | rp-cat --no-notes -o es.rps
		rp-csv es.rps -o es.csv -c seq,ts_recv,symbol,order_id,flags
	fi
}

setup() {
	F=$BATS_FILE_TMPDIR
	cd "$BATS_TEST_TMPDIR" || return 1
}

sum() {
	rp-check --json "$@" | jq -r .sum
}

# passes CSV RULE...: what passes is the lines of the file "want", by their
# numbers (from 1) among the records of CSV; of plain and of packed frames; the
# rest is what is rejected.
passes() {
	local csv=$1 in stream
	shift
	in=${csv%.csv}
	sed 1d "$csv" | awk 'NR == FNR { want[$1]; next } FNR in want' want - >lines
	for stream in "$in.rps" "${in%/*}/packed.rps"; do
		[ "$in" = "$F/m" ] || [ "$stream" = "$in.rps" ] || continue
		rp-sample "$@" "$stream" -o yes
		rp-csv yes --no-header -c seq,ts_recv,symbol,order_id,flags |
		    cmp - lines
		[ "$(rp-sample "$@" "$stream" --reject no | sum)" = \
		    "$(sum yes)" ]
		[ "$(printf %016x $((0x$(sum yes) + 0x$(sum no))))" = \
		    "$(sum "$stream")" ]
	done
}

# events CSV: the number of the venue event of each record.
events() {
	sed 1d "$1" | awk -F, '{ if (!open || $3 != symbol) n++
		symbol = $3; open = $5 !~ /last/; print n }'
}

# Both markets, one after the other; the real one only where it is.
each_market() {
	"$1" "$F/m.csv"
	if [ -f "$F/es.csv" ]; then
		"$1" "$F/es.csv"
	fi
}

real() {
	[ -f "$F/es.rps" ] || skip "no real data (RP_DATA)"
}

# ---- counted ----

every() {
	sed 1d "$1" | awk 'NR % 10 == 1 { print NR }' >want
	passes "$1" --every 10
	sed 1d "$1" | awk 'NR % 7 == 4 { print NR }' >want
	passes "$1" --every 7 --offset 3
	sed 1d "$1" | awk -F, 'n[$3]++ % 5000 == 0 { print NR }' >want
	passes "$1" --every 5000 --per symbol
	sed 1d "$1" | awk '{ print NR }' >want
	passes "$1" --every 1
	passes "$1" --every 1 --per type
}

@test "every Nth, with an offset, together and by symbol" {
	each_market every
}

@test "every Nth of the ES file: (m - k + n - 1) / n records" {
	real
	for rule in "10 0" "10 9" "7 3" "68792 0" "68792 68791" "100000 7"; do
		read -r n k <<<"$rule"
		[ "$(rp-sample --every "$n" --offset "$k" "$F/es.rps" |
		    rp-filter --count)" = $(((68792 - k + n - 1) / n)) ]
	done
}

head_and_tail() {
	sed 1d "$1" | awk 'NR <= 1234 { print NR }' >want
	passes "$1" --head 1234
	sed 1d "$1" | awk -F, '++n[$3] <= 300 { print NR }' >want
	passes "$1" --head 300 --per symbol
	awk 'END { for (i = NR - 1234; i < NR; i++) print i }' "$1" >want
	passes "$1" --tail 1234
	sed 1d "$1" | tac | awk -F, '++n[$3] <= 300 { print NR }' |
	    awk -v all="$(sed 1d "$1" | wc -l)" '{ print all + 1 - $1 }' |
	    sort -n >want
	passes "$1" --tail 300 --per symbol
	: >want
	passes "$1" --head 0
	passes "$1" --tail 0
	sed 1d "$1" | awk '{ print NR }' >want
	passes "$1" --head 1M
	passes "$1" --tail 1M --per source
}

@test "the first and the last, together and by symbol" {
	each_market head_and_tail
}

@test "head ends early, and lets its reader read no more" {
	[ "$(rp-sample --head 5 "$F/m.rps" | rp-check --json | jq -c .end)" = \
	    '["early"]' ]
	rp-gen -n 100M | rp-sample --head 3 | rp-csv --no-header >three
	[ "$(wc -l <three)" = 3 ]
	# not where the rest is wanted, or others are counted
	for more in "--reject no" "--per symbol"; do
		# shellcheck disable=SC2086
		rp-sample --head 5 $more "$F/m.rps" -o yes
		[[ $(rp-check --json yes | jq -c .end) != *early* ]]
	done
}

# ---- chance ----

# referee WHAT ARGUMENT...: see draws.bash.
referee() {
	bash "$RP_TOP/tests/cli/draws.bash" "$@"
}

@test "each with a probability: the documented generator says which" {
	# p 2^64, rounded down
	referee below 1 20000 0x1999999999999999 >want
	passes "$F/m.csv" -p 0.1
	referee below 1 20000 0xc000000000000000 >want
	passes "$F/m.csv" -p 0.75 -S 1
	referee below 12345 20000 0x00068db8bac710cb >want
	passes "$F/m.csv" -p 1e-4 --seed 12345
	: >want
	passes "$F/m.csv" -p 0
	seq 20000 >want
	passes "$F/m.csv" -p 1
}

@test "a share of the ES file is within four standard deviations" {
	real
	for p in 0.5 0.1 0.01; do
		for seed in 1 2 3; do
			rp-sample -p $p -S $seed "$F/es.rps" | rp-filter --count
		done
	done >counts
	awk '{ p = NR <= 3 ? 0.5 : NR <= 6 ? 0.1 : 0.01
		d = ($1 - 68792 * p) ^ 2
		if (d > 16 * 68792 * p * (1 - p)) bad = 1 }
	    END { exit bad || NR != 9 }' counts
	[ "$(sort -u counts | wc -l)" -gt 6 ]
}

@test "exactly K: algorithm R says which" {
	referee reservoir 7 20000 100 >want
	passes "$F/m.csv" -k 100 -S 7
	[ "$(rp-sample -k 10 --per symbol "$F/m.rps" | rp-csv --no-header -c symbol |
	    sort | uniq -c | awk '{ print $1 }' | uniq | tr -d '\n')" = 10 ]
	seq 20000 >want
	passes "$F/m.csv" -k 1M
	: >want
	passes "$F/m.csv" -k 0
}

@test "exactly K of the ES file, all alike" {
	real
	for k in 1 1000 68791 68792 100k; do
		n=${k/k/000}
		[ "$(rp-sample -k $k "$F/es.rps" | rp-filter --count)" = \
		    $((n < 68792 ? n : 68792)) ]
	done
	# of 2000 draws of half of 8 records each comes about 1000 times
	rp-sample --head 8 "$F/m.rps" -o eight
	for seed in {1..200}; do
		rp-sample -k 4 -S "$seed" eight | rp-csv --no-header -c seq
	done | sort | uniq -c | awk '$1 < 70 || $1 > 130 { bad = 1 }
	    END { exit bad || NR != 8 }'
}

# ---- by key ----

@test "by key, all of a value or none, alike in every stream" {
	rp-sample -p 0.3 --key order_id "$F/m.rps" --reject no -o yes
	rp-csv yes --no-header -c order_id | sort -u >stay
	rp-csv no --no-header -c order_id | sort -u >go
	[ -s stay ]
	[ -s go ]
	[ -z "$(comm -12 stay go)" ]
	awk -v a="$(wc -l <stay)" -v b="$(wc -l <go)" 'BEGIN {
	    p = a / (a + b); exit !(p > 0.25 && p < 0.35) }'
	# in another order of records, with other frames
	rp-filter -w 'side == bid' --reject asks "$F/m.rps" -o bids
	[ "$(sum <(cat asks bids | rp-sample -p 0.3 --key order_id))" = \
	    "$(sum yes)" ]
	# less is part of more
	rp-sample -p 0.2 --key order_id "$F/m.rps" |
	    rp-csv --no-header -c order_id | sort -u >less
	[ -z "$(comm -23 less stay)" ]
	[ "$(wc -l <less)" -lt "$(wc -l <stay)" ]
}

@test "by key, the hash is that of xxhsum" {
	command -v xxhsum >found || skip "no xxhsum(1)"
	for i in {0..19}; do
		hash=$(printf 'SYM%04d' "$i" | xxhsum -H3 |
		    grep -oE '[0-9a-f]{16}')
		[ "${#hash}" = 16 ]
		[[ $hash = [89a-f]* ]] || printf 'SYM%04d\n' "$i"
	done >stay
	rp-gen -n 50k -N 20 -o m
	rp-sample -S 0 -p 0.5 --key symbol m | rp-csv --no-header -c symbol |
	    sort -u | cmp - stay
}

@test "by key of a whole symbol, source or type: frames as they are, not thinned" {
	rp-gen -n 30k -N 20 -o m
	rp-sample -p 0.5 --key symbol m --reject no -o yes
	[ "$(rp-check --json yes | jq -c .end)" = '[]' ]
	rp-csv yes --no-header -c symbol | sort | uniq -c >stay
	rp-csv m --no-header -c symbol | sort | uniq -c >all
	rp-csv no --no-header -c symbol | sort | uniq -c |
	    sort -k 2 - stay | cmp - <(sort -k 2 all)
	# one type and one source: all or nothing
	for key in type source; do
		n=$(rp-sample -p 0.5 --key $key m | rp-filter --count)
		[ "$n" = 0 ] || [ "$n" = 30000 ]
	done
	[ "$(rp-sample -p 0.5 --key order_id m | rp-check --json |
	    jq -c .end)" = '["thinned"]' ]
}

@test "a record without the key passes" {
	cat >json <<-'E'
	{"ts_recv":"1","type":"mbo","symbol":"A","price":"1.5","size":"3"}
	{"ts_recv":"2","type":"gap","count":"3"}
	{"ts_recv":"3","type":"1024","symbol":"B","raw":"00"}
	E
	rp-import json -o in
	[ "$(rp-sample -p 0 --key price in | rp-filter --count)" = 2 ]
	[ "$(rp-sample -p 0 --key symbol in | rp-filter --count)" = 1 ]
	[ "$(rp-sample -p 0 --key type in | rp-filter --count)" = 0 ]
}

# ---- time ----

# of_interval NS KEEP SHIFT [COLUMN]: one record a symbol and interval.
of_interval() {
	sed 1d "$1" | awk -F, -v keep="$3" -v span="$2" -v shift="$4" '
	    { t = substr($2, 1, 10) - shift
		t = int(t / span)
		if (t < last) t = last
		last = t
		at = t "," $3
		if (!(at in first)) first[at] = NR
		end[at] = NR }
	    END { for (at in first) print keep == "first" ? first[at] : end[at] }' |
	    sort -n >want
}

intervals() {
	of_interval "$1" 1 first 0
	passes "$1" -i 1s
	of_interval "$1" 1 last 0
	passes "$1" -i 1s --keep last
	of_interval "$1" 7200 last 1800
	passes "$1" -i 2h --keep last --day-start 00:30
	of_interval "$1" 7200 first 1800
	passes "$1" -i 2h --day-start 00:30
}

@test "one an interval, the first or the last" {
	each_market intervals
}

@test "one an interval of the ES file: as many as there are intervals" {
	real
	for span in 1 60 3600 86400; do
		n=$(sed 1d "$F/es.csv" | awk -F, -v s=$span '
		    { print int(substr($2, 1, 10) / s) }' | sort -u | wc -l)
		for keep in first last; do
			[ "$(rp-sample -i ${span}s --keep $keep "$F/es.rps" |
			    rp-filter --count)" = "$n" ]
		done
	done
}

@test "one an interval of frames that hold one record each" {
	for t in 1 2 3 4; do
		rp-gen -n 1 -s "$([ $t = 1 ] && echo A || echo B)" \
		    --start 2024-01-02T14:30:0$t -o $t
	done
	[ "$(rp-sample -i 1h 1 2 3 4 | rp-csv --no-header -c symbol |
	    tr '\n' ,)" = A,B, ]
}

@test "one an interval by ts_event, when time goes back" {
	for t in 5 15 12 25 3 26; do
		printf '{"ts_recv":"1","type":"mbo","symbol":"A","ts_event":"%d"}\n' $t
	done >json
	echo '{"ts_recv":"2","type":"1024","symbol":"A","raw":"00"}' >>json
	rp-import json -o in
	first=$(rp-sample -i 10ns --clock event in | rp-csv --no-header -c ts_event)
	[ "$first" = $'5\n15\n25' ]
	last=$(rp-sample -i 10ns --clock event --keep last in |
	    rp-print --json | jq -r '.ts_event // "none"')
	[ "$last" = $'5\n12\nnone' ]
	# and before 1970
	for t in -11 -10 -1 0; do
		printf '{"ts_recv":"%d","type":"mbo","symbol":"A"}\n' $t
	done >json
	[ "$(rp-import json | rp-sample -i 10ns |
	    rp-csv --no-header -c ts_recv | tr '\n' ,)" = "-11,-10,0," ]
}

# bucket CSV N SPAN BURST: the numbers of the records that it lets through.
bucket() {
	sed 1d "$1" | cut -d, -f 2 | referee bucket "${@:2}" >want
}

rates() {
	bucket "$1" 100 1000000000 100
	passes "$1" --max-rate 100/s
	bucket "$1" 3 7000000 1
	passes "$1" --max-rate 3/7ms --burst 1
	bucket "$1" 1000 60000000000 20
	passes "$1" --max-rate 1k/m --burst 20
}

@test "at most a rate: what a bucket of tokens lets through" {
	rates "$F/m.csv"
}

@test "at most a rate of the ES file: never more than burst + n t / span" {
	real
	rp-sample --max-rate 10/s --burst 5 "$F/es.rps" |
	    rp-csv --no-header -c ts_recv >stamps
	[ -s stamps ]
	# any 50 in a row take at least 4.5 s, 5 of which come at once
	awk '{ s = substr($1, 1, 10) % 1000000; ns = substr($1, 11)
		t[NR] = s * 1e9 + ns
		if (NR > 50 && t[NR] - t[NR - 50] < 4.4999e9) bad = 1 }
	    END { exit bad }' stamps
	# each symbol has a bucket of its own
	[ "$(rp-sample --max-rate 1/d --per symbol "$F/m.rps" |
	    rp-filter --count)" = 4 ]
}

# ---- whole events ----

whole_events() {
	events "$1" >number
	awk '$1 % 10 == 1 { print NR }' number >want
	passes "$1" --whole-events --every 10
	awk '$1 <= 20 { print NR }' number >want
	passes "$1" --whole-events --head 20
	awk -v last="$(tail -n 1 number)" '$1 > last - 30 { print NR }' number >want
	passes "$1" --whole-events --tail 30
	# as many events as asked for, none in part
	rp-sample --whole-events -k 50 "${1%.csv}.rps" |
	    rp-csv --no-header -c seq >got
	awk 'NR == FNR { want[$1]; next } FNR in want' got number |
	    sort -un >events
	[ "$(wc -l <events)" = 50 ]
	awk 'NR == FNR { want[$1]; next } $1 in want { print FNR }' events number |
	    cmp - got
}

@test "whole events, counted, and drawn" {
	each_market whole_events
}

@test "whole events by key, chance, interval and rate are whole" {
	events "$F/m.csv" >number
	for rule in "-p 0.3" "-p 0.3 --key price" "-i 50ms" \
	    "-i 50ms --keep last" "--max-rate 200/s --burst 1"; do
		# shellcheck disable=SC2086
		rp-sample --whole-events $rule "$F/m.rps" |
		    rp-csv --no-header -c seq >got
		[ -s got ]
		awk 'NR == FNR { want[$1]; next } FNR in want { print $1 }' \
		    got number | sort -un >events
		awk 'NR == FNR { want[$1]; next } $1 in want { print FNR }' \
		    events number | cmp - got
	done
}

# ---- streams ----

@test "what is thinned says so" {
	for rule in "--every 2" "-p 0.5" "-k 10" "-i 1s" "-i 1s --keep last" \
	    "--max-rate 1/s" "--head 3 --per symbol" "--tail 3 --per type"; do
		# shellcheck disable=SC2086
		rp-sample $rule "$F/m.rps" -o yes --reject no
		[[ $(rp-check --json yes | jq -c .end) == *thinned* ]]
		[[ $(rp-check --json no | jq -c .end) == *thinned* ]]
	done
	for rule in "--every 1" "-p 1" "--head 300" "--tail 300"; do
		# shellcheck disable=SC2086
		rp-sample $rule "$F/m.rps" -o yes --reject no
		[[ $(rp-check --json yes no | jq -c .end) != *thinned* ]]
	done
	# what came thinned stays so
	rp-sample --every 2 "$F/m.rps" -o half
	for rule in "--head 300" "--tail 300" "-p 1 --key symbol"; do
		# shellcheck disable=SC2086
		[[ $(rp-sample $rule half | rp-check --json | jq -c .end) == \
		    *thinned* ]]
	done
}

@test "several inputs are one" {
	rp-filter --seq ..12345 "$F/m.rps" -o a
	rp-filter --seq 12346.. "$F/m.rps" -o b
	for rule in "--every 7" "-p 0.2" "-k 100" "-i 1s --keep last" \
	    "--tail 15k" "--whole-events --every 3"; do
		# shellcheck disable=SC2086
		[ "$(rp-sample $rule a b | sum)" = \
		    "$(rp-sample $rule "$F/m.rps" | sum)" ]
	done
}

@test "statistics add up" {
	rp-sample --every 10 "$F/m.rps" -o yes --stats-json stats
	[ "$(jq -c '[.records_in, .records_out, .dropped]' stats)" = \
	    "[20000,2000,18000]" ]
}

@test "an event that is too large to keep is an error" {
	# 100,000 records without a flag
	rp-gen -n 100k -N 1 | rp-print --json | sed 's/"flags":"[^"]*"/"flags":""/' |
	    rp-import -o in -
	run -3 --separate-stderr rp-sample --whole-events --tail 1 in -o out
	[[ $stderr == "rp-sample: a venue event of more than 4194304 bytes"* ]]
	[ ! -e out ]
	[ "$(rp-sample --whole-events --every 2 in | rp-filter --count)" = 100000 ]
}

@test "misuse" {
	for wrong in "" "--every 0" "--every 3 --offset 3" "--offset 1 -p 0.1" \
	    "--every 3 -p 1" "-p 1.5" "-p -0.1" "-p x" "-p 0.1234567890123456789" \
	    "--key symbol --every 2" "-p 0.5 --key non-sense" "-S 3 --every 2" \
	    "--keep last --tail 3" "--max-rate 10" "--max-rate 10/" \
	    "--max-rate 0/s" "--max-rate 10/0s" "--max-rate /s" "--burst 3 -k 1" \
	    "--max-rate 1/s --burst 0" "-i 0" "-i 1s --day-start noon" \
	    "--day-start 17:00 -k 3" "--clock event -k 3" "-p 0.1 --per symbol" \
	    "-k 1 --per nonsense" "--max-rate 18446744073709551615/100w" \
	    "-k 1 --reject -" "-k 1 --reject x -o x"; do
		# shellcheck disable=SC2086
		run -2 --separate-stderr rp-sample $wrong "$F/m.rps"
		[ "${#stderr_lines[@]}" = 1 ]
		[[ $stderr == "rp-sample: "* ]]
		[ -z "$output" ]
	done
	run -2 --separate-stderr rp-sample -p 0.5 --key order_ix "$F/m.rps"
	[[ $stderr == *'did you mean "order_id"?'* ]]
	run -2 --separate-stderr rp-sample -p 0.5 --key nonsense "$F/m.rps" -o x
	[ "$stderr" = "rp-sample: --key: no field named \"nonsense\" (try \
rp-sample --help)" ]
	[ ! -e x ]
}
