#!/usr/bin/python3
"""SIGTERM: everybody is told, everything is kept, nobody waits."""

import signal
import socket
import time

from chat import SLACK, TEXT, Client, Server, frame, run, test, wait_for


@test("each client gets bye with its retry_after, then 1001 with a reason")
def _():
    server = Server()
    clients = [server.client() for _ in range(40)]
    for c in clients:
        c.ok("join", room="r")
    server.process.send_signal(signal.SIGTERM)
    waits = []
    for c in clients:
        assert c.wait_close() == 1001, c.close_code
        assert c.close_reason, "1001 without a reason"
        bye = c.events[-1]
        assert bye["ev"] == "bye" and bye["reason"], bye
        assert bye is c.frames[-1], "something came after bye"
        assert 0 <= bye["retry_after"] <= 60, bye
        waits.append(bye["retry_after"])
    assert len(set(waits)) >= 10, "all come back at once: %r" % waits
    assert server.wait_exit(5) == 0
    server.check_log()


@test("nothing comes after bye, whatever waited for a slow reader")
def _():
    server = Server()
    slow, ann = server.client(), server.client()
    slow.ok("join", room="r")
    ann.ok("join", room="r")
    for _ in range(200):                # more than sockets hold
        ann.ok("send", room="r", text="x" * 16000)
    server.process.send_signal(signal.SIGTERM)
    ann.until(lambda: ann.events[-1]["ev"] == "bye", what="bye")
    if slow.wait_close() == 1001:       # or he was too slow
        assert slow.events[-1]["ev"] == "bye", slow.events[-1]
        slow.sock.settimeout(5)
        try:
            while data := slow.sock.recv(65536):
                slow._take(data)
        except ConnectionError:
            pass
    assert server.wait_exit(5) == 0


@test("original clients get 1001, too")
def _():
    server = Server()
    old = Client(server, "/ws/chat/r/")
    server.process.send_signal(signal.SIGTERM)
    assert old.wait_close() == 1001
    assert all("message" in f or "error" in f for f in old.frames), old.frames
    assert server.wait_exit(5) == 0


@test("SIGTERM ends it with 0 within 5 s, whatever its clients do")
def _():
    server = Server()
    idle = server.client()
    idle.ok("join", room="r")
    deaf = server.client(rcvbuf=4096)
    deaf.ok("join", room="r")
    mute = server.connect()                     # not even a request
    half = server.connect()
    half.sendall(b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\n")
    for i in range(100):                        # fills deaf's socket
        idle.ok("send", room="r", text="x" * 16000)
    part = server.client()
    part.send_raw(frame(TEXT, "x" * 1000)[:500])
    began = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    assert server.wait_exit(6) == 0
    assert time.monotonic() - began < 5 * SLACK
    server.check_log()
    for s in (mute, half):
        s.close()


@test("SIGINT does the same")
def _():
    server = Server()
    c = server.client()
    server.process.send_signal(signal.SIGINT)
    assert c.wait_close() == 1001
    assert server.wait_exit(5) == 0


@test("what was acknowledged before the end is there after it")
def _():
    server = Server()
    clients = [server.client("user%d" % i) for i in range(8)]
    for c in clients:
        c.ok("join", room="r")
    asked = {}
    for n in range(60):
        for k, c in enumerate(clients):
            asked[k, c.ask("send", room="r", text="%d-%d" % (k, n),
                           nonce="n%d" % n)] = "%d-%d" % (k, n)
        if n == 30:
            for c in clients:
                c.until(lambda: c.replies, what="the first replies")
            server.process.send_signal(signal.SIGTERM)
            break
    acked = {}
    for c in clients:
        c.wait_close()
    for (k, ident), text in asked.items():
        reply = clients[k].replies.get(ident)
        if reply and reply["ok"]:
            acked[text] = reply["seq"]
        elif reply:
            assert reply["error"]["code"] in ("unavailable", "unknown"), reply
    assert server.wait_exit(5) == 0
    server.start()
    c = server.client(None, clients[0].token)
    log = c.replay("r")
    assert [e["seq"] for e in log] == list(range(1, len(log) + 1))
    texts = [e["text"] for e in log]
    assert len(set(texts)) == len(texts)
    for text, seq in acked.items():
        assert log[seq - 1]["text"] == text
    # what was not answered is sent again under its nonce: once in all
    for n in range(31):
        c.ok("send", room="r", text="0-%d" % n, nonce="n%d" % n)
    texts = [e["text"] for e in c.replay("r") if e["text"].startswith("0-")]
    assert sorted(texts) == sorted("0-%d" % n for n in range(31)), texts
    server.terminate()


@test("while it ends nobody new is let in")
def _():
    server = Server()
    clients = [server.client() for _ in range(20)]
    server.process.send_signal(signal.SIGTERM)
    clients[0].until(lambda: clients[0].close_code is not None or any(
        e["ev"] == "bye" for e in clients[0].events))
    try:
        with server.connect() as s:
            s.sendall(b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            data = s.recv(1000)
            assert not data or b" 503 " in data.split(b"\r\n")[0], data
    except (ConnectionError, socket.timeout):
        pass
    assert server.wait_exit(5) == 0


@test("members come back after a restart and miss nothing")
def _():
    server = Server()
    a, b = server.client("a"), server.client("b")
    a.ok("join", room="r")
    b.ok("join", room="r")
    seq = a.ok("send", room="r", text="one")["seq"]
    b.wait_seq("r", seq)
    server.restart()
    a = server.client(None, a.token)
    assert a.user == "a"
    a.ok("send", room="r", text="two")
    b2 = server.client(None, b.token)
    r = b2.ok("join", room="r", after=seq)
    assert r["recovered"] is True and r["replay"] == 1, r
    assert b2.wait_seq("r", 2)["text"] == "two"
    server.terminate()


@test("a second SIGTERM does no harm")
def _():
    server = Server()
    clients = [server.client() for _ in range(30)]
    server.process.send_signal(signal.SIGTERM)
    server.process.send_signal(signal.SIGTERM)
    assert server.wait_exit(5) == 0
    server.check_log()
    assert all(c.wait_close() in (1001, 1006) for c in clients)


@test("its port is free for the next one at once")
def _():
    server = Server()
    for _ in range(5):
        server.client().ok("rooms")
        port = server.port
        server.restart()
        assert server.port == port
    server.terminate()


@test("SIGHUP, as of a terminal that closes, ends no server")
def _():
    server = Server()
    c = server.client()
    server.process.send_signal(signal.SIGHUP)
    wait_for(lambda: "SIGHUP" in server.log_text(), 5, "it is told")
    c.ok("ping")
    server.terminate()


run()
