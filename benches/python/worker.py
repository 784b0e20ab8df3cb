"""The official Python SDK as a contestant: answers the line protocol of benches/README.md."""

import json
import platform
import sys
import time

from optimizely import optimizely, version
from optimizely.event_dispatcher import EventDispatcher

PARSERS = {"string": str, "int": int, "double": float, "bool": lambda text: text == "true"}


class Redirect:
    """The SDK's own dispatcher, sent to the collector instead of Optimizely."""

    def __init__(self, endpoint):
        self.endpoint = endpoint

    def dispatch_event(self, event):
        event.url = self.endpoint
        EventDispatcher.dispatch_event(event)


class Worker:
    """One client with default options, and what it is asked to do with it."""

    def __init__(self, datafile, endpoint):
        self.dispatcher = Redirect(endpoint)
        self.attributes, self.tags = {}, {}
        self.event = self.experiment = None
        self.client = self.create(read(datafile))

    def create(self, datafile):
        return optimizely.Optimizely(datafile=datafile, event_dispatcher=self.dispatcher)

    def setup(self, kind, *fields):
        """Takes one line of the scenario."""
        if kind == "names":
            self.event, self.experiment = fields
            return
        key, value_type, text = fields
        target = self.attributes if kind == "attribute" else self.tags
        target[key] = PARSERS[value_type](text)

    def variations(self, first, count):
        return [
            self.client.get_variation(self.experiment, user, dict(self.attributes)) for user in users(first, count)
        ]

    def track(self, first, count):
        """Times `count` conversions; attributes and tags are built inside, as a caller would."""
        client, event, attributes, tags = self.client, self.event, self.attributes, self.tags
        names = users(first, count)
        calls = 0
        watch = Watch()
        for name in names:
            client.track(event, name, dict(attributes), dict(tags))
            calls += 1
        return watch.answer(count, events=calls, checksum=calls)

    def activate(self, first, count):
        """Times `count` activations; the checksum is the bytes of the variation keys returned."""
        client, experiment, attributes = self.client, self.experiment, self.attributes
        names = users(first, count)
        events = checksum = 0
        watch = Watch()
        for name in names:
            variation = client.activate(experiment, name, dict(attributes))
            if variation is not None:
                events += 1
                checksum += len(variation)
        return watch.answer(count, events=events, checksum=checksum)

    def load(self, path, count):
        """Times the way from the datafile's text to a client that can decide."""
        datafile = read(path)
        wall = cpu = ready = 0
        for _ in range(count):
            watch = Watch()
            client = self.create(datafile)
            spent = watch.answer(1)
            wall, cpu = wall + spent["wall_ns"], cpu + spent["cpu_ns"]
            ready += client.get_optimizely_config() is not None
            client.close()
        return {"count": count, "wall_ns": wall, "cpu_ns": cpu, "events": 0, "checksum": ready}


class Watch:
    """Wall time and processor time of this thread since it was made."""

    def __init__(self):
        self.cpu = time.thread_time_ns()
        self.wall = time.perf_counter_ns()

    def answer(self, count, **more):
        wall = time.perf_counter_ns() - self.wall
        return {"count": count, "wall_ns": wall, "cpu_ns": time.thread_time_ns() - self.cpu, **more}


def users(first, count):
    return [f"user-{number}" for number in range(first, first + count)]


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def main():
    datafile, endpoint = sys.argv[1:]
    worker = Worker(datafile, endpoint)
    for line in sys.stdin:
        command, *fields = line.rstrip("\n").split("\t")
        if command in ("attribute", "tag", "names"):
            worker.setup(command, *fields)
            continue
        answer = {}
        if command == "hello":
            answer = {"version": version.__version__, "runtime": f"Python {platform.python_version()}"}
        elif command == "variations":
            answer = {"variations": worker.variations(*map(int, fields))}
        elif command in ("track", "activate"):
            answer = getattr(worker, command)(*map(int, fields))
        elif command == "load":
            answer = worker.load(fields[0], int(fields[1]))
        elif command == "flush":
            worker.client.event_processor.flush()
        elif command == "close":
            worker.client.close()
        print(json.dumps({"op": command, **answer}), flush=True)


if __name__ == "__main__":
    main()
