"""Rows P1 to P3, P5 to P10, P12: the death of the process in every way, and what comes after it."""
import os
import pathlib
import re
import select
import signal
import subprocess
import time

from harness.cgroup import Group
from harness.disk import KINDS
from harness.driver import Died
from harness.journal import clients, is_locked, journal_client, recover
from harness.row import Outcome, row

OUTAGE = {"kind": "status", "status": 503}
# Ways to end by a signal.
ENDS_BY = {"abort": signal.SIGABRT, "segv": signal.SIGSEGV, "throw": signal.SIGABRT}


def roots(run):
    """A journal of each kind."""
    return [(name, kind, run.folder / f"journal-{name}") for name, kind in KINDS.items()]


@row("P1", "kill -9 in a burst, 8 threads tracking", "`make campaign-kill`: the parent kills at a random 0–500 ms")
def killed_in_a_burst(run):
    script = pathlib.Path(__file__).resolve().parents[3] / "scripts/campaign-kill.sh"
    rounds = run.times(4, 1000)
    result = subprocess.run([str(script)], capture_output=True, text=True, check=False, env={
        **os.environ, "ROUNDS": str(rounds), "SEED": "11", "WORK": str(run.folder / "campaign")})
    last = result.stdout.strip().splitlines()[-3:]
    run.equal(result.returncode, 0, f"exit status of the campaign: {' '.join(last)}")
    killed = int(re.search(r"(\d+) processes killed", result.stdout)[1])
    accepted, extra = re.search(r"(\d+) accepted, (\d+) arrived", last[-2]).groups()
    median = re.search(r"median of unsent events at the kill (\d+)", result.stdout)[1]
    return Outcome(killed, f"0 lost of {accepted}, {extra} beyond what was told, a median of {median} unsent at the kill")


@row("P2", "kill -9 while a batch is on the wire", "collector `delay`, `drop_after` with commit; SIGKILL between")
def killed_on_the_wire(run):
    collector = run.collector()
    fired, repeats = 0, 0
    for _, kind, root in roots(run):
        for _ in range(run.times(5, 100)):
            collector.faults({"kind": "delay", "delay_ms": 200}, {"kind": "drop_after", "commit": True})
            driver = journal_client(run, collector, root, kind, batch=50)
            before = collector.stats()["accepted_posts"]
            run.track(driver, 120, threads=2)
            # It has the batch, and its answer is under way.
            run.until(lambda: collector.stats()["accepted_posts"] > before, "a batch has arrived")
            driver.kill()
            fired += 1
        collector.faults()
        recover(run, collector, root, kind)
    balance = run.balanced(collector)
    repeats = balance.repeats
    run.expect(0 < repeats <= fired * 50 * 4, f"{repeats} repeats after {fired} kills")
    return Outcome(fired, f"{balance}")


@row("P3", "kill -9 in an outage, healed hours later", "collector 503, SIGKILL, restart, heal")
def killed_in_an_outage(run):
    collector = run.collector()
    count, fired, figures = run.times(5000, 100000), 0, []
    for name, kind, root in roots(run):
        collector.faults()
        driver = journal_client(run, collector, run.folder / f"healthy-{name}", kind, interval=1000)
        run.track(driver, count, threads=8, timeout=600)
        healthy = driver.must("flush", ms=600000, timeout=700)["took_ms"]
        driver.must("close", ms=10000)
        driver.end()
        collector.faults(OUTAGE)
        driver = journal_client(run, collector, root, kind)
        run.track(driver, count, threads=8, timeout=600)
        run.until(lambda: collector.fired("status") > 0, "the outage is met")
        fired += 1
        driver.kill()
        driver = journal_client(run, collector, root, kind, retry="5,50")
        run.until(lambda: driver.stats()["recovered"] == count, "everything is taken over", 60)
        collector.faults()
        begin = time.monotonic()
        driver.must("drain", ms=600000, timeout=700)
        took = (time.monotonic() - begin) * 1000
        run.expect(took <= 2 * healthy + 500, f"{name}: {took:.0f} ms after the heal, {healthy} ms healthy")
        figures.append(f"{name} {took:.0f} ms ({healthy} ms healthy)")
        driver.must("close", ms=10000)
        driver.end()
    balance = run.balanced(collector)
    return Outcome(fired, f"{balance}; delivered in {', '.join(figures)}")


