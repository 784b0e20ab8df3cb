"""Rows J12 to J16: several owners of one directory, and dead letters without end."""
import ctypes
import os
import pathlib
import shutil
import time

from harness.disk import WRITTEN
from harness.journal import both_kinds, clients, forget, journal_client, recover
from harness.row import Outcome, row

OUTAGE = {"kind": "status", "status": 503}
UNWATCHED = {"OPT_DRIVE_UNWATCHED": "1"}


@row("J12", "many processes, one directory", "16 processes open at once, again and again")
@both_kinds
def many_owners(run, kind):
    collector = run.collector()
    collector.faults(OUTAGE)
    rounds, many, fired = run.times(3, 500), 16, 0
    root = run.folder / f"journal-{kind}"
    programs = [run.driver(environment=UNWATCHED) for _ in range(many)]
    for _ in range(rounds):
        for driver in programs:
            driver.send("open", **run.words(collector, journal=root, kind=kind, interval=3600000))
        answers = [driver.receive() for driver in programs]
        run.equal({answer["status"] for answer in answers}, {"OPT_STATUS_OK"}, "statuses")
        for driver in programs:
            run.track(driver, 3, threads=0)
        run.equal(len(clients(root)), many, f"directories of {many} clients")
        fired += many
        for driver in programs:
            driver.send("close", ms=0)
        for driver in programs:
            driver.receive()
            driver.must("free")
        collector.faults()
        recover(run, collector, root, kind)
        collector.faults(OUTAGE)
    balance = run.balanced(collector)
    return Outcome(fired, f"one directory each in {rounds} rounds of {many}; {balance}")


@row("J13", "two adopters for one orphan", "16 processes open at once beside what the dead have left")
@both_kinds
def many_adopters(run, kind):
    collector = run.collector()
    rounds, many, fired = run.times(3, 500), 16, 0
    root = run.folder / f"journal-{kind}"
    programs = [run.driver(environment=UNWATCHED) for _ in range(many)]
    for _ in range(rounds):
        collector.faults(OUTAGE)
        victim = journal_client(run, collector, root, kind, environment=UNWATCHED, interval=3600000)
        run.track(victim, 50, threads=0)
        victim.kill()
        for driver in programs:
            driver.send("open", **run.words(collector, journal=root, kind=kind, interval=20))
        for driver in programs:
            driver.receive()
        run.until(lambda: sum(driver.stats()["recovered"] for driver in programs) >= 50, "the orphan is taken over")
        taken = [driver.stats()["recovered"] for driver in programs]
        run.equal(sorted(taken)[-1], 50, f"events taken over: {taken}")
        run.equal(sum(taken), 50, "events taken over in all")
        fired += 1
        collector.faults()
        for driver in programs:
            driver.send("close", ms=20000)
        for driver in programs:
            run.equal(driver.receive()["left"], 0, "left")
            driver.must("free")
    balance = run.balanced(collector)
    run.equal(balance.repeats, 0, "events sent twice")
    return Outcome(fired, f"exactly one of {many} took each over; {balance}")


@row("J14", "a child that never calls us outlives its killed parent", "fork, the child sleeps, SIGKILL the parent")
@both_kinds
def surviving_child(run, kind):
    collector = run.collector()
    rounds, worst = run.times(1, 25), 0.0
    for _ in range(rounds):
        collector.faults(OUTAGE)
        root = run.folder / f"journal-{kind}"
        driver = journal_client(run, collector, root, kind, interval=3600000)
        run.track(driver, 50)
        driver.send("children", count=1, action="stay", stays_ms=20000)
        children = pathlib.Path(f"/proc/{driver.pid}/task/{driver.pid}/children")
        child = run.until(lambda: children.read_text().split(), "there is a child")[0]
        driver.kill()
        run.expect(pathlib.Path(f"/proc/{child}").exists(), "the child lives")
        collector.faults()
        begin = time.monotonic()
        other = journal_client(run, collector, root, kind)
        run.until(lambda other=other: other.stats()["delivered"] == 50, "its parent's events are taken over", 10)
        worst = max(worst, time.monotonic() - begin)
        run.expect(pathlib.Path(f"/proc/{child}").exists(), "the child still lives")
        os.kill(int(child), 9)
        other.must("close", ms=5000)
        other.end()
    run.expect(worst <= 5, f"{worst:.1f} s")
    balance = run.balanced(collector)
    return Outcome(rounds, f"taken over and delivered after {worst * 1000:.0f} ms; {balance}")


