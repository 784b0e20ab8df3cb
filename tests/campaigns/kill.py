#!/usr/bin/env python3
"""Kills a program in full traffic, again and again, on one directory; in the end every accepted event has to have arrived.

    kill.py [--rounds N] [--seed N] [--kind both|written|mapped] [--program PATH] [--work FOLDER]

Each round has its own moment of death (in traffic, or while it starts and takes over what the dead have left), pace and trouble
at the collector; some rounds have two processes at once. Every so many rounds a last process delivers what is left and the books are
compared. Ends with `campaign-kill: N passed, N failed`; where a check fails, the directory as each kill left it is kept.
"""
import argparse
import json
import os
import pathlib
import random
import re
import shutil
import statistics
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "faults"))

from harness.collector import Collector  # noqa: E402

THREADS, LINE = 8, 37
# Rounds between two comparisons: what is kept of them must be little enough to look at.
WINDOW = 50
UNSENT_MEDIAN = 100
TROUBLES = {
    "healthy": [],
    "outage": [{"kind": "status", "status": 503}],
    "slow": [{"kind": "delay", "delay_ms": 200}],
    "acknowledgements lost": [{"kind": "delay", "delay_ms": 50}, {"kind": "drop_after", "commit": True, "probability": 0.5}],
    "resets": [{"kind": "drop_before", "probability": 0.3}, {"kind": "drop_after", "probability": 0.3}],
}
UUID = re.compile(r"([0-9a-f]{8})-0000-4([0-9a-f]{3})-8000-([0-9a-f]{12})")


