#!/usr/bin/env python3
"""tables.py FILE...: every field of every record of Tardis.dev's CSV files, as
Python's csv module reads them, against `rp-import FILE | rp-print --json`.

tables.py --made DIR: the same for made files with a value in every column, of
any length; tables.py --mapped DIR: CSV and NDJSON made of random values, by a
mapping, against the values.
"""

import csv
import json
import os
import random
import subprocess
import sys
from decimal import Decimal

SIDES = {"bid": "bid", "ask": "ask", "buy": "bid", "sell": "ask",
         "unknown": "none", "": "none"}
STATS = ("funding_rate", "predicted_funding_rate", "open_interest",
         "last_price", "index_price", "mark_price")
compared = 0


def number(text):
    """A decimal with its digits, as (digits, exponent); None: absent."""
    return None if text in (None, "") else Decimal(text)


def digits(*texts):
    """The finest exponent that is written among texts."""
    found = [Decimal(t).as_tuple().exponent for t in texts if t]
    return min(found) if found else 0


def common(row, flags):
    return {"ts_recv": str(int(row["local_timestamp"]) * 1000),
            "ts_event": str(int(row["timestamp"]) * 1000),
            "symbol": row["symbol"], "source": row["exchange"],
            "flags": flags}


def levels(row, header):
    """Records of an incremental_book_L2 row."""
    del header
    zero = Decimal(row["amount"]) == 0
    yield {"type": "level", "side": SIDES[row["side"]],
           "action": "remove" if zero else "set",
           "price": number(row["price"]), "size": number(row["amount"]),
           "px_exp": digits(row["price"]), "qty_exp": digits(row["amount"])}


def trades(row, header):
    del header
    yield {"type": "trade", "side": SIDES[row["side"]],
           "price": number(row["price"]), "size": number(row["amount"]),
           "px_exp": digits(row["price"]), "qty_exp": digits(row["amount"]),
           "trade_id": row["id"] or None}


def quotes(row, header):
    del header
    yield {"type": "bbo",
           "bid_px": number(row["bid_price"]),
           "bid_sz": number(row["bid_amount"]),
           "ask_px": number(row["ask_price"]),
           "ask_sz": number(row["ask_amount"]),
           "px_exp": digits(row["bid_price"], row["ask_price"]),
           "qty_exp": digits(row["bid_amount"], row["ask_amount"])}


