#!/usr/bin/env bats
# shellcheck disable=SC2154,SC2128 # set by run; the first line of it
#
# What every tool goes through: help and misuse, its three descriptors, inputs
# that are empty, cut short or damaged, terrible pipes, and signals.
bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	for source in "$RP_TOP"/cmd/rp-*.c; do
		basename "$source" .c
	done >tools
	rp-gen -n 3 -N 2 --no-notes -o tiny.rps
	rp-gen -n 3000 | rp-cat --frame-records 1000 -o small.rps
	rp-gen -n 3000 --codec lz4 --layout columns |
	    rp-cat --codec zstd -o packed.rps
	rp-write small.log <small.rps
	rp-print --json small.rps >small.json
	cc -shared -fPIC -D_GNU_SOURCE -o trickle.so \
	    "$RP_TOP/tests/cli/trickle.c"
	printf '#!/bin/sh\nexec rp-cat 2>/dev/null\n' >worker
	chmod +x worker
	export STEP=19 # of cuts and flips; test_reader has them all
	[ -z "${RP_SANITIZER-}" ] || STEP=41
}

setup() {
	F=$BATS_FILE_TMPDIR
	mkdir -p "$BATS_TEST_TMPDIR/work"
	cd "$BATS_TEST_TMPDIR/work" || return 1
}

# reads TOOL: the command by which it reads a stream on stdin. Kinds: filters
# and sinks, without those that read no stream.
reads() {
	case $1 in
	rp-write) echo "rp-write --replace out.log" ;;
	rp-map) echo "rp-map size+=1" ;;
	rp-sample) echo "rp-sample --every 2" ;;
	rp-split) echo "rp-split --existing replace -o parts/{symbol}" ;;
	rp-upload) echo "rp-upload --stream out.rps" ;;
	rp-pace) echo "rp-pace --rate 1G" ;;
	rp-fan) echo "rp-fan --merge -j2 $F/worker" ;;
	rp-gc | rp-gen | rp-import | rp-read | rp-ls | rp-enqueue | rp-compile) ;;
	*) echo "$1" ;;
	esac
}

# writes TOOL: a command by which it writes much to stdout, without stdin.
writes() {
	case $1 in
	rp-gen) echo "rp-gen -n 3000" ;;
	rp-import) echo "rp-import $F/small.json" ;;
	rp-read) echo "rp-read $F/small.log" ;;
	rp-ls) echo "rp-ls $F/small.log" ;;
	rp-gc) echo "rp-gc --dry-run --recompress-after 0 $F/small.log" ;;
	rp-split | rp-write | rp-enqueue | rp-compile | rp-upload) ;;
	rp-map) echo "rp-map size+=1 $F/small.rps" ;;
	rp-sample) echo "rp-sample --every 2 $F/small.rps" ;;
	rp-pace) echo "rp-pace --rate 1G $F/small.rps" ;;
	rp-fan) echo "rp-fan --merge -j2 $F/worker $F/small.rps" ;;
	rp-parquet) echo "rp-parquet --codec none $F/small.rps" ;;
	*) echo "$1 $F/small.rps" ;;
	esac
}

tools() {
	cat "$F/tools"
}

# runs COMMAND...: its status in got, its stderr in said; stdout goes to out.
runs() {
	got=0
	(eval "$*") >out 2>err || got=$?
	mapfile -t said <err
}

# fails STATUS TOOL COMMAND...: it ends with the status and one line that the
# tool begins.
fails() {
	runs "${@:3}"
	if [ "$got" != "$1" ] || [ "${#said[@]}" != 1 ] ||
	    [[ ${said[0]} != "$2: "?* ]]; then
		printf '%s\n' "${*:3} -> $got, not $1:" "${said[@]}"
		return 1
	fi
}

# passes TOOL COMMAND...: it ends well and says nothing.
passes() {
	runs "${@:2}"
	if [ "$got" != 0 ] || [ "${#said[@]}" != 0 ]; then
		printf '%s\n' "${*:2} -> $got:" "${said[@]}"
		return 1
	fi
}

@test "--help is for stdout and begins with the usage" {
	for tool in $(tools); do
		passes "$tool" "$tool --help"
		head -n 1 out | grep "^usage: $tool "
		grep -q '^exit status: ' out
		fails 1 "$tool" "$tool --help >/dev/full"
		fails 1 "$tool" "$tool --help >&-"
	done
}

