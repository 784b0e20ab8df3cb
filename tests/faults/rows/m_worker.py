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


@row("M1b", "a large allocation fails on the delivery's thread: request, segment, adoption", "malloc shim, sizes above a limit")
def worker_without_memory(run):
    collector = run.collector()
    limit = MemoryLimit(run)
    requests(run, limit, collector, "in memory")
    for name, kind in KINDS.items():
        root = run.folder / f"journal-{name}"
        collector.faults()
        requests(run, limit, collector, name, journal=root, kind=kind)
        adoption(run, limit, collector, root, kind, name)
    balance = run.balanced(collector)
    return Outcome(limit.failed, f"0 aborts; all waited, and was delivered once there was memory; {balance}")
