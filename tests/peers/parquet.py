#!/usr/bin/env python3
"""Parquet files by pyarrow, polars and DuckDB, value by value.

Does what the lines of stdin say, and says of each what it found:

values fixed|float|exact FILE.parquet STREAM.rps
    what pyarrow reads are the values of rp-print --json, and what polars and
    DuckDB read are pyarrow's; CRCs of all pages are verified
index FILE.parquet
    statistics and the page index are those of the values, sorting columns
    are sorted, and filters that use them find the rows that they should
same FILE.parquet FILE.parquet ...
    all have the same rows
"""

import functools
import json
import subprocess
import sys
from decimal import Decimal, getcontext

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq


def fail(text):
    sys.exit(f"parquet.py: {text}")


def read(path):
    return pq.ParquetFile(path, page_checksum_verification=True).read()


def plain(column):
    """Values of a column as JSON has them, but for their form."""
    if pa.types.is_timestamp(column.type):
        return column.cast(pa.int64()).to_pylist()
    return column.to_pylist()


@functools.cache
def records(stream):
    out = subprocess.run(
        ["rp-print", "--json", stream], check=True, stdout=subprocess.PIPE
    ).stdout
    return [json.loads(line) for line in out.splitlines()]


def converter(kind):
    """Of what JSON has to what pyarrow makes a value of the type of."""
    if pa.types.is_decimal(kind):
        return Decimal
    if pa.types.is_floating(kind):
        return float
    if pa.types.is_integer(kind) or pa.types.is_timestamp(kind):
        return int
    if pa.types.is_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return bytes.fromhex
    return str  # of words: one without a name is a number in JSON


@functools.cache
def expected(stream, name, kind):
    """A column by rp-print --json, where a record without it has a null."""
    if pa.types.is_timestamp(kind) and (kind.unit, kind.tz) != ("ns", "UTC"):
        fail(f"{name}: a time is {kind}")
    convert = converter(kind)
    found = (record.get(name) for record in records(stream))
    return pa.array([v if v is None else convert(v) for v in found], kind)


def mantissas(table, stream, name):
    """Of --exact: are its integers, with some column's exponents, what JSON
    says?"""
    want = [
        None if text is None else Decimal(text)
        for text in (record.get(name) for record in records(stream))
    ]
    found = plain(table.column(name))
    return any(
        all(
            v is w is None
            or None not in (v, w, e) and Decimal(v).scaleb(e) == w
            for v, w, e in zip(
                found, want, plain(table.column(exponents)), strict=True
            )
        )
        for exponents in ("px_exp", "qty_exp")
        if exponents in table.column_names
    )


def has_points(stream, name):
    texts = (record.get(name) for record in records(stream))
    return any(isinstance(t, str) and "." in t for t in texts)


def compare_column(table, stream, name, decimals):
    column = table.column(name)
    number = pa.types.is_integer(column.type) or pa.types.is_decimal(column.type)
    if decimals == "exact" and number and has_points(stream, name):
        if not mantissas(table, stream, name):
            fail(f"column {name}: other digits")
        return
    want = expected(stream, name, column.type)
    if column.combine_chunks().equals(want) or (
        decimals == "exact" and number and mantissas(table, stream, name)
    ):
        return
    pairs = zip(column.to_pylist(), want.to_pylist(), strict=True)
    row, value = next((i, v) for i, (v, w) in enumerate(pairs) if v != w)
    fail(
        f"row {row} column {name}: {value!r} for "
        f"{records(stream)[row].get(name)!r}"
    )


def compare_json(table, stream, decimals):
    """How many values are equal: all of them."""
    rows = len(records(stream))
    if rows != table.num_rows:
        fail(f"{table.num_rows} rows of {rows} records")
    for name in table.column_names:
        compare_column(table, stream, name, decimals)
    return rows * table.num_columns


def canonical(table, like):
    """With like's types, which another reader's larger ones hold."""
    columns = []
    for field in like.schema:
        column = table.column(field.name)
        if pa.types.is_timestamp(field.type):
            if column.type.unit != "ns":
                fail(f"{field.name}: {column.type}")
        columns.append(column.cast(field.type))
    return pa.table(columns, schema=like.schema)


def rows_equal(table, other, who):
    if table.num_rows != other.num_rows:
        fail(f"{who} reads {other.num_rows} rows of {table.num_rows}")
    if table.column_names != other.column_names:
        fail(f"{who} reads columns {other.column_names}")
    other = canonical(other, table)
    for name in table.column_names:
        if not table.column(name).equals(other.column(name)):
            fail(f"{who} reads other values of {name}")


