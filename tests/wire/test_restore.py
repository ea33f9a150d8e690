#!/usr/bin/python3
"""
From a copy back to a store: `restore` makes a whole one or none, `verify`
finds what is wrong, and clients are told that the numbers begin anew.
"""

import glob
import os
import shutil
import sqlite3

from chat import Client, Server, chatsrv, new_folder, run, test

folder = new_folder("restore")


def path(name):
    return os.path.join(folder, name)


def filled(name):
    """A stopped server with a bit of everything, its copy, ann's token."""
    server = Server()
    c = server.client("ann")
    c.ok("join", room="r")
    for i in range(20):
        c.ok("send", room="r", text="text %d" % i, nonce="n%d" % i)
    c.ok("edit", room="r", seq=3, text="edited")
    c.ok("react", room="r", seq=4, emoji="👍")
    c.ok("react", room="r", seq=5, emoji="👍")
    c.ok("unreact", room="r", seq=5, emoji="👍")
    c.ok("edit", room="r", seq=6, text="soon gone")
    c.ok("delete", room="r", seq=6)
    c.ok("topic", room="r", topic="all kinds")
    copy = path(name)
    r = chatsrv("backup", copy, "--store", server.store)
    assert r.returncode == 0, r
    return server, copy, c.token


def restore(copy, place):
    return chatsrv("restore", copy, "--store", "sqlite:" + place)


def verify(*words):
    return chatsrv("verify", *words)


def damage(copy, sql):
    """A copy of the copy in which something was changed."""
    other = path("damaged.db")
    shutil.copy(copy, other)
    db = sqlite3.connect(other)
    db.executescript(sql)
    db.close()
    return other


@test("a restored store has everything, and clients are told of new numbers")
def _():
    server, copy, token = filled("whole.db")
    epoch = server.client().ok("join", room="r")["epoch"]
    server.terminate()
    place = path("restored.db")
    before = open(copy, "rb").read()
    r = restore(copy, place)
    assert r.returncode == 0 and not r.stderr, r
    assert open(copy, "rb").read() == before, "the copy was changed"
    assert os.stat(place).st_mode & 0o077 == 0, "others may read the store"
    two = Server(store="sqlite:" + place)
    c = Client(two)
    c.hello(None, token)
    assert c.user == "ann", c.user
    reply = c.ok("join", room="r", after=5, epoch=epoch)
    assert reply["reset"] is True and reply["epoch"] != epoch, reply
    assert reply["topic"] == "all kinds", reply
    log = c.replay("r")
    assert [e["seq"] for e in log] == list(range(1, 28)), log
    assert c.ok("send", room="r", text="text 7", nonce="n7")["seq"] == 8
    assert c.ok("send", room="r", text="new")["seq"] == 28
    two.terminate()


@test("two stores of one copy are two stores")
def _():
    server, copy, _ = filled("twice.db")
    server.terminate()
    epochs = set()
    for name in ("one.db", "two.db"):
        assert restore(copy, path(name)).returncode == 0
        s = Server(store="sqlite:" + path(name))
        epochs.add(s.client().ok("join", room="r")["epoch"])
        s.terminate()
    assert len(epochs) == 2, epochs


@test("a store that is there is not restored over")
def _():
    server, copy, _ = filled("over.db")
    r = restore(copy, server.db)
    assert r.returncode == 74 and server.db in r.stderr, r
    assert "move it away" in r.stderr, r
    assert server.client().ok("join", room="r")["seq"] == 27
    server.terminate()
    r = restore(copy, server.db)
    assert r.returncode == 74 and "move it away" in r.stderr, r
    alone = path("alone.db")        # without a log beside it
    shutil.copy(copy, alone)
    before = open(alone, "rb").read()
    r = restore(copy, alone)
    assert r.returncode == 74 and alone + ": exists" in r.stderr, r
    assert open(alone, "rb").read() == before, "it was changed"


@test("a log that an older store left is not taken for the new one's")
def _():
    server, copy, _ = filled("left.db")
    server.terminate()
    for end in ("-wal", "-journal"):
        place = path("place%s.db" % end)
        with open(place + end, "wb") as f:
            f.write(b"left")
        r = restore(copy, place)
        assert r.returncode == 74 and place + end in r.stderr, r
        assert not os.path.exists(place), "it made half a store"


