#!/usr/bin/env bats
bats_require_minimum_version 1.5.0
# rp-import on files of ITCH 5.0 and captures of it that itch.py makes; fields
# are compared one by one in tests/peers/itch.bats.

itch() {
	python3 "$RP_TOP/tests/cli/itch.py" "$@"
}

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	itch each >each.itch
	itch random 1 3000 >day.itch
	itch zero <day.itch >zero.itch
	rp-import -q --no-notes --date 2020-01-30 day.itch >day.rps
	itch pcap <day.itch >day.pcap
	rp-import -q --no-notes day.pcap >capture.rps
}

setup() {
	F=$BATS_FILE_TMPDIR
	cd "$BATS_TEST_TMPDIR" || return 1
}

# import ARGS: in status, stderr and, as CSV of these columns, out.
columns=type,symbol,flags,action,side,price,size
import() {
	status=0
	rp-import --stats-json stats --no-notes "$@" >stream 2>err || status=$?
	rp-csv --no-header -c $columns stream >out 2>/dev/null || true
}

# counted NAME: what --stats says of it.
counted() {
	python3 -c 'import json, sys
print(json.load(open("stats")).get("counts", {}).get(sys.argv[1], 0))' "$1"
}

# keep TYPES <FILE: the messages of these types.
keep() {
	python3 -c 'import sys
data, at = sys.stdin.buffer.read(), 0
while at < len(data):
    n = 2 + int.from_bytes(data[at:at + 2], "big")
    if chr(data[at + 2]) in sys.argv[1]:
        sys.stdout.buffer.write(data[at:at + n])
    at += n' "$1"
}

# bytes AT HEX <FILE: with other bytes at an offset.
bytes() {
	python3 -c 'import sys
b, at = bytearray(sys.stdin.buffer.read()), int(sys.argv[1])
new = bytes.fromhex(sys.argv[2])
b[at:at + len(new)] = new
sys.stdout.buffer.write(b)' "$1" "$2"
}

# ---- files ----

@test "every type becomes what rp-types(5) says" {
	import --date 2020-01-30 "$F/each.itch"
	[ "$status" = 0 ]
	cut -d, -f1-5 out >got
	cat >want <<-.
	status,,last|ts_recv_inferred,close,none
	definition,BRK.A,last|ts_recv_inferred,,none
	status,BRK.A,last|ts_recv_inferred,pause,none
	status,BRK.A,last|ts_recv_inferred,ssr_change,none
	itch,BRK.A,last|ts_recv_inferred,,
	itch,,last|ts_recv_inferred,,
	status,,last|ts_recv_inferred,none,none
	itch,BRK.A,last|ts_recv_inferred,,
	itch,BRK.A,last|ts_recv_inferred,,
	status,BRK.A,last|ts_recv_inferred,halt,none
	mbo,BRK.A,last|ts_recv_inferred,A,bid
	mbo,BRK.A,last|ts_recv_inferred,A,bid
	mbo,BRK.A,last|ts_recv_inferred,A,bid
	mbo,BRK.A,last|ts_recv_inferred,A,ask
	mbo,BRK.A,last|ts_recv_inferred,A,ask
	mbo,BRK.A,last|ts_recv_inferred,F,bid
	mbo,BRK.A,last|ts_recv_inferred,C,ask
	mbo,BRK.A,last|ts_recv_inferred,F,bid
	mbo,BRK.A,ts_recv_inferred,C,ask
	mbo,BRK.A,last|ts_recv_inferred,A,ask
	mbo,BRK.A,last|ts_recv_inferred,C,bid
	trade,BRK.A,last|ts_recv_inferred,normal,none
	trade,BRK.A,last|ts_recv_inferred,normal,none
	trade,BRK.A,last|ts_recv_inferred,bust,none
	imbalance,BRK.A,last|ts_recv_inferred,,ask
	itch,BRK.A,last|ts_recv_inferred,,
	itch,BRK.A,last|ts_recv_inferred,,
	.
	diff want got
	[ "$(counted opaque.K)" = 1 ]
}

