#!/usr/bin/env bats
# shellcheck disable=SC2154 # set by run
#
# Bars and features of rp-book: sums of bars against those of the trades, one
# symbol against many, what is refused, and names on their way through tools.
# The values themselves: tests/unit/test_features.c, tests/peers/features.bats.
bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	rp-gen -n 30k -N 4 -t mbo,trade | rp-write -q m.log
	rp-read m.log | rp-cat --no-notes -o m.rps
	rp-csv -t trade -c symbol,ts_event,side,price,size m.rps -o trades.csv
}

setup() {
	F=$BATS_FILE_TMPDIR
	cd "$BATS_TEST_TMPDIR" || return 1
}

# symbol, count, volume, buy volume of all
sums_of_trades() {
	awk -F, 'NR > 1 {
		n[$1]++; v[$1] += $5; if ($3 == "bid") b[$1] += $5
	} END { for (s in n) print s, n[s], v[s], b[s] + 0 }' "$1" | sort
}

sums_of_bars() {
	rp-csv -c symbol,count,volume,buy_volume "$1" | awk -F, 'NR > 1 {
		n[$1] += $2; v[$1] += $3; b[$1] += $4
	} END { for (s in n) print s, n[s], v[s], b[s] }' | sort
}

@test "bars of each rule hold every trade once" {
	sums_of_trades "$F/trades.csv" >expect
	[ "$(wc -l <expect)" -eq 4 ]
	for rule in 10ms time=10ms trades=7 volume=25 notional=100k; do
		rp-filter -t trade "$F/m.rps" |
		    rp-book --allow-thinned --emit bars:$rule -o b.rps
		sums_of_bars b.rps >got
		diff expect got
	done
}

@test "bars by trades: each has so many, but for a partial one" {
	rp-filter -t trade "$F/m.rps" |
	    rp-book --allow-thinned --emit bars:trades=7 |
	    rp-csv -c count,tflags -o b.csv
	run -1 grep -v -e '^7,$' -e '^[1-6],partial$' -e '^count,' b.csv
	[ "$(grep -c partial b.csv)" -ge 1 ]
}

@test "bars by time: open, high, low and close are those of the interval" {
	rp-filter -t trade "$F/m.rps" |
	    rp-book --allow-thinned --emit bars:10ms |
	    rp-csv -c symbol,ts_event,ts_close,open,high,low,close,count |
	    tail -n +2 | sort >got
	awk -F, 'NR > 1 {
		k = $1 "," substr($2, 1, 12) "0000000"
		if (!(k in n)) { o[k] = h[k] = l[k] = $4 }
		if ($4 + 0 > h[k] + 0) h[k] = $4
		if ($4 + 0 < l[k] + 0) l[k] = $4
		c[k] = $4; n[k]++
	} END {
		for (k in n) {
			split(k, p, ",")
			# in two parts: awk counts in doubles
			close_ = substr(p[2], 1, 10) + 0
			rest = substr(p[2], 11, 2) + 1
			if (rest == 100) { close_++; rest = 0 }
			printf "%s,%d%02d0000000,%s,%s,%s,%s,%d\n", k, close_,
			    rest, o[k], h[k], l[k], c[k], n[k]
		}
	}' "$F/trades.csv" | sort >expect
	diff expect got
}

@test "one symbol alone gives what it gives among others" {
	for emit in bars:10ms features:mid,ofi,vpin=50,depth=5bp \
	    features:mid,ofi,volatility,event_rate:every=10ms; do
		rp-book --emit $emit "$F/m.rps" |
		    rp-filter -w 'symbol == "SYM0001"' | rp-csv -o among.csv
		rp-filter -w 'symbol == "SYM0001"' "$F/m.rps" |
		    rp-book --allow-thinned --emit $emit | rp-csv -o alone.csv
		[ "$(wc -l <alone.csv)" -gt 10 ]
		cmp among.csv alone.csv
	done
}

@test "of books that are cut, what lies beyond is absent" {
	set=mid,imbalance=2,imbalance=5,weighted_mid=5,depth=2bp
	rp-filter -t mbo "$F/m.rps" -o o.rps
	rp-book --features $set o.rps -o whole.rps
	rp-book --emit book:3 o.rps | rp-book --features $set -o cut.rps
	columns=symbol,ts_event,mid,imbalance_2,imbalance_5,weighted_mid_5
	columns=$columns,bid_depth_2bp,ask_depth_2bp
	rp-csv --no-header -c $columns whole.rps >whole.csv
	rp-csv --no-header -c $columns cut.rps >cut.csv
	# of each that is there, the value is that of the whole book
	awk -F, 'NR == FNR { whole[$1 FS $2] = $0; next }
	    !(($1 FS $2) in whole) { bad++; next }
	    { split(whole[$1 FS $2], w)
		for (i = 3; i <= 8; i++)
			if ($i != "") { n[i]++; bad += $i != w[i] }
			else if (w[i] != "") gone[i]++ }
	    END { print bad + 0, gone[3] + 0, (gone[5] > 100),
		(gone[6] > 100), (gone[7] > 0), (gone[8] > 0), (n[4] > 100),
		(n[7] > 0) }' \
	    whole.csv cut.csv >verdict
	cat verdict
	[ "$(cat verdict)" = "0 0 1 1 1 1 1 1" ]
}