def ends(process, seconds):
    """Has the program ended within that time? Without looking now and then, which would be counted as its own time."""
    handle = os.pidfd_open(process.pid)
    try:
        return bool(select.select([handle], [], [], seconds)[0])
    finally:
        os.close(handle)


@row("P5", "exit, quick_exit, _exit, abort, SIGSEGV, an uncaught C++ exception, without close", "C and C++ program")
def every_way_to_end(run):
    collector = run.collector()
    fired, worst = 0, 0
    for _, kind, root in roots(run):
        for way in ("exit", "quick_exit", "_exit", "abort", "segv", "throw"):
            for has_backlog in (False, True):
                collector.faults(*([OUTAGE] if has_backlog else []))
                driver = journal_client(run, collector, root, kind, environment={"OPT_DRIVE_UNWATCHED": "1"})
                run.track(driver, 200, threads=4)
                if not has_backlog:
                    run.until(lambda: driver.stats()["pending"] == 0, "delivered")
                begin = time.monotonic()
                driver.send("end", way=way)
                run.expect(ends(driver.process, 20), f"{way} did not end the program")
                took = (time.monotonic() - begin) * 1000
                run.equal(driver.process.wait(), -ENDS_BY.get(way, 0), f"exit status after {way}")
                driver.release()
                fired += 1
                # A dump of its memory is the system's own business.
                if way not in ENDS_BY:
                    worst = max(worst, took)
        collector.faults()
        recover(run, collector, root, kind)
    run.expect(worst <= 50, f"{worst:.0f} ms from the call to the end")
    balance = run.balanced(collector)
    return Outcome(fired, f"at most {worst:.0f} ms to the end; {balance}")


@row("P6", "SIGTERM, then SIGKILL", "what an orchestrator does")
def orchestrator(run):
    collector = run.collector()
    fired = 0
    for _, kind, root in roots(run):
        collector.faults(OUTAGE)
        driver = journal_client(run, collector, root, kind)
        driver.must("traffic", threads=8, rate=20000, prefix=run.prefix())
        time.sleep(0.2)
        handled = driver.must("signals")["handled"]
        run.expect(signal.SIGTERM not in handled, "the library has installed a handler")
        driver.kill(signal.SIGTERM)
        run.equal(driver.process.returncode, -signal.SIGTERM, "exit status")
        driver = journal_client(run, collector, root, kind)
        driver.must("traffic", threads=8, rate=20000, prefix=run.prefix())
        time.sleep(0.1)
        driver.kill()
        fired += 2
        collector.faults()
        recover(run, collector, root, kind)
    # A thread may have died between its acceptance and its line.
    balance = run.balanced(collector, may_invent=8 * fired)
    return Outcome(fired, f"{balance}")


@row("P7", "exec of another program, and of the same one, while events wait", "C program")
def exec_over(run):
    collector = run.collector()
    fired, worst = 0, 0.0
    for _, kind, root in roots(run):
        collector.faults(OUTAGE)
        driver = journal_client(run, collector, root, kind, environment={"OPT_DRIVE_UNWATCHED": "1"})
        run.track(driver, 100)
        fresh = run.driver(environment={"OPT_DRIVE_UNWATCHED": "1"})
        bare = fresh.must("self")["files"]
        fresh.kill()
        driver.must("exec")
        # The same program, the same process id, another life.
        leaked = driver.must("self")["files"] - bare
        run.equal(leaked, 0, "descriptors that came through exec")
        collector.faults()
        begin = time.monotonic()
        run.open(driver, collector, journal=root, kind=kind)
        run.until(lambda: driver.stats()["delivered"] == 100, "the new image takes the old one's events over", 5)
        worst = max(worst, time.monotonic() - begin)
        driver.must("close", ms=5000)
        driver.end()
        fired += 1
    balance = run.balanced(collector)
    return Outcome(fired, f"0 descriptors leaked, taken over and delivered after {worst * 1000:.0f} ms; {balance}")


