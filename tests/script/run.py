#!/usr/bin/python3
"""
Runs conversations (*.chat) over the wire, each with a server of its own.
talk.c runs the same in its own process, without sockets.

A conversation is read from top to bottom.  Lines:

    # words            prose: what this is about
    = sentence         the name of the promise that follows (a TAP test)
    wire only          the first line of a promise that talk.c can't keep,
                       since it is about sockets or the process; it skips it
    ann> JSON          ann sends this frame (and is connected first)
    ann< PATTERN       ann gets a frame like this: the first one that came and
                       that no line has taken yet; frames may stand in another
                       order than they come
    ann! PATTERN       ann has got no such frame that was not taken (asked
                       for after a ping to the server and back)
    ann: connects [PATH]
                       opens another connection (of the original application
                       with its PATH); what was not taken is forgotten
    ann: leaves        closes his connection
    ann: is cut off    loses it without a word
    ann: is closed with CODE
                       the server closes it so
    server: restarts   (SIGTERM, and up again)
    server: is killed  (SIGKILL, and up again)
    pattern: PATTERN fits JSON
    pattern: PATTERN does not fit JSON
                       about the patterns themselves, for both who read them

Before somebody else's line, what one has asked under an id is answered.

A PATTERN is JSON in which

    *                  stands for any value
    $name              for a value that gets this name here, or that was
                       given this name before; also in JSON that is sent
    $name+1            the same, for integers
    ...                as the last thing in an object: and any other fields

Objects match whatever the order of their fields.  Lines that end in \\ go on.
"""

import glob
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "wire"))

import chat  # noqa: E402
from chat import Client, Closed, Late, Server, run, test  # noqa: E402

ANY, REST = object(), object()


class Name:
    """$name or $name+n"""

    def __init__(self, name, plus):
        self.name, self.plus = name, plus


TOKEN = re.compile(r'\s*(?:(\.\.\.)|(\*)|\$([a-z_0-9]+)([+-]\d+)?|'
                   r'("(?:[^"\\]|\\.)*")|([{}\[\],:])|'
                   r'(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null))')


def parse(text):
    """A pattern as Python values with ANY, REST and Name among them."""
    tokens, at = [], 0
    text = text.strip()
    while at < len(text):
        m = TOKEN.match(text, at)
        if not m:
            raise SyntaxError("not understood: " + text[at:])
        at = m.end()
        rest, star, name, plus, string, mark, word = m.groups()
        if rest:
            tokens.append(("v", REST))
        elif star:
            tokens.append(("v", ANY))
        elif name:
            tokens.append(("v", Name(name, int(plus or 0))))
        elif mark:
            tokens.append((mark, None))
        else:
            tokens.append(("v", json.loads(string or word)))
    value, left = _value(tokens)
    if left:
        raise SyntaxError("more than one value: " + text)
    return value


def _value(tokens):
    kind, value = tokens[0]
    tokens = tokens[1:]
    if kind == "v":
        return value, tokens
    close = {"{": "}", "[": "]"}[kind]
    found = {} if kind == "{" else []
    while tokens[0][0] != close:
        if tokens[0][1] is REST:
            tokens = tokens[1:]
            if kind == "{":
                found[REST] = True
            else:
                found.append(REST)
        elif kind == "[":
            item, tokens = _value(tokens)
            found.append(item)
        else:
            key = tokens[0][1]
            if tokens[1][0] != ":":
                raise SyntaxError("no colon behind %r" % key)
            found[key], tokens = _value(tokens[2:])
        if tokens[0][0] == ",":
            tokens = tokens[1:]
        elif tokens[0][0] != close:
            raise SyntaxError("no comma")
    return found, tokens[1:]


def match(pattern, value, names):
    """True if it fits; names gets what was given a name."""
    if pattern is ANY:
        return True
    if isinstance(pattern, Name):
        if pattern.name in names:
            known = names[pattern.name]
            if not pattern.plus:
                return match(known, value, names)
            return type(known) is type(value) is int and \
                value == known + pattern.plus
        names[pattern.name] = value
        return not pattern.plus
    if isinstance(pattern, dict):
        if not isinstance(value, dict):
            return False
        keys = [k for k in pattern if k is not REST]
        if REST not in pattern and len(keys) != len(value):
            return False
        return all(k in value and match(pattern[k], value[k], names)
                   for k in keys)
    if isinstance(pattern, list):
        if not isinstance(value, list):
            return False
        if REST in pattern:
            pattern = pattern[:-1]
            value = value[:len(pattern)]
        return len(pattern) == len(value) and all(
            match(p, v, names) for p, v in zip(pattern, value))
    return type(pattern) is type(value) and pattern == value


def fill(pattern, names):
    """The value to be sent for a pattern."""
    if isinstance(pattern, Name):
        value = names[pattern.name]
        return value + pattern.plus if pattern.plus else value
    if isinstance(pattern, dict):
        return {k: fill(v, names) for k, v in pattern.items()}
    if isinstance(pattern, list):
        return [fill(v, names) for v in pattern]
    return pattern


