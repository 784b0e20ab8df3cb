"""Rows D8b to D11b and D22b: a disk of our own that is slow, hangs, forbids or reads back what was never written."""
import time

from harness.disk import KINDS, WRITTEN, LoopDisk, records, segments
from harness.fuse import FuseDisk
from harness.journal import journal_client, recover
from harness.row import NotRun, Outcome, row, sh

OUTAGE = {"kind": "status", "status": 503}
DISK = "OPT_STATUS_DISK"


def fuse_client(run, collector, disk, kind=WRITTEN, name="journal", **words):
    """A client on it. A journal that is to be mapped is written there: its pages are another program's business."""
    driver = journal_client(run, collector, disk.folder / name, kind, **words)
    run.equal(driver.stats()["journal_kind"], WRITTEN, "the kind of a journal on FUSE")
    return driver


@row("D8b", "a sync takes 5 s", "FUSE, both durabilities", apart=True)
def slow_sync(run):
    collector = run.collector()
    disk = FuseDisk(run)
    figures = []
    for durability in (0, 1):
        driver = fuse_client(run, collector, disk, name=f"journal-{durability}", durability=durability)
        normal = run.track(driver, 2000, threads=2, rate=2000)
        disk.on("sync-slow", run.times(1500, 5000))
        if durability == 0:
            # The host asks; a deadline is a deadline.
            run.equal(driver.call("sync", ms=200)["status"], "OPT_STATUS_TIMEOUT", "a sync with a deadline")
        slow = run.track(driver, 2000, threads=2, rate=run.times(2000, 500))
        run.until(lambda: disk.hits("sync-slow"), "a sync is slow")
        disk.off()
        most = 10 * max(normal["p99_ns"], 100000)
        run.expect(slow["p99_ns"] <= most, f"p99 of track {slow['p99_ns']} ns, {normal['p99_ns']} ns without")
        run.drained(driver)
        driver.must("close", ms=30000)
        driver.end()
        figures.append(f"durability {durability}: p99 of track {normal['p99_ns']} ns, {slow['p99_ns']} ns beside it")
    run.balanced(collector)
    return Outcome(disk.hits("sync-slow"), "; ".join(figures))


@row("D9b", "disk slow: 100 ms a write, and 1 s", "FUSE", apart=True)
def slow_writes(run):
    collector = run.collector()
    disk = FuseDisk(run)
    figures = []
    for name, kind in KINDS.items():
        driver = fuse_client(run, collector, disk, kind, f"journal-{name}")
        run.track(driver, 100)
        run.drained(driver)
        driver.must("decide", count=20000)
        normal = driver.must("decide", count=run.times(20000, 100000))
        for milliseconds in (100, 1000):
            disk.on("write-slow", milliseconds)
            driver.must("traffic", threads=4, count=4 * run.times(2, 10), prefix=run.prefix())
            before = disk.hits("write-slow")
            run.until(lambda before=before: disk.hits("write-slow") > before, "a write is slow")
            slow = driver.must("decide", count=run.times(20000, 100000))
            took = driver.stats()["took_us"]
            disk.off()
            driver.must("join", timeout=600)
            run.expect(slow["p99_ns"] <= normal["p99_ns"] * 1.2 + 2000,
                       f"p99 of decide {slow['p99_ns']} ns at {milliseconds} ms a write, {normal['p99_ns']} ns without")
            run.expect(took <= 50000, f"statistics took {took} µs at {milliseconds} ms a write")
            figures.append(f"{milliseconds} ms: p99 of decide {slow['p99_ns']} ns ({normal['p99_ns']} ns without), statistics {took} µs")
        run.drained(driver)
        driver.must("close", ms=30000)
        driver.end()
    run.balanced(collector)
    return Outcome(disk.hits("write-slow"), "; ".join(figures))


@row("D10b", "disk hangs", "FUSE: writes and syncs that do not return", apart=True)
def hanging(run):
    collector = run.collector()
    disk = FuseDisk(run)
    worst = -1000
    for name, kind in KINDS.items():
        driver = fuse_client(run, collector, disk, kind, f"journal-{name}", batch=50)
        run.track(driver, 200)
        run.drained(driver)
        collector.faults(OUTAGE)
        before = disk.hits("hang")
        disk.on("hang")
        driver.must("traffic", threads=4, rate=20000, prefix=run.prefix())
        run.until(lambda before=before: disk.hits("hang") > before, "a write hangs")
        time.sleep(run.times(0.3, 5))
        run.equal(driver.must("decide", count=1000, timeout=10)["decided"], 1000, "decisions")
        took = driver.must("stats", timeout=10)["took_us"]
        run.expect(took <= 100000, f"statistics took {took} µs")
        answer = driver.call("close", ms=300, timeout=30)
        worst = max(worst, run.in_time(answer, 300, f"close, {name}"))
        disk.off()
        driver.must("halt", timeout=60)
        driver.must("free")
        driver.end()
        collector.faults()
        recover(run, collector, disk.folder / f"journal-{name}", WRITTEN)
    balance = run.balanced(collector)
    return Outcome(disk.hits("hang"), f"close {worst} ms from its deadline; {balance}")


