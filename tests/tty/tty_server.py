#!/usr/bin/python3
"""The server dies and comes back; no typed line is lost or said twice."""
import glob
import json
import os
import re
import signal
import time
import zlib

from terminal import House, run, test

BACK = re.compile(r"back after \d+ s: ")


@test("a dead server is told at once, and the countdown with it")
def told():
    with House() as house:
        ann = house.joined("ann", cols=100)
        house.server.kill()
        ann.wait(re.compile(r"offline, next try in \d+ s, any key tries now"),
                 patience=3)
        seconds = int(re.search(r"in (\d+) s", ann.text()).group(1))
        ann.wait(lambda: "in %d s" % seconds not in ann.text(), "it counts")


@test("a server that was never reached is told of, with the reason, once")
def unmet():
    with House() as house:
        house.server.kill()
        ann = house.client("ann", cols=120)
        said = re.compile(r"127\.0\.0\.1:\d+ is not reached: ")
        ann.wait(said)
        ann.wait(re.compile("next try in .* nothing answers there"))
        ann.send("x")
        ann.wait(re.compile(r"next try in [3-9] s"))
        assert len(said.findall(ann.text())) == 1, ann.picture()
        house.server.start()
        ann.send("y")
        ann.wait("~ann> xy")


@test("attempts that keys make do not put the next one off")
def keys_try():
    with House() as house:
        ann = house.joined("ann", cols=100)
        countdown = re.compile(r"next try in (\d+) s")
        house.server.kill()
        most = 0
        end = time.monotonic() + 5
        while time.monotonic() < end:
            ann.send("x")
            ann.pump(0.2)
            found = countdown.search(ann.text())
            most = max(most, int(found.group(1)) if found else 0)
        # After 1, 2 and 4 s by itself, each a quarter more or less; the next
        # wait begins after 5.25 s at the earliest.
        assert 1 <= most <= 5, "%d s\n%s" % (most, ann.picture())


@test("lines typed meanwhile wait, are stored once, and the gap is told")
def outbox():
    with House() as house:
        ann, bob = house.joined("ann", cols=120), house.joined("bob")
        ann.send("before", "Enter")
        bob.wait("before")
        house.server.kill()
        ann.wait("offline")
        for n in range(1, 6):
            ann.send("while away %d" % n, "Enter")
            ann.wait("… while away %d" % n)
        ann.wait("5 not stored yet")
        house.server.start()
        ann.send("x")       # any key tries, and is typed as well
        for n in range(1, 6):
            ann.wait("✓ while away %d" % n)
        ann.wait(BACK)
        ann.wait("0 messages replayed, none missed")
        ann.wait_gone("not stored")
        ann.wait("~ann> x")
        bob.send("y")
        bob.wait("while away 5")
        bob.wait(BACK)
        numbers = [int(n) for n in re.findall(r"away (\d)", bob.text())]
        assert numbers == [1, 2, 3, 4, 5], bob.picture()


@test("what was missed is counted in messages, not in what changed them")
def counted():
    with House() as house:
        ann = house.joined("ann", cols=100)
        os.kill(ann.pid, signal.SIGSTOP)
        house.server.kill()
        house.server.start()
        robot = house.robot()
        seq = robot.say("on")
        robot.call("edit", seq=seq, text="one")
        robot.call("react", seq=seq, emoji="👍")
        robot.call("topic", topic="changes")
        robot.say("two")
        os.kill(ann.pid, signal.SIGCONT)
        ann.wait("two")
        ann.wait(re.compile(r"back after \d+ s: 2 messages replayed, "))


@test("ten deaths of the server while people talk, and every line is there once")
def deaths():
    with House() as house:
        ann, bob = house.joined("ann", cols=100), house.joined("bob")
        n = 0
        for _ in range(10):
            for who in ann, bob:
                n += 1
                who.send("line %d." % n, "Enter")
            house.server.kill()
            for who in ann, bob:
                n += 1
                who.send("line %d." % n, "Enter")
            house.server.start()
            for who in ann, bob:
                who.send(" \177")
                who.wait_gone("offline")
                who.wait_gone("not stored")
        eve = house.joined("eve", rows=200, cols=60)
        eve.wait(lambda: len(re.findall(r"line \d+\.", eve.text())) >= n,
                 "all lines")
        numbers = sorted(int(k) for k in re.findall(r"line (\d+)\.",
                                                    eve.text()))
        assert numbers == list(range(1, n + 1)), eve.picture()
        for who in ann, bob:
            who.resize(220, 100)
            who.wait(lambda: sorted(set(re.findall(
                r"line (\d+)\.", who.text()))) == sorted(
                    str(k) for k in range(1, n + 1)), "all lines of both")
            assert len(re.findall(r"line \d+\.", who.text())) == n, \
                who.picture()


