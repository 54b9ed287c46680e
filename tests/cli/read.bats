#!/usr/bin/env bats
# shellcheck disable=SC2154 # set by run
#
# rp-read: what it selects, from where, for how long.
bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	rp-gen -n 20k -N 3 -o a.rps
	rp-write --frame-records 1000 --roll-size 60k a.log <a.rps
	rp-read a.log -o all.rps
	rp-csv --no-header -c seq,ts_recv,ts_event,symbol,action,size all.rps \
	    >all.csv
}

setup() {
	LOG=$BATS_FILE_TMPDIR/a.log
	ALL=$BATS_FILE_TMPDIR/all.rps
	CSV=$BATS_FILE_TMPDIR/all.csv
	cd "$BATS_TEST_TMPDIR" || return 1
}

# rows OPTION...: what rp-read gives, as lines.
rows() {
	rp-read "$@" | rp-csv --no-header -c seq,ts_recv,ts_event,symbol,action,size
}

# same OPTION... : as from the log, so from its stream, and filtered.
same() {
	rows "$@" "$LOG" >seek
	rows "$@" "$ALL" | cmp - seek
	rp-filter "$@" "$ALL" | rp-csv --no-header \
	    -c seq,ts_recv,ts_event,symbol,action,size | cmp - seek
}

fails() {
	local want=$1 got=0
	shift
	"$@" >out 2>err || got=$?
	if [ $got != "$want" ] || [ "$(wc -l <err)" != 1 ] ||
	    ! grep -q '^rp-read: ' err; then
		echo "$* -> $got, not $want:"
		cat err
		return 1
	fi
}

