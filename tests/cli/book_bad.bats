#!/usr/bin/env bats
# shellcheck disable=SC2154 # set by run
#
# rp-book on input that makes no sense: what it says, and that no book is wrong
# and looks right.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

# stream LINES: by the columns of rp-csv.
stream() {
	{
		echo ts_recv,type,symbol,source,flags,ts_event,sequence,action,side,order_id,price,size
		cat
	} | rp-import -q -o in.rps -
}

# views OPTION...: type, flags and best prices of what rp-book shows of in.rps; the
# counts are in s.
views() {
	rp-book --bbo --stats-json s "$@" in.rps | rp-print --json | jq -r '
	    if .type == "gap" then "gap \(.action)"
	    else "\(.tflags) \(.bid_px) \(.bid_sz) \(.ask_px) \(.ask_sz)" end' |
	    sed 's/null/-/g; s/^ //'
}

# counted NAME=N...: these are all the faults.
counted() {
	jq -r '.counts | del(.books) | to_entries | sort_by(.key)[] |
	    "\(.key)=\(.value)"' s >got
	[ $# = 0 ] || printf '%s\n' "$@" | sort >want-counts
	[ $# != 0 ] || : >want-counts
	diff want-counts got
}

@test "no snapshot, no clear: all is stale, or empty if we say so" {
	stream <<-'END'
		1,mbo,X,v,last,1,1,A,bid,1,10,5
		2,mbo,X,v,last,2,2,A,ask,2,11,5
	END
	diff - <(views) <<-'END'
		stale 10 5 - -
		stale 10 5 11 5
	END
	counted unseeded=2
	diff - <(views --from-empty) <<-'END'
		10 5 - -
		10 5 11 5
	END
	[ -z "$(views --on-gap drop)" ]
}

@test "what is amiss is in the tables as they are by default" {
	stream <<-'END'
		1,mbo,X,v,last,1,1,A,bid,1,10,5
		2,mbo,X,v,last,2,2,R,none,,,
		3,mbo,X,v,last,3,3,A,bid,1,10,5
		4,mbo,X,v,last,4,4,A,ask,2,9,5
		5,mbo,X,v,last,5,5,T,bid,0,9,1
	END
	# column NAME: of a table
	column() {
		awk -F, -v name="$1" 'NR == 1 {
			while ($++i != name)
				continue
			next
		}
		{ print $i }'
	}
	[ "$(rp-book in.rps | rp-csv | column tflags | paste -sd,)" = stale,,,crossed ]
	[ "$(rp-book --emit tbbo in.rps | rp-csv | column tflags)" = \
	    'at_trade|crossed' ]
	[ "$(rp-book --emit book:1 in.rps | rp-csv | column tflags | paste -sd,)" = \
	    stale,,,crossed ]
	[ "$(rp-book --features spread in.rps | rp-csv | column tflags)" = crossed ]
	[ "$(rp-book --emit bars:1s in.rps | rp-csv | column tflags)" = partial ]
	rp-book in.rps | rp-print | grep -q ' crossed '
	# not that of orders, which says how they are written
	rp-csv in.rps | head -n 1 | grep -qv tflags
}

@test "what is not to be trusted at the end, or not shown, is told" {
	stream <<-'END'
		1,mbo,X,v,last,1,1,A,bid,1,10,5
		2,mbo,Y,v,,2,2,R,none,,,
		3,mbo,Y,v,,3,3,A,bid,1,10,5
	END
	run -0 --separate-stderr rp-book -o out.rps in.rps
	[[ ${stderr_lines[0]} = "rp-book: warning: 1 of 2 books are a guess "* ]]
	[[ ${stderr_lines[1]} = "rp-book: warning: 1 of 2 books end within "* ]]
	run -0 --separate-stderr rp-book --emit bars:1s -o out.rps in.rps
	[ -z "$stderr" ]
	run -0 --separate-stderr rp-book -q -o out.rps in.rps
	[ -z "$stderr" ]
	rp-gen -n 100 -t bbo -o in.rps
	run -0 --separate-stderr rp-book -o out.rps in.rps
	[ "$stderr" = \
	    "rp-book: warning: no record is of type mbo, level, book or trade" ]
}

@test "orders before their add" {
	stream <<-'END'
		1,mbo,X,v,last,1,1,M,bid,1,10,5
		2,mbo,X,v,last,2,2,C,ask,2,11,5
		3,mbo,X,v,last,3,3,F,ask,3,11,5
		4,mbo,X,v,last,4,4,A,ask,2,12,1
	END
	diff - <(views --from-empty) <<-'END'
		10 5 - -
		10 5 12 1
	END
	counted unknown_order=2
}

@test "levels of a book that was wrong are not applied behind its snapshot" {
	# which is of the same sequence as the last of them
	stream <<-'END'
		1,mbo,X,v,snapshot,1,1,R,none,,,
		2,mbo,X,v,snapshot|last,1,1,A,bid,1,10,5
		3,gap,X,v,last,3,0,disconnect,none,,,
		4,mbo,X,v,last,4,5,A,bid,2,10,3
		5,mbo,X,v,last,5,5,A,bid,3,10,3
		6,mbo,X,v,snapshot,6,5,R,none,,,
		7,mbo,X,v,snapshot|last,6,5,A,bid,3,10,3
		8,mbo,X,v,last,7,6,A,ask,4,11,1
	END
	views >want
	rp-book --emit level in.rps -o level.rps
	mv level.rps in.rps
	views | diff want -
	[ "$(tail -n 1 want)" = "10 3 11 1" ]
	counted gap=1
}

@test "an identifier that is there already" {
	stream <<-'END'
		1,mbo,X,v,last,1,1,A,bid,1,10,5
		2,mbo,X,v,last,2,2,A,bid,1,9,7
		3,mbo,X,v,last,3,3,A,ask,1,12,8
		4,mbo,X,v,last,4,4,C,ask,1,12,8
	END
	diff - <(views --from-empty) <<-'END'
		10 5 - -
		9 7 - -
		- - 12 8
		- - - -
	END
	counted duplicate_order=2
}

@test "prices and sizes that do not fit break the book until the next clear" {
	stream <<-'END'
		1,mbo,X,v,last,1,1,A,bid,1,9000000000000000000,5
		2,mbo,X,v,last,2,2,A,bid,2,0.000000001,7
		3,mbo,X,v,last,3,3,A,bid,3,0.00000001,7
		4,mbo,X,v,last,4,4,C,bid,1,,5
		5,mbo,X,v,last,5,5,R,none,,,
		6,mbo,X,v,last,6,6,A,bid,3,0.000000001,7
	END
	diff - <(views --from-empty) <<-'END'
		9000000000000000000 5 - -
		gap undecodable
		stale 9000000000000000000 5 - -
		stale - - - -
		- - - -
		0.000000001 7 - -
	END
	counted overflow=2
	run -3 --separate-stderr rp-book --on-gap fail --from-empty in.rps
	[[ $stderr = "rp-book: in.rps: frame 1 at byte "*": record 2: mbo record\
: X: a number that the book cannot hold (ts_recv \
1970-01-01T00:00:00.000000002Z, sequence 2)" ]]
	views --from-empty --on-gap drop | diff <(printf '%s\n' \
	    '9000000000000000000 5 - -' 'gap undecodable' '- - - -' \
	    '0.000000001 7 - -') -
	# a level of more than a number holds
	stream <<-'END'
		1,mbo,X,v,last,1,1,A,bid,1,10,9000000000000000000
		2,mbo,X,v,last,2,2,A,bid,2,10,9000000000000000000
	END
	diff - <(views --from-empty) <<-'END'
		10 9000000000000000000 - -
		gap undecodable
		stale 10 9000000000000000000 - -
	END
	# and of price levels
	stream <<-'END'
		1,level,X,v,last,1,1,set,ask,,10,9000000000000000000
		2,level,X,v,last,2,2,delta,ask,,10,9000000000000000000
		3,level,X,v,snapshot|last,3,3,set,ask,,10,1
	END
	diff - <(views --from-empty) <<-'END'
		- - 10 9000000000000000000
		gap undecodable
		stale - - 10 9000000000000000000
		- - 10 1
	END
	counted overflow=1
	# what no record can hold is no record
	run -3 --separate-stderr stream <<-'END'
		1,mbo,X,v,last,1,1,A,bid,1,9223372036854775808,5
	END
	[[ $stderr = *"line 2: price: 9223372036854775808 is out of range" ]]
}

@test "sizes of zero, sides and prices that are none" {
	stream <<-'END'
		1,mbo,X,v,last,1,1,A,bid,1,10,0
		2,mbo,X,v,last,2,2,A,bid,2,10,4
		3,mbo,X,v,last,3,3,C,bid,2,,0
		4,mbo,X,v,last,4,4,A,none,3,10,4
		5,mbo,X,v,last,5,5,A,bid,4,,4
		6,mbo,X,v,last,6,6,A,bid,5,10,
		7,mbo,X,v,last,7,7,A,bid,6,10,-1
		8,mbo,X,v,last,8,8,C,bid,2,,9
	END
	diff - <(views --from-empty) <<-'END'
		10 4 - -
		- - - -
	END
	counted zero_size=1 zero_cancel=1 no_side=1 no_price=2 \
	    negative_size=1 over_cancel=1
	stream <<-'END'
		1,level,X,v,last,1,1,set,bid,,10,5
		2,level,X,v,last,2,2,set,bid,,9,0
		3,level,X,v,last,3,3,set,none,,1,5
		4,level,X,v,last,4,4,set,bid,,,5
		5,level,X,v,last,5,5,delta,bid,,10,-6
		6,level,X,v,last,6,6,set,bid,,10,0
	END
	diff - <(views --from-empty) <<-'END'
		10 5 - -
		- - - -
	END
	counted no_side=1 no_price=1 negative_size=1
}

@test "a cancel of the other side is none of the order's" {
	stream <<-'END'
		1,mbo,X,v,last,1,1,A,bid,1,10,5
		2,mbo,X,v,last,2,2,C,ask,1,10,5
		3,mbo,X,v,last,3,3,M,ask,1,10,2
		4,mbo,X,v,last,4,4,C,none,1,,2
	END
	diff - <(views --from-empty) <<-'END'
		10 5 - -
		10 3 - -
	END
	counted no_side=2
}

@test "a cancel that says another price, and what an order cannot be told" {
	# it is the order that it names; of executions the price is their own
	stream <<-'END'
		1,mbo,X,v,last,1,1,A,bid,1,10,5
		2,mbo,X,v,last,2,2,C,bid,1,9.5,1
		3,mbo,X,v,last,3,3,C,bid,1,10.0,1
		4,mbo,X,v,last,4,4,C,bid,1,10,0
		5,mbo,X,v,last,5,5,M,bid,1,10,0
		6,mbo,X,v,last,6,6,A,bid,2,8,5
		7,mbo,X,v,last,7,7,Z,bid,2,8,1
		8,mbo,X,v,last,8,8,N,bid,2,8,1
	END
	diff - <(views --from-empty) <<-'END'
		10 5 - -
		10.0 4 - -
		10.0 3 - -
		- - - -
		8.0 5 - -
	END
	counted other_price=1 zero_cancel=1 zero_modify=1 unknown_action=1
}

@test "more than one exponent for a symbol" {
	stream <<-'END'
		1,mbo,X,v,last,1,1,A,bid,1,10,1
		2,mbo,X,v,last,2,2,A,bid,2,10.00,4
		3,mbo,X,v,last,3,3,A,bid,3,10.5,0.5
		4,mbo,X,v,last,4,4,A,ask,4,11.25,1e2
		5,mbo,X,v,last,5,5,C,bid,3,10.5,0.5
	END
	diff - <(views --from-empty) <<-'END'
		10 1 - -
		10.00 5 - -
		10.50 0.5 - -
		10.50 0.5 11.25 100.0
		10.00 5.0 11.25 100.0
	END
	counted
}

@test "a symbol that is another instrument after a clear" {
	stream <<-'END'
		1,mbo,X,v,last,1,1,A,bid,1,9000000000000000000,1
		2,mbo,X,v,last,2,2,R,none,,,
		3,mbo,X,v,last,3,3,A,bid,1,0.000000001,5
		4,mbo,X,v,last,4,4,A,ask,2,0.000000002,5
	END
	diff - <(views --from-empty) <<-'END'
		9000000000000000000 1 - -
		- - - -
		0.000000001 5 - -
		0.000000001 5 0.000000002 5
	END
	counted
}

@test "10,000 levels far from the touch" {
	awk 'BEGIN {
		for (i = 1; i <= 10000; i++)
			printf "%d,level,X,v,last,%d,%d,set,bid,,%d,%d\n", i, i, i,
			    (i * 7919) % 10007, i
		for (i = 1; i <= 10000; i += 2)
			printf "%d,level,X,v,last,%d,%d,remove,bid,,%d,\n", 20000 + i,
			    20000 + i, 20000 + i, (i * 7919) % 10007
	}' | stream
	# what is left, best first
	awk 'BEGIN {
		for (i = 2; i <= 10000; i += 2)
			print (i * 7919) % 10007, i
	}' | sort -rn >want
	rp-book --from-empty --emit snapshot in.rps | rp-print --json |
	    jq -r 'select(.action == "set") | "\(.price) \(.size)"' | diff want -
	views --from-empty | tail -n 1 >last
	[ "$(<last)" = "$(head -n 1 want) - -" ]
	counted
}

