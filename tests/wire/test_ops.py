#!/usr/bin/python3
"""Requests: ids, errors, and the order in which they take effect."""

import time

from chat import Client, run, shared, test
from scene import fresh, guest, pipeline


# ------------------------------------------------- requests, ids, and errors

@test("an id comes back as it was: integers and strings up to 64 bytes")
def _():
    c = guest()
    for ident in (0, 1, -5, 2 ** 53 - 1, -(2 ** 53 - 1), "", "x", "é" * 32,
                  "7", "a\"b\\c\n"):
        c.send_json({"op": "ping", "id": ident})
        reply = c.reply(ident)
        assert type(reply["re"]) is type(ident), reply
        del c.replies[ident]


@test("an id that is neither is a bad request, told with re null")
def _():
    for ident in (1.5, True, [], {}, "x" * 65, 2 ** 53):
        c = guest()
        c.send_json({"op": "ping", "id": ident})
        c.until(lambda: c.errors)
        assert c.errors[0]["error"]["code"] == "bad_request", c.errors
        assert c.errors[0]["error"]["field"] == "id", (ident, c.errors)


@test("a request without an id gets no ok, but its effect")
def _():
    room = fresh()
    c = guest(room)
    n = len(c.frames)
    c.send_json({"op": "send", "room": room, "text": "silent"})
    c.wait(lambda e: e.get("text") == "silent")
    c.sync()
    assert all("re" not in f or f["re"] == c.last_id for f in c.frames[n:]), \
        c.frames[n:]


@test("a request without an id gets its error with re null")
def _():
    c = guest()
    for request, code in (
            ({"op": "send", "room": fresh(), "text": "x"}, "not_found"),
            ({"op": "fly"}, "unknown_op"),
            ({"op": "join"}, "bad_request")):
        n = len(c.errors)
        c.send_json(request)
        c.until(lambda: len(c.errors) > n)
        assert c.errors[n]["error"]["code"] == code, c.errors[n]


@test("what is not one JSON object is bad_json with re null")
def _():
    for texts in (("", " ", "{", "}", "[]", "1", '"x"', "null", "hello"),
                  ('{"op":"ping","id":1}x', '{"op":"ping"} {"op":"ping"}',
                   "{'op':'ping'}", '{"op":"ping",}', '{"op":ping}',
                   '{"op":"ping","id":01}', '{"op":"ping" "id":1}',
                   '{"op":"pi\nng"}', '\ufeff{"op":"ping"}', '{"op":"ping"'),
                  ('{"op":"ping","op":"ping"}',
                   '{"op":"ping","id":1,"id":1}',
                   '{"op":"ping","x":{"a":1,"a":2}}', '{"op":"\\ud800"}',
                   '{"op":"ping","x":"\\u0000"}', '{"op":"ping","x":NaN}',
                   '{"op":"ping","x":1e999}')):
        c = guest()
        for text in texts:
            n = len(c.errors)
            c.send_text(text)
            c.until(lambda: len(c.errors) > n, what="the error of " + text)
            assert c.errors[n]["error"]["code"] == "bad_json", (
                text, c.errors[n])
        c.sync()


@test("an unknown op is unknown_op, a missing one a bad request")
def _():
    c = guest()
    for op in ("fly", "PING", "ping ", "", "x" * 1000, "message"):
        c.error(op, "unknown_op")
    for op in (1, True, [], {}):
        c.send_json({"op": op, "id": "o"})
        reply = c.reply("o")
        assert reply["error"]["code"] == "bad_request", reply
        assert reply["error"]["field"] == "op", reply
        del c.replies["o"]
    c.send_json({"id": "none"})
    error = c.reply("none")["error"]
    assert error["code"] == "bad_request" and error["field"] == "op", error


@test("ops that are not built yet are unknown")
def _():
    c = guest()
    for op in ("register", "login", "search", "dm", "kick", "whois", "create",
               "pin", "tokens", "friends", "audit"):
        c.error(op, "unknown_op")


@test("unknown fields of a request are ignored")
def _():
    room = fresh()
    c = guest(room)
    c.ok("ping", colour="blue", deep={"a": [1, 2, {"b": None}]})
    c.ok("send", room=room, text="x", colour=[1], ev="message", seq="?",
         at=1.5, token=7)


