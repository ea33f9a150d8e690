#!/usr/bin/python3
"""
Names are leases: held while their guest is here, however he comes and goes,
and given away 60 s after he left.  Identities are never given away.
"""

import fcntl
import sqlite3

from chat import SLACK, Client, Disk, Server, run, shared, test, wait_for


def ask(server, statement, *values):
    """The rows that a statement beside the server's finds."""
    db = sqlite3.connect(server.db, timeout=10)
    try:
        with db:
            return db.execute(statement, values).fetchall()
    finally:
        db.close()


def held(server, name):
    """True while the name's lease runs, False when it has an end."""
    rows = ask(server, "SELECT until FROM nick WHERE key = ?", name)
    assert len(rows) == 1, (name, rows)
    return rows[0][0] is None


class Turn:
    """The turnstile, held as a long scrub does: no write begins."""

    def __init__(self, server):
        self.file = open(server.db + "-turn-b", "r+b")

    def __enter__(self):
        fcntl.flock(self.file, fcntl.LOCK_EX)

    def __exit__(self, *_):
        self.file.close()


@test("a name is held when its guest is back before he was missed")
def _():
    server = shared()
    c = server.client("dan")
    for _ in range(20):
        back = Client(server)
        with Turn(server):
            ident = back.ask("hello", token=c.token)
            back.send_text("no JSON")   # its answer: the hello has gone in
            back.until(lambda: back.errors)
            c.abort()
            wait_for(lambda: server.metrics()["chatsrv_connections"] == 1)
        back.token = c.token
        back._hello(back.reply(ident))
        back.ok("join", room="r")       # is written behind the bye
        assert back.user == "dan" and held(server, "dan")
        c = back
    c.abort()
    wait_for(lambda: not held(server, "dan"))


@test("a guest who was gone before his hello was answered leaves no name")
def _():
    server = shared()
    c = Client(server)
    with Turn(server):
        c.ask("hello", nick="zoe")
        c.send_text("no JSON")
        c.until(lambda: c.errors)
        c.abort()
        wait_for(lambda: server.metrics()["chatsrv_connections"] == 0)
    wait_for(lambda: ask(server, "SELECT 1 FROM nick WHERE key = 'zoe'"))
    wait_for(lambda: not held(server, "zoe"))


@test("one whose second connection was, holds his until the first ends")
def _():
    server = shared()
    first = server.client("eve")
    second = Client(server)
    with Turn(server):
        second.ask("hello", token=first.token, nick="eva")
        second.send_text("no JSON")
        second.until(lambda: second.errors)
        second.abort()
        wait_for(lambda: server.metrics()["chatsrv_connections"] == 1)
    wait_for(lambda: ask(server, "SELECT 1 FROM nick WHERE key = 'eva'"))
    first.sync()
    assert held(server, "eva")
    # the name that he has got by it is his in rooms, too
    first.ok("join", room="eva")
    assert first.ok("members", room="eva")["members"][0]["user"] == "eva"
    first.abort()
    wait_for(lambda: not held(server, "eva"))


@test("a clock that jumps gives no name away")
def _():
    server = shared()
    c = server.client("fay")
    ask(server, "UPDATE node SET until = 1")
    assert server.client("fay").user == "fay2"
    c.sync()


@test("who comes after a guest that was forgotten is not that guest")
def _():
    server = Server()
    old = server.client("old")
    old.ok("join", room="r")
    seq = old.ok("send", room="r", text="mine", nonce="n1")["seq"]
    server.terminate()
    month = 31 * 86400000
    ask(server, "UPDATE identity SET seen = seen - ?", month)
    ask(server, "UPDATE node SET until = until - ?", 120000)
    ask(server, "UPDATE nick SET node = NULL, until = 1")
    server.start()          # its first beat clears away
    wait_for(lambda: not ask(server, "SELECT 1 FROM identity"))
    new = server.client("new")
    new.ok("join", room="r")
    new.error("edit", "forbidden", room="r", seq=seq, text="yours")
    new.error("delete", "forbidden", room="r", seq=seq)
    assert new.ok("send", room="r", text="mine", nonce="n1")["seq"] == seq + 1
    server.terminate()


@test("a guest who was here for a month comes back after it")
def _():
    server = Server()
    c = server.client("gil")
    month = 31 * 86400000
    ask(server, "UPDATE identity SET seen = seen - ?", month)
    c.abort()
    wait_for(lambda: not held(server, "gil"))
    ask(server, "DELETE FROM nick")
    assert server.client(None, c.token).user == "gil"
    # also when the server died while he was here
    ask(server, "UPDATE identity SET seen = seen - ?", month)
    server.restart(kill=True)
    assert server.client(None, c.token).user == "gil"
    server.terminate()


@test("a name is let go of also when the disk was full as its guest left",
      slow=True)
def _():
    disk = Disk()
    server, server.db = disk.server, disk.folder + "/chat.db"
    eva, lee = server.client("eva"), server.client("lee")
    lee.ok("join", room="r")
    disk.switch[1] = 1
    lee.error("send", "unavailable", room="r", text="x")
    eva.abort()
    wait_for(lambda: server.metrics()["chatsrv_connections"] == 1)
    lee.error("send", "unavailable", room="r", text="x")    # behind the bye
    disk.switch[1] = 0
    lee.ok("send", room="r", text="x")
    assert held(server, "eva")
    wait_for(lambda: not held(server, "eva"), 30 * SLACK, "it is let go")
    server.terminate()


run()
