#!/usr/bin/env bats
# The library as its users have it: installed, found by pkg-config, and the
# examples built on it, in pipes with the tools.
bats_require_minimum_version 1.5.0

setup_file() {
	[ -z "${RP_SANITIZER-}" ] || return 0
	cd "$BATS_FILE_TMPDIR" || return 1
	make -s -C "$RP_TOP" BUILD="$RP_BUILD" install DESTDIR="$PWD/root" \
	    PREFIX=/usr
	export PKG_CONFIG_SYSROOT_DIR=$PWD/root
	export PKG_CONFIG_PATH=$PWD/root/usr/lib/pkgconfig
	cp -r "$RP_TOP/examples" .
	make -s -C examples clean all
	PATH=$PWD/examples:$PATH
	rp-gen -n 60k -N 3 -o market.rps
}

setup() {
	[ -z "${RP_SANITIZER-}" ] || skip "a library with $RP_SANITIZER needs its flags"
	cd "$BATS_FILE_TMPDIR" || return 1
}

# flags OPTION...: what pkg-config says, a word each
flags() {
	local words
	read -ra words < <(pkg-config "$@" rp)
	printf '%s\n' "${words[@]}"
}

# builds FILE: an ordinary program, with and without --static
builds() {
	local cflags libs
	mapfile -t cflags < <(flags --cflags)
	for static in "" --static; do
		mapfile -t libs < <(flags --libs $static)
		cc -std=c11 -Wall -Wextra -Wpedantic -Werror "${cflags[@]}" \
		    -o "${1%.c}" "$1" "${libs[@]}"
	done
}

@test "every installed header stands on its own, in plain C11" {
	mapfile -t cflags < <(flags --cflags)
	cd root/usr/include
	[ -f rp/rp.h ]
	run ! grep -r '^#include "' .
	find rp -name '*.h' >../headers
	[ "$(wc -l <../headers)" -gt 15 ]
	while read -r header; do
		echo "#include <$header>" | cc -std=c11 -Wall -Wextra \
		    -Wpedantic -Werror "${cflags[@]}" -fsyntax-only -x c -
	done <../headers
}

@test "the library exports no name but rp_..." {
	nm -g --defined-only root/usr/lib/librp.a |
	    awk 'NF == 3 { print $3 }' >names
	[ "$(wc -l <names)" -gt 200 ]
	run ! grep -v '^rp_' names
}

@test "all of it links with what rp.pc names" {
	echo 'int main(void) { return 0; }' >all.c
	mapfile -t libs < <(flags --libs)
	cc -o all all.c -Wl,--whole-archive root/usr/lib/librp.a \
	    -Wl,--no-whole-archive "${libs[@]}"
	./all
}

@test "what librp(3) shows compiles and works" {
	man=$RP_TOP/man/librp.3
	awk '/^\.Bd -literal -compact/ { on = 1; next } /^\.Ed/ { on = 0 } on' \
	    "$man" | sed 's/\\e/\\/g; s/\\&//g' >page.c
	[ "$(wc -l <page.c)" -gt 20 ]
	builds page.c
	./page <market.rps >page.out
	[ "$(rp-check --json page.out | jq -r .records)" = \
	    "$(rp-filter --count --flags last market.rps)" ]
	head -c 500000 market.rps >cut.rps
	run -3 --separate-stderr ./page <cut.rps
	[[ $stderr == *"<stdin>: truncated"* ]]
}

@test "the filter is what the README says: less than 60 lines" {
	[ "$(wc -l <"$RP_TOP/examples/rp-bigprints.c")" -lt 60 ]
}

@test "the example filter in a pipe" {
	rp-cat market.rps | rp-bigprints -m 25 | rp-cat --codec lz4 >ours.rps
	rp-filter -w 'action == T and size >= 25' market.rps >theirs.rps
	[ "$(rp-check --json ours.rps | jq -r .records)" -gt 10 ]
	for sum in .sum .records .symbols.SYM0001.records; do
		[ "$(rp-check --json --sum ours.rps | jq -r $sum)" = \
		    "$(rp-check --json --sum theirs.rps | jq -r $sum)" ]
	done
	[[ $(rp-check ours.rps) == *" thinned"* ]]
	rp-print --notes ours.rps | grep -q 'tool=rp-bigprints'
	run -0 --separate-stderr rp-bigprints --no-notes -m 25 market.rps
	rp-bigprints --no-notes -m 25 <market.rps >none.rps
	run ! grep -a 'tool=' none.rps
}

@test "a tool of one's own is a tool like all others" {
	run -0 rp-bigprints --help
	[ "${lines[0]}" = "usage: rp-bigprints [-m SIZE] [FILE ...]" ]
	run -0 rp-bigprints --version
	run -2 rp-bigprints -m much
	[ "$output" = "rp-bigprints: --min-size 'much': expected a number (try rp-bigprints --help)" ]
	rp-bigprints --stats-json stats.json market.rps >out.rps 2>err
	[ "$(jq -r .records_in stats.json)" = 60000 ]
	[ "$(jq -r .records_out stats.json)" = \
	    "$(rp-check --json out.rps | jq -r .records)" ]
	run -1 --separate-stderr bash -c 'rp-bigprints market.rps >/dev/full'
	[[ $stderr == "rp-bigprints: <stdout>: No space left"* ]]
}

@test "a stream cut short, empty or damaged gives status 3 and no END" {
	head -c 1500000 market.rps >cut.rps
	run -3 --separate-stderr bash -c 'rp-bigprints <cut.rps >out.rps'
	[[ $stderr == "rp-bigprints: <stdin>: truncated"* ]]
	run -3 rp-check out.rps
	run -3 rp-bigprints </dev/null
	run -3 bash -c "head -c 1000 market.rps | tr '\\211' x | rp-bigprints"
	run -3 bash -c \
	    'set -o pipefail; rp-bigprints <cut.rps | rp-csv -o no.csv'
	[ ! -e no.csv ]
}

@test "the example source: text to trades, and what is none" {
	printf '%s\n' '2024-01-02T14:30:00Z ES 4800.25 3' \
	    '2024-01-02T14:30:00.5Z NQ 1.5e3 0.25' >ticks
	rp-ticks <ticks | rp-csv -c ts_event,symbol,price,size --no-header >csv
	printf '%s\n' '1704205800000000000,ES,4800.25,3' \
	    '1704205800500000000,NQ,1500,0.25' | cmp - csv
	printf '%s\n' 'nonsense' '2024-01-02 ES 1 2 3' >>ticks
	run -3 --separate-stderr bash -c 'rp-ticks <ticks | rp-check'
	run -3 --separate-stderr bash -c 'rp-ticks <ticks >/dev/null'
	[ "$stderr" = "rp-ticks: line 3 is not TIME SYMBOL PRICE SIZE" ]
	rp-ticks --on-error file:bad <ticks >out.rps
	[ "$(rp-check --json out.rps | jq -r '.records, .end[]' | xargs)" = \
	    "2 lossy" ]
	[ "$(cut -f 2 bad)" = "$(tail -n 2 ticks)" ]
}
