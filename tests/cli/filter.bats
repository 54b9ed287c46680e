#!/usr/bin/env bats
# shellcheck disable=SC2154 # set by run
#
# rp-filter: what passes, what is rejected, what is said; and the examples of
# its page and of rp-syntax(7).
bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	rp-gen -n 20k -N 4 --no-notes |
	    rp-cat --frame-records 3000 --no-notes -o m.rps
	rp-cat --codec zstd:1 --no-notes m.rps -o packed.rps
	rp-csv m.rps -o m.csv -c seq,ts_recv,symbol,action,side,price,size
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	M=$BATS_FILE_TMPDIR/m.rps
	P=$BATS_FILE_TMPDIR/packed.rps
	C=$BATS_FILE_TMPDIR/m.csv
}

# counts N ARGS...: so many records pass, of plain and of packed frames, by
# --count and by reading what was written.
counts() {
	local n=$1
	shift
	[ "$(rp-filter --count "$@" "$M")" = "$n" ]
	[ "$(rp-filter --count "$@" "$P")" = "$n" ]
	[ "$(rp-filter "$@" "$M" | rp-csv --no-header | wc -l)" = "$n" ]
}

# rows AWK: how many rows of the CSV file meet an awk expression of its columns.
rows() {
	awk -F, "{ ts = \$2; symbol = \$3; action = \$4; side = \$5
		size = \$7 }
	    NR > 1 && ($1) { n++ } END { print n + 0 }" "$C"
}

# sum FILE: records and sum of the whole stream.
sum_of() {
	rp-print --frames "$1" | sed -n 's/.* end \([0-9]*\) records.* sum \([0-9a-f]*\),.*/\1 \2/p'
}

# adds A B WHOLE: the sums of two streams add up to the third's, modulo 2^64.
adds() {
	local a b w
	read -ra a <<<"$(sum_of "$1")"
	read -ra b <<<"$(sum_of "$2")"
	read -ra w <<<"$(sum_of "$3")"
	[ $((a[0] + b[0])) = "${w[0]}" ]
	[ "$(printf %016x $((0x${a[1]} + 0x${b[1]})))" = "${w[1]}" ]
}

# examples PAGE: run the lines that start with "$ " one after the other.
examples() {
	sed -n -e 's/\\e/\\/g' -e 's/^\(\.Dl \)\{0,1\}\$ //p' \
	    "$RP_TOP/man/$1" >commands
	[ -s commands ]
	while read -r line; do
		echo "$line"
		bash -o pipefail -c "$line" </dev/null || return 1
	done <commands
}

@test "an expression selects what awk selects" {
	counts "$(rows 'side == "bid" && size >= 5')" -w 'side == bid and size >= 5'
	counts "$(rows 'action == "T"')" -w 'action == T'
	counts "$(rows 'action != "T" && size != "" && size < 3')" -w 'not action == T and size < 3'
	counts "$(rows 'symbol == "SYM0001" || size > 7')" \
	    -w 'symbol == SYM0001 or size > 7'
	counts 0 -w 'size > 5 and size < 5'
}

@test "symbols by name, glob and file" {
	counts "$(rows 'symbol == "SYM0002"')" -s SYM0002
	counts "$(rows 'symbol ~ /SYM000[12]/')" -s 'SYM000[12]'
	counts "$(rows 'symbol ~ /SYM000[13]/')" -s SYM0001 -s SYM0003
	printf '# ours\n\n  SYM0001\r\nSYM000[3-9]' >list
	counts "$(rows 'symbol ~ /SYM000[13]/')" -s @list
	counts 0 -s NOPE
	counts 20000 -s '*'
}

