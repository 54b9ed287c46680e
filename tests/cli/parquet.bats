#!/usr/bin/env bats
# shellcheck disable=SC2154 # set by run
#
# rp-parquet: encodings, pages and footers by a reader of Python's own; paths;
# what fails leaves nothing. What others read is in tests/peers/parquet.bats.
bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	rp-gen -n 2500 -N 5 -o mbo.rps
	rp-gen -n 2000 -N 2 -t mbo,trade,bbo -o mixed.rps
	rp-import -o book.rps <<-'EOF'
	{"ts_recv":"5","type":"book","symbol":"A","bid_px_00":"1.5","bid_sz_00":"2","bid_ct_00":1,"bid_px_01":"1.25","bid_sz_01":"3","bid_ct_01":2,"bid_px_02":"1","bid_sz_02":"3","bid_ct_02":2,"ask_px_00":"1.75","ask_sz_00":"4","ask_ct_00":0}
	{"ts_recv":"6","type":"book","symbol":"B","ask_px_00":"2","ask_sz_00":"1","ask_ct_00":4}
	EOF
	rp-import -o extreme.rps <<-'EOF'
	{"ts_recv":"9223372036854775807","type":"trade","seq":"18446744073709551615","symbol":"Zürich-株式","source":"X'Y","flags":"last","ts_event":"-9223372036854775807","sequence":"18446744073709551615","side":"buy","price":"999999999.999999999","size":"-999999999.999999999","trade_id":"18446744073709551615","depth":4294967294}
	{"ts_recv":"0","type":"trade","symbol":null,"price":null,"size":null}
	{"ts_recv":"-1","type":"trade","symbol":"a","price":"-0.000000001","size":"0"}
	EOF
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	F=$BATS_FILE_TMPDIR
}

read_parquet() {
	python3 "$RP_TOP/tests/cli/parquet.py" "$@"
}

# same FILE [OPTION...]: its rows, uncompressed, are those of rp-csv.
same() {
	rp-parquet --codec none -o made.parquet "$@"
	read_parquet csv made.parquet >made.csv
	rp-csv "$1" >want.csv
	cmp made.csv want.csv
}

fails() {
	local want=$1 got=0
	shift
	"$@" >out.txt 2>err.txt || got=$?
	if [ $got != "$want" ] || [ "$(wc -l <err.txt)" != 1 ] ||
	    ! grep -q '^rp-parquet: ' err.txt; then
		echo "$* -> $got, not $want:"
		cat err.txt
		return 1
	fi
}

# left: what is in the folder but for what tests write themselves.
left() {
	find . -mindepth 1 ! -name out.txt ! -name err.txt ! -name '*.rps'
}

@test "every encoding holds the same rows" {
	for encoding in auto plain dict delta delta-length; do
		same "$F/mbo.rps" --encoding $encoding --row-group-rows 1500
	done
	read_parquet describe made.parquet >described
	grep -qx 'symbol none delta-length' described
	same "$F/mbo.rps" --encoding plain --encoding 'symbol=dict' \
	    --encoding 'ts_*=delta'
	read_parquet describe made.parquet >described
	grep -qx 'symbol none dict' described
	grep -qx 'ts_event none delta' described
	grep -qx 'price none plain' described
}

@test "extremes, and what is absent" {
	for encoding in auto plain dict delta delta-length; do
		same "$F/extreme.rps" --encoding $encoding
	done
}

@test "books, a column a level" {
	same "$F/book.rps"
	rp-parquet --codec none --levels 2 "$F/book.rps" -o two.parquet
	read_parquet csv two.parquet | cmp - <(rp-csv --levels 2 "$F/book.rps")
}

@test "features, a column a name" {
	rp-gen -q -n 2000 -N 2 | rp-book --features mid,spread >features.rps
	same features.rps
	head -n 1 made.csv | grep -q ',mid,spread$'
	rp-parquet --codec none -c ts_recv,mid features.rps -o named.parquet
	read_parquet csv named.parquet | cmp - <(rp-csv -c ts_recv,mid features.rps)
	fails 2 rp-parquet -c ts_recv,midd features.rps -o none.parquet
	# their schema comes after rows of another type
	rp-filter -t bbo "$F/mixed.rps" | rp-cat -q - features.rps >late.rps
	rp-parquet --codec none -c type,mid,spread late.rps -o late.parquet
	read_parquet csv late.parquet | cmp - <(rp-csv -c type,mid,spread late.rps)
}

@test "row groups by rows and by bytes" {
	same "$F/mbo.rps" --row-group-rows 1000
	[ "$(read_parquet describe made.parquet | grep -c '^group.* 1000 rows')" = 2 ]
	same "$F/extreme.rps" --row-group-rows 1
	[ "$(read_parquet describe made.parquet | grep -c '^group.* 1 rows')" = 3 ]
	rp-gen -n 150k -o many.rps
	rp-parquet --codec none -o groups.parquet --row-group-bytes 1Mi many.rps
	[ "$(read_parquet describe groups.parquet | grep -c ^group)" = 3 ]
}

