#!/usr/bin/env bats
# rp-ls: logs, segments and stream files in each of their states.
bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	rp-gen -n 30k -N 3 | rp-cat --frame-records 2000 -o in.rps
	rp-write --roll-size 64Ki --frame-records 2000 in.log <in.rps
}

setup() {
	cp -r "$BATS_FILE_TMPDIR" "$BATS_TEST_TMPDIR/work"
	cd "$BATS_TEST_TMPDIR/work" || return 1
}

# of LOG FILTER: what jq makes of the log's object
of() {
	rp-ls --json "$1" | jq -r "$2"
}

@test "a log's listing agrees with rp-check" {
	rp-check --json in.log | jq -S 'del(.name, .status, .checked, .frames)' >checked
	rp-ls --json in.log | jq -S \
	    'del(.name, .kind, .state, .torn_bytes, .uuid, .readers)' >listed
	diff checked listed
	run -0 rp-ls in.log
	[ "${lines[0]}" = "in.log: log, sealed" ]
	diff <(rp-check in.log | tail -n +2) <(rp-ls in.log | tail -n +2)
}

@test "the segments add up to the log" {
	rp-ls --json -l in.log >all
	[ "$(jq -s 'length' all)" -gt 3 ]
	for sum in records data_frames bytes raw_bytes; do
		jq -se "[.[1:][].$sum | tonumber] | add" all >segments
		jq -r "select(.kind == \"log\").$sum" all | cmp - segments
	done
	jq -se '[.[1:][].symbols.SYM0001.records | tonumber] | add' all >segments
	jq -r 'select(.kind == "log").symbols.SYM0001.records' all |
	    cmp - segments
	jq -se '.[0].segments == (length - 1 | tostring)' all
	jq -se 'all(.[1:][]; .kind == "segment" and .state == "sealed" and .index)' all
	[ "$(jq -s '[.[].bytes | tonumber] | .[0]' all)" = \
	    "$(cat in.log/*.rps | wc -c)" ]
	[ "$(rp-ls -l in.log | grep -c '^in.log/.*\.rps: segment, sealed$')" = \
	    "$(find in.log -name '*.rps' | wc -l)" ]
}

@test "a file and a segment alone are streams; standard input too" {
	[ "$(of in.rps .state)" = sealed ]
	[ "$(of in.rps .kind)" = stream ]
	[ "$(of in.rps .records)" = 30000 ]
	[ "$(of - .name <in.rps)" = "<stdin>" ]
	diff <(rp-ls in.rps | tail -n +2) <(rp-ls - < <(cat in.rps) | tail -n +2)
	segment=$(find in.log -name '*.rps' | sort | head -n 1)
	diff <(rp-ls "$segment" | tail -n +2) \
	    <(rp-ls -l in.log | sed -n '/^in.log\//,/ sum /p' |
		sed '/ sum /q' | tail -n +2)
}

@test "times: ISO in a zone, or ns" {
	run -0 rp-ls in.log
	[[ $output == *"ts_recv    2024-01-02T14:30:00.0000"*Z* ]]
	run -0 rp-ls --tz America/Chicago in.log
	[[ $output == *"2024-01-02T08:30:00.0000"*-06:00* ]]
	run -0 rp-ls --time ns in.log
	[[ $output == *"ts_recv    17042058"* ]]
	[[ $(of in.log .ts_min) == 17042058* ]]
	[[ $(rp-ls --json --time iso in.log | jq -r .ts_min) == 2024-01-02T14:30* ]]
	rp-ls --json-numbers in.log | jq -e '.records == 30000'
	run -2 rp-ls --time ns --tz UTC in.log
	run -2 rp-ls --tz Nowhere/Land in.log
	run -2 rp-ls --time tomorrow in.log
}

@test "a directory of logs, and the current one" {
	mkdir many many/empty
	cp -r in.log many/b.log
	cp -r in.log many/a.log
	cp in.rps many/c.rps
	echo note >many/readme.txt
	mkfifo many/pipe.rps
	[ "$(rp-ls --json many | jq -r .name | xargs)" = \
	    "many/a.log many/b.log many/c.rps" ]
	[ "$(cd many && rp-ls --json | jq -r .name | xargs)" = \
	    "a.log b.log c.rps" ]
	[ "$(cd many/a.log && rp-ls --json | jq -r .name)" = . ]
	run -0 rp-ls many/empty
	[ -z "$output" ]
}

