#!/usr/bin/env bats
# shellcheck disable=SC2154 # set by run
#
# Options that tools share: bad records, confirming, messages, inputs.
bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	rp-gen -n 20 -o a.rps
	rp-print --json a.rps >good
	{
		sed -n 1,5p good
		echo 'not JSON'
		sed -n 6,10p good
		printf '{"type":"mbo",\t"price":"x\\ty"}\n'
		sed -n 11,20p good
	} >bad
}

setup() {
	F=$BATS_FILE_TMPDIR
	cd "$BATS_TEST_TMPDIR" || return 1
}

@test "--on-error fail is the default, and gives up at the first" {
	for how in "" "--on-error fail" "--max-errors 0"; do
		# shellcheck disable=SC2086
		run -3 --separate-stderr rp-import $how "$F/bad" -o made
		[ "${#stderr_lines[@]}" = 1 ]
		[[ $stderr == "rp-import: "* ]]
		[ ! -e made ]
	done
}

@test "--on-error skip counts, warns once, and the END says lossy" {
	run -0 --separate-stderr rp-import --on-error skip "$F/bad" -o made \
	    --stats-json stats
	[ "${#stderr_lines[@]}" = 1 ]
	[[ $stderr == "rp-import: warning: 2 records rejected, the first: "* ]]
	[ "$(jq -c '[.records_in, .records_out, .rejected]' stats)" = \
	    "[22,20,2]" ]
	[ "$(rp-check --json made | jq -c .end)" = '["lossy"]' ]
	cmp <(rp-print --json made) "$F/good"
	run -0 --separate-stderr rp-import -q --on-error skip "$F/bad" -o made
	[ -z "$stderr" ]
}

@test "--on-error file:PATH keeps what was bad, and why, a line each" {
	rp-import -q --on-error file:rejects "$F/bad" -o made
	[ "$(wc -l <rejects)" = 2 ]
	[ "$(cut -f 2- rejects | head -n 1)" = "not JSON" ]
	[ "$(cut -f 2- rejects | tail -n 1)" = "$(grep price.:.x "$F/bad")" ]
	# their places are those in the input, whatever was rejected before
	[ "$(sed -n 's/.*record \([0-9]*\) .*: line \([0-9]*\): .*/\1 \2/p' \
	    rejects | tr '\n' ,)" = "6 6,12 12," ]
	# they are there also when the tool gives up
	rm rejects made
	run -3 rp-import -q --on-error file:rejects --max-errors 1 "$F/bad" \
	    -o made
	[ "$(wc -l <rejects)" = 2 ]
	[ ! -e made ]
	run -1 rp-import --on-error file:no/such/file "$F/bad" -o made
	run -1 rp-import -q --on-error file:/dev/full "$F/bad" -o made
}

@test "--max-errors: a number, or a part of the records" {
	rp-import -q --max-errors 2 "$F/bad" -o made
	run -3 rp-import -q --max-errors 1 "$F/bad" -o made
	rp-import -q --max-errors 10% "$F/bad" -o made
	run -3 --separate-stderr rp-import -q --max-errors 9% "$F/bad" -o new
	[[ $stderr == "rp-import: 2 of 22 records rejected, more than 9 %"* ]]
	[ ! -e new ]
}

@test "filters and sinks reject records that make no sense, alike" {
	cat >json <<-'E'
	{"ts_recv":"1","type":"mbo","symbol":"A","price":"1.5","size":"3"}
	{"ts_recv":"2","type":"mbo","symbol":"A","raw":"0102030405"}
	{"ts_recv":"3","type":"mbo","symbol":"B","price":"2.5","size":"4"}
	{"ts_recv":"4","type":"trade","symbol":"B","raw":"00"}
	{"ts_recv":"5","type":"trade","symbol":"B","price":"9","size":"4"}
	E
	rp-import json -o in.rps
	for tool in "rp-csv -c price" "rp-csv -j 2 -c price" rp-print \
	    "rp-filter -w size>0" "rp-filter -w size>0 --whole-events"; do
		# shellcheck disable=SC2086
		run -3 --separate-stderr $tool -o out in.rps
		[ "${#stderr_lines[@]}" = 1 ]
		[[ $stderr == "${tool%% *}: in.rps: frame "*"mbo record"* ]]
		[ ! -e out ]
		# shellcheck disable=SC2086
		$tool -q --on-error file:bad --stats-json s -o out in.rps
		[ "$(jq -c '[.records_in, .records_out, .dropped, .rejected]' s)" \
		    = "[5,3,0,2]" ]
		[ "$(cut -f 2 bad | xargs)" = "0102030405 00" ]
		# shellcheck disable=SC2086
		run -3 $tool -q --max-errors 30% -o new in.rps
		[ ! -e new ]
		rm out
	done
	rp-filter -q --max-errors 40% -w 'size > 3' -o out --reject rest in.rps
	[ "$(rp-check --json out rest | jq -c '[.records, .end]' | xargs)" = \
	    "[2,[lossy,thinned]] [1,[lossy,thinned]]" ]
	[ "$(rp-filter -q --on-error skip --count -w 'size > 3' in.rps)" = 2 ]
	# what was not asked for does not matter, and JSON brings all back
	rp-filter -t bbo -w 'size > 3' in.rps -o none
	[ "$(rp-csv --max-errors 1 -q -t trade -c price in.rps | wc -l)" = 2 ]
	rp-print --json in.rps | rp-import --no-notes -o again
	rp-cat --no-notes in.rps | cmp - again
}

