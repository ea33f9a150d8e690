#!/usr/bin/python3
"""Entries: what is sent, edited, deleted, reacted to, and under a nonce."""

import time

from chat import Server, run, test
from scene import fresh, guest, pipeline


# ------------------------------------------------------------------- entries

@test("send takes kind, lang and reply_to and passes them on")
def _():
    room = fresh()
    a, b = guest(room), guest(room)
    for kind in ("text", "action", "code", "notice"):
        seq = a.ok("send", room=room, text="x", kind=kind)["seq"]
        assert b.wait_seq(room, seq).get("kind", "text") == kind
    seq = a.ok("send", room=room, text="int x;", kind="code", lang="c",
               reply_to=1)["seq"]
    e = b.wait_seq(room, seq)
    assert e["lang"] == "c" and e["reply_to"] == 1, e
    assert b.replay(room) == b.history(room)


@test("text up to 16 KiB comes back byte for byte")
def _():
    room = fresh()
    a, b = guest(room), guest(room)
    for text in ("x" * 16384, "é" * 8192, "😀" * 4096, '"' * 16384,
                 "\\" * 16384, "\n" * 16384, "\x01" * 8000, "\x7f\x1f ",
                 "\u2028\u202e</script>", " lead and trail "):
        seq = a.ok("send", room=room, text=text)["seq"]
        assert b.wait_seq(room, seq)["text"] == text
    assert [e["text"] for e in b.history(room)] == [
        e["text"] for e in b.entries(room)]


@test("edit replaces the text, history says by which entry")
def _():
    room = fresh()
    a, b = guest(room), guest(room)
    seq = a.ok("send", room=room, text="one")["seq"]
    for text in ("two", "three"):
        r = a.ok("edit", room=room, seq=seq, text=text)
        e = b.wait_seq(room, r["seq"])
        assert e["ev"] == "edit" and e["target"] == seq, e
        assert e["text"] == text and e["from"] == a.user, e
    (m,) = b.history(room)
    assert m["text"] == "three" and m["edited"] == {
        "seq": r["seq"], "at": r["at"]}, m


@test("a deleted message keeps its place and loses text and reactions")
def _():
    room = fresh()
    a, b = guest(room), guest(room)
    seq = a.ok("send", room=room, text="secret", nonce="n1")["seq"]
    a.ok("edit", room=room, seq=seq, text="secret2")
    b.ok("react", room=room, seq=seq, emoji="👍")
    r = a.ok("delete", room=room, seq=seq)
    e = b.wait_seq(room, r["seq"])
    assert e["ev"] == "delete" and e["target"] == seq, e
    (m,) = b.history(room)
    assert m["deleted"] is True and m["seq"] == seq, m
    assert not {"text", "reactions", "edited"} & set(m), m
    log = guest().replay(room)
    assert [x["ev"] for x in log] == ["message", "edit", "react", "delete"]
    assert log[0]["deleted"] is True and "text" not in log[0], log
    assert log[1]["deleted"] is True and "text" not in log[1], log
    assert log[1]["target"] == seq, log


@test("reactions stand in the order of their entries")
def _():
    room = fresh()
    a, b, c = guest(room), guest(room), guest(room)
    seq = a.ok("send", room=room, text="x")["seq"]
    want = []
    for who, emoji in ((c, "👍"), (a, "🎉"), (b, "👍"), (c, "❤️"), (a, "👍")):
        r = who.ok("react", room=room, seq=seq, emoji=emoji)
        want.append({"emoji": emoji, "user": who.user, "guest": True,
                     "seq": r["seq"]})
    r = b.ok("unreact", room=room, seq=seq, emoji="👍")
    e = a.wait_seq(room, r["seq"])
    assert e["ev"] == "unreact" and e["emoji"] == "👍", e
    assert e["target"] == seq and e["react"] == want[2]["seq"], e
    del want[2]
    assert a.history(room)[0]["reactions"] == want


@test("the same reaction twice is the first one's entry")
def _():
    room = fresh()
    a = guest(room)
    seq = a.ok("send", room=room, text="x")["seq"]
    one = a.ok("react", room=room, seq=seq, emoji="👍")
    two = a.ok("react", room=room, seq=seq, emoji="👍")
    assert one["seq"] == two["seq"]
    assert a.ok("send", room=room, text="y")["seq"] == one["seq"] + 1
    a.ok("unreact", room=room, seq=seq, emoji="👍")
    a.error("unreact", "not_found", room=room, seq=seq, emoji="👍")
    again = a.ok("react", room=room, seq=seq, emoji="👍")
    assert again["seq"] == one["seq"] + 3, again


@test("nobody takes another one's reaction away")
def _():
    room = fresh()
    a, b = guest(room), guest(room)
    seq = a.ok("send", room=room, text="x")["seq"]
    a.ok("react", room=room, seq=seq, emoji="👍")
    b.error("unreact", "not_found", room=room, seq=seq, emoji="👍")
    assert len(a.history(room)[0]["reactions"]) == 1


