#!/usr/bin/env python3
"""Runs rows of the fault table and prints it: id, fault, injection, how often it fired, figure, verdict.

    run.py [--short] [--program PATH] [--shims FOLDER] [--work FOLDER] [ROW…]     H1 'N*' …; all without
    run.py --readme                 writes each row's last long run into the README

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
import signal
import subprocess
import sys
import time
import traceback

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import rows  # noqa: E402
from harness import table  # noqa: E402
from harness.driver import Died  # noqa: E402
from harness.row import ROWS, Failed, NotRun, NotYet, Run  # noqa: E402

# Far more than any row takes; a row that hangs is a failure, not a run without an end.
SHORT_LIMIT, LONG_LIMIT = 100, 7200


def load():
    """All rows, which are those of the list, no more and no less."""
    for module in pkgutil.iter_modules(rows.__path__):
        importlib.import_module(f"rows.{module.name}")
    if set(ROWS) != set(table.IDS):
        sys.exit(f"faults: tests/faults/ids.txt and the rows differ in {sorted(set(ROWS) ^ set(table.IDS))}")


def once(row, options):
    """One row here and now: a record for the table."""
    run = Run(row.name, pathlib.Path(options.work) / row.name, options.short, options.program, pathlib.Path(options.shims))
    result = table.record(row)
    begin = time.monotonic()
    try:
        with run.cleanup:
            outcome = row.body(run)
        result.update(fired=outcome.fired, figure=outcome.figure)
        if outcome.fired <= 0:
            result["result"] = "FAILED: the fault did not fire"
    except NotYet as why:
        result["result"] = f"not injected yet: {why}"
    except NotRun as why:
        result["result"] = f"not run: {why}"
    except (Failed, Died) as why:
        result["result"] = f"FAILED: {why}"
    except Exception as error:  # a row's own mistake is a failure like any other
        traceback.print_exc()
        result["result"] = f"FAILED: {type(error).__name__}: {error}"
    result["seconds"] = round(time.monotonic() - begin, 1)
    return result


def in_its_part(row, options):
    """A row that another part of `make test` has run before, by what that part has printed."""
    log = pathlib.Path(options.logs) / f"{row.part}.log"
    if not log.exists():
        return table.record(row, f"left to part {row.part}")
    try:
        outcome = row.judge(log.read_text(errors="replace"))
    except Failed as why:
        return table.record(row, f"FAILED in part {row.part}: {why}")
    return table.record(row, f"passed in part {row.part}", outcome.fired, outcome.figure)


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
        process.wait(SHORT_LIMIT if options.short and not row.builds else LONG_LIMIT)
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
    return table.record(row, "FAILED: it hung or ended without a word")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--readme", action="store_true")
    parser.add_argument("--program", default="target/faults/drive")
    parser.add_argument("--shims", default="target/faults")
    parser.add_argument("--work", default="target/faults/work")
    parser.add_argument("--table", default="target/faults/table.md")
    parser.add_argument("--records", default="target/faults/records")
    parser.add_argument("--logs", help="of the parts of `make test` that were run before: their rows are not run again")
    parser.add_argument("--here", help=argparse.SUPPRESS)
    parser.add_argument("patterns", nargs="*")
    options = parser.parse_args()
    for name in ("program", "shims", "work", "table", "records"):
        setattr(options, name, os.path.abspath(getattr(options, name)))
    return options


def main():
    options = arguments()
    # What rows share that run in processes of their own.
    os.environ.setdefault("OPT_FAULTS_RUN", str(os.getpid()))
    load()
    if options.readme:
        wrong = table.into_readme(options.records)
        print(f"faults: {wrong or 'the table stands in README.md'}")
        return 1 if wrong else 0
    pathlib.Path(options.work).mkdir(parents=True, exist_ok=True)
    wanted = [ROWS[name] for name in table.IDS
              if not options.patterns or any(fnmatch.fnmatchcase(name, pattern) for pattern in options.patterns)]
    if options.here:
        if wanted[0].apart:
            subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        pathlib.Path(options.here).write_text(json.dumps(once(wanted[0], options)))
        return 0
    records = []
    for row in wanted:
        one = in_its_part(row, options) if options.logs and row.part else apart(row, options)
        records.append(one)
        if not options.short:
            table.keep(one, options.records)
        print(f"{one['row']:5} {one['seconds']:7.1f} s  fired {one['fired']:<8} {one['result']:12} {one['figure']}", flush=True)
    text = table.page(records)
    pathlib.Path(options.table).write_text(text)
    counts, line = table.sums(records)
    print(f"\n{text}\n{line}")
    return 0 if counts["passed"] and not counts["failed"] else 1


sys.exit(main())
