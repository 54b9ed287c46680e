#!/usr/bin/env bats
# The EXAMPLES of the man pages and the commands of the README work as they
# stand, in a folder with a log, es.log, and the DBN file that they name.
bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	rp-gen -n 20k -s ESH4 -s NQH4 --start 2023-12-25T22:59:59 >es.rps
	rp-write es.log <es.rps
	python3 "$RP_TOP/tests/cli/itch.py" random 1 500 >itch
	gzip <itch >01302020.NASDAQ_ITCH50.gz
	python3 "$RP_TOP/tests/cli/itch.py" pcap --drop 9 <itch >nasdaq.pcap
	rm itch
	mkdir "$BATS_FILE_TMPDIR.redis"
	export REDIS_URL=unix://$BATS_FILE_TMPDIR.redis/sock
	redis-server --port 0 --save "" --unixsocket "${REDIS_URL#unix://}" \
	    >"$BATS_FILE_TMPDIR.redis/log" 2>&1 3>&- &
	export redis=$!
	export DBN=
	for file in "${RP_DATA-}"/dbn/esh4*.dbn.zst; do
		[ ! -f "$file" ] || DBN=$file
	done
}

teardown_file() {
	kill "$redis"
}

# try COMMAND: it ends with 0; what follows for ever is told to stop.
try() {
	local got=0
	timeout -k 5 5 bash -o pipefail -c "$1" >out 2>err </dev/null || got=$?
	case $1 in
	*" head "* | *"| head"*) [ "$got" != 141 ] || got=0 ;;
	*--follow*) [ "$got" != 124 ] || got=0 ;;
	esac
	[ "$got" = 0 ] && return
	printf '%s\n' "$page: $ $1" "-> $got: $(head -n 3 err)"
	return 1
}

# try_all PAGE: its commands, one after the other in a fresh folder.
try_all() {
	page=$1
	rm -rf "$BATS_TEST_TMPDIR/work"
	cp -r "$BATS_FILE_TMPDIR" "$BATS_TEST_TMPDIR/work"
	cd "$BATS_TEST_TMPDIR/work" || return 1
	if [ -n "$DBN" ]; then
		cp "$DBN" .
		cp "$DBN" esh4.mbo.dbn.zst
	fi
	awk -f "$RP_TOP/tests/cli/examples.awk" "$RP_TOP/$page" >commands
	while read -r command <&3; do
		case $command in
		make* | git* | cd* | apt* | sudo* | man* | scripts/*) continue ;;
		*.dbn*) [ -n "$DBN" ] || continue ;;
		esac
		case $command in
		*--append* | *--replace*) ;;
		*"rp-write es.log"*) rm -rf es.log ;; # it makes its own
		esac
		try "$command" || bad=1
	done 3<commands
}

@test "every tool's page has examples, and they work" {
	bad=0
	for page in "$RP_TOP"/man/rp-*.1; do
		try_all "man/$(basename "$page")"
		[ -s commands ]
	done
	[ "$bad" = 0 ]
}

@test "the examples of the other pages work" {
	bad=0
	for page in "$RP_TOP"/man/*.[357]; do
		try_all "man/$(basename "$page")"
	done
	[ "$bad" = 0 ]
}

@test "the README's commands work" {
	bad=0
	try_all README.md
	[ "$bad" = 0 ]
}
