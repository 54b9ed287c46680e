#!/usr/bin/env bats
# shellcheck disable=SC2154 # set by run
#
# rp-book: its views against those that rp-gen makes of the same market and
# against one another, on real data, too; what faults do to them; misuse.
bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	rp-gen -n 200k -N 3 -t mbo,level,bbo,trade --snapshots 50ms --no-notes \
	    -o all.rps
	rp-filter -t mbo all.rps -o m.rps
	for i in 1 2 3; do
		rp-gen -S $i -n 5k -s X --source "v$i" --no-notes -o "v$i.rps"
	done
	rp-merge v1.rps v2.rps v3.rps -o venues.rps
	for file in "${RP_DATA-}"/dbn/esh4*.dbn.zst; do
		[ ! -f "$file" ] || rp-import "$file" -o es.rps
	done
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	F=$BATS_FILE_TMPDIR
	M=$F/m.rps
}

# table TYPE FILE COLUMNS: its rows without a header.
table() {
	rp-csv --no-header -t "$1" -c "$3" "$2"
}

# same A B: two commands print the same, and something.
same() {
	eval "$1" >same.a
	eval "$2" >same.b
	[ -s same.a ]
	cmp same.a same.b
}

# real PATH: skip unless there is such a file of real data.
real() {
	[ -f "${RP_DATA-}/$1" ] || skip "no real data: $1"
}

# counts FILE NAME: what --stats-json says of it.
counts() {
	jq -r ".counts.$2 // 0" "$1"
}

BBO=symbol,ts_event,flags,action,side,price,size,bid_px,bid_sz,bid_ct,ask_px,ask_sz,ask_ct
QUOTE=symbol,ts_recv,ts_event,bid_px,bid_sz,bid_ct,ask_px,ask_sz,ask_ct,tflags
LEVEL=ts_recv,ts_event,sequence,symbol,source,flags,action,side,price,size,depth,prev_sequence,first_sequence,orders

@test "best prices and levels are those that the market's own views say" {
	rp-book --bbo --emit level:l.rps -o b.rps "$M"
	table bbo b.rps $BBO >ours
	table bbo "$F/all.rps" $BBO >theirs
	[ "$(wc -l <ours)" -gt 5000 ]
	cmp ours theirs
	table level l.rps $LEVEL >ours
	table level "$F/all.rps" $LEVEL >theirs
	cmp ours theirs
}

@test "levels from orders show what the orders do" {
	rp-book --bbo --emit level:l.rps -o b3.rps "$M"
	rp-book -o b2.rps l.rps
	same "table bbo b3.rps $QUOTE" "table bbo b2.rps $QUOTE"
}

@test "the same on real orders, and their counts" {
	real dbn/esh4-20231225.mbo.dbn.zst
	rp-book --bbo --emit level:l.rps --stats-json s -o b3.rps "$F/es.rps"
	rp-book -o b2.rps l.rps
	same "table bbo b3.rps $QUOTE" "table bbo b2.rps $QUOTE"
	[ "$(wc -l <same.a)" = 25440 ]
	[ "$(counts s books)" = 1 ]
	[ "$(counts s crossed)" = 891 ]
	[ "$(jq '.counts | length' s)" = 2 ]
}

@test "every chain and checksum of real levels verifies" {
	real exchange-checksums/KRAKEN.ws.50.0
	rp-import "$RP_DATA/exchange-checksums/KRAKEN.ws.50.0" -o k.rps
	rp-book --on-gap fail --stats-json s -o b.rps k.rps
	[ "$(counts s checksum)" = 0 ]
	[ "$(counts s books)" = 10 ]
	real binance/usdm-btcusdt-20240808.gz
	rp-import "$RP_DATA/binance/usdm-btcusdt-20240808.gz" -o u.rps
	rp-book --on-gap fail --stats-json s -o b.rps u.rps
	[ "$(counts s broken_chain)" = 0 ]
	[ "$(rp-filter --count -t bbo b.rps)" -gt 5000 ]
}

@test "a wrong checksum breaks the book, in the stream" {
	real exchange-checksums/KRAKEN.ws.50.0
	rp-import "$RP_DATA/exchange-checksums/KRAKEN.ws.50.0" -o k.rps
	rp-map 'checksum += 1' k.rps -o bad.rps
	rp-book --stats-json s -o b.rps bad.rps
	[ "$(counts s checksum)" -gt 0 ]
	[ "$(table gap b.rps action | sort -u)" = checksum ]
	[ "$(rp-filter --count -t gap b.rps)" = "$(counts s checksum)" ]
	run -3 rp-book --on-gap fail -o none.rps bad.rps
	[[ $output == *": level record: "*"checksum is not the venue's (ts_recv 20"* ]]
	[ ! -e none.rps ]
}