@test "5,000 symbols at once, each with its own book" {
	awk 'BEGIN {
		for (k = 0; k < 3; k++)
			for (i = 0; i < 5000; i++)
				printf "%d,mbo,S%d,v,last,%d,%d,A,%s,%d,%d,%d\n",
				    k * 5000 + i, i, i, i, k == 2 ? "ask" : "bid",
				    k + 1, (k == 2 ? 10010 : 10000) + i + k, i + 1
	}' | stream
	rp-book --from-empty --bbo --stats-json s in.rps | rp-print --json |
	    jq -r '"\(.symbol) \(.bid_px) \(.bid_sz) \(.ask_px) \(.ask_sz)"' |
	    tail -n 5000 | sort >got
	awk 'BEGIN {
		for (i = 0; i < 5000; i++)
			print "S" i, 10001 + i, i + 1, 10012 + i, i + 1
	}' | sort | diff - got
	jq -e '.counts == {books: 5000}' s
}

@test "books as they come are books, of the depth that they have" {
	rp-gen -n 20k -N 2 -S 5 | rp-filter -t mbo -o m.rps
	rp-book --emit book:all:all.rps --emit book:3:three.rps --bbo -o bbo.rps \
	    --emit level:level.rps m.rps
	rp-csv --no-header -c symbol,ts_event,bid_px,bid_sz,bid_ct,ask_px,ask_sz \
	    bbo.rps >want
	[ "$(wc -l <want)" -gt 1000 ]
	for depth in all three; do
		rp-book --stats-json s $depth.rps | rp-csv --no-header \
		    -c symbol,ts_event,bid_px,bid_sz,bid_ct,ask_px,ask_sz | cmp - want
		jq -e '.counts | del(.books, .crossed, .locked) == {}' s
		rp-book --emit book:all $depth.rps | rp-print --json |
		    jq -c '[.ts_event, .tflags, .n_bid, .bid_px_02, .ask_ct_00]' >again
		rp-print --json $depth.rps |
		    jq -c '[.ts_event, .tflags, .n_bid, .bid_px_02, .ask_ct_00]' |
		    cmp - again
	done
	grep -q depth_limited again
	# a checkpoint knows what they are, too
	rp-write --replace log three.rps
	rp-read log | rp-book --bbo --emit book:all:whole.rps -o /dev/null
	rp-read -n 1500 log | rp-book --bbo --emit book:all:first.rps \
	    --checkpoint ck -o /dev/null
	rp-read --after ck log | rp-book --bbo --emit book:all:rest.rps \
	    --resume ck -o /dev/null
	cmp <(rp-print --json first.rps; rp-print --json rest.rps) \
	    <(rp-print --json whole.rps)
}

