#!/usr/bin/python3
"""chatcli send: exit code 0 means stored, and every other code is true."""

import os
import signal
import stat
import time

from chat import SLACK, Server, run, shared, test
from chatcli import Home, clean

TEXT_MAX = 16 * 1024


def history(room, server=None):
    return (server or shared()).client().history(room)


def nothing(room, server=None):
    """Not even the room is there."""
    (server or shared()).client().error("history", "not_found", room=room,
                                        after=0)


def refused(done, code):
    assert done.returncode == code, (done.returncode, done.stderr)
    assert done.stdout == b"", done.stdout
    assert done.stderr.startswith(b"chatcli: "), done.stderr
    return done.stderr.decode()


@test("a message is stored, and its seq is printed")
def _():
    home = Home(shared(), nick="ann")
    assert home.ok("send", "one", "hello") == "1\n"
    assert home.ok("send", "one", input="from stdin\n") == "2\n"
    assert home.ok("send", "#one", "--", "-x") == "3\n"
    assert home.ok("send", home.url() + "/room/one", "by address",
                   CHATCLI_SERVER="http://127.0.0.1:1") == "4\n"
    got = history("one")
    assert [e["text"] for e in got] == \
        ["hello", "from stdin", "-x", "by address"], got
    assert {(e["from"], e["guest"]) for e in got} == {("ann", True)}, got


@test("stdin up to its end is one message, without its last newline")
def _():
    home = Home(shared())
    for given, stored in (("a\n\nb\n", "a\n\nb"), ("a\n\n", "a\n"),
                          ("a", "a"), ("\ta\r\n", "\ta\r"),
                          ("ä 漢 🙂\n", "ä 漢 🙂")):
        seq = int(home.ok("send", "stdin", input=given))
        assert history("stdin")[-1]["text"] == stored, given
        assert history("stdin")[-1]["seq"] == seq


@test("exactly 16 KiB is sent, above that nothing, with exit code 65")
def _():
    home = Home(shared())
    assert home.ok("send", "big", input="x" * TEXT_MAX + "\n") == "1\n"
    for text in ("x" * (TEXT_MAX + 1), "x" * 1000000, "ä" * TEXT_MAX):
        refused(home.run("send", "big", input=text), 65)
    assert len(history("big")) == 1


@test("what is no text is not sent, with exit code 65")
def _():
    home = Home(shared())
    for text in (b"", b"\n", b"a\0b", b"a\xff", b"\xed\xa0\x80",
                 b"\xc0\xaf"):
        refused(home.run("send", "notext", input=text), 65)
    refused(home.run("send", "notext", ""), 65)
    nothing("notext")


@test("the command line is checked before anything is sent")
def _():
    home = Home(shared())
    for args in (["send"], ["send", "a", "b", "c"], ["send", "a b", "c"],
                 ["send", "--json", "a", "b"], ["send", "--nix", "a", "b"],
                 ["send", "--timeout", "x", "a", "b"],
                 ["send", "--nonce", "n" * 65, "a", "b"],
                 ["send", "http://127.0.0.1/", "b"],
                 ["--server", "ftp://x", "send", "a", "b"]):
        refused(home.run(*args), 64)
    text = refused(home.run("send", "a", "hello", "world"), 64)
    assert "quote it: chatcli send a 'TEXT'" in text, text
    for args in ["-h"], ["--help"], ["send", "-h"]:
        assert home.ok(*args).startswith("usage: chatcli"), args


@test("settings come from file, environment and command line, in this order")
def _():
    home = Home(shared())
    config = home.path("config")
    with open(config, "w") as f:
        f.write("; comment\nserver = %s\nnick = filenick\n" % home.url())
    assert home.ok("--config", config, "send", "conf", "a",
                   CHATCLI_SERVER=home.url()) == "1\n"
    assert history("conf")[0]["from"] == "filenick"
    home = Home(shared(), nick="envnick")
    home.ok("--config", config, "send", "conf", "b")
    home = Home(shared(), nick="envnick")
    home.ok("--config", config, "send", "--nick", "clinick", "conf", "c")
    assert [e["from"] for e in history("conf")] == \
        ["filenick", "envnick", "clinick"]
    with open(config, "a") as f:
        f.write("srver = x\n")
    text = refused(home.run("--config", config, "send", "conf", "d"), 64)
    assert config + ":4:" in text and "server" in text, text