@test "globs and lists within an expression" {
	n=$(rows 'symbol ~ /SYM000[12]/')
	counts "$n" -w 'symbol glob "SYM000[12]"'
	counts $((20000 - n)) -w 'symbol not glob "SYM000[12]"'
	printf '# ours\n\n  SYM0001\r\nSYM0002' >list
	counts "$n" -w 'symbol in @list'
	counts "$(rows 'symbol !~ /SYM000[12]/ && size > 5')" \
	    -w 'symbol not in @list and size > 5'
	# one name with a comma, which nobody has
	run -0 --separate-stderr rp-filter --count -s SYM0001,SYM0002 "$M"
	[ "$output" = 0 ]
	[[ $stderr == "rp-filter: warning: --symbol 'SYM0001,SYM0002' is one name"* ]]
}

@test "types by name, glob, number and schema" {
	for t in mbo 'm*' 4 trade,mbo type:4; do
		counts 20000 -t "$t"
	done
	counts 0 -t trades -t bbo-1s
	counts 20000 --source gen
	counts 0 --source other
}

@test "times: inclusive, exclusive, in zones" {
	at=$(awk -F, 'NR == 10001 { print $2 }' "$C")
	counts "$(rows "ts >= $at")" --from "@$at"
	counts "$(rows "ts < $at")" --to "@$at"
	counts 20000 --from 2024-01-02
	counts 20000 --from 14:30 --to 15:30
	counts 20000 --from 14:30 --to +1h
	counts 20000 --from 08:30 --tz America/Chicago
	counts 20000 --from 2024-01-02T14:30+00:00
	counts 0 --from 15:30
	counts 0 --to 2024-01-02
	counts 20000 --clock event --from 14:29 --to 15:30
}

@test "sequence numbers of a log" {
	rp-write m.log <"$M"
	rp-read m.log -o logged.rps
	first=$(rp-csv -c seq --no-header logged.rps | sed -n 101p)
	[ "$(rp-filter --count --seq "$first.." logged.rps)" = 19900 ]
	[ "$(rp-filter --count --seq "..$first" logged.rps)" = 101 ]
	[ "$(rp-filter --count --seq "$first" logged.rps)" = 1 ]
	[ "$(rp-filter --count --seq "1..$first" "$M")" = 0 ]
}

@test "flags, set and not set" {
	last=$(rp-filter --count --flags last "$M")
	counts "$((20000 - last))" --flags '!last'
	counts "$last" -w 'flags has last'
	counts 0 --flags 'last,!last'
}

@test "--limit stops early and says so" {
	counts 10 -n 10
	counts 0 -n 0
	counts 3000 -n 3000
	counts 3001 -n 3001 -t mbo
	rp-filter -n 10 "$M" | rp-check | grep '^  end .*early'
	counts "$(rows 1)" -n 1M
}

@test "--invert selects the others" {
	n=$(rows 'side == "bid"')
	counts "$((20000 - n))" --invert -w 'side == bid'
	counts "$(rows 'symbol != "SYM0002"')" --invert -s SYM0002
	counts 0 --invert
	counts 20000 --invert -t trade
}

@test "pass and reject are the input, by record and by sum" {
	for args in "-w size>3" "-s SYM0001" "-t trade" "-t mbo" \
	    "--whole-events -w action==T" "--invert -s SYM000[12]"; do
		for in in "$M" "$P"; do
			# shellcheck disable=SC2086
			rp-filter $args -o pass --reject rest "$in"
			rp-check pass rest
			adds pass rest "$in"
		done
	done
}

@test "--count goes with every other option" {
	n=$(rows 'symbol == "SYM0001"')
	[ "$(rp-filter --count -s SYM0001 --reject rest "$M")" = "$n" ]
	rp-filter -s SYM0001 -o pass --reject rest2 "$M"
	[ "$(sum_of rest)" = "$(sum_of rest2)" ]
	rp-filter --count -s SYM0001 -o n --stats-json s "$M"
	[ "$(cat n)" = "$n" ]
	[ "$(jq -c '[.records_in, .records_out, .dropped]' s)" = \
	    "[20000,$n,$((20000 - n))]" ]
	[ "$(rp-filter --count --invert -n 100 -s SYM0001 "$M")" = 100 ]
	[ "$(rp-filter --count --whole-events -w 'action == T' "$M")" = \
	    "$(rp-filter --whole-events -w 'action == T' "$M" |
		rp-csv --no-header | wc -l)" ]
}

