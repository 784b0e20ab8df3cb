"""Measures libopttrack beside the official SDKs in interleaved rounds, and prints how far apart they are.

`make bench` runs this; benches/README.md says what is measured and how. Environment: ROUNDS, CALLS, WARMUP, DATAFILE,
SCENARIO, SCALING, DELIVERY, MEMORY, OPT_COLLECTOR, OPT_REQUIRE_ALL.
"""

import json
import os
import pathlib
import shutil
import sys
import tempfile

import contestants
import datafile
import delivery
import operations
import report
import resident
import scaling
import scenario
import session

ROOT = contestants.HERE.parent
VERIFIED_USERS = 200
FLAGS, LARGE_FLAGS = 20, 500
# Each takes the slowest contestants several seconds.
DELIVERY_ROUNDS = 5
MEMORY_RUNS = 5


def setting(name, default, least):
    """A whole number from the environment."""
    text = os.environ.get(name, str(default))
    if not text.isdigit() or int(text) < least:
        sys.exit(f"{name} must be a whole number of at least {least}, not '{text}'")
    return int(text)


def given_or_generated():
    """The datafile that DATAFILE names, or a generated one of ordinary size that fits scenario.json."""
    if "DATAFILE" in os.environ:
        return pathlib.Path(os.environ["DATAFILE"])
    generated = contestants.BUILT / f"flags-{FLAGS}.json"
    datafile.write(generated, FLAGS)
    return generated


def verify(workers, names, project):
    """All contestants must decide the same for the same users, and decide what the operations need."""
    first, *others = workers
    variations = first.ask("variations", 0, VERIFIED_USERS)["variations"]
    decisions = first.ask("decisions", 0, VERIFIED_USERS)["decisions"]
    if not any(variations):
        raise session.Failure("the scenario's users get no variation, so activate would record nothing")
    experiments = {experiment["key"] for experiment in json.loads(project.read_text(encoding="utf-8"))["experiments"]}
    flag = names["flag_with_audience"]
    if not all(decided[flag][0] in experiments for decided in decisions):
        raise session.Failure(f"no experiment decides {flag} for some user, so is_feature_enabled would record nothing")
    for other in others:
        compare(first, other, variations, other.ask("variations", 0, VERIFIED_USERS)["variations"])
        compare(first, other, decisions, other.ask("decisions", 0, VERIFIED_USERS)["decisions"])


def compare(first, other, expected, found):
    """Refuses the first user whom two contestants give different things; of flags it names the one."""
    for user, (one, two) in enumerate(zip(expected, found, strict=True)):
        if one != two:
            if isinstance(one, dict):
                flag = next(key for key in one.keys() | two.keys() if one.get(key) != two.get(key))
                one, two = (f"{flag}: {decided.get(flag)}" for decided in (one, two))
            raise session.Failure(
                f"user-{user} gets {one} from {first.contestant.label}, but {two} from {other.contestant.label}"
            )


def play_round(workers, turn, calls, files):
    """Every operation once by every contestant, in an order that turns; returns {(operation, name): timing}."""
    place = turn % len(workers)
    timings = {}
    for operation in operations.ALL:
        count = operation.count or max(1, round(calls * operation.share))
        subject = files[operation.loads] if operation.loads else turn * count
        takers = [worker for worker in workers[place:] + workers[:place] if worker.contestant.takes(operation.name)]
        for worker in takers:
            timing = worker.ask(operation.command, subject, count)
            if timing["events"]:
                worker.sent += timing["events"]
                worker.drain()
            timings[operation.name, worker.contestant.name] = timing
        work = {timings[operation.name, worker.contestant.name]["checksum"] for worker in takers}
        if len(work) != 1:
            raise session.Failure(f"unequal work at {operation.name} in round {turn}: {sorted(work)}")
    return timings


def measure(workers, rounds, warmup, calls, files):
    """Warms up, then measures; tells a person who watches how far it is."""
    measured = []
    for turn in range(warmup + rounds):
        if sys.stderr.isatty():
            print(f"round {turn + 1} of {warmup + rounds} ({warmup} to warm up)", file=sys.stderr)
        timings = play_round(workers, turn, calls, files)
        if turn >= warmup:
            measured.append(timings)
    return measured


def present(out):
    """Splits the contestants into those that can run and those that can't, with the reason."""
    here = [one for one in contestants.ALL if one.missing() is None]
    missing = {one: one.missing() for one in contestants.ALL if one not in here}
    for one, reason in missing.items():
        print(f"NOT MEASURED: {one.label}: {reason}", file=out)
    if missing and os.environ.get("OPT_REQUIRE_ALL") == "1":
        sys.exit("OPT_REQUIRE_ALL=1 asks for all contestants")
    if not here:
        sys.exit("no contestant can run; scripts/bench.sh builds them")
    return here, missing


def main():
    rounds, calls, warmup = setting("ROUNDS", 11, 1), setting("CALLS", 500, 1), setting("WARMUP", 4, 0)
    project = given_or_generated()
    script = pathlib.Path(os.environ.get("SCENARIO", contestants.HERE / "scenario.json"))
    collector = os.environ.get("OPT_COLLECTOR", str(ROOT / "target" / "release" / "opttrack-collector"))
    here, missing = present(sys.stderr)
    large = contestants.BUILT / f"flags-{LARGE_FLAGS}.json"
    datafile.write(large, LARGE_FLAGS)
    files = {"project": project, "large": large}
    logs = contestants.BUILT / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    workers = []
    journals = tempfile.mkdtemp(dir=contestants.BUILT)
    try:
        lines = scenario.read(script, project)
        for one in here:
            errors = logs / f"{one.name}.stderr"
            settings = one.settings(pathlib.Path(journals) / one.name)
            workers.append(session.Worker(one, project, session.Collector(collector), lines, errors, settings))
        verify(workers, json.loads(script.read_text(encoding="utf-8")), project)
        measured = measure(workers, rounds, warmup, calls, files)
        books = {worker.contestant.name: (worker.sent, worker.close()) for worker in workers}
    except (session.Failure, scenario.BadScenario) as failure:
        sys.exit(str(failure))
    finally:
        for worker in workers:
            worker.kill()
        shutil.rmtree(journals)
    result = report.Result(workers, missing, measured, books, calls, warmup, project, files)
    result.print(sys.stdout)
    more = {}
    if os.environ.get("SCALING", "1") != "0":
        more["scaling"] = scaling.measure(rounds, sys.stdout)
    if os.environ.get("DELIVERY", "1") != "0":
        try:
            more["delivery"] = delivery.measure(here, project, lines, min(rounds, DELIVERY_ROUNDS), sys.stdout)
        except session.Failure as failure:
            sys.exit(str(failure))
    if os.environ.get("MEMORY", "1") != "0":
        more["memory"] = resident.measure(MEMORY_RUNS, sys.stdout)
    result.write(contestants.BUILT / "results.json", more)


if __name__ == "__main__":
    main()
