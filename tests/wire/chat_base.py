"""
chat_base: constants, errors, folders, waiting, and bare sockets for the
harness in chat.py.
"""

import atexit
import collections
import os
import re
import shutil
import signal
import socket
import tempfile
import threading
import time

SRC = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get("BUILD", "."))
SLACK = float(os.environ.get("SLACK", "1"))
TIMEOUT = 10 * SLACK

TEXT, BINARY, CLOSE, PING, PONG, MORE = 1, 2, 8, 9, 10, 0
ENTRIES = ("message", "edit", "delete", "react", "unreact", "topic", "member",
           "set", "pin", "unpin")

running = threading.local()     # .test: the test that runs in this thread
_folders = []


def new_folder(name):
    """A folder that is there until this program ends (KEEP=1: and later)."""
    path = tempfile.mkdtemp(prefix="chat-%s-" % name)
    _folders.append(path)
    return path


@atexit.register        # the first, so it comes after those that end processes
def _remove_folders():
    if not os.environ.get("KEEP"):
        for path in _folders:
            shutil.rmtree(path, ignore_errors=True)


# A shell's background jobs ignore it, and so would all that we start.
signal.signal(signal.SIGINT, signal.default_int_handler)
for _number in (signal.SIGTERM, signal.SIGHUP):     # end us as Ctrl-C does
    signal.signal(_number, signal.default_int_handler)


def current():
    """The function of the test that runs in this thread."""
    return getattr(running, "test", None)


class Late(AssertionError):
    """A condition did not come true in time."""


class Closed(AssertionError):
    """The connection ended while something was expected of it."""

    def __init__(self, code, reason=""):
        super().__init__("closed with %s %r" % (code, reason))
        self.code, self.reason = code, reason


class Refused(AssertionError):
    """The handshake was not answered with 101."""

    def __init__(self, answer):
        super().__init__("handshake refused: %r" % (answer,))
        self.answer, self.status = answer, answer.status


def wait_for(condition, timeout=None, what="the condition", step=0.01):
    """Polls until condition() is true, gives its value; Late after that."""
    end = time.monotonic() + (timeout or TIMEOUT)
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Late("%s did not come true" % what)
        time.sleep(step)


def must(reply):
    assert reply["ok"] is True, "not ok: %r" % reply
    return reply


Answer = collections.namedtuple("Answer", "status headers body raw")


def connect(address, timeout=None, rcvbuf=None):
    s = socket.socket(socket.AF_UNIX if isinstance(address, str)
                      else socket.AF_INET)
    if rcvbuf:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
    s.settimeout(timeout or TIMEOUT)
    s.connect(address)
    return s


def read_all(s, timeout=None):
    """All bytes until the peer closes; Late if it does not."""
    data = b""
    end = time.monotonic() + (timeout or TIMEOUT)
    while True:
        s.settimeout(max(0.001, end - time.monotonic()))
        try:
            more = s.recv(65536)
        except socket.timeout:
            raise Late("not closed, only %r came" % data[:200]) from None
        except OSError:
            return data
        if not more:
            return data
        data += more


def parse_answer(raw):
    """An HTTP answer's bytes as an Answer; status 0 if there was none."""
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    m = re.match(r"HTTP/1\.[01] (\d{3})", lines[0])
    headers = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    if headers.get("transfer-encoding", "").lower() == "chunked":
        whole, rest = b"", body
        while rest:
            size, _, rest = rest.partition(b"\r\n")
            n = int(size.split(b";")[0] or b"0", 16)
            whole, rest = whole + rest[:n], rest[n + 2:]
        body = whole
    return Answer(int(m[1]) if m else 0, headers, body, raw)
