#!/usr/bin/python3
"""
Several servers on one store and one Redis are one system.
"""

import contextlib
import os
import sqlite3

from chat import Client, Server, SLACK, chatsrv, run, test, wait_for
from chat_nodes import Line, Redis, nodes, wait_up

redis = Redis()


def pair(**settings):
    both = nodes(2, redis, **settings)
    wait_up(both)
    return both


def stop(servers):
    for s in servers:
        s.terminate()


def joined(server, nick, room="lobby"):
    c = server.client(nick)
    c.ok("join", room=room)
    return c


def said(text):
    return lambda e: e.get("text") == text


@test("what is said at one node is heard at the other, as it was said")
def _():
    a, b = pair()
    ann, bob = joined(a, "ann"), joined(b, "bob")
    first = ann.ok("send", room="lobby", text="hi", nonce="n1")
    at_b = bob.wait(said("hi"))
    assert at_b == ann.wait(said("hi"))
    assert at_b["seq"] == first["seq"] and at_b["nonce"] == "n1", at_b
    ann.ok("edit", room="lobby", seq=first["seq"], text="hi there")
    assert bob.wait(said("hi there"))["target"] == first["seq"]
    bob.ok("react", room="lobby", seq=first["seq"], emoji="👍")
    assert ann.wait(lambda e: e["ev"] == "react")["emoji"] == "👍"
    bob.ok("topic", room="lobby", topic="of two nodes")
    ann.wait(lambda e: e["ev"] == "topic")
    assert joined(a, "eve").ok("join", room="lobby")["topic"] == "of two nodes"
    ann.ok("delete", room="lobby", seq=first["seq"])
    bob.wait(lambda e: e["ev"] == "delete")
    late = b.client("late")
    for e in late.replay("lobby", 10):
        assert "hi" not in e.get("text", ""), e
    stop((a, b))


@test("who types at one node is seen typing at the other")
def _():
    a, b = pair()
    ann, bob = joined(a, "ann"), joined(b, "bob")
    sees(bob, "ann", "bob")     # so that node hears the room
    ann.ok("typing", room="lobby")
    assert bob.wait(lambda e: e["ev"] == "typing")["user"] == "ann"
    stop((a, b))


def names(c, room="lobby"):
    return {m["user"] for m in c.ok("members", room=room)["members"]}


def sees(c, *people):
    wait_for(lambda: names(c) == set(people), 5 * SLACK,
             "%s are seen" % (people,), 0.05)


@test("who is at one node is among the members at the other, and leaves it")
def _():
    a, b = pair()
    ann, bob = joined(a, "ann"), joined(b, "bob")
    sees(ann, "ann", "bob"), sees(bob, "ann", "bob")
    e = ann.wait(lambda e: e["ev"] == "presence" and e["online"] == 2)
    assert [p["user"] for p in e["join"]] == ["bob"], e
    eve = a.client("eve")
    assert eve.ok("join", room="lobby")["online"] >= 2
    sees(bob, "ann", "bob", "eve")
    # twice there, at two nodes, is there once
    again = b.client(token=eve.token)
    again.ok("join", room="lobby")
    eve.ok("leave", room="lobby")
    ann.ok("ping")
    assert names(ann) == names(bob) == {"ann", "bob", "eve"}
    assert [r["online"] for r in bob.ok("rooms")["rooms"]] == [3]
    bob.ok("leave", room="lobby")
    e = ann.wait(lambda e: e["ev"] == "presence" and e.get("leave"),
                 timeout=15 * SLACK)
    assert [p["user"] for p in e["leave"]] == ["bob"], e
    assert names(ann) == {"ann", "eve"}
    stop((a, b))


@test("who comes back at another node was never gone")
def _():
    a, b = pair()
    ann, bob = joined(a, "ann"), joined(b, "bob")
    ann.wait(lambda e: e["ev"] == "presence" and "bob" in str(e))
    since = len(ann.events)
    b.terminate()
    wait_for(lambda: a.metrics()["chatsrv_nodes"] == 1, 5 * SLACK, "b is gone")
    eve = joined(a, "eve")
    ann.wait(lambda e: e["ev"] == "presence" and "eve" in str(e))
    bob = a.client(token=bob.token)
    bob.ok("join", room="lobby")
    joined(a, "dan")
    ann.wait(lambda e: e["ev"] == "presence" and "dan" in str(e))
    sees(eve, "ann", "bob", "dan", "eve")
    assert not any("bob" in str(e) for e in ann.events[since:]), ann.events
    a.terminate()


