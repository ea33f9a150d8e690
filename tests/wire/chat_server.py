"""
chat_server: one chatsrv from its start to its end, and the disk under it;
part of the harness in chat.py.
"""

import atexit
import collections
import mmap
import os
import re
import select
import signal
import struct
import subprocess
import tempfile
import time

from chat_base import BUILD, SLACK, SRC, Late, connect, current, \
    new_folder, parse_answer, read_all
from chat_client import Client

def program():
    """The path of chatsrv."""
    return os.environ.get("CHATSRV") or \
        os.path.join(BUILD, "chatsrv", "chatsrv")


_sanitized = {}


def sanitized():
    """True if chatsrv was built with AddressSanitizer."""
    path = program()
    if path not in _sanitized:
        with open(path, "rb") as f:
            _sanitized[path] = b"__asan_init" in f.read()
    return _sanitized[path]


def environment(extra=None, preload=None):
    """The environment in which chatsrv is started."""
    env = {k: v for k, v in os.environ.items()
           if not k.startswith(("CHATSRV_", "LISTEN_"))
           and k not in ("CHATSRV", "JOURNAL_STREAM", "NOTIFY_SOCKET")}
    env["ASAN_OPTIONS"] = "exitcode=99:quarantine_size_mb=8:" + \
        env.get("ASAN_OPTIONS", "")
    env["UBSAN_OPTIONS"] = "print_stacktrace=1:exitcode=99:" + \
        env.get("UBSAN_OPTIONS", "")
    if preload:
        env["LD_PRELOAD"] = preload
        env["ASAN_OPTIONS"] += ":verify_asan_link_order=0"
    env.update(extra or {})
    return env


def chatsrv(*args, env=None, timeout=30, **popen):
    """
    Runs the program to its end: .returncode, .stdout, .stderr (text).  To
    serve it finds our pages; what it makes here and now is thrown away.
    """
    if args and args[0] in ("--listen", "--store", "--channel"):
        args += ("--www", os.path.join(SRC, "www"))
    with tempfile.TemporaryDirectory(prefix="chat-run-") as here:
        return subprocess.run([os.path.abspath(program()), *args],
                              env=environment(env), cwd=here, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=timeout * SLACK, **popen)


