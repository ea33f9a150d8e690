"""The rows of the table: what is put on chatsrv, and the bar for it.

A scenario is a function of the Bench (the options of this run) that returns an
Outcome.  Where a ratio is the bar, the control decides whether it counts; times
in ms stand beside the time of something that does nothing.
"""

import contextlib
import os
import shutil

from rounds import (MET, MISSED, UNDECIDED, Outcome, control_holds, cost,
                    decided, fan_out, median, ratios)
from servers import BenchError, Chatsrv, Floor, Load, run_tool
from spawn import ready_time, screen_time, spawn_time


def verdict(good, sure=True):
    if not sure:
        return UNDECIDED
    return MET if good else MISSED


def p99(side):
    return side.median(lambda run: run["latency"]["p99"])


def rate(side):
    return side.median(lambda run: run["deliveries"] / run["elapsed"])


def controlled(result):
    return control_holds(result.control)


def fan_out_outcome(what, bar, result, good, sure, more=""):
    measured = (f"{result.ratio:.2f} × ({result.describe(result.chatsrv)}; "
                f"floor {result.describe(result.floor)}); "
                f"p99 {p99(result.chatsrv):.1f} ms{more}")
    return Outcome(what, bar, measured, f"{result.control:.3f}",
                   verdict(good, sure))


def single(bench):
    result, sure = decided(
        bench, lambda: fan_out(bench, bench.scale(1000), 1, "one",
                               {"shape": "closed", "flight": 1}), controlled)
    return fan_out_outcome(
        "1,000 members, 100-byte text, one message at a time",
        "≤ 1.25 × the floor with one write a delivery", result,
        result.ratio <= 1.25, sure)


def pipelined(bench):
    result, sure = decided(
        bench, lambda: fan_out(bench, bench.scale(1000), 1, "turn",
                               {"shape": "closed", "flight": 64}, gather=True),
        lambda r: controlled(r) and r.similar_writes())
    a_second = rate(result.chatsrv)
    return fan_out_outcome(
        "the same, 64 messages in flight",
        "≤ 2 × the coalescing floor at similar writes, ≥ 1,000,000 "
        "deliveries a second", result,
        result.ratio <= 2 and a_second >= 1e6, sure,
        f", {a_second:,.0f} deliveries/s")


def steady(bench):
    result = fan_out(bench, bench.scale(1000), 1, "turn",
                     {"shape": "open", "rate": bench.scale(1000),
                      "flight": 64}, gather=True)
    each, late = result.chatsrv.median(cost), p99(result.chatsrv)
    return Outcome(
        "1,000 messages a second to 1,000 members",
        "≤ 0.7 µs a delivery, p99 ≤ 60 ms",
        f"{result.describe(result.chatsrv)}; p99 {late:.1f} ms",
        f"floor {result.describe(result.floor)}, p99 "
        f"{p99(result.floor):.1f} ms", verdict(each <= 0.7 and late <= 60))


def small_rooms(bench):
    result, sure = decided(
        bench, lambda: fan_out(bench, 10, bench.scale(200), "one",
                               {"shape": "closed", "flight": 1}), controlled)
    return fan_out_outcome(
        "200 rooms of 10, one in flight in each room",
        "≤ 2 × the floor with one write", result, result.ratio <= 2, sure)


def insert_loop(bench, database, batch):
    """Rows a second of a bare loop, and fdatasync's p99 (ms) beside it."""
    done = run_tool([os.path.join(bench.tools.bench, "insert"), "--db",
                     database, "--batch", f"{batch:.2f}", "--seconds",
                     str(bench.seconds)])
    return done["rows"] / done["elapsed"], done["fdatasync_p99"]


def store_like(bench, folder):
    """A store as chatsrv makes it, with one room and one guest in it."""
    with Chatsrv(bench.tools, folder) as server, \
            Load(bench.tools, folder, server, name="fill") as load:
        load.ask("fill", room="log", count=10)
    return os.path.join(folder, "chat.db")


