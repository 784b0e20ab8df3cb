"""Rows D18 to D22: backlogs, limits of files, a host that closes our files, bits that rot."""
import shutil
import signal
import time

from harness.disk import KINDS, header_bytes, records, segments
from harness.journal import both_kinds, clients, forget, journal_client, recover
from harness.row import Outcome, row

OUTAGE = {"kind": "status", "status": 503}


@row("D18", "a large backlog at start", "written beforehand in an outage, then SIGKILL")
def backlog(run):
    collector = run.collector()
    mib = run.times(48, 1024)
    fired, figures = 0, []
    for name, kind in KINDS.items():
        root = run.folder / f"journal-{name}"
        collector.faults(OUTAGE)
        driver = journal_client(run, collector, root, kind, interval=3600000, limits=f"{2 << 30},65536")
        count = mib * 1024
        run.track(driver, count, threads=8, bytes=880, timeout=1200)
        driver.kill()
        driver = run.driver()
        took = run.open(driver, collector, journal=root, kind=kind, interval=10, limits=f"{2 << 30},65536")["took_ms"]
        run.until(lambda: driver.stats()["recovered"] == count, "everything is taken over", 600)
        resident = driver.must("self")["resident_kib"]
        collector.faults()
        first = len(collector.events()) if run.is_short else 0
        run.drained(driver, ms=1200000)
        peak = max(resident, driver.must("self")["resident_kib"])
        run.expect(took <= 100, f"{name}: open took {took} ms")
        run.expect(peak <= 32 * 1024, f"{name}: {peak} KiB resident")
        driver.must("close", ms=20000)
        driver.end()
        fired += count - first
        figures.append(f"{name} open {took} ms, {peak >> 10} MiB resident")
    run.balanced(collector)
    return Outcome(fired, f"{mib} MiB: {', '.join(figures)}; 0 lost")


@row("D19", "many segments and orphan directories", "many clients killed at once")
@both_kinds
def many_orphans(run, kind):
    collector = run.collector()
    programs, each = run.times((7, 14), (63, 16))
    root = run.folder / f"journal-{kind}"
    collector.faults(OUTAGE)
    drivers = []
    for _ in range(programs):
        driver = run.driver(environment={"OPT_DRIVE_UNWATCHED": "1"})
        drivers.append(driver)
        for slot in range(each):
            driver.must("use", slot=slot)
            run.open(driver, collector, journal=root, kind=kind, interval=3600000)
            run.track(driver, 20, threads=0)
    # At once: those that live would take the others' over.
    for driver in drivers:
        driver.process.send_signal(signal.SIGSTOP)
    for driver in drivers:
        driver.kill()
    orphans = len(clients(root))
    run.expect(orphans >= programs * each, f"{orphans} directories of the dead")
    collector.faults()
    driver = run.driver()
    bare = driver.must("self")["files"]
    run.open(driver, collector, journal=root, kind=kind, interval=10)
    prefix = run.prefix("own")
    begin = time.monotonic()
    run.track(driver, 1, threads=0, prefix=prefix)
    files = 0
    own = None
    while len(clients(root)) > 1 or driver.stats()["pending"]:
        files = max(files, driver.must("self")["files"] - bare)
        if own is None and any(visitor.startswith(prefix) for visitor, _, _ in collector.events()):
            own = time.monotonic() - begin
        run.expect(time.monotonic() - begin < 300, f"{len(clients(root))} directories left")
    own = own or time.monotonic() - begin
    run.expect(own <= 2, f"an own event was delivered after {own:.1f} s")
    run.expect(files <= 16, f"{files} descriptors open")
    balance = run.balanced(collector)
    return Outcome(orphans, f"{orphans} directories taken over in {time.monotonic() - begin:.1f} s, own event after {own:.2f} s, at most "
                            f"{files} descriptors; {balance}")


