#!/usr/bin/python3
"""Life and death of a connection: pings, silence, and ends that cross."""

import json
import socket
import struct
import time

from chat import (CLOSE, PONG, TEXT, Client, Closed, Server, frame, run, test,
                  wait_for)
from chatcli import Home


class Deaf(Client):
    """Reads, but answers no ping."""

    def _answer(self, out):
        pass


def alive(c):
    try:
        while c.pump(0.001):
            pass
        return True
    except Closed:
        return False


@test("whoever answers pings, or takes what he is sent, lives on")
def _():
    server = Server(limits_enabled="yes", limits_bytes_burst=2 ** 20)
    quiet = server.client("quiet")
    original = Client(server, path="/ws/chat/lobby/")
    reader = Deaf(server)
    reader._hello(reader.request("hello", nick="reader"))
    reader.ok("join", room="busy")
    dead = Deaf(server)
    dead._hello(dead.request("hello", nick="dead"))
    busy = server.client("busy")
    busy.ok("join", room="busy")
    full = server.client("full", rcvbuf=4096)       # and never reads
    full.ok("join", room="full")
    busy.ok("join", room="full")
    for _ in range(50):
        busy.ok("send", room="full", text="x" * 16000)
    tail = Home(server, "tia").start("tail", "lobby", "--follow")
    began = time.monotonic()
    died = []

    def turn():
        """All listen; one talks in the reader's room."""
        assert alive(quiet) and quiet.pings >= 0
        assert alive(original), "an original client was cut"
        assert alive(reader), "who takes his bytes was cut"
        busy.ok("send", room="busy", text="x")
        if not died and not alive(dead):
            died.append(time.monotonic() - began)
        return time.monotonic() - began > 80
    wait_for(turn, 200, "80 s", 1)
    assert quiet.pings >= 2 and original.pings >= 2
    assert died and 55 < died[0] < 79, died
    tail.terminate()
    _, stderr = tail.communicate()
    assert b"broke" not in stderr, stderr
    # The dead one, and the one whose socket is full.
    assert server.metrics()["chatsrv_cut_total"] == 2
    server.terminate()


@test("ends that cross, by many errors and by the peer, harm nobody")
def _():
    server = Server(limits_enabled="yes")
    all_ = [server.client("u%d" % i) for i in range(100)]
    all_[0].ok("join", room="lobby")
    bad = b"".join(
        frame(TEXT, json.dumps({"op": "delete", "id": k, "room": "lobby",
                                "seq": 999})) for k in range(20))
    for c in all_:
        c.send_raw(bad + frame(CLOSE, struct.pack(">H", 1000)))
        c.sock.shutdown(socket.SHUT_WR)
    wait_for(lambda: server.metrics()["chatsrv_connections"] == 0)
    server.client().sync()
    server.terminate()


run()
