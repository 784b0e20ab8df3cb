"""Rows D2, D3, D10, D12 to D17: disks that are full, frozen, forbidden, and directories that vanish, move or are odd."""
import itertools
import os
import random
import shutil
import time

from harness.disk import KINDS, WRITTEN, LoopDisk, records, segments, tmpfs
from harness.journal import forget, journal_client, recover
from harness.row import NotRun, Outcome, need, row, sh

OUTAGE = {"kind": "status", "status": 503}
DISK = "OPT_STATUS_DISK"


def fill(driver, prefix, **words):
    """Tracks until the disk refuses."""
    answer = driver.must("track", count=200000, threads=0, stop=1, prefix=prefix, bytes=300, timeout=300, **words)
    return answer["accepted"], answer["refused"]


@row("D2", "space comes back", "tmpfs that is full, then remounted larger", apart=True)
def space_comes_back(run):
    collector = run.collector()
    fired, worst = 0, 0.0
    for name, kind in KINDS.items():
        with tmpfs(run.folder / f"small-{name}", "size=512k") as folder:
            collector.faults(OUTAGE)
            driver = journal_client(run, collector, folder / "journal", kind, interval=1000)
            _, refused = fill(driver, run.prefix())
            run.equal(refused, {DISK: 1}, "refusals")
            run.expect(driver.stats()["disk_errno"] == 28, "ENOSPC in the statistics")
            fired += driver.must("track", count=50, threads=0, prefix=run.prefix())["refused"].get(DISK, 0)
            sh("mount", "-o", "remount,size=8m", folder)
            begin = time.monotonic()
            run.until(lambda: driver.must("track", count=1, threads=0, prefix=run.prefix())["accepted"], "an event is accepted", 5)
            worst = max(worst, time.monotonic() - begin)
            driver.kill()
            collector.faults()
            recover(run, collector, folder / "journal", kind)
    run.expect(worst <= 1, f"{worst:.2f} s until an event was accepted")
    balance = run.balanced(collector)
    return Outcome(fired, f"accepted again after {worst * 1000:.0f} ms; {balance}")


@row("D3", "ENOSPC or no inodes for a new segment, directory, dead letter", "tmpfs: size, nr_inodes, filled by others", apart=True)
def full_disk(run):
    collector = run.collector()
    fired, figures, settled = 0, [], []
    for name, kind in KINDS.items():
        for what, options in (("space", "size=1m"), ("inodes", "size=64m,nr_inodes=9")):
            with tmpfs(run.folder / f"{what}-{name}", options) as folder:
                collector.faults(OUTAGE)
                driver = journal_client(run, collector, folder / "journal", kind, batch=50, limits=f"{32 << 20},65536")
                accepted, refused = fill(driver, prefix := run.prefix())
                run.equal(set(refused), {DISK}, f"refusals without {what}")
                fired += 1
                if what == "space":
                    with open(folder / "others", "wb", buffering=0) as others:
                        try:
                            while others.write(bytes(4096)):
                                pass
                        except OSError:
                            pass
                # One of them is poison: its dead letter needs room too.
                poison = f"{prefix}-0-7"
                collector.faults({"kind": "poison", "visitor": poison})
                # A flush tries at once what waits for the disk too.
                run.until(lambda: driver.call("flush", ms=200)["left"] == 0, f"drained at a full disk without {what}, {name}")
                run.drained(driver)
                settled.append(poison)
                stats = driver.stats()
                run.equal(stats["delivered"], accepted - 1, f"delivered at a full disk without {what}")
                run.equal(stats["dead_lettered"] + stats["dropped"], 1, "poison events")
                driver.must("close", ms=10000)
                driver.end()
                figures.append(f"{accepted} without {what}")
    balance = run.balanced(collector, settled=settled)
    return Outcome(fired, f"drained to 0 at a full disk ({', '.join(figures)}); {balance}")


@row("D10", "disk hangs", "`fsfreeze` of a loop mount", apart=True)
def frozen(run):
    need("fsfreeze")
    collector = run.collector()
    disk = LoopDisk(run.folder)
    run.cleanup.callback(disk.stop)
    fired, worst = 0, -1000
    for name, kind in KINDS.items():
        root = disk.folder / f"journal-{name}"
        driver = journal_client(run, collector, root, kind, batch=50)
        run.track(driver, 500)
        run.drained(driver)
        collector.faults(OUTAGE)
        driver.must("traffic", threads=4, rate=20000, prefix=run.prefix())
        time.sleep(0.1)
        sh("fsfreeze", "-f", disk.folder)
        try:
            time.sleep(run.times(0.5, 10))
            decided = driver.must("decide", count=1000, timeout=10)
            run.equal(decided["decided"], 1000, "decisions on a frozen disk")
            stats = driver.must("stats", timeout=10)
            run.expect(stats["took_us"] <= 100000, f"statistics took {stats['took_us']} µs")
            answer = driver.call("close", ms=300, timeout=30)
            worst = max(worst, run.in_time(answer, 300, f"close on a frozen disk, {name}"))
            fired += 1
        finally:
            sh("fsfreeze", "-u", disk.folder)
        driver.must("halt", timeout=60)
        driver.must("free")
        driver.end()
        collector.faults()
        recover(run, collector, root, kind)
    balance = run.balanced(collector)
    return Outcome(fired, f"close {worst} ms from its deadline on a frozen disk; {balance}")


