#!/usr/bin/env python3
"""dbn.py FILE...: every field of every record of DBN files, as databento-dbn
reads them, against `rp-import FILE | rp-csv`. dbn.py --made DIR: the same for
files made here, one a version and kind, with a value in every field.

The fields are those that the package lists for a record's class, so that one
that rp does not carry is a failure. Mapping as in rp-types(5).
"""

import csv
import os
import random
import string
import struct
import subprocess
import sys
from datetime import datetime, timezone
from decimal import Decimal

import databento_dbn as dbn

PRICE, TIME, DELTA, TEXT, WORD, NUMBER, SIZE = range(7)
UNDEF_PRICE = dbn.UNDEF_PRICE
UNDEF_TIME = dbn.UNDEF_TIMESTAMP
UNDEF_SIZE = dbn.UNDEF_ORDER_SIZE

# rtype -> our type
TYPES = {
    0x00: "trade", 0x01: "bbo", 0x0A: "book", 0x11: "bar", 0x12: "status",
    0x13: "definition", 0x14: "imbalance", 0x18: "stat", 0x20: "bar",
    0x21: "bar", 0x22: "bar", 0x23: "bar", 0x24: "bar", 0xA0: "mbo",
    0xB1: "bbo", 0xC0: "bbo", 0xC1: "bbo", 0xC2: "bbo", 0xC3: "bbo",
    0xC4: "bbo",
}

# Databento's name -> ours, where they differ
NAMES = {
    "ts_in_delta": "send_delta",
    "channel_id": "channel",
    "publisher_id": "source",
    "rtype": "type",
}
BBO_NAMES = {
    f"{side}_{what}_00": f"{side}_{ours}"
    for side in ("bid", "ask")
    for what, ours in (("px", "px"), ("sz", "sz"), ("ct", "ct"),
                       ("pb", "publisher"))
}

PRICES = set(
    "price open high low close min_price_increment display_factor "
    "high_limit_price low_limit_price max_price_variation "
    "trading_reference_price unit_of_measure_qty min_price_increment_amount "
    "price_ratio strike_price leg_price leg_delta ref_price "
    "cont_book_clr_price auct_interest_clr_price ssr_filling_price "
    "ind_match_price upper_collar lower_collar".split()
)
TIMES = set(
    "ts_recv ts_event ts_ref expiration activation auction_time "
    "ts_out".split()
)
# what the package writes for "undefined", by field
UNDEFINED = {
    2**31 - 1: "market_depth_implied market_depth min_lot_size "
               "min_lot_size_block min_lot_size_round_lot "
               "contract_multiplier decay_quantity original_contract_size",
    2**15 - 1: "appl_id",
    127: "contract_multiplier_unit flow_schedule_type",
    2**32 - 1: "market_segment_id max_trade_vol min_trade_vol paired_qty "
               "total_imbalance_qty market_imbalance_qty unpaired_qty size",
    65535: "maturity_year decay_start_date trading_reference_date",
    255: "main_fraction price_display_format sub_fraction settl_price_type "
         "underlying_product md_security_trading_status maturity_month "
         "maturity_day maturity_week tick_rule",
}
UNDEFINED = {f: v for v, fs in UNDEFINED.items() for f in fs.split()}

SIDES = {"A": "ask", "B": "bid", "N": "none"}
FLAGS = ((0x80, "last"), (0x20, "snapshot"), (0x08, "ts_recv_inferred"),
         (0x04, "bad"))
TFLAGS = ((0x40, "tob"), (0x10, "mbp"), (0x02, "publisher"),
          (0x01, "reserved"))

# The publishers that occur in the test data.
PUBLISHERS = {1: "GLBX.MDP3.GLBX", 2: "XNAS.ITCH.XNAS",
              22: "OPRA.PILLAR.AMXO", 30: "OPRA.PILLAR.XCBO"}


def decimal(value):
    """A price of 1e-9 without trailing zeros."""
    text = f"{Decimal(value).scaleb(-9):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def words(value, table):
    return "|".join(word for bit, word in table if value & bit)


