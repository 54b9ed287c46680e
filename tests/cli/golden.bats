#!/usr/bin/env bats
# shellcheck disable=SC2154 # stderr is set by run
# The golden files of tests/data: what version 1 is, in bytes (README there).
bats_require_minimum_version 1.5.0

setup() {
	cd "$RP_TOP/tests/data" || return 1
	shopt -s nullglob
}

# said FILE: what a good stream decodes to, long lines cut.
said() {
	rp-print --frames "$1"
	rp-print --json "$1" | cut -c 1-2000
}

@test "each .rps is its commented hex, and stands in the README" {
	for hex in *.hex; do
		"$RP_TOP/scripts/hex2bin" "$hex" | cmp - "${hex%.hex}.rps"
		grep -q "^- \`${hex%.hex}\`: " README.md
	done
	for file in *.rps *.txt; do
		[ -e "${file%.*}.hex" ]
	done
	[ "$(grep -c '^- .[a-z0-9-]*.: ' README.md)" = "$(find . -name '*.hex' |
	    wc -l)" ]
}

@test "good files decode to their text" {
	for file in good-*.rps; do
		said "$file" | diff -u "${file%.rps}.txt" -
	done
}

@test "good files pass every tool, with their sum" {
	for file in good-*.rps; do
		want=$(rp-check --json -q "$file" | jq -r .sum)
		for tool in rp-cat rp-filter rp-read "rp-cat --layout rows" \
		    "rp-cat --codec lz4"; do
			got=$($tool "$file" | rp-check --json -q | jq -r .sum)
			[ "$got" = "$want" ]
		done
		rp-write --replace "$BATS_TEST_TMPDIR/log" "$file"
		got=$(rp-read "$BATS_TEST_TMPDIR/log" | rp-check --json -q |
		    jq -r .sum)
		[ "$got" = "$want" ]
	done
}

# ends STATUS FILE COMMAND...: what it ends with, the file being its input.
ends() {
	local want=$1 file=$2 got=0
	shift 2
	"$@" <"$file" >/dev/null 2>"$BATS_TEST_TMPDIR/err" || got=$?
	if [ $got != "$want" ]; then
		echo "$* <$file -> $got, not $want:"
		cat "$BATS_TEST_TMPDIR/err"
		return 1
	fi
}

# refuses STATUS FILE: rp-check does so, with the message that is expected.
refuses() {
	ends "$1" "$2" rp-check -q
	diff -u "${2%.rps}.txt" "$BATS_TEST_TMPDIR/err"
}

@test "bad files are refused with their message and status 3" {
	for file in bad-*.rps; do
		refuses 3 "$file"
	done
}

@test "bad files: filters and sinks refuse them too" {
	for file in bad-*.rps; do
		[[ $file != bad-rows-* ]] || continue
		for tool in rp-cat rp-filter rp-print rp-read; do
			ends 3 "$file" $tool
		done
	done
	for file in bad-rows-*.rps; do
		ends 3 "$file" rp-print
		ends 3 "$file" rp-write "$BATS_TEST_TMPDIR/log"
		[ ! -e "$BATS_TEST_TMPDIR/log" ]
		[ "$file" = bad-rows-sum.rps ] ||
		    ends 3 "$file" rp-cat --frame-size 1Mi
	done
}

@test "files of a later version are unsupported: status 5" {
	for file in unsupported-*.rps; do
		refuses 5 "$file"
		for tool in rp-cat rp-filter rp-print rp-csv rp-read; do
			ends 5 "$file" $tool
		done
		ends 5 "$file" rp-write "$BATS_TEST_TMPDIR/log"
		rm -rf "$BATS_TEST_TMPDIR/log"
	done
}

@test "rp-stream(5) shows good-annotated, byte by byte" {
	sed -n '/^\.\\" good-annotated$/,/^\.Ed$/p' "$RP_TOP/man/rp-stream.5" |
	    sed '/^\./d; s/^ *[0-9]*: //' | "$RP_TOP/scripts/hex2bin" |
	    cmp - good-annotated.rps
}
