"""Turns the timings of a run into a table of medians and ratios, and into results.json."""

import json
import os
import platform
import statistics

import operations

class Spread:
    """Median, least and most of one figure over the rounds."""

    def __init__(self, values):
        self.median, self.least, self.most = statistics.median(values), min(values), max(values)

    def as_json(self):
        return {"median": self.median, "min": self.least, "max": self.most}


def duration(nanoseconds):
    """A time with three digits and the unit that suits it."""
    for unit, size in (("ms", 1e6), ("us", 1e3)):
        if nanoseconds >= size:
            return f"{nanoseconds / size:.3g} {unit}" if nanoseconds < 1000 * size else f"{nanoseconds / size:.0f} {unit}"
    return f"{nanoseconds:.0f} ns"


class Result:
    """All that a run has shown."""

    def __init__(self, workers, missing, measured, books, calls, warmup, project, files):
        self.workers, self.missing, self.measured, self.books = workers, missing, measured, books
        self.calls, self.warmup, self.project, self.files = calls, warmup, project, files

    def takers(self, operation):
        return [worker for worker in self.workers if worker.contestant.takes(operation)]

    def per_call(self, operation, name, clock):
        """The figure of each round, or None where a runtime does not have that clock."""
        timings = [timings[operation, name] for timings in self.measured]
        if timings[0][clock] is None:
            return None
        return [timing[clock] / timing["count"] for timing in timings]

    def ratio(self, operation, ours, peer, clock="wall_ns"):
        """Round by round, how many times longer the peer takes: both ran in the same round, under the same load."""
        sides = [self.per_call(operation, name, clock) for name in (peer, ours)]
        return Spread([theirs / own for theirs, own in zip(*sides)]) if all(sides) else None

    def ratios(self, operation):
        """(ours, theirs, spread of wall time, spread of processor time or None) for every pair."""
        takers = self.takers(operation)
        sides = ([w for w in takers if w.contestant.ours is side] for side in (True, False))
        ours, peers = sides
        for one in ours:
            for peer in peers:
                names = operation, one.contestant.name, peer.contestant.name
                yield one.contestant, peer.contestant, self.ratio(*names), self.ratio(*names, "cpu_ns")

    def print(self, out):
        self._print_head(out)
        for operation in operations.ALL:
            size = f" ({self.files[operation.loads].stat().st_size / 1000:.0f} kB)" if operation.loads else ""
            print(f"\n{operation.title}{size}", file=out)
            self._print_times(operation.name, out)
            for one, peer, wall, cpu in self.ratios(operation.name):
                print(
                    f"  {one.label} is {wall.median:.1f} times as fast as {peer.label}"
                    f" ({wall.least:.1f} to {wall.most:.1f}{f'; processor time {cpu.median:.1f}' if cpu else ''})",
                    file=out,
                )
            self._print_wanted(operation, out)
        self._print_events(out)
        for contestant, reason in self.missing.items():
            print(f"NOT MEASURED: {contestant.label}: {reason}", file=out)

    def _print_head(self, out):
        load = os.getloadavg()[1]
        print(f"{platform.platform()}, {processor()}; {load:.1f} threads ran or waited in the last 5 minutes", file=out)
        rounds = f"{len(self.measured)} rounds after {self.warmup} to warm up, {self.calls} calls with an event each"
        print(f"datafile {self.project.name}; {rounds}; time on the caller's thread, per call", file=out)
        for worker in self.workers:
            print(f"  {worker.contestant.label} {worker.about['version']} on {worker.about['runtime']}", file=out)

    def _print_times(self, operation, out):
        print(f"  {'':26}{'median':>10}{'min':>10}{'max':>10}{'cpu median':>13}", file=out)
        for worker in self.takers(operation):
            name = worker.contestant.name
            wall = Spread(self.per_call(operation, name, "wall_ns"))
            cpu = self.per_call(operation, name, "cpu_ns")
            cells = [duration(figure) for figure in (wall.median, wall.least, wall.most)]
            cells.append(duration(Spread(cpu).median) if cpu else "-")
            print("  {:26}{:>10}{:>10}{:>10}{:>13}".format(worker.contestant.label, *cells), file=out)

    def _print_wanted(self, operation, out):
        wanted = []
        if operation.wanted_ns:
            wanted.append(f"at most {duration(operation.wanted_ns)} from C")
        if operation.wanted_times:
            wanted.append(f"{operation.wanted_times} times as fast as the official Go SDK")
        if wanted:
            print(f"  wanted: {', '.join(wanted)}", file=out)

    def _print_events(self, out):
        print("\nevents, counted at each contestant's own collector", file=out)
        print(f"  {'':26}{'sent':>10}{'received':>10}{'lost':>8}{'posts':>8}{'connections':>13}", file=out)
        for worker in self.workers:
            sent, stats = self.books[worker.contestant.name]
            cells = (sent, stats["unique"], sent - stats["unique"], stats["posts"], stats["connections"])
            print("  {:26}{:>10}{:>10}{:>8}{:>8}{:>13}".format(worker.contestant.label, *cells), file=out)

    def write(self, path, more):
        """Everything above for machines, the single rounds included, and what else was measured."""
        measured = {}
        for operation in (each.name for each in operations.ALL):
            times = {}
            for worker in self.takers(operation):
                name = worker.contestant.name
                clocks = {clock: self.per_call(operation, name, clock) for clock in ("wall_ns", "cpu_ns")}
                times[name] = {
                    clock: {**Spread(values).as_json(), "rounds": values} if values else None
                    for clock, values in clocks.items()
                }
            ratios = [
                {"ours": one.name, "peer": peer.name, **wall.as_json(), "cpu": cpu.as_json() if cpu else None}
                for one, peer, wall, cpu in self.ratios(operation)
            ]
            measured[operation] = {"per_call": times, "ratios": ratios}
        document = {
            "machine": {"system": platform.platform(), "processor": processor()},
            "rounds": len(self.measured),
            "calls": self.calls,
            "datafile": {"name": self.project.name, "bytes": self.project.stat().st_size},
            "contestants": {worker.contestant.name: worker.about for worker in self.workers},
            "not_measured": {contestant.name: reason for contestant, reason in self.missing.items()},
            "operations": measured,
            **more,
            "events": {name: {"sent": sent, **stats} for name, (sent, stats) in self.books.items()},
        }
        path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def processor():
    """The processor's name, and how many there are."""
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{len(names)} x {names[0]}" if names else platform.machine()