@test("a client that is killed has its lines still, and sends them")
def killed():
    with House() as house:
        bob = house.joined("bob")
        ann = house.joined("ann", home="ann", cols=100)
        house.server.kill()
        ann.wait("offline")
        ann.send("written before the kill", "Enter")
        ann.wait("… written before the kill")
        os.kill(ann.pid, signal.SIGKILL)
        ann.wait_exit()
        house.server.start()
        again = house.client(home="ann", cols=100)
        again.wait("✓ written before the kill")
        bob.send("x")
        bob.wait("~ann │ written before the kill")
        assert bob.text().count("written before") == 1


DAY = 86400 * 1000


def leave_unsure(house, home, nonce, text, days, room="lobby"):
    """What a chatcli leaves that was killed without an answer, days ago."""
    state = os.path.join(house.folder, home, "state", "chatcli")
    server = "http,%s,%s" % tuple(house.server.address.split(":"))
    with open(os.path.join(state, "guest-" + server)) as file:
        identity = dict(line.split() for line in file)["identity"]
    then = int(time.time() * 1000 - days * DAY)
    frame = json.dumps({"op": "send", "room": room, "text": text,
                        "nonce": nonce})
    folder = os.path.join(state, "outbox-" + server)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, nonce + ".journal"), "w") as file:
        for record in ("add %d %s" % (then, frame),
                       "sent %s %d %s" % (nonce, then, identity)):
            file.write("%08x %s\n" % (zlib.crc32(record.encode()), record))


def stored_once(house, robot, nonce, text):
    """Stored by the guest of home "ann", then out of sight of a join."""
    seq = house.send("lobby", text, home="ann", kind=["--nonce", nonce])
    for n in range(60):
        robot.say("then %d" % n)
    return seq


def count(robot, text):
    return sum(entry.get("text") == text for entry in
               robot.call("history", before=1000, limit=200)["entries"])


ASKED = "1 line in lobby may have been stored already. " \
    "Send it again? [y/n and Enter]"


@test("what may be stored is asked about, and sent again it is there once "
      "while the server knows it")
def unsure():
    with House() as house:
        robot = house.robot()
        for number, (days, times) in enumerate([(6.5, 1), (7.5, 2)]):
            nonce, text = "nonce%d" % number, "long ago %d" % number
            stored_once(house, robot, nonce, text)
            leave_unsure(house, "ann", nonce, text, days)
            ann = house.client("ann", home="ann", cols=110, rows=40)
            ann.wait(ASKED)
            ann.wait("? may have been stored already: sent more than 6")
            ann.wait("? " + text)
            ann.send("y", "Enter")
            ann.wait(lambda: ann.find("? " + text) is None, "no doubt")
            ann.wait_gone("not stored yet")
            ann.send("/quit", "Enter")
            assert ann.wait_exit() == 0
            assert count(robot, text) == times, (days, count(robot, text))


@test("under another identity it is sent again as a new line")
def unsure_as_another():
    with House() as house:
        robot = house.robot()
        stored_once(house, robot, "nonce", "who was I")
        leave_unsure(house, "ann", "nonce", "who was I", 0)
        os.unlink(glob.glob(os.path.join(
            house.folder, "ann", "state", "chatcli", "guest-*"))[0])
        ann = house.client("anne", home="ann", cols=110)
        ann.wait(ASKED)
        assert count(robot, "who was I") == 1
        ann.send("yes", "Enter")
        ann.wait("✓ who was I")
        assert count(robot, "who was I") == 2


@test("what is not sent again keeps its ?, and is asked about at the next "
      "start")
