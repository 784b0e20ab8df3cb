"""Rows D1, D4 to D9, D11: writes, syncs and whole disks that fail or take their time."""
from harness.disk import KINDS, MAPPED, WRITTEN, DiskRules
from harness.journal import journal_client, recover
from harness.row import Outcome, row

ERRNOS = ("EDQUOT", "EFBIG", "EIO", "EROFS", "ENODEV", "ESTALE", "ENOSPC", "EAGAIN")
OUTAGE = {"kind": "status", "status": 503}


def refused_once(run, driver, prefix, times=1):
    """Events that the disk refuses: the answer says so."""
    answer = driver.must("track", count=times, threads=0, prefix=prefix)
    run.equal(answer["refused"], {"OPT_STATUS_DISK": times}, f"refusals ({answer['message']})")
    return answer["message"]


@row("D1", "ENOSPC on append, at every byte offset of a record", "disk shim: k bytes are written, then ENOSPC; once, and for a while")
def every_offset(run):
    collector = run.collector()
    rules = DiskRules(run)
    root = run.folder / "journal"
    collector.faults(OUTAGE)
    driver = journal_client(run, collector, root, WRITTEN, rules.environment, interval=3600000)
    run.track(driver, 3, threads=0)
    length = 200
    step = run.times(3, 1)
    for accepted in range(0, length, step):
        for lasting in (1, 3):
            more = {"calls": "write", "pattern": "*.seg", "error": "ENOSPC"}
            short = [{**more, "accepted": accepted, "count": 1}] if accepted else []
            # The short write, and what follows it: the rest of the record, or the repair.
            rules.set(*short, {**more, "count": lasting})
            answer = driver.must("track", count=1, threads=0, prefix=run.prefix())
            rules.set()
            run.expect(set(answer["refused"]) <= {"OPT_STATUS_DISK"}, f"refusals {answer['refused']}")
            run.track(driver, 1, threads=0)
    driver.kill()
    collector.faults()
    stats = recover(run, collector, root, WRITTEN)
    run.equal((stats["dropped"], stats["dead_lettered"]), (0, 0), "dropped, and dead letters")
    balance = run.balanced(collector)
    return Outcome(rules.all_fired(), f"{length // step} offsets, once and lasting: {balance}, 0 torn records at recovery")


@row("D4", "ENOSPC for the acknowledgement cursor", "disk shim: writes of its 8 bytes alone, once and lasting")
def cursor_fails(run):
    collector = run.collector()
    fired, posts, batches = 0, 0, 0
    for kind in KINDS.values():
        for count in (1, -1):
            rules = DiskRules(run, f"rules-{kind}-{count}")
            root = run.folder / f"journal-{kind}"
            driver = journal_client(run, collector, root, kind, rules.environment, batch=50)
            rules.set({"calls": "write", "pattern": "*.seg", "error": "ENOSPC", "size": 8, "count": count})
            before = collector.stats()["posts"]
            run.track(driver, 2000, threads=4, rate=10000)
            run.drained(driver)
            batches += driver.stats()["posts"]
            driver.kill()
            rules.set()
            recover(run, collector, root, kind)
            posts += collector.stats()["posts"] - before
            fired += rules.all_fired()
    balance = run.balanced(collector)
    run.expect(posts <= 2 * batches + 2, f"{posts} posts for {batches} batches")
    return Outcome(fired, f"delivery went on; {balance}; {posts} posts for {batches} batches")


@row("D5", "the repair after a short write fails too", "disk shim: short, then EIO on that segment for ever")
def repair_fails(run):
    collector = run.collector()
    rules = DiskRules(run)
    root = run.folder / "journal"
    collector.faults(OUTAGE)
    driver = journal_client(run, collector, root, WRITTEN, rules.environment, interval=3600000)
    run.track(driver, 20, threads=0)
    segment = next(root.glob("*/*.seg"))
    rules.set({"calls": "write", "pattern": str(segment), "accepted": 11, "error": "EIO", "count": 1},
              {"calls": "write", "pattern": str(segment), "error": "EIO"})
    answer = driver.must("track", count=50, threads=0, prefix=run.prefix())
    run.expect(answer["accepted"] >= 49, f"{answer['accepted']} of 50 accepted beside the dead segment: {answer['message']}")
    driver.kill()
    rules.set()
    collector.faults()
    stats = recover(run, collector, root, WRITTEN)
    run.equal(stats["dropped"], 0, "dropped")
    fired = rules.all_fired() + beginning_fails(run, collector)
    balance = run.balanced(collector)
    return Outcome(fired, f"a new segment after {50 - answer['accepted']} refusals; {balance}")