@test "a row group is said to be sorted only if it is" {
	rp-sort -k ts_recv "$F/mbo.rps" -o up.rps
	rp-parquet up.rps -c ts_recv,price -o up.parquet
	read_parquet describe up.parquet | grep -q 'sorted by ts_recv$'
	rp-cat up.rps up.rps -o twice.rps
	rp-parquet twice.rps -c ts_recv,price -o twice.parquet
	read_parquet describe twice.parquet | grep -q 'sorted by nothing$'
	rp-parquet "$F/extreme.rps" -o extreme.parquet
	read_parquet describe extreme.parquet | grep -q 'sorted by nothing$'
}

@test "the footer says where it comes from" {
	rp-parquet "$F/mixed.rps" -t trade -o made.parquet
	read_parquet keys made.parquet >said
	grep -qx 'rp.type=trade' said
	grep -qx 'rp.decimals=fixed' said
	grep -qx 'rp.symbols=\["SYM0000","SYM0001"\]' said
	grep -qx 'rp.sources=\["gen"\]' said
	grep -q '^rp.notes=tool=rp-gen' said
	grep -qx 'tool=rp-parquet' said
	rp-parquet --no-notes "$F/mixed.rps" -t trade -o made.parquet
	read_parquet keys made.parquet >said
	run -1 grep -q notes said
}

@test "a pipe, a file and threads make the same bytes" {
	rp-parquet --no-notes -o one.parquet "$F/mbo.rps"
	rp-parquet --no-notes <"$F/mbo.rps" | cat >two.parquet
	rp-parquet --no-notes -j 4 --row-group-rows 1Mi "$F/mbo.rps" >three.parquet
	cmp one.parquet two.parquet
	cmp one.parquet three.parquet
}

@test "a stream without records has the columns of -t" {
	rp-filter -w 'size < 0' -t mbo "$F/mbo.rps" -o none.rps
	rp-parquet -t mbo --codec none none.rps -o made.parquet
	read_parquet csv made.parquet | cmp - <(rp-csv -t mbo none.rps)
	fails 2 rp-parquet none.rps -o other.parquet
	grep -q 'say their type with -t' err.txt
	[ ! -e other.parquet ]
}

@test "decimals: fixed, with a scale, exact, as doubles" {
	rp-parquet --codec none --exact "$F/extreme.rps" -c price -o e.parquet
	[ "$(read_parquet csv e.parquet | sed -n 2p)" = 999999999999999999,-9,-9 ]
	rp-parquet --codec none --float64 "$F/extreme.rps" -c price -o f.parquet
	[ "$(read_parquet csv f.parquet | sed -n 4p)" = -1e-09 ]
	rp-parquet --codec none --scale price=4 --scale size=0 "$F/mbo.rps" -o s.parquet
	read_parquet csv s.parquet | cmp - <(rp-csv "$F/mbo.rps")
	fails 3 rp-parquet --scale price=2 "$F/extreme.rps" -o x.parquet
	grep -q 'record 1.*price.*does not fit' err.txt
	fails 2 rp-parquet --exact --float64 "$F/extreme.rps" -o x.parquet
	fails 2 rp-parquet --scale price "$F/extreme.rps" -o x.parquet
	[ ! -e x.parquet ]
	run -0 --separate-stderr rp-parquet --on-error skip --scale 'price=2' \
	    "$F/extreme.rps" --codec none -o skipped.parquet
	[ "$(read_parquet csv skipped.parquet | wc -l)" = 2 ]
}

@test "records of two types need a choice" {
	fails 2 rp-parquet "$F/mixed.rps" -o made.parquet
	grep -q 'choose one with -t' err.txt
	fails 2 rp-parquet "$F/mixed.rps" -o '{symbol}.parquet'
	grep -q 'have {type} in the path' err.txt
	[ -z "$(left)" ]
	rp-parquet -c ts_recv,type,symbol,price "$F/mixed.rps" --codec none -o made.parquet
	read_parquet csv made.parquet |
	    cmp - <(rp-csv -c ts_recv,type,symbol,price "$F/mixed.rps")
	rp-parquet --split-type '{type}.parquet' --codec none "$F/mixed.rps"
	for type in mbo trade bbo; do
		read_parquet csv $type.parquet |
		    cmp - <(rp-csv -t $type "$F/mixed.rps")
	done
}

