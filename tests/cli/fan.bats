#!/usr/bin/env bats
# shellcheck disable=SC2154,SC2016 # set by run; $ is for the workers' shell
#
# rp-fan: the parts of a stream, workers that fail, outputs merged; rp-read
# --shard.
bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	rp-gen -n 60k -N 40 --no-notes | rp-write all.log
	rp-read all.log -o all.rps
	rp-gen -n 60k -N 1000 --no-notes -o many.rps
	# gap records: one of a symbol, one of none, and a note of no symbol
	rp-gen -n 100 -N 5 --no-notes | rp-print --json >lines
	{
		head -n 50 lines
		jq -c 'if input_line_number == 1 then . else empty end |
		    {type: "gap", ts_recv, source, flags: "", action: "disconnect"}' \
		    lines
		tail -n 50 lines
	} >gap.json
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	ALL=$BATS_FILE_TMPDIR/all.rps
	MANY=$BATS_FILE_TMPDIR/many.rps
	LOG=$BATS_FILE_TMPDIR/all.log
}

sum() {
	rp-check --json "$@" | jq -r .sum
}

# fails STATUS TEXT COMMAND...: rp-fan says one line, that has the text, and
# leaves no process of this test.
fails() {
	local want=$1 text=$2 got=0
	shift 2
	FAN_TEST=$BATS_TEST_TMPDIR "$@" >out 2>err || got=$?
	if [ $got != "$want" ] || [ "$(grep -c '^rp-fan: ' err)" != 1 ] ||
	    ! grep '^rp-fan: ' err | grep -qF -- "$text"; then
		echo "$* -> $got, not $want with '$text':"
		cat err
		return 1
	fi
	run ! grep -slz "^FAN_TEST=$BATS_TEST_TMPDIR$" /proc/[0-9]*/environ
}

