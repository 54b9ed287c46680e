"""rp-book --ladder on a terminal that is ours: python3 ladder.py TEST, with
LADDER_INPUT, a stream that ends with its END."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

STREAM = os.environ["LADDER_INPUT"]
PATIENCE = 20  # s: far more than anything takes
LEAVE = b"\x1b[?1049l"


class Terminal:
    """A process on a terminal, and what an xterm would show of it."""

    def __init__(self, args, rows=24, columns=80, term="xterm", **environ):
        self.fifo = None
        self.master, slave = pty.openpty()
        self.raw = b""
        self.screens = {False: [""] * 200, True: [""] * 200}
        self.other = False
        self.row = 0
        self.rows = rows
        self.resize(rows, columns, False)
        env = {k: v for k, v in os.environ.items() if k not in
               ("NO_COLOR", "LINES", "COLUMNS", "LC_ALL", "LC_CTYPE", "LANG")}
        env.update(TERM=term, **environ)
        r, self.input = os.pipe()
        self.process = subprocess.Popen(
            args, stdin=r, stdout=slave, stderr=subprocess.PIPE, env=env,
            start_new_session=True)
        os.close(r)
        os.close(slave)

    def resize(self, rows, columns, tell=True):
        self.rows, self.columns = rows, columns
        fcntl.ioctl(self.master, termios.TIOCSWINSZ,
                    struct.pack("HHHH", rows, columns, 0, 0))
        if tell:
            self.process.send_signal(signal.SIGWINCH)

    def feed(self, data):
        view = memoryview(data)
        while view:
            view = view[os.write(self.input, view[:1 << 16]):]
            self.take(0)

    def take(self, seconds):
        ready, _, _ = select.select([self.master], [], [], seconds)
        if not ready:
            return False
        try:
            data = os.read(self.master, 1 << 16)
        except OSError:  # all of its other ends are closed
            return False
        self.raw += data
        return bool(data)

    def play(self):
        """Follow what has come as far as it is whole."""
        screen = self.screens[self.other]
        pattern = re.compile(rb"\x1b\[([?0-9;]*)([a-zA-Z])|\r|\n|[^\x1b\r\n]+")
        at = 0
        for m in pattern.finditer(self.raw):
            if m.start() != at:
                break
            at = m.end()
            text = m.group(0)
            if text == b"\n":
                self.row += 1
            elif text == b"\r":
                pass
            elif m.group(2) is None:
                screen[self.row] += text.decode(errors="replace")
            elif m.group(2) == b"H":
                self.row = 0
                screen[:] = [""] * 200
            elif m.group(2) == b"J" or m.group(2) == b"K":
                pass  # lines are drawn from their beginning, all of them
            elif m.group(1) == b"?1049":
                self.other = m.group(2) == b"h"
                screen = self.screens[self.other]
                self.row = 0  # each has its cursor: the first's is at home
        self.raw = b""
        return [line.rstrip() for line in screen[:self.rows]]

    def lines(self):
        keep = (self.raw, self.row, self.other,
                {k: list(v) for k, v in self.screens.items()})
        shown = self.play()
        self.raw, self.row, self.other, self.screens = keep
        return shown

    def await_text(self, text):
        """Until a picture is drawn that has it."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            self.take(0.1)
            whole = self.raw[:self.raw.rfind(b"\x1b[J") + 3]
            keep, self.raw = self.raw, whole
            shown = self.lines()
            self.raw = keep
            if text in "\n".join(shown):
                return shown
        raise SystemExit(f"no {text!r} in {self.lines()}")

    def await_picture(self, want):
        """The same, for all lines but the second, which has the rate."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            shown = self.await_text(want[0].rstrip())
            if shown[2:] == [s.rstrip() for s in want[2:]]:
                return shown
        equal(shown, want)

    def finish(self):
        """Close the input; the status and what standard error got."""
        if self.input is not None:
            os.close(self.input)
            self.input = None
        return self.result()

    def result(self):
        while self.process.poll() is None:
            self.take(0.05)
        while self.take(0.05):
            pass
        return self.process.returncode, self.process.stderr.read().decode()


def ladder(*options, **how):
    return Terminal(["rp-book", "--from-empty", "--ladder", *options], **how)


def halves():
    """The stream without its END, which holds up the last picture, and that."""
    with open(STREAM, "rb") as f:
        data = f.read()
    end = data.rfind(b"\x89RP1")
    return data[:end], data[end:]


def plain(rows, columns):
    env = dict(os.environ, LINES=str(rows), COLUMNS=str(columns), LC_ALL="C")
    return subprocess.run(
        ["rp-book", "--from-empty", "--ladder", STREAM], env=env, check=True,
        stdout=subprocess.PIPE).stdout.decode().splitlines()


def without_rate(lines):
    return [re.sub(r"  [0-9]+ records/s$", "", line) for line in lines]


def equal(a, b):
    a, b = [s.rstrip() for s in a], [s.rstrip() for s in b]
    if a != b:
        raise SystemExit("\n".join(["got:", *a, "want:", *b]))


def check(fact, what):
    if not fact:
        raise SystemExit(what)


def records():
    return plain(24, 80)[1].split("  ")[1]


def drawn():
    """What is on the screen is the plain picture, at any size."""
    data, end = halves()
    t = ladder(LC_ALL="C")
    t.feed(data)
    equal(without_rate(t.await_text(records())), plain(24, 80))
    for rows, columns in (40, 120), (12, 30), (5, 17), (24, 80):
        t.play()
        t.resize(rows, columns)
        want = (plain(rows, columns) + [""] * rows)[:rows]
        shown = t.await_picture(want)
        check(all(len(line) <= columns for line in shown), "too wide")
    t.feed(end)
    status, err = t.finish()
    check(status == 0 and err == "", f"{status} {err}")
    check(t.raw.index(LEAVE) > 0, "no way back")
    # and the last picture stays
    t.play()
    check(not t.other, "the other screen")
    equal([s.rstrip() for s in t.screens[False][:24]], plain(24, 80))


def colors():
    data, _ = halves()
    for environ, want in ({}, True), ({"NO_COLOR": "1"}, False), \
            ({"NO_COLOR": ""}, True):
        t = ladder(LC_ALL="C.UTF-8", **environ)
        t.feed(data)
        shown = t.await_text(records())
        check((b"\x1b[32m" in t.raw) == want, f"{environ}: colors")
        check((b"\x1b[31m" in t.raw) == want, f"{environ}: colors")
        check("\u2588" in "\n".join(shown), "no bars")
        t.process.kill()
        t.finish()


def signals():
    """Whatever ends it, the first screen and the cursor come back."""
    data, _ = halves()
    for name in "QUIT SEGV BUS FPE ABRT USR1".split():
        t = ladder()
        t.feed(data)
        t.await_text(records())
        number = getattr(signal, "SIG" + name)
        t.process.send_signal(number)
        status, _ = t.result()
        check(status == -number, f"{name}: {status}")
        check(t.raw.endswith(b"\x1b[0m\x1b[?25h" + LEAVE), f"{name}: screen")
    for name in "INT", "TERM", "HUP":
        t = ladder()
        t.feed(data)
        t.await_text(records())
        t.process.send_signal(getattr(signal, "SIG" + name))
        status, err = t.result()
        check(status == 0 and err == "", f"{name}: {status} {err}")
        check(LEAVE in t.raw, f"{name}: screen")


def stop():
    """Ctrl-Z gives the first screen back; what goes on draws anew."""
    data, end = halves()
    t = ladder()
    t.feed(data)
    t.await_text(records())
    t.process.send_signal(signal.SIGTSTP)
    limit = time.monotonic() + PATIENCE
    while LEAVE not in t.raw and time.monotonic() < limit:
        t.take(0.1)
    check(t.raw.endswith(LEAVE), "stopped on the other screen")
    t.raw = b""
    t.process.send_signal(signal.SIGCONT)
    t.await_text(records())
    check(t.raw.startswith(b"\x1b[?1049h"), "not on the other screen")
    t.feed(end)
    check(t.finish()[0] == 0, "status")


def rate():
    """At most 20 pictures a second, and one after the last event."""
    data, end = halves()
    begun = time.monotonic()
    t = ladder()
    for at in range(0, len(data), 20000):
        t.feed(data[at:at + 20000])
        t.take(0.005)
    t.await_text(records())
    most = (time.monotonic() - begun) * 20 + 2
    check(t.raw.count(b"\x1b[H") <= most, "too many pictures")
    check(t.raw.count(b"\x1b[?1049h") == 1, "entered again")
    t.feed(end)
    check(t.finish()[0] == 0, "status")


def dumb():
    """A terminal that cannot be drawn on has the last picture alone."""
    data, end = halves()
    t = ladder(term="dumb", LC_ALL="C")
    t.feed(data + end)
    check(t.finish()[0] == 0, "status")
    check(b"\x1b" not in t.raw, "escapes")
    equal(t.raw.decode().splitlines(), plain(24, 80))


def truncated():
    data, _ = halves()
    t = ladder()
    t.feed(data)
    t.await_text(records())
    status, err = t.finish()
    check(status == 3 and "truncated" in err, f"{status} {err}")
    check(LEAVE in t.raw, "screen")


def waiting():
    """Before the first event is over there is no book."""
    t = ladder()
    t.feed(halves()[0][:3000])
    t.await_text("no event is over yet")
    t.process.kill()
    t.finish()


globals()[sys.argv[1]]()
