#!/usr/bin/python3
"""
chatsrv as a service of systemd: what it tells the manager, and what the unit
file leaves it.  The manager itself is played.
"""

import os
import re
import shutil
import signal
import socket
import subprocess

from chat_base import BUILD
from chat import SLACK, SRC, Server, chatsrv, new_folder, run, sanitized, \
    test, wait_for

folder = new_folder("units")
UNIT = os.path.join(SRC, "chatsrv", "systemd", "chatsrv.service.in")


class Manager:
    """A notify socket, and what was said on it."""

    def __init__(self, name):
        self.path = os.path.join(folder, name)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.settimeout(10 * SLACK)

    def next(self):
        return self.socket.recv(4096).decode()

    def rest(self):
        self.socket.setblocking(False)
        found = []
        while True:
            try:
                found.append(self.socket.recv(4096).decode())
            except BlockingIOError:
                return found


def unit(name="chatsrv.service", binary="/bin/true"):
    """The unit's file as it is installed, with a program that is there."""
    made = os.path.join(BUILD, "chatsrv", "systemd", re.sub("@.*", "@.service",
                                                            name))
    if os.path.exists(made):
        with open(made) as f:
            text = re.sub("(?m)^ExecStart=\\S+", "ExecStart=" + binary, f.read())
    else:
        with open(UNIT) as f:
            text = f.read()
        text = text.replace("@sbindir@/chatsrv", binary)
        text = text.replace("@sysconfdir@", "/etc")
    assert "@sbindir" not in text and "@sysconf" not in text
    path = os.path.join(folder, name)
    with open(path, "w") as f:
        f.write(text)
    return path


@test("the manager hears READY, signs of life if it wants them, and STOPPING")
def _():
    m = Manager("all")
    server = Server(env={"NOTIFY_SOCKET": m.path,
                         "WATCHDOG_USEC": "30000000"})
    said = [m.next() for _ in range(4)]
    assert said.count("READY=1") == 1, said
    assert said.count("WATCHDOG=1") == 3, said
    server.terminate()
    said = m.rest()
    assert said.count("STOPPING=1") == 1 and "READY=1" not in said, said


@test("without a watchdog, or with somebody else's, no sign of life is given")
def _():
    for name, env in (("none", {}),
                      ("other", {"WATCHDOG_USEC": "30000000",
                                 "WATCHDOG_PID": "1"})):
        m = Manager(name)
        server = Server(env={"NOTIFY_SOCKET": m.path, **env})
        assert m.next() == "READY=1"
        c = server.client("ann")
        c.ok("join", room="r")
        # what somebody does is told within the second that ticks
        server.client("bob").ok("join", room="r")
        c.wait(lambda e: e["ev"] == "presence")
        server.terminate()
        assert m.rest() == ["STOPPING=1"], name


@test("a manager that does not listen is no obstacle")
def _():
    server = Server(env={"NOTIFY_SOCKET": os.path.join(folder, "nobody")})
    server.client().sync()
    server.terminate()


@test("a manager that does not read holds nobody up")
def _():
    m = Manager("deaf")
    server = Server(env={"NOTIFY_SOCKET": m.path,
                         "WATCHDOG_USEC": "30000000"})
    assert m.next() == "READY=1"    # it may wait for that one to be read
    other = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    other.setblocking(False)
    try:
        while True:
            other.sendto(b"STATUS=full", m.path)
    except BlockingIOError:
        pass
    c = server.client("ann")
    c.ok("join", room="r")
    for nick in ("bob", "eve"):     # each is told at a tick of the second
        seen = len(c.events)
        server.client(nick).ok("join", room="r")
        c.wait(lambda e: e["ev"] == "presence", since=seen)
    server.terminate()


@test("the unit exposes no more than 1.2 by systemd-analyze",
      skip=None if shutil.which("systemd-analyze") else "no systemd-analyze")
def _():
    for name in "chatsrv.service", "chatsrv@8001.service":
        r = subprocess.run(["systemd-analyze", "security", "--offline=true",
                            "--no-pager", "--threshold=12", unit(name)],
                           text=True, capture_output=True)
        level = re.search(r"exposure level for %s: ([0-9.]+)" % name, r.stdout)
        assert r.returncode == 0 and level, (r.stdout[-300:], r.stderr)
        assert float(level.group(1)) <= 1.2, level.group(1)


@test("the template unit is the same for a port of its own")
def _():
    made = os.path.join(BUILD, "chatsrv", "systemd", "chatsrv%s.service")
    with open(made % "") as one, open(made % "@") as many:
        pairs = [p for p in zip(one, many, strict=True) if p[0] != p[1]]
    assert [p[1].split("=")[0] for p in pairs] == \
        ["Description", "ExecStart"], pairs
    assert "--listen 127.0.0.1:%i $OPTIONS" in pairs[1][1], pairs


def allowed():
    """The system calls that the unit's filter lets through."""
    sets = {}

    def members(name):
        if name not in sets:
            sets[name] = set()
            lines = subprocess.run(
                ["systemd-analyze", "syscall-filter", name], text=True,
                capture_output=True, check=True).stdout.split("\n")
            for line in lines[1:]:
                word = line.strip()
                if word.startswith("@"):
                    sets[name] |= members(word)
                elif word and not word.startswith("#"):
                    sets[name].add(word)
        return sets[name]

    found = set(members("@default"))
    with open(UNIT) as f:
        for line in f:
            m = re.match(r"SystemCallFilter=(~?)(.*)", line)
            for word in m.group(2).split() if m else ():
                if m.group(1):
                    found -= members(word)
                else:
                    found |= members(word)
    return found


@test("what it calls from start to stop, the unit's filter lets through",
      skip="a sanitizer calls more" if sanitized() else
      None if shutil.which("systemd-analyze") and shutil.which("strace")
      else "no systemd-analyze or no strace")
def _():
    server = Server(start=False)
    trace = os.path.join(folder, "trace")
    # the tracer stands before the program as a wrapper of that name
    wrapper = os.path.join(folder, "traced")
    with open(wrapper, "w") as f:
        f.write("#!/bin/sh\nexec strace -f -qq -o %s %s \"$@\"\n" % (
            trace, server.program))
    os.chmod(wrapper, 0o700)
    server.program = wrapper
    server.start()
    c = server.client("ann")
    c.ok("join", room="r")
    c.ok("send", room="r", text="hello", nonce="n1")
    c.ok("delete", room="r", seq=1)
    c.ok("history", room="r", after=0)
    assert server.get("/").status == 200
    copy = os.path.join(folder, "copy.db")
    assert chatsrv("backup", copy, "--store", server.store).returncode == 0
    # strace holds back signals that are sent to it
    with open("/proc/%d/task/%d/children" % (server.pid, server.pid)) as f:
        os.kill(int(f.read().split()[0]), signal.SIGTERM)
    wait_for(lambda: server.process.poll() is not None)
    with open(trace) as f:
        called = set(re.findall(r"(?m)^\d+ +(\w+)\(", f.read()))
    assert {"accept4", "fdatasync", "flock", "sendto"} <= called, called
    # The manager itself executes it; as root, which the service is not,
    # SQLite gives what it makes to the owner of the database.
    other = {"execve"} | ({"fchown"} if os.geteuid() == 0 else set())
    assert called - allowed() - other == set(), called - allowed()


run()
