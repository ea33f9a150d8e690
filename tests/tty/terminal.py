"""A terminal with a program in it, a server beside it, and tests as sentences.

The terminal is a pty whose output is drawn by pyte.  Nothing here sleeps to
let something happen: a test waits for what the screen is to show, and fails
with a picture of what it did show.
"""
import base64
import fcntl
import itertools
import json
import os
import pty
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time
import traceback
import unicodedata

try:
    import pyte
    from wcwidth import wcwidth
except ImportError:
    print("1..0 # SKIP there is no python3-pyte")
    sys.exit(0)

PATIENCE = float(os.environ.get("TTY_PATIENCE", "20"))  # seconds

WWW = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..",
                   "www")

KEYS = {
    "Up": "\033[A", "Down": "\033[B", "Right": "\033[C", "Left": "\033[D",
    "Home": "\033[H", "End": "\033[F", "PgUp": "\033[5~", "PgDn": "\033[6~",
    "F7": "\033[18~", "F8": "\033[19~", "Enter": "\r", "Tab": "\t",
    "Shift-Tab": "\033[Z", "Alt-Up": "\033[1;3A", "Alt-Down": "\033[1;3B",
    "Alt-Right": "\033[1;3C", "Alt-Left": "\033[1;3D",
    "Alt-Home": "\033[1;3H", "Alt-End": "\033[1;3F", "Alt-Enter": "\033\r",
    "Esc": "\033", "Backspace": "\177",
}