@test "a book that makes no sense" {
	{
		echo ts_recv,type,symbol,source,flags,ts_event,px_exp,qty_exp,n_bid,n_ask,level_size,bid_px_00,bid_sz_00,ask_px_00,ask_sz_00
		echo 1,book,X,v,last,1,0,0,1,1,24,10,5,11,5
		echo 2,book,X,v,last,2,0,0,1,1,24,10,-5,,5
		echo 3,book,X,v,last,3,0,0,1,1,24,12,5,11,5
	} | rp-import -q -o in.rps -
	diff - <(views) <<-'END'
		10 5 11 5
		- - - -
		crossed 12 5 11 5
	END
	counted negative_size=1 no_price=1 crossed=1
}

@test "a bar that overflows is named, and the trade" {
	{
		echo ts_recv,type,symbol,ts_event,side,price,size
		echo 1000,trade,X,1000,bid,1,9000000000000000000
		echo 2000,trade,X,2000,bid,1,9000000000000000000
	} | rp-import -q -o in.rps -
	run -3 --separate-stderr rp-book --emit bars:1s -o none in.rps
	[[ $stderr = "rp-book: in.rps: frame 1 at byte "*": record 2: trade record\
: --emit bars:1s: X: with this trade the sums of the bar from \
1970-01-01T00:00:00.000000000Z do not fit" ]]
	[ ! -e none ]
	rp-book --emit bars:trades=1 -o bars.rps in.rps
	[ "$(rp-filter --count bars.rps)" = 2 ]
}

