"""What rp-import reads of Arrow, against pyarrow: every value of every column.

    arrow_import.py integration FOLDER   files of the Arrow project
    arrow_import.py made FOLDER          files that are made there
    arrow_import.py others FOLDER        the same, by polars

A mapping makes a record json of each value, whose text is compared.
"""

import decimal
import glob
import json
import math
import os
import subprocess
import sys

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.ipc as ipc

NS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
HEAD = "event none\n"
RECORD = 'record json\nts_recv = "1"\ntext = ${}\n'
MAPPING = HEAD + RECORD


def is_view(chunk):
    """pyarrow takes nothing out of views."""
    return pa.types.is_string_view(chunk.type.value_type)


def plain(column):
    """A column without extensions and dictionaries, or None: it is nested."""
    chunks = []
    for chunk in column.chunks:
        if isinstance(chunk.type, pa.BaseExtensionType):
            chunk = chunk.storage
        if pa.types.is_dictionary(chunk.type):
            if pa.types.is_nested(chunk.type.value_type):
                return None
            words = chunk.dictionary.cast(pa.string()) if is_view(chunk) else chunk.dictionary
            chunk = words.take(chunk.indices)
        if isinstance(chunk.type, pa.BaseExtensionType):
            chunk = chunk.storage
        chunks.append(chunk)
    kind = chunks[0].type if chunks else column.type
    return pa.chunked_array(chunks, kind)


def is_read(kind):
    """Has rp a text for values of this type?"""
    t = pa.types
    if isinstance(kind, pa.BaseExtensionType):
        return is_read(kind.storage_type)
    if t.is_dictionary(kind):
        return is_read(kind.value_type)
    return not (
        t.is_nested(kind)
        or t.is_time(kind)
        or t.is_run_end_encoded(kind)
        or "interval" in str(kind)
        or "list" in str(kind)
    )


def in_ns(column, unit):
    """Times as the text of ns; None: int64 does not hold them."""
    width = pa.int32() if pa.types.is_date32(column.type) else pa.int64()
    for v in column.cast(width).to_pylist():
        if v is None:
            yield ""
        elif not -(2**63) <= v * unit < 2**63:
            yield None
        else:
            yield str(v * unit)


def texts(column):
    """What rp makes of each value; None: it is rejected."""
    t = pa.types
    kind = column.type
    if t.is_timestamp(kind) or t.is_duration(kind):
        return list(in_ns(column, NS[kind.unit]))
    if t.is_date32(kind):
        return list(in_ns(column, 86400 * 10**9))
    if t.is_date64(kind):
        return list(in_ns(column, 10**6))
    return [text(v) for v in column.to_pylist()]


def text(v):
    if v is None or (isinstance(v, float) and math.isnan(v)):
        return ""
    if isinstance(v, bool):
        return "true" if v else "false"
    if isinstance(v, bytes):
        return v.hex()
    if isinstance(v, decimal.Decimal):
        sign, digits, exponent = v.as_tuple()
        whole = int("".join(map(str, digits)))
        while exponent < -36 and whole % 10 == 0 and whole != 0:
            whole, exponent = whole // 10, exponent + 1
        if whole >= 2**127 or (whole and not -36 <= exponent <= 36):
            return None
        with decimal.localcontext(decimal.Context(prec=100)):
            v = v.normalize()
            return "0" if v == 0 else format(v, "f")
    if isinstance(v, float) and math.isinf(v):
        return None
    return str(v)


def same(made, want, kind):
    if not pa.types.is_floating(kind) or made == want:
        return made == want
    if made == "" or want == "":
        return False
    if pa.types.is_float64(kind):
        return float(made) == float(want)
    # of shorter ones many decimals make the same
    back = pa.scalar(float(made)).cast(kind, safe=False).as_py()
    return back == float(want)


def run(path, mapping):
    """The texts that rp-import makes, or its complaint."""
    with open("m", "w") as f:
        f.write(mapping)
    made = subprocess.run(
        "rp-import -q --no-notes --on-error skip --max-errors 100% --mapping m --format arrow "
        + f"'{path}' | rp-print --json",
        shell=True,
        capture_output=True,
        text=True,
    )
    if made.stderr:
        return made.stderr
    return [json.loads(line).get("text") or "" for line in made.stdout.splitlines()]


