#!/usr/bin/env python3
"""itch.py [--date DATE] [--import ARGS] FILE...: every field of every message
of files of TotalView-ITCH 5.0, as struct reads them here, against `rp-import
FILE | rp-print --json`. itch.py --capture CAPTURE FILE: the same messages out
of a capture; times of reception and sequence are not looked at.

Layouts from the specification; what becomes of them as in rp-types(5). The
times of day are added to midnight by zoneinfo.
"""

import json
import re
import struct
import subprocess
import sys
from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

# bytes of each type, and the struct behind its first 11 bytes
LAYOUTS = {
    "S": ">c", "R": ">8sccIcc2sccccc I c".replace(" ", ""),
    "H": ">8scc4s", "Y": ">8sc", "L": ">4s8sccc", "V": ">QQQ", "W": ">c",
    "K": ">8sIcI", "J": ">8sIIII", "h": ">8scc", "A": ">QcI8sI",
    "F": ">QcI8sI4s", "E": ">QIQ", "C": ">QIQcI", "X": ">QI", "D": ">Q",
    "U": ">QQII", "P": ">QcI8sIQ", "Q": ">Q8sIQc", "B": ">Q",
    "I": ">QQc8sIIIcc", "N": ">8sc", "O": ">8scIIIQII",
}
OPAQUE = "LVKJNO"
SIDES = {b"B": "bid", b"S": "ask"}
REASONS = {
    "T1": "news_pending", "T2": "news_released",
    "T3": "news_and_resumption_times", "T5": "luld_pause",
    "T6": "surveillance_intervention", "T7": "luld_pause", "T8": "etf",
    "T12": "additional_information_requested", "H4": "non_compliance",
    "H9": "filings_not_current", "H10": "sec_trading_suspension",
    "H11": "regulatory", "O1": "operational", "IPO1": "new_security_offering",
    "IPOQ": "new_security_offering", "IPOE": "new_security_offering",
    "LUDP": "luld_pause", "LUDS": "luld_pause", "M1": "corporate_action",
    "M2": "quotation_not_available", "MWC0": "market_wide_halt_carryover",
    "MWC1": "market_wide_halt_level1", "MWC2": "market_wide_halt_level2",
    "MWC3": "market_wide_halt_level3", "MWCQ": "market_wide_halt_resumption",
    "R1": "new_issue", "R2": "issue_available", "R4": "issues_reviewed",
    "R9": "filing_reqs_satisfied", "C3": "news_not_forthcoming",
    "C4": "issues_reviewed", "C9": "filing_reqs_satisfied",
    "C11": "regulatory",
}


def messages(data):
    at = 0
    while at < len(data):
        n = int.from_bytes(data[at:at + 2], "big")
        if n == 0:
            n = 11 + struct.calcsize(LAYOUTS[chr(data[at + 2])])
        yield data[at + 2:at + 2 + n]
        at += 2 + n


def decimal(v):
    """Four decimals, as they are."""
    return None if v is None else f"{v // 10000}.{v % 10000:04d}"


def number(v):
    return None if v is None else str(v)


def letter(b):
    """A char: a letter, or its code."""
    return None if b == b"\0" else \
        b.decode() if b.isalpha() or b == b"~" else b[0]


