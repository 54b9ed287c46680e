"""A stream of Arrow IPC, good or with one thing wrong, to stdout.

    arrow_bytes.py WHAT

Written from the format's documentation, with a small writer of flatbuffers, so
that it can say what no library would.
"""

import struct
import sys


class Flat:
    """A flatbuffer, front to back: what a table refers to stands behind it."""

    def __init__(self):
        self.b = bytearray(4)

    def align(self, n):
        self.b += bytes(-len(self.b) % n)

    def patch(self, at, to):
        self.b[at : at + 4] = struct.pack("<I", to - at)

    def table(self, *fields):
        """fields: None, (format, number), or a function that puts what it
        refers to and returns where."""
        self.align(8)
        offsets, size = [], 4
        for f in fields:
            width = 4 if callable(f) else 0 if f is None else struct.calcsize(f[0])
            size += -size % (width or 1)
            offsets.append(size if width else 0)
            size += width
        vtable = len(self.b)
        self.b += struct.pack("<HH", 4 + 2 * len(fields), size)
        self.b += b"".join(struct.pack("<H", o) for o in offsets)
        self.align(8)
        at = len(self.b)
        self.b += struct.pack("<i", at - vtable) + bytes(size - 4)
        for f, o in zip(fields, offsets):
            if callable(f):
                self.patch(at + o, f(self))
            elif f is not None:
                struct.pack_into("<" + f[0], self.b, at + o, f[1])
        return at

    def text(self, s):
        self.align(4)
        at = len(self.b)
        self.b += struct.pack("<I", len(s)) + s.encode() + b"\0"
        return at

    def tables(self, makers):
        self.align(4)
        at = len(self.b)
        self.b += struct.pack("<I", len(makers)) + bytes(4 * len(makers))
        for i, make in enumerate(makers):
            self.patch(at + 4 + 4 * i, make(self))
        return at

    def structs(self, form, items, n=None):
        self.align(8)
        self.b += bytes(4)
        at = len(self.b)
        self.b += struct.pack("<I", len(items) if n is None else n)
        self.b += b"".join(struct.pack("<" + form, *i) for i in items)
        return at


def vector(form, items, n=None):
    return lambda f: f.structs(form, items, n)


def message(kind, header, body=b"", body_len=None, version=4):
    f = Flat()
    body += bytes(-len(body) % 8)
    length = len(body) if body_len is None else body_len
    f.patch(0, f.table(("h", version), ("B", kind), header, ("q", length)))
    f.align(8)
    return struct.pack("<Ii", -1 & 0xFFFFFFFF, len(f.b)) + bytes(f.b) + body


INT, UTF8, LIST = 2, 5, 12


def field(name, kind, type_, children=(), dictionary=None):
    return lambda f: f.table(
        lambda f: f.text(name),
        ("B", 1),
        ("B", kind),
        type_,
        dictionary,
        lambda f: f.tables(children),
    )


def int_type(f, bits=64):
    return f.table(("i", bits), ("B", 1))


def empty(f):
    return f.table()


def schema_table(fields, endian=0):
    def pair(f):
        return f.table(lambda f: f.text("rp.type"), lambda f: f.text("trade"))

    return lambda f: f.table(
        ("h", endian), lambda f: f.tables(fields), lambda f: f.tables([pair])
    )


def schema(*fields, endian=0, version=4):
    return message(1, schema_table(fields, endian), version=version)


def batch_table(rows, nodes, buffers, packed=None, n_nodes=None):
    compression = None
    if packed is not None:
        compression = lambda f: f.table(("b", packed), ("b", 0))
    return lambda f: f.table(
        ("q", rows), vector("qq", nodes, n_nodes), vector("qq", buffers), compression
    )


def batch(rows, nodes, buffers, body, packed=None, body_len=None, n_nodes=None):
    return message(3, batch_table(rows, nodes, buffers, packed, n_nodes), body, body_len)


def dictionary(id_, rows, nodes, buffers, body, body_len=None):
    data = batch_table(rows, nodes, buffers)
    return message(2, lambda f: f.table(("q", id_), data, ("B", 0)), body, body_len)


def nested(depth):
    """A list of lists of lists..."""
    f = field("x", INT, int_type)
    for _ in range(depth):
        f = field("x", LIST, empty, [f])
    return f


END = struct.pack("<Ii", -1 & 0xFFFFFFFF, 0)
TIMES = struct.pack("<qq", 1, 2)
TIME = field("ts_recv", INT, int_type)
WORD = field(
    "symbol", UTF8, empty, (), lambda f: f.table(("q", 5), lambda f: int_type(f, 32), ("B", 0))
)
ONE = [(2, 0)]
PLAIN = [(0, 0), (0, 16)]
TWO = [(2, 0), (2, 0)]
INDEXED = PLAIN + [(0, 0), (16, 8)]


def dict_batch(words=(0, 1, 3), **args):
    body = struct.pack("<iii", *words) + bytes(4) + b"abc"
    return dictionary(5, 2, [(2, 0)], [(0, 0), (0, 12), (16, 3)], body, **args)


