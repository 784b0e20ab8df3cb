"""Rows D7b and D7c: a disk that takes every write and can't keep it, and a sync that fails while two ask for it."""
import re

from harness.disk import KINDS, DiskRules, LoopDisk, segments, tmpfs
from harness.journal import journal_client, recover
from harness.row import Outcome, need, row

OUTAGE = {"kind": "status", "status": 503}
PROCESS, SYSTEM = 0, 1
CALL = re.compile(r"^(\d+) +f(?:data)?sync\(\d+<([^>]*)>(?:\) += (-?\d+)(?: (\w+))?| <unfinished)")
RESUMED = re.compile(r"^(\d+) +<\.\.\. f(?:data)?sync resumed>\) += (-?\d+)(?: (\w+))?")


def syncs(log):
    """Each sync that strace has seen: the file's path, and the error's name or None."""
    under_way, found = {}, []
    for line in log.read_text().splitlines():
        if call := CALL.match(line):
            thread, path, result, error = call.groups()
            under_way[thread] = path
            if result is None:
                continue
        elif call := RESUMED.match(line):
            thread, _, error = call.groups()
        else:
            continue
        found.append((under_way.pop(thread), error))
    return found


def sync_again(found):
    """The errors that syncs of segments met, and how often a segment was synced after it had failed."""
    failed, errors, again = set(), [], 0
    for path, error in found:
        if path.endswith(".seg"):
            again += path in failed
            if error:
                failed.add(path)
                errors.append(error)
    return errors, again


def fill(folder):
    """Leaves no byte free in a file system."""
    with open(folder / "others", "wb", buffering=0) as others:
        try:
            while others.write(bytes(1 << 16)):
                pass
        except OSError:
            pass


def lose_a_sync(run, collector, disk, place, name, kind, durability):
    """Events before, in and after the time in which the disk can't keep them: what the syncs of one life met."""
    root = disk.folder / f"journal-{name}-{durability}"
    log = run.folder / f"syncs-{name}-{durability}.log"
    collector.faults(OUTAGE)
    driver = journal_client(run, collector, root, kind, durability=durability, interval=3600000, environment={
        "OPT_DRIVE_UNWATCHED": "1"}, wrapper=["strace", "-f", "-q", "-y", "-o", log, "-e", "trace=fdatasync,fsync"])
    run.track(driver, 300, threads=0)
    run.equal(driver.must("sync", ms=20000)["status"], "OPT_STATUS_OK", "a sync of a disk that works")
    fill(place)
    # More than the image has blocks for in what was kept by then; each event is accepted all the same.
    run.track(driver, 1000, threads=0, bytes=300)
    if durability == PROCESS:
        run.equal(driver.call("sync", ms=20000)["status"], "OPT_STATUS_DISK", "a sync of a disk that can't keep what it took")
    run.until(lambda: driver.stats()["disk_errno"] != 0 or sync_again(syncs(log))[0], f"{name}, {durability}: a sync fails", 20)
    run.track(driver, 100, threads=0)
    driver.call("sync", ms=3000)
    (place / "others").unlink()
    run.until(lambda: driver.call("sync", ms=5000)["status"] == "OPT_STATUS_OK", f"{name}, {durability}: the disk keeps it", 30)
    driver.kill()
    # What is in memory alone is gone: only what the disk has counts.
    disk.umount()
    disk.mount()
    collector.faults()
    stats = recover(run, collector, root, kind, durability=durability)
    # What was written anew may be there twice, with the same uuids: the books by uuid say whether anything is lost.
    taken = f"{name}, {durability}: {stats['recovered']} taken over from the disk, {stats['dropped']} dropped"
    run.expect(stats["recovered"] >= 1400 and stats["dropped"] == 0, taken)
    return sync_again(syncs(log))


@row("D7c", "a sync fails while two threads ask for it", "disk shim, EIO after a while for the first of two")
def asked_by_two(run):
    collector = run.collector()
    fired = later = 0
    for name, kind in KINDS.items():
        for _ in range(run.times(2, 20)):
            rules = DiskRules(run, f"rules-{name}-{fired}")
            root = run.folder / f"journal-{name}"
            collector.faults(OUTAGE)
            driver = journal_client(run, collector, root, kind, rules.environment, durability=SYSTEM, interval=3600000)
            run.track(driver, 1, threads=0)
            failing = str(segments(root)[-1])
            rules.set({"calls": "sync", "pattern": failing, "error": "EIO", "count": 1, "delay_ms": 300},
                      {"calls": "sync", "pattern": failing})
            run.track(driver, 299, threads=0)
            run.until(lambda rules=rules: rules.fired()[0] > 0, "the delivery's own thread asks")
            # The system tells that one alone: who asks the same file meanwhile would hear that all is well.
            driver.call("sync", ms=20000)
            later += rules.fired()[1]
            run.until(lambda driver=driver: driver.call("sync", ms=20000)["status"] == "OPT_STATUS_OK", "the disk keeps it", 10)
            fired += 1
            driver.kill()
            rules.set()
            collector.faults()
            recover(run, collector, root, kind)
    run.equal(later, 0, "syncs of the failed file beside the one that failed, and after it")
    balance = run.balanced(collector)
    return Outcome(fired, f"neither is told that all is well; {balance}")


@row("D7b", "the disk takes writes and can't keep them", "ext4 over loop on a full tmpfs, both kinds, both durabilities; strace counts the syncs",
     apart=True)
def writeback_fails(run):
    need("strace", "mkfs.ext4")
    collector = run.collector()
    errors, again = [], 0
    with tmpfs(run.folder / "place", "size=24m") as place:
        # Without a journal of its own it goes on after an error, and what it says is about our bytes alone.
        # A loop device takes a write for whole of which the file below took a part: each is a page, and whole or nothing.
        disk = LoopDisk(place, mib=64, options=("-b", "4096", "-O", "^has_journal"), most_kib=4)
        try:
            for name, kind in KINDS.items():
                for durability in (SYSTEM, PROCESS):
                    met, more = lose_a_sync(run, collector, disk, place, name, kind, durability)
                    run.expect(met, f"{name}, durability {durability}: no sync of a segment has failed")
                    errors, again = errors + met, again + more
        finally:
            disk.stop()
    run.equal(again, 0, "syncs of a failed segment after its failure")
    balance = run.balanced(collector)
    return Outcome(len(errors), f"{len(errors)} syncs failed ({', '.join(sorted(set(errors)))}), 0 of a failed file afterwards; {balance} after "
                                "umount and mount")