def compare_readers(path, table):
    import duckdb
    import polars

    bare = table.replace_schema_metadata(None)
    rows_equal(bare, polars.read_parquet(path).to_arrow(), "polars")
    rows_equal(
        bare, polars.scan_parquet(path).collect().to_arrow(), "polars, lazily"
    )
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    rows_equal(
        bare,
        connection.sql(f"select * from read_parquet('{path}')").to_arrow_table(),
        "DuckDB",
    )


def values(decimals, path, stream):
    table = read(path)
    n = compare_json(table, stream, decimals)
    compare_readers(path, table)
    print(f"{table.num_rows} rows, {n} values equal")


def bounds_hold(statistics, values, name):
    present = [v for v in values if v is not None]
    if statistics.null_count != len(values) - len(present):
        fail(f"{name}: {statistics.null_count} absent")
    if not present:
        if statistics.has_min_max:
            fail(f"{name}: bounds of no values")
        return 0
    if not statistics.has_min_max:
        return 0
    low, high = statistics.min_raw, statistics.max_raw
    if isinstance(present[0], str):
        low, high = statistics.min, statistics.max
        key = str.encode
        if isinstance(low, bytes):
            low, high = low.decode(), high.decode()
        if (low, high) != (min(present, key=key), max(present, key=key)):
            fail(f"{name}: {low!r} to {high!r}")
        return 1
    if isinstance(present[0], bytes):
        if (low, high) != (min(present), max(present)):
            fail(f"{name}: bounds {low!r} {high!r}")
        return 1
    if isinstance(present[0], Decimal):
        low, high = statistics.min, statistics.max
    if isinstance(present[0], int) and isinstance(low, int):
        bits = 8 * (4 if statistics.physical_type == "INT32" else 8)
        if min(present) >= 0:
            low, high = low % (1 << bits), high % (1 << bits)
    if (low, high) != (min(present), max(present)):
        fail(f"{name}: {low!r} to {high!r}, are {min(present)!r} to {max(present)!r}")
    return 1


def check_statistics(file):
    checked = 0
    for g in range(file.metadata.num_row_groups):
        group = file.metadata.row_group(g)
        table = file.read_row_group(g)
        for c in range(group.num_columns):
            chunk = group.column(c)
            if not (chunk.has_offset_index and chunk.is_stats_set):
                fail(f"{chunk.path_in_schema}: no index or statistics")
            checked += bounds_hold(
                chunk.statistics,
                plain(table.column(chunk.path_in_schema)),
                chunk.path_in_schema,
            )
        for by in group.sorting_columns:
            name = group.column(by.column_index).path_in_schema
            times = plain(table.column(name))
            if by.descending or None in times or times != sorted(times):
                fail(f"{name}: row group {g} is not sorted by it")
    return checked


def check_filters(path, table):
    """A row that each reader finds by its value: the middle one's."""
    import duckdb
    import polars

    found = 0
    connection = duckdb.connect()
    for field in table.schema:
        column = table.column(field.name).drop_null()
        if len(column) == 0 or pa.types.is_floating(field.type):
            continue
        pivot = column[len(column) // 2]
        want = pc.sum(pc.equal(table.column(field.name), pivot)).as_py()
        dataset = ds.dataset(path, format="parquet")
        got = dataset.to_table(filter=ds.field(field.name) == pivot).num_rows
        if got != want:
            fail(f"pyarrow: {got} rows of {want} by {field.name}")
        if pa.types.is_timestamp(field.type):
            continue
        value = pivot.as_py()
        if not isinstance(value, (Decimal, bytes)):
            got = (
                polars.scan_parquet(path)
                .filter(polars.col(field.name) == value)
                .collect()
                .height
            )
            if got != want:
                fail(f"polars: {got} rows of {want} by {field.name}")
        got = connection.execute(
            f"select count(*) from read_parquet('{path}') where \"{field.name}\" = ?",
            [value],
        ).fetchall()[0][0]
        if got != want:
            fail(f"DuckDB: {got} rows of {want} by {field.name}")
        found += 1
    return found


def index(path):
    file = pq.ParquetFile(path, page_checksum_verification=True)
    checked = check_statistics(file)
    filters = check_filters(path, file.read())
    print(f"{checked} bounds and {filters} filters hold")


def same(path, *others):
    first = read(path)
    for other in others:
        rows_equal(first, read(other), other)
    print(f"{1 + len(others)} files equal, {first.num_rows} rows")


def each_line(commands):
    getcontext().prec = 60
    for line in sys.stdin:
        command, *args = line.split()
        try:
            commands[command](*args)
        except BaseException:
            print(f"of: {line}", end="", file=sys.stderr)
            raise


if __name__ == "__main__":
    each_line({"values": values, "index": index, "same": same})
