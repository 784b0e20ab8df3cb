"""Rows M1 to M6: memory that cannot be had, and what waits being bounded."""
import json
import struct

from harness.row import Outcome, need, row


class MemoryLimit:
    """Allocations above a size fail while it is set."""

    def __init__(self, run):
        self.path = run.folder / "memory"
        self.path.write_bytes(bytes(16))
        self.environment = {"LD_PRELOAD": str(run.shims / "memory.so"), "OPT_MEMORY_LIMIT": str(self.path)}

    def set(self, largest):
        with open(self.path, "r+b") as file:
            file.write(struct.pack("Q", largest))

    @property
    def failed(self):
        return struct.unpack("Q", self.path.read_bytes()[8:16])[0]


def write_datafile(run, events):
    """A datafile of some size."""
    more = [{"id": str(100000 + number), "key": f"event_{number}", "experimentIds": []} for number in range(events)]
    document = {"version": "4", "accountId": "12001", "projectId": "111001", "revision": "7", "anonymizeIP": True,
                "attributes": [], "audiences": [], "typedAudiences": [], "experiments": [], "groups": [], "featureFlags": [],
                "rollouts": [], "events": [{"id": "9001", "key": "purchase", "experimentIds": []}, *more]}
    path = run.folder / "datafile.json"
    path.write_text(json.dumps(document))
    return path


@row("M1", "a large allocation fails: in track, decide, open, set-datafile", "malloc shim, sizes above a limit")
def large_allocations(run):
    collector = run.collector()
    limit = MemoryLimit(run)
    # Nothing is sent meanwhile: what the worker and the libraries below it do without memory is another question.
    driver = run.client(collector, batch=1000, interval=3600000, environment=limit.environment)
    run.track(driver, 200)
    driver.must("flush", ms=20000)
    datafile = write_datafile(run, 20000)
    refusals = {}
    for kib in run.times((64, 16), (1024, 256, 64, 32, 16, 8)):
        limit.set(kib * 1024)
        for number in range(3):
            answer = driver.must("track", count=200, threads=0, bytes=number * 20000, prefix=run.prefix())
            for status, times in answer["refused"].items():
                refusals[status] = refusals.get(status, 0) + times
        driver.must("decide", count=100)
        answer = driver.call("datafile", path=datafile)
        run.equal(answer["status"], "OPT_STATUS_OUT_OF_MEMORY", f"a datafile of {datafile.stat().st_size >> 10} KiB at {kib} KiB")
        driver.must("use", slot=1)
        opened = driver.call("open", **run.words(collector))
        if opened["status"] == "OPT_STATUS_OK":
            driver.must("close", ms=5000)
            driver.must("free")
        driver.must("use", slot=0)
        limit.set(0)
        driver.must("flush", ms=20000)
    run.expect(set(refusals) <= {"OPT_STATUS_OUT_OF_MEMORY", "OPT_STATUS_QUEUE_FULL"}, f"refusals {refusals}")
    driver.must("datafile", path=datafile)
    run.balanced(collector)
    return Outcome(limit.failed, f"0 aborts; refused {sum(refusals.values())} events with a status; the datafile was refused and "
                                 "taken later")


