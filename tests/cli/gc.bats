#!/usr/bin/env bats
# shellcheck disable=SC2154 # set by run
#
# rp-gc: what it keeps, what it does to the rest, and that a log is whole
# whenever it is killed.
bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	rp-gen -n 9000 -o all.rps
	cc -shared -fPIC -D_GNU_SOURCE -o kill-at.so \
	    "$RP_TOP/tests/cli/kill-at.c"
}

setup() {
	F=$BATS_FILE_TMPDIR
	cd "$BATS_TEST_TMPDIR" || return 1
}

# make_log LOG: nine segments of 1000 records in ten frames, a day apart: the
# last record of the last one is of 2024-01-10.
make_log() {
	local day
	for day in 1 2 3 4 5 6 7 8 9; do
		rp-gen -n 1000 --seed $day --start "2024-01-0${day}T12:00" |
		    rp-write --append --frame-records 100 "$1"
	done
}

# gc OPTION...: in the evening of the ninth day
gc() {
	rp-gc --now 2024-01-09T18:00 "$@"
}

sum() {
	rp-check "$@" | sed -n 's/^  sum *//p'
}

segments() {
	find "$1"/ -name '*.rps' | wc -l
}

seqs() {
	rp-read "$1" | rp-csv -c seq
}

# whole LOG: it is read to its end, and its indexes are its own.
whole() {
	rp-check "$1" >checked 2>said
	[ ! -s said ]
	seqs "$1" >/dev/null
}

@test "--keep removes segments by the age of their last record" {
	make_log log
	gc --keep 3d log >out
	[ "$(segments log)" = 3 ]
	[ "$(wc -l <out)" = 6 ]
	grep -q '^log: trimmed 00000000000000000001.rps: 1000 records, [0-9]* bytes$' out
	[ "$(seqs log | head -n 2 | tail -n 1)" = 6001 ]
	whole log
	gc --keep 3d log >out
	[ ! -s out ]
}

@test "--keep-size and --keep-segments; the newest segment always stays" {
	make_log log
	gc --keep-segments 5 log >out
	[ "$(segments log)" = 5 ]
	size=$(find log -name '*.rps' -printf '%s\n' | awk '{ n += $1 } END { print n }')
	gc --keep-size "$size" log >out
	[ "$(segments log)" = 5 ]
	gc --keep-size $((size - 1)) log >out
	[ "$(segments log)" = 4 ]
	gc --keep 0 log >out
	[ "$(segments log)" = 1 ]
	rp-gen -n 10 | rp-write --append log
	[ "$(rp-read log | rp-csv -c seq | tail -n 1)" = 9010 ]
}

@test "any limit that is exceeded removes" {
	make_log log
	gc --keep 7d --keep-segments 2 log >out
	[ "$(segments log)" = 2 ]
}

@test "the log of a writer: its segment is left alone" {
	mkfifo pipe
	rp-write --roll-size 64Ki --codec none --frame-records 100 log \
	    <pipe &
	writer=$!
	exec {to}>pipe
	rp-gen -n 20000 >all.rps
	head -c 1000000 all.rps >&"$to"
	until [ "$(segments log)" -ge 3 ]; do sleep 0.05; done
	live=$(find log -name '*.rps' | sort | tail -n 1)
	rp-gc --keep 0 --recompress-after 0 --now 2030-01-01T00:00 log >out 2>&1 ||
		cat out
	tail -c +1000001 all.rps >&"$to"
	exec {to}>&-
	wait $writer
	[ -e "$live" ]
	rp-read log >/dev/null
	rp-check log
}

