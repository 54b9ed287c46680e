#!/usr/bin/env python3
"""Parquet files by pyarrow, polars and DuckDB, value by value.

parquet.py values [--decimals fixed|float|exact] FILE.parquet STREAM.rps
    what pyarrow reads are the values of rp-print --json, and what polars and
    DuckDB read are pyarrow's; CRCs of all pages are verified
parquet.py index FILE.parquet
    statistics and the page index are those of the values, sorting columns
    are sorted, and filters that use them find the rows that they should
parquet.py same FILE.parquet FILE.parquet ...
    all have the same rows
"""

import json
import subprocess
import sys
from decimal import Decimal, localcontext

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
    kind = column.type
    if pa.types.is_timestamp(kind):
        if kind.unit != "ns" or kind.tz not in ("UTC", "Etc/UTC"):
            fail(f"a time is {kind}")
        return column.cast(pa.int64()).to_pylist()
    return column.to_pylist()


def records(stream):
    out = subprocess.run(
        ["rp-print", "--json", stream], check=True, stdout=subprocess.PIPE
    ).stdout
    return [json.loads(line) for line in out.splitlines()]


def expected(name, record, kind, decimals):
    """The value of a column by the record's JSON."""
    if name in ("px_exp", "qty_exp") or name not in record:
        return record.get(name)
    value = record[name]
    if value is None:
        return None
    if pa.types.is_decimal(kind):
        return Decimal(value)
    if pa.types.is_floating(kind):
        return float(value)
    if pa.types.is_integer(kind) or pa.types.is_timestamp(kind):
        return int(value) if decimals != "exact" else value
    if pa.types.is_binary(kind):
        return bytes.fromhex(value)
    return value


def mantissa(record, name, value):
    """Of --exact: the integer whose exponent is another column's."""
    text = record[name]
    if text is None:
        return value is None
    sign, digits, exponent = Decimal(text).as_tuple()
    whole = int("".join(map(str, digits))) * (-1 if sign else 1)
    if value is None:
        return False
    value = int(value)
    # trailing zeros are the exponent's to say: equal up to a power of ten
    if whole == 0 or value == 0:
        return whole == value
    while abs(value) < abs(whole):
        value *= 10
    while abs(value) > abs(whole):
        whole *= 10
    return whole == value


def same_value(name, record, value, kind, decimals):
    if name not in record:
        return value is None
    text = record[name]
    if decimals == "exact" and isinstance(text, str) and (
        pa.types.is_integer(kind) or pa.types.is_decimal(kind)
    ):
        return mantissa(record, name, value)
    want = expected(name, record, kind, "fixed")
    if isinstance(want, str) and isinstance(value, bytes):
        return bytes.fromhex(want) == value
    if want is None and value == "" and text is None:
        return False
    return value == want


def compare_json(table, stream, decimals):
    rows = records(stream)
    if len(rows) != table.num_rows:
        fail(f"{table.num_rows} rows of {len(rows)} records")
    n = 0
    for field in table.schema:
        values = plain(table.column(field.name))
        for i, (record, value) in enumerate(zip(rows, values)):
            if not same_value(field.name, record, value, field.type, decimals):
                fail(
                    f"row {i} column {field.name}: {value!r} for "
                    f"{record.get(field.name)!r}"
                )
            n += 1
    return n


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


def values(args):
    decimals = "fixed"
    if args[0] == "--decimals":
        decimals, args = args[1], args[2:]
    path, stream = args
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


def index(args):
    (path,) = args
    file = pq.ParquetFile(path, page_checksum_verification=True)
    checked = check_statistics(file)
    filters = check_filters(path, file.read())
    print(f"{checked} bounds and {filters} filters hold")


def same(args):
    first = read(args[0])
    for path in args[1:]:
        rows_equal(first, read(path), path)
    print(f"{len(args)} files equal, {first.num_rows} rows")


if __name__ == "__main__":
    with localcontext() as context:
        context.prec = 60
        {"values": values, "index": index, "same": same}[sys.argv[1]](sys.argv[2:])
