"""Times from a program's start to what it owes: a line, a screen, its end.

All of them use posix_spawn(3), so that the parent's size is not in the time;
the empty program is started in the same way and is the control.
"""

import fcntl
import os
import pty
import re
import select
import signal
import socket
import struct
import termios
import time

from servers import BenchError, chatsrv_argv, free_port

DEADLINE = 30
EMPTY_PROGRAM = "/bin/true"
ROOM = "firstscreen"
OSC = re.compile(rb"\x1b\].*?(?:\x07|\x1b\\)", re.S)


def end(pid):
    """SIGTERM, and SIGKILL if that does not help within five seconds."""
    os.kill(pid, signal.SIGTERM)
    give_up = time.monotonic() + 5
    while os.waitpid(pid, os.WNOHANG) == (0, 0):
        if time.monotonic() > give_up:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return
        time.sleep(0.005)


def spawn_time():
    """ms from the start of an empty program to its end."""
    begin = time.monotonic()
    os.waitpid(os.posix_spawn(EMPTY_PROGRAM, [EMPTY_PROGRAM], os.environ), 0)
    return (time.monotonic() - begin) * 1e3


def ready_time(tools, folder):
    """ms from the start of chatsrv to its word that it listens."""
    ready, theirs = os.pipe()
    os.set_inheritable(theirs, True)
    argv = chatsrv_argv(tools, folder, f"127.0.0.1:{free_port()}", theirs)
    log = os.path.join(folder, "start.log")
    begin = time.monotonic()
    pid = os.posix_spawn(argv[0], argv, os.environ, file_actions=[
        (os.POSIX_SPAWN_OPEN, 2, log, os.O_WRONLY | os.O_CREAT | os.O_APPEND,
         0o600)])
    os.close(theirs)
    try:
        if not select.select([ready], [], [], DEADLINE)[0] or \
                not os.read(ready, 64):
            raise BenchError(f"chatsrv did not become ready in {folder}")
        return (time.monotonic() - begin) * 1e3
    finally:
        os.close(ready)
        end(pid)


def chatcli_environment(folder):
    """A first start: no configuration, no state, the name answered."""
    env = {k: v for k, v in os.environ.items()
           if k in ("PATH", "TERMINFO", "LD_LIBRARY_PATH")}
    env.update(HOME=folder, XDG_CONFIG_HOME=folder, XDG_STATE_HOME=folder,
               XDG_DATA_HOME=folder, XDG_CACHE_HOME=folder,
               XDG_RUNTIME_DIR=folder, TERM="xterm-256color",
               LC_ALL="C.UTF-8", CHATCLI_NICK="bench")
    return env


def read_until(master, what, begin):
    """ms from `begin` until `what` stands in the terminal's output."""
    seen = b""
    while what not in OSC.sub(b"", seen):
        left = begin + DEADLINE - time.monotonic()
        if left <= 0 or not select.select([master], [], [], left)[0]:
            raise BenchError(f"chatcli painted no {what.decode()}: "
                             f"{seen[-300:]!r}")
        try:
            seen += os.read(master, 65536)
        except OSError:
            raise BenchError(f"chatcli ended: {seen[-300:]!r}") from None
    return (time.monotonic() - begin) * 1e3


def screen_time(tools, folder):
    """ms from the start of chatcli to a screen that names its room.

    The server accepts and never answers: what is painted owes it nothing.
    """
    master, slave = pty.openpty()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        fcntl.ioctl(slave, termios.TIOCSWINSZ,
                    struct.pack("HHHH", 24, 80, 0, 0))
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/room/{ROOM}"
        begin = time.monotonic()
        pid = os.posix_spawn(
            tools.chatcli, [tools.chatcli, url], chatcli_environment(folder),
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.ttyname(slave), os.O_RDWR, 0),
                (os.POSIX_SPAWN_DUP2, 0, 1), (os.POSIX_SPAWN_DUP2, 0, 2)],
            setsid=True)
        try:
            return read_until(master, ROOM.encode(), begin)
        finally:
            end(pid)
            os.close(master)
            os.close(slave)
