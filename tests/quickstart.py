#!/usr/bin/env python3
"""Runs a quick start of examples/ as a user would, and checks what it prints and what a collector gets.

tests/quickstart.py COMMAND…     the command that runs it, without its arguments

OPT_COLLECTOR names the collector. Prints what is not as it should be, and ends with 1 if anything is.
"""

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.request

DATAFILE = pathlib.Path(__file__).resolve().parent.parent / "examples/demo/shop.json"
LIMIT_SECONDS = 60
# A proxy that the environment names is not for loopback.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@contextlib.contextmanager
def collector():
    """The URL of a collector, which ends when its standard input closes, also if this program is killed."""
    command = [os.environ["OPT_COLLECTOR"], "--exit-with-stdin"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process.stdout.readline().removeprefix("listening on ").strip()
        process.stdin.close()


def get(url, path):
    with DIRECT.open(url + path, timeout=LIMIT_SECONDS) as answer:
        return json.load(answer)


def run(command, datafile, url):
    arguments = [*command, str(datafile), url + "/v1/events"]
    return subprocess.run(
        arguments, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False
    )


def findings(command, url):
    """Pairs of what was found and what was expected, each under a name."""
    good = run(command, DATAFILE, url)
    yield "its exit status", good.returncode, 0
    yield "its standard error", good.stderr, ""
    yield "its output", good.stdout, "variation: orange\ndelivered: 2\n"

    stats = get(url, "/control/stats")
    expected = {"impressions": 1, "conversions": 1, "unique": 2, "duplicates": 0, "rejected_posts": 0}
    yield "what arrived", {name: stats[name] for name in expected}, expected
    visitors = [visitor for batch in get(url, "/control/batches") for visitor in batch["body"]["visitors"]]
    snapshots = [snapshot for visitor in visitors for snapshot in visitor["snapshots"]]
    shown = [decision["metadata"]["variation_key"] for each in snapshots for decision in each.get("decisions") or []]
    yield "the variation that arrived", shown, ["orange"]
    bought = [(event["key"], event.get("revenue"), event.get("tags")) for each in snapshots for event in each["events"]]
    yield "the purchase", bought[1:], [("purchase", 4999, {"currency": "EUR", "revenue": 4999})]

    with tempfile.NamedTemporaryFile("w", suffix=".json") as broken:
        broken.write('{"version":')
        broken.flush()
        bad = run(command, broken.name, url)
    yield "its exit status for a broken datafile", bad.returncode, 1
    yield "its output for a broken datafile", bad.stdout, ""
    # The library's log says so too, but the last words are the program's own.
    last_words = bad.stderr.strip().rpartition("\n")[2]
    yield "whether it says what is broken: " + last_words, "datafile: version: " in last_words, True
    yield "the events after that", get(url, "/control/stats")["events"], 2


def main():
    status = 0
    with collector() as url:
        for name, found, expected in findings(sys.argv[1:], url):
            if found != expected:
                print(f"{name}: {found!r} instead of {expected!r}")
                status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
