#!/usr/bin/env python3
"""Makes what rp-import is to read of NASDAQ TotalView-ITCH 5.0.

itch.py each
    A message of every type, with a value in every field, on stdout, each
    behind its length.
itch.py random SEED N
    N messages of all types, whose orders mostly make sense.
itch.py zero <FILE
    The same messages behind lengths of zero.
itch.py pcap [OPTION ...] <FILE
    The messages as a capture of MoldUDP64 datagrams:
      --ng --swap --nano     pcapng; the other byte order; a clock of ns
      --link KIND            eth (default), vlan, qinq, sll, sll2, raw, null
      --ip6 --extend         IPv6; with extension headers
      --to GROUP:PORT        (default 233.54.12.111:26477)
      --session NAME --first N  and its first sequence number (default 1)
      --start SECONDS        of the first datagram (default 1580394600);
      --step NS              another one each (default 1000)
      --per N                messages a datagram (default 3)
      --drop I[,J]           leave datagrams out, counted from 0
      --twice I[,J]          send them twice
      --late I:K[,J:K]       send them K datagrams later
      --fragment I, --cut I, --spoil I, --other I
                             as an IP fragment; half captured; with bytes
                             that are no MoldUDP64; behind a DNS packet
      --beat, --end          heartbeats in between; the end of the session
"""

import argparse
import ipaddress
import random
import struct
import sys

STOCKS = ["AAPL", "BRK.A", "ZVZZT", "QQQ", "SPY", "TSLA", "X", "GOOGL"]


def text(s, n):
    return s.encode().ljust(n)