@row("P8", "same pid again: pid namespaces where everybody is pid 1", "`unshare -p -f` on one directory")
def same_pid(run):
    collector = run.collector()
    rounds = run.times(5, 100)
    fired = stolen = 0
    for _, kind, root in roots(run):
        for _ in range(rounds):
            collector.faults(OUTAGE)
            # Two at once, both with pid 1, and one after them with pid 1 again.
            pair = [journal_client(run, collector, root, kind, wrapper=["unshare", "-p", "-f", "--kill-child"]) for _ in range(2)]
            run.equal([driver.must("self")["pid"] for driver in pair], [1, 1], "process ids")
            for driver in pair:
                run.track(driver, 20)
            stolen += pair[0].stats()["recovered"] if fired == 0 else 0
            for driver in pair:
                driver.kill()
            # What was killed is the namespace's maker; what was in it dies a moment later.
            run.until(lambda root=root: not any(is_locked(home / "lock") for home in clients(root)), "both are dead")
            fired += 2
            if fired % 10 == 0:
                collector.faults()
                recover(run, collector, root, kind)
        collector.faults()
        recover(run, collector, root, kind)
    run.equal(stolen, 0, "events taken from the living")
    balance = run.balanced(collector)
    run.equal(balance.repeats, 0, "events sent twice")
    return Outcome(fired, f"{balance}: 0 stolen from the living")


@row("P9", "killed for memory by a control group", "memory cgroup")
def out_of_memory(run):
    collector = run.collector()
    collector.faults(OUTAGE)
    fired = 0
    for _, kind, root in roots(run):
        group = Group("memory")
        run.cleanup.callback(group.stop)
        driver = journal_client(run, collector, root, kind)
        group.add(driver.pid)
        group.set(96 << 20)
        driver.must("traffic", threads=8, rate=20000, prefix=run.prefix())
        time.sleep(0.3)
        driver.send("hog")
        try:
            driver.receive(60)
            raise Died("it is alive")
        except Died as death:
            run.equal(death.code, -signal.SIGKILL, "how it ended")
        fired += 1
        group.stop()
    collector.faults()
    for _, kind, root in roots(run):
        recover(run, collector, root, kind)
    balance = run.balanced(collector, may_invent=8 * fired)
    return Outcome(fired, f"{balance}")


@row("P10", "stopped for a while, then continued", "SIGSTOP, freezer")
def stopped(run):
    collector = run.collector()
    seconds, fired, retries = run.times(2, 120), 0, 0
    for _, kind, root in roots(run):
        driver = journal_client(run, collector, root, kind, batch=20, timeouts="1000,1000")
        run.track(driver, 100)
        run.drained(driver)
        collector.faults(OUTAGE)
        run.track(driver, 100)
        os.kill(driver.pid, signal.SIGSTOP)
        other = journal_client(run, collector, root, kind)
        time.sleep(seconds)
        run.equal(other.stats()["recovered"], 0, "events taken from a client that is only stopped")
        collector.faults()
        before = collector.stats()["posts"]
        os.kill(driver.pid, signal.SIGCONT)
        run.drained(driver)
        retries = max(retries, collector.stats()["posts"] - before - 5)
        for one in (driver, other):
            one.must("close", ms=10000)
            one.end()
        fired += 1
    run.expect(retries <= 2, f"{retries} posts more than needed at waking")
    balance = run.balanced(collector)
    return Outcome(fired, f"{balance}: 0 stolen, at most {max(retries, 0)} retries at waking")


@row("P12", "the same memory runs twice: uuids after fork", "8 forks that track at once, from one moment")
def twice(run):
    collector = run.collector()
    events, forks = run.times((2000, 8), (1250000, 8))
    driver = run.client(collector, batch=1000, queue=f"{4 << 30},0")
    run.track(driver, 100)
    run.drained(driver)
    answer = driver.must("children", timeout=3600, count=forks, events=events, at_once=forks, limit_ms=1800000, close_ms=1800000)
    run.equal((answer["failed"], answer["hung"]), (0, 0), "children that failed, and that hung")
    stats = collector.stats()
    run.equal(stats["unique"], forks * events + 100, "different uuids")
    run.equal(stats["duplicates"], 0, "equal uuids")
    return Outcome(forks, f"0 equal uuids of {stats['unique']:,} over {forks} forks")
