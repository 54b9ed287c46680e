#!/usr/bin/env bats
# shellcheck disable=SC2154 # set by run
#
# rp-cat: joins streams, makes other frames and other encodings of them.
bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	rp-gen -n 20k -N 3 -o a.rps
	rp-gen -n 5k -N 3 -S 2 --codec lz4 --layout columns -o b.rps
}

setup() {
	A=$BATS_FILE_TMPDIR/a.rps
	B=$BATS_FILE_TMPDIR/b.rps
	cd "$BATS_TEST_TMPDIR" || return 1
}

# has QUERY [FILE]: what rp-check says of a stream.
has() {
	rp-check -q --json-numbers --sum "${@:2}" | jq -r "$1"
}

records() {
	rp-print --json "$@" | sed 's/"seq":[^,]*,//'
}

@test "frames pass as they are, decoded or not" {
	rp-cat --no-notes "$A" "$B" >both
	[ "$(has .records both)" = 25000 ]
	[ "$(has '.coding["none rows"]' both)" = \
	    "$(has '.coding["none rows"]' "$A")" ]
	[ "$(has '.coding["lz4 columns"]' both)" = \
	    "$(has '.coding["lz4 columns"]' "$B")" ]
	rp-cat --no-notes both >again
	cmp both again
	cmp <(records both) <(records "$A" "$B")
}

@test "- is stdin, wherever it stands" {
	rp-cat --no-notes "$A" "$B" >files
	rp-cat --no-notes "$A" - <"$B" >second
	cmp files second
	rp-cat --no-notes - "$B" <"$A" >first
	cmp files first
}

@test "--codec and --layout recode each frame and no record" {
	want=$(has .sum "$A")
	for how in "none rows" "lz4 columns" "lz4 rows" "zstd columns"; do
		rp-cat --codec "${how% *}" --layout "${how#* }" "$A" -o made
		[ "$(has .sum made)" = "$want" ]
		# all of it is coded so, and what compresses is gathered
		[ "$(has ".coding[\"$how\"]" made)" = "$(has .data_frames made)" ]
		[ "$(has .data_frames made)" -le "$(has .data_frames "$A")" ]
		cmp <(records made) <(records "$A")
	done
	rp-cat --codec lz4 "$A" | rp-check --json | grep '"lz4 columns"'
	rp-cat --codec none "$B" | rp-check --json | grep '"none rows"'
}

@test "threads change nothing but the time" {
	rp-cat --no-notes --codec zstd:3 "$A" "$B" >one
	rp-cat --no-notes --codec zstd:3 -j 3 "$A" "$B" >three
	cmp one three
	rp-cat --no-notes --codec lz4 --frame-records 100 "$A" >one
	rp-cat --no-notes --codec lz4 --frame-records 100 -j 8 "$A" >many
	cmp one many
}

@test "--frame-records and --frame-size make frames of a size" {
	rp-cat --frame-records 7000 "$A" "$B" >made
	[ "$(rp-print --frames made | grep -c ' data ')" = 4 ]
	[ "$(has .sum made)" = "$(rp-cat "$A" "$B" | has .sum)" ]
	rp-cat --frame-size 64Ki "$A" >made
	[ "$(has '.raw_bytes / .data_frames > 60000' made)" = true ]
	[ "$(has '.raw_bytes / .data_frames <= 65536' made)" = true ]
	rp-gen -n 10 | rp-cat --frame-size 1 >made
	[ "$(has .data_frames made)" = 10 ]
}

@test "records in hand do not wait for more than --frame-time" {
	rp-gen -n 10 --no-notes >ten
	mkfifo slow
	# The frame goes in; its END only once its records have come out.
	rp-cat --frame-records 100 --frame-time 10ms <slow >out &
	{
		head -c -160 ten
		for ((i = 0; i < 100; i++)); do
			[ "$(stat -c %s out)" -lt 1000 ] || break
			sleep 0.05
		done
		[ "$i" -lt 100 ] || touch late
		tail -c 160 ten
	} >slow
	wait $!
	[ ! -e late ]
	rp-check out
}

@test "what the inputs' ends say is carried on" {
	rp-read "$A" -n 5 -o early
	rp-cat "$B" early >both
	[ "$(has '.end | join(" ")' both)" = early ]
	rp-filter -w 'size > 1' "$A" >thin
	rp-cat thin "$B" >both
	[ "$(has '.end | join(" ")' both)" = thinned ]
}

@test "an input that breaks off is passed on as an ABORT, not an END" {
	head -c 1500000 "$A" >torn.rps
	run -3 --separate-stderr bash -c "rp-cat '$B' torn.rps >made"
	[ "${#stderr_lines[@]}" = 1 ]
	[[ $stderr == "rp-cat: torn.rps: truncated"* ]]
	run -3 --separate-stderr rp-check made
	[[ $stderr == *"the producer gave up: torn.rps: truncated"* ]]
	[[ $output =~ records\ +1[5-9][0-9]{3}\ in ]] # what came whole
}

@test "misuse" {
	for args in "-j 0" "-j 65" "--frame-size 5Mi" "--frame-time 2h" \
	    "--frame-records 5G" "--codec lz4:x" "--layout col"; do
		# shellcheck disable=SC2086
		run -2 --separate-stderr rp-cat $args "$A"
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" = 1 ]
	done
}

@test "memory does not grow with the input" {
	[ -z "${RP_SANITIZER-}" ] || skip "sanitizers need memory"
	rp-gen -n 2M -o large
	for args in "" "--codec zstd" "--frame-records 1000"; do
		# shellcheck disable=SC2086
		(
			ulimit -v 65536
			rp-cat $args large >out
		)
	done
}
