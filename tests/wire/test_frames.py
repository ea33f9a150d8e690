#!/usr/bin/python3
"""
Frames and JSON as no decent client sends them: the documented close code or
error, never a crash.
"""

import random
import signal
import socket
import struct
import time

from chat import BINARY, CLOSE, MORE, PING, SLACK, TEXT, Client, Server, \
    frame, must, run, shared, test, unframe, upgrade, wait_for
from scene import alive

MIB = 1 << 20


def hello_bytes():
    return frame(TEXT, '{"op":"hello","id":1,"nick":"cut"}')


def opened():
    """A raw socket behind its handshake."""
    s = shared().connect()
    s.sendall(upgrade("/ws", host="127.0.0.1:%d" % shared().port))
    head = b""
    while b"\r\n\r\n" not in head:
        head += s.recv(4096)
    assert b" 101 " in head, head
    return s


@test("a handshake and frames cut at every byte do no harm")
def _():
    data = upgrade("/ws", host="127.0.0.1:%d" % shared().port)
    frames = hello_bytes() + frame(TEXT, '{"op":"jo', fin=False) + \
        frame(PING, "x") + frame(MORE, 'in","id":2,"room":"cut"}') + \
        frame(CLOSE, b"\x03\xe8bye")
    for i in range(len(data)):
        with shared().connect() as s:
            s.sendall(data[:i])
    for i in range(len(frames)):
        s = opened()
        s.sendall(frames[:i])
        if i % 2:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                         struct.pack("ii", 1, 0))
        s.close()
    alive()


@test("a stream that comes byte by byte is understood")
def _():
    c = Client(shared())
    c.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in hello_bytes() + frame(TEXT, '{"op":"ping","id":2}'):
        c.send_raw(bytes([byte]))
    must(c.reply(1))
    must(c.reply(2))


@test("fragments, with a ping between them, make one frame")
def _():
    c = shared().client()
    text = '{"op":"ping","id":"%s"}' % ("é" * 30)
    data = text.encode()
    for cut in (1, 20, 21, 22, 23, 40, len(data) - 1):
        c.send_raw(frame(TEXT, data[:cut], fin=False) + frame(PING, "mid") +
                   frame(MORE, b"", fin=False) + frame(MORE, data[cut:]))
        must(c.reply("é" * 30))
        del c.replies["é" * 30]
    c.until(lambda: b"mid" in c.pongs)


@test("a thousand one-byte fragments make one frame")
def _():
    c = shared().client()
    data = (' ' * 900 + '{"op":"ping","id":7000}').encode()
    c.send_raw(frame(TEXT, b"", fin=False) + b"".join(
        frame(MORE, bytes([b]), fin=False) for b in data) + frame(MORE, b""))
    must(c.reply(7000))


@test("binary frames close with 1003")
def _():
    for data in (b"", b"x", b'{"op":"ping","id":1}', bytes(60000)):
        c = shared().client()
        c.send_frame(BINARY, data)
        assert c.wait_close() == 1003, c.close_code
    c = Client(shared(), "/ws/chat/bin/")
    c.send_frame(BINARY, b'{"message":"x"}')
    assert c.wait_close() == 1003, c.close_code


@test("invalid UTF-8 closes with 1007")
def _():
    for bad in (b"\xff", b"\xc0\xaf", b"\xe0\x80\xaf", b"\xed\xa0\x80",
                b"\xf4\x90\x80\x80", b"\x80", b"\xc3", b"\xf0\x9f\x98",
                b"\xf8\x88\x80\x80\x80", b"a\xc3(", b"\xe2\x28\xa1"):
        for cut in (False, True):
            c = shared().client()
            data = b'{"op":"ping","id":5,"x":"' + bad + b'"}'
            if cut:
                c.send_frame(TEXT, data[:26], fin=False)
                c.send_frame(MORE, data[26:])
            else:
                c.send_frame(TEXT, data)
            assert c.wait_close() == 1007, (bad, cut, c.close_code)
            assert 5 not in c.replies
    c = Client(shared(), "/ws/chat/utf/")
    c.send_frame(TEXT, b'{"message":"\xff"}')
    assert c.wait_close() == 1007, c.close_code


