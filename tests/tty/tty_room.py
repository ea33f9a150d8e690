#!/usr/bin/python3
"""People in a room: they see, say, scroll, answer, edit and take back."""
import re

from terminal import House, run, test


@test("the first start asks for one thing, a name, and then one is in the room")
def first_start():
    with House() as house:
        house.robot().say("somebody was here")
        ann = house.client()
        ann.wait("Your name:")
        assert ann.find("offline") is None, ann.picture()
        ann.send("not a name", "Enter")
        ann.wait("not a name")
        ann.send("\025ann", "Enter")
        ann.wait("~ann>")
        ann.wait("somebody was here")


@test("what one says stands on both screens once, and has a tick on the own")
def both_see():
    with House() as house:
        ann, bob = house.joined("ann"), house.joined("bob")
        ann.send("good morning, wörld 日本", "Enter")
        ann.wait(re.compile("~ann ✓ good morning, wörld 日本"))
        bob.wait(re.compile("~ann │ good morning, wörld 日本"))
        bob.send("hello ~ann", "Enter")
        ann.wait(re.compile("~bob │ hello ~ann"))
        for screen in ann, bob:
            assert screen.text().count("good morning") == 1
        assert ann.find(re.compile(r"~ann$")) is not None, "no member list"


@test("the members come and go, and the topic stands above the text")
def members():
    with House() as house:
        ann = house.joined("ann", cols=100)
        bob = house.joined("bob")
        ann.wait(re.compile(r"│~bob"))
        bob.send("/topic all about cats", "Enter")
        ann.wait(lambda: "all about cats" in ann.row(0), "a topic")
        ann.wait(re.compile(r"\* ~bob set the topic: all about"))
        bob.send("/nick bert", "Enter")
        ann.wait(re.compile(r"│~bert"))


@test("a multi-line paste is put in, sent by nobody, and is one message")
def paste():
    with House() as house:
        ann, bob = house.joined("ann"), house.joined("bob")
        ann.paste("first\r\n  second\rthird")
        ann.wait("third")
        assert ann.find(re.compile("~ann> first")) is not None
        assert bob.find("second") is None
        ann.send("Enter")
        y = bob.wait(re.compile("~ann │ first$|~ann │ first +│"))
        assert "│   second" in bob.row(y + 1), bob.picture()
        assert "│ third" in bob.row(y + 2), bob.picture()
        ann.send("up", "Alt-Enter", "down", "Enter")
        y = bob.wait("│ up")
        assert "│ down" in bob.row(y + 1)


@test("text above 16 KiB is refused and still there")
def too_long():
    with House() as house:
        ann = house.joined("ann")
        ann.paste("long " * 4000)
        ann.send("Enter")
        ann.wait("20000 bytes")
        assert "long long" in ann.row(ann.rows - 2), ann.picture()
        ann.send("\003")
        ann.wait(re.compile("^~ann>$"))


@test("scrolling up pages all of the history in, and the text never jumps")
def scroll():
    with House() as house:
        robot = house.robot()
        for n in range(1, 421):
            robot.say("line %d." % n)
        ann = house.joined("ann")
        ann.wait("line 420.")
        seen = ann.read_back()
        assert seen == set(range(1, 421)), sorted(set(range(1, 421)) - seen)
        ann.wait(re.compile(r"-- MORE \(\d+\) --"))
        more = int(re.search(r"MORE \((\d+)\)", ann.text()).group(1))
        top = [line for line in ann.lines() if "line " in line]
        for n in range(421, 431):
            robot.say("line %d." % n)
        # Ten lines, and the unread line above them.
        ann.wait("-- MORE (%d) --" % (more + 11))
        assert top == [line for line in ann.lines() if "line " in line], \
            "the text moved while it was read"
        ann.send("Alt-End")
        ann.wait("line 430.")
        ann.wait_gone("MORE")
        ann.send("Alt-Home")
        ann.wait(re.compile(r"line 1\."))


def read_on(terminal, key, last):
    """Pages to line last: no number is left out in what was in sight."""
    seen = set(terminal.numbers())
    for _ in range(120):
        if last in seen:
            break
        terminal.send(key)
        terminal.settle()
        numbers = terminal.numbers()
        assert numbers == list(range(numbers[0], numbers[-1] + 1)) or \
            terminal.find("messages between"), terminal.picture()
        seen.update(numbers)
    return seen


@test("an address with a number goes there at once, and what is between comes "
      "when it is scrolled to")
