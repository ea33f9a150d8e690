#!/usr/bin/python3
"""
The original application: its addresses and its one-line protocol, in the same
rooms as chat.v1.
"""

import json
import urllib.parse

from chat import Client, Refused, shared, test, run, wait_for


def simple(name, prefix="/ws/chat/", **options):
    """An original client that is in the room."""
    def members():
        return shared().metrics()["chatsrv_subscriptions"]
    before = members()
    c = Client(shared(), prefix + urllib.parse.quote(name) + "/", **options)
    wait_for(lambda: members() > before or c.close_code, what="being in")
    return c


def got(client, text, timeout=None):
    """Waits for a message of that text."""
    return client.wait(lambda e: e.get("message") == text, timeout)


@test("what one original client says all get, the sender included")
def _():
    for prefix in ("/ws/chat/", "/ws/mock_up/"):
        room = "old" + prefix.split("/")[2]
        one, two = simple(room, prefix), simple(room, prefix)
        one.send_json({"message": "hello"})
        assert got(one, "hello") == {"message": "hello"}
        assert got(two, "hello") == {"message": "hello"}


@test("both original addresses lead to the same room")
def _():
    one, two = simple("both"), simple("both", "/ws/mock_up/")
    one.send_json({"message": "from chat"})
    two.send_json({"message": "from mock_up"})
    for c in (one, two):
        got(c, "from chat")
        got(c, "from mock_up")


@test("chat.v1 and original clients hear each other in one room")
def _():
    ann = shared().client("ann")
    ann.ok("join", room="mixed")
    for prefix in ("/ws/chat/", "/ws/mock_up/"):
        old = simple("mixed", prefix)
        ann.ok("send", room="mixed", text="from v1 to " + prefix)
        assert got(old, "from v1 to " + prefix) == {
            "message": "from v1 to " + prefix}
        old.send_json({"message": "from " + prefix})
        e = ann.wait(lambda e: e.get("text") == "from " + prefix)
        assert e["ev"] == "message" and e["room"] == "mixed", e
        assert e["guest"] is True and e["from"], e
        got(old, "from " + prefix)


@test("an original client's message is an entry like any other")
def _():
    old = simple("entry")
    old.send_json({"message": "kept"})
    got(old, "kept")
    ann = shared().client("ann2")
    (e,) = ann.replay("entry")
    assert e["seq"] == 1 and e["text"] == "kept", e
    assert ann.history("entry")[0]["text"] == "kept"


@test("an original client hears nothing of what was before it")
def _():
    ann = shared().client("ann3")
    ann.ok("join", room="before")
    ann.ok("send", room="before", text="early")
    old = simple("before")
    ann.ok("send", room="before", text="late")
    got(old, "late")
    assert old.frames == [{"message": "late"}], old.frames


@test("edits, deletes, reactions, topics and typing are not sent to it")
def _():
    ann = shared().client("ann4")
    ann.ok("join", room="quiet")
    old = simple("quiet")
    seq = ann.ok("send", room="quiet", text="first")["seq"]
    ann.ok("react", room="quiet", seq=seq, emoji="👍")
    ann.ok("unreact", room="quiet", seq=seq, emoji="👍")
    ann.ok("topic", room="quiet", topic="about")
    ann.ok("typing", room="quiet")
    ann.ok("edit", room="quiet", seq=seq, text="second")
    ann.ok("delete", room="quiet", seq=seq)
    ann.ok("send", room="quiet", text="last")
    got(old, "last")
    assert old.frames == [{"message": "first"}, {"message": "last"}], \
        old.frames


@test("bad JSON and a missing message are answered with an error")
def _():
    old = simple("errors")
    for text in ("{", "hello", "", "[]", "{}", '{"text":"x"}',
                 '{"message":1}', '{"message":null}', '{"message":["x"]}',
                 '{"message":"a","message":"b"}'):
        n = len(old.frames)
        old.send_text(text)
        old.until(lambda: len(old.frames) > n, what="an answer to " + text)
        (answer,) = old.frames[n:]
        assert list(answer) == ["error"] and answer["error"], (text, answer)
    old.send_json({"message": "still here"})
    got(old, "still here")


