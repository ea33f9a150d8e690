#!/usr/bin/python3
"""
Time and memory: who is silent, slow, greedy or many costs little.
"""

import os
import socket
import time

from chat import SLACK, TEXT, Client, Closed, Late, Refused, Server, \
    frame, must, new_folder, run, sanitized, test, upgrade, wait_for
from scene import own_address

MIB = 1 << 20
FULL = os.environ.get("FULL")


def hello_bytes():
    return frame(TEXT, '{"op":"hello","id":1,"nick":"cut"}')


@test("silent sockets and slow headers are closed", slow=True)
def _():
    server = Server()
    silent = server.connect()
    half = server.connect()
    half.sendall(b"GET / HTTP/1.1\r\n")
    slow = server.connect()
    slow.sendall(b"GET / HTTP/1.1\r\n")
    open_, began = {"silent": silent, "half": half, "slow": slow}, \
        time.monotonic()
    n = 0
    while open_:
        assert time.monotonic() - began < 35 * SLACK, list(open_)
        for name, s in list(open_.items()):
            s.settimeout(0.1)
            try:
                if name == "slow":      # a header now and then
                    n += 1
                    s.sendall(b"X-%d: y\r\n" % n)
                if not s.recv(1000):
                    del open_[name]
            except socket.timeout:
                pass
            except OSError:
                del open_[name]
    server.client().sync()
    server.terminate()


@test("a socket that says no hello is closed with 1008", slow=True)
def _():
    server = Server(limits_enabled="yes", limits_hello_s="2")
    mute = Client(server)
    busy = Client(server)       # keeps busy without a hello
    began = time.monotonic()
    while mute.close_code is None or busy.close_code is None:
        assert time.monotonic() - began < 10 * SLACK, (
            mute.close_code, busy.close_code)
        for c in (mute, busy):
            if c.close_code is None:
                if c is busy:
                    try:
                        c.send_json({"op": "ping"})
                    except OSError:
                        pass
                try:
                    c.pump(0.2)
                except Closed:
                    pass
    assert mute.close_code == 1008, mute.close_code
    server.terminate()


@test("without limits a socket may take its time", slow=True)
def _():
    server = Server(limits_hello_s="2")
    c = Client(server)
    until = time.monotonic() + 6
    while time.monotonic() < until:
        c.pump(0.5)
    c.hello()
    server.terminate()


@test("the server pings who is silent", slow=True)
def _():
    server = Server()
    c = server.client()
    c.until(lambda: c.pings, 45 * SLACK, "a ping")
    server.terminate()


@test("clients that never read cost their position, not memory")
def _():
    server = Server()
    deaf = []
    for i in range(40):
        c = server.client(rcvbuf=4096)
        c.ok("join", room="r")
        deaf.append(c)
    ann, bob = server.client("ann"), server.client("bob")
    ann.ok("join", room="r")
    bob.ok("join", room="r")

    def fill(n):
        for _ in range(n):
            ids = [ann.ask("send", room="r", text="x" * 16000)
                   for _ in range(10)]
            for i in ids:
                must(ann.reply(i))
            ann.events.clear(), ann.texts.clear(), ann.frames.clear()
            while bob.pump(0.0001):
                pass
    fill(10)
    before = server.rss()
    fill(190)                           # 30 MB for each of the deaf
    grown = server.rss() - before
    assert grown < (96 if sanitized() else 24) * MIB, grown
    end = ann.ok("send", room="r", text="end")["seq"]
    bob.wait_seq("r", end, 30)
    assert [e["seq"] for e in bob.entries("r")] == list(range(1, end + 1))
    # and one of them changes his mind
    d = deaf[7]
    d.until(lambda: d.entries("r") and d.entries("r")[-1]["seq"] == end, 60)
    assert [e["seq"] for e in d.entries("r")] == list(range(1, end + 1))
    server.terminate()


@test("who asks without reading is not read from, and costs little")
def _():
    server = Server()
    ann = server.client()
    ann.ok("join", room="r")
    for _ in range(20):
        ann.ok("send", room="r", text="x" * 16000)
    ask = frame(TEXT, '{"op":"history","id":1,"room":"r","after":0}')
    before = server.rss()
    greedy = []
    for _ in range(20):
        c = server.client(rcvbuf=4096)
        c.sock.setblocking(False)
        sent = 0
        try:
            while sent < 4 * MIB:
                sent += c.sock.send(ask * 1000)
        except BlockingIOError:
            pass
        greedy.append(c)
        ann.sync()
    for c in greedy:        # whatever the sockets' buffers take by now
        try:
            while c.sock.send(ask * 1000):
                pass
        except BlockingIOError:
            pass
    ann.sync()
    grown = server.rss() - before
    assert grown < (160 if sanitized() else 48) * MIB, grown
    began = time.monotonic()
    ann.ok("send", room="r", text="still quick")
    assert time.monotonic() - began < 2 * SLACK
    for c in greedy:
        c.sock.close()
    server.terminate()


def descriptors(server):
    """How many it has open; 0 if only root may look."""
    try:
        return len(os.listdir("/proc/%d/fd" % server.pid))
    except PermissionError:
        return 0


