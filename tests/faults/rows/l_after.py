"""Rows L6 and L7: a directory that nobody comes back to, and two versions of the library on one."""
import json
import shutil
import subprocess

from harness.builds import newer_library
from harness.disk import KINDS
from harness.journal import clients, is_locked, journal_client
from harness.row import NotRun, Outcome, row

OUTAGE = {"kind": "status", "status": 503}


def command(run, name, root, *options):
    """opttrack-journal, as it is installed: its exit status and what it printed."""
    tool = run.shims.parent / "dist/bin/opttrack-journal"
    if not tool.exists():
        raise NotRun("this build of the library comes without opttrack-journal")
    result = subprocess.run([str(tool), name, str(root), *options], capture_output=True, text=True, timeout=900, check=False)
    with open(run.log, "a", encoding="utf-8") as log:
        log.write(result.stdout + result.stderr)
    return result.returncode, result.stdout


@row("L6", "nobody ever comes back to the directory", "SIGKILL in an outage, dead letters; then `opttrack-journal drain`")
def nobody_comes_back(run):
    here, there = run.collector(), run.collector(seed=2)
    root, events, fired = run.folder / "journal", run.times(200, 20000), 0
    # One that lives stays what it is.
    alive = journal_client(run, there, root, KINDS["written"], interval=3600000)
    doomed = []
    for collector in (here, there):
        kinds = run.times(1, 5) * list(KINDS.values())
        prefixes = [run.prefix("poison") for _ in kinds]
        collector.faults({"kind": "poison", "visitor": [f"{prefix}-0-0" for prefix in prefixes]})
        for kind, prefix in zip(kinds, prefixes):
            driver = journal_client(run, collector, root, kind)
            run.track(driver, 1, threads=0, prefix=prefix)
            run.until(lambda driver=driver: driver.stats()["dead_lettered"] == 1, "there is a dead letter")
            doomed.append(driver)
        collector.faults(OUTAGE)
    for driver in doomed:
        run.track(driver, events, threads=2)
    # All at once, or one would take over what another has left.
    for driver in doomed:
        driver.kill()
        fired += 1
    run.track(alive, 10)
    lived = next(home for home in clients(root) if is_locked(home / "lock"))
    before = sorted(path.name for path in lived.iterdir())
    run.equal(len(clients(root)), fired + 1, "directories before")
    here.faults()
    # It is not put off by a server that fails now and then.
    there.faults({"kind": "status", "status": 503, "probability": 0.3, "count": 5})
    status, _ = command(run, "drain", root, "--dead-letters")
    run.equal(status, 0, "exit status of opttrack-journal drain")
    run.equal([home.name for home in clients(root)], [lived.name], "directories after it: the one of the client that lives")
    run.equal(sorted(path.name for path in lived.iterdir()), before, "files of the client that lives")
    status, listed = command(run, "list", root, "--json")
    run.equal(status, 0, "exit status of opttrack-journal list")
    left = sum(segment["waiting"] for client in json.loads(listed)["clients"] if client["state"] != "live"
               for segment in client["segments"])
    letters = sum(file["events"] for file in json.loads(listed)["dead_letters"])
    run.equal((left, letters), (0, 0), "events that wait, and dead letters")
    run.equal(alive.must("close", ms=10000)["left"], 0, "left by the client that lives")
    balance = run.balanced(here, there)
    return Outcome(fired, f"{fired} directories drained to 0 for two endpoints, {fired} dead letters too; {balance}")


@row("L7", "upgrade and downgrade: old and new version share a directory",
     "a second build, whose journal has the next format version; SIGKILL in an outage", builds=True)
def two_versions(run):
    newer = newer_library(run)
    collector = run.collector()
    fired, kept = 0, 0
    for _, kind in KINDS.items():
        for _ in range(run.times(2, 50)):
            root = run.folder / "journal"
            collector.faults(OUTAGE)
            # Both at once, each with what it has not delivered.
            old = journal_client(run, collector, root, kind)
            new = journal_client(run, collector, root, kind, environment=newer)
            run.track(old, 50)
            run.track(new, 50)
            homes = clients(root)
            run.equal((len(homes), all(is_locked(home / "lock") for home in homes)), (2, True), "directories of two versions, each locked")
            written = {home: versions(home) for home in homes}
            run.equal(sorted(written.values()), [[1], [2]], "format versions in them")
            new.kill()
            of_new = next(home for home, found in written.items() if found == [2])
            bytes_of_new = contents(of_new)
            # The old one lives on beside what the new one has left, and so does the next old one: a downgrade.
            old.kill()
            collector.faults()
            downgraded = journal_client(run, collector, root, kind)
            run.until(lambda: downgraded.stats()["delivered"] == 50, "the old version takes its own orphan over")
            run.until(lambda: downgraded.stats()["foreign_directories"] == 1, "the old version says that it leaves a directory alone")
            run.equal(contents(of_new), bytes_of_new, "bytes of the new version's directory")
            kept += len(bytes_of_new)
            collector.faults(OUTAGE)
            run.track(downgraded, 50)
            downgraded.kill()
            collector.faults()
            # The upgrade: what either has left is taken over.
            upgraded = journal_client(run, collector, root, kind, environment=newer)
            run.until(lambda: upgraded.stats()["delivered"] == 100, "the new version takes both orphans over")
            run.equal(upgraded.must("close", ms=10000)["left"], 0, "left")
            upgraded.end()
            run.equal([home.name for home in clients(root) if any(home.glob("*.seg"))], [], "directories with segments at the end")
            shutil.rmtree(root)
            fired += 4
    balance = run.balanced(collector)
    return Outcome(fired, f"a directory each; the new version adopts the old one's; {kept} files of the new one's left alone, byte for "
                          f"byte; {balance}")


def contents(home):
    return {path.name: path.read_bytes() for path in sorted(home.glob("*.seg"))}


def versions(home):
    """The format versions of the segments that hold something."""
    return sorted({int.from_bytes(data[8:12], "little") for data in contents(home).values() if data[:8] == b"opttrack"})
