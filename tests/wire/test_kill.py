#!/usr/bin/python3
"""
kill -9 of chatsrv at random moments under load: what was acknowledged is
there, once; numbers have no holes; everybody resumes by himself.

KILLS=6  how often (50 for the whole proof)     SEED=…  of the random moments
"""

import asyncio
import os
import random

from chat import Resumer, Server, chatsrv, resuming, run, test
from storm import acks, check_log, check_seen, settled, talk, until

KILLS = int(os.environ.get("KILLS", "6"))
CLIENTS = int(os.environ.get("CLIENTS", "50"))
SEED = int(os.environ.get("SEED", random.randrange(1 << 30)))
ROOMS = ["room%d" % i for i in range(5)]


async def kills(server, members, rng):
    """The server is killed while they talk, and started again."""
    for kill in range(KILLS):
        want = acks(members) + rng.randrange(20, 300)
        await until(lambda: acks(members) >= want, 60, "acks after kill %d" % kill)
        await asyncio.sleep(rng.uniform(0, 0.02))   # the random moment
        server.kill9()
        # those who have noticed are down, and come up with the new one
        await until(lambda: not any(r.up.is_set() for r in members), 30,
                    "all notice kill %d" % kill)
        times = [r.times for r in members]
        await asyncio.get_running_loop().run_in_executor(None, server.start)
        await until(lambda: all(r.times > t for r, t in zip(members, times)),
                    60, "all resumed after kill %d" % kill)


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
    assert acks(members) >= 20 * KILLS
    assert all(r.times >= KILLS + 1 for r in members)
    print("# %d acknowledged" % acks(members))


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
        if any(room in r.rooms for r in members):
            check_log(members, room, reader.replay(room, 60))


@test("every member has seen exactly the log")
def _():
    assert members
    reader = server.client("reader2")
    for room in ROOMS:
        if any(room in r.rooms for r in members):
            check_seen(members, room, reader.replay(room, 60))


def verify_whole():
    r = chatsrv("verify", "--store", server.store)
    assert r.returncode == 0 and not r.stderr, r


@test("verify finds nothing wrong with the store, used or left")
def _():
    verify_whole()
    server.terminate()
    verify_whole()


run()
