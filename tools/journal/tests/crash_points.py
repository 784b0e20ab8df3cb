#!/usr/bin/env python3
"""Kills the command at every system call that touches files, and looks where the events are then.

usage: crash_points.py COMMAND

What is requeued is a dead letter or waits in the journal, at any point; what is imported waits wholly or not at all. The
same command run again ends what was begun, and leaves nothing half done behind. Prints each check and, last,
`N passed, N failed`; a check is a command killed at every call of one kind.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

CALLS = ["openat", "mkdir", "rename", "unlink", "unlinkat", "write", "pwrite64", "fallocate", "fdatasync", "fsync",
         "flock", "close"]
EVENTS = 3
MOST_POINTS = 1000
ENDPOINT = "http://127.0.0.1:9/v1/events"


def uuid(number):
    return f"00000000-0000-4000-8000-{number:012}"


def letter(number, key="visit"):
    event = {"entity_id": "9", "key": key, "timestamp": 1700000000000 + number, "uuid": uuid(number)}
    request = {"account_id": "1", "project_id": "2", "revision": "3", "client_name": "c", "client_version": "1",
               "anonymize_ip": False, "enrich_decisions": True,
               "visitors": [{"visitor_id": f"v{number}", "attributes": [], "snapshots": [{"events": [event]}]}]}
    return json.dumps({"uuid": uuid(number), "key": key, "reason": "answered 400", "httpStatus": 400,
                       "time": 1700000000000, "endpoint": ENDPOINT, "request": request}) + "\n"


LETTERS = [letter(number) for number in range(EVENTS)]
ALL = {uuid(number) for number in range(EVENTS)}


class World:
    """A journal's directory before the command begins."""

    def __init__(self, tool, folder):
        self.tool, self.directory, self.lines = tool, folder / "journal", folder / "lines"
        self.lines.write_text("".join(LETTERS))

    def reset(self, command):
        shutil.rmtree(self.directory, ignore_errors=True)
        letters = self.directory / "dead-letters"
        letters.mkdir(parents=True)
        if command == "requeue":
            # The first one stays: its file is written anew.
            kept = letter(EVENTS, key="kept")
            (letters / "00000000000000aa.jsonl").write_text(kept + "".join(LETTERS[:2]))
            (letters / "00000000000000bb.jsonl").write_text("".join(LETTERS[2:]))

    def arguments(self, command):
        rest = ["--key", "visit"] if command == "requeue" else ["--quiet", str(self.lines)]
        return [self.tool, command, str(self.directory), *rest]

    def events(self):
        """The uuids that wait and those that are dead letters, of the events that the command is about."""
        output = subprocess.run([self.tool, "export", str(self.directory), "--dead-letters"], check=True,
                                capture_output=True, text=True).stdout
        found = {"waiting": [], "dead-letter": []}
        for line in map(json.loads, output.splitlines()):
            if line["key"] == "visit":
                found[line["state"]].append(line["uuid"])
        return found

    def leftovers(self):
        return [path.name for path in self.directory.glob("**/*")
                if path.name.startswith("incoming-") or path.name.endswith(".rewritten")]


def complaint(world, command):
    """What is wrong after a kill; None if nothing is."""
    subprocess.run([world.tool, "check", str(world.directory)], check=True, capture_output=True)
    found = world.events()
    if command == "requeue" and set(found["waiting"]) | set(found["dead-letter"]) != ALL:
        return f"lost: {found}"
    if command == "import" and set(found["waiting"]) not in (set(), ALL):
        return f"half done: {found}"
    # What is back already is no finding of the second run.
    again = subprocess.run(world.arguments(command), capture_output=True, text=True)
    if again.returncode not in (0, 1):
        return f"the second run: {again.stderr}"
    found = world.events()
    if set(found["waiting"]) != ALL or found["dead-letter"]:
        return f"after the second run: {found}"
    if world.leftovers():
        return f"left behind: {world.leftovers()}"
    return None


def sweep(world, command, call):
    """Kills a command at each call of a kind; answers how many points there were, and what was wrong."""
    for number in range(1, MOST_POINTS):
        world.reset(command)
        run = subprocess.run(["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e",
                              f"inject={call}:signal=KILL:when={number}", *world.arguments(command)],
                             capture_output=True, text=True)
        if run.returncode == 0:
            return number - 1, None
        if run.returncode != -9:
            return number, f"ended with status {run.returncode}: {run.stderr}"
        wrong = complaint(world, command)
        if wrong:
            return number, f"killed at number {number}: {wrong}"
    return MOST_POINTS, "never ends"


def main():
    tool = str(Path(sys.argv[1]).resolve())
    passed = failed = points = 0
    with tempfile.TemporaryDirectory() as folder:
        world = World(tool, Path(folder))
        for command in ["requeue", "import"]:
            for call in CALLS:
                count, wrong = sweep(world, command, call)
                if count == 0 and wrong is None:
                    continue
                points += count
                passed, failed = passed + (wrong is None), failed + (wrong is not None)
                print(f"{'ok' if wrong is None else 'FAILED'} {command} {call}: {count} points{f': {wrong}' if wrong else ''}")
    print(f"{points} points")
    print(f"{passed} passed, {failed} failed")
    sys.exit(0 if failed == 0 and points > 0 else 1)


main()