class Feed:
    def __init__(self, date, source):
        self.midnight = int(datetime.fromisoformat(date).replace(
            tzinfo=ZoneInfo("America/New_York")).timestamp()) * 10**9
        self.source = source
        self.stocks = {}
        self.orders = {}
        self.counts = Counter()

    def records(self, n, m):
        kind = chr(m[0])
        locate, tracking = struct.unpack(">HH", m[1:5])
        fields = struct.unpack(LAYOUTS[kind], m[11:])
        stock = next((f for f in fields if isinstance(f, bytes) and
                      len(f) == 8), None)
        if stock is not None:
            self.stocks[locate] = stock.decode().rstrip(" ")
        ts = str(self.midnight + int.from_bytes(m[5:11], "big"))
        head = {
            "seq": None, "ts_recv": ts, "symbol": self.symbol(locate),
            "source": self.source, "flags": "last|ts_recv_inferred",
            "ts_event": ts, "sequence": str(n),
        }
        if kind in OPAQUE:
            self.counts["opaque." + kind] += 1
            return [head | {"type": "itch", "payload": m.hex()}]
        head |= {"px_exp": -4, "qty_exp": 0, "side": "none", "channel": 0,
                 "tflags": "", "send_delta": None, "instrument_id": locate}
        made = getattr(self, "make_" + kind)(tracking, *fields)
        return [head | r for r in made]

    def symbol(self, locate):
        if locate == 0:
            return None
        if locate not in self.stocks:
            self.counts["unnamed"] += 1
        return self.stocks.get(locate, str(locate))

    # ---- orders ----

    def mbo(self, tracking, action, order, side, price, size, **more):
        r = {"type": "mbo", "action": action, "side": side,
             "price": decimal(price), "size": number(size),
             "order_id": str(order), "tflags": "trades_change_book"}
        full = {"priority": None, "ts_out": None, "trade_id": None,
                "orig_order_id": None, "participant": "", "tracking": tracking}
        last = max([list(full).index(k) for k in more if k in full],
                   default=-1)
        if last >= 4 or tracking != 0:
            last = 5
        r |= {k: full[k] for k in list(full)[:last + 1]}
        return r | more

    def known(self, order):
        """Side and price, and what is left."""
        if order not in self.orders:
            self.counts["unknown_orders"] += 1
            return "none", None, None
        return self.orders[order]

    def open(self, order, side, price, shares):
        if shares == 0:
            return
        if order in self.orders:
            self.counts["repeated_orders"] += 1
        self.orders[order] = (side, price, shares)

    def take(self, order, shares):
        if order not in self.orders:
            return
        side, price, left = self.orders.pop(order)
        if shares > left:
            self.counts["excess"] += 1
        elif shares < left:
            self.orders[order] = (side, price, left - shares)

    def make_A(self, tracking, order, side, shares, _, price, mpid=None):
        self.open(order, SIDES[side], price, shares)
        more = {} if mpid is None else {"participant": mpid.decode()}
        return [self.mbo(tracking, "A", order, SIDES[side], price, shares,
                         **more)]

    make_F = make_A

    def make_E(self, tracking, order, shares, match, printable=b"Y", at=None):
        side, price, _ = self.known(order)
        self.take(order, shares)
        r = self.mbo(tracking, "F", order, side,
                     price if at is None else at, shares,
                     trade_id=None if match == 0 else str(match))
        if printable == b"N":
            r["tflags"] += "|non_printable"
        return [r]

    make_C = make_E

    def make_X(self, tracking, order, shares):
        side, price, _ = self.known(order)
        self.take(order, shares)
        return [self.mbo(tracking, "C", order, side, price, shares)]

    def make_D(self, tracking, order):
        r = self.mbo(tracking, "C", order, *self.known(order))
        self.orders.pop(order, None)
        return [r]

    def make_U(self, tracking, order, new, shares, price):
        side = self.orders[order][0] if order in self.orders else "none"
        old, = self.make_D(tracking, order)
        self.open(new, side, price, shares)
        orig = None if order == 0 else str(order)
        return [old | {"flags": "ts_recv_inferred"},
                self.mbo(tracking, "A", new, side, price, shares,
                         trade_id=None, orig_order_id=orig)]

    # ---- trades ----

    def trade(self, tracking, match, **more):
        return [{"type": "trade", "action": "normal", "price": None,
                 "size": None, "trade_id": None if match == 0 else str(match),
                 "depth": None, "ts_out": None, "order_id": None,
                 "tracking": tracking, "cross_type": None,
                 "order_side": None} | more]

    def make_P(self, tracking, order, side, shares, _, price, match):
        return self.trade(tracking, match, price=decimal(price),
                          size=str(shares), order_side=letter(side),
                          order_id=None if order == 0 else str(order))

    def make_Q(self, tracking, shares, _, price, match, cross):
        return self.trade(tracking, match, price=decimal(price),
                          size=str(shares), cross_type=letter(cross))

    def make_B(self, tracking, match):
        return self.trade(tracking, match, action="bust")

    # ---- reference ----

    def status(self, tracking, code, action, reason, **more):
        return [{"type": "status", "action": action, "reason": reason,
                 "trading_event": "none", "is_trading": "~",
                 "is_quoting": "~", "is_short_sell_restricted": "~",
                 "ts_out": None, "venue_code": code.decode(),
                 "market_code": "", "tracking": tracking,
                 "reason_code": ""} | more]

    def make_S(self, tracking, code):
        if code == b"O":
            self.orders.clear()
        actions = {b"S": "pre_open", b"Q": "trading", b"M": "close",
                   b"E": "post_close"}
        return self.status(tracking, code, actions.get(code, "none"),
                           "scheduled")

    def make_H(self, tracking, _, state, __, reason):
        action, trading, quoting = {
            b"H": ("halt", "N", "N"), b"P": ("pause", "N", "N"),
            b"Q": ("quoting", "N", "Y"), b"T": ("trading", "Y", "Y"),
        }[state]
        return self.status(
            tracking, state, action,
            REASONS.get(reason.decode().rstrip(" "), "none"),
            is_trading=trading, is_quoting=quoting,
            reason_code=reason.decode())

    def make_h(self, tracking, _, market, action):
        return self.status(tracking, action,
                           {b"H": "halt", b"T": "trading"}[action],
                           "operational", market_code=market.decode())

    def make_Y(self, tracking, _, action):
        return self.status(
            tracking, action, "ssr_change", "none",
            is_short_sell_restricted="N" if action == b"0" else "Y")

    def make_W(self, tracking, level):
        return self.status(tracking, level, "none",
                           "market_wide_halt_level" + level.decode())

    def make_R(self, tracking, stock, category, financial, lot, lots_only,
               kind, subtype, authenticity, short_sale, ipo, tier, etp,
               leverage, inverse):
        none = dict.fromkeys((
            "min_price_increment display_factor expiration activation "
            "high_limit_price low_limit_price max_price_variation "
            "trading_reference_price unit_of_measure_qty "
            "min_price_increment_amount price_ratio strike_price leg_price "
            "leg_delta market_depth_implied market_depth market_segment_id "
            "max_trade_vol min_lot_size min_lot_size_block min_trade_vol "
            "contract_multiplier decay_quantity original_contract_size "
            "appl_id maturity_year decay_start_date trading_reference_date "
            "match_algorithm user_defined_instrument leg_instrument_class "
            "leg_side main_fraction price_display_format sub_fraction "
            "settl_price_type underlying_product md_security_trading_status "
            "maturity_month maturity_day maturity_week tick_rule "
            "contract_multiplier_unit flow_schedule_type ts_out").split())
        zero = dict.fromkeys((
            "underlying_id leg_instrument_id leg_ratio_price_numerator "
            "leg_ratio_price_denominator leg_ratio_qty_numerator "
            "leg_ratio_qty_denominator leg_underlying_id leg_count "
            "leg_index").split(), 0)
        empty = dict.fromkeys((
            "currency settl_currency secsubtype group exchange asset cfi "
            "security_type unit_of_measure underlying strike_price_currency "
            "leg_raw_symbol").split(), "")
        return [none | zero | empty | {
            "type": "definition", "raw_instrument_id": "0",
            "inst_attrib_value": 2147483647, "min_lot_size_round_lot": lot,
            "instrument_class": "K", "security_update_action": "A",
            "raw_symbol": stock.decode().rstrip(" "),
            "etp_leverage_factor": leverage, "tracking": tracking,
            "market_category": category.decode(),
            "financial_status": financial.decode(),
            "round_lots_only": lots_only.decode(),
            "issue_classification": kind.decode(),
            "issue_subtype": subtype.decode(),
            "authenticity": authenticity.decode(),
            "short_sale_threshold": short_sale.decode(),
            "ipo_flag": ipo.decode(), "luld_tier": tier.decode(),
            "etp_flag": etp.decode(), "inverse": inverse.decode()}]

    def make_I(self, tracking, paired, shares, direction, _, far, near,
               reference, cross, variation):
        return [{
            "type": "imbalance", "side": SIDES.get(direction, "none"),
            "ref_price": decimal(reference), "auction_time": None,
            "cont_book_clr_price": decimal(near),
            "auct_interest_clr_price": decimal(far),
            "ssr_filling_price": None, "ind_match_price": None,
            "upper_collar": None, "lower_collar": None,
            "paired_qty": paired, "total_imbalance_qty": shares,
            "market_imbalance_qty": None, "unpaired_qty": None,
            "auction_type": letter(cross), "auction_status": 0,
            "freeze_status": 0, "num_extensions": 0, "unpaired_side": "none",
            "significant_imbalance": letter(variation), "ts_out": None,
            "tracking": tracking, "direction": direction.decode()}]


