#!/usr/bin/python3
"""chatsrv's command line, its settings, its listeners and its store's file."""

import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import threading

from chat import SRC, Client, Server, chatsrv, connect, environment, \
    new_folder, parse_answer, program, read_all, run, sanitized, test

folder = new_folder("config")


def path(name, text=None, mode=0o600):
    """A file of that text in this program's folder."""
    p = os.path.join(folder, name)
    if text is not None:
        with open(p, "w") as f:
            f.write(text)
        os.chmod(p, mode)
    return p


def refused(*args, env=None, code=2):
    """Runs chatsrv, which must end with that code; gives stderr."""
    r = chatsrv(*args, env=env, timeout=10)
    assert r.returncode == code, (args, r.returncode, r.stdout, r.stderr)
    assert r.stderr and not r.stdout, (args, r)
    return r.stderr


def config(*args, env=None):
    """--print-config as {section.key: value}."""
    r = chatsrv("--print-config", *args, env=env)
    assert r.returncode == 0, r
    section, found = "", {}
    for line in r.stdout.split("\n"):
        if m := re.match(r"\[(\S+)\]", line):
            section = m[1]
        elif m := re.match(r"[; #]*([a-z_0-9]+) *= *(.*?)(?: +;.*)?$", line):
            found["%s.%s" % (section, m[1])] = m[2]
    return found


@test("--help goes to stdout, names every option and exits 0")
def _():
    r = chatsrv("--help")
    assert r.returncode == 0 and not r.stderr, r
    for option in ("--listen", "--store", "--channel", "--www", "--config",
                   "--set", "--check-config", "--print-config", "--ready-fd",
                   "--help", "--version"):
        assert option in r.stdout, option
    assert "backup" in r.stdout and "scrub" in r.stdout, r.stdout
    assert max(map(len, r.stdout.split("\n"))) <= 80


@test("--version names the program, its version and the licence")
def _():
    r = chatsrv("--version")
    assert r.returncode == 0 and not r.stderr, r
    assert re.match(r"chatsrv \d+\.\d+", r.stdout), r.stdout
    assert "GPL" in r.stdout, r.stdout


@test("unknown options and words exit 2")
def _():
    for args in (("--fly",), ("fly",), ("--listen",), ("--set",),
                 ("--set", "novalue"), ("--ready-fd", "x"),
                 ("--ready-fd", "99"), ("store",), ("store", "fly"),
                 ("backup",)):
        refused(*args)


@test("--print-config prints settings that --config takes again")
def _():
    r = chatsrv("--print-config")
    file = path("printed.conf", r.stdout)
    assert chatsrv("--config", file, "--check-config").returncode == 0
    again = chatsrv("--config", file, "--print-config")
    assert again.stdout == r.stdout, (again.stdout, r.stdout)
    found = config()
    for key in ("limits.enabled", "store.ring_mib", "http.hosts",
                "metrics.allow", "tls.certificate", "tls.key",
                "server.user"):
        assert key in found, (key, sorted(found))
    assert found["limits.enabled"] == "yes" and \
        found["store.ring_mib"] == "64", found


@test("--check-config starts nothing and says whether all is well")
def _():
    store = path("never.db")
    r = chatsrv("--check-config", "--store", "sqlite:" + store)
    assert r.returncode == 0, r
    assert not os.path.exists(store)
    file = path("bad.conf", "[limits]\nenabled = perhaps\n")
    refused("--check-config", "--config", file)
    for args, right in ((("--listen", "foo"), "ADDR:PORT"),
                        (("--listen", "127.0.0.1:99999"), "65535"),
                        (("--listen", "unix:"), "unix:PATH"),
                        (("--ready-fd", "abc"), "descriptor"),
                        (("--ready-fd", "3x"), "descriptor"),
                        (("--ready-fd", "99"), "descriptor"),
                        (("--set", "metrics.allow=foo"), "192.0.2.1")):
        error = refused("--check-config", *args)
        assert args[1].split("=")[-1] in error and right in error, error
    r = chatsrv("--check-config", "--listen", "[::]:80", "--listen", ":0",
                "--listen", "unix:/x", "--ready-fd", "1", "--set",
                "metrics.allow=2001:DB8::1 192.0.2.1")
    assert r.returncode == 0, r


