#!/usr/bin/python3
"""history: pages of the present state."""

import time
import unicodedata

from chat import first_difference, fold, must, run, test, wait_for
from scene import fresh, guest, long_log, written


@test("history before, after and around give the pages they should")
def _():
    room = fresh()
    a = long_log(room, 300)

    def page(**fields):
        r = a.ok("history", room=room, **fields)
        seqs = [e["seq"] for e in r["entries"]]
        assert seqs == sorted(seqs)
        return seqs, r["more"]
    assert page(after=0, limit=10) == (list(range(1, 11)), True)
    assert page(after=295, limit=10) == (list(range(296, 301)), False)
    assert page(after=290, limit=10) == (list(range(291, 301)), False)
    assert page(after=300, limit=10) == ([], False)
    assert page(before=301, limit=10) == (list(range(291, 301)), True)
    assert page(before=5, limit=10) == ([1, 2, 3, 4], False)
    assert page(before=11, limit=10) == (list(range(1, 11)), False)
    assert page(before=1, limit=10) == ([], False)
    assert page(before=2 ** 53 - 1, limit=200) == (list(range(101, 301)),
                                                   True)
    seqs, _ = page(around=150, limit=11)
    assert 150 in seqs and len(seqs) == 11, seqs
    assert 143 <= seqs[0] <= 147 and seqs == list(
        range(seqs[0], seqs[0] + 11)), seqs
    seqs, _ = page(around=1, limit=10)
    assert seqs[0] == 1, seqs
    seqs, _ = page(around=300, limit=10)
    assert seqs[-1] == 300, seqs
    assert len(page(after=0)[0]) in range(1, 201)


@test("pages of history put together are the whole, forwards and backwards")
def _():
    room = fresh()
    a = long_log(room, 120)
    whole = a.history(room)
    assert [e["text"] for e in whole] == ["m%d" % i for i in range(120)]
    for limit in (1, 7, 200):
        assert a.history(room, limit=limit) == whole
    back, before = [], 2 ** 53 - 1
    while True:
        r = a.ok("history", room=room, before=before, limit=13)
        back = r["entries"] + back
        if not r["more"]:
            break
        before = r["entries"][0]["seq"]
    assert back == whole


@test("limit counts what history shows, not reactions and edits")
def _():
    room = fresh()
    a = guest(room)
    for i in range(6):
        seq = a.ok("send", room=room, text="m")["seq"]
        for emoji in "👍🎉🙂":
            a.ok("react", room=room, seq=seq, emoji=emoji)
        a.ok("edit", room=room, seq=seq, text="m%d" % i)
    r = a.ok("history", room=room, before=2 ** 53 - 1, limit=4)
    assert [e["text"] for e in r["entries"]] == ["m2", "m3", "m4", "m5"]
    assert r["more"] is True


@test("history at a time begins where that time is")
def _():
    room = fresh()
    a = guest(room)
    times = []
    for i in range(5):
        at = a.ok("send", room=room, text="m%d" % i)["at"]
        times.append(at)
        wait_for(lambda: time.time() * 1000 > at + 2, step=0.001)
    r = a.ok("history", room=room, at=times[2], limit=5)
    assert "m2" in [e["text"] for e in r["entries"]], r
    r = a.ok("history", room=room, at=0, limit=2)
    assert [e["text"] for e in r["entries"]] == ["m0", "m1"], r
    r = a.ok("history", room=room, at=times[4] + 10 ** 6, limit=2)
    assert [e["text"] for e in r["entries"]] in ([], ["m3", "m4"]), r


@test("a page of history ends at 256 KiB")
def _():
    room = fresh()
    a = guest(room)
    for i in range(40):
        a.ok("send", room=room, text="%02d" % i + "x" * 16000)
    n = len(a.texts)
    r = a.ok("history", room=room, after=0, limit=200)
    reply = next(t for t in a.texts[n:] if t.startswith('{"re"'))
    assert len(reply) <= 256 * 1024 + 20000 and r["more"] is True, len(reply)
    assert len(r["entries"]) >= 12, len(r["entries"])
    assert [e["text"][:2] for e in a.history(room)] == [
        "%02d" % i for i in range(40)]
    r = a.ok("history", room=room, before=2 ** 53 - 1, limit=200)
    assert r["entries"][-1]["text"][:2] == "39" and r["more"] is True


@test("a message with a thousand reactions is served whole")
def _():
    room = fresh()
    a = guest(room)
    seq = a.ok("send", room=room, text="x")["seq"]
    signs = [c for c in map(chr, range(0x2190, 0x2c00))
             if unicodedata.category(c) in ("So", "Sm")]
    ids = [a.ask("react", room=room, seq=seq, emoji=signs[i])
           for i in range(1000)]
    for ident in ids:
        must(a.reply(ident, 30))
    a.error("react", "too_large", room=room, seq=seq, emoji=signs[1000])
    (m,) = a.history(room)
    assert [r["emoji"] for r in m["reactions"]] == [
        signs[i] for i in range(1000)]


@test("history needs no subscription and the epoch is the join's")
def _():
    room = fresh()
    a = written(room, 3)
    b = guest()
    r = b.ok("history", room=room, after=0)
    assert len(r["entries"]) == 3
    assert r["epoch"] == a.ok("join", room=room)["epoch"]


@test("what is folded from a replay is what history says")
def _():
    room = fresh()
    a, b = guest(room), guest(room)
    for i in range(12):
        who = (a, b)[i % 2]
        seq = who.ok("send", room=room, text="m%d" % i, nonce="f%d" % i)["seq"]
        if i % 3 == 0:
            who.ok("edit", room=room, seq=seq, text="e%d" % i)
        if i % 4 == 0:
            b.ok("react", room=room, seq=seq, emoji="👍")
            a.ok("react", room=room, seq=seq, emoji="👍")
            b.ok("unreact", room=room, seq=seq, emoji="👍")
        if i % 5 == 0:
            who.ok("delete", room=room, seq=seq)
    a.ok("topic", room=room, topic="t")
    one, two = fold(guest().replay(room)), a.history(room)
    assert one == two, first_difference(one, two)


run()