def wanted(field, value, record):
    """What rp-csv writes for a field of a record."""
    if field == "publisher_id":
        return PUBLISHERS[value]
    if field == "rtype":
        return TYPES[int(value)]
    if field in ("side", "unpaired_side", "leg_side"):
        letter = getattr(value, "value", value)
        return letter if field == "leg_side" else SIDES[letter]
    if field in ("is_trading", "is_quoting", "is_short_sell_restricted"):
        return {True: "Y", False: "N", None: "~"}[value]
    if field in PRICES or field[4:6] == "px":
        return "" if value == UNDEF_PRICE else decimal(value)
    if field in TIMES:
        return "" if value == UNDEF_TIME else str(value)
    if field == "quantity":
        wide = type(record).__name__ == "StatMsg"
        return "" if value == (2**63 - 1 if wide else 2**31 - 1) else str(value)
    if value == UNDEFINED.get(field, object()):
        return ""
    if field == "action" and isinstance(value, dbn.Action):
        if isinstance(record, dbn.TradeMsg):
            return "normal"
        return value.value
    if hasattr(value, "value"):  # an enumeration
        if isinstance(value.value, str):
            return value.value
        return value.name.lower()
    return "" if value == "\0" else str(value)


def column(field, kind):
    if kind == "bbo" and field in BBO_NAMES:
        return BBO_NAMES[field]
    return NAMES.get(field, field)


def days(date):
    return datetime(date.year, date.month, date.day, tzinfo=timezone.utc)


def symbol_map(meta):
    """(instrument id, from, to, symbol), in the order of the file."""
    inverse = meta.stype_out != dbn.SType.INSTRUMENT_ID
    spans = []
    for raw, intervals in meta.mappings.items():
        for i in intervals:
            if i["symbol"] == "":
                continue
            ident, symbol = (raw, i["symbol"]) if inverse else (i["symbol"], raw)
            spans.append((int(ident), days(i["start_date"]),
                          days(i["end_date"]), symbol))
    return spans


def symbol_of(spans, record, memo={}):
    ts = getattr(record, "ts_recv", UNDEF_TIME)
    if ts == UNDEF_TIME:
        ts = record.ts_event
    day = ts // (86400 * 10**9)
    key = (id(spans), record.instrument_id, day)
    if key not in memo:
        at = datetime.fromtimestamp(day * 86400, timezone.utc)
        memo[key] = str(record.instrument_id)
        for ident, start, end, symbol in spans:
            if ident == record.instrument_id and start <= at < end:
                memo[key] = symbol
    return memo[key]


def read(path):
    """Metadata and records as the package sees them, not upgraded."""
    with open(path, "rb") as f:
        data = f.read()
    packed = data[:4] == b"\x28\xb5\x2f\xfd"
    decoder = dbn.DBNDecoder(
        upgrade_policy=dbn.VersionUpgradePolicy.AS_IS,
        compression=dbn.Compression.ZSTD if packed else dbn.Compression.NONE)
    decoder.write(data)
    first, *records = decoder.decode()
    return first, records


def row_of(record, spans):
    """Column -> text, of every field that the package knows."""
    kind = TYPES[int(record.rtype)]
    row = {"symbol": symbol_of(spans, record)}
    for field in record._ordered_fields:
        value = getattr(record, field)
        if field == "flags":
            row["flags"] = words(value, FLAGS)
            row["tflags"] = words(value, TFLAGS)
        else:
            row[column(field, kind)] = wanted(field, value, record)
    if kind == "bar":
        row["flags"] = "ts_recv_inferred"
        row["ts_recv"] = row["ts_event"]
        spans_ns = {0x20: 1, 0x21: 60, 0x22: 3600, 0x23: 86400}
        row["ts_close"] = str(
            record.ts_event + spans_ns[int(record.rtype)] * 10**9)
    if int(record.rtype) in (0xC0, 0xC3):
        row["interval"] = "1"
    if int(record.rtype) in (0xC1, 0xC4):
        row["interval"] = "60"
    return row


def ours(path, columns):
    """Rows of rp-csv."""
    imported = subprocess.Popen(["rp-import", "-q", path],
                                stdout=subprocess.PIPE)
    out = subprocess.run(["rp-csv", "-c", ",".join(columns)],
                         stdin=imported.stdout, stdout=subprocess.PIPE,
                         check=True, text=True)
    if imported.wait() != 0:
        sys.exit(f"rp-import {path}: status {imported.returncode}")
    return list(csv.DictReader(out.stdout.splitlines()))