@test("an unknown key is told with file, line and the nearest name")
def _():
    file = path("typo.conf", "# comment\n[limits]\nenabled = no\n\n"
                "[store]\nring_mb = 5\n")
    error = refused("--config", file)
    assert file in error and re.search(r"\b6\b", error), error
    assert "ring_mib" in error and "ring_mb" in error, error
    file = path("section.conf", "[limit]\nenabled = no\n")
    error = refused("--config", file)
    assert file in error and "limits" in error, error
    error = refused("--set", "limits.enable=no")
    assert "--set" in error and "limits.enabled" in error, error
    error = refused(env={"CHATSRV_LIMITS_ENABLE": "no"})
    assert "CHATSRV_LIMITS_ENABLE" in error, error
    assert re.search("CHATSRV_LIMITS_ENABLED|limits.enabled", error), error


@test("a bad value is told with its place and what would be right")
def _():
    for key, bad in (("limits.enabled", "perhaps"), ("store.ring_mib", "x"),
                     ("store.ring_mib", "-1"), ("store.ring_mib", "1e9999"),
                     ("store.ring_mib", "99999999999999999999"),
                     ("store.ring_mib", "5 apples"), ("store.ring_mib", "")):
        section, name = key.split(".")
        file = path("value.conf", "[%s]\n\n%s = %s\n" % (section, name, bad))
        error = refused("--config", file)
        assert file in error and name in error, (bad, error)
        assert re.search(r"\b3\b", error), (bad, error)
        error = refused("--set", "%s=%s" % (key, bad))
        assert key in error or name in error, error
        env = "CHATSRV_" + key.upper().replace(".", "_")
        error = refused(env={env: bad})
        assert env in error, error


@test("words that can't be a setting's are told with their place, too")
def _():
    for key, bad, right in (("server.store", "foo", "sqlite:PATH"),
                            ("server.channel", "redis:", "memory:"),
                            ("server.listen", "a:1 b", "ADDR:PORT"),
                            ("metrics.allow", "10.0.0.0/8", "192.0.2.1"),
                            ("log.level", "loud", "debug"),
                            ("tls.certificate", "x.pem", "tls.key"),
                            ("tls.key", "x.pem", "tls.certificate")):
        section, name = key.split(".")
        file = path("word.conf", "[%s]\n\n%s = %s\n" % (section, name, bad))
        error = refused("--check-config", "--config", file)
        assert file + ":3: " in error, error
        assert key in error and right in error, error
        error = refused("--check-config", "--set", "%s=%s" % (key, bad))
        assert "--set: " in error and key in error and right in error, error
        env = "CHATSRV_" + key.upper().replace(".", "_")
        error = refused("--check-config", env={env: bad})
        assert env + ": " in error and right in error, error


@test("--help and --version help also where settings are wrong")
def _():
    for args in (("--help",), ("--version",), ("--set", "x", "--help")):
        r = chatsrv(*args, env={"CHATSRV_LIMITS_ROOMS": "x"})
        assert r.returncode == 0 and r.stdout and not r.stderr, r


@test("the command line wins over environment, that over file, that over none")
def _():
    file = path("order.conf", "[store]\nring_mib = 11\n")
    env = {"CHATSRV_STORE_RING_MIB": "12"}
    key = "store.ring_mib"
    assert config()[key] == "64"
    assert config("--config", file)[key] == "11"
    assert config("--config", file, env=env)[key] == "12"
    assert config("--config", file, "--set", key + "=13", env=env)[key] == \
        "13"
    assert config("--set", key + "=13", "--set", key + "=14")[key] == "14"


@test("files that can't be configuration are refused")
def _():
    refused("--config", path("none.conf"))
    refused("--config", folder)
    for text in ("ring_mib = 5\n", "[store\nring_mib = 5\n",
                 "[store]\nring_mib\n", "[store]\nring_mib = %s\n" % (
                     "5" * 300)):
        error = refused("--config", path("broken.conf", text))
        assert "broken.conf" in error, error


