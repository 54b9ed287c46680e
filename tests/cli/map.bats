#!/usr/bin/env bats
# shellcheck disable=SC2154,SC2016 # set by run; awk
#
# rp-map: what statements make of records, against awk on the CSV of a made-up
# market and of real data; what is rejected, what passes as it is, what is said.
bats_require_minimum_version 1.5.0

COLUMNS=seq,ts_recv,symbol,source,flags,ts_event,action,side,price,size,order_id

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	rp-gen -n 20k -N 4 | rp-write -q m.log
	rp-read m.log | rp-cat --frame-records 3000 --no-notes -o m.rps
	rp-cat --codec zstd:1 --no-notes m.rps -o packed.rps
	if [ -f "${RP_DATA-}/dbn/esh4-20231225.mbo.dbn.zst" ]; then
		rp-import "$RP_DATA/dbn/esh4-20231225.mbo.dbn.zst" |
		    rp-write -q es.log
		rp-read es.log | rp-cat --no-notes -o es.rps
	fi
}

setup() {
	F=$BATS_FILE_TMPDIR
	cd "$BATS_TEST_TMPDIR" || return 1
}

csv() {
	rp-csv --no-header -c "$COLUMNS" "$@"
}

sum() {
	rp-check --json "$@" | jq -r .sum
}

# makes AWK ARGS...: the statements make of each row what awk does, of plain
# and of packed frames and of real data.
makes() {
	local awk=$1 in
	shift
	for in in "$F/m.rps" "$F/packed.rps" "$F/es.rps"; do
		[ -f "$in" ] || continue
		csv "$in" | awk -F, "BEGIN { OFS = \",\" }
			{ $awk; print }" >want
		rp-map "$@" "$in" | csv >got
		cmp want got
	done
}

# one JSON STATEMENTS: the record after them, as JSON.
one() {
	printf '%s\n' "$1" | rp-import --on-error fail - |
	    rp-map "$2" | rp-print --json
}

# value JSON STATEMENTS FIELD VALUE
value() {
	local got
	got=$(one "$1" "$2" | jq -r ".$3")
	[ "$got" = "$4" ] || { echo "$2: $3 is $got, not $4"; return 1; }
}

TRADE='{"ts_recv":"1000","type":"trade","symbol":"A","source":"x","ts_event":"900","px_exp":-2,"qty_exp":0,"side":"bid","price":"10.25","size":"3","trade_id":"7","depth":"2","channel":"5"}'

@test "numbers: added, multiplied, divided, where they hold" {
	makes '$9 = $9 == "" ? "" : $9 * 2' 'price = price * 2'
	makes '$9 = $9 == "" ? "" : $9 * 2' 'price *= 2'
	makes '$10 = $10 == "" ? "" : $10 + 1' 'size = size + 1'
	makes 'if ($8 == "bid") $10 = $10 * 10 - 3' \
	    'size = size * 10 - 3 where side == bid'
	makes 'if ($8 == "ask" && $10 > 2) $10 = 7' \
	    -w 'side == ask and size > 2' 'size = 7'
	makes 'if ($7 == "T") $9 = ""' 'price = absent where action == T'
}

@test "arithmetic" {
	value "$TRADE" 'price = - price' price -10.25
	value "$TRADE" 'price = abs(- price)' price 10.25
	value "$TRADE" 'price = (price + 0.75) * 2 - 1' price 21.00
	value "$TRADE" 'price = 1 + 2 * 3' price 7.00
	value "$TRADE" 'price = 10 - 2 - 3' price 5.00
	value "$TRADE" 'price = 8 / 2 / 2' price 2.00
	value "$TRADE" 'price = price * size' price 30.75
	value "$TRADE" 'price = price * 0.04' price 0.41
	value "$TRADE" 'price = price + 1e3' price 1010.25
	value "$TRADE" 'price += 0.05; price -= 0.3; price *= 2' price 20.00
	value "$TRADE" 'price+=0.05;price-=0.3;price*=2' price 20.00
	value "$TRADE" 'size = depth + channel' size 7
	value "$TRADE" 'size = 7 / - 1' size -7
	value "$TRADE" 'depth = absent; channel = depth' channel 5
	value "$TRADE" 'size = absent; size = size + 1' size null
}

