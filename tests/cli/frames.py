"""frames.py offsets FILE: the byte offsets of a stream's frames, and its size.
frames.py cut FILE DIR STEP: its first N bytes as DIR/N, for each N below its
size that is a multiple of STEP or begins or follows a frame.
frames.py flip FILE DIR STEP: the file as DIR/N with a bit of byte N inverted."""
import struct
import sys


def offsets(data):
    at = 0
    while at < len(data):
        yield at
        dir_len, body_len = struct.unpack_from("<II", data, at + 12)
        at += data[at + 7] * 8 + dir_len + (body_len + 7) // 8 * 8


def write(folder, n, data):
    with open(f"{folder}/{n}", "wb") as f:
        f.write(data)


def main():
    what, path = sys.argv[1:3]
    with open(path, "rb") as f:
        data = f.read()
    bounds = list(offsets(data))
    if what == "offsets":
        print(*bounds, len(data))
        return
    folder, step = sys.argv[3], int(sys.argv[4])
    near = {at + d for at in bounds for d in (-1, 0, 1, 95, 96, 97)}
    for n in range(len(data)):
        if n % step and n not in near:
            continue
        if what == "cut":
            write(folder, n, data[:n])
        else:
            write(folder, n, data[:n] + bytes([data[n] ^ 0x10]) + data[n + 1:])


main()
