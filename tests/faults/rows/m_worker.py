"""Row M1b: memory that the delivery's own thread can't have; what was accepted waits for it."""
from harness.disk import KINDS
from harness.journal import journal_client
from harness.row import Outcome, row
from rows.m_memory import MemoryLimit

OUTAGE = {"kind": "status", "status": 503}
KIB = 1024


def without(run, limit, driver, kib, what):
    """Nothing is delivered while allocations above a limit fail; then everything."""
    before, delivered = limit.failed, driver.stats()["delivered"]
    limit.set(kib * KIB)
    driver.call("flush", ms=300)
    run.until(lambda: limit.failed > before, f"{what}: an allocation above {kib} KiB fails", 5)
    run.expect(driver.process.poll() is None, f"{what}: the host is alive at {kib} KiB")
    stats = driver.stats()
    run.expect(stats["pending"] > 0 and stats["delivered"] == delivered, f"{what}: delivered without memory for it: {stats}")
    run.equal(stats["balanced"], 1, f"{what}: books without memory")
    limit.set(0)
    run.equal(driver.must("flush", ms=20000)["left"], 0, f"{what}: left once there is memory")


def requests(run, limit, collector, name, **words):
    """The request's body, the segment it is read from, what the request takes below us."""
    driver = run.client(collector, environment=limit.environment, interval=3600000, batch=1000, **words)
    run.track(driver, 300, threads=0)
    without(run, limit, driver, 8, f"{name}, small events")
    run.track(driver, 5, threads=0, bytes=200000)
    for kib in run.times((64,), (1024, 256, 64, 16, 8)):
        without(run, limit, driver, kib, f"{name}, large events")
        run.track(driver, 5, threads=0, bytes=200000)
    driver.must("flush", ms=20000)
    driver.must("close", ms=10000)
    driver.end()


def dead_letters(run, limit, collector, root, kind, name):
    """An event that is refused for good is written down once there is memory for its letter."""
    driver = journal_client(run, collector, root, kind, environment=limit.environment, interval=3600000, batch=1)
    prefix = run.prefix("poison")
    run.track(driver, 1, threads=0, prefix=prefix, bytes=20000)
    collector.faults({"kind": "delay", "delay_ms": 2000}, {"kind": "poison", "visitor": [f"{prefix}-0-0"]})
    driver.call("flush", ms=1)
    run.until(lambda: driver.stats()["posts"] == 1, "it is on its way")
    before = limit.failed
    limit.set(12 * KIB)
    run.until(lambda: limit.failed > before, f"{name}: no memory for a letter", 20)
    run.equal(driver.stats()["dead_lettered"], 0, f"{name}: dead letters without memory")
    limit.set(0)
    run.until(lambda: driver.stats()["dead_lettered"] == 1, f"{name}: it is written down", 10)
    collector.faults()
    driver.must("close", ms=10000)
    driver.end()
    return f"{prefix}-0-0"


def adoption(run, limit, collector, root, kind, name):
    """A segment of the dead is read as a whole, once there is memory for that."""
    collector.faults(OUTAGE)
    driver = journal_client(run, collector, root, kind, interval=3600000)
    run.track(driver, 500, threads=0)
    driver.kill()
    collector.faults()
    before = limit.failed
    limit.set(32 * KIB)
    driver = journal_client(run, collector, root, kind, environment=limit.environment)
    run.until(lambda: limit.failed > before, f"{name}: no memory to take over", 5)
    run.equal(driver.stats()["recovered"], 0, f"{name}: taken over without memory")
    limit.set(0)
    run.until(lambda: driver.stats()["recovered"] == 500, f"{name}: taken over", 10)
    run.drained(driver)
    driver.must("close", ms=10000)
    driver.end()


@row("M1b", "a large allocation fails on the delivery's thread: request, segment, dead letter, adoption", "malloc shim, sizes above a limit")
def worker_without_memory(run):
    collector = run.collector()
    limit = MemoryLimit(run)
    settled = []
    requests(run, limit, collector, "in memory")
    for name, kind in KINDS.items():
        root = run.folder / f"journal-{name}"
        collector.faults()
        requests(run, limit, collector, name, journal=root, kind=kind)
        settled.append(dead_letters(run, limit, collector, root, kind, name))
        adoption(run, limit, collector, root, kind, name)
    balance = run.balanced(collector, settled=settled)
    return Outcome(limit.failed, f"0 aborts; all waited, and was delivered once there was memory; {balance}")
