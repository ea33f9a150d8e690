#!/usr/bin/python3
"""join and leave: where a subscription begins, and where it ends."""

from chat import first_difference, must, run, shared, test
from scene import fresh, guest, number, written


@test("join of an unknown name creates a public room")
def _():
    room = fresh()
    c = guest()
    reply = c.ok("join", room=room)
    assert reply["room"] == room and reply["seq"] == 0, reply
    assert reply["visibility"] == "public" and reply["role"] == "member"
    assert reply["epoch"] and reply["topic"] == "" and reply["online"] == 1
    assert reply["read"] == 0 and "recovered" not in reply, reply


@test("join without after and last begins behind the end")
def _():
    room = fresh()
    a = guest(room)
    for i in range(3):
        a.ok("send", room=room, text="old%d" % i)
    b = guest()
    reply = b.ok("join", room=room)
    assert reply["seq"] == 3 and reply["read"] == 3, reply
    a.ok("send", room=room, text="new")
    b.wait_seq(room, 4)
    assert [e["seq"] for e in b.entries(room)] == [4]


@test("join after N delivers every entry above N and says so")
def _():
    room = fresh()
    written(room, 10)          # 15 entries
    for after in (0, 7, 14, 15):
        b = guest()
        reply = b.ok("join", room=room, after=after)
        assert reply["recovered"] is True, reply
        assert reply["replay"] == 15 - after, reply
        assert reply["seq"] == 15 and "gap" not in reply, reply
        b.until(lambda: len(b.entries(room)) == 15 - after)
        assert [e["seq"] for e in b.entries(room)] == list(
            range(after + 1, 16))


@test("join after with the right epoch is whole, with another a reset")
def _():
    room = fresh()
    a = written(room, 4)
    b = guest()
    epoch = b.ok("join", room=room)["epoch"]
    reply = b.ok("join", room=room, after=2, epoch=epoch)
    assert reply["recovered"] is True and reply["replay"] == 4, reply
    reply = guest().ok("join", room=room, after=2, epoch=epoch + "x")
    assert reply["reset"] is True and reply["recovered"] is False, reply
    assert reply["epoch"] == epoch, reply
    a.sync()


@test("join after a number above the end is a reset")
def _():
    for after in (4, 100, 2 ** 53 - 1):
        room = fresh()
        a = written(room, 2)
        b = guest()
        reply = b.ok("join", room=room, after=after)
        assert reply["reset"] is True and reply["recovered"] is False, reply
        assert reply["seq"] == 3, reply
        # and what is said from then on comes
        a.ok("send", room=room, text="x")
        b.wait_seq(room, 4)


@test("after an end that was just reached is never a reset")
def _():
    room = fresh()
    a = guest(room)
    for _ in range(30):
        seq = a.ok("send", room=room, text="x")["seq"]
        reply = guest().ok("join", room=room, after=seq)
        assert reply["recovered"] is True and reply["replay"] == 0, reply


@test("join with max replays the newest K and tells the gap")
def _():
    room = fresh()
    written(room, 10)
    b = guest()
    reply = b.ok("join", room=room, after=3, max=5)
    assert reply["recovered"] is False, reply
    assert reply["gap"] == {"from": 4, "to": 10, "reason": "max"}, reply
    b.until(lambda: len(b.entries(room)) == 5)
    assert [e["seq"] for e in b.entries(room)] == [11, 12, 13, 14, 15]
    reply = guest().ok("join", room=room, after=10, max=5)
    assert reply["recovered"] is True and reply["replay"] == 5, reply


@test("join with last begins before the K-th newest message, topic, member")
def _():
    room = fresh()
    a = written(room, 4)
    a.ok("topic", room=room, topic="t")
    log = a.replay(room)
    counted = [e["seq"] for e in log if e["ev"] in ("message", "topic")]
    for k in (1, 2, 3, 5, 100):
        b = guest()
        reply = b.ok("join", room=room, last=k)
        begin = counted[-k] if k <= len(counted) else 1
        want = [e for e in log if e["seq"] >= begin]
        b.until(lambda: len(b.entries(room)) >= len(want))
        b.sync()
        assert b.entries(room) == want, first_difference(
            b.entries(room), want)
        assert reply.get("replay", len(want)) == len(want), reply


@test("join with last 0 gives nothing old")
def _():
    room = fresh()
    a = written(room, 3)
    b = guest()
    b.ok("join", room=room, last=0)
    seq = a.ok("send", room=room, text="x")["seq"]
    b.wait_seq(room, seq)
    assert [e["seq"] for e in b.entries(room)] == [seq]


@test("a second join of a room moves the cursor")
def _():
    room = fresh()
    a = written(room, 6)                   # 9 entries
    b = guest(room)
    for after in (0, 5, 8, 0):
        n = len(b.entries(room))
        reply = b.ok("join", room=room, after=after)
        assert reply["replay"] == 9 - after, reply
        b.until(lambda: len(b.entries(room)) - n == 9 - after)
        assert [e["seq"] for e in b.entries(room)[n:]] == list(
            range(after + 1, 10))
    seq = a.ok("send", room=room, text="once")["seq"]
    b.wait_seq(room, seq)
    b.sync()
    assert sum(e["seq"] == seq for e in b.entries(room)) == 1


