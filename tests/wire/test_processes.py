#!/usr/bin/python3
"""
--processes: several servers that share addresses and store, as one service.
"""

import asyncio
import os
import random
import signal
import socket
import subprocess

from chat import Resumer, Server, SLACK, chatsrv, resuming, run, test, wait_for
from chat_nodes import Redis
from chat_server import environment
from storm import acks, check_log, check_seen, settled, talk, until

redis = Redis()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def service(n=3, **settings):
    return Server(listen=["127.0.0.1:%d" % free_port()],
                  server_channel=redis.spec, server_processes=n, **settings)


def children(server):
    """The pids of its servers."""
    r = subprocess.run(["ps", "-o", "pid=", "--ppid", str(server.pid)],
                       capture_output=True, text=True)
    return {int(pid) for pid in r.stdout.split()}


def serves(server, pid):
    """How many connections a server has accepted that are open."""
    return sum(os.readlink("/proc/%d/fd/%s" % (pid, fd)).startswith("socket:")
               for fd in os.listdir("/proc/%d/fd" % pid))


def gone(pid):
    try:
        with open("/proc/%d/stat" % pid) as f:
            return f.read().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


@test("they share the address, and are one system")
def _():
    s = service()
    assert len(children(s)) == 3
    before = {pid: serves(s, pid) for pid in children(s)}
    people = [s.client("user%d" % i) for i in range(30)]
    for c in people:
        c.ok("join", room="lobby")
    assert all(serves(s, pid) > n for pid, n in before.items()), before
    people[0].ok("send", room="lobby", text="to all")
    for c in people:
        c.wait(lambda e: e.get("text") == "to all")
    wait_for(lambda: len(people[0].ok("members", room="lobby")["members"]) ==
             30, 5 * SLACK, "all are seen")
    s.terminate()


@test("one that dies is started again, and its clients come back")
def _():
    s = service()
    old = children(s)
    victim = sorted(old)[0]
    os.kill(victim, signal.SIGKILL)
    wait_for(lambda: len(children(s)) == 3 and victim not in children(s),
             5 * SLACK, "there are three again")
    assert "ended by signal 9" in s.log_text(), s.log_tail()
    assert old - {victim} < children(s)
    s.terminate()


@test("one is started again whatever number --ready-fd had")
def _():
    for number in range(3, 12):
        log = os.path.join(redis.tmp, "ready%d" % number)
        argv = Server(start=False, listen=["127.0.0.1:%d" % free_port()],
                      server_channel=redis.spec,
                      server_processes=2).command()
        r, w = os.pipe()
        # a shell puts the descriptor there and nothing else
        p = subprocess.Popen(
            ["bash", "-c", 'exec %d>&%d; exec "$@" --ready-fd %d 2>>"$0" %s' % (
                number, w, number, "" if number == w else "%d>&-" % w),
             log, *argv], pass_fds=[w], stdin=subprocess.DEVNULL,
            env=environment())
        os.close(w)
        with os.fdopen(r) as f:
            assert f.read().startswith("127.0.0.1"), number
        kids = subprocess.run(["ps", "-o", "pid=", "--ppid", str(p.pid)],
                              capture_output=True, text=True).stdout.split()
        os.kill(int(kids[0]), signal.SIGKILL)

        def whole():
            now = subprocess.run(["ps", "-o", "pid=", "--ppid", str(p.pid)],
                                 capture_output=True, text=True)
            return len(set(now.stdout.split()) - {kids[0]}) == 2
        wait_for(whole, 5 * SLACK, "there are two again", 0.05)
        p.terminate()
        assert p.wait(10 * SLACK) == 0
        with open(log) as f:
            assert "open descriptor" not in f.read(), number


@test("SIGTERM ends all of them, and the status is 0")
def _():
    s = service()
    pids = children(s)
    s.terminate()
    assert all(gone(pid) for pid in pids)


@test("servers end when the one that started them is killed")
def _():
    s = service()
    pids = children(s)
    s.kill9()
    wait_for(lambda: all(gone(pid) for pid in pids), 6 * SLACK,
             "all are gone")


async def rolled(s, members, rng):
    async with resuming(members):
        await until(lambda: all(r.times for r in members), 30, "all are in")
        talks = [asyncio.create_task(talk(r, random.Random(rng.random()), .05))
                 for r in members]
        for _ in range(2):
            old = children(s)
            os.kill(s.pid, signal.SIGHUP)
            await until(lambda: not old & children(s) and
                        len(children(s)) == 3, 30, "all are replaced")
            want = acks(members) + 100
            await until(lambda: acks(members) >= want, 30, "they talk on")
        for t in talks:
            t.cancel()
        await settled(members, 15)


@test("SIGHUP replaces them one after the other, and nobody misses anything")
def _():
    s = service()
    rooms = ["room%d" % i for i in range(5)]
    rng = random.Random(1)
    members = [Resumer(s, "user%d" % i, rng.sample(rooms, 2))
               for i in range(40)]
    asyncio.run(rolled(s, members, rng))
    assert not any(r.faults for r in members), [r.faults for r in members]
    assert not any(r.refused for r in members), [r.refused for r in members]
    reader = s.client("reader")
    for room in rooms:
        log = reader.replay(room, 60)
        check_log(members, room, log)
        check_seen(members, room, log)
    s.terminate()


@test("after SIGHUP they have the configuration as it is now, if it is one")
def _():
    path = os.path.join(redis.tmp, "chatsrv.conf")

    def write(text):
        with open(path, "w") as f:
            f.write(text)
    write("[limits]\nrooms = 7\n")
    s = service(n=2, args=["--config", path])

    def rooms_max():
        c = s.client("someone")
        try:
            return c.hello_reply["limits"]["rooms"]
        finally:
            c.close()
    assert rooms_max() == 7
    write("[limits]\nroms = 8\n")
    old = children(s)
    os.kill(s.pid, signal.SIGHUP)
    wait_for(lambda: "the configuration is wrong" in s.log_text(), 5 * SLACK,
             "it is told")
    assert "rooms" in s.log_text(), s.log_tail()
    assert children(s) == old and rooms_max() == 7
    write("[limits]\nrooms = 8\n")
    os.kill(s.pid, signal.SIGHUP)
    wait_for(lambda: not old & children(s) and len(children(s)) == 2,
             10 * SLACK, "all are replaced")
    wait_for(lambda: rooms_max() == 8, 5 * SLACK, "the new limit holds")
    s.terminate()


@test("they need a channel, and a port that is not 0")
def _():
    for more, word in ((("--channel", "memory:"), "channel"),
                       (("--channel", redis.spec, "--listen", "127.0.0.1:0"),
                        "port"),
                       (("--channel", redis.spec, "--listen", "unix:/tmp/x"),
                        "port")):
        r = chatsrv("--processes", "2", *more)
        assert r.returncode == 2, r
        assert "server.processes" in r.stderr and word in r.stderr, r


@test("an address that can't be had ends all of them with 2")
def _():
    other = Server()
    r = chatsrv("--processes", "2", "--channel", redis.spec, "--listen",
                "127.0.0.1:%d" % other.port, "--www", "/nowhere")
    assert r.returncode == 2, r
    assert "can not listen" in r.stderr, r
    other.terminate()


run()
