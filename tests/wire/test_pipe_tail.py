#!/usr/bin/python3
"""chatcli tail: every entry, in order, and the truth about what is missing."""

import json
import os
import random
import select
import signal
import socket
import subprocess
import time

from chat import ENTRIES, SLACK, Server, run, shared, test, wait_for
from chatcli import Home, clean


def fill(room, n, server=None, size=10):
    """n messages of somebody else; the client that said them."""
    c = (server or shared()).client()
    c.ok("join", room=room)
    asked = [c.ask("send", room=room, text="m%d " % i + "x" * size)
             for i in range(n)]
    for ident in asked:
        c.reply(ident, 60)
    return c


def seqs(text):
    """The seq of each line of --json, which must be whole lines."""
    assert text == "" or text.endswith("\n"), text[-200:]
    return [json.loads(line)["seq"] for line in text.split("\n")[:-1]]


class Follow:
    """tail --json --follow in the background, its output read as it comes."""

    def __init__(self, home, *args):
        self.process = home.start("tail", "--json", "--follow", *args)
        self.out = self.err = b""
        for f in (self.process.stdout, self.process.stderr):
            os.set_blocking(f.fileno(), False)

    def pump(self, timeout=0.05):
        fd = self.process.stdout.fileno()
        if select.select([fd], [], [], timeout)[0]:
            data = os.read(fd, 65536)
            self.out += data
            return bool(data)
        return True

    def seqs(self):
        """Of the whole lines so far."""
        return seqs(self.out[:self.out.rfind(b"\n") + 1].decode())

    def wait(self, seq, timeout=30):
        def there():
            self.pump()
            return seq in self.seqs()[-1:]
        wait_for(there, timeout * SLACK, "entry %d" % seq)

    def wait_err(self, words, timeout=20):
        def there():
            self.err += self.process.stderr.read() or b""
            return words in self.err
        wait_for(there, timeout * SLACK, "%r on stderr" % words)

    def end(self, number, timeout=20):
        """Sends a signal and reads to the end; all lines are whole."""
        self.process.send_signal(number)
        end = time.monotonic() + timeout * SLACK
        while self.pump(1) and time.monotonic() < end:
            pass
        code = self.process.wait(timeout * SLACK)
        self.process.stdout.close()
        self.err += self.process.stderr.read() or b""
        self.process.stderr.close()
        clean(self.err)
        assert code == -number, (code, self.err)
        return seqs(self.out.decode())

    def kill(self):
        self.process.kill()
        while self.pump(5):
            pass
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()


@test("without more words it prints the newest ten messages and ends")
def _():
    c = fill("ten", 25)
    c.ok("send", room="ten", text="waves", kind="action")
    c.ok("topic", room="ten", topic="news")
    home = Home(shared())
    lines = home.ok("tail", "ten").splitlines()
    assert len(lines) == 10, lines
    user = c.hello_reply["user"]
    assert lines[0].endswith(" ~%s m17 xxxxxxxxxx" % user), lines[0]
    assert lines[8].endswith(" * ~%s waves" % user), lines[8]
    assert lines[9].endswith(" ~%s set the topic: news" % user), lines[9]
    assert lines[0][:4] == "20" + lines[0][2:4] and lines[0][10] == " "


@test("--json prints the server's events byte for byte, --since from there on")
def _():
    c = fill("json", 3)
    seq = c.ok("send", room="json", text="ä\u2028 \"q\" \\ \u001b[31m")["seq"]
    c.ok("edit", room="json", seq=seq, text="edited", nonce="e1")
    c.ok("react", room="json", seq=1, emoji="👍")
    c.ok("unreact", room="json", seq=1, emoji="👍")
    c.ok("delete", room="json", seq=2)
    c.ok("topic", room="json", topic="t")
    watch = shared().client()
    watch.replay("json")
    want = [t for t in watch.texts if t.startswith('{"ev"')
            and json.loads(t)["ev"] in ENTRIES]
    home = Home(shared())
    got = home.ok("tail", "--json", "--since", "0", "json")
    assert got.split("\n") == want + [""], got
    assert seqs(home.ok("tail", "--json", "--since", "5", "json")) == \
        [6, 7, 8, 9]
    assert home.ok("tail", "--since", "9", "json") == ""


