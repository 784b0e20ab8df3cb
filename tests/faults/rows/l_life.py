"""Rows L1 to L4: flush and close, in every state that delivery can be in."""
import contextlib
import time

from harness.disk import KINDS
from harness.journal import journal_client
from harness.network import DnsServer, FullQueue
from harness.row import Outcome, row
from harness.servers import Answer, RawServer

FOREVER = 4294967295


@row("L1", "close with nothing waiting", "none: the quiet state itself")
def quiet_close(run):
    collector = run.collector()
    driver = run.driver()
    worst, rounds = 0, run.times(20, 1000)
    for number in range(rounds):
        run.open(driver, collector)
        if number % 2:
            run.track(driver, 1)
            run.drained(driver)
        answer = driver.must("close", ms=10000)
        worst = max(worst, run.in_time(answer, 0, "close with nothing waiting", tolerated_ms=5))
        driver.must("free")
    run.balanced(collector)
    return Outcome(rounds, f"at most {worst} ms, {rounds} times")


@row("L2", "close(1 s) with 2,000 waiting and 300 ms an answer", "collector `delay`")
def close_with_a_backlog(run):
    collector = run.collector()
    driver = run.client(collector, batch=100, interval=3600000)
    collector.faults({"kind": "delay", "delay_ms": 300})
    run.track(driver, 2000, threads=8)
    answer = driver.call("close", ms=1000)
    late = run.in_time(answer, 1000, "close(1 s)")
    run.equal(answer["status"], "OPT_STATUS_TIMEOUT", "status")
    stats = driver.stats()
    run.equal(stats["pending"], answer["left"], "left, and pending")
    lacking = 2000 - collector.stats()["unique"]
    # The batch on its way when the time was up may have arrived without its answer.
    run.expect(lacking <= answer["left"] <= lacking + 100, f"{answer['left']} left, the collector lacks {lacking}")
    return Outcome(collector.fired("delay"), f"returned {late} ms from its deadline; {answer['left']} left, the collector "
                                             f"lacks {lacking}")


class State:
    """A state of delivery: where a client is pointed, with which options, and how to know that the state is reached."""

    def __init__(self, url, reached, heal=None, **words):
        self.url, self.reached, self.heal, self.words = url, reached, heal, words


@contextlib.contextmanager
def states(run):
    """All of them by name."""
    with contextlib.ExitStack() as stack:
        def started(thing):
            stack.callback(thing.stop)
            return thing

        full = started(FullQueue())
        mute = started(RawServer(lambda _n, _body: Answer(b"", then="hang"), before_reading=lambda _c: mute.ended.wait()))
        dns = started(DnsServer(run.folder, "drop"))
        collectors = {}

        def at_collector(name, fault, kind, **words):
            collector = collectors[name] = started(run.collector())
            collector.faults(fault)
            return State(collector.url, lambda: collector.fired(kind) > 0, collector.faults, **words)

        connections, queries = mute.connections, dns.queries
        yield {
            "connect": State(full.url, None, timeouts="60000,60000"),
            "TLS handshake": State(mute.url.replace("http:", "https:"), lambda: mute.connections > connections,
                                   timeouts="60000,60000"),
            "look-up": State("http://collector.test:8080/", lambda: dns.queries > queries, timeouts="60000,60000"),
            "no answer": at_collector("no answer", {"kind": "stall"}, "stall", timeouts="60000,60000"),
            "slow body": at_collector("slow body", {"kind": "trickle", "delay_ms": 500}, "trickle", timeouts="60000,60000"),
            "back-off": at_collector("back-off", {"kind": "status", "status": 503}, "status", retry="300000,300000"),
            "Retry-After": at_collector(
                "Retry-After", {"kind": "status", "status": 503, "retry_after": "3600"}, "status"),
            "hold": at_collector("hold", {"kind": "status", "status": 401}, "status"),
        }