@test "what is not exact, or does not fit, is rejected and told" {
	echo "$TRADE" | rp-import -o in -
	while IFS='|' read -r statement why; do
		run -3 --separate-stderr rp-map "$statement" in -o out
		[ "${#stderr_lines[@]}" = 1 ]
		[[ $stderr == "rp-map: in: frame "*": record 1: trade record: $why"* ]] || {
			echo "$statement: $stderr"
			return 1
		}
		[ ! -e out ]
		rp-map -q --on-error skip "$statement" in -o out
		[ "$(rp-check --json out | jq -c '[(.records | tonumber), .end]')" = \
		    '[0,["lossy"]]' ]
		rm out
	done <<-'E'
	price = price / 2|price: the value has more decimals
	price = 1 / 3|price: a quotient that is not exact
	price = price / (size - 3)|price: a division by 0
	price = price * 1e17|price: the value is out of range
	price = 1e36 * 1e36 * 1e36|price: the value
	price = 100000000000000000000 * 10000000000000000000 * 10|price: the value exceeds 128 bits
	size = 0.5|size: the value has more decimals
	channel = 65536|channel: the value is out of range
	channel = 0 - 1|channel: the value is out of range
	depth = 4294967295|depth: the value is out of range
	px_exp = 0|px_exp: the value has more decimals
	px_exp = 19|px_exp: an exponent is from -18 to 18
	px_exp = -16; price = price * 100|price: the value is out of range
	qty_exp = 1|qty_exp: the value has more decimals
	ts_recv = ts_recv + 15000w + 15000w|ts_recv: the value is out of range
	trade_id = abc|trade_id: an id that is not of the form
	symbol = replace(symbol, 'A', '')|symbol: no text for a name
	symbol = symbol + ''|symbol: no text for a name
	symbol = symbol + 'yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy'|symbol: a text of more than 255 bytes
	E
}

@test "rejected and written add up, and the others go on" {
	csv "$F/m.rps" | awk -F, '$10 % 2 == 0 || $10 == ""' |
	    wc -l >even
	rp-map -q --on-error file:bad 'size = size / 2' "$F/m.rps" -o out \
	    --stats-json stats
	[ "$(rp-filter --count out)" = "$(cat even)" ]
	[ "$(wc -l <bad)" = $((20000 - $(cat even))) ]
	[ "$(jq '.records_in - .records_out - .rejected' stats)" = 0 ]
	[ "$(jq '.counts.changed + .counts.unchanged' stats)" = "$(cat even)" ]
	run -3 rp-map -q --max-errors 5 'size = size / 2' "$F/m.rps" -o none
	[ ! -e none ]
	# what is told is the record as it came
	rp-map -q --on-error file:bad 'size = 4; size = 1 / 3 where price > 0' \
	    --seq 1000 "$F/m.rps" -o out
	[ "$(cut -f 2 bad)" = "$(rp-map 'type = 1024' --seq 1000 "$F/m.rps" |
	    rp-filter --seq 1000 | rp-print --json | jq -r .payload)" ]
}

@test "exponents keep values, of prices, sizes, turnover and levels" {
	value "$TRADE" 'px_exp = -4' price 10.2500
	value "$TRADE" 'px_exp = -4' px_exp -4
	value "$TRADE" 'px_exp = px_exp - 7' price 10.250000000
	value "$TRADE" 'qty_exp = -1' size 3.0
	value "$TRADE" 'px_exp = -6; price = price / 16' price 0.640625
	bar='{"ts_recv":"1","type":"bar","px_exp":-2,"qty_exp":-1,"open":"1.25","high":"2.50","low":"1.00","close":"1.50","volume":"10.5","turnover":"15.125"}'
	[ "$(one "$bar" 'px_exp = -4; qty_exp = -3' |
	    jq -r '[.open, .high, .volume, .turnover] | join(" ")')" = \
	    "1.2500 2.5000 10.500 15.1250000" ]
	rp-map 'px_exp = -9; qty_exp = -3' "$F/m.rps" | rp-csv --digits trim \
	    --no-header -c "$COLUMNS" | cmp - <(rp-csv --digits trim \
	    --no-header -c "$COLUMNS" "$F/m.rps")
	# and back
	[ "$(rp-map 'px_exp = -9' "$F/m.rps" | rp-map 'px_exp = -4' | sum)" = \
	    "$(rp-map 'px_exp = -4' "$F/m.rps" | sum)" ]
}

