"""
relay: a line between a client and a server that can be made to fail.

With Relay(port, bad) as relay: relay.port is as good as port, until a frame
comes from a client for which bad(payload) is true: it reaches the server, and
nothing from it reaches that client any more, as long as .swallow is true;
.met says that one came.
"""

import select
import socket
import threading

from chat import mask


class Frames:
    """The payloads in what a client sends (RFC 6455), as they get whole."""

    def __init__(self):
        self.data, self.upgraded = b"", False

    def take(self, data):
        self.data += data
        if not self.upgraded:
            _, end, rest = self.data.partition(b"\r\n\r\n")
            if not end:
                return
            self.upgraded, self.data = True, rest
        while len(self.data) >= 6:
            n, at = self.data[1] & 0x7f, 2
            if n >= 126:
                at = 4 if n == 126 else 10
                n = int.from_bytes(self.data[2:at], "big")
            end = at + 4 + n
            if len(self.data) < end:
                return
            yield mask(self.data[at + 4:end], self.data[at:at + 4])
            self.data = self.data[end:]


class Relay:
    def __init__(self, port, bad):
        self.target, self.bad = port, bad
        self.swallow, self.met, self.ending = True, False, False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.ending = True
        self.listener.close()

    def _accept(self):
        while not self.ending:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._connect, args=(near,),
                             daemon=True).start()

    def _connect(self, near):
        with near:
            try:
                with socket.create_connection(("127.0.0.1", self.target)
                                              ) as far:
                    self._carry(near, far)
            except OSError:
                return              # the server is away, or one of them left

    def _carry(self, near, far):
        frames, silent = Frames(), False
        while not self.ending:
            for s in select.select([near, far], [], [], 0.2)[0]:
                data = s.recv(65536)
                if not data:
                    return
                if s is far:
                    if not silent:
                        near.sendall(data)
                    continue
                for payload in frames.take(data):
                    silent = silent or (self.swallow and self.bad(payload))
                far.sendall(data)
                self.met = self.met or silent