def words(first, second):
    """Two rows, of a dictionary of two."""
    body = TIMES + struct.pack("<ii", first, second)
    return batch(2, TWO, INDEXED, body) + END


def times(rows=2, nodes=ONE, buffers=PLAIN, body=TIMES, **args):
    return schema(TIME) + batch(rows, nodes, buffers, body, **args) + END


def file(blocks, fields=None):
    """A file of two batches at the same place; its footer names these."""
    fields = fields or [TIME]
    part = batch(2, ONE, PLAIN, TIMES)
    data = b"ARROW1\0\0" + schema(TIME)
    named = [(len(data) + i * len(part), len(part) - 16, 16) for i in blocks]
    f = Flat()
    none = vector("qi4xq", [])
    f.patch(0, f.table(("h", 4), schema_table(fields), none, vector("qi4xq", named)))
    footer = bytes(f.b) + struct.pack("<i", len(f.b)) + b"ARROW1"
    return data + part + part + END + footer


MADE = {
    "file": lambda: file([0, 1]),
    "footer-few": lambda: file([0]),
    "footer-order": lambda: file([1, 0]),
    "footer-schema": lambda: file([0, 1], [TIME, TIME]),
    "good": lambda: times(),
    "good-dictionary": lambda: schema(TIME, WORD) + dict_batch() + words(0, 1),
    "big-endian": lambda: schema(TIME, endian=1),
    "deep": lambda: schema(TIME, nested(80)),
    "huge-dictionary": lambda: schema(TIME, WORD) + dict_batch(body_len=2**31),
    "index": lambda: schema(TIME, WORD) + dict_batch() + words(0, 2),
    "negative-index": lambda: schema(TIME, WORD) + dict_batch() + words(-1, 0),
    "no-dictionary": lambda: schema(TIME, WORD) + words(0, 1),
    "other-dictionary": lambda: schema(TIME) + dict_batch() + END,
    "offsets": lambda: schema(TIME, WORD) + dict_batch(words=(0, 9, 3)),
    "offset-outside": lambda: schema(TIME, WORD) + dict_batch(words=(0, 1, 9)),
    "buffer-outside": lambda: times(buffers=[(0, 0), (8, 16)]),
    "buffer-far": lambda: times(buffers=[(0, 0), (2**62, 16)]),
    "buffer-negative": lambda: times(buffers=[(0, 0), (-8, 16)]),
    "buffer-length": lambda: times(buffers=[(0, 0), (0, -1)]),
    "buffer-short": lambda: times(buffers=[(0, 0), (0, 15)]),
    "few-buffers": lambda: times(buffers=[(0, 0)]),
    "many-buffers": lambda: times(buffers=PLAIN + [(0, 0)]),
    "node-negative": lambda: times(nodes=[(-2, 0)]),
    "node-nulls": lambda: times(nodes=[(2, 3)]),
    "node-rows": lambda: times(nodes=[(3, 0)]),
    "no-bitmap": lambda: times(nodes=[(2, 1)]),
    "few-nodes": lambda: times(nodes=[]),
    "vector": lambda: times(n_nodes=2**30),
    "rows": lambda: times(rows=-1),
    "body-negative": lambda: times(body_len=-8),
    "body-huge": lambda: times(body_len=2**40),
    "metadata-negative": lambda: struct.pack("<Ii", -1 & 0xFFFFFFFF, -16),
    "metadata-huge": lambda: schema(TIME) + struct.pack("<Ii", -1 & 0xFFFFFFFF, 2**30),
    "codec": lambda: times(packed=7),
    "packed-short": lambda: times(buffers=[(0, 0), (0, 7)], packed=1),
    "packed-negative": lambda: times(body=struct.pack("<qq", -2, 0), packed=1),
    "packed-huge": lambda: times(body=struct.pack("<qq", 2**40, 0), packed=1),
    "packed-bad": lambda: times(body=struct.pack("<qq", 16, 77), packed=1),
    "packed-lz4": lambda: times(body=struct.pack("<qq", 16, 77), packed=0),
    "not-packed": lambda: times(buffers=[(0, 0), (0, 24)], body=struct.pack("<q", -1) + TIMES, packed=1),
    "two-schemas": lambda: schema(TIME) + schema(TIME) + END,
    "no-schema": lambda: batch(2, ONE, PLAIN, TIMES),
    "no-end": lambda: times()[: -len(END)],
    "tensor": lambda: schema(TIME) + message(4, empty),
    "unknown-type": lambda: schema(TIME, field("x", 99, empty)),
    "int-width": lambda: schema(field("ts_recv", INT, lambda f: int_type(f, 12))),
    "version": lambda: schema(TIME, version=2),
    "claims-body": lambda: times(body_len=900 << 20),
    "claims-packed": lambda: times(body=struct.pack("<qq", 900 << 20, 0), packed=1),
}

sys.stdout.buffer.write(MADE[sys.argv[1]]())
