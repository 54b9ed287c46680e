#!/usr/bin/env bats
# shellcheck disable=SC2154 # stderr is set by run
# shellcheck disable=SC2016 # $1 is a column
bats_require_minimum_version 1.5.0
# rp-import of Arrow IPC: rp-arrow's, pyarrow's, and what is wrong with either.

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	made=$RP_TOP/tests/fuzz/corpus/arrow
}

# pyarrow NAME: an input that pyarrow, or who else, wrote; the fuzzer's mode is
# before it.
pyarrow() {
	tail -c +2 "$made/$1"
}

# bytes WHAT: one that is made here.
bytes() {
	python3 "$RP_TOP/tests/cli/arrow_bytes.py" "$1"
}

# said PATTERN...: each is in stderr, which is a line.
said() {
	[ "${#stderr_lines[@]}" = 1 ]
	for pattern; do
		[[ $stderr = *"$pattern"* ]] || {
			echo "no '$pattern' in: $stderr"
			return 1
		}
	done
}

sum() {
	rp-check "$@" | sed -n 's/^ *sum *//p'
}

# exact FILE ARGS...: rp-arrow --exact of each type in a stream is read as the
# same records.
exact() {
	local stream=$1 type types=0
	shift
	for type in $(rp-print --json "$stream" | grep -o '"type":"[^"]*"' |
	    sort -u | cut -d'"' -f4); do
		rp-filter -q --force --no-notes -t "$type" "$stream" -o one.rps
		rp-arrow --exact -c all "$@" one.rps >one.arrow
		rp-import -q --force one.arrow -o two.rps
		[ "$(sum one.rps)" = "$(sum two.rps)" ] || {
			echo "$stream: $type differs"
			return 1
		}
		types=$((types + 1))
	done
	[ "$types" -gt 0 ]
}

# ---- what rp-arrow writes ----

@test "by value, in every form and codec" {
	rp-gen -n 3000 -N 3 -t trade --no-notes -o trades.rps
	columns=ts_recv,symbol,source,ts_event,sequence,side,price,size,trade_id
	rp-csv -c $columns trades.rps >want
	for args in "" --stream --dict "--dict --stream" --float64 \
	    "--codec lz4" "--codec zstd --stream --batch-rows 100"; do
		# shellcheck disable=SC2086
		rp-arrow $args trades.rps | rp-import | rp-csv -c $columns |
		    cmp - want
	done
}

@test "exactly: every byte of every record, of files and streams" {
	rp-gen -n 3000 -N 3 -o market.rps
	exact market.rps
	exact market.rps --stream --dict --codec zstd
	rp-gen -n 3000 -N 3 -t level -o levels.rps
	exact levels.rps --codec lz4 --batch-rows 77
}

@test "exactly: a record of each type" {
	for type in trade bbo level mbo book bar feature gap status definition \
	    stat imbalance dbn itch json 1024; do
		echo "{\"ts_recv\":\"1700000000000000000\",\"type\":\"$type\"}"
	done | rp-import -q -o types.rps
	exact types.rps
	exact types.rps --lists --dict
}

@test "exactly: a day of ES" {
	file=$RP_DATA/dbn/esh4-20231225.mbo.dbn.zst
	[ -e "$file" ] || skip "no ES file"
	rp-import -q "$file" -o es.rps
	exact es.rps
}

@test "exactly: Binance" {
	file=$RP_DATA/binance/spot-btcusdt-20240808.gz
	[ -e "$file" ] || skip "no Binance file"
	rp-import -q "$file" -o spot.rps
	exact spot.rps --stream --codec zstd
}

@test "exactly: Databento's types, and books as lists" {
	ls "$RP_DATA"/dbn/test_data.* >/dev/null 2>&1 || skip "no test files"
	for file in "$RP_DATA"/dbn/test_data.*; do
		rp-import -q --force "$file" -o dbn.rps
		exact dbn.rps
		exact dbn.rps --lists
	done
}

@test "exactly: books of 25 levels" {
	file=$RP_DATA/tardis/binance-futures_book_snapshot_25_BTCUSDT.csv
	[ -e "$file" ] || skip "no snapshots"
	rp-import -q "$file" -o books.rps
	exact books.rps --lists
	exact books.rps --levels 25
	# and by value
	rp-csv -c ts_recv,bid_px_24,ask_sz_24,ask_px_00 books.rps >want
	rp-arrow --lists books.rps | rp-import |
	    rp-csv -c ts_recv,bid_px_24,ask_sz_24,ask_px_00 | cmp - want
}

