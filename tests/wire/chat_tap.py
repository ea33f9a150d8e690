"""
chat_tap: tests as sentences, run and told as TAP; part of the harness in
chat.py.
"""

import os
import sys
import threading
import time
import traceback

from chat_base import running
from chat_server import Server, program

_tests = []
_shared = None


def test(sentence, slow=False, skip=None):
    """
    Marks a function as a test.  slow: it spends its time waiting, so it runs
    beside the others, and must not use shared().  skip: why it can't run.
    """
    def mark(function):
        _tests.append([sentence, function, slow, skip])
        return function
    return mark


def shared():
    """A server for the tests of one program, started when first asked for."""
    global _shared
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("a slow test needs a server of its own")
    if _shared is None:
        _shared = Server()
    if not _shared.running():       # a test has made it stop
        _shared.start()
    return _shared


def _one(function):
    """Runs a test: (failure or None, seconds)."""
    began = time.monotonic()
    running.test = function
    try:
        function()
        return None, time.monotonic() - began
    except BaseException as e:                      # also SystemExit
        if isinstance(e, KeyboardInterrupt):
            raise
        text = traceback.format_exc()
        for server in list(Server.all):
            if server.process is None or not (
                    server.test is function or server is _shared):
                continue
            code = server.process.poll()
            text += "\nlog of chatsrv %d (%s):\n%s" % (
                server.pid, "running" if code is None else
                "exit %s" % code, server.log_tail(15))
            if server is not _shared:
                server.close()
                Server.all.remove(server)
        return text, time.monotonic() - began


def _ends_well():
    for server in Server.all:
        if server.running():
            server.terminate()
        server.check_log()


def run():
    """Runs all tests of this program and ends it."""
    sys.stdout.reconfigure(line_buffering=True)
    if not os.path.exists(program()):
        print("1..0 # SKIP no %s" % program())
        sys.exit(0)
    only = os.environ.get("ONLY", "")
    tests = [t for t in _tests if only in t[0]]
    print("1..%d" % (len(tests) + 1))
    results, threads = {}, []
    for t in tests:
        if t[2] and not t[3]:
            thread = threading.Thread(target=lambda t=t: results.update(
                {t[0]: _one(t[1])}), daemon=True)
            thread.start()
            threads.append((t, thread))
    failed = 0

    def tell(number, sentence, result):
        failure, seconds = result
        if failure:
            print("".join("# %s\n" % line for line in failure.split("\n")),
                  end="")
        if seconds > 1:
            print("# %.1f s" % seconds)
        print("%s %d - %s" % ("not ok" if failure else "ok", number,
                              sentence))
        return bool(failure)

    number = 0
    for sentence, function, slow, skip in tests:
        if slow and not skip:
            continue
        number += 1
        if skip:
            print("ok %d - %s # SKIP %s" % (number, sentence, skip))
        else:
            failed += tell(number, sentence, _one(function))
    for t, thread in threads:
        thread.join()
        number += 1
        failed += tell(number, t[0], results[t[0]])
    failed += tell(number + 1, "every server ended cleanly and without a "
                   "sanitizer's report", _one(_ends_well))
    sys.exit(1 if failed else 0)