@test "--limit and --reject: both are the input up to the last that passes" {
	rp-filter -w 'side == bid' -n 500 -o pass --reject rest "$M"
	n=$(($(rp-check --json pass | jq -r .records) +
	    $(rp-check --json rest | jq -r .records)))
	[ "$(rows 'NR - 1 <= '"$n"' && side == "bid"')" = 500 ]
	[ "$(rows 'NR - 1 == '"$n"' && side == "bid"')" = 1 ]
	rp-filter -n $n --no-notes -o head "$M"
	adds pass rest head
}

@test "whole events: all of those with a match, none of the others" {
	rp-filter --whole-events -w 'action == T' -o pass --reject rest "$M"
	[ "$(rp-filter --count -w 'action == T' rest)" = 0 ]
	[ "$(rp-filter --count -w 'action == T' pass)" = \
	    "$(rows 'action == "T"')" ]
	[ "$(rp-filter --count -w 'action != T' pass)" -gt 0 ]
	# each event is in one of them whole: the last record of each is LAST
	for f in pass rest; do
		rp-csv -c flags --no-header $f | tail -n 1 | grep last
	done
	# frames do not matter
	rp-cat --frame-records 1 "$M" |
	    rp-filter --whole-events -w 'action == T' |
	    rp-csv >one.csv
	rp-csv pass | cmp - one.csv
}

@test "frames that pass are passed as they are" {
	rp-filter --no-notes -s 'SYM*' -t mbo --from 2024-01-02 "$P" -o out
	cmp "$P" out
}

@test "a thinned stream says so, whole symbols do not thin" {
	thinned() {
		rp-filter "$@" "$M" | rp-check | grep -q '^  end .*thinned'
	}
	for args in "-w size>0" "--flags last" "--seq 1.." \
	    "--whole-events -s SYM0001" "--invert --from 14:30:01"; do
		# shellcheck disable=SC2086
		thinned $args
	done
	for args in "-s SYM0001" "-t mbo" "--from 14:30:01" "--source gen" \
	    "-n 5" "--invert -s SYM0001" "--whole-events"; do
		# shellcheck disable=SC2086
		run ! thinned $args
	done
	# and so does what is made of it
	rp-filter -w 'size > 0' "$M" | rp-filter -s SYM0001 | rp-check |
	    grep -q '^  end .*thinned'
}

@test "what is wrong is said in one line, with its column" {
	says() {
		local what=$1
		shift
		run -2 --separate-stderr rp-filter "$@" "$M"
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" = 1 ]
		[[ $stderr == "rp-filter: $what"* ]]
	}
	says '--where: column 17: no field named "sise"; did you mean "side"?' \
	    -w 'side == bid and sise ~ 5'
	says '--where: column 9: no word "bud" in side' -w 'side == bud'
	says '--where: column 1: the expression ends' -w ''
	says '--from: "noon" is no time' --from noon
	says '--to: "25:00" is no time' --to 25:00
	says '--from: "now" is not before "now-1h"' --from now --to now-1h
	says '--from: "15:00" is not before "14:00"' --from 15:00 --to 14:00
	says '--from: "1500-01-01" is outside of 1677-09-21 to 2262-04-11 (try' \
	    --from 1500-01-01
	says '--to: "14:30:00.0123456789" is finer than a nanosecond (try' \
	    --to 14:30:00.0123456789
	says '--where: column 11: "2500-01-01" is outside of' \
	    -w 'ts_recv < 2500-01-01'
	says '--symbol: "ES[A" has a [ without its ]' -s 'ES[A'
	says '--where: column 10: this glob has a [ without its ]' \
	    -w 'symbol ~ "ES["'
	says '--where: column 11: no word "foo" in action: it has normal, bust, correction; or set, ' \
	    -w 'action == foo'
	run -1 --separate-stderr rp-filter -w 'symbol in @missing' "$M"
	[[ $stderr == "rp-filter: --where: column 11: missing: No such file"* ]]
	: >empty
	says '--where: column 11: empty: an empty list' -w 'symbol in @empty'
	says '--tz: no time zone "Nowhere"' --tz Nowhere
	says '--seq: "9..1" is no range' --seq 9..1
	says '--type: no record type named "mboo"; did you mean "mbo"?' -t mboo
	says '--flags: no flag named "lost"' --flags lost
	says "two outputs cannot both go to '-'" \
	    --count --reject -
	says "two outputs cannot both go to '-'" --reject -
	says "two outputs cannot both go to 'x'" \
	    -o x --reject x
	printf 'mbo\nmboo\n' >types
	says '--type: types: line 2: no record type named "mboo"' -t @types
	run -1 rp-filter -s @missing "$M"
}

