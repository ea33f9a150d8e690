#!/usr/bin/python3
"""What is written to the terminal, and how it is left."""
import os
import re
import signal
import subprocess

from terminal import House, run, test

HERE = os.path.dirname(os.path.abspath(__file__))
TABLE = os.path.join(HERE, "..", "..", "chatcli", "ui", "tty.def")

SEQUENCE = re.compile(
    rb"\033\[[0-?]*[ -/]*[@-~]|\033[\]PX^_].*?(?:\033\\|\a)|"
    rb"\033[ -/]+[0-~]|\033[^\[\]PX^_ -/]|[\0-\032\034-\037\177]", re.DOTALL)


def of_the_table():
    """The rows of tty.def, as expressions."""
    rows = []
    for line in open(TABLE):
        found = re.match(r'TTY_SAYS\(\w+, "([^"]*)",', line)
        if found:
            text = found.group(1).encode().decode("unicode_escape")
            pattern = re.escape(text).replace("%d", r"\d+").replace(
                "%s", r"[^\a\033]*")
            rows.append(re.compile(pattern.encode()))
    assert len(rows) > 8
    return rows


def of_terminfo(term):
    """What terminfo lets curses write: sequences without their numbers."""
    listing = subprocess.run(["infocmp", "-1", "-x", term], check=True,
                             stdout=subprocess.PIPE).stdout.decode()
    allowed = set()
    for name, value in re.findall(r"^\t(\w+)=(.*),$", listing, re.M):
        if name in ("u6", "u7", "u8", "u9", "RV", "XR", "rv", "xr", "xm"):
            continue        # questions and their answers
        value = value.replace(r"\E", "\033")
        value = re.sub(r"%p\d|%\{\d+\}|%[-+*/m&|=<>!~?tei;]|%'.'|%[cds]|"
                       r"%P.|%g.|\$<[^>]*>", "", value)
        for seq in SEQUENCE.findall(value.encode()):
            allowed.add(shape(seq))
    return allowed


def shape(seq):
    return re.sub(rb"[0-9;:]+", b"", seq)


@test("every byte to the terminal is text, terminfo's, or in tty.def")
def repertoire():
    with House() as house:
        ann = house.joined("ann", cols=100)
        robot = house.robot()
        robot.say("\033[6n \033]52;c;?\a \u009bc \033P+q\033\\ ❤️")
        ann.wait("❤️")
        ann.send("/help", "Enter", "Alt-Up", "y", "F7", "F7", "\014")
        ann.paste("pasted \033[5n text")
        ann.send("\025")
        for size in ((10, 40), (30, 120), (24, 80)):
            ann.resize(*size)
            ann.settle()
        ann.send("/quit", "Enter")
        ann.wait_exit()
        table, allowed = of_the_table(), of_terminfo("xterm-256color")
        control = {b"\r", b"\n", b"\b", b"\t", b"\a"}
        for seq in SEQUENCE.findall(ann.output):
            assert seq in control or shape(seq) in allowed or \
                any(row.fullmatch(seq) for row in table), seq
        for question in (rb"\033\[[?>=]?\d*[cn]", rb"\033\[\d*x", rb"\033Z",
                         rb"\033\]\d+;[^\033\a]*\?", rb"\033P", rb"\005"):
            assert not re.search(question, ann.output), question


@test("a copied message goes to the clipboard as base64 and nothing else")
def copy():
    with House() as house:
        house.robot().say("copy \033]52;c;me\a")
        ann = house.joined("ann")
        ann.wait("copy")
        ann.send("Alt-Up", "y")
        ann.wait(lambda: b"\033]52;c;Y29weSAbXTUyO2M7bWUH\033\\" in ann.output,
                 "the clipboard's sequence")
        ann.wait("handed to the terminal's clipboard")
        ann.send("x")
        ann.wait_gone("clipboard")


SHELL = ("set -m; \"$@\"; echo the shell is here; read line; fg >&2; "
         "echo the end")


