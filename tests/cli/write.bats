#!/usr/bin/env bats
# shellcheck disable=SC2154 # set by run
#
# rp-write: how a stream becomes a log, by every option.
bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	rp-gen -n 20k -N 3 | rp-cat --frame-records 1000 -o a.rps
	rp-gen -S 2 -n 500 -N 3 -o b.rps
}

setup() {
	A=$BATS_FILE_TMPDIR/a.rps
	B=$BATS_FILE_TMPDIR/b.rps
	cd "$BATS_TEST_TMPDIR" || return 1
}

json() {
	rp-check -q --json-numbers "$@"
}

sum() {
	json "$@" | jq -r .sum
}

# frames LOG: the frames of its data.
frames() {
	rp-read "$1" | rp-print --frames | grep ': data\|at [0-9]*: data'
}

segments() {
	find "$1" -name '*.rps' | wc -l
}

# fails STATUS COMMAND...: with one line of rp-write's.
fails() {
	local want=$1 got=0
	shift
	"$@" >out 2>err || got=$?
	if [ $got != "$want" ] || [ "$(wc -l <err)" != 1 ] ||
	    ! grep -q '^rp-write: ' err; then
		echo "$* -> $got, not $want:"
		cat err
		return 1
	fi
}

@test "from stdin, from files, from several" {
	rp-write one <"$A"
	rp-write two "$A"
	[ "$(sum one)" = "$(sum "$A")" ]
	cmp <(rp-read one | rp-print) <(rp-read two | rp-print)
	rp-write both "$A" - <"$B"
	[ "$(json both | jq .records)" = 20500 ]
	[ "$(sum both)" = "$(cat "$A" "$B" | sum)" ]
}

@test "seq is assigned, from 1 on, whatever the input says" {
	rp-cat "$B" "$A" "$B" | rp-write log
	json log >out
	[ "$(jq .seq_min out)" = 1 ]
	[ "$(jq .seq_max out)" = 21000 ]
	rp-read log | rp-check 2>err | grep '^  seq .* dense$'
	[ ! -s err ]
}

@test "what is there is not overwritten" {
	rp-write log "$B"
	fails 1 rp-write log "$A"
	grep -- '--append.*--replace' err
	[ "$(sum log)" = "$(sum "$B")" ]
	echo text >file
	fails 1 rp-write file "$A"
	[ "$(cat file)" = text ]
	mkdir empty
	rp-write empty "$B"
	[ "$(sum empty)" = "$(sum "$B")" ]
	fails 1 rp-write no/such/place "$A"
}

@test "--append goes on, and makes a log if there is none" {
	rp-write --append log "$B"
	rp-write --append log "$A"
	rp-write --append log "$B"
	[ "$(json log | jq .seq_max)" = 21000 ]
	[ "$(segments log)" = 3 ]
	[ "$(sum log)" = "$(cat "$B" "$A" "$B" | sum)" ]
	rp-cat "$B" --no-notes | rp-filter -w 'size < 0' >none.rps
	rp-write --append log none.rps
	rp-write --append log "$B"
	rp-read log | rp-check >out
	grep '^  records    21500 ' out
}

@test "--replace puts a new log in the place of the old" {
	rp-write --replace log "$A"
	uuid=$(rp-read log | rp-print --notes | grep -o 'log.uuid=[^ ]*')
	rp-write --replace log "$B"
	[ "$(sum log)" = "$(sum "$B")" ]
	[ "$uuid" != "$(rp-read log | rp-print --notes | grep -o 'log.uuid=[^ ]*')" ]
	# an input with nothing in it changes nothing
	fails 3 rp-write --replace log </dev/null
	[ "$(sum log)" = "$(sum "$B")" ]
	# nothing but logs
	mkdir dir
	echo precious >dir/thesis
	fails 1 rp-write --replace dir "$A"
	grep 'thesis' err
	[ "$(ls dir)" = thesis ]
	fails 2 rp-write --replace --append log "$A"
	[ "$(ls)" = "$(printf 'dir\nerr\nlog\nout')" ]
}

@test "a reader goes on with what was replaced" {
	rp-write log "$A"
	exec {fd}< <(exec rp-read log)
	head -c 100 <&$fd >begin # it has begun, and the pipe is full
	rp-write --replace log "$B"
	cat begin - <&$fd >all
	exec {fd}<&-
	[ "$(sum all)" = "$(sum "$A")" ]
}