# op, fields, the error's code and field.  $room is a room with the own
# message 1, the other's message 2, the deleted message 3 and the topic 5.
ERRORS = (
    ("hello", {}, "bad_request", None),
    ("join", {}, "bad_request", "room"),
    ("join", {"room": 5}, "bad_request", "room"),
    ("join", {"room": None}, "bad_request", "room"),
    ("join", {"room": ""}, "bad_request", "room"),
    ("join", {"room": "a b"}, "bad_request", "room"),
    ("join", {"room": "x" * 65}, "bad_request", "room"),
    ("join", {"room": "x" * 300}, "bad_request too_large", "room"),
    ("join", {"room": "раypal"}, "bad_request", "room"),
    ("join", {"room": "a\u202eb"}, "bad_request", "room"),
    ("join", {"room": "$room", "after": 1, "last": 1}, "bad_request", None),
    ("join", {"room": "$room", "after": -1}, "bad_request", "after"),
    ("join", {"room": "$room", "after": "1"}, "bad_request", "after"),
    ("join", {"room": "$room", "after": 1.5}, "bad_request", "after"),
    ("join", {"room": "$room", "after": 2 ** 53}, "bad_request", "after"),
    ("join", {"room": "$room", "after": 2 ** 63}, "bad_json bad_request",
     None),
    ("join", {"room": "$room", "last": -1}, "bad_request", "last"),
    ("join", {"room": "$room", "last": True}, "bad_request", "last"),
    ("join", {"rooms": "lobby"}, "bad_request", "rooms"),
    ("join", {"rooms": ["lobby"]}, "bad_request", "rooms"),
    ("join", {"rooms": [{"room": "y%d" % i} for i in range(201)]},
     "bad_request", "rooms"),
    ("leave", {}, "bad_request", "room"),
    ("members", {}, "bad_request", "room"),
    ("members", {"room": "no-such"}, "not_found", None),
    ("members", {"room": "$room", "limit": 201}, "bad_request", "limit"),
    ("rooms", {"match": 1}, "bad_request", "match"),
    ("rooms", {"limit": "x"}, "bad_request", "limit"),
    ("send", {"text": "x"}, "bad_request", "room"),
    ("send", {"room": "$room"}, "bad_request", "text"),
    ("send", {"room": "$room", "text": 1}, "bad_request", "text"),
    ("send", {"room": "$room", "text": "x" * 16385}, "too_large", "text"),
    ("send", {"room": "$room", "text": "é" * 8193}, "too_large", "text"),
    ("send", {"room": "no-such", "text": "x"}, "not_found", None),
    ("send", {"room": "$room", "text": "x", "kind": "shout"}, "bad_request",
     "kind"),
    ("send", {"room": "$room", "text": "x", "reply_to": "1"}, "bad_request",
     "reply_to"),
    ("send", {"room": "$room", "text": "x", "nonce": "n" * 65}, "bad_request",
     "nonce"),
    ("send", {"room": "$room", "text": "x", "nonce": 5}, "bad_request",
     "nonce"),
    ("edit", {"room": "$room", "seq": 1}, "bad_request", "text"),
    ("edit", {"room": "$room", "text": "x"}, "bad_request", "seq"),
    ("edit", {"room": "$room", "seq": 1, "text": "x" * 16385}, "too_large",
     "text"),
    ("edit", {"room": "no-such", "seq": 1, "text": "x"}, "not_found", None),
    ("edit", {"room": "$room", "seq": 2, "text": "x"}, "forbidden", None),
    ("edit", {"room": "$room", "seq": 3, "text": "x"}, "not_found", None),
    ("edit", {"room": "$room", "seq": 5, "text": "x"}, "not_found", None),
    ("edit", {"room": "$room", "seq": 99, "text": "x"}, "not_found", None),
    ("edit", {"room": "$room", "seq": 0, "text": "x"}, "not_found", None),
    ("delete", {"room": "$room"}, "bad_request", "seq"),
    ("delete", {"room": "$room", "seq": 2}, "forbidden", None),
    ("delete", {"room": "$room", "seq": 3}, "not_found", None),
    ("delete", {"room": "$room", "seq": 5}, "not_found", None),
    ("delete", {"room": "$room", "seq": 99}, "not_found", None),
    ("delete", {"room": "no-such", "seq": 1}, "not_found", None),
    ("react", {"room": "$room", "seq": 1}, "bad_request", "emoji"),
    ("react", {"room": "$room", "emoji": "👍"}, "bad_request", "seq"),
    ("react", {"room": "$room", "seq": 1, "emoji": "x" * 65}, "bad_request",
     "emoji"),
    ("react", {"room": "$room", "seq": 1, "emoji": ""}, "bad_request",
     "emoji"),
    ("react", {"room": "$room", "seq": 1, "emoji": "ok"}, "bad_request",
     "emoji"),
    ("react", {"room": "$room", "seq": 1, "emoji": "👍👍"}, "bad_request",
     "emoji"),
    ("react", {"room": "$room", "seq": 3, "emoji": "👍"}, "not_found", None),
    ("react", {"room": "$room", "seq": 99, "emoji": "👍"}, "not_found", None),
    ("unreact", {"room": "$room", "seq": 1, "emoji": "👍"}, "not_found",
     None),
    ("unreact", {"room": "$room", "seq": 3, "emoji": "👍"}, "not_found",
     None),
    ("topic", {"room": "$room"}, "bad_request", "topic"),
    ("topic", {"room": "no-such", "topic": "x"}, "not_found", None),
    ("topic", {"room": "$room", "topic": "x" * 1025}, None, "topic"),
    ("history", {"room": "$room"}, "bad_request", None),
    ("history", {"room": "$room", "after": 0, "before": 9}, "bad_request",
     None),
    ("history", {"room": "$room", "at": 0, "around": 1}, "bad_request", None),
    ("history", {"room": "$room", "after": 0, "limit": 201}, "bad_request",
     "limit"),
    ("history", {"room": "$room", "after": 0, "limit": -1}, "bad_request",
     "limit"),
    ("history", {"room": "no-such", "after": 0}, "not_found", None),
    ("history", {"after": 0}, "bad_request", "room"),
    ("read", {"room": "$room"}, "bad_request", "seq"),
    ("read", {"room": "no-such", "seq": 1}, "not_found", None),
    ("read", {"room": "$room", "seq": 1, "back": "yes"}, "bad_request",
     "back"),
    ("typing", {}, "bad_request", "room"),
    ("typing", {"room": "no-such"}, "not_found", None),
    ("nick", {}, "bad_request", "nick"),
    ("nick", {"nick": 7}, "bad_request", "nick"),
)


