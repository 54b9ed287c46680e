"""compile.py DIR EXPECTED: the objects in DIR are as the source system has them,
read by zstandard and pyarrow.

Those of ids are Arrow files of one batch, with one column "id", binary and not
null; that of a slice is equal to the Arrow file EXPECTED. Prints the ids."""
import io
import pathlib
import sys

import pyarrow as pa
import zstandard

IDS = pa.schema([pa.field("id", pa.binary(), nullable=False)])


def read(path):
    packed = io.BytesIO(path.read_bytes())
    text = zstandard.ZstdDecompressor().stream_reader(packed).read()
    return pa.ipc.open_file(pa.BufferReader(text))


top, expected = sys.argv[1:]
slices = 0
for path in sorted(pathlib.Path(top).rglob("*.arrow")):
    file = read(path)
    if file.schema.names != ["id"]:
        assert file.read_all() == pa.ipc.open_file(expected).read_all(), path
        slices += 1
        print(path.parent.name)
        continue
    assert file.schema.equals(IDS) and file.num_record_batches == 1, path
    ids = file.read_all()["id"].to_pylist()
    assert ids[0].decode() == path.parent.name, path
    print(*(i.decode() for i in ids), sep="\n")
assert slices > 0
