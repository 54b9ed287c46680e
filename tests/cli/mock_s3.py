"""mock_s3.py DIR [CERT KEY] : S3 as rp-upload needs it, and its misfortunes.

Listens on a free port of loopback, which it writes to DIR/port; objects are
in memory. Every request that is signed is checked against the keys: AKID /
SECRET, or ASIA / TEMPORARY with the token TOKEN. DIR/log has a line a request:
its operation and the status.

    PUT /_fault  "OPERATION KIND N [SKIP]": the next N such requests, after SKIP
                 of them, meet that; "clear": none any more
    PUT /_crc on: parts have a CRC-32C from now on, and small ones are checked;
                  "off": they have not
    PUT, DELETE /_object/BUCKET/KEY: without a signature
    GET /_keys/bkt/PREFIX, /_object/BUCKET/KEY, /_etag/BUCKET/KEY,
        /_meta/BUCKET/KEY, /_uploads

Operations: put create part complete abort head list uploads delete get sts role
creds token container. Kinds: 500 503 501 403 404 400expired reset lost hang etag
ignore error200 garbage huge noetag crc (of a part: another) kms (ETags are no
sums; parts want their MD5). Of a get also 412, etag (of another object), whole
(Range is not kept to), shift (to another place), short, cut (inside).

/latest/..., /container and POST / are an instance's, a container's and STS's
endpoint.
"""
import base64
import hashlib
import hmac
import json
import os
import re
import socket
import ssl
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.sax.saxutils import escape

KEYS = {"AKID": ("SECRET", None), "ASIA": ("TEMPORARY", "TOKEN")}
lock = threading.Lock()
objects, etags, meta, uploads, crcs, faults = {}, {}, {}, {}, {}, []
state = {"next": 1, "crc": False}


def etag(data):
    return hashlib.md5(data).hexdigest()


def crc_table():
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        yield byte


TABLE = list(crc_table())


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    return base64.b64encode((crc ^ 0xFFFFFFFF).to_bytes(4, "big")).decode()