@test "--check reads nothing" {
	rp-filter --check -w 'side == bid and ts_recv > 14:30' missing.rps
	run -2 --separate-stderr rp-filter --check -w 'side = = bid'
	[[ $stderr == *'column 8: "=" where a value is expected'* ]]
}

@test "a truncated input leaves no file, in no output" {
	head -c 500000 "$M" >short
	run -3 rp-filter -w 'size > 3' -o pass --reject rest short
	run -3 rp-filter --whole-events -w 'size > 3' -o pass --reject rest short
	run -3 rp-filter --count short
	[ "$(ls)" = short ]
}

@test "a full disk is a failure, of the rejects as well" {
	run -1 rp-filter --reject /dev/full -s NOPE -o pass "$M"
	[ ! -e pass ]
	run -1 rp-filter --count -o /dev/full "$M"
}

@test "--stats count what went where" {
	rp-filter -s SYM0001 --stats-json s.json "$M" -o out
	[ "$(jq -r .records_in s.json)" = 20000 ]
	[ "$(jq -r .records_out s.json)" = "$(rows 'symbol == "SYM0001"')" ]
	[ "$(jq -r .dropped s.json)" = "$(rows 'symbol != "SYM0001"')" ]
	rp-filter -s SYM0001 --count --stats-json s.json "$M" >n
	[ "$(jq -r .dropped s.json)" = "$(rows 'symbol != "SYM0001"')" ]
}

@test "memory does not grow with the stream" {
	[ -z "${RP_SANITIZER-}" ] || skip "sanitizers need more"
	for _ in $(seq 20); do echo "$M"; done | xargs rp-cat -o large
	for args in "-w size>3" "--whole-events -w size>3"; do
		# shellcheck disable=SC2086
		command time -f %M -o kib \
		    rp-filter $args --reject /dev/null large >/dev/null
		[ "$(tail -n 1 kib)" -le 16384 ]
	done
}

@test "the examples of rp-filter(1) run" {
	examples rp-filter.1
}

@test "the examples of rp-syntax(7) run, and agree" {
	examples rp-syntax.7
	# a minute, said in four ways
	[ "$(rp-filter --count -t mbo --from 14:30 --to +1m m.rps)" -gt 0 ]
	for args in "--from 2024-01-02T14:30 --to +1m" \
	    "--tz America/Chicago --from 08:30 --to +60s"; do
		# shellcheck disable=SC2086
		[ "$(rp-filter --count $args m.rps)" = \
		    "$(rp-filter --count --from 14:30 --to 14:31 m.rps)" ]
	done
	[ "$(rp-filter --count -w 'ts_recv >= 14:30 and ts_recv < 14:31' \
	    m.rps)" = "$(rp-filter --count --from 14:30 --to 14:31 m.rps)" ]
}