@test "times are moved by spans" {
	makes '$2 = substr($2, 1, length($2) - 9) + 18000 substr($2, length($2) - 8)' \
	    'ts_recv += 5h'
	makes '$6 = $2' 'ts_event = ts_recv'
	value "$TRADE" 'ts_event = ts_recv - 1us' ts_event 0
	value "$TRADE" 'ts_event = ts_recv + 1h * 2 + 30m' ts_event 9000000001000
	value "$TRADE" 'ts_event = 2024-01-02T14:30' ts_event 1704205800000000000
	value "$TRADE" 'ts_event = 1704205800000000000' ts_event 1704205800000000000
	value "$TRADE" 'send_delta = ts_recv - ts_event' send_delta 100
	value "$TRADE" 'send_delta = 40; ts_event = ts_recv - send_delta' ts_event 960
	[ "$(echo "$TRADE" | rp-import - |
	    rp-map --tz America/Chicago 'ts_event = 2024-01-02T08:30' |
	    rp-print --json | jq -r .ts_event)" = 1704205800000000000 ]
}

@test "times that go back, and the frames that say so" {
	rp-map 'ts_recv -= 1h where side == bid' "$F/m.rps" -o out
	[[ $(rp-check out) == *"back "* ]]
	[[ $(rp-map 'ts_recv += 1h' "$F/m.rps" | rp-check) == *ordered* ]]
	[ "$(rp-map 'ts_recv += 1h where side == bid' out | sum)" = \
	    "$(sum "$F/m.rps")" ]
}

@test "words, flags and identifiers" {
	makes 'if ($8 == "bid") $8 = "none"' 'side = none where side == bid'
	makes '$7 = "F"' 'action = F'
	makes '$5 = $5 == "" ? "bad" : $5 "|bad"' 'flags += bad'
	makes 'gsub(/last\|?/, "", $5); sub(/\|$/, "", $5)' 'flags -= last'
	makes '$5 = "last|snapshot"' 'flags = last, snapshot'
	makes '$11 = 77' 'order_id = 77'
	value "$TRADE" 'action = bust' action bust
	value "$TRADE" 'action = 9' action 9
	value "$TRADE" 'trade_id = absent' trade_id null
	value "$TRADE" 'side = 2' side ask
}

@test "names: texts, renamed by a file, and by both" {
	makes '$3 = "X"' "symbol = 'X'"
	makes '$3 = tolower($3) "." $4' "symbol = lower(symbol) + '.' + source"
	makes 'sub(/0000/, "00", $3); sub(/ES/, "NQ", $3)' \
	    "symbol = replace(replace(symbol, '0000', '00'), 'ES', 'NQ')"
	makes '$4 = ""' 'source = absent'
	printf '# two\nSYM0001\tSYM0002\n\nSYM0002\tSYM0001\n' >names
	makes 'if ($3 == "SYM0001") $3 = "SYM0002"; else if ($3 == "SYM0002") $3 = "SYM0001"' \
	    --symbols names
	printf 'ESH4\ta b\nSYM0003\ta b\n' >names
	makes 'if ($3 == "ESH4" || $3 == "SYM0003") $3 = "a b"; $9 = $9 == "" || $3 != "a b" ? $9 : $9 * 2' \
	    --symbols names \
	    -e "price = price * 2 where symbol == 'a b'"
	printf 'gen\there\nGLBX.MDP3.GLBX\there\n' >names
	makes '$4 = "here"' --sources names
	# later statements see what earlier ones make
	makes '$3 = "B"' -e "symbol = 'A'" -e "symbol = 'B' where symbol == A"
	# many names
	rp-gen -n 5000 -N 1000 -o many
	rp-csv many --no-header -c symbol | sed 's/$/-/' | cmp - \
	    <(rp-map "symbol = symbol + '-'" many | rp-csv --no-header -c symbol)
}