@test("a channel that is none is refused with 2 and says so")
def _():
    for channel in ("redis:///tmp/x", "redis://h:0", "redis://h:65536",
                    "redis://h:1x", "redis://u:p@", "redis://[::1", "carrier:",
                    "redis+unix://run/x", "redis+unix://" + "/x" * 60, ""):
        error = refused("--channel", channel, "--listen", "127.0.0.1:0",
                        "--store", "sqlite:" + path("c.db"))
        assert "channel" in error or "redis" in error, error
        assert "memory" in error, error


@test("a store that is not built is refused with 2 and says so")
def _():
    for store in ("postgres://x/y", "mysql:x", "", "sqlite:"):
        error = refused("--store", store, "--listen", "127.0.0.1:0")
        assert "store" in error, error
        assert "sqlite" in error, error


@test("addresses that can't be listened to are told")
def _():
    for address in ("nowhere", "127.0.0.1:99999", "127.0.0.1:x", ":", "",
                    "300.1.1.1:80", "unix:", "unix:" + "x" * 200):
        r = chatsrv("--listen", address, "--store", "sqlite:" + path("l.db"),
                    timeout=10)
        assert r.returncode == 2, (address, r)
        assert "listen" in r.stderr and (not address or address[:40] in
                                         r.stderr), r.stderr
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
        address = "127.0.0.1:%d" % s.getsockname()[1]
        r = chatsrv("--listen", address, "--store", "sqlite:" + path("l.db"))
        assert r.returncode != 0 and address in r.stderr, r


@test("a second server on the same store is refused with 2 and the reason")
def _():
    one = Server()
    r = chatsrv("--listen", "127.0.0.1:0", "--store", one.store,
                "--channel", "memory:")
    assert r.returncode == 2, r
    assert one.db in r.stderr or "store" in r.stderr, r.stderr
    assert "memory" in r.stderr, r.stderr
    one.client().sync()
    one.kill9()
    two = Server(store=one.store)       # a dead one's lock holds nobody off
    two.client().sync()
    two.terminate()


@test("a store that can't be opened is told and exits without serving")
def _():
    os.mkdir(path("a-folder.db"))
    for store in (path("a-folder.db"), folder + "/none/chat.db",
                  path("garbage.db", "not a database" * 500)):
        r = chatsrv("--listen", "127.0.0.1:0", "--store", "sqlite:" + store)
        assert r.returncode in (2, 70), (store, r)
        assert store in r.stderr, (store, r.stderr)


def pretend(file, **values):
    """Writes other versions into the store's table of itself."""
    db = sqlite3.connect(file)
    for key, value in values.items():
        done = db.execute("UPDATE meta SET value = ? WHERE key = ?",
                          (value, key))
        assert done.rowcount == 1, key
    db.commit()
    db.close()


@test("a store of a version it does not understand is refused and untouched")
def _():
    one = Server()
    c = one.client()
    c.ok("join", room="r")
    c.ok("send", room="r", text="x")
    one.terminate()
    pretend(one.db, version=9999, compatible_from=9998)
    with open(one.db, "rb") as f:
        before = f.read()
    for args in (("--listen", "127.0.0.1:0"), ("store", "scrub"),
                 ("backup", path("of-newer.db"))):
        r = chatsrv(*args, "--store", one.store)
        assert r.returncode in (2, 70, 74), (args, r)
        assert "9998" in r.stderr or "9999" in r.stderr, r
        assert one.db in r.stderr, r.stderr
    with open(one.db, "rb") as f:
        assert f.read() == before, "the file was changed"


@test("a newer store that says it is compatible is served")
def _():
    one = Server()
    one.terminate()
    pretend(one.db, version=9999)
    one.start()
    one.client().sync()
    one.terminate()


# ------------------------------------------------------------------- listeners

@test("two listeners and a unix socket serve the same rooms")
def _():
    sock = path("chat.sock")
    server = Server(listen=["127.0.0.1:0", "127.0.0.1:0", "unix:" + sock])
    assert len(server.addresses) == 3, server.addresses
    ports = [int(a.rsplit(":", 1)[1]) for a in server.addresses[:2]]
    assert server.addresses[2].endswith(sock), server.addresses
    clients = [Client(server, address=a, host="localhost") for a in (
        ("127.0.0.1", ports[0]), ("127.0.0.1", ports[1]), sock)]
    for c in clients:
        c.hello()
        c.ok("join", room="r")
    clients[2].ok("send", room="r", text="from unix")
    for c in clients:
        c.wait(lambda e: e.get("text") == "from unix")
    s = connect(sock)
    s.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
              b"Connection: close\r\n\r\n")
    assert parse_answer(read_all(s)).status == 200
    server.terminate()
    assert not os.path.exists(sock), "the socket was left behind"