@test "views that could not be told apart are refused, others are not" {
	rp-gen -n 100 -o in.rps
	for kinds in '--bbo --emit bbo:every=1s' '--features mid --features mid' \
	    '--features mid,spread --features spread,mid' \
	    '--features vpin=5,depth=1bp --features depth=1bp,vpin=6' \
	    '--emit features:mid:every=1s --emit features:mid' '--bbo --bbo --emit bbo' \
	    '--emit book:5 --emit book:10' '--emit bars:1m --emit bars:60s' \
	    '--emit bars:volume=1 --emit bars:volume=2' '--queue 7 --queue 7' \
	    '--emit bbo:a --emit bbo:every=5:a'; do
		# shellcheck disable=SC2086 # words
		run -2 --separate-stderr rp-book $kinds -o none in.rps
		[[ $stderr = "rp-book: --emit "*" and --emit "*" go to one output, "* ]]
		[ ! -e none ]
	done
	# two spellings of one path are one output
	mkdir d
	ln -s d link
	touch there
	ln -s ../there d/to
	for two in 'a ./a' 'a d/../a' 'd/a link/a' 'there d/to' '/dev/stdout -' \
	    "a $PWD/a"; do
		read -r one other <<<"$two"
		run -2 --separate-stderr rp-book --emit "bbo:$one" \
		    --emit "bbo:every=5:$other" in.rps
		[[ $stderr = "rp-book: --emit "*" and --emit "*" go to one output, "* ]]
		run -2 --separate-stderr rp-book --emit "bbo:$one" \
		    --checkpoint "$other" in.rps
		[[ $stderr = "rp-book: two outputs cannot both go to "* ]]
		[ -z "$output" ]
	done
	[ ! -e a ]
	rp-book --emit bbo:a --emit tbbo:./a --emit level:d/a --emit cbbo:link/a in.rps
	rp-book --emit bbo:b --emit tbbo:c in.rps
	[ "$(rp-filter --count a)" = \
	    $(($(rp-filter --count b) + $(rp-filter --count c))) ]
	[ "$(rp-csv --no-header -c type d/a | sort -u | paste -sd' ')" = "bbo level" ]
	rp-csv a >a.csv
	rp-book -o ./m --emit bbo --emit tbbo:m in.rps
	rp-csv m | cmp - a.csv
	rp-book --emit bbo --emit tbbo:/dev/stdout in.rps | rp-csv | cmp - a.csv
	for kinds in '--features mid --features spread' '--queue 7 --queue 8' \
	    '--features mid,spread --features mid' \
	    '--features imbalance=2 --features imbalance=3' \
	    '--emit bars:1m --emit bars:5m --emit bars:trades=9' \
	    '--bbo --emit bbo:every=1s:b.rps' '--bbo --emit tbbo'; do
		# shellcheck disable=SC2086
		rp-book -q $kinds -o some in.rps
	done
}

@test "an order that never comes is told at the end" {
	rp-gen -n 1k -N 1 -o in.rps
	run -0 --separate-stderr rp-book --queue 18446744073709551615 -o q.rps in.rps
	[ "$stderr" = "rp-book: warning: --emit queue:18446744073709551615: no book \
had such an order at the end of an event" ]
	id=$(rp-csv --no-header -c order_id -t mbo in.rps | tail -n 1)
	run -0 --separate-stderr rp-book --queue "$id" -o q.rps in.rps
	[ -z "$stderr" ]
}
