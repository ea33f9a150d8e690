"""
chat_nodes: Redis, and several chatsrv on one store and one Redis; part of the
harness in chat.py.
"""

import atexit
import os
import signal
import subprocess

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
