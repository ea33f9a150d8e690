"""
chat_nodes: Redis, and several chatsrv on one store and one Redis; part of the
harness in chat.py.
"""

import atexit
import os
import select
import signal
import socket
import subprocess
import threading

from chat_base import SLACK, new_folder, wait_for
from chat_server import Server



class Redis:
    """
    One redis-server on a unix socket in its own folder.  .spec is the
    argument of --channel.
    """

    all = []

    def __init__(self, *options):
        self.tmp = new_folder("redis")
        self.socket = os.path.join(self.tmp, "redis.sock")
        self.spec = "redis+unix://" + self.socket
        self.options = options
        self.process = None
        Redis.all.append(self)
        self.start()

    def start(self):
        with open(os.path.join(self.tmp, "redis.log"), "ab") as log:
            self.process = subprocess.Popen(
                ["redis-server", "--port", "0", "--unixsocket", self.socket,
                 "--save", "", "--dir", self.tmp, *self.options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_for(lambda: self.cli("ping").stdout.strip() == "PONG" or
                 "NOAUTH" in self.cli("ping").stdout, 10 * SLACK,
                 "redis-server answers", 0.02)

    def cli(self, *words):
        return subprocess.run(["redis-cli", "-s", self.socket, *words],
                              text=True, capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=30)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def clients(self):
        """{name: value} of each connection to it."""
        return [dict(word.split("=", 1) for word in line.split())
                for line in self.cli("client", "list").stdout.splitlines()]

    def kill_client(self, subscribing):
        """Cuts one connection of that side of some node; False: none."""
        for c in self.clients():
            if "client" not in c["cmd"] and (c["sub"] != "0") == subscribing:
                return self.cli("client", "kill", "id",
                                c["id"]).stdout.strip() == "1"
        return False


class Line:
    """
    The way of one node to Redis: a socket of its own, .spec for --channel.
    cut() closes it until mend(); deaf(True) holds back what comes from Redis,
    mute(True) what goes there.
    """

    def __init__(self, redis):
        self.redis = redis
        self.path = os.path.join(new_folder("line"), "line.sock")
        self.spec = "redis+unix://" + self.path
        self.pairs = []         # (from the node, to Redis)
        self.whole, self.is_deaf, self.is_mute = True, False, False
        self.lock = threading.Lock()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(16)
        self.wake, self.waker = socket.socketpair()
        threading.Thread(target=self._run, daemon=True).start()

    def _change(self, **how):
        with self.lock:
            self.__dict__.update(how)
            if not self.whole:
                self._close_all()
        self.waker.send(b"x")

    def cut(self):
        self._change(whole=False)

    def mend(self):
        self._change(whole=True)

    def deaf(self, on):
        self._change(is_deaf=on)

    def mute(self, on):
        self._change(is_mute=on)

    def _close_all(self):
        for pair in self.pairs:
            for s in pair:
                s.close()
        self.pairs = []

    def _accept(self):
        near = self.listener.accept()[0]
        far = socket.socket(socket.AF_UNIX)
        try:
            if not self.whole:
                raise OSError
            far.connect(self.redis.socket)
            self.pairs.append((near, far))
        except OSError:
            near.close()
            far.close()

    def _pass_on(self, pair, source):
        near, far = pair
        try:
            data = source.recv(65536)
            (far if source is near else near).sendall(data)
        except OSError:
            data = b""
        if not data:
            near.close()
            far.close()
            self.pairs.remove(pair)

    def _run(self):
        while True:
            with self.lock:
                sources = {s: pair for pair in self.pairs for s, held in
                           zip(pair, (self.is_mute, self.is_deaf))
                           if not held}
            ready, _, _ = select.select(
                [self.listener, self.wake, *sources], [], [])
            with self.lock:
                for s in ready:
                    if s is self.wake:
                        s.recv(4096)
                    elif s is self.listener:
                        self._accept()
                    elif sources[s] in self.pairs:
                        self._pass_on(sources[s], s)


def nodes(n, redis, **settings):
    """n servers on one store and that Redis."""
    first = Server(server_channel=redis.spec, **settings)
    return [first] + [
        Server(server_channel=redis.spec, store=first.store, **settings)
        for _ in range(n - 1)]


def channel_up(server):
    return server.metrics()["chatsrv_channel_up"] == 1


def wait_up(servers, up=True, timeout=15):
    """Returns when all know that the channel is up, or away."""
    for s in servers:
        wait_for(lambda: channel_up(s) == up, timeout * SLACK,
                 "the channel is %s" % ("up" if up else "away"), 0.02)


@atexit.register
def _clean_up():
    for redis in Redis.all:
        if redis.process.poll() is None:
            redis.process.kill()
