"""
scene: people and rooms for the tests of the ops, all on shared().
"""

import itertools
import json
import socket

from chat import TEXT, frame, must, shared

_numbers = itertools.count(1)


def number():
    """One that was not given before."""
    return next(_numbers)


def fresh(what="room"):
    """A room's or user's name that nobody had."""
    return "%s-%d" % (what, number())


def guest(room=None, nick=None, **options):
    """Somebody new, in that room."""
    c = shared().client(nick or fresh("user"), **options)
    if room:
        c.ok("join", room=room)
    return c


def pipeline(c, *requests):
    """Sends all in one write; requests get the ids 100, 101, …"""
    c.send_raw(b"".join(
        frame(TEXT, json.dumps({"id": 100 + i, **r}, ensure_ascii=False))
        for i, r in enumerate(requests)))
    return [c.reply(100 + i) for i in range(len(requests))]


def written(room, n=10):
    """A room of n messages, the even ones with a reaction behind them."""
    a = guest(room)
    for i in range(n):
        seq = a.ok("send", room=room, text="m%d" % i)["seq"]
        if i % 2 == 0:
            a.ok("react", room=room, seq=seq, emoji="👍")
    return a


def long_log(room, n):
    a = guest(room)
    for at in range(0, n, 50):
        ids = [a.ask("send", room=room, text="m%d" % i)
               for i in range(at, min(n, at + 50))]
        for ident in ids:
            must(a.reply(ident))
    return a


def alive():
    """shared() still does its work."""
    c = shared().client()
    c.sync()
    c.close()


def request(*lines, body=b""):
    """The bytes of an HTTP request."""
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def own_address():
    """An address of this machine that is not loopback, or None."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        try:
            s.connect(("192.0.2.1", 9))
            name = s.getsockname()[0]
            return None if name.startswith("127.") else name
        except OSError:
            return None
