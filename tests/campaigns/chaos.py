#!/usr/bin/env python3
"""A stream of events from eight threads through a collector that refuses, delays, drops, cuts, redirects, lies and restarts.

    chaos.py [--events N] [--seed N] [--kind memory|written|mapped] [--work FOLDER] [--program PATH]

Which faults are in force changes all the time, by the seed. At the end everything has to have arrived: none lost, none
invented, none in two forms, and hardly a post more than the faults explain. Ends with `campaign-chaos: N passed, N failed`.
"""
import argparse
import json
import os
import pathlib
import random
import shutil
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "faults"))

from harness import books  # noqa: E402
from harness.collector import Collector  # noqa: E402
from harness.driver import Driver  # noqa: E402

# Each with whether a post that meets it has to be sent again.
FAULTS = [
    (True, lambda dice: {"kind": "status", "status": dice.choice([500, 502, 503, 504, 408, 425, 429, 599])}),
    (True, lambda dice: {"kind": "status", "status": dice.choice([429, 503]), "retry_after": dice.choice(["0", "-5", "soon"])}),
    (True, lambda dice: {"kind": "status", "status": dice.choice([429, 503]), "early": True}),
    (False, lambda dice: {"kind": "status", "status": dice.choice([200, 201, 202, 206, 100, 103])}),
    (False, lambda dice: {"kind": "delay", "delay_ms": dice.randint(1, 40)}),
    (True, lambda dice: {"kind": "drop_before"}),
    (True, lambda dice: {"kind": "drop_after"}),
    (True, lambda dice: {"kind": "drop_after", "commit": True}),
    (True, lambda dice: {"kind": "stall", "stall_ms": 200, "commit": dice.random() < 0.5}),
    (True, lambda dice: {"kind": "truncate", "part": "head", "commit": dice.random() < 0.5}),
    (True, lambda dice: {"kind": "truncate", "part": "body", "commit": dice.random() < 0.5}),
    (True, lambda dice: {"kind": "wrong_length", "declared": dice.choice(["1000", "-1", "x"])}),
    (True, lambda dice: {"kind": "wrong_length", "declared": ["3", "41"]}),
    (False, lambda dice: {"kind": "wrong_length", "declared": "7"}),
    (False, lambda dice: {"kind": "huge", "bytes": 1 << 20}),
    (True, lambda dice: {"kind": "huge", "part": "head", "bytes": 1 << 20}),
    (False, lambda dice: {"kind": "trickle", "delay_ms": 0}),
    (True, lambda dice: {"kind": "garbage"}),
    (True, lambda dice: {"kind": "keepalive_race"}),
    (True, lambda dice: {"kind": "max_bytes", "bytes": dice.randint(2500, 4000)}),
]
REDIRECT = {"kind": "redirect", "status": 307, "location": "http://127.0.0.1:1/", "count": 1}
PHASE_SECONDS = 0.2


class Sums:
    """Counters of a collector over its lives: what is shown just before a death stays known."""

    def __init__(self, collector):
        self.collector = collector
        self.posts = self.explained = self.restarts = 0
        self.kinds = {}

    def take(self, faults):
        """Counts what has happened under these faults, and puts none in their place."""
        for fault, (is_failure, _) in zip(self.collector_faults(), faults):
            self.kinds[fault["kind"]] = self.kinds.get(fault["kind"], 0) + fault["fired"]
            self.explained += fault["fired"] if is_failure else 0

    def collector_faults(self):
        return json.loads(self.collector.ask("GET", "/control/faults")[1])

    def restart(self):
        self.posts += self.collector.stats()["posts"]
        self.collector.kill()
        self.collector.start()
        self.restarts += 1
        # What was kept counts as posts of the new life.
        self.posts -= self.collector.stats()["posts"]

    def finish(self):
        self.posts += self.collector.stats()["posts"]


def deal(dice):
    """A few faults at once, each of which meets some of the posts; all have had their turn before one comes again."""
    while True:
        deck = dice.sample(FAULTS, len(FAULTS))
        while deck:
            chosen = [deck.pop() for _ in range(min(len(deck), dice.randint(2, 5)))]
            yield [(is_failure, {**make(dice), "probability": round(dice.uniform(0.1, 0.4), 2)}) for is_failure, make in chosen]