@test "what a named reader has not confirmed stays, byte for byte" {
	make_log log
	rp-read log --seq ..3500 | rp-csv --confirm log:slow >/dev/null
	rp-read log | rp-csv --confirm log:quick >/dev/null
	cp -a log before
	mkdir cold
	gc --keep 1d --recompress-after 0 --cold-dir cold --move-after 0 log \
	    >out 2>said
	[ "$(segments log)" = 6 ]
	grep -q 'kept for reader slow, which is at seq 3500' said
	for file in log/*.rps; do
		[ ! -L "$file" ]
		cmp "$file" "before/${file#log/}"
	done
	gc --keep 1d --ignore-readers slow log >out
	[ "$(segments log)" = 1 ]
	rp-read log --name slow >after.rps 2>said
	grep -q 'seq 3501 to 8000 .* trimmed' said
}

@test "who asks for what was trimmed is told, who does not is not" {
	make_log log
	gc --keep-segments 4 log >out
	rp-ls log | grep -qx '  trimmed    5000 records, up to seq 5000'
	[ "$(rp-ls --json log | jq -r '.trimmed | .last_seq, .records' | xargs)" = "5000 5000" ]
	for range in "--seq 1.." "--seq 4990..5010" "--from 2024-01-02" \
	    "--from 2024-01-05T11:00 --to 2024-01-06"; do
		# shellcheck disable=SC2086 # two options
		rp-read log $range -o some.rps 2>said
		grep -q '^rp-read: warning: log: seq .* to 5000 were trimmed$' said
		rp-csv -t gap -c seq,action,last_lost some.rps >gaps
		[ "$(tail -n +2 gaps)" = "5000,trimmed,5000" ]
		rp-check some.rps >checked 2>&1
		! grep -q back checked
	done
	for range in "" "--seq 5001.." "--from 2024-01-06" "-t trade,mbo"; do
		# shellcheck disable=SC2086
		rp-read log $range -o some.rps 2>said
		[ ! -s said ]
		[ "$(rp-csv -t gap -c seq some.rps | wc -l)" -le 1 ]
	done
	rp-read log --seq 4990.. -t mbo -o some.rps 2>said
	grep -q 'seq 4990 to 5000 were trimmed' said
	[ "$(rp-check --json some.rps | jq -r '.types | keys[]')" = mbo ]
	rp-read log --seq 9000.. -n 1 2>said | rp-csv >/dev/null
	[ ! -s said ]
}

@test "a reader that is overtaken goes on, and is told" {
	mkfifo pipe
	make_log log
	rp-write --append --roll-size 1Mi --codec none log <(rp-gen -n 200k)
	exec {from}< <(exec rp-read log 2>said)
	head -c 1000 <&"$from" >begun
	rp-gc --keep-segments 2 --now 2030-01-01T00:00 log >out
	cat begun - <&"$from" >all.rps
	rp-csv -t gap -c action,last_lost all.rps | tail -n +2 >gaps
	[ "$(wc -l <gaps)" = 1 ]
	grep -q "^trimmed,$(sed -n 's/^last_seq=//p' log/trimmed)$" gaps
	grep -q 'were trimmed' said
	rp-csv -t mbo -c seq all.rps | tail -n 1 | grep -qx 209000
}

@test "a follower stays with a log that is trimmed and recompressed" {
	make_log log
	rp-read -f log >all.rps 2>said &
	follower=$!
	for day in 1 2 3; do
		rp-gen -n 1000 --seed 2$day | rp-write --append log
		rp-gc --recompress-after 0 --now 2030-01-01T00:00 log >out
	done
	until [ "$(rp-print --json all.rps 2>/dev/null | wc -l)" -ge 12000 ]; do
		kill -0 $follower
		sleep 0.1
	done
	kill -TERM $follower
	wait $follower
	[ ! -s said ]
	[ "$(rp-check --json all.rps | jq -r .rec_sum)" = \
	    "$(rp-check --json log | jq -r .rec_sum)" ]
	[ "$(rp-csv -c seq all.rps | tail -n +2 | sort -nc && rp-csv -c seq all.rps | wc -l)" = 12001 ]
}

@test "misuse" {
	make_log log
	mkdir cold log.d
	for wrong in "" "--cold-dir cold log" "--move-after 1d log" \
	    "--keep-segments 0 log" "--remove-logs log" "--keep -1d log" \
	    "--now 09:30 log" "--now then log" "-j 0 log" "-j 65 log" \
	    "--codec zip log"; do
		# shellcheck disable=SC2086
		run -2 --separate-stderr rp-gc $wrong
		[ "${#stderr_lines[@]}" = 1 ]
	done
	run -1 --separate-stderr rp-gc --cold-dir nowhere --move-after 1d log
	[[ $stderr = "rp-gc: nowhere: --cold-dir is no directory" ]]
	run -1 --separate-stderr rp-gc nowhere
	[[ $stderr = "rp-gc: nowhere: no log" ]]
	run -1 --separate-stderr rp-gc 'no*'
	mkdir log/readers
	run -2 --separate-stderr gc --cold-dir log/readers --move-after 1d log
	[[ $stderr = *"log/readers: lies in the log log"* ]]
	whole log
	rp-gc log.d
}

@test "the position of another log stops everything" {
	make_log log
	mkdir -p log/readers
	echo '00000000-0000-4000-8000-000000000000 5' >log/readers/alien
	run -3 --separate-stderr gc --keep 1d log
	[[ $stderr = *"position of another log"* ]]
	[ "$(segments log)" = 9 ]
}

@test "--recompress-after: full frames, the same records in the same order" {
	make_log log
	sum=$(sum log)
	rp-read log | rp-csv -c seq,ts_recv,symbol,order_id,price,size >before.csv
	gc --recompress-after 2d log >out
	[ "$(grep -c recompressed out)" = 7 ]
	whole log
	[ "$(sum log)" = "$sum" ]
	rp-read log | rp-csv -c seq,ts_recv,symbol,order_id,price,size |
	    cmp before.csv
	rp-check log | grep -q '^  coding     lz4 columns 20  zstd columns 7$'
	gc --recompress-after 2d log >out
	[ ! -s out ]
	gc --recompress-after 2d --codec zstd:3 -j 2 log >out
	[ "$(grep -c recompressed out)" = 7 ]
	[ "$(sum log)" = "$sum" ]
	rp-read log | rp-print --notes >notes
	[ "$(grep -c log.uuid notes)" = 1 ]
}

@test "--cold-dir: moved, and read as one log, by relative links" {
	make_log top/log 2>/dev/null || { mkdir top; make_log top/log; }
	sum=$(sum top/log)
	mkdir cold
	gc --cold-dir cold --move-after 3d --recompress-after 2d top/log >out
	[ "$(grep -c moved out)" = 6 ]
	[ "$(find top/log -type l | wc -l)" = 6 ]
	[ "$(find cold -name '*.rps' | wc -l)" = 6 ]
	whole top/log
	[ "$(sum top/log)" = "$sum" ]
	mkdir elsewhere
	mv top cold elsewhere
	[ "$(sum elsewhere/top/log)" = "$sum" ]
	cd elsewhere
	gc --codec zstd:1 --recompress-after 2d top/log >out
	[ "$(grep -c recompressed out)" = 7 ]
	[ "$(find top/log -type l | wc -l)" = 6 ]
	[ "$(sum top/log)" = "$sum" ]
	gc --keep-segments 4 top/log >out
	[ "$(find cold -name '*.rps' | wc -l)" = 1 ]
	gc --keep-segments 1 top/log >out
	[ -z "$(ls cold)" ]
}

@test "--cold-dir: an absolute one, on another file system" {
	cold=$(mktemp -d /dev/shm/rp-cold-XXXXXX) || skip "no /dev/shm"
	make_log log
	sum=$(sum log)
	gc --cold-dir "$cold" --move-after 3d log >out
	mv log moved
	[ "$(sum moved)" = "$sum" ]
	mv "$cold" "$cold.off"
	run -1 --separate-stderr rp-read moved -o none.rps
	[[ $stderr = *"moved/00000000000000000001.rps: was moved to $cold/"*": No such file"* ]]
	run -1 --separate-stderr rp-check moved
	[[ $stderr = *"was moved to $cold/"* ]]
	run -1 --separate-stderr rp-ls moved
	[[ $stderr = *"was moved to $cold/"* ]]
	run -1 --separate-stderr gc --keep 1d moved
	[[ $stderr = *"was moved to $cold/"* ]]
	rp-read moved --seq 8000.. >/dev/null
	rp-gen -n 10 | rp-write --append moved
	mv "$cold.off" "$cold"
	rp-check moved
	rm -rf "$cold"
}

@test "a copy of a log does not take the other's cold segments" {
	make_log log
	cp -a log copy
	mkdir cold
	gc --cold-dir cold --move-after 3d log >out
	run -1 --separate-stderr gc --cold-dir cold --move-after 3d copy
	[[ $stderr = *"exists already; is there another copy of copy?"* ]]
	whole log
	whole copy
	[ "$(find copy -name '*.new' | wc -l)" = 0 ]
}

@test "--remove-logs: a log of which nothing is to be kept goes" {
	mkdir root
	make_log root/old
	rp-gen -n 100 --start 2024-01-09T17:00 | rp-write root/new
	rp-read root/old -n 5 | rp-csv --confirm root/old:slow >/dev/null
	gc --keep 1h --remove-logs root >out 2>said
	[ -d root/old ]
	gc --keep 1h --remove-logs --ignore-readers slow root >out
	[ "$(ls -A root)" = new ]
	grep -q '^root/old: removed: 1000 records' out
	whole root/new
}

@test "--dry-run changes nothing, and says what the run then does" {
	make_log log
	rp-gen -n 100 | rp-write --append log
	mkdir cold
	touch log/00000000000000000001.rps.new
	cp -a log before
	set -- --keep 6d --cold-dir cold --move-after 3d --recompress-after 1d
	gc --dry-run "$@" log >would
	diff -r log before
	[ -z "$(ls cold)" ]
	gc --dry-run --json "$@" log >would.json
	gc --json "$@" log >did.json
	jq -r '"\(.action) \(.file)"' would.json >a
	jq -r '"\(.action) \(.file)"' did.json | cmp a
	[ "$(jq -r .done would.json | sort -u)" = false ]
	[ "$(jq -r .done did.json | sort -u)" = true ]
	[ "$(wc -l <would)" = "$(wc -l <would.json)" ]
	[ "$(grep -c 'would trim' would)" = 3 ]
}

@test "two at once exclude each other" {
	make_log log
	exec {lock}>log/lock.gc
	python3 - "$lock" <<-'PY' &
	import fcntl, struct, sys, time
	fcntl.fcntl(int(sys.argv[1]), 37, struct.pack("hhqqi4x", 1, 0, 0, 0, 0))
	open("locked", "w").close()
	time.sleep(20)
	PY
	holder=$!
	until [ -e locked ]; do sleep 0.05; done
	run -1 --separate-stderr gc --keep 1d log
	kill $holder
	[[ $stderr = *"log: another process is cleaning up this log"* ]]
	[ "$(segments log)" = 9 ]
}

@test "a damaged segment is told and kept, the others are done" {
	make_log log
	printf 'XXXX' | dd of=log/00000000000000004001.rps bs=1 seek=5000 \
	    conv=notrunc status=none
	cp log/00000000000000004001.rps damaged
	run -3 --separate-stderr gc --recompress-after 0 log
	[[ $stderr = *"00000000000000004001.rps: "*mismatch* ]]
	[ "$(grep -c recompressed <<<"$output")" = 8 ]
	cmp damaged log/00000000000000004001.rps
	[ "$(find log -name '*.new' | wc -l)" = 0 ]
}

@test "what a killed rp-write --atomic left is removed" {
	mkdir root
	rp-gen -n 100 | rp-write root/log
	cp -a root/log root/.other.new-Ab12Cd
	mkdir root/.empty.new-Ab12Cd root/.live.new-Ab12Cd
	touch -d '2 minutes ago' root/.empty.new-Ab12Cd
	cp -a root/log root/kept.new-Ab12Cd
	gc root/log >out
	[ "$(ls -A root)" = "$(printf '.live.new-Ab12Cd\nkept.new-Ab12Cd\nlog')" ]
}

# at_every_step VARIABLE COMMAND...: the process ends at the call that changes a
# file and has the number in the variable, for all such calls, each time with
# log and cold anew. Then it is run again. What both left is checked by
# check_step and check_again, which set bad.
at_every_step() {
	local step got bad=
	[ -z "${RP_SANITIZER-}" ] || skip "preloading under a sanitizer"
	mv log pristine
	mv cold pristine.cold
	for ((step = 1; ; step++)); do
		rm -rf log cold
		cp -a pristine log
		cp -a pristine.cold cold
		got=0
		(export LD_PRELOAD="$F/kill-at.so" "$1=$step" && "${@:2}") \
		    >out 2>said || got=$?
		case $got in 0 | 1 | 137) ;; *) bad="status $got" ;; esac
		rp-ls log >/dev/null || bad="rp-ls"
		check_step
		"${@:2}" >out 2>said || bad="run again: $(cat said)"
		whole log || bad="not whole: $(cat said)"
		left=$(find log cold -name '*.new' -o -name '*.tmp' \
		    -o -name '.?*' -o -type d -empty ! -name cold)
		[ -z "$left" ] || bad="left over: $left"
		check_again
		if [ -n "$bad" ]; then
			echo "step $step: $bad"
			return 1
		fi
		[ "$got" != 0 ] || break
	done
	echo "$step steps"
	[ "$step" -gt 20 ]
}

# All records are there, in their order, index or not.
has_all() {
	[ "$(rp-read log | sum)" = "$sum" ] || bad="another sum"
	[ "$(seqs log | tail -n +2 | md5sum)" = "$(seq 9000 | md5sum)" ] ||
	    bad="other seqs"
}

@test "killed at every step of recompressing and moving" {
	make_log log
	mkdir cold
	sum=$(sum log)
	check_step() { has_all; }
	check_again() { has_all; }
	at_every_step KILL_AT gc --recompress-after 6d --cold-dir cold \
	    --move-after 7d log
}

@test "a full disk at every step of it loses nothing" {
	make_log log
	mkdir cold
	sum=$(sum log)
	check_step() { has_all; }
	check_again() { has_all; }
	at_every_step FAIL_AT gc --recompress-after 6d --cold-dir cold \
	    --move-after 6d log
}

@test "killed at every step of recompressing what was moved" {
	make_log log
	mkdir cold
	sum=$(sum log)
	gc --cold-dir cold --move-after 6d log >out
	check_step() { has_all; }
	check_again() {
		has_all
		[ "$(find log -type l | wc -l)" = 3 ] || bad="moved back"
	}
	at_every_step KILL_AT gc --recompress-after 7d log
}

# Whole segments are gone from the cold end, and nothing else.
has_rest() {
	seqs log | tail -n +2 >rest
	first=$(head -n 1 rest)
	seq "$first" 9000 | cmp -s rest || bad="other seqs"
	[ $((first % 1000)) = 1 ] && [ "$first" -le 3001 ] || bad="at $first"
}

@test "killed at every step of trimming, here and elsewhere" {
	make_log log
	mkdir cold
	gc --cold-dir cold --move-after 7d log >out
	check_step() { has_rest; }
	check_again() {
		has_rest
		[ "$first" = 3001 ] || bad="not trimmed"
		[ -z "$(ls cold)" ] || bad="not removed: $(ls cold)"
		[ "$(head -n 2 log/trimmed | tr '\n' ' ')" = \
		    "last_seq=3000 records=3000 " ] || bad="$(cat log/trimmed)"
	}
	at_every_step KILL_AT gc --keep-segments 6 log
}

@test "killed at every step of removing a log: it is there or not" {
	make_log log
	mkdir cold
	gc --cold-dir cold --move-after 7d log >out
	gone() { gc --keep 0 --remove-logs log; }
	[ -z "${RP_SANITIZER-}" ] || skip "preloading under a sanitizer"
	mkdir root
	mv log pristine
	mv cold pristine.cold
	for ((step = 1; step < 1000; step++)); do
		rm -rf root cold
		cp -a pristine.cold cold
		mkdir root
		cp -a pristine root/log
		find root/log -type l | while read -r link; do
			ln -sfn "../$(readlink "$link")" "$link"
		done
		got=0
		(export LD_PRELOAD="$F/kill-at.so" KILL_AT=$step &&
			gc --keep 0 --remove-logs root) >out 2>said || got=$?
		[ "$got" = 0 ] || [ "$got" = 137 ]
		[ ! -e root/log ] || rp-read root/log >/dev/null
		gc --keep 0 --remove-logs root >out 2>said || true
		[ -z "$(find root cold -mindepth 1)" ]
		[ "$got" != 0 ] || break
	done
	[ "$step" -gt 20 ] && [ "$step" -lt 1000 ]
}