@test "snapshots are books" {
	rp-book --emit snapshot "$M" | rp-book --emit book:all >again.rps
	rp-book --emit book:all:every=1 "$M" >views.rps
	for x in again views; do
		rp-sample --tail 1 --per symbol $x.rps | rp-print --json |
		    jq -c '[.symbol] + [to_entries[] |
			select(.key | test("_(px|sz|ct)_")) | .value]' |
		    sort >$x
	done
	[ "$(wc -l <again)" = 3 ]
	cmp again views
	rp-book --emit snapshot "$M" | rp-book --emit snapshot |
	    rp-csv --no-header -c symbol,action,side,price,size,order_id >twice
	rp-book --emit snapshot "$M" |
	    rp-csv --no-header -c symbol,action,side,price,size,order_id >once
	cmp once twice
}

@test "snapshots of levels are books" {
	rp-filter -t level "$F/all.rps" -o l.rps
	rp-book --emit snapshot -o once.rps l.rps
	rp-book --emit snapshot -o twice.rps once.rps
	same "table level once.rps symbol,action,side,price,size,orders,depth" \
	    "table level twice.rps symbol,action,side,price,size,orders,depth"
	[ "$(table level once.rps flags | grep -c last)" = 3 ]
	same "rp-book once.rps |
		rp-csv --no-header -c symbol,bid_px,ask_sz | sort" \
	    "rp-book --emit bbo:every=1 l.rps |
		rp-csv --no-header -c symbol,bid_px,ask_sz |
		awk -F, '{ last[\$1] = \$0 }
		    END { for (s in last) print last[s] }' | sort"
}

@test "views at times are as of before the record that reaches them" {
	rp-book --emit bbo:every=100ms:t.rps --emit bbo:every=1:e.rps "$M"
	# after every event, then by awk what holds at each multiple
	table bbo e.rps symbol,ts_event,bid_px,bid_sz,ask_px,ask_sz >events
	awk -F, '{ t = substr($2, 11) + 0 }
	    { slot = int(t / 100000000) }
	    NR > 1 && slot != at { for (s in row) print (at + 1), s, row[s]
		delete row }
	    { at = slot; row[$1] = $3 " " $4 " " $5 " " $6 }' events |
	    sort >should
	table bbo t.rps symbol,ts_event,bid_px,bid_sz,ask_px,ask_sz |
	    awk -F, '{ t = substr($2, 11) + 0
		print t / 100000000, $1, $3 " " $4 " " $5 " " $6 }' |
	    sort >is
	[ "$(wc -l <is)" -ge 15 ]
	cmp is should
}

@test "a time takes the pieces that it needs" {
	rp-book --emit book:2:at=14:30:00.5:a.rps \
	    --emit book:2:at=2024-01-02T14:30:00.5Z:b.rps \
	    --emit book:2:at=+499977us:at=14:30:00.2:c.rps "$M"
	[ "$(rp-filter --count a.rps)" = 3 ]
	same "rp-csv a.rps" "rp-csv b.rps"
	[ "$(rp-filter --count c.rps)" = 6 ]
}

@test "every so many records of a book" {
	rp-book --emit book:3:every=1000 -o b.rps "$M"
	n=$(rp-filter --count b.rps)
	[ "$n" -gt 90 ]
	[ "$n" -le $(($(rp-filter --count "$M") / 1000)) ]
}

@test "trades have the book before them" {
	rp-book --emit tbbo:t.rps --bbo -o b.rps "$M"
	table mbo "$M" ts_recv,symbol,action,side,price,size | grep ,T, |
	    cut -d, -f1,2,4- >trades
	[ "$(wc -l <trades)" -gt 1000 ]
	cmp trades <(table bbo t.rps ts_recv,symbol,side,price,size)
	# in one output they stand between the quotes before and behind them
	rp-book --emit tbbo --bbo "$M" |
	    rp-csv --no-header -c tflags,symbol,bid_px,bid_sz,ask_px,ask_sz |
	    awk -F, '{ q = $3 "," $4 "," $5 "," $6 }
		$1 != "at_trade" { last[$2] = q; next }
		{ n++; if (q != ($2 in last ? last[$2] : ",,,")) bad++ }
		END { print n - bad, bad + 0 }' >verdict
	read -r good bad <verdict
	[ "$good" -gt 1000 ]
	[ "$bad" = 0 ]
	[ "$(table bbo t.rps tflags | sort -u)" = at_trade ]
}