def open_table(path):
    with open(path, "rb") as f:
        magic = f.read(6)
    new = ipc.open_file if magic == b"ARROW1" else ipc.open_stream
    with new(path) as reader:
        return reader.read_all()


def check(path, i, column, made, want):
    if isinstance(made, str):
        sys.exit(f"{path}: column {i + 1} {column.type}: {made}")
    if len(made) != len(want):
        sys.exit(f"{path}: column {i + 1}: {len(made)} values, not {len(want)}")
    for row, (m, w) in enumerate(zip(made, want)):
        if not same(m, w, column.type):
            sys.exit(f"{path}: column {i + 1} row {row}: {m!r}, not {w!r}")
    return len(want)


def compare(path):
    """Values equal, columns refused."""
    values = refused = 0
    together = []
    for i, column in enumerate(open_table(path).columns):
        if not is_read(column.type):
            made = run(path, MAPPING.format(i + 1))
            if not isinstance(made, str) or "of a type that is not read" not in made:
                sys.exit(f"{path}: column {i + 1} {column.type}: {made}")
            refused += 1
            continue
        column = plain(column)
        want = texts(column)
        if None not in want:
            together.append((i, column, want))
            continue
        want = [w for w in want if w is not None]
        values += check(path, i, column, run(path, MAPPING.format(i + 1)), want)
    if together:
        records = "".join(RECORD.format(i + 1) for i, _, _ in together)
        made = run(path, HEAD + records)
        for k, (i, column, want) in enumerate(together):
            part = made if isinstance(made, str) else made[k :: len(together)]
            values += check(path, i, column, part, want)
    return values, refused


def integration(folder):
    values = refused = files = big = 0
    for path in sorted(glob.glob(folder + "/**/*", recursive=True)):
        if not path.endswith((".stream", ".arrow_file")):
            continue
        files += 1
        if "bigendian" in path:
            made = run(path, MAPPING.format(1))
            if "it is big-endian" not in made:
                sys.exit(f"{path}: {made}")
            big += 1
            continue
        v, r = compare(path)
        values += v
        refused += r
    print(
        f"{files} files: {values} values equal, {refused} columns of other "
        f"types refused, {big} big-endian files refused"
    )


# ---- files made here ----