class Server:
    """
    One chatsrv.  Settings are given as section_key=value (the first _ is the
    dot): Server(limits_enabled="yes").  What the tests want by themselves:
    limits.enabled=no, a store in .tmp and one listener on a free port.

    listen    list of --listen arguments
    store     the argument of --store
    args      more arguments, env more environment, preload a shared object
    limit     (resource.RLIMIT_X, value) pairs

    .tmp the folder   .db the store's file   .log the file that has stderr
    .addresses what was told on --ready-fd   .port of the first of them
    .pid .process
    """

    all = []

    def __init__(self, build=None, listen=None, store=None, args=(), env=None,
                 preload=None, start=True, limit=(), **settings):
        self.program = program() if build is None else \
            os.path.join(build, "chatsrv", "chatsrv")
        self.tmp = new_folder("wire")
        self.db = os.path.join(self.tmp, "chat.db")
        self.store = store or "sqlite:" + self.db
        self.log = os.path.join(self.tmp, "chatsrv.log")
        self.listen = listen or ["127.0.0.1:0"]
        self.args, self.env, self.preload = list(args), env, preload
        self.limit = limit
        self.settings = {"limits_enabled": "no", **settings}
        self.process = None
        self.addresses = []
        self.port = 0
        self.test = current()           # in whose report its log is
        Server.all.append(self)
        if start:
            self.start()

    # -- its life

    def command(self):
        argv = [self.program]
        for address in self.listen:
            argv += ["--listen", address]
        argv += ["--store", self.store, "--www", os.path.join(SRC, "www")]
        for key, value in self.settings.items():
            argv += ["--set", "%s=%s" % (key.replace("_", ".", 1), value)]
        return argv + self.args

    def _limits(self):
        import resource
        for what, value in self.limit:
            resource.setrlimit(what, (value, value))

    def start(self, timeout=20):
        """Starts it and returns when every listener is ready."""
        assert self.process is None or self.process.poll() is not None
        if self.port and self.listen == ["127.0.0.1:0"]:
            self.listen = ["127.0.0.1:%d" % self.port]
        r, w = os.pipe()
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.command() + ["--ready-fd", str(w)], pass_fds=[w],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=environment(self.env, self.preload),
                preexec_fn=self._limits if self.limit else None)
        os.close(w)
        self.pid = self.process.pid
        told = b""
        end = time.monotonic() + timeout * SLACK
        try:
            while told.count(b"\n") < len(self.listen):
                left = max(0, end - time.monotonic())
                if not select.select([r], [], [], left)[0]:
                    raise Late("chatsrv told only %r" % told)
                data = os.read(r, 4096)
                if not data:
                    code = self.process.wait(10)
                    raise AssertionError("chatsrv ended with %d\n%s" % (
                        code, self.log_tail()))
                told += data
        finally:
            os.close(r)
        self.addresses = told.decode().split("\n")[:-1]
        first = self.addresses[0]
        if not first.startswith("unix:"):
            self.port = int(first.rsplit(":", 1)[1])
        return self

    def running(self):
        return self.process is not None and self.process.poll() is None

    def wait_exit(self, timeout=20):
        """Its exit code."""
        try:
            return self.process.wait(timeout * SLACK)
        except subprocess.TimeoutExpired:
            raise Late("chatsrv did not end") from None

    def kill9(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def restart(self, kill=False):
        """Ends it (with kill: by SIGKILL) and starts it at the same place."""
        if self.running():
            self.kill9() if kill else self.terminate()
        return self.start()

    def terminate(self, timeout=20):
        """SIGTERM: must end with 0 and without a sanitizer's report."""
        if self.running():
            self.process.send_signal(signal.SIGTERM)
        code = self.wait_exit(timeout)
        assert code == 0, "chatsrv ended with %d\n%s" % (code, self.log_tail())
        self.check_log()

    def close(self):
        """At the end of a test program: gone, whatever it does."""
        if self.running():
            self.kill9()

    # -- what it tells

    def log_text(self):
        try:
            with open(self.log, errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def log_tail(self, lines=30):
        return "\n".join(self.log_text().split("\n")[-lines:])

    def check_log(self):
        text = self.log_text()
        for word in ("AddressSanitizer", "LeakSanitizer", "runtime error:",
                     "UndefinedBehaviorSanitizer"):
            assert word not in text, text[text.index(word):][:4000]

    def rss(self):
        """Resident memory in bytes."""
        with open("/proc/%d/status" % self.pid) as f:
            return int(re.search(r"VmRSS:\s+(\d+) kB", f.read())[1]) * 1024

    def address(self):
        """Where to connect: (host, port), or a unix socket's path."""
        if self.addresses[0].startswith("unix:"):
            return self.addresses[0][5:]
        return ("127.0.0.1", self.port)

    def metrics(self):
        """/metrics as {name with labels: value}."""
        found = {}
        for line in self.get("/metrics").body.decode().split("\n"):
            if line and not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                found[name] = float(value)
        return found

    # -- talking to it

    def connect(self, timeout=None, rcvbuf=None, address=None):
        """A bare socket."""
        return connect(address or self.address(), timeout, rcvbuf)

    def raw(self, data, timeout=None):
        """Sends bytes on a new socket, gives all bytes until it is closed."""
        with self.connect(timeout) as s:
            try:
                s.sendall(data)
            except OSError:
                pass
            return read_all(s, timeout)

    def get(self, path, method="GET", host=None, headers=(), timeout=None):
        """One HTTP request: Answer(status, headers, body, raw)."""
        lines = ["%s %s HTTP/1.1" % (method, path),
                 "Host: %s" % (host or "127.0.0.1:%d" % self.port),
                 "Connection: close", *headers, "", ""]
        return parse_answer(self.raw("\r\n".join(lines).encode(), timeout))

    def client(self, nick=None, token=None, **options):
        """A Client that has said hello."""
        c = Client(self, **options)
        c.hello(nick, token)
        return c


def shim():
    """
    Compiles fsync.c (a head comment there says what it does) once for this
    program and gives its path.
    """
    if not hasattr(shim, "path"):
        path = os.path.join(new_folder("shim"), "fsync.so")
        subprocess.run([os.environ.get("CC", "cc").split()[0], "-std=c11",
                        "-D_GNU_SOURCE", "-O1", "-fPIC", "-shared", "-Wall",
                        "-o", path,
                        os.path.join(SRC, "tests", "wire", "fsync.c"),
                        "-ldl", "-lpthread"], check=True)
        shim.path = path
    return shim.path


RECORD = struct.Struct("=QQIiiI")
Record = collections.namedtuple("Record", "began done fd result kind data")


def records(path):
    """The shim's log, in the order of `done`."""
    found = []
    with open(path, "rb") as f:
        while head := f.read(RECORD.size):
            began, done, n, fd, result, kind = RECORD.unpack(head)
            found.append(Record(began, done, fd, result, chr(kind),
                                f.read(n)))
    return found


class Disk:
    """
    A server under the shim, and its disk.  switch[0] = 1: syncs fail;
    switch[1] = 1: the disk is full; switch[2], [3] how often that was met;
    switch[4] = 1: syncs wait, switch[5] how many have; switch[6] = 1: those
    of checkpoints fail.
    .folder has the store and nothing else, records() what was noted.
    """

    def __init__(self, **settings):
        self.tmp = new_folder("disk")
        control = os.path.join(self.tmp, "control")
        self.log = os.path.join(self.tmp, "order")
        self.folder = os.path.join(self.tmp, "store")
        os.mkdir(self.folder)
        with open(control, "wb") as f:
            f.write(bytes(16))
        with open(control, "r+b") as f:
            self.switch = mmap.mmap(f.fileno(), 16)
        self.server = Server(
            store="sqlite:" + os.path.join(self.folder, "chat.db"),
            preload=shim(), env={"CHAT_SHIM_LOG": self.log,
                                 "CHAT_SHIM_CONTROL": control,
                                 "CHAT_SHIM_DIR": self.folder}, **settings)

    def records(self):
        return records(self.log)


@atexit.register
def _clean_up():
    for server in list(Server.all):     # tests in other threads may still fail
        server.close()