@test "bars by value: a turnover has more digits than its prices" {
	file=$RP_DATA/binance/spot-btcusdt-20240808.gz
	[ -e "$file" ] || skip "no Binance file"
	rp-import -q "$file" | rp-book --emit bars:10s >bars.rps
	rp-csv bars.rps >want
	rp-arrow bars.rps | rp-import | rp-csv | cmp - want
}

@test "features by value, with a schema of their columns" {
	rp-gen -n 3000 -N 2 -t level --no-notes |
	    rp-book --features mid,spread -o features.rps
	rp-csv features.rps >want
	rp-arrow features.rps | rp-import | rp-csv | cmp - want
	rp-arrow features.rps | rp-import | rp-print --json |
	    grep -q '"schema":"mid:-[0-9],spread:-[0-9]"'
	exact features.rps
	rp-arrow --exact -c all features.rps | rp-import | rp-print --json |
	    cmp - <(rp-print --json features.rps)
	run -5 --separate-stderr bash -c \
	    'rp-arrow --float64 features.rps >f.arrow; rp-import f.arrow'
	said "'mid' is no field of a record"
}

@test "records of several types, by a column type" {
	rp-gen -n 900 -N 2 -t bbo --no-notes -o bbo.rps
	rp-gen -n 900 -N 2 -t trade --no-notes -o trade.rps
	rp-cat -q bbo.rps trade.rps | rp-arrow \
	    -c ts_recv,type,symbol,price,bid_px >mixed.arrow
	rp-csv -c ts_recv,type,symbol,price,bid_px bbo.rps trade.rps >want
	rp-import mixed.arrow | rp-csv -c ts_recv,type,symbol,price,bid_px |
	    cmp - want
}

@test "rp-arrow's streams do not end without their mark" {
	rp-gen -n 100 -t trade | rp-arrow --stream >t.arrows
	truncate -s -8 t.arrows
	run -3 --separate-stderr rp-import -o out.rps t.arrows
	said "t.arrows: message " "the mark of its end"
	[ ! -e out.rps ]
}

# ---- what others write ----