@test("--since behind the end is told, and what comes then is printed")
def _():
    c = fill("beyond", 3)
    home = Home(shared())
    for args in [], ["--json"], ["--cursor", home.path("beyond.cursor")]:
        done = home.run("tail", "--since", "99", *args, "beyond")
        assert (done.returncode, done.stdout) == (0, b""), done
        assert b"last entry is 3, nothing is behind 99 yet" in done.stderr, \
            done.stderr
    tail = Follow(home, "--since", "99", "beyond")
    tail.wait_err(b"nothing is behind 99 yet")
    c.ok("send", room="beyond", text="the next")
    tail.wait(4)
    assert tail.end(signal.SIGTERM) == [4]
    assert seqs(home.ok("tail", "--json", "--cursor",
                        home.path("beyond.cursor"), "beyond")) == [4]


@test("plain lines hold nothing that could harm a terminal")
def _():
    c = shared().client()
    c.ok("join", room="clean")
    c.ok("send", room="clean", text="a\u001b[2Jb\u009bc\u202ed\r\nnext\ttab")
    text = Home(shared()).ok("tail", "clean")
    assert not set(text) & set("\u001b\u009b\u202e\r"), repr(text)
    first, second = text.splitlines()
    assert second == "\tnext    tab", repr(text)


@test("several rooms are told apart")
def _():
    fill("left", 2)
    fill("right", 2)
    home = Home(shared())
    lines = home.ok("tail", "left", "right").splitlines()
    assert sorted(line.split()[2] for line in lines) == \
        ["left", "left", "right", "right"], lines


@test("--follow goes on, in order")
def _():
    c = fill("follow", 5)
    tail = Follow(Home(shared()), "--since", "0", "follow")
    tail.wait(5)
    for i in range(20):
        c.ok("send", room="follow", text="live")
    tail.wait(25)
    assert tail.end(signal.SIGINT) == list(range(1, 26))


@test("a cursor goes on where the last call ended")
def _():
    home = Home(shared())
    cursor = home.path("cursor")
    got = []
    for n in (300, 0, 1, 700):
        fill("cur", n)
        fill("cur2", 1)
        got += [json.loads(line) for line in home.ok(
            "tail", "--json", "--since", "0", "--cursor", cursor, "cur",
            "cur2").splitlines()]
    assert [e["seq"] for e in got if e["room"] == "cur"] == \
        list(range(1, 1002))
    assert [e["seq"] for e in got if e["room"] == "cur2"] == [1, 2, 3, 4]
    with open(cursor) as f:
        rooms = sorted(line.split()[0] + line.split()[2] for line in f)
    assert rooms == ["cur1001", "cur24"], rooms


@test("a cursor at the end prints nothing and stays")
def _():
    fill("still", 3)
    home = Home(shared())
    cursor = home.path("cursor")
    assert home.ok("tail", "--cursor", cursor, "still") != ""
    before = open(cursor).read()
    assert home.ok("tail", "--cursor", cursor, "still") == ""
    assert open(cursor).read() == before


@test("what is no cursor file is exit code 65, and stays as it is")
def _():
    home = Home(shared())
    for text in ("x\n", "room epoch\n", "room epoch x\n", "a b 1\n\nc\n"):
        path = home.path("cursor")
        with open(path, "w") as f:
            f.write(text)
        done = home.run("tail", "--cursor", path, "room")
        assert (done.returncode, done.stdout) == (65, b""), done
        assert path.encode() in done.stderr, done.stderr
        assert open(path).read() == text


@test("rooms of two servers, no room, and bad options are exit code 64")
def _():
    home = Home(shared())
    for args in ([], ["a", "http://127.0.0.1:1/room/b"], ["--since", "x", "a"],
                 ["--since", "-1", "a"], ["--timeout", "1", "a"]):
        done = home.run("tail", *args)
        assert (done.returncode, done.stdout) == (64, b""), (args, done)


@test("without a server it is exit code 69, with --follow it waits")
def _():
    server = Server()
    home = Home(server)
    fill("r", 2, server)
    server.kill9()
    done = home.run("tail", "r")
    assert (done.returncode, done.stdout) == (69, b""), done
    tail = Follow(home, "--since", "0", "r")
    tail.wait_err(b"trying again")
    server.start()
    tail.wait(2)
    assert tail.end(signal.SIGTERM) == [1, 2]