class Text(ctypes.Structure):
    _fields_ = [("data", ctypes.c_char_p), ("length", ctypes.c_size_t)]


def text(value):
    raw = os.fsencode(value)
    return Text(raw, len(raw))


def open_copy(library, datafile, url, root):
    """A client of one copy of the library, in this very process."""
    for name in ("opt_options_new", "opt_user_new"):
        getattr(library, name).restype = ctypes.c_void_p if name == "opt_options_new" else ctypes.c_int
    options = ctypes.c_void_p(library.opt_options_new())
    client, user = ctypes.c_void_p(), ctypes.c_void_p()
    calls = (
        library.opt_options_set_datafile(options, text(datafile), None),
        library.opt_options_set_event_endpoint(options, text(url), None),
        library.opt_options_set_journal(options, text(str(root)), ctypes.c_uint32(WRITTEN), None),
        library.opt_client_new(options, ctypes.byref(client), None),
        library.opt_user_new(text("copy"), None, ctypes.c_size_t(0), ctypes.byref(user), None),
        library.opt_track(client, user, text("purchase"), None, ctypes.c_size_t(0), None),
    )
    return calls, client


@row("J15", "two copies of the library in one process", "dlopen of two files")
def two_copies(run):
    collector = run.collector()
    root = run.folder / "journal"
    built = pathlib.Path(os.environ.get("OPT_DIST", run.shims.parent / "dist")) / "lib/libopttrack.so"
    datafile = ('{"version":"4","accountId":"1","projectId":"2","revision":"3","attributes":[],"audiences":[],"experiments":[],'
                '"groups":[],"featureFlags":[],"rollouts":[],"events":[{"id":"9001","key":"purchase","experimentIds":[]}]}')
    collector.faults(OUTAGE)
    libraries, open_clients = [], []
    for number in range(2):
        path = run.folder / f"copy{number}.so"
        shutil.copy(built, path)
        library = ctypes.CDLL(str(path))
        libraries.append(library)
        calls, client = open_copy(library, datafile, collector.url, root)
        run.equal(set(calls), {0}, "statuses")
        open_clients.append(client)
    run.equal(len(clients(root)), 2, "directories of two copies")
    time.sleep(run.times(1.5, 6))
    run.equal(len(clients(root)), 2, "directories of two copies, later")
    collector.faults()
    left = ctypes.c_uint64(99)
    for library, client in zip(libraries, open_clients):
        run.equal(library.opt_client_close(client, ctypes.c_uint32(20000), ctypes.byref(left), None), 0, "close")
    run.equal((collector.stats()["unique"], collector.stats()["duplicates"]), (2, 0), "events, and repeats")
    return Outcome(2, "0 shared directories; each its own events, once")


@row("J16", "dead-letter file at its limit", "poison only")
@both_kinds
def dead_letter_limit(run, kind):
    collector = run.collector()
    root = run.folder / f"journal-{kind}"
    limit = 20000
    # One that it takes lies between the poison, or the client would hold after twenty refusals.
    driver = journal_client(run, collector, root, kind, batch=1, interval=1, limits=f"{64 << 20},{limit}")
    dropped = fired = 0
    for number in range(run.times(12, 200)):
        prefix = run.prefix("poison")
        collector.faults({"kind": "poison", "visitor": [f"{prefix}-0-{event}" for event in range(15)]})
        run.track(driver, 15, threads=0, prefix=prefix)
        run.track(driver, 1, threads=0, prefix=f"good{number}")
        run.drained(driver)
        fired += 15
    stats = driver.stats()
    dropped = stats["dropped_dead_letter_limit"]
    run.equal(stats["dead_lettered"] + dropped, fired, "dead letters and drops")
    run.expect(dropped > 0, "the limit was never met")
    files = list((root / "dead-letters").glob("*.jsonl"))
    size = sum(path.stat().st_size for path in files)
    lines = sum(len(path.read_text().splitlines()) for path in files)
    run.equal(lines, stats["dead_lettered"], "lines of dead letters")
    run.expect(size <= limit + 1000, f"{size} bytes of dead letters")
    driver.must("close", ms=5000)
    forget(run)
    return Outcome(fired, f"{lines} kept in {size} bytes of {limit}, the oldest; {dropped} dropped and counted")