def refused_flat(run, driver, words, times=1000000):
    """Refusals, many: their reason, and what they took of memory."""
    driver.must("track", count=1000, threads=0, prefix=run.prefix())
    before = driver.must("self")["resident_kib"]
    answer = driver.must("track", count=run.times(times // 500, times), threads=4, prefix=run.prefix(), timeout=3600)
    run.equal(set(answer["refused"]), {DISK}, f"refusals by {words}")
    run.expect(driver.stats()["disk_errno"] != 0, f"{words}: no errno in the statistics")
    return sum(answer["refused"].values()), driver.must("self")["resident_kib"] - before


def heals(run, driver):
    run.until(lambda: driver.must("track", count=1, threads=0, prefix=run.prefix())["accepted"], "an event is accepted", 10)
    run.track(driver, 200)
    driver.must("flush", ms=20000)
    run.drained(driver)
    driver.must("close", ms=20000)
    driver.end()


@row("D11b", "whole file system read-only under us", "FUSE: EROFS, EIO on write, EIO on sync; ext4 shutdown ioctl; bind mount, read-only",
     apart=True)
def read_only(run):
    collector = run.collector()
    disk = FuseDisk(run)
    refused, grown, fired = 0, 0, 0
    for switch in ("read-only", "write-eio"):
        driver = fuse_client(run, collector, disk, name=f"journal-{switch}", batch=100)
        run.track(driver, 500)
        run.drained(driver)
        disk.on(switch)
        # Each is a conversation with another program, so they are fewer.
        count, kib = refused_flat(run, driver, switch, times=50000)
        disk.off()
        heals(run, driver)
        refused, grown, fired = refused + count, max(grown, kib), fired + disk.hits(switch)
    # What can't be made safe is accepted, delivered, and said.
    driver = fuse_client(run, collector, disk, name="journal-sync", durability=1, interval=3600000)
    disk.on("sync-eio")
    run.track(driver, 500)
    run.until(lambda: driver.stats()["disk_errno"] == 5, "the error of a sync in the statistics")
    run.equal(driver.call("sync", ms=10000)["status"], DISK, "a sync that fails")
    disk.off()
    run.until(lambda: driver.call("sync", ms=10000)["status"] == "OPT_STATUS_OK", "a sync goes through", 10)
    heals(run, driver)
    fired += disk.hits("sync-eio")
    for way in (powerless, bound):
        count, kib = way(run, collector)
        refused, grown, fired = refused + count, max(grown, kib), fired + 1
    run.expect(grown <= 1024, f"{grown} KiB more in memory")
    balance = run.balanced(collector)
    return Outcome(fired, f"{refused} refused with the reason; memory {grown:+d} KiB; healed without a restart; {balance}")


def powerless(run, collector):
    """The file system gives EIO for everything, until it is mounted anew: for this client never."""
    disk = LoopDisk(run.folder)
    run.cleanup.callback(disk.stop)
    root = disk.folder / "journal"
    driver = journal_client(run, collector, root, WRITTEN, batch=100)
    run.track(driver, 500)
    run.drained(driver)
    driver.must("sync", ms=10000)
    disk.lose_power()
    count, kib = refused_flat(run, driver, "a file system that was shut down")
    driver.call("close", ms=1000)
    driver.kill()
    disk.umount()
    disk.mount()
    recover(run, collector, root, WRITTEN)
    return count, kib


def bound(run, collector):
    """A mount over it that is read-only: what is open is still written to, new files are refused."""
    place = run.make_folder("bound")
    driver = journal_client(run, collector, place / "journal", WRITTEN, batch=100)
    run.track(driver, 500)
    run.drained(driver)
    sh("mount", "--bind", place, place)
    run.cleanup.callback(lambda: sh("umount", "-l", place, check=False))
    if sh("mount", "-o", "remount,ro,bind", place, check=False):
        raise NotRun("a bind mount can't be made read-only")
    collector.faults(OUTAGE)
    driver.must("track", count=200000, threads=0, stop=1, bytes=300, prefix=run.prefix(), timeout=300)
    count, kib = refused_flat(run, driver, "a mount that is read-only")
    collector.faults()
    sh("mount", "-o", "remount,rw,bind", place)
    heals(run, driver)
    return count, kib


@row("D22b", "a disk reads back what was never written", "FUSE: a bit of each record in turn, in every read", apart=True)
def corrupt_reads(run):
    collector = run.collector()
    disk = FuseDisk(run)
    fired, lost = 0, []
    for number in range(run.times(4, 40)):
        collector.faults(OUTAGE)
        root = disk.folder / f"journal-{number}"
        driver = fuse_client(run, collector, disk, name=root.name, interval=3600000)
        prefix = run.prefix()
        run.track(driver, 40, threads=0, prefix=prefix)
        at, size = records(segments(disk.below / root.name)[0].read_bytes())[number]
        disk.on("read-corrupt", at + 8 + (number * 7) % (size - 16))
        collector.faults()
        driver.must("flush", ms=20000)
        run.drained(driver)
        stats = driver.stats()
        run.equal((stats["dropped_corrupt"], stats["delivered"]), (1, 39), f"record {number}: damaged, and delivered")
        run.expect(any((root / "damaged").iterdir()), f"record {number}: nothing was kept aside")
        lost.append(f"{prefix}-0-{number}")
        disk.off()
        driver.must("close", ms=10000)
        driver.end()
        fired += 1
    balance = run.balanced(collector, settled=lost)
    return Outcome(disk.hits("read-corrupt"), f"{fired} records: each alone is lost, counted and kept aside; {balance}")