@test("a socket left behind by a killed server is taken over")
def _():
    sock = path("stale.sock")
    server = Server(listen=["unix:" + sock])
    server.kill9()
    assert os.path.exists(sock)
    server.start()
    Client(server, address=sock, host="localhost").hello()
    server.terminate()


@test("a file that is no socket is never removed to listen there")
def _():
    file = path("precious", "keep me")
    r = chatsrv("--listen", "unix:" + file, "--store",
                "sqlite:" + path("p.db"), timeout=10)
    assert r.returncode != 0 and file in r.stderr, r
    with open(file) as f:
        assert f.read() == "keep me"


@test("an address of IPv6 works",
      skip=None if os.path.exists("/proc/net/if_inet6") else "no IPv6 here")
def _():
    try:
        server = Server(listen=["[::1]:0"])
    except AssertionError as e:
        if "Cannot assign" in str(e):
            print("# ::1 is not there: not run")
            return
        raise
    with socket.socket(socket.AF_INET6) as s:
        s.settimeout(5)
        s.connect(("::1", server.port))
        s.sendall(b"GET /healthz HTTP/1.1\r\nHost: [::1]:%d\r\n"
                  b"Connection: close\r\n\r\n" % server.port)
        assert parse_answer(read_all(s)).status == 200
    assert server.addresses == ["[::1]:%d" % server.port], server.addresses
    server.terminate()


@test("a name is listened to at each of its addresses, at one port")
def _():
    found = {a[4][0] for a in socket.getaddrinfo(
        "localhost", 1, type=socket.SOCK_STREAM)}
    server = Server(listen=["localhost:0"])
    server.client().sync()
    hosts = {a.rsplit(":", 1)[0].strip("[]") for a in server.addresses}
    assert len(hosts) == len(server.addresses), server.addresses
    assert hosts == {h for h in found if ":" not in h or ipv6_loopback()}, (
        found, hosts)
    assert {a.rsplit(":", 1)[1] for a in server.addresses} == {
        str(server.port)}, server.addresses
    server.terminate()


def ipv6_loopback():
    """True if this machine has ::1."""
    try:
        with socket.socket(socket.AF_INET6) as s:
            s.bind(("::1", 0))
            return True
    except OSError:
        return False


@test("without an address it listens to IPv4 and IPv6")
def _():
    server = Server(listen=[":0"])
    families = [(socket.AF_INET, "127.0.0.1")]
    if ipv6_loopback():
        families.append((socket.AF_INET6, "::1"))
    for family, host in families:
        with socket.socket(family) as s:
            s.settimeout(5)
            s.connect((host, server.port))
            s.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
                      b"Connection: close\r\n\r\n")
            assert parse_answer(read_all(s)).status == 200
    server.terminate()


@test("LISTEN_FDS hands it a socket that is open already")
def _():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
        port = s.getsockname()[1]
        early = connect(("127.0.0.1", port))    # before it is started
        early.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
                      b"Connection: close\r\n\r\n")

        def give():
            os.dup2(s.fileno(), 3)
            os.set_inheritable(3, True)
        with open(path("fds.log"), "w") as log:
            p = subprocess.Popen(
                ["sh", "-c", 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"', "sh",
                 program(), "--store", "sqlite:" + path("fds.db"), "--www",
                 os.path.join(SRC, "www")],
                preexec_fn=give, close_fds=False, stdout=log, stderr=log,
                env=environment())
    try:
        early.settimeout(20)
        assert parse_answer(read_all(early, 20)).status == 200
        c = connect(("127.0.0.1", port))
        c.close()
        p.terminate()
        assert p.wait(10) == 0
    finally:
        if p.poll() is None:
            p.kill()
    with open(path("fds.log")) as f:
        assert "Sanitizer" not in f.read()