def measure_sends(bench, joining):
    """Acks a second and inserts a second, round by round."""
    words = {"shape": "acks", "senders": 64, "flight": 8,
             "seconds": bench.seconds}
    with contextlib.ExitStack() as stack:
        folder = bench.folder()
        bare = store_like(bench, bench.folder())
        server = stack.enter_context(Chatsrv(bench.tools, folder, seat=None))
        # three busy threads on two cores: the system may place them
        load = stack.enter_context(Load(bench.tools, folder, server, seats=64,
                                        joining=joining, seat=None))
        load.connect(64, settle=bench.settle)
        load.run(**words)
        rounds = []
        for i in range(bench.rounds):
            before = server.counters()
            run = load.run(**words)
            after = server.counters()
            posts, batches = (after[name] - before[name] for name in (
                "chatsrv_store_posts_total", "chatsrv_store_batches_total"))
            first, sync = insert_loop(bench, bare, posts / batches)
            again, resync = insert_loop(bench, bare, posts / batches)
            if i % 2:
                first, again = again, first
            rounds.append({"acks": run["acks"] / run["elapsed"],
                           "p99": run["ack"]["p99"], "bare": first,
                           "again": again, "sync": max(sync, resync),
                           "batch": posts / batches})
    return {key: [r[key] for r in rounds] for key in rounds[0]}


def sends_outcome(bench, what, joining):
    def control(r):
        return ratios(r["again"], r["bare"])

    r, sure = decided(bench, lambda: measure_sends(bench, joining),
                      lambda r: control_holds(control(r)))
    share = ratios(r["acks"], r["bare"])
    late, limit = median(r["p99"]), max(25, 20 * median(r["sync"]))
    return Outcome(
        what, "≥ 60 % of a bare insert loop at the same mean batch; p99 ≤ the "
        "larger of 25 ms and 20 × fdatasync's p99",
        f"{100 * share:.0f} % ({median(r['acks']):,.0f} of "
        f"{median(r['bare']):,.0f} a second, mean batch "
        f"{median(r['batch']):.0f}); p99 {late:.1f} ms of {limit:.1f}",
        f"{control(r):.3f}, fdatasync p99 {median(r['sync']):.2f} ms",
        verdict(share >= 0.6 and late <= limit, sure))


def sends(bench):
    """One of them follows the room: sending needs no subscription."""
    return sends_outcome(
        bench, "acknowledged sends, 64 senders each with 8 in flight, one "
        "room", 1)


def sends_heard(bench):
    """The same, and every message goes to 64: mostly a matter of fan-out."""
    return sends_outcome(
        bench, "acknowledged sends, 64 senders each with 8 in flight, one "
        "room, all of them its members", 64)


def idle_memory(bench):
    count = bench.scale(10000)
    folder = bench.folder()
    with Chatsrv(bench.tools, folder) as server, \
            Load(bench.tools, folder, server, seats=100) as load:
        before = server.rss()
        load.connect(count, settle=bench.settle)
        each = (server.rss() - before) / count / 1024
    return Outcome(
        f"memory for each idle connection, said hello and joined one room, "
        f"{count:,} connections", "≤ 4 KiB of RSS", f"{each:.2f} KiB",
        f"{before / 2**20:.1f} MiB without any", verdict(each <= 4))


def connect_steps(bench, server, query=None):
    """Server's CPU (µs) for each connect, step by step up to the end.

    256 are on their way at a time, as when a crowd comes back at once.

    What follows within a second (presence) is waited for in each step.
    """
    first, step, steps = bench.scale(1000), bench.scale(3000), 6
    settle = 0 if query else bench.settle
    folder = bench.folder()
    with server(folder) as s, Load(bench.tools, folder, s, seats=10,
                                   query=query) as load:
        load.connect(first, settle=settle, window=256)
        return [load.connect(step, window=256, settle=settle)
                ["cpu_ns"] / step / 1e3 for _ in range(steps)]


def measure_connects(bench):
    def chatsrv(folder):
        return Chatsrv(bench.tools, folder)

    def floor(folder):
        return Floor(bench.tools, folder, "one")

    sides = [(chatsrv, None), (floor, "frame=200"), (floor, "frame=200")]
    found = [[], [], []]
    for i in range(bench.rounds):
        for which in (i % 3, (i + 1) % 3, (i + 2) % 3):
            found[which].append(connect_steps(bench, *sides[which]))
    return found