class Campaign:
    def __init__(self, options):
        self.options = options
        self.dice = random.Random(options.seed)
        self.work = pathlib.Path(options.work)
        shutil.rmtree(self.work, ignore_errors=True)
        self.root, self.lists, self.states = (self.work / name for name in ("journal", "lists", "states"))
        self.lists.mkdir(parents=True)
        self.collector = Collector(seed=options.seed)
        self.processes = self.window_start = 0
        self.unsent, self.sizes = [], []
        self.acknowledged = self.extra = self.repeats = self.in_start = self.seen_orphans = 0
        self.troubles = dict.fromkeys(TROUBLES, 0)
        self.problems = []

    def kind(self, number):
        return self.options.kind if self.options.kind != "both" else ("written", "mapped")[number % 2]

    def start(self):
        number = self.processes
        self.processes += 1
        rate, interval, pad = self.dice.choice((4000, 8000, 16000, 40000)), self.dice.choice((20, 100, 1000)), self.dice.choice((0, 0, 400, 4000))
        return subprocess.Popen(
            [self.options.program, self.collector.url, str(self.root), self.kind(number), str(self.lists), str(number), str(rate),
             str(interval), str(pad)], stdout=subprocess.PIPE, stderr=open(self.work / "stderr.log", "ab"))

    def accepted(self, number):
        """How many events each thread of a process was told are accepted."""
        return [path.stat().st_size // LINE if (path := self.lists / f"{number}-{thread}").exists() else 0
                for thread in range(THREADS)]

    def round(self):
        trouble = self.dice.choice(list(TROUBLES))
        self.troubles[trouble] += 1
        self.collector.faults(*TROUBLES[trouble])
        orphans = self.root.exists() and sum(len(name.name) == 16 for name in self.root.iterdir())
        # In traffic; while it takes over what others have left; before it is open.
        longest = self.dice.choices((0.5, 0.05, 0.006), (7, 2, 1))[0]
        running = []
        try:
            running += [self.start() for _ in range(2 if self.dice.random() < 0.1 else 1)]
            time.sleep(self.dice.uniform(0, longest))
        finally:
            for process in running:
                process.kill()
        for process in running:
            code = process.wait()
            was_open = process.stdout.read() == b"open\n"
            process.stdout.close()
            if code != -9:
                self.problems.append(f"a process ended by itself with {code}; its words are in {self.work}/stderr.log")
            self.in_start += not was_open
            self.seen_orphans += bool(orphans)
        accepted = sum(sum(self.accepted(number)) for number in range(self.window_start, self.processes))
        self.unsent.append(accepted - self.collector.stats()["unique"])
        self.keep_state()

    def keep_state(self):
        """A copy of the directory as the kill has left it."""
        if self.root.exists():
            target = self.states / f"{self.processes:06d}"
            target.parent.mkdir(exist_ok=True)
            subprocess.run(["cp", "-a", "--sparse=always", str(self.root), str(target)], check=True)
            self.sizes.append(sum(1 for _ in self.root.glob("*/*.seg")))

    def drain(self):
        self.collector.faults()
        result = subprocess.run([self.options.program, self.collector.url, str(self.root), self.kind(self.processes), "drain"],
                                capture_output=True, text=True, timeout=600, check=False)
        if result.returncode != 0:
            self.problems.append(f"the last process: {result.returncode}: {result.stderr.strip()[-300:]}")
            return
        books = json.loads(result.stdout)
        for name in ("dead_lettered", "dropped", "corrupt", "foreign"):
            if books[name]:
                self.problems.append(f"the last process counts {books[name]} {name}")

    def compare(self):
        """All that was accepted since the last comparison against all that has arrived."""
        before = len(self.problems)
        self.drain()
        received = {uuid: count for _, uuid, count in self.collector.events()}
        wanted, allowed = set(), set()
        for number in range(self.window_start, self.processes):
            for thread, count in enumerate(self.accepted(number)):
                wanted.update(f"{number:08x}-0000-4{thread:03x}-8000-{event:012x}" for event in range(count))
                # The one that died between its acceptance and its line.
                allowed.add(f"{number:08x}-0000-4{thread:03x}-8000-{count:012x}")
        lost, extra = wanted - received.keys(), received.keys() - wanted
        stats = self.collector.stats()
        for words, found in (("lost", lost), ("never accepted, and no thread's last", extra - allowed)):
            if found:
                self.problems.append(f"{len(found)} events {words}: {sorted(found)[:3]}")
        for name in ("conflicting", "malformed_posts"):
            if stats[name]:
                self.problems.append(f"{stats[name]} {name}")
        left = [path for path in self.root.rglob("*") if path.suffix in (".seg", ".jsonl") or path.parent.name == "damaged"]
        if left:
            self.problems.append(f"left in the directory: {left[:3]}")
        self.acknowledged += len(wanted)
        self.extra += len(extra & allowed)
        self.repeats += stats["duplicates"]
        self.window_start = self.processes
        if len(self.problems) > before:
            return False
        shutil.rmtree(self.states, ignore_errors=True)
        for path in self.lists.iterdir():
            path.unlink()
        # Nothing of what was settled may come again: if it does, it was never accepted by the next window's books.
        self.collector.reset()
        return True

    def run(self):
        """The rounds that passed, and those that did not."""
        passed, done = 0, 0
        while done < self.options.rounds:
            count = min(WINDOW, self.options.rounds - done)
            for _ in range(count):
                self.round()
            done += count
            if not self.compare():
                # A loss is somewhere in this window; going on would hide where.
                return passed, self.options.rounds - passed
            passed += count
            print(f"{done} rounds, {self.acknowledged} accepted, 0 lost", flush=True)
        return passed, 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--kind", choices=("both", "written", "mapped"), default="both")
    parser.add_argument("--program", default="target/campaigns/kill")
    parser.add_argument("--work", default="target/campaigns/kill-work")
    options = parser.parse_args()
    options.program, options.work = os.path.abspath(options.program), os.path.abspath(options.work)
    print(f"campaign-kill: {options.rounds} rounds, seed {options.seed}, {options.kind}", flush=True)
    begin = time.monotonic()
    campaign = Campaign(options)
    try:
        passed, failed = campaign.run()
    finally:
        campaign.collector.stop()
    median = statistics.median(campaign.unsent) if campaign.unsent else 0
    # Of a few rounds it says nothing.
    if median <= UNSENT_MEDIAN and options.rounds >= 20:
        campaign.problems.append(f"a median of {median} events unsent at the kill proves too little")
        failed += 1
    for problem in campaign.problems:
        print(f"FAILED {problem}")
    print(f"{campaign.processes} processes killed, {campaign.in_start} before they were open, {campaign.seen_orphans} with others' "
          f"events to take over; median of unsent events at the kill {median:.0f}, most {max(campaign.unsent)}; up to {max(campaign.sizes)} segments")
    print(f"{campaign.acknowledged} accepted, {campaign.extra} arrived whose acceptance nobody was told, {campaign.repeats} repeats by uuid; "
          + ", ".join(f"{name} {count}" for name, count in campaign.troubles.items()) + f"; {time.monotonic() - begin:.0f} s")
    if failed:
        print(f"campaign-kill: each kill's state is in {options.work}; replay with SEED={options.seed}")
    print(f"campaign-kill: {passed} passed, {failed} failed")
    return 0 if passed and not failed else 1


sys.exit(main())
