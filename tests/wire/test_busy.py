#!/usr/bin/python3
"""
Others who use the store's files: readers, backups, scrubs, a second server.
None of them holds up a writer or a stop, and nothing is said to be done that
was not.
"""

import fcntl
import glob
import os
import signal
import sqlite3
import time

from chat import SLACK, Client, Disk, Server, chatsrv, run, test, wait_for


class Reader:
    """Reads what the store is now, as a long backup does, until close()."""

    def __init__(self, server):
        self.db = sqlite3.connect(server.db, isolation_level=None)
        self.db.execute("BEGIN")
        self.db.execute("SELECT count(*) FROM entry").fetchall()

    def close(self):
        self.db.close()


def holders(server, what):
    found = []
    for path in glob.glob(server.db + "*"):
        with open(path, "rb") as f:
            if what in f.read():
                found.append(path)
    return found


def stops_in_time(server):
    began = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    assert server.wait_exit(20) == 0
    took = time.monotonic() - began
    assert took < 5 * SLACK, "it took %.1f s" % took
    server.check_log()


@test("SIGTERM ends it within 5 s while somebody reads its store")
def _():
    server = Server()
    c = server.client("ann")
    c.ok("join", room="r")
    reader = Reader(server)
    for i in range(50):
        c.ok("send", room="r", text="x%d" % i)
    stops_in_time(server)
    reader.close()
    server.start()
    assert len(server.client("bob").replay("r")) == 50
    server.terminate()


@test("SIGTERM ends it within 5 s while a scrub has its turn")
def _():
    server = Server()
    c = server.client("ann")
    c.ok("join", room="r")
    c.ok("send", room="r", text="kept")
    with open(server.db + "-turn-b", "r+b") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        lost = c.ask("send", room="r", text="lost")
        c.send_text("no JSON")
        c.until(lambda: c.errors)
        stops_in_time(server)
    c.wait_close()
    reply = c.replies.get(lost)
    assert not reply or reply["error"]["code"] == "unavailable", reply
    server.start()
    assert [e["text"] for e in server.client("bob").replay("r")] == ["kept"]
    server.terminate()


@test("SIGTERM ends it within 5 s while its store is locked by somebody")
def _():
    server = Server()
    other = sqlite3.connect(server.db, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    c = Client(server)
    c.ask("hello", nick="ann")
    c.send_text("no JSON")
    c.until(lambda: c.errors)
    stops_in_time(server)
    other.close()


@test("a scrub that a reader was in the way of is told to have failed")
def _():
    server = Server()
    c = server.client("ann")
    c.ok("join", room="r")
    seq = c.ok("send", room="r", text="canary" * 20)["seq"]
    reader = Reader(server)
    c.ok("delete", room="r", seq=seq)
    r = chatsrv("store", "scrub", "--store", server.store, timeout=60)
    assert r.returncode == 74, r
    assert server.db in r.stderr and "deleted text" in r.stderr, r.stderr
    assert holders(server, b"canary"), "there was nothing to be removed"
    c.ok("send", room="r", text="goes on")
    reader.close()
    r = chatsrv("store", "scrub", "--store", server.store)
    assert r.returncode == 0, r
    assert not holders(server, b"canary"), holders(server, b"canary")
    server.terminate()


@test("a reader in the way of a full log holds no writer up")
def _():
    server = Server(store_wal_mib=1)
    c = server.client("ann")
    c.ok("join", room="r")
    reader = Reader(server)
    worst = 0
    while os.path.getsize(server.db + "-wal") < 3 << 20:
        began = time.monotonic()
        c.ok("send", room="r", text="y" * 8000, timeout=30)
        worst = max(worst, time.monotonic() - began)
    assert worst < 2 * SLACK, "a send took %.1f s" % worst
    reader.close()

    def emptied():
        c.ok("send", room="r", text="z")
        return os.path.getsize(server.db + "-wal") < 1 << 20
    wait_for(emptied, 20 * SLACK, "the log is emptied when he is gone", 0.1)
    server.terminate()


@test("what was deleted before a kill leaves the log with the next server")
def _():
    server = Server()
    c = server.client("ann")
    c.ok("join", room="r")
    seq = c.ok("send", room="r", text="canary" * 20)["seq"]
    c.ok("delete", room="r", seq=seq)
    server.restart(kill=True)
    assert holders(server, b"canary")
    server.terminate()
    assert not holders(server, b"canary"), holders(server, b"canary")


@test("a disk that fails at a checkpoint ends it, though nobody writes")
def _():
    disk = Disk(store_wal_mib=1)
    server = disk.server
    c = server.client("ann")
    c.ok("join", room="r")
    disk.switch[6] = 1
    log = os.path.join(disk.folder, "chat.db-wal")
    while os.path.getsize(log) < 1 << 20:
        c.ok("send", room="r", text="y" * 8000)
    assert server.wait_exit(8) == 74
    assert disk.switch[2] == 1, "%d syncs have failed" % disk.switch[2]
    assert "not be made sure" in server.log_text(), server.log_tail()


@test("a second server is refused, by whatever name the store goes")
def _():
    server = Server()
    link = os.path.join(server.tmp, "link.db")
    os.symlink("chat.db", link)
    for name in (server.db, link, os.path.join(server.tmp, ".", "chat.db")):
        r = chatsrv("--listen", "127.0.0.1:0", "--store", "sqlite:" + name)
        assert r.returncode == 2 and "in use" in r.stderr, r
    server.terminate()
    other = Server(store="sqlite:" + link)
    other.client("ann").ok("rooms")
    other.terminate()


@test("two backups at once are two backups")
def _():
    import concurrent.futures
    server = Server()
    c = server.client("ann")
    c.ok("join", room="r")
    for i in range(20):
        c.ok("send", room="r", text="x" * 8000)
    copies = [os.path.join(server.tmp, "copy%d.db" % i) for i in range(2)]
    with concurrent.futures.ThreadPoolExecutor() as pool:
        for r in pool.map(lambda copy: chatsrv(
                "backup", copy, "--store", server.store), copies):
            assert r.returncode == 0, r
    for copy in copies:
        db = sqlite3.connect(copy)
        assert db.execute("SELECT count(*) FROM entry").fetchone() == (20,)
        db.close()
    assert not glob.glob(server.tmp + "/*.part*")
    server.terminate()


run()