class Market:
    """Messages with a clock, and the orders that are open."""

    def __init__(self, seed=1):
        self.rng = random.Random(seed)
        self.time = 4 * 3600 * 10**9
        self.orders = {}
        self.number = 100
        self.match = 7000

    def head(self, kind, locate=0, tracking=0):
        self.time += self.rng.randrange(1, 10**6)
        return kind.encode() + struct.pack(">HH", locate, tracking) + \
            self.time.to_bytes(6, "big")

    def stock(self, locate):
        return text(STOCKS[locate - 1], 8)

    def letters(self, choices, n=1):
        return "".join(self.rng.choice(choices) for _ in range(n)).encode()

    def price(self):
        return self.rng.randrange(1, 2 * 10**9)

    # each of them: a message for an instrument

    def S(self, locate, tracking):
        return self.head("S", 0, tracking) + self.letters("SQMEC")

    def R(self, locate, tracking):
        r = self.rng
        return self.head("R", locate, tracking) + self.stock(locate) + \
            self.letters("QGSNAPZV ") + self.letters("DEQSGHJKCN ") + \
            struct.pack(">I", r.choice((1, 10, 100))) + self.letters("YN") + \
            self.letters("ACOPQRSTUVW") + self.letters("ABCZ ", 2) + \
            self.letters("PT") + self.letters("YN ") + self.letters("YN ") + \
            self.letters("12 ") + self.letters("YN ") + \
            struct.pack(">I", r.randrange(4)) + self.letters("YN")

    def H(self, locate, tracking):
        reason = self.rng.choice(
            "T1 T2 T3 T5 T6 T7 T8 T12 H4 H9 H10 H11 O1 IPO1 IPOQ IPOE LUDP "
            "LUDS M1 M2 MWC0 MWC1 MWC2 MWC3 MWCQ R1 R2 R4 R9 C3 C4 C9 C11 "
            "ZZ9".split() + [""])
        return self.head("H", locate, tracking) + self.stock(locate) + \
            self.letters("HPQT") + b" " + text(reason, 4)

    def Y(self, locate, tracking):
        return self.head("Y", locate, tracking) + self.stock(locate) + \
            self.letters("012")

    def L(self, locate, tracking):
        return self.head("L", locate, tracking) + b"GSCO" + \
            self.stock(locate) + self.letters("YN") + \
            self.letters("NPSRL") + self.letters("AEWSD")

    def V(self, locate, tracking):
        return self.head("V", 0, tracking) + \
            struct.pack(">QQQ", *(self.rng.randrange(2**60)
                                  for _ in range(3)))

    def W(self, locate, tracking):
        return self.head("W", 0, tracking) + self.letters("123")

    def K(self, locate, tracking):
        return self.head("K", locate, tracking) + self.stock(locate) + \
            struct.pack(">I", self.rng.randrange(86400)) + \
            self.letters("AC") + struct.pack(">I", self.price())

    def J(self, locate, tracking):
        return self.head("J", locate, tracking) + self.stock(locate) + \
            struct.pack(">IIII", self.price(), self.price(), self.price(), 2)

    def h(self, locate, tracking):
        return self.head("h", locate, tracking) + self.stock(locate) + \
            self.letters("QBX") + self.letters("HT")

    def add(self, kind, locate, tracking):
        number, shares = self.number, self.rng.randrange(1, 10000)
        self.number += self.rng.randrange(1, 5)
        self.orders[number] = [locate, shares]
        return self.head(kind, locate, tracking) + \
            struct.pack(">Q", number) + self.letters("BS") + \
            struct.pack(">I", shares) + self.stock(locate) + \
            struct.pack(">I", self.price())

    def A(self, locate, tracking):
        return self.add("A", locate, tracking)

    def F(self, locate, tracking):
        return self.add("F", locate, tracking) + \
            self.rng.choice((b"VIRT", b"NITE", b"AB  "))

    def any_order(self, locate):
        """Number, instrument and shares of an order, rarely an unknown one."""
        if not self.orders or self.rng.random() < 0.02:
            return 10**15 + self.rng.randrange(1000), locate, 100
        number = self.rng.choice(list(self.orders)[-50:])
        return number, *self.orders[number]

    def take(self, number, shares):
        if number not in self.orders:
            return
        self.orders[number][1] -= shares
        if self.orders[number][1] <= 0:
            del self.orders[number]

    def some(self, shares):
        """Of an order: a part, all, or rarely more than it has."""
        if self.rng.random() < 0.01:
            return shares + 1
        return self.rng.randrange(1, shares + 1)

    def execution(self, kind, locate, tracking):
        number, locate, shares = self.any_order(locate)
        shares = self.some(shares)
        self.take(number, shares)
        self.match += 1
        return self.head(kind, locate, tracking) + \
            struct.pack(">QIQ", number, shares, self.match)

    def E(self, locate, tracking):
        return self.execution("E", locate, tracking)

    def C(self, locate, tracking):
        return self.execution("C", locate, tracking) + \
            self.letters("YN") + struct.pack(">I", self.price())

    def X(self, locate, tracking):
        number, locate, shares = self.any_order(locate)
        shares = self.some(shares)
        self.take(number, shares)
        return self.head("X", locate, tracking) + \
            struct.pack(">QI", number, shares)

    def D(self, locate, tracking):
        number, locate, _ = self.any_order(locate)
        self.orders.pop(number, None)
        return self.head("D", locate, tracking) + struct.pack(">Q", number)

    def U(self, locate, tracking):
        number, locate, _ = self.any_order(locate)
        self.orders.pop(number, None)
        new, shares = self.number, self.rng.randrange(1, 10000)
        self.number += 1
        self.orders[new] = [locate, shares]
        return self.head("U", locate, tracking) + \
            struct.pack(">QQII", number, new, shares, self.price())

    def P(self, locate, tracking):
        self.match += 1
        return self.head("P", locate, tracking) + \
            struct.pack(">Q", self.rng.choice((0, 77))) + \
            self.letters("BS") + \
            struct.pack(">I", self.rng.randrange(1, 10**6)) + \
            self.stock(locate) + struct.pack(">IQ", self.price(), self.match)

    def Q(self, locate, tracking):
        self.match += 1
        return self.head("Q", locate, tracking) + \
            struct.pack(">Q", self.rng.choice((0, 2**40 + 1, 500))) + \
            self.stock(locate) + \
            struct.pack(">IQ", self.price(), self.match) + self.letters("OCHI")

    def B(self, locate, tracking):
        return self.head("B", locate, tracking) + \
            struct.pack(">Q", self.rng.randrange(7000, self.match + 1))

    def I(self, locate, tracking):
        return self.head("I", locate, tracking) + \
            struct.pack(">QQ", self.rng.randrange(10**6), 2**32 - 2) + \
            self.letters("BSNOP") + self.stock(locate) + \
            struct.pack(">III", self.price(), 0, self.price()) + \
            self.letters("OCHA") + self.letters("L123456789ABC ")

    def N(self, locate, tracking):
        return self.head("N", locate, tracking) + self.stock(locate) + \
            self.letters("BSAN")

    def O(self, locate, tracking):
        return self.head("O", locate, tracking) + self.stock(locate) + \
            self.letters("YN") + \
            struct.pack(">IIIQII", self.price(), self.price(), self.price(),
                        self.time, self.price(), self.price())


