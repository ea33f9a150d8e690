#!/usr/bin/python3
"""
The samples of chatsrv(8) for what stands beside chatsrv: nginx, Caddy, stunnel
and an ACL of Redis.  They are taken from the manual as they stand there; only
addresses and paths are replaced.
"""

import os
import re
import shutil
import socket
import ssl
import subprocess

from chat import Client, Refused, SLACK, Server, SRC, new_folder, run, test, \
    wait_for
from chat_nodes import Redis, nodes, wait_up

folder = new_folder("front")
CERT, KEY = os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem")
subprocess.run(
    ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
     "-subj", "/CN=localhost", "-addext",
     "subjectAltName=DNS:localhost,DNS:redis.example.org,IP:127.0.0.1",
     "-keyout", KEY, "-out", CERT], check=True, capture_output=True)
running = []


def sample(word):
    """The block of the manual that has that word."""
    with open(os.path.join(SRC, "man", "chatsrv.8.in")) as f:
        text = f.read()
    found = [b for b in re.findall(r"(?ms)^\.Bd -literal[^\n]*\n(.*?)^\.Ed",
                                   text) if word in b]
    assert len(found) == 1, (word, found)
    return found[0]


def changed(text, **what):
    """With words replaced, each of which must be there."""
    for old, new in what["words"]:
        assert old in text, (old, text)
        text = text.replace(old, new)
    return text


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def write(name, text):
    path = os.path.join(folder, name)
    with open(path, "w") as f:
        f.write(text)
    return path


def start(*argv):
    with open(os.path.join(folder, argv[0] + ".log"), "ab") as log:
        running.append(subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            env={**os.environ, "HOME": folder, "XDG_DATA_HOME": folder}))


def listens(where):
    def try_it():
        with socket.socket(socket.AF_UNIX if isinstance(where, str) else
                           socket.AF_INET) as s:
            return s.connect_ex(where) == 0
    wait_for(try_it, 10 * SLACK, "%s is listened on" % (where,), 0.05)


def end():
    while running:
        p = running.pop()
        p.terminate()
        p.wait()


def without(program):
    path = os.environ["PATH"] + ":/usr/sbin:/sbin"
    os.environ["PATH"] = path
    return not shutil.which(program) and "there is no " + program


redis = Redis()


def talk(a, b, **options):
    """Whoever comes by the front is in the same room as all others."""
    through = Client(a, **options)
    through.hello("front")
    straight = b.client("straight")
    for c in through, straight:
        c.ok("join", room="lobby")
    through.ok("send", room="lobby", text="by the front")
    straight.wait(lambda e: e.get("text") == "by the front")
    straight.ok("send", room="lobby", text="straight")
    through.wait(lambda e: e.get("text") == "straight")
    return through


@test("nginx passes people on to all servers, and tells who they are",
      skip=without("nginx"))
def _():
    a, b = nodes(2, redis, http_hosts="chat.example.org",
                 http_proxies="127.0.0.1", limits_enabled="yes",
                 limits_connections_per_address="3")
    wait_up((a, b))
    port = free_port()
    conf = changed(sample("upstream chatsrv"), words=(
        ("127.0.0.1:8001", "127.0.0.1:%d" % a.port),
        ("127.0.0.1:8002", "127.0.0.1:%d" % b.port),
        ("listen 443", "listen 127.0.0.1:%d" % port),
        ("/etc/ssl/chat.pem", CERT), ("/etc/ssl/private/chat.key", KEY)))
    temp = "".join("%s_temp_path %s/%s;\n" % (w, folder, w) for w in (
        "client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    path = write("nginx.conf", "daemon off; pid %s/nginx.pid;\n"
                 "error_log stderr;\nevents {}\nhttp {\naccess_log off;\n%s%s}"
                 % (folder, temp, conf))
    start("nginx", "-p", folder, "-c", path)
    listens(("127.0.0.1", port))
    tls = ssl.create_default_context(cafile=CERT)
    far = dict(address=("127.0.0.1", port), tls=tls, host="chat.example.org",
               origin="https://chat.example.org")
    one = talk(a, b, **far)
    # all come from one address here: three at each server, not one more
    held = []
    for _ in range(12):
        try:
            held.append(Client(a, **far))
        except (Refused, OSError):
            pass
    assert len(held) == 5 and not one.close_code, len(held)
    end()
    a.terminate(), b.terminate()


@test("Caddy passes people on to all servers", skip=without("caddy"))
def _():
    a, b = nodes(2, redis, http_proxies="127.0.0.1")
    wait_up((a, b))
    port = free_port()
    conf = changed(sample("reverse_proxy"), words=(
        ("chat.example.org", "http://127.0.0.1:%d" % port),
        ("127.0.0.1:8001", "127.0.0.1:%d" % a.port),
        ("127.0.0.1:8002", "127.0.0.1:%d" % b.port)))
    path = write("Caddyfile", "{\nadmin off\n}\n" + conf)
    start("caddy", "run", "--adapter", "caddyfile", "--config", path)
    listens(("127.0.0.1", port))
    talk(a, b, address=("127.0.0.1", port), host="127.0.0.1:%d" % port,
         origin="http://127.0.0.1:%d" % port)
    end()
    a.terminate(), b.terminate()


@test("the ACL is enough, and stunnel leads to a Redis elsewhere",
      skip=without("stunnel4"))
def _():
    acl = write("users.acl", "\n".join(
        line.strip() for line in changed(
            sample("user default off"),
            words=((">SECRET", ">word"),)).splitlines()) + "\n")
    own = Redis("--aclfile", acl)
    far, near = free_port(), os.path.join(folder, "near.sock")
    start("stunnel4", write("server.conf",
                            "foreground = yes\npid =\n[redis]\ncert = %s\n"
                            "key = %s\naccept = 127.0.0.1:%d\nconnect = %s\n"
                            % (CERT, KEY, far, own.socket)))
    start("stunnel4", write("client.conf",
                            "foreground = yes\npid =\n" + changed(
                                sample("checkHost"), words=(
                                    ("/run/chatsrv/redis.sock", near),
                                    ("redis.example.org:6380",
                                     "127.0.0.1:%d" % far),
                                    ("/etc/ssl/certs/ca-certificates.crt",
                                     CERT)))))
    listens(near)
    secret = write("secret", "word\n")
    os.chmod(secret, 0o600)
    first = Server(server_channel="redis+unix://chatsrv@" + near,
                   channel_password_file=secret)
    second = Server(server_channel="redis+unix://chatsrv@" + near,
                    channel_password_file=secret, store=first.store)
    wait_up((first, second))
    talk(first, second)
    first.terminate(), second.terminate()
    end()


try:
    run()
finally:
    end()