@test("thousands of connections that come and go leave nothing behind")
def _():
    server = Server()

    def storm(n):
        for _ in range(n):
            socks = [server.connect() for _ in range(50)]
            for i, s in enumerate(socks):
                if i % 3:
                    s.sendall(upgrade("/ws", host="127.0.0.1:%d" %
                                      server.port) + hello_bytes())
            for i, s in enumerate(socks):
                if i % 3 == 2:
                    try:
                        s.recv(4096)
                    except OSError:
                        pass
                s.close()
        server.client().sync()
    storm(10)

    wait_for(lambda: descriptors(server) < 60, 10, "closed descriptors")
    before = server.rss()
    storm(30)
    wait_for(lambda: descriptors(server) < 60, 10, "closed descriptors")
    assert server.rss() - before < (64 if sanitized() else 8) * MIB, \
        server.rss() - before
    server.terminate()


@test("near the limit of descriptors it waits and then goes on")
def _():
    import resource
    server = Server(limit=[(resource.RLIMIT_NOFILE, 100)])
    socks = []
    for _ in range(150):
        s = socket.socket()
        s.setblocking(False)
        s.connect_ex(("127.0.0.1", server.port))
        socks.append(s)

    def ticks():
        with open("/proc/%d/stat" % server.pid) as f:
            return sum(map(int, f.read().rsplit(")", 1)[1].split()[11:13]))
    before, began = ticks(), time.monotonic()
    wait_for(lambda: time.monotonic() - began > 1.5, 5)
    used = (ticks() - before) / os.sysconf("SC_CLK_TCK")
    assert used < 0.75, "it spins: %.2f s of CPU" % used
    held = descriptors(server)
    assert held <= 75, "%d of 100 descriptors are taken" % held
    for s in socks:
        s.close()
    wait_for(lambda: _answers(server), 15, "an answer", 0.2)
    lines = server.log_text().count("\n")
    assert lines < 100, "%d lines of log" % lines
    server.terminate()


def _answers(server):
    try:
        return server.get("/healthz", timeout=2).status == 200
    except (OSError, Late):
        return False


@test("connections of one address are limited, others' are not",
      skip=None if own_address() else "this machine has only loopback")
def _():
    server = Server(listen=["0.0.0.0:0"], limits_enabled="yes",
                    limits_connections_per_address="50")
    held = []
    refused = None
    for _ in range(60):
        try:
            c = Client(server, timeout=3)
        except (Refused, OSError, Late) as e:
            refused = e
            break
        c.sock.setblocking(False)
        held.append(c)
    assert refused is not None and len(held) in (49, 50), len(held)
    me = own_address()
    c = Client(server, address=(me, server.port),
               host="%s:%d" % (me, server.port))
    c.hello()
    for c in held:
        c.sock.close()
    wait_for(lambda: _lets_in(server), 15, "being let in again", 0.2)
    server.terminate()


def let_in(server, address, forwarded):
    """How many connections are let in, of five; and they."""
    held = []
    for i in range(5):
        try:
            held.append(Client(
                server, address=address, host="localhost", timeout=5,
                headers=["X-Forwarded-For: " + forwarded.replace(
                    "N", str(i))]))
        except (Refused, OSError):
            pass
    return len(held), held


@test("of a proxy that is named, too; whoever else says so is not believed")
def _():
    server = Server(http_proxies="::1, 127.0.0.1", limits_enabled="yes",
                    limits_connections_per_address="3")
    proxy = ("127.0.0.1", server.port)
    got = [let_in(server, proxy, "192.0.2.1"),
           let_in(server, proxy, "203.0.113.N, 192.0.2.2"),
           let_in(server, proxy, "192.0.2.2")]
    # and it may have any number of connections itself
    own = [server.client() for _ in range(5)]
    server.terminate()
    assert [n for n, _ in got] == [3, 3, 0], got
    assert len(own) == 5
    server = Server(http_proxies="192.0.2.9", limits_enabled="yes",
                    limits_connections_per_address="3")
    n, held = let_in(server, ("127.0.0.1", server.port), "198.51.100.N")
    assert n == 3, n
    server.terminate()


@test("behind a unix socket the address is the rightmost forwarded one")
def _():
    sock = os.path.join(new_folder("unix"), "sock")
    server = Server(listen=["unix:" + sock, "127.0.0.1:0"],
                    limits_enabled="yes", limits_connections_per_address="3")
    port = int(server.addresses[1].rsplit(":", 1)[1])

    try:
        got = [let_in(server, address, forwarded) for address, forwarded in (
            (sock, "192.0.2.1"), (sock, "192.0.2.2"),
            (sock, "203.0.113.N, 192.0.2.3"),   # the left is forged
            (sock, "192.0.2.3"), (("127.0.0.1", port), "198.51.100.N"))]
    finally:
        server.terminate()
    assert [n for n, _ in got] == [3, 3, 3, 0, 3], [n for n, _ in got]


@test("who takes no byte for 60 s, and sends none, is taken for dead",
      slow=True, skip=not FULL and "only with FULL=1: it takes 90 s")
def _():
    server = Server()
    deaf = server.client(rcvbuf=4096)
    deaf.ok("join", room="r")
    ann = server.client()
    ann.ok("join", room="r")
    for _ in range(100):
        ann.ok("send", room="r", text="x" * 16000)
    began = time.monotonic()
    wait_for(lambda: server.metrics()["chatsrv_connections"] == 1 or
             ann.sync(), 100 * SLACK, "the end of the deaf one", 1)
    assert time.monotonic() - began > 50, time.monotonic() - began
    back = server.client(None, deaf.token)
    reply = back.ok("join", room="r", after=0)
    assert reply["recovered"] is True and reply["replay"] == 100, reply
    server.terminate()


def _lets_in(server):
    try:
        Client(server, timeout=2).sock.close()
        return True
    except (Refused, OSError, Late):
        return False


run()
