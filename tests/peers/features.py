"""features.py LOG: the features and bars of rp-book against fractions.

The referee sees books of 20 levels and trades, both as CSV, and computes
every value anew by the formulas of rp-features(7), in the simplest way."""

import collections
import csv
import functools
import io
import math
import subprocess
import sys
from decimal import Decimal, getcontext
from fractions import Fraction as Q

SET = ("mid,spread,microprice,weighted_mid=3,imbalance=5,queue_imbalance,ofi,"
       "depth=2bp,slope=5,volatility,trade_sign,trade_imbalance,vpin=7.5")
LEVELS = 20
getcontext().prec = 30
OWN = ("o_i = (bid_sz - ask_sz) / (bid_sz + ask_sz)",
       "o_e:-6 = coalesce(lag(o_e) + 0.1 * (mid - lag(o_e)), mid)",
       "o_r:-12 = log(mid / lag(mid))",
       "o_q = sqrt(bid_sz * ask_sz)",
       "o_g = max(bid_px - bid_px_01, ask_px_01 - ask_px, spread)")


def text_of(*command):
    out = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    return csv.DictReader(io.StringIO(out.decode()))


@functools.lru_cache(100_000)
def number(text):
    return Q(text) if text else None


def nearest(value, digits):
    """Half to even at 10^-digits."""
    return Q(round(value * 10**digits), 10**digits)


class Symbol:
    def __init__(self):
        self.bids = self.asks = None  # of the last event
        self.shown = {}
        self.before = {}  # of one's own features, and mid
        self.bucket, self.nets = [Q(0), Q(0)], collections.deque(maxlen=50)
        self.restart()

    def restart(self):
        self.ofi, self.squares, self.trades = Q(0), 0, []

    def trade(self, side, size):
        self.trades.append((side, size))
        while side != "none" and size > 0:
            part = min(size, Q("7.5") - sum(self.bucket))
            self.bucket[side == "bid"] += part
            size -= part
            if sum(self.bucket) == Q("7.5"):
                self.nets.append(abs(self.bucket[0] - self.bucket[1]))
                self.bucket = [Q(0), Q(0)]

    def event(self, bids, asks, snapshot):
        if self.bids is not None and not snapshot:
            self.flow(self.bids[:1], bids[:1], 1)
            self.flow(self.asks[:1], asks[:1], -1)
            if self.bids and self.asks and bids and asks:
                old = self.bids[0][0] + self.asks[0][0]
                new = bids[0][0] + asks[0][0]
                self.squares += round((new - old) / old * 10**12) ** 2
        self.bids, self.asks = bids, asks

    def flow(self, old, new, sign):
        """sign x e_n of one side: prices compared as seen from that side."""
        if new and (not old or sign * new[0][0] >= sign * old[0][0]):
            self.ofi += sign * new[0][1]
        if old and (not new or sign * new[0][0] <= sign * old[0][0]):
            self.ofi -= sign * old[0][1]

    def of_book(self):
        names = ("mid spread microprice weighted_mid_3 imbalance_5 "
                 "queue_imbalance bid_depth_2bp ask_depth_2bp bid_slope_5 "
                 "ask_slope_5").split()
        values = dict.fromkeys(names)
        if not self.bids or not self.asks:
            return values
        (bid, bid_sz, _), (ask, ask_sz, _) = self.bids[0], self.asks[0]
        mid = (bid + ask) / 2
        values["mid"], values["spread"] = mid, ask - bid
        values["microprice"] = (bid * ask_sz + ask * bid_sz) / (bid_sz + ask_sz)
        values["queue_imbalance"] = (bid_sz - ask_sz) / (bid_sz + ask_sz)

        def size(levels):
            return sum(sz for _, sz, _ in levels)

        def mean(levels):
            return sum(px * sz for px, sz, _ in levels) / size(levels)

        b, a = size(self.bids[:3]), size(self.asks[:3])
        values["weighted_mid_3"] = (mean(self.bids[:3]) * a
                                    + mean(self.asks[:3]) * b) / (a + b)
        b, a = size(self.bids[:5]), size(self.asks[:5])
        values["imbalance_5"] = (b - a) / (b + a)
        low, high = mid * Q(9998, 10000), mid * Q(10002, 10000)
        for side, levels, sign in (("bid", self.bids, 1), ("ask", self.asks, -1)):
            near = [x for x in levels
                    if (x[0] >= low if sign == 1 else x[0] <= high)]
            # of a book that is crossed, the levels seen may not reach so far
            values[side + "_depth_2bp"] = (
                size(near) if len(near) < LEVELS else ...)
            if len(levels) >= 5 and sign * (mid - levels[4][0]) > 0:
                values[side + "_slope_5"] = (
                    size(levels[:5]) / (sign * (mid - levels[4][0])))
        return values

    def own(self):
        """Features of one's own, which know the record before."""
        before, now = self.before, self.before = self.before, {}
        now["mid"] = mid = self.shown["mid"]
        last = before.get("o_e")
        now["o_e"] = mid if mid is None or last is None else nearest(
            last + Q(1, 10) * (mid - last), 6)
        now["o_r"] = None
        if mid is not None and before.get("mid") is not None:
            now["o_r"] = Q((Decimal(
                (mid / before["mid"]).numerator) / Decimal(
                (mid / before["mid"]).denominator)).ln())
        now["o_i"] = now["o_q"] = now["o_g"] = None
        if self.bids and self.asks:
            b, a = self.bids[0][1], self.asks[0][1]
            now["o_i"] = (b - a) / (b + a)
            now["o_q"] = Q((Decimal(int(b * 10**9)) / 10**9 * Decimal(
                int(a * 10**9)) / 10**9).sqrt())
            if len(self.bids) > 1 and len(self.asks) > 1:
                now["o_g"] = max(
                    self.bids[0][0] - self.bids[1][0],
                    self.asks[1][0] - self.asks[0][0],
                    self.asks[0][0] - self.bids[0][0])
        return now

    def of_flow(self):
        sizes = {"bid": Q(0), "ask": Q(0)}
        counts = {"bid": 0, "ask": 0}
        for side, size in self.trades:
            if side in sizes:
                sizes[side] += size
                counts[side] += 1
        n, v = sum(counts.values()), sum(sizes.values())
        return {
            "ofi": self.ofi,
            "volatility": Q(math.isqrt(self.squares), 10**12),
            "trade_sign": Q(counts["bid"] - counts["ask"], n) if n else None,
            "trade_imbalance": (sizes["bid"] - sizes["ask"]) / v if n else None,
            "vpin": sum(self.nets) / (50 * Q("7.5"))
                    if len(self.nets) == 50 else None,
        }


