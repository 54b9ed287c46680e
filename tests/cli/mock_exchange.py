#!/usr/bin/env python3
"""A mock exchange: WebSocket (RFC 6455) and HTTP on one loopback port.

    mock_exchange.py DIR SCRIPT [CERTIFICATE KEY]

Writes its port to DIR/port once it listens, and what clients send to DIR/log.
The script says, block by block, what becomes of the WebSocket connections in
their order, and what HTTP requests are answered, in theirs:

    connection          accept it, then do the lines that follow, in order:
      expect N            wait for N messages of text
      send TEXT           a message
      file NAME FROM TO   lines FROM to TO of a file, a message each
      split N TEXT        a message in frames of N bytes of payload
      long N              a message of N bytes: {"x":"aaa..."}
      binary HEX          a binary message
      bytes N             a binary message of N bytes
      raw HEX             these bytes, whatever they are
      ping TEXT           and wait for the pong
      await NAME          wait until the file DIR/NAME exists
      stall               say nothing until the client goes away
      drop                reset the connection
      close CODE          the closing handshake
    ignore              accept it, but never answer the handshake
    refuse STATUS       answer the handshake with this HTTP status
    http STATUS [HEADER: VALUE] [@NAME | TEXT]

After the last line of a block the connection is dropped; a client that comes
when no block is left is refused with 503, and a request with 404.
"""
import base64
import hashlib
import os
import socket
import ssl
import struct
import sys
import threading
import time

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def read_script(path):
    blocks, answers = [], []
    with open(path, encoding="utf-8") as script:
        for line in script:
            words = line.split()
            if not words:
                continue
            if words[0] == "connection":
                blocks.append([])
            elif words[0] == "ignore":
                blocks.append("ignore")
            elif words[0] == "refuse":
                blocks.append(int(words[1]))
            elif words[0] == "http":
                answers.append(line.strip().split(" ", 2)[1:])
            else:
                blocks[-1].append(line.strip())
    return blocks, answers


def frame(opcode, payload, final=True):
    head = bytes([opcode | (0x80 if final else 0)])
    n = len(payload)
    if n < 126:
        head += bytes([n])
    elif n < 65536:
        head += bytes([126]) + struct.pack(">H", n)
    else:
        head += bytes([127]) + struct.pack(">Q", n)
    return head + payload


class Gone(Exception):
    pass


