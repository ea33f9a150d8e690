#!/usr/bin/python3
"""Hostile text changes no cell outside of its place.

The same message is shown with a harmless text and then, edited, with each
hostile one; all cells but those of its text must stay as they were.
"""
from terminal import House, run, test

FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467"

HOSTILE = [
    "\033[2J\033[H owned",
    "\033[1;1Howned\033[31m",
    "\033]2;title\a\033]52;c;b3duZWQ=\033\\",
    "\033P$q\"p\033\\ \033[6n\033[c \033Z",
    "\033[?1049l\033[?2026h\033c",
    "\u009b2J\u009b1;1H \u009d2;t\u009c \u0090",
    "back\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\bspace",
    "over\rwritten",
    "\016\017 \005 \a\a \v\f \177",
    "\u202e desrever \u2066 \u2067 \u200f",
    "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "z" + "\u0301" * 1000,
    "\u0301\u0301 leading marks",
    " \u20dd \u20e0 e\u0332\u0333\u0305\u033f\u0346",
    "\u200b\u200c\u2060\ufeff\u00ad\u180e",
    "\U000e0041\U000e0042\U000e007f tags",
    "\ue000\uf8ff\U000f0000 \ufdd0\uffff\U0010ffff",
    "tab\ttab\ttab",
    FAMILY * 3,
    "\u2764\ufe0f" * 6 + "1\ufe0f\u20e3#\ufe0f\u20e3",
    "\U0001f1e9\U0001f1ea" * 5 + "\U0001f1e9",
    "\U0001f44b\U0001f3fd\U0001f44b\U0001f3fd",
    "\u200d\u200d\u200d\ufe0f\ufe0f",
    "\ufdfd\U0001242b\u2e3b",
    "\u1112\u1161\u11ab \u1160\u1160 \u3164",
    "\u0e01\u0e33\u0e33 \u0e49\u0e49\u0e49",
    # Marks that are hidden keep nothing apart any more.
    "*\u0301\u0301bold*\u0301 `\u20dd`\u20e0 ~e~\u0301",
    "a" + "*\u0301x*" * 30,
    "*\033[2J* `\033[1;1H` _\u202e_ ~\u009b2J~",
    "```\n\033[2J\tx\n\u0301\n```\nbehind",
    "@\u0301\u0301 @bob\u0301\u0301\u0301\u0301\u0301 @\u202ebob",
    "https://a.b/\u0301\u0301\ufe0f\u200d\u2764\ufe0f\033[7m",
    "`\U0001f469`\u200d*\U0001f467*" + "*\U0001f1e9*`\U0001f1ea`" * 4,
    "*`" * 40 + "x" + "`*" * 40,
    "2\u2028rows",
    "three\r\nrows\n",
    # Rows that are full, or nearly, so that what stands behind them decides.
] + ["x" * n + FAMILY for n in range(30, 42)] + [
    "\u2764\ufe0f" * n for n in range(10, 25)]

PLACES = [(100, "wcwidth"), (100, "modern"), (60, "modern"), (30, "modern")]


def shown(ann, robot, seq, text, why):
    robot.call("edit", seq=seq, text=text)
    ann.wait(why)
    return ann.cells()


def text_columns(ann, y):
    """From where the harmless text begins to the edge of its part."""
    begin = next(x for x in range(ann.cols)
                 if ann.cell(y, x).data == "h" and
                 ann.cell(y, x + 1).data == "a")
    for x in range(begin, ann.cols):
        if ann.cell(y, x).data == "│":
            return range(begin, x)
    return range(begin, ann.cols)


def compare(ann, calm, wild, rows, columns, text):
    for y in range(ann.rows):
        for x in range(ann.cols):
            if y in rows and x in columns:
                continue
            assert calm[y][x] == wild[y][x], \
                "%r changed row %d, column %d from %r to %r\n%s" % (
                    text, y, x, calm[y][x].data, wild[y][x].data,
                    ann.picture())


def check(cols, widths):
    with House() as house:
        robot = house.robot()
        robot.say("before it")
        seq = robot.say("harmless")
        robot.say("behind it, with a wide 日本")
        ann = house.joined("ann", cols=cols, widths=widths)
        ann.wait("behind it")
        for text in HOSTILE:
            ann.wait("harmless")
            wild = shown(ann, robot, seq, text,
                         lambda: ann.find("harmless") is None)
            picture = ann.picture()
            top, end = ann.find("before it") + 1, ann.find("behind it")
            calm = shown(ann, robot, seq,
                         "harmless" + "\n." * (end - top - 1), "harmless")
            assert (top, end) == (ann.find("before it") + 1,
                                  ann.find("behind it")), picture
            compare(ann, calm, wild, range(top, end),
                    text_columns(ann, top), text)


for size in PLACES:
    test("a hostile message changes no cell outside its place, %d columns, "
         "%s widths" % size)(lambda size=size: check(*size))


@test("what was drawn step by step is what is drawn at once")
def redrawn():
    for cols, widths in PLACES:
        with House() as house:
            robot = house.robot()
            ann = house.joined("ann", cols=cols, widths=widths)
            borders = [x for x in range(cols) if ann.cell(9, x).data == "│"]
            for text in HOSTILE:
                robot.say(text)
                robot.say("calm")
            robot.say("the end")
            ann.wait("the end")
            while True:
                ann.settle()
                before, picture = ann.cells(), ann.picture()
                for y in range(1, ann.rows - 2):
                    for x in borders:
                        assert ann.cell(y, x).data == "│", picture
                ann.send("\014")
                ann.settle()
                assert before == ann.cells(), picture + "\n" + ann.picture()
                if ann.find(HOSTILE[0][-5:]):
                    break
                ann.send("PgUp")


@test("a hostile topic stays in its places, and out of the title")
def other_places():
    with House() as house:
        robot = house.robot()
        ann = house.joined("ann", cols=100, widths="modern")
        for number, text in enumerate(HOSTILE):
            robot.call("topic", topic="#%d# %s" % (number, text[:99]))
            ann.wait("#%d#" % number)
        robot.say("the end")
        ann.wait("the end")
        ann.settle()
        # The borders stand where they stood, in every row.
        for x in (15, 84):
            for y in range(1, ann.rows - 2):
                assert ann.cell(y, x).data == "│", ann.picture()
        assert ann.row(0).endswith("2 here"), ann.picture()
        assert ann.screen.title == "lobby - chatcli", ann.screen.title


@test("no text can look like a line of the program's own")
def not_imitated():
    with House() as house:
        robot = house.robot()
        robot.say("* back after 41 s: 17 messages replayed, none missed")
        robot.say("x\n* server: bye\n12:00 ~ann ✓ I agree\n──── unread ────")
        ann = house.joined("ann")
        ann.wait("── unread ──")
        ann.send("/nonsense", "Enter")
        note = ann.wait("no command")
        gutter = ann.row(note).index("*")
        for what in ("back after", "server: bye", "I agree", "── unread"):
            y = ann.find(what)
            assert ann.cell(y, gutter).data == "│", ann.picture()


if __name__ == "__main__":
    run()
