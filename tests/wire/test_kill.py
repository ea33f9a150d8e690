#!/usr/bin/python3
"""
kill -9 of chatsrv at random moments under load: what was acknowledged is
there, once; numbers have no holes; everybody resumes by himself.

KILLS=6  how often (50 for the whole proof)     SEED=…  of the random moments
"""

import asyncio
import collections
import os
import random

from chat import Resumer, Server, SLACK, chatsrv, must, resuming, run, test

KILLS = int(os.environ.get("KILLS", "6"))
CLIENTS = int(os.environ.get("CLIENTS", "50"))
SEED = int(os.environ.get("SEED", random.randrange(1 << 30)))
ROOMS = ["room%d" % i for i in range(5)]


async def talk(r, rng):
    """Posts until the client is stopped; each text is there once."""
    n = 0
    while not r.ended:
        n += 1
        room = rng.choice(r.rooms)
        mine = [e["seq"] for e in r.entries[room][-50:]
                if e["ev"] == "message" and e["from"] == r.user]
        text = "%s %d" % (r.nick, n)
        if mine and rng.random() < 0.1:
            await r.post("edit", room=room, seq=rng.choice(mine), text=text)
        else:
            await r.post("send", room=room, text=text)
        await asyncio.sleep(rng.uniform(0, 0.15))   # the load's own pace


async def until(condition, timeout, what):
    """The same as chat.wait_for, for asyncio."""
    loop = asyncio.get_running_loop()
    end = loop.time() + timeout * SLACK
    while not condition():
        assert loop.time() < end, what
        await asyncio.sleep(0.005)


async def kills(server, members, rng):
    """The server is killed while they talk, and started again."""
    def acks():
        return sum(len(r.acked) for r in members)
    for kill in range(KILLS):
        want = acks() + rng.randrange(20, 300)
        await until(lambda: acks() >= want, 60, "acks after kill %d" % kill)
        await asyncio.sleep(rng.uniform(0, 0.02))   # the random moment
        server.kill9()
        # those who have noticed are down, and come up with the new one
        await until(lambda: not any(r.up.is_set() for r in members), 30,
                    "all notice kill %d" % kill)
        times = [r.times for r in members]
        await asyncio.get_running_loop().run_in_executor(None, server.start)
        await until(lambda: all(r.times > t for r, t in zip(members, times)),
                    60, "all resumed after kill %d" % kill)


async def settled(members):
    """Returns when everybody has all that there is."""
    await until(lambda: not any(r.outbox for r in members), 60,
                "the outboxes are empty")
    ends = {}
    for room in ROOMS:
        r = next((r for r in members if room in r.rooms), None)
        if r:
            reply = must(await r.conn.request("history", room=room, limit=1,
                                              before=2 ** 53 - 1))
            ends[room] = reply["entries"][-1]["seq"]
    await until(lambda: all(len(r.entries[room]) >= ends[room]
                            for r in members for room in r.rooms), 60,
                "all have got all")


async def storm(server, rng):
    members = [Resumer(server, "user%d" % i, rng.sample(ROOMS, 2))
               for i in range(CLIENTS)]
    async with resuming(members):
        await until(lambda: all(r.times for r in members), 30, "all are in")
        talks = [asyncio.create_task(talk(r, random.Random(rng.random())))
                 for r in members]
        await kills(server, members, rng)
        for t in talks:
            t.cancel()
        await settled(members)
    return members


members = []
server = None


@test("%d clients resume by themselves after each of %d kills" % (
    CLIENTS, KILLS))
def _():
    global server
    print("# SEED=%d" % SEED)
    server = Server()
    members.extend(asyncio.run(storm(server, random.Random(SEED))))
    assert sum(len(r.acked) for r in members) >= 20 * KILLS
    assert all(r.times >= KILLS + 1 for r in members)
    print("# %d acknowledged" % sum(len(r.acked) for r in members))


@test("no subscription had a hole, a double, a gap or a reset")
def _():
    faults = [f for r in members for f in r.faults]
    assert members and not faults, "\n".join(faults[:20])


@test("nothing was refused on the way")
def _():
    refused = [x for r in members for x in r.refused.items()]
    assert members and not refused, refused[:5]


@test("every acknowledged entry is there exactly once, under its number")
def _():
    assert members
    reader = server.client("reader")
    for room in ROOMS:
        if not any(room in r.rooms for r in members):
            continue
        log = reader.replay(room, 60)
        assert [e["seq"] for e in log] == list(range(1, len(log) + 1))
        nonces = collections.Counter(e["nonce"] for e in log)
        twice = [n for n, times in nonces.items() if times > 1]
        assert not twice, twice[:5]
        texts = collections.Counter(e["text"] for e in log)
        assert max(texts.values()) == 1, texts.most_common(3)
        for r in members:
            for nonce, ((_, fields), reply) in r.acked.items():
                if fields["room"] != room:
                    continue
                e = log[reply["seq"] - 1]
                assert e["nonce"] == nonce, (nonce, reply, e)
                assert e["text"] == fields["text"], (fields, e)
                assert e["at"] == reply["at"], (reply, e)


@test("every member has seen exactly the log")
def _():
    assert members
    reader = server.client("reader2")
    for room in ROOMS:
        log = reader.replay(room, 60) if any(
            room in r.rooms for r in members) else []
        for r in members:
            if room in r.rooms:
                assert r.entries[room] == log[:len(r.entries[room])], room
                assert len(r.entries[room]) == len(log)


def verify_whole():
    r = chatsrv("verify", "--store", server.store)
    assert r.returncode == 0 and not r.stderr, r


@test("verify finds nothing wrong with the store, used or left")
def _():
    verify_whole()
    server.terminate()
    verify_whole()


run()
