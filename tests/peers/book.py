#!/usr/bin/env python3
"""book.py quotes|orders|chain FILE: rp-book against Python.

quotes  a recording of Binance: rp-book's best prices and sizes against every
        bookTicker of the same update id, read from the raw lines.
orders  a stream of orders: a book of lists and dicts. At every end of an
        event its best prices, sizes and counts are those of rp-book; at the
        end all of its levels are.
chain   a stream of rp-gen -t level: the updates that do not follow, counted
        from the records, are those of which rp-book writes gap records.
"""

import gzip
import json
import subprocess
import sys
from decimal import Decimal


def output(command, stdin=None):
    return subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE)


def records(*commands):
    """What a pipeline of commands writes, as objects."""
    running, last = [], None
    for command in [*commands, ["rp-print", "--json"]]:
        last = output(command, last.stdout if last else None)
        running.append(last)
    for line in last.stdout:
        yield json.loads(line)
    for p in running:
        p.stdout.close()
        if p.wait() != 0:
            raise SystemExit(f"{p.args}: status {p.returncode}")


def number(text):
    return None if text is None else Decimal(text)


def best(r):
    return tuple(number(r[k]) for k in ("bid_px", "bid_sz", "ask_px",
                                        "ask_sz"))


# ---- quotes ----

def raw(path):
    """Ids of depth updates in order, and the last quote of each id."""
    updates, quotes = [], {}
    with gzip.open(path, "rt") as f:
        for line in f:
            m = json.loads(line.split(" ", 1)[1])
            m = m.get("data", m)
            if m.get("e") == "depthUpdate":
                updates.append(m["u"])
            elif m.get("e") == "bookTicker" or (
                    {"u", "s", "b", "B", "a", "A"} == set(m)):
                quotes[m["u"]] = tuple(map(Decimal, (m["b"], m["B"], m["a"],
                                                     m["A"])))
    return updates, quotes


def check_quotes(path):
    updates, quotes = raw(path)
    views = {int(r["sequence"]): r
             for r in records(["rp-import", path], ["rp-book", "--bbo"])
             if r["type"] == "bbo" and "stale" not in r["tflags"]}
    begun = min(views)
    ours, compared = None, 0
    for update in updates:
        if update in views:
            ours = best(views[update])
        if update < begun or update not in quotes:
            continue
        if ours != quotes[update]:
            raise SystemExit(f"{update}: {ours}, not {quotes[update]}")
        compared += 1
    print(f"{compared} quotes equal to the book")


# ---- orders ----

class Orders:
    """Orders by id, and of each price the ids in the order of their queue."""

    def __init__(self):
        self.clear()

    def clear(self):
        self.orders, self.queues = {}, {"bid": {}, "ask": {}}

    def leave(self, i):
        side, price, _ = self.orders.pop(i)
        queue = self.queues[side][price]
        queue.remove(i)
        if not queue:
            del self.queues[side][price]

    def enter(self, i, side, price, size):
        self.orders[i] = [side, price, size]
        self.queues[side].setdefault(price, []).append(i)

    def apply(self, r):
        i, action = r["order_id"], r["action"]
        if action == "R":
            self.clear()
        elif action == "A":
            self.enter(i, r["side"], Decimal(r["price"]), Decimal(r["size"]))
        elif action == "C":
            self.orders[i][2] -= Decimal(r["size"])
            if self.orders[i][2] <= 0:
                self.leave(i)
        elif action == "M":
            side, price, size = self.orders[i]
            new = Decimal(r["price"]), Decimal(r["size"])
            if new[0] != price or new[1] > size:
                self.leave(i)
                self.enter(i, side, *new)
            else:
                self.orders[i][2] = new[1]

    def level(self, side, price):
        queue = self.queues[side][price]
        return price, sum(self.orders[i][2] for i in queue), len(queue)

    def best(self):
        out = []
        for side, pick in (("bid", max), ("ask", min)):
            prices = self.queues[side]
            out.append(self.level(side, pick(prices)) if prices
                       else (None, None, 0))
        return out

    def levels(self, side):
        return [self.level(side, p) for p in
                sorted(self.queues[side], reverse=side == "bid")]


def views_of(r):
    return [(number(r["bid_px"]), number(r["bid_sz"]), r["bid_ct"]),
            (number(r["ask_px"]), number(r["ask_sz"]), r["ask_ct"])]


def check_orders(path):
    """One symbol: rp-book's views come in the order of the events."""
    book, events, crossed, last = Orders(), 0, [], None
    shown = book.best()
    views = records(["rp-book", "--bbo", path])
    for r in records(["rp-filter", "-t", "mbo", path]):
        book.apply(r)
        if "last" not in r["flags"]:
            continue
        events += 1
        now = book.best()
        if now[0][0] and now[1][0] and now[0][0] >= now[1][0]:
            crossed.append(r["ts_event"])
        if now != shown:
            view = next(views, None)
            if view is None or views_of(view) != now:
                raise SystemExit(f"event at {r['ts_event']}: {view}, "
                                 f"not {now}")
            shown = now
        last = r
    if next(views, None) is not None:
        raise SystemExit("rp-book has more views than there are changes")
    check_levels(path, book, last)
    print(f"{events} events equal, {len(crossed)} crossed or locked"
          + (f" from {crossed[0]} to {crossed[-1]}" if crossed else ""))


def check_levels(path, book, last):
    """The whole book behind the last event, rebuilt from level records."""
    sides = {"bid": {}, "ask": {}}
    for r in records(["rp-book", "--emit", "level", path]):
        if r["action"] == "clear":
            sides = {"bid": {}, "ask": {}}
        elif r["action"] == "set":
            sides[r["side"]][Decimal(r["price"])] = (Decimal(r["size"]),
                                                     r["orders"])
        elif r["action"] == "remove":
            sides[r["side"]].pop(Decimal(r["price"]), None)
    for side in ("bid", "ask"):
        theirs = {p: (s, n) for p, s, n in book.levels(side)}
        if sides[side] != theirs:
            raise SystemExit(f"{side} at {last['ts_event']}: levels differ")
    print(f"{len(sides['bid'])} bids and {len(sides['ask'])} asks equal")


# ---- chains ----

def check_chain(path):
    last, broken, breaks = {}, set(), []
    for r in records(["rp-cat", path]):
        if r["type"] != "level" or "last" not in r["flags"]:
            continue
        name = r["symbol"]
        if "snapshot" in r["flags"]:
            if name in broken or int(r["sequence"]) >= last.get(name, 0):
                last[name] = int(r["sequence"])
                broken.discard(name)
            continue
        follows = int(r["prev_sequence"]) == last.get(name)
        if not follows and int(r["sequence"]) <= last.get(name, 0):
            continue
        if name not in broken and name in last and not follows:
            broken.add(name)
            breaks.append((name, r["sequence"]))
        last[name] = int(r["sequence"])
    ours = [(r["symbol"], r["sequence"])
            for r in records(["rp-book", "--bbo", path])
            if r["type"] == "gap"]
    if ours != breaks or not breaks:
        raise SystemExit(f"gaps {ours}, not {breaks}")
    print(f"{len(breaks)} breaks equal")


{"quotes": check_quotes, "orders": check_orders,
 "chain": check_chain}[sys.argv[1]](sys.argv[2])