def ours(path, args):
    """Records of rp-import, and its counts."""
    imported = subprocess.Popen(
        ["rp-import", "-q", "--stats-json", "stats.json", *args, path],
        stdout=subprocess.PIPE)
    out = subprocess.run(["rp-print", "--json"], stdin=imported.stdout,
                         stdout=subprocess.PIPE, check=True, text=True)
    if imported.wait() != 0:
        sys.exit(f"rp-import {path}: status {imported.returncode}")
    with open("stats.json", encoding="ascii") as f:
        stats = json.load(f)
    return [json.loads(line) for line in out.stdout.splitlines()], stats


def compare(path, like, date, args):
    with open(like, "rb") as f:
        feed = Feed(date, "XNAS.ITCH")
        read = list(messages(f.read()))
    want = [r for n, m in enumerate(read, 1) for r in feed.records(n, m)]
    got, stats = ours(path, args)
    if len(got) != len(want):
        sys.exit(f"{path}: {len(got)} records, {len(want)} expected")
    for n, (a, b) in enumerate(zip(got, want), 1):
        if path != like:
            a = adapt(a, b)
        for name in a.keys() | b.keys():
            have, expected = a.get(name, "no field"), b.get(name, "no field")
            if have != expected:
                sys.exit(f"{path}: record {n}, {name}: {have!r}, "
                         f"{expected!r} expected")
    if int(stats["records_in"]) != len(read):
        sys.exit(f"{path}: {stats['records_in']} messages, "
                 f"{len(read)} expected")
    counts = {k: int(v) for k, v in stats.get("counts", {}).items()
              if not k.startswith("mold.")}
    if counts != feed.counts:
        sys.exit(f"{path}: counted {counts}, {feed.counts} expected")
    print(f"{path}: {len(read)} messages, {len(want)} records equal")


def adapt(a, b):
    """A record of a capture but for what a file does not have."""
    flags = b["flags"].replace("ts_recv_inferred", "").strip("|")
    if a["flags"] != flags:
        sys.exit(f"flags {a['flags']!r}, {flags!r} expected")
    return a | {k: b[k] for k in ("ts_recv", "flags", "source")}


def date_of(path):
    m = re.search(r"(\d{4})(\d\d)(\d\d)", path)
    return "-".join(m.groups()) if m else "2020-01-30"


def main(args):
    if args[0] == "--capture":
        compare(args[1], args[2], "2020-01-30", [])
        return
    for path in args:
        date = date_of(path)
        compare(path, path, date, ["--date", date])


if __name__ == "__main__":
    main(sys.argv[1:])
