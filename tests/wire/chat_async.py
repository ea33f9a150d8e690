"""
chat_async: clients for asyncio, and one that comes back by itself; part of
the harness in chat.py.
"""

import asyncio
import base64
import contextlib
import os
import random
import time

from chat_base import ENTRIES, SLACK, TEXT, TIMEOUT, Closed, Late, must
from chat_client import Talk, frame, upgrade


class AsyncClient(Talk):
    """The same for asyncio.  c = await AsyncClient.open(server)"""

    @classmethod
    async def open(cls, server, nick=None, token=None, hello=True):
        self = cls(simple=False)
        self.news = asyncio.Event()
        self.reader, self.writer = await asyncio.open_connection(
            "127.0.0.1", server.port, limit=1 << 20)
        self.writer.write(upgrade("/ws",
                                  host="127.0.0.1:%d" % server.port))
        head = await self.reader.readuntil(b"\r\n\r\n")
        status = head.split(b"\r\n")[0]
        if b" 503 " in status:          # it stops: another time, or server
            self.writer.close()
            raise ConnectionRefusedError(status.decode())
        assert b" 101 " in status, head
        self.task = asyncio.create_task(self._read())
        if hello:
            self._hello(await self.request("hello", nick=nick, token=token))
        return self

    async def _read(self):
        try:
            while data := await self.reader.read(262144):
                out = self._take(data)
                if out:
                    self.writer.write(out)
                self.news.set()
        except OSError:
            pass
        finally:
            self._closed()
            self.news.set()
            self.writer.close()

    async def until(self, condition, timeout=None):
        end = time.monotonic() + (timeout or TIMEOUT)
        while True:
            value = condition()
            if value:
                return value
            if self.close_code is not None:
                raise Closed(self.close_code, self.close_reason)
            self.news.clear()
            try:
                await asyncio.wait_for(self.news.wait(),
                                       max(0, end - time.monotonic()))
            except asyncio.TimeoutError:
                raise Late("nothing came in time") from None

    def ask(self, op, **fields):
        ident, text = self._request(op, fields)
        self.writer.write(frame(TEXT, text))
        return ident

    async def reply(self, ident, timeout=None):
        return await self.until(lambda: self.replies.get(ident), timeout)

    async def request(self, op, timeout=None, **fields):
        return await self.reply(self.ask(op, **fields), timeout)

    async def ok(self, op, timeout=None, **fields):
        return must(await self.request(op, timeout, **fields))

    async def wait(self, pred, timeout=None, since=0):
        return await self.until(lambda: next(
            (e for e in self.events[since:] if pred(e)), None), timeout)

    def abort(self):
        """Cuts the connection."""
        self.writer.transport.abort()


class Connection(AsyncClient):
    owner = None

    def _event(self, event):
        if self.owner:
            self.owner.event(event)


class Resumer:
    """
    A client that comes back by itself and never believes what it is not
    told.  It lives inside `async with resuming([r, ...])`.

    entries[room]  the log as it came, over all connections
    acked[nonce]   (request, reply) of all that was answered with ok
    refused[nonce] (request, error)
    faults         whatever broke a promise: must stay empty
    """

    def __init__(self, server, nick, rooms):
        self.server, self.nick, self.rooms = server, nick, rooms
        self.entries = {room: [] for room in rooms}
        self.epochs = {}
        self.acked, self.refused = {}, {}
        self.outbox = {}        # nonce -> request, in the order of posting
        self.waiting = {}       # nonce -> future
        self.faults = []
        self.token = self.user = self.conn = None
        self.times = 0          # successful resumptions, the first included
        self.up = asyncio.Event()
        self.ended = False

    def event(self, e):
        if e["ev"] in ("gap", "reset", "left"):
            self.faults.append("%s got %r" % (self.nick, e))
        if e["ev"] not in ENTRIES:
            return
        log = self.entries[e["room"]]
        if e["seq"] != len(log) + 1:
            self.faults.append("%s: %s %d came after %d" % (
                self.nick, e["room"], e["seq"], len(log)))
        log.append(e)

    async def post(self, op, nonce=None, **fields):
        """
        Does a request under a nonce until it is answered, over as many
        connections as that takes.  Gives the reply.
        """
        nonce = nonce or base64.urlsafe_b64encode(os.urandom(9)).decode()
        future = asyncio.get_running_loop().create_future()
        self.outbox[nonce] = (op, fields)
        self.waiting[nonce] = future
        if self.up.is_set():
            self._send(nonce)
        return await future

    def _send(self, nonce):
        op, fields = self.outbox[nonce]
        asyncio.create_task(self._answer(self.conn, nonce, self.conn.ask(
            op, nonce=nonce, **fields)))

    async def _answer(self, conn, nonce, ident):
        try:
            reply = await conn.reply(ident, 60 * SLACK)
        except Closed:
            return                  # resume() sends it again
        except Late:
            self.faults.append("%s: no reply to %s" % (self.nick, nonce))
            return
        if not reply["ok"] and reply["error"]["code"] in (
                "unavailable", "unknown"):
            return
        if nonce not in self.outbox:
            return
        request = self.outbox.pop(nonce)
        (self.acked if reply["ok"] else self.refused)[nonce] = (request, reply)
        future = self.waiting.pop(nonce)
        if not future.done():
            future.set_result(reply)

    async def _resume(self):
        conn = await Connection.open(self.server, self.nick, self.token)
        if self.token and conn.user != self.user:
            self.faults.append("%s came back as %s" % (self.user, conn.user))
        self.token, self.user = conn.token or self.token, conn.user
        conn.owner, self.conn = self, conn
        reply = must(await conn.request("join", 30 * SLACK, rooms=[
            {"room": room, "after": len(log), **(
                {"epoch": self.epochs[room]} if room in self.epochs else {})}
            for room, log in self.entries.items()]))
        for one in reply["rooms"]:
            if one.get("recovered") is not True or "gap" in one or \
                    "reset" in one:
                self.faults.append("%s: not whole: %r" % (self.nick, one))
            self.epochs[one["room"]] = one["epoch"]
        for nonce in list(self.outbox):
            self._send(nonce)
        self.times += 1
        self.up.set()
        return conn

    async def run(self):
        while not self.ended:
            conn = None
            try:
                conn = await self._resume()
                if not self.ended:
                    await conn.task
            except (OSError, Closed, asyncio.IncompleteReadError):
                pass
            except Late as late:
                self.faults.append("%s: %s" % (self.nick, late))
            finally:
                self.up.clear()
                if conn:
                    conn.abort()
            if not self.ended:      # not to spin while nobody listens
                await asyncio.sleep(random.uniform(0.01, 0.1))

    def stop(self):
        self.ended = True
        if self.conn:
            self.conn.abort()


@contextlib.asynccontextmanager
async def resuming(resumers):
    """Lets them run; also after a failure they come to an end."""
    runs = [asyncio.create_task(r.run()) for r in resumers]
    try:
        yield
    finally:
        for r in resumers:      # wait_for may swallow a cancellation
            r.stop()
    await asyncio.gather(*runs)