@test "executions that change the book are trades, by the other side" {
	real itch/ex20101224.TEST_ITCH_50.gz
	rp-import -q "$RP_DATA/itch/ex20101224.TEST_ITCH_50.gz" -o i.rps
	rp-book --from-empty --emit tbbo -o t.rps i.rps
	[ "$(rp-filter --count t.rps)" -gt 0 ]
	[ "$(rp-filter --count -w 'side == ask' t.rps)" -ge \
	    "$(rp-filter --count -w 'action == F && side == bid && size > 0 &&
		!(tflags has non_printable)' i.rps)" ]
}

@test "the best of all venues" {
	rp-book --emit cbbo --emit bbo:each.rps -o c.rps "$F/venues.rps"
	table bbo c.rps ts_recv,bid_px,bid_sz,bid_publisher,ask_px,ask_sz,ask_publisher >ours
	table bbo each.rps ts_recv,source,bid_px,bid_sz,ask_px,ask_sz |
	    awk -F, '{ v = substr($2, 2); bp[v] = $3; bs[v] = $4
		ap[v] = $5; as[v] = $6; b = a = 0
		for (i = 1; i <= 3; i++) {
			if (bp[i] != "" && (!b || bp[i] + 0 > bp[b] + 0 ||
			    (bp[i] == bp[b] && bs[i] + 0 > bs[b] + 0)))
				b = i
			if (ap[i] != "" && (!a || ap[i] + 0 < ap[a] + 0 ||
			    (ap[i] == ap[a] && as[i] + 0 > as[a] + 0)))
				a = i
		}
		# by number, not by name: in order of their first events
		now = (b ? bp[b] "," bs[b] ",v" b : ",,") "," \
		    (a ? ap[a] "," as[a] ",v" a : ",,")
		if (now != last) print $1 "," now
		last = now }' >theirs
	cut -d, -f1-3,5-6 ours >o
	cut -d, -f1-3,5-6 theirs | uniq >t
	[ "$(wc -l <o)" -gt 300 ]
	cmp o t
	[ "$(table bbo c.rps source,type | sort -u)" = ,bbo ]
	rp-print --frames c.rps >frames
	grep -c 'note 21 bytes' frames | grep -qx 3
}

@test "an order's place is what the snapshot shows" {
	rp-book --emit snapshot -o s.rps "$M"
	# the last order of the longest queue
	table mbo s.rps symbol,side,price,order_id,size,action |
	    awk -F, '$6 == "A" { k = $1 FS $2 FS $3; n[k]++
		if (n[k] > most) { most = n[k]; id = $4; sz = ahead[k] + 0 }
		ahead[k] += $5 } END { print id, most - 1, sz }' >last
	read -r id ahead size_ahead <last
	[ "$ahead" -gt 2 ]
	rp-book --queue "$id" "$M" -o q.rps
	columns=order,order_px,order_sz,ahead_ct,ahead_sz,level_ct
	[ "$(rp-csv q.rps | head -n 1 | cut -d, -f12-)" = "$columns" ]
	[ "$(rp-csv --no-header q.rps -c order,ahead_ct,ahead_sz | tail -n 1)" = \
	    "$id,$ahead,$size_ahead" ]
	# each is a name by which tools know it, and no field's
	rp-csv -c "$columns" q.rps | cmp - <(rp-csv q.rps | cut -d, -f12-)
	rp-filter -w "ahead_ct > $ahead or order_sz > 0" q.rps | rp-csv >f.csv
	[ "$(wc -l <f.csv)" -gt 1 ]
}

