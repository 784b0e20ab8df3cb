"""Rows H1 to H3, H11 to H15: what a status means, and when the server says it."""
import email.utils
import math
import time

from harness.row import Outcome, row

OK, RETRYING, HELD = 0, 1, 2


def expected(status):
    """What becomes of one event that is answered by this status: section 2 of the faults."""
    # An upgrade that nobody asked for is no interim answer: what follows it is not HTTP.
    if 100 <= status <= 299 and status != 101:
        return "delivered"
    if status in (400, 413, 422):
        return "dead"
    if status in (408, 425, 429) or status <= 101 or status >= 500:
        return "retried"
    return "held"


@row("H1", "every status 100–599 and 0, 42, 600, 999", "collector `status`, once each")
def every_status(run):
    collector = run.collector()
    driver = run.driver()
    wrong, fired, dead = [], 0, 0
    statuses = [0, 42, *range(100, 600), 600, 999]
    for status in statuses:
        run.open(driver, collector, batch=1, retry="1,2")
        collector.faults({"kind": "status", "status": status, "count": 1})
        run.track(driver, 1)
        wanted = expected(status)
        if wanted == "held":
            state = run.until(lambda: (now := driver.stats())["delivery_state"] == HELD and now, f"status {status} held")
            driver.must("flush", ms=10000)
        else:
            run.drained(driver)
            state = driver.stats()
        final = driver.stats()
        fired += collector.fired("status")
        got = {"delivered": final["delivered"] == 1 and state["retries"] == 0,
               "dead": final["dead_lettered"] == 1,
               "retried": final["delivered"] == 1 and state["retries"] == 1,
               "held": final["delivered"] == 1 and state["delivery_state"] == HELD}[wanted]
        if not got:
            wrong.append(f"{status} not {wanted}: {final}")
        dead += final["dead_lettered"]
        driver.must("close", ms=10000)
        driver.must("free")
        collector.reset()
    run.equal(wrong[:3], [], f"{len(wrong)} statuses read wrongly")
    return Outcome(fired, f"{len(statuses)} statuses as section 2 says, {dead} of them dead letters")


def storm(run, *faults):
    """2,000 events against these faults; how long delivery took after the last of them."""
    collector = run.collector()
    driver = run.client(collector, batch=10, retry="20,1000")
    collector.faults(*faults)
    run.track(driver, 2000, threads=2, rate=run.times(4000, 400))
    took = run.drained(driver, ms=120000)
    balance = run.balanced(collector)
    fired = collector.fired("status")
    driver.must("close", ms=1000)
    run.expect(fired > 0, f"{faults} never fired")
    return balance, fired, took


@row("H2", "503 for three posts in ten; 503 for 6 s; 429 for 4 s", "collector `status`: probability, duration")
def failing_for_a_while(run):
    fired, lost, took = 0, 0, []
    for faults in ({"status": 503, "probability": 0.3}, {"status": 503, "duration_ms": run.times(600, 6000)},
                   {"status": 429, "duration_ms": run.times(400, 4000)}):
        balance, times, ms = storm(run, {"kind": "status", **faults})
        fired, lost = fired + times, lost + len(balance.lost)
        took.append(ms)
        for path in run.books.iterdir():
            path.unlink()
    return Outcome(fired, f"{lost} lost of 3 × 2,000; empty {max(took)} ms after the last event")


@row("H3", "Retry-After: 0, 1, 1e9, −5, 1.5, empty, twice, dates, 10 KiB of digits",
     "collector `retry_after` on a 503; time 50 times as fast, or 150")
