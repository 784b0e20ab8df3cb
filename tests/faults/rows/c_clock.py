"""Rows C1 to C5: clocks that jump, stand or stop, and no randomness."""
import email.utils
import json
import os
import re
import signal
import struct
import time

from harness.cgroup import Group
from harness.row import NotRun, Outcome, need, row
from harness.servers import GOOD, Answer, RawServer

YEAR = 31556952


class WallClock:
    """The wall clock of the programs that this one starts, moved at will."""

    def __init__(self, run, **more):
        self.path = run.folder / "wall"
        self.move(0)
        self.environment = {"LD_PRELOAD": str(run.shims / "clock.so"), "OPT_CLOCK_WALL": str(self.path), **more}

    def move(self, seconds):
        with open(self.path, "r+b" if self.path.exists() else "wb") as file:
            file.write(struct.pack("q", int(seconds * 1e9)))


def timestamps(collector):
    """The time of each event by its visitor."""
    lines = collector.ask("GET", "/control/events")[1].decode().splitlines()
    return {event["visitor_id"]: event["timestamp"] for event in map(json.loads, lines)}


@row("C1", "wall clock back 1 h, on 10 y, to 1970, before 1970, past 2038", "clock shim, the wall clock alone")
def wall_steps(run):
    collector = run.collector()
    clock = WallClock(run)
    interval = 300
    driver = run.client(collector, interval=interval, environment=clock.environment)
    now = time.time()
    steps = {"back 1 h": -3600, "on 10 y": 10 * YEAR, "to 1970": 86400 - now, "before 1970": -86400 - now,
             "past 2038": 2**31 + 86400 - now, "back again": 0}
    worst, expected = 0, {}
    for name, seconds in steps.items():
        clock.move(seconds)
        wall = driver.must("self")["wall_ms"]
        prefix = run.prefix()
        run.track(driver, 1, prefix=prefix)
        # What was recorded before a step keeps its time.
        clock.move(seconds + 1000)
        took = run.drained(driver)
        worst = max(worst, abs(took - interval))
        run.expect(abs(took - interval) <= 150, f"{name}: delivered after {took} ms of {interval}")
        expected[f"{prefix}-0-0"] = (name, wall)
    seen = timestamps(collector)
    for visitor, (name, wall) in expected.items():
        # No time before 1970 is known to the Events API.
        run.expect(abs(seen[visitor] - max(wall, 0)) <= 1000, f"{name}: {seen[visitor]}, the clock said {wall}")
    run.balanced(collector)
    run.equal(collector.stats()["malformed_posts"], 0, "malformed posts")
    return Outcome(len(steps), f"intervals within {worst} ms, timestamps as the wall clock said, never changed later")


@row("C2", "suspend: nothing runs for a while", "freezer, or SIGSTOP")
def suspended(run):
    collector = run.collector()
    driver = run.client(collector, batch=10, retry="200,200")
    run.track(driver, 10)
    run.drained(driver)
    collector.faults({"kind": "status", "status": 503})
    run.track(driver, 10)
    run.until(lambda: collector.fired("status") >= 2, "attempts fail")
    seconds, worst, fired = run.times(1.5, 20), 0, 0
    for way in ("freezer", "stop"):
        wake = freeze(run, driver) if way == "freezer" else stop(driver)
        before = collector.fired("status")
        time.sleep(seconds)
        during = collector.fired("status") - before
        wake()
        time.sleep(0.1)
        attempts = collector.fired("status") - before - during
        run.expect(during <= 1, f"{during} attempts while asleep")
        # The one that is due, and with full jitter perhaps its successor.
        run.expect(attempts <= 4, f"{attempts} attempts within 100 ms of waking")
        worst, fired = max(worst, attempts), fired + 1
    collector.faults()
    run.drained(driver)
    run.balanced(collector)
    missed = int(seconds / 0.1)
    return Outcome(fired, f"{worst} attempts within 100 ms of waking, not the {missed} that were missed; 0 lost")


def freeze(run, driver):
    try:
        group = Group("freeze")
    except NotRun:
        return stop(driver)
    run.cleanup.callback(group.stop)
    group.add(driver.pid)
    group.set(True)
    return lambda: group.set(False)


