#!/usr/bin/env bats
# shellcheck disable=SC2154 # set by run
#
# What can go wrong with a log and its disk: removed, full, read-only, killed,
# written twice, with a clock that jumps. Damage to streams is in golden.bats,
# the tools' descriptors and signals in battery.bats.
bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	rp-gen -n 20k -N 3 | rp-cat --frame-records 500 -o a.rps
	rp-write --frame-records 500 --roll-size 40k a.log <a.rps
}

setup() {
	A=$BATS_FILE_TMPDIR/a.rps
	cd "$BATS_TEST_TMPDIR" || return 1
	cp -r "$BATS_FILE_TMPDIR/a.log" log
}

# fails STATUS TOOL COMMAND...: it ends so, with one line that the tool begins.
fails() {
	local want=$1 tool=$2 got=0
	shift 2
	bash -c "$*" >out 2>err || got=$?
	if [ $got != "$want" ] || [ "$(wc -l <err)" != 1 ] ||
	    ! grep -q "^$tool: ." err; then
		echo "$* -> $got, not $want:"
		cat err
		return 1
	fi
}

count() {
	rp-read "$@" | rp-filter -t mbo --count
}

# apart COMMAND: in a mount namespace of its own, if there can be one.
apart() {
	unshare -rm true 2>/dev/null || skip "no mount namespaces here"
	unshare -rm bash -c "$*"
}

# ---- what is not there ----

