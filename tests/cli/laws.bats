#!/usr/bin/env bats
# The laws of sums and streams, on generated markets of several seeds.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

sum() {
	rp-check --json "$@" | jq -r .sum
}

# plus SUM SUM : modulo 2^64, as 16 hex digits.
plus() {
	printf '%016x\n' $((0x$1 + 0x$2))
}

market() { # SEED RECORDS
	rp-gen -S "$1" -n "$2" -N $(($1 % 5 + 1))
}

@test "concatenation adds the sums" {
	for seed in 1 2 3; do
		market $seed 3000 >a
		market $((seed + 10)) 5000 >b
		[ "$(cat a b | sum)" = "$(plus "$(sum a)" "$(sum b)")" ]
		[ "$(rp-cat a b | sum)" = "$(plus "$(sum a)" "$(sum b)")" ]
	done
}

@test "what passed and what was rejected are the input" {
	market 4 30k >in
	for where in 'size >= 5' 'action == T' 'side == bid' 'price < 0' \
	    'size > 0 or action == R' 'symbol == "SYM0001"'; do
		rp-filter -w "$where" --reject no in >yes
		[ "$(plus "$(sum yes)" "$(sum no)")" = "$(sum in)" ]
	done
	rp-filter --whole-events -w 'action == T' --reject no in >yes
	[ "$(plus "$(sum yes)" "$(sum no)")" = "$(sum in)" ]
}

@test "symbols part the sum" {
	market 4 30k >in
	total=0000000000000000
	for i in 0 1 2 3 4; do
		total=$(plus "$total" "$(rp-filter -s "SYM000$i" in | sum)")
	done
	[ "$total" = "$(sum in)" ]
}

@test "re-framing and re-coding keep the sum" {
	market 5 20k >in
	want=$(sum in)
	for how in "--frame-records 1" "--frame-records 7" "--frame-size 4Ki" \
	    "--frame-size 4Mi" "--codec lz4" "--codec zstd:1" "--codec zstd:9" \
	    "--layout columns" "--codec lz4 --layout columns -j 2" \
	    "--codec zstd --layout columns --frame-records 100"; do
		# shellcheck disable=SC2086
		rp-cat $how in >out
		[ "$(sum out)" = "$want" ]
		[ "$(rp-cat out | sum)" = "$want" ]
	done
}

@test "a log keeps the sum, whatever its segments" {
	market 6 20k >in
	want=$(sum in)
	for how in "" "--codec none" "--codec zstd:3" "--roll-size 100Ki"; do
		# shellcheck disable=SC2086
		rp-write --replace $how out.log <in
		[ "$(rp-read out.log | sum)" = "$want" ]
		[ "$(cat out.log/*.rps | sum)" = "$want" ]
	done
	[ "$(find out.log -name '*.rps' | wc -l)" -gt 1 ]
}

@test "text to stream to text is the identity" {
	market 7 5000 | rp-cat --no-notes >in
	for numbers in "" --json-numbers; do
		# shellcheck disable=SC2086
		rp-print --json $numbers in >text
		rp-import text >back
		[ "$(sum back)" = "$(sum in)" ]
		# shellcheck disable=SC2086
		rp-print --json $numbers back | cmp - text
	done
}

@test "reading with a seek is reading all and filtering" {
	market 8 100k | rp-write --roll-size 300Ki log
	last=$(rp-read log | rp-csv --no-header -c ts_recv | tail -1)
	from=$((last - 500000000)) to=$((last - 100000000))
	rp-read log | rp-filter --from @$from --to @$to | sum >all
	rp-read --from @$from --to @$to log | sum >seek
	cmp all seek
	rp-read log | rp-filter --seq 40000..60000 | sum >all
	rp-read --seq 40000..60000 log | sum >seek
	cmp all seek
	[ "$(rp-read --seq 40000..60000 log | rp-check --json | jq -r .records)" = 20001 ]
	for what in "-s SYM0001" "-t mbo" "-t trade" "-s SYM000[02] --seq 5..99999"; do
		# shellcheck disable=SC2086
		rp-read log | rp-filter $what | sum >all
		# shellcheck disable=SC2086
		rp-read $what log | sum >seek
		cmp all seek
	done
	rm log/*.rpx
	rp-read --seq 40000..60000 log | sum | cmp - <(rp-read log |
	    rp-filter --seq 40000..60000 | sum)
}

@test "a follower sees exactly what a later reader sees" {
	market 9 10 | rp-write log
	rp-read --follow --until-idle 2s log >followed &
	for i in 1 2 3 4 5; do
		market $i 4000 | rp-write --append --roll-size 100Ki log
	done
	wait $!
	rp-read log >later
	[ "$(sum followed)" = "$(sum later)" ]
	rp-print --json followed | cmp - <(rp-print --json later)
}

# ---- on real data ----

real() {
	ES=$RP_DATA/dbn/esh4-20231225.mbo.dbn.zst
	[ -e "$ES" ] || skip "no real data: $ES"
	rp-import --no-notes "$ES" >es
}

@test "real data: import, store and read keep the sum; so do parts" {
	real
	want=$(sum es)
	rp-import "$ES" | rp-write --roll-size 100k es.log
	[ "$(rp-read es.log | sum)" = "$want" ]
	[ "$(sum es.log)" = "$want" ]
	rp-filter -w 'side == bid and size >= 5' --reject rest es >big
	[ "$(plus "$(sum big)" "$(sum rest)")" = "$want" ]
	for how in "--frame-records 999" "--codec zstd:3 --layout columns" \
	    "--codec lz4 --frame-size 64Ki -j 2"; do
		# shellcheck disable=SC2086
		[ "$(rp-cat $how es | sum)" = "$want" ]
	done
	[ "$(cat es es | sum)" = "$(plus "$want" "$want")" ]
}

@test "real data: text to stream to text is the identity" {
	real
	rp-print --json es >text
	rp-import text >back
	[ "$(sum back)" = "$(sum es)" ]
	rp-print --json back | cmp - text
}

@test "real data: reading with a seek is reading all and filtering" {
	real
	rp-write --frame-records 1000 --roll-size 50k es.log <es
	rp-read es.log >all
	for how in "--from 2023-12-25T23:30 --to 23:45" "--seq 12345..23456" \
	    "-w action==T" "--to 2023-12-25T23:05" "-n 4321" \
	    "--clock event --from 2023-12-25T23:10 --to +1m"; do
		# shellcheck disable=SC2086
		rp-filter $how all | rp-csv -c all >filtered
		# shellcheck disable=SC2086
		rp-read $how es.log | rp-csv -c all | cmp - filtered
		[ "$(wc -l <filtered)" -gt 1 ]
	done
}
