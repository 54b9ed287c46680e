#!/usr/bin/env python3
"""Arrow IPC by the standard library alone: arrow_check.py FILE

Every offset of every flatbuffer is followed and held against its bounds, every
buffer against the body and its column's rows. Says the format, the columns as
name:type, the rows of each batch, and how many dictionaries there were.
"""

import struct
import sys

TYPES = {2: "int", 3: "float", 4: "binary", 5: "utf8", 7: "decimal",
         10: "timestamp", 12: "list", 13: "struct"}
SCHEMA, DICTIONARY, BATCH = 1, 2, 3


def need(condition, text):
    if not condition:
        sys.exit(f"arrow_check.py: {text}")


class Table:
    def __init__(self, b, at):
        need(at % 4 == 0 and at + 4 <= len(b), f"a table at {at}")
        self.b, self.at = b, at
        vtable = at - struct.unpack_from("<i", b, at)[0]
        need(0 <= vtable <= len(b) - 4, f"a vtable at {vtable}")
        size, self.size = struct.unpack_from("<HH", b, vtable)
        need(vtable + size <= len(b) and at + self.size <= len(b), "a vtable")
        self.slots = struct.unpack_from(f"<{size // 2 - 2}H", b, vtable + 4)

    def number(self, field, form, otherwise=0):
        if field >= len(self.slots) or self.slots[field] == 0:
            return otherwise
        slot, size = self.slots[field], struct.calcsize(form)
        need(slot + size <= self.size, f"field {field} ends behind its table")
        need((self.at + slot) % size == 0, f"field {field} is not aligned")
        return struct.unpack_from("<" + form, self.b, self.at + slot)[0]

    def where(self, field):
        offset = self.number(field, "I")
        need(offset > 0, f"no field {field}")
        return self.at + self.slots[field] + offset

    def table(self, field):
        return Table(self.b, self.where(field))

    def vector(self, field, size):
        """Where its elements are, and how many."""
        at = self.where(field)
        need(at % 4 == 0 and at + 4 <= len(self.b), "a vector")
        n = struct.unpack_from("<I", self.b, at)[0]
        need(at + 4 + n * size <= len(self.b), "a vector is too long")
        need((at + 4) % min(size, 8) == 0, "elements are not aligned")
        return at + 4, n

    def tables(self, field):
        at, n = self.vector(field, 4)
        for i in range(n):
            place = at + 4 * i
            yield Table(self.b, place + struct.unpack_from("<I", self.b, place)[0])

    def text(self, field):
        at, n = self.vector(field, 1)
        need(self.b[at + n] == 0, "a text without its end")
        return self.b[at : at + n].decode()

    def structs(self, field, form):
        size = struct.calcsize("<" + form)
        at, n = self.vector(field, size)
        return [struct.unpack_from("<" + form, self.b, at + i * size) for i in range(n)]


def root(b):
    need(len(b) >= 8, "a flatbuffer of no size")
    return Table(b, struct.unpack_from("<I", b)[0])


class Field:
    def __init__(self, table):
        self.name = table.text(0)
        self.type = TYPES[table.number(2, "B")]
        kind = table.table(3)
        self.width = {"int": kind.number(0, "i") // 8 if self.type == "int" else 0,
                      "float": 8, "timestamp": 8}.get(self.type, 0)
        if self.type == "decimal":
            self.width = kind.number(2, "i", 128) // 8
            need(0 < kind.number(0, "i") <= 38, "a decimal's digits")
        if self.type == "timestamp":
            need(kind.number(0, "h") == 3 and kind.text(1) == "UTC", "a time")
        self.dictionary = None
        if len(table.slots) > 4 and table.slots[4] != 0:
            self.dictionary = table.table(4).number(0, "q")
            self.width = 4
        self.nullable = table.number(1, "B") != 0
        self.children = [Field(t) for t in table.tables(5)]

    def __str__(self):
        form = self.type + (str(8 * self.width) if self.type == "int" else "")
        return f"{self.name}:{'dictionary' if self.dictionary is not None else form}"