@row("D12", "no permission at open", "nobody and mode 0555; `chattr +i`", apart=True)
def forbidden(run):
    need("chattr")
    collector = run.collector()
    fired = 0
    with tmpfs(run.folder / "place", "size=8m,mode=755") as folder:
        closed = folder / "closed"
        closed.mkdir(mode=0o555)
        locked = folder / "locked"
        locked.mkdir(mode=0o777)
        driver = run.driver()
        driver.must("become", uid=65534)
        for path, kind in itertools.product((closed / "journal", closed), KINDS.values()):
            answer = driver.call("open", **run.words(collector, journal=path, kind=kind))
            run.equal(answer["status"], DISK, f"status of a client in {path}")
            run.expect(str(closed) in answer["message"] and "ermission denied" in answer["message"], answer["message"])
            fired += 1
        root = run.driver()
        if sh("chattr", "+i", locked, check=False):
            return Outcome(fired, "DISK with path and reason; chattr has no effect here")
        try:
            answer = root.call("open", **run.words(collector, journal=locked, kind=WRITTEN))
        finally:
            sh("chattr", "-i", locked)
        run.equal(answer["status"], DISK, "status of a client in an immutable directory")
        run.expect(str(locked) in answer["message"] and "not permitted" in answer["message"], answer["message"])
        fired += 1
    return Outcome(fired, "DISK with path and reason in the message, 0 silently in memory")


@row("D13", "permission withdrawn while running", "`chattr +i` on the client's directory", apart=True)
def withdrawn(run):
    need("chattr")
    collector = run.collector()
    fired = 0
    with tmpfs(run.folder / "place", "size=64m") as folder:
        root = folder / "journal"
        collector.faults(OUTAGE)
        driver = journal_client(run, collector, root, WRITTEN, limits=f"{32 << 20},65536")
        run.track(driver, 100)
        home = next(path for path in root.iterdir() if len(path.name) == 16)
        if sh("chattr", "+i", home, check=False):
            raise NotRun("chattr has no effect on this file system")
        try:
            _, refused = fill(driver, run.prefix())
            run.equal(set(refused), {DISK}, "refusals")
            fired += 1
            collector.faults()
            driver.call("flush", ms=1)
            run.drained(driver)
        finally:
            sh("chattr", "-i", home)
        run.until(lambda: driver.must("track", count=1, threads=0, prefix=run.prefix())["accepted"], "an event is accepted", 5)
        run.drained(driver)
        driver.must("close", ms=10000)
        driver.end()
    balance = run.balanced(collector)
    return Outcome(fired, f"{balance}")


def vanish(run, collector, root, kind, take_away):
    """The directory goes while events are tracked; how long until there is one again."""
    collector.faults(OUTAGE)
    driver = journal_client(run, collector, root, kind)
    run.track(driver, 500)
    driver.must("traffic", threads=4, rate=4000, prefix=run.prefix())
    time.sleep(0.2)
    take_away()
    begin = time.monotonic()
    run.until(lambda: root.exists() and segments(root), "a directory made anew", 10)
    took = time.monotonic() - begin
    # What was copied is there to be found, and what came meanwhile.
    time.sleep(1.5)
    driver.must("halt")
    run.track(driver, 100)
    time.sleep(0.2)
    driver.kill()
    collector.faults()
    recover(run, collector, root, kind)
    return took


@row("D14", "directory deleted under us", "`rm -rf` while tracking")
def deleted(run):
    collector = run.collector()
    fired, worst = 0, 0.0
    for name, kind in KINDS.items():
        root = run.folder / f"journal-{name}"
        worst = max(worst, vanish(run, collector, root, kind, lambda root=root: shutil.rmtree(root, ignore_errors=True)))
        fired += 1
    run.expect(worst <= 1.5, f"{worst:.2f} s until there was a directory again")
    balance = run.balanced(collector)
    return Outcome(fired, f"noticed after {worst * 1000:.0f} ms; {balance}")


