"""Puts libopttrack and the official SDKs through the same faults and counts what arrives of what was tracked.

`make bench-loss` runs this; benches/README.md says what is measured and how. Environment: REPEATS, JOBS, FAULT,
OPT_COLLECTOR, OPT_REQUIRE_ALL.
"""

import concurrent.futures
import json
import os
import sys
import tempfile
import threading
import time

import contestants
import datafile
import faults
import loss_report
import run
import scenario
import session

# Of the faults' probabilities: the same for all, another for each repeat. With 1 the first seven posts pass, which is
# more than libopttrack needs.
FIRST_SEED = 2
# How long a new process has for the events of one that was killed before it closes its client.
ADOPT_MS = 5_000
# A client that is not closed by then is ended, and what had come until then counts.
CLOSE_SECONDS = 60
# What a process that ended had sent is counted once nothing more comes for so long.
QUIET_SECONDS = 0.3


class Course:
    """What every run is made with."""

    def __init__(self, collector):
        self.collector = collector
        self.project = contestants.BUILT / f"flags-{run.FLAGS}.json"
        datafile.write(self.project, run.FLAGS)
        self.lines = scenario.read(contestants.HERE / "scenario.json", self.project)
        self.logs = contestants.BUILT / "logs"
        self.logs.mkdir(parents=True, exist_ok=True)

    def run(self, contestant, fault, repeat):
        """One run of one fault by one contestant, with a collector of its own."""
        collector = session.Collector(self.collector, seed=FIRST_SEED + repeat)
        errors = self.logs / f"{contestant.name}.{fault.name}.stderr"
        worker = None
        try:
            with tempfile.TemporaryDirectory(dir=contestants.BUILT) as directory:
                settings = (f"journal={directory}",) if fault.kills and contestant.ours else ()

                def start():
                    return session.Worker(contestant, self.project, collector, self.lines, errors, settings)

                worker = start()
                collector.misbehave(list(fault.faults))
                accepted = track(worker, fault)
                if fault.kills:
                    worker.end()
                    collector.misbehave([])
                    worker = start()
                    collector.wait(fault.tracked, ADOPT_MS)
                closed = close(worker)
            return count(collector, worker, fault, accepted, closed)
        except session.Failure as failure:
            raise session.Failure(f"{contestant.label}, {fault.title}, run {repeat + 1}: {failure}") from failure
        finally:
            if worker:
                worker.kill()
            collector.kill()


def track(worker, fault):
    """Makes the calls, each at its time; returns for how many visitors they were accepted."""
    if fault.rate is None:
        return worker.ask("track", 0, fault.tracked)["events"]
    accepted = 0
    start = time.monotonic()
    for visitor in range(fault.tracked):
        due = start + visitor / fault.rate
        time.sleep(max(0, due - time.monotonic()))
        accepted += worker.ask("track", visitor, 1)["events"]
    return accepted


def close(worker):
    """Closes the client by the SDK's own means, within a bound; returns how long that took, or None."""
    limit = threading.Timer(CLOSE_SECONDS, worker.end)
    limit.start()
    began = time.monotonic()
    try:
        worker.leave()
    except session.Failure:
        if limit.is_alive():
            raise
        return None
    finally:
        limit.cancel()
    return time.monotonic() - began


def count(collector, worker, fault, accepted, closed):
    """What has come, by visitor: every call was for a visitor of its own."""
    stats = collector.stats()
    while True:
        time.sleep(QUIET_SECONDS)
        now = collector.stats()
        if now == stats:
            break
        stats = now
    visitors = {event["visitor_id"] for event in collector.events()}
    known = {f"user-{visitor}" for visitor in range(fault.tracked)}
    if len(visitors) != stats["unique"] or not visitors <= known or stats["conflicting"]:
        raise session.Failure(f"what came was not tracked, or differs from what came before: {stats}")
    fired = {kind: times for kind, times in stats["faults_fired"].items() if times}
    if fault.faults and not fired:
        raise session.Failure("the fault did not fire")
    return {
        "accepted": accepted, "received": len(visitors), "repeats": stats["duplicates"], "posts": stats["posts"],
        "faults_fired": fired, "close_seconds": closed, "version": worker.about["version"],
    }


def measure(course, here, chosen, repeats, jobs):
    """Every fault by everybody, `repeats` times: {(fault, contestant): runs}."""
    plan = [(fault, one, repeat) for repeat in range(repeats) for fault in chosen for one in here]
    runs = {(fault.name, one.name): [] for fault in chosen for one in here}

    def play(step):
        fault, one, repeat = step
        runs[fault.name, one.name].append(course.run(one, fault, repeat))

    for step in (step for step in plan if step[0].alone):
        play(step)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        list(pool.map(play, (step for step in plan if not step[0].alone)))
    return runs


def main():
    repeats, jobs = run.setting("REPEATS", 3, 1), run.setting("JOBS", 5, 1)
    wanted = os.environ.get("FAULT")
    chosen = [fault for fault in faults.ALL if wanted in (None, fault.name)]
    if not chosen:
        sys.exit(f"FAULT is one of {', '.join(fault.name for fault in faults.ALL)}")
    collector = os.environ.get("OPT_COLLECTOR", str(run.ROOT / "target" / "release" / "opttrack-collector"))
    # Each by its defaults: the journal on disk is the kill's.
    here, missing = run.present(sys.stderr)
    here = [one for one in here if not one.journal]
    missing = {one: reason for one, reason in missing.items() if not one.journal}
    try:
        runs = measure(Course(collector), here, chosen, repeats, jobs)
    except session.Failure as failure:
        sys.exit(str(failure))
    table = loss_report.Table(chosen, here, missing, runs)
    table.print(sys.stdout)
    table.write(contestants.BUILT)
    lost = table.lost_by_us()
    if lost:
        sys.exit(f"libopttrack lost events: {', '.join(lost)}")


if __name__ == "__main__":
    main()