@test "a log, its segments, stream files, stdin" {
	rows "$LOG" | cmp - "$CSV"
	rows "$LOG"/*.rps | cmp - "$CSV"
	rows <"$ALL" | cmp - "$CSV"
	rows - <"$ALL" | cmp - "$CSV"
	cat "$LOG"/*.rps | rows | cmp - "$CSV"
	[ "$(rows "$ALL" "$ALL" | wc -l)" = 40000 ]
	fails 1 rp-read nothing-here
	mkdir dir
	fails 3 rp-read dir
	grep 'not a log' err
}

@test "--seq" {
	for range in 1..1 1..20000 5000..5999 5001..6000 19999..99999 7..7 \
	    ..100 19000..; do
		same --seq "$range"
		[ -s seek ]
	done
	awk -F, '$1 >= 5001 && $1 <= 6500' "$CSV" >want
	rows --seq 5001..6500 "$LOG" | cmp - want
	same --seq 20001..30000
	[ ! -s seek ]
	for wrong in 5..4 x..y .. -1..2; do
		fails 2 rp-read --seq "$wrong" "$LOG"
	done
}

@test "--from and --to, --clock" {
	first=$(head -n 1 "$CSV" | cut -d, -f 2)
	last=$(tail -n 1 "$CSV" | cut -d, -f 2)
	middle=$(((first + last) / 2))
	same --from @$middle
	awk -F, -v t=${middle:5} 'substr($2, 6) + 0 >= t + 0' "$CSV" | cmp - seek
	same --to @$middle
	awk -F, -v t=${middle:5} 'substr($2, 6) + 0 < t + 0' "$CSV" | cmp - seek
	same --from @$middle --to @$((middle + 1000000))
	[ -s seek ]
	same --from @$((last + 1))
	[ ! -s seek ]
	same --from "@$first" --to @$((first + 1))
	[ "$(wc -l <seek)" = 1 ]
	fails 2 rp-read --from "@$first" --to "@$first" "$LOG"
	same --clock event --from @$middle --to @$((middle + 5000000))
	same --from 14:30:00.05 --to +20ms
	[ -s seek ]
	same --from 2024-01-02T15:30:00.05 --tz Europe/Paris
	[ -s seek ]
	fails 2 rp-read --from yesterweek "$LOG"
}

@test "-s, -t, --source, --flags, -w and -n" {
	same -s SYM0001
	[ "$(cut -d, -f 4 seek | sort -u)" = SYM0001 ]
	same -s 'SYM000[02]' --seq 100..15000
	printf 'SYM0002\nSYM0000\n' >names
	same -s @names
	same -t mbo
	same -t trade
	[ ! -s seek ]
	same --source gen
	same --source none
	same --flags last
	same --flags '!last'
	same -w 'size >= 5 and side == bid'
	same -w 'size >= 5' -s SYM0001 --seq 300..9000
	for n in 0 1 999 1000 1001 19999 20000 30000; do
		rows -n $n "$LOG" | cmp - <(head -n $n "$CSV")
		rows -n $n "$ALL" | cmp - <(head -n $n "$CSV")
	done
	rows -n 7 -w 'action == C' "$LOG" |
	    cmp - <(awk -F, '$5 == "C"' "$CSV" | head -n 7)
	fails 2 rp-read -w 'size >>> 5' "$LOG"
	fails 2 rp-read -t nonsense "$LOG"
}

@test "what is cut off early says EARLY, what is thinned THINNED" {
	rp-read -n 5 "$LOG" | rp-check | grep '^  end  *early'
	rp-read -w 'size > 2' "$LOG" | rp-check | grep '^  end  *thinned'
	rp-read "$LOG" | rp-check >out
	run -1 grep '^  end .*\(early\|thinned\)' out
	rp-read -s SYM0001 "$LOG" | rp-check >out
	run -1 grep '^  end .*thinned' out
}

@test "frames pass undecoded, and verified" {
	mkdir copy
	cp "$LOG"/* copy/
	all=(copy/*.rps)
	segment=${all[1]}
	printf '\377' | dd of="$segment" bs=1 seek=9000 conv=notrunc \
	    status=none
	run -3 --separate-stderr rp-read copy -o out.rps
	[[ $stderr == *"$segment: frame "*"checksum mismatch in the body" ]]
	[ ! -e out.rps ]
	# what is not wanted is not even read
	rows --seq 1..10 copy | cmp - <(head -n 10 "$CSV")
}

@test "without indexes, with stale ones: the same" {
	cp -r "$LOG" copy
	rm copy/*.rpx
	for how in "--seq 5000..5500" "-s SYM0002" "-n 10"; do
		# shellcheck disable=SC2086
		rows $how copy | cmp - <(rows $how "$LOG")
	done
	[ -z "$(find copy -name '*.rpx')" ] # reading makes none
	for segment in copy/*.rps; do
		cp "$LOG/00000000000000000001.rpx" "${segment%.rps}.rpx"
	done
	rows --seq 5000..5500 copy | cmp - <(rows --seq 5000..5500 "$LOG")
	for index in copy/*.rpx; do
		head -c 200 /dev/urandom >"$index"
	done
	rows --seq 5000..5500 copy | cmp - <(rows --seq 5000..5500 "$LOG")
}

@test "--name starts behind what a sink has confirmed" {
	cp -r "$LOG" log
	rows --name me log | cmp - "$CSV"
	rp-read --name me --seq ..3000 log | rp-csv --confirm log:me -o 1.csv
	rows --name me log | cmp - <(tail -n +3001 "$CSV")
	rows --name me -n 500 log | cmp - <(sed -n '3001,3500p' "$CSV")
	rows --name me -s SYM0001 log |
	    cmp - <(tail -n +3001 "$CSV" | awk -F, '$4 == "SYM0001"')
	rp-read --name me log | rp-csv --confirm log:me -o 2.csv
	[ -z "$(rows --name me log)" ]
	rp-write --append log <"$BATS_FILE_TMPDIR/a.rps"
	[ "$(rows --name me log | wc -l)" = 20000 ]
	fails 2 rp-read --name ../me log
	fails 2 rp-read --name me "$ALL"
}

@test "--follow: as it is written, over rolls, to the end" {
	rp-write log <"$BATS_FILE_TMPDIR/a.rps"
	rp-read --follow --until-idle 1s log -o followed.rps &
	for i in 1 2 3; do
		rp-gen -S $i -n 3000 | rp-write --append --roll-size 30k log
	done
	wait $!
	rp-read log | rp-print --json >later
	rp-print --json followed.rps | cmp - later
	[ "$(wc -l <later)" = 29000 ]
}

@test "--follow --from now: only what is new" {
	rp-write log <"$BATS_FILE_TMPDIR/a.rps"
	rp-read --follow --from now --until-idle 2s log -o followed.rps &
	sleep 0.5
	rp-gen -S 1 -n 300 | rp-write --append log
	wait $!
	rows followed.rps | cmp - <(rows --seq 20001.. log)
	[ "$(rows followed.rps | wc -l)" = 300 ]
}

@test "--follow waits for a log that has nothing yet, and selects" {
	mkdir log
	rp-read --follow --until-idle 2s -s SYM0001 log -o followed.rps &
	sleep 0.3
	rp-gen -N 3 -n 3000 | rp-write log
	wait $!
	rows followed.rps | cmp - <(rows -s SYM0001 log)
	[ "$(rows followed.rps | wc -l)" -gt 100 ]
}

@test "--follow -n ends by itself" {
	rp-write log <"$BATS_FILE_TMPDIR/a.rps"
	rows --follow -n 123 log | cmp - <(head -n 123 "$CSV")
}

@test "--follow: INT and TERM mean stop here" {
	rp-write log <"$BATS_FILE_TMPDIR/a.rps"
	for signal in INT TERM; do
		mkfifo pipe
		rp-check --json <pipe >checked &
		check=$!
		# a job of an interactive shell heeds INT
		python3 -c 'import signal, os, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])' rp-read --follow log >pipe &
		pid=$!
		until grep -qx rp-read /proc/$pid/comm; do sleep 0.05; done
		sleep 0.4
		kill -$signal $pid
		wait $pid
		wait $check
		[ "$(jq -r .records checked)" = 20000 ]
		jq -e '.end | index("signal")' checked
		rm pipe
	done
}

@test "--follow does not burn the processor" {
	rp-write log <"$BATS_FILE_TMPDIR/a.rps"
	mkfifo pipe
	rp-print --json <pipe >seen &
	reader=$!
	rp-read --follow --from now --until-idle 1500ms log >pipe &
	pid=$!
	sleep 1
	ticks=$(awk '{ print $14 + $15 }' /proc/$pid/stat)
	[ "$ticks" -lt 20 ] # of 100 a second
	wait $pid $reader
}

@test "a log that is being written is read up to its last whole frame" {
	mkfifo pipe
	rp-write --frame-time 10ms log <pipe &
	pid=$!
	exec {fd}>pipe
	head -c 500000 "$ALL" >&$fd
	for _ in $(seq 50); do
		[ "$(rows log 2>err | wc -l)" = 0 ] || break
		sleep 0.1
	done
	rows log >early
	[ -s early ]
	cmp early <(head -n "$(wc -l <early)" "$CSV")
	tail -c +500001 "$ALL" >&$fd
	exec {fd}>&-
	wait $pid
	rows log | cmp - "$CSV"
}

@test "--stats, -o and --no-notes" {
	rp-read --stats-json stats --seq 100..199 "$LOG" -o some.rps
	[ "$(jq -r .records_out stats)" = 100 ]
	[ "$(rp-check --json some.rps | jq -r .records)" = 100 ]
	run -1 grep tool= <(rp-read --no-notes "$LOG" | rp-print --notes)
	rp-read "$LOG" | rp-print --notes | grep tool=rp-read
}

# ---- many logs ----

# make_tree: root/VENUE/SYMBOL/DATE, of two venues and three days.
make_tree() {
	local venue day
	for venue in 1 2; do
		for day in 1 2 3; do
			mkdir -p root/v$venue/ES
			rp-gen -n 5000 -N 2 --seed $venue$day \
			    --start 2024-01-0${day}T10:00 |
			    rp-write --frame-records 700 \
			    root/v$venue/ES/2024-01-0$day
		done
	done
	rp-gen -n 5000 --seed 9 --start 2024-01-02T10:00 | rp-write root/NQ
}

# table: a stream's records, without the numbers that differ by log.
table() {
	rp-csv --no-header -c ts_recv,symbol,order_id,action,price,size
}

@test "logs by globs and directories, merged by time" {
	make_tree
	find root -name '2024-01-0?' | sort >logs
	xargs rp-merge <logs | table >merged
	[ "$(wc -l <merged)" = 30000 ]
	xargs rp-read <logs | table | cmp - merged
	rp-read 'root/*/ES*/2024-*' | table | cmp - merged
	rp-read 'root/**/2024-*' | table | cmp - merged
	rp-read root/v? | table | cmp - merged
	rp-read root/v1 root/v2 'root/v2/**' | table | cmp - merged
	rp-merge root/NQ root/*/*/* | table >merged
	rp-read root | table | cmp - merged
	rp-read 'root/**' | table | cmp - merged
	(cd root && rp-read . | table) | cmp - merged
	rp-read root -n 100 | table | cmp - <(head -n 100 merged)
}

