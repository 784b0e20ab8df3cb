"""What rows with a journal share: a client with one, and the process that comes after the last death."""
import fcntl
import functools
import pathlib
import re

from harness.disk import KINDS
from harness.row import Outcome


def both_kinds(body):
    """A row that is a function of the run and of a journal's kind, run with each."""

    @functools.wraps(body)
    def each(run):
        outcomes = {}
        for name, kind in KINDS.items():
            outcomes[name] = body(run, kind)
            # Each has a collector of its own.
            forget(run)
        figures = (f"{name}: {outcome.figure}" for name, outcome in outcomes.items())
        return Outcome(sum(outcome.fired for outcome in outcomes.values()), "; ".join(figures))

    return each


def open_journal(run, driver, collector, root, kind, **words):
    """A client with a journal in a program that runs."""
    return run.open(driver, collector, journal=root, kind=kind, **words)


def journal_client(run, collector, root, kind, environment=None, wrapper=(), **words):
    """A program with such a client."""
    driver = run.driver(environment=environment, wrapper=wrapper)
    open_journal(run, driver, collector, root, kind, **words)
    return driver


def recover(run, collector, root, kind, seconds=60, alive=0, **words):
    """The next process beside those that live: takes over what the dead have left, delivers it, and closes. Its books."""
    driver = journal_client(run, collector, root, kind, **words)
    run.until(lambda: len(clients(root)) <= 1 + alive and driver.stats()["pending"] == 0,
              "what was left is taken over and delivered", seconds)
    driver.must("close", ms=20000)
    stats = driver.stats()
    run.equal(stats["balanced"], 1, "the last process's books balance")
    driver.end()
    return stats


def clients(root):
    """The directories of clients, living or dead."""
    return [path for path in pathlib.Path(root).iterdir() if re.fullmatch("[0-9a-f]{16}", path.name)]


def is_locked(lock):
    """Does a process hold it?"""
    try:
        with open(lock, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return False
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False


def forget(run):
    """Clears the books for the next part of a row."""
    for path in pathlib.Path(run.books).iterdir():
        path.unlink()
