#!/usr/bin/python3
"""A program in a terminal, driven by lines of JSON.

Standard input has one object a line: {"send": ["text", "Enter"]} types,
{"end": true} ends the program.  Standard output has one object a line: the
screen's rows, whenever they have changed, and last {"status": N}.
"""
import json
import os
import select
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "tty"))

from terminal import Terminal  # noqa: E402


def tell(**what):
    print(json.dumps(what), flush=True)


def commands(terminal, line):
    what = json.loads(line)
    terminal.send(*what.get("send", []))
    return "end" not in what


def main(argv):
    terminal = Terminal(argv, rows=24, cols=80,
                        env={"HOME": os.environ["HOME"]})
    shown, running, rest = None, True, b""
    while running and terminal.pump():
        if terminal.lines() != shown and not terminal.in_frame():
            shown = terminal.lines()
            tell(screen=shown)
        while running and select.select([0], [], [], 0)[0]:
            data = os.read(0, 65536)
            *lines, rest = (rest + data).split(b"\n")
            running = data != b"" and all(
                [commands(terminal, line) for line in lines])
    os.kill(terminal.pid, signal.SIGTERM)
    tell(status=os.waitpid(terminal.pid, 0)[1])


if __name__ == "__main__":
    main(sys.argv[1:])
