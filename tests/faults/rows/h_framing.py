"""Rows H4 to H10: answers that are cut, mislabelled, endless or out of step, and what a batch is refused for."""
import math
import time

from harness.row import Outcome, row
from harness.servers import GOOD, OK, Answer, RawServer

HEAD = b"HTTP/1.1 200 OK\r\n"
# Bytes that are no whole answer of success, each before the connection ends.
CUT = {
    "nothing": b"", "status line cut": b"HTTP/1.1 20", "no end of the status line": b"HTTP/1.1 204 No Content",
    "header cut": HEAD + b"Content-Le", "no end of the head": HEAD + b"Content-Length: 0\r\n",
    "body cut": HEAD + b"Content-Length: 10\r\n\r\nabc", "length too long": HEAD + b"Content-Length: 1000\r\n\r\nabc",
    "two lengths": HEAD + b"Content-Length: 3\r\nContent-Length: 7\r\n\r\nabc",
    "negative length": HEAD + b"Content-Length: -1\r\n\r\n", "length no number": HEAD + b"Content-Length: many\r\n\r\nabc",
    "chunk of 2^63": HEAD + b"Transfer-Encoding: chunked\r\n\r\n8000000000000000\r\nabc",
    "bad chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
    "chunks without end": HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
}
GARBAGE = {
    "binary": bytes(range(1, 32)) + b"\r\n\r\n", "HTTP/0.9": b"<html>hello</html>", "preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "frame of HTTP/2": b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + bytes(18), "NUL in a header": HEAD + b"X: a\x00b\r\nContent-Length: 0\r\n\r\n",
    "TLS alert": b"\x15\x03\x01\x00\x02\x02\x28", "text": b"220 smtp.example.com ESMTP\r\n", "blank lines": b"\r\n\r\n\r\n\r\n",
}


def answer_each(run, answers, times):
    """Each of these bytes `times` times, then a good answer: everything is sent again until it has arrived."""
    wrong, fired = [], 0
    driver = run.driver()
    for name, data in answers.items():
        server = RawServer(lambda n, _, data=data: Answer(data, then="close") if n < times else GOOD)
        run.cleanup.callback(server.stop)
        for path in run.books.iterdir():
            path.unlink()
        run.open(driver, server, batch=5, timeouts="2000,2000")
        run.track(driver, 5)
        took = run.drained(driver)
        stats = driver.stats()
        fired += min(server.posts, times)
        # A batch that is cut off again and again is sent in parts: more good posts than one may follow.
        if server.posts <= times or stats["retries"] != times or len(server.events()) != 5:
            wrong.append(f"{name}: {server.posts} posts, {stats['retries']} retries, {len(server.events())} of 5 arrived")
        del took
        driver.must("close", ms=5000)
        driver.must("free")
        server.stop()
    run.equal(wrong, [], f"{len(wrong)} answers taken for a success")
    return fired


@row("H4", "status line, header, body cut; length too long, twice, negative; bad, huge, endless chunks", "raw server")
def cut_answers(run):
    fired = answer_each(run, CUT, run.times(2, 20))
    return Outcome(fired, f"{len(CUT)} kinds, 0 lost, none a success")


