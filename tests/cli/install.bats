#!/usr/bin/env bats
# make install and uninstall; library.bats builds on what was installed.
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
