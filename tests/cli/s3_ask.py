"""s3_ask.py METHOD PATH : a request to AWS_ENDPOINT_URL, signed by the old
Signature V2, which no code of ours makes: its body to stdout, HEAD's headers.
Status 1 and the status if it is refused."""
import base64
import hmac
import os
import sys
import urllib.error
import urllib.request
from email.utils import formatdate

method, path = sys.argv[1:]
date = formatdate(usegmt=True)
text = f"{method}\n\n\n{date}\n{path}"
secret = os.environ["AWS_SECRET_ACCESS_KEY"].encode()
signature = base64.b64encode(hmac.digest(secret, text.encode(), "sha1")).decode()
request = urllib.request.Request(
    os.environ["AWS_ENDPOINT_URL"] + path, method=method,
    headers={"Date": date, "Authorization":
             f"AWS {os.environ['AWS_ACCESS_KEY_ID']}:{signature}"},
)
try:
    with urllib.request.urlopen(request, timeout=20) as reply:
        if method == "HEAD":
            print(reply.headers)
        sys.stdout.flush()
        sys.stdout.buffer.write(reply.read())
except urllib.error.HTTPError as error:
    sys.exit(f"{error.code}")
