"""Turns the timings of a run into a table of medians and ratios, and into results.json."""

import json
import platform
import statistics

TITLES = {
    "track": "track: one conversion, user built inside, 5 attributes, 3 tags",
    "activate": "activate: one decision with its impression, user built inside, 5 attributes",
    "load": "load: datafile text to a client that can decide",
    "load_large": "load, 500 flags: the same with a generated datafile",
}


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

    def __init__(self, workers, missing, measured, books, calls, warmup, project, sizes):
        self.workers, self.missing, self.measured, self.books = workers, missing, measured, books
        self.calls, self.warmup, self.project, self.sizes = calls, warmup, project, sizes

    def per_call(self, operation, name, clock):
        """The figure of each round, or None where a runtime does not have that clock."""
        timings = [timings[operation, name] for timings in self.measured]
        if timings[0][clock] is None:
            return None
        return [timing[clock] / timing["count"] for timing in timings]

    def ratio(self, operation, ours, peer):
        """Round by round, how many times longer the peer takes: both ran in the same round, under the same load."""
        pairs = zip(self.per_call(operation, peer, "wall_ns"), self.per_call(operation, ours, "wall_ns"))
        return Spread([theirs / own for theirs, own in pairs])

    def ratios(self, operation):
        """(our label, their label, spread) for every pair."""
        sides = ([w for w in self.workers if w.contestant.ours is side] for side in (True, False))
        ours, peers = sides
        for one in ours:
            for peer in peers:
                spread = self.ratio(operation, one.contestant.name, peer.contestant.name)
                yield one.contestant, peer.contestant, spread

    def print(self, out):
        self._print_head(out)
        for operation, title in TITLES.items():
            size = f" ({self.sizes[operation] / 1000:.0f} kB)" if operation in self.sizes else ""
            print(f"\n{title}{size}", file=out)
            self._print_times(operation, out)
            for one, peer, spread in self.ratios(operation):
                print(
                    f"  {one.label} is {spread.median:.1f} times faster than {peer.label}"
                    f" ({spread.least:.1f} to {spread.most:.1f})",
                    file=out,
                )
        self._print_events(out)
        for contestant, reason in self.missing.items():
            print(f"NOT MEASURED: {contestant.label}: {reason}", file=out)

    def _print_head(self, out):
        print(f"{platform.platform()}, {processor()}", file=out)
        rounds = f"{len(self.measured)} rounds after {self.warmup} to warm up, {self.calls} calls each"
        print(f"datafile {self.project.name}; {rounds}; time on the caller's thread, per call", file=out)
        for worker in self.workers:
            print(f"  {worker.contestant.label} {worker.about['version']} on {worker.about['runtime']}", file=out)

    def _print_times(self, operation, out):
        print(f"  {'':26}{'median':>10}{'min':>10}{'max':>10}{'cpu median':>13}", file=out)
        for worker in self.workers:
            name = worker.contestant.name
            wall = Spread(self.per_call(operation, name, "wall_ns"))
            cpu = self.per_call(operation, name, "cpu_ns")
            cells = [duration(figure) for figure in (wall.median, wall.least, wall.most)]
            cells.append(duration(Spread(cpu).median) if cpu else "-")
            print("  {:26}{:>10}{:>10}{:>10}{:>13}".format(worker.contestant.label, *cells), file=out)

    def _print_events(self, out):
        print("\nevents, counted at each contestant's own collector", file=out)
        print(f"  {'':26}{'sent':>10}{'received':>10}{'lost':>8}{'posts':>8}{'connections':>13}", file=out)
        for worker in self.workers:
            sent, stats = self.books[worker.contestant.name]
            cells = (sent, stats["unique"], sent - stats["unique"], stats["posts"], stats["connections"])
            print("  {:26}{:>10}{:>10}{:>8}{:>8}{:>13}".format(worker.contestant.label, *cells), file=out)

    def write(self, path):
        """Everything above for machines, the single rounds included."""
        operations = {}
        for operation in TITLES:
            times = {}
            for worker in self.workers:
                name = worker.contestant.name
                clocks = {clock: self.per_call(operation, name, clock) for clock in ("wall_ns", "cpu_ns")}
                times[name] = {
                    clock: {**Spread(values).as_json(), "rounds": values} if values else None
                    for clock, values in clocks.items()
                }
            ratios = [
                {"ours": one.name, "peer": peer.name, **spread.as_json()} for one, peer, spread in self.ratios(operation)
            ]
            operations[operation] = {"per_call": times, "ratios": ratios}
        document = {
            "machine": {"system": platform.platform(), "processor": processor()},
            "rounds": len(self.measured),
            "calls": self.calls,
            "datafile": {"name": self.project.name, "bytes": self.sizes["load"]},
            "contestants": {worker.contestant.name: worker.about for worker in self.workers},
            "not_measured": {contestant.name: reason for contestant, reason in self.missing.items()},
            "operations": operations,
            "events": {name: {"sent": sent, **stats} for name, (sent, stats) in self.books.items()},
        }
        path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def processor():
    """The processor's name, and how many there are."""
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{len(names)} x {names[0]}" if names else platform.machine()
