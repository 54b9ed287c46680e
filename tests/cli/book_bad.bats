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
	    "rp-book: warning: no record is of type mbo, level or trade" ]
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
	[[ $stderr = *"X: a number that the book cannot hold" ]]
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
	counted zero_size=1 no_side=1 no_price=2 negative_size=1 over_cancel=1
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
