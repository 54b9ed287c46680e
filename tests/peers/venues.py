#!/usr/bin/env python3
"""venues.py FILE...: recordings of Binance and captures of cryptofeed, read
with Python's json module, against `rp-import FILE | rp-print --json`: every
field of every record, in order.

Then the books that the records make: Kraken's CRC-32 over the digits of the
ten best levels after each update; Binance's best prices against its bookTicker.

Mapping as in rp-types(5). This is a second implementation of it, written
from the venues' documents: it shares no table with rp.
"""

import gzip
import json
import subprocess
import sys
import zlib
from decimal import Decimal
from itertools import zip_longest

INFERRED = "ts_event_inferred"
HEAD = {"seq": None, "sequence": "0", "channel": 0, "tflags": "",
        "send_delta": None, "side": "none"}
LEVEL = {**HEAD, "type": "level", "depth": 0, "prev_sequence": "0",
         "first_sequence": "0", "orders": 0, "checksum": 0}
BBO = {**HEAD, "type": "bbo", "action": None, "instrument_id": 0,
       "bid_ct": 0, "ask_ct": 0, "price": None, "size": None, "depth": None,
       "interval": 0, "bid_publisher": None, "ask_publisher": None}
TRADE = {**HEAD, "type": "trade", "action": "normal", "instrument_id": 0,
         "depth": None}


def exponent(text):
    return Decimal(text).as_tuple().exponent


def flags(*names):
    return "|".join(n for n in names if n)


def timed(base, recv, event, sent=None):
    """The times of a record; what is not told is inferred."""
    r = dict(base, ts_recv=str(recv),
             ts_event=str(recv if event is None else event))
    if sent is not None:
        delta = recv - sent
        if -2**31 < delta < 2**31:
            r["send_delta"] = delta
        elif sent != event:
            r["ts_out"] = str(sent)
    return r


def levels(base, sides, snapshot, checksum=None, inferred=False):
    """Records of levels: sides is (side, [(price, size, changes)])."""
    mark = "snapshot" if snapshot else ""
    out = []
    bare = dict(base, px_exp=0, qty_exp=0, side="none", price=None, size=None)
    if snapshot or not any(ls for _, ls in sides):
        out.append(dict(bare, action="clear" if snapshot else "none",
                        inferred=inferred))
    for side, ls in sides:
        for i, (price, size, changes) in enumerate(ls):
            out.append({**base, "px_exp": exponent(price),
                        "qty_exp": exponent(size), "side": side,
                        "action": "set" if Decimal(size) else "remove",
                        "price": price, "size": size,
                        "depth": i if snapshot else 0,
                        "inferred": inferred, **changes})
    for i, r in enumerate(out):
        last = i == len(out) - 1
        if last and checksum is not None:
            r["tflags"] = "|".join(filter(None, (r["tflags"], "checksum")))
            r["checksum"] = checksum
        r["flags"] = flags(last and "last", mark,
                           r.pop("inferred") and INFERRED)
    return out


def bbo(base, bid, ask, inferred=False):
    return dict(base, px_exp=exponent(bid[0]), qty_exp=exponent(bid[1]),
                bid_px=bid[0], bid_sz=bid[1], ask_px=ask[0], ask_sz=ask[1],
                flags=flags("last", inferred and INFERRED))


# ---- Binance ----

def binance_pairs(ls):
    return [(p, q, {}) for p, q in ls]