@test "a file a path" {
	rp-parquet --codec none -o 'out/{symbol}/{date}.parquet' "$F/mbo.rps"
	[ "$(find out -name '*.parquet' | wc -l)" = 5 ]
	for i in 0 1 2 3 4; do
		read_parquet csv out/SYM000$i/*.parquet |
		    cmp - <(rp-filter -s SYM000$i "$F/mbo.rps" | rp-csv)
	done
	fails 1 rp-parquet -o 'out/{symbol}/{date}.parquet' "$F/mbo.rps"
	grep -q 'is there already: see --existing' err.txt
	rp-parquet --existing replace -o 'out/{symbol}/{date}.parquet' "$F/mbo.rps"
	fails 2 rp-parquet -o '{sybmol}.parquet' "$F/mbo.rps"
	fails 2 rp-parquet -o '{symbol}-{part}.parquet' "$F/mbo.rps"
}

@test "little memory makes more row groups, not other rows" {
	rp-gen -n 60k -N 40 -o many.rps
	rp-parquet -S 1Mi --open-files 3 --codec none -o '{symbol}.parquet' many.rps
	[ "$(find . -name 'SYM*.parquet' | wc -l)" = 40 ]
	[ "$(read_parquet describe SYM0000.parquet | grep -c ^group)" -gt 1 ]
	for i in 00 07 39; do
		read_parquet csv SYM00$i.parquet |
		    cmp - <(rp-filter -s SYM00$i many.rps | rp-csv)
	done
	[ -z "$(find . -name '.rp-parquet*')" ]
}

@test "hive's folders say columns that files then lack" {
	rp-parquet -t mbo -o lake --hive symbol,date --codec none "$F/mbo.rps"
	file=$(find lake/symbol=SYM0003 -path '*date=????-??-??/0001.parquet')
	read_parquet csv "$file" >made
	rp-filter -s SYM0003 "$F/mbo.rps" |
	    rp-csv -c seq,ts_recv,source,flags,ts_event,sequence,action,side,price,size,order_id |
	    cmp - made
	rp-parquet -o none --hive symbol "$F/extreme.rps"
	[ -e none/symbol=__HIVE_DEFAULT_PARTITION__/0001.parquet ]
	[ -e none/symbol=Zürich-株式/0001.parquet ]
	fails 2 rp-parquet --hive symbol "$F/mbo.rps"
	fails 2 rp-parquet -o x --hive symbol,,date "$F/mbo.rps"
	fails 2 rp-parquet -o x --hive colour "$F/mbo.rps"
}

@test "parts by size hold all rows" {
	rp-gen -n 6k -o many.rps
	rp-parquet --file-size 30k -o 'p-{part}.parquet' --codec none many.rps
	[ "$(find . -name 'p-*.parquet' | wc -l)" -gt 3 ]
	for part in p-*.parquet; do
		read_parquet csv "$part" | tail -n +2
	done | cmp - <(rp-csv --no-header many.rps)
	fails 2 rp-parquet --file-size 100k -o x.parquet many.rps
	fails 2 rp-parquet --file-size 100k -o '{symbol}.parquet' many.rps
}

@test "input that is cut short leaves no file, and the old one as it was" {
	head -c 100000 "$F/mbo.rps" >cut.rps
	fails 3 rp-parquet cut.rps -o made.parquet
	fails 3 rp-parquet -j 2 cut.rps -o '{symbol}/{date}.parquet'
	[ -z "$(left)" ]
	rp-parquet "$F/mbo.rps" -o made.parquet
	cp made.parquet before
	fails 3 rp-parquet cut.rps -o made.parquet
	cmp made.parquet before
	head -c 3 cut.rps | fails 3 rp-parquet >piped
}

@test "a full disk in the middle of a row group leaves nothing" {
	ulimit -f 16 # KiB
	trap '' XFSZ
	fails 1 rp-parquet "$F/mbo.rps" -o made.parquet
	grep -q 'made.parquet: File too large' err.txt
	fails 1 rp-parquet --codec none "$F/mbo.rps" -o '{type}.parquet'
	[ -z "$(left)" ]
	fails 1 rp-parquet "$F/mbo.rps" -o /dev/full
}

@test "killed at any time, there is no file or the old one" {
	rp-gen -n 30k -o many.rps
	echo old >made.parquet
	for after in 0.01 0.03 0.05 0.1; do
		rp-parquet many.rps many.rps many.rps -o made.parquet &
		rp-parquet many.rps many.rps -o 'killed-{date}.parquet' 2>/dev/null &
		sleep $after
		kill -9 %1 %2 2>/dev/null || true
		wait %1 %2 || true
		[ "$(cat made.parquet)" = old ] || read_parquet describe made.parquet
		for part in killed-*; do
			[ ! -e "$part" ] || read_parquet describe "$part"
		done
		rm -f killed-*
		echo old >made.parquet
	done >/dev/null
}

@test "misuse is one line" {
	for wrong in --codec=gzip --codec=zstd:99 --codec=zstd:x \
	    --codec=none:1 --encoding=fast --encoding=price=fast \
	    --encoding=price=delta-length --row-group-rows=0 --levels=101 \
	    --threads=0 --columns=nope; do
		fails 2 rp-parquet $wrong -o x.parquet "$F/mbo.rps"
	done
	run -0 --separate-stderr rp-parquet --encoding prize=dict \
	    --scale prize=2 "$F/mbo.rps" -o x.parquet
	[[ $stderr = *"--scale prize=2: no decimal"*"--encoding prize=dict: no column"* ]]
}