@test "files of names and what is wrong with them" {
	for wrong in 'A' 'A B' $'A\t' $'\tB' $'A\tB\nA\tC' $'A\t\x01'; do
		printf '%s\n' "$wrong" >names
		run -2 --separate-stderr rp-map --symbols names "$F/m.rps"
		[ "${#stderr_lines[@]}" = 1 ]
		[[ $stderr == "rp-map: names: line "[12]": "* ]] || {
			echo "$stderr"; return 1; }
	done
	run -1 --separate-stderr rp-map --symbols nothing "$F/m.rps"
	[[ $stderr == "rp-map: nothing: No such file"* ]]
}

@test "types: the fields of both, or the payload as it is" {
	rp-filter -w 'action == T' "$F/m.rps" -o t
	rp-map 'type = trade' t -o trades
	[ "$(rp-filter -t trade --count trades)" = "$(rp-filter --count t)" ]
	rp-csv t --no-header -c ts_recv,symbol,ts_event,sequence,side,price,size \
	    >want
	rp-csv trades --no-header \
	    -c ts_recv,symbol,ts_event,sequence,side,price,size | cmp - want
	[ "$(rp-filter --count -w 'trade_id is present or depth is present or action != normal' \
	    trades)" = 0 ]
	rp-check trades
	# there and back
	for id in 1024 65535; do
		rp-map "type = $id" "$F/m.rps" -o opaque
		[ "$(rp-filter -t $id --count opaque)" = 20000 ]
		[ "$(rp-map 'type = mbo' opaque | sum)" = "$(sum "$F/m.rps")" ]
		[ "$(rp-map -e 'type = 2000; type = mbo where type == 2000' \
		    opaque | sum)" = "$(sum "$F/m.rps")" ]
	done
	run -3 --separate-stderr rp-map 'type = book' t
	[[ $stderr == *"type: no record of another type can become that"* ]]
	# statements behind see the new type
	[ "$(one "$TRADE" 'type = mbo; order_id = 5; action = A where type == mbo' |
	    jq -r '[.type, .order_id, .action, .price] | join(" ")')" = \
	    "mbo 5 A 10.25" ]
	# too short for what it is said to be
	echo '{"ts_recv":"1","type":"1024","raw":"00"}' | rp-import -o short -
	run -3 --separate-stderr rp-map 'type = mbo' short
	[[ $stderr == *"type: the payload is too short"* ]]
}

@test "drop cuts what was added, and what is not known" {
	mbo='{"ts_recv":"1","type":"mbo","symbol":"A","order_id":"5","priority":"6","ts_out":"7"}'
	[ "$(one "$mbo" 'drop ts_out' | jq -r '[.priority, .ts_out] | join(" ")')" = \
	    "6 " ]
	[ "$(one "$mbo" 'drop priority' | jq -r '[.order_id, .priority, .ts_out] | join(" ")')" = \
	    "5  " ]
	[ "$(one "$mbo" 'drop priority; ts_out = ts_recv' |
	    jq -r '[.priority, .ts_out] | join(" ")')" = " 1" ]
	# what the first version of its type had is made absent
	[ "$(one "$TRADE" 'drop trade_id; drop price' |
	    jq -c '[.trade_id, .price, .size]')" = \
	    "$(one "$TRADE" 'trade_id = absent; price = absent' |
	    jq -c '[.trade_id, .price, .size]')" ]
	[ "$(one "$TRADE" 'drop price' | jq .price)" = null ]
	[ "$(one "$TRADE" 'drop symbol' | jq .symbol)" = null ]
	# a later version's record: as much stays as this one knows
	raw=$(one "$mbo" 'type = 1024' | jq -r .payload)
	long=$raw$(printf '%0400d' 5)
	echo "{\"ts_recv\":\"1\",\"type\":\"1024\",\"payload\":\"$long\"}" |
	    rp-import - | rp-map 'type = mbo' -o long
	kept=$(rp-map 'drop tail; type = 1024' long | rp-print --json |
	    jq -r .payload)
	[ "${long#"$kept"}" != "$long" ]
	[ "${#kept}" -ge "${#raw}" ]
	[ "${#kept}" -lt "${#long}" ]
	[ "$(rp-map 'drop tail' long | rp-print --json | jq -r .ts_out)" = 7 ]
	[ "$(sum <(rp-map 'drop tail' "$F/m.rps"))" = "$(sum "$F/m.rps")" ]
}