@test "a tree of logs, a line each, and their sums" {
	mkdir -p root/x/a root/y root/.hidden root/u.cold
	cp -r in.log root/x/a/1
	cp -r in.log root/x/2
	cp -r in.log root/y/3
	cp -r in.log root/.hidden/4
	cp -r in.log root/u.cold/5
	rp-ls root >out
	[ "$(awk '{ print $NF }' out | xargs)" = \
	    "root/x/2 root/x/a/1 root/y/3 all" ]
	[ "$(awk '{ print $1 }' out | xargs)" = "30000 30000 30000 90000" ]
	[ "$(tail -n 1 out | awk '{ print $2 }')" = \
	    $(($(cat in.log/*.rps | wc -c) * 3)) ]
	rp-ls 'root/**/[12]' | awk 'NR <= 2 { print $NF }' >out
	[ "$(xargs <out)" = "root/x/2 root/x/a/1" ]
	[ "$(rp-ls --json root | jq -r .name | xargs)" = \
	    "root/x/2 root/x/a/1 root/y/3" ]
	[ "$(rp-ls -l root | grep -c ': log, sealed$')" = 3 ]
	[ "$(rp-check root | grep -c ': ok$')" = 3 ]
	run -1 --separate-stderr rp-ls 'root/z*'
	[ "$stderr" = "rp-ls: root/z*: matches no log" ]
}

@test "readers that confirmed, and how far they are behind" {
	[ "$(of in.log '.readers | length')" = 0 ]
	rp-read in.log -n 12345 | rp-csv --confirm in.log:some >/dev/null
	rp-read in.log | rp-csv --confirm in.log:every >/dev/null
	[ "$(of in.log '.readers.some | .seq, .behind' | xargs)" = "12345 17655" ]
	[ "$(of in.log '.readers.every.behind')" = 0 ]
	rp-ls in.log | grep -qx '  reader     some  seq 12345  behind 17655 records'
	rp-gen -n 1000 | rp-write --append in.log
	[ "$(of in.log '.readers.every.behind')" = 1000 ]
	echo nonsense >in.log/readers/worse
	run -3 --separate-stderr rp-ls in.log
	[[ $stderr == *in.log/readers/worse* ]]
	[[ $output == *"records    31000"* ]]
}

@test "a log that is being written" {
	mkfifo pipe
	rp-write --roll-size 64Ki --frame-records 2000 live.log <pipe 3>&- &
	writer=$!
	exec 4>pipe
	cat in.rps >&4
	for _ in $(seq 50); do
		[ "$(of live.log .records)" != 30000 ] || break
		sleep 0.1
	done
	[ "$(of live.log .records)" = 30000 ]
	[ "$(of live.log .state)" = "being written" ]
	rp-ls --json -l live.log >all
	jq -se 'all(.[1:-1][]; .state == "sealed")' all
	[ "$(tail -n 1 all | jq -r .state)" = "being written" ]
	[ "$(tail -n 1 all | jq -r .torn_bytes)" = 0 ]
	last=$(tail -n 1 all | jq -r .name)
	[ "$(of "$last" .state)" = "being written" ]
	exec 4>&-
	wait $writer
	[ "$(of live.log .state)" = sealed ]
	diff <(rp-check live.log | tail -n +2) <(rp-ls live.log | tail -n +2)
}

@test "a log that was not closed, and after its repair" {
	last=$(find in.log -name '*.rps' | sort | tail -n 1)
	whole=$(stat -c %s "$last")
	truncate -s $((whole - 200)) "$last"
	rm "${last%.rps}.rpx"
	run -0 rp-ls in.log
	[[ ${lines[0]} == "in.log: log, not closed, "*" bytes torn" ]]
	torn=$(of in.log .torn_bytes)
	[ "$torn" -gt 0 ]
	[ "$(of "$last" .torn_bytes)" = "$torn" ]
	records=$(of in.log .records)
	rp-check -q --repair in.log >/dev/null
	[ "$(of in.log '.state, .torn_bytes, .records' | xargs)" = \
	    "sealed 0 $records" ]
	[ "$(of in.log '.end[]')" = recovered ]
}

@test "an index that is missing or of another segment is done without" {
	rp-ls in.log >before
	first=$(find in.log -name '*.rpx' | sort | head -n 1)
	second=$(find in.log -name '*.rpx' | sort | sed -n 2p)
	rm "$first"
	cp "$(find in.log -name '*.rpx' | sort | tail -n 1)" "$second"
	rp-ls in.log | cmp before
	[ "$(rp-ls -l in.log | grep -c ', no index$')" = 2 ]
}

@test "damage is told, the rest is listed" {
	second=$(find in.log -name '*.rps' | sort | sed -n 2p)
	rm "${second%.rps}.rpx"
	printf 'XXXX' | dd of="$second" bs=1 seek=300 conv=notrunc status=none
	run -3 --separate-stderr rp-ls -l in.log in.rps
	[[ $stderr == "rp-ls: $second: frame "* ]]
	[[ $output == *"in.log: log, corrupt"*"$second: segment, corrupt"* ]]
	[[ $output == *"in.rps: stream, sealed"* ]]
	echo text >text.rps
	run -3 --separate-stderr rp-ls text.rps in.rps
	[[ $stderr == "rp-ls: text.rps: "* ]]
	[[ $output == *"in.rps: stream, sealed"* ]]
	run -1 --separate-stderr rp-ls nothing in.rps
	[[ $output == *"in.rps: stream, sealed"* ]]
}

@test "cut short, or no stream: a state, and an error" {
	head -c 100000 in.rps >cut.rps
	run -3 --separate-stderr rp-ls cut.rps
	[[ ${lines[0]} == "cut.rps: stream, not closed, "*" bytes torn" ]]
	[[ $stderr == "rp-ls: cut.rps: truncated: "* ]]
	[ "$(of cut.rps '.records')" = 0 ]
	run -3 --separate-stderr rp-ls - <cut.rps
	[[ $stderr == *"<stdin>: truncated"* ]]
	: >nothing.rps
	run -3 --separate-stderr rp-ls nothing.rps
	[ "${lines[0]}" = "nothing.rps: stream, not closed" ]
	echo 'just a text' >text.rps
	run -3 --separate-stderr rp-ls text.rps nothing in.rps
	[[ ${stderr_lines[0]} == *"text.rps: "*"not an rp stream"* ]]
	[ "${lines[0]}" = "in.rps: stream, sealed" ]
}

@test "bodies are not read" {
	command -v strace >/dev/null || skip "no strace"
	[ -z "${RP_SANITIZER:-}" ] || skip "LeakSanitizer and strace exclude each other"
	rp-gen -n 200k -o big.rps
	strace -qq -e trace=read,pread64 -o calls rp-ls big.rps >/dev/null
	awk -F'= ' -v size="$(stat -c %s big.rps)" \
	    '{ n += $NF } END { exit n > size / 2 }' calls
}
