"""
chatcli: the program as a script meets it, for the tests of its pipes.

Home   a user's folders, with one server in mind
       .run(...) to its end, .start(...) in the background

Environment: CHATCLI (the program), else BUILD/chatcli/chatcli.
"""

import atexit
import os
import re
import subprocess

from chat_base import BUILD, SLACK, new_folder

_started = []


def program():
    """The path of chatcli."""
    return os.environ.get("CHATCLI") or \
        os.path.join(BUILD, "chatcli", "chatcli")


class Home:
    """Where chatcli keeps what it knows; a new one is a new guest."""

    def __init__(self, server, nick=None):
        self.tmp = new_folder("home")
        self.server, self.nick = server, nick

    def env(self, **extra):
        env = {k: v for k, v in os.environ.items()
               if not k.startswith(("CHATCLI_", "XDG_", "LC_", "LANG"))}
        env.update(HOME=self.tmp, TZ="UTC", CHATCLI_SERVER=self.url())
        env["ASAN_OPTIONS"] = "exitcode=99:" + env.get("ASAN_OPTIONS", "")
        env["UBSAN_OPTIONS"] = "print_stacktrace=1:exitcode=99"
        if self.nick:
            env["CHATCLI_NICK"] = self.nick
        env.update(extra)
        return env

    def url(self):
        return "http://127.0.0.1:%d" % self.server.port

    def path(self, *names):
        return os.path.join(self.tmp, *names)

    def state(self):
        """Its state folder."""
        return self.path(".local", "state", "chatcli")

    def guests(self):
        """The files that say who we are."""
        return [os.path.join(self.state(), n)
                for n in os.listdir(self.state()) if n.startswith("guest-")]

    def run(self, *args, input=b"", timeout=30, **env):
        """Runs it: .returncode, .stdout, .stderr (bytes)."""
        if isinstance(input, str):
            input = input.encode()
        done = subprocess.run([program(), *args], env=self.env(**env),
                              input=input, capture_output=True,
                              timeout=timeout * SLACK)
        clean(done.stderr)
        return done

    def ok(self, *args, **how):
        """The same, which must succeed; stdout as text."""
        done = self.run(*args, **how)
        assert done.returncode == 0, (args, done.returncode, done.stderr)
        return done.stdout.decode()

    def start(self, *args, **how):
        """Starts it with stdout and stderr as pipes."""
        how = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE,
               "stderr": subprocess.PIPE, **how}
        _started.append(subprocess.Popen([program(), *args], env=self.env(),
                                         **how))
        return _started[-1]


def clean(stderr):
    """No sanitizer has anything to say."""
    found = re.search(rb"[A-Za-z]+Sanitizer|runtime error:", stderr)
    assert not found, stderr.decode(errors="replace")[:4000]


@atexit.register
def _clean_up():
    for process in _started:
        if process.poll() is None:
            process.kill()
            process.wait()