def run(options):
    dice = random.Random(options.seed)
    work = pathlib.Path(options.work)
    shutil.rmtree(work, ignore_errors=True)
    (work / "books").mkdir(parents=True)
    collector = Collector(seed=options.seed, keep=work / "received")
    driver = Driver(options.program, work / "books", errors=work / "stderr.log")
    sums, hands = Sums(collector), deal(dice)
    restarts_wanted = 12 if options.events > 200000 else 4
    seconds = max(8, options.events / 30000)
    restart_times = sorted(dice.uniform(0.5, seconds - 0.5) for _ in range(restarts_wanted))
    try:
        driver.must("open", endpoint=collector.url, batch=100 if options.events > 200000 else 20, interval=20, retry="1,40", timeouts="1000,1000",
                    queue=f"{4 << 30},0", **options.journal)
        driver.must("traffic", threads=8, count=options.events, rate=options.events // seconds, prefix="v")
        begin = time.monotonic()
        while True:
            passed = time.monotonic() - begin
            if passed > seconds and driver.stats()["accepted"] == options.events:
                break
            if restart_times and passed > restart_times[0]:
                restart_times.pop(0)
                sums.restart()
            faults = next(hands)
            if dice.random() < 0.2:
                faults.append((True, REDIRECT))
            collector.faults(*(fault for _, fault in faults))
            time.sleep(PHASE_SECONDS)
            sums.take(faults)
            collector.faults()
            # A redirect holds for a minute; who flushes tries at once.
            driver.call("flush", ms=1)
        tracked = driver.must("join", timeout=600)
        flushed = driver.call("flush", timeout=700, ms=600000)
        stats = driver.stats()
        sums.finish()
        balance = books.balance(work / "books", collector)
        malformed = collector.stats()["malformed_posts"]
    finally:
        driver.kill()
        collector.stop()
    return tracked, flushed, stats, sums, balance, malformed


def judge(options, tracked, flushed, stats, sums, balance, malformed):
    """The checks, each with its words."""
    successes = stats["posts"] - stats["retries"]
    explained = successes + sums.explained + sums.restarts
    yield tracked["accepted"] == options.events, f"{tracked['accepted']} of {options.events} accepted, {tracked['refused']}"
    yield flushed["left"] == 0, f"{flushed['left']} left after the last flush"
    yield not balance.lost, f"{len(balance.lost)} lost {balance.lost[:3]}"
    yield not balance.invented, f"{len(balance.invented)} invented {balance.invented[:3]}"
    yield not balance.doubled, f"{len(balance.doubled)} under two uuids"
    yield balance.conflicting == 0, f"{balance.conflicting} repeats with other content"
    yield malformed == 0, f"{malformed} malformed posts"
    yield stats["balanced"] == 1 and stats["delivered"] == options.events, f"the client's own books: {stats['delivered']} delivered"
    yield sums.posts <= explained * 1.01, f"{sums.posts} posts, {explained} explained"
    silent = {make(random.Random(1))["kind"] for _, make in FAULTS} - {kind for kind, fired in sums.kinds.items() if fired}
    yield not silent, f"faults that never fired: {sorted(silent)}"
    yield sums.restarts > 0, f"{sums.restarts} restarts"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=1000000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--kind", choices=("memory", "written", "mapped"), default="memory")
    parser.add_argument("--program", default="target/faults/drive")
    parser.add_argument("--work", default="target/campaigns/chaos")
    options = parser.parse_args()
    kinds = {"written": 1, "mapped": 2}
    options.journal = {"journal": os.path.abspath(options.work) + "/journal", "kind": kinds[options.kind]} if options.kind in kinds else {}
    options.journal.update({"limits": f"{4 << 30},{64 << 20}"} if options.journal else {})
    options.program = os.path.abspath(options.program)
    print(f"campaign-chaos: {options.events} events, seed {options.seed}, {options.kind}", flush=True)
    begin = time.monotonic()
    outcome = run(options)
    sums, balance = outcome[3], outcome[4]
    passed = failed = 0
    for holds, words in judge(options, *outcome):
        print(f"{'ok' if holds else 'FAILED'} {words}")
        passed, failed = passed + bool(holds), failed + (not holds)
    print(f"{balance.accepted:,} accepted, {balance.received:,} received, {balance.repeats:,} repeats; faults fired: "
          + ", ".join(f"{kind} {fired}" for kind, fired in sorted(sums.kinds.items()))
          + f"; {sums.restarts} restarts; {time.monotonic() - begin:.0f} s")
    if failed:
        print(f"campaign-chaos: what is left of it is in {options.work}; replay with SEED={options.seed} KIND={options.kind}")
    print(f"campaign-chaos: {passed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