@test "flows of spans add up to those of changes" {
	rp-book --emit features:ofi:a.rps "$F/m.rps"
	rp-book --emit features:ofi:every=1ms:b.rps "$F/m.rps"
	for symbol in SYM0000 SYM0003; do
		last=$(rp-filter -w "symbol == \"$symbol\"" b.rps |
		    rp-csv --no-header -c ts_event | tail -1)
		a=$(rp-filter -w "symbol == \"$symbol\" and ts_event < $last" \
		    a.rps | rp-csv | awk -F, '{ s += $NF } END { print s }')
		b=$(rp-filter -w "symbol == \"$symbol\"" b.rps | rp-csv |
		    awk -F, '{ s += $NF } END { print s }')
		[ "$a" -eq "$b" ]
	done
}

@test "names of features travel through filters, and are columns" {
	rp-book --emit features:mid,imbalance=5,depth=10bp "$F/m.rps" -o f.rps
	rp-csv f.rps -o f.csv
	run -0 head -1 f.csv
	[[ $output = *,reflects_seq,mid,imbalance_5,bid_depth_10bp,ask_depth_10bp ]]
	rp-filter -w 'seq > 0' f.rps | rp-cat --codec zstd | rp-csv -o g.csv
	cmp f.csv g.csv
	rp-csv -j3 f.rps -o h.csv
	cmp f.csv h.csv
	run -0 --separate-stderr rp-print f.rps
	[[ $output = *" mid "*" imbalance_5 "* ]]
}

@test "records are sorted and sampled by features" {
	rp-book --features mid,ofi "$F/m.rps" -o f.rps
	rp-csv --no-header -c mid,ofi,seq,ts_recv f.rps >rows
	# what is absent comes last
	awk -F, '{ print ($1 == "" ? 1 : 0) "," $0 }' rows |
	    LC_ALL=C sort -s -t, -k1,1n -k2,2g -k3,3g | cut -d, -f2- >want
	[ "$(wc -l <want)" -gt 1000 ]
	for memory in 64Ki 64Mi; do
		rp-sort -S $memory -k mid,ofi f.rps -o sorted.rps
		rp-csv --no-header -c mid,ofi,seq,ts_recv sorted.rps | cmp - want
		rp-sort --check -k mid,ofi sorted.rps
	done
	rp-cat --frame-records 1 sorted.rps | rp-sort --check -k mid
	run -1 rp-sort --check -k mid f.rps
	rp-sample -p 0.5 --key mid f.rps --reject out.rps -o in.rps
	for side in in out; do
		rp-csv --no-header -c mid $side.rps | sort -u >$side
		[ "$(wc -l <$side)" -gt 10 ]
	done
	# each value is on one side
	[ -z "$(grep . in | comm -12 - <(grep . out))" ]
}

@test "names of features survive every tool that holds records back" {
	rp-book --features mid,ofi --feature 'r = log(mid)' "$F/m.rps" -o f.rps
	rp-filter -s SYM0000 f.rps -o a.rps
	rp-filter -w 'symbol != SYM0000' f.rps -o b.rps
	rp-csv -c ts_recv,symbol,mid,ofi,r f.rps | sort >expect
	same() {
		rp-csv -c ts_recv,symbol,mid,ofi,r | sort >got
		diff expect got
	}
	rp-merge a.rps b.rps | same
	rp-merge --tolerance 1s a.rps b.rps | same
	rp-sort a.rps b.rps | same
	rp-sort -S 64Ki a.rps b.rps | same
	rp-cat a.rps b.rps | same
	rp-sample --every 1 f.rps | same
	rp-sample --tail 100k f.rps | same
	rp-filter --whole-events f.rps | same
	rp-split -o '{symbol}.rps' f.rps
	rp-cat SYM*.rps | same
	rp-fan -j2 --merge 'rp-cat' <f.rps | same
	rp-write -q f.log <f.rps
	rp-read f.log | same
	rp-print --json f.rps | rp-import --no-notes | same
}