@test("a frame of 64 KiB is taken, a larger one closes with 1009")
def _():
    def padded(n):
        return b'{"op":"ping","id":3,"x":"' + b"x" * (n - 27) + b'"}'
    assert len(padded(65536)) == 65536
    c = shared().client()
    c.send_frame(TEXT, padded(65536))
    must(c.reply(3))
    for send in (
            lambda c: c.send_frame(TEXT, padded(65537)),
            lambda c: c.send_raw(frame(TEXT, padded(65536)[:-1], fin=False) +
                                 frame(MORE, "  ")),
            lambda c: c.send_raw(b"".join(
                [frame(TEXT, b" " * 1000, fin=False)] +
                [frame(MORE, b" " * 1000, fin=False)] * 70))):
        c = shared().client()
        try:
            send(c)
        except OSError:
            pass
        assert c.wait_close() == 1009, c.close_code


@test("a length that is only claimed costs nothing")
def _():
    before = shared().rss()
    socks = []
    for n in (1 << 17, 1 << 31, (1 << 32) - 1, (1 << 62), (1 << 63) - 1):
        for _ in range(10):
            c = shared().client()
            c.send_raw(b"\x81\xff" + struct.pack(">Q", n) + b"abcd" +
                       b"x" * 1000)
            socks.append(c)
    alive()
    assert shared().rss() - before < 16 * MIB, shared().rss() - before
    alive()


@test("frames that RFC 6455 forbids end the connection with 1002")
def _():
    # but for frames without a mask: libwebsockets takes them
    for bad in (frame(TEXT, "{}", rsv=4), frame(TEXT, "{}", rsv=2),
                frame(TEXT, "{}", rsv=1), frame(3, "x"), frame(7, "x"),
                frame(11, "x"), frame(15, "x"),
                frame(PING, "x", fin=False), frame(PING, "x" * 126),
                frame(MORE, "x"),
                frame(TEXT, "{", fin=False) + frame(TEXT, "}"),
                frame(CLOSE, b"x")):
        c = shared().client()
        c.send_raw(bad)
        code = c.wait_close()
        assert code in (1002, 1005, 1006), (bad, code)
    alive()


@test("the close codes of a client are answered, wrong ones too")
def _():
    for code in (1000, 1001, 3000, 4999):
        c = shared().client()
        c.send_frame(CLOSE, struct.pack(">H", code) + b"bye")
        assert c.wait_close() in (code, 1000), (code, c.close_code)
    for code in (0, 999, 1004, 1005, 1006, 1015, 5000, 65535):
        c = shared().client()
        c.send_frame(CLOSE, struct.pack(">H", code))
        c.wait_close()
    c = shared().client()
    c.send_frame(CLOSE)
    c.wait_close()
    alive()


@test("pings are answered with their own bytes")
def _():
    c = shared().client()
    for data in (b"", b"x", bytes(range(125))):
        n = len(c.pongs)
        c.send_frame(PING, data)
        c.until(lambda: len(c.pongs) > n)
        assert c.pongs[n] == data


# --------------------------------------------------------------------- JSON

@test("64 KiB of nesting is bad_json, of all kinds, and quick")
def _():
    c = shared().client()
    for text in ("[" * 65000, '{"op":"ping","x":' + "[" * 60000,
                 '{"op":"ping","id":1,"x":' + "[" * 30000 + "]" * 30000 + "}",
                 '{"a":' * 12000, '{"op":"ping","x":' + '{"a":' * 8000 + "1" +
                 "}" * 8000 + "}",
                 '{"op":"ping","x":' + "[" * 17 + "]" * 17 + "}",
                 "[[{}," * 12000):
        n, began = len(c.errors), time.monotonic()
        c.send_text(text)
        c.until(lambda: len(c.errors) > n)
        assert c.errors[n]["error"]["code"] == "bad_json", c.errors[n]
        assert time.monotonic() - began < 2 * SLACK
    c.send_text('{"op":"ping","id":9,"x":' + "[" * 8 + "]" * 8 + "}")
    must(c.reply(9))
    old = Client(shared(), "/ws/chat/nest/")
    old.send_text("[" * 65000)
    old.until(lambda: old.frames)
    assert "error" in old.frames[0]


