#!/usr/bin/env bats
bats_require_minimum_version 1.5.0
# What rp-arrow writes, read by JavaScript (apache-arrow, from npm, below the
# build folder): value by value what rp-print --json shows of the same stream.

# fetch: what the tests need, or why there is none
fetch() {
	[ -z "${RP_SANITIZER-}" ] || { echo "none of it is ours"; return; }
	command -v npm >/dev/null || { echo "no npm"; return; }
	[ ! -e "$MODULES/fetched" ] || return 0
	mkdir -p "$MODULES"
	if timeout 100 npm install --prefix "$MODULES" --no-audit --no-fund \
	    --fetch-retries 1 --fetch-timeout 30000 apache-arrow@21 lz4js@0.2 \
	    fzstd@0.1 >"$MODULES/log" 2>&1; then
		touch "$MODULES/fetched"
	else
		echo "npm: $(grep -m 1 error "$MODULES/log")"
	fi
}

setup_file() {
	export MODULES=$RP_BUILD/npm
	why=$(fetch)
	export why
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	[ -z "$why" ] || skip "$why"
	n=0
}

# check STREAM OPTION... : in the file format and as a stream
check() {
	local stream=$1
	shift
	[ -e "$stream.json" ] || rp-print --json "$stream" >"$stream.json"
	n=$((n + 1))
	rp-arrow "$@" "$stream" -o $n.arrow
	rp-arrow --stream "$@" "$stream" >$n.arrows
	printf '%s\n' "$n.arrow $stream.json" "$n.arrows $stream.json" >>asked
}

compared() {
	run -0 node "$RP_TOP/tests/cli/arrow_npm.mjs" "$MODULES/node_modules" <asked
	[ "${#lines[@]}" = "$(wc -l <asked)" ]
	[ "$(grep -c ' values equal$' <<<"$output")" = "${#lines[@]}" ]
}

@test "each codec, extreme values, and none" {
	rp-import >x.rps <<-'END'
	{"type":"trade","ts_recv":"9223372036854775807","symbol":"a\"b,é","sequence":"18446744073709551615","price":"999999999.999999999","size":"-1","flags":"last|bad"}
	{"type":"trade","ts_recv":"-9223372036854775807","symbol":null,"price":null,"size":null,"trade_id":null,"ts_event":"1"}
	{"type":"trade","ts_recv":null,"symbol":"日本 €","source":"X","price":"-999999999.999999999","size":"0","tflags":"id_uuid","trade_id":"01234567-89ab-cdef-fedc-ba9876543210","depth":4294967294}
	END
	rp-gen -q -n 0 >none.rps
	for codec in none lz4 zstd; do
		check x.rps --codec $codec
		check x.rps --codec $codec -c all --dict
		check none.rps -t trade --codec $codec
	done
	compared
	[ "$(grep -c '^3 rows' <<<"$output")" = 12 ]
}

@test "made markets: each type, in batches" {
	rp-gen -q -n 2k -N 5 -t mbo,level,bbo,trade >all.rps
	rp-gen -q -n 500 -t mbo | rp-book --emit book:4 >book.rps
	rp-gen -q -n 5k -t mbo,trade >in.rps
	rp-book --emit bars:10ms in.rps >bar.rps
	rp-book --features mid,spread,imbalance=3 in.rps >feature.rps
	for type in mbo level bbo trade; do
		rp-filter -t $type all.rps >$type.rps
	done
	for type in mbo level bbo trade book bar feature; do
		check $type.rps --codec zstd --batch-rows 300
		check $type.rps --float64 --codec lz4
	done
	check trade.rps --dict --batch-rows 100
	check book.rps --lists --codec lz4 --batch-rows 100
	compared
}
