#!/usr/bin/python3
"""
The log and the present state say the same: what a client has folded from
what came to it, live, over cut connections or as one replay, is exactly what
`history` answers.

OPS=600  operations (5000 for the whole proof)     SEED=…
"""

import asyncio
import os
import random

from chat import AsyncClient, Resumer, Server, SLACK, chatsrv, \
    first_difference, fold, resuming, run, test

OPS = int(os.environ.get("OPS", "600"))
CLIENTS = int(os.environ.get("CLIENTS", "10"))
SEED = int(os.environ.get("SEED", random.randrange(1 << 30)))
ROOMS = ["fold", "also"]
EMOJI = ["👍", "🎉", "❤️", "🇪🇺"]

members, server, left = [], None, [OPS]


async def work(r, rng):
    """One client's share of the operations."""
    while left[0] > 0:
        left[0] -= 1
        room = rng.choice(ROOMS)
        seqs = [e["seq"] for e in r.entries[room][-200:]
                if e["ev"] == "message"]
        mine = [e["seq"] for e in r.entries[room][-400:]
                if e["ev"] == "message" and e["from"] == r.user]
        op = rng.choices(
            ("send", "edit", "delete", "react", "unreact", "topic", "cut"),
            (40, 15, 6, 25, 10, 2, 2))[0]
        if op == "cut":
            if r.up.is_set():
                r.conn.abort()
        elif op == "send" or not seqs:
            extra = rng.choice(({}, {}, {}, {"kind": "action"},
                                {"kind": "code", "lang": "c"},
                                {"reply_to": rng.choice(seqs or [1])}))
            if "reply_to" in extra and not seqs:
                extra = {}
            await r.post("send", room=room, text="t%d %s" % (
                left[0], "x" * rng.choice((0, 0, 10, 3000))), **extra)
        elif op == "topic":
            await r.post("topic", room=room, topic="topic %d" % left[0])
        elif op in ("edit", "delete"):
            # now and then another's, to be refused
            seq = rng.choice(mine if mine and rng.random() < 0.95 else seqs)
            text = {"text": "e%d" % left[0]} if op == "edit" else {}
            await r.post(op, room=room, seq=seq, **text)
        elif op == "unreact" and (own := [
                e for e in r.entries[room][-400:]
                if e["ev"] == "react" and e["from"] == r.user]):
            e = rng.choice(own)
            await r.post(op, room=room, seq=e["target"], emoji=e["emoji"])
        else:
            await r.post(op, room=room, seq=rng.choice(seqs),
                         emoji=rng.choice(EMOJI))


async def play(server, rng):
    rs = [Resumer(server, "user%d" % i, ROOMS) for i in range(CLIENTS)]
    async with resuming(rs):
        for r in rs:
            await asyncio.wait_for(r.up.wait(), 30 * SLACK)
        await asyncio.wait_for(asyncio.gather(*(
            work(r, random.Random(rng.random())) for r in rs)),
            (30 + OPS / 10) * SLACK)
        for r in rs:
            await asyncio.wait_for(r.up.wait(), 30 * SLACK)
        last = await AsyncClient.open(server)
        for room in ROOMS:
            end = (await last.ok("join", room=room))["seq"]
            for r in rs:
                await r.conn.until(lambda: len(r.entries[room]) >= end,
                                   30 * SLACK)
        last.abort()
    return rs


@test("%d random operations of %d clients on cut connections" % (
    OPS, CLIENTS))
def _():
    global server
    print("# SEED=%d" % SEED)
    server = Server()
    members.extend(asyncio.run(play(server, random.Random(SEED))))
    assert sum(r.times for r in members) > CLIENTS, "no connection was cut"
    codes = {reply["error"]["code"] for r in members
             for _, reply in r.refused.values()}
    assert codes <= {"forbidden", "not_found"}, codes
    done = {}
    for r in members:
        for (op, _), _ in r.acked.values():
            done[op] = done.get(op, 0) + 1
    print("# %s; %d resumptions" % (done, sum(r.times for r in members)))
    assert len(done) == 6, done


@test("no client missed an entry or got one twice")
def _():
    faults = [f for r in members for f in r.faults]
    assert members and not faults, "\n".join(faults[:20])


@test("the fold of a replay from 0 is what history says")
def _():
    c = server.client("reader")
    for room in ROOMS:
        one, two = fold(c.replay(room, 60)), c.history(room)
        assert one == two, first_difference(one, two)
        assert len(two) > OPS // 20


@test("every client's live fold is what history says")
def _():
    assert members
    c = server.client("reader2")
    for room in ROOMS:
        want = c.history(room)
        for r in members:
            got = fold(r.entries[room])
            assert got == want, first_difference(got, want)


@test("pages of any size, and pages backwards, are the same")
def _():
    c = server.client("reader3")
    for room in ROOMS:
        want = c.history(room)
        assert c.history(room, limit=17) == want
        back, before = [], 2 ** 53 - 1
        while True:
            r = c.ok("history", room=room, before=before, limit=23)
            back = r["entries"] + back
            if not r["more"]:
                break
            before = r["entries"][0]["seq"]
        assert back == want, first_difference(back, want)


@test("after a restart it is still the same")
def _():
    c = server.client("reader4")
    before = {room: (c.replay(room, 60), c.history(room)) for room in ROOMS}
    server.restart()
    c = server.client("reader5")
    for room in ROOMS:
        assert (c.replay(room, 60), c.history(room)) == before[room]


@test("verify finds nothing wrong with the store")
def _():
    r = chatsrv("verify", "--store", server.store)
    assert r.returncode == 0 and not r.stderr, r


run()
