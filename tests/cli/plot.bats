#!/usr/bin/env bats
# shellcheck disable=SC2154,SC2030,SC2031 # set by run
#
# scripts/plot: pictures of what rp-book shows.
bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	rp-gen -n 20k -N 2 -o in.rps
	rp-book --from-empty --bbo in.rps | rp-csv -o bbo.csv
	rp-book --from-empty --emit book:5:every=10ms in.rps | rp-csv -o book.csv
	rp-book --from-empty --features mid,spread,imbalance=3 in.rps |
	    rp-csv -o features.csv
}

setup() {
	cd "$BATS_FILE_TMPDIR" || return 1
	plot=$RP_TOP/scripts/plot
	PICTURES=$BATS_TEST_TMPDIR
}

with_gnuplot() {
	command -v gnuplot >/dev/null || skip "no gnuplot"
}

# is_png FILE WIDTH HEIGHT: it has the signature, that size, an end, and more
# in it than an empty page.
is_png() {
	python3 - "$@" <<-'END'
		import struct, sys, zlib
		data = open(sys.argv[1], "rb").read()
		assert data[:8] == b"\x89PNG\r\n\x1a\n", data[:8]
		at, body = 8, b""
		while at < len(data):
		    size, kind = struct.unpack(">I4s", data[at:at + 8])
		    part = data[at + 8:at + 8 + size]
		    crc = struct.unpack(">I", data[at + 8 + size:at + 12 + size])
		    assert crc[0] == zlib.crc32(kind + part), kind
		    if kind == b"IHDR":
		        shape = struct.unpack(">II", part[:8])
		    body += part if kind == b"IDAT" else b""
		    at += 12 + size
		assert kind == b"IEND", kind
		assert shape == (int(sys.argv[2]), int(sys.argv[3])), shape
		assert len(set(zlib.decompress(body))) > 40
	END
}

@test "a picture of each kind, by its file's name and size" {
	with_gnuplot
	"$plot" bbo bbo.csv -o "$PICTURES/x.png" 2>err && return 1 # options first
	"$plot" bbo -o "$PICTURES/bbo.png" bbo.csv 2>err
	grep -q 'of 2 symbols, SYM000[01] (-s takes another)' err
	is_png "$PICTURES/bbo.png" 1200 700
	"$plot" depth -q 2>/dev/null && return 1
	"$plot" depth -n 5 -S 640x480 -s SYM0001 -o "$PICTURES/d.png" book.csv
	is_png "$PICTURES/d.png" 640 480
	"$plot" features -o "$PICTURES/f.png" features.csv 2>/dev/null
	is_png "$PICTURES/f.png" 1200 700
	"$plot" features -c mid -o "$PICTURES/g.png" features.csv 2>/dev/null
	is_png "$PICTURES/g.png" 1200 700
	run ! cmp -s "$PICTURES/f.png" "$PICTURES/g.png"
	cd "$PICTURES"
	"$plot" bbo "$BATS_FILE_TMPDIR/bbo.csv" 2>/dev/null
	"$plot" depth <"$BATS_FILE_TMPDIR/book.csv" 2>/dev/null
	is_png depth.png 1200 700
	[ -z "$(find . -name '*.part')" ]
}

@test "times with an exponent, names with commas, one row, empty sides" {
	with_gnuplot
	{
		echo 'ts_event,symbol,bid_px,bid_sz,ask_px,ask_sz'
		echo '1700000000000000000,"A,""B",1.5,2,,'
		echo '1700000000000000001,X,1.5,2,2,1'
		echo '1700000001000000000,"A,""B",1.25,2,1.75,1e3'
	} >"$PICTURES/odd.csv"
	"$plot" bbo -s 'A,"B' -o "$PICTURES/odd.png" "$PICTURES/odd.csv"
	is_png "$PICTURES/odd.png" 1200 700
	"$plot" bbo -s X -o "$PICTURES/one.png" "$PICTURES/odd.csv"
	is_png "$PICTURES/one.png" 1200 700
}

# fails STATUS TEXT ARGUMENT...
fails() {
	local want=$1 text=$2
	shift 2
	run "-$want" "$plot" "$@"
	[[ $output = *"$text"* ]]
	[ ! -e "$PICTURES/no.png" ]
}

@test "what is no such table, or no such picture" {
	with_gnuplot
	fails 2 usage
	fails 2 usage nonsense
	fails 2 'not a size' bbo -S 3 bbo.csv
	fails 2 'one table' bbo bbo.csv book.csv
	fails 1 'cannot be read' bbo nothing.csv
	fails 3 'no column bid_px' bbo -o "$PICTURES/no.png" features.csv
	fails 3 'no column bid_px_00' depth -o "$PICTURES/no.png" bbo.csv
	fails 3 'no column zz' features -c zz -o "$PICTURES/no.png" features.csv
	fails 3 'no row of Z' bbo -s Z -o "$PICTURES/no.png" bbo.csv
	: >"$PICTURES/empty.csv"
	fails 3 'empty table' bbo -o "$PICTURES/no.png" "$PICTURES/empty.csv"
	rp-book --from-empty --bbo in.rps | rp-csv --time iso >"$PICTURES/iso.csv"
	fails 3 'rp-csv --time ns' bbo -o "$PICTURES/no.png" "$PICTURES/iso.csv"
}

@test "without gnuplot it says what to install" {
	mkdir "$PICTURES/bin"
	for tool in bash awk mktemp; do
		ln -s "$(command -v $tool)" "$PICTURES/bin/$tool"
	done
	run -1 env PATH="$PICTURES/bin" bash "$plot" bbo bbo.csv
	[[ $output = *"apt-get install gnuplot-nox"* ]]
}