def stop(driver):
    os.kill(driver.pid, signal.SIGSTOP)
    return lambda: os.kill(driver.pid, signal.SIGCONT)


@row("C3", "coarse clock: all events at one time", "clock shim, steps of an hour")
def coarse_clock(run):
    collector = run.collector()
    # An hour, so that no step falls into the test but by a rare chance, and then two times are seen.
    clock = WallClock(run, OPT_CLOCK_COARSE_NS=str(3600 * 10**9))
    count = run.times(50000, 1000000)
    driver = run.client(collector, queue=f"{4 << 30},0", environment=clock.environment)
    run.track(driver, count, prefix="v", timeout=600)
    run.drained(driver, ms=600000)
    balance = run.balanced(collector)
    lines = collector.ask("GET", "/control/events", timeout=600)[1].decode().splitlines()
    found = [re.search(r'"visitor_id":"v-0-(\d+)".*"timestamp":(\d+)', line).groups() for line in lines]
    order = [int(number) for number, _ in found]
    times = {stamp for _, stamp in found}
    run.expect(len(times) <= 2, f"{len(times)} times")
    run.equal(order, sorted(order), "the order of one thread's events")
    return Outcome(count, f"{balance.received} different uuids at {len(times)} time, in order")


@row("C4", "getrandom fails, is interrupted, returns less", "strace ENOSYS, EAGAIN, EINTR, EPERM, retval 5")
def no_randomness(run):
    need("strace")
    collector = run.collector()
    fired, refused, figures = 0, 0, []
    for injection in ("error=ENOSYS", "error=EAGAIN:when=3..20", "error=EINTR:when=3+2", "error=EPERM:when=3..20", "retval=5:when=3+2"):
        trace = run.folder / f"{injection.split(':')[0]}.strace"
        count = run.times(2000, 20000)
        driver = run.client(collector, batch=100, environment={"OPT_DRIVE_UNWATCHED": "1"}, wrapper=[
            "strace", "-f", "-q", "-o", str(trace), "-e", "trace=getrandom", "-e", f"inject=getrandom:{injection}"])
        answer = driver.must("track", count=count, threads=0, prefix=run.prefix())
        refused += count - answer["accepted"]
        run.drained(driver)
        times = trace.read_text().count("(INJECTED)")
        run.expect(times > 0, f"{injection} never fired")
        run.expect(answer["accepted"] == count or answer["message"], f"{injection}: refused without a word")
        fired += times
        figures.append(f"{injection.split(':')[0]} {count - answer['accepted']}")
        driver.must("close", ms=5000)
        driver.end()
    run.balanced(collector)
    weak = [uuid for _, uuid, _ in collector.events() if not re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", uuid)
            or uuid.startswith("00000000-0000")]
    run.equal(weak, [], "weak uuids")
    return Outcome(fired, f"0 zero or repeated uuids; refused: {', '.join(figures)}")


@row("C5", "Retry-After date against a wrong clock", "clock shim, years off; raw server with Date and Retry-After")
def wrong_clock(run):
    clock = WallClock(run)
    seconds, worst, fired = 2, 0, 0

    def script(number, _body):
        if number % 2:
            return GOOD
        dates = [email.utils.formatdate(time.time() + more, usegmt=True) for more in (0, seconds)]
        return Answer(f"HTTP/1.1 503 Busy\r\nDate: {dates[0]}\r\nRetry-After: {dates[1]}\r\nContent-Length: 0\r\n\r\n".encode())

    server = RawServer(script)
    run.cleanup.callback(server.stop)
    driver = run.client(server, batch=1, interval=1, environment=clock.environment)
    for off in (10 * YEAR, -5 * YEAR, -3600)[:run.times(2, 3)]:
        clock.move(off)
        run.track(driver, 1)
        took = run.drained(driver)
        worst, fired = max(worst, abs(took - seconds * 1000)), fired + 1
        run.expect(worst <= 1000, f"tried again after {took} ms of {seconds * 1000}")
    run.balanced(server)
    return Outcome(fired, f"within {worst} ms of the time that the server named")
