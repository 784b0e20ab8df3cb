"""The two processes behind a contestant: its worker and the collector that takes its events."""

import json
import subprocess
import urllib.error
import urllib.request

DRAIN_MS = 20_000
CONTROL_SECONDS = 10
EXIT_SECONDS = 60


class Failure(Exception):
    """A worker or a collector did not do what it was asked."""


def kill(process):
    if process.poll() is None:
        process.kill()
        process.wait()


class Collector:
    """A collector on a loopback port of its own; it ends with its standard input."""

    def __init__(self, program, seed=1):
        self.process = subprocess.Popen(
            [program, "--exit-with-stdin", "--seed", str(seed)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        line = self.process.stdout.readline()
        if not line.startswith("listening on "):
            raise Failure(f"{program} did not say where it listens")
        self.url = line.split()[-1]

    def stats(self):
        return self._get("/control/stats")

    def wait(self, unique, timeout_ms=DRAIN_MS):
        """Waits, bounded, until so many different events have come; returns how many have."""
        return self._get(f"/control/wait?unique={unique}&timeout_ms={timeout_ms}")["unique"]

    def misbehave(self, faults):
        """Has these faults from now on, and no others."""
        request = urllib.request.Request(self.url + "/control/faults", json.dumps(faults).encode(), method="PUT")
        with urllib.request.urlopen(request, timeout=CONTROL_SECONDS) as answer:
            answer.read()

    def events(self):
        """Every unique event that has come, as the collector tells it."""
        with urllib.request.urlopen(self.url + "/control/events", timeout=CONTROL_SECONDS) as answer:
            return [json.loads(line) for line in answer]

    def _get(self, path):
        try:
            with urllib.request.urlopen(self.url + path, timeout=DRAIN_MS / 1000 + CONTROL_SECONDS) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as answer:
            if answer.code != 408:
                raise
            return json.load(answer)

    def close(self):
        self.process.stdin.close()
        self.process.wait(EXIT_SECONDS)

    def kill(self):
        kill(self.process)


class Worker:
    """A contestant's process; one line asks, one line of JSON answers."""

    def __init__(self, contestant, datafile, collector, scenario, errors, settings=()):
        self.contestant, self.collector, self.errors = contestant, collector, errors
        with open(errors, "wb") as log:
            self.process = subprocess.Popen(
                [*contestant.command, str(datafile), collector.url + "/v1/events", *settings],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, encoding="utf-8",
            )
        self.sent = 0
        self.late = 0
        for line in scenario:
            self._write(line)
        self.about = self.ask("hello")

    def ask(self, *fields):
        self._write("\t".join(map(str, fields)))
        line = self.process.stdout.readline()
        if not line:
            raise Failure(f"{self.contestant.label} ended at '{fields[0]}'; see {self.errors}")
        return json.loads(line)

    def drain(self):
        """Has the events of the last command delivered, so that they compete with nobody's timing.

        What a bounded wait did not bring is not waited for again; the sum at the end tells whether it was lost.
        """
        self.ask("flush")
        due = self.sent - self.late
        due -= due % self.contestant.batch
        self.late += max(0, due - self.collector.wait(due))

    def leave(self):
        """Closes the client, and ends the worker."""
        self.ask("close")
        self.process.stdin.close()
        self.process.wait(EXIT_SECONDS)

    def close(self):
        """Ends the worker and returns what its collector got."""
        self.leave()
        stats = self.collector.stats()
        self.collector.close()
        return stats

    def end(self):
        """Kills the worker where it stands."""
        kill(self.process)

    def kill(self):
        """For the way out after a failure: ends whatever of the two still runs."""
        self.end()
        self.collector.kill()

    def _write(self, line):
        try:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
        except BrokenPipeError as error:
            raise Failure(f"{self.contestant.label} ended early; see {self.errors}") from error
