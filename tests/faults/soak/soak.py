"""A day of traffic with an outage of an hour, on a clock that goes faster: memory, descriptors and threads stay, and
nothing is lost. `make soak` runs this.

Environment: KINDS (memory written mapped), HOURS (24), A_SECOND (100 events), SPEED (288 times as fast as the world's
clock: a day in five minutes). Prints figures; a breach is a failure.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILT = ROOT / "target" / "soak"
sys.path.insert(0, str(ROOT / "benches"))

import datafile  # noqa: E402

HOUR = 3600
# The outage of a day: how many hours of traffic come before it, and how long it is.
OUTAGE_AFTER, OUTAGE_HOURS = 12, 1
SAMPLES_AN_HOUR = 60
# What traffic.c tracks at once before it keeps its pace.
BURST = 20_000
MIB = 1 << 20
KINDS = ("memory", "written", "mapped")


def number(name, default):
    text = os.environ.get(name, str(default))
    if not text.isdigit() or int(text) < 1:
        sys.exit(f"{name} must be a whole number of at least 1, not '{text}'")
    return int(text)


class Sink:
    """benches/c/sink.c, which tells visitors apart."""

    def __init__(self, visitors):
        self.process = subprocess.Popen(
            [str(BUILT / "sink")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.url = self.process.stdout.readline().split()[-1]
        self.ask("visitors", visitors)

    def ask(self, *fields):
        self.process.stdin.write(" ".join(map(str, fields)) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def sample(process):
    """(resident bytes, descriptors, threads) of a process."""
    folder = pathlib.Path("/proc") / str(process)
    lines = (folder / "smaps_rollup").read_text(encoding="ascii").splitlines()
    resident = next(int(line.split()[1]) for line in lines if line.startswith("Rss:"))
    return resident * 1024, len(list((folder / "fd").iterdir())), len(list((folder / "task").iterdir()))


class Day:
    """One run with one kind of journal."""

    def __init__(self, kind, hours, a_second, speed):
        self.kind, self.hours, self.speed = kind, hours, speed
        self.events = hours * HOUR * a_second
        self.a_second = a_second
        # (hour, resident, descriptors, threads) in order.
        self.samples = []
        self.stats = self.come = None

    def run(self):
        sink = Sink(BURST + self.events)
        project = BUILT / f"{self.kind}.json"
        datafile.write(project, 1)
        with tempfile.TemporaryDirectory(dir=BUILT) as directory:
            command = [
                str(BUILT / "traffic"), str(project), sink.url + "/v1/events", self.kind, directory,
                str(self.events), str(self.a_second),
            ]
            clock = {"LD_PRELOAD": str(BUILT / "clock.so"), "OPT_CLOCK_RATE": str(self.speed)}
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **clock}
            )
            try:
                self.watch(process, sink)
                self.stats = json.loads(process.communicate("\n")[0])
                self.come = sink.ask("stats")
            finally:
                if process.poll() is None:
                    process.kill()
                process.wait()
                sink.close()

    def watch(self, process, sink):
        """Samples until the last event is tracked; has the server refuse for its hour."""
        tracked = threading.Event()
        reader = threading.Thread(target=lambda: process.stdout.readline() and tracked.set())
        reader.start()
        start, is_out = time.monotonic(), False
        while not tracked.wait(HOUR / SAMPLES_AN_HOUR / self.speed) and process.poll() is None:
            hour = (time.monotonic() - start) * self.speed / HOUR
            if is_out != (OUTAGE_AFTER <= hour < OUTAGE_AFTER + OUTAGE_HOURS):
                is_out = not is_out
                sink.ask("answer", 503 if is_out else 204)
            self.samples.append((hour, *sample(process.pid)))
        reader.join()
        if is_out:
            sys.exit("the day was over before the outage was")

    def hour(self, first, last):
        """Medians of what was sampled between two hours of the day."""
        rows = [row[1:] for row in self.samples if first <= row[0] < last]
        if not rows:
            sys.exit(f"soak: {self.kind}: nothing was sampled between the hours {first} and {last}")
        return [statistics.median(column) for column in zip(*rows)]

    def breaches(self):
        """What did not hold, in words."""
        early, late = self.hour(1, 2), self.hour(self.hours - 1, self.hours + 1)
        allowed = max(MIB, early[0] / 100)
        if abs(late[0] - early[0]) > allowed:
            yield f"resident memory went from {early[0]:,.0f} to {late[0]:,.0f} bytes; {allowed:,.0f} more or less are allowed"
        for place, what in ((1, "descriptors"), (2, "threads")):
            if late[place] != early[place]:
                yield f"{early[place]} {what} became {late[place]}"
        stats = self.stats
        if stats["accepted"] != self.come["visitors"] or stats["delivered"] != stats["accepted"]:
            yield f"of {stats['accepted']:,} accepted events {self.come['visitors']:,} came; the books say {stats}"
        if not stats["retries"]:
            yield "nothing was sent again: there was no outage"
        if self.kind != "memory" and stats["refused"]:
            yield f"{stats['refused']:,} events were refused"

    def print(self):
        early, late = self.hour(1, 2), self.hour(self.hours - 1, self.hours + 1)
        peak = max(row[1] for row in self.samples)
        ranges = [f"{min(column)} to {max(column)}" for column in list(zip(*self.samples))[2:]]
        print(f"soak: {self.kind}: {self.hours} hours, {self.a_second} events a second, {OUTAGE_HOURS} h of 503")
        print(f"  resident in hour 1 {early[0] / MIB:.2f} MiB, in the last {late[0] / MIB:.2f} MiB, most {peak / MIB:.2f} MiB")
        print(f"  descriptors {early[1]:.0f} and {late[1]:.0f} ({ranges[0]}), threads {early[2]:.0f} and {late[2]:.0f} ({ranges[1]})")
        accepted, visitors, repeats = self.stats["accepted"], self.come["visitors"], self.come["events"] - self.come["visitors"]
        print(f"  {accepted:,} accepted, {visitors:,} came, {accepted - visitors:,} lost, {repeats:,} repeated,", end=" ")
        print(f"{self.stats['refused']:,} refused with a full queue, {self.stats['retries']:,} posts sent again")


def main():
    kinds = os.environ.get("KINDS", " ".join(KINDS)).split()
    if not kinds or set(kinds) - set(KINDS):
        sys.exit(f"KINDS are some of {' '.join(KINDS)}")
    hours = number("HOURS", 24)
    if hours < OUTAGE_AFTER + OUTAGE_HOURS + 2:
        sys.exit(f"HOURS is at least {OUTAGE_AFTER + OUTAGE_HOURS + 2}: the outage, and what comes after it")
    days = [Day(kind, hours, number("A_SECOND", 100), number("SPEED", 288)) for kind in kinds]
    runs = [threading.Thread(target=day.run) for day in days]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    failed = 0
    for day in days:
        if day.stats is None:
            failed += 1
            print(f"soak: {day.kind}: FAILED: it ended early")
            continue
        day.print()
        found = list(day.breaches())
        failed += bool(found)
        for breach in found:
            print(f"  FAILED: {breach}")
    print(f"soak: {len(days) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
