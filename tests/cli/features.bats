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
