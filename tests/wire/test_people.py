#!/usr/bin/python3
"""Rooms, members, presence, typing, read markers."""

import time

from chat import SLACK, Late, Server, must, run, shared, test, wait_for
from scene import fresh, guest, number, written


# -------------------------------------------------- rooms, members, presence

@test("rooms lists public rooms, newest activity first")
def _():
    tag = fresh("tag")
    names = ["%s-%d" % (tag, i) for i in range(5)]
    a = guest()
    for name in names:
        a.ok("join", room=name)
        at = a.ok("send", room=name, text="x")["at"]
        wait_for(lambda: time.time() * 1000 > at + 2, step=0.001)
    a.ok("send", room=names[1], text="y")
    items = a.ok("rooms", match=tag)["rooms"]
    assert [i["room"] for i in items] == [
        names[1], names[4], names[3], names[2], names[0]], items
    for i in items:
        assert set(i) == {"room", "topic", "online", "at"}, i
        assert i["online"] == 1 and abs(i["at"] / 1000 - time.time()) < 30, i


@test("match is part of the name, folded")
def _():
    name = "Größe-%d" % number()
    a = guest(name)
    for match in ("größe", "GRÖSSE", "ÖSSE-", name):
        assert name in [r["room"] for r in
                        a.ok("rooms", match=match)["rooms"]], match
    for match in ("größer", "_rö", "%", "g%e"):
        r = a.ok("rooms", match=match)
        assert name not in [i["room"] for i in r["rooms"]], match
    for match in ("-", "öße-", "e-%d" % int(name.split("-")[1])):
        assert name in [r["room"] for r in
                        a.ok("rooms", match=match, limit=200)["rooms"]], match


@test("pages of rooms put together are all, each once")
def _():
    tag = fresh("page")
    a = guest()
    names = {"%s-%d" % (tag, i) for i in range(7)}
    for name in names:
        a.ok("join", room=name)
    found, after, pages = [], None, 0
    while True:
        r = a.ok("rooms", match=tag, limit=3, after=after)
        assert len(r["rooms"]) <= 3
        found += [i["room"] for i in r["rooms"]]
        pages += 1
        if "next" not in r:
            break
        after = r["next"]
    assert sorted(found) == sorted(names) and pages == 3, (found, pages)


@test("members lists who is present, sorted, in pages")
def _():
    room = fresh()
    people = [guest(room) for _ in range(5)]
    a = people[0]
    r = a.ok("members", room=room)
    assert r["room"] == room and "next" not in r, r
    assert [m["user"] for m in r["members"]] == sorted(
        p.user for p in people), r
    for m in r["members"]:
        assert m["guest"] is True and m["role"] == "member", m
        assert m["online"] is True and not m.get("away"), m
    found, after = [], None
    while True:
        r = a.ok("members", room=room, limit=2, after=after)
        found += [m["user"] for m in r["members"]]
        if "next" not in r:
            break
        after = r["next"]
    assert found == sorted(p.user for p in people), found


@test("a newcomer's presence is told to those in the room")
def _():
    room = fresh()
    a = guest(room)
    b = guest()
    assert b.ok("join", room=room)["online"] == 2
    e = a.wait(lambda e: e["ev"] == "presence" and e["room"] == room and
               any(p["user"] == b.user for p in e.get("join", [])))
    assert {"user": b.user, "guest": True} in e["join"], e
    assert e["online"] == 2, e


@test("presence is gathered: ten who come at once cost few events")
def _():
    room = fresh()
    a = guest(room)
    others = [guest() for _ in range(10)]
    since, began = len(a.events), time.monotonic()
    for b in others:
        b.send_json({"op": "join", "room": room, "id": "j"})
    for b in others:
        must(b.reply("j"))
    took = time.monotonic() - began

    def all_known():
        names = {p["user"] for e in a.events for p in e.get("join", [])
                 if e["ev"] == "presence"}
        return names >= {b.user for b in others}
    a.until(all_known)
    events = [e for e in a.events[since:] if e["ev"] == "presence"]
    assert len(events) <= 2 + took, events
    assert events[-1]["online"] == 11, events