def connects(bench):
    def whole(steps):
        return [sum(s) / len(s) for s in steps]

    def control(found):
        return ratios(whole(found[2]), whole(found[1]))

    found, sure = decided(bench, lambda: measure_connects(bench),
                          lambda found: control_holds(control(found)))
    ours, floors, _ = found
    ratio = ratios(whole(ours), whole(floors))
    steps = [median(column) for column in zip(*ours)]
    flat = ratios([s[-1] for s in ours], [s[0] for s in ours])
    return Outcome(
        "connect + hello + join, 256 at a time, from 1,000 to 19,000 "
        "connections",
        "≤ 4 × the floor's connect, flat",
        f"{ratio:.2f} × ({median(whole(ours)):.0f} µs; floor "
        f"{median(whole(floors)):.0f} µs); last 3,000 ÷ first 3,000: "
        f"{flat:.2f} ({', '.join(f'{s:.0f}' for s in steps)} µs)",
        f"{control(found):.3f}", verdict(ratio <= 4 and flat <= 1.25, sure))


def read_times(bench, folder, rounds):
    """Resumes, joins, pages and bare connects (ms) of one server's life."""
    found = {"resume": [], "join": [], "page": [], "bare": []}
    entries = bench.scale(1000)
    with Chatsrv(bench.tools, folder) as server, \
            Load(bench.tools, folder, server, name="probe") as load:
        for _ in range(rounds):
            found["bare"].append(load.ask("bare")["whole"]["max"])
            resume = load.ask("resume", room="log", entries=entries)
            found["resume"].append(resume["whole"]["max"])
            found["join"].append(resume["join"]["max"])
            page = load.ask("history", room="log", limit=100)
            found["page"].append(page["page"]["max"])
    return found


def reads(bench):
    folder = bench.folder()
    with Chatsrv(bench.tools, folder) as server, \
            Load(bench.tools, folder, server, name="fill") as load:
        load.ask("fill", room="log", count=max(200, bench.scale(5000)))
    # a server that has just started holds no ring: all of it is read back
    r = read_times(bench, folder, bench.rounds)
    resume, page = median(r["resume"]), median(r["page"])
    return Outcome(
        "resume of 1,000 missed entries (connect, hello, join, all of them); "
        "history page of 100", "≤ 20 ms; ≤ 3 ms at the client",
        f"{resume:.2f} ms, of it {median(r['join']):.2f} from the join on "
        f"(worst {max(r['resume']):.2f}); {page:.2f} ms (worst "
        f"{max(r['page']):.2f})",
        f"bare connect {median(r['bare']):.2f} ms",
        verdict(resume <= 20 and page <= 3))


def start(bench):
    entries = bench.scale(1000000)
    full = bench.folder()
    database = store_like(bench, full)
    done = run_tool([os.path.join(bench.tools.bench, "insert"), "--db",
                     database, "--fill", str(entries)])
    if done["rows"] != entries:
        raise BenchError(f"{done['rows']} rows in place of {entries}")
    empty_times, full_times, nothing = [], [], []
    for _ in range(bench.rounds):
        empty = bench.folder()
        nothing.append(spawn_time())
        empty_times.append(ready_time(bench.tools, empty))
        full_times.append(ready_time(bench.tools, full))
        shutil.rmtree(empty)
    none, many = median(empty_times), median(full_times)
    return Outcome(
        f"start to listening with an empty store, with {entries:,} entries",
        "≤ 50 ms, ≤ 100 ms",
        f"{none:.1f} ms (worst {max(empty_times):.1f}), {many:.1f} ms (worst "
        f"{max(full_times):.1f})", f"empty program {median(nothing):.1f} ms",
        verdict(none <= 50 and many <= 100))


def first_screen(bench):
    times, nothing = [], []
    for _ in range(bench.rounds):
        nothing.append(spawn_time())
        times.append(screen_time(bench.tools, bench.folder()))
    return Outcome(
        "chatcli: first screen, before any answer of a server", "≤ 50 ms",
        f"{median(times):.1f} ms (worst {max(times):.1f})",
        f"empty program {median(nothing):.1f} ms",
        verdict(median(times) <= 50))


SCENARIOS = {
    "single": single,
    "pipelined": pipelined,
    "steady": steady,
    "small-rooms": small_rooms,
    "sends": sends,
    "sends-heard": sends_heard,
    "idle-memory": idle_memory,
    "connects": connects,
    "reads": reads,
    "start": start,
    "first-screen": first_screen,
}
