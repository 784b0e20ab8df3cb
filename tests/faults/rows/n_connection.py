"""Rows N4, N5, N7, N10, N15: connections that end at a bad moment, and none to be had."""
import re
import socket
import struct
import threading
import time

from harness.network import packet_rule, packets_of
from harness.row import Outcome, need, row, sh
from harness.servers import GOOD, RawServer

PARTS = ({"kind": "drop_before"}, {"kind": "drop_after"}, {"kind": "drop_after", "commit": True})


@row("N4", "reset before the first byte, mid-body, after the body, between answers; SIGPIPE at its default",
     "collector `drop_before`, `drop_after` at 30 % each; REJECT tcp-reset; `ss -K`", apart=True)
def resets(run):
    collector = run.collector()
    driver = run.client(collector, batch=10)
    count = run.times(2000, 20000)
    fired = 0
    for fault in PARTS:
        collector.faults({**fault, "probability": 0.3})
        run.track(driver, count, threads=4, rate=run.times(10000, 4000))
        run.drained(driver)
    balance = run.balanced(collector)
    fired = collector.fired("drop_before") + collector.fired("drop_after")
    with packet_rule("INPUT", "-p", "tcp", "--dport", str(collector.port), "-j", "REJECT", "--reject-with", "tcp-reset"):
        run.track(driver, 100)
        run.until(lambda: packets_of("INPUT") >= 3, "packets are rejected")
        fired += packets_of("INPUT")
    run.drained(driver)
    fired += killed_sockets(run, collector, driver)
    run.expect(driver.process.poll() is None, "the program is alive")
    run.balanced(collector)
    return Outcome(fired, f"0 lost of {3 * count}, {balance.repeats} repeats, all by uuid; the host lives")


def killed_sockets(run, collector, driver):
    """The live connection dies under a request."""
    need("ss")
    collector.faults({"kind": "delay", "delay_ms": 100})
    killed = 0
    for _ in range(3):
        posts = collector.fired("delay")
        run.track(driver, 1)
        run.until(lambda: collector.fired("delay") > posts, "a request is under way")
        killed += sh("ss", "-K", "dst", "127.0.0.1", "dport", "=", str(collector.port)).count(str(collector.port))
        run.drained(driver)
    collector.faults()
    run.expect(killed > 0, "ss killed no connection")
    return killed


@row("N5", "idle connection closed by the server just as it is used again", "collector `keepalive_race`")
def keepalive_race(run):
    collector = run.collector()
    # A step of back-off would take half a minute on average.
    driver = run.client(collector, batch=1, interval=1, retry="60000,60000")
    fired, worst, rounds = 0, 0, run.times(10, 500)
    for _ in range(rounds):
        run.track(driver, 1)
        run.drained(driver)
        collector.faults({"kind": "keepalive_race", "count": 1})
        run.track(driver, 1)
        worst = max(worst, run.drained(driver, ms=5000))
        collector.faults()
    fired = collector.fired("keepalive_race")
    run.expect(worst <= 1000, f"{worst} ms after a race")
    run.balanced(collector)
    return Outcome(fired, f"at most {worst} ms more, no step of back-off; 0 lost")


class EarlyServer(RawServer):
    """Takes small requests, and refuses larger ones before it has read them, by a reset with or without an answer."""

    def __init__(self, limit, answer):
        self.limit, self.early, self.resets = limit, answer, 0
        # How often a request of one length came in a row: the same batch.
        self.last, self.run, self.longest_run = None, 0, 0
        super().__init__(lambda _n, _b: GOOD, before_reading=self.refuse)

    def refuse(self, connection):
        head = connection.recv(4096, socket.MSG_PEEK)
        while head and b"\r\n\r\n" not in head and len(head) < 4096:
            time.sleep(0.001)
            head = connection.recv(4096, socket.MSG_PEEK)
        length = re.search(rb"(?i)content-length: *(\d+)", head)
        if not length:
            return False
        length = int(length[1])
        self.run = self.run + 1 if length == self.last else 1
        self.last, self.longest_run = length, max(self.longest_run, self.run)
        if length <= self.limit:
            return False
        self.resets += 1
        connection.sendall(self.early)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return True


@row("N7", "early answer while we still send, then a reset; resets alone", "raw server that refuses by the head; collector `early` 429")
def early_answers(run):
    fired, figures = 0, []
    for name, answer in (("413", b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), ("resets", b"")):
        server = EarlyServer(30000, answer)
        run.cleanup.callback(server.stop)
        driver = run.client(server, batch=1000, interval=3600000, retry="1,5")
        run.track(driver, 1000, bytes=300)
        left = driver.call("flush", ms=10000)["left"]
        run.expect(left == 0, f"{name}: {left} events left after {server.resets} resets, one batch came {server.longest_run} times")
        run.balanced(server)
        run.expect(server.longest_run <= 20, f"{name}: one batch came {server.longest_run} times")
        figures.append(f"{name}: a batch at most {server.longest_run} times")
        fired += server.resets
        driver.kill()
        for path in run.books.iterdir():
            path.unlink()
    collector = run.collector()
    driver = run.client(collector, batch=1000, interval=3600000)
    collector.faults({"kind": "status", "status": 429, "early": True, "count": 5})
    run.track(driver, 1000, bytes=300)
    driver.must("flush", ms=30000)
    fired += collector.fired("status")
    run.balanced(collector)
    return Outcome(fired, "; ".join(figures) + "; 0 lost")


@row("N10", "no descriptor to be had, with a connection and before the first", "RLIMIT_NOFILE at the number in use")
def no_descriptors(run):
    collector = run.collector()
    fired, count = 0, 500
    for has_connection in (True, False):
        driver = run.client(collector, batch=1000, interval=3600000, log=4)
        if has_connection:
            run.track(driver, 10)
            driver.must("flush", ms=10000)
            # The connection that is kept would do; it is closed by the server.
            collector.faults({"kind": "keepalive_race", "count": 1})
        # The books have their own descriptors by then.
        driver.must("traffic", count=count, rate=2000, prefix=run.prefix())
        time.sleep(0.05)
        driver.must("files", free=0)
        answer = driver.must("join")
        run.equal(answer["accepted"], count, f"accepted without descriptors: {answer['refused']}")
        # The books are closed now.
        driver.must("files", free=0)
        run.expect(driver.call("flush", ms=500)["left"] > 0 or has_connection, "a flush without descriptors")
        fired += driver.stats()["retries"]
        driver.must("files", free=-1)
        run.equal(driver.must("flush", ms=20000)["left"], 0, "left once there are descriptors")
        driver.must("close", ms=5000)
        driver.end()
    run.expect("too many open files" in run.log.read_text(errors="replace").lower(), "no log says that descriptors are gone")
    run.balanced(collector)
    return Outcome(fired, f"0 refused of {2 * count}, 0 lost")


@row("N15", "collector restarts again and again", "kill -9 and start on the same port")
def restarts(run):
    every, seconds, rate = run.times((0.3, 3, 2000), (2, 60, 1000))
    keep = run.folder / "received"
    collector = run.collector(keep=keep)
    driver = run.client(collector, batch=50, interval=20)
    count = rate * seconds
    driver.send("track", count=count, rate=rate, threads=4, prefix=run.prefix())
    restarts_done = 0
    end = time.monotonic() + seconds
    done = threading.Event()
    while time.monotonic() < end and not done.wait(every):
        collector.kill()
        collector.start()
        restarts_done += 1
    driver.receive()
    run.drained(driver)
    balance = run.balanced(collector)
    return Outcome(restarts_done, f"{balance}, {restarts_done} restarts")