@test "gaps are marked, dropped or the end, and stand in every output" {
	rp-gen -n 50k -N 2 --fault gap:0.001 --snapshots 20ms --fault-log log \
	    -o g.rps
	gaps=$(wc -l <log)
	[ "$gaps" -gt 10 ]
	rp-book --bbo --emit level:l.rps --stats-json s -o b.rps g.rps
	[ "$(counts s gap)" = "$gaps" ]
	for f in b l; do
		[ "$(rp-filter --count -t gap $f.rps)" = "$gaps" ]
	done
	# stale from the gap to the snapshot
	rp-csv --no-header -c type,symbol,flags,tflags b.rps >rows
	awk -F, '$1 == "gap" { broken[$2] = 1; next }
	    $3 ~ /snapshot/ { broken[$2] = 0 }
	    { n[broken[$2] + 0 "" ($4 ~ /stale/ ? "s" : "v")]++ }
	    END { print (n["0v"] > 0), (n["1s"] > 0), n["0s"] + 0, n["1v"] + 0 }' \
	    rows >verdict
	[ "$(cat verdict)" = "1 1 0 0" ]
	rp-book --on-gap drop -o d.rps g.rps
	[ "$(rp-filter --count -w 'tflags has stale' d.rps)" = 0 ]
	[ "$(rp-filter --count -t bbo d.rps)" -gt 1000 ]
	run -3 rp-book --on-gap fail --bbo --emit level:x.rps -o f.rps g.rps
	[[ $output == "rp-book: g.rps: frame "*": gap record: SYM000"*": a gap record: updates are missing (ts_recv "* ]]
	[ ! -e f.rps ]
	[ ! -e x.rps ]
	# by its seq where it has one
	rp-write -q g.log g.rps
	rp-read g.log >seqs.rps
	run -3 rp-book --on-gap fail -o f.rps seqs.rps
	seq=$(rp-csv --no-header -c seq,type seqs.rps | sed -n '/gap/ { s/,.*//p; q; }')
	[[ $output == *": gap record, seq $seq: SYM000"* ]]
	# to be unknown at first is no gap
	rp-filter -t mbo -w '!(action == R)' "$M" -o n.rps
	rp-book --allow-thinned --on-gap fail -o f.rps n.rps
	[ "$(rp-filter --count -w 'tflags has stale' f.rps)" -gt 100 ]
}

