#!/usr/bin/python3
"""Every size, and sizes that change while messages come."""
import random
import re
import threading

from terminal import House, run, test


@test("a storm of sizes from 1x1 to 200x60 while messages come loses no line")
def storm():
    with House() as house:
        robot = house.robot()
        ann = house.joined("ann")
        chance = random.Random(7)
        lines = 300

        def talk():
            for n in range(1, lines + 1):
                robot.say("line %d. with words enough to be wrapped and a "
                          "wide 日本語 and ❤️ %s" % (n, "x" * (n % 40)))

        talker = threading.Thread(target=talk)
        talker.start()
        while talker.is_alive():
            for _ in range(10):
                ann.resize(chance.randint(1, 60), chance.randint(1, 200))
                ann.pump(0.003)
            ann.send(chance.choice(["PgUp", "PgDn", "a", "Alt-Up", "q",
                                    "F7", "F8", "Alt-End", "\033"]))
        talker.join()
        assert ann.alive(), "it crashed"
        ann.resize(24, 80)
        ann.send("q", "\003", "Alt-End")
        ann.wait("line %d." % lines)
        seen = ann.read_back()
        assert seen == set(range(1, lines + 1)), \
            sorted(set(range(1, lines + 1)) - seen)


@test("parts give way as the window gets narrow, and every size can be typed in")
def sizes():
    with House() as house:
        house.robot().say("what was said")
        ann = house.joined("ann", rows=24, cols=100)
        ann.wait("what was said")
        ann.resize(24, 71)
        ann.wait(lambda: ann.find("what was said") and
                 not any(line.endswith("│~ann") for line in ann.lines()),
                 "no members")
        ann.resize(24, 55)
        ann.wait(lambda: ann.find("what was said") and
                 not ann.row(1).startswith(" 1 lobby") and
                 ann.row(0).startswith(" lobby"), "no rooms")
        ann.resize(24, 39)
        ann.wait(lambda: ann.find("what was said") and
                 ann.find(re.compile(r"\d\d:\d\d")) is None, "no time")
        ann.resize(3, 19)
        ann.wait(lambda: "said" in ann.row(1) and ann.row(0) == "",
                 "one row of text")
        ann.send("tiny")
        ann.wait(lambda: ann.row(2).endswith("tiny"), "the input")
        for rows, cols in ((2, 5), (1, 40), (1, 1), (2, 2), (1, 2)):
            ann.resize(rows, cols)
            ann.send("z")
            ann.settle()
        assert ann.alive()
        ann.resize(24, 80)
        ann.wait("tinyzzzzz")
        ann.wait("what was said")


@test("the lists go and come by F7 and F8")
def lists():
    with House() as house:
        ann = house.joined("ann", cols=100)
        ann.wait(re.compile(r"│~ann$"))
        ann.send("F7")
        ann.wait(lambda: ann.row(0).startswith(" lobby"), "no rooms")
        ann.send("F8")
        ann.wait_gone(re.compile(r"│~ann$"))
        ann.send("F7", "F8")
        ann.wait(re.compile(r"│~ann$"))
        ann.wait(lambda: ann.row(0).startswith(" 1 lobby"), "rooms")


if __name__ == "__main__":
    run()