@test("errors go to the one who made them")
def _():
    one, two = simple("alone"), simple("alone")
    one.send_text("{")
    one.until(lambda: one.frames)
    one.send_json({"message": "x"})
    got(two, "x")
    assert two.frames == [{"message": "x"}], two.frames


@test("other fields of an original message are ignored")
def _():
    old = simple("more")
    old.send_text('{"type":"chat.message","message":"x","n":[1,{"a":2}]}')
    assert got(old, "x") == {"message": "x"}


@test("a text above 16 KiB is an error, one of 16 KiB is not")
def _():
    old = simple("large")
    old.send_json({"message": "x" * 16385})
    old.until(lambda: old.frames)
    assert "error" in old.frames[0], old.frames[0]
    old.send_json({"message": "y" * 16384})
    got(old, "y" * 16384)


@test("its JSON comes back unharmed: quotes, controls, beyond the BMP")
def _():
    old = simple("chars")
    for text in ('"\\/', "tab\tnewline\n", "ünï", "😀👩‍👩‍👧", "\u2028",
                 "<script>alert(1)</script>", "x\x01\x1fy\x7f"):
        old.send_text(json.dumps({"message": text}))
        got(old, text)
        old.send_text(json.dumps({"message": text}, ensure_ascii=False))
        old.until(lambda: sum(f == {"message": text}
                              for f in old.frames) == 2)


@test("names are those of rooms: folded, percent-decoded, checked")
def _():
    ann = shared().client("ann5")
    ann.ok("join", room="Straße")
    old = simple("STRASSE")
    old.send_json({"message": "same"})
    e = ann.wait(lambda e: e.get("text") == "same")
    assert e["room"] == "Straße", e
    assert ann.ok("join", room="room_1-2.3")["room"] == "room_1-2.3"
    simple("room_1-2.3").send_json({"message": "dots"})
    ann.wait(lambda e: e.get("text") == "dots")
    for bad in ("a b", "a/b", "раypal", "x" * 65, "a\nb", "\u200b"):
        try:
            c = simple(bad)
        except Refused as refused:
            assert 400 <= refused.status < 500, refused
        else:
            raise AssertionError("%r was taken: %r" % (bad, c.answer))


@test("opening an original socket of an unknown room creates it")
def _():
    ann = shared().client("ann6")
    ann.error("send", "not_found", room="fresh", text="x")
    old = simple("fresh")
    ann.ok("send", room="fresh", text="now")
    got(old, "now")


@test("the original's pages redirect to the present ones")
def _():
    for path, to in (("/mock_up/", "/"), ("/mock_up/lobby/", "/room/lobby"),
                     ("/mock_up/Stra%C3%9Fe/", "/room/Stra%C3%9Fe")):
        answer = shared().get(path)
        assert answer.status == 302, (path, answer)
        where = answer.headers["location"]
        assert where.lower().endswith(to.lower()), (path, where)
        assert where == to or where.startswith("http://127.0.0.1"), where


@test("a redirect never leads to another site or into another header")
def _():
    for path in ("/mock_up//evil.example/", "/mock_up/%0d%0aX:%20y/",
                 "/mock_up/..%2f..%2fevil/", "/mock_up/%5cevil.example/",
                 "/mock_up/a%20b/"):
        answer = shared().get(path)
        where = answer.headers.get("location", "/")
        assert where.startswith("/") and not where.startswith("//"), answer
        assert "x" not in answer.headers, answer
        assert "\\" not in where, answer


@test("GET never creates a room")
def _():
    ann = shared().client("ann7")
    for path in ("/room/nobody1", "/mock_up/nobody1/", "/ws/chat/nobody1/",
                 "/ws/mock_up/nobody1/", "/room/nobody1/"):
        shared().get(path)
    ann.error("send", "not_found", room="nobody1", text="x")
    ann.error("history", "not_found", room="nobody1", after=0)
    rooms = ann.ok("rooms", match="nobody")["rooms"]
    assert rooms == [], rooms


@test("people on the original's addresses are counted as present")
def _():
    ann = shared().client("ann8")
    assert ann.ok("join", room="crowd")["online"] == 1
    simple_one = simple("crowd")
    e = ann.wait(lambda e: e["ev"] == "presence" and e["online"] == 2)
    assert all(p["guest"] is True for p in e["join"]), e
    assert any(p["user"] != "ann8" for p in e["join"]), e
    simple_one.close()


run()
