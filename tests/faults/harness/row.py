"""What a row is: its words, how it runs, and what it brings back."""
import contextlib
import os
import pathlib
import shutil
import subprocess
import time
from dataclasses import dataclass

from harness import books
from harness.collector import Collector
from harness.driver import Driver


class Failed(Exception):
    """The row's figure was not met."""


class NotRun(Exception):
    """This machine has no means for the fault."""


class NotYet(Exception):
    """Nobody has written the injection."""


@dataclass
class Outcome:
    # How often the fault fired.
    fired: int
    # What was measured.
    figure: str


@dataclass
class Row:
    name: str
    fault: str
    injection: str
    body: object
    # Runs in a network, mount and pid world of its own.
    apart: bool
    # The part of `make test` that runs its short form as a test of its own, and what its output says of the row.
    part: str | None
    judge: object
    # It builds something first, for as long as that takes.
    builds: bool


ROWS = {}


def row(name, fault, injection, apart=False, part=None, judge=None, builds=False):
    """Registers a function of a Run as a row."""

    def register(body):
        if name in ROWS:
            raise ValueError(f"row {name} stands twice")
        ROWS[name] = Row(name, fault, injection, body, apart, part, judge, builds or part is not None)
        return body

    return register


class Run:
    """One run of one row: everything it starts ends with it."""

    def __init__(self, name, folder, is_short, program, shims):
        self.name, self.is_short, self.program, self.shims = name, is_short, program, shims
        self.folder = pathlib.Path(folder)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.cleanup = contextlib.ExitStack()
        self.counter = 0

    def times(self, short, long):
        return short if self.is_short else long

    def make_folder(self, name):
        path = self.folder / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    @property
    def books(self):
        return self.make_folder("books")

    @property
    def log(self):
        return self.folder / "stderr.log"

    def collector(self, **options):
        collector = Collector(**options)
        self.cleanup.callback(collector.stop)
        return collector

    def driver(self, **options):
        options.setdefault("errors", self.log)
        driver = Driver(self.program, self.books, **options)
        self.cleanup.callback(driver.kill)
        return driver

    def client(self, collector, wrapper=(), environment=None, **words):
        """A program with a client that is open."""
        driver = self.driver(wrapper=wrapper, environment=environment)
        self.open(driver, collector, **words)
        return driver

    def open(self, driver, collector, **words):
        return driver.must("open", **self.words(collector, **words))

    def words(self, collector, **words):
        """Options: retries come quickly, unless they are named."""
        endpoint = collector if isinstance(collector, str) else collector.url
        return {"endpoint": endpoint, "interval": 10, "retry": "5,50", **words}

    def prefix(self, name="v"):
        """Visitors' names that no other part of this row has."""
        self.counter += 1
        return f"{name}{self.counter}"

    def track(self, driver, count, expected=None, **words):
        """Tracks; all must be accepted, or `expected` of them."""
        if "prefix" not in words:
            words["prefix"] = self.prefix()
        answer = driver.call("track", count=count, **words)
        self.expect(answer["accepted"] == (count if expected is None else expected),
                    f"{answer['accepted']} of {count} accepted: {answer['refused']} {answer['message']}")
        return answer

    def until(self, holds, what, seconds=30):
        """Waits for a condition, and gives its value."""
        deadline = time.monotonic() + seconds
        while True:
            value = holds()
            if value:
                return value
            if time.monotonic() > deadline:
                raise Failed(f"{what}: not within {seconds} s")
            time.sleep(0.005)

    def drained(self, driver, ms=60000):
        """Waits until nothing is pending; the books balance at each look."""
        answer = driver.must("drain", ms=ms, timeout=ms / 1000 + 60)
        self.equal(answer["left"], 0, "events pending at the end")
        self.equal(answer["unbalanced"], 0, "readings of the books that do not balance")
        return answer["took_ms"]

    def in_time(self, answer, deadline_ms, what, tolerated_ms=50):
        """The deadline was kept, but for what the machine itself was late."""
        late = answer["took_ms"] - deadline_ms
        self.expect(late <= tolerated_ms + answer.get("machine_late_ms", 0),
                    f"{what}: {late} ms after a deadline of {deadline_ms} ms, the machine {answer.get('machine_late_ms')}")
        return late

    def balanced(self, *collectors, settled=(), may_invent=0):
        """Nothing lost, invented, doubled or changed."""
        balance = books.balance(self.books, *collectors, settled=settled)
        is_good = (balance.accepted > 0 and not balance.lost and not balance.doubled and balance.conflicting == 0
                   and len(balance.invented) <= may_invent)
        self.expect(is_good, f"{balance}; lost {balance.lost[:3]}, invented {balance.invented[:3]}")
        return balance

    @staticmethod
    def expect(holds, what):
        if not holds:
            raise Failed(what)

    @staticmethod
    def equal(actual, expected, what):
        if actual != expected:
            raise Failed(f"{what}: {actual}, expected {expected}")


def sh(*words, check=True, **options):
    """Runs a command of the system; its output."""
    result = subprocess.run([str(word) for word in words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            check=False, **options)
    if check and result.returncode != 0:
        raise NotRun(f"{' '.join(str(word) for word in words)}: {result.stdout.strip()[:200]}")
    return result.stdout


def need(*tools):
    """These programs have to be there."""
    for tool in tools:
        if not shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
            raise NotRun(f"{tool} is not installed")