def retry_after(run):
    rate = run.times(150, 50)
    collector = run.collector()
    driver = run.driver(environment={"LD_PRELOAD": str(run.shims / "clock.so"), "OPT_CLOCK_RATE": str(rate)})
    # The retry of our own is within 400 ms of the faster clock, far below what a server names.
    own = (0, 2900 * rate // 50)
    later = email.utils.formatdate(time.time() + 3600, usegmt=True)
    values = [("0", own), ("1", (1000, 1000 + own[1])), ("30", (30000, 30000 + own[1])), ("1000000000", (300000, 300000 + own[1])),
              ("-5", own), ("1.5", own), ("", own), (["7", "40"], (0, 43000)),
              (later, (297000, 300000 + own[1])), ("Sun, 06 Nov 1994 08:49:37 GMT", own),
              ("Mon, 01 Jan 1900 00:00:00 GMT", own), ("9" * 10240, (300000, 300000 + own[1])), ("soon", own)]
    seen = []
    for value, (least, most) in values:
        run.open(driver, collector, batch=1, retry="200,400", timeouts="500000,500000")
        collector.faults({"kind": "status", "status": 503, "retry_after": value, "count": 1})
        run.track(driver, 1)
        took = run.drained(driver, ms=400000)
        run.equal(collector.fired("status"), len(seen) + 1, f"Retry-After {value!r:.40} answered")
        run.expect(least <= took + 150 and took <= most, f"Retry-After {value!r:.40}: {took} ms, expected {least} to {most}")
        seen.append(took)
        driver.must("close", ms=10000)
        driver.must("free")
    run.balanced(collector)
    return Outcome(len(seen), f"{len(seen)} values, waits from {min(seen)} to {max(seen)} ms, clamped to 300 s")


@row("H11", "a gateway answers 400 to everything", "collector `status` 400, probability 1")
def refused_everything(run):
    collector = run.collector()
    driver = run.client(collector, batch=100)
    collector.faults({"kind": "status", "status": 400})
    run.track(driver, 500)
    state = run.until(lambda: (now := driver.stats())["delivery_state"] == HELD and now, "held")
    run.expect(state["dead_lettered"] <= 20, f"{state['dead_lettered']} dead letters")
    fired = collector.fired("status")
    collector.faults()
    driver.must("flush", ms=20000)
    run.drained(driver)
    final = driver.stats()
    run.equal(final["delivered"], 500 - state["dead_lettered"], "delivered after the gateway was mended")
    return Outcome(fired, f"{state['dead_lettered']} dead letters, then held; the other {final['delivered']} delivered")


@row("H12", "413 over N bytes, N falling", "collector `max_bytes` 100,000, 30,000, 8,000")
def falling_limit(run):
    collector = run.collector()
    driver = run.client(collector, batch=1000)
    fired = posts = 0
    sizes = (100000, 30000, 8000)
    for size in sizes:
        collector.faults({"kind": "max_bytes", "bytes": size})
        run.track(driver, 2000)
        run.drained(driver)
    run.balanced(collector)
    fired = collector.fired("max_bytes")
    # Without having learned anything each batch is halved again from the start: two thousand events of some 200 bytes.
    least_splits = sum(math.ceil(2000 * 200 / size) for size in sizes)
    run.expect(fired <= least_splits, f"{fired} posts were too large, as if no limit had been learned ({least_splits})")
    run.track(driver, 1, bytes=20000)
    run.drained(driver)
    stats = driver.stats()
    run.equal(stats["dead_lettered"], 1, "dead letters")
    posts = stats["posts"]
    return Outcome(fired, f"0 lost of 6,000; {fired} of {posts} posts too large; 1 event too large alone is a dead letter")


@row("H13", "401, 403, 404 for an hour, then 204", "collector `status`; time 600 times as fast")
def refused_for_an_hour(run):
    rate, hour = 600, 3600_000
    statuses = run.times((401,), (401, 403, 404))
    fired, figures = 0, []
    for status in statuses:
        collector = run.collector()
        driver = run.client(collector, batch=10, interval=1000, log=2, timeouts="600000,600000", environment={
            "LD_PRELOAD": str(run.shims / "clock.so"), "OPT_CLOCK_RATE": str(rate)})
        collector.faults({"kind": "status", "status": status})
        before = run.log.read_text(errors="replace").count(f" {status}") if run.log.exists() else 0
        run.track(driver, 1000)
        begin = driver.must("self")["now_ms"]
        driver.must("sleep", ms=hour)
        minutes = (driver.must("self")["now_ms"] - begin) / 60000
        posts = driver.stats()["posts"]
        collector.faults()
        run.drained(driver, ms=300000)
        run.balanced(collector)
        lines = run.log.read_text(errors="replace").count(f" {status}") - before
        run.expect(posts <= minutes + 2, f"{posts} posts in {minutes:.0f} minutes of {status}")
        run.expect(1 <= lines <= 2, f"{lines} lines of log about {status} for one change of state")
        fired += posts
        figures.append(f"{posts} posts in {minutes:.0f} min of {status}")
        driver.must("close", ms=600000)
        for path in run.books.iterdir():
            path.unlink()
    return Outcome(fired, "; ".join(figures) + "; 0 lost, one line of log a change of state")


@row("H14", "one client held, another healthy, in one process", "two collectors, one answers 401 or stalls")
def two_clients(run):
    sick, well = run.collector(), run.collector()
    driver = run.driver()

    def seconds_of(count):
        driver.must("use", slot=1)
        begin = time.monotonic()
        for _ in range(count):
            run.track(driver, 20, prefix=run.prefix("w"))
            run.drained(driver)
        return time.monotonic() - begin

    driver.must("use", slot=1)
    run.open(driver, well, batch=10)
    rounds = run.times(20, 200)
    seconds_of(3)
    alone = min(seconds_of(rounds) for _ in range(3))
    fired = 0
    beside = []
    for fault in ({"kind": "status", "status": 401}, {"kind": "stall"}):
        sick.faults(fault)
        driver.must("use", slot=0)
        run.open(driver, sick, batch=10)
        run.track(driver, 100, prefix=run.prefix("s"))
        run.until(lambda: sick.fired(fault["kind"]) > 0, "the fault fires")
        beside.append(min(seconds_of(rounds) for _ in range(3)))
        fired += sick.fired(fault["kind"])
        driver.must("use", slot=0)
        sick.faults()
        driver.must("flush", ms=20000)
        driver.must("close", ms=1000)
        driver.must("free")
    run.expect(max(beside) <= alone * 1.5 + 0.05, f"{alone:.3f} s alone, {beside} beside a sick one")
    run.balanced(sick, well)
    return Outcome(fired, f"{rounds} deliveries: {alone * 1000 / rounds:.2f} ms each alone, "
                          f"{max(beside) * 1000 / rounds:.2f} ms beside")


@row("H15", "300 ms an answer, 2,000 events in a burst", "collector `delay`")
def slow_answers(run):
    collector = run.collector()
    driver = run.client(collector, interval=100)
    collector.faults({"kind": "delay", "delay_ms": 300})
    began = driver.must("self")["now_ms"]
    run.track(driver, 2000, threads=8)
    answer = driver.must("close", ms=10000)
    took = driver.must("self")["now_ms"] - began
    run.equal(answer["left"], 0, "left at close")
    run.expect(took <= 3000, f"{took} ms")
    run.balanced(collector)
    return Outcome(collector.fired("delay"), f"all 2,000 delivered {took} ms after the first, in "
                                             f"{driver.stats()['posts']} posts")


