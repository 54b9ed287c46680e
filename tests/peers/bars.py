"""bars.py LOG: bars of rp-book by every rule, and rates and signs of trades by
spans, against fractions, from the records as CSV."""

import collections
import csv
import io
import subprocess
import sys
from fractions import Fraction as Q

SECOND = 10**9
SPAN = SECOND // 100
RULES = {"time=1s": SECOND, "time=250ms": SECOND // 4, "trades=7": 7,
         "volume=25": 25, "notional=100k": 100000}


def text_of(*command):
    out = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    return csv.DictReader(io.StringIO(out.decode()))


def is_trade(row):
    return row["type"] == "trade" or row["action"] == "T"


class Bars:
    """Of one symbol by one rule."""

    def __init__(self, rule):
        self.kind, self.limit = rule.split("=")[0], RULES[rule]
        self.clock, self.bar, self.done = None, None, []

    def close(self):
        self.done.append(self.bar)
        self.bar = None

    def record(self, row):
        ts = int(row["ts_event"])
        self.clock = ts if self.clock is None else max(self.clock, ts)
        if (self.kind == "time" and self.bar is not None
                and self.clock >= self.bar["ts_close"]):
            self.close()
        if is_trade(row):
            self.trade(ts, row["side"], Q(row["price"]), Q(row["size"]))

    def trade(self, ts, side, price, size):
        start = ts
        if self.kind == "time":
            start = self.clock - self.clock % self.limit
        if self.bar is None:
            self.bar = {"ts_event": start, "open": price, "high": price,
                        "low": price, "volume": 0, "buy_volume": 0,
                        "turnover": 0, "count": 0}
        b = self.bar
        b["ts_close"] = start + self.limit if self.kind == "time" else ts
        b["high"], b["low"] = max(b["high"], price), min(b["low"], price)
        b["close"] = price
        b["volume"] += size
        b["buy_volume"] += size if side == "bid" else 0
        b["turnover"] += price * size
        b["count"] += 1
        if (self.kind == "trades" and b["count"] == self.limit
                or self.kind == "volume" and b["volume"] >= self.limit
                or self.kind == "notional" and b["turnover"] >= self.limit):
            self.close()


class Spans:
    """Rates and signs of one symbol by 10 ms."""

    def __init__(self):
        self.due, self.open, self.done = None, False, []
        self.restart()

    def restart(self):
        self.events, self.trades, self.sizes, self.dirty = 0, 0, [], False

    def record(self, row):
        ts = int(row["ts_event"])
        if not self.open and "snapshot" not in row["flags"]:
            if self.due is None or ts >= self.due:
                if self.due is not None and self.dirty:
                    self.show()
                self.due = ts - ts % SPAN + SPAN
                self.restart()
        if is_trade(row):
            self.trades += 1
            self.sizes.append((row["side"], Q(row["size"])))
            self.dirty = True
        if row["type"] == "mbo":
            self.open = "last" not in row["flags"]
            if not self.open:
                self.events += 1
                self.dirty = True

    def show(self):
        def share(of):
            bought = sum(of(v) for s, v in self.sizes if s == "bid")
            sold = sum(of(v) for s, v in self.sizes if s == "ask")
            return (round(Q(bought - sold, bought + sold), 9)
                    if bought + sold else None)

        self.done.append({"ts_event": self.due, "event_rate": 100 * self.events,
                          "trade_rate": 100 * self.trades,
                          "trade_sign": share(lambda v: 1),
                          "trade_imbalance": share(lambda v: v)})


def compare(what, expected, path):
    got = collections.defaultdict(list)
    for row in text_of("rp-csv", "-c", "symbol," + ",".join(
            next(iter(expected.values()))[0]), path):
        got[row.pop("symbol")].append(
            {k: Q(v) if v else None for k, v in row.items()})
    for symbol in expected.keys() | got.keys():
        for ours, theirs in zip(got[symbol], expected[symbol]):
            if ours != theirs:
                sys.exit("%s, %s: %s, not %s" % (what, symbol, ours, theirs))
        if len(got[symbol]) != len(expected[symbol]):
            sys.exit("%s, %s: %d, not %d" % (
                what, symbol, len(got[symbol]), len(expected[symbol])))
    return sum(map(len, expected.values()))


def check(log):
    spans = "event_rate,trade_rate,trade_sign,trade_imbalance"
    command = ["rp-book", "--emit", "features:%s:every=10ms:spans.rps" % spans]
    for i, rule in enumerate(RULES):
        command += ["--emit", "bars:%s:%d.rps" % (rule, i)]
    with open("all.rps", "wb") as out:
        subprocess.run(["rp-read", log], stdout=out, check=True)
    subprocess.run([*command, "all.rps"], check=True)
    of_symbol = collections.defaultdict(
        lambda: [*map(Bars, RULES), Spans()])
    for row in text_of("rp-csv", "-c", "symbol,type,action,side,price,size,"
                       "ts_event,flags", "all.rps"):
        for one in of_symbol[row["symbol"]]:
            one.record(row)
    n = [0, 0]
    for i, rule in enumerate([*RULES, "spans"]):
        expected = {}
        for symbol, all_of in of_symbol.items():
            if rule in RULES and all_of[i].bar is not None:
                all_of[i].close()
            if all_of[i].done:
                expected[symbol] = all_of[i].done
        path = "%d.rps" % i if rule in RULES else "spans.rps"
        n[rule == "spans"] += compare(rule, collections.defaultdict(
            list, expected), path)
    print("%d bars, %d spans equal" % tuple(n))


check(sys.argv[1])