@test "an input that breaks off is kept, sealed, and status 3" {
	head -c 1000000 "$A" >cut.rps
	fails 3 bash -c 'rp-write -q log <cut.rps'
	json log >out
	[ "$(jq -r .status out)" = ok ]
	rp-check log | grep '^  end        recovered$'
	rp-check log | grep '^  ts_recv .* ordered$'
	rp-read log | rp-print --json -t gap >lost
	[ "$(wc -l <lost)" = 1 ]
	[ "$(jq -r .ts_recv lost)" = "$(rp-check --json log |
	    jq -r .ts_max)" ]
	kept=$(rp-read log | rp-filter -t mbo --count)
	[ "$kept" -ge 9000 ]
	cmp <(rp-read log | rp-filter -t mbo | rp-csv -c ts_recv,order_id) \
	    <(rp-read "$A" | rp-filter -n "$kept" | rp-csv -c ts_recv,order_id)
	# and goes on
	rp-write --append log "$B"
	[ "$(rp-read log | rp-filter -t mbo --count)" = $((kept + 500)) ]
}

@test "an input that breaks off before its first record leaves nothing" {
	head -c 50 "$A" >cut.rps
	for how in "" --atomic --replace; do
		# shellcheck disable=SC2086
		fails 3 bash -c "rp-write $how log <cut.rps"
		[ ! -e log ]
	done
	rp-write log "$B"
	fails 3 bash -c 'rp-write --append log <cut.rps'
	[ "$(sum log)" = "$(sum "$B")" ]
}

@test "--atomic: a whole log or none" {
	head -c 1000000 "$A" >cut.rps
	fails 3 rp-write --atomic log cut.rps
	[ ! -e log ]
	rp-write --atomic log "$A"
	[ "$(sum log)" = "$(sum "$A")" ]
	fails 3 rp-write --atomic --replace log cut.rps
	[ "$(sum log)" = "$(sum "$A")" ]
	fails 1 rp-write --atomic log "$B"
	rp-write --atomic --replace log "$B"
	[ "$(sum log)" = "$(sum "$B")" ]
	fails 2 rp-write --atomic --append log "$B"
	[ "$(ls)" = "$(printf 'cut.rps\nerr\nlog\nout')" ]
}