@test("a node that dies leaves no ghosts behind")
def _():
    a, b = pair()
    ann, bob = joined(a, "ann"), joined(b, "bob")
    sees(ann, "ann", "bob")
    b.kill9()
    wait_for(lambda: names(ann) == {"ann"}, 24 * SLACK, "bob is gone", 0.2)
    a.terminate()


@test("another nick is told on all nodes, once, and is his everywhere")
def _():
    a, b = pair()
    ann, bob = joined(a, "ann"), joined(b, "bob")
    also = b.client(token=ann.token)
    also.ok("join", room="lobby")
    sees(bob, "ann", "bob")
    ann.ok("nick", nick="anna")
    for c in ann, bob, also:
        e = c.wait(lambda e: e["ev"] == "nick")
        assert (e["old"], e["user"]) == ("ann", "anna"), e
    sees(bob, "anna", "bob")
    also.ok("send", room="lobby", text="it is me")
    assert bob.wait(said("it is me"))["from"] == "anna"
    ann.wait(said("it is me"))
    for c in ann, bob, also:
        assert sum(e["ev"] == "nick" for e in c.events) == 1, c.events
    r = bob.request("nick", nick="anna")
    assert r["error"]["code"] == "exists", r
    stop((a, b))


@test("another nick of a hello is his everywhere, too")
def _():
    a, b = pair()
    ann, bob = joined(a, "ann"), joined(b, "bob")
    sees(bob, "ann", "bob")
    also = b.client("anna", token=ann.token)
    for c in ann, bob:
        e = c.wait(lambda e: e["ev"] == "nick")
        assert (e["old"], e["user"]) == ("ann", "anna"), e
    ann.ok("send", room="lobby", text="it is me")
    assert bob.wait(said("it is me"))["from"] == "anna"
    also.close()
    stop((a, b))


@test("who leaves one node keeps his name by being at another")
def _():
    a, b = pair()
    for nick in "x", "y":       # each node counts its hellos for itself
        a.client(nick)
    ann = joined(a, "ann")
    also = b.client(token=ann.token)

    def until():
        with contextlib.closing(sqlite3.connect(a.db, timeout=10)) as db:
            return db.execute("SELECT until FROM nick WHERE key LIKE 'ann%'"
                              ).fetchall()
    assert until() == [(None,)], until()
    heard = a.metrics()["chatsrv_heard_total"]
    also.close()
    wait_for(lambda: b.metrics()["chatsrv_sessions"] == 0, 5 * SLACK, "gone")
    wait_for(lambda: a.metrics()["chatsrv_heard_total"] > heard, 5 * SLACK,
             "a has heard of it")
    wait_for(lambda: until() == [(None,)], 5 * SLACK, "her name is held")
    # and not for ever: when she leaves a, too, it begins to end
    ann.close()
    wait_for(lambda: until() != [(None,)], 5 * SLACK, "her name ends")
    stop((a, b))


@test("what is read at one node is read at the other")
def _():
    a, b = pair()
    ann = joined(a, "ann")
    also = b.client(token=ann.token)
    also.ok("join", room="lobby")
    seq = ann.ok("send", room="lobby", text="x")["seq"]
    also.wait(said("x"))
    ann.ok("read", room="lobby", seq=seq)
    assert also.wait(lambda e: e["ev"] == "read")["seq"] == seq
    stop((a, b))


@test("a client of the original application hears everybody on every node")
def _():
    a, b = pair()
    for prefix in "/ws/chat/", "/ws/mock_up/":
        room = prefix.strip("/").replace("/", "-")
        ann = joined(a, "ann", room)
        one, two = (Client(s, prefix + room + "/") for s in (a, b))
        wait_for(lambda: all(s.metrics()["chatsrv_subscriptions"] > n for s, n
                             in ((a, 1), (b, 0))), 5 * SLACK, "both are in")
        one.send_json({"message": "from the old one"})
        for c in one, two:
            c.wait(lambda e: e.get("message") == "from the old one")
        ann.wait(said("from the old one"))
        ann.ok("send", room=room, text="to the old ones")
        for c in one, two:
            c.wait(lambda e: e.get("message") == "to the old ones")
            c.close()
        ann.close()
        wait_for(lambda: all(s.metrics()["chatsrv_subscriptions"] == 0
                             for s in (a, b)), 5 * SLACK, "all are out")
    stop((a, b))


