"""Row T7: the thread that delivers panics."""
import time

from harness.builds import panic_library
from harness.row import Outcome, row

# Where a test can make it panic, by the library's numbers.
PLACES = {"looking for the next step": 1, "making a request": 2, "taking an answer in": 3}
FOREVER = (1 << 32) - 1
# What a panic prints by itself, and what the library's log says, which does not repeat itself.
PANIC, WORDS = "asked for by a test", "the delivery panicked"


def count_of(run, words):
    return run.log.read_text(errors="replace").count(words)


def waits_out(run, driver, collector, place, count, wanted):
    """Events tracked into so many panics; milliseconds from the last panic until they had arrived, and how many it were."""
    before = count_of(run, PANIC)
    run.equal(driver.must("panic", place=place, count=count)["can_panic"], 1, "a library that can panic")
    begin = time.monotonic()
    run.track(driver, 20, threads=2)
    if count == FOREVER:
        run.until(lambda: count_of(run, PANIC) >= before + 3, "it panics again and again")
        # A lasting fault burns no processor: there are pauses, and those of attempts that fail are 5 to 50 ms here.
        panicked, took = count_of(run, PANIC) - before, time.monotonic() - begin
        run.expect(panicked <= 10 + 200 * took, f"{panicked} panics in {took:.2f} s")
        run.equal(driver.stats()["pending"], 20, "pending while it panics")
        # Who records is not disturbed.
        run.track(driver, 20, threads=2)
        wanted += 20
        driver.must("panic", place=place, count=0)
    begin = time.monotonic()
    run.until(lambda: collector.stats()["unique"] == wanted + 20, "delivery goes on")
    took = (time.monotonic() - begin) * 1000
    run.drained(driver)
    stats = driver.stats()
    run.equal((stats["threads"], stats["delivery_state"]), (1, 0), "threads, and the state of delivery")
    return took, count_of(run, PANIC) - before, wanted + 20


@row("T7", "the delivery thread panics: in its step, in a request, at an answer; once and for ever", "test-only entry")
def panics(run):
    fired, figures, wanted = 0, [], 0
    collector = run.collector()
    driver = run.client(collector, batch=100, log=1, environment=panic_library())
    for name, place in PLACES.items():
        worst = 0
        for count in (1, FOREVER):
            for _ in range(run.times(1, 20)):
                took, panicked, wanted = waits_out(run, driver, collector, place, count, wanted)
                run.expect(panicked >= 1, f"no panic while {name}")
                fired, worst = fired + panicked, max(worst, took)
        run.expect(worst <= 1000, f"{name}: {worst:.0f} ms until delivery went on")
        figures.append(f"{name} {worst:.0f} ms")
    run.expect(count_of(run, WORDS) > 0, "the log does not say that the delivery panicked")
    run.equal(driver.must("close", ms=5000)["left"], 0, "left")
    balance = run.balanced(collector)
    return Outcome(fired, f"delivery went on after at most: {', '.join(figures)}; {balance}")
