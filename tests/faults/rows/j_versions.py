"""Row J8: directories that earlier versions of the format have written."""
import json
import os
import re
import shutil

from harness.builds import FORMAT, ROOT
from harness.disk import KINDS, records, segments
from harness.journal import clients, journal_client
from harness.row import Outcome, row

# A folder for each version: a directory as it was left by a death, and what was in it.
GOLDEN = ROOT / "tests/journal/golden"
# Events of a segment go where it says, so the golden ones need this very port.
PORT = 7999
OUTAGE = {"kind": "status", "status": 503}


def timeless(line):
    """What an event is, without how often it came."""
    event = json.loads(line)
    del event["count"]
    return event


def received(collector):
    lines = collector.ask("GET", "/control/events")[1].decode().splitlines()
    return sorted((timeless(line) for line in lines), key=lambda event: event["uuid"])


def write_golden(run, collector, folder):
    """Written by the version that is built now, once: two clients, of which one has settled a part of its events."""
    root = run.folder / "written"
    drivers = [journal_client(run, collector, root, kind, batch=3) for kind in KINDS.values()]
    for driver in drivers:
        run.track(driver, 3, threads=0)
        run.drained(driver)
    collector.faults(OUTAGE)
    for driver in drivers:
        run.track(driver, 5, threads=0, bytes=40)
    for driver in drivers:
        driver.kill()
    collector.faults()
    for segment in segments(root):
        data = segment.read_bytes()
        end = sum(records(data)[-1]) if records(data) else 0
        # What is reserved behind the records says nothing.
        segment.write_bytes(data[:end]) if end else segment.unlink()
    shutil.copytree(root, folder / "journal")
    collector.reset()
    read(run, collector, folder / "journal", run.folder / "first")
    (folder / "events.json").write_text("".join(json.dumps(event) + "\n" for event in received(collector)))


def read(run, collector, golden, copy):
    shutil.copytree(golden, copy)
    for home in clients(copy):
        (home / "lock").touch()
    driver = journal_client(run, collector, copy, KINDS["written"])
    run.until(lambda: len(clients(copy)) == 1 and driver.stats()["pending"] == 0, "everything is taken over and delivered")
    stats = driver.stats()
    driver.must("close", ms=10000)
    driver.end()
    return stats


@row("J8", "older format version", "directories that each version of the format has left, committed", apart=True)
def older(run):
    latest = int(re.search(r"const VERSION: u32 = (\d+);", (ROOT / FORMAT).read_text())[1])
    collector = run.collector(port=PORT)
    fired = delivered = 0
    for version in range(1, latest + 1):
        folder = GOLDEN / f"version-{version}"
        if version == latest and not folder.exists() and os.environ.get("OPT_BLESS"):
            write_golden(run, collector, folder)
        run.expect(folder.exists(), f"version {version} of the format has no golden files")
        wanted = [json.loads(line) for line in (folder / "events.json").read_text().splitlines()]
        kept = segments(folder / "journal")
        run.equal({int.from_bytes(path.read_bytes()[8:12], "little") for path in kept}, {version}, "versions of the golden files")
        collector.reset()
        stats = read(run, collector, folder / "journal", run.folder / f"version-{version}")
        run.equal(received(collector), sorted(wanted, key=lambda event: event["uuid"]), f"events of version {version}")
        run.equal((stats["recovered"], stats["dropped_corrupt"]), (len(wanted), 0), f"recovered, and damaged, of version {version}")
        fired, delivered = fired + len(kept), delivered + len(wanted)
    return Outcome(fired, f"{latest} version{'s' * (latest > 1)} so far: all {delivered} events delivered as they were recorded")