@test "--confirm: stored after the commit, and not before" {
	rp-write a.log <"$F/a.rps"
	rp-read a.log -n 7 | rp-csv --confirm a.log:table -o one.csv
	rp-read a.log --name table | rp-csv -o two.csv
	[ "$(cat one.csv two.csv | grep -c ,gen,)" = 20 ]
	[ "$(wc -l <one.csv)" = 8 ]
	# a failure confirms nothing
	run -3 bash -c 'rp-read a.log --name table | head -c 1500 |
	    rp-csv --confirm a.log:table -o three.csv'
	[ "$(rp-read a.log --name table | rp-csv | wc -l)" = 14 ]
	# what is read again from the start does not take it back
	rp-read a.log -n 2 | rp-csv --confirm a.log:table >out
	[ "$(rp-read a.log --name table | rp-csv | wc -l)" = 14 ]
	for wrong in a.log a.log: :x a.log:../x a.log:a/b; do
		run -2 rp-csv --confirm "$wrong" "$F/a.rps"
	done
	run -1 rp-csv --confirm no.log:x "$F/a.rps"
}

@test "--confirm: only a position of that very log" {
	rp-write a.log <"$F/a.rps"
	rp-write b.log <"$F/a.rps"
	refused() {
		run -3 --separate-stderr rp-csv --confirm a.log:x -o out.csv "$@"
		[[ ${stderr_lines[0]} == "rp-csv: --confirm a.log:x: the input "* ]]
		[ ! -e out.csv ]
		[ ! -e a.log/readers/x ]
	}
	rp-read b.log -o b.rps
	rp-read a.log --no-notes -o bare.rps
	rp-read a.log -o a.rps
	rp-read a.log b.log -o both.rps
	refused "$F/a.rps"
	refused b.rps
	refused bare.rps
	refused both.rps
	refused a.rps b.rps
	run -3 --separate-stderr bash -c 'rp-read b.log |
	    rp-write c.log --confirm a.log:x'
	[ ! -e a.log/readers/x ]
	# what a log was made from does not count
	rp-read a.log a.log | rp-write d.log
	rp-read d.log | rp-csv --confirm d.log:x >out
	[ "$(rp-read d.log --name x | rp-csv | wc -l)" = 0 ]
	# a filter lets nothing pass, but the position moves on
	rp-read a.log | rp-filter -s NOPE | rp-csv --confirm a.log:x >out
	[ "$(rp-read a.log --name x | rp-csv | wc -l)" = 0 ]
	# nothing new: nothing to confirm
	rp-read a.log --name x | rp-csv --confirm a.log:x >out
}

@test "messages: one line, one piece of advice, the same in all tools" {
	says() {
		run -2 --separate-stderr "${@:2}"
		[ "$stderr" = "$1" ]
	}
	for tool in rp-filter rp-csv rp-print rp-read; do
		says "$tool: --type: no record type named \"mboo\"; did you mean \"mbo\"? (try $tool --help)" \
		    $tool -t mboo "$F/a.rps"
		zone='no time zone "Nowhere" (try UTC, +hh:mm or a name such as America/Chicago)'
		form="--time iso"
		[[ $tool == rp-[cp]* ]] || form=
		# shellcheck disable=SC2086
		says "$tool: --tz: $zone" $tool --tz Nowhere $form "$F/a.rps"
	done
	says 'rp-import: --format foo: unknown (rp-import --list-formats)' \
	    rp-import --format foo
	says 'rp-cat: unknown option --fram-size; did you mean "frame-size"? (try rp-cat --help)' \
	    rp-cat --fram-size=3
	says 'rp-cat: unknown option --nonsense (try rp-cat --help)' \
	    rp-cat --nonsense
	says 'rp-cat: option --frame is ambiguous: --frame-size, --frame-records, --frame-time (try rp-cat --help)' \
	    rp-cat --frame=3
	says "rp-csv: --on-error 'file:': expected fail|skip|file:PATH (try rp-csv --help)" \
	    rp-csv --on-error file: "$F/a.rps"
	says 'rp-cat: an output needs a name, or - (try rp-cat --help)' \
	    rp-cat -o '' "$F/a.rps"
	says 'rp-gen: --symbol a?b?c: not a name (try rp-gen --help)' \
	    rp-gen -s $'a\nb\ec'
}