class Conversation:
    def __init__(self, path):
        self.path = path
        self.promises = []      # [(sentence, [(line, who, how, what)])]
        with open(path) as f:
            lines = f.read().split("\n")
        number = 0
        while number < len(lines):
            line, first = lines[number], number + 1
            while line.endswith("\\"):
                number += 1
                line = line[:-1] + lines[number].strip()
            number += 1
            if line.startswith("= "):
                self.promises.append((line[2:].strip(), []))
            elif line.strip() == "wire only" and self.promises and \
                    not self.promises[-1][1]:
                pass                    # so it is
            elif line.strip() and not line.startswith("#"):
                m = re.fullmatch(r"([a-z]+)([<>!:]) ?(.*)", line.strip())
                if not m or not self.promises:
                    raise SyntaxError("%s:%d: %s" % (path, first, line))
                who, how, what = m.groups()
                if how in "<!>":
                    try:
                        what = parse(what)
                    except (SyntaxError, LookupError, ValueError) as e:
                        raise SyntaxError("%s:%d: %s" % (
                            path, first, e)) from None
                self.promises[-1][1].append((first, who, how, what))
        self.server = None
        self.clients, self.taken, self.names = {}, {}, {}
        self.asked = []             # [(client, id)] that may be unanswered
        self.broken = 0             # the line at which it failed

    def client(self, who):
        if who not in self.clients:
            self.connect(who, "/ws")
        return self.clients[who]

    def connect(self, who, path):
        self.clients[who] = Client(self.server, path)
        # Its pings must not be mistaken for what the conversation asks.
        self.clients[who].last_id = 1000000
        self.taken[who] = []

    def find(self, who, pattern):
        """The index of a frame that fits and was not taken, or None."""
        c = self.clients[who]
        for i, value in enumerate(c.frames):
            names = dict(self.names)
            if i not in self.taken[who] and match(pattern, value, names):
                self.names = names
                self.taken[who].append(i)
                return i
        return None

    def step(self, who, how, what):
        if how == ":":
            self.asked = [(c, i) for c, i in self.asked if i not in c.replies
                          and c.reply(i) is None]
        if who == "pattern":
            pattern, no, value = re.fullmatch(
                "(.*?) (does not fit|fits) (.*)", what).groups()
            names = dict(self.names)
            fits = match(parse(pattern), json.loads(value), names)
            assert fits == (no == "fits"), "it fits" if fits else \
                "it does not fit"
            self.names = names if fits else self.names
            return
        if who == "server":
            self.server.restart(kill={"restarts": False,
                                      "is killed": True}[what])
            return
        if how == ":":
            words = what.split()
            if words[0] == "connects":
                self.connect(who, words[1] if words[1:] else "/ws")
            elif what == "leaves":
                self.client(who).close()
            elif what == "is cut off":
                self.client(who).abort()
            elif what.startswith("is closed with "):
                code = self.client(who).wait_close()
                assert code == int(words[-1]), "closed with %d" % code
            else:
                raise SyntaxError(what)
            return
        c = self.client(who)
        if self.asked and self.asked[0][0] is not c:
            for other, ident in self.asked:
                if other.close_code is None:
                    other.reply(ident)
            self.asked = []
        if how == ">":
            what = fill(what, self.names)
            c.send_json(what)
            if "id" in what:
                self.asked.append((c, what["id"]))
        elif how == "<":
            c.until(lambda: self.find(who, what) is not None)
        else:
            if c.simple:
                c.send_frame(9, b"sync")
                n = len(c.pongs)
                c.until(lambda: len(c.pongs) > n)
            else:
                c.sync()
                self.taken[who].append(len(c.frames) - 1)
            i = self.find(who, what)
            assert i is None, "got %s" % c.texts[i]

    def play(self, promise, function):
        assert not self.broken, "it broke off at line %d" % self.broken
        if self.server is None:
            self.server = Server()
        self.server.test = function
        for number, who, how, what in promise[1]:
            try:
                self.step(who, how, what)
            except (AssertionError, Closed, Late, KeyError) as e:
                self.broken = number
                left = [t for i, t in enumerate(
                    self.clients[who].texts if who in self.clients else [])
                    if i not in self.taken[who]]
                raise AssertionError("%s:%d: %s%s\nnot taken: %s" % (
                    os.path.basename(self.path), number, type(e).__name__,
                    ": %s" % e if str(e) else "", "\n".join(
                        t[:200] for t in left[-8:]))) from e

    def end(self):
        if self.server and not self.broken:
            self.server.terminate()


def main():
    paths = sys.argv[1:] or sorted(glob.glob(os.path.join(HERE, "*.chat")))
    for path in paths:
        talk = Conversation(path)
        name = os.path.splitext(os.path.basename(path))[0]
        for promise in talk.promises:
            def play(talk=talk, promise=promise):
                talk.play(promise, chat.current())
            test("%s: %s" % (name, promise[0]))(play)
        test("%s: its server ends well" % name)(talk.end)
    run()


main()
