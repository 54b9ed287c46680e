#!/usr/bin/env bats
# shellcheck disable=SC2154 # set by run
#
# Checkpoints of rp-book: a run that goes on from one gives what is left of a
# run that was never interrupted, at any point, of any kind of view, on real
# data, too; what a kill leaves; what is refused.
bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	rp-gen -n 12k -N 3 -t mbo,trade --fault gap:0.002 --fault lost:0.001 \
	    --snapshots 40ms | rp-write --frame-records 1000 orders.log
	rp-gen -n 12k -N 3 -t level,trade --fault gap:0.002 --fault lost:0.001 \
	    --snapshots 40ms | rp-write --frame-records 1000 levels.log
	for i in 1 2 3; do
		rp-gen -S $i -n 3k -s X --source "v$i" -o "v$i.rps"
	done
	rp-merge v1.rps v2.rps v3.rps | rp-write venues.log
	cc -shared -fPIC -D_GNU_SOURCE -o kill-at.so \
	    "$RP_TOP/tests/cli/kill-at.c"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	F=$BATS_FILE_TMPDIR
	RANDOM=17
}

# real PATH: skip unless there is such a file of real data.
real() {
	[ -f "${RP_DATA-}/$1" ] || skip "no real data: $1"
}

sum() {
	rp-check --json "$@" | jq -r '.sum // .rec_sum'
}

# Views of which nothing is written at the end, in one output but for those that
# could not be told apart there; those of which something is have files, too.
# shellcheck disable=SC2054 # commas are within them
KINDS=(--bbo --emit bbo:every=100:now.every --emit book:5
    --emit book:2:every=10ms:now.shallow
    --emit book:all:at=+50ms:at=+90ms:now.all --emit level --emit tbbo --emit cbbo
    --queue 1000 --queue 2500
    --emit features:mid,ofi,vpin=10,volatility,imbalance=3
    --emit features:event_rate,trade_rate,trade_sign,trade_imbalance:every=10ms
    --feature 'x = mid - lag(mid)')

# ends PREFIX: the views that are also written when the input ends.
ends() {
	echo --emit "bars:20ms:$1.time" --emit "bars:volume=500:$1.volume" \
	    --emit "snapshot:$1.snapshot"
}

# keep PREFIX: what a run has written beside its main output.
keep() {
	local file
	for file in now.*; do
		[ ! -e "$file" ] || mv "$file" "$1.${file#now.}"
	done
}

# whole LOG: a run that is not interrupted.
whole() {
	# shellcheck disable=SC2046 # names without blanks
	rp-read "$1" | rp-book "${KINDS[@]}" $(ends whole) --state-hash \
	    --stats-json whole.stats -o whole.rps 2>whole.hash
	keep whole
	rp-print --json whole.rps >whole.text
}

# goes_on LOG N: one that is, behind the first N records.
goes_on() {
	local end file
	rm -f ck
	# shellcheck disable=SC2046
	rp-read -n "$2" "$1" |
	    rp-book "${KINDS[@]}" $(ends first) --checkpoint ck -o first.rps
	keep first
	# shellcheck disable=SC2046
	rp-read --after ck "$1" | rp-book "${KINDS[@]}" $(ends rest) \
	    --resume ck --state-hash --stats-json rest.stats -o rest.rps \
	    2>rest.hash
	keep rest
	for file in first.every first.shallow first.all; do
		[ -e "$file" ] || continue
		{ rp-print --json "$file"; rp-print --json "rest${file#first}"; } |
		    cmp - <(rp-print --json "whole${file#first}")
	done
	{ rp-print --json first.rps; rp-print --json rest.rps; } |
	    cmp - whole.text
	[ "$(rp-cat first.rps rest.rps | sum)" = "$(sum whole.rps)" ]
	for end in time volume snapshot; do
		rp-print --json "rest.$end" >rest.text
		rp-print --json "whole.$end" | tail -n "$(wc -l <rest.text)" |
		    cmp - rest.text
	done
	cmp whole.hash rest.hash
	[ "$(jq -c .counts rest.stats)" = "$(jq -c .counts whole.stats)" ]
}