@test "features are addressed by name" {
	rp-book --features mid,spread "$F/m.rps" -o f.rps
	rp-csv -c symbol,mid,spread f.rps >f.csv
	rp-filter -w 'spread > 0.01 and mid < 2000' f.rps |
	    rp-csv -c symbol,mid,spread >got
	awk -F, 'NR == 1 || ($3 != "" && $3 > 0.01 && $2 < 2000)' f.csv >expect
	[ "$(wc -l <expect)" -gt 10 ]
	diff expect got
	rp-filter -w 'mid > spread' --count f.rps >got
	[ "$(cat got)" = "$(grep -c ',[0-9]' f.csv)" ]
	rp-map 'channel = 7 where spread > 0.5; sequence = mid * 1000000' f.rps |
	    rp-csv -c mid,spread,channel,sequence |
	    awk -F, 'NR > 1 && $1 != "" && ($3 != ($2 > 0.5 ? 7 : 0) ||
		$4 != $1 * 1000000)' >got
	[ ! -s got ]
	run -0 --separate-stderr rp-print -n 1 -c symbol,mid f.rps
	[[ ${lines[0]} = symbol*mid ]]
	rp-write -q g.log <f.rps
	[ "$(rp-read -w 'mid > 0' g.log | rp-csv -c mid | wc -l)" -gt 100 ]
}

@test "a name that is no field and no feature is said" {
	rp-book --features mid "$F/m.rps" -o f.rps
	missing() {
		run -2 --separate-stderr "$@"
		[[ $stderr = *"$what"* ]]
	}
	what='no record has a field '"'midd'"
	missing rp-csv -c symbol,midd -o f.csv f.rps
	[ ! -e f.csv ]
	missing rp-print -c symbol,midd f.rps
	missing rp-csv -c midd "$F/m.rps"
	what='--where: column 1: no field named "midd"'
	missing rp-filter -w 'midd > 1' -o g.rps f.rps
	[ ! -e g.rps ]
	missing rp-filter -w 'midd > 1' -o g.rps "$F/m.rps"
	missing rp-read -w 'midd > 1' -o g.rps "$F/m.log"
	what='column 12: no field named "midd"'
	missing rp-map 'sequence = midd' -o g.rps f.rps
	what='column 19: no field named "midd"'
	missing rp-map 'channel = 1 where midd > 3' -o g.rps f.rps
	# where a type is chosen, it is known before anything is read
	what="no record has a field 'mid'"
	missing rp-csv -t mbo -c mid f.rps
	# nothing is missed where there is nothing
	rp-filter -s NONE f.rps | rp-csv -c mid >got
	[ "$(cat got)" = mid ]
	run -0 --separate-stderr rp-filter --check -w 'mid > 1'
	[[ $stderr = *'no field named "mid", unless features have it' ]]
}

@test "features are JSON by name, which makes the same records" {
	rp-book --features mid,ofi,vpin=50 "$F/m.rps" -o f.rps
	run -0 --separate-stderr rp-print --json -n 1 f.rps
	[[ $output = *'"schema":"mid:'*'"mid":null,"ofi":"'*'"vpin":null}' ]]
	rp-print --json f.rps >f.json
	for numbers in '' --json-numbers; do
		rp-print --json $numbers f.rps | rp-import -o g.rps
		rp-print --json g.rps | cmp - f.json
		[ "$(rp-ls g.rps | grep sum)" = "$(rp-ls f.rps | grep sum)" ]
	done
	# a frame without its schema has bytes, as before
	rp-filter -n 1 f.rps | rp-print --json |
	    sed 's/"schema":"[^"]*"/"schema":"17"/; s/"mid":.*}/"values":"00"}/' |
	    rp-import | rp-print --json >got
	grep -q '"schema":"17",.*"values":"00"' got
	wrong() {
		head -1 f.json | sed "$1" >bad.json
		run -3 --separate-stderr rp-import bad.json -o bad.rps
		[[ $stderr = *"$2"* ]]
	}
	wrong 's/"mid":null/"mid":"0.123456"/' "mid: '0.123456' is no number with"
	wrong 's/"mid":null,//' 'there is no mid, which the schema names'
	wrong 's/}/,"more":null}/' 'there are 4 values, but the schema names 3'
	wrong 's/"ofi":/"ofj":/' 'there is no ofi'
	wrong 's/"schema":"mid:[^"]*"/"schema":"mid:99"/' 'schema: '
	wrong 's/"mid":null/"m-d":null/' "has no field 'm-d'"
}