@test "a segment in the middle is missing" {
	segments=(log/*.rps)
	rm "${segments[2]}"
	fails 3 rp-read "rp-read log | cat >/dev/null; exit \${PIPESTATUS[0]}"
	grep "a segment is missing before ${segments[3]#log/}" err
	rp-read -q log >partial || true
	[ "$(rp-filter --count partial 2>err)" != 20000 ]
	run -3 rp-check partial
	# what lies before is not concerned
	[ "$(count --seq 1..100 log)" = 100 ]
	rm "${segments[0]}" "${segments[1]}"
	n=$(count log) # the first ones may go
	[ "$n" -gt 0 ] && [ "$n" -lt 20000 ]
}

@test "an index is missing, a segment only half there" {
	segments=(log/*.rps)
	rm log/*.rpx
	[ "$(count log)" = 20000 ]
	truncate -s -200 "${segments[2]}"
	fails 3 rp-read "rp-read log >partial"
	grep "was not closed" err
	fails 3 rp-check "rp-check -q log >report"
}

@test "a segment is removed while it is read" {
	mkfifo pipe
	rp-write --replace --codec none --roll-size 500k log "$A" # over 1 MiB
	rp-read log >pipe 2>err &
	pid=$!
	exec {fd}<pipe
	head -c 100 <&$fd >begin
	rm -r log
	cat begin - <&$fd >got
	exec {fd}<&-
	wait $pid || status=$?
	# what was open is read to its end; the next one cannot be opened
	[ "${status-0}" = 1 ]
	grep -q '^rp-read: log/.*removed while the log is read' err
	[ "$(wc -l <err)" = 1 ]
	run -3 rp-check got
}

# ---- two at a time ----

@test "two writers on one log" {
	mkfifo pipe
	rp-write --append log <pipe &
	pid=$!
	exec {fd}>pipe
	head -c 100000 "$A" >&$fd
	sleep 0.2
	fails 1 rp-write "rp-write --append log <$A"
	grep 'another process is writing' err
	fails 1 rp-write "rp-write --replace log <$A"
	grep 'another process is writing' err
	fails 1 rp-check "rp-check --repair log"
	[ "$(count --seq 1..20000 log)" = 20000 ] # readers need no lock
	tail -c +100001 "$A" >&$fd
	exec {fd}>&-
	wait $pid
	[ "$(count log)" = 40000 ]
}

@test "a lock that was left behind is no lock" {
	[ -e log/lock ]
	rp-write --append log <"$A"
	rm log/lock
	rp-write --append log <"$A"
	[ "$(count log)" = 60000 ]
}

@test "a log is replaced, or removed, while it is followed" {
	for how in "rp-write --replace log $A" "rm -r log" \
	    "{ rm -r log && mkdir log; }"; do
		rm -rf log
		rp-write log "$A"
		timeout 20 rp-read --follow log 2>err >got &
		pid=$!
		for _ in $(seq 50); do
			[ "$(rp-check -q --json got 2>err2 |
			    jq -r .records)" != 20000 ] || break
			sleep 0.05
		done
		eval "$how"
		status=0
		wait $pid || status=$?
		[ $status = 3 ]
		[ "$(wc -l <err)" = 1 ]
		grep -q '^rp-read: .*log.* while it was followed$' err
		run -3 rp-check -q got
	done
}

# ---- disks ----

@test "a log on a read-only file system" {
	cat >script <<-E
	set -e
	mount --bind log log
	mount -o remount,ro,bind log
	rp-read log | rp-filter --count >count
	rp-read --name me --seq 5..6 log | rp-check >checked
	rp-check -q log >checked
	rp-write --append log <$A 2>err && exit 99 || echo \$? >status
	rp-read log | rp-csv --confirm log:me -o c.csv 2>err2 && exit 99
	echo \$? >status2
	E
	apart ". ./script"
	[ "$(cat count)" = 20000 ]
	[ "$(cat status)" = 1 ]
	grep -q '^rp-write: log/lock: Read-only file system' err
	[ "$(cat status2)" = 1 ]
	grep -q '^rp-csv: .*Read-only file system' err2
}

@test "a log that somebody else owns" {
	[ "$(id -u)" = 0 ] || skip "not root: cannot be two users"
	command -v setpriv >/dev/null || skip "no setpriv"
	[ "${RP_SANITIZER-}" != cov ] || skip "coverage is written as root"
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" . log
	as="setpriv --reuid=65534 --regid=65534 --clear-groups"
	$as test -r "$PWD/log" || skip "nobody else may come here"
	[ "$($as rp-read "$PWD/log" | rp-filter --count)" = 20000 ]
	fails 1 rp-write "$as rp-write --append $PWD/log <$A"
	grep 'Permission denied' err
	fails 1 rp-write "$as rp-write $PWD/other <$A"
	chmod 000 log/00000000000000000001.rps
	fails 1 rp-read "$as rp-read $PWD/log | cat >/dev/null
	    exit \${PIPESTATUS[0]}"
}

# ck_full: a log on a full disk can be read, ends well, and goes on elsewhere.
ck_full() {
	rp-check -q full >checked
	kept=$(count full)
	cmp <(rp-read full | rp-filter -t mbo | rp-csv -c ts_recv,order_id) \
	    <(rp-cat "$A" "$A" "$A" | rp-filter -n "$kept" |
		rp-csv -c ts_recv,order_id)
	cp -r full room
	rp-write -q --append room <"$A"
	[ "$(count room)" = $((kept + 20000)) ]
	rp-check -q room >checked
	rm -r room
}

@test "no space left on the device" {
	# sizes that hit one frame and another, in its middle and near its end
	cat >script <<-'E'
	set -e
	mkdir full
	for size in 40k 52k 100k 200k 300k 404k 500k; do
		mount -t tmpfs -o size=$size none full
		status=0
		rp-write --codec none --frame-records 500 full "$A" "$A" "$A" \
		    2>err || status=$?
		[ $status = 1 ] || exit 98
		grep -q '^rp-write: full/.*: No space left on device$' err
		[ "$(wc -l <err)" = 1 ]
		[ $size = 40k ] || ck_full
		umount full
	done
	E
	export A
	export -f ck_full count
	apart ". ./script"
}

@test "a file larger than the limit" {
	for blocks in 60 200 333; do # of 1024 bytes
		rm -rf full
		fails 1 rp-write "ulimit -f $blocks
		    exec rp-write --codec none --frame-records 500 full $A"
		grep 'File too large' err
		ck_full
	done
	# one that rolls below it does not mind
	rm -rf full
	(
		ulimit -f 60
		rp-write --roll-size 20k --frame-records 100 full "$A"
	)
	[ "$(count full)" = 20000 ]
}

# ---- deaths ----

@test "rp-write is killed again and again: nothing that was whole is lost" {
	rm -r log
	before=0
	for i in $(seq 12); do
		rp-gen -S "$i" -n 100M --no-notes |
		    rp-write -q --append --frame-records 300 --roll-size 50k \
		    log 2>err &
		pid=$!
		sleep "0.0$((i * 7 % 10))$i"
		kill -KILL $pid 2>/dev/null
		wait $pid || true
		[ -d log ] || continue
		# what can be read now, and is still there after the repair
		rp-read -q log 2>err >whole.rps || true
		n=$(rp-check -q --json whole.rps 2>err |
		    jq -r '.types.mbo // 0')
		[ "$n" -ge "$before" ]
		rp-write -q --append log <"$A"
		[ "$(count log)" = $((n + 20000)) ]
		before=$((n + 20000))
	done
	rp-check -q log >checked
	# seqs only grow
	rp-read log | rp-csv --no-header -c seq | sort -nuc
}

@test "a follower, and writers that are killed: it sees what a later reader sees" {
	timeout 50 rp-read --follow --until-idle 2s log >followed &
	follower=$!
	for i in 1 2 3 4; do
		rp-gen -S "$i" -n 100M --no-notes |
		    rp-write -q --append --frame-records 300 --roll-size 50k \
		    log 2>err &
		pid=$!
		sleep "0.0$((i * 3 % 7))7"
		kill -KILL $pid
		wait $pid || true
	done
	rp-write -q --append log <"$A"
	wait $follower
	rp-read log >later
	cmp <(rp-csv -c seq,type,ts_recv followed) \
	    <(rp-csv -c seq,type,ts_recv later)
	[ "$(count later)" -ge 40000 ]
}

@test "INT and TERM: rp-write finishes what still comes" {
	for signal in INT TERM; do
		rm -rf log
		mkfifo pipe
		python3 -c 'import signal, os, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])' rp-write log <pipe &
		pid=$!
		exec {fd}>pipe
		head -c 100000 "$A" >&$fd
		sleep 0.1
		kill -$signal $pid
		sleep 0.1
		tail -c +100001 "$A" >&$fd
		exec {fd}>&-
		wait $pid
		[ "$(count log)" = 20000 ]
		rm pipe
	done
}

@test "the producer dies: what came is kept, and the log goes on" {
	rm -r log
	fails 3 rp-write "{ head -c 500000 $A; kill -9 \$BASHPID; } |
	    rp-write -q log; exit \${PIPESTATUS[1]}"
	kept=$(count log)
	[ "$kept" -ge 4500 ]
	rp-write --append log <"$A"
	[ "$(count log)" = $((kept + 20000)) ]
	# one that says why
	fails 3 rp-write "{ head -c 500000 $A | rp-cat 2>/dev/null; true; } |
	    rp-write -q other"
	grep 'the producer gave up: <stdin>: truncated' err
	[ "$(count other)" -ge 4500 ]
}

@test "a torn end that is garbage, zeros, or a whole frame of another log" {
	segments=(log/*.rps)
	last=${segments[-1]}
	cp "$last" whole
	for tail in "head -c 5000 /dev/zero" "head -c 5000 /dev/urandom" \
	    "head -c 300 whole"; do
		{ head -c -160 whole; $tail; } >"$last"
		rm -f log/*.torn
		[[ $tail != *whole ]] || break
		fails 3 rp-read "rp-read log >partial"
		[ "$(rp-write -q --append log <"$A" && count log)" = 40000 ]
		[ "$(cat log/*.torn | wc -c)" = 5000 ]
		rm -r log
		cp -r "$BATS_FILE_TMPDIR/a.log" log
	done
}

# ---- clocks ----

@test "a clock that jumps back" {
	rp-gen -S 1 -n 3000 --start 2024-01-02T12:00 -o noon.rps
	rp-gen -S 2 -n 3000 --start 2024-01-02T11:00 -o eleven.rps
	rm -r log
	rp-write --frame-records 500 --roll-time 10m --roll-size 20k log \
	    noon.rps eleven.rps noon.rps
	[ "$(count log)" = 9000 ]
	rp-check log >out
	grep '^  ts_recv .* back ' out
	for how in "--from 12:00" "--to 12:00" "--from 11:00 --to 11:30" \
	    "--from 2024-01-02T11:00:00.01 --to 2024-01-02T12:00:00.01" \
	    "--from 12:00:00.01 --seq 3500.."; do
		# shellcheck disable=SC2086
		rp-read $how --tz UTC log | rp-csv -c seq,ts_recv >seek
		# shellcheck disable=SC2086
		rp-read log | rp-filter $how | rp-csv -c seq,ts_recv |
		    cmp - seek
		[ "$(wc -l <seek)" -gt 1 ]
	done
	# no MARK may promise what the clock then breaks
	rp-read --follow --until-idle 100ms log | rp-print --frames >frames
	run -1 grep ': mark [0-9]' frames
}