@test "what no statement is for passes as it is, undecoded" {
	rp-cat --codec zstd --layout columns "$F/m.rps" --no-notes -o in
	for statement in 'price = 5 where symbol == nobody' 'n = 3' \
	    'turnover = 1' 'price = 3 where type == trade'; do
		rp-map --no-notes "$statement" in | cmp - in
	done
	rp-map --no-notes -s nobody 'price = 5' in | cmp - in
	rp-map --no-notes -t trade 'symbol = source' in | cmp - in
	# beside a frame that changes, the others stay
	rp-map --no-notes --seq 1..10 'price = 5' "$F/m.rps" --stats-json s -o out
	[ "$(jq -c .counts s)" = '{"changed":10,"unchanged":19990}' ] ||
	    [ "$(jq -c '.counts | map_values(tonumber)' s)" = \
		'{"changed":10,"unchanged":19990}' ]
}

@test "statements of files, of -e, and of an operand" {
	printf '# a comment\n\nprice = 5; size = 6\n  side = bid\n' >file
	rp-map -f file -e 'size = size + 1' "$F/m.rps" |
	    rp-csv --no-header -c price,size,side | sort -u >got
	[ "$(sed 's/\.0*,/,/' got)" = "5,7,bid" ]
	printf 'price = 5\nprise = 5\n' >file
	run -2 --separate-stderr rp-map -f file "$F/m.rps"
	[[ $stderr == 'rp-map: file: line 2: column 1: no field named "prise"; did you mean "price"?'* ]]
	run -1 rp-map -f nothing "$F/m.rps"
	rp-map --check 'price = 5'
	rp-map --check -e 'price = 5;' -e ' size = 3 ; '
}

