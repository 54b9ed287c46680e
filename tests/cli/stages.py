"""stages.py SIGNALS STAGE COMMAND...: run the commands as a pipeline, send the
signals (names by commas) to one stage, from 1, a little apart, and print how
each ended: its exit status, or the name of the signal that killed it."""
import signal
import subprocess
import sys
import time


def ending(code):
    return signal.Signals(-code).name if code < 0 else str(code)


def main():
    # a job in the background has INT ignored, one of nohup HUP; so have children
    for ignored in signal.SIGINT, signal.SIGHUP:
        signal.signal(ignored, signal.SIG_DFL)
    signals, stage, commands = sys.argv[1].split(","), int(sys.argv[2]), sys.argv[3:]
    stages, source = [], subprocess.DEVNULL
    for i, command in enumerate(commands):
        last = i + 1 == len(commands)
        stages.append(subprocess.Popen(
            ["/bin/bash", "-c", "exec " + command], stdin=source,
            stdout=None if last else subprocess.PIPE))
        if source is not subprocess.DEVNULL:
            source.close()
        source = stages[-1].stdout
    for name in signals:
        time.sleep(0.2)
        if stages[stage - 1].poll() is None:
            stages[stage - 1].send_signal(signal.Signals[name])
    try:
        print(*(ending(s.wait(timeout=60)) for s in stages), file=sys.stderr)
    finally:
        for s in stages:
            s.kill()


main()
