#!/usr/bin/python3
"""
A deleted text is gone: from its `ok` on no socket is handed any of it, no
log and no metric has it, and after `chatsrv store scrub` no file of the store.
"""

import json
import os
import re

from chat import Client, Closed, Disk, Record, Server, TEXT, chatsrv, frame, \
    must, run, shared, test


def word(n):
    """A text's word that occurs nowhere else."""
    return "canary%04dZq" % n


def handed_after(disk, gone):
    """
    gone: {a word: the id of its delete}.  The words of which a whole
    occurrence was handed to a socket after that delete's ok.
    """
    log = [r for r in disk.records() if r.kind == "W" and r.result > 0]
    sent = {}
    for r in log:
        for ident in re.findall(rb'\{"re":"(d[0-9]+)","ok":true', r.data):
            sent.setdefault(ident.decode(), r.began)
    for ident in gone.values():
        assert ident in sent, "the ok of %s was not seen" % ident
    streams, late = {}, {}
    for r in log:
        streams.setdefault(r.fd, []).append(r)
    for parts in streams.values():
        # a word may be cut by the end of a write
        data, begins = b"", []
        for r in parts:
            begins.append((len(data), r.began))
            data += r.data
        at = 0
        for m in re.finditer(rb"canary[0-9]{4}Zq", data):
            while at + 1 < len(begins) and begins[at + 1][0] <= m.start():
                at += 1
            name = m.group().decode()
            if name in gone and begins[at][1] > sent[gone[name]]:
                late[name] = late.get(name, 0) + 1
    return late


def delete(c, room, seq, ident):
    c.send_json({"op": "delete", "id": ident, "room": room, "seq": seq})
    return must(c.reply(ident))


@test("history, replay and live events never hold it after the ok")
def _():
    c = shared().client("ann")
    c.ok("join", room="gone")
    live = shared().client("bob")
    live.ok("join", room="gone")
    texts = ["first " + word(1), "second " + word(2), "third " + word(3)]
    seq = c.ok("send", room="gone", text=texts[0])["seq"]
    c.ok("edit", room="gone", seq=seq, text=texts[1])
    c.ok("edit", room="gone", seq=seq, text=texts[2])
    end = c.ok("delete", room="gone", seq=seq)["seq"]
    live.wait_seq("gone", end)
    d = shared().client("cid")
    for _ in range(2):
        log = d.replay("gone")
        assert [e["ev"] for e in log] == ["message", "edit", "edit", "delete"]
        d.ok("join", room="gone", last=10)
        for place in ({"after": 0}, {"before": 99}, {"around": seq},
                      {"at": 0}):
            d.ok("history", room="gone", **place)
        d.sync()
        assert not any("canary" in t for t in d.texts), d.texts
        d = (shared().restart(), shared().client("dora"))[1]


@test("nothing handed to any socket after the ok holds a deleted text")
def _():
    disk = Disk()
    server = disk.server
    c = server.client("ann")
    c.ok("join", room="r")
    readers = [server.client() for _ in range(5)]
    old = Client(server, "/ws/chat/r/")
    gone = {}
    for r in readers:
        r.ok("join", room="r")
    for n in range(100, 160):
        # send, edit, delete and others' reads all at once
        ask = [{"op": "send", "id": "s%d" % n, "room": "r",
                "text": "x%d %s" % (n, word(n))}]
        c.send_raw(b"".join(frame(TEXT, json.dumps(a)) for a in ask))
        seq = must(c.reply("s%d" % n))["seq"]
        for r in readers[:3]:
            for _ in range(3):
                r.ask("history", room="r", before=seq + 1, limit=20)
            r.ask("join", room="r", last=10)
        gone[word(n)] = "d%d" % n
        delete(c, "r", seq, "d%d" % n)
        for r in readers[:3]:
            r.ask("history", room="r", before=seq + 1, limit=20)
    for r in readers:
        r.sync()
        r.until(lambda: all(i in r.replies for i in range(1, r.last_id)))
    assert any("canary" in t for t in readers[4].texts), "nobody saw any"
    old.until(lambda: any(word(159) in t for t in old.texts))
    server.terminate()
    late = handed_after(disk, gone)
    assert not late, late


def finish(server, reader, after, end):
    """
    Reads on to that end.  One whose half-sent bytes held a deleted text may
    have been cut: he comes back by `after`, as clients do.
    """
    token, got = reader.token, []
    while True:
        try:
            reader.wait_seq("r", end, 30)
            return got + reader.entries("r")
        except Closed:
            assert reader.close_code in (1001, 1006), reader.close_code
            got += reader.entries("r")
            reader = server.client(None, token)
            reader.ok("join", room="r", after=got[-1]["seq"] if got
                      else after)


@test("a slow reader is not handed it either, however much waits for him")
def _():
    disk = Disk()
    server = disk.server
    c = server.client("ann")
    c.ok("join", room="r")
    # what was said before he came: he replays it from the store
    seqs = {}

    def fill(first, last):
        for n in range(first, last):
            ids = [c.ask("send", room="r", text="%s %d" % ("f" * 4000, i))
                   for i in range(5)]
            ids.append(c.ask("send", room="r", text=" ".join(
                [word(n)] * 200)))
            for i in ids:
                must(c.reply(i))
            seqs[n] = c.replies[ids[-1]]["seq"]
    fill(200, 240)
    slow = [server.client("slow%d" % i, rcvbuf=4096) for i in range(3)]
    for s, after in zip(slow, (0, seqs[220], seqs[239])):
        s.ask("join", room="r", after=after)
    # and while he is in the room without reading
    fill(240, 280)
    gone = {}
    for n in range(200, 280):
        gone[word(n)] = "d%d" % n
        delete(c, "r", seqs[n], "d%d" % n)
    end = c.ok("send", room="r", text="the end")["seq"]
    for s, after in zip(slow, (0, seqs[220], seqs[239])):
        got = finish(server, s, after, end)
        assert [e["seq"] for e in got] == list(range(after + 1, end + 1))
    server.terminate()
    late = handed_after(disk, gone)
    assert not late, late


