#!/usr/bin/python3
"""
What `ok` means: the entry is on the disk.  fsync.c (LD_PRELOAD) notes in
which order bytes are written, synced and sent, and lets disks fail.

ACKS=1000  acknowledgements to be looked at
"""

import asyncio
import json
import os
import re
import signal
import subprocess

from chat import AsyncClient, Client, Closed, Disk, Record, Server, SLACK, \
    TEXT, frame, must, new_folder, run, test, wait_for

ACKS = int(os.environ.get("ACKS", "1000"))


def check_order(log, acks):
    """
    For each (ack's bytes, text): text was written to the -wal, a sync of the
    -wal began after that and was done, and only then the ack began to leave.
    """
    wal = {r.fd: r.data for r in log if r.kind == "S"}
    wal = {fd for fd, name in wal.items() if name.endswith(b"-wal")}
    assert wal, "the -wal was never synced"
    syncs = [r for r in log if r.kind == "S" and r.fd in wal and
             r.result == 0]
    words = re.compile(rb"canary-[0-9]+-")
    written, sent = {}, {}
    for r in log:
        if r.kind == "F" and r.fd in wal:
            for word in set(words.findall(r.data)):
                written.setdefault(word, r.done)
        elif r.kind == "W":
            for ack in re.findall(rb'\{"re":"([^"]+)","ok":true', r.data):
                sent.setdefault(ack, r.began)
    early = []
    at = 0
    for ack, word in sorted(acks, key=lambda a: written.get(a[1], 0)):
        assert word in written, "%r is not in the -wal" % word
        assert ack in sent, "%r was not sent" % ack
        while at < len(syncs) and syncs[at].began < written[word]:
            at += 1
        if at == len(syncs) or syncs[at].done > sent[ack]:
            early.append(ack)
    assert not early, "%d of %d left before their sync: %r" % (
        len(early), len(acks), early[:5])


