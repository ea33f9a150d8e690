#!/usr/bin/python3
"""Who is who: hello, tokens, nicks, names."""

import os
import re
import time
import unicodedata

from chat import SLACK, Client, Server, must, run, shared, test, wait_for
from scene import fresh, guest


@test("hello makes a guest and tells user, token, limits and rooms")
def _():
    c = Client(shared())
    reply = must(c.request("hello", nick="Ann", client="test 1"))
    assert reply["user"] == "Ann" and reply["guest"] is True, reply
    assert reply["server"] and reply["version"], reply
    assert reply["rooms"] == [], reply
    # whose it is, and 32 random bytes as base64url
    assert re.fullmatch(r"[1-9][0-9]*\.[A-Za-z0-9_-]{43}", reply["token"]), reply


@test("hello tells each limit as an integer")
def _():
    limits = guest().hello_reply["limits"]
    assert set(limits) == {
        "text_bytes", "frame_bytes", "nonce_bytes", "nonce_days", "rooms",
        "requests_burst", "requests_per_s", "bytes_burst", "bytes_per_s",
        "history_max"}, limits
    assert all(type(v) is int for v in limits.values()), limits
    assert limits["text_bytes"] == 16384
    assert limits["frame_bytes"] == 65536
    assert limits["nonce_bytes"] == 64 and limits["nonce_days"] == 7
    assert limits["history_max"] == 200 and limits["rooms"] >= 200


@test("hello without a nick gives a name")
def _():
    a, b = shared().client(), shared().client()
    assert a.user and b.user and a.user != b.user


@test("two guests never have the same token")
def _():
    assert len({guest().token for _ in range(20)}) == 20


@test("a token makes the same guest again and is not told a second time")
def _():
    room = fresh()
    a = guest(room)
    seq = a.ok("send", room=room, text="mine")["seq"]
    b = Client(shared())
    reply = must(b.request("hello", token=a.token))
    assert "token" not in reply and reply["guest"] is True, reply
    assert reply["user"] == a.user, reply
    b.ok("edit", room=room, seq=seq, text="still mine")


@test("a token takes the nick back at once from an older connection")
def _():
    a = guest(nick="holder")
    b = shared().client("holder", a.token)
    assert b.user == "holder", b.user
    c = shared().client(None, a.token)
    assert c.user == "holder", c.user


@test("a nick that somebody holds is answered with a free one like it")
def _():
    assert guest(nick="Mona").user == "Mona"
    for other in ("Mona", "mona", "MONA", "\uff2dona"):
        name = guest(nick=other).user
        name = unicodedata.normalize("NFKC", name).lower()
        assert name != "mona" and name.startswith("mona"), name


@test("a guest's wish that looks like another's name gets another one")
def _():
    assert guest(nick="coco").user == "coco"
    name = guest(nick="сосо").user      # Cyrillic
    assert name != "сосо", name


@test("a wrong token fails the hello and is never silently a guest")
def _():
    whose, secret = guest().token.split(".")
    other = guest().token.split(".")[0]
    for token in ("A" * 43, "short", "1." + "A" * 43, whose + "." + "A" * 43,
                  other + "." + secret, "0" + whose + "x." + secret,
                  "-" + whose + "." + secret, whose + "." + secret[:-1],
                  "1" * 18 + "." + secret, whose + "." + secret + "A"):
        c = Client(shared())
        c.error("hello", "unauthorized", nick="wrong", token=token)
        c.error("rooms", "unauthorized")
    for token in ("", "é" * 20, "9" * 30 + "." + secret):
        c = Client(shared())
        error = c.error("hello", nick="wrong", token=token)
        assert error["code"] in ("unauthorized", "bad_request"), error
        c.error("rooms", "unauthorized")


@test("after a failed hello another one may succeed")
def _():
    c = Client(shared())
    c.error("hello", "unauthorized", token="B" * 43)
    c.hello(fresh("user"))
    c.ok("rooms")