@test "--verbose says what each input held" {
	run -0 --separate-stderr bash -c "rp-cat -v '$F/a.rps' - <'$F/a.rps' >x"
	[ "${#stderr_lines[@]}" = 2 ]
	[[ ${stderr_lines[0]} == "rp-cat: $F/a.rps: 20 records in 3 frames" ]]
	[[ ${stderr_lines[1]} == "rp-cat: <stdin>: 20 records in 3 frames" ]]
}

@test "options may be shortened, -- ends them" {
	rp-check --quic --json "$F/a.rps" >out
	[ "$(jq -r .checked out)" = headers ]
	cp "$F/a.rps" ./--help
	rp-check -- --help | grep '^--help: ok'
}

@test "devices and FIFOs are written as they are" {
	rp-cat "$F/a.rps" -o /dev/null
	[ -c /dev/null ]
	mkfifo pipe
	rp-cat "$F/a.rps" -o pipe &
	rp-check <pipe | grep ': ok$'
	wait $!
}

@test "what the shell has opened is written on, not replaced" {
	n=$(rp-csv "$F/a.rps" | wc -l)
	(
		echo a
		rp-csv -o /dev/stdout "$F/a.rps"
		echo b
	) >out
	[ "$(sed -n '1p;$p' out)" = $'a\nb' ]
	[ "$(wc -l <out)" = $((n + 2)) ]
	ln -s /dev/stderr link
	for name in /dev/stderr /dev/fd/2 /proc/self/fd/2 link; do
		echo a >cron.log
		rp-csv --stats-json "$name" "$F/a.rps" >out 2>>cron.log
		[ "$(head -n 1 cron.log)" = a ]
		[ "$(tail -n 1 cron.log | jq -r .tool)" = rp-csv ]
		rp-cat "$F/a.rps" -o "$name" 2>>cron.log
		[ "$(head -n 1 cron.log)" = a ]
		rp-import -q --on-error "file:$name" "$F/bad" 2>>cron.log >out
		[ "$(head -n 1 cron.log)" = a ]
		[ "$(tail -n 1 cron.log | cut -f 2 | cut -c 1)" = "{" ]
	done
	run -1 rp-cat "$F/a.rps" -o /dev/fd/77
	rp-check "$F/a.rps" --stats-json /dev/stdout >out
	[ "$(head -n 1 out)" = "$F/a.rps: ok" ]
	[ "$(tail -n 1 out | jq -r .tool)" = rp-check ]
}

@test "without O_TMPFILE a file still appears whole or not at all" {
	[ -z "${RP_SANITIZER-}" ] || skip "preloading under a sanitizer"
	cc -shared -fPIC -D_GNU_SOURCE -o named.so -xc - <<-'E'
	#include <dlfcn.h>
	#include <errno.h>
	#include <fcntl.h>
	#include <stdarg.h>
	int open(const char *path, int flags, ...) {
		int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
		va_list ap;
		va_start(ap, flags);
		int mode = va_arg(ap, int);
		va_end(ap);
		if ((flags & O_TMPFILE) == O_TMPFILE) {
			errno = EOPNOTSUPP;
			return -1;
		}
		return real(path, flags, mode);
	}
	E
	mkdir out
	LD_PRELOAD=$PWD/named.so rp-cat "$F/a.rps" -o out/made
	[ "$(ls -A out)" = made ]
	rp-check out/made
	rm out/made
	run -3 bash -c "head -c 500 '$F/a.rps' |
	    LD_PRELOAD=$PWD/named.so rp-cat -o out/made"
	[ -z "$(ls -A out)" ]
	for signal in INT TERM HUP; do
		LD_PRELOAD=$PWD/named.so python3 \
		    "$RP_TOP/tests/cli/stages.py" "SIG$signal,SIG$signal" 2 \
		    "rp-gen -n 1G" "rp-cat -o out/made"
		[ -z "$(ls -A out)" ]
	done
}

@test "a file larger than allowed is an error, not a death" {
	run -1 --separate-stderr bash -c \
	    "ulimit -f 100; rp-gen -n 10k -o made"
	[ "$stderr" = "rp-gen: made: File too large" ]
	[ ! -e made ]
}

@test "where rejected records cannot be kept, no output appears" {
	rp-gen -n 100 -o a.rps
	run ! --separate-stderr rp-map --on-error file:/dev/full \
	    'price = price / 3' a.rps -o out.rps
	[ "$status" = 1 ]
	[[ $stderr == "rp-map: /dev/full: No space left on device" ]]
	[ ! -e out.rps ]
}