@test("Ctrl-Z gives the terminal to the shell, and fg draws all of it again")
def suspend():
    with House() as house:
        ann = house.client("ann", under=["bash", "-c", SHELL, "shell"])
        ann.wait("~ann>")
        ann.send("half a line", "\032")
        ann.wait("the shell is here")
        assert b"\033[?2004l" in ann.output[-300:], ann.output[-300:]
        house.robot().say("meanwhile")
        ann.send("Enter")
        ann.wait("~ann> half a line")
        ann.wait("meanwhile")
        ann.wait("1 lobby")
        ann.send(" more")
        ann.wait("half a line more")
        ann.send("\025/quit", "Enter")
        ann.wait("the end")


@test("other terminals, few colours and none will do")
def terminals():
    for env in ({"TERM": "xterm"}, {"TERM": "screen"}, {"TERM": "linux"},
                {"TERM": "vt100"}, {"TERM": "tmux-256color"},
                {"NO_COLOR": "1"}):
        with House() as house:
            ann = house.joined("ann", env=env)
            ann.send("hello", "Enter")
            ann.wait("✓ hello")
            ann.send("/nonsense", "Enter")
            ann.wait("no command")
            coloured = re.search(rb"\033\[(?:\d+;)*[34][0-8][;m]", ann.output)
            assert bool(coloured) == (env.get("TERM") in
                                      ("xterm", "screen", "linux",
                                       "tmux-256color")), env
            if env.get("TERM") in ("vt100", "linux"):
                assert b"\033]" not in ann.output, "a title for " + str(env)


@test("a terminal that nobody knows is refused with a sentence")
def unknown():
    with House() as house:
        for term in "no-such-terminal", "dumb", "vt52":
            ann = house.client("ann", env={"TERM": term}, cols=200)
            assert ann.wait_exit() == 64
            assert ann.row(0).startswith(
                "chatcli: the terminal type TERM=%s " % term), ann.picture()
            assert ann.find("scripts use chatcli send and chatcli tail") == 0
            assert b"\033" not in ann.output, ann.output
        ann = house.client("ann", env={"TERM": ""}, cols=150)
        assert ann.wait_exit() == 64
        assert ann.row(0).startswith("chatcli: TERM is not set"), ann.picture()


@test("a locale without UTF-8 is refused, and which variable said so")
def locale():
    with House() as house:
        for name in "LC_ALL", "LANG":
            ann = house.client("ann", env={"LC_ALL": "", name: "POSIX"})
            assert ann.wait_exit() == 64
            assert ann.find("UTF-8: %s is POSIX" % name) is not None, \
                ann.picture()


@test("a hangup ends the program, and the terminal is as it was")
def hangup():
    with House() as house:
        ann = house.joined("ann")
        os.kill(ann.pid, signal.SIGHUP)
        ann.wait_exit()
        assert b"\033[?1049l" in ann.output[-400:], ann.output[-400:]


@test("the picture is there before the server has answered")
def paints_first():
    with House() as house:
        stopped = house.server.process
        os.kill(stopped.pid, signal.SIGSTOP)
        try:
            ann = house.client("ann")
            ann.wait("connecting")
            ann.send("typed already")
            ann.wait("typed already")
        finally:
            os.kill(stopped.pid, signal.SIGCONT)
        ann.wait("~ann> typed already")


@test("vi mode and inputrc are as in other programs")
def vi_mode():
    with House() as house:
        rc = os.path.join(house.folder, "inputrc")
        with open(rc, "w") as f:
            f.write("set editing-mode vi\n$if chatcli\n"
                    "\"\\C-t\": toggle-members\n$endif\n")
        ann = house.joined("ann", cols=100, env={"INPUTRC": rc})
        ann.send("worrd")
        ann.wait("worrd")
        ann.send("\033")
        ann.wait("-- COMMAND --")
        ann.send("hxA!", "Enter")
        ann.wait("✓ word!")
        ann.wait(re.compile(r"│~ann$"))
        ann.send("\024")
        ann.wait_gone(re.compile(r"│~ann$"))


if __name__ == "__main__":
    run()