def beginning_fails(run, collector):
    """With mapped segments the system writes their beginnings alone: those are cut short, once and for a while."""
    rules = DiskRules(run, "rules-mapped")
    root = run.folder / "journal-mapped"
    collector.faults(OUTAGE)
    driver = journal_client(run, collector, root, MAPPED, rules.environment, interval=3600000)
    for lasting in (1, 50):
        rules.set({"calls": "write", "pattern": "*.seg", "accepted": 11, "error": "EIO", "count": 1},
                  {"calls": "write", "pattern": "*.seg", "error": "EIO", "count": lasting})
        answer = driver.must("track", count=3000, threads=0, bytes=300, prefix=run.prefix())
        run.expect(set(answer["refused"]) <= {"OPT_STATUS_DISK"}, f"refusals {answer['refused']}")
        run.equal(sum(rules.fired()[:2]), 1 + lasting, "writes that were cut short, and that failed")
        rules.set()
    driver.kill()
    collector.faults()
    run.equal(recover(run, collector, root, MAPPED)["dropped"], 0, "dropped")
    return rules.all_fired()


@row("D6", "EDQUOT, EFBIG, EIO, EROFS, ENODEV, ESTALE, ENOSPC, EAGAIN, EINTR on write", "disk shim, once and lasting; both kinds")
def every_errno(run):
    collector = run.collector()
    fired = 0
    for name, kind in KINDS.items():
        rules = DiskRules(run, f"rules-{name}")
        driver = journal_client(run, collector, run.folder / f"journal-{name}", kind, rules.environment, batch=10, log=1)
        words = {errno: errno_in_turn(run, driver, rules, errno, kind) for errno in ERRNOS}
        rules.set({"calls": "write", "pattern": "*.seg", "error": "EINTR", "count": 50})
        run.track(driver, 100, threads=0)
        rules.set()
        run.drained(driver)
        run.equal(driver.stats()["disk_errno"], 0, f"{name}: errno once the disk works")
        driver.must("close", ms=20000)
        driver.end()
        run.expect(len(set(words.values())) == len(ERRNOS), f"{name}: each errno has its own words: {words}")
        fired += rules.all_fired()
    run.balanced(collector)
    return Outcome(fired, f"{len(ERRNOS)} errnos refuse with DISK and words of their own, EINTR is tried again; 0 lost")


def errno_in_turn(run, driver, rules, errno, kind):
    """An errno that stays, then one that comes once; the words of a refusal."""
    run.track(driver, 5, threads=0)
    rules.set({"calls": "write create reserve", "pattern": "*.seg", "error": errno})
    if kind == WRITTEN:
        words = refused_once(run, driver, run.prefix(), times=20)
    else:
        # What is mapped is written without the system's help: the disk is met where a segment is full.
        answer = driver.must("track", count=200000, threads=0, stop=1, bytes=300, prefix=run.prefix())
        run.equal(answer["refused"], {"OPT_STATUS_DISK": 1}, f"{errno}: refusals ({answer['message']})")
        words = answer["message"]
    run.expect(driver.stats()["disk_errno"] != 0, f"{errno}: no errno in the statistics")
    rules.set()
    run.track(driver, 5, threads=0)
    # Once: the segment is given up, or the next write goes through.
    rules.set({"calls": "write create reserve", "pattern": "*.seg", "error": errno, "count": 1})
    driver.must("track", count=5, threads=0, prefix=run.prefix())
    rules.set()
    return words


@row("D7", "fdatasync fails once, then “succeeds”", "disk shim, EIO at the second; both kinds")
def sync_fails(run):
    collector = run.collector()
    fired, later = 0, 0
    for kind in KINDS.values():
        rules = DiskRules(run, f"rules-{kind}")
        root = run.folder / f"journal-{kind}"
        collector.faults(OUTAGE)
        driver = journal_client(run, collector, root, kind, rules.environment, durability=1, interval=3600000, log=1)
        run.track(driver, 300, threads=0)
        run.until(lambda: driver.stats()["pending"] == 300, "they wait")
        failing = segments_of(root)[-1]
        rules.set({"calls": "sync", "pattern": str(failing), "error": "EIO", "count": 1},
                  {"calls": "sync", "pattern": str(failing)})
        run.track(driver, 300, threads=0)
        run.until(lambda: rules.fired()[0] > 0, "a sync fails")
        run.track(driver, 300, threads=2, rate=1000)
        once, again = rules.fired()[:2]
        fired, later = fired + once, later + again
        run.until(lambda: driver.stats()["disk_errno"] == 0 or driver.stats()["pending"] == 900, "the disk works again")
        driver.kill()
        rules.set()
        collector.faults()
        recover(run, collector, root, kind)
    run.equal(later, 0, "syncs of the failed file after the failure")
    balance = run.balanced(collector)
    return Outcome(fired, f"0 syncs of the failed file afterwards; {balance}")