@test("without Redis all is heard from the store, and the server says so")
def _():
    own = Redis()
    a, b = nodes(2, own)
    wait_up((a, b))
    ann, bob = joined(a, "ann"), joined(b, "bob")
    own.kill()
    wait_up((a, b), False)
    assert b"channel away" in a.get("/readyz").body
    assert a.get("/readyz").status == 200
    ann.ok("send", room="lobby", text="nobody carries this")
    ann.wait(said("nobody carries this"))
    bob.wait(said("nobody carries this"), timeout=5 * SLACK)
    own.start()
    wait_up((a, b))
    ann.ok("send", room="lobby", text="and again")
    bob.wait(said("and again"))
    stop((a, b))


@test("a server starts without Redis, and finds it later")
def _():
    own = Redis()
    own.kill()
    a, b = nodes(2, own)
    ann, bob = joined(a, "ann"), joined(b, "bob")
    ann.ok("send", room="lobby", text="alone")
    bob.wait(said("alone"), timeout=5 * SLACK)
    assert "Redis is away" in a.log_text(), a.log_tail()
    own.start()
    wait_up((a, b))
    ann.ok("send", room="lobby", text="together")
    bob.wait(said("together"))
    stop((a, b))


@test("what was said last before Redis went comes without another word")
def _():
    own = Redis()
    a, b = nodes(2, own)
    wait_up((a, b))
    ann, bob = joined(a, "ann"), joined(b, "bob")
    own.stop()
    ann.ok("send", room="lobby", text="into the void")
    own.kill()
    own.start()
    bob.wait(said("into the void"), timeout=12 * SLACK)
    stop((a, b))


def on_a_line(own):
    """A server at Redis, and one whose line there can be broken."""
    line = Line(own)
    a = Server(server_channel=own.spec)
    b = Server(server_channel=line.spec, store=a.store)
    wait_up((a, b))
    return line, a, b


@test("the last word before silence comes though nobody listened")
def _():
    line, a, b = on_a_line(redis)
    ann, bob = joined(a, "ann"), joined(b, "bob")
    # thrice, since the store may happen to be asked just then
    for n in range(3):
        line.cut()
        ann.ok("send", room="lobby", text="word %d" % n)
        line.mend()
        bob.wait(said("word %d" % n), timeout=3 * SLACK)
        wait_up((b,))
    stop((a, b))


@test("a node that comes back tells what was said there meanwhile")
def _():
    line, a, b = on_a_line(redis)
    ann, bob = joined(a, "ann"), joined(b, "bob")
    # thrice, since the store may happen to be asked just then
    for n in range(3):
        line.cut()
        wait_up((b,), False)
        bob.ok("send", room="lobby", text="word %d" % n)
        line.mend()
        ann.wait(said("word %d" % n), timeout=3 * SLACK)
        wait_up((b,))
    stop((a, b))


@test("the last word of a node that could not speak comes from its store")
def _():
    line, a, b = on_a_line(redis)
    ann, bob = joined(a, "ann"), joined(b, "bob")
    line.mute(True)
    bob.ok("send", room="lobby", text="mute")
    bob.wait(said("mute"))
    ann.wait(said("mute"), timeout=12 * SLACK)
    line.mute(False)
    wait_up((b,))
    stop((a, b))


@test("a node that hears nothing serves on, and hears all afterwards")
def _():
    line, a, b = on_a_line(redis)
    ann, bob = joined(a, "ann"), joined(b, "bob")
    line.deaf(True)
    seq = ann.ok("send", room="lobby", text="unheard")["seq"]
    # she goes there knowing more than that node does
    far = b.client(token=ann.token)
    r = far.ok("join", room="lobby", after=seq)
    assert r["recovered"] is True and "reset" not in r, r
    assert r["seq"] == seq and r["replay"] == 0, r
    bob.ok("send", room="lobby", text="heard here")
    for c in bob, far:
        c.wait(said("heard here"), timeout=5 * SLACK)
    bob.wait(said("unheard"), timeout=5 * SLACK)
    assert not any(e.get("text") == "unheard" for e in far.events)
    wait_up((b,), False)
    line.deaf(False)
    wait_up((b,))
    ann.ok("send", room="lobby", text="heard")
    for c in bob, far:
        c.wait(said("heard"))
    stop((a, b))


