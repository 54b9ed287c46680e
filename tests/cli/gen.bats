#!/usr/bin/env bats
bats_require_minimum_version 1.5.0
# rp-gen: deterministic, counted, and a stream that the other tools take.

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

@test "equal runs give equal bytes" {
	rp-gen -n 20k >a
	rp-gen -n 20k >b
	cmp a b
	rp-gen -n 20k -S 2 >c
	run ! cmp -s a c
}

@test "exactly as many records as asked for" {
	for n in 0 1 2 3 999; do
		rp-gen -n $n --stats-json s.json >/dev/null
		[ "$(jq -r .records_out s.json)" = "$n" ]
	done
}

@test "the stream verifies, whatever its encoding" {
	for how in "none rows" "lz4 columns" "zstd:3 columns" "lz4 rows"; do
		rp-gen -n 20k --codec "${how% *}" --layout "${how#* }" |
		    rp-check --sum | sed -n '/^  sum/,$p' >"${how// /-}"
	done
	[ "$(wc -l <none-rows)" = 10 ]
	cmp none-rows lz4-columns
	cmp none-rows zstd:3-columns
	cmp none-rows lz4-rows
}

@test "symbols are the user's, or numbered" {
	rp-gen -n 1000 -s ES -s NQ | rp-csv -c symbol --no-header | sort -u >out
	printf 'ES\nNQ\n' | cmp - out
	rp-gen -n 1000 -N 3 | rp-csv -c symbol --no-header | sort -u >out
	printf 'SYM0000\nSYM0001\nSYM0002\n' | cmp - out
}

@test "a source is named, or there is none" {
	rp-gen -n 5 --source X | rp-check --json >out
	[ "$(jq -c '.sources | keys' out)" = '["X"]' ]
	rp-gen -n 5 --source '' | rp-check --json >out
	[ "$(jq -c '.sources // {} | keys' out)" = '[]' ]
}

@test "--start and --rate place the events in time" {
	rp-gen -n 1 -N 1 --start 2023-12-25T23:00 --rate 1G |
	    rp-csv -c ts_event --time iso --no-header >out
	grep '^2023-12-25T23:00:00\.00000000' out
}

@test "-o makes a whole file" {
	rp-gen -n 1000 -o m.rps
	rp-check m.rps
	[ "$(ls)" = m.rps ]
}

@test "misuse is one line and status 2" {
	for args in "-N 0" "-N 40000" "--rate 0" "--rate 2G" "--start noon" \
	    "--symbol=" "-s A -s A" "operand" "--codec gzip" "-n x" "--nonsense"; do
		# shellcheck disable=SC2086
		run -2 --separate-stderr rp-gen $args
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" = 1 ]
		[[ $stderr == rp-gen:* ]]
	done
}

@test "a full device and a closed reader end it" {
	run -1 --separate-stderr bash -c 'rp-gen -n 100k >/dev/full'
	[[ $stderr == *"No space left"* ]]
	run -141 --separate-stderr bash -o pipefail -c 'rp-gen | head -c1 >/dev/null'
	[ -z "$stderr" ]
}

# sums ARGS...: records and sum of what rp-gen makes.
sums() {
	rp-gen "$@" | rp-check --json | jq -c '[.records, .sum]'
}

@test "model 1 gives the records that it always gave" {
	[ "$(sums -n 100k)" = '["100000","885f22b09246bde3"]' ]
	[ "$(sums -n 100k -t level --checksum -S 2)" = '["100000","9cf976ff20f7ff64"]' ]
	[ "$(sums -n 100k -t bbo -N 1)" = '["100000","15215a2124f50bbe"]' ]
	[ "$(sums -n 10k -t trade -N 1000)" = '["9999","e5ef569046179d5d"]' ]
	[ "$(sums --duration 1s -t mbo,level -t bbo,trade --snapshots 100ms \
	    --burst 50)" = '["296047","15a10524a07b82ff"]' ]
	[ "$(sums --duration 100ms -t mbo,level,bbo,trade --checksum \
	    --fault lost:1% --fault gap:1% --fault duplicate:1% \
	    --fault late:1% --fault reordered:1% --fault crossed:1% \
	    --fault checksum:1% --fault chain:1% --fault unknown:1% \
	    --fault negative:1%)" = '["28268","ed1100f6e21c797b"]' ]
}

@test "a view alone is what it is beside the others" {
	rp-gen --duration 100ms -t mbo,level,bbo,trade >all
	for view in mbo level bbo trade; do
		rp-gen --duration 100ms -t $view | rp-print --json >alone
		rp-filter -t $view all | rp-print --json | cmp - alone
		[ -s alone ]
	done
}

@test "bursts and faults leave the market as it is" {
	fields=symbol,sequence,action,side,price,size,order_id
	rp-gen -n 20k | rp-csv -c $fields >calm
	rp-gen -n 20k --burst 100 | rp-csv -c $fields | cmp - calm
	rp-gen -n 20k --fault lost:1% | rp-csv -c $fields >faulty
	[ "$(diff calm faulty | grep -c '^>')" = 0 ]
	[ "$(diff calm faulty | grep -c '^<')" -gt 100 ]
}

@test "rp-book verifies every checksum, with and without snapshots" {
	local options
	for options in "" "--snapshots 100ms"; do
		# shellcheck disable=SC2086
		rp-gen -n 50k -N 3 -t level --checksum --source kraken \
		    $options -o g
		want=$(rp-filter -w 'tflags has checksum' g | rp-check --json |
		    jq -r .types.level)
		[ "$want" -gt 40000 ]
		for start in --from-empty --on-gap=fail; do
			run -0 --separate-stderr rp-book --stats-json stats \
			    $start -o /dev/null g
			[ -z "$stderr" ]
			[ "$(jq -r .counts.verified stats)" = "$want" ]
		done
	done
}

