#!/usr/bin/python3
"""
HTTP as no decent client speaks it, foreign hosts and origins, and what pages,
/healthz, /readyz and /metrics say.
"""

import email.utils
import os
import re
import signal
import socket
import time

from chat import Client, Refused, Server, connect, new_folder, \
    parse_answer, read_all, run, shared, test
from scene import alive, own_address, request


def host():
    return "Host: 127.0.0.1:%d" % shared().port


@test("requests that could be read in two ways get 400 and are closed")
def _():
    bad = {
        "no Host": request("GET / HTTP/1.1"),
        "no Host for a socket": request(
            "GET /ws HTTP/1.1", "Upgrade: websocket", "Connection: Upgrade",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Version: 13"),
        "two Hosts": request("GET / HTTP/1.1", host(), "Host: evil.example"),
        "HTTP/1.0": request("GET / HTTP/1.0", host()),
        "HTTP/9.9": request("GET / HTTP/9.9", host()),
        "HTTP/2.0": request("GET / HTTP/2.0", host()),
        "HTTP/0.9": b"GET /\r\n\r\n",
        "CL and TE": request("POST / HTTP/1.1", host(), "Content-Length: 5",
                             "Transfer-Encoding: chunked",
                             body=b"0\r\n\r\nGET /metrics HTTP/1.1\r\n\r\n"),
        "TE": request("GET / HTTP/1.1", host(), "Transfer-Encoding: chunked",
                      body=b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        "TE and CL on GET": request(
            "GET / HTTP/1.1", host(), "Transfer-Encoding: chunked",
            "Content-Length: 3", body=b"abc"),
        "the HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9),
    }
    wrong = []
    for what, data in bad.items():
        raw = shared().raw(data)
        status = parse_answer(raw).status
        if status not in {"two Hosts": (400, 403), "HTTP/0.9": (400, 0),
                          "the HTTP/2 preface": (400, 403, 0)}.get(
                              what, (400,)):
            wrong.append((what, raw[:200]))
        if len(re.findall(rb"^HTTP/1\.1 \d", raw, re.M)) > 1:
            wrong.append((what, "more than one answer", raw[-400:]))
    assert not wrong, wrong
    alive()


@test("garbage and oversized requests are refused without harm")
def _():
    for data in (b"\x00" * 100, b"\r\n" * 1000, b"\x16\x03\x01\x02\x00" * 20,
                 b"GET", b"GET " + b"/" * 70000 + b" HTTP/1.1\r\n\r\n",
                 request("GET / HTTP/1.1", host(), "X: " + "y" * 70000),
                 request("GET / HTTP/1.1", host(), *(
                     "X-%d: y" % i for i in range(5000))),
                 request("GET / HTTP/1.1", host(), ": novalue"),
                 request("GET / HTTP/1.1", host(), "X\x00: y"),
                 request("BREW /ws HTTP/1.1", host())):
        s = shared().connect()
        try:
            s.sendall(data)
            s.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        raw = read_all(s)
        s.close()
        assert b" 200 " not in raw.split(b"\r\n")[0] or \
            data.startswith(b"GET / "), (data[:50], raw[:200])
    alive()


@test("an upgrade to h2c or anything but websocket is refused")
def _():
    for what in ("h2c", "h2", "WebSockets", "websocket, h2c", "TLS/1.0", ""):
        s = shared().connect()
        s.sendall(request(
            "GET /ws HTTP/1.1", host(), "Connection: Upgrade, HTTP2-Settings",
            "Upgrade: " + what, "HTTP2-Settings: AAMAAABkAAQAAP__",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Version: 13"))
        s.shutdown(socket.SHUT_WR)
        raw = read_all(s)
        s.close()
        assert b" 101 " not in raw.split(b"\r\n")[0], (what, raw)
        assert b"PRI" not in raw and b"\x00\x00" not in raw, (what, raw)
    alive()


@test("handshakes with wrong key or version are refused")
def _():
    for lines in (("Sec-WebSocket-Version: 13",),
                  ("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",),
                  ("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                   "Sec-WebSocket-Version: 8"),
                  ("Sec-WebSocket-Key: ", "Sec-WebSocket-Version: 13")):
        s = shared().connect()
        s.sendall(request("GET /ws HTTP/1.1", host(), "Upgrade: websocket",
                          "Connection: Upgrade", *lines))
        s.shutdown(socket.SHUT_WR)
        raw = read_all(s)
        assert b" 101 " not in raw, (lines, raw)
    alive()


HOSTS_BAD = ("evil.example", "evil.example:80", "localhost.evil.example",
             "127.0.0.1.evil.example", "evil.example#127.0.0.1", "1.2.3.4",
             "127.0.0.1@evil.example", "[::2]", "localhost:80:80", "lo cal",
             "2130706433", "127.1", "0x7f.0.0.1", "*", ".", "169.254.169.254")


@test("a Host that is not ours is refused, and the log says which setting")
def _():
    for name in HOSTS_BAD:
        for path in ("/", "/room/lobby", "/metrics"):
            answer = shared().get(path, host=name)
            assert 400 <= answer.status < 500, (name, path, answer)
        try:
            Client(shared(), host=name)
        except Refused as refused:
            assert refused.status == 0 or 400 <= refused.status < 500
        else:
            raise AssertionError("a socket for Host: %s" % name)
    assert "http.hosts" in shared().log_text()


@test("localhost, this machine's name and the address itself are our Hosts")
def _():
    port = shared().port
    for name in ("localhost", "localhost:%d" % port, "127.0.0.1",
                 "127.0.0.1:%d" % port, "LOCALHOST", socket.gethostname(),
                 "%s:%d" % (socket.gethostname(), port)):
        assert shared().get("/", host=name).status == 200, name
        Client(shared(), host=name)


@test("http.hosts allows more names, and only those")
def _():
    server = Server(http_hosts="chat.example")
    assert server.get("/", host="chat.example").status == 200
    assert server.get("/", host="CHAT.example:8443").status == 200
    Client(server, host="chat.example", origin="http://chat.example")
    for name in ("evil.example", "xchat.example", "chat.example.evil",
                 "sub.chat.example"):
        assert server.get("/", host=name).status >= 400, name
    server.terminate()


@test("spoofed Origins are refused on every socket's address")
def _():
    me = "127.0.0.1:%d" % shared().port
    spoofed = (
        ("Origin: http://evil.example",),
        ("Origin: http://%s.evil.example" % me,),
        ("Origin: http://evil.example/%s" % me,),
        ("Origin: http://%s@evil.example" % me,),
        ("Origin: http://evil%s" % me,),
        ("Origin: http://127.0.0.1:%d0" % shared().port,),
        ("Origin: http://127.0.0.1",),
        ("Origin: null",),
        ("Origin: http://%s" % me, "Origin: http://evil.example"),
        ("Origin: http://evil.example", "Origin: http://%s" % me),
        ("Origin: http://%s%s" % (me, "a" * 4096),),
        ("Origin: http://%s %s" % (me, "http://evil.example"),),
        ("Origin: http://localhost:%d" % shared().port,),
        ("Origin: file://",),
        ("Origin: ws://%s" % me,),
        ("Origin: HTTP://EVIL.EXAMPLE",),
        ("Origin: http://[::1]:%d" % shared().port,),
        ("Origin: http://%s\x00.evil.example" % me,),
    )
    wrong = []
    for path in ("/ws", "/ws/chat/lobby/", "/ws/mock_up/lobby/"):
        for headers in spoofed:
            try:
                Client(shared(), path, headers=headers)
            except Refused as refused:
                if refused.status not in (0, 400, 403, 413, 431):
                    wrong.append((path, headers[0][:60], refused.status))
            else:
                wrong.append((path, headers[0][:60], "let in"))
    assert not wrong, wrong
    alive()


@test("the page's own Origin and none at all are let in")
def _():
    me = "127.0.0.1:%d" % shared().port
    for path in ("/ws", "/ws/chat/lobby/"):
        Client(shared(), path)
        Client(shared(), path, origin="http://" + me)
        Client(shared(), path, host="localhost:%d" % shared().port,
               origin="http://localhost:%d" % shared().port)


@test("unknown subprotocols get 400, chat.v1 is found among others")
def _():
    for wanted in ("chat.v2", "x, y", "CHAT.V1", "chat.v1x", "chat", "mqtt"):
        try:
            Client(shared(), protocols=wanted)
        except Refused as refused:
            assert refused.status == 400, (wanted, refused)
        else:
            raise AssertionError("%s was taken" % wanted)
    for wanted in ("chat.v1", "chat.v2, chat.v1", "x,chat.v1,y"):
        c = Client(shared(), protocols=wanted)
        assert c.answer.headers["sec-websocket-protocol"] == "chat.v1"
    c = Client(shared(), protocols=None)
    assert "sec-websocket-protocol" not in c.answer.headers, c.answer
    c.hello()


@test("who asks for permessage-deflate gets a plain connection")
def _():
    for offer in ("permessage-deflate",
                  "permessage-deflate; client_max_window_bits",
                  "x-webkit-deflate-frame, permessage-deflate"):
        c = Client(shared(), headers=["Sec-WebSocket-Extensions: " + offer])
        assert "sec-websocket-extensions" not in c.answer.headers, c.answer
        c.hello()
        c.ok("join", room="plain")
        c.ok("send", room="plain", text="a" * 10000)
        c.wait(lambda e: e["ev"] == "message")


@test("no path leads out of the table of files")
def _():
    for path in ("/../etc/passwd", "/../../../../etc/passwd",
                 "/js/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd",
                 "/..%2f..%2fetc/passwd", "/js/%2e%2e/%2e%2e/configure.ac",
                 "/js/", "/css", "//etc/passwd",
                 "/..\\..\\etc\\passwd", "/.git/config",
                 "/%252e%252e/etc/passwd", "/js/%c0%ae%c0%ae/passwd",
                 "/room/../../etc/passwd", "/room/%2e%2e%2f%2e%2e%2fpasswd",
                 "/local.mk", "http://evil.example/etc/passwd"):
        answer = shared().get(path)
        assert answer.status in (0, 400, 403, 404), (path, answer)
        assert b"root:" not in answer.raw and b"[core]" not in answer.raw
    raw = shared().raw(b"GET /../../../../etc/passwd HTTP/1.1\r\n" +
                       host().encode() + b"\r\nConnection: close\r\n\r\n")
    assert b"root:" not in raw


@test("other methods than GET and HEAD are refused on pages")
def _():
    for method in ("POST", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT",
                   "OPTIONS"):
        s = shared().connect()
        s.sendall(request("%s / HTTP/1.1" % method, host(),
                          "Content-Length: 0", "Connection: close"))
        s.shutdown(socket.SHUT_WR)
        answer = parse_answer(read_all(s))
        assert answer.status == 0 or 400 <= answer.status <= 501, (
            method, answer)
        if answer.status == 405:
            assert answer.headers["allow"] == "GET, HEAD", answer
        assert answer.status == 405 or method not in ("POST", "PUT"), answer
    alive()


@test("a refusal has the headers that belong to it")
def _():
    answer = shared().get("/ws")
    assert answer.status == 426, answer
    assert answer.headers["upgrade"] == "websocket", answer
    assert b"\r\nconnection: upgrade\r\n" in answer.raw, answer
    answer = parse_answer(shared().raw(request(
        "GET /ws HTTP/1.1", host(), "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 8")))
    assert answer.status == 426, answer     # RFC 6455, 4.4
    assert answer.headers["sec-websocket-version"] == "13", answer
    sock = os.path.join(new_folder("unix"), "sock")
    server = Server(listen=["unix:" + sock], limits_enabled="yes",
                    limits_connections_per_address="1")
    headers = ["X-Forwarded-For: 192.0.2.1"]
    held = Client(server, host="localhost", headers=headers)
    try:
        Client(server, host="localhost", headers=headers)
        raise AssertionError("two connections were let in")
    except Refused as refused:
        assert refused.status == 429, refused
        wait = int(refused.answer.headers["retry-after"])
        assert 0 < wait <= 60, refused
    held.sync()
    server.terminate()


@test("answers have the date")
def _():
    for path in ("/", "/no-such-page", "/healthz"):
        answer = shared().get(path)
        date = email.utils.parsedate_to_datetime(answer.headers["date"])
        assert abs(date.timestamp() - time.time()) < 60, answer.headers
        assert answer.headers["date"].endswith(" GMT"), answer.headers


@test("what is not there does not count as a refused connection")
def _():
    def refused():
        return shared().metrics()["chatsrv_refused_total"]
    before = refused()
    assert shared().get("/no-such-page").status == 404
    assert shared().get("/", method="POST").status == 405
    assert refused() == before
    assert shared().get("/", host="evil.example").status == 403
    assert refused() == before + 1


@test("pages carry the security headers")
def _():
    for path in ("/", "/room/lobby", "/no-such-page", "/healthz"):
        answer = shared().get(path)
        h = answer.headers
        csp = {d.split()[0]: d.split()[1:] for d in
               h["content-security-policy"].split(";") if d.strip()}
        assert csp["default-src"] == ["'none'"], csp
        for what in ("script-src", "style-src", "connect-src", "img-src",
                     "manifest-src"):
            assert csp[what] == ["'self'"], (what, csp)
        for what in ("base-uri", "frame-ancestors",
                     "trusted-types"):
            assert csp[what] == ["'none'"], (what, csp)
        assert csp["form-action"] == ["'self'"], csp
        assert csp["require-trusted-types-for"] == ["'script'"], csp
        assert h["x-content-type-options"] == "nosniff", h
        assert h["referrer-policy"] == "no-referrer", h
        assert h["cross-origin-opener-policy"] == "same-origin", h
        assert h["cross-origin-resource-policy"] == "same-origin", h
        assert "strict-transport-security" not in h, h
        assert "server" not in h, h


@test("a room's page is the same whatever the name, nothing is put into it")
def _():
    one = shared().get("/room/lobby")
    two = shared().get("/room/%3Cscript%3Ealert(1)%3C%2Fscript%3E")
    assert one.status == 200 and one.headers["content-type"].startswith(
        "text/html"), one
    assert b"alert(1)" not in two.raw, two
    assert two.status == 404 or two.body == one.body


@test("files have a type and an ETag, and are not sent twice")
def _():
    answer = shared().get("/")
    tag = answer.headers["etag"]
    again = shared().get("/", headers=["If-None-Match: " + tag])
    assert again.status == 304 and again.body == b"", again
    head = shared().get("/", method="HEAD")
    assert head.status == 200 and head.body == b"", head
    head = shared().get("/no-such-page", method="HEAD")
    assert head.status == 404 and head.body == b"", head
    assert int(head.headers["content-length"]) > 0, head
    js = os.listdir(os.path.join(os.path.dirname(os.path.dirname(
        os.path.dirname(os.path.abspath(__file__)))), "www", "js"))
    for name in js[:3]:
        answer = shared().get("/js/" + name)
        assert answer.status == 200, (name, answer)
        assert "javascript" in answer.headers["content-type"], answer


# -------------------------------------------------------- health and metrics

@test("/healthz says ok, /readyz has a line for each dependency")
def _():
    answer = shared().get("/healthz")
    assert answer.status == 200 and answer.body.strip() == b"ok", answer
    answer = shared().get("/readyz")
    assert answer.status == 200, answer
    lines = answer.body.decode().strip().split("\n")
    for what in ("store", "channel"):
        assert any(line.startswith(what) for line in lines), lines


@test("/metrics is Prometheus text without names")
def _():
    c = shared().client("metricsnick")
    c.ok("join", room="metricsroom")
    c.ok("send", room="metricsroom", text="metricstext")
    answer = shared().get("/metrics")
    assert answer.status == 200, answer
    assert answer.headers["content-type"].startswith("text/plain"), answer
    body = answer.body.decode()
    for what in ("metricsnick", "metricsroom", "metricstext"):
        assert what not in body, what
    helps = set(re.findall(r"^# HELP (\S+) .+$", body, re.M))
    types = set(re.findall(
        r"^# TYPE (\S+) (?:counter|gauge|histogram|summary)$", body, re.M))
    assert helps and helps == types, (helps ^ types)
    for line in body.strip().split("\n"):
        assert line.startswith("#") or re.fullmatch(
            r'[a-z_:][a-z0-9_:]*(\{[a-z_]+="[^"\\]*"(,[a-z_]+="[^"\\]*")*\})?'
            r' ([0-9.e+-]+|\+Inf|NaN)', line), line
        if not line.startswith("#"):
            name = re.match(r"[a-z0-9_:]+", line).group()
            assert name in types or re.sub(
                r"_(bucket|sum|count)$", "", name) in types, line


@test("/metrics is for loopback only, and metrics.allow",
      skip=None if own_address() else "this machine has only loopback")
def _():
    me = own_address()
    for allow, status in ((None, (403, 404)), (me, (200,))):
        server = Server(listen=[me + ":0"], **(
            {"metrics_allow": allow} if allow else {}))
        s = connect((me, server.port))
        s.sendall(request("GET /metrics HTTP/1.1",
                          "Host: %s:%d" % (me, server.port),
                          "X-Forwarded-For: 127.0.0.1",
                          "Connection: close"))
        answer = parse_answer(read_all(s))
        s.close()
        assert answer.status in status, (allow, answer)
        server.terminate()


@test("/metrics is not for whoever a proxy on this machine speaks for")
def _():
    for header in ("X-Forwarded-For: 203.0.113.9", "Via: 1.1 proxy",
                   "Forwarded: for=203.0.113.9", "X-Real-IP: 203.0.113.9",
                   "FORWARDED: for=203.0.113.9"):
        answer = shared().get("/metrics", headers=[header])
        assert answer.status == 403, (header, answer)
        assert shared().get("/healthz", headers=[header]).status == 200
    assert shared().get("/metrics").status == 200


@test("/metrics is for an address of metrics.allow, however it is written")
def _():
    for allow, status in (("127.0.0.1", 200), ("::ffff:127.0.0.1", 200),
                          ("::FFFF:7F00:1", 200), ("::127.0.0.1", 403),
                          ("127.0.0.2 ::1", 403)):
        server = Server(metrics_allow=allow)
        answer = server.get("/metrics", headers=["Via: 1.1 x"])
        assert answer.status == status, (allow, answer)
        server.terminate()


def asks_until_closed(server, path):
    """The answers on one connection of a server that stops."""
    ask = request("GET %s HTTP/1.1" % path,
                  "Host: 127.0.0.1:%d" % server.port)
    answers = []
    with server.connect() as s:
        s.sendall(ask)
        answers.append(s.recv(65536))
        server.process.send_signal(signal.SIGTERM)
        try:
            while answers[-1]:
                s.sendall(ask)
                answers.append(s.recv(65536))
        except OSError:
            pass
    return answers


@test("an HTTP connection may ask while the server stops, to the end")
def _():
    server = Server()
    for path, last in (("/readyz", b"store away"),
                       ("/metrics", b"chatsrv_store_away 1")):
        for _ in range(5):      # the last tenth of a second is to be met
            answers = asks_until_closed(server, path)
            assert server.wait_exit() == 0
            server.check_log()
            server.start()
            every = b"".join(answers)
            assert every.count(b"draining") <= every.count(b" 503 "), every
            if any(last in a for a in answers):
                break
        else:
            raise AssertionError((path, len(answers), answers[-2:]))
    server.terminate()


run()