ALL = "SRHYLVWKJhAFECXDUPQBINO"
FREQUENT = "A" * 40 + "F" * 4 + "E" * 8 + "C" * 2 + "X" * 5 + "D" * 20 + \
    "U" * 10 + "P" * 3


def each():
    """One of every type: of orders that are open, whole and in part."""
    m = Market(5)
    for kind in "SRHYLVWKJhAFAAAEXCUDPQBINO":
        yield getattr(m, kind)(2, 0x1234)


def randomly(seed, n):
    m = Market(seed)
    yield m.head("S") + b"O"
    for locate in range(1, len(STOCKS) + 1):
        yield m.R(locate, 0)
    for _ in range(n - 1 - len(STOCKS)):
        kind = m.rng.choice(ALL if m.rng.random() < 0.2 else FREQUENT)
        yield getattr(m, kind)(m.rng.randrange(1, len(STOCKS) + 1),
                               m.rng.choice((0, 0, 0, 2, 65535)))


def framed(messages):
    return b"".join(len(m).to_bytes(2, "big") + m for m in messages)


def split(data):
    """The messages of a file whose lengths are told."""
    at = 0
    while at < len(data):
        n = int.from_bytes(data[at:at + 2], "big")
        yield data[at + 2:at + 2 + n]
        at += 2 + n


# ---- captures ----

def ip_packet(o, payload, port, fragment=False):
    udp = struct.pack(">HHHH", 1234, port, 8 + len(payload), 0) + payload
    if not o.ip6:
        flags = 0x2000 if fragment else 0x4000
        return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 1, flags, 16,
                           17, 0) + ipaddress.IPv4Address(
            "206.200.0.1").packed + o.group.packed + udp
    first = 17
    if fragment:
        udp, first = struct.pack(">BBHI", 17, 0, 1, 9) + udp, 44
    if o.extend:
        udp, first = struct.pack(">BBHI", first, 0, 0, 0) + udp, 60
        udp, first = struct.pack(">BB", first, 1) + bytes(14) + udp, 0
    return struct.pack(">IHBB", 6 << 28, len(udp), first, 16) + \
        ipaddress.IPv6Address("fe80::1").packed + o.group.packed + udp


LINKS = {"null": 0, "eth": 1, "vlan": 1, "qinq": 1, "raw": 101, "sll": 113,
         "sll2": 276}


def link_packet(o, ip):
    kind = b"\x86\xdd" if o.ip6 else b"\x08\x00"
    if o.link == "null":
        return struct.pack("<I", 24 if o.ip6 else 2) + ip
    if o.link == "raw":
        return ip
    if o.link == "sll":
        return struct.pack(">HHHQ", 2, 1, 6, 0) + kind + ip
    if o.link == "sll2":
        return kind + struct.pack(">HIHBBQ", 0, 3, 1, 2, 6, 0) + ip
    tags = {"eth": b"", "vlan": b"\x81\x00\x00\x05",
            "qinq": b"\x88\xa8\x00\x07\x81\x00\x00\x05"}[o.link]
    # a frame of Ethernet has 60 bytes at least
    return (b"\x01\x00\x5e\x36\x0c\x6f" + b"\x02" * 6 + tags + kind +
            ip).ljust(60, b"\0")


def file_header(o):
    e = ">" if o.swap else "<"
    if not o.ng:
        magic = 0xA1B23C4D if o.nano else 0xA1B2C3D4
        return struct.pack(e + "IHHiIII", magic, 2, 4, 0, 0, 65535,
                           LINKS[o.link])
    options = b"" if not o.nano else \
        struct.pack(e + "HHB3xHH", 9, 1, 9, 0, 0)
    return block(o, 0x0A0D0D0A, struct.pack(e + "IHHq", 0x1A2B3C4D, 1, 0,
                                            -1)) + \
        block(o, 4, b"\1\2\3\4") + \
        block(o, 1, struct.pack(e + "HHI", LINKS[o.link], 0, 0) + options)