class Batch:
    def __init__(self, table, body, packed):
        self.rows = table.number(0, "q")
        self.nodes = iter(table.structs(1, "qq"))
        self.buffers = table.structs(2, "qq")
        self.packed = len(table.slots) > 3 and table.slots[3] != 0
        end = 0
        for offset, length in self.buffers:
            need(offset % 64 == 0 and offset >= end, "a buffer is not aligned")
            end = offset + length
            need(length >= 0 and end <= body, "a buffer ends behind the body")
        self.left = iter(self.buffers)

    def buffer(self, length, may_miss=False):
        size = next(self.left)[1]
        if not self.packed and not (may_miss and size == 0):
            need(size == length or length is None, f"{size} bytes, not {length}")
        return size

    def column(self, field, rows):
        need(next(self.nodes, (None,))[0] == rows, f"rows of {field.name}")
        self.buffer((rows + 7) // 8, True)
        if field.dictionary is not None or field.width > 0:
            self.buffer(rows * field.width)
        elif field.type in ("utf8", "binary"):
            self.buffer(4 * (rows + 1))
            self.buffer(None)
        elif field.type == "list":
            self.buffer(4 * (rows + 1))
            self.structure(field.children[0])

    def structure(self, field):
        rows = next(self.nodes)[0]
        self.buffer(0, True)
        for child in field.children:
            self.column(child, rows)

    def end(self):
        need(next(self.nodes, None) is None, "a node too many")
        need(next(self.left, None) is None, "a buffer too many")


def messages(b, at):
    """Where each is, its table, and its body."""
    while True:
        mark, size = struct.unpack_from("<Ii", b, at)
        need(mark == 0xFFFFFFFF and size % 8 == 0, f"no message at {at}")
        if size == 0:
            return
        meta = b[at + 8 : at + 8 + size]
        need(len(meta) == size, "a message is cut short")
        table = root(meta)
        need(table.number(0, "h") == 4, "not version 5")
        length, start = table.number(3, "q"), at + 8 + size
        need(length >= 0 and start + length <= len(b) - 8, "a body is cut short")
        need(start % 64 == 0, "a body is not aligned")
        yield at, 8 + size, table, length
        at = start + length
        messages.end = at + 8


def check_footer(b, start, dictionaries, batches, fields):
    need(b.endswith(b"ARROW1"), "no magic at the end")
    size = struct.unpack_from("<i", b, len(b) - 10)[0]
    need(start + size + 10 == len(b), "a footer of another size")
    footer = root(b[start : start + size])
    need(footer.structs(2, "qi4xq") == dictionaries, "blocks of dictionaries")
    need(footer.structs(3, "qi4xq") == batches, "blocks of batches")
    names = [str(Field(t)) for t in footer.table(1).tables(1)]
    need(names == [str(f) for f in fields], "another schema in the footer")


def main(path):
    b = open(path, "rb").read()
    is_file = b.startswith(b"ARROW1\0\0")
    fields, dictionaries, batches, rows = [], [], [], []
    texts = Field.__new__(Field)
    texts.__dict__ = dict(name="texts", type="utf8", width=0, dictionary=None)
    for at, size, table, length in messages(b, 8 if is_file else 0):
        kind = table.number(1, "B")
        if kind == SCHEMA:
            need(at == (8 if is_file else 0) and length == 0, "a second schema")
            fields = [Field(t) for t in table.table(2).tables(1)]
            metadata = {t.text(0): t.text(1) for t in table.table(2).tables(2)}
            messages.end = at + size + 8
            continue
        header = table.table(2)
        block = (at, size, length)
        if kind == DICTIONARY:
            batch = Batch(header.table(1), length, None)
            batch.column(texts, batch.rows)
            batch.end()
            dictionaries.append(block)
            continue
        need(kind == BATCH, f"a message of kind {kind}")
        batch = Batch(header, length, None)
        for field in fields:
            batch.column(field, batch.rows)
        batch.end()
        rows.append(batch.rows)
        batches.append(block)
    if is_file:
        check_footer(b, messages.end, dictionaries, batches, fields)
    else:
        need(messages.end == len(b), "more behind the end")
    print("file" if is_file else "stream", *fields)
    print("rows", *rows)
    print("dictionaries", len(dictionaries))
    for key in metadata:
        print(key, metadata[key].split("\n")[0])


if __name__ == "__main__":
    main(sys.argv[1])