class Screen(pyte.Screen):
    """pyte's screen with what curses uses and pyte lacks.

    widths "wcwidth" gives each character what wcwidth(3) gives it; "modern"
    draws emoji sequences in two cells, as newer terminals do, and so has
    another opinion than curses about where text ends.
    """

    def __init__(self, columns, lines, widths="wcwidth"):
        self.widths = widths
        self.glue = False
        super().__init__(columns, lines)

    def draw(self, data):
        for char in data:
            self.draw_one(char)
        self.dirty.add(self.cursor.y)

    def append_to_last(self, char):
        x, y = self.cursor.x, self.cursor.y
        line = self.buffer[y]
        while x > 0 and line[x - 1].data == "":
            x -= 1
        if x > 0:
            last = line[x - 1]
            line[x - 1] = last._replace(
                data=unicodedata.normalize("NFC", last.data + char))

    def draw_one(self, char):
        width = wcwidth(char)
        if self.widths == "modern" and (char == "\u200d" or self.glue):
            self.glue = char == "\u200d"
            self.append_to_last(char)
            return
        if self.widths == "modern" and char == "\ufe0f":
            self.append_to_last(char)
            if self.cursor.x < self.columns:
                self.buffer[self.cursor.y][self.cursor.x] = \
                    self.cursor.attrs._replace(data="")
                self.cursor.x += 1
            return
        if width <= 0:
            self.append_to_last(char)
            return
        if self.cursor.x + width > self.columns:
            self.carriage_return()
            self.linefeed()
        line = self.buffer[self.cursor.y]
        line[self.cursor.x] = self.cursor.attrs._replace(data=char)
        if width == 2 and self.cursor.x + 1 < self.columns:
            line[self.cursor.x + 1] = self.cursor.attrs._replace(data="")
        self.cursor.x = min(self.cursor.x + width, self.columns)

    def repeat(self, count=1):
        x = min(self.cursor.x, self.columns) - 1
        if x >= 0:
            self.draw(self.buffer[self.cursor.y][x].data * (count or 1))

    def back_tab(self, count=1):
        for _ in range(count or 1):
            self.cursor.x = max(0, (self.cursor.x - 1) // 8 * 8)

    def report_device_status(self, *args, **kwargs):
        raise AssertionError("the terminal was asked something")

    report_device_attributes = report_device_status

    def scroll(self, *args):
        raise AssertionError("the terminal was told to scroll")


class Stream(pyte.ByteStream):
    csi = dict(pyte.ByteStream.csi, b="repeat", Z="back_tab", S="scroll",
               T="scroll")
    events = pyte.ByteStream.events | {"repeat", "back_tab", "scroll"}


class Terminal:
    """A program in a terminal of rows by cols."""

    def __init__(self, argv, rows=24, cols=80, env=None, widths="wcwidth"):
        self.rows, self.cols = rows, cols
        self.screen = Screen(cols, rows, widths)
        self.stream = Stream(self.screen)
        self.output = b""
        self.status = None
        environment = {
            "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "TZ": "UTC",
            "HOME": os.environ.get("HOME", "/"), "PATH": os.environ["PATH"],
            "INPUTRC": "/dev/null", "ASAN_OPTIONS": "detect_leaks=0",
        }
        environment.update(env or {})
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                self.set_size(0, rows, cols)
                os.execvpe(argv[0], argv, environment)
            finally:
                os._exit(127)
        self.set_size(self.fd, rows, cols)
        os.set_blocking(self.fd, False)

    @staticmethod
    def set_size(fd, rows, cols):
        fcntl.ioctl(fd, termios.TIOCSWINSZ,
                    struct.pack("HHHH", rows, cols, 0, 0))

    def resize(self, rows, cols):
        self.rows, self.cols = rows, cols
        self.screen.resize(rows, cols)
        self.set_size(self.fd, rows, cols)

    def pump(self, timeout=0.02):
        """Draws what came; False when the program closed the terminal."""
        ready, _, _ = select.select([self.fd], [], [], timeout)
        while ready:
            try:
                data = os.read(self.fd, 65536)
            except BlockingIOError:
                return True
            except OSError:
                return False
            if not data:
                return False
            self.output += data
            self.stream.feed(data)
            ready, _, _ = select.select([self.fd], [], [], 0)
        return True

    def send(self, *keys):
        """Types text; names of KEYS as ("Enter",) are keys."""
        for key in keys:
            data = KEYS.get(key, key).encode("utf-8", "surrogateescape")
            while data:
                try:
                    data = data[os.write(self.fd, data):]
                except BlockingIOError:
                    pass
                self.pump(0)

    def paste(self, text):
        """As a terminal does it: between marks if it was asked to."""
        if self.output.rfind(b"\033[?2004h") > \
                self.output.rfind(b"\033[?2004l"):
            text = "\033[200~" + text + "\033[201~"
        self.send(text)

    def in_frame(self):
        """Whether a picture has begun and is not whole yet."""
        return self.output.rfind(b"\033[?2026h") > \
            self.output.rfind(b"\033[?2026l")

    def row(self, y):
        line = self.screen.buffer[y]
        return "".join(line[x].data for x in range(self.cols)).rstrip()

    def lines(self):
        return [self.row(y) for y in range(self.rows)]

    def text(self):
        return "\n".join(self.lines())

    def find(self, what):
        """The row that has text, or that a compiled expression matches."""
        for y, line in enumerate(self.lines()):
            if what.search(line) if hasattr(what, "search") else what in line:
                return y
        return None

    def cell(self, y, x):
        return self.screen.buffer[y][x]

    def cells(self):
        """All cells, as drawn: characters with their attributes."""
        return [[self.screen.buffer[y][x] for x in range(self.cols)]
                for y in range(self.rows)]

    def cursor(self):
        return self.screen.cursor.y, self.screen.cursor.x

    def wait(self, what, why=None, patience=PATIENCE):
        """Waits for text, a compiled expression, or until a call is true."""
        end = time.monotonic() + patience
        while True:
            if not self.in_frame():
                result = what() if callable(what) else self.find(what)
                if result is not None and result is not False:
                    return result
            if time.monotonic() > end:
                break
            if not self.pump() and time.monotonic() > end - patience + 1:
                break
        wanted = why or (what if isinstance(what, str) else
                         getattr(what, "pattern", what))
        raise AssertionError("never seen: %s\n%s" % (wanted, self.picture()))

    def wait_gone(self, what, patience=PATIENCE):
        self.wait(lambda: self.find(what) is None, "%r gone" % (what,),
                  patience)

    def numbers(self):
        """The numbers of the lines "line N." in sight."""
        return [int(n) for n in re.findall(r"\bline (\d+)\.", self.text())]

    def read_back(self):
        """Scrolls up to line 1: all numbers seen; each row of them in order."""
        self.settle()
        seen = set(self.numbers())
        while 1 not in seen:
            top = self.numbers()[0]
            self.send("PgUp")
            self.wait(lambda: self.numbers() and self.numbers()[0] < top,
                      "lines before %d" % top)
            numbers = self.numbers()
            assert numbers == list(range(numbers[0], numbers[-1] + 1)), \
                self.picture()
            seen.update(numbers)
        return seen

    def settle(self):
        """Until a key's effect is drawn: the bell of an unused key comes."""
        self.wait(lambda: self.output, "anything")
        last = -1
        while last != len(self.output) or self.in_frame():
            last = len(self.output)
            self.pump(0.15)

    def picture(self):
        edge = "+" + "-" * self.cols + "+"
        rows = []
        for y in range(self.rows):
            line = self.screen.buffer[y]
            rows.append("|" + "".join(line[x].data
                                      for x in range(self.cols)) + "|")
        return "\n".join([edge] + rows + [edge])

    def alive(self):
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = status
        return self.status is None

    def wait_exit(self, patience=PATIENCE):
        end = time.monotonic() + patience
        while self.alive() and time.monotonic() < end:
            if not self.pump():
                time.sleep(0.01)    # the terminal is closed already
        if self.status is None:
            raise AssertionError("still running\n" + self.picture())
        self.pump(0)
        return os.waitstatus_to_exitcode(self.status)

    def close(self):
        if self.alive():
            os.kill(self.pid, signal.SIGTERM)
            try:
                self.wait_exit(5)
            except AssertionError:
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
        os.close(self.fd)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()


class Server:
    """chatsrv on a port that stays the same when it comes back."""

    def __init__(self, folder):
        self.folder = folder
        self.address = "127.0.0.1:0"
        self.process = None
        self.start()

    def start(self):
        read, write = os.pipe()
        os.set_inheritable(write, True)
        self.log = open(os.path.join(self.folder, "chatsrv.log"), "ab")
        self.process = subprocess.Popen(
            [os.environ["CHATSRV"], "--listen", self.address, "--store",
             "sqlite:" + os.path.join(self.folder, "chat.db"), "--www", WWW,
             "--ready-fd", str(write), "--set", "limits.enabled=no"],
            pass_fds=[write], stdout=self.log, stderr=self.log)
        os.close(write)
        with os.fdopen(read) as ready:
            line = ready.readline().strip()
        found = re.search(r"(\d+\.\d+\.\d+\.\d+:\d+)", line)
        if not found:
            raise AssertionError("chatsrv did not start: " + line + open(
                self.log.name, errors="replace").read())
        self.address = found.group(1)

    def url(self, room):
        return "http://%s/room/%s" % (self.address, room)

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.log.close()

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()


class House:
    """A temporary folder with a server, and homes for clients."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="chat-tty-")
        self.server = Server(self.folder)
        self.terminals = []
        self.robots = []
        self.homes = itertools.count()

    def environment(self, home):
        path = os.path.join(self.folder, home)
        os.makedirs(path, exist_ok=True)
        env = {"HOME": path}
        for name in ("CONFIG", "DATA", "STATE", "CACHE"):
            env["XDG_%s_HOME" % name] = os.path.join(path, name.lower())
        env["XDG_RUNTIME_DIR"] = path
        return env

    def client(self, nick=None, room="lobby", home=None, env=None,
               options=(), under=(), **how):
        """chatcli in a terminal of its own, or under another program."""
        environment = self.environment(home or "home%d" % next(self.homes))
        environment.update(env or {})
        argv = [*under, os.environ["CHATCLI"]]
        if nick:
            argv += ["--nick", nick]
        argv += list(options) + [self.server.url(room)]
        terminal = Terminal(argv, env=environment, **how)
        self.terminals.append(terminal)
        return terminal

    def joined(self, nick, room="lobby", **how):
        """The same, when it has joined."""
        terminal = self.client(nick, room, **how)
        # The room is on the screen at once, people only after the join.
        terminal.wait(lambda: re.search(
            r"~%s> $|~%s>$" % (nick, nick), terminal.row(terminal.rows - 1)),
            "%s has a name" % nick)
        return terminal

    def send(self, room, text, nick="robot", kind=(), home=None):
        """Somebody says something, by chatcli send; the seq."""
        env = dict(os.environ, LC_ALL="C.UTF-8", ASAN_OPTIONS="detect_leaks=0",
                   CHATCLI_NICK=nick,
                   **self.environment(home or "of-" + nick))
        done = subprocess.run(
            [os.environ["CHATCLI"], "send", *kind, self.server.url(room)],
            input=text if isinstance(text, bytes) else text.encode(),
            env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode != 0:
            raise AssertionError("chatcli send: %d %s" % (
                done.returncode, done.stderr.decode(errors="replace")))
        return int(done.stdout.split()[0])

    def robot(self, nick="robot", room="lobby"):
        robot = Robot(self.server, nick, room)
        self.robots.append(robot)
        return robot

    def close(self):
        for terminal in self.terminals:
            terminal.close()
        for robot in self.robots:
            robot.close()
        self.server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()


class Robot:
    """A guest that speaks chat.v1 by itself, also what no client would."""

    def __init__(self, server, nick, room="lobby"):
        host, port = server.address.rsplit(":", 1)
        self.room = room
        self.ids = itertools.count(1)
        self.bytes = b""
        self.socket = socket.create_connection((host, int(port)), PATIENCE)
        self.socket.sendall((
            "GET /ws HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: %s\r\nSec-WebSocket-Protocol: chat.v1\r\n"
            "\r\n" % (server.address, base64.b64encode(
                os.urandom(16)).decode())).encode())
        while b"\r\n\r\n" not in self.bytes:
            self.receive()
        head, self.bytes = self.bytes.split(b"\r\n\r\n", 1)
        assert b" 101 " in head, head
        self.user = self.call("hello", nick=nick)["user"]
        self.call("join", room=room)

    def receive(self):
        data = self.socket.recv(65536)
        assert data, "the server closed the connection"
        self.bytes += data

    def need(self, n):
        while len(self.bytes) < n:
            self.receive()

    def frame(self):
        """The next text frame (RFC 6455, 5.2); others are skipped."""
        while True:
            self.need(2)
            kind, size, at = self.bytes[0] & 15, self.bytes[1] & 127, 2
            if size == 126:
                self.need(4)
                size, at = struct.unpack(">H", self.bytes[2:4])[0], 4
            elif size == 127:
                self.need(10)
                size, at = struct.unpack(">Q", self.bytes[2:10])[0], 10
            self.need(at + size)
            data = self.bytes[at:at + size]
            self.bytes = self.bytes[at + size:]
            if kind == 1:
                return json.loads(data)

    def call(self, op, **fields):
        """Asks for something in the room; the reply."""
        number = next(self.ids)
        if op not in ("hello", "ping"):
            fields.setdefault("room", self.room)
        data = json.dumps(dict(fields, op=op, id=number)).encode()
        size = struct.pack(">BBH", 0x81, 0x80 | 126, len(data))
        self.socket.sendall(size + bytes(4) + data)
        while True:
            answer = self.frame()
            if answer.get("re") == number:
                assert answer["ok"], answer
                return answer

    def say(self, text, **fields):
        return self.call("send", text=text, **fields)["seq"]

    def close(self):
        self.socket.close()


tests = []


def test(sentence):
    """A test is a sentence that holds."""
    def register(function):
        tests.append((sentence, function))
        return function
    return register


def run():
    """Runs the tests, or those whose sentence has argv[1], or else $ONLY."""
    words = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("ONLY", "")
    chosen = [t for t in tests if words in t[0]]
    print("1..%d" % len(chosen), flush=True)
    failed = 0
    for number, (sentence, function) in enumerate(chosen, 1):
        try:
            function()
            print("ok %d - %s" % (number, sentence), flush=True)
        except Exception:
            failed += 1
            print("not ok %d - %s" % (number, sentence), flush=True)
            for line in traceback.format_exc().splitlines():
                print("# " + line, flush=True)
    sys.exit(1 if failed else 0)