def binance(lines):
    symbol = None
    for line in lines:
        recv, text = line.split(" ", 1)
        recv = int(recv)
        m = json.loads(text)
        m = m.get("data", m)
        kind = m.get("e")
        sent = m["E"] * 10**6 if "E" in m else None
        event = m["T"] * 10**6 if "T" in m else sent
        if kind == "depthUpdate":
            symbol = m["s"]
            base = timed(LEVEL, recv, event, sent)
            base.update(symbol=symbol, sequence=str(m["u"]),
                        first_sequence=str(m["U"]),
                        prev_sequence=str(m.get("pu", 0)),
                        source="binance-usdm" if "pu" in m
                        else "binance-spot")
            yield from levels(base, (("bid", binance_pairs(m["b"])),
                                     ("ask", binance_pairs(m["a"]))), False)
        elif "lastUpdateId" in m:
            base = timed(LEVEL, recv, event, sent)
            base.update(symbol=symbol, sequence=str(m["lastUpdateId"]),
                        source="binance-usdm" if sent else "binance-spot")
            yield from levels(base, (("bid", binance_pairs(m["bids"])),
                                     ("ask", binance_pairs(m["asks"]))),
                              True, inferred=event is None)
        elif kind == "trade":
            r = timed(TRADE, recv, event, sent)
            r.update(symbol=m["s"], price=m["p"], size=m["q"],
                     px_exp=exponent(m["p"]), qty_exp=exponent(m["q"]),
                     side="ask" if m["m"] else "bid", trade_id=str(m["t"]),
                     source="binance-spot" if "M" in m else "binance-usdm",
                     flags="last")
            r["tflags"] = {"MARKET": "", "INSURANCE_FUND": "insurance_fund",
                           "ADL": "adl", "NA": "no_trade"}[m.get("X",
                                                                 "MARKET")]
            yield r
        elif kind == "bookTicker" or {"u", "s", "b", "B", "a", "A"} == set(m):
            base = timed(BBO, recv, event, sent)
            base.update(symbol=m["s"], sequence=str(m["u"]),
                        source="binance-usdm" if kind else "binance-spot")
            yield bbo(base, (m["b"], m["B"]), (m["a"], m["A"]),
                      event is None)
        else:
            raise SystemExit(f"the referee does not know {text[:80]}")


# ---- Kraken ----

def ns(text):
    return int(Decimal(text).scaleb(9))


def kraken_levels(ls):
    return [(p, q, {"ts_event": str(ns(t)), "inferred": False,
                    "tflags": "republished" if rest else ""})
            for p, q, t, *rest in ls]


def opaque(recv, direction, text):
    return {"seq": None, "ts_recv": str(recv), "type": "json",
            "symbol": None, "source": "kraken", "flags": "last",
            "ts_event": None, "direction": direction, "text": text}


def kraken(lines):
    for line in lines:
        line = line.rstrip("\n")
        if not line:
            continue
        if line.startswith("wss"):
            arrow = line.split(" ")[1]
            yield opaque(ns(line.split(" ")[2].rstrip(":")),
                         "connected" if arrow == "<->" else "sent", line)
            continue
        recv, text = line.split(": ", 1)
        recv = ns(recv)
        m = json.loads(text)
        if isinstance(m, dict):
            yield opaque(recv, "received", text)
            continue
        parts = {k: v for part in m[1:-2] for k, v in part.items()}
        base = timed(LEVEL, recv, None)
        base.update(symbol=m[-1], source="kraken",
                    channel=int(m[-2].split("-")[1]))
        snapshot = "as" in parts
        bids = parts.get("bs" if snapshot else "b", [])
        asks = parts.get("as" if snapshot else "a", [])
        yield from levels(base, (("bid", kraken_levels(bids)),
                                 ("ask", kraken_levels(asks))), snapshot,
                          int(parts["c"]) if "c" in parts else None, True)


# ---- comparison ----

def printed(path):
    source = subprocess.Popen(["rp-import", "--no-notes", path],
                              stdout=subprocess.PIPE)
    sink = subprocess.Popen(["rp-print", "--json"], stdin=source.stdout,
                            stdout=subprocess.PIPE, text=True)
    source.stdout.close()
    for line in sink.stdout:
        yield json.loads(line)
    if source.wait() != 0 or sink.wait() != 0:
        raise SystemExit(f"{path}: rp-import or rp-print failed")


def compare(path, expected, observe):
    counts, fields = {}, 0
    for n, (ours, theirs) in enumerate(
            zip_longest(printed(path), expected), 1):
        if ours != theirs:
            keys = sorted(k for k in {*(ours or {}), *(theirs or {})}
                          if (ours or {}).get(k, "nothing")
                          != (theirs or {}).get(k, "nothing"))
            raise SystemExit(f"{path}: record {n}: "
                             + "; ".join(f"{k}: {(ours or {}).get(k)!r}, "
                                         f"not {(theirs or {}).get(k)!r}"
                                         for k in keys))
        counts[ours["type"]] = counts.get(ours["type"], 0) + 1
        fields += len(ours)
        observe(ours)
    print(f"{path}: "
          + " ".join(f"{t} {n}" for t, n in sorted(counts.items()))
          + f": {fields} fields equal")