def enter(run, driver, state):
    """A client that has got into the state."""
    run.open(driver, state.url, batch=10, **state.words)
    run.track(driver, 100)
    if state.reached:
        run.until(state.reached, "the state is reached")
    else:
        # Nobody sees a connect that is not answered; posts are counted when they begin.
        run.until(lambda: driver.stats()["posts"] > 0, "the state is reached")


@row("L3", "close in connect, handshake, look-up, answer, body, back-off, Retry-After, hold",
     "full queue, mute server, DNS that drops, collector", apart=True)
def close_in_every_state(run):
    rounds, worst, fired = run.times(1, 100), -1000, 0
    with states(run) as all_states:
        driver = run.driver()
        for name, state in all_states.items():
            for deadline in (0, 100) if rounds > 1 else (0, 100, 400):
                for _ in range(rounds):
                    enter(run, driver, state)
                    answer = driver.call("close", ms=deadline)
                    worst = max(worst, run.in_time(answer, deadline, f"close({deadline}) in {name}"))
                    run.equal(answer["status"], "OPT_STATUS_TIMEOUT", f"status of close({deadline}) in {name}")
                    run.equal(answer["left"], 100, f"left by close({deadline}) in {name}")
                    freed = driver.must("free")
                    run.expect(freed["took_ms"] <= 50, f"free in {name} took {freed['took_ms']} ms")
                    fired += 1
        fired += close_for_ever(run, driver, all_states)
    return Outcome(fired, f"{len(all_states)} states, at most {worst} ms after the deadline")


def close_for_ever(run, driver, all_states):
    """A close without a bound returns when the trouble is over."""
    fired = 0
    for name in ("no answer", "back-off", "hold"):
        state = all_states[name]
        enter(run, driver, state)
        state.heal()
        answer = driver.must("close", ms=FOREVER)
        run.equal(answer["left"], 0, f"left by a close without bound after {name}")
        driver.must("free")
        fired += 1
    return fired


@row("L4", "flush in the states of L3", "as L3", apart=True)
def flush_in_every_state(run):
    rounds, worst, fired = run.times(1, 100), -1000, 0
    with states(run) as all_states:
        for name, state in all_states.items():
            driver = run.driver()
            enter(run, driver, state)
            for deadline in (0, 100) if rounds > 1 else (0, 100, 400):
                for _ in range(rounds):
                    answer = driver.call("flush", ms=deadline)
                    worst = max(worst, run.in_time(answer, deadline, f"flush({deadline}) in {name}"))
                    run.equal(answer["status"], "OPT_STATUS_TIMEOUT", f"status of flush({deadline}) in {name}")
                    run.equal(answer["left"], 100, f"left by flush({deadline}) in {name}")
                    fired += 1
            if state.heal:
                state.heal()
                # What the server itself has put off stays put off.
                if name != "Retry-After":
                    run.track(driver, 1)
                    run.equal(driver.must("flush", ms=30000)["left"], 0, f"left by a flush after {name} was mended")
            driver.call("close", ms=0)
            driver.kill()
    return Outcome(fired, f"{len(all_states)} states, at most {worst} ms after the time-out; usable afterwards")


@row("L5", "host exits at once after track", "exit without flush or close; the next process")
def exit_at_once(run):
    collector = run.collector()
    fired, worst = 0, 0.0
    for name, kind in KINDS.items():
        root = run.folder / f"journal-{name}"
        for _ in range(run.times(3, 100)):
            driver = journal_client(run, collector, root, kind, interval=3600000, environment={"OPT_DRIVE_UNWATCHED": "1"})
            run.track(driver, 20, threads=0)
            driver.end()
            arrived = collector.stats()["unique"]
            begin = time.monotonic()
            other = journal_client(run, collector, root, kind)
            run.until(lambda arrived=arrived: collector.stats()["unique"] >= arrived + 20, "the next process delivers them", 10)
            worst, fired = max(worst, time.monotonic() - begin), fired + 1
            other.must("close", ms=5000)
            other.end()
    run.expect(worst <= 5, f"{worst:.1f} s")
    balance = run.balanced(collector)
    return Outcome(fired, f"delivered at most {worst * 1000:.0f} ms after the next process has opened; {balance}")