@test("what is no whole copy is not restored, and nothing is left of it")
def _():
    server, copy, _ = filled("bad.db")
    server.terminate()
    text = path("text.db")
    with open(text, "w") as f:
        f.write("no database at all, but long enough to be one" * 100)
    other = path("other.db")
    db = sqlite3.connect(other)
    db.execute("CREATE TABLE mine(x)")
    db.commit()
    db.close()
    hole = damage(copy, "DELETE FROM entry WHERE seq = 9")
    for bad, status in ((text, 65), (other, 65), (hole, 65),
                        (path("nothing.db"), 74)):
        place = path("never.db")
        r = restore(bad, place)
        assert r.returncode == status and bad in r.stderr, (bad, r)
        assert not glob.glob(place + "*"), glob.glob(place + "*")


@test("a place that can't be written is told, and nothing is left there")
def _():
    server, copy, _ = filled("place.db")
    server.terminate()
    place = path("no/such/folder.db")
    r = restore(copy, place)
    assert r.returncode == 74 and "no/such/folder.db" in r.stderr, r


@test("verify says what a store has, also while a server uses it")
def _():
    server, copy, _ = filled("fine.db")
    for words in ((copy,), ("--store", server.store)):
        r = verify(*words)
        assert r.returncode == 0 and not r.stderr, r
        assert "27 entries in 1 rooms, all is well" in r.stdout, r
    server.client().ok("send", room="r", text="goes on")
    server.terminate()
    r = verify("--store", server.store)
    assert r.returncode == 0 and "28 entries" in r.stdout, r


@test("verify finds each thing that can be wrong, and says where")
def _():
    server, copy, _ = filled("found.db")
    server.terminate()
    for sql, said in (
            ("DELETE FROM entry WHERE seq = 9",
             "room r: entries 1 to 27 are 26, not 27"),
            ("UPDATE room SET seq = 30", "room r: entries 1 to 30 are 27"),
            ("UPDATE room SET id = 77", "of room number 1"),
            ("UPDATE entry SET text = 'soon gone' WHERE seq = 6",
             "room r: entry 6 is deleted, but has a text"),
            ("UPDATE entry SET text = 'soon gone' WHERE kind = 2 AND "
             "target = 6", "is deleted, but has a text"),
            ("UPDATE entry SET text = NULL WHERE seq = 7",
             "room r: entry 7 has no text"),
            ("UPDATE entry SET target = 24 WHERE kind = 2 AND target = 3",
             "room r: entry 21 is about 24, which is no message"),
            ("UPDATE reaction SET target = 6",
             "room r: a reaction at 6, which is no message"),
            ("UPDATE nonce SET seq = 99 WHERE nonce = 'n4'",
             "room r: a nonce stands for 99"),
            ("UPDATE nick SET key = 'somebody'",
             "the name somebody is held by 1")):
        bad = damage(copy, sql)
        r = verify(bad)
        assert r.returncode == 65 and said in r.stderr, (sql, r)
        assert bad in r.stderr and not r.stdout, r


@test("verify finds a page that was overwritten")
def _():
    server, copy, _ = filled("page.db")
    server.terminate()
    bad = damage(copy, "")
    db = sqlite3.connect(bad)
    page, = db.execute("SELECT rootpage FROM sqlite_schema "
                       "WHERE name = 'entry'").fetchone()
    db.close()
    with open(bad, "r+b") as f:
        f.seek((page - 1) * 4096 + 4)
        f.write(b"\x7f" * 500)
    r = verify(bad)
    assert r.returncode == 65 and bad in r.stderr, r


@test("verify tells no control character of what it finds")
def _():
    server, copy, _ = filled("ctl.db")
    server.terminate()
    r = verify(damage(copy, "UPDATE room SET name = 'r' || char(27) || "
                            "'[31m', seq = 30"))
    assert r.returncode == 65 and "\x1b" not in r.stderr, r


@test("verify of nothing is an error and makes nothing")
def _():
    for words in ((path("none.db"),), ("--store", "sqlite:" +
                                       path("none.db"))):
        r = verify(*words)
        assert r.returncode == 74 and "none.db" in r.stderr, r
    assert not os.path.exists(path("none.db"))


run()