@test("a list of joins answers each for itself")
def _():
    one, two, three = fresh(), fresh(), fresh()
    written(one, 4)
    written(two, 2)
    b = guest()
    reply = b.ok("join", rooms=[
        {"room": one, "after": 2}, {"room": two, "last": 1},
        {"room": "a b"}, {"room": three}, {"room": one.upper(), "after": 99}])
    assert "room" not in reply, reply
    got = reply["rooms"]
    assert [r["room"] for r in got][:2] == [one, two], got
    assert got[0]["recovered"] is True and got[0]["replay"] == 4, got
    assert got[2]["error"]["code"] == "bad_request", got
    assert got[3]["room"] == three and got[3]["seq"] == 0, got
    assert got[4]["room"] == one and got[4]["reset"] is True, got
    for room in (two, three):
        seq = b.ok("send", room=room, text="x")["seq"]
        b.wait_seq(room, seq)


@test("200 rooms can be joined in one list")
def _():
    names = [fresh("many") for _ in range(200)]
    c = guest()
    reply = c.ok("join", rooms=[{"room": n} for n in names], timeout=30)
    assert [r["room"] for r in reply["rooms"]] == names
    assert all("error" not in r for r in reply["rooms"])


@test("members who join while others speak get each entry exactly once")
def _():
    room = fresh()
    a = guest(room)
    others = []
    for i in range(20):
        ids = [a.ask("send", room=room, text="%d" % j) for j in range(25)]
        b = guest()
        reply = b.ok("join", room=room, after=i * 5)
        others.append((b, i * 5))
        assert reply["recovered"] is True, reply
        for ident in ids:
            must(a.reply(ident))
    for b, after in others:
        b.wait_seq(room, 500)
        assert [e["seq"] for e in b.entries(room)] == list(
            range(after + 1, 501))


@test("leave ends the subscription, and the guest may still post")
def _():
    room = fresh()
    a, b = guest(room), guest(room)
    assert b.ok("leave", room=room)["room"] == room
    a.ok("send", room=room, text="not for b")
    assert b.ok("send", room=room, text="from outside")["seq"] == 2
    a.wait_seq(room, 2)
    b.sync()
    assert b.entries(room) == []


@test("joined rooms come back with the token, until part")
def _():
    stays, goes = fresh(), fresh()
    a = guest(stays)
    a.ok("join", room=goes)
    a.ok("leave", room=stays)
    names = [r["room"] for r in shared().client(None, a.token)
             .hello_reply["rooms"]]
    assert sorted(names) == sorted([stays, goes]), names
    a.ok("leave", room=goes, part=True)
    names = [r["room"] for r in shared().client(None, a.token)
             .hello_reply["rooms"]]
    assert names == [stays], names


@test("a room of hello tells epoch, end, read marker, unread, level, role")
def _():
    room = fresh()
    a, b = guest(room), guest(room)
    for i in range(5):
        seq = a.ok("send", room=room, text="%d" % i)["seq"]
    a.ok("react", room=room, seq=seq, emoji="👍")
    b.ok("read", room=room, seq=2)
    (r,) = shared().client(None, b.token).hello_reply["rooms"]
    assert r == {"room": room, "epoch": r["epoch"], "seq": 6, "read": 2,
                 "unread": 3, "mentions": 0, "level": "everything",
                 "role": "member"}, r
    assert r["epoch"] == b.ok("join", room=room)["epoch"]


@test("names equal after case folding are one room, told in its spelling")
def _():
    n = number()
    name = "Straße-%d" % n
    a = guest(name)
    for other in ("STRASSE-%d" % n, "strasse-%d" % n, "Straße-%d" % n,
                  "\uff33traße-%d" % n):
        b = guest()
        assert b.ok("join", room=other)["room"] == name, other
        seq = b.ok("send", room=other, text="x")["seq"]
        assert a.wait_seq(name, seq)["room"] == name
        assert b.ok("history", room=other, after=0)["room"] == name
        assert b.ok("leave", room=other)["room"] == name


@test("a room that looks like another one is refused and told which")
def _():
    for name, other in (("paypal", "paypa1"), ("сосна", "cоcна"),
                        ("modern", "modem"), ("coxa", "соха")):
        guest(name)
        error = guest().error("join", room=other)
        if error["code"] == "bad_request" and name == "сосна":
            continue                    # two scripts: not a name at all
        assert error["code"] == "conflict", (name, other, error)
        assert name in error["text"], error


@test("long logs of several rooms are replayed whole on one connection")
def _():
    rooms = [fresh("long") for _ in range(3)]
    a = guest()
    for room in rooms:
        a.ok("join", room=room)
        for _ in range(8):
            ids = [a.ask("send", room=room, text="x" * 3000)
                   for _ in range(40)]
            for ident in ids:
                must(a.reply(ident))
    b = guest()             # one room after the other
    for room in rooms:
        assert [e["seq"] for e in b.replay(room)] == list(range(1, 321))
    b = guest()             # all at once
    b.ok("join", rooms=[{"room": room, "after": 10} for room in rooms])
    for room in rooms:
        b.wait_seq(room, 320)
        assert [e["seq"] for e in b.entries(room)] == list(range(11, 321))


run()