def books(row, header):
    made = {"type": "book"}
    for ours, theirs in (("bid", "bids"), ("ask", "asks")):
        depth = 0
        for i in range((len(header) - 4) // 4):
            price = row[f"{theirs}[{i}].price"]
            amount = row[f"{theirs}[{i}].amount"]
            if price or amount:
                depth = i + 1
                made[f"{ours}_px_{i:02}"] = number(price)
                made[f"{ours}_sz_{i:02}"] = number(amount)
        made[f"n_{ours}"] = depth
    made["px_exp"] = digits(*(row[c] for c in header if "price" in c))
    made["qty_exp"] = digits(*(row[c] for c in header if "amount" in c))
    yield made


def tickers(row, header):
    del header
    for stat in STATS:
        text = row[stat]
        time = row["funding_timestamp"] if stat == "funding_rate" else ""
        if not text and not time:
            continue
        what = "price" if stat.endswith("price") else "quantity"
        yield {"type": "stat", "stat_type": stat, what: number(text),
               "ts_ref": str(int(time) * 1000) if time else None}


SCHEMAS = {"is_snapshot": levels, "id": trades, "ask_amount": quotes,
           "asks[0].price": books, "funding_rate": tickers}


def expected(path):
    """What rp has to make of a file, in order."""
    with open(path, newline="", encoding="utf-8") as f:
        reader = csv.DictReader(f)
        header = reader.fieldnames
        make = next(SCHEMAS[c] for c in SCHEMAS if c in header)
        rows = list(reader)
    records, snapshot = [], {}
    for i, row in enumerate(rows):
        key = (row["local_timestamp"], row["symbol"])
        end = i + 1 == len(rows) or key != (
            rows[i + 1]["local_timestamp"], rows[i + 1]["symbol"])
        now = row.get("is_snapshot") == "true"
        flags = (["snapshot"] if now else []) + (
            ["ts_event_inferred"]
            if row["timestamp"] == row["local_timestamp"] else [])
        made = list(make(row, header))
        if now and not snapshot.get(row["symbol"]):
            made.insert(0, {"type": "level", "action": "clear",
                            "side": "none", "price": None, "size": None})
        snapshot[row["symbol"]] = now
        for j, fields in enumerate(made):
            last = ["last"] if end and j + 1 == len(made) else []
            records.append(dict(common(row, "|".join(last + flags)),
                                **fields))
    return records


def same(want, got):
    """A field as expected, and as rp-print --json shows it."""
    if isinstance(want, Decimal) and got is not None:
        return Decimal(got) == want
    return want == got


def compare(name, want, got):
    global compared
    if len(want) != len(got):
        sys.exit(f"{name}: {len(got)} records, not {len(want)}")
    for i, (w, g) in enumerate(zip(want, got)):
        for field, value in w.items():
            if not same(value, g.get(field)):
                sys.exit(f"{name}: record {i + 1}: {field} is "
                         f"{g.get(field)!r}, not {value!r}")
            compared += 1


def imported(path, *options):
    first = subprocess.run(["rp-import", "-q", *options, path], check=True,
                           capture_output=True)
    text = subprocess.run(["rp-print", "--json"], input=first.stdout,
                          check=True, capture_output=True).stdout
    return [json.loads(line) for line in text.splitlines()
            if not line.startswith(b'{"note"')]


def decimal(rng, places=8, empty=0.0):
    if rng.random() < empty:
        return ""
    n = rng.randrange(10 ** rng.randrange(1, 16))
    cut = rng.randrange(places + 1)
    text = f"{n:0{cut + 1}}"
    return text if cut == 0 else f"{text[:-cut]}.{text[-cut:]}"


def made_files(folder):
    """A file of each schema, its columns shuffled."""
    rng = random.Random(4)
    head = ["exchange", "symbol", "timestamp", "local_timestamp"]
    own = {
        "L2": ["is_snapshot", "side", "price", "amount"],
        "trades": ["id", "side", "price", "amount"],
        "quotes": ["ask_amount", "ask_price", "bid_price", "bid_amount"],
        "ticker": ["funding_timestamp", *STATS],
        "book": [f"{s}[{i}].{w}" for i in range(30) for s in ("asks", "bids")
                 for w in ("price", "amount")],
    }
    for name, columns in own.items():
        header = head + columns
        rng.shuffle(header)
        path = os.path.join(folder, f"made_{name}.csv")
        time = 1600000000000000
        with open(path, "w", newline="", encoding="utf-8") as f:
            out = csv.writer(f, lineterminator="\n")
            out.writerow(header)
            for _ in range(400):
                time += rng.choice((0, 0, 1, 999))
                depth = rng.randrange(31)
                row = {"exchange": "made", "symbol": rng.choice("AB"),
                       "timestamp": time - rng.choice((0, 5)),
                       "local_timestamp": time,
                       "is_snapshot": rng.choice(("true", "false")),
                       "side": rng.choice(("bid", "ask") if name == "L2"
                                          else ("buy", "sell", "unknown")),
                       "id": rng.choice(("", str(rng.randrange(1, 1 << 63)),
                                         "t-%d" % rng.randrange(10 ** 9))),
                       "price": decimal(rng), "amount": decimal(rng, 2),
                       "funding_timestamp": rng.choice(("", time))}
                for c in header:
                    if c not in row:
                        level = int(c[5:c.index("]")]) if "[" in c else 0
                        row[c] = decimal(rng, 3, 0.2) if level < depth or (
                            "[" not in c) else ""
                out.writerow([row[c] for c in header])
        yield path


MAPPING = """
zone +02:00
symbol   = {symbol}
ts_recv  = {seconds} as s
ts_event = {local} as "%d/%m/%Y %H:%M:%S.%f"
record trade
    side     = {side} {{b: bid, s: ask, *: none}}
    price    = {cents} * 0.01
    size     = {size} default 7
    sequence = {n}
"""


def mapped(folder):
    rng = random.Random(5)
    rows, want = [], []
    for n in range(500):
        us = rng.randrange(10 ** 15, 2 * 10 ** 15)
        # 02:00 is added by hand: the mapping's zone takes it away
        day, rest = divmod(rng.randrange(86400 * 20000 * 1000), 86400000)
        clock = day * 86400 + rest // 1000 + 7200
        y, m, d, hh, mm, ss = time_parts(clock)
        row = {"symbol": rng.choice(('A', 'B,C', 'D"E', "F\nG", "é")),
               "seconds": f"{us // 10 ** 6}.{us % 10 ** 6:06}",
               "local": f"{d:02}/{m:02}/{y} {hh:02}:{mm:02}:{ss:02}."
                        f"{rest % 1000:03}",
               "side": rng.choice("bsx"), "cents": str(rng.randrange(10 ** 9)),
               "size": decimal(rng, 5, 0.1), "n": str(n)}
        row["symbol"] = row["symbol"].replace("\n", " ")
        rows.append(row)
        want.append({
            "symbol": row["symbol"], "ts_recv": str(us * 1000),
            "ts_event": str(((day * 86400 * 1000) + rest) * 10 ** 6),
            "side": {"b": "bid", "s": "ask", "x": "none"}[row["side"]],
            "price": Decimal(row["cents"]) / 100,
            "size": Decimal(row["size"] or "7"), "sequence": row["n"]})
    yield from mapped_files(folder, rows, want)


def mapped_files(folder, rows, want):
    names = list(rows[0])
    path = os.path.join(folder, "rows.csv")
    with open(path, "w", newline="", encoding="utf-8") as f:
        out = csv.DictWriter(f, names, delimiter=";")
        out.writeheader()
        out.writerows(rows)
    yield path, "delimiter ;" + MAPPING.format(**{n: n for n in names}), want
    path = os.path.join(folder, "rows.ndjson")
    with open(path, "w", encoding="utf-8") as f:
        for row in rows:
            nested = {"a": [{}, dict(row, n=int(row["n"]))]}
            f.write(json.dumps(nested) + "\n")
    yield path, MAPPING.format(**{n: f"/a/1/{n}" for n in names}), want


def time_parts(seconds):
    """Civil date and clock, by days counted here (no library's)."""
    days, rest = divmod(seconds, 86400)
    year = 1970
    while days >= 365 + (leap := is_leap(year)):
        days -= 365 + leap
        year += 1
    lengths = [31, 28 + is_leap(year), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    month = 0
    while days >= lengths[month]:
        days -= lengths[month]
        month += 1
    return (year, month + 1, days + 1, rest // 3600, rest // 60 % 60,
            rest % 60)


def is_leap(year):
    return int(year % 4 == 0 and (year % 100 != 0 or year % 400 == 0))


def main():
    if sys.argv[1] == "--mapped":
        for path, mapping, want in mapped(sys.argv[2]):
            name = path + ".map"
            with open(name, "w", encoding="utf-8") as f:
                f.write(mapping)
            compare(path, want, imported(path, "--mapping", name))
    else:
        paths = (list(made_files(sys.argv[2])) if sys.argv[1] == "--made"
                 else sys.argv[1:])
        for path in paths:
            compare(path, expected(path), imported(path))
    if compared == 0:
        sys.exit("nothing was compared")
    print(compared, "fields equal")


main()
