#!/usr/bin/env bats
bats_require_minimum_version 1.5.0
# rp-import of venues' JSON against Python's: every field of every record, and
# the books that they make against what the venues say of them.

setup() {
	data=${RP_DATA:-$RP_TOP/../shared/data}
	command -v python3 >/dev/null || skip "no python3"
}

compare() {
	[ -e "$1" ] || skip "no $1"
	run -0 python3 "$RP_TOP/tests/peers/venues.py" "$1"
}

@test "Binance USD-M: every field, and the book against bookTicker" {
	compare "$data/binance/usdm-btcusdt-20240808.gz"
	[[ $output = *"bbo 66089 level 445522 trade 21313: "* ]]
	[[ $output = *"503 quotes equal to the book"* ]]
}

@test "Binance spot: every field, and the book against bookTicker" {
	compare "$data/binance/spot-btcusdt-20240808.gz"
	[[ $output = *"bbo 28040 level 126091 trade 9757: "* ]]
	[[ $output = *"564 quotes equal to the book"* ]]
}

@test "Kraken: every field, and the checksum of each update" {
	compare "$data/exchange-checksums/KRAKEN.ws.50.0"
	[[ $output = *"json 44 level 11755: "* ]]
	[[ $output = *"4269 checksums right"* ]]
}