class Book:
    """Levels by price; of each the digits."""

    def __init__(self):
        self.sides = {"bid": {}, "ask": {}}
        self.begun = False

    def apply(self, r):
        if r["action"] == "clear":
            self.sides = {"bid": {}, "ask": {}}
            self.begun = True
        elif r["action"] in ("set", "remove"):
            side = self.sides[r["side"]]
            price = Decimal(r["price"])
            side.pop(price, None)
            if r["action"] == "set":
                side[price] = (r["price"], r["size"])

    def best(self, side, n):
        return [self.sides[side][p] for p in
                sorted(self.sides[side], reverse=side == "bid")[:n]]

    def cut(self, depth):
        for side in ("bid", "ask"):
            ps = sorted(self.sides[side], reverse=side == "bid")
            for p in ps[depth:]:
                del self.sides[side][p]


class Checksums:
    """Kraken's checksum of each update, from the exported digits."""

    def __init__(self):
        self.books, self.checked = {}, 0

    def __call__(self, r):
        if r["type"] != "level":
            return
        book = self.books.setdefault(r["symbol"], Book())
        book.apply(r)
        if "last" not in r["flags"]:
            return
        book.cut(r["channel"])
        if "checksum" not in r["tflags"]:
            return
        digits = "".join(t.replace(".", "").lstrip("0")
                         for side in ("ask", "bid")
                         for level in book.best(side, 10) for t in level)
        crc = zlib.crc32(digits.encode())
        if crc != r["checksum"]:
            raise SystemExit(f"{r['symbol']} at {r['ts_recv']}: CRC-32 {crc},"
                             f" not {r['checksum']}")
        self.checked += 1

    def report(self):
        print(f"{self.checked} checksums right")
        return self.checked


class Quotes:
    """Binance's book has the best prices and sizes of a quote, wherever both
    streams stand at the same id. A snapshot arrives late: the updates since
    its id are then applied again."""

    def __init__(self):
        self.book, self.quotes, self.compared = Book(), {}, 0
        self.early = []

    def __call__(self, r):
        if r["type"] == "bbo":
            # of several, the last one
            self.quotes[int(r["sequence"])] = r
        elif r["type"] == "level" and "snapshot" in r["flags"]:
            self.book.apply(r)
            if "last" in r["flags"]:
                since = int(r["sequence"])
                for update in self.early:
                    if int(update["sequence"]) > since:
                        self.book.apply(update)
                self.early = []
        elif r["type"] == "level" and not self.book.begun:
            self.early.append(r)
        elif r["type"] == "level":
            self.book.apply(r)
            if "last" in r["flags"]:
                self.judge(int(r["sequence"]))

    def judge(self, sequence):
        quote = self.quotes.get(sequence)
        self.quotes = {s: q for s, q in self.quotes.items() if s > sequence}
        if quote is None:
            return
        bid, ask = self.book.best("bid", 1)[0], self.book.best("ask", 1)[0]
        theirs = (quote["bid_px"], quote["bid_sz"]), (quote["ask_px"],
                                                     quote["ask_sz"])
        if (bid, ask) != theirs:
            raise SystemExit(f"book at {sequence}: {bid} {ask}, "
                             f"not {theirs}")
        self.compared += 1

    def report(self):
        print(f"{self.compared} quotes equal to the book")
        return self.compared


def main():
    for path in sys.argv[1:]:
        opened = gzip.open if path.endswith(".gz") else open
        with opened(path, "rt") as f:
            first = f.readline()
            f.seek(0)
            observe = Checksums() if first.startswith("wss") else Quotes()
            read = kraken if first.startswith("wss") else binance
            compare(path, read(f), observe)
        if not observe.report():
            raise SystemExit(f"{path}: nothing was checked")


main()