@test "books that say they are stale are, whatever is made of them" {
	rp-gen -n 20k -N 2 --fault gap:0.001 --snapshots 20ms -o g.rps
	rp-book --emit book:5 -o k.rps g.rps
	rp-filter -t book k.rps -o only.rps
	of() {
		rp-csv --no-header -t "$1"
	}
	for on_gap in mark drop; do
		for view in bbo book:2 cbbo features:mid,spread; do
			type=${view%%:*}
			type=${type%s}
			same "rp-book --on-gap $on_gap --emit $view g.rps |
			    of ${type#c}" \
			    "rp-book --on-gap $on_gap --emit $view k.rps |
			    of ${type#c}"
			[ $on_gap = drop ] || grep -q stale same.a
			# ... without the gap records, too
			cmp same.a <(rp-book --on-gap $on_gap --emit $view \
			    only.rps | of "${type#c}")
		done
	done
	# levels and snapshots cannot say so: there are none
	for k in k only; do
		same "rp-book --on-gap drop g.rps | table bbo - $QUOTE" \
		    "rp-book --emit level $k.rps | rp-book --on-gap drop |
		    table bbo - $QUOTE"
	done
	# the gap is told where nothing has told of it
	rp-book --stats-json s -o b.rps only.rps
	[ "$(counts s gap)" -gt 10 ]
	[ "$(rp-filter --count -t gap b.rps)" = "$(counts s gap)" ]
	run -3 --separate-stderr rp-book --on-gap fail -o none.rps only.rps
	[[ $stderr == *": book record"*": a book that says it is stale (ts_recv "* ]]
}

@test "faults are told apart" {
	while read -r fault type count; do
		rp-gen -n 30k -N 2 -t "$type" --fault "$fault:0.002" \
		    --fault-log log -o f.rps
		rp-book --stats-json s -o b.rps f.rps
		if [ "$(wc -l <log)" = 0 ] ||
		    [ "$(counts s "$count")" != "$(wc -l <log)" ]; then
			echo "$fault: $(wc -l <log) faults, $(cat s)"
			false
		fi
	done <<-.
		unknown mbo unknown_order
		negative mbo negative_size
		crossed mbo crossed
		gap mbo gap
		negative level negative_size
		crossed level crossed
		gap level gap
		duplicate level old
	.
}

@test "an update that is lost breaks the chain" {
	rp-gen -n 30k -N 2 -t level --fault lost:0.001 --fault-log log -o f.rps
	rp-book --stats-json s -o b.rps f.rps
	[ "$(counts s broken_chain)" -ge 1 ]
	[ "$(counts s broken_chain)" = "$(rp-filter --count -t gap b.rps)" ]
	rp-csv --no-header -t gap -c action,first_lost,last_lost b.rps >gaps
	lost=$(jq -r 'select(.fault == "lost") | .sequence' log | head -n 1)
	grep -q "^venue,[0-9]*,[0-9]*$" gaps
	awk -F, -v s="$lost" '$2 <= s && s <= $3 { ok = 1 } END { exit !ok }' gaps
}

@test "a book is unknown before its first clear, and empty if we say so" {
	rp-filter -w 'action != R && !(flags has snapshot)' "$M" -o n.rps
	rp-book --allow-thinned --stats-json s -o b.rps n.rps
	[ "$(counts s unseeded)" -gt 0 ]
	[ "$(table bbo b.rps tflags | grep -vc stale)" = 0 ]
	rp-book --allow-thinned --from-empty --stats-json s -o b.rps n.rps
	[ "$(counts s unseeded)" = 0 ]
}

@test "input from which records were left out is refused" {
	rp-sample --every 2 "$M" -o half.rps
	run -3 --separate-stderr rp-book -o b.rps half.rps
	[[ $stderr == "rp-book: half.rps: frame "*"--allow-thinned)" ]]
	[ ! -e b.rps ]
	rp-book --allow-thinned -o b.rps half.rps
	rp-print --frames b.rps | tail -n 1 | grep -q thinned
}

@test "records of another type than the book's are left out, and told" {
	run --separate-stderr rp-book -o b.rps "$F/all.rps"
	[[ $stderr == "rp-book: warning: "*" records are of another type"* ]]
	same "table bbo b.rps $BBO" "table bbo $F/all.rps $BBO"
}

@test "two venues of one symbol are two books" {
	rp-book --stats-json s -o b.rps "$F/venues.rps"
	[ "$(counts s books)" = 3 ]
	for i in 1 2 3; do
		same "rp-filter --source v$i b.rps |
		    rp-csv --no-header -c $BBO" \
		    "rp-book $F/v$i.rps | rp-csv --no-header -c $BBO"
	done
}

@test "thousands of symbols at once" {
	rp-gen -n 50k -N 5000 -o many.rps
	rp-book --stats-json s -o b.rps many.rps
	[ "$(counts s books)" = "$(rp-filter -w 'action == R' --count many.rps)" ]
}

@test "marks and notes go into every output" {
	rp-book --bbo --emit tbbo:t.rps -o b.rps "$F/v1.rps"
	for f in b t; do
		rp-print --frames $f.rps >frames
		grep -q note frames
	done
	rp-book --no-notes -o b.rps "$F/v1.rps"
	run rp-print --frames b.rps
	[[ $output != *note* ]]
}

@test "emissions share a file, and one output takes one" {
	rp-book --emit bbo:x.rps --emit tbbo:x.rps "$M"
	rp-book --emit bbo:a.rps --emit tbbo:b.rps "$M"
	[ "$(rp-filter --count x.rps)" = \
	    $(($(rp-filter --count a.rps) + $(rp-filter --count b.rps))) ]
}

@test "misuse of --emit is told" {
	while IFS='|' read -r args why; do
		eval "run -2 --separate-stderr rp-book $args '$M'"
		[[ $stderr == "rp-book: "*"$why"* ]] || {
			echo "$args: $stderr"
			false
		}
		[ -z "$output" ]
	done <<-'.'
		--emit none|there is no such kind
		--emit book|of how many levels?
		--emit book:0|1 level or more
		--emit book:1:2|two numbers of levels
		--emit bbo:every=0|neither a number of records nor a span
		--emit bbo:every=1s:every=2s|every= is given twice
		--emit bbo:at=25:00:x|is no time
		--emit bbo:every=5:at=15:00:x|exclude each other
		--emit bbo:evry=5|is no parameter: bbo
		--emit snapshot:5|'5' is no parameter: snapshot
		--emit snapshot:5:x.rps|'5:x.rps' is no parameter: snapshot
		--emit bbo:|a file has no name
		--emit queue|of which order?
		--emit queue:|the order has no id
		--emit bbo:x -o y|each --emit has a file of its own
		--on-gap maybe|mark
	.
	[ ! -e x ]
	[ ! -e y ]
}

@test "a run that fails leaves no file" {
	head -c 100000 "$M" >cut.rps
	run -3 rp-book --bbo --emit level:l.rps -o b.rps cut.rps
	[ ! -e b.rps ]
	[ ! -e l.rps ]
}