@test "a replaced order: one event, linked" {
	import --date 2020-01-30 "$F/each.itch"
	rp-print --json stream | grep -B1 '"orig_order_id":"' >pair
	[ "$(wc -l <pair)" = 2 ]
	old=$(head -n 1 pair | sed 's/.*"order_id":"\([0-9]*\)".*/\1/')
	grep -q "\"orig_order_id\":\"$old\"" pair
	[ "$(grep -c '"flags":"last|' pair)" = 1 ]
}

@test "from a file, packed, by type, on stdin: the same stream" {
	want=$F/day.rps
	cp "$F/day.itch" 20200130.itch
	rp-import -q --no-notes 20200130.itch | cmp - "$want"
	gzip -k 20200130.itch
	rp-import -q --no-notes 20200130.itch.gz | cmp - "$want"
	rp-import -q --no-notes --date 2020-01-30 <20200130.itch.gz |
	    cmp - "$want"
	rp-import -q --no-notes --date 2020-01-30 "$F/zero.itch" | cmp - "$want"
	rp-import -q --no-notes --format itch 20200130.itch | cmp - "$want"
}

@test "byte by byte and interrupted: the same stream" {
	[ -z "${RP_SANITIZER-}" ] || skip "preloading under a sanitizer"
	cc -shared -fPIC -D_GNU_SOURCE -o trickle.so \
	    "$RP_TOP/tests/cli/trickle.c"
	LD_PRELOAD=$PWD/trickle.so rp-import -q --no-notes --date 2020-01-30 \
	    "$F/day.itch" | cmp - "$F/day.rps"
	LD_PRELOAD=$PWD/trickle.so rp-import -q --no-notes "$F/day.pcap" |
	    cmp - "$F/capture.rps"
}

@test "text and back: the same stream" {
	rp-print --json "$F/day.rps" >text
	rp-import text | rp-print --json | cmp - text
	rp-check "$F/day.rps" | grep sum >want
	rp-import text | rp-check | grep sum | cmp - want
}

@test "the end of a session: a length of zero behind the last message" {
	{
		cat "$F/day.itch"
		printf '\0\0'
	} >ended
	rp-import -q --no-notes --date 2020-01-30 ended | cmp - "$F/day.rps"
}

@test "sessions in a row, each with its end, plain and packed" {
	{ cat "$F/day.itch"; printf '\0\0'; } >ended
	import -q --date 2020-01-30 ended
	n=$(rp-check --json stream | jq -r .records)
	[ "$(counted itch.ends)" = 1 ]
	cat ended <(printf '\0\0') ended >two
	import -q --date 2020-01-30 two
	[ "$status" = 0 ]
	[ "$(rp-check --json stream | jq -r .records)" = $((2 * n)) ]
	[ "$(counted itch.ends)" = 3 ]
	cp stream plain
	gzip -c ended >two.gz
	{ printf '\0\0' | gzip -c; gzip -c ended; head -c 1000 /dev/zero; } >>two.gz
	import -q --date 2020-01-30 two.gz
	[ "$status" = 0 ]
	cmp stream plain
	# behind an end, orders and stocks are those of the next session
	keep A <"$F/each.itch" >added
	keep D <"$F/each.itch" >deleted
	import -q --date 2020-01-30 --format itch <(cat added deleted)
	before=$(counted unknown_orders)
	import -q --date 2020-01-30 --format itch \
	    <(cat added <(printf '\0\0') deleted)
	[ "$status" = 0 ]
	[ "$(counted unknown_orders)" -gt "$before" ]
}

@test "another day's start forgets the orders of the day before" {
	cat "$F/day.itch" "$F/day.itch" >two
	import -q --date 2020-01-30 "$F/day.itch"
	once=$(counted unknown_orders)
	import -q --date 2020-01-30 two
	[ "$(counted unknown_orders)" = $((2 * once)) ]
	[ "$(counted repeated_orders)" = 0 ]
}

# ---- days ----

first() {
	rp-csv --no-header -c ts_event "$1" | sed -n 1p
}

@test "the date: by option, by name, and midnight in New York" {
	local from=14400000140892 # ns since midnight, of the first message
	rp-import -q --date 2020-01-30 "$F/day.itch" >a
	[ "$(first a)" = $((1580360400000000000 + from)) ]
	# daylight saving time
	rp-import -q --date 2020-07-30 "$F/day.itch" >a
	[ "$(first a)" = $((1596081600000000000 + from)) ]
	rp-import -q --date 2020-01-30 "$F/day.itch" >a
	for name in 01302020.NASDAQ_ITCH50 ex20200130.TEST_ITCH_50 \
	    S013020-v50.txt nasdaq-2020-01-30.bin 2020_01_30 \
	    20200130.BX_ITCH_50 12345678.s013020.20200130; do
		cp "$F/day.itch" $name
		rp-import -q $name >b
		[ "$(first a)" = "$(first b)" ]
	done
	rp-import -q 20200130.BX_ITCH_50 | rp-csv --no-header -c source |
	    sort -u >sources
	[ "$(cat sources)" = XBOS.ITCH ]
}

@test "without a date: a usage error that says what to do" {
	for name in day.itch 13312020.itch 1234567.itch 20201301.itch \
	    18991231.itch 013020.itch; do
		cp "$F/day.itch" $name
		import $name
		[ "$status" = 2 ]
		grep -q "^rp-import: $name: ITCH has times of day only, and the name no date: say --date YYYY-MM-DD" err
	done
	import <"$F/day.itch"
	[ "$status" = 2 ]
	for date in tomorrow 2020-02-30 30.1.2020 2020-01-30T12:00 2200-01-01; do
		import --date $date "$F/day.itch"
		[ "$status" = 2 ]
		grep -q "^rp-import: --date $date: not a date such as" err
	done
}

# ---- what does not fit ----

@test "orders that are not open: kept, without side and price, and counted" {
	keep SRHYLVWKJhECXDUPQBINO <"$F/each.itch" >cut.itch
	import --date 2020-01-30 cut.itch
	[ "$status" = 0 ]
	grep -q "^rp-import: warning: cut.itch: XNAS.ITCH: 5 messages are about orders that were not open: side and price are absent" err
	[ "$(counted unknown_orders)" = 5 ]
	# an execution at a price of its own and a new order have theirs
	grep ^mbo out | cut -d, -f4-7 >got
	diff - got <<-.
	F,none,,188
	C,none,,3432
	F,none,25559.47,2899
	C,none,,
	A,none,76191.2602,5643
	C,none,,
	.
}

@test "a locate code that nothing names stands as text" {
	keep EDXCU <"$F/each.itch" >cut.itch
	import --date 2020-01-30 cut.itch
	[ "$status" = 0 ]
	[ "$(cut -d, -f2 out | sort -u)" = 2 ]
	grep -q "6 messages are of a locate code without a stock" err
}

# damaged REASON: day.itch, changed, in file; it fails so, and, skipped, all
# but one message come through.
damaged() {
	local options='-q --format itch --date 2020-01-30'
	# shellcheck disable=SC2086 # words
	import $options file
	[ "$status" = 3 ]
	grep -qF "rp-import: file: record $1" err
	# shellcheck disable=SC2086
	import $options --on-error skip --max-errors 1 file
	[ "$status" = 0 ]
	[ "$(python3 -c 'import json; s = json.load(open("stats"))
print(s["records_in"], s["rejected"])')" = "3000 1" ]
	# shellcheck disable=SC2086
	import $options --on-error file:bad file
	[ "$(wc -l <bad)" = 1 ]
}

@test "messages that make no sense are rejected one by one, by byte" {
	# the second message, the directory's first, stands at 14
	bytes 16 5a <"$F/day.itch" >file
	damaged "2 at byte 14: no message of ITCH 5.0 has the type 0x5a"
	bytes 21 ffff <"$F/day.itch" >file
	damaged "2 at byte 14: the time, 281"
	bytes 27 410007 <"$F/day.itch" >file
	damaged "2 at byte 14: the stock is no text"
	bytes 27 0000000000000000 <"$F/day.itch" >file
	damaged "2 at byte 14: the stock is no text"
	bytes 17 0000 <"$F/day.itch" >file
	damaged "2 at byte 14: a stock has the locate code 0"
	bytes 37 ffffffff <"$F/day.itch" >file
	damaged "2 at byte 14: the round lot is above 2^31 - 1"
	# a length that the type does not have, but that is the message's
	{
		head -c 14 "$F/day.itch"
		printf '\0\050'
		tail -c +17 "$F/day.itch" | head -c 39
		printf Y
		tail -c +56 "$F/day.itch"
	} >file
	damaged "2 at byte 14: 40 bytes; a message R has 39"
}

@test "a side, an order's number, shares out of range" {
	at=$(python3 - "$F/day.itch" <<-'.'
	import sys
	data = open(sys.argv[1], "rb").read()
	at, n, seen = 0, 0, set()
	while at < len(data):
	    n += 1
	    kind = chr(data[at + 2])
	    if kind in "AUQI" and kind not in seen:
	        seen.add(kind)
	        print(f"{kind}={at}; {kind}_N={n}")
	    at += 2 + int.from_bytes(data[at:at + 2], "big")
	.
	)
	eval "$at"
	# shellcheck disable=SC2154 # eval
	bytes $((A + 2 + 19)) 43 <"$F/day.itch" >file
	damaged "$A_N at byte $A: the side of an order is neither B nor S"
	bytes $((A + 2 + 11)) ff <"$F/day.itch" >file
	damaged "$A_N at byte $A: an order's reference number is above 2^62"
	# shellcheck disable=SC2154
	bytes $((U + 2 + 19)) 40 <"$F/day.itch" >file
	damaged "$U_N at byte $U: an order's reference number is above 2^62"
	# shellcheck disable=SC2154
	bytes $((Q + 2 + 11)) ff <"$F/day.itch" >file
	damaged "$Q_N at byte $Q: the shares of a cross are above 2^63 - 1"
	# shellcheck disable=SC2154
	bytes $((I + 2 + 11)) 01 <"$F/day.itch" >file
	damaged "$I_N at byte $I: the shares of an imbalance are above"
}

@test "what hides where the next message begins ends the import" {
	bytes 16 5a <"$F/zero.itch" >file
	import -q --date 2020-01-30 --format itch --on-error skip file
	[ "$status" = 3 ]
	grep -qF "file: record 2 at byte 14: no length, and no message of ITCH 5.0 has the type 0x5a" err
	[ "$(rp-print --json stream 2>/dev/null | wc -l)" = 1 ]
	# it was met, and rejected
	[ "$(jq -c '[.records_in, .rejected]' stats)" = '[2,1]' ]
}

@test "a cut file, wherever it is cut" {
	size=$(stat -c %s "$F/each.itch")
	for ((n = 1; n < size; n += 7)); do
		head -c $n "$F/each.itch" >cut.itch
		import -q --date 2020-01-30 --format itch cut.itch
		if [ "$status" != 0 ]; then
			[ "$status" = 3 ]
			grep -q "^rp-import: cut.itch: record [0-9]* at byte [0-9]*: the input ends after [0-9]* of a message's [0-9]* bytes" err
		fi
	done
	head -c 17 "$F/each.itch" >cut.itch
	import -q --date 2020-01-30 --format itch cut.itch
	[ "$status" = 3 ]
	grep -q "record 2 at byte 14: the input ends after 3 of a message's 41 bytes" err
	[ "$(jq -c '[.records_in, .rejected]' stats)" = '[2,1]' ]
	head -c 14 "$F/each.itch" >cut.itch
	import -q --date 2020-01-30 --format itch cut.itch
	[ "$status" = 0 ]
}

@test "an empty file is an empty day, if the format is named" {
	: >20200130.itch
	import --format itch 20200130.itch
	[ "$status" = 0 ]
	[ ! -s out ]
}

@test "other bytes are not taken for ITCH" {
	head -c 4096 /dev/zero >zeros
	printf 'S\0\0\0\0\0\0\0\0\0\0O' >bare
	head -c 14 "$F/each.itch" >one # a single message says too little
	for file in zeros bare one; do
		import --date 2020-01-30 $file
		[ "$status" = 5 ]
	done
}

# ---- captures ----

@test "the real sample" {
	file=${RP_DATA:-$RP_TOP/../shared/data}/itch/ex20101224.TEST_ITCH_50.gz
	[ -e "$file" ] || skip "no sample"
	import "$file"
	[ "$status" = 0 ]
	cut -d, -f1,4 out | sort | uniq -c | sed 's/^ *//' >got
	diff - got <<-.
	3 definition,
	5012 mbo,A
	1802 mbo,C
	198 mbo,F
	1 status,close
	2 status,none
	1 status,post_close
	1 status,pre_open
	4 status,trading
	5000 trade,normal
	.
}

# capture ARGS: import a capture made so from day.itch.
capture() {
	itch pcap "$@" <"$F/day.itch" >file
	import file
}

# as CSV but for the time of reception
plain() {
	rp-csv -c ts_event,sequence,type,symbol,action,side,price,size,order_id \
	    "$1"
}

@test "a capture has the messages of the file, and its own times" {
	plain "$F/day.rps" | cmp - <(plain "$F/capture.rps")
	rp-csv --no-header -c ts_recv,source,flags "$F/capture.rps" |
	    sed -n 1,4p >got
	diff - got <<-.
	1580394600000000000,XNAS.ITCH@233.54.12.111:26477,last
	1580394600000000000,XNAS.ITCH@233.54.12.111:26477,last
	1580394600000000000,XNAS.ITCH@233.54.12.111:26477,last
	1580394600000001000,XNAS.ITCH@233.54.12.111:26477,last
	.
}

@test "every kind of capture gives the same" {
	for options in --ng --swap '--ng --swap' --nano '--nano --ng' \
	    '--link vlan' '--link qinq' '--link sll' '--link sll2' \
	    '--link raw' '--link null'; do
		# shellcheck disable=SC2086 # words
		capture $options
		[ "$status" = 0 ]
		cmp stream "$F/capture.rps"
	done
	for options in --ip6 '--ip6 --extend' '--ip6 --link sll2 --ng'; do
		# shellcheck disable=SC2086
		capture $options
		cmp <(plain stream) <(plain "$F/capture.rps")
		rp-csv --no-header -c source stream | sort -u >got
		[ "$(cat got)" = "XNAS.ITCH@[ff15::6f]:26477" ]
	done
}

@test "two captures in a row are one" {
	itch pcap <"$F/day.itch" >whole
	# the file header again, between two packets
	python3 - whole >file <<-'.'
	import sys
	data = open(sys.argv[1], "rb").read()
	at = 24
	for _ in range(500):
	    at += 16 + int.from_bytes(data[at + 8:at + 12], "little")
	sys.stdout.buffer.write(data[:at] + data[:24] + data[at:])
	.
	import file
	[ "$status" = 0 ]
	cmp stream "$F/capture.rps"
	itch pcap --ng <"$F/day.itch" >one
	cat one one >file
	import file
	[ "$status" = 0 ]
	[ "$(counted mold.repeated)" = 3000 ]
}

@test "lost datagrams are gaps: which messages, between which times" {
	capture --drop 10,11,500
	[ "$status" = 0 ]
	[ "$(counted mold.gaps)" = 2 ]
	[ "$(counted mold.missing)" = 9 ]
	grep -q "9 messages are missing, in 2 gaps" err
	rp-filter -t gap stream | rp-csv --no-header \
	    -c ts_recv,source,action,first_lost,last_lost,count,ts_from,ts_to >got
	t=1580394600000
	diff - got <<-.
	${t}010000,XNAS.ITCH@233.54.12.111:26477,venue,31,36,6,${t}009000,${t}010000
	${t}498000,XNAS.ITCH@233.54.12.111:26477,venue,1501,1503,3,${t}497000,${t}498000
	.
	# before the message that follows
	rp-csv --no-header -c type,sequence stream | grep -A1 ^gap >got
	[ "$(head -n 2 got | tail -n 1 | cut -d, -f2)" = 37 ]
}

@test "what comes twice is left out and counted" {
	capture --twice 3,4,900
	[ "$status" = 0 ]
	[ "$(counted mold.repeated)" = 9 ]
	[ "$(counted mold.gaps)" = 0 ]
	plain stream | cmp - <(plain "$F/day.rps")
}

@test "what comes early is held until it fits" {
	capture --late 5:1,20:3,700:30
	[ "$status" = 0 ]
	[ "$(counted mold.gaps)" = 0 ]
	[ "$(counted mold.reordered)" = 34 ]
	plain stream | cmp - <(plain "$F/day.rps")
}

@test "but not for ever: by number and by time it becomes a gap" {
	capture --late 50:40
	[ "$(counted mold.gaps)" = 1 ]
	[ "$(counted mold.late)" = 3 ]
	capture --late 50:3 --step 60000000
	[ "$(counted mold.gaps)" = 1 ]
	[ "$(counted mold.late)" = 3 ]
	# what is held at the end comes out
	capture --drop 998
	[ "$(counted mold.missing)" = 3 ]
	[ "$(counted mold.messages)" = 2997 ]
}

@test "heartbeats and the end of a session tell of what was lost, too" {
	capture --beat --end
	[ "$(counted mold.heartbeats)" = 1000 ]
	[ "$(counted mold.ends)" = 1 ]
	[ "$(counted mold.gaps)" = 0 ]
	capture --end --drop 999
	[ "$(counted mold.missing)" = 3 ]
	rp-filter -t gap stream | rp-csv --no-header -c last_lost >got
	[ "$(cat got)" = 3000 ]
}

@test "a session after another begins with 1, or something is lost" {
	itch pcap <"$F/day.itch" >file
	itch pcap --session 000012346A --first 11 <"$F/day.itch" >>file
	import file
	[ "$status" = 0 ]
	rp-filter -t gap stream | rp-csv --no-header -c first_lost,last_lost >got
	[ "$(cat got)" = 1,10 ]
	[ "$(counted mold.messages)" = 6000 ]
	[ "$(counted repeated_orders)" = 0 ]
}

@test "channels are told apart by group and port, each with its own gaps" {
	for to in 233.54.12.111:26477 233.54.12.112:26477 233.54.12.111:26478; do
		itch pcap --to $to --drop 7 <"$F/day.itch"
	done >file
	import file
	[ "$(counted mold.gaps)" = 3 ]
	[ "$(counted mold.repeated)" = 0 ]
	rp-csv --no-header -c source stream | sort | uniq -c |
	    sed 's/^ *//' | cut -d' ' -f2 >got
	diff - got <<-.
	XNAS.ITCH@233.54.12.111:26477
	XNAS.ITCH@233.54.12.111:26478
	XNAS.ITCH@233.54.12.112:26477
	.
}

@test "other packets are counted; fragments and cut ones are missing" {
	capture --other 1,2,3
	[ "$(counted packets.other)" = 6 ]
	plain stream | cmp - <(plain "$F/day.rps")
	capture --fragment 9
	[ "$(counted packets.fragments)" = 1 ]
	[ "$(counted mold.missing)" = 3 ]
	capture --fragment 9 --ip6 --link vlan
	[ "$(counted packets.fragments)" = 1 ]
	[ "$(counted mold.missing)" = 3 ]
	capture --cut 9
	[ "$(counted packets.cut)" = 1 ]
	[ "$(counted mold.missing)" = 3 ]
	grep -q "of 1 packets the capture kept only the beginning" err
}

@test "a channel's datagram that is none is rejected" {
	capture --spoil 9
	[ "$status" = 3 ]
	grep -q "record 28 at byte [0-9]*: XNAS.ITCH@233.54.12.111:26477: [0-9]* bytes that are no datagram of MoldUDP64" err
	import -q --on-error skip file
	[ "$status" = 0 ]
	[ "$(counted mold.missing)" = 3 ]
}

@test "a capture without ITCH: nothing, and a warning" {
	itch pcap --to 1.2.3.4:53 --spoil "$(seq -s, 0 999)" \
	    <"$F/day.itch" >file
	import file
	[ "$status" = 0 ]
	grep -q "no ITCH over MoldUDP64 among its 1000 packets" err
}

# broken TEXT: file fails so
broken() {
	import -q --format pcap file
	[ "$status" = "${2-3}" ]
	grep -qF "$1" err
}

@test "what is held when a capture breaks off comes out before the error" {
	itch pcap --drop 20 <"$F/day.itch" >whole
	# four datagrams behind the gap, and a half
	python3 - whole >file <<-'.'
	import sys
	data = open(sys.argv[1], "rb").read()
	at = 24
	for _ in range(24):
	    at += 16 + int.from_bytes(data[at + 8:at + 12], "little")
	sys.stdout.buffer.write(data[:at + 30])
	.
	broken "file: record 61 at byte"
	[ "$(rp-print --json stream 2>/dev/null | grep -c '"gap"')" = 1 ]
	[ "$(counted mold.messages)" = 72 ]
}

@test "damaged captures, by byte" {
	head -c 30 "$F/day.pcap" >file
	broken "file: record 1 at byte 24: the capture ends after 6 of the 16 bytes of a packet's header"
	head -c 50 "$F/day.pcap" >file
	broken "at byte 24: the capture ends after 26 of the"
	head -c 20 "$F/day.pcap" >file
	broken "the capture ends after 20 of the 24 bytes of a file header"
	bytes 32 ffffff7f <"$F/day.pcap" >file
	broken "at byte 24: a packet of 2147483647 bytes is above"
	bytes 28 40420f00 <"$F/day.pcap" >file
	broken "the fraction of a packet's time, 1000000, is a second or more"
	bytes 20 69 <"$F/day.pcap" >file
	broken "packets of link type 105 are not read" 5
	bytes 4 03 <"$F/day.pcap" >file
	broken "neither a pcap nor a pcapng file"
	: >file
	broken "the file ends before its header"
	itch pcap --ng <"$F/day.itch" >ng
	bytes 24 ff <ng >file
	broken "the lengths before and behind a block, 28 and"
	bytes 32 13 <ng >file
	broken "a block of 19 bytes cannot be"
	bytes 28 03 <ng >file
	broken "(a simple packet block) is not read" 5
	head -c 100 ng >file
	broken "the capture ends after"
	# an interface that there is not; a time after 2262; a packet too long
	at=$((28 + 16 + 20))
	bytes $((at + 8)) 07 <ng >file
	broken "a packet of interface 7, of 1 that there are"
	bytes $((at + 12)) ffffffff <ng >file
	broken "the time of a packet is out of range"
	bytes $((at + 20)) ffff <ng >file
	broken "a packet does not fit its block of"
}
