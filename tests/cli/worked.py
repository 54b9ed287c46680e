"""worked.py PAGE: the worked examples of a manual page.

Each literal display of its section WORKED EXAMPLES is a session: `$ cat FILE`
shows a file, which is made; any other command is run, and has to print what
follows. A line that ends in a backslash goes on in the next.
"""

import subprocess
import sys


def displays(path):
    """The literal displays of the section, without their markup."""
    inside, lines = False, None
    for line in open(path, encoding="utf-8"):
        line = line.rstrip("\n")
        if line.startswith(".Sh "):
            inside = line == ".Sh WORKED EXAMPLES"
        elif inside and line.startswith(".Bd "):
            lines = []
        elif lines is not None and line.startswith(".Ed"):
            yield "\n".join(lines).replace("\\e\n", "") + "\n"
            lines = None
        elif lines is not None:
            lines.append(line)


def steps(text):
    """Pairs of a command and what it shows."""
    command, shown, goes_on = None, "", False
    for line in text.splitlines():
        if goes_on:
            command += " " + line.strip()
        elif line.startswith("$ "):
            if command is not None:
                yield command, shown
            command, shown = line[2:], ""
        else:
            shown += line + "\n"
        goes_on = (goes_on or line.startswith("$ ")) and line.endswith("|")
    yield command, shown


def main():
    done = 0
    for text in displays(sys.argv[1]):
        for command, shown in steps(text):
            if command.startswith("cat "):
                with open(command[4:], "w", encoding="utf-8") as f:
                    f.write(shown)
                continue
            got = subprocess.run(["bash", "-o", "pipefail", "-c", command],
                                 capture_output=True, text=True, check=False)
            if got.returncode != 0 or got.stdout != shown:
                sys.exit(f"$ {command}\n-> {got.returncode}: {got.stderr}\n"
                         f"printed:\n{got.stdout}instead of:\n{shown}")
            done += 1
    print(done, "commands")


main()
