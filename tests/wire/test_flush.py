#!/usr/bin/python3
"""
Flushing: what is due goes out when it is due, also when a pass over a room
takes more than one turn of the loop.
"""

import statistics
import time

from chat import Server, test, run

MEMBERS = 1200      # a pass over them takes more than one turn
MESSAGES = 20


@test("a crowd has a message at once, not when something else happens")
def _():
    server = Server()
    crowd = [server.client("m%d" % i) for i in range(MEMBERS)]
    for c in crowd:
        c.ok("join", room="crowd")
    speaker, sample = crowd[0], crowd[::MEMBERS // 12]
    took = []
    for i in range(MESSAGES):
        began = time.monotonic()
        seq = speaker.ok("send", room="crowd", text="m%d" % i)["seq"]
        for c in sample:
            c.wait(lambda e: e.get("ev") == "message" and e["seq"] == seq)
        took.append(time.monotonic() - began)
    # The loop wakes up once a second in any case.
    assert statistics.median(took) < 0.3, sorted(took)
    server.terminate()


run()