def goes_there():
    with House() as house:
        robot = house.robot()
        seqs = [robot.say("line %d." % n) for n in range(1, 601)]
        ann = house.client("ann", room="lobby#%d" % seqs[49])
        ann.wait("line 50.")
        assert 50 in ann.numbers() and 600 not in ann.numbers()
        left = set(range(55, 601)) - read_on(ann, "PgDn", 600)
        assert not left, sorted(left)
        bea = house.client("bea", room="lobby#%d" % seqs[49])
        bea.wait("line 50.")
        bea.send("Alt-End")
        bea.wait("line 600.")
        for _ in range(2):
            bea.send("PgUp")
        bea.wait(lambda: min(bea.numbers()) < 580, "lines above")
        left = set(range(1, 560)) - read_on(bea, "PgUp", 1)
        assert not left, sorted(left)


@test("a number that is not there is said to be, where it is seen")
def goes_nowhere():
    with House() as house:
        robot = house.robot()
        for n in range(1, 81):
            robot.say("line %d." % n)
        ann = house.client("ann", room="lobby#99999")
        ann.wait("there is no message 99999 to show")
        ann.wait("line 80.")
        assert ann.find("there is no message 99999") is not None, ann.picture()


@test("text that is typed where one is no longer stays, and goes nowhere")
def left_last():
    with House() as house:
        ann, bob = house.joined("ann", cols=110), house.joined("bob")
        ann.send("/leave", "Enter")
        ann.wait("you left lobby; /join lobby opens it again")
        ann.send("hello?", "Enter")
        ann.wait("you are not in lobby; /join lobby")
        ann.wait("~ann> hello?")
        ann.send("\025/join lobby", "Enter")
        ann.wait(re.compile("│~bob"))
        ann.send("here again", "Enter")
        bob.wait("here again")
        assert bob.find("hello?") is None, bob.picture()


@test("rooms of the command line come to those that are remembered")
def remembered():
    with House() as house:
        ann = house.joined("ann", home="ann", cols=100)
        ann.send("/join kitchen", "Enter")
        ann.wait("2 kitchen")
        ann.send("/join Küche", "Enter")
        ann.wait(re.compile(r" 3 Küche +│"))
        ann.send("/quit", "Enter")
        ann.wait_exit()
        for room, row in ("garden", "4 garden"), ("lobby", "1 lobby"):
            ann = house.joined("ann", home="ann", cols=100, room=room)
            for other in "1 lobby", "2 kitchen", "3 Küche", row:
                ann.wait(other)
            ann.wait(lambda: ann.row(0).split("│")[1].strip().startswith(room),
                     "%s is looked at" % room)
            ann.send("/quit", "Enter")
            ann.wait_exit()


@test("messages are answered, edited, reacted to and taken back by keys")
def message_mode():
    with House() as house:
        ann, bob = house.joined("ann"), house.joined("bob")
        ann.send("who is there?", "Enter")
        bob.wait("who is there?")
        bob.send("half an answer", "Alt-Up")
        bob.wait("r reply")
        bob.send("r")
        bob.wait("reply to ~ann:")
        bob.send("me!", "Enter")
        y = ann.wait(re.compile("╭ > ~ann: who is there"))
        assert "~bob │ me!" in ann.row(y + 1), ann.picture()
        bob.wait(re.compile("~bob> half an answer"))
        bob.send("Alt-Up", "e")
        bob.wait("me!")
        bob.send(" or not?", "Enter")
        ann.wait(re.compile(r"me! or not\? \(edited\)"))
        ann.send("Alt-Up", "+")
        ann.wait("emoji for")
        ann.send("👍", "Enter")
        ann.wait("[👍]")
        bob.wait("╰ 👍")
        bob.send("Alt-Up", "d")
        bob.wait("Take this message back")
        bob.send("y")
        ann.wait("(deleted)")
        assert ann.find("or not") is None, ann.picture()
        ann.send("Alt-Up", "q", "text again")
        ann.wait("~ann> text again")


@test("messages of an own earlier name are one's own still, and who may change "
      "one the server says")
def earlier_name():
    with House() as house:
        house.robot().say("not ann's")
        ann = house.joined("ann", home="ann", cols=110)
        ann.send("said as ann", "Enter")
        ann.wait("✓ said as ann")
        ann.send("/nick bea", "Enter")
        ann.wait("~bea>")
        ann.send("/quit", "Enter")
        ann.wait_exit()
        bea = house.joined("bea", home="ann", cols=110)
        bea.wait(re.compile("~ann │ said as ann"))
        bea.send("Alt-Up", "e")
        bea.wait(re.compile(r"^edit #\d+: said as ann$"))
        bea.send(", now as bea", "Enter")
        bea.wait("said as ann, now as bea (edited)")
        bea.send("Alt-Up", "k", "e", "!", "Enter")
        bea.wait(re.compile(r"the edit failed, .*"))
        bea.wait("not ann's!")      # what was typed is not lost
        bea.send("Alt-Up", "k", "d", "y")
        bea.wait("taking the message back failed, ")
        bea.send("Alt-Up", "d", "y")
        bea.wait("(deleted)")
        assert bea.find("│ not ann's") is not None, bea.picture()