@test "--version names the libraries" {
	for tool in $(tools); do
		passes "$tool" "$tool --version"
		grep -Eq "^$tool [0-9.]+ \(libzstd [0-9.]+, liblz4 [0-9.]+, xxhash [0-9.]+(, lib[a-z-]+ [0-9.]+-?)*\)$" out
		[ "$(wc -l <out)" = 1 ]
	done
}

@test "misuse is one line and status 2" {
	for tool in $(tools); do
		for wrong in --nonsense --help=yes --stats-json -%; do
			fails 2 "$tool" "$tool $wrong </dev/null"
			grep -q "(try $tool --help)" err
			[ ! -s out ]
		done
	done
}

@test "an empty input is truncated" {
	for tool in $(tools); do
		command=$(reads "$tool")
		[ -n "$command" ] || continue
		fails 3 "$tool" "$command </dev/null"
		grep -q 'empty input' err
	done
}

@test "text is not a stream, a directory not a file" {
	echo 'ts,price' >text
	for tool in $(tools); do
		command=$(reads "$tool")
		[ -n "$command" ] || continue
		fails 3 "$tool" "$command <text"
		fails 1 "$tool" "$command <."
	done
	for tool in rp-cat rp-filter rp-csv rp-print; do
		fails 1 "$tool" "$tool ."
		grep -q 'is a directory' err
		fails 1 "$tool" "$tool nothing-here"
		grep -q 'nothing-here: No such file' err
	done
}

@test "stdin closed" {
	for tool in $(tools); do
		command=$(reads "$tool")
		[ -n "$command" ] || continue
		fails 1 "$tool" "$command <&-"
		grep -q '<stdin>: is closed' err
	done
}

@test "stdout closed, or full" {
	for tool in $(tools); do
		command=$(writes "$tool")
		[ -n "$command" ] || continue
		fails 1 "$tool" "$command >&-"
		grep -q '<stdout>: is closed' err
		fails 1 "$tool" "$command >/dev/full"
		grep -q '<stdout>: No space left' err
	done
}

@test "stderr closed does no harm" {
	for tool in $(tools); do
		command=$(writes "$tool")
		[ -n "$command" ] || continue
		$command 2>&- >with
		$command >without
		cmp with without
		run -2 bash -c "$tool --nonsense 2>&- </dev/null"
	done
}

@test "a reader that leaves ends it silently by SIGPIPE" {
	rp-gen -n 200000 -o many.rps
	rp-gen -n 200000 | rp-write --codec none many.log # more than a pipe holds
	rp-print --json many.rps >many.json
	for tool in $(tools); do
		command=$(writes "$tool")
		case $tool in rp-check | rp-gc | rp-ls) continue ;; esac
		[ -n "$command" ] || continue
		command=${command//"$F/small"/many}
		command=${command/3000/200000}
		run -141 bash -o pipefail -c "$command | head -c 1 >/dev/null"
		[ -z "$output" ]
	done
	# These say little: the reader must be gone before.
	for tool in rp-check rp-gc rp-ls; do
		command=$(writes "$tool")
		run -141 bash -o pipefail -c \
		    "{ sleep 0.2; exec $command; } | exec true"
		[ -z "$output" ]
	done
}