def sign(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def quote(text, safe="-._~"):
    return urllib.parse.quote(text, safe=safe)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *args):
        pass

    # ---- Signature V4, by its specification ----

    def signature_fault(self):
        auth = self.headers.get("Authorization", "")
        if not auth.startswith("AWS4-HMAC-SHA256 "):
            return "AccessDenied"
        fields = dict(f.strip().split("=", 1) for f in auth[17:].split(","))
        key, date, region, service, _ = fields["Credential"].rsplit("/", 4)
        if key not in KEYS:
            return "InvalidAccessKeyId"
        secret, token = KEYS[key]
        if self.headers.get("x-amz-security-token") != token:
            return "InvalidToken"
        path, _, query = self.path.partition("?")
        path = quote(urllib.parse.unquote(path), "/-._~")
        pairs = urllib.parse.parse_qsl(query, keep_blank_values=True)
        query = "&".join(sorted(f"{quote(k)}={quote(v)}" for k, v in pairs))
        names = fields["SignedHeaders"].split(";")
        if "host" not in names or (token and "x-amz-security-token" not in names):
            return "SignatureDoesNotMatch"
        headers = "".join(
            f"{n}:{' '.join(self.headers.get(n, '').split())}\n" for n in names
        )
        request = "\n".join(
            (self.command, path, query, headers, ";".join(names),
             self.headers.get("x-amz-content-sha256", ""))
        )
        scope = "/".join((date, region, service, "aws4_request"))
        text = "\n".join(
            ("AWS4-HMAC-SHA256", self.headers.get("x-amz-date", ""), scope,
             hashlib.sha256(request.encode()).hexdigest())
        )
        k = sign(("AWS4" + secret).encode(), date)
        for part in (region, service, "aws4_request"):
            k = sign(k, part)
        good = hmac.new(k, text.encode(), hashlib.sha256).hexdigest()
        return None if good == fields["Signature"] else "SignatureDoesNotMatch"

    # ---- answers ----

    def answer(self, status, body=b"", **headers):
        if isinstance(body, str):
            body = body.encode()
        self.note(status)
        if self.lost:
            return self.reset()
        self.send_response(status)
        if self.kind == "kms":
            self.send_header("x-amz-server-side-encryption", "aws:kms")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        if self.kind == "cut":
            self.close_connection = True

    def note(self, what):
        if self.operation != "control":
            with lock, open("log", "a") as f:
                f.write(f"{self.operation} {what}{self.bytes}\n")

    def error(self, status, code, message="mock", **headers):
        self.answer(
            status,
            f"<?xml version='1.0'?><Error><Code>{code}</Code>"
            f"<Message>{message}</Message></Error>",
            **headers,
        )

    def reset(self):
        self.close_connection = True
        self.connection.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0"
        )
        self.connection.close()

    def fault(self):
        with lock:
            for f in faults:
                if f[0] in (self.operation, "any"):
                    if f[3] > 0:
                        f[3] -= 1
                        return None
                    f[2] -= 1
                    if f[2] == 0:
                        faults.remove(f)
                    return f[1]
        return None

    def struck(self):
        """The fault of this request, met; true: that was the answer."""
        kind = self.kind = self.fault()
        self.lost = kind == "lost"
        if kind == "reset":
            self.note(kind)
            self.reset()
        elif kind == "hang":
            self.note(kind)
            time.sleep(float(os.environ.get("HANG", 20)))
            self.reset()
        elif kind == "500":
            self.error(500, "InternalError")
        elif kind == "503":
            self.error(503, "SlowDown", "reduce your rate", Retry_After="1")
        elif kind == "403":
            self.error(403, "AccessDenied", "a &lt;no&gt; \x1b")
        elif kind == "501":
            self.error(501, "NotImplemented", "a header that is not known")
        elif kind == "404":
            self.error(404, "NoSuchKey")
        elif kind == "400expired":
            self.error(400, "ExpiredToken")
        elif kind == "error200":
            self.error(200, "InternalError")
        elif kind == "garbage":
            self.answer(200, b"\0\xff<UploadId><Contents><Key>&#0;</Key>")
        elif kind == "huge":
            self.answer(200, b"x" * (9 << 20))
        else:
            return False
        return True

    # ---- requests ----

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def which(self, key, query):
        m = self.command
        if m == "PUT":
            return "part" if "partNumber" in query else "put"
        if m == "POST":
            return "create" if "uploads" in query else "complete"
        if m == "DELETE":
            return "abort" if "uploadId" in query else "delete"
        if m == "HEAD":
            return "head"
        return "uploads" if "uploads" in query else "list" if not key else "get"

    def handle_any(self):
        self.lost, self.kind, self.bytes = False, None, ""
        url = urllib.parse.urlsplit(self.path)
        path = urllib.parse.unquote(url.path)
        query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        data = self.body()
        if path.startswith("/_"):
            self.operation = "control"
            return self.control(path, data)
        if path.startswith("/latest/") or path == "/container" or (
            path == "/" and self.command == "POST"
        ):
            return self.give(path, data)
        host = self.headers.get("Host", "").split(":")[0]
        if host.endswith(".localhost"):
            path = "/" + host[: -len(".localhost")] + path
        _, bucket, key = (path + "/").split("/", 2)
        key = key[:-1]
        self.operation = self.which(key, query)
        if self.struck():
            return None
        bad = self.signature_fault()
        if bad:
            return self.error(403, bad)
        if bucket == "elsewhere":
            return self.error(301, "PermanentRedirect",
                              x_amz_bucket_region="eu-west-1")
        if bucket != "bkt":
            return self.error(404, "NoSuchBucket", "no such bucket")
        return getattr(self, "on_" + self.operation)(key, query, data)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_any

    def control(self, path, data):
        if path == "/_fault":
            words = data.decode().split()
            with lock:
                if words[0] == "clear":
                    faults.clear()
                else:
                    skip = int(words[3]) if len(words) > 3 else 0
                    faults.append([words[0], words[1], int(words[2]), skip])
            return self.answer(200)
        if path == "/_save":
            for key, text in list(objects.items()):
                file = os.path.join(data.decode(), key)
                os.makedirs(os.path.dirname(file), exist_ok=True)
                with open(file, "wb") as f:
                    f.write(text)
            return self.answer(200)
        if path == "/_crc":
            state["crc"] = data == b"on"
            return self.answer(200)
        if path == "/_uploads":
            return self.answer(200, json.dumps(list(uploads)))
        if path.startswith("/_keys/bkt/"):
            found = [k for k in objects if k.startswith(path[11:])]
            return self.answer(200, "\n".join(found))
        if path.startswith("/_etag/"):
            return self.answer(200, etags[path.split("/", 3)[3]])
        store = objects if path.startswith("/_object/") else meta
        key = path.split("/", 3)[3]
        if self.command == "PUT":
            objects[key], etags[key] = data, etag(data)
            return self.answer(200)
        if self.command == "DELETE":
            store.pop(key, None)
            return self.answer(204)
        if key not in store:
            return self.answer(404)
        found = store[key]
        return self.answer(
            200, found if store is objects else json.dumps(found)
        )

    def refused(self, key):
        return (
            self.headers.get("If-None-Match") == "*"
            and key in objects
            and self.kind != "ignore"
        )

    def keep_headers(self):
        return {
            k.lower(): v
            for k, v in self.headers.items()
            if k.lower().startswith(("content-type", "content-enc", "x-amz-meta"))
        }

    def sum_of(self, data):
        wrong = self.kind in ("etag", "kms")
        return etag(data + b"!") if wrong else etag(data)

    def bad_digest(self, data):
        md5 = self.headers.get("Content-MD5")
        if md5 is None:
            return self.operation == "put" or self.kind == "kms"
        return md5.encode() != base64.b64encode(hashlib.md5(data).digest())

    def on_put(self, key, query, data):
        if self.bad_digest(data):
            return self.error(400, "BadDigest")
        if self.refused(key):
            return self.error(412, "PreconditionFailed")
        objects[key], meta[key] = data, self.keep_headers()
        etags[key] = etag(data + b"!" if self.kind == "kms" else data)
        return self.answer(200, ETag=f'"{self.sum_of(data)}"')

    def on_create(self, key, query, data):
        with lock:
            ident = f"id/{state['next']}+="
            state["next"] += 1
        kept = {}
        if state["crc"] and self.headers.get("x-amz-checksum-algorithm") == "CRC32C":
            kept = {"x_amz_checksum_algorithm": "CRC32C"}
        uploads[ident] = (key, {}, self.keep_headers(), time.time(), bool(kept))
        return self.answer(
            200, f"<R><Key>{escape(key)}</Key><UploadId>{ident}</UploadId></R>",
            **kept
        )

    def on_part(self, key, query, data):
        if query["uploadId"] not in uploads:
            return self.error(404, "NoSuchUpload")
        if self.bad_digest(data):
            return self.error(400, "BadDigest")
        sums = {}
        if uploads[query["uploadId"]][4]:
            said = self.headers.get("x-amz-checksum-crc32c")
            if said is None or (len(data) < 1 << 20 and said != crc32c(data)):
                return self.error(400, "BadDigest")
            sums = {"x_amz_checksum_crc32c": "AAAA" if self.kind == "crc" else said}
            crcs[said] = True
        uploads[query["uploadId"]][1][int(query["partNumber"])] = data
        if self.kind == "noetag":
            return self.answer(200)
        return self.answer(200, ETag=f'"{self.sum_of(data)}"', **sums)

    def on_complete(self, key, query, data):
        upload = uploads.get(query["uploadId"])
        if upload is None:
            return self.error(404, "NoSuchUpload")
        if self.refused(key):
            return self.error(412, "PreconditionFailed")
        parts = [upload[1][n] for n in sorted(upload[1])]
        if any(len(p) < 5 << 20 for p in parts[:-1]):
            return self.error(400, "EntityTooSmall")
        for part in parts:
            known = etag(part + b"!" if self.kind == "kms" else part)
            if f"&quot;{known}&quot;".encode() not in data:
                return self.error(400, "InvalidPart")
        said = re.findall(rb"<ChecksumCRC32C>([^<]+)</ChecksumCRC32C>", data)
        if upload[4] and [s.decode() in crcs for s in said] != [True] * len(parts):
            return self.error(400, "InvalidPart")
        objects[key], meta[key] = b"".join(parts), upload[2]
        del uploads[query["uploadId"]]
        whole = etag(b"".join(hashlib.md5(p).digest() for p in parts))
        etags[key] = f"{whole}-{len(parts)}"
        if self.kind in ("etag", "kms"):
            whole = etag(b"!")
        return self.answer(200, f'<R><ETag>"{whole}-{len(parts)}"</ETag></R>')

    def on_abort(self, key, query, data):
        if uploads.pop(query["uploadId"], None) is None:
            return self.error(404, "NoSuchUpload")
        return self.answer(204)

    def on_delete(self, key, query, data):
        objects.pop(key, None)
        return self.answer(204)

    def on_head(self, key, query, data):
        if key not in objects:
            return self.answer(404)
        n = len(objects[key])
        return self.answer(
            200, ETag=f'"{etags[key]}"', Content_Length=str(n)
        )

    def on_get(self, key, query, data):
        if key not in objects:
            return self.error(404, "NoSuchKey")
        whole, tag = objects[key], f'"{etags[key]}"'
        if self.kind == "412" or self.headers.get("If-Match", tag) != tag:
            return self.error(412, "PreconditionFailed")
        if self.kind == "etag":
            tag = f'"{etag(whole + b"!")}"'
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if not asked or self.kind == "whole":
            return self.answer(200, whole, ETag=tag)
        first, last = int(asked[1]), min(int(asked[2]), len(whole) - 1)
        if first > last:
            return self.error(416, "InvalidRange")
        first += self.kind == "shift"
        last -= self.kind == "short"
        part = whole[first : last + 1]
        self.bytes = f" {first} {len(part)}"
        return self.answer(
            206, part[: len(part) // 2] if self.kind == "cut" else part,
            Content_Length=str(len(part)), ETag=tag,
            Content_Range=f"bytes {first}-{last}/{len(whole)}",
        )

    def on_list(self, key, query, data):
        """Three objects a page."""
        after = query.get("continuation-token", "")
        found = sorted(
            k for k in objects if k.startswith(query["prefix"]) and k > after
        )
        text = "".join(
            f"<Contents><Key>{quote(k)}</Key><Size>{len(objects[k])}</Size>"
            f"<ETag>&quot;{etags[k]}&quot;</ETag></Contents>" for k in found[:3]
        )
        more = str(len(found) > 3).lower()
        if len(found) > 3:
            text += f"<NextContinuationToken>{escape(found[2])}</NextContinuationToken>"
        return self.answer(200, f"<R><IsTruncated>{more}</IsTruncated>{text}</R>")

    def on_uploads(self, key, query, data):
        """One upload a page."""
        marker = (query.get("key-marker", ""), query.get("upload-id-marker", ""))
        found = sorted(
            (u[0], i) for i, u in uploads.items()
            if u[0].startswith(query["prefix"])
        )
        found = [f for f in found if f > marker]
        text = ""
        if found:
            key, ident = found[0]
            begun = time.strftime(
                "%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(uploads[ident][3])
            )
            text = (
                f"<Upload><Key>{quote(key)}</Key><UploadId>{ident}</UploadId>"
                f"<Initiated>{begun}</Initiated></Upload>"
                f"<NextKeyMarker>{quote(key)}</NextKeyMarker>"
                f"<NextUploadIdMarker>{ident}</NextUploadIdMarker>"
            )
        more = str(len(found) > 1).lower()
        return self.answer(200, f"<R><IsTruncated>{more}</IsTruncated>{text}</R>")

    # ---- who gives credentials ----

    def give(self, path, data):
        when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
        role = "/latest/meta-data/iam/security-credentials/"
        self.operation = {
            "/latest/api/token": "token", role: "role", "/container": "container",
            "/": "sts",
        }.get(path, "creds")
        if self.struck():
            return None
        keys = json.dumps(
            {"Code": "Success", "AccessKeyId": "ASIA", "Extra": {"a": [1]},
             "SecretAccessKey": "TEMPORARY", "Token": "TOKEN", "Expiration": when}
        )
        if self.operation == "sts":
            form = dict(urllib.parse.parse_qsl(data.decode()))
            if form != {
                "Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15",
                "RoleArn": "arn:aws:iam::1:role/r", "RoleSessionName": "me",
                "WebIdentityToken": "a.web&token",
            }:
                return self.error(400, "InvalidIdentityToken")
            return self.answer(
                200, "<R><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>TEMPORARY"
                "</SecretAccessKey><SessionToken>TOKEN</SessionToken>"
                f"<Expiration>{when}</Expiration></R>")
        if self.operation == "container":
            good = self.headers.get("Authorization") == "Bearer pod"
            return self.answer(200, keys) if good else self.error(401, "No")
        if self.operation == "token":
            good = self.command == "PUT" and self.headers.get(
                "X-aws-ec2-metadata-token-ttl-seconds")
            return self.answer(200, "imds2") if good else self.answer(403)
        if self.headers.get("X-aws-ec2-metadata-token") != "imds2":
            return self.answer(401)
        return self.answer(200, "the-role" if self.operation == "role" else keys)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, address):
        pass


os.chdir(sys.argv[1])
server = Server(("127.0.0.1", 0), Handler)
if len(sys.argv) > 2:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2], sys.argv[3])
    server.socket = context.wrap_socket(server.socket, server_side=True)
with open("port.tmp", "w") as f:
    f.write(str(server.server_address[1]))
os.rename("port.tmp", "port")
server.serve_forever()
