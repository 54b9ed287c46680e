#!/usr/bin/env bats
# shellcheck disable=SC2154 # set by run
#
# rp-book --ladder: the picture, as text and on a terminal.
bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	rp-gen -n 3000 -N 1 --no-notes -o in.rps
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	export LADDER_INPUT=$BATS_FILE_TMPDIR/in.rps
	export LC_ALL=C
	unset COLUMNS LINES
}

terminal() {
	timeout -k 5 60 python3 "$RP_TOP/tests/cli/ladder.py" "$@"
}

# orders LINES: a stream of them, by the columns of rp-csv.
orders() {
	{
		echo ts_recv,type,symbol,source,flags,ts_event,action,side,order_id,price,size
		cat
	} | rp-import -q -
}

@test "a picture: numbers end alike, wide ones and small ones" {
	orders >in.rps <<-'END'
		1,mbo,X,v,last,1000000000,R,none,,,
		2,mbo,X,v,last,2000000000,A,bid,1,99999.5,1
		3,mbo,X,v,last,2000000001,A,bid,2,99999.5,123456789012
		4,mbo,X,v,last,2000000002,A,ask,3,100000.125,0.5
		5,mbo,X,v,last,2000000003,A,ask,4,1234567890,7
		6,mbo,X,v,last,2000000004,T,bid,9,100000.125,0.25
		7,mbo,X,v,last,2000000005,T,ask,9,99999.5,12
	END
	LINES=12 COLUMNS=90 rp-book --ladder in.rps >got
	cat >want <<-'END'
		X  v  1970-01-01T00:00:02.000000005Z
		valid  7 records
		orders             bid           price             ask  orders

		                        1234567890.000             7.0       1  #
		                            100000.125             0.5       1  #
		                spread           0.625
		     2  123456789013.0       99999.500                          ##########################


		00:00:02.000000005  sell  12.00 @  99999.500
		00:00:02.000000004  buy    0.25 @ 100000.125
	END
	diff want got
	# a narrow one is cut
	LINES=12 COLUMNS=30 rp-book --ladder in.rps | sed 's/ *$//' >got
	cut -c1-30 want | sed 's/ *$//' | diff - got
	# a low one has the best levels
	LINES=6 COLUMNS=90 rp-book --ladder in.rps >got
	grep -q '100000.125 *0.5' got
	grep -q '123456789013.0 *99999.500' got
	run ! grep -q 1234567890.000 got
}

@test "levels without orders, and what is amiss" {
	orders >in.rps <<-'END'
		1,mbo,X,v,last,1,A,bid,1,10,1
		2,mbo,X,v,last,2,A,ask,2,9,1
	END
	rp-book --ladder in.rps | grep '^not known yet  2 records$'
	rp-book --from-empty --ladder in.rps | grep '^crossed  2 records$'
	rp-book --from-empty --ladder in.rps | grep 'spread  *-1$'
	rp-gen -n 2000 -t level | rp-map 'orders = 0' |
	    rp-book --from-empty --ladder >got
	grep '^ *bid  *price  *ask$' got
}

@test "the first symbol, or the one that is asked for" {
	rp-gen -n 2000 -N 5 -o five.rps
	rp-book --from-empty --ladder five.rps | head -n 1 >first
	first=$(rp-print --json five.rps | head -n 1 | jq -r .symbol)
	grep "^$first  " first
	rp-book --from-empty --ladder --ladder-symbol SYM0003 five.rps |
	    grep '^SYM0003  '
	rp-book --from-empty --ladder --ladder-symbol '*4' five.rps |
	    grep '^SYM0004  '
	# its levels are those of the book
	rp-book --from-empty --ladder --ladder-symbol SYM0003 five.rps >got
	rp-filter -s SYM0003 five.rps | rp-book --from-empty --bbo |
	    rp-print --json >bbos
	tail -n 1 bbos >bbo
	grep -F "$(jq -r '"  \(.bid_px)"' bbo | sed 's/\.[0-9]*//')" got
	run -0 --separate-stderr rp-book --ladder --ladder-symbol Z five.rps
	[ -z "$output" ]
	[[ $stderr = *"--ladder: there is no book of Z" ]]
}

@test "what is written beside it is the same" {
	rp-book --from-empty --bbo -o want.rps "$LADDER_INPUT"
	rp-book --from-empty --ladder --bbo -o got.rps "$LADDER_INPUT" >text
	rp-print want.rps | cmp - <(rp-print got.rps)
	[ -s text ]
	for wrong in "--ladder --bbo" "--ladder -o x.rps" "--ladder-symbol X" \
	    "--ladder --emit bbo:x.rps -o y.rps" "--ladder --emit tbbo"; do
		# shellcheck disable=SC2086
		run -2 rp-book $wrong "$LADDER_INPUT"
	done
	[ ! -e x.rps ]
	rp-book --from-empty --ladder "$LADDER_INPUT" | : || true
	status=0
	rp-book --from-empty --ladder "$LADDER_INPUT" >/dev/full || status=$?
	[ $status = 1 ]
}

@test "a terminal shows that picture, whatever its size, and gets it at the end" {
	terminal drawn
}

@test "a terminal has colors unless NO_COLOR is set" {
	terminal colors
}

@test "whatever ends it, a terminal is as it was" {
	terminal signals
}

@test "Ctrl-Z stops with the terminal as it was" {
	terminal stop
}

@test "no more than 20 pictures a second" {
	terminal rate
}

@test "a terminal that cannot be drawn on has the last picture" {
	terminal dumb
}

@test "a stream that is cut short is told on the first screen" {
	terminal truncated
}

@test "before there is a book it says so" {
	terminal waiting
}