def compare(path):
    meta, records = read(path)
    spans = symbol_map(meta)
    want = [row_of(r, spans) for r in records]
    columns = list(want[0]) if want else ["ts_recv", "type"]
    got = ours(path, columns)
    if len(got) != len(want):
        sys.exit(f"{path}: {len(got)} records, {len(want)} expected")
    for n, (a, b) in enumerate(zip(got, want), 1):
        for name in columns:
            text = b[name]
            # at a trade: what the schema says, no field of the record
            have = a[name]
            if name == "tflags" and have.endswith("at_trade"):
                have = have[:-len("at_trade")].rstrip("|")
            if have != text:
                sys.exit(f"{path}: record {n}, {name}: {have!r}, "
                         f"{text!r} expected")
    print(f"{path}: {len(want)} records, {len(columns)} columns equal")


# ---- files made here ----

# rtype: schema, length by version, bytes that are more than a number
# (offset: what may stand there; None: the NUL at the end of a text)
SIDE, TRI = b"ABN", b"YN~"
LETTERS = string.ascii_letters.encode()
MARKET = {28: b"T", 29: SIDE}


def text_ends(*ends):
    return {at: None for at in ends}


DEFINITIONS = [
    {349: b"AMD", 353: b"YN", **text_ends(
        189, 193, 199, 221, 242, 247, 254, 261, 268, 299, 320, 324)},
    {386: b"YN", **text_ends(
        189, 193, 199, 270, 291, 296, 303, 310, 317, 348, 369, 373)},
    {502: SIDE, **text_ends(
        227, 231, 237, 308, 329, 334, 345, 352, 359, 390, 411, 415, 486)},
]
KINDS = {
    0x00: (4, (48,) * 3, [MARKET] * 3),
    0x01: (1, (80,) * 3, [MARKET] * 3),
    0x0A: (2, (368,) * 3, [MARKET] * 3),
    0x12: (11, (40,) * 3, [{30: TRI, 31: TRI, 32: TRI}] * 3),
    0x13: (9, (360, 400, 520), DEFINITIONS),
    0x14: (12, (112,) * 3, [{105: SIDE, 109: SIDE}] * 3),
    0x18: (10, (64, 64, 80), [{}] * 3),
    0x20: (5, (56,) * 3, [{}] * 3),
    0xA0: (0, (56,) * 3, [{38: b"AMCRTF", 39: SIDE}] * 3),
    0xB1: (14, (80,) * 3, [MARKET] * 3),
    0xC0: (15, (80,) * 3, [MARKET] * 3),
    0xC3: (18, (80,) * 3, [MARKET] * 3),
}


def made_header(version, schema):
    fixed = b"GLBX.MDP3".ljust(16, b"\0")
    fixed += struct.pack("<HQQQ", schema, 0, UNDEF_TIME, 0)
    fixed += bytes(8) if version == 1 else b""
    fixed += b"\1\0\0"
    fixed += bytes(47) if version == 1 else struct.pack("<H", 71) + bytes(53)
    fixed += bytes(20)
    return b"DBN" + bytes([version]) + struct.pack("<I", len(fixed)) + fixed


def made_record(rtype, length, special, rng):
    """Letters everywhere: any is a number, a letter and a text."""
    body = bytearray(rng.choice(LETTERS) for _ in range(length))
    body[:4] = struct.pack("<BBH", length // 4, rtype, 1)
    for at, values in special.items():
        body[at] = rng.choice(values) if values is not None else 0
    return bytes(body)


def make(directory):
    rng = random.Random(1)
    for rtype, (schema, lengths, special) in KINDS.items():
        for v in (1, 2, 3):
            path = os.path.join(directory, f"made-{rtype:02x}.v{v}.dbn")
            with open(path, "wb") as f:
                f.write(made_header(v, schema))
                for _ in range(20):
                    f.write(made_record(
                        rtype, lengths[v - 1], special[v - 1], rng))
            yield path


if __name__ == "__main__":
    args = sys.argv[1:]
    if args[:1] == ["--made"]:
        args = list(make(args[1]))
    for arg in args:
        compare(arg)
