#!/usr/bin/env python3
"""Arrow files and streams by pyarrow, polars and DuckDB, value by value.

Does what the lines of stdin say, and says of each what it found:

values fixed|float|exact FILE STREAM.rps
    what pyarrow reads are the values of rp-print --json, and what polars and
    DuckDB (by way of pyarrow) read are pyarrow's
pyarrow fixed|float|exact FILE STREAM.rps
    the first half of it: of what only pyarrow reads, deltas of dictionaries
same FILE FILE ...
    all have the same rows, whatever their form
batches FILE
    how many rows each batch has
"""

import sys
from decimal import Decimal

import pyarrow as pa
import pyarrow.ipc as ipc

from parquet import compare_json, each_line, records, rows_equal


def fail(text):
    sys.exit(f"arrow.py: {text}")


def is_file(path):
    with open(path, "rb") as f:
        return f.read(6) == b"ARROW1"


def batches(path):
    if is_file(path):
        file = ipc.open_file(path)
        found = [file.get_batch(i) for i in range(file.num_record_batches)]
        # a file is a stream as well, behind its magic
        with open(path, "rb") as f:
            f.seek(8)
            stream = ipc.open_stream(f)
            if stream.schema != file.schema:
                fail("another schema before the batches than in the footer")
            if sum(b.num_rows for b in stream) != sum(b.num_rows for b in found):
                fail("another number of rows as a stream")
        schema = file.schema
    else:
        with open(path, "rb") as f:
            stream = ipc.open_stream(f)
            found, schema = list(stream), stream.schema
    for batch in found:
        batch.validate(full=True)
    return found, schema


def read(path):
    found, schema = batches(path)
    return pa.Table.from_batches(found, schema)


def plain(table):
    """Without dictionaries: their words as text."""
    columns = [
        c.cast(pa.string()) if pa.types.is_dictionary(c.type) else c
        for c in table.columns
    ]
    return pa.table(columns, names=table.column_names)


def number(text, kind):
    if text is None:
        return None
    return float(text) if pa.types.is_floating(kind) else Decimal(text)


def levels(record, side, kind):
    """A side of a book as a list, from the columns that JSON has."""
    found = []
    while f"{side}_px_{len(found):02}" in record:
        i = f"{len(found):02}"
        found.append(
            {
                "price": number(record[f"{side}_px_{i}"], kind),
                "size": number(record[f"{side}_sz_{i}"], kind),
                "orders": record[f"{side}_ct_{i}"],
            }
        )
    return found


def compare_lists(table, stream):
    """The columns bids and asks, and the table without them."""
    n = 0
    for side in "bid", "ask":
        column = table.column(side + "s")
        kind = column.type.value_type.field("price").type
        for i, (record, value) in enumerate(
            zip(records(stream), column.to_pylist(), strict=True)
        ):
            if value != levels(record, side, kind):
                fail(f"row {i}: {side}s {value} of {record}")
            n += 3 * len(value)
    return table.drop_columns(["bids", "asks"]), n


def compare_readers(path, table, lists):
    import duckdb
    import polars

    bare = table.replace_schema_metadata(None)
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    duck = connection.from_arrow(table).to_arrow_table()
    if is_file(path):
        polar = polars.read_ipc(path).to_arrow()
    else:
        polar = polars.read_ipc_stream(path).to_arrow()
    if lists:
        if polar.num_rows != bare.num_rows or duck.num_rows != bare.num_rows:
            fail("another number of rows")
        for name in "bids", "asks":
            mine = bare.column(name).to_pylist()
            if polar.column(name).to_pylist() != mine:
                fail(f"polars reads other {name}")
            if duck.column(name).to_pylist() != mine:
                fail(f"DuckDB reads other {name}")
        bare = bare.drop_columns(["bids", "asks"])
        polar = polar.drop_columns(["bids", "asks"])
        duck = duck.drop_columns(["bids", "asks"])
    rows_equal(plain(bare), plain(polar), "polars")
    rows_equal(plain(bare), plain(duck), "DuckDB")


def by_pyarrow(decimals, path, stream):
    table = read(path)
    said = table.schema.metadata[b"rp.decimals"].decode()
    if said != decimals:
        fail(f"metadata: decimals are {said}")
    bare, n = table, 0
    if "bids" in table.column_names:
        bare, n = compare_lists(table, stream)
    if decimals == "exact" and "payload_len" in table.column_names:
        bare = bare.drop_columns(["payload_len"])
    n += compare_json(plain(bare), stream, decimals)
    print(f"{table.num_rows} rows, {n} values equal")
    return table


def values(decimals, path, stream):
    table = by_pyarrow(decimals, path, stream)
    compare_readers(path, table, "bids" in table.column_names)


def same(path, *others):
    first = plain(read(path))
    for other in others:
        if not plain(read(other)).equals(first):
            fail(f"{other}: other rows than {path}")
    print(f"{first.num_rows} rows the same")


def sizes(path):
    print(*[b.num_rows for b in batches(path)[0]])


each_line(
    {"values": values, "pyarrow": by_pyarrow, "same": same, "batches": sizes}
)