@test("the check can fail: a text handed on after the ok is found")
def _():
    class Log:
        def records(self):
            return [Record(1, 2, 5, 9, "W", b"xx canary0001Zq"),
                    Record(3, 4, 7, 9, "W", b'{"re":"d1","ok":true}'),
                    Record(5, 6, 5, 9, "W", b"yy can"),
                    Record(7, 8, 5, 9, "W", b"ary0001Zq yy")]
    assert handed_after(Log(), {word(1): "d1"}) == {word(1): 1}


def holders(folder, what):
    """The files below folder that have these bytes."""
    found = []
    for path, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(path, name), "rb") as f:
                if what in f.read():
                    found.append(name)
    return found


def scrub(server):
    r = chatsrv("store", "scrub", "--store", server.store)
    assert r.returncode == 0, (r.returncode, r.stdout, r.stderr)
    assert "canary" not in r.stdout + r.stderr


@test("no log line, no metric and no page has a text that was said")
def _():
    server = Server(log_level="debug")
    c = server.client("ann")
    c.ok("join", room="loud")
    seq = c.ok("send", room="loud", text=word(300))["seq"]
    c.ok("edit", room="loud", seq=seq, text=word(301))
    c.ok("topic", room="loud", topic=word(302))
    c.error("send", room="loud", text=word(303) + "x" * 16384)
    c.send_text('{"op":"send","text":"%s"' % word(304))
    c.send_text('{"op":"%s"}' % word(305))
    Client(server, "/ws/chat/loud/").send_text(word(306))
    c.ok("delete", room="loud", seq=seq)
    for path in ("/metrics", "/readyz", "/healthz", "/", "/room/loud"):
        assert b"canary" not in server.get(path).body, path
    token = c.token
    server.terminate()
    assert "canary" not in server.log_text(), server.log_tail()
    assert token not in server.log_text(), "a token in the log"


def said_and_deleted(server, first):
    c = server.client("ann%d" % first)
    c.ok("join", room="r")
    gone = []
    for n in range(first, first + 40, 4):
        big = " ".join([word(n)] * (1 if n % 8 else 900))
        seq = c.ok("send", room="r", text=big, nonce="n%d" % n)["seq"]
        c.ok("edit", room="r", seq=seq, text=word(n + 1))
        c.ok("edit", room="r", seq=seq, text=word(n + 2), nonce="e%d" % n)
        c.ok("send", room="r", text="stays %d" % n)
        gone.append(seq)
    keep = c.ok("send", room="r", text=word(first + 3))["seq"]
    folder = os.path.dirname(server.db)
    assert holders(folder, b"canary"), "the texts are not readable at all"
    for seq in gone:
        c.ok("delete", room="r", seq=seq)
    return c, keep, {word(n + k).encode() for n in range(first, first + 40, 4)
                     for k in range(3)}


@test("after `store scrub` of a running server no file has it")
def _():
    server = Server()
    c, keep, gone = said_and_deleted(server, 400)
    scrub(server)
    for what in gone:
        assert not holders(server.tmp, what), (what, holders(server.tmp,
                                                             what))
    # what was not deleted is there, and the server goes on
    assert any(e.get("text") == word(403) for e in c.history("r"))
    c.ok("delete", room="r", seq=keep)
    c.ok("send", room="r", text="later")
    scrub(server)
    assert not holders(server.tmp, b"canary"), holders(server.tmp, b"canary")
    assert c.history("r")[-1]["text"] == "later"
    server.terminate()
    assert not holders(server.tmp, b"canary")


@test("after `store scrub` of a stopped server no file has it")
def _():
    for kill in (False, True):
        server = Server()
        _, _, gone = said_and_deleted(server, 500)
        server.kill9() if kill else server.terminate()
        scrub(server)
        for what in gone:
            assert not holders(server.tmp, what), (kill, what,
                                                   holders(server.tmp, what))
        server.start()
        c = server.client("bob")
        assert any(e.get("text") == word(503) for e in c.history("r"))
        server.terminate()


@test("scrub while others write and read loses nothing")
def _():
    import threading
    server = Server()
    c, _, _ = said_and_deleted(server, 600)
    done = threading.Event()
    failed = []

    def scrubs():
        try:
            for _ in range(3):
                scrub(server)
        except BaseException as e:
            failed.append(e)
        done.set()
    thread = threading.Thread(target=scrubs)
    before = c.ok("join", room="r")["seq"]
    thread.start()
    n = 0
    while not done.is_set() or n < 50:
        r = c.ok("send", room="r", text="w%d" % n, timeout=30)
        n += 1
        assert r["seq"] == before + n, r
        if n % 10 == 0:
            c.ok("history", room="r", before=r["seq"] + 1, limit=5)
    thread.join()
    assert not failed, failed
    assert [e["seq"] for e in c.replay("r")] == list(range(1, before + n + 1))
    server.terminate()


run()