@test("each op answers wrong fields with the documented error")
def _():
    room = fresh()
    a, b = guest(room), guest(room)
    a.ok("send", room=room, text="own")
    b.ok("send", room=room, text="other's")
    a.ok("send", room=room, text="gone")
    a.ok("delete", room=room, seq=3)
    a.ok("topic", room=room, topic="about")
    wrong = []
    for i, (op, fields, code, field) in enumerate(ERRORS):
        if i % 15 == 0:     # 20 errors in 10 s end a connection
            token = a.token
            a.close()
            a = shared().client(None, token)
            a.ok("join", room=room)
        fields = {k: room if v == "$room" else v for k, v in fields.items()}
        ident, n = "e%d" % i, len(a.errors)
        a.send_json({"op": op, "id": ident, **fields})
        a.until(lambda: ident in a.replies or len(a.errors) > n,
                what="the error of %s %.100r" % (op, fields))
        reply = a.replies.get(ident) or a.errors[n]
        error = reply.get("error", {})
        if reply["ok"] or code and error["code"] not in code.split() or \
                field not in (None, error.get("field")):
            wrong.append("%s %.100r -> %.200r, not %s %s" % (
                op, fields, reply, code, field))
    assert not wrong, "\n".join(wrong)
    assert [e["ev"] for e in a.replay(room)] == [
        "message", "message", "message", "delete", "topic"]


@test("ping tells the server's time in milliseconds")
def _():
    at = guest().ok("ping")["at"]
    assert type(at) is int and abs(at - time.time() * 1000) < 5000, at



# -------------------------------------------------------- order and barriers