class Client:
    def __init__(self, mock, sock):
        self.mock, self.sock, self.buffer = mock, sock, b""

    def take(self, n):
        while len(self.buffer) < n:
            try:
                data = self.sock.recv(65536)
            except OSError as e:
                raise Gone from e
            if not data:
                raise Gone
            self.buffer += data
        out, self.buffer = self.buffer[:n], self.buffer[n:]
        return out

    def head(self):
        while b"\r\n\r\n" not in self.buffer:
            self.buffer = self.take(len(self.buffer) + 1) + self.buffer
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        first, *rest = head.decode().split("\r\n")
        fields = (line.split(":", 1) for line in rest)
        return first, {k.strip().lower(): v.strip() for k, v in fields}

    def send(self, data):
        try:
            self.sock.sendall(data)
        except OSError as e:
            raise Gone from e

    def receive(self):
        """The next frame; a client's is masked."""
        first, second = self.take(2)
        n = second & 0x7F
        if n == 126:
            n = struct.unpack(">H", self.take(2))[0]
        elif n == 127:
            n = struct.unpack(">Q", self.take(8))[0]
        assert second & 0x80, "a client must mask"
        mask, payload = self.take(4), self.take(n)
        payload = bytes(b ^ mask[i % 4] for i, b in enumerate(payload))
        opcode = first & 15
        if opcode == TEXT:
            self.mock.log("text " + payload.decode())
        elif opcode == PING:
            self.mock.log("ping")
            self.send(frame(PONG, payload))
        elif opcode == PONG:
            self.mock.log("pong " + payload.decode())
        elif opcode == CLOSE:
            self.mock.log("close")
            raise Gone
        return opcode

    def until(self, opcode):
        while self.receive() != opcode:
            pass

    def reset(self):
        self.sock.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise Gone

    def act(self, line):
        word, _, rest = line.partition(" ")
        if word == "expect":
            for _ in range(int(rest)):
                self.until(TEXT)
        elif word == "send":
            self.send(frame(TEXT, rest.encode()))
        elif word == "file":
            name, start, end = rest.split()
            with open(name, "rb") as file:
                lines = file.read().split(b"\n")[int(start) - 1:int(end)]
            for text in lines:
                self.send(frame(TEXT, text))
        elif word == "split":
            n, text = rest.split(" ", 1)
            n, text = int(n), text.encode()
            for at in range(0, len(text), n):
                self.send(frame(TEXT if at == 0 else 0, text[at:at + n],
                                at + n >= len(text)))
                time.sleep(0.01)
        elif word == "long":
            n = int(rest) - len('{"x":""}')
            self.send(frame(TEXT, b'{"x":"' + b"a" * n + b'"}'))
        elif word == "binary":
            self.send(frame(BINARY, bytes.fromhex(rest)))
        elif word == "bytes":
            self.send(frame(BINARY, b"\xaa" * int(rest)))
        elif word == "raw":
            self.send(bytes.fromhex(rest))
        elif word == "ping":
            self.send(frame(PING, rest.encode()))
            self.until(PONG)
        elif word == "await":
            while not os.path.exists(os.path.join(self.mock.dir, rest)):
                time.sleep(0.01)
        elif word == "stall":
            while True:
                self.receive()
        elif word == "drop":
            self.reset()
        elif word == "close":
            self.send(frame(CLOSE, struct.pack(">H", int(rest)) + b"bye"))
            self.until(CLOSE)
        else:
            raise ValueError(line)

    def answer(self, status, head=(), body=b""):
        lines = [f"HTTP/1.1 {status} mock", f"Content-Length: {len(body)}",
                 "Connection: close", *head]
        self.send("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    def websocket(self, key, block):
        self.mock.log("handshake")
        if block == "ignore":
            self.take(1)
        if isinstance(block, int):
            self.answer(block)
            return
        accept = base64.b64encode(
            hashlib.sha1(key.encode() + GUID).digest()).decode()
        self.send(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                   "Connection: Upgrade\r\n"
                   f"Sec-WebSocket-Accept: {accept}\r\n\r\n").encode())
        for line in block:
            self.act(line)
        self.reset()

    def http(self, path, answer):
        self.mock.log("get " + path)
        status, *rest = answer
        rest, head = "".join(rest), []
        name, colon, _ = rest.partition(": ")
        if colon and name.replace("-", "").isalpha():
            field, _, rest = rest.partition(" @")
            head, rest = [field], "@" + rest if rest else ""
        if rest.startswith("@"):
            with open(rest[1:], "rb") as file:
                body = file.read()
        else:
            body = rest.encode()
        self.answer(int(status), head, body)

    def serve(self):
        try:
            first, fields = self.head()
            with self.mock.lock:
                if "sec-websocket-key" in fields:
                    todo = self.mock.next(self.mock.blocks, 503)
                else:
                    todo = self.mock.next(self.mock.answers, ["404"])
            if "sec-websocket-key" in fields:
                self.websocket(fields["sec-websocket-key"], todo)
            else:
                self.http(first.split()[1], todo)
        except Gone:
            pass
        finally:
            self.sock.close()


class Mock:
    def __init__(self, directory, script, tls):
        self.dir, self.lock = directory, threading.Lock()
        self.blocks, self.answers = read_script(script)
        self.file = open(os.path.join(directory, "log"), "a",
                         encoding="utf-8", buffering=1)
        self.tls = None
        if tls:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(*tls)

    @staticmethod
    def next(items, default):
        return items.pop(0) if items else default

    def log(self, text):
        self.file.write(text + "\n")

    def client(self, sock):
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.tls:
                sock = self.tls.wrap_socket(sock, server_side=True)
        except OSError:
            self.log("no tls")
            sock.close()
            return
        Client(self, sock).serve()

    def run(self):
        listener = socket.create_server(("127.0.0.1", 0))
        port = os.path.join(self.dir, "port")
        with open(port + ".new", "w", encoding="ascii") as file:
            file.write(f"{listener.getsockname()[1]}\n")
        os.rename(port + ".new", port)
        while True:
            sock, _ = listener.accept()
            threading.Thread(
                target=self.client, args=(sock,), daemon=True).start()


if __name__ == "__main__":
    Mock(sys.argv[1], sys.argv[2], sys.argv[3:5]).run()
