"""swift_up.py DIR : OpenStack Swift with its S3 API, one node, in DIR.

Needs Debian's swift-proxy, swift-account, swift-container and swift-object.
Writes DIR/url once it answers, and DIR/pids, by which it is stopped. The key is
test:tester, the secret testing. Status 1, with the reason, if it does not start.
"""
import getpass
import os
import socket
import subprocess
import sys
import time
import urllib.request

try:
    from swift.common.ring import RingBuilder
except ImportError:
    sys.exit("Swift is not installed")

SERVICES = ("account", "container", "object", "proxy")
PIPELINE = (
    "catch_errors gatekeeper healthcheck cache listing_formats bulk s3api "
    "tempauth slo dlo versioned_writes symlink"
)
# What a filter is called in Swift, and its settings.
FILTERS = {
    "cache": ("memcache", "memcache_servers = 127.0.0.1:1"),
    "s3api": ("s3api", "s3_acl = false\nmax_upload_part_num = 10000"),
    "tempauth": ("tempauth", "user_test_tester = testing .admin"),
    "versioned_writes": ("versioned_writes", "allow_versioned_writes = true"),
}

top = os.path.abspath(sys.argv[1])
etc = os.path.join(top, "etc")


def free_ports(n):
    sockets = [socket.socket() for _ in range(n)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def make_ring(name, port):
    ring = RingBuilder(3, 1, 0)
    where = {"ip": "127.0.0.1", "port": port}
    ring.add_dev(
        dict(where, region=1, zone=1, device="d1", weight=1, meta="",
             replication_ip=where["ip"], replication_port=port)
    )
    ring.rebalance()
    ring.get_ring().save(os.path.join(etc, name + ".ring.gz"))


def configuration(name, port):
    text = f"""[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
swift_dir = {etc}
user = {getpass.getuser()}
workers = 0
log_level = CRITICAL
devices = {top}/srv
mount_check = false
disable_fallocate = true
recon_cache_path = {top}/cache
[pipeline:main]
pipeline = {PIPELINE + " proxy" if name == "proxy" else name}-server
[app:{name}-server]
use = egg:swift#{name}
"""
    if name != "proxy":
        return text
    text += "account_autocreate = true\nallow_account_management = true\n"
    for word in PIPELINE.split():
        egg, settings = FILTERS.get(word, (word, ""))
        text += f"[filter:{word}]\nuse = egg:swift#{egg}\n{settings}\n"
    return text


def start(name, port):
    path = os.path.join(etc, name + ".conf")
    with open(path, "w") as f:
        f.write(configuration(name, port))
    with open(os.path.join(top, name + ".log"), "w") as log:
        return subprocess.Popen(
            ["swift-" + name + "-server", path], stdin=subprocess.DEVNULL,
            stdout=log, stderr=log, start_new_session=True,
        )


def answers(url):
    try:
        with urllib.request.urlopen(url + "/healthcheck", timeout=1) as reply:
            return reply.status == 200
    except OSError:
        return False


for folder in (etc, os.path.join(top, "srv", "d1"), os.path.join(top, "cache")):
    os.makedirs(folder)
ports = dict(zip(SERVICES, free_ports(len(SERVICES))))
for name in SERVICES[:-1]:
    make_ring(name, ports[name])
servers = [start(name, ports[name]) for name in SERVICES]
with open(os.path.join(top, "pids"), "w") as f:
    f.writelines(f"{s.pid}\n" for s in servers)
url = f"http://127.0.0.1:{ports['proxy']}"
for _ in range(300):
    if answers(url):
        with open(os.path.join(top, "url"), "w") as f:
            f.write(url)
        sys.exit(0)
    if any(s.poll() is not None for s in servers):
        break
    time.sleep(0.05)
for s in servers:
    s.kill()
sys.exit("Swift did not start: see the logs in " + top)