@test("before hello only hello and ping are answered")
def _():
    c = Client(shared())
    c.ok("ping")
    for op, fields in (
            ("rooms", {}), ("join", {"room": "x"}), ("leave", {"room": "x"}),
            ("members", {"room": "x"}), ("history", {"room": "x", "after": 0}),
            ("send", {"room": "x", "text": "y"}), ("nick", {"nick": "x"}),
            ("read", {"room": "x", "seq": 1}), ("typing", {"room": "x"}),
            ("edit", {"room": "x", "seq": 1, "text": "y"}),
            ("delete", {"room": "x", "seq": 1}),
            ("react", {"room": "x", "seq": 1, "emoji": "👍"}),
            ("unreact", {"room": "x", "seq": 1, "emoji": "👍"}),
            ("topic", {"room": "x", "topic": "y"})):
        c.error(op, "unauthorized", **fields)


@test("user names that the rules forbid are a bad nick")
def _():
    for nick in ("", "a b", "a/b", "x" * 33, "раypal", "a\u200bb", "@x", "~x",
                 "\u202eabc", "😀", "a\x07b", "#a"):
        if nick:                        # none at all is a wish for any
            c = Client(shared())
            error = c.error("hello", "bad_request", nick=nick)
            assert error["field"] == "nick", (nick, error)
        error = guest().error("nick", "bad_request", nick=nick)
        assert error["field"] == "nick", (nick, error)


@test("user names that the rules allow are taken as they are")
def _():
    for nick in ("ü", "x" * 32, "日本語", "Ελλάδα", "Иван", "a_b-c.d1",
                 "東京タワー", "LINE한국"):
        assert guest(nick=nick).user == nick, nick


@test("names are told in NFC")
def _():
    assert guest(nick="e\u0301tienne").user == "\u00e9tienne"
    c = guest()
    assert c.ok("join", room="cafe\u0301-nfc")["room"] == "caf\u00e9-nfc"


@test("nick changes the name and each shared room hears it once")
def _():
    one, two, new = fresh(), fresh(), fresh("new")
    a, b = guest(one), guest(one)
    a.ok("join", room=two)
    b.ok("join", room=two)
    twin = shared().client(None, a.token)
    twin.ok("join", room=one)
    old = a.user
    assert a.ok("nick", nick=new)["user"] == new
    for room in (one, two):
        e = b.wait(lambda e: e["ev"] == "nick" and e["room"] == room)
        assert e == {"ev": "nick", "room": room, "old": old, "user": new,
                     "guest": True}, e
    b.sync()
    assert sum(e["ev"] == "nick" for e in b.events) == 2
    a.ok("send", room=one, text="as new")
    assert b.wait(lambda e: e.get("text") == "as new")["from"] == new


@test("nick of somebody else's name is refused")
def _():
    room = fresh()
    a, b = guest(room), guest(room)
    for name in (a.user, a.user.upper()):
        assert b.error("nick", nick=name)["code"] in ("exists", "conflict")
    assert b.ok("send", room=room, text="x")


@test("a nick given up is free for another")
def _():
    a, b = guest(), guest()
    old = a.user
    a.ok("nick", nick=fresh("other"))
    assert b.ok("nick", nick=old)["user"] == old


@test("what was said keeps the name it was said under")
def _():
    room = fresh()
    a = guest(room)
    old = a.user
    a.ok("send", room=room, text="x")
    a.ok("nick", nick=fresh("renamed"))
    assert a.history(room)[0]["from"] == old


@test("a nick is free 60 s after its lease was renewed for the last time",
      slow=True, skip=not os.environ.get("FULL") and
      "only with FULL=1: it takes 90 s")
def _():
    server = Server()
    server.client("ann")
    server.restart(kill=True)       # nobody renews it, nobody gives it up
    began = time.monotonic()
    assert server.client("ann").user != "ann"
    wait_for(lambda: server.client("ann").user == "ann", 100 * SLACK, "ann",
             1)
    assert time.monotonic() - began > 30, time.monotonic() - began
    server.terminate()


run()
