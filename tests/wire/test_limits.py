#!/usr/bin/python3
"""Rates: a pasted screenful goes through, a flood does not."""

import time

from chat import SLACK, Server, run, test, wait_for
from scene import pipeline


@test("a pasted screenful goes through, a flood is rate_limited")
def _():
    server = Server(limits_enabled="yes")
    c = server.client("flood")
    c.ok("join", room="r")
    replies = pipeline(c, *({"op": "send", "room": "r", "text": "line %d" % i}
                            for i in range(24)))
    assert all(r["ok"] for r in replies), replies
    c.replies.clear()
    burst = c.hello_reply["limits"]["requests_burst"]
    sent = 0
    error = None
    while not error and sent < 20 * burst:
        ids = [c.ask("send", room="r", text="x", nonce="f%d" % (sent + i))
               for i in range(10)]
        sent += 10
        for ident in ids:
            r = c.reply(ident)
            error = error or (not r["ok"] and r["error"])
    assert error and error["code"] == "rate_limited", error
    assert 0 < error["retry_after"] < 60, error
    # a nonce that is known is answered before rates are looked at
    r = c.request("send", room="r", text="x", nonce="f0")
    assert r["ok"], r
    # and after what was told it goes on
    until = time.monotonic() + error["retry_after"]
    wait_for(lambda: time.monotonic() > until)
    assert wait_for(lambda: c.request("send", room="r",
                                      text="again")["ok"], 5 * SLACK,
                    step=0.2)
    server.terminate()


@test("too many bytes are rate_limited, too")
def _():
    server = Server(limits_enabled="yes")
    c = server.client("bytes")
    c.ok("join", room="r")
    limits = c.hello_reply["limits"]
    n = limits["bytes_burst"] // 16000 + 3
    if n > limits["requests_burst"]:
        n = limits["requests_burst"] - 1
    ids = [c.ask("send", room="r", text="x" * 16000) for _ in range(n + 2)]
    codes = [c.reply(i).get("error", {}).get("code") for i in ids]
    assert codes[0] is None and "rate_limited" in codes, codes
    server.terminate()


@test("joins up to the limit of rooms cost nothing, one more is refused")
def _():
    server = Server(limits_enabled="yes")
    c = server.client("joiner")
    most = c.hello_reply["limits"]["rooms"]
    ids = [c.ask("join", room="r%d" % i) for i in range(most)]
    replies = [c.reply(i, 30) for i in ids]
    assert all(r["ok"] for r in replies), [r for r in replies if not r["ok"]]
    c.error("join", room="one-more")
    c.ok("leave", room="r0")
    c.ok("join", room="one-more")
    server.terminate()


@test("joining the same room again and again is not free")
def _():
    server = Server(limits_enabled="yes")
    c = server.client("again")
    limits = c.hello_reply["limits"]
    n = limits["rooms"] + limits["requests_burst"] + 100
    replies = pipeline(c, *({"op": "join", "room": "r"} for _ in range(n)))
    assert all(r["ok"] for r in replies[:limits["rooms"]])
    assert any(not r["ok"] and r["error"]["code"] == "rate_limited"
               for r in replies[limits["rooms"]:])
    server.terminate()


@test("a second list of the same rooms moves the cursors")
def _():
    server = Server(limits_enabled="yes")
    c = server.client("lister")
    rooms = [{"room": "r%d" % i} for i in range(c.hello_reply["limits"]
                                                ["rooms"])]
    c.ok("join", rooms=rooms)
    r = c.ok("join", rooms=[{**room, "after": 0} for room in rooms])
    assert all(one["recovered"] for one in r["rooms"]), r
    c.error("join", "too_large", rooms=[{"room": "one-more"}])
    server.terminate()


@test("the rates of one guest are shared by his connections")
def _():
    server = Server(limits_enabled="yes")
    a = server.client("twin")
    b = server.client(None, a.token)
    a.ok("join", room="r")
    limits = a.hello_reply["limits"]
    # Each could have so many for himself, but not both.
    ids = [(c, c.ask("send", room="r", text="x"))
           for _ in range(limits["requests_burst"] - 5) for c in (a, b)]
    replies = [c.reply(i) for c, i in ids]
    good = sum(r["ok"] for r in replies)
    assert good < len(replies), "both got their whole burst"
    server.terminate()


run()