@test("LISTEN_FDS for another process is not taken")
def _():
    server = Server(env={"LISTEN_FDS": "1", "LISTEN_PID": "1"})
    server.client().sync()
    server.terminate()


# --------------------------------------------------------------------- backup

@test("a backup made under load is whole and has all that was acknowledged")
def _():
    server = Server()
    c = server.client("ann")
    c.ok("join", room="r")
    epoch = c.ok("join", room="r")["epoch"]
    for i in range(200):
        c.ok("send", room="r", text="before %d" % i, nonce="b%d" % i)
    stop = threading.Event()
    d = server.client("bob")

    def load():
        while not stop.is_set():
            d.ok("send", room="r", text="meanwhile", timeout=30)
    thread = threading.Thread(target=load)
    thread.start()
    file = path("backup.db")
    try:
        r = chatsrv("backup", "--store", server.store, file)
    finally:
        stop.set()
        thread.join()
    assert r.returncode == 0, r
    assert os.stat(file).st_mode & 0o077 == 0, "others may read the backup"
    db = sqlite3.connect(file)
    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    db.close()
    copy = path("restored.db")
    shutil.copy(file, copy)
    two = Server(store="sqlite:" + copy)
    e = Client(two)
    e.hello(None, c.token)
    assert e.user == "ann", e.user
    reply = e.ok("join", room="r", after=100, epoch=epoch)
    assert reply["reset"] is True and reply["recovered"] is False, reply
    assert reply["epoch"] != epoch, reply
    log = e.replay("r")
    assert [x["text"] for x in log[:200]] == ["before %d" % i
                                              for i in range(200)]
    assert [x["seq"] for x in log] == list(range(1, len(log) + 1))
    # nonces came along, and it goes on from there
    assert e.ok("send", room="r", text="before 7", nonce="b7")["seq"] == 8
    assert e.ok("send", room="r", text="new")["seq"] == len(log) + 1
    # the server that was copied has noticed nothing
    assert server.client().ok("join", room="r")["epoch"] == epoch
    assert store_ids(server.db) and \
        not store_ids(server.db) & store_ids(copy), "the same store id"
    two.terminate()
    server.terminate()


def store_ids(file):
    """The random 128 bits that name a store, as hexadecimal."""
    db = sqlite3.connect(file)
    found = {v.hex() if isinstance(v, bytes) else v for k, v in db.execute(
        "SELECT key, value FROM meta") if "epoch" not in k}
    db.close()
    return {v for v in found if re.fullmatch("[0-9a-f]{32}", str(v))}


@test("a backup that can't be made says why, one that is there stays whole")
def _():
    server = Server()
    server.client().sync()
    file = path("there.db", "precious")
    r = chatsrv("backup", "--store", server.store, file)
    with open(file, "rb") as f:
        data = f.read()
    if r.returncode:
        assert data == b"precious" and file in r.stderr, r
    else:
        assert data.startswith(b"SQLite format 3"), data[:20]
    bad = folder + "/no/such/folder.db"
    r = chatsrv("backup", "--store", server.store, bad)
    assert r.returncode != 0 and bad in r.stderr, r
    r = chatsrv("backup", "--store", "sqlite:" + path("nothing.db"),
                path("x.db"))
    assert r.returncode != 0 and "nothing.db" in r.stderr, r
    assert not os.path.exists(path("nothing.db")), "it made a store"
    server.terminate()


@test("`store scrub` of nothing is an error and makes nothing")
def _():
    r = chatsrv("store", "scrub", "--store", "sqlite:" + path("none.db"))
    assert r.returncode != 0 and "none.db" in r.stderr, r
    assert not os.path.exists(path("none.db"))


@test("a log line is one line and has no control characters")
def _():
    server = Server()
    server.get("/\x1b[31mred", host="evil\x1b[31m.example")
    try:
        Client(server, origin="http://evil.example/\x1b[0m\x07")
    except AssertionError:
        pass
    for name in (b"x\xe2\x80\xaey", b"x\x9b31mEVIL\xc2\x9b31m", b"\xff\xfe",
                 b"x\xe2\x81\xa6y", b"x\xe2\x80\xa8y", "grün".encode()):
        server.raw(b"GET / HTTP/1.1\r\nHost: " + name + b"\r\n\r\n")
    server.terminate()
    with open(server.log, "rb") as f:
        data = f.read()
    assert not re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", data), data
    text = data.decode()            # it is UTF-8, whatever came
    assert not re.search("[\x80-\x9f\u061c\u200b-\u200f\u2028-\u202e"
                         "\u2060-\u206f\ufeff]", text), text
    assert "EVIL" in text and "grün" in text, text


