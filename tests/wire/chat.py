#!/usr/bin/python3
"""
chat: what the tests on the wire share.

    from chat import Server, test, run

    @test("a sender gets his message as an event, too")
    def _():
        ann = shared().client("ann")
        ann.ok("join", room="lobby")
        seq = ann.ok("send", room="lobby", text="hi")["seq"]
        ann.wait(lambda e: e.get("seq") == seq)

    run()

Server       one chatsrv in its own folder, on its own port of 127.0.0.1
Client       one connection, blocking, every wait with a deadline
AsyncClient  the same for asyncio: for tens and hundreds at once
Resumer      an AsyncClient that comes back by itself, as chatcli does:
             token, `after`, and an outbox under the same nonces;
             it does so inside `async with resuming([...])`
Disk         a Server under fsync.c (LD_PRELOAD): what it wrote, synced and
             sent, in order; and disks that fail
fold         a replayed log -> what `history` says
test, run    TAP
scene.py     people and rooms, for tests of the ops

Environment: CHATSRV (the program), BUILD (the build folder; else the one we
are started in), KEEP=1 (leave the temporary folders), ONLY=words (only the
tests whose sentence has them), FULL=1 (also those that take a minute and
more), KILLS, OPS, ACKS, SEED (see test_kill, test_fold, test_fsync).

Nothing here sleeps to wait for something: every wait has a condition and a
deadline.  SLACK stretches all deadlines (slow machines, valgrind).
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from chat_base import (  # noqa: E402,F401
    BINARY, CLOSE, ENTRIES, MORE, PING, PONG, SLACK, SRC, TEXT, TIMEOUT,
    Answer, Closed, Late, Refused, connect, current, must, new_folder,
    parse_answer, read_all, wait_for)
from chat_client import (  # noqa: E402,F401
    Client, frame, mask, parse_frame, unframe, upgrade)
from chat_async import AsyncClient, Resumer, resuming  # noqa: E402,F401
from chat_server import (  # noqa: E402,F401
    Disk, Record, Server, chatsrv, environment, program, sanitized, shim)
from chat_tap import run, shared, test  # noqa: E402,F401


def fold(entries):
    """
    Folds entries as they were replayed or came live to the present state, in
    the form of `history`: messages, topics and members, oldest first.
    """
    state, order = {}, []
    for e in entries:
        kind = e["ev"]
        if kind in ("message", "topic", "member"):
            state[e["seq"]] = dict(e)
            order.append(e["seq"])
            continue
        m = state.get(e.get("target"))
        if m is None or m.get("deleted"):
            continue
        if kind == "edit" and not e.get("deleted"):
            m["text"] = e["text"]
            m["edited"] = {"seq": e["seq"], "at": e["at"]}
        elif kind == "delete":
            for field in ("text", "kind", "lang", "reply_to", "edited",
                          "reactions"):
                m.pop(field, None)
            m["deleted"] = True
        elif kind == "react":
            one = {"emoji": e["emoji"], "user": e["from"], "seq": e["seq"]}
            if e.get("guest"):
                one["guest"] = True
            m["reactions"] = m.get("reactions", []) + [one]
        elif kind == "unreact":
            left = [r for r in m.get("reactions", [])
                    if r["seq"] != e["react"]]
            m["reactions"] = left
            if not left:
                del m["reactions"]
    return [state[seq] for seq in order]


def first_difference(a, b):
    """For the message of an assertion: where two lists part."""
    for i, (x, y) in enumerate(zip(a, b)):
        if x != y:
            return "at %d: %r\n      != %r" % (i, x, y)
    return "lengths %d and %d" % (len(a), len(b))
