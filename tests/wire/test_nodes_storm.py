#!/usr/bin/python3
"""
Three servers, one store, one Redis, and people on all of them who talk, while
Redis is killed, cut, stopped and flushed, while servers are killed, and while
they go from one server to another: each sees every entry once, in order.

CLIENTS=60 ROOMS=10 FAULTS=10 SEED=…; the whole proof: CLIENTS=200 ROOMS=50
MESSAGES=20000 FAULTS=100
"""

import asyncio
import os
import random

from chat import SLACK, Resumer, chatsrv, resuming, run, test
from chat_nodes import Redis, nodes, wait_up
from storm import acks, check_log, check_seen, settled, talk, until

CLIENTS = int(os.environ.get("CLIENTS", "60"))
ROOMS = ["room%d" % i for i in range(int(os.environ.get("ROOMS", "10")))]
FAULTS = int(os.environ.get("FAULTS", "10"))
MESSAGES = int(os.environ.get("MESSAGES", "10000"))
PAUSE = 0.02             # seconds between one's messages, at most
HOPS = 20
SEED = int(os.environ.get("SEED", random.randrange(1 << 30)))

redis = Redis()
servers = []


def people(rng):
    """Evenly over the servers, in three rooms each."""
    return [Resumer(servers[i % 3], "user%d" % i, rng.sample(ROOMS, 3))
            for i in range(CLIENTS)]


async def in_thread(f, *args):
    await asyncio.get_running_loop().run_in_executor(None, f, *args)


async def hop(r, rng):
    """Goes to another server, and does so again when he is there."""
    for _ in range(HOPS):
        times = r.times
        r.server = rng.choice([s for s in servers if s is not r.server])
        r.conn.abort()
        await until(lambda: r.times > times, 60, "%s is back" % r.nick)
        await asyncio.sleep(rng.uniform(0, 0.1))    # he stays a little


async def no_redis(rng):
    await in_thread(redis.kill)
    await asyncio.sleep(rng.uniform(0, 0.5))        # as long as it is away
    await in_thread(redis.start)


async def cut_publisher(rng):
    await in_thread(redis.kill_client, False)


async def cut_subscriber(rng):
    await in_thread(redis.kill_client, True)


async def silent_redis(rng):
    redis.stop()
    await asyncio.sleep(rng.choice([0.2, 4]))       # noticed after 3 s
    redis.go_on()


async def flushed_redis(rng):
    await in_thread(redis.cli, "flushall")


FAULTY = [no_redis, cut_publisher, cut_subscriber, silent_redis,
          flushed_redis]


async def faults(members, rng):
    for i in range(FAULTS):
        want = acks(members) + 20
        await FAULTY[i % len(FAULTY)](rng)
        await until(lambda: acks(members) >= want, 60,
                    "messages are acknowledged after fault %d" % i)


async def kills(members, rng):
    """One server after the other is killed, and started again."""
    for i in range(FAULTS):
        victim = servers[i % 3]
        mine = [r for r in members if r.server is victim]
        times = [r.times for r in mine]
        want = acks(members) + rng.randrange(20, 100)
        await until(lambda: acks(members) >= want, 60, "acks before a kill")
        victim.kill9()
        for r in mine[::2]:
            r.server = servers[(i + 1) % 3]
        await in_thread(victim.start)
        await until(lambda: all(r.times > t for r, t in zip(mine, times)), 60,
                    "all resumed after kill %d" % i)


async def storm(rng, trouble, hoppers=0):
    members = people(rng)
    async with resuming(members):
        await until(lambda: all(r.times for r in members), 30, "all are in")
        talks = [asyncio.create_task(talk(r, random.Random(rng.random()), PAUSE))
                 for r in members]
        hops = [asyncio.create_task(hop(r, random.Random(rng.random())))
                for r in members[:hoppers]]
        await trouble(members, rng)
        await asyncio.gather(*hops)
        await until(lambda: acks(members) >= MESSAGES, 600,
                    "%d messages" % MESSAGES)
        for t in talks:
            t.cancel()
        # the heads tell within 12 s what nothing else has told
        await settled(members, 15)
    return members


def check(members):
    faulty = [f for r in members for f in r.faults]
    assert not faulty, "\n".join(faulty[:20])
    refused = [x for r in members for x in r.refused.items()]
    assert not refused, refused[:5]
    reader = servers[0].client("reader")
    for room in ROOMS:
        if any(room in r.rooms for r in members):
            log = reader.replay(room, 60)
            check_log(members, room, log)
            check_seen(members, room, log)
    print("# %d acknowledged, %d early, %d gaps" % (
        acks(members), *(sum(s.metrics()["chatsrv_" + n] for s in servers)
                         for n in ("early_total", "gaps_total"))))


def weather(trouble, hoppers=0):
    """A storm with a store of its own, and what must be true after it."""
    servers[:] = nodes(3, redis)
    wait_up(servers)
    print("# SEED=%d" % SEED)
    members = asyncio.run(storm(random.Random(SEED), trouble, hoppers))
    check(members)
    for s in servers:
        s.terminate()
    r = chatsrv("verify", "--store", servers[0].store)
    assert r.returncode == 0 and not r.stderr, r


async def calm(members, rng):
    pass


@test("on three nodes everybody sees everything once and in order")
def _():
    weather(calm)


@test("so does who goes from node to node %d times" % HOPS)
def _():
    weather(calm, hoppers=CLIENTS // 2)


@test("so does everybody while Redis is killed, cut, stopped and flushed")
def _():
    weather(faults)


@test("so does everybody while nodes are killed")
def _():
    weather(kills)


run()
