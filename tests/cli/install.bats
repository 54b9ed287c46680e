#!/usr/bin/env bats
# make install and uninstall, and a program against what was installed.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	[ -z "${RP_SANITIZER:-}" ] || skip "a library with $RP_SANITIZER needs its flags"
}

rp_make() {
	make -s -C "$RP_TOP" BUILD="$RP_BUILD" "$@"
}

@test "what is installed is complete, and uninstall removes it" {
	rp_make install DESTDIR="$PWD/d" PREFIX=/usr
	for tool in "$RP_TOP"/cmd/rp-*.c; do
		name=$(basename "$tool" .c)
		[ -x "d/usr/bin/$name" ]
		[ -s "d/usr/share/man/man1/$name.1" ]
	done
	grep -qx 'prefix=/usr' d/usr/lib/pkgconfig/rp.pc
	rp_make uninstall DESTDIR="$PWD/d" PREFIX=/usr
	[ -z "$(find d -type f)" ]
}

@test "the example filter builds against the installed library and works" {
	rp_make install PREFIX="$PWD/p"
	export PKG_CONFIG_PATH=$PWD/p/lib/pkgconfig
	# shellcheck disable=SC2046
	cc -std=c11 -Wall -Wextra -Werror -o large-trades \
	    "$RP_TOP/examples/large-trades.c" \
	    $(pkg-config --cflags --libs --static rp)
	rp-gen -n 50k -o m.rps
	./large-trades <m.rps >out.rps
	rp-check out.rps
	rp-csv --no-header -c action,size out.rps >ours
	rp-filter -w 'action == T and size >= 10' m.rps |
	    rp-csv --no-header -c action,size >theirs
	[ -s ours ]
	cmp ours theirs
}

@test "the example filter tells a truncated stream by its status" {
	rp_make install PREFIX="$PWD/p"
	export PKG_CONFIG_PATH=$PWD/p/lib/pkgconfig
	# shellcheck disable=SC2046
	cc -o large-trades "$RP_TOP/examples/large-trades.c" \
	    $(pkg-config --cflags --libs --static rp)
	rp-gen -n 50k -o m.rps
	run -3 --separate-stderr bash -c \
	    'head -c 1000000 m.rps | ./large-trades >out.rps'
	[[ $stderr == large-trades:*"<stdin>"* ]]
	run -3 rp-check out.rps
}

@test "every header stands on its own" {
	cd "$RP_TOP/common"
	for header in ./*.h ./*/*.h; do
		echo "#include \"$header\"" |
		    cc -std=c11 -D_GNU_SOURCE -I. -fsyntax-only -x c - || {
			echo "$header"
			false
		}
	done
}