@test "pyarrow: files, streams, codecs and the old framing are read alike" {
	want=$(pyarrow stream | rp-import -q --on-error skip | sum)
	[ "$want" != 0000000000000000 ]
	for name in lz4 zstd legacy; do
		[ "$(pyarrow $name | rp-import -q --on-error skip | sum)" = "$want" ]
	done
	[ "$(pyarrow file | rp-import | sum)" = "$want" ]
	pyarrow file | rp-import | rp-csv -c ts_recv,symbol,price,size,side >out
	[ "$(cat out)" = "ts_recv,symbol,price,size,side
1000,A,1.5,1.5,bid
2000,B,,,ask
3000,,-2.25,0.1,none" ]
}

@test "polars and JavaScript: files that only their footer explains" {
	pyarrow polars | rp-import | rp-csv -c ts_recv,symbol,price >out
	[ "$(cat out)" = "ts_recv,symbol,price
1,A,1.5
2,B," ]
	pyarrow javascript | rp-import | rp-csv -c ts_recv,symbol,price >out
	[ "$(cat out)" = "ts_recv,symbol,price
1700000000000000000,A,1.5
1700000000000000001,B,100.25
,A," ]
	pyarrow javascript >x.arrow
	truncate -s -1 x.arrow
	run -3 --separate-stderr rp-import x.arrow
	said "x.arrow: footer at byte 904: it is cut"
}

@test "levels as lists of structs" {
	pyarrow lists | rp-import |
	    rp-csv -c ts_recv,n_bid,n_ask,bid_px_00,bid_sz_01,bid_ct_01,ask_px_00 >out
	[ "$(cat out)" = "ts_recv,n_bid,n_ask,bid_px_00,bid_sz_01,bid_ct_01,ask_px_00
1,2,0,5,2,0,
2,0,1,,,,6" ]
}

@test "packed, from stdin, and one behind the other" {
	pyarrow file >a.arrow
	gzip -c a.arrow | rp-import | rp-check
	zstd -q a.arrow
	rp-import a.arrow.zst | rp-check
	{
		cat a.arrow
		pyarrow stream
		cat a.arrow
	} | rp-import -q --on-error skip | rp-check >out
	grep -q 'records *9 ' out
	pyarrow two | rp-import | rp-check | grep -q 'records *2 '
}

@test "a stream without the mark of its end is read, with a warning" {
	bytes no-end >x.arrows
	run -0 --separate-stderr rp-import x.arrows -o out.rps
	said "x.arrows: the stream has no mark of its end"
	rp-check out.rps | grep -q 'records *2 '
}

@test "rows that are bad are named, and can be mended as JSON" {
	pyarrow stream >x.arrow
	run -3 --separate-stderr rp-import x.arrow -o out.rps
	said "x.arrow: record 4 at byte " "row 1 of batch 2: side: 'wrong' is not valid"
	[ ! -e out.rps ]
	run -0 --separate-stderr rp-import --on-error file:bad.txt x.arrow -o out.rps
	rp-check out.rps | grep -q 'records *3 '
	cut -f 2 bad.txt >bad.json
	[ "$(cat bad.json)" = '{"ts_recv":"4000","symbol":"A","price":"3","size":"2","side":"wrong"}' ]
	sed 's/wrong/bid/; s/^{/{"type":"trade",/' bad.json | rp-import |
	    rp-csv --no-header -c ts_recv,symbol,price,side >mended
	[ "$(cat mended)" = "4000,A,3,bid" ]
}

@test "columns that are no fields are refused, unless a mapping says what they are" {
	pyarrow mapped >x.arrow
	run -5 --separate-stderr rp-import x.arrow
	said "x.arrow: message 1 (schema) at byte 0: 'a' is no field of a record"
	printf '%s\n' 'record json' 'ts_recv = "7"' 'text = b' >m
	rp-import --mapping m x.arrow | rp-csv --no-header -c text >out
	[ "$(cat out)" = '7879
""
""' ]
	sed 's/= b/= $1 default "none"/' m >n
	rp-import --format arrow --mapping n x.arrow |
	    rp-csv --no-header -c text >out
	[ "$(cat out)" = "1
-1
none" ]
	sed 's/= b/= $3/' m >n
	run -3 --separate-stderr rp-import --mapping n x.arrow
	said "x.arrow: message 1 (schema) at byte 0: there is no column '\$3'"
	pyarrow mapped-nested >x.arrow
	sed 's/= b/= c/' m >n
	run -5 --separate-stderr rp-import --mapping n x.arrow
	said "column 'c' is of a type that is not read: list"
	run -5 --separate-stderr rp-import --mapping m --mapping-check x.arrow
	said "x.arrow: what a mapping makes of Arrow is not checked row by row"
}

@test "dictionaries grow and are replaced" {
	pyarrow deltas >x.arrows
	printf '%s\n' 'record json' 'ts_recv = "7"' 'text = w default "-"' >m
	rp-import --mapping m x.arrows | rp-csv --no-header -c text >out
	[ "$(tr '\n' ' ' <out)" = "a b - a b - z z - " ]
}

@test "text by the name of Arrow is refused" {
	echo hello, world >x
	run -5 --separate-stderr rp-import --format arrow x
	said "x: message 1 at byte 0: it begins with neither ARROW1 nor a schema"
	: >x
	run -3 --separate-stderr rp-import --format arrow x
	said "x: empty input"
	run -3 --separate-stderr rp-import x
	said "x: empty input"
}

# ---- what is wrong ----

@test "what is made here is read, if nothing is wrong with it" {
	bytes good | rp-import | rp-check | grep -q 'records *2 '
	bytes good-dictionary | rp-import | rp-csv --no-header -c symbol >out
	[ "$(cat out)" = "a
bc" ]
	bytes not-packed | rp-import | rp-check | grep -q 'records *2 '
}

# refuses STATUS WHAT MESSAGE BYTE WHY...
refuses() {
	bytes "$2" >x.arrows
	run "-$1" --separate-stderr rp-import --format arrow x.arrows -o out.rps
	said "x.arrows: message $3" " at byte $4: " "${*:5}"
	[ ! -e out.rps ]
}

@test "messages that cannot be" {
	refuses 5 big-endian 1 0 it is big-endian
	refuses 5 version 1 0 "metadata of version 3; read are V4 and V5"
	refuses 3 deep 1 0 "types within types, more than 64"
	refuses 5 unknown-type 1 0 "column 'x' is of the unknown type 99"
	refuses 3 int-width 1 0 "column 'ts_recv' is of a type int that contradicts itself"
	refuses 3 no-schema 1 0 a schema must come before it
	refuses 3 two-schemas 2 224 a second schema
	refuses 5 tensor 2 224 a tensor is no table
	refuses 3 metadata-negative 1 0 metadata of -16 bytes
	refuses 3 metadata-huge 2 224 metadata of 1073741824 bytes
	refuses 3 body-negative 2 224 a body of -8 bytes
	refuses 3 body-huge 2 224 a body of 1099511627776 bytes
	refuses 3 vector 2 224 "bad metadata: a vector is longer than what is left"
}

@test "batches whose columns are not in them" {
	refuses 3 rows 2 224 a batch of -1 rows
	refuses 3 few-nodes 2 224 "column 'ts_recv': the batch ends before it"
	refuses 3 node-negative 2 224 "column 'ts_recv': its number of rows"
	refuses 3 node-nulls 2 224 "column 'ts_recv': its number of rows or of nulls"
	refuses 3 node-rows 2 224 "column 'ts_recv': it has other rows"
	refuses 3 no-bitmap 2 224 "column 'ts_recv': it has nulls, but too few bits"
	refuses 3 few-buffers 2 224 "column 'ts_recv': the batch has too few buffers"
	refuses 3 many-buffers 2 224 more columns or buffers than its schema
	for what in buffer-outside buffer-far buffer-negative buffer-length; do
		refuses 3 $what 2 224 "column 'ts_recv': a buffer is outside"
	done
	refuses 3 buffer-short 2 224 "column 'ts_recv': it has too few values"
}

@test "buffers that do not unpack" {
	refuses 5 codec 2 224 "a compression (7, 0) that is not known"
	refuses 3 packed-short 2 224 "column 'ts_recv': a compressed buffer without"
	refuses 3 packed-negative 2 224 "a compressed buffer of a negative length"
	refuses 3 packed-huge 2 224 "column 'ts_recv': more than 1 GiB"
	refuses 3 packed-bad 2 224 "column 'ts_recv': bad zstd data"
	refuses 3 packed-lz4 2 224 "column 'ts_recv': bad lz4 data"
}

@test "dictionaries that are not what columns need" {
	refuses 3 huge-dictionary 2 368 a body of 2147483648 bytes
	refuses 3 other-dictionary 2 224 no column has the dictionary 5
	refuses 3 offsets 2 368 "column 'symbol': its offsets do not ascend"
	refuses 3 offset-outside 2 368 "column 'symbol': an offset is outside"
	refuses 3 index 3 608 "row 2 of column 'symbol' names an entry"
	refuses 3 negative-index 3 608 "row 1 of column 'symbol' names an entry"
	refuses 3 no-dictionary 2 368 "row 1 of column 'symbol' names an entry"
}

@test "a claim of 900 MiB takes no memory" {
	[ -z "${RP_SANITIZER-}" ] || skip "sanitizers need memory of their own"
	for what in claims-body claims-packed; do
		bytes $what >x.arrows
		run -3 --separate-stderr bash -c \
		    'ulimit -v 600000; rp-import x.arrows'
		[[ $stderr != *memory* ]]
	done
}

@test "a file that is cut, and one whose footer is another's" {
	pyarrow file >x.arrow
	size=$(stat -c %s x.arrow)
	for n in 7 8 100 1000 $((size - 11)) $((size - 1)); do
		head -c "$n" x.arrow >cut.arrow
		run -3 --separate-stderr rp-import cut.arrow -o out.rps
		said "cut.arrow: " "it is cut: the input ends at byte $n"
		[ ! -e out.rps ]
	done
	bytes file | rp-import | rp-check | grep -q 'records *4 '
	for what in "few 5 it names 1 batches, but there are 2" \
	    "order 5 it names batches in another order" \
	    "schema 3 its schema is not that of the file's start"; do
		read -r which status why <<<"$what"
		bytes "footer-$which" >x.arrow
		run "-$status" --separate-stderr rp-import x.arrow -o out.rps
		said "x.arrow: footer at byte 592: $why"
		[ ! -e out.rps ]
	done
}
