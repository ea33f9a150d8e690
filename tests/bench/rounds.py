"""Interleaved rounds of chatsrv and the floor, and what follows from them.

A figure of one moment means little on a shared machine: the floor against
itself varies by a third.  So chatsrv, the floor and the floor once more take
turns in short rounds, each round gives two ratios, and the medians count: the
floor's ratio to itself is the control, and where it is not near 1 nothing was
measured.
"""

import contextlib
import statistics
from collections import namedtuple

from servers import BenchError, Chatsrv, Floor, Load

CONTROL_LOW, CONTROL_HIGH = 0.93, 1.07
SIMILAR_WRITES = 1.25
BYTES_APART = 0.02

MET, MISSED, UNDECIDED = "met", "missed", "undecided"

# One line of the results: texts, but for the verdict above.
Outcome = namedtuple("Outcome", "what bar measured control verdict")


def median(values):
    return statistics.median(values)


def ratios(above, below):
    """The median of the quotients of each round."""
    return median(a / b for a, b in zip(above, below))


def control_holds(control):
    return CONTROL_LOW <= control <= CONTROL_HIGH


def cost(run):
    """CPU time of the server for each delivery in µs."""
    return run["cpu_ns"] / run["deliveries"] / 1e3


class Side:
    """A server with its generator, and the runs that were made with them."""

    def __init__(self, stack, server, load):
        self.server = stack.enter_context(server)
        self.load = stack.enter_context(load(self.server))
        self.runs = []
        self.writes = 0

    def writes_now(self):
        return self.server.counters()["chatsrv_socket_writes_total"]

    def run(self, **words):
        """One run; returns it with `writes` for each delivery."""
        before = self.writes_now()
        run = self.load.run(**words)
        run["writes"] = (self.writes_now() - before) / run["deliveries"]
        return run

    def each(self, function):
        return [function(run) for run in self.runs]

    def median(self, function):
        return median(self.each(function))


class Rounds:
    """The three sides of one comparison, after `count` rounds."""

    def __init__(self, sides):
        self.chatsrv, self.floor, self.again = sides
        self.ratio = ratios(self.chatsrv.each(cost), self.floor.each(cost))
        self.control = ratios(self.again.each(cost), self.floor.each(cost))

    def similar_writes(self):
        """Whether both sides wrote about as often for each delivery."""
        ours = self.chatsrv.median(lambda run: run["writes"])
        floors = self.floor.median(lambda run: run["writes"])
        return 1 / SIMILAR_WRITES <= ours / floors <= SIMILAR_WRITES

    def check_bytes(self):
        """Both sides must have written equal bytes for each delivery."""
        def each(run):
            return run["bytes"] / run["deliveries"]

        ours, floors = (side.median(each)
                        for side in (self.chatsrv, self.floor))
        if abs(ours / floors - 1) > BYTES_APART:
            raise BenchError(f"{ours:.1f} bytes a delivery of chatsrv, "
                             f"{floors:.1f} of the floor: not comparable")

    def describe(self, run_of):
        """`us, writes` of one side."""
        return (f"{run_of.median(cost):.3g} µs, "
                f"{run_of.median(lambda run: run['writes']):.3g} writes")


def gather_for(writes, flight):
    """How many messages a write of chatsrv carried, for the floor's option."""
    return max(1, min(flight, round(1 / writes)))


def fan_out(bench, seats, rooms, mode, words, gather=False):
    """Plays `rounds` rounds of the run `words` on all three sides.

    `mode` is the floor's; with `gather` it puts as many messages into a write
    as chatsrv did in the warm-up.  Returns Rounds.
    """
    words = dict(words, seconds=bench.seconds)
    count = seats * rooms
    with contextlib.ExitStack() as stack:
        folder = bench.folder()
        chatsrv = Side(stack, Chatsrv(bench.tools, folder),
                       lambda s: Load(bench.tools, folder, s, seats))
        chatsrv.load.connect(count, settle=bench.settle)
        warm = chatsrv.run(**words)
        query = (f"frame={round(warm['frame'])}"
                 f"&ack={round(warm['ack_frame'])}")
        sides = [chatsrv]
        for _ in range(2):
            side = Side(stack, Floor(bench.tools, folder, mode, gather_for(
                warm["writes"], words.get("flight", 64)) if gather else 1),
                lambda s: Load(bench.tools, folder, s, seats, query=query))
            side.load.connect(count)
            side.run(**words)
            sides.append(side)
        for i in range(bench.rounds):
            for side in sides[i % 3:] + sides[:i % 3]:
                side.runs.append(side.run(**words))
        result = Rounds(sides)
        if not bench.quick:     # then presence falls into the round
            result.check_bytes()
        return result


def decided(bench, measure, holds):
    """measure() again until holds(result), at most `tries` times.

    Returns the last result and whether it holds.
    """
    for _ in range(bench.tries):
        result = measure()
        if holds(result):
            return result, True
    return result, False