@test("memory, which holds tokens, is for nobody else: not in a core either",
      skip="a sanitizer traces its own process" if sanitized() else None)
def _():
    # Of what root runs it would not be seen: somebody else runs a copy.
    user = {} if os.getuid() else {"user": 65534, "group": 65534}
    here = tempfile.mkdtemp(prefix="chat-nobody-", dir="/tmp")
    shutil.copy(program(), here + "/chatsrv")
    shutil.copytree(os.path.join(SRC, "www"), here + "/www")
    if user:
        os.chown(here, user["user"], user["group"])
    r, w = os.pipe()
    p = subprocess.Popen(
        [here + "/chatsrv", "--listen", "127.0.0.1:0", "--store",
         "sqlite:" + here + "/n.db", "--www", here + "/www",
         "--ready-fd", str(w)], pass_fds=[w], env=environment(),
        stderr=subprocess.DEVNULL, cwd=here, **user)
    os.close(w)
    try:
        assert os.read(r, 100), "it does not serve"
        # proc(5): of a process that leaves no core all this is root's
        assert os.stat("/proc/%d/mem" % p.pid).st_uid == 0
        with open("/proc/%d/limits" % p.pid) as f:
            assert re.search(r"core file size +0 +0 ", f.read())
        p.terminate()
        assert p.wait(10) == 0
    finally:
        os.close(r)
        if p.poll() is None:
            p.kill()
        shutil.rmtree(here)


@test("with log.format=json each line is an object, whatever came")
def _():
    server = Server(log_format="json", log_level="debug")
    server.get("/\x1b[31mred\"\\", host='evil"\x1b\\.example')
    for name in (b"x\xe2\x80\xaey", b"\xff\xfe\x9b31m", "grün".encode()):
        server.raw(b"GET / HTTP/1.1\r\nHost: " + name + b"\r\n\r\n")
    pid = server.pid
    server.terminate()
    with open(server.log, "rb") as f:
        lines = [json.loads(line) for line in f.read().splitlines()]
    assert len(lines) > 3, lines
    for line in lines:
        assert sorted(line) == ["at", "level", "pid", "program", "text"], line
        assert line["program"] == "chatsrv" and line["pid"] == pid, line
        assert line["level"] in ("error", "warning", "info", "debug"), line
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
                            line["at"]), line
        assert not re.search("[\x00-\x1f\x7f-\x9f\u202e]", line["text"]), line
    assert any("serves on" in line["text"] for line in lines), lines
    refused("--set", "log.format=xml")


@test("under systemd's journal each line has its priority")
def _():
    log = path("journal.log")
    with open(log, "w") as f:
        st = os.fstat(f.fileno())
        server = Server(env={"JOURNAL_STREAM": "%d:%d" % (
            st.st_dev, st.st_ino)})
        server.terminate()
        # stderr is another file than the one that JOURNAL_STREAM names
        assert not re.match(r"<\d>", server.log_text()), server.log_text()
        r, w = os.pipe()
        st = os.fstat(w)
        p = subprocess.Popen(
            [program(), "--listen", "127.0.0.1:0", "--store",
             "sqlite:" + path("j.db"), "--www", os.path.join(SRC, "www")],
            stderr=w, stdin=subprocess.DEVNULL,
            env=environment({"JOURNAL_STREAM": "%d:%d" % (
                st.st_dev, st.st_ino)}))
        os.close(w)
        text = ""
        while "serves on" not in text:
            text += os.read(r, 4096).decode()
        p.terminate()
        while data := os.read(r, 4096):
            text += data.decode()
        assert p.wait(10) == 0
        os.close(r)
    lines = text.strip().split("\n")
    assert all(re.match(r"<[3-7]>", line) for line in lines), lines


run()
