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

# Views of which nothing is written at the end, in one output; those of which
# something is have files of their own.
KINDS=(--bbo --emit bbo:every=100 --emit book:5 --emit book:2:every=10ms
    --emit book:all:at=+50ms:at=+90ms --emit level --emit tbbo --emit cbbo
    --emit queue:300 --emit features:mid,ofi,vpin=10,volatility,imbalance=3
    --emit features:mid,event_rate,trade_rate:every=10ms
    --feature 'x = mid - bid_px')

# ends PREFIX: the views that are also written when the input ends.
ends() {
	echo --emit "bars:20ms:$1.time" --emit "bars:volume=500:$1.volume" \
	    --emit "snapshot:$1.snapshot"
}

# whole LOG: a run that is not interrupted.
whole() {
	# shellcheck disable=SC2046 # names without blanks
	rp-read "$1" | rp-book "${KINDS[@]}" $(ends whole) --state-hash \
	    --stats-json whole.stats -o whole.rps 2>whole.hash
	rp-print --json whole.rps >whole.text
}

# goes_on LOG N: one that is, behind the first N records.
goes_on() {
	local end
	rm -f ck
	# shellcheck disable=SC2046
	rp-read -n "$2" "$1" |
	    rp-book "${KINDS[@]}" $(ends first) --checkpoint ck -o first.rps
	# shellcheck disable=SC2046
	rp-read --after ck "$1" | rp-book "${KINDS[@]}" $(ends rest) \
	    --resume ck --state-hash --stats-json rest.stats -o rest.rps \
	    2>rest.hash
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
	anywhere "$F/orders.log" 12000 4
}

@test "the same of levels with faults" {
	anywhere "$F/levels.log" 12000 4
}

@test "the same of several venues" {
	anywhere "$F/venues.log" 9000 2
	rp-print --notes rest.rps | grep -A1 'publisher=3' | grep 'source=v'
}

@test "the same with --on-gap drop and --from-empty" {
	KINDS+=(--on-gap drop --from-empty)
	anywhere "$F/levels.log" 12000 2
	anywhere "$F/orders.log" 12000 1
}

@test "the same of real orders" {
	real dbn/esh4-20231225.mbo.dbn.zst
	rp-import "$RP_DATA/dbn/esh4-20231225.mbo.dbn.zst" | rp-write es.log
	KINDS=(--bbo --emit book:3:every=1m --emit level --emit tbbo
	    --features mid,ofi,vpin=10)
	anywhere es.log 68792 2
	grep ef9749b6ccfd5c28 rest.hash
}

@test "the same of real levels" {
	real binance/usdm-btcusdt-20240808.gz
	rp-import "$RP_DATA/binance/usdm-btcusdt-20240808.gz" |
	    rp-filter -n 100k | rp-write btc.log
	KINDS=(--bbo --emit book:3:every=10s --emit level --emit tbbo
	    --features mid,ofi)
	anywhere btc.log 100000 1
	goes_on btc.log 200
}