@row("H5", "body after a 204; bytes before the status line; two answers to one request", "raw server, in turn")
def out_of_step(run):
    requests = run.times(2000, 100000)
    stray = {1: Answer(OK + b"stray body", counts=True), 3: Answer(b"stray\r\n\r\n" + OK),
             5: Answer(OK + OK, counts=True), 7: Answer(OK + b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", counts=True)}
    refusal = Answer(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")

    def script(number, _body):
        # What follows a stray answer is refused, so that an answer credited to the wrong batch is an event lost.
        return stray.get(number % 8) or (refusal if number % 8 in (2, 6, 0) and number % 16 < 8 else GOOD)

    server = RawServer(script)
    run.cleanup.callback(server.stop)
    driver = run.client(server, batch=1, retry="1,2")
    prefix = run.prefix()
    driver.send("track", count=requests, prefix=prefix, rate=20000)
    driver.receive(timeout=1200)
    run.drained(driver, ms=1200000)
    balance = run.balanced(server)
    return Outcome(server.posts // 2, f"0 answers credited to the wrong batch in {server.posts:,} posts; {balance}")


@row("H6", "endless body, 10 GiB length, a byte each 100 ms, 1 MiB of headers, 10,000 headers", "collector `huge`, `trickle`; raw")
def endless_answers(run):
    collector = run.collector()
    total = 1000
    driver = run.client(collector, batch=10, timeouts=f"{total},{total}")
    run.track(driver, 10)
    run.drained(driver)
    before = driver.must("self")["resident_kib"]
    fired, worst = 0, 0
    faults = [{"kind": "huge", "bytes": 1 << 30, "status": 503}, {"kind": "huge", "declared": 10 << 30, "bytes": 1 << 30, "status": 503},
              {"kind": "huge", "part": "head", "bytes": 1 << 20, "status": 503},
              {"kind": "trickle", "delay_ms": 100, "status": 503}, {"kind": "stall"},
              {"kind": "huge", "part": "head", "bytes": 10000 * 98, "status": 200}]
    for fault in faults:
        collector.faults({**fault, "count": 1})
        begin = time.monotonic()
        run.track(driver, 10)
        run.until(lambda: driver.stats()["retries"] > fired, f"{fault} is over")
        worst = max(worst, time.monotonic() - begin)
        run.drained(driver)
        fired += 1
        run.expect(worst * 1000 <= total + 400, f"{fault} held a post for {worst:.2f} s")
    grown = driver.must("self")["resident_kib"] - before
    run.expect(grown <= 1024, f"{grown} KiB more in memory")
    run.balanced(collector)
    times = collector.fired("huge") + collector.fired("trickle") + collector.fired("stall")
    return Outcome(times, f"{grown} KiB more in memory; at most {worst * 1000:.0f} ms of {total} ms a post")


@row("H7", "garbage; HTTP/0.9; HTTP/2; compressed body; NUL in a header", "raw server, collector `garbage`")
def garbage(run):
    fired = answer_each(run, GARBAGE, run.times(2, 20))
    compressed = HEAD + b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\n\x1f\x8b\x08\x00\xff"
    server = RawServer(lambda _n, _body: Answer(compressed, counts=True))
    run.cleanup.callback(server.stop)
    driver = run.client(server, batch=5)
    for path in run.books.iterdir():
        path.unlink()
    run.track(driver, 5)
    run.drained(driver)
    run.balanced(server)
    return Outcome(fired + server.posts, f"{len(GARBAGE)} kinds retried on a new connection, 0 lost; a compressed 200 is a success")


@row("H8", "redirects 301, 302, 303, 307, 308: here, elsewhere, in a circle, to file:", "collector `redirect`")
def redirects(run):
    collector, elsewhere = run.collector(), run.collector()
    driver = run.driver()
    fired = 0
    places = [elsewhere.url, "/other", "/v1/events", "file:///etc/passwd", ""]
    for status in (301, 302, 303, 307, 308):
        for target in places:
            run.open(driver, collector, batch=5)
            collector.faults({"kind": "redirect", "status": status, "location": target})
            run.track(driver, 5)
            state = run.until(lambda: (now := driver.stats())["delivery_state"] == 2 and now, f"{status} to {target} held")
            run.equal(state["posts"], 1, f"posts at {status} to {target}")
            fired += 1
            collector.faults()
            driver.must("flush", ms=20000)
            driver.must("close", ms=1000)
            driver.must("free")
    run.equal(elsewhere.stats()["posts"], 0, "posts elsewhere")
    run.equal({batch["path"] for batch in collector.batches()}, {"/v1/events"}, "paths posted to")
    run.equal(collector.stats()["posts"], 2 * fired, "posts")
    run.balanced(collector, elsewhere)
    return Outcome(fired, "0 posts elsewhere; held each time, 0 lost")


def poisoned(run, collector, driver, count, poison):
    """`count` events in one batch, of which the visitors of these numbers are poison; posts beyond the one."""
    prefix = run.prefix()
    visitors = [f"{prefix}-0-{number}" for number in poison]
    collector.faults({"kind": "poison", "visitor": visitors})
    before = driver.stats()
    run.track(driver, count, prefix=prefix)
    driver.must("flush", ms=30000)
    run.drained(driver)
    after = driver.stats()
    run.equal(after["dead_lettered"] - before["dead_lettered"], len(poison), "dead letters")
    return visitors, after["posts"] - before["posts"] - 1


@row("H9", "one poison event among 1,000", "collector `poison`")
def one_poison(run):
    collector = run.collector()
    driver = run.client(collector, interval=3600000, batch=1000)
    settled, worst = [], 0
    places = run.times((0, 499, 999), range(0, 1000, 7))
    for place in places:
        visitors, extra = poisoned(run, collector, driver, 1000, [place])
        settled += visitors
        worst = max(worst, extra)
    run.expect(worst <= 2 * math.log2(1000) + 3, f"{worst} posts beyond the one")
    run.balanced(collector, settled=settled)
    return Outcome(len(settled), f"exactly the poison is a dead letter, 0 innocents; at most {worst} posts beyond the one")


@row("H10", "10 poison of 1,000; all of 20 poison", "collector `poison`")
def many_poison(run):
    collector = run.collector()
    driver = run.client(collector, interval=3600000, batch=1000)
    settled, extra = poisoned(run, collector, driver, 1000, list(range(37, 1000, 97)))
    run.balanced(collector, settled=settled)
    more, _ = poisoned(run, collector, driver, 20, range(20))
    run.balanced(collector, settled=settled + more)
    return Outcome(collector.fired("poison"), f"exactly {len(settled)} of 1,000 and 20 of 20 are dead letters, {extra} posts beyond the one")