@test("every call is the same guest, whose token nobody else may read")
def _():
    home = Home(shared())
    home.ok("send", "same", "a")
    [path] = home.guests()
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(home.state()).st_mode) == 0o700
    home.ok("send", "same", "b")
    assert len({e["from"] for e in history("same")}) == 1
    os.chmod(path, 0o644)
    text = refused(home.run("send", "same", "c"), 77)
    assert path in text and "chmod" in text, text
    assert len(history("same")) == 2


@test("calls at once all are stored, once each")
def _():
    home = Home(shared())
    calls = [home.start("send", "crowd", "m%d" % i) for i in range(12)]
    seqs = set()
    for call in calls:
        out, err = call.communicate(timeout=60 * SLACK)
        clean(err)
        assert call.returncode == 0, err
        seqs.add(int(out))
    got = history("crowd")
    assert sorted(e["text"] for e in got) == sorted(
        "m%d" % i for i in range(12))
    assert seqs == {e["seq"] for e in got}
    assert len(home.guests()) == 1


@test("a server that is not there is exit code 69 within the timeout")
def _():
    server = Server()
    server.kill9()
    home = Home(server)
    for args in (["--timeout", "1"], []):
        began = time.monotonic()
        text = refused(home.run("send", *args, "gone", "a"), 69)
        assert time.monotonic() - began < 6 * SLACK
        assert "not sent" in text, text
    server.start()
    nothing("gone", server)


@test("a server that comes in time gets the message")
def _():
    server = Server()
    server.kill9()
    home = Home(server)
    call = home.start("send", "--timeout", "20", "late", "a")
    server.start()
    out, err = call.communicate(timeout=30 * SLACK)
    clean(err)
    assert (call.returncode, out) == (0, b"1\n"), err


@test("a server that sleeps is exit code 69 within the timeout")
def _():
    server = Server()
    home = Home(server)
    server.process.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    text = refused(home.run("send", "--timeout", "1", "mute", "a"), 69)
    assert time.monotonic() - began < 4 * SLACK
    server.process.send_signal(signal.SIGCONT)
    assert "not sent" in text, text


@test("a message that may be stored is said to be, with a nonce that tells")
def _():
    server = Server()
    home = Home(server, nick="ann")
    home.ok("send", "may", "before")
    # A relay that swallows the answer to `send`, as a broken line does.
    from relay import Relay
    with Relay(server.port, lambda data: b'"op":"send"' in data) as relay:
        url = "http://127.0.0.1:%d/room/may" % relay.port
        # One guest, whatever port it comes by.
        os.rename(home.guests()[0], os.path.join(
            home.state(), "guest-http,127.0.0.1,%d" % relay.port))
        done = home.run("send", "--timeout", "2", url, "perhaps")
        text = refused(done, 69)
        assert "may be stored" in text, text
        nonce = text.split("--nonce ")[1].split()[0]
        relay.swallow = False
        first = home.ok("send", "--nonce", nonce, url, "perhaps")
        assert home.ok("send", "--nonce", nonce, url, "perhaps") == first
        refused(home.run("send", "--nonce", nonce, url, "other"), 77)
    got = history("may", server)
    assert [e["text"] for e in got] == ["before", "perhaps"], got
    assert int(first) == got[1]["seq"]


@test("a guest that the server forgot goes on as a new one, and says so")
def _():
    server = Server()
    home = Home(server)
    home.ok("send", "new", "a")
    server.terminate()
    for name in os.listdir(server.tmp):
        if name.startswith("chat.db"):
            os.unlink(os.path.join(server.tmp, name))
    server.start()
    text = refused(home.run("send", "--nonce", "n1", "new", "b"), 77)
    done = home.run("send", "new", "c")
    assert (done.returncode, done.stdout) == (0, b"1\n"), done
    assert b"new one" in done.stderr, done.stderr
    done = home.run("send", "new", "d")
    assert (done.stdout, done.stderr) == (b"2\n", b""), done


run()