@test "features of one's own are what their formulas say" {
	rp-book --features mid --feature 'x = (bid_sz - ask_sz) / (bid_sz + ask_sz)' \
	    --feature 'spread_2:-1 = ask_px_01 - bid_px_01' \
	    --feature 'step:-6 = mid - lag(mid)' \
	    --feature 'k = coalesce(lag(k), 0) + 1' \
	    --feature 'm = min(k, 3, abs(-7))' \
	    --feature 'latency:0 = (ts_recv - ts_event) / 1us' \
	    "$F/m.rps" -o f.rps
	# the same, by awk
	rp-filter -s SYM0001 f.rps |
	    rp-csv -c ts_recv,ts_event,mid,step,k,m,latency |
	    awk -F, 'NR > 1 {
		step = last != "" && $3 != "" ? $3 - last : ""
		if ($5 != NR - 1 || $6 != (NR > 3 ? 3 : NR - 1) ||
		    ($4 == "") != (step == "") || $4 - step > 1e-6 ||
		    step - $4 > 1e-6)
			print
		us = substr($1, 10) - substr($2, 10)
		if ($7 - us / 1000 > 0.5 || us / 1000 - $7 > 0.5)
			print
		last = $3
	}' >bad
	cat bad
	[ ! -s bad ]
	rp-book --features queue_imbalance "$F/m.rps" |
	    rp-csv -c queue_imbalance | grep -v '""' | sort -u >expect
	rp-csv -c x f.rps | grep -v '""' | sort -u | sed 's/^x$/queue_imbalance/' | sort >got
	diff expect got
	# alone they are an emission, and may have a span and a file
	rp-book --feature 'y = mid' "$F/m.rps" | rp-csv | head -1 >got
	grep -q ',reflects_seq,y$' got
	rp-book --emit features:every=10ms:y.rps --feature 'y = event_rate' \
	    "$F/m.rps"
	[ "$(rp-csv -c y y.rps | wc -l)" -gt 2 ]
}

@test "what is no feature of one's own is said, and where" {
	refuse() {
		run -2 --separate-stderr rp-book --feature "$1" "$F/m.rps"
		[[ ${stderr} = "rp-book: --feature '$1': $2"* ]]
	}
	while IFS='|' read -r formula message; do
		refuse "$formula" "$message"
	done <<-'E'
	x|column 2: the expression ends where = is expected
	x = |column 5: the expression ends where a value is expected
	x = (1|column 7: the expression ends where ")"
	x = bid_szz|column 5: "bid_szz" is neither a feature nor a number; did you mean "bid_sz"?
	x = bid_sz-ask_sz|column 5: "bid_sz-ask_sz" is neither a feature nor a number (+ - * / need blanks around them)
	x = side|column 5: "side" is no number of a book
	x = "a"|column 5: a text is no number
	x = 1 + sqrtt(2)|column 9: no function "sqrtt"
	x = upper(2)|column 5: no function "upper"
	x = min(1)|column 10: ")" where "," is expected
	x = lag(bid_px)|column 9: lag is of features
	x = lag(mid + 1)|column 13: lag is of a feature's name
	x = x + 1|column 5: "x" is not known before (lag(x) is)
	x = vpin|column 5: vpin has a volume
	x = 1 2|column 7: "2" where
	x:19 = 1|column 1: "x:19": an exponent is from -18 to 18
	1x = 1|column 1: "1x" is no name
	mid = 1|column 1: mid is the name of something else
	price = 1|column 1: price is the name of something else
	bid_px_07 = 1|column 1: bid_px_07 is the name of something else
	E
	run -2 --separate-stderr rp-book --feature 'x = 1' --feature 'x = 2' \
	    "$F/m.rps"
	[[ $stderr = *"x is defined twice"* ]]
	run -2 --separate-stderr rp-book --feature 'x = event_rate' "$F/m.rps"
	[[ $stderr = *"a rate needs a span"* ]]
}

@test "what is no bar and no feature is said" {
	refuse() {
		run -2 --separate-stderr rp-book --emit "$1" "$F/m.rps"
		[[ ${stderr} = "rp-book: --emit $1: $2"* ]]
	}
	refuse bars "bars of what?"
	refuse bars:trades=0 "'trades=0' is not 1m"
	refuse bars:volume=-1 "'volume=-1' is not 1m"
	refuse bars:0s "'0s' is not 1m"
	refuse features "which features?"
	refuse features:mit "there is no feature 'mit'"
	refuse features:mid,mid "a feature is named twice"
	refuse features:mid= "feature 'mid' takes no argument"
	refuse features:imbalance "feature 'imbalance' is followed by levels"
	refuse features:depth=10 "feature 'depth' is followed by basis points"
	refuse features:vpin=0 "feature 'vpin' is followed by a volume"
	refuse features:mid,trade_rate "a rate needs a span"
	refuse features:mid:every=0s "every=0s is no span of time"
	refuse features:mid:every=1s:every=1s "every= is given twice"
}