@test "--codec and --layout" {
	want=$(sum "$A")
	for codec in none lz4 lz4:9 zstd zstd:1 zstd:19 zstd:-5; do
		for layout in rows columns; do
			rp-write --replace --codec $codec --layout $layout log "$A"
			[ "$(sum log)" = "$want" ]
			frames log | grep -q "(${codec%:*}, $layout)"
			du -b log/*.rps | cut -f 1 >"size.$codec.$layout"
		done
	done
	rp-write --replace log "$A"
	frames log | grep -q '(lz4, columns)'
	[ "$(cat size.lz4.columns)" -lt "$(cat size.lz4.rows)" ]
	[ "$(cat size.zstd.columns)" -lt "$(cat size.lz4.columns)" ]
	for wrong in gzip zstd:99 zstd: lz4:x; do
		fails 2 rp-write --codec $wrong other "$A"
	done
	fails 2 rp-write --layout cubes other "$A"
	[ ! -e other ]
}

@test "-j changes no frame" {
	for n in 1 2 5; do
		rp-write -j $n --frame-records 1000 "log.$n" "$A"
		frames "log.$n" >"frames.$n"
	done
	cmp frames.1 frames.2
	cmp frames.1 frames.5
	fails 2 rp-write -j 0 other "$A"
	fails 2 rp-write -j 1000 other "$A"
}

@test "--frame-size and --frame-records" {
	rp-write --frame-records 300 log "$A"
	[ "$(frames log | grep -c ' data 300 records')" -ge 60 ]
	[ "$(sum log)" = "$(sum "$A")" ]
	rp-write --replace --frame-size 96000 log "$A" # of 96 bytes
	[ "$(frames log | grep -vc ' data 1000 records')" = 0 ]
	rp-write --replace --frame-size 1 log "$B"
	[ "$(frames log | wc -l)" = 500 ]
	rp-write --replace log "$A"
	[ "$(frames log | wc -l)" = 2 ] # of 1 MiB
	fails 2 rp-write --frame-size 5Mi other "$A"
	fails 2 rp-write --frame-records 5G other "$A"
}

@test "--frame-time: what came is in the log soon, by default" {
	mkfifo pipe
	rp-write log <pipe &
	pid=$!
	exec {fd}>pipe
	rp-cat "$B" | head -c -160 >&$fd
	for _ in $(seq 50); do
		[ "$(rp-read log 2>/dev/null | rp-filter --count)" != 500 ] || break
		sleep 0.1
	done
	[ "$(rp-read log | rp-filter --count)" = 500 ]
	exec {fd}>&-
	wait $pid || [ $? = 3 ]
	fails 2 rp-write --frame-time 2h other "$A"
	fails 2 rp-write --frame-time soon other "$A"
}

@test "small frames are gathered" {
	rp-cat --frame-records 1 "$B" | rp-write log
	[ "$(frames log | wc -l)" = 1 ]
	[ "$(sum log)" = "$(sum "$B")" ]
}

@test "--roll-size" {
	rp-write --roll-size 200k --frame-records 1000 --codec none log "$A"
	[ "$(segments log)" -ge 5 ]
	for segment in log/*.rps; do
		[ "$(stat -c %s "$segment")" -lt 500000 ]
		rp-check -q "$segment" >out
		[ -e "${segment%.rps}.rpx" ]
	done
	[ "$(sum log)" = "$(sum "$A")" ]
	[ "$(cat log/*.rps | sum)" = "$(sum "$A")" ]
	# as small as one likes: a frame a segment
	rp-write --roll-size 1 --frame-records 1000 tiny "$A"
	[ "$(segments tiny)" = 20 ]
	[ "$(sum tiny)" = "$(sum "$A")" ]
}

@test "--roll-time: by spans of the records' time" {
	rp-write --roll-time 20ms log "$A" # some 0.2 s in all
	n=$(segments log)
	[ "$n" -ge 5 ]
	for segment in log/*.rps; do
		rp-read "$segment" | rp-csv --no-header -c ts_recv |
		    awk '{ print int(substr($1, 1, 13) / 20) }' | uniq | wc -l
	done | sort -u | cmp - <(echo 1)
	[ "$(sum log)" = "$(sum "$A")" ]
	# a clock that goes back stays where it is
	rp-write --replace --roll-time 20ms log "$A" "$A" "$A"
	[ "$(segments log)" = "$n" ]
	fails 2 rp-write --roll-time -1s other "$A"
}

@test "--sync: every policy writes the same log" {
	for sync in never roll interval frame; do
		rp-write --sync $sync --sync-interval 1ms --roll-size 100k \
		    log.$sync "$A"
		[ "$(sum log.$sync)" = "$(sum "$A")" ]
	done
	fails 2 rp-write --sync always other "$A"
}

@test "--sync says when the disk is waited for" {
	command -v strace >/dev/null || skip "no strace"
	strace -f -o trace -e trace=fsync,fdatasync true 2>/dev/null ||
	    skip "strace is not allowed"
	syncs() {
		strace -f -o trace -e trace=fsync,fdatasync rp-write \
		    --replace --frame-records 1000 --sync "$1" log "$A"
		grep -c 'sync(' trace
	}
	never=$(syncs never) roll=$(syncs roll) frame=$(syncs frame)
	[ "$never" -lt "$roll" ]
	[ "$frame" -ge $((roll + 20)) ]
}

@test "notes: the log's own, the input's, rp-write's" {
	rp-write log "$A"
	rp-read log | rp-print --notes >notes
	grep -q 'log.uuid=' notes
	grep -o 'tool=rp-[a-z]*' notes >tools
	printf 'tool=rp-%s\n' gen cat write read | cmp - tools
	rp-write --no-notes bare "$A"
	run -1 grep tool= <(rp-read --no-notes bare | rp-print --notes)
}

@test "--stats and --confirm" {
	rp-write src "$A"
	rp-read src | rp-write --stats --stats-json stats --confirm src:copy copy 2>err
	[ "$(jq .records_in stats | tr -d '"')" = 20000 ]
	[ "$(jq .records_out stats | tr -d '"')" = 20000 ]
	grep -q '20000' err
	grep -q ' 20000$' src/readers/copy
	rp-write --append src "$B"
	rp-read --name copy src | rp-write --append --confirm src:copy copy
	[ "$(sum copy)" = "$(sum src)" ]
	grep -q ' 20500$' src/readers/copy
	# what breaks off is not confirmed
	rp-write --append src "$B"
	rp-read --name copy src | head -c 3000 |
	    rp-write -q --append --confirm src:copy copy || true
	grep -q ' 20500$' src/readers/copy
}
