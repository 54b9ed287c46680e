# shellcheck shell=bash
# What the peers of Arrow and Parquet share: a suite says how a STREAM is
# checked with options, by check and every.

columnar_setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	python=${RP_PEERS-}/venv/bin/python
	"$python" -c 'import pyarrow, polars, duckdb' 2>/dev/null ||
	    skip "no pyarrow, polars and duckdb"
	# shellcheck disable=SC2034 # of the suites
	n=0 decimals=fixed
}

# later COMMAND...: of the script, which then starts once a test
later() {
	echo "$*" >>asked
}

# shellcheck disable=SC2154 # of run
# ask SCRIPT: all that was put off; it says a line for each
ask() {
	run "$python" "$RP_TOP/tests/peers/$1" <asked
	[ "$status" = 0 ] || { echo "$output"; return 1; }
	[ "${#lines[@]}" = "$(wc -l <asked)" ]
}

# each_type STREAM OPTION... : the records of each type by themselves
each_type() {
	local type
	for type in $(rp-print --json "$1" | jq -r .type | sort -u); do
		rp-filter -q --force -t "$type" "$1" -o "$type-$1"
		check "$type-$1" "${@:2}"
	done
}

# kinds FILE : a record of each type without values, and messages of every kind
# of ITCH, with values in all their fields
kinds() {
	for type in trade bbo level mbo book bar feature gap status definition \
	    stat imbalance dbn itch json 1024; do
		echo "{\"ts_recv\":\"1700000000000000000\",\"type\":\"$type\"}"
	done | rp-import -q -o blank.rps
	python3 "$RP_TOP/tests/cli/itch.py" random 1 40 |
	    rp-import -q --format itch --date 2020-01-30 -o itch.rps
	rp-import -q -o more.rps <<-'END'
	{"type":"json","ts_recv":"1","text":"{\"é\":\"\\n€\"}"}
	{"type":"json","ts_recv":"2","text":""}
	{"type":"gap","ts_recv":"5","action":"recovered","first_lost":"1","last_lost":"18446744073709551614","count":"2","ts_to":"5"}
	{"type":"bar","ts_recv":"2","open":"1.5","turnover":"12345678901234567890.123456789012345678","ts_close":"7"}
	{"type":"65535","ts_recv":"5","symbol":"€","payload":"00ff"}
	END
	rp-cat -q blank.rps itch.rps more.rps -o "$1"
}

# extremes FILE : the least and greatest values, none, and text beyond ASCII
extremes() {
	rp-import >"$1" <<-'END'
	{"type":"trade","ts_recv":"9223372036854775807","symbol":"a\"b,é","sequence":"18446744073709551615","price":"999999999.999999999","size":"-1","flags":"last|bad"}
	{"type":"trade","ts_recv":"-9223372036854775807","symbol":null,"price":null,"size":null,"trade_id":null,"ts_event":"1"}
	{"type":"trade","ts_recv":null,"symbol":"日本 €","source":"X","price":"-999999999.999999999","size":"0","tflags":"id_uuid","trade_id":"01234567-89ab-cdef-fedc-ba9876543210","depth":4294967294}
	{"type":"trade","ts_recv":"0","seq":"18446744073709551615","symbol":"S","price":"0.000000001","size":"123456789","trade_id":"18446744073709551615","side":"sell"}
	END
}