# rest_of LOG: what the checkpoint ck says is left is what is left of the whole.
rest_of() {
	rp-read --after ck "$1" | rp-book "${KINDS[@]}" --resume ck -o rest.rps
	rp-print --json rest.rps >rest.text
	[ -s rest.text ]
	tail -n "$(wc -l <rest.text)" whole.text | cmp - rest.text
}

# seq_of CHECKPOINT: of its last record.
seq_of() {
	od -An -j56 -N8 -tu8 "$1" | tr -d ' '
}

# refused STATUS TEXT COMMAND...: it fails so, with one line that has the text,
# and writes no file.
refused() {
	local got=0
	rm -f none
	"${@:3}" >out 2>err || got=$?
	if [ "$got" != "$1" ] || [ "$(wc -l <err)" != 1 ] ||
	    ! grep -qF -- "$2" err || [ -e none ]; then
		echo "${*:3} -> $got, not $1 with '$2':"
		cat err
		return 1
	fi
}

# segments N: a log of N records and several segments.
segments() {
	rp-gen -n "$1" -N 1 |
	    rp-write --roll-size 64Ki --frame-records 50 --codec none log
	segments=(log/*.rps)
	[ ${#segments[@]} -gt 2 ]
}

# anywhere LOG RECORDS TIMES: at points at random, and at both ends.
anywhere() {
	local i
	whole "$1"
	[ "$(wc -l <whole.text)" -gt 1000 ]
	goes_on "$1" 1
	goes_on "$1" "$2"
	for ((i = 0; i < $3; i++)); do
		goes_on "$1" $(((RANDOM << 15 | RANDOM) % $2 + 1))
	done
}

@test "a run goes on as if it had not ended: orders with faults" {
	anywhere "$F/orders.log" 12000 2
}

@test "the same of levels with faults" {
	anywhere "$F/levels.log" 12000 2
}

@test "the same of several venues" {
	anywhere "$F/venues.log" 9000 1
	rp-print --notes rest.rps | grep -A1 'publisher=3' | grep 'source=v'
}

@test "the same with --on-gap drop and --from-empty" {
	KINDS+=(--on-gap drop --from-empty)
	anywhere "$F/levels.log" 12000 1
}

# row MS SYMBOL FLAGS ACTION SIDE PRICE SIZE: a record of type level.
row() {
	printf '{"type":"level","source":"s","px_exp":-1,"qty_exp":-2,'
	printf '"ts_recv":"%s000000","ts_event":"%s000000","symbol":"%s",' \
	    "$1" "$1" "$2"
	printf '"flags":"%s","action":"%s","side":"%s","price":"%s",' "${@:3:4}"
	printf '"size":"%s"}\n' "$7"
}

@test "the same behind each record, while events are open and a gap came" {
	{
		row 1 A last clear none 0 0
		row 5 A '' set bid 10 1
		row 12 B last clear none 0 0
		row 13 A '' set ask 9 1
		row 13 A last set ask 12 1
		row 14 A last set bid 11 1
		row 21 B last set bid 5 5
		echo '{"type":"gap","ts_recv":"22000000","action":"venue"}'
		row 23 C last set bid 1 1
		row 24 A last set bid 8 1
		row 25 A last clear none 0 0
		row 32 A '' clear none 0 0
		row 32 A last set bid 8 2
		row 33 A last set bid 8 2
		row 34 A last set bid 8 3
	} | rp-import | rp-write log
	KINDS=(--from-empty --on-gap drop --bbo --emit book:2:every=10ms
	    --emit level --emit cbbo)
	whole log
	[ "$(wc -l <whole.text)" -gt 15 ]
	grep -q crossed whole.text
	for n in 2 3 4 6 8 10 12 13; do
		goes_on log "$n"
	done
}

@test "the same of real orders" {
	real dbn/esh4-20231225.mbo.dbn.zst
	rp-import "$RP_DATA/dbn/esh4-20231225.mbo.dbn.zst" | rp-write es.log
	# shellcheck disable=SC2054
	KINDS=(--bbo --emit book:3:every=1m --emit level --emit tbbo
	    --features mid,ofi,vpin=10)
	anywhere es.log 68792 1
	grep ef9749b6ccfd5c28 rest.hash
}

@test "the same of real levels" {
	real binance/usdm-btcusdt-20240808.gz
	rp-import "$RP_DATA/binance/usdm-btcusdt-20240808.gz" |
	    rp-filter -n 100k | rp-write btc.log
	# shellcheck disable=SC2054
	KINDS=(--bbo --emit book:3:every=10s --emit level --emit tbbo
	    --features mid,ofi)
	anywhere btc.log 100000 1
	goes_on btc.log 200
}

@test "checkpoints by records, before the input breaks off" {
	whole "$F/orders.log"
	rp-read "$F/orders.log" >torn
	truncate -s $(($(stat -c %s torn) * 3 / 4)) torn
	for every in 40 777; do
		rm -f ck
		run -3 rp-book "${KINDS[@]}" --checkpoint ck \
		    --checkpoint-every $every --stats-json s -o none torn
		[ ! -e none ]
		rest_of "$F/orders.log"
		# some wait for the event of a snapshot to be over
		n=$(($(seq_of ck) / every))
		[ "$(jq .counts.checkpoints s)" -le $n ]
		[ "$(jq .counts.checkpoints s)" -gt $((n * 8 / 10)) ]
	done
}

@test "checkpoints by time have what is before it, and all of that" {
	rp-gen -n 5k -N 2 | rp-write log
	# views that are due just then, of events before
	KINDS=(--bbo --emit book:2:every=20ms --emit bbo:every=20ms:now.every
	    --emit snapshot:every=20ms)
	whole log
	rp-read log >torn
	truncate -s -20 torn
	run -3 rp-book "${KINDS[@]}" --checkpoint ck --checkpoint-every 20ms \
	    -o none torn
	rest_of log
	# the last record before the last multiple of 20 ms
	rp-read log | rp-csv --no-header -c ts_event,seq -o times
	[ "$(seq_of ck)" = "$(awk -F, '
		{ span = substr($1, 1, length($1) - 6); span -= span % 20 }
		span > last { if (NR > 1) seq = $2 - 1; last = span }
		END { print seq }' times)" ]
	run -3 rp-book "${KINDS[@]}" --checkpoint ck --checkpoint-every 777 \
	    -o none torn
	rest_of log
	# or once the event is over
	[ $(($(seq_of ck) / 777)) = 6 ]
	[ $(($(seq_of ck) % 777)) -lt 5 ]
}

@test "wherever a run is killed or cannot write, a checkpoint is whole" {
	[ -z "${RP_SANITIZER-}" ] || skip "preloading under a sanitizer"
	KINDS=(--bbo)
	whole "$F/venues.log"
	rp-read "$F/venues.log" >in
	rp-read -n 100 "$F/venues.log" |
	    rp-book --bbo --checkpoint old -o out.rps
	for how in KILL_AT FAIL_AT; do
		for ((step = 1; step < 100; step++)); do
			rm -rf d
			mkdir d
			cp old d/ck
			got=0
			env LD_PRELOAD="$F/kill-at.so" $how=$step rp-book --bbo \
			    --checkpoint d/ck --checkpoint-every 3000 in \
			    >out 2>err || got=$?
			[ $got = 0 ] || [ $got = 1 ] || [ $got = 137 ]
			cp d/ck ck
			rest_of "$F/venues.log" || cmp d/ck old
			[ $got != 0 ] || break
			[ $how = KILL_AT ] || [ "$(ls -A d)" = ck ]
			seq_of ck
		done >seqs
		[ $step -gt 6 ]
		# the old one, and each of the new ones
		[ "$(sort -u seqs | wc -l)" -ge 3 ]
	done
}

@test "only what follows is read, and what is reflected is left out" {
	rp-read -n 11k "$F/orders.log" | rp-book --checkpoint ck -o out.rps
	rp-read --after ck "$F/orders.log" --stats-json s -o rest
	[ "$(jq .records_in s)" -lt 2100 ]
	rp-csv -c seq rest | sed -n 2p | grep -qx 11001
	rp-book --resume ck --state-hash -o a.rps rest 2>a
	rp-book --resume ck --state-hash -o b.rps <(rp-read "$F/orders.log") 2>b
	rp-book --resume ck --state-hash -o c.rps "$F"/orders.log/*.rps 2>c
	cmp a b
	cmp a c
	[ "$(sum a.rps)" = "$(sum b.rps)" ]
	# at the end nothing is left
	rp-read "$F/orders.log" | rp-book --checkpoint end -o out.rps
	rp-read --after end "$F/orders.log" |
	    rp-book --resume end --checkpoint end2 --state-hash -o out.rps 2>d
	cmp a d
	cmp end end2
}

@test "a log that grows is gone on with" {
	rp-gen -n 4k -o all.rps
	rp-filter -n 1000 all.rps | rp-write log
	rp-read log | rp-book --checkpoint ck -o a.rps
	for n in 2000 4000; do
		rp-filter -w "seq == 0" -n $n all.rps | rp-sample --tail 1000 |
		    rp-write --append --no-notes log
		rp-read --after ck log |
		    rp-book --resume ck --checkpoint ck --allow-thinned \
			--state-hash -o "b$n.rps" 2>state
	done
	rp-read log | rp-book --allow-thinned --state-hash -o c.rps 2>once
	cmp state once
	[ "$(rp-cat a.rps b2000.rps b4000.rps | sum)" = "$(sum c.rps)" ]
}

@test "a run that began with thinned input goes on to write thinned output" {
	rp-gen -n 500 | rp-sample --every 2 | rp-write log
	rp-gen -S 2 -n 500 | rp-write --append log
	rp-read -n 250 log |
	    rp-book --allow-thinned --checkpoint ck -o out.rps
	rp-read --after ck log >rest
	rp-book -o out.rps rest
	rp-book -o again out.rps
	rp-book --resume ck -o out.rps rest
	refused 3 'left out on purpose' rp-book -o none out.rps
}

@test "what is no place in a log is refused" {
	gen() { rp-gen -n 100 -N 1 "$@"; }
	gen | rp-write log
	gen -S 2 | rp-write other
	rp-read log | rp-book --checkpoint ck -o a.rps
	cp ck kept
	gen >plain
	refused 3 'does not say of which log' \
	    rp-book --checkpoint ck -o none plain
	refused 3 'does not say of which log' \
	    rp-book --resume ck -o none <(rp-read --no-notes log)
	refused 3 'does not say of which log' \
	    rp-book --checkpoint ck -o none <(rp-read log other)
	refused 3 'another log' rp-book --resume ck -o none <(rp-read other)
	refused 3 'another log' rp-read --after ck -o none other
	refused 3 'another log' rp-book --checkpoint ck -o none \
	    log/*.rps other/*.rps
	refused 3 'not in the order of its log' \
	    rp-book --checkpoint ck -o none <(rp-read log | rp-sort -r)
	refused 3 'without a seq' rp-book --checkpoint ck -o none \
	    <(rp-cat <(rp-read -n 10 log) plain)
	cmp ck kept
	# the log lost its end, or its beginning
	rm -r log
	segments 6000
	rp-read log | rp-book --checkpoint ck -o a.rps
	rp-read -n 20 log | rp-book --checkpoint early -o a.rps
	rm "${segments[-1]}"
	refused 3 'before seq 6000' rp-read --after ck -o none log
	rp-gc --keep-segments 1 log >gc
	refused 3 'no longer holds what follows seq 20' \
	    rp-read --after early -o none log
}

@test "what is missing before the input is warned of" {
	segments 6000
	rp-read -n 50 log | rp-book --checkpoint ck -o a.rps
	rp-book --resume ck -o b.rps "${segments[@]:1}" 2>err
	grep -q 'begins with seq [0-9]*, but ck ends with 50: what is' err
	# of a selection nobody can tell
	rp-read -n 50 log | rp-filter -w 'seq != 7' |
	    rp-book --allow-thinned --checkpoint ck -o a.rps
	rp-book --resume ck -o b.rps "${segments[@]:1}" 2>err
	[ ! -s err ]
}

@test "a checkpoint that is none, cut, damaged, of another version or run" {
	rp-gen -n 500 | rp-write log
	rp-read log >in
	rp-book --checkpoint ck -o a.rps in
	both() {
		refused "$1" "$2" rp-book --resume "$3" -o none in
		refused "$1" "$2" rp-read --after "$3" -o none log
	}
	both 1 'No such file' absent
	both 1 'no regular file' .
	both 3 'no checkpoint of rp-book' in
	: >empty
	both 3 'no checkpoint of rp-book' empty
	for n in 10 95 96 $(($(stat -c %s ck) - 1)); do
		head -c "$n" ck >part
		both 3 'cut short' part
	done
	{ cat ck; echo; } >long
	both 3 'bytes behind' long
	# flip FILE OFFSET
	flip() {
		cp ck "$1"
		printf '\377' | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
	}
	flip version 8
	both 5 'version 255' version
	for at in 12 56 72 90 100 1000; do
		flip bad $at
		both 3 'damaged checkpoint' bad
	done
	for other in --emit\ level --on-gap\ drop --from-empty \
	    --emit\ bbo:every=1s; do
		# shellcheck disable=SC2086
		refused 2 "was made with '--emit bbo" \
		    rp-book $other --resume ck -o none in
	done
	# where it is written to may differ
	rp-book --emit bbo:elsewhere --resume ck in
	[ "$(sum elsewhere)" = "$(rp-gen -n 0 | sum)" ]
}

@test "a hash of the state is of what is in the books" {
	hash() { rp-book --state-hash -o out.rps "$@" 2>&1; }
	rp-gen -n 3k -N 4 -o all.rps
	a=$(hash all.rps)
	[[ $a =~ ^state_hash\ [0-9a-f]{16}$ ]]
	[ "$a" = "$(hash --emit level all.rps)" ]
	[ "$a" != "$(hash <(rp-filter -n 2999 all.rps))" ]
	[ "$a" != "$(hash <(rp-map 'symbol = symbol + "x"' all.rps))" ] ||
	    false
	# books of parts add up
	sum=0
	for s in 0 1 2 3; do
		part=$(hash <(rp-filter -s SYM000$s all.rps))
		sum=$((sum + 0x${part#state_hash }))
	done
	[ "$a" = "state_hash $(printf %016x $sum)" ]
	[ "$(hash <(rp-gen -n 0))" = 'state_hash 0000000000000000' ]
}

@test "misuse" {
	rp-gen -n 10 | tee >(rp-write two) | rp-write log
	refused 2 'goes with --checkpoint' rp-book --checkpoint-every 1s
	for t in 0 -1 x 0s; do
		refused 2 "checkpoint-every $t: is neither" \
		    rp-book --checkpoint ck --checkpoint-every $t
	done
	for file in - /dev/null /dev/stdout; do
		refused 2 'a file that is replaced' \
		    rp-book --checkpoint $file -o none log/*.rps
	done
	refused 2 "cannot both go to 'x'" rp-book --checkpoint x -o x
	refused 1 'No such file' rp-book --checkpoint no/such \
	    -o none <(rp-read log)
	refused 2 '--after takes one log' rp-read --after ck log two
	refused 2 '--after takes one log' rp-read --after ck log/*.rps
	refused 2 'two places' rp-read --after ck --name x log
	rp-book --checkpoint ck -o out.rps <(rp-gen -n 0) 2>err
	grep -q 'there is no checkpoint' err
	[ ! -e ck ]
}