@test("commands do the same, and an unknown one is never said")
def commands():
    with House() as house:
        ann, bob = house.joined("ann", cols=110), house.joined("bob")
        ann.send("/me waves", "Enter")
        bob.wait(re.compile(r"\* │ ~ann waves"))
        ann.send("/edti oops", "Enter")
        ann.wait("did you mean /edit")
        ann.wait(re.compile("^/edti oops"))
        ann.send("\025//slash", "Enter")
        bob.wait("│ /slash")
        ann.send("/edit it was a slash", "Enter")
        bob.wait("it was a slash (edited)")
        bob.send("/reac 🎉", "Enter")
        ann.wait("╰ 🎉")
        bob.send("/unreac 🎉", "Enter")
        ann.wait_gone("🎉")
        ann.send("/members", "Enter")
        ann.wait("2 here: ~ann, ~bob")
        ann.send("/ping", "Enter")
        ann.wait(re.compile(r"\d ms"))
        ann.send("/help reply", "Enter")
        ann.wait("/reply [#SEQ] TEXT")
        assert bob.find("oops") is None


@test("rooms have their own texts, drafts and unread marks")
def rooms():
    with House() as house:
        robot = house.robot(room="den")
        ann = house.joined("ann", cols=100)
        ann.send("/join den", "Enter")
        ann.wait(lambda: ann.row(0).startswith(" 1 lobby") and
                 "│ den" in ann.row(0), "room den")
        robot.say("one")
        ann.wait("│ one")
        ann.send("draft of den", "\033" + "1")
        ann.wait(lambda: "│ lobby" in ann.row(0), "room lobby")
        ann.wait(re.compile("^~ann>$"))
        robot.say("two")
        robot.say("ann: three")
        ann.wait("2:den(!1,2)")
        ann.send("\033a")
        ann.wait("~ann> draft of den")
        y = ann.wait(re.compile("──+ unread ─"))
        assert "│ one" in ann.row(y - 1) and "│ two" in ann.row(y + 1), \
            ann.picture()
        ann.wait_gone("2:den(")
        ann.send("\033/")
        ann.wait(lambda: "│ lobby" in ann.row(0), "the room before")
        ann.send("\016")
        ann.wait("~ann> draft of den")


@test("Alt-u goes to the first unread line, u marks it, /clear empties")
def unread():
    with House() as house:
        robot = house.robot(room="den")
        robot.say("long ago")
        ann = house.joined("ann", room="den", rows=12, cols=100)
        ann.wait("long ago")
        ann.send("/join lobby", "Enter")
        ann.wait(lambda: "│ lobby" in ann.row(0), "lobby")
        for n in range(40):
            robot.say("news %d." % n)
        ann.wait("1:den(40)")
        ann.send("\0331")
        ann.wait("news 39.")
        ann.send("\033u")
        y = ann.wait(re.compile("── unread ──"))
        assert "news 0." in ann.row(y + 1), ann.picture()
        ann.wait("MORE (")
        ann.send("Alt-End")
        ann.wait("news 39.")
        ann.send("Alt-Up", "k", "u")
        y = ann.wait(re.compile("── unread ──"))
        assert "news 38." in ann.row(y + 1), ann.picture()
        ann.wait(lambda: ann.row(0).startswith(" 1 den") and
                 re.match(" 1 den +2│", ann.row(0)), "two unread")
        ann.send("/clear", "Enter")
        ann.wait_gone("news")
        robot.say("after it")
        ann.wait("after it")
        ann.send("PgUp")
        ann.wait("news 39.")


@test("a name that somebody has gets another, and that is told once")
def name_taken():
    with House() as house:
        house.joined("ann")
        other = house.client("ann", cols=100)
        other.wait(re.compile("the name ann is taken, you are now ~ann.+"))
        house.server.kill()
        other.wait("offline")
        house.server.start()
        other.send("x")
        other.wait("messages replayed")
        assert other.text().count("is taken") == 1, other.picture()


UNREAD = re.compile("── unread ──")