@test("a server that takes the connection and never answers is given up",
      slow=True)
def _():
    with socket.create_server(("127.0.0.1", 0)) as mute:
        server = Server()
        url = "http://127.0.0.1:%d/room/mute" % mute.getsockname()[1]
        done = Home(server).run("tail", url, timeout=16)
        assert done.returncode == 69 and done.stdout == b"", done
        assert b"it does not answer" in done.stderr, done.stderr
        server.terminate()


@test("a dead server leaves no gap, and it is said that it was away")
def _():
    server = Server()
    home = Home(server)
    fill("dead", 10, server)
    tail = Follow(home, "--since", "0", "dead")
    tail.wait(10)
    for i in range(3):
        server.kill9()
        server.start()
        fill("dead", 5, server)
        tail.wait(10 + 5 * (i + 1), 60)
    assert tail.end(signal.SIGTERM) == list(range(1, 26))
    assert tail.err.count(b"none missed") == 3, tail.err


@test("signals at any moment: what follows begins exactly behind")
def _():
    rng = random.Random(5)
    server = Server()
    home = Home(server)
    cursor = home.path("cursor")
    c = fill("sig", 1, server)
    got, last = [], 1
    for i in range(25):
        tail = Follow(home, "--since", "0", "--cursor", cursor, "sig")
        for k in range(rng.randrange(30)):
            last = c.ok("send", room="sig", text="y" * rng.randrange(1, 300)
                        )["seq"]
        for k in range(rng.randrange(12)):
            tail.pump(rng.random() / 100)
        got += tail.end(rng.choice((signal.SIGTERM, signal.SIGINT)))
    got += seqs(home.ok("tail", "--json", "--cursor", cursor, "sig"))
    assert got == list(range(1, last + 1)), (got, last)


@test("a reader that went away loses nothing that it did not take")
def _():
    server = Server()
    home = Home(server)
    cursor = home.path("cursor")
    c = fill("pipe", 50, server)
    tail = Follow(home, "--since", "0", "--cursor", cursor, "pipe")
    tail.wait(50)
    tail.process.stdout.close()
    c.ok("send", room="pipe", text="nobody reads this")
    assert tail.process.wait(20 * SLACK) == -signal.SIGPIPE
    clean(tail.process.stderr.read() or b"")
    tail.process.stderr.close()
    assert seqs(home.ok("tail", "--json", "--cursor", cursor, "pipe")) == [51]


@test("a reader that sleeps can be ended, and goes on at a whole line")
def _():
    server = Server()
    home = Home(server)
    cursor = home.path("cursor")
    # A line takes three pages of a pipe, which has sixteen.
    fill("slow", 400, server, size=9000)
    got = []
    for i in range(4):
        tail = Follow(home, "--since", "0", "--cursor", cursor, "slow")
        while len(tail.out) < 100000 * (i % 2):
            tail.pump()
        # Its pipe is full now, or will be.
        wait_for(lambda: asleep(tail.process.pid), 20 * SLACK, "sleep")
        tail.process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        if i % 2:                       # the reader never wakes up
            assert tail.process.wait(10 * SLACK) == -signal.SIGTERM
            assert time.monotonic() - began < 5 * SLACK
        while tail.pump(5):
            pass
        tail.process.wait(20 * SLACK)
        tail.process.stdout.close()
        tail.process.stderr.close()
        assert i % 2 or tail.out.endswith(b"\n"), "a line was left begun"
        whole = tail.out[:tail.out.rfind(b"\n") + 1].decode()
        got += seqs(whole)
    got += seqs(home.ok("tail", "--json", "--cursor", cursor, "slow"))
    assert got == list(range(1, 401)), got


def asleep(pid):
    """Waits in poll(2) for somebody to read."""
    with open("/proc/%d/wchan" % pid) as f:
        chan = f.read()
    with open("/proc/%d/stat" % pid) as f:
        state = f.read().rsplit(")", 1)[1].split()[0]
    return state == "S" and ("poll" in chan or chan in ("0", "")) and \
        asleep_before(pid)


def asleep_before(pid, seen={}):
    """Its CPU time did not change for a while."""
    with open("/proc/%d/stat" % pid) as f:
        cpu = f.read().rsplit(")", 1)[1].split()[11:13]
    now = time.monotonic()
    if seen.get(pid, (None,))[0] != cpu:
        seen[pid] = (cpu, now)
    return now - seen[pid][1] > 0.3


