"""What the cases share: the probe, a datafile, and the count of what held."""
import json
import os
import queue
import subprocess
import threading

CASES = []


def case(name):
    """Registers a case; its name is what it promises."""
    def keep(function):
        CASES.append((name, function))
        return function
    return keep


class Failure(Exception):
    """Something did not hold."""


def expect(holds, what):
    if not holds:
        raise Failure(what)


def datafile(revision="1", **more):
    """A datafile with one event, and one flag whose variation is its revision's."""
    variation = {"id": "v", "key": f"revision-{revision}", "featureEnabled": True, "variables": []}
    rule = {"id": "r", "key": "r", "layerId": "l", "status": "Running", "variations": [variation], "audienceIds": [],
            "forcedVariations": {}, "trafficAllocation": [{"entityId": "v", "endOfRange": 10000}]}
    return json.dumps({
        "version": "4", "accountId": "1", "projectId": "2", "revision": revision, "events": [{"id": "9", "key": "bought",
        "experimentIds": []}], "attributes": [], "audiences": [], "experiments": [], "groups": [],
        "rollouts": [{"id": "o", "experiments": [rule]}], "anonymizeIP": True, "botFiltering": False,
        "sendFlagDecisions": True, "typedAudiences": [], "variables": [],
        "featureFlags": [{"id": "7", "key": "flag", "rolloutId": "o", "experimentIds": [], "variables": []}], **more}).encode()


class Line:
    """What the probe said of a command."""

    def __init__(self, text):
        self.text = text
        self.command, _, rest = text.partition(" ")
        self.status, _, self.message = rest.partition(" ")


class Probe:
    """The driven program."""
    program = None

    def __init__(self, *arguments, environment=None):
        self.arguments = arguments
        self.process = subprocess.Popen([Probe.program, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, env={**os.environ, **(environment or {})})
        self.lines, self.errors, self.all = queue.Queue(), [], []
        self.readers = [threading.Thread(target=self.read, daemon=True),
                        threading.Thread(target=self.read_errors, daemon=True)]
        for reader in self.readers:
            reader.start()

    def read(self):
        for line in self.process.stdout:
            self.all.append(line)
            self.lines.put(Line(line.rstrip("\n")))
        self.lines.put(None)

    def read_errors(self):
        for line in self.process.stderr:
            self.errors.append(line)

    def next(self, command, seconds=60):
        """What it says of the next command of that name."""
        while True:
            try:
                line = self.lines.get(timeout=seconds)
            except queue.Empty:
                raise Failure(f"{command}: no word for {seconds} s; {self.arguments}") from None
            if line is None:
                raise Failure(f"{command}: the probe ended; {''.join(self.errors[-5:])}")
            if line.command == command:
                return line

    def go_on(self):
        """Ends a pause."""
        self.next("pause")
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def end(self):
        """Waits for its end; every status is an answer, a signal is not."""
        self.process.stdin.close()
        status = self.process.wait(timeout=60)
        for reader in self.readers:
            reader.join(timeout=10)
        expect(status == 0, f"the probe ended with status {status}: {''.join(self.errors[-5:])}")
        return self

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def said(self):
        """Everything it has written."""
        return "".join(self.all) + "".join(self.errors)
