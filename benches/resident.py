"""What clients take of the machine's memory while nothing waits: one alone, and a thousand of them."""

import json
import os
import subprocess
import sys
import tempfile

import contestants
import datafile
import delivery

PROGRAM = str(contestants.BUILT / "bin" / "resident")
MIB, KIB = 1 << 20, 1 << 10
# One flag: what the datafile itself takes is next to nothing.
FLAGS = 1
# (name, what it is, clients, events of each, kind of journal, bytes wanted of each)
ROWS = (
    ("fresh", "a client that has done nothing", 1, 0, "", 4 * MIB),
    ("worked", "a client that has delivered 50,000 events", 1, 50_000, "", 4 * MIB),
    ("worked_written", "the same with its journal on disk", 1, 50_000, "written", 4 * MIB),
    ("worked_mapped", "the same with a mapped journal", 1, 50_000, "mapped", None),
    ("idle", "each of 1,000 clients that have done nothing", 1_000, 0, "", 100 * KIB),
    ("idle_worked", "each of 1,000 clients that have delivered one event", 1_000, 1, "", 100 * KIB),
)


def size(count):
    return f"{count / MIB:.2f} MiB" if count >= MIB else f"{count / KIB:.0f} KiB"


def measured(sink, project, clients, events, journal, runs):
    """Resident bytes of each client in every run, and what of the process's belongs to files."""
    found, files = [], []
    for _ in range(runs):
        with tempfile.TemporaryDirectory(dir=contestants.BUILT) as directory:
            command = [PROGRAM, str(project), sink.url + "/v1/events", str(clients), str(events)]
            command += [journal, directory] if journal else []
            done = subprocess.run(command, check=True, capture_output=True, text=True)
        answer = json.loads(done.stdout)["worked"]
        found.append(answer["resident"] / clients)
        files.append(answer["files"])
    return found, max(files)


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
    print(f"  {'':56}{'least':>10}{'most':>10}{'of files':>10}  wanted", file=out)
    try:
        for name, title, clients, events, journal, wanted in ROWS:
            found, files = measured(sink, project, clients, events, journal, runs)
            rows[name] = {"each": found, "files": files, "clients": clients, "events": events, "journal": journal}
            limit = f"at most {size(wanted)}" if wanted else ""
            cells = (size(min(found)), size(max(found)), size(files) if clients == 1 else "")
            print("  {:56}{:>10}{:>10}{:>10}  {}".format(title, *cells, limit), file=out)
    finally:
        sink.kill()
    return rows