@test("a leave is told after 10 s", slow=True)
def _():
    server = Server()
    a, b = server.client("a"), server.client("b")
    a.ok("join", room="r")
    b.ok("join", room="r")
    since, began = len(a.events), time.monotonic()
    b.close()
    e = a.wait(lambda e: e["ev"] == "presence" and e.get("leave"), 20, since)
    took = time.monotonic() - began
    assert e["leave"] == [{"user": "b", "guest": True}], e
    assert e["online"] == 1 and 9 <= took <= 10 + 4 * SLACK, (took, e)
    server.terminate()


@test("a reload within 10 s is silent", slow=True)
def _():
    server = Server()
    a, b = server.client("a"), server.client("b")
    a.ok("join", room="r")
    b.ok("join", room="r")
    a.wait(lambda e: e["ev"] == "presence" and e["online"] == 2)
    since = len(a.events)
    for cut in ("close", "abort"):
        getattr(b, cut)()
        b = server.client("b", b.token)
        b.ok("join", room="r")
    try:
        e = a.wait(lambda e: e["ev"] == "presence", 13, since)
    except Late:
        e = None
    assert e is None, e
    server.terminate()


@test("one guest on two connections is present once")
def _():
    room = fresh()
    a = guest(room)
    b = guest(room)
    c = shared().client(None, b.token)
    assert c.ok("join", room=room)["online"] == 2
    assert len(a.ok("members", room=room)["members"]) == 2
    c.close()
    assert len(a.ok("members", room=room)["members"]) == 2


@test("typing is passed on at most every 3 s, and not stored", slow=True)
def _():
    server = Server()
    a, b = server.client("a"), server.client("b")
    b.ok("join", room="r")
    a.error("typing", "forbidden", room="r")
    a.ok("join", room="r")

    def heard():
        return [e for e in b.events if e["ev"] == "typing"]
    a.ok("typing", room="r")
    began = time.monotonic()
    e = b.wait(lambda e: e["ev"] == "typing")
    assert e == {"ev": "typing", "room": "r", "user": "a", "guest": True}, e

    def second():
        a.ok("typing", room="r")
        b.sync()
        return len(heard()) > 1
    wait_for(second, 8 * SLACK, "a second typing event", 0.1)
    assert time.monotonic() - began > 2.5, "passed on too soon"
    assert len(heard()) == 2
    assert b.replay("r") == [], "typing was stored"
    server.terminate()



# ---------------------------------------------------------------- the marker

@test("read moves the marker on the guest's other connections")
def _():
    room = fresh()
    b = guest(room)
    a = written(room, 6)
    c = shared().client(None, b.token)
    c.ok("join", room=room)
    r = b.ok("read", room=room, seq=5)
    assert r["seq"] == 5 and r["room"] == room, r
    e = c.wait(lambda e: e["ev"] == "read")
    assert e == {"ev": "read", "room": room, "seq": 5}, e
    a.sync()
    assert not any(e["ev"] == "read" for e in a.events)
    assert c.ok("join", room=room)["read"] == 5


@test("the marker goes backwards only with back")
def _():
    room = fresh()
    b = guest(room)
    written(room, 6)
    b.ok("read", room=room, seq=7)
    assert b.request("read", room=room, seq=3).get("seq", 7) == 7
    assert b.ok("join", room=room)["read"] == 7
    assert b.ok("read", room=room, seq=3, back=True)["seq"] == 3
    assert b.ok("join", room=room)["read"] == 3
    (r,) = shared().client(None, b.token).hello_reply["rooms"]
    assert r["read"] == 3 and r["unread"] == 4, r       # 4, 6, 7 and 9 …


@test("markers, rooms and nick of a guest outlive the server")
def _():
    server = Server()
    a = server.client("ann")
    a.ok("join", room="r")
    a.ok("send", room="r", text="x")
    a.ok("read", room="r", seq=1)
    server.restart(kill=True)
    b = server.client(None, a.token)
    (r,) = b.hello_reply["rooms"]
    assert b.user == "ann" and r["room"] == "r" and r["read"] == 1, r
    # the lease is the guest's until 60 s after its last renewal
    assert server.client("ann").user != "ann"
    server.terminate()


run()