def unsure_kept():
    with House() as house:
        house.send("lobby", "a first one", home="ann")
        house.send("garden", "a first one", home="ann")
        leave_unsure(house, "ann", "nonce1", "one", 6.5)
        leave_unsure(house, "ann", "nonce2", "two", 6.5, "garden")
        ann = house.client("ann", home="ann", cols=110)
        ann.wait("2 lines in several rooms may have been stored already. "
                 "Send them again? [y/n and Enter]")
        ann.send("n", "Enter")
        ann.wait("1 line is kept with a ?; /resend sends the oldest")
        ann.wait("again, /discard drops it")
        ann.wait("? one")
        ann.send("/discard", "Enter")
        ann.wait(lambda: ann.find("? one") is None, "it is dropped")
        ann.send("/join garden", "Enter")
        ann.wait("? two")
        ann.wait("1 line is kept with a ?")
        ann.send("/quit", "Enter")
        ann.wait("1 of your lines is not stored yet")
        ann.send("y")
        assert ann.wait_exit() == 0
        ann = house.client("ann", home="ann", cols=110)
        ann.wait("1 line in garden may have been stored already.")


@test("a question about lines counts those that are left to decide about")
def unsure_left():
    with House() as house:
        house.send("lobby", "a first one", home="ann")
        for n in 1, 2:
            leave_unsure(house, "ann", "nonce%d" % n, "unsure %d" % n, 6.5)
        ann = house.client("ann", home="ann", cols=110)
        ann.wait("2 lines in lobby may have been stored already.")
        ann.send("/discard", "Enter")
        ann.wait(ASKED)
        ann.send("/discard", "Enter")
        ann.wait_gone("may have been stored")
        ann.wait(re.compile("^~ann>$"))


@test("text that is typed while unsure lines come up stays text")
def unsure_while_typing():
    with House() as house:
        house.send("lobby", "a first one", home="ann")
        leave_unsure(house, "ann", "nonce", "unsure", 6.5)
        ann = house.client("ann", home="ann", cols=110)
        ann.send("d")
        ann.wait("a question waits")
        ann.send("y")
        ann.wait("~ann> dy")
        ann.wait(re.compile(r"\? unsure"))
        ann.send("n", "Enter")
        ann.wait("✓ dyn")
        ann.wait(ASKED)
        ann.send("y")
        ann.wait(ASKED + " y")
        ann.send("n")
        ann.wait("~ann> yn")
        ann.wait("a question waits")
        ann.send("Enter")
        ann.wait("✓ yn")
        ann.wait(ASKED)
        assert ann.find(re.compile(r"\? unsure")) is not None, ann.picture()


def forget(house):
    """The server comes back with an empty store."""
    house.server.kill()
    for name in glob.glob(os.path.join(house.folder, "chat.db*")):
        os.unlink(name)
    house.server.start()


@test("a guest that the server forgot is asked once, and other text is text")
def forgotten():
    with House() as house:
        ann = house.joined("ann", cols=110)
        forget(house)
        ann.wait("Go on as a new guest? [y/n and Enter]")
        ann.send("not an answer", "Enter")
        ann.wait("… not an answer")
        ann.send("n", "Enter")
        ann.wait("staying offline; what you type is kept")
        ann.wait_gone("Go on as")
        ann.send("more", "Enter")
        ann.wait("… more")
        assert ann.find("Go on as") is None, ann.picture()
        ann.send("/quit", "Enter")
        ann.wait("2 of your lines are not stored yet")
        ann.send("y")
        assert ann.wait_exit() == 0


@test("a question waits while something stands in the line, and /quit is taken")
def question_waits():
    with House() as house:
        ann, bob = house.joined("ann", cols=110), house.joined("bob", cols=110)
        ann.send("y")
        ann.wait("~ann> y")
        forget(house)
        ann.wait("a question waits")
        ann.send("\177")
        ann.wait("Go on as a new guest? [y/n and Enter]")
        ann.send("y", "Enter")
        ann.wait_gone("offline")
        bob.wait("Go on as a new guest? [y/n and Enter]")
        bob.send("/quit", "Enter")
        assert bob.wait_exit() == 0


@test("leaving with lines that are not stored says so before")
def leaving():
    with House() as house:
        ann = house.joined("ann", cols=120)
        house.server.kill()
        ann.wait("offline")
        ann.send("not stored", "Enter")
        ann.wait("… not stored")
        ann.send("/quit", "Enter")
        ann.wait("1 of your lines is not stored yet")
        ann.send("n")
        ann.wait(re.compile("^~ann>$"))
        ann.send("/quit", "Enter")
        ann.wait("1 of your lines is not stored yet")
        ann.send("y")
        assert ann.wait_exit() == 0


if __name__ == "__main__":
    run()