@row("D15", "directory renamed, lazily unmounted, another file system mounted over it", "mv, `umount -l`, mount", apart=True)
def moved(run):
    collector = run.collector()
    fired, worst = 0, 0.0
    for name, kind in KINDS.items():
        root, away = run.folder / f"moved-{name}", run.folder / f"away-{name}"
        worst = max(worst, vanish(run, collector, root, kind, lambda root=root, away=away: root.rename(away)))
        # What lies in the old place was copied: it is the same, by its uuids.
        recover(run, collector, away, kind)
        place = run.folder / f"over-{name}"
        place.mkdir()
        worst = max(worst, vanish(run, collector, place / "journal", kind,
                                  lambda place=place: sh("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", place)))
        sh("umount", "-l", place)
        recover(run, collector, place / "journal", kind)
        under = run.folder / f"under-{name}"
        under.mkdir()
        sh("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", under)
        worst = max(worst, vanish(run, collector, under / "journal", kind, lambda under=under: sh("umount", "-l", under)))
        fired += 3
    run.expect(worst <= 1.5, f"{worst:.2f} s until there was a directory again")
    balance = run.balanced(collector)
    return Outcome(fired, f"noticed after {worst * 1000:.0f} ms; {balance}")


@row("D16", "someone overwrites or truncates a live segment", "random bytes over records; cut, with written segments")
def overwritten(run):
    collector = run.collector()
    dice = random.Random(16)
    damaged, cut_events = 0, 0
    for name, kind in KINDS.items():
        collector.faults(OUTAGE)
        root = run.folder / f"journal-{name}"
        driver = journal_client(run, collector, root, kind, interval=3600000)
        prefix = run.prefix()
        run.track(driver, 200, threads=0, prefix=prefix)
        segment = segments(root)[0]
        places = records(segment.read_bytes())
        chosen = sorted(dice.sample(range(200), 20))
        with open(segment, "r+b") as file:
            for number in chosen:
                at, size = places[number]
                file.seek(at + 8)
                file.write(dice.randbytes(size - 16))
        collector.faults()
        driver.must("flush", ms=20000)
        run.drained(driver)
        stats = driver.stats()
        run.equal(stats["dropped_corrupt"], len(chosen), f"{name}: damaged records")
        run.equal(stats["delivered"], 200 - len(chosen), f"{name}: delivered")
        run.balanced(collector, settled=[f"{prefix}-0-{number}" for number in chosen])
        forget(run)
        collector.reset()
        damaged += len(chosen)
        driver.kill()
    collector.faults(OUTAGE)
    root = run.folder / "journal-cut"
    driver = journal_client(run, collector, root, WRITTEN, interval=3600000)
    run.track(driver, 200, threads=0)
    os.truncate(segments(root)[0], 8192)
    driver.must("track", count=100, threads=2, prefix=run.prefix())
    collector.faults()
    left = driver.call("flush", ms=5000)["left"]
    run.equal(left, 0, "left after a cut")
    run.expect(driver.process.poll() is None, "the host is alive")
    stats = driver.stats()
    run.equal(stats["balanced"], 1, "books after a cut")
    cut_events = stats["dropped_corrupt"]
    return Outcome(damaged + 1, f"damage = exactly the {damaged} records overwritten, the rest delivered; cut: {cut_events} counted, "
                                "host alive")


@row("D17", "path is a file, a loop of links, 5,000 characters, not UTF-8, relative and chdir, empty, with a newline", "one each")
def odd_paths(run):
    collector = run.collector()
    place = run.make_folder("places")
    (place / "file").write_text("not a directory")
    (place / "one").symlink_to("two")
    (place / "two").symlink_to("one")
    driver = run.driver()
    bad = {"file": place / "file", "below a file": place / "file" / "journal", "loop": place / "one" / "journal",
           "long": str(place) + "/x" * 2500, "long name": place / ("n" * 300), "empty": ""}
    fired = 0
    for name, path in bad.items():
        answer = driver.call("open", **run.words(collector, journal=path, kind=WRITTEN))
        wanted = ("OPT_STATUS_INVALID_ARGUMENT",) if name == "empty" else (DISK, "OPT_STATUS_INVALID_ARGUMENT")
        run.expect(answer["status"] in wanted, f"{name}: {answer['status']}")
        run.expect(name == "empty" or str(path)[:200] in answer["message"], f"{name}: {answer['message'][:300]}")
        fired += 1
    good = {"not UTF-8": os.fsencode(place) + b"/\xff\xfe", "newline": str(place) + "/a\nb", "space": str(place) + "/a b",
            "deep": place / "a" / "b" / "c"}
    for name, path in good.items():
        driver.must("open", **run.words(collector, journal=path, kind=WRITTEN))
        run.track(driver, 5)
        run.drained(driver)
        run.expect(os.path.isdir(path), f"{name}: no directory there")
        driver.must("close", ms=5000)
        driver.must("free")
        fired += 1
    driver.must("chdir", path=place)
    driver.must("open", **run.words(collector, journal="relative", kind=WRITTEN))
    driver.must("chdir", path="/")
    run.track(driver, 2000, threads=4, bytes=400)
    run.drained(driver)
    run.expect((place / "relative").is_dir() and not os.path.exists("/relative"), "a relative path is resolved once")
    driver.must("close", ms=5000)
    run.balanced(collector)
    return Outcome(fired + 1, "bad paths are named, odd ones work; chdir has no effect")