@test("kill -9: at most the last write of 64 KiB comes again")
def _():
    rng = random.Random(6)
    server = Server()
    home = Home(server)
    cursor = home.path("cursor")
    c = fill("kill", 3000, server, size=200)
    last, have = 3000, 0
    for i in range(20):
        tail = Follow(home, "--since", "0", "--cursor", cursor, "kill")
        until = len(tail.out) + rng.randrange(150000)
        end = time.monotonic() + 0.3 + rng.random()
        while len(tail.out) < until and time.monotonic() < end:
            tail.pump(0.01)
        if rng.random() < 0.5:
            last = c.ok("send", room="kill", text="live")["seq"]
        tail.kill()
        got = tail.seqs()
        if not got:
            continue
        assert got == list(range(got[0], got[-1] + 1)), got
        assert got[0] <= have + 1, "missing: %d to %d" % (have + 1, got[0])
        again = [line for line in tail.out.splitlines(True)
                 if line.endswith(b"\n") and json.loads(line)["seq"] <= have]
        assert sum(map(len, again)) <= 65536, (have, got[0])
        have = max(have, got[-1])
    got = seqs(home.ok("tail", "--json", "--since", "0", "--cursor", cursor,
                       "kill"))
    assert got[0] <= have + 1 and got[-1] == last
    assert got == list(range(got[0], last + 1))


@test("a log that was replaced is said to be, and printed from its beginning")
def _():
    fill("epoch", 4)
    home = Home(shared())
    cursor = home.path("cursor")
    home.ok("tail", "--json", "--cursor", cursor, "epoch")
    room, epoch, seq = open(cursor).read().split()
    for line in ("epoch another 2\n", "epoch %s 99\n" % epoch):
        with open(cursor, "w") as f:
            f.write(line)
        done = home.run("tail", "--json", "--cursor", cursor, "epoch")
        assert done.returncode == 0 and b"replaced" in done.stderr, done
        first, *rest = done.stdout.decode().splitlines(True)
        assert json.loads(first)["reset"] is True, first
        assert seqs("".join(rest)) == [1, 2, 3, 4]
        assert open(cursor).read().split() == ["epoch", epoch, "4"]


@test("a server that falls silent is noticed within 40 s, and come back to",
      slow=True)
def _():
    server = Server()
    home = Home(server)
    fill("silent", 2, server)
    tail = Follow(home, "--since", "0", "silent")
    tail.wait(2)
    server.process.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    tail.wait_err(b"silent", 45)
    assert time.monotonic() - began < 40 + SLACK
    server.process.send_signal(signal.SIGCONT)
    tail.wait_err(b"none missed", 60)
    fill("silent", 1, server)
    tail.wait(3)
    assert tail.end(signal.SIGTERM) == [1, 2, 3]


@test("after a bye they come back spread, each at the time that it was told",
      slow=True)
def _():
    server = Server()
    fill("bye", 1, server)
    tails = [Follow(Home(server), "--since", "0", "bye") for _ in range(12)]
    for tail in tails:
        tail.wait(1)
    server.restart()
    began, came = time.monotonic(), []

    def back():
        for tail in tails[:]:
            tail.err += tail.process.stderr.read() or b""
            if b"none missed" in tail.err:
                came.append(time.monotonic() - began)
                tail.kill()
                tails.remove(tail)
        return not tails
    wait_for(back, 15 * SLACK, "all are back")
    # told 0.5 to 5.5 s; by themselves they would come after 0.75 to 1.25
    assert came[-1] - came[0] > 1.5, came
    server.terminate()


@test("stdout that is full ends it, and the cursor stays behind what was lost")
def _():
    fill("full", 20)
    home = Home(shared())
    cursor = home.path("cursor")
    with open("/dev/full", "wb") as full:
        call = home.start("tail", "--json", "--since", "0", "--cursor",
                          cursor, "full", stdout=full)
        _, err = call.communicate(timeout=20 * SLACK)
    clean(err)
    assert call.returncode == 74 and b"stdout" in err, (call.returncode, err)
    assert seqs(home.ok("tail", "--json", "--since", "0", "--cursor", cursor,
                        "full")) == list(range(1, 21))


run()
