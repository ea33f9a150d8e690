"""What the benchmarks run: chatsrv, the floor and the load generator.

Each is one process in a temporary folder, on a free port of 127.0.0.1, ended
by its process id.  With two processors or more the server and the generator
are pinned to different ones, so that the CPU time of a delivery does not
depend on where the scheduler put them.
"""

import json
import os
import select
import signal
import socket
import subprocess
import time
import urllib.request

START_SECONDS = 30
ANSWER_SECONDS = 240
WWW = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir,
                   os.pardir, "www")
CPUS = sorted(os.sched_getaffinity(0))

trace = None        # a file that gets every command and its answer


class BenchError(Exception):
    """The run is worthless: what is measured did not do what it must."""


def pin(seat):
    """A preexec_fn that keeps a process on one processor; None: anywhere."""
    if seat is None or len(CPUS) < 2:
        return None
    return lambda: os.sched_setaffinity(0, {CPUS[seat % len(CPUS)]})


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def readable(fd, seconds):
    return bool(select.select([fd], [], [], seconds)[0])


class Process:
    """A child process; leaving its `with` block ends it."""

    def __init__(self, argv, log, seat=None, **popen):
        self.name = os.path.basename(argv[0])
        self.log = log
        with open(log, "ab") as err:
            self.child = subprocess.Popen(argv, stderr=err, text=True,
                                          preexec_fn=pin(seat), **popen)
        self.pid = self.child.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self, seconds=10):
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
        try:
            return self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            raise BenchError(f"{self.name} did not end within {seconds} s "
                             f"of SIGTERM")
        finally:
            for pipe in (self.child.stdin, self.child.stdout):
                if pipe is not None:
                    pipe.close()

    def fail(self, what):
        """Ends it and raises, with the last lines that it wrote to stderr."""
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait()
        try:
            with open(self.log, errors="replace") as f:
                tail = "".join(f.readlines()[-5:]).strip()
        except OSError:
            tail = ""
        raise BenchError(f"{self.name}: {what}" + (f"\n{tail}" if tail else ""))


class Server(Process):
    """A process that listens on `address` and serves GET /metrics."""

    address = None

    def counters(self):
        """The plain counters of /metrics, by name."""
        url = f"http://{self.address}/metrics"
        with urllib.request.urlopen(url, timeout=10) as reply:
            text = reply.read().decode()
        found = {}
        for line in text.splitlines():
            name, _, value = line.partition(" ")
            if name and not name.startswith("#") and "{" not in name:
                found[name] = float(value.split()[0])
        return found

    def rss(self):
        """
        Resident bytes, by /proc/PID/smaps_rollup, or, where only root may
        read that, by /proc/PID/status, which is a little behind.
        """
        try:
            f = open(f"/proc/{self.pid}/smaps_rollup")
        except PermissionError:
            f = open(f"/proc/{self.pid}/status")
        with f:
            for line in f:
                if line.startswith(("Rss:", "VmRSS:")):
                    return int(line.split()[1]) * 1024
        raise BenchError("no Rss in /proc")


class Floor(Server):
    """The least server; `mode` is one or turn."""

    def __init__(self, tools, folder, mode, gather=1, seat=0):
        super().__init__([os.path.join(tools.bench, "floor"), "--listen",
                          "127.0.0.1:0", "--mode", mode, "--gather",
                          str(gather)],
                         os.path.join(folder, "floor.log"), seat,
                         stdout=subprocess.PIPE)
        if not readable(self.child.stdout, START_SECONDS):
            self.fail("does not listen")
        self.address = self.child.stdout.readline().strip()
        if not self.address:
            self.fail("did not start")


def chatsrv_argv(tools, folder, address, ready_fd):
    """The command that every benchmark starts chatsrv with."""
    return [tools.chatsrv, "--listen", address, "--store",
            "sqlite:" + os.path.join(folder, "chat.db"), "--channel",
            "memory:", "--www", WWW, "--set", "limits.enabled=no",
            "--ready-fd", str(ready_fd)]


class Chatsrv(Server):
    """chatsrv with its store in `folder`, ready when the call returns."""

    def __init__(self, tools, folder, seat=0):
        self.address = f"127.0.0.1:{free_port()}"
        ready, their_end = os.pipe()
        try:
            super().__init__(chatsrv_argv(tools, folder, self.address,
                                          their_end),
                             os.path.join(folder, "chatsrv.log"), seat,
                             stdout=subprocess.DEVNULL,
                             pass_fds=[their_end])
            os.close(their_end)
            if not readable(ready, START_SECONDS) or not os.read(ready, 64):
                self.fail("did not become ready")
        finally:
            os.close(ready)


class Load(Process):
    """The generator: one command, one answer."""

    def __init__(self, tools, folder, server, seats=1000, joining=None,
                 query=None, name="b", seat=1, peers=20000):
        argv = [os.path.join(tools.bench, "load"), "--connect",
                server.address, "--pid", str(server.pid), "--seats",
                str(seats), "--name", name, "--peers", str(peers)]
        if joining is not None:
            argv += ["--joining", str(joining)]
        if query is not None:
            argv += ["--floor", query]
        super().__init__(argv, os.path.join(folder, "load.log"), seat,
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.server = server

    def ask(self, command, **words):
        line = " ".join([command] + [f"{k}={v}" for k, v in words.items()])
        try:
            self.child.stdin.write(line + "\n")
            self.child.stdin.flush()
        except BrokenPipeError:
            self.fail(f"ended before: {line}")
        if not readable(self.child.stdout, ANSWER_SECONDS):
            self.fail(f"no answer to: {line}")
        answer = self.child.stdout.readline()
        if not answer:
            self.child.wait()
            self.fail(f"ended at: {line}")
        if trace is not None:
            trace.write(f"{self.server.name}: {line}: {answer}")
            trace.flush()
        return json.loads(answer)

    def connect(self, count, **words):
        answer = self.ask("connect", count=count, **words)
        if answer["ready"] != count:
            raise BenchError(f"{answer['ready']} of {count} connections are "
                             f"ready: {answer['error']}")
        return answer

    def run(self, **words):
        """A run in which every delivery and reply that was owed has come."""
        answer = self.ask("run", **words)
        owed, came = answer["expected"], answer["deliveries"]
        if not answer["whole"] or came != owed or answer["errors"] != 0 or \
                answer["acks"] != answer["sent"]:
            raise BenchError(
                f"{came} deliveries of {owed}, {answer['acks']} replies of "
                f"{answer['sent']}, {answer['errors']} errors: "
                f"{answer['error'] or 'no reason told'}")
        return answer


def run_tool(argv, seconds=600):
    """Runs a program of ours that prints one line of JSON."""
    done = subprocess.run(argv, capture_output=True, text=True,
                          timeout=seconds)
    if done.returncode != 0:
        raise BenchError(f"{os.path.basename(argv[0])}: "
                         f"{done.stderr.strip() or done.returncode}")
    return json.loads(done.stdout)


def wait_for(condition, seconds, what):
    """Waits until condition() is true; raises when the time is over."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise BenchError(f"{what}: not within {seconds} s")
        time.sleep(0.01)
