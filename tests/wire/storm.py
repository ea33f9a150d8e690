"""
storm: many people who talk while something breaks, and what must be true of
what they saw.  Used by test_kill.py and test_nodes_storm.py.
"""

import asyncio
import collections

from chat import SLACK, must


async def until(condition, timeout, what):
    """The same as chat.wait_for, for asyncio."""
    loop = asyncio.get_running_loop()
    end = loop.time() + timeout * SLACK
    while not condition():
        assert loop.time() < end, what() if callable(what) else what
        await asyncio.sleep(0.005)


async def talk(r, rng, pause=0.15):
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
        await asyncio.sleep(rng.uniform(0, pause))  # the load's own pace


def acks(members):
    return sum(len(r.acked) for r in members)


def late(members, ends):
    """Who lacks what."""
    return "\n".join("%s has %d of %d in %s" % (
        r.nick, len(r.entries[room]), ends[room], room)
        for r in members for room in r.rooms
        if len(r.entries[room]) < ends[room])


async def settled(members, timeout=60):
    """
    Returns when everybody has all that there is.  The ends of the logs are
    those that the store tells.
    """
    await until(lambda: not any(r.outbox for r in members), timeout,
                "the outboxes are empty")
    ends = {}
    for room in {room for r in members for room in r.rooms}:
        r = next(r for r in members if room in r.rooms)
        await until(r.up.is_set, timeout, "%s is up" % r.nick)
        reply = must(await r.conn.request("history", room=room, limit=1,
                                          before=2 ** 53 - 1))
        ends[room] = reply["entries"][-1]["seq"] if reply["entries"] else 0
    await until(lambda: all(len(r.entries[room]) >= ends[room]
                            for r in members for room in r.rooms), timeout,
                lambda: "not all have got all:\n" + late(members, ends))


def check_log(members, room, log):
    """Every acknowledged entry is there exactly once, under its number."""
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


def check_seen(members, room, log):
    """Every member has seen exactly the log."""
    for r in members:
        if room in r.rooms:
            assert r.entries[room] == log[:len(r.entries[room])], room
            assert len(r.entries[room]) == len(log), (r.nick, room)