DIGITS = {"imbalance": 9, "queue": 9, "bid_slope": 6, "ask_slope": 6,
          "trade": 9, "vpin": 9, "o_i": 9, "o_e": 6,
          "o_r": 12, "o_q": 9}


def same(name, value, text, px_digits):
    if value is ...:
        return True
    if value is None or text == "":
        return value is None and text == ""
    digits = next((d for n, d in DIGITS.items() if name.startswith(n)), None)
    if name in ("microprice", "weighted_mid_3"):
        digits = min(px_digits + 4, 18)
    if digits is None:
        return value == Q(text)
    # the mean prices of weighted_mid are rounded before they are weighed
    slack = Q(1, 10**digits) if name in ("weighted_mid_3", "o_r") else 0
    return abs(nearest(value, digits) - Q(text)) <= slack


def steps():
    """What happens, by seq: trades, books, features."""
    for row in text_of("rp-csv", "-c", "seq,symbol,type,action,side,size",
                       "all.rps"):
        if row["type"] == "trade" or row["action"] in ("T", "R"):
            yield int(row["seq"]), 0, row
    for row in text_of("rp-csv", "--levels", str(LEVELS), "book.rps"):
        yield int(row["reflects_seq"]), 1, row
    for row in text_of("rp-csv", "features.rps"):
        yield int(row["reflects_seq"]), 2, row


def levels(row, side):
    out = []
    for i in range(LEVELS):
        px = number(row["%s_px_%02d" % (side, i)])
        if px is None:
            break
        out.append((px, number(row["%s_sz_%02d" % (side, i)]), 0))
    return out


def check(log):
    with open("all.rps", "wb") as out:
        subprocess.run(["rp-read", log], stdout=out, check=True)
    own = [word for text in OWN for word in ("--feature", text)]
    subprocess.run(["rp-book", "--emit", "book:%d:book.rps" % LEVELS, "--emit",
                    "features:%s:features.rps" % SET, *own, "all.rps"],
                   check=True)
    px = {r["symbol"]: -int(r["px_exp"]) for r in
          text_of("rp-csv", "-c", "symbol,px_exp", "features.rps")}
    symbols = collections.defaultdict(Symbol)
    records = values = 0
    waiting = None  # a change of the book that must be shown
    for seq, kind, row in sorted(steps(), key=lambda s: s[:2]):
        s = symbols[row["symbol"]]
        if waiting is not None and (kind != 2 or waiting[0] != seq):
            now = waiting[1].of_book()
            if any(now.get(n) != v for n, v in waiting[1].shown.items()):
                sys.exit("seq %d: a change that is not shown" % waiting[0])
        waiting = None
        if kind == 0 and row["action"] == "R":
            s.event([], [], s.bids is None)
        elif kind == 0:
            s.trade(row["side"], Q(row["size"]))
        elif kind == 1:
            s.event(levels(row, "bid"), levels(row, "ask"),
                    "snapshot" in row["flags"])
            waiting = (seq, s)
        else:
            s.shown = s.of_book()
            for name, value in {
                    **s.shown, **s.of_flow(), **s.own()}.items():
                if not same(name, value, row[name], px[row["symbol"]]):
                    sys.exit("seq %d: %s is %s, not %s" % (
                        seq, name, row[name], value and float(value)))
                values += 1
            records += 1
            s.restart()
    print("%d records, %d values equal" % (records, values))


check(sys.argv[1])