@test "each symbol is in one part, in order, and the parts sum to the input" {
	for how in "-j1" "-j2" "-j3" "-j7" "-j4 --by source"; do
		rm -f ./*.rps
		# shellcheck disable=SC2086
		rp-fan $how 'rp-cat -o {worker}-{workers}.rps' "$ALL"
		rp-cat ./*.rps | sum | grep "$(sum "$ALL")"
	done
	rm -f ./*.rps
	rp-fan -j4 'rp-cat -o {worker}.rps' <"$ALL"
	[ "$(find . -name '*.rps' | wc -l)" = 4 ]
	for i in 1 2 3 4; do
		rp-ls --json $i.rps | jq -r '.symbols | keys[]' >>symbols
		rp-check --json $i.rps | jq -e '.ts_back == "0"'
	done
	[ "$(wc -l <symbols)" = 40 ]
	[ "$(sort -u symbols | wc -l)" = 40 ]
	for i in 1 2 3 4; do
		rp-ls --json $i.rps | jq -r '.symbols | keys[]' >names
		rp-filter -s @names "$ALL" | rp-print --json >want
		rp-print --json $i.rps | cmp - want
	done
}

@test "any field deals, and says that parts are thinned" {
	rp-fan -j3 --by order_id 'rp-cat -o {worker}.rps' "$ALL"
	rp-cat ./*.rps | sum | grep "$(sum "$ALL")"
	rp-check --json 1.rps | jq -e '.end == ["thinned"] and .records != "0"'
	rp-print --json 1.rps | jq -r .order_id | sort -u >one
	rp-print --json 2.rps | jq -r .order_id | sort -u >two
	[ -z "$(comm -12 one two)" ]
}

# by VALUE TEXT: each worker has the records of which the text, as rp-print
# --json and jq make it, goes there by the map.
by() {
	rm -f ./*.part
	rp-fan -j5 --by "$1" 'rp-cat --no-notes -o {worker}.part' many.rps
	rp-cat ./*.part | sum | grep "$(sum many.rps)"
	for i in 1 2 3 4 5; do
		rp-print --json $i.part | jq -r "$2"
	done | sort -u >each
	for i in 1 2 3 4 5; do
		rp-print --json $i.part | jq -r "$2" | sort -u
	done | sort | cmp - each
}

@test "--by: values of several fields, of texts, of numbers" {
	rp-map 'symbol = lower(symbol); source = "b"' "$ALL" | rp-filter -n 5000 |
	    rp-merge - <(rp-filter -n 5000 "$ALL") -o many.rps
	by 'lower(symbol)' '.symbol | ascii_downcase'
	rp-check -q --json 1.part | jq -e '.end | index("thinned") == null'
	by 'replace(upper(symbol), "SYM", "") + "x"' \
	    '.symbol | ascii_upcase | ltrimstr("SYM") + "x"'
	by 'symbol, source' '.symbol + "\t" + .source'
	rp-check -q --json 1.part | jq -e '.end | index("thinned") == null'
	by 'symbol, side' '.symbol + "\t" + .side'
	rp-check -q --json 1.part | jq -e '.end | index("thinned")'
	by 'sequence * 2 + 1' '.sequence | tonumber * 2 + 1'
	by 'price' '.price'
}

@test "--by: the map of a text is that of a name, a tab between two" {
	command -v xxh64sum >/dev/null || skip "no xxhsum"
	rp-fan -j5 --by 'lower(symbol), side' 'rp-cat -o {worker}.rps' "$ALL"
	for i in 1 2 3 4 5; do
		rp-print --json $i.rps | head -n 3000 |
		    jq -r '(.symbol | ascii_downcase) + "\t" + .side' | sort -u |
		    head -n 5 | while read -r text; do
			hash=$(printf %s "$text" | xxhsum -H3 |
			    grep -oE '[0-9a-f]{16}')
			high=$((16#${hash:0:8})) low=$((16#${hash:8}))
			[ $(((high % 5 * (4294967296 % 5) + low) % 5 + 1)) = $i ]
		done
	done
}

@test "--by: venues that write a symbol in other ways have one worker" {
	rp-map 'symbol = replace(symbol, "SYM", "sym-"); source = "other"' \
	    "$ALL" -o other.rps
	rp-fan -j3 --by 'replace(lower(symbol), "-", "")' \
	    'rp-book --from-empty --bbo -o {worker}.rps' "$ALL" other.rps
	for i in 1 2 3; do
		rp-ls --json $i.rps | jq -r '.symbols | keys[] |
		    ascii_downcase | gsub("-"; "")' | sort | uniq -c
	done >names
	[ "$(wc -l <names)" = 40 ]
	awk '$1 != 2 { exit 1 }' names
	# and what they make of it is what one process makes
	rp-book --from-empty --bbo "$ALL" other.rps -o one.rps
	[ "$(rp-cat ./?.rps | sum)" = "$(sum one.rps)" ]
}

@test "--by: what is no value, and records that have none" {
	fails 2 'column 1: "nothing" is neither' rp-fan --by nothing cat "$ALL"
	fails 2 'did you mean "symbol"' rp-fan --by Symbol cat "$ALL"
	fails 2 'column 8: ";"' rp-fan --by 'symbol ; x' cat "$ALL"
	fails 2 'always the same' rp-fan --by '"x"' cat "$ALL"
	fails 2 'this takes texts' rp-fan --by 'upper(price)' cat "$ALL"
	fails 2 'a field, a number or a text' rp-fan --by 'ts_event + 1s' cat "$ALL"
	fails 2 '--balance goes by symbol' rp-fan --by 'lower(symbol)' \
	    --balance x cat "$ALL"
	fails 3 'all.rps: frame 3: --by: a quotient that is not exact' rp-fan \
	    --by 'sequence / 7' 'rp-cat -o {worker}.rps' "$ALL"
	[ -z "$(find . -name '*.rps')" ]
	# no record has a trade_id of those types: the first worker has them
	rp-fan -j3 --by trade_id 'rp-cat -o {worker}.rps' "$ALL"
	rp-filter -w 'trade_id is absent' --count "$ALL" >none
	rp-filter -w 'trade_id is absent' --count 1.rps | cmp - none
}

@test "the map is XXH3 of the name modulo n, everywhere" {
	command -v xxh64sum >/dev/null || skip "no xxhsum"
	rp-fan -j5 'rp-cat -o {worker}.rps' "$ALL"
	for i in 1 2 3 4 5; do
		for name in $(rp-ls --json $i.rps | jq -r '.symbols | keys[]'); do
			hash=$(printf %s "$name" | xxhsum -H3 | grep -oE '[0-9a-f]{16}')
			high=$((16#${hash:0:8})) low=$((16#${hash:8}))
			[ $(((high % 5 * (4294967296 % 5) + low) % 5 + 1)) = $i ]
		done
	done
}

@test "rp-read --shard has the same parts, by as many processes" {
	rp-fan -j4 'rp-cat --no-notes -o fan{worker}.rps' "$ALL"
	pids=()
	for i in 1 2 3 4; do
		rp-read --shard $i/4 "$LOG" -o log$i.rps &
		pids+=($!)
	done
	wait "${pids[@]}"
	for i in 1 2 3 4; do
		rp-read --shard $i/4 "$ALL" | rp-print --json >file
		rp-print --json log$i.rps | cmp - file
		rp-print --json fan$i.rps | cmp - file
	done
	rp-cat log?.rps | sum | grep "$(sum "$ALL")"
	for wrong in 0/4 5/4 4 1/ /2 1/x 1/5000; do
		run -2 rp-read --shard $wrong "$LOG"
	done
}

@test "a gap record of no symbol is in each part, and counted" {
	rp-import "$BATS_FILE_TMPDIR/gap.json" -o in.rps
	[ "$(rp-filter -t gap --count in.rps)" = 1 ]
	rp-fan -j3 --stats-json stats 'rp-cat -o {worker}.rps' in.rps
	for i in 1 2 3; do
		[ "$(rp-filter -t gap --count $i.rps)" = 1 ]
		rp-read --shard $i/3 in.rps | rp-print --json >want
		rp-print --json $i.rps | cmp - want
	done
	jq -e '.counts["to-all"] == 1 and .records_out == .records_in + 2' stats
}

@test "--balance: the largest first, unknown symbols by their hash" {
	rp-ls --json "$ALL" >counts
	rp-fan -j4 --balance counts 'rp-cat -o {worker}.rps' "$ALL"
	rp-cat ./*.rps | sum | grep "$(sum "$ALL")"
	for i in 1 2 3 4; do
		rp-check --json $i.rps | jq -r .records
	done | awk '{ s += $1; if ($1 > m) m = $1 } END { exit m > s * 0.3 }'
	# two lines of other symbols change nothing, nor does an empty list
	echo '{"symbols":{"X":{"records":"5"},"Y":{"records":7}}}' >few
	echo '{"name":"z","symbols":{}}' >>few
	rp-fan -j4 --balance few 'rp-cat -o few{worker}.rps' "$ALL"
	for i in 1 2 3 4; do
		[ "$(sum few$i.rps)" = "$(rp-read --shard $i/4 "$ALL" | sum)" ]
	done
	for wrong in '{}' '{"symbols":3}' '{"symbols":{"X":{}}}' 'x' \
	    '{"symbols":{"X":{"records":-1}}}' '{"symbols":{}'; do
		echo "$wrong" >wrong
		fails 3 'line 1: not what rp-ls' rp-fan --balance wrong cat "$ALL"
	done
	: >wrong
	fails 3 'is empty' rp-fan --balance wrong cat "$ALL"
	fails 1 'nothing-here' rp-fan --balance nothing-here cat "$ALL"
}

@test "results equal those of one process, by symbol" {
	rp-fan -j3 'rp-book --from-empty --bbo | rp-print --json >{worker}' "$ALL"
	rp-book --from-empty --bbo "$ALL" | rp-print --json >one
	[ -s one ]
	for name in $(jq -r .symbol one | sort -u); do
		grep -h "\"symbol\":\"$name\"" one >want
		grep -h "\"symbol\":\"$name\"" 1 2 3 | cmp - want
	done
	[ "$(cat 1 2 3 | wc -l)" = "$(wc -l <one)" ]
}

@test "--merge: what comes back is the input, whoever writes it" {
	rp-print --json "$ALL" | jq -cS . >want
	for how in "-j1" "-j5" "-j5 --by order_id"; do
		# shellcheck disable=SC2086
		rp-fan $how --merge 'rp-cat --frame-records 100' "$ALL" >got.rps
		[ "$(sum got.rps)" = "$(sum "$ALL")" ]
		rp-check --json got.rps | jq -e '.ts_back == "0"'
	done
	rp-fan -j2 --merge -o file.rps rp-cat "$ALL"
	[ "$(sum file.rps)" = "$(sum "$ALL")" ]
	for wrong in "-o x" "-T x"; do
		# shellcheck disable=SC2086
		fails 2 'goes with --merge' rp-fan $wrong cat "$ALL"
	done
	fails 1 'nowhere' rp-fan -T nowhere --merge rp-cat "$ALL"
}

@test "--merge: workers that write nothing, and far more than a pipe holds" {
	rp-gen -n 400k -N 6 --no-notes -o large.rps # 38 MB
	rp-fan -j3 --merge '[ {worker} = 1 ] && exec rp-filter -t trade
	    exec rp-cat' large.rps >got.rps
	rp-fan -j3 'rp-cat -o {worker}.rps' large.rps
	[ "$(sum got.rps)" = "$(rp-cat 2.rps 3.rps | sum)" ]
	# one writes all at its end, the others as they read
	rp-fan -j3 --merge '[ {worker} = 1 ] && exec rp-sort
	    exec rp-cat' large.rps | sum | grep "$(sum large.rps)"
}

@test "--merge: what is no stream fails, and leaves no file" {
	fails 3 'worker 2: ' rp-fan -j2 --merge -o x.rps \
	    '[ {worker} = 1 ] && exec rp-cat; cat >/dev/null; echo text' "$ALL"
	fails 3 'worker 1: its output is empty, and so no rp stream' \
	    rp-fan -j1 --merge -o x.rps 'cat >/dev/null' "$ALL"
	fails 3 'worker 1: its output: truncated: input ends inside frame 0' \
	    rp-fan -j1 --merge -o x.rps 'cat >/dev/null; printf RP' "$ALL"
	fails 1 'worker 1: exit status 4' rp-fan -j1 --merge -o x.rps \
	    'rp-cat; exit 4' "$ALL"
	[ ! -e x.rps ]
}

@test "--merge: a worker that writes no stream is told so, however it ends" {
	for worker in 'rp-csv -t mbo' 'rp-print --json' \
	    'rp-csv -t mbo | cat' 'rp-csv -t mbo; exit 4'; do
		for _ in 1 2 3 4 5; do
			fails 3 'its output: frame 0 at byte 0: this is text, not an rp stream' \
			    rp-fan -j2 --merge -o x.rps "$worker" "$ALL"
		done
	done
	for worker in 'rp-arrow -t mbo' 'rp-arrow -t mbo --stream' \
	    'rp-parquet -t mbo -o {worker}.pq && cat {worker}.pq'; do
		fails 3 'its output: frame 0 at byte 0: wrong magic: not an rp stream' \
		    rp-fan -j2 --merge -o x.rps "$worker" "$ALL"
	done
	[ ! -e x.rps ]
}

@test "a worker that fails fails all, and what others write is not kept" {
	rest='exec rp-cat -o {worker}.rps'
	fails 1 'worker 2: exit status 5: ' rp-fan -j3 \
	    "[ {worker} = 2 ] && exit 5; $rest" "$ALL"
	fails 3 'worker 3: exit status 3: ' rp-fan -j3 \
	    "[ {worker} = 3 ] && exit 3; $rest" "$ALL"
	fails 1 'worker 1: killed by signal 9' rp-fan -j3 \
	    "[ {worker} = 1 ] && kill -9 \$\$; $rest" "$ALL"
	fails 1 'worker 2: stopped reading' rp-fan -j3 \
	    "[ {worker} = 2 ] && exec true; $rest" "$ALL"
	fails 1 'worker 2: stopped reading' rp-fan -j3 \
	    "[ {worker} = 2 ] && exec head -c 1000; $rest" "$ALL"
	fails 1 'exit status 2' rp-fan -j3 'rp-csv --nonsense | cat' "$ALL"
	[ -z "$(find . -name '*.rps')" ]
}

@test "a worker that fails after its input fails all" {
	fails 3 'worker 2: exit status 3' rp-fan -j2 \
	    'cat >/dev/null; [ {worker} = 1 ] || exit 3' "$ALL"
}

@test "a worker that dies while the input pauses is seen at once" {
	mkfifo pipe
	{
		cat "$ALL"
		exec sleep 100
	} >pipe 3>&- &
	fails 1 'worker 1: exit status 7' rp-fan -j2 \
	    '[ {worker} = 2 ] && exec cat; exit 7' pipe
	kill $! || true
}

@test "a worker that never reads holds up all, and goes when another fails" {
	fails 1 'worker 2: exit status 9' rp-fan -j2 \
	    '[ {worker} = 1 ] && exec sleep 1000; exit 9' "$ALL"
}

@test "a truncated input is the failure, not what workers make of it" {
	head -c 200000 "$ALL" >cut.rps
	fails 3 'truncated' rp-fan -j3 'rp-cat -o {worker}.rps' cut.rps
	fails 3 'truncated' rp-fan -j3 --merge -o x.rps rp-cat cut.rps
	[ -z "$(find . -name '?.rps')" ]
}

@test "1,000 symbols, 64 workers" {
	rp-fan -j64 'rp-cat -o {worker}.rps' "$MANY"
	[ "$(find . -name '*.rps' | wc -l)" = 64 ]
	rp-cat ./*.rps | sum | grep "$(sum "$MANY")"
	rp-fan -j64 --merge 'rp-filter -t "*"' "$MANY" | sum |
	    grep "$(sum "$MANY")"
}

@test "the environment, and braces that are the shell's" {
	rp-fan -j2 'cat >/dev/null; echo {worker}/{workers} $RP_WORKER/$RP_WORKERS \
	    {a,b}{worker}' "$ALL" | sort >got
	printf '%s\n' '1/2 1/2 a1 b1' '2/2 2/2 a2 b2' >want
	cmp got want
}

@test "--stats tells of each worker" {
	rp-fan -j2 --stats --stats-json json 'cat >/dev/null' "$ALL" 2>text
	grep -c '^rp-fan  worker [12]  records [0-9]*  bytes [0-9]*  [0-9]* records/s  exit status 0$' \
	    text | grep 2
	jq -e '.counts["records:1"] + .counts["records:2"] == .records_in and
	    .records_out == .records_in and .counts["status:1"] == 0' json
	rp-fan -j2 --stats-json json 'cat >/dev/null; exit {worker}' "$ALL" ||
	    got=$?
	[ "$got" = 1 ]
	jq -e '.counts["status:2"] == 2' json
}

@test "a live stream: what comes is handed on while the next is awaited" {
	mkfifo pipe
	{
		rp-gen -n 100 -N 4 --no-notes | head -c 9000
		: >wrote
		until [ -e seen ]; do sleep 0.05; done
	} >pipe &
	rp-fan -j2 --merge rp-cat pipe >got 2>err &
	until [ -s got ]; do sleep 0.05; done
	: >seen
	wait $! || true
	grep -q truncated err
}
