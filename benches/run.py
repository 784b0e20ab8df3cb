"""Measures libopttrack beside the official SDKs in interleaved rounds, and prints how far apart they are.

`make bench` runs this; benches/README.md says what is measured and how. Environment: ROUNDS, CALLS, WARMUP, DATAFILE,
SCENARIO, OPT_COLLECTOR, OPT_REQUIRE_ALL.
"""

import os
import pathlib
import sys

import contestants
import datafile
import report
import scenario
import session

ROOT = contestants.HERE.parent
VERIFIED_USERS = 200
FLAGS, LARGE_FLAGS = 20, 500
LOADS, LARGE_LOADS = 20, 3


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


def verify(workers):
    """All contestants must give the same users the same variations, and somebody must get one."""
    first, *others = workers
    expected = first.ask("variations", 0, VERIFIED_USERS)["variations"]
    if not any(expected):
        raise session.Failure("the scenario's users get no variation, so activate would record nothing")
    for other in others:
        for user, (one, two) in enumerate(zip(expected, other.ask("variations", 0, VERIFIED_USERS)["variations"])):
            if one != two:
                raise session.Failure(
                    f"user-{user} gets {one} from {first.contestant.label}, but {two} from {other.contestant.label}"
                )


def play_round(workers, turn, calls, operations):
    """Every operation once by every contestant, in an order that turns; returns {(operation, name): timing}."""
    place = turn % len(workers)
    timings = {}
    for operation, command in operations.items():
        for worker in workers[place:] + workers[:place]:
            fields = command or (operation, turn * calls, calls)
            timing = worker.ask(*fields)
            if timing["events"]:
                worker.sent += timing["events"]
                worker.drain()
            timings[operation, worker.contestant.name] = timing
        work = {timings[operation, worker.contestant.name]["checksum"] for worker in workers}
        if len(work) != 1:
            raise session.Failure(f"unequal work at {operation} in round {turn}: {sorted(work)}")
    return timings


def measure(workers, rounds, warmup, calls, operations):
    """Warms up, then measures; tells a person who watches how far it is."""
    measured = []
    for turn in range(warmup + rounds):
        if sys.stderr.isatty():
            print(f"round {turn + 1} of {warmup + rounds} ({warmup} to warm up)", file=sys.stderr)
        timings = play_round(workers, turn, calls, operations)
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
    sizes = {"load": project.stat().st_size, "load_large": datafile.write(large, LARGE_FLAGS)}
    operations = {
        "track": None,
        "activate": None,
        "load": ("load", project, LOADS),
        "load_large": ("load", large, LARGE_LOADS),
    }
    logs = contestants.BUILT / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    workers = []
    try:
        lines = scenario.read(script, project)
        for one in here:
            errors = logs / f"{one.name}.stderr"
            workers.append(session.Worker(one, project, session.Collector(collector), lines, errors))
        verify(workers)
        measured = measure(workers, rounds, warmup, calls, operations)
        books = {worker.contestant.name: (worker.sent, worker.close()) for worker in workers}
    except (session.Failure, scenario.BadScenario) as failure:
        sys.exit(str(failure))
    finally:
        for worker in workers:
            worker.kill()
    result = report.Result(workers, missing, measured, books, calls, warmup, project, sizes)
    result.print(sys.stdout)
    result.write(contestants.BUILT / "results.json")


if __name__ == "__main__":
    main()