@test "of many logs what is selected, and the others are not opened" {
	make_tree
	for what in "-s SYM0001" "-w size>5" "--from 2024-01-02 --to 2024-01-03" \
	    "--from 10:00:00.01 --to +1d" "-t trade" "-w size>5 -n 777"; do
		[ "${what#*-n}" = "$what" ] || head="head -n 777"
		# shellcheck disable=SC2086
		rp-merge root/NQ root/*/*/* | rp-filter ${what% -n*} | table |
		    ${head-cat} >want
		# shellcheck disable=SC2086
		rp-read root $what | table | cmp - want
	done
	rm -r root/v2/ES/2024-01-01/*.rps
	mkdir root/v2/ES/2024-01-01/00000000000000000001.rps
	rp-read 'root/v[12]/ES/2024-01-0[23]' --from 2024-01-03 >some.rps
	printf 'XXXX' | dd of=root/v1/ES/2024-01-01/00000000000000000001.rps \
	    bs=1 seek=5000 conv=notrunc status=none
	rp-read root/v1 --from 2024-01-02 | table >rest
	[ "$(wc -l <rest)" = 10000 ]
	fails 3 rp-read root/v1 -o none.rps
}

@test "frames of logs that do not overlap pass undecoded" {
	make_tree
	rp-read root/v1 | rp-check | grep -q '^  coding     lz4 columns'
	rp-read root/v1 | rp-check | grep -q ' ordered$'
	[ "$(rp-read root/v1 | rp-check --json | jq -r .frames)" -ge 24 ]
}

@test "what many logs cannot be asked for" {
	make_tree
	fails 2 rp-read --seq 1..5 root
	fails 2 rp-read --name me root
	fails 2 rp-read --hold 1s root
	fails 2 rp-read root "$ALL"
	fails 1 rp-read 'root/none*'
	mkdir root/empty
	fails 3 rp-read root/v1/ES root/empty
	run -3 rp-csv --confirm root/NQ:me -o none.csv < <(rp-read root)
	[ ! -e root/NQ/readers/me ]
}

# until_records N PID: all.rps, which PID writes, has as many; then it is stopped.
until_records() {
	until [ "$(rp-print --json all.rps 2>/dev/null | wc -l)" -ge "$1" ]; do
		kill -0 "$2"
		sleep 0.1
	done
}

@test "--follow of several logs: in order, as far as --hold waits" {
	for log in a b; do
		rp-gen -n 1000 --seed 1$log --start 2024-01-01T10:00 2>/dev/null |
		    rp-write $log || rp-gen -n 1000 --start 2024-01-01T10:00 |
		    rp-write --replace $log
	done
	rp-read -f a b --hold 60s >all.rps 2>said &
	follower=$!
	for minute in 1 2 3; do
		for log in a b; do
			rp-gen -n 100 --seed $minute \
			    --start 2024-01-01T10:0$minute |
			    rp-write --append $log
		done
	done
	rp-gen -n 100 --seed 4 --start 2024-01-01T10:04 | rp-write --append b
	until_records 2500 $follower # the last of b waits for a
	kill -TERM $follower
	wait $follower
	[ ! -s said ]
	[ "$(rp-check --json all.rps 2>/dev/null | jq -r .records)" -ge 2500 ]
	rp-read -f a b --hold 60s --until-idle 1ms -o whole.rps
	[ "$(rp-check --json whole.rps 2>/dev/null | jq -r .records)" = 2700 ]
	rp-check all.rps 2>/dev/null | grep '^  ts_recv .* ordered$'
}

@test "--follow: a log that was let pass is late, and nothing is lost" {
	rp-gen -n 1000 --start 2024-01-01T10:00 | rp-write a
	rp-gen -n 1000 --start 2024-01-01T11:00 | rp-write b
	rp-read -f a b --hold 0 >all.rps 2>said &
	follower=$!
	until_records 2000 $follower
	rp-gen -n 500 --start 2024-01-01T10:30 | rp-write --append a
	until_records 2500 $follower
	kill -TERM $follower
	wait $follower
	grep -q '^rp-read: warning: 500 records came after later ones' said
	[ "$(rp-check --json all.rps 2>/dev/null | jq -r .records)" = 2500 ]
}
