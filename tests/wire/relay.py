"""
relay: a line between a client and a server that can be made to fail.

With Relay(port, bad) as relay: relay.port is as good as port, until bytes
come from a client for which bad(bytes) is true, unmasked: they reach the
server, and nothing from it reaches that client any more, as long as .swallow
is true.
"""

import select
import socket
import threading


def unmasked(data):
    """The payload of the first frame, if it is a client's (RFC 6455)."""
    if len(data) < 6 or not data[1] & 0x80:
        return data
    n, at = data[1] & 0x7f, 2
    if n == 126:
        n, at = int.from_bytes(data[2:4], "big"), 4
    elif n == 127:
        n, at = int.from_bytes(data[2:10], "big"), 10
    key, body = data[at:at + 4], data[at + 4:at + 4 + n]
    return bytes(b ^ key[i & 3] for i, b in enumerate(body))


class Relay:
    def __init__(self, port, bad):
        self.target, self.bad, self.swallow = port, bad, True
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.ending = False

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
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
            threading.Thread(target=self._carry, args=(near,),
                             daemon=True).start()

    def _carry(self, near):
        far = socket.create_connection(("127.0.0.1", self.target))
        silent = False
        with near, far:
            while not self.ending:
                for s in select.select([near, far], [], [], 0.2)[0]:
                    try:
                        data = s.recv(65536)
                    except OSError:
                        return
                    if not data:
                        return
                    if s is near:
                        silent |= self.swallow and self.bad(unmasked(data))
                        far.sendall(data)
                    elif not silent:
                        near.sendall(data)
