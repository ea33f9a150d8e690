"""
chat_client: WebSocket frames (RFC 6455), chat.v1 frames, and the blocking
client; part of the harness in chat.py.
"""

import base64
import hashlib
import json
import os
import re
import socket
import struct
import time

from chat_base import CLOSE, ENTRIES, MORE, PING, PONG, TEXT, TIMEOUT, \
    Closed, Late, Refused, must, parse_answer

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def mask(data, key):
    """The masking of section 5.3."""
    n = len(data)
    if not n:
        return b""
    keys = (key * (n // 4 + 1))[:n]
    return (int.from_bytes(data, "big") ^ int.from_bytes(keys, "big")) \
        .to_bytes(n, "big")


def frame(opcode, payload=b"", fin=True, rsv=0, key=None, masked=True):
    """One frame as a client sends it; what is wrong is up to the caller."""
    if isinstance(payload, str):
        payload = payload.encode()
    n = len(payload)
    head = bytes([fin << 7 | rsv << 4 | opcode])
    bit = masked << 7
    if n < 126:
        head += bytes([bit | n])
    elif n < 65536:
        head += bytes([bit | 126]) + struct.pack(">H", n)
    else:
        head += bytes([bit | 127]) + struct.pack(">Q", n)
    if not masked:
        return head + payload
    key = key or os.urandom(4)
    return head + key + mask(payload, key)


def unframe(buf):
    """
    Takes whole frames off the front of a bytearray: [(opcode, fin, payload)].
    Servers neither mask nor set reserved bits.
    """
    found, at = [], 0
    while len(buf) - at >= 2:
        b0, b1 = buf[at], buf[at + 1]
        assert not b0 & 0x70, "a server's frame with reserved bits"
        assert not b1 & 0x80, "a masked frame from a server"
        n, start = b1 & 0x7f, at + 2
        if n == 126:
            if len(buf) - at < 4:
                break
            n, start = struct.unpack_from(">H", buf, at + 2)[0], at + 4
            assert n >= 126, "a length that is not minimal"
        elif n == 127:
            if len(buf) - at < 10:
                break
            n, start = struct.unpack_from(">Q", buf, at + 2)[0], at + 10
            assert n >= 65536, "a length that is not minimal"
        if len(buf) - start < n:
            break
        found.append((b0 & 15, b0 >> 7, bytes(buf[start:start + n])))
        at = start + n
    del buf[:at]
    return found


def upgrade(path, protocols="chat.v1", host="127.0.0.1", headers=(),
            key=None):
    """The bytes of an opening handshake."""
    lines = ["GET %s HTTP/1.1" % path, "Host: %s" % host,
             "Upgrade: websocket", "Connection: Upgrade",
             "Sec-WebSocket-Key: %s" % (key or "dGhlIHNhbXBsZSBub25jZQ=="),
             "Sec-WebSocket-Version: 13"]
    if protocols:
        lines.append("Sec-WebSocket-Protocol: %s" % protocols)
    return "\r\n".join([*lines, *headers, "", ""]).encode()


def once(pairs):
    keys = [k for k, _ in pairs]
    assert len(keys) == len(set(keys)), "a key comes twice: %r" % keys
    return dict(pairs)


_REPLY = re.compile(r'\{"re":(null|-?\d+|"(?:[^"\\]|\\.)*"),"ok":(true|false)')


def parse_frame(text):
    """
    A chat.v1 frame of the server, with what holds for each of them: one
    object, `re` and `ok` or `ev` first, compact, no key twice, no secrets.
    """
    value = json.loads(text, object_pairs_hook=once)
    if "re" in value:
        assert _REPLY.match(text), "re and ok don't come first: " + text
        if value["ok"] is False:
            error = value["error"]
            assert isinstance(error["code"], str) and error["text"], text
    else:
        assert text.startswith('{"ev":"'), "neither re nor ev first: " + text
    if '"token":' in text:
        assert "limits" in value, "a token where none belongs: " + text
    assert "$argon2" not in text, text
    return value


class Talk:
    """What Client and AsyncClient share: all but the socket."""

    def __init__(self, simple):
        self.simple = simple    # the original application's protocol
        self.buf = bytearray()
        self.part = None        # [opcode, payload] of a fragmented message
        self.frames = []        # everything in the order it came
        self.texts = []         # the same as text
        self.events = []        # the events of it
        self.replies = {}       # by re
        self.errors = []        # replies with "re":null
        self.pongs = []
        self.pings = 0
        self.close_code = None  # None while open; 1006 without a close frame
        self.close_reason = ""
        self.last_id = 0
        self.user = self.token = self.hello_reply = None

    def _take(self, data):
        """Takes bytes, gives those to be sent in answer."""
        self.buf += data
        out = b""
        for opcode, fin, payload in unframe(self.buf):
            assert self.close_code is None, "a frame behind the last one"
            if opcode == PING:
                self.pings += 1
                out += frame(PONG, payload)
            elif opcode == PONG:
                self.pongs.append(payload)
            elif opcode == CLOSE:
                self.close_code = 1005 if len(payload) < 2 else \
                    struct.unpack(">H", payload[:2])[0]
                self.close_reason = payload[2:].decode()
                out += frame(CLOSE, payload[:2])
            elif not fin or opcode == MORE:
                if opcode != MORE:
                    self.part = [opcode, payload]
                else:
                    self.part[1] += payload
                if fin:
                    self._message(*self.part)
                    self.part = None
            else:
                self._message(opcode, payload)
        return out

    def _message(self, opcode, payload):
        assert opcode == TEXT, "a binary message from the server"
        text = payload.decode()
        self.texts.append(text)
        value = json.loads(text) if self.simple else parse_frame(text)
        self.frames.append(value)
        if "re" not in value:
            self.events.append(value)
            self._event(value)
        elif value["re"] is None:
            self.errors.append(value)
        else:
            self.replies[value["re"]] = value

    def _event(self, event):
        pass

    def _request(self, op, fields):
        self.last_id += 1
        fields = {k: v for k, v in fields.items() if v is not None}
        return self.last_id, json.dumps(
            {"op": op, "id": self.last_id, **fields}, ensure_ascii=False)

    def _hello(self, reply):
        assert reply["ok"], reply
        self.hello_reply = reply
        self.user = reply["user"]
        self.token = reply.get("token", self.token)

    def _closed(self):
        if self.close_code is None:
            self.close_code = 1006

    def entries(self, room):
        """The log's entries of a room that came, in that order."""
        return [e for e in self.events
                if e.get("room") == room and "seq" in e and e["ev"] in ENTRIES]


class Client(Talk):
    """
    A blocking connection.  Every wait has a deadline (timeout, seconds).

    path, protocols, headers, host, origin: of the handshake
    rcvbuf   SO_RCVBUF: a small one makes a slow reader
    tls      an ssl.SSLContext
    """

    def __init__(self, server, path="/ws", protocols="chat.v1", headers=(),
                 host=None, origin=None, rcvbuf=None, tls=None, timeout=None,
                 address=None):
        super().__init__(simple=path != "/ws")
        self.timeout = timeout or TIMEOUT
        self.sock = server.connect(self.timeout, rcvbuf, address)
        if tls:
            self.sock = tls.wrap_socket(self.sock, server_hostname="localhost")
        headers = list(headers)
        if origin is not None:
            headers.append("Origin: %s" % origin)
        if path != "/ws" and protocols == "chat.v1":
            protocols = None
        key = base64.b64encode(os.urandom(16))
        self.sock.sendall(upgrade(
            path, protocols, host or "127.0.0.1:%d" % server.port, headers,
            key.decode()))
        head = b""
        while b"\r\n\r\n" not in head:
            try:
                data = self.sock.recv(65536)
            except ConnectionError:
                data = b""
            if not data:
                break
            head += data
        head, _, rest = head.partition(b"\r\n\r\n")
        self.answer = parse_answer(head + b"\r\n\r\n")
        if self.answer.status != 101:
            self.sock.close()
            raise Refused(self.answer)
        assert self.answer.headers["sec-websocket-accept"] == \
            base64.b64encode(hashlib.sha1(key + GUID).digest()).decode()
        self._answer(self._take(rest))

    def _answer(self, out):
        if out:
            try:
                self.sock.sendall(out)
            except OSError:
                pass

    # -- bytes

    def send_raw(self, data):
        self.sock.settimeout(self.timeout)
        self.sock.sendall(data)

    def send_frame(self, opcode, payload=b"", **options):
        self.send_raw(frame(opcode, payload, **options))

    def send_text(self, text):
        self.send_frame(TEXT, text)

    def send_json(self, value):
        self.send_text(json.dumps(value, ensure_ascii=False))

    def pump(self, timeout):
        """Reads once, at most so long; False if nothing came."""
        if self.close_code is not None:
            raise Closed(self.close_code, self.close_reason)
        self.sock.settimeout(max(timeout, 0.0001))
        try:
            data = self.sock.recv(262144)
        except (socket.timeout, BlockingIOError):
            return False
        except OSError:
            data = b""
        if data:
            self._answer(self._take(data))
        else:
            self._closed()
        return True

    def until(self, condition, timeout=None, what="what was waited for"):
        """Reads until condition() is true, and gives its value."""
        end = time.monotonic() + (timeout or self.timeout)
        while True:
            value = condition()
            if value:
                return value
            left = end - time.monotonic()
            if left <= 0:
                raise Late("%s did not come; last frames: %s" % (
                    what, "\n".join(t[:300] for t in self.texts[-5:])))
            self.pump(left)

    # -- the protocol

    def ask(self, op, **fields):
        """Sends a request, gives its id."""
        ident, text = self._request(op, fields)
        self.send_text(text)
        return ident

    def reply(self, ident, timeout=None):
        """The reply to that id."""
        return self.until(lambda: self.replies.get(ident), timeout,
                          "the reply to %r" % (ident,))

    def request(self, op, timeout=None, **fields):
        """Sends a request, gives its reply, whatever it says."""
        return self.reply(self.ask(op, **fields), timeout)

    def ok(self, op, timeout=None, **fields):
        """The reply of a request that must succeed."""
        return must(self.request(op, timeout, **fields))

    def error(self, op, code=None, **fields):
        """The `error` of a request that must fail (with that code)."""
        reply = self.request(op, **fields)
        assert reply["ok"] is False, "succeeded: %r" % reply
        assert code in (None, reply["error"]["code"]), \
            "%s instead of %s: %r" % (reply["error"]["code"], code, reply)
        return reply["error"]

    def hello(self, nick=None, token=None, **fields):
        self._hello(self.request("hello", nick=nick, token=token, **fields))
        if token:
            self.token = token
        return self.hello_reply

    def wait(self, pred, timeout=None, since=0):
        """The first event, from that index on, for which pred is true."""
        return self.until(lambda: next(
            (e for e in self.events[since:] if pred(e)), None), timeout,
            "the event")

    def wait_seq(self, room, seq, timeout=None):
        """The entry of that number."""
        return self.wait(lambda e: e.get("seq") == seq and
                         e.get("room") == room and e["ev"] in ENTRIES, timeout)

    def sync(self):
        """Returns when all that was sent before is answered."""
        self.ok("ping")

    def wait_close(self, timeout=None):
        """The code with which the server closes (1006: without one)."""
        try:
            self.until(lambda: self.close_code is not None, timeout,
                       "the end of the connection")
        except Closed:
            pass
        return self.close_code

    def close(self, code=1000):
        """Closes like a polite client, without waiting for the answer."""
        try:
            self.send_frame(CLOSE, struct.pack(">H", code))
        except OSError:
            pass
        self.sock.close()

    def abort(self):
        """Cuts the connection (RST)."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                             struct.pack("ii", 1, 0))
        self.sock.close()

    def history(self, room, limit=200, **place):
        """All pages from the beginning, or from the place given, as a list."""
        after = place.pop("after", 0)
        entries = []
        while True:
            page = self.ok("history", room=room, after=after, limit=limit)
            entries += page["entries"]
            if not page["more"]:
                return entries
            after = page["entries"][-1]["seq"]

    def replay(self, room, timeout=None):
        """The whole log as `join after 0` hands it out."""
        start = len(self.events)
        reply = self.ok("join", room=room, after=0)
        assert reply["recovered"] is True, reply
        want = reply["replay"]

        def got():
            found = [e for e in self.events[start:] if e.get("room") == room
                     and "seq" in e and e["ev"] in ENTRIES]
            return len(found) >= want and (found[:want] or [None])
        found = self.until(got, timeout, "the replay of %s" % room)
        return [] if found == [None] else found