@row("M2", "the n-th allocation fails, n = 1 … 20, in track and decide", "counting malloc shim")
def nth_allocation(run):
    collector = run.collector()
    limit = MemoryLimit(run)
    # Room for all of them: a refusal makes its message, and that is another row.
    driver = run.client(collector, batch=1000, environment=limit.environment, queue=f"{4 << 30},0")
    run.track(driver, 100, threads=0)
    run.drained(driver)
    figures = {}
    for call in ("track", "decide"):
        answer = driver.must("allocations", call=call, count=run.times(10000, 1000000), timeout=600)
        figures[call] = (answer["allocations"], answer["failed_allocations"])
        run.equal(answer["refused"], 0, f"{call} refused")
    run.drained(driver)
    run.expect(figures["decide"][0] == 0, f"decide allocated {figures['decide'][0]} times")
    # A segment of the queue in memory is no part of an event.
    run.expect(figures["track"][0] <= run.times(10000, 1000000) // 50, f"track allocated {figures['track'][0]} times")
    return Outcome(40, f"allocations in {run.times(10000, 1000000):,} calls: decide {figures['decide'][0]}, track {figures['track'][0]} (new "
                       "segments of the queue)")


@row("M3", "RLIMIT_AS just above what is in use", "setrlimit in the running program")
def no_space(run):
    collector = run.collector()
    driver = run.client(collector, batch=1000, queue=f"{4 << 30},0", interval=3600000)
    run.track(driver, 1000)
    driver.must("flush", ms=10000)
    collector.faults({"kind": "status", "status": 503})
    datafile = write_datafile(run, 50000)
    driver.must("datafile", path=datafile, keep=1)
    driver.must("space", mib=run.times(2, 8))
    answer = driver.must("track", count=run.times(200000, 1000000), threads=0, bytes=500, prefix=run.prefix(), timeout=600)
    refused = sum(answer["refused"].values())
    run.expect(refused > 0, "nothing was refused, so memory was never short")
    run.expect(set(answer["refused"]) <= {"OPT_STATUS_OUT_OF_MEMORY", "OPT_STATUS_QUEUE_FULL"}, f"refusals {answer['refused']}")
    driver.must("decide", count=1000)
    # The delivery's thread too: it tries, and waits.
    left = driver.call("flush", ms=1500)["left"]
    run.expect(left >= answer["accepted"], f"{left} left in an outage of {answer['accepted']}")
    # What freed events have left may be room enough.
    status = driver.call("datafile", path=datafile)["status"]
    run.expect(status in ("OPT_STATUS_OK", "OPT_STATUS_OUT_OF_MEMORY"), f"a datafile without room for it: {status}")
    collector.faults()
    driver.must("space", mib=-1)
    run.equal(driver.must("flush", ms=60000)["left"], 0, "left")
    run.balanced(collector)
    return Outcome(refused, f"host alive; {answer['accepted']} accepted and delivered, {refused} refused with a status")


@row("M4", "collector away for a day at 1,000 events a second", "clock shim; no listener")
def away_for_a_day(run):
    minutes = run.times(20, 1440)
    rate = run.times(400, 1000)
    collector = run.collector()
    collector.faults({"kind": "status", "status": 503})
    driver = run.client(collector, retry="200,60000", timeouts="600000,600000", environment={
        "LD_PRELOAD": str(run.shims / "clock.so"), "OPT_CLOCK_RATE": str(rate)})
    # Until the queue of 32 MiB is full.
    full = driver.must("track", count=400000, threads=0, stop=1, prefix="fill", timeout=600)
    before = driver.must("self")["resident_kib"]
    driver.send("track", ms=minutes * 60000, rate=1000, threads=4, prefix="v")
    answer = driver.receive(timeout=7200)
    after = driver.must("self")["resident_kib"]
    refused = sum(answer["refused"].values())
    run.equal(set(answer["refused"]), {"OPT_STATUS_QUEUE_FULL"}, "refusals")
    run.expect(abs(after - before) <= 1024 + 4 * 512, f"{after - before} KiB more in memory after the queue was full")
    posts = driver.stats()["posts"]
    collector.faults()
    driver.must("flush", ms=rate * 100000, timeout=600)
    run.drained(driver, ms=rate * 100000)
    run.balanced(collector)
    return Outcome(posts, f"{minutes} min, {full['accepted']} waiting, {refused} refused; memory {after - before:+d} KiB; all that "
                          "was accepted delivered")


@row("M5", "queue full", "limit of 1,000 events, 20,000 tracked in a loop")
def queue_full(run):
    collector = run.collector()
    fired = total = 0
    for rounds in range(run.times(2, 10)):
        driver = run.client(collector, batch=100, queue=f"{32 << 20},1000")
        collector.faults({"kind": "delay", "delay_ms": 5})
        answer = driver.must("track", count=20000, threads=1 + 7 * (rounds % 2), prefix=run.prefix())
        refused = answer["refused"].pop("OPT_STATUS_QUEUE_FULL", 0)
        run.equal(answer["refused"], {}, "other refusals")
        run.drained(driver)
        stats = driver.stats()
        run.equal((stats["accepted"], stats["refused_queue_full"]), (20000 - refused, refused), "the client's own books")
        run.equal(stats["delivered"], answer["accepted"], "delivered")
        fired, total = fired + refused, total + answer["accepted"]
        driver.must("close", ms=5000)
        driver.end()
    balance = run.balanced(collector)
    run.equal(balance.received, total, "received")
    return Outcome(fired, f"accepted = delivered = {total}, {fired} refused and counted")


@row("M6", "leaks and wrong uses of memory", "valgrind over the driven program; make test-sanitize has the C tests")
def leaks(run):
    need("valgrind")
    collector = run.collector()
    log = run.folder / "valgrind.log"
    driver = run.driver(environment={"OPT_DRIVE_UNWATCHED": "1"}, wrapper=[
        "valgrind", "--quiet", "--leak-check=full", "--errors-for-leak-kinds=definite,indirect", "--error-exitcode=99",
        f"--log-file={log}"])
    rounds = run.times(2, 20)
    for number in range(rounds):
        run.open(driver, collector, batch=20, timeouts="10000,10000", notify=12)
        collector.faults({"kind": "status", "status": 503, "count": 2}, {"kind": "drop_after", "count": 2},
                         {"kind": "truncate", "count": 1}, {"kind": "status", "status": 400, "count": 1})
        run.track(driver, 200, threads=4, prefix=run.prefix())
        driver.must("decide", count=20)
        driver.must("heard")
        run.drained(driver, ms=120000)
        if number % 2:
            driver.must("close", ms=10000)
        driver.must("free")
    code = driver.end()
    text = log.read_text()
    run.expect(code == 0 and not text.strip(), f"valgrind: exit status {code}: {text[:300]}")
    return Outcome(rounds, f"0 bytes lost, 0 wrong uses in {rounds} rounds of faults")
