"""How libopttrack scales: with the datafile, with threads, and in memory. Ratios are taken within a round."""

import json
import os
import subprocess
import sys

import contestants
import datafile
import report
import session

SMALL, MEDIUM, LARGE = 20, 500, 5_000
PROBE, MEMORY = (str(contestants.BUILT / "bin" / name) for name in ("scaling", "memory"))
FLAG, EVENT = "checkout_10", "purchase"
# Calls of each measurement; as many as let a round take about two seconds.
DECIDES, LOADED_FLAGS, THREAD_CALLS, PROFILE_CALLS, TRACKS = 50_000, 5_000, 100_000, 20_000, 50_000


class Prober:
    """benches/c/scaling.c with one datafile."""

    def __init__(self, flags):
        path = contestants.BUILT / f"flags-{flags}.json"
        self.path, self.flags, self.size = path, flags, datafile.write(path, flags)
        self.process = subprocess.Popen(
            [PROBE, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def ask(self, *fields):
        self.process.stdin.write("\t".join(map(str, fields)) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise session.Failure(f"the measurement of scaling ended at '{fields[0]}'")
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        self.process.wait(session.EXIT_SECONDS)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def per_call(answer, clock):
    return answer[clock] / answer["count"]


def grown(first, second, clock, sizes=(1, 1)):
    """How many times as much a call of the second takes, for each unit of size."""
    return (per_call(second, clock) / sizes[1]) / (per_call(first, clock) / sizes[0])


def play_round(probers):
    """One round: {name: (wall, processor time)} of ratios, and the waits of the threads."""
    small, medium, large = probers
    ratios, waits = {}, {}

    def compare(name, first, second, sizes=(1, 1)):
        ratios[name] = tuple(grown(first, second, clock, sizes) for clock in ("wall_ns", "cpu_ns"))

    compare("decide_flags", small.ask("decide", DECIDES, FLAG), large.ask("decide", DECIDES, FLAG))
    compare("decide_scattered", small.ask("decide", DECIDES), large.ask("decide", DECIDES))
    loads = {prober: prober.ask("load", max(1, LOADED_FLAGS // prober.flags)) for prober in probers}
    compare("load_medium", loads[small], loads[medium], (small.size, medium.size))
    compare("load_large", loads[medium], loads[large], (medium.size, large.size))
    work = (
        ("decide", THREAD_CALLS, FLAG), ("forced", THREAD_CALLS, FLAG), ("profile", PROFILE_CALLS, FLAG),
        ("track", TRACKS, EVENT),
    )
    for name, calls, key in work:
        one, two = (small.ask("threads", name, threads, calls, key) for threads in (1, 2))
        # Twice the calls in the same time are 2; in processor time they are, if nobody spins or misses its cache.
        ratios[name] = per_call(one, "wall_ns") / per_call(two, "wall_ns"), 2 / grown(one, two, "cpu_ns")
        waits[name] = two["waits"]
    return ratios, waits


def remembered(prober):
    """What the datafile takes in memory, counted in a process of its own."""
    done = subprocess.run([MEMORY, str(prober.path)], check=True, capture_output=True, text=True)
    answer = json.loads(done.stdout)
    return {name: answer[name] / answer["text"] for name in ("live", "peak", "resident")}


TITLES = (
    ("decide_flags", "one flag decided with 5,000 flags, over the same with 20", "at most 1.5"),
    ("decide_scattered", "all flags in turn: 5,000 of them, over 20 (so out of the cache)", ""),
    ("load_medium", "load for each byte of 500 flags, over that of 20", "at most 1.2"),
    ("load_large", "load for each byte of 5,000 flags, over that of 500", "at most 1.2"),
    ("decide", "decides of two threads, over those of one", "at least 1.9"),
    ("forced", "the same with variations forced on 1,000 users", "at least 1.8"),
    ("profile", "the same with a user profile service", "at least 1.8"),
    ("track", "tracks of two threads, over those of one", "at least 1.8"),
)


def measure(rounds, out):
    """Measures and prints; returns everything for results.json."""
    reason = contestants.missing("scaling", (PROBE, MEMORY))
    if reason:
        print(f"NOT MEASURED: scaling: {reason}", file=out)
        if os.environ.get("OPT_REQUIRE_ALL") == "1":
            sys.exit("OPT_REQUIRE_ALL=1 asks for scaling, too")
        return {"not_measured": reason}
    probers = []
    try:
        for flags in (SMALL, MEDIUM, LARGE):
            probers.append(Prober(flags))
        play_round(probers)
        played = [play_round(probers) for _ in range(rounds)]
        memory = [remembered(prober) for prober in probers]
        for prober in probers:
            prober.close()
    finally:
        for prober in probers:
            prober.kill()
    return tell(probers, played, memory, out)


def tell(probers, played, memory, out):
    """Prints the table and returns what is in it, with the figures of each round."""
    print(f"\nscaling, C, {len(played)} rounds; ratios within a round, by wall time and by processor time", file=out)
    print(f"  {'':64}{'median':>8}{'min':>7}{'max':>7}{'cpu':>7}  wanted", file=out)
    rows = {}
    for name, title, wanted in TITLES:
        rounds = [[ratios[name][clock] for ratios, _ in played] for clock in (0, 1)]
        wall, cpu = map(report.Spread, rounds)
        waits = [waited[name] for _, waited in played if name in waited]
        rows[name] = {"wall": {**wall.as_json(), "rounds": rounds[0]}, "cpu": {**cpu.as_json(), "rounds": rounds[1]}}
        figures = f"{wall.median:>8.2f}{wall.least:>7.2f}{wall.most:>7.2f}{cpu.median:>7.2f}"
        if waits:
            rows[name]["waits"] = waits
            wanted += f"; waited in the kernel {max(waits)} times at most"
        print(f"  {title:64}{figures}  {wanted}", file=out)
    for prober, sizes in zip(probers, memory):
        print(
            f"  a loaded datafile of {prober.flags:,} flags, over its text: live {sizes['live']:.2f} (at most 1.0);"
            f" peak while loading {sizes['peak']:.2f}, touched {sizes['resident']:.2f} (at most 3)",
            file=out,
        )
        rows[f"memory_{prober.flags}"] = sizes
    return rows
