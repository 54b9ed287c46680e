#!/usr/bin/env python3
"""Uncompressed Parquet files by Python alone, from the format's specification.

parquet.py csv FILE      rows as rp-csv writes them, having checked the CRC of
                         every page, statistics, the page index and what is sorted
parquet.py describe FILE what the footer says: a line a row group and column
parquet.py keys FILE     its keys and values
"""

import csv
import struct
import sys
import zlib
from decimal import Decimal, getcontext

getcontext().prec = 60
PLAIN, RLE, DELTA, DELTA_LENGTH, DICT = 0, 3, 5, 6, 8
NAMES = {PLAIN: "plain", DELTA: "delta", DELTA_LENGTH: "delta-length", DICT: "dict"}
INT32, INT64, DOUBLE, BYTES, FIXED = 1, 2, 5, 6, 7


class Bytes:
    """A cursor, with thrift's compact protocol: structs are dicts by field."""

    def __init__(self, data, at=0):
        self.data, self.at = data, at

    def take(self, n):
        assert 0 <= n <= len(self.data) - self.at, "beyond the end"
        self.at += n
        return self.data[self.at - n : self.at]

    def byte(self):
        return self.take(1)[0]

    def varint(self):
        v = shift = 0
        while True:
            b = self.byte()
            v |= (b & 0x7F) << shift
            shift += 7
            if b < 0x80:
                return v

    def zigzag(self):
        v = self.varint()
        return v >> 1 ^ -(v & 1)

    def value(self, kind):
        if kind in (1, 2):
            return kind == 1
        if kind == 3:
            return self.byte()
        if kind in (4, 5, 6):
            return self.zigzag()
        if kind == 8:
            return self.take(self.varint())
        if kind == 9:
            head = self.byte()
            n = head >> 4 if head >> 4 < 15 else self.varint()
            of = head & 15
            if of in (1, 2):
                return [self.byte() == 1 for _ in range(n)]
            return [self.value(of) for _ in range(n)]
        assert kind == 12, f"thrift type {kind}"
        return self.struct()

    def struct(self):
        fields, last = {}, 0
        while True:
            head = self.byte()
            if head == 0:
                return fields
            last = last + (head >> 4) if head >> 4 else self.zigzag()
            fields[last] = self.value(head & 15)


def unpack(data, width, n):
    bits = int.from_bytes(data, "little")
    mask = (1 << width) - 1
    return [bits >> i * width & mask for i in range(n)]


