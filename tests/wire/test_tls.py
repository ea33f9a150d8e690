#!/usr/bin/python3
"""TLS by tls.certificate and tls.key: 1.2 with AEAD ciphers, and 1.3."""

import os
import socket
import ssl
import subprocess
import threading

from chat import Client, Server, chatsrv, connect, new_folder, parse_answer, \
    read_all, run, test

folder = new_folder("tls")
CERT, KEY = os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem")
subprocess.run(
    ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
     "-subj", "/CN=localhost", "-addext",
     "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", KEY,
     "-out", CERT], check=True, capture_output=True)
os.chmod(KEY, 0o600)
_server = None


def server():
    global _server
    if _server is None:
        _server = Server(tls_certificate=CERT, tls_key=KEY)
    return _server


def context(low=None, high=None, ciphers=None):
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    c.load_verify_locations(CERT)
    if ciphers:
        c.set_ciphers(ciphers)
    if low:
        c.minimum_version = low
    if high:
        c.maximum_version = high
    return c


V = ssl.TLSVersion


def handshake(ctx, address):
    """(version, cipher) that were agreed on; ssl.SSLError if none."""
    with connect(address) as s:
        with ctx.wrap_socket(s, server_hostname="localhost") as t:
            return t.version(), t.cipher()[0]


def reference(ctx):
    """The same handshake with a server that takes everything."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
        c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        c.load_cert_chain(CERT, KEY)
        c.set_ciphers("ALL:@SECLEVEL=0")
        c.minimum_version = V.TLSv1

        def serve():
            conn, _ = s.accept()
            try:
                c.wrap_socket(conn, server_side=True).close()
            except (ssl.SSLError, OSError):
                pass
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            return handshake(ctx, s.getsockname())
        finally:
            thread.join()


@test("TLS 1.3 works")
def _():
    assert handshake(context(V.TLSv1_3), server().address())[0] == "TLSv1.3"


@test("TLS 1.2 works with AEAD ciphers")
def _():
    for cipher in ("ECDHE-RSA-AES128-GCM-SHA256",
                   "ECDHE-RSA-AES256-GCM-SHA384",
                   "ECDHE-RSA-CHACHA20-POLY1305"):
        assert handshake(context(high=V.TLSv1_2, ciphers=cipher),
                         server().address()) == ("TLSv1.2", cipher)


def refused(ctx):
    assert reference(ctx), "the client can not do this at all"
    try:
        got = handshake(ctx, server().address())
    except (ssl.SSLError, ConnectionError):
        return
    raise AssertionError("agreed on %r" % (got,))


@test("TLS 1.1 and 1.0 do not work")
def _():
    for version in (V.TLSv1_1, V.TLSv1):
        refused(context(version, version, "ALL:@SECLEVEL=0"))


@test("CBC and other ciphers without AEAD do not work")
def _():
    for cipher in ("ECDHE-RSA-AES128-SHA256", "ECDHE-RSA-AES256-SHA384",
                   "ECDHE-RSA-AES128-SHA", "AES128-SHA", "AES256-SHA256"):
        refused(context(high=V.TLSv1_2, ciphers=cipher + ":@SECLEVEL=0"))


@test("only http/1.1 is agreed on by ALPN")
def _():
    c = context()
    c.set_alpn_protocols(["h2", "http/1.1"])
    with connect(server().address()) as s:
        with c.wrap_socket(s, server_hostname="localhost") as t:
            assert t.selected_alpn_protocol() in ("http/1.1", None)


@test("chat.v1 works over TLS, large frames and many of them included")
def _():
    a, b = (Client(server(), tls=context()) for _ in range(2))
    for c in (a, b):
        c.hello()
        c.ok("join", room="r")
    for i in range(100):
        a.ok("send", room="r", text="%d " % i + "x" * 16000)
    b.wait_seq("r", 100)
    assert [e["seq"] for e in b.entries("r")] == list(range(1, 101))
    c = Client(server(), tls=context())
    c.hello()
    assert len(c.replay("r", 30)) == 100


def get(path):
    with connect(server().address()) as s:
        with context().wrap_socket(s, server_hostname="localhost") as t:
            t.sendall(("GET %s HTTP/1.1\r\nHost: localhost:%d\r\n"
                       "Connection: close\r\n\r\n" % (
                           path, server().port)).encode())
            return parse_answer(read_all(t))


@test("pages over TLS carry HSTS")
def _():
    answer = get("/")
    assert answer.status == 200, answer
    assert "max-age=" in answer.headers["strict-transport-security"]


@test("a page's own origin is https, not http")
def _():
    Client(server(), tls=context(), host="localhost:%d" % server().port,
           origin="https://localhost:%d" % server().port)
    try:
        Client(server(), tls=context(), host="localhost:%d" % server().port,
               origin="http://localhost:%d" % server().port)
    except AssertionError:
        return
    raise AssertionError("http's origin was let in")


@test("plain HTTP to a TLS port is not answered with a page")
def _():
    raw = server().raw(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert b" 200 " not in raw, raw
    handshake(context(), server().address())


@test("cut and broken handshakes do not harm the others")
def _():
    for data in (b"", b"\x16", b"\x16\x03\x01\x02\x00\x01", bytes(1000),
                 b"\x16\x03\x01\xff\xff" + b"\x01" * 5000):
        s = connect(server().address())
        s.sendall(data)
        s.close()
    c = Client(server(), tls=context())
    c.hello()
    c.sync()


@test("SIGTERM over TLS: bye, 1001, exit 0")
def _():
    one = Server(tls_certificate=CERT, tls_key=KEY)
    c = Client(one, tls=context())
    c.hello()
    one.process.terminate()
    assert c.wait_close() == 1001
    assert c.events[-1]["ev"] == "bye"
    assert one.wait_exit(5) == 0
    one.check_log()


@test("a certificate or key that can't be used stops the start and is named")
def _():
    bad = os.path.join(folder, "bad.pem")
    with open(bad, "w") as f:
        f.write("not a key\n")
    os.chmod(bad, 0o600)
    for cert, key, name in ((bad, KEY, bad), (CERT, bad, bad),
                            (CERT, folder + "/none", folder + "/none"),
                            (CERT, "", "tls.key"), ("", KEY, "tls.cert")):
        args = ["--listen", "127.0.0.1:0", "--store",
                "sqlite:%s/x.db" % folder]
        if cert:
            args += ["--set", "tls.certificate=" + cert]
        if key:
            args += ["--set", "tls.key=" + key]
        r = chatsrv(*args)
        assert r.returncode in (2, 70), (cert, key, r)
        assert name in r.stderr, (cert, key, r.stderr)


@test("a key that others may read is refused")
def _():
    loose = os.path.join(folder, "loose.pem")
    with open(KEY) as f, open(loose, "w") as g:
        g.write(f.read())
    os.chmod(loose, 0o644)
    r = chatsrv("--listen", "127.0.0.1:0", "--store",
                "sqlite:%s/x.db" % folder, "--set", "tls.certificate=" + CERT,
                "--set", "tls.key=" + loose)
    assert r.returncode in (2, 70) and loose in r.stderr, r


run()