def segments_of(root):
    return sorted(root.glob("*/*.seg"))


@row("D8", "fdatasync takes 5 s", "disk shim, delay; both kinds")
def slow_sync(run):
    delay = run.times(1500, 5000)
    fired, figures = 0, []
    collector = run.collector()
    for name, kind in KINDS.items():
        rules = DiskRules(run, f"rules-{kind}")
        driver = journal_client(run, collector, run.folder / f"journal-{kind}", kind, rules.environment, durability=1)
        normal = run.track(driver, 3000, threads=2, rate=3000)
        rules.set({"calls": "sync", "pattern": "*", "delay_ms": delay})
        slow = run.track(driver, 3000, threads=2, rate=run.times(2000, 500))
        fired += sum(rules.fired())
        rules.set()
        most = 10 * max(normal["p99_ns"], 2000)
        run.expect(slow["p99_ns"] <= most, f"{name}: p99 of track {slow['p99_ns']} ns, {normal['p99_ns']} ns without")
        run.drained(driver)
        driver.must("close", ms=30000)
        driver.end()
        figures.append(f"{name} p99 of track {normal['p99_ns']} ns, {slow['p99_ns']} ns beside it")
    run.balanced(collector)
    return Outcome(fired, "; ".join(figures))


@row("D9", "disk slow: 100 ms a write", "disk shim, delay of every write and of every new segment; both kinds")
def slow_writes(run):
    collector = run.collector()
    fired, figures = 0, []
    for name, kind in KINDS.items():
        rules = DiskRules(run, f"rules-{name}")
        driver = journal_client(run, collector, run.folder / f"journal-{name}", kind, rules.environment)
        run.track(driver, 100)
        run.drained(driver)
        driver.must("decide", count=20000)
        normal = driver.must("decide", count=20000)
        # What is mapped is written to the disk by nobody here, but for a segment's beginning and the cursor.
        rules.set({"calls": "write create reserve map", "pattern": "*.seg", "delay_ms": 100})
        driver.must("traffic", threads=4, count=run.times(40, 400), prefix=run.prefix())
        slow = driver.must("decide", count=20000)
        took = driver.stats()["took_us"]
        driver.must("join", timeout=600)
        run.drained(driver)
        fired += rules.all_fired()
        rules.set()
        run.expect(slow["p99_ns"] <= normal["p99_ns"] * 1.2 + 2000,
                   f"{name}: p99 of decide {slow['p99_ns']} ns, {normal['p99_ns']} ns without")
        run.expect(took <= 50000, f"{name}: statistics took {took} µs")
        figures.append(f"{name}: p99 of decide {normal['p99_ns']} ns, {slow['p99_ns']} ns beside it, statistics {took} µs")
        driver.must("close", ms=30000)
        driver.end()
    run.balanced(collector)
    return Outcome(fired, "; ".join(figures))


@row("D11", "whole file system read-only under us", "disk shim: EROFS for every change; EIO for every call")
def read_only(run):
    collector = run.collector()
    fired, figures, grown = 0, [], 0
    for error in ("EROFS", "EIO"):
        rules = DiskRules(run, f"rules-{error}")
        driver = journal_client(run, collector, run.folder / f"journal-{error}", WRITTEN, rules.environment, batch=100)
        run.track(driver, 500)
        run.drained(driver)
        calls = "write create reserve rename remove folder sync" + (" read open" if error == "EIO" else "")
        rules.set({"calls": calls, "pattern": f"*journal-{error}*", "error": error})
        driver.must("track", count=1000, threads=0, prefix=run.prefix())
        before = driver.must("self")["resident_kib"]
        answer = driver.must("track", count=run.times(50000, 1000000), threads=4, prefix=run.prefix(), timeout=1200)
        run.equal(set(answer["refused"]), {"OPT_STATUS_DISK"}, "refusals")
        grown = max(grown, driver.must("self")["resident_kib"] - before)
        figures.append(f"{sum(answer['refused'].values())} refused by {error}")
        rules.set()
        run.track(driver, 500)
        run.drained(driver)
        driver.must("close", ms=20000)
        driver.end()
        fired += rules.all_fired()
    run.expect(grown <= 1024, f"{grown} KiB more in memory")
    run.balanced(collector)
    return Outcome(fired, f"{', '.join(figures)}; memory {grown:+d} KiB; healed without a restart, 0 lost")