@test "checksums are zlib's CRC-32 of the levels that a reader has" {
	rp-gen -n 3000 -N 2 -t level --checksum --snapshots 1ms |
	    rp-print --json | python3 -c '
import json, sys, zlib
books, n = {}, 0
for line in sys.stdin:
    r = json.loads(line)
    book = books.setdefault(r["symbol"], {"bid": {}, "ask": {}})
    price = r["price"] and float(r["price"])
    if r["action"] == "clear":
        book["bid"].clear(), book["ask"].clear()
    elif r["action"] == "set":
        book[r["side"]][price] = (r["price"], r["size"])
    else:
        del book[r["side"]][price]
    if "last" in r["flags"]:
        text = ""
        for side in ("ask", "bid"):
            levels = sorted(book[side].items(), reverse=side == "bid")
            for _, level in levels[:10]:
                for digits in level:
                    text += digits.replace(".", "").lstrip("0")
        assert zlib.crc32(text.encode()) == int(r["checksum"]), (r, text)
        n += 1
assert n > 1000, n
'
}

@test "snapshots come as often as asked for, and only of books" {
	rp-gen --duration 100ms --snapshots 10ms -N 1 -t mbo,level,bbo,trade \
	    >all
	for view in mbo level; do
		n=$(rp-filter --flags snapshot,last -t $view --count all)
		[ "$n" = 9 ] || [ "$n" = 10 ]
	done
	[ "$(rp-filter --flags snapshot -t bbo -t trade --count all)" = 0 ]
}

@test "a fault log says where each fault is" {
	rp-gen -n 20k --fault duplicate:0.5% --fault-log log -o out.rps \
	    --stats-json s.json
	[ "$(jq .counts.fault_duplicate s.json)" = "$(wc -l <log)" ]
	[ "$(wc -l <log)" -gt 50 ]
	# what is at a place is of the event that the log names
	rp-csv --no-header -c symbol,type,sequence,ts_event,ts_recv out.rps |
	    awk -F, 'NR == FNR { at[$1] = $2; next } FNR in at &&
	    at[FNR] != $1 " " $2 " " $3 " " $4 " " $5 { exit 1 }' \
	    <(jq -r '"\(.record),\(.symbol) \(.type) \(.sequence) " +
	    "\(.ts_event) \(.ts_recv)"' log) -
	# once each, the records are those without faults
	rp-gen -n 20k | rp-csv | sort -u >clean
	rp-csv out.rps | sort -u | cmp - clean
}

@test "a fault log appears with the stream, or not at all" {
	run -1 rp-gen -n 100k --fault lost:1% --fault-log log -o /dev/full
	[ ! -e log ]
	rp-gen -n 1000 --fault lost:1% --fault-log log >/dev/null
	[ -s log ]
	rp-gen -n 1 --fault lost:0 --fault-log empty >/dev/null
	[ -e empty ] && [ ! -s empty ]
}

@test "faults and views that make no sense are misuse" {
	for args in "--fault lost" "--fault lost:" "--fault lost:2" \
	    "--fault lost:-1%" "--fault lots:1%" "--fault lost:1%x" \
	    "--fault lost:1% --fault lost:2%" "--fault lost:60% --fault late:0.5" \
	    "--fault :1%" "--fault-log x" "--fault lost:1% --fault-log -" \
	    "--fault lost:1% --fault-log x -o x" "-t book" "-t mbo," "-t ,level" \
	    "--checksum" "-t mbo --checksum" "--burst 0" "--burst 2M" \
	    "--duration x" "--snapshots -1s"; do
		# shellcheck disable=SC2086
		run -2 --separate-stderr rp-gen $args
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" = 1 ]
		[[ $stderr == rp-gen:* ]]
	done
}

@test "in real time it takes its time, and gives the same records" {
	start=$(date +%s%N)
	rp-gen --realtime --duration 200ms --rate 2k --start 2024-01-02T14:30 \
	    --stats-json s.json >live
	[ $(($(date +%s%N) - start)) -ge 190000000 ]
	[ "$(jq '.counts | has("lateness_p50_ns")' s.json)" = true ]
	rp-gen --duration 200ms --rate 2k | rp-check --json | jq .sum >want
	rp-check --json live | jq .sum | cmp - want
}

@test "in real time it starts now, and marks pauses" {
	before=$(date +%s%N)
	rp-gen --realtime --rate 3 --duration 1s -o live.rps
	[ "$(rp-print --frames live.rps | grep -ci mark)" -ge 1 ]
	first=$(rp-csv -c ts_event --no-header live.rps | head -n 1)
	[ "$first" -ge "$before" ]
	rp-check -q live.rps >checked
}

@test "in real time it stops when told, and that is no failure" {
	mkfifo pipe
	rp-gen --realtime --rate 100 >pipe 3>&- &
	made=$!
	exec 5<pipe
	head -c 400 <&5 >part # it has begun
	kill "$made"
	cat <&5 >>part
	exec 5<&-
	wait "$made"
	rp-check --json part >checked
	[ "$(jq -c .end checked)" = '["signal"]' ]
}

@test "the model can be named, and time has an end" {
	cmp <(rp-gen --no-notes -n 100) <(rp-gen --no-notes -n 100 --model 1)
	run -2 rp-gen --model 2
	run -2 rp-gen --start 2262-04-11T23:47:16
	run ! rp-gen -n 1M --start 2262-04-11T23:40 --rate 1 -o late.rps
	[ ! -e late.rps ]
}