@test("people are told that other servers are away, and when they are back")
def _():
    own = Redis()
    a, b = nodes(2, own)
    wait_up((a, b))
    ann = joined(a, "ann")
    own.kill()
    text = ann.wait(lambda e: e["ev"] == "notice", timeout=6 * SLACK)["text"]
    assert "can't be reached" in text, text
    late = a.client("late")
    assert late.wait(lambda e: e["ev"] == "notice")["text"] == text
    own.start()
    for c in ann, late:
        c.wait(lambda e: e["ev"] == "notice" and "again" in e["text"])
        assert sum(e["ev"] == "notice" for e in c.events) == 2, c.events
    # one that is short is not worth a word
    own.kill()
    wait_up((a, b), False)
    own.start()
    wait_up((a, b))
    assert sum(e["ev"] == "notice" for e in ann.events) == 2, ann.events
    stop((a, b))


@test("a Redis that does not answer is away, until it does")
def _():
    own = Redis()
    a, b = nodes(2, own)
    wait_up((a, b))
    ann, bob = joined(a, "ann"), joined(b, "bob")
    own.stop()
    wait_up((a, b), False)
    assert "does not answer" in a.log_text(), a.log_tail()
    ann.ok("send", room="lobby", text="in the silence")
    bob.wait(said("in the silence"), timeout=5 * SLACK)
    own.go_on()
    wait_up((a, b))
    stop((a, b))


@test("two stores on one Redis don't hear each other")
def _():
    a = Server(server_channel=redis.spec)
    b = Server(server_channel=redis.spec)
    wait_up((a, b))
    ann, bob = joined(a, "ann"), joined(b, "bob")
    ann.ok("send", room="lobby", text="mine")
    ann.ok("typing", room="lobby")
    bob.ok("send", room="lobby", text="yours")
    ann.ok("ping"), bob.ok("ping")
    assert ann.wait(said("mine")) and bob.wait(said("yours"))
    wait_for(lambda: a.metrics()["chatsrv_published_total"] >= 2, 5 * SLACK,
             "both have published")
    for c, other in (ann, "yours"), (bob, "mine"):
        assert not any(e.get("text") == other for e in c.events), c.events
    assert a.metrics()["chatsrv_heard_total"] == 0
    assert b.metrics()["chatsrv_heard_total"] == 0
    stop((a, b))


@test("a password is asked for, by name and from a file; a wrong one is told")
def _():
    own = Redis("--user", "chat", "on", ">secret", "~*", "&chat:*", "-@all",
                "+publish", "+subscribe", "+unsubscribe", "+ping",
                "--user", "default", "off")
    bad = Server(server_channel=own.spec)
    wait_for(lambda: "away: NOAUTH" in bad.log_text(), 5 * SLACK,
             "NOAUTH is told")
    assert bad.log_text().count("away:") == 1, bad.log_text()
    bad.terminate()
    secret = os.path.join(own.tmp, "secret")
    with open(secret, "w") as f:
        f.write("secret\n")
    os.chmod(secret, 0o640)
    with_user = own.spec.replace("//", "//chat@")
    r = chatsrv("--channel", with_user, "--set",
                "channel.password_file=" + secret + "-not-there",
                "--listen", "127.0.0.1:0", "--store", bad.store)
    assert r.returncode == 2 and "secret-not-there" in r.stderr, r
    good = Server(server_channel=with_user, channel_password_file=secret)
    wait_up((good,))
    good.terminate()
    inline = Server(server_channel=own.spec.replace("//", "//chat:secret@"))
    wait_up((inline,))
    inline.terminate()
    os.chmod(secret, 0o644)
    r = chatsrv("--channel", with_user, "--set",
                "channel.password_file=" + secret,
                "--listen", "127.0.0.1:0", "--store", bad.store)
    assert r.returncode == 2 and "chmod" in r.stderr, r


@test("beside memory: no second server may use the store")
def _():
    a = Server(server_channel=redis.spec)
    r = chatsrv("--listen", "127.0.0.1:0", "--store", a.store)
    assert r.returncode == 2 and "in use" in r.stderr, r
    a.terminate()
    a = Server()
    r = chatsrv("--listen", "127.0.0.1:0", "--store", a.store,
                "--channel", redis.spec)
    assert r.returncode == 2 and "in use" in r.stderr, r
    a.terminate()


run()
