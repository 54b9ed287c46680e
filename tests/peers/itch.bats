#!/usr/bin/env bats
bats_require_minimum_version 1.5.0
# rp-import against a reader of ITCH 5.0 in python: every field of every record.

setup() {
	data=${RP_DATA:-$RP_TOP/../shared/data}/itch
	cd "$BATS_TEST_TMPDIR" || return 1
}

make() {
	python3 "$RP_TOP/tests/cli/itch.py" "$@"
}

compare() {
	python3 "$RP_TOP/tests/peers/itch.py" "$@"
}

@test "12,012 messages of the sample" {
	[ -e "$data/ex20101224.TEST_ITCH_50.gz" ] || skip "no sample"
	zcat "$data/ex20101224.TEST_ITCH_50.gz" >ex20101224.TEST_ITCH_50
	run -0 compare ex20101224.TEST_ITCH_50
	[[ $output = *": 12012 messages, 12024 records equal" ]]
}

@test "a message of every type, with a value in every field" {
	make each >all
	run -0 compare all
	[[ $output = "all: 26 messages, 27 records equal" ]]
	make zero <all >zero.itch
	compare zero.itch
}

@test "made days: orders that are open, unknown, taken in part and in whole" {
	for seed in 1 2 3; do
		make random $seed 20000 >day
		compare day
	done
}

@test "the same out of captures of every kind" {
	make random 4 3000 >day
	for options in '' --ng '--swap --nano' '--ng --swap --nano' --ip6 \
	    '--ip6 --extend --link vlan' '--link qinq' '--link sll' \
	    '--link sll2 --ng' '--link raw --ip6' '--link null' \
	    '--beat --end --per 7'; do
		# shellcheck disable=SC2086 # words
		make pcap $options <day >capture
		compare --capture capture day
	done
}