@test("topic is an entry, and told by join, history and rooms")
def _():
    room = fresh()
    a, b = guest(room), guest(room)
    r = b.ok("topic", room=room, topic="Über alles: \"x\"")
    e = a.wait_seq(room, r["seq"])
    assert e["ev"] == "topic" and e["topic"] == "Über alles: \"x\"", e
    assert guest().ok("join", room=room)["topic"] == "Über alles: \"x\""
    assert a.history(room) == [e]
    (item,) = a.ok("rooms", match=room)["rooms"]
    assert item["topic"] == "Über alles: \"x\"", item
    a.ok("topic", room=room, topic="")
    assert guest().ok("join", room=room)["topic"] == ""


@test("times are milliseconds of now")
def _():
    room = fresh()
    at = guest(room).ok("send", room=room, text="x")["at"]
    assert abs(at - time.time() * 1000) < 5000, at



# -------------------------------------------------------------------- nonces

@test("a request under its nonce again is answered with the first seq")
def _():
    room = fresh()
    a = guest(room)
    seq = a.ok("send", room=room, text="m")["seq"]
    other = a.ok("send", room=room, text="o")["seq"]
    requests = (("send", {"text": "x"}), ("edit", {"seq": seq, "text": "y"}),
                ("react", {"seq": other, "emoji": "👍"}),
                ("unreact", {"seq": other, "emoji": "👍"}),
                ("topic", {"topic": "t"}), ("delete", {"seq": seq}))
    first = {}
    for _ in range(3):
        for op, fields in requests:
            r = a.ok(op, room=room, nonce="n-" + op, **fields)
            assert first.setdefault(op, r["seq"]) == r["seq"], (op, r)
    assert len(a.replay(room)) == 2 + len(requests)


@test("nonces hold over connections of a guest and over restarts")
def _():
    server = Server()
    a = server.client("a")
    a.ok("join", room="r")
    seq = a.ok("send", room="r", text="x", nonce="n")["seq"]
    b = server.client(None, a.token)
    assert b.ok("send", room="r", text="x", nonce="n")["seq"] == seq
    server.restart(kill=True)
    b = server.client(None, a.token)
    assert b.ok("send", room="r", text="x", nonce="n")["seq"] == seq
    b.error("send", "conflict", room="r", text="y", nonce="n")
    assert len(b.replay("r")) == 1
    server.terminate()


@test("a nonce with other content is a conflict")
def _():
    room, other = fresh(), fresh()
    a = guest(room)
    a.ok("join", room=other)
    a.ok("send", room=room, text="x", nonce="n")
    for op, fields in (("send", {"room": room, "text": "y"}),
                       ("send", {"room": other, "text": "x"}),
                       ("send", {"room": room, "text": "x",
                                 "kind": "action"}),
                       ("send", {"room": room, "text": "x", "reply_to": 1}),
                       ("topic", {"room": room, "topic": "x"}),
                       ("delete", {"room": room, "seq": 1}),
                       ("edit", {"room": room, "seq": 1, "text": "x"})):
        a.error(op, "conflict", nonce="n", **fields)
    assert len(a.replay(room)) == 1 and len(a.replay(other)) == 0


@test("a nonce belongs to its sender")
def _():
    room = fresh()
    a, b = guest(room), guest(room)
    one = a.ok("send", room=room, text="a", nonce="same")["seq"]
    two = b.ok("send", room=room, text="b", nonce="same")["seq"]
    assert one != two


@test("equal nonces in one write make one entry")
def _():
    room = fresh()
    a = guest(room)
    replies = pipeline(a, *[{"op": "send", "room": room, "text": "x",
                             "nonce": "n"}] * 30)
    assert {r["seq"] for r in replies} == {1}, replies
    assert len(a.replay(room)) == 1
    a.replies.clear()
    replies = pipeline(a, {"op": "send", "room": room, "text": "p",
                           "nonce": "m"},
                       {"op": "send", "room": room, "text": "q",
                        "nonce": "m"})
    assert replies[0]["ok"] and \
        replies[1]["error"]["code"] == "conflict", replies


@test("a nonce is looked at before rights")
def _():
    room = fresh()
    a = guest(room)
    seq = a.ok("send", room=room, text="x")["seq"]
    edit = a.ok("edit", room=room, seq=seq, text="y", nonce="e")["seq"]
    gone = a.ok("delete", room=room, seq=seq, nonce="d")["seq"]
    assert a.ok("edit", room=room, seq=seq, text="y",
                nonce="e")["seq"] == edit
    assert a.ok("delete", room=room, seq=seq, nonce="d")["seq"] == gone
    a.error("edit", "not_found", room=room, seq=seq, text="y", nonce="f")


@test("a refused request leaves its nonce free")
def _():
    room = fresh()
    a = guest()
    a.error("send", "not_found", room=room, text="x", nonce="n")
    a.ok("join", room=room)
    assert a.ok("send", room=room, text="y", nonce="n")["seq"] == 1


@test("a nonce of 64 bytes works")
def _():
    room = fresh()
    a = guest(room)
    for nonce in ("n" * 64, "é" * 32, "with \"quotes\" \n"):
        seq = a.ok("send", room=room, text="x", nonce=nonce)["seq"]
        assert a.wait_seq(room, seq)["nonce"] == nonce
        assert a.ok("send", room=room, text="x", nonce=nonce)["seq"] == seq


run()
