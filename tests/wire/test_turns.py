#!/usr/bin/python3
"""
Several processes write to one SQLite file in turns: while one of them writes
as fast as it can, nobody else waits for long, and nobody starves.

SECONDS=5 WAIT_MS=100; the whole proof, on a machine that does nothing else:
SECONDS=60 WAIT_MS=20
"""

import json
import os
import threading
import time

from chat import SLACK, TEXT, frame, run, test
from chat_nodes import Redis, nodes, wait_up

SECONDS = float(os.environ.get("SECONDS", "5"))
WAIT_MS = float(os.environ.get("WAIT_MS", "100"))
WINDOW = 5              # seconds in which each has its share


class Flood(threading.Thread):
    """Sends without asking for an answer, so that the server is never idle."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.clients = [server.client() for _ in range(8)]
        for c in self.clients:
            c.ok("join", room="flood")
            c.ok("leave", room="flood")
        self.on = True
        one = frame(TEXT, json.dumps({"op": "send", "room": "flood",
                                      "text": "x" * 100}))
        self.bytes = one * 64
        self.start()

    def run(self):
        try:
            while self.on:
                for c in self.clients:
                    c.send_raw(self.bytes)
        except OSError:
            pass                        # the server has stopped


class Talk(threading.Thread):
    """One message at a time; how long each answer took."""

    def __init__(self, server, room):
        super().__init__(daemon=True)
        self.client = server.client()
        self.client.ok("join", room=room)
        self.room, self.waits, self.on = room, [], True
        self.start()

    def run(self):
        while self.on:
            began = time.monotonic()
            self.client.ok("send", room=self.room, text="x", timeout=30)
            self.waits.append(time.monotonic() - began)


def batches(servers):
    return [s.metrics()["chatsrv_store_batches_total"] for s in servers]


@test("while one writes at full speed others wait for moments only, and each has "
      "its share")
def _():
    servers = nodes(3, Redis())
    wait_up(servers)
    flood = Flood(servers[0])
    talks = [Talk(s, "r%d" % i) for i, s in enumerate(servers[1:])]
    shares = []
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        before = batches(servers)
        time.sleep(WINDOW)              # the span that is looked at
        got = [b - a for a, b in zip(before, batches(servers))]
        shares.append(min(got) / (sum(got) / 3))
    flood.on = False
    for t in talks:
        t.on = False
        t.join(30)
    waits = sorted(w for t in talks for w in t.waits)
    p99 = waits[int(len(waits) * 0.99)]
    print("# %d answers, p50 %.1f ms, p99 %.1f ms, worst %.1f ms; least share "
          "%.0f %%; transactions %r" % (
              len(waits), 1000 * waits[len(waits) // 2], 1000 * p99,
              1000 * waits[-1], 100 * min(shares), got))
    assert p99 <= WAIT_MS / 1000 * SLACK, p99
    assert min(shares) >= 0.2, shares
    for s in servers:
        s.terminate()


run()
