#!/usr/bin/python3
"""Markup: what the page draws with it the terminal draws with it too."""
import base64
import os
import re
import subprocess

from terminal import House, run, test

SAMPLE = "all: *bold* _italic_ ~struck~ `co*de` @bob https://a.b/c?d=e."


def words(screen, row, what):
    """The cells of text in a row."""
    line = "".join(screen.cell(row, x).data or " "
                   for x in range(screen.cols))
    at = line.index(what)
    return [screen.cell(row, x) for x in range(at, at + len(what))]


def look(screen, row, what):
    """The attributes and the colour of text, the same in all its cells."""
    looks = {(cell.bold, cell.italics, cell.underscore, cell.reverse, cell.fg)
             for cell in words(screen, row, what)}
    assert len(looks) == 1, "%s: %r\n%s" % (what, looks, screen.picture())
    bold, italics, underscore, reverse, colour = looks.pop()
    return "".join(letter for letter, on in zip(
        "biur", (bold, italics, underscore, reverse)) if on), colour


def log_row(screen, row):
    """What stands right of the gutter, up to the members."""
    return screen.row(row).split("│")[2].rstrip()[1:]


@test("marks are hidden, and what stood between them has their look")
def looks():
    with House() as house:
        ann, bob = [house.joined(nick, cols=120) for nick in ("ann", "bob")]
        ann.send(SAMPLE, "Enter")
        for screen in ann, bob:
            y = screen.wait("all: bold italic struck co*de @bob https://")
            assert look(screen, y, "all: ") == ("", "default")
            assert look(screen, y, "bold") == ("b", "default")
            assert look(screen, y, "italic") == ("i", "default")
            assert look(screen, y, "struck") == ("u", "default")
            code, colour = look(screen, y, "co*de")
            assert code == "" and colour != "default", (code, colour)
            link, colour = look(screen, y, "https://a.b/c?d=e")
            assert link == "u" and colour != "default", (link, colour)
        # Who is meant sees it; others see the colour of the name.
        assert look(bob, bob.find("all: bold"), "@bob")[0] == "br"
        y = ann.find("all: bold")
        mention, colour = look(ann, y, "@bob")
        bob.send("hi", "Enter")
        named = ann.wait(re.compile(r"~bob │ hi"))
        assert mention == "b" and (
            "", colour) == look(ann, named, "~bob"), ann.picture()


@test("without colours code stands out too")
def no_colours():
    with House() as house:
        house.robot().say(SAMPLE)
        ann = house.joined("ann", cols=120, env={"NO_COLOR": "1"})
        y = ann.wait("all: bold italic")
        assert look(ann, y, "co*de") == ("r", "default")
        assert look(ann, y, "bold") == ("b", "default")
        assert look(ann, y, "https://a.b") == ("u", "default")
        assert look(ann, y, "all: ") == ("", "default")


@test("a terminal without italics has them underlined")
def no_italics():
    with House() as house:
        house.robot().say(SAMPLE)
        ann = house.joined("ann", cols=120, env={"TERM": "xterm-color"})
        y = ann.wait("all: bold italic")
        assert look(ann, y, "italic")[0] == "u", ann.picture()


@test("a block keeps its lines and blanks, whatever the room")
def block():
    with House() as house:
        robot = house.robot()
        robot.say("before\n```c\nint  *x*;\n\n\treturn 1;\n```\nbehind")
        ann = house.joined("ann", cols=80)
        y = ann.wait("│ before")
        assert [log_row(ann, y + n) for n in range(5)] == [
            "before", "int  *x*;", "", "    return 1;", "behind"], \
            ann.picture()
        code, colour = look(ann, y + 1, "int  *x*;")
        assert code == "" and colour != "default", (code, colour)
        assert look(ann, y + 4, "behind") == ("", "default")
        # A line that is too long is cut, not moved from word to word.
        robot.say("```\n%s\n```" % ("0123  789" * 9))
        y = ann.wait("│ 0123  789")
        width = len(log_row(ann, y))
        assert width > 20 and "".join(
            log_row(ann, y + n).ljust(width)
            for n in range(81 // width + 1)).rstrip() == "0123  789" * 9, \
            ann.picture()


@test("rows count what is drawn, and each message has its own when selected")
def rows():
    with House() as house:
        ann = house.joined("ann", cols=80)
        for text in "one " * 7 + "two", "*one* " * 7 + "`two`":
            ann.send(text, "Enter")
            ann.wait("✓ " + "one " * 7 + "two")     # in one row
            ann.send("/clear", "Enter")
            ann.wait_gone("one one")
        for n in range(1, 5):
            ann.paste("message *%d*\n```\n_in_ %d\n```" % (n, n))
            ann.send("Enter")
            ann.wait("✓ message %d" % n)
        for n in range(4, 0, -1):
            ann.send("Alt-Up" if n == 4 else "k")
            ann.wait(lambda: ann.cursor()[0] == ann.find("message %d" % n),
                     "message %d selected" % n)
            y = ann.find("message %d" % n)
            assert look(ann, y, "message")[0] == "r", ann.picture()
            assert look(ann, y + 1, "_in_ %d" % n)[0] == "r", ann.picture()
            assert n == 1 or look(ann, y - 1, "_in_")[0] == "", ann.picture()


@test("edits, copies, answers and pipes have the text as it was typed")
def raw():
    with House() as house:
        ann, bob = house.joined("ann", cols=100), house.joined("bob")
        bob.send("say *this* `now`", "Enter")
        ann.wait("│ say this now")
        ann.send("Alt-Up", "y")
        copied = base64.b64encode(b"say *this* `now`")
        ann.wait(lambda: b"]52;c;" + copied in ann.output, "a copy")
        ann.send("Alt-Up", "r", "_yes_", "Enter")
        y = bob.wait("╭ > ~bob: say this now")
        bob.wait(lambda: bob.row(y + 1).split("│")[2].strip() == "yes",
                 "an answer")
        bob.send("Alt-Up", "k", "e")
        bob.wait(re.compile(r"^edit #\d+: say \*this\* `now`$"))
        bob.send("!", "Enter")
        y = ann.wait("say this now! (edited)")
        assert look(ann, y, "this") == ("b", "default")
        env = dict(os.environ, LC_ALL="C.UTF-8",
                   ASAN_OPTIONS="detect_leaks=0", **house.environment("tail"))
        done = subprocess.run([os.environ["CHATCLI"], "tail",
                               house.server.url("lobby")], env=env,
                              stdout=subprocess.PIPE, check=True)
        assert "say *this* `now`" in done.stdout.decode(), done.stdout
        assert "_yes_" in done.stdout.decode(), done.stdout


if __name__ == "__main__":
    run()