def table(n):
    """A column of each type that is read, with nulls and extremes."""
    times = [0, 1, -1, 1703543995216798489]
    decimals = [decimal.Decimal(x) for x in ("0", "1.50", "-0.000000001", "9" * 9)]

    def fill(values, kind):
        values = (values + [None]) * (n // (len(values) + 1) + 1)
        return pa.array(values[:n], kind)

    columns = {
        "i8": fill([0, -128, 127], pa.int8()),
        "u8": fill([0, 255], pa.uint8()),
        "i16": fill([0, -(2**15), 2**15 - 1], pa.int16()),
        "u16": fill([0, 2**16 - 1], pa.uint16()),
        "i32": fill([0, -(2**31), 2**31 - 1], pa.int32()),
        "u32": fill([0, 2**32 - 1], pa.uint32()),
        "i64": fill([0, -(2**63), 2**63 - 1], pa.int64()),
        "u64": fill([0, 2**64 - 1], pa.uint64()),
        "f16": fill([0.0, 1.5, -0.25, math.inf, 2.0**-24], pa.float16()),
        "f32": fill([0.0, 0.1, -1e-30, 3e38, math.nan, 16777216.0], pa.float32()),
        "f64": fill([0.1 + 0.2, 100.25, -1e-5, 1e300, 2.0**60, math.nan, -0.0], pa.float64()),
        "bool": fill([True, False], pa.bool_()),
        "utf8": fill(["", "a", "日本" * 9, "\U0001f600"], pa.string()),
        "large": fill(["", "b" * 300], pa.large_string()),
        "view": fill(["", "twelve bytes", "thirteen byte", "é" * 40], pa.string_view()),
        "bin": fill([b"", b"\0\xff", b"x" * 40], pa.binary()),
        "binview": fill([b"", b"\0\xff", b"x" * 40], pa.binary_view()),
        "largebin": fill([b"", b"\0\xff"], pa.large_binary()),
        "fixed": fill([b"0123456789abcdef"], pa.binary(16)),
        "d32": fill([decimal.Decimal("1.5"), decimal.Decimal("-0.01")], pa.decimal32(9, 2)),
        "d64": fill(decimals, pa.decimal64(18, 9)),
        "d128": fill(decimals, pa.decimal128(38, 9)),
        "d256": fill(decimals + [decimal.Decimal("1e60")], pa.decimal256(76, 9)),
        "negative": fill([decimal.Decimal("12e3")], pa.decimal128(5, -3)),
        "date32": fill([0, 19000, -1, 2**31 - 1], pa.date32()),
        "date64": fill([0, 86400000, -86400000], pa.date64()),
        "duration": fill([0, 5, -5, 2**62], pa.duration("ms")),
        "words": fill(["x", "", "y" * 20], pa.string()).dictionary_encode(),
        "numbers": fill([7, -7], pa.int64()).dictionary_encode(),
        "null": pa.nulls(n),
    }
    for unit in NS:
        columns["t" + unit] = fill(times, pa.timestamp(unit))
        columns["z" + unit] = fill(times, pa.timestamp(unit, "America/New_York"))
    return pa.table(columns)


def write(path, t, stream, rows, **options):
    new = ipc.new_stream if stream else ipc.new_file
    with new(path, t.schema, options=ipc.IpcWriteOptions(**options)) as w:
        for batch in t.to_batches(max_chunksize=rows):
            w.write_batch(batch)


def deltas(path):
    """A dictionary that grows, and is replaced."""
    kind = pa.dictionary(pa.int8(), pa.string())
    words = [["a", "b"], ["a", "b", "c"], ["z"], ["z", "y"]]
    options = ipc.IpcWriteOptions(emit_dictionary_deltas=True)
    want = []
    with ipc.new_stream(path, pa.schema([("w", kind)]), options=options) as w:
        for w_ in words:
            index = list(range(len(w_))) * 2 + [None]
            column = pa.DictionaryArray.from_arrays(pa.array(index, pa.int8()), w_)
            w.write_batch(pa.record_batch([column], ["w"]))
            want += ["" if i is None else w_[i] for i in index]
    made = run(path, MAPPING.format(1))
    if made != want:
        sys.exit(f"{path}: {made}, not {want}")
    return len(want)


def made(folder):
    os.chdir(folder)
    values = files = 0
    whole = table(100)
    for n, t in ((0, whole.slice(0, 0)), (1, whole.slice(3, 1)), (93, whole.slice(7))):
        for codec in (None, "lz4", "zstd"):
            for stream in (False, True):
                path = f"{n}-{codec}-{stream}.arrow"
                legacy = codec is None and n == 93 and stream
                options = {"compression": codec}
                if legacy:
                    options["use_legacy_format"] = True
                write(path, t, stream, 40, **options)
                v, refused = compare(path)
                if refused:
                    sys.exit(f"{path}: {refused} columns refused")
                values += v
                files += 1
    write("v4.arrow", whole, True, 33, metadata_version=ipc.MetadataVersion.V4)
    values += compare("v4.arrow")[0] + deltas("deltas.arrow")
    feather.write_feather(whole, "x.feather")
    values += compare("x.feather")[0]
    print(f"{files + 3} files, {values} values equal")


def others(folder):
    """What polars writes: views, categories, batches of its own."""
    import polars as pl

    os.chdir(folder)
    whole = table(1000)
    known = ["i8", "u64", "f32", "f64", "bool", "utf8", "bin", "d128", "date32", "null"]
    frame = pl.from_arrow(whole.select(known + ["zns", "tus", "duration", "words"]))
    frame = pl.concat([frame, frame.head(7)], rechunk=False)
    values = files = 0
    for codec in ("uncompressed", "lz4", "zstd"):
        for level in (pl.CompatLevel.newest(), pl.CompatLevel.oldest()):
            for write_ in (frame.write_ipc, frame.write_ipc_stream):
                path = f"polars-{files}.arrow"
                rows = {"record_batch_size": 300} if "stream" not in write_.__name__ else {}
                write_(path, compression=codec, compat_level=level, **rows)
                v, refused = compare(path)
                if refused:
                    sys.exit(f"{path}: {refused} columns refused")
                values += v
                files += 1
    print(f"{files} files, {values} values equal")


def main():
    if sys.argv[1] == "made":
        made(sys.argv[2])
    elif sys.argv[1] == "others":
        others(sys.argv[2])
    else:
        integration(sys.argv[2])


main()
