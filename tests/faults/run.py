#!/usr/bin/env python3
"""Runs rows of the fault table and prints it: row, fault, injection, how often it fired, figure, result.

    run.py [--short] [--program PATH] [--shims FOLDER] [--work FOLDER] [ROW…]     H1 'N*' …; all without

A row whose fault did not fire has failed. `not run` counts apart and never as passed; OPT_REQUIRE_ALL=1 makes it a failure
where a means is missing that could be installed.
"""
import argparse
import fnmatch
import importlib
import json
import os
import pathlib
import pkgutil
import re
import signal
import subprocess
import sys
import time
import traceback

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import rows  # noqa: E402
from harness.driver import Died  # noqa: E402
from harness.row import ROWS, Failed, NotRun, Run  # noqa: E402

# Far more than any row takes; a row that hangs is a failure, not a run without an end.
SHORT_LIMIT, LONG_LIMIT = 100, 7200
ORDER = "PDJNHFATCML"


def place(name):
    family, number = re.match(r"([A-Z])(\d+)", name).groups()
    return ORDER.index(family), int(number), name


def load():
    for module in pkgutil.iter_modules(rows.__path__):
        importlib.import_module(f"rows.{module.name}")


def once(row, options):
    """One row here and now: a record for the table."""
    folder = pathlib.Path(options.work) / row.name
    run = Run(row.name, folder, options.short, options.program, pathlib.Path(options.shims))
    record = {"row": row.name, "fault": row.fault, "injection": row.injection, "fired": 0, "figure": "", "result": "passed"}
    begin = time.monotonic()
    try:
        with run.cleanup:
            outcome = row.body(run)
        record.update(fired=outcome.fired, figure=outcome.figure)
        if outcome.fired <= 0:
            record["result"] = "FAILED: the fault did not fire"
    except NotRun as why:
        record["result"] = f"not run: {why}"
    except (Failed, Died) as why:
        record["result"] = f"FAILED: {why}"
    except Exception as error:  # a row's own mistake is a failure like any other
        traceback.print_exc()
        record["result"] = f"FAILED: {type(error).__name__}: {error}"
    record["seconds"] = round(time.monotonic() - begin, 1)
    return record


def apart(row, options):
    """A row in a process of its own, which has its own network, mounts and process ids if the row wants them."""
    result = pathlib.Path(options.work) / f"{row.name}.json"
    result.unlink(missing_ok=True)
    command = [sys.executable, __file__, "--here", str(result), "--program", options.program, "--shims", options.shims,
               "--work", options.work, row.name]
    if options.short:
        command.insert(2, "--short")
    if row.apart:
        command = ["unshare", "-n", "-m", "-p", "-f", "--mount-proc", *command]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        process.wait(SHORT_LIMIT if options.short else LONG_LIMIT)
    except subprocess.TimeoutExpired:
        pass
    # Whatever a row has left behind, programs that hang too.
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
    if result.exists():
        return json.loads(result.read_text())
    return {"row": row.name, "fault": row.fault, "injection": row.injection, "fired": 0, "figure": "",
            "result": "FAILED: it hung or ended without a word", "seconds": 0}


def kind(record):
    """How a record counts: passed, failed or `not run`."""
    result = record["result"]
    if result == "passed":
        return "passed"
    return "not run" if result.startswith("not run") and not os.environ.get("OPT_REQUIRE_ALL") else "failed"


def table(records):
    """The table as Markdown."""
    lines = ["| row | fault | injection | fired | figure | result |", "|---|---|---|---:|---|---|"]
    for one in records:
        cells = (one["row"], one["fault"], one["injection"], f"{one['fired']:,}", one["figure"], one["result"])
        lines.append("| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--program", default="target/faults/drive")
    parser.add_argument("--shims", default="target/faults")
    parser.add_argument("--work", default="target/faults/work")
    parser.add_argument("--table", default="target/faults/table.md")
    parser.add_argument("--here", help=argparse.SUPPRESS)
    parser.add_argument("patterns", nargs="*")
    options = parser.parse_args()
    for name in ("program", "shims", "work", "table"):
        setattr(options, name, os.path.abspath(getattr(options, name)))
    return options


def main():
    options = arguments()
    # What rows share that run in processes of their own.
    os.environ.setdefault("OPT_FAULTS_RUN", str(os.getpid()))
    load()
    pathlib.Path(options.work).mkdir(parents=True, exist_ok=True)
    wanted = [ROWS[name] for name in sorted(ROWS, key=place)
              if not options.patterns or any(fnmatch.fnmatchcase(name, pattern) for pattern in options.patterns)]
    if options.short:
        wanted = [row for row in wanted if not row.short_elsewhere]
    if options.here:
        if wanted[0].apart:
            subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        pathlib.Path(options.here).write_text(json.dumps(once(wanted[0], options)))
        return 0
    records = []
    for row in wanted:
        records.append(apart(row, options))
        one = records[-1]
        print(f"{one['row']:5} {one['seconds']:7.1f} s  fired {one['fired']:<8} {one['result']:12} {one['figure']}", flush=True)
    text = table(records)
    pathlib.Path(options.table).write_text(text)
    counts = {name: sum(kind(one) == name for one in records) for name in ("passed", "failed", "not run")}
    suffix = f", {counts['not run']} not run" if counts["not run"] else ""
    print(f"\n{text}\nfaults: {counts['passed']} passed, {counts['failed']} failed{suffix}")
    return 0 if counts["passed"] and not counts["failed"] else 1


sys.exit(main())