@test("the unread line stands where reading stopped, and goes with the reader")
def unread_line():
    with House() as house:
        robot = house.robot(room="den")
        robot.say("old 1")
        ann = house.joined("ann", room="den", rows=16, cols=100)
        ann.wait("old 1")
        robot.say("old 2")
        ann.wait("old 2")
        assert ann.find(UNREAD) is None, "what comes in while it is watched"
        for turn in "first", "second":
            ann.send("/join lobby", "Enter")
            ann.wait(lambda: "│ lobby" in ann.row(0), "lobby")
            robot.call("topic", topic="a topic")
            robot.say("new 1 " + turn)
            robot.say("new 2 " + turn)
            ann.wait("1:den(2)")
            ann.send("\0331")
            y = ann.wait(UNREAD)
            assert "new 1 " + turn in ann.row(y + 1), ann.picture()
            robot.say("new 3 " + turn)
            ann.wait("new 3 " + turn)
            y = ann.wait(UNREAD)
            assert "new 1 " + turn in ann.row(y + 1), "it stays\n" + ann.picture()
            ann.send("/join lobby", "Enter")
            ann.wait(lambda: "│ lobby" in ann.row(0), "lobby")
            ann.send("\0331")
            ann.wait("new 3 " + turn)
            assert ann.find(UNREAD) is None, ann.picture()


@test("who is scrolled up finds an unread line above what came meanwhile, "
      "until he speaks")
def unread_scrolled():
    with House() as house:
        robot = house.robot(room="den")
        for n in range(40):
            robot.say("old %d." % n)
        ann = house.joined("ann", room="den", rows=16, cols=100)
        ann.wait("old 39.")
        ann.send("PgUp")
        ann.wait("MORE (")
        robot.say("new 1")
        robot.say("new 2")
        ann.wait(re.compile(r"^ 1 den +2│"))
        ann.send("Alt-End")
        y = ann.wait(UNREAD)
        assert "old 39." in ann.row(y - 1) and "new 1" in ann.row(y + 1), \
            ann.picture()
        ann.send("/me nods", "Enter")
        ann.wait("✓ ~ann nods")
        assert ann.find(UNREAD) is None, ann.picture()
        robot.say("new 3")
        ann.wait("new 3")
        assert ann.find(UNREAD) is None, ann.picture()
        ann.send("Alt-Up", "k", "k", "u")
        y = ann.wait(UNREAD)
        ann.send("/read", "Enter")
        ann.wait_gone(UNREAD)


@test("after an outage the unread line stands above what was missed")
def unread_outage():
    with House() as house:
        robot = house.robot(room="den")
        robot.say("before")
        ann = house.joined("ann", room="den", rows=16, cols=100)
        ann.wait("before")
        house.server.kill()
        ann.wait("offline")
        house.server.start()
        robot = house.robot("other", room="den")
        robot.say("missed")
        ann.send("x")
        ann.wait("missed")
        y = ann.wait(UNREAD)
        assert "missed" in ann.row(y + 1), ann.picture()


@test("Tab offers who spoke last, and shows the others")
def completion():
    with House() as house:
        house.robot("bella").say("first")
        house.robot("bert").say("second")
        ann = house.joined("ann", cols=100)
        ann.wait("second")
        ann.send("be", "Tab")
        ann.wait("~ann> bert:")
        ann.wait(re.compile("^ bert  bella"))
        ann.send("Tab")
        ann.wait("~ann> bella:")
        ann.send("Shift-Tab", "hi", "Enter")
        ann.wait("✓ bert: hi")
        ann.send("/memb", "Tab", "Enter")
        ann.wait(re.compile("here: .*bella"))


@test("/help begins at its beginning, and cuts no word, also at 40 columns")
def help_wraps():
    with House() as house:
        for rows, cols in (24, 80), (10, 40):
            ann = house.joined("ann%d" % cols, rows=rows, cols=cols)
            ann.send("/help", "Enter")
            ann.wait("Commands; any")
            said, last = [], None
            while last != ann.text():
                last = ann.text()
                said += re.findall(r" [*:] ([^│]*)", ann.text())
                ann.send("PgDn")
                ann.settle()
            words = " ".join(said).split()
            for word in ("/discard:", "Alt-Right:", "[#SEQ]", "scrolling",
                         "selected:", "Ctrl-G"):
                assert word in words, (word, words)


@test("Ctrl-C clears, twice it asks, and text that was cleared comes back")
def leaving():
    with House() as house:
        ann = house.joined("ann")
        ann.send("something", "\003")
        ann.wait(re.compile("^~ann>$"))
        ann.wait("Ctrl-C again or /quit leaves")
        ann.send("Up")
        ann.wait("~ann> something")
        ann.wait_gone("or /quit leaves")
        ann.send("\025\003")
        ann.wait("Ctrl-C again or /quit leaves")
        ann.send("\003")
        ann.wait("Leave chatcli? [y/n]")
        ann.send("n")
        ann.wait(re.compile("^~ann>$"))
        ann.send("/quit", "Enter")
        assert ann.wait_exit() == 0
        assert b"\033[?1049l" in ann.output[-400:], "not the old screen"
        assert b"\033[?2004l" in ann.output[-400:], "still brackets pastes"


if __name__ == "__main__":
    run()
