"""Delivery beside the official SDKs: events a second, what each costs, and what is left of a burst."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

import contestants
import report
import session

SINK = str(contestants.BUILT / "bin" / "sink")
# (name, events in a post, events of a round, what is wanted of C). No more events than the queues hold that can't be
# set: the official Go SDK keeps 1,000 posts.
RATES = (
    ("batch_10", 10, 5_000, "100,000 a second"),
    ("batch_1000", 1_000, 50_000, "1,000,000 a second, at most 1 us each and a tenth of the official SDKs"),
)
# Room for all events of a round, where an SDK lets it be set.
QUEUE = 100_000
BURST = 50_000
# How long the greater part of a round may take, and how long the rest is waited for.
ROUND_MS, REST_MS = 60_000, 2_000
# Linux's number for the clock of a whole process.
PROCESS_CLOCK = 2


class Sink:
    """benches/c/sink.c: answers at once and counts afterwards, so that it is nobody's limit."""

    def __init__(self):
        self.process = subprocess.Popen([SINK], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().split()[-1]

    def ask(self, *fields):
        self.process.stdin.write(" ".join(map(str, fields)) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise session.Failure(f"the sink ended at '{fields[0]}'")
        return json.loads(line)

    def kill(self):
        session.kill(self.process)


def processor_ns(process):
    """The processor time that a process has taken in all its threads."""
    return time.clock_gettime_ns((~process.pid << 3) | PROCESS_CLOCK)


class Sender:
    """A worker that delivers to a sink of its own."""

    def __init__(self, contestant, project, lines, settings):
        self.contestant, self.sink = contestant, Sink()
        self.journal = tempfile.TemporaryDirectory(dir=contestants.BUILT)
        errors = contestants.BUILT / "logs" / f"{contestant.name}.delivery.stderr"
        settings = (*settings, *contestant.settings(self.journal.name))
        self.worker = session.Worker(contestant, project, self.sink, lines, errors, settings)
        self.due = 0

    def round(self, events):
        """Tracks so many and waits until they have come; (events a second, processor time of each).

        The rate is that of all but the last tenth: a client without a flush may keep a batch for the next round.
        """
        came = self.sink.ask("stats")["events"]
        most = events * 9 // 10
        self.sink.ask("mark", came + most)
        before = processor_ns(self.worker.process)
        start = time.monotonic_ns()
        self.due += self.worker.ask("track", self.due, events)["events"]
        self.worker.ask("flush")
        self.sink.ask("wait", came + most, ROUND_MS)
        stats = self.sink.ask("wait", self.due, REST_MS)
        spent = processor_ns(self.worker.process) - before
        if not stats["mark_ns"]:
            raise session.Failure(f"{self.contestant.label} delivered {stats['events'] - came} of {events} events")
        return most * 1e9 / (stats["mark_ns"] - start), spent / (stats["events"] - came)

    def lost(self):
        """How many never came, once the client is closed by the SDK's own means."""
        self.worker.leave()
        return self.due - self.sink.ask("stats")["events"]

    def burst(self, events):
        """A tight loop; how many were lost once the client is closed."""
        self.worker.ask("track", 0, events)
        self.due = events
        return self.lost()

    def kill(self):
        self.worker.kill()
        self.journal.cleanup()


def senders(here, project, lines, *settings):
    """One for each contestant; killed again if one can't be made."""
    made = []
    try:
        for one in here:
            made.append(Sender(one, project, lines, settings))
    except session.Failure:
        kill(made)
        raise
    return made


def kill(made):
    for sender in made:
        sender.kill()


def rates(here, project, lines, batch, events, rounds):
    """Interleaved rounds after one to warm up: {contestant: {"rate": …, "cpu_ns": …, "lost": …}}."""
    made = senders(here, project, lines, f"batch={batch}", f"queue={QUEUE}")
    results = {one.name: {"rate": [], "cpu_ns": []} for one in here}
    try:
        for turn in range(rounds + 1):
            place = turn % len(made)
            for sender in made[place:] + made[:place]:
                rate, cost = sender.round(events)
                if turn:
                    results[sender.contestant.name]["rate"].append(rate)
                    results[sender.contestant.name]["cpu_ns"].append(cost)
        for sender in made:
            results[sender.contestant.name]["lost"] = sender.lost()
    finally:
        kill(made)
    return results


def bursts(here, project, lines, rounds):
    """A burst of a new process with stock settings, each in turn: {contestant: [lost]}."""
    lost = {one.name: [] for one in here}
    for _ in range(rounds):
        for one in here:
            made = senders([one], project, lines)
            try:
                lost[one.name].append(made[0].burst(BURST))
            finally:
                kill(made)
    return lost


def tell_ratios(here, measured, out):
    """How many times as fast and as cheap as each peer, round by round."""
    for one in here:
        for peer in here:
            if one.ours and not peer.ours:
                rate, cost = (
                    report.Spread([larger / less for larger, less in zip(*sides)])
                    for sides in (
                        (measured[one.name]["rate"], measured[peer.name]["rate"]),
                        (measured[peer.name]["cpu_ns"], measured[one.name]["cpu_ns"]),
                    )
                )
                print(
                    f"  {one.label} delivers {rate.median:.1f} times as many as {peer.label}"
                    f" ({rate.least:.1f} to {rate.most:.1f}), each for 1/{cost.median:.1f} of the processor time",
                    file=out,
                )


def measure(here, project, lines, rounds, out):
    """Measures and prints; returns everything for results.json."""
    reason = contestants.missing("delivery", (SINK,))
    if reason:
        print(f"NOT MEASURED: delivery: {reason}", file=out)
        if os.environ.get("OPT_REQUIRE_ALL") == "1":
            sys.exit("OPT_REQUIRE_ALL=1 asks for delivery, too")
        return {"not_measured": reason}
    results = {}
    print("\ndelivery to a server that answers at once; the user's making and the call are in all figures", file=out)
    for name, batch, events, wanted in RATES:
        measured = rates(here, project, lines, batch, events, rounds)
        results[name] = {"events": events, "rounds": measured}
        print(f"\n{events:,} events in posts of {batch:,}; {rounds} rounds", file=out)
        print(f"  {'':32}{'events a second':>16}{'min':>12}{'max':>12}{'cpu an event':>14}{'lost':>7}", file=out)
        for one in here:
            result = measured[one.name]
            spread = report.Spread(result["rate"])
            cells = (f"{figure:,.0f}" for figure in (spread.median, spread.least, spread.most))
            print("  {:32}{:>16}{:>12}{:>12}".format(one.label, *cells), end="", file=out)
            print(f"{report.duration(statistics.median(result['cpu_ns'])):>14}{result['lost']:>7}", file=out)
        tell_ratios(here, measured, out)
        print(f"  wanted: {wanted}", file=out)
    lost = bursts(here, project, lines, max(1, rounds // 2))
    results["burst"] = {"events": BURST, "lost": lost}
    print(f"\n{BURST:,} events in a tight loop, then close; stock settings", file=out)
    for one in here:
        median = statistics.median(lost[one.name])
        print(f"  {one.label:32}{median:>10,.0f} lost{100 * median / BURST:>8.1f} %", file=out)
    return results