@test "mistakes are told with their column" {
	while IFS='|' read -r statement what; do
		run -2 --separate-stderr rp-map --check "$statement"
		[ "${#stderr_lines[@]}" = 1 ]
		[[ $stderr == "rp-map: $what"* ]] || {
			echo "$statement: $stderr"
			return 1
		}
	done <<-'E'
	|column 1: the expression ends where a field is expected
	price|column 6: the expression ends where = += -= or *= is expected
	price == 5|column 7: "==" where = += -= or *= is expected
	price /= 5|column 7: "/" where = += -= or *= is expected
	price =|column 8: the expression ends where a value is expected
	price = 5 6|column 11: "6" where where, ";" or the end is expected
	price = price*2|column 9: "price*2" is not a number, a span or a time (+ - * / need blanks
	price = 2 * prise|column 13: "prise" is neither a field nor a number nor a time (a text needs quotes); did you mean "price"?
	prise = 5|column 1: no field named "prise"; did you mean "price"?
	price = bid|column 9: "bid" is neither
	price = (5|column 11: the expression ends where ")" or + - * / is expected
	price = sqrt(5)|column 9: no function "sqrt" (abs, upper, lower, replace)
	price = 'x'|column 9: this field holds a number
	price = ts_recv|column 9: this field holds a number
	price = 5h|column 9: this field holds no span
	price = 5, 6|column 12: only flags are a list
	price = side|column 9: "side" is not a number, a time or a text
	ts_recv = ts_recv + 5|column 19: a time is moved by a span with a unit
	ts_recv = ts_recv + ts_event|column 19: a time is moved
	ts_recv = ts_recv * 2|column 19: these cannot be multiplied
	ts_recv = price|column 11: this field holds a time
	symbol = ESH4|column 10: "ESH4" is neither a field nor a number nor a time (a text needs quotes)
	symbol = symbol - 'x'|column 17: these cannot be added
	symbol = upper(price)|column 10: this takes texts
	side = bix|column 8: no word "bix" in side; did you mean "bid"?
	side = bid + ask|column 12: this field takes one word
	side = absent|column 8: this field cannot be absent
	flags = lost|column 9: no word "lost" in flags; did you mean "last"?
	flags *= last|column 10: flags are set by
	order_id = 'a name that is too long'|column 12: "a name that is too long" is not an id
	type = mboo|column 8: no record type named "mboo"; did you mean "mbo"?
	type = 1000|column 8: types of one's own begin at 1024
	seq = 5|column 1: seq is given by rp-write
	values = 5|column 1: "values" is not a field that can be assigned
	bid_px = trade_id|column 1: no record type has bid_px and what it is given
	drop side|column 6: "side" is not a field that can be absent
	drop prise|column 6: no field named "prise"; did you mean "price"?
	price = 5 where|column 16: the expression ends where a field is expected
	price = 5 where siz ~ 3|column 17: no field named "siz"; did you mean "size"?
	price = 5; size == 3|column 17: "==" where
	E
	run -2 --separate-stderr rp-map
	[[ $stderr == "rp-map: a statement is needed"* ]]
}

@test "records that make no sense are rejected; opaque types pass" {
	cat >json <<-'E'
	{"ts_recv":"1","type":"mbo","symbol":"A","price":"1.5","size":"3"}
	{"ts_recv":"2","type":"mbo","symbol":"A","raw":"0102030405"}
	{"ts_recv":"3","type":"5000","symbol":"B","raw":"0102"}
	E
	rp-import json -o in
	run -3 --separate-stderr rp-map 'price = 5' in -o out
	[[ $stderr == *": record 2: mbo record: the payload is too short"* ]]
	# records count as they came, also behind one that is left out
	{ sed -n '1s/1.5/2.0/p' json; sed -n 2p json; sed -n 1p json; } |
	    rp-import -o three
	run -0 --separate-stderr rp-map --on-error file:bad.txt \
	    'price = price / 2' three -o /dev/null
	grep -o 'record [0-9]*: mbo' bad.txt | diff - <(printf 'record %s: mbo\n' 2 3)
	rp-map -q --on-error skip 'price = 5' in |
	    rp-print --json | jq -c '[.type, .price, .payload]' >got
	[ "$(tr '\n' ' ' <got)" = '["mbo","5.0",null] ["5000",null,"0102"] ' ] ||
	    cat got
	[ "$(rp-map -q -t 5000 "symbol = 'C'" in | rp-filter -t 5000 | rp-csv --no-header -c symbol |
	    tr -d '\n')" = C ]
}

@test "each of many bad records is told by its own number" {
	awk 'BEGIN { for (i = 1; i <= 999; i++) {
		printf "{\"ts_recv\":\"%d\",\"type\":\"mbo\",\"symbol\":\"A\",", i
		print i % 3 == 1 ? "\"raw\":\"0102\"}" : i % 3 == 2 ? \
		    "\"price\":\"92233720.5\"}" : "\"price\":\"1\"}" } }' >json
	rp-import -q json -o in
	rp-map -q --on-error file:bad 'price = price * 1000000000000000' in -o out
	sed 's/.*: record \([0-9]*\): .*/\1/' bad | sort -n |
	    diff - <(seq 999 | awk 'NR % 3 != 0')
	[ "$(rp-csv --no-header -c ts_recv --time ns out)" = "$(seq 3 3 999)" ]
}

@test "what came thinned stays so" {
	rp-filter -w 'size > 3' "$F/m.rps" | rp-map 'size += 1' |
	    rp-check --json | jq -c .end | grep thinned
	[[ $(rp-map 'size += 1' "$F/m.rps" | rp-check --json | jq -c .end) != \
	    *thinned* ]]
}

@test "what is not assigned after all makes no record longer" {
	rp-gen -n 20 -t trade -o in
	want=$(rp-map 'channel = 5' in | rp-check --json | jq .sum)
	[ "$(rp-map 'channel = 5; tracking = first_id' in |
	    rp-check --json | jq .sum)" = "$want" ]
}