@test("duplicate keys are bad_json at any depth")
def _():
    c = shared().client()
    for text in ('{"op":"ping","op":"ping","id":1}',
                 '{"op":"ping","id":1,"id":1}',
                 '{"op":"ping","\\u006fp":"x"}',
                 '{"op":"ping","x":[{"y":{"a":1,"a":1}}]}'):
        n = len(c.errors)
        c.send_text(text)
        c.until(lambda: len(c.errors) > n)
        assert c.errors[n]["error"]["code"] == "bad_json", text


@test("a frame of thousands of keys or numbers is just a frame")
def _():
    c = shared().client()
    c.send_text('{"op":"ping","id":5,%s}' % ",".join(
        '"k%d":%d' % (i, i) for i in range(4500)))
    must(c.reply(5))
    c.send_text('{"op":"ping","id":6,"x":[%s]}' % ",".join(["1"] * 30000))
    must(c.reply(6))
    c.send_text('{"op":"ping","id":7,"x":"%s"}' % ("\\u00e9" * 10000))
    must(c.reply(7))


@test("20 errors in 10 s close with 1008, 15 do not")
def _():
    server = Server(limits_enabled="yes")
    for send in (lambda c: c.send_json({"op": "fly", "id": "e"}),
                 lambda c: c.send_text("{"),
                 lambda c: c.send_json({"op": "join"})):
        c = server.client()
        for _ in range(15):
            send(c)
        c.sync()
        for _ in range(10):
            try:
                send(c)
            except OSError:
                break
        assert c.wait_close() == 1008, c.close_code
    old = Client(server, "/ws/chat/errs/")
    for _ in range(30):
        try:
            old.send_text("{")
        except OSError:
            break
    assert old.wait_close() == 1008, old.close_code
    server.terminate()


@test("random bytes never stop it")
def _():
    rng = random.Random(7)
    seeds = [b'{"op":"hello","id":1,"nick":"x"}',
             b'{"op":"send","id":2,"room":"r","text":"t","nonce":"n"}',
             b'{"op":"join","id":3,"rooms":[{"room":"r","after":1}]}',
             b'{"op":"history","id":4,"room":"r","at":0,"limit":5}']
    for _ in range(150):
        c = Client(shared())
        try:
            c.send_frame(TEXT, seeds[0])
            for _ in range(10):
                data = bytearray(rng.choice(seeds))
                for _ in range(rng.randrange(4)):
                    data[rng.randrange(len(data))] = rng.randrange(128)
                c.send_frame(TEXT, bytes(data[:rng.randrange(
                    len(data) // 2, len(data) + 1)]))
            c.send_raw(rng.randbytes(rng.randrange(60)))
        except OSError:
            pass
        c.sock.close()
    alive()


def takes(c, frames):
    """Reads without an answer: the newest frame's opcode, 0 at the end."""
    try:
        data = c.sock.recv(262144)
    except ConnectionResetError:
        data = b""
    c.buf += data
    frames += unframe(c.buf)
    return data and frames and frames[-1][0]


@test("nothing follows a close frame of the server, whatever comes to pass")
def _():
    server = Server()
    ann = server.client("ann")
    ann.ok("join", room="r")
    faults = {1003: frame(BINARY, "xx"),
              1009: frame(TEXT, "x" * 65535, fin=False) +
              frame(MORE, "y" * 65535),
              1007: frame(TEXT, b"\xff\xfe"), 1002: frame(3, "x")}
    got = {}
    for code, data in faults.items():
        c = server.client()
        c.ok("join", room="r")
        c.send_raw(data)
        got[code] = c, []
        wait_for(lambda: takes(*got[code]) == CLOSE, 5, "a close frame")
    for i in range(3):          # they have not answered it yet
        ann.ok("send", room="r", text="later")
    server.process.send_signal(signal.SIGTERM)
    for code, (c, frames) in got.items():
        while takes(c, frames):
            pass
        closes = [payload for opcode, _, payload in frames if opcode == CLOSE]
        assert len(closes) == 1 and frames[-1][0] == CLOSE, frames
        assert closes[0][:2] == struct.pack(">H", code), (code, closes)
    assert server.wait_exit() == 0
    server.check_log()


run()