@test "cut short anywhere, it is truncated" {
	mkdir cuts
	python3 "$RP_TOP/tests/cli/frames.py" cut "$F/tiny.rps" cuts "$STEP"
	for tool in rp-cat rp-check rp-csv rp-filter rp-print; do
		for cut in cuts/*; do
			fails 3 "$tool" "$tool <$cut"
			[[ $said =~ truncated|empty\ input ]]
		done
	done
}

@test "cut short at frames and in between, every reader says so" {
	mkdir cuts
	python3 "$RP_TOP/tests/cli/frames.py" cut "$F/small.rps" cuts 99991
	[ "$(find cuts -type f | wc -l)" -gt 20 ]
	for tool in $(tools); do
		command=$(reads "$tool")
		[ -n "$command" ] || continue
		for cut in cuts/*; do
			rm -rf out.log
			fails 3 "$tool" "$command <$cut"
		done
	done
}

@test "a bit that flipped is found, wherever it is" {
	mkdir flips
	python3 "$RP_TOP/tests/cli/frames.py" flip "$F/tiny.rps" flips "$STEP"
	for flip in flips/*; do
		fails 3 rp-check "rp-check <$flip"
	done
	rm -rf flips/*
	python3 "$RP_TOP/tests/cli/frames.py" flip "$F/packed.rps" flips 1999
	for tool in $(tools); do
		command=$(reads "$tool")
		[ -n "$command" ] || continue
		for flip in flips/*; do
			rm -rf out.log
			fails 3 "$tool" "$command <$flip"
		done
	done
}

@test "single bytes, short writes and EINTR change nothing" {
	[ -z "${RP_SANITIZER-}" ] || skip "preloading under a sanitizer"
	rp-gen -n 200 --codec lz4 -o some.rps
	rp-print --json some.rps >some.json
	rp-write some.log <some.rps
	for tool in $(tools); do
		[ "$tool" != rp-pace ] || continue # the clock cuts its frames
		command=$(writes "$tool")
		[ -n "$command" ] || continue
		command=${command//"$F/small"/some}
		command=${command/3000/200}
		$command >plain
		LD_PRELOAD=$F/trickle.so $command >trickled
		cmp plain trickled
		command=$(reads "$tool")
		[ -n "$command" ] || continue
		LD_PRELOAD=$F/trickle.so $command <some.rps >trickled
		$command <some.rps >plain
		cmp plain trickled
	done
	LD_PRELOAD=$F/trickle.so rp-write other.log <some.rps
	cmp <(rp-read some.log | rp-print) <(rp-read other.log | rp-print)
}

@test "-o makes a whole file or none" {
	head -c 50000 "$F/small.rps" >cut.rps
	for tool in rp-cat rp-filter rp-csv rp-parquet rp-print; do
		fails 3 "$tool" "$tool cut.rps -o made"
		[ ! -e made ]
		fails 1 "$tool" "$tool $F/small.rps -o no/such/folder"
		fails 1 "$tool" "$tool $F/small.rps -o ."
		fails 1 "$tool" "$tool $F/small.rps -o /dev/full"
		passes "$tool" "$tool $F/small.rps -o made"
		cp made before
		fails 3 "$tool" "$tool cut.rps -o made"
		cmp made before
		passes "$tool" "$tool $F/tiny.rps -o made"
		! cmp -s made before
		rm -f made before
	done
	[ "$(ls -A)" = "$(printf 'cut.rps\nerr\nout')" ]
}

@test "-o keeps the mode of what it replaces, and follows a link" {
	echo old >file
	chmod 640 file
	ln -s file link
	rp-cat "$F/tiny.rps" -o link
	[ -L link ]
	[ "$(stat -c %a file)" = 640 ]
	rp-check file
	(umask 077 && rp-cat "$F/tiny.rps" -o new)
	[ "$(stat -c %a new)" = 600 ]
}

@test "a binary stream and a terminal do not go together" {
	script -qec true /dev/null </dev/null >/dev/null 2>&1 ||
		skip "no pseudo-terminal, or no script(1)"
	for tool in rp-cat rp-filter rp-gen rp-parquet; do
		got=0
		script -qec "$tool $F/tiny.rps" /dev/null >said || got=$?
		[ "$got" = 2 ]
		grep -q '<stdout>: is a terminal' said || grep -q 'no input' said
	done
	for tool in rp-check rp-csv rp-print; do
		got=0
		script -qec "$tool" /dev/null </dev/null >said || got=$?
		[ "$got" = 2 ]
		grep -q '<stdin>: is a terminal' said
	done
	script -qec "rp-cat --force $F/tiny.rps" /dev/null >said
}

@test "--stats and --stats-json agree with what was done" {
	for tool in $(tools); do
		command=$(writes "$tool")
		case $tool in rp-gc | rp-ls | rp-enqueue | rp-compile) continue ;; esac
		[ -n "$command" ] || command=$(reads "$tool")
		$command --stats --stats-json stats.json <"$F/small.rps" \
		    >out 2>err
		grep -q "^$tool  records  in " err
		[ "$(jq -r .tool stats.json)" = "$tool" ]
		case $tool in
		rp-gen | rp-read) ;;
		*) [ "$(jq -r .records_in stats.json)" = 3000 ] ;;
		esac
		case $tool in
		rp-check) continue ;;
		rp-sample) left=1500 ;;
		rp-book) left=$(rp-print --json out | wc -l) ;;
		*) left=3000 ;;
		esac
		[ "$(jq -r .records_out stats.json)" = "$left" ]
	done
}

@test "--progress says where it is, a line at a time" {
	rp-cat --progress "$F/small.rps" 2>err >out
	[ "$(wc -l <err)" = 1 ]
	grep -q '^rp-cat: 100%  3.0k records' err
}

@test "notes: the inputs' first, then the tool's own; none with --no-notes" {
	rp-gen -n 10 | rp-cat | rp-filter -w 'size >= 0' >three.rps
	rp-print --notes three.rps | grep -o 'tool=rp-[a-z]*' >notes
	printf 'tool=rp-gen\ntool=rp-cat\ntool=rp-filter\n' | cmp - notes
	rp-cat --no-notes three.rps >none.rps
	run ! grep -q tool= <(rp-print --notes none.rps)
	[ "$(rp-check <three.rps | grep sum)" = "$(rp-check <none.rps | grep sum)" ]
}

stages() {
	python3 "$RP_TOP/tests/cli/stages.py" "$@"
}

@test "a source that is killed: all behind it say that they were cut short" {
	for signal in INT TERM KILL HUP; do
		run -0 --separate-stderr stages SIG$signal 1 "rp-gen -n 1G" \
		    "rp-cat" "rp-csv -o killed.csv"
		[ "${stderr_lines[-1]}" = "SIG$signal 3 3" ]
		grep -q '^rp-cat: <stdin>: truncated' <<<"$stderr"
		grep -q '^rp-csv: <stdin>: ' <<<"$stderr"
		[ -z "$(ls -A)" ]
	done
}

@test "a filter takes no notice of the first INT or TERM, the second kills" {
	for signal in INT TERM; do
		run -0 --separate-stderr stages SIG$signal 2 \
		    "rp-gen -n 4M" "rp-cat" "rp-check"
		[ "$stderr" = "0 0 0" ]
		run -0 --separate-stderr stages SIG$signal,SIG$signal 2 \
		    "rp-gen -n 1G" "rp-cat" "rp-csv -o killed.csv"
		[ "${stderr_lines[-1]}" = "SIGPIPE SIG$signal 3" ]
		[ -z "$(ls -A)" ]
	done
	run -0 --separate-stderr stages SIGKILL 2 \
	    "rp-gen -n 1G" "rp-cat" "rp-csv -o killed.csv"
	[ "${stderr_lines[-1]}" = "SIGPIPE SIGKILL 3" ]
	[ -z "$(ls -A)" ]
}

@test "a filter of files dies of the first INT or TERM" {
	rp-gen -n 100k -o big.rps
	for signal in INT TERM; do
		for input in big.rps "<big.rps"; do
			run -0 --separate-stderr stages SIG$signal 1 \
			    "rp-filter -w 'size > 9' --invert --reject rest \
				$input" "sleep 2"
			[ "$stderr" = "SIG$signal 0" ]
			[ "$(ls -A)" = big.rps ]
		done
	done
}

@test "a sink that is killed leaves no half file" {
	for signal in INT TERM; do
		run -0 --separate-stderr stages SIG$signal,SIG$signal 3 \
		    "rp-gen -n 1G" "rp-cat" "rp-csv -o killed.csv"
		[ "$stderr" = "SIGPIPE SIGPIPE SIG$signal" ]
		[ -z "$(ls -A)" ]
	done
	run -0 --separate-stderr stages SIGKILL 3 \
	    "rp-gen -n 1G" "rp-cat" "rp-csv -o killed.csv"
	[ "$stderr" = "SIGPIPE SIGPIPE SIGKILL" ]
	[ -z "$(ls -A)" ]
}

@test "a log whose writer is killed is repaired and read" {
	for signal in TERM,SIGTERM KILL; do
		run -0 --separate-stderr stages SIG$signal 2 \
		    "rp-gen -n 1G" "rp-write --roll-size 4Mi killed.log"
		[ "$stderr" = "SIGPIPE SIG${signal##*SIG}" ]
		rp-check -q --repair killed.log >out
		grep -q '^killed.log: ok' out
		rp-read killed.log | rp-check >/dev/null
		rm -rf killed.log
	done
}

@test "a live source that is told to stop ends its stream" {
	rp-gen -n 1000 | rp-write live.log
	for signal in INT TERM; do
		run -0 --separate-stderr stages SIG$signal 1 \
		    "rp-read --follow live.log" "rp-check"
		[ "$stderr" = "0 0" ]
		[[ $output == *"end "*" signal"* ]]
	done
}
