#!/usr/bin/env python3
"""What rp-compile did, held against what was asked: compile_check.py [-a | -l] DIR

The queue is in the Redis at ./sock, DIR has the objects. Whenever it is asked,

 - a job is in one object at most, whose key has the id of its first job,
 - what is acknowledged is in an object, or is a dead letter,
 - what is known to be done is in the object that it says.

-a: besides, all jobs are acknowledged, and nothing else is left in Redis. Says
how many jobs there are (by id), acknowledged entries, objects, dead letters.
-l: only says the ids that are in objects.
"""

import pathlib
import re
import socket
import subprocess
import sys

from arrow_check import BATCH, SCHEMA, Batch, Field, messages, need


class Redis:
    def __init__(self, path):
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(20)
        s.connect(path)
        self.f = s.makefile("rwb")

    def __call__(self, *words):
        self.f.write(b"*%d\r\n" % len(words))
        for w in words:
            w = w if isinstance(w, bytes) else str(w).encode()
            self.f.write(b"$%d\r\n%b\r\n" % (len(w), w))
        self.f.flush()
        return self.read()

    def read(self):
        kind, line = self.f.read(1), self.f.readline()[:-2]
        if kind == b"$":
            return None if line == b"-1" else self.f.read(int(line) + 2)[:-2]
        if kind == b"*":
            return [self.read() for _ in range(max(int(line), 0))]
        if kind == b"-":
            return []
        return int(line) if kind == b":" else line


def ids_of(b):
    """The column of an object's only batch, if its name is id; or None."""
    found = None
    for at, size, table, length in messages(b, 8):
        header = table.table(2)
        if table.number(1, "B") == SCHEMA:
            fields = [Field(t) for t in header.tables(1)]
            named = [(f.name, f.type, f.nullable) for f in fields]
            if named != [("id", "binary", False)]:
                return None
            messages.end = at + size + 8
        elif table.number(1, "B") == BATCH:
            need(found is None, "two batches of ids")
            batch = Batch(header, length, None)
            places = [at + size + offset for offset, _ in batch.buffers]
            ends = memoryview(b)[places[1] :][: 4 * (batch.rows + 1)].cast("i")
            values = b[places[2] :]
            found = [values[i:j] for i, j in zip(ends, ends[1:])]
    return found


def read_objects(top):
    """Keys, and the ids of each."""
    objects = {}
    for path in sorted(pathlib.Path(top).rglob("*")):
        if not path.is_file():
            continue
        key = str(path.relative_to(top))
        found = re.fullmatch(r"(?:.*/)?replay-deltas/([^/]+)/\d+-\d{9}\.arrow", key)
        if found is None:
            need(path.name.startswith(".rp-upload-"), f"{key} is no key")
            continue  # not finished when it was killed
        b = path.read_bytes()
        if b.startswith(b"\x28\xb5\x2f\xfd"):
            b = subprocess.run(
                ["zstd", "-dcq", path], check=True, capture_output=True
            ).stdout
        first = found[1].encode()
        objects[key] = ids_of(b) or [first]
        need(objects[key][0] == first, f"{key} begins with {objects[key][0]}")
    return objects


def place(entry):
    return tuple(int(n) for n in entry.split(b"-"))


def id_of(payload):
    need(payload[:1] == b"\n" and payload[1] < 128, "a payload")
    return payload[2 : 2 + payload[1]]


def queue_state(redis):
    """The ids of all entries, and of those that are acknowledged."""
    all_ids, acknowledged = [], []
    groups = redis("XINFO", "GROUPS", "jobs")
    last = dict(zip(groups[0][::2], groups[0][1::2])) if groups else {}
    last = place(last.get(b"last-delivered-id", b"0-0"))
    pending = redis("XPENDING", "jobs", "compilers", "-", "+", 1000000)
    pending = {p[0] for p in pending}
    for entry, fields in redis("XRANGE", "jobs", "-", "+"):
        all_ids.append(id_of(fields[1]))
        if place(entry) <= last and entry not in pending:
            acknowledged.append(id_of(fields[1]))
    return all_ids, acknowledged


def dead_letters(redis):
    for _, fields in redis("XRANGE", "dlq:compiler", "-", "+"):
        yield dict(zip(fields[::2], fields[1::2])).get(b"job_id")


def main(top, all_of_them):
    redis = Redis("sock")
    # what is done by then is in the store by now
    all_ids, acknowledged = queue_state(redis)
    keys = redis("KEYS", "processed:jobs:*")
    done = dict(zip((k[15:] for k in keys), redis("MGET", *keys)))
    dead = set(dead_letters(redis))
    objects = read_objects(top)
    where = {}
    for key, ids in objects.items():
        for one in ids:
            need(one not in where, f"{one} is in {where.get(one)} and in {key}")
            where[one] = key
    for one in acknowledged:
        need(one in where or one in dead, f"{one} is acknowledged, and nowhere")
    for one, says in done.items():
        key = where.get(one)
        need(key and says.decode().endswith("/" + key), f"{one}: {says}, not {key}")
    if all_of_them:
        need(len(acknowledged) == len(all_ids), f"{len(acknowledged)} acknowledged")
        need(set(where) | dead == set(all_ids), "objects of no job")
        for kind in ("lease", "window", "member", "history"):
            left = redis("KEYS", kind + ":*")
            need(not left, f"left: {left[:3]}")
    print(
        f"{len(set(all_ids))} jobs, {len(acknowledged)} acknowledged, "
        f"{len(objects)} objects, {len(dead)} dead"
    )


if "-l" in sys.argv[1:-1]:
    for ids in read_objects(sys.argv[-1]).values():
        print(*(i.decode() for i in ids), sep="\n")
else:
    main(sys.argv[-1], "-a" in sys.argv[1:-1])
