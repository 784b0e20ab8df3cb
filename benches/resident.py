"""What clients take of the machine's memory while nothing waits: one alone, and a thousand of them."""

import json
import os
import subprocess
import sys

import contestants
import datafile
import delivery

PROGRAM = str(contestants.BUILT / "bin" / "resident")
MIB, KIB = 1 << 20, 1 << 10
# One flag: what the datafile itself takes is next to nothing.
FLAGS = 1
# (name, what it is, clients, events of each, bytes wanted of each)
ROWS = (
    ("fresh", "a client that has done nothing", 1, 0, 4 * MIB),
    ("worked", "a client that has delivered 50,000 events", 1, 50_000, 4 * MIB),
    ("idle", "each of 1,000 clients that have done nothing", 1_000, 0, 100 * KIB),
    ("idle_worked", "each of 1,000 clients that have delivered one event", 1_000, 1, None),
)


def size(count):
    return f"{count / MIB:.2f} MiB" if count >= MIB else f"{count / KIB:.0f} KiB"


def measured(sink, project, clients, events, runs):
    """Resident bytes of each client in every run, and what of the process's are the library's own pages."""
    found, code = [], 0
    for _ in range(runs):
        done = subprocess.run(
            [PROGRAM, str(project), sink.url + "/v1/events", str(clients), str(events)],
            check=True, capture_output=True, text=True,
        )
        answer = json.loads(done.stdout)["worked"]
        found.append(answer["resident"] / clients)
        code = answer["code"]
    return found, code


def measure(runs, out):
    """Measures and prints; returns everything for results.json."""
    reason = contestants.missing("delivery", (PROGRAM, delivery.SINK))
    if reason:
        print(f"NOT MEASURED: resident memory: {reason}", file=out)
        if os.environ.get("OPT_REQUIRE_ALL") == "1":
            sys.exit("OPT_REQUIRE_ALL=1 asks for resident memory, too")
        return {"not_measured": reason}
    project = contestants.BUILT / f"flags-{FLAGS}.json"
    bytes_of_project = datafile.write(project, FLAGS)
    sink = delivery.Sink()
    rows = {}
    print(f"\nresident memory with an empty queue, C, {runs} runs; datafile of {size(bytes_of_project)}", file=out)
    print(f"  {'':56}{'least':>10}{'most':>10}  wanted", file=out)
    try:
        for name, title, clients, events, wanted in ROWS:
            found, code = measured(sink, project, clients, events, runs)
            rows[name] = {"each": found, "code": code, "clients": clients, "events": events}
            limit = f"at most {size(wanted)}" if wanted else ""
            if clients == 1:
                limit += f"; {size(code)} are pages of the library"
            print(f"  {title:56}{size(min(found)):>10}{size(max(found)):>10}  {limit}", file=out)
    finally:
        sink.kill()
    return rows