def block(o, kind, body):
    e = ">" if o.swap else "<"
    body += bytes(-len(body) % 4)
    n = struct.pack(e + "I", len(body) + 12)
    return struct.pack(e + "I", kind) + n + body + n


def record(o, ns, packet, cut=False):
    e = ">" if o.swap else "<"
    kept = packet[:len(packet) // 2] if cut else packet
    unit = 1 if o.nano else 1000
    if not o.ng:
        return struct.pack(e + "IIII", ns // 10**9, ns % 10**9 // unit,
                           len(kept), len(packet)) + kept
    ticks = ns // unit
    return block(o, 6, struct.pack(e + "IIIII", 0, ticks >> 32,
                                   ticks & 0xFFFFFFFF, len(kept),
                                   len(packet)) + kept)


def datagrams(o, messages):
    """(number, payload) of each datagram, in the order of sending."""
    out = []
    sequence = o.first
    head = text(o.session, 10)
    for i in range(0, len(messages), o.per):
        part = messages[i:i + o.per]
        payload = head + struct.pack(">QH", sequence, len(part)) + \
            framed(part)
        sequence += len(part)
        out.append((i // o.per, payload))
        if o.beat:
            out.append((None, head + struct.pack(">QH", sequence, 0)))
    if o.end:
        out.append((None, head + struct.pack(">QH", sequence, 0xFFFF)))
    out = [d for d in out if d[0] not in o.drop]
    for number, by in o.late.items():
        at = [d[0] for d in out].index(number)
        out.insert(at + by, out.pop(at))
    return [d for d in out for _ in range(1 + (d[0] in o.twice))]


def capture(o, messages):
    out = [file_header(o)]
    ns = o.start
    for number, payload in datagrams(o, messages):
        if number in o.other:
            out.append(record(o, ns, link_packet(
                o, ip_packet(o, b"\xab\xcd\1\0\0\1" + bytes(30), 53))))
            out.append(record(o, ns, b"\1\2\3"))
        if number in o.spoil:
            payload = payload[:-1]
        packet = link_packet(o, ip_packet(o, payload, o.port,
                                          number in o.fragment))
        out.append(record(o, ns, packet, number in o.cut))
        ns += o.step
    return b"".join(out)


def numbers(s):
    return {int(n) for n in s.split(",") if n != ""}


def options(args):
    p = argparse.ArgumentParser()
    for flag in ("ng", "swap", "nano", "ip6", "extend", "beat", "end"):
        p.add_argument("--" + flag, action="store_true")
    for name in ("drop", "twice", "fragment", "cut", "spoil", "other"):
        p.add_argument("--" + name, type=numbers, default=set())
    p.add_argument("--late", default="")
    p.add_argument("--link", choices=sorted(LINKS), default="eth")
    p.add_argument("--to")
    p.add_argument("--session", default="000012345A")
    p.add_argument("--first", type=int, default=1)
    p.add_argument("--start", type=float, default=1580394600)
    p.add_argument("--step", type=int, default=1000)
    p.add_argument("--per", type=int, default=3)
    o = p.parse_args(args)
    o.late = dict(tuple(int(n) for n in s.split(":"))
                  for s in o.late.split(",") if s != "")
    to = o.to or ("[ff15::6f]:26477" if o.ip6 else "233.54.12.111:26477")
    group, port = to.rsplit(":", 1)
    o.group, o.port = ipaddress.ip_address(group.strip("[]")), int(port)
    o.start = int(o.start * 10**9)
    return o


def main(args):
    out = sys.stdout.buffer
    if args[0] == "each":
        out.write(framed(each()))
    elif args[0] == "random":
        out.write(framed(randomly(int(args[1]), int(args[2]))))
    elif args[0] == "zero":
        out.write(b"".join(b"\0\0" + m
                           for m in split(sys.stdin.buffer.read())))
    elif args[0] == "pcap":
        out.write(capture(options(args[1:]),
                          list(split(sys.stdin.buffer.read()))))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