def rle(b, width, n):
    out = []
    while len(out) < n:
        head = b.varint()
        if head & 1:
            out += unpack(b.take((head >> 1) * width), width, 8 * (head >> 1))
        else:
            v = int.from_bytes(b.take((width + 7) // 8), "little")
            out += [v] * (head >> 1)
    return out[:n]


def delta(b, bits):
    block, minis, n = b.varint(), b.varint(), b.varint()
    mini = block // minis
    out = [b.zigzag()][:n]
    while len(out) < n:
        least = b.zigzag()
        for width in b.take(minis):
            if len(out) >= n:
                break
            assert width <= bits
            for d in unpack(b.take(mini * width // 8), width, mini):
                if len(out) < n:
                    out.append(out[-1] + least + d)
    half = 1 << bits - 1
    return [(v + half) % (1 << bits) - half for v in out]


class Column:
    def __init__(self, element):
        self.type, self.length = element[1], element.get(2)
        self.optional = element[3] == 1
        self.name = element[4].decode()
        self.logical = element.get(10, {})

    def plain(self, b, n):
        if self.type == BYTES:
            return [b.take(struct.unpack("<I", b.take(4))[0]) for _ in range(n)]
        if self.type == FIXED:
            return [b.take(self.length) for _ in range(n)]
        form = {INT32: "<%di", INT64: "<%dq", DOUBLE: "<%dd"}[self.type] % n
        return list(struct.unpack(form, b.take(struct.calcsize(form))))

    def decode(self, b, encoding, n, dictionary):
        if n == 0:
            return []
        if encoding == DICT:
            width = b.byte()
            return [dictionary[i] for i in rle(b, width, n)]
        if encoding == DELTA:
            return delta(b, 32 if self.type == INT32 else 64)
        if encoding == DELTA_LENGTH:
            return [b.take(k) for k in delta(b, 32)]
        assert encoding == PLAIN
        return self.plain(b, n)

    def logically(self, v):
        """A value by its logical type; in this order bounds are."""
        if v is None:
            return None
        if 5 in self.logical:  # DECIMAL
            if self.type == FIXED:
                v = int.from_bytes(v, "big", signed=True)
            return Decimal(v).scaleb(-self.logical[5][1])
        if 10 in self.logical and not self.logical[10][2]:  # unsigned
            return v % (1 << 32 if self.type == INT32 else 1 << 64)
        return v

    def bound(self, raw):
        if self.type == BYTES:
            return raw
        return self.logically(self.plain(Bytes(raw), 1)[0])

    def text(self, v):
        v = self.logically(v)
        if v is None:
            return ""
        if isinstance(v, Decimal):
            s = f"{v:f}"
            return (s.rstrip("0").rstrip(".") if "." in s else s) if v else "0"
        if isinstance(v, bytes):
            return v.decode() if 1 in self.logical else v.hex()
        return repr(v) if isinstance(v, float) else str(v)


def check_bounds(column, statistics, values):
    present = [column.logically(v) for v in values if v is not None]
    assert statistics[3] == len(values) - len(present), "null count"
    if present and 5 in statistics:
        low, high = column.bound(statistics[6]), column.bound(statistics[5])
        assert (low, high) == (min(present), max(present)), column.name
    assert present or 5 not in statistics


def read_page(data, at, column, dictionary):
    b = Bytes(data, at)
    head = b.struct()
    body = b.take(head[3])
    assert head[2] == head[3] and zlib.crc32(body) == head[4] % (1 << 32), "CRC"
    page = Bytes(body)
    if head[1] == 2:
        assert head[7][2] == PLAIN
        return b.at, head, column.plain(page, head[7][1])
    n = head[5][1]
    levels = [1] * n
    if column.optional:
        size = struct.unpack("<I", page.take(4))[0]
        levels = rle(Bytes(page.take(size)), 1, n)
    some = iter(column.decode(page, head[5][2], sum(levels), dictionary))
    values = [next(some) if level else None for level in levels]
    assert page.at == len(body), "bytes behind the values"
    check_bounds(column, head[5][5], values)
    return b.at, head, values


def check_index(data, chunk, pages):
    """The page index, by the heads of the pages."""
    where = Bytes(data, chunk[4]).struct()
    row = 0
    for place, (start, end, head) in zip(where[1], pages, strict=True):
        assert (place[1], place[2], place[3]) == (start, end - start, row)
        row += head[5][1]
    if 6 not in chunk:
        return
    index = Bytes(data, chunk[6]).struct()
    statistics = [head[5][5] for _, _, head in pages]
    assert index[5] == [s[3] for s in statistics]
    assert index[1] == [5 not in s for s in statistics]
    assert index[2] == [s.get(6, b"") for s in statistics]
    assert index[3] == [s.get(5, b"") for s in statistics]


def read_chunk(data, column, chunk):
    meta = chunk[3]
    assert meta[4] == 0, "compressed"
    at, dictionary, values, pages, used = meta.get(11, meta[9]), None, [], [], {RLE}
    start = at
    if 11 in meta:
        at, _, dictionary = read_page(data, at, column, None)
        used.add(PLAIN)
    assert at == meta[9]
    while len(values) < meta[5]:
        end, head, some = read_page(data, at, column, dictionary)
        pages.append((at, end, head))
        values += some
        used.add(head[5][2])
        at = end
    assert at - start == meta[7] and len(values) == meta[5]
    assert set(meta[2]) | {RLE} == used
    check_bounds(column, meta[12], values)
    check_index(data, chunk, pages)
    return values


def footer(path):
    with open(path, "rb") as f:
        data = f.read()
    assert data[:4] == data[-4:] == b"PAR1", "no Parquet"
    size = struct.unpack("<I", data[-8:-4])[0]
    b = Bytes(data, len(data) - 8 - size)
    meta = b.struct()
    assert b.at == len(data) - 8
    columns = [Column(e) for e in meta[2][1:]]
    assert meta[2][0][5] == len(columns) == len(meta[7])
    return data, meta, columns


def read_group(data, columns, group):
    values = [read_chunk(data, c, k) for c, k in zip(columns, group[1], strict=True)]
    assert {len(v) for v in values} == {group[3]}
    assert group[6] == sum(k[3][7] for k in group[1])
    for by in group.get(4, []):
        assert not by[2] and values[by[1]] == sorted(values[by[1]])
    return values


def write_csv(path):
    data, meta, columns = footer(path)
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow([c.name for c in columns])
    rows = 0
    for group in meta[4]:
        values = read_group(data, columns, group)
        rows += group[3]
        for row in zip(*values):
            out.writerow([c.text(v) for c, v in zip(columns, row)])
    assert rows == meta[3]


def describe(path):
    _, meta, columns = footer(path)
    codecs = {0: "none", 6: "zstd", 7: "lz4_raw"}
    for g, group in enumerate(meta[4]):
        by = [columns[s[1]].name for s in group.get(4, [])]
        print(f"group {g}: {group[3]} rows, sorted by {' '.join(by) or 'nothing'}")
        for column, chunk in zip(columns, group[1]):
            used = sorted(NAMES[p[2]] for p in chunk[3][13] if p[1] == 0)
            print(column.name, codecs[chunk[3][4]], *used)


def keys(path):
    for pair in footer(path)[1].get(5, []):
        print(pair[1].decode(), pair[2].decode(), sep="=")


{"csv": write_csv, "describe": describe, "keys": keys}[sys.argv[1]](sys.argv[2])