@test("of %d acks none left before the fdatasync that covers it" % ACKS)
def _():
    disk = Disk()
    server = disk.server
    acks = []

    async def sender(k, n):
        c = await AsyncClient.open(server, "user%d" % k)
        await c.ok("join", room="room%d" % (k % 3))
        for i in range(0, n, 4):            # four in flight
            ids = []
            for j in range(i, min(n, i + 4)):
                ident, word = "a%d.%d" % (k, j), "canary-%d%05d-" % (k, j)
                c.writer.write(frame(TEXT, json.dumps({
                    "op": "send", "id": ident, "room": "room%d" % (k % 3),
                    "text": word, "nonce": ident})))
                ids.append(ident)
                acks.append((ident.encode(), word.encode()))
            for ident in ids:
                must(await c.reply(ident, 30 * SLACK))
        c.abort()

    async def all_senders():
        await asyncio.gather(*(sender(k, ACKS // 20) for k in range(1, 20)))
        # and one alone, so that batches of one are among them
        await sender(20, ACKS - 19 * (ACKS // 20))
    asyncio.run(all_senders())
    server.terminate()
    log = disk.records()
    assert len(acks) == ACKS
    check_order(log, acks)


@test("the check of the order can fail: an ack moved before its sync")
def _():
    def one(kind, fd, began, data=b""):
        return Record(began, began + 1, fd, 0, kind, data)
    good = [one("F", 5, 10, b"xx canary-1- xx"), one("S", 5, 20, b"/x-wal"),
            one("W", 9, 30, b'{"re":"a","ok":true}')]
    check_order(good, [(b"a", b"canary-1-")])
    for order in ((0, 2, 1), (1, 0, 2), (1, 2, 0)):
        bad = [good[i]._replace(began=10 * p, done=10 * p + 1)
               for p, i in enumerate(order)]
        try:
            check_order(bad, [(b"a", b"canary-1-")])
        except AssertionError:
            continue
        raise RuntimeError("the check passes %r" % (order,))


@test("a failing fdatasync ends in a clean stop without a further ok")
def _():
    disk = Disk()
    server = disk.server
    c = server.client("ann")
    c.ok("join", room="r")
    for i in range(10):
        c.ok("send", room="r", text="kept %d" % i, nonce="k%d" % i)
    disk.switch[0] = 1
    ids = [c.ask("send", room="r", text="lost %d" % i, nonce="l%d" % i)
           for i in range(20)]
    code = server.wait_exit(10)
    assert disk.switch[2] >= 1, "no sync has failed"
    assert disk.switch[2] == 1, "fdatasync was tried again: %d times" % (
        disk.switch[2])
    assert code != 0 and code < 128, "exit %d" % code
    try:
        c.until(lambda: c.close_code is not None, 5)
    except Closed:
        pass
    for i in ids:
        reply = c.replies.get(i)
        assert not reply or reply["error"]["code"] in (
            "unavailable", "unknown"), reply
    assert c.close_code in (1001, 1011), c.close_code
    server.check_log()
    tail = server.log_tail()
    assert re.search(r"sync|Input/output|I/O", tail), tail
    # what had been acknowledged is there after a start on a sound disk
    disk.switch[0] = 0
    server.start()
    d = server.client(None, c.token)
    log = d.replay("r")
    assert [e["text"] for e in log[:10]] == ["kept %d" % i
                                             for i in range(10)], log
    for i in range(20):
        d.ok("send", room="r", text="lost %d" % i, nonce="l%d" % i)
    texts = [e["text"] for e in d.replay("r")]
    assert sorted(texts) == sorted(["kept %d" % i for i in range(10)] +
                                   ["lost %d" % i for i in range(20)]), texts
    server.terminate()


def fails_while_stopping(disk, until):
    """
    The server is told to stop while a sync is on its way, which fails when
    until(client) has come true.
    """
    server = disk.server
    c = server.client("ann")
    c.ok("join", room="r")
    disk.switch[4] = 1
    ident = c.ask("send", room="r", text="lost")
    wait_for(lambda: disk.switch[5], what="a sync that waits")
    server.process.send_signal(signal.SIGTERM)
    wait_for(lambda: "stopping" in server.log_text(), what="the stop")
    until(c)
    disk.switch[0], disk.switch[4] = 1, 0
    code = server.wait_exit(10)
    assert disk.switch[2] == 1, "%d syncs have failed" % disk.switch[2]
    assert code == 74, "exit %d\n%s" % (code, server.log_tail())
    c.wait_close()
    reply = c.replies.get(ident)
    assert not reply or reply["error"]["code"] in (
        "unavailable", "unknown"), reply
    server.check_log()


@test("a fdatasync that fails while the server stops is told by exit 74")
def _():
    fails_while_stopping(Disk(), lambda c: None)


@test("so is one that the stop does not wait for any more")
def _():
    fails_while_stopping(Disk(), lambda c: c.wait(
        lambda e: e["ev"] == "bye"))


def full_disk(server, fill, empty):
    """What a full disk must look like from outside, and after it."""
    c = server.client("ann")
    c.ok("join", room="r")
    other = server.client("bob")
    other.ok("join", room="r")
    for i in range(5):
        c.ok("send", room="r", text="before %d" % i)
    other.wait_seq("r", 5)
    fill()

    def refused():
        r = c.request("send", room="r", text="x" * 8000)
        if r["ok"]:
            return None
        return r["error"]
    error = wait_for(refused, 30, "a send that is refused")
    assert error["code"] == "unavailable", error
    assert server.running(), server.log_tail()
    # reads go on, live connections too
    page = c.ok("history", room="r", after=0, limit=5)
    assert [e["text"] for e in page["entries"]] == [
        "before %d" % i for i in range(5)], page
    c.ok("rooms")
    c.ok("members", room="r")
    end = c.ok("history", room="r", before=2 ** 53 - 1,
               limit=1)["entries"][-1]["seq"]
    reply = other.ok("join", room="r", after=0)
    assert reply["recovered"] is True and reply["seq"] == end, (reply, end)
    empty()

    def accepted():
        r = c.request("send", room="r", text="after", nonce="after")
        assert r["ok"] or r["error"]["code"] == "unavailable", r
        return r if r["ok"] else None
    seq = wait_for(accepted, 15, "a send that is taken again", 0.1)["seq"]
    assert seq == end + 1, (seq, end)
    assert other.wait_seq("r", seq)["text"] == "after"
    log = c.replay("r")
    assert [e["seq"] for e in log] == list(range(1, seq + 1))
    server.terminate()


@test("a full disk (as the shim says) gives unavailable, and reads go on")
def _():
    disk = Disk()

    def switch(value):
        disk.switch[1] = value
    full_disk(disk.server, lambda: switch(1), lambda: switch(0))
    assert disk.switch[3] > 0, "no write has failed"


@test("a full disk (a small tmpfs) gives unavailable, and reads go on",
      skip=None if os.geteuid() == 0 else "only root can mount")
def _():
    folder = new_folder("tmpfs")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs",
                       folder], capture_output=True).returncode:
        print("# tmpfs can't be mounted here: not run")
        return
    filler = os.path.join(folder, "filler")
    try:
        server = Server(store="sqlite:%s/chat.db" % folder)

        def fill():
            with open(filler, "wb", buffering=0) as f:
                try:
                    while True:
                        f.write(bytes(4096))
                except OSError:
                    pass
        full_disk(server, fill, lambda: os.unlink(filler))
    finally:
        for s in Server.all:
            if folder in s.store:
                s.close()
        subprocess.run(["umount", folder], check=True)


@test("a store that is away while a guest says hello is told, not hidden")
def _():
    disk = Disk()
    server = disk.server
    old = server.client("ann")
    old.ok("join", room="r")
    disk.switch[1] = 1
    c = Client(server)
    reply = c.request("hello", nick="bob")
    assert reply["ok"] or reply["error"]["code"] == "unavailable", reply
    error = old.error("join", room="a-new-room")
    assert error["code"] == "unavailable", error
    disk.switch[1] = 0
    wait_for(lambda: Client(server).request("hello")["ok"], 15, step=0.1)
    server.terminate()


run()