@test("hello and join hold back what is sent right behind them")
def _():
    room = fresh()
    c = Client(shared())
    replies = pipeline(
        c, {"op": "hello", "nick": fresh("user")},
        {"op": "join", "room": room},
        {"op": "send", "room": room, "text": "one"},
        {"op": "history", "room": room, "after": 0},
        {"op": "rooms", "match": room})
    assert all(r["ok"] for r in replies), replies
    assert replies[1]["seq"] == 0 and replies[2]["seq"] == 1, replies
    order = [f["re"] for f in c.frames if "re" in f]
    assert order[:2] == [100, 101], order
    c.wait_seq(room, 1)


@test("requests take effect in the order sent")
def _():
    room = fresh()
    c = guest(room)
    name = fresh("later")
    pipeline(c, {"op": "nick", "nick": name},
             {"op": "send", "room": room, "text": "said as another"})
    c.wait_seq(room, 1)
    assert c.entries(room)[0]["from"] == name, c.entries(room)
    c.replies.clear()
    room = fresh()
    c.ok("join", room=room)
    replies = pipeline(
        c, *({"op": "send", "room": room, "text": "n%d" % i}
             for i in range(50)))
    assert [r["seq"] for r in replies] == list(range(1, 51)), replies
    c.wait_seq(room, 50)
    assert [e["text"] for e in c.entries(room)] == [
        "n%d" % i for i in range(50)]


@test("history behind a send on the same connection has it")
def _():
    room = fresh()
    c = guest(room)
    for i in range(20):
        replies = pipeline(
            c, {"op": "send", "room": room, "text": "t%d" % i},
            {"op": "history", "room": room, "before": 2 ** 53 - 1,
             "limit": 1})
        assert replies[1]["entries"][-1]["text"] == "t%d" % i, replies
        c.replies.clear()


@test("edit and delete behind their send on the same connection work")
def _():
    room = fresh()
    c = guest(room)
    replies = pipeline(
        c, {"op": "send", "room": room, "text": "a"},
        {"op": "edit", "room": room, "seq": 1, "text": "b"},
        {"op": "react", "room": room, "seq": 1, "emoji": "👍"},
        {"op": "unreact", "room": room, "seq": 1, "emoji": "👍"},
        {"op": "delete", "room": room, "seq": 1},
        {"op": "edit", "room": room, "seq": 1, "text": "c"})
    assert [r["ok"] for r in replies] == [True] * 5 + [False], replies
    assert replies[5]["error"]["code"] == "not_found", replies


@test("the reply to join comes before any event of its room")
def _():
    room = fresh()
    a = guest(room)
    for i in range(30):
        a.ok("send", room=room, text="%d" % i)
    for last in (None, 5, 30):
        b = guest()
        ident = b.ask("join", room=room, last=last)
        a.ok("send", room=room, text="x")
        b.reply(ident)
        b.sync()
        first = next(i for i, f in enumerate(b.frames)
                     if f.get("room") == room)
        assert b.frames[first].get("re") == ident, b.frames[first]


@test("nothing of a room follows the reply to leave")
def _():
    room = fresh()
    a, b = guest(room), guest(room)
    for i in range(20):
        ids = [a.ask("send", room=room, text="%d" % j) for j in range(20)]
        leave = b.ask("leave", room=room)
        for ident in ids:
            a.reply(ident)
        b.reply(leave)
        b.sync()
        at = b.frames.index(b.replies[leave])
        late = [f for f in b.frames[at + 1:] if f.get("room") == room]
        assert not late, late
        b.frames.clear()
        b.ok("join", room=room)


@test("a leave behind sends in one write still lets them through")
def _():
    room = fresh()
    a, b = guest(room), guest(room)
    replies = pipeline(a, {"op": "send", "room": room, "text": "bye"},
                       {"op": "leave", "room": room})
    assert all(r["ok"] for r in replies)
    b.wait(lambda e: e.get("text") == "bye")


@test("the sender gets his message as an event, with his nonce")
def _():
    room = fresh()
    a, b = guest(room), guest(room)
    reply = a.ok("send", room=room, text="x", nonce="k3v9")
    for c in (a, b):
        e = c.wait_seq(room, reply["seq"])
        assert e == {"ev": "message", "room": room, "seq": 1,
                     "at": reply["at"], "from": a.user, "guest": True,
                     "text": "x", "nonce": "k3v9"}, e


run()