@row("D20", "file-size limit", "RLIMIT_FSIZE of any size, at open and while running")
def file_size(run):
    collector = run.collector()
    fired = accepted = 0
    for name, kind in KINDS.items():
        for size in run.times((0, 1000, 65536, 100000), (0, 1, 511, 576, 4095, 4096, 65535, 65536, 65537, 262144, 1 << 20)):
            for is_late in (False, True):
                root = run.folder / f"journal-{name}-{size}-{is_late}"
                collector.faults(OUTAGE)
                driver = run.driver(environment={"OPT_DRIVE_UNWATCHED": "1"})
                if not is_late:
                    driver.must("filesize", bytes=size)
                answer = driver.call("open", **run.words(collector, journal=root, kind=kind))
                if answer["status"] == "OPT_STATUS_OK":
                    if is_late:
                        run.track(driver, 5, threads=0, prefix=run.prefix("early"))
                        driver.must("filesize", bytes=size)
                    # The books are files too: this program's own limit is lifted while it writes them.
                    answer = driver.must("count", count=3000, bytes=200)
                    run.expect(set(answer["refused"]) <= {"OPT_STATUS_DISK"}, f"refusals {answer['refused']}")
                    accepted += answer["accepted"]
                    fired += sum(answer["refused"].values()) + 1
                run.expect(driver.process.poll() is None, f"the host is alive with a limit of {size}")
                driver.must("filesize", bytes=-1)
                collector.faults()
                if answer.get("status", "OPT_STATUS_OK") == "OPT_STATUS_OK":
                    driver.must("flush", ms=20000)
                driver.kill()
    received = sum(visitor.startswith("counted") for visitor, _, _ in collector.events())
    run.equal(received, accepted, "events received of those accepted under a limit")
    return Outcome(fired, f"host alive at every size; {accepted} accepted, all delivered")


@row("D21", "the host closes our descriptors and opens its own", "closefrom(3), then files or sockets in their places")
def closed_descriptors(run):
    collector = run.collector()
    tries, fired, strange, closed = run.times(150, 20000), 0, 0, 0
    for name, kind in KINDS.items():
        collector.faults()
        root, place = run.folder / f"journal-{name}", run.make_folder(f"host-{name}")
        driver = journal_client(run, collector, root, kind, batch=10, interval=5)
        run.track(driver, 50)
        for number in range(tries):
            if number % 10 == 9:
                run.track(driver, 5, threads=0)
            # While the worker opens a file nothing can help who closes it at that moment: a host does this when all is quiet.
            run.drained(driver)
            driver.must("take", folder=place, count=12, **({"sockets": 1} if number % 2 else {}))
            run.track(driver, 5, threads=0)
            answer = driver.must("look")
            strange, closed = strange + answer["strange"], closed + answer["closed"]
            fired += 1
        run.drained(driver, ms=120000)
        answer = driver.must("look")
        strange, closed = strange + answer["strange"], closed + answer["closed"]
        driver.must("close", ms=20000)
        driver.must("free")
        closed += driver.must("look")["closed"]
        driver.end()
        recover(run, collector, root, kind)
    run.equal(strange, 0, "files and sockets of the host that we wrote to or read from")
    run.equal(closed, 0, "files and sockets of the host that we closed")
    balance = run.balanced(collector)
    return Outcome(fired, f"0 bytes of ours in the host's files and sockets, 0 of them closed; {balance}")


@row("D22", "bit rot", "each bit of a segment of three records flipped in turn")
@both_kinds
def bit_rot(run, kind):
    collector = run.collector()
    fired, worst, counted = 0, 0, 0
    collector.faults(OUTAGE)
    root = run.folder / f"original-{kind}"
    driver = journal_client(run, collector, root, kind, interval=3600000)
    run.track(driver, 3, threads=0, prefix="rot")
    driver.kill()
    segment = segments(root)[0]
    data = segment.read_bytes()
    places = records(data)
    run.equal(len(places), 3, "records")
    end = places[-1][0] + places[-1][1]
    bits = range(0, end * 8, run.times(41, 1))
    collector.faults()
    reader = run.driver(environment={"OPT_DRIVE_UNWATCHED": "1"})
    for bit in bits:
        copy = run.folder / "rotten"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(root, copy)
        rotten = bytearray(data)
        rotten[bit // 8] ^= 1 << bit % 8
        (copy / segment.parent.name / segment.name).write_bytes(rotten)
        collector.reset()
        run.open(reader, collector, journal=copy, kind=kind)
        run.until(lambda: len(clients(copy)) == 1 and reader.stats()["pending"] == 0, f"bit {bit} is read")
        stats = reader.stats()
        lost = 3 - collector.stats()["unique"]
        worst, counted, fired = max(worst, lost), counted + (lost > 0), fired + 1
        in_header = bit // 8 < header_bytes(data)
        run.expect(lost <= (0 if in_header else 1), f"bit {bit}: {lost} records lost")
        run.equal(stats["dropped_corrupt"], lost, f"bit {bit}: damage counted")
        run.equal(collector.stats()["conflicting"] + collector.stats()["malformed_posts"], 0, f"bit {bit}: odd events")
        reader.must("close", ms=5000)
        reader.must("free")
    forget(run)
    return Outcome(fired, f"{fired} bits: never more than {worst} record lost a bit, {counted} counted, none in the header")
