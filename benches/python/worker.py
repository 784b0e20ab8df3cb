"""The official Python SDK as a contestant: answers the line protocol of benches/README.md."""

import json
import platform
import queue
import sys
import time

from optimizely import optimizely, version
from optimizely.decision.optimizely_decide_option import OptimizelyDecideOption
from optimizely.event_dispatcher import EventDispatcher

QUIET = OptimizelyDecideOption.DISABLE_DECISION_EVENT
TIMED = ("track", "activate", "is_feature_enabled", "decide", "decide_audience", "decide_variables", "decide_all")
PARSERS = {"string": str, "int": int, "double": float, "bool": lambda text: text == "true"}


class Redirect:
    """The SDK's own dispatcher, sent to the collector instead of Optimizely."""

    def __init__(self, endpoint):
        self.endpoint = endpoint

    def dispatch_event(self, event):
        event.url = self.endpoint
        EventDispatcher.dispatch_event(event)


def options(settings):
    """The SDK's own options for `batch=EVENTS` and `queue=EVENTS`; without them its defaults."""
    given = dict(setting.split("=", 1) for setting in settings)
    chosen = {}
    if "batch" in given:
        chosen["batch_size"] = int(given["batch"])
    if "queue" in given:
        chosen["event_queue"] = queue.Queue(maxsize=int(given["queue"]))
    return chosen


class Worker:
    """One client with default options but for the settings, and what it is asked to do with it."""

    def __init__(self, datafile, endpoint, settings):
        self.dispatcher, self.settings = Redirect(endpoint), settings
        self.attributes, self.tags = {}, {}
        self.event = self.experiment = self.flag = self.audience_flag = None
        self.client = self.create(read(datafile))

    def create(self, datafile):
        return optimizely.Optimizely(
            datafile=datafile, event_dispatcher=self.dispatcher, event_processor_options=options(self.settings)
        )

    def setup(self, kind, *fields):
        """Takes one line of the scenario."""
        if kind == "names":
            self.event, self.experiment, self.flag, self.audience_flag = fields
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

    def decide(self, first, count):
        return self._decide(self.flag, first, count)

    def decide_audience(self, first, count):
        return self._decide(self.audience_flag, first, count)

    def decide_variables(self, first, count):
        return self._decide(self.flag, first, count, reads=True)

    def _decide(self, flag, first, count, reads=False):
        """Decides one flag for each user without an impression."""
        client, attributes = self.client, self.attributes
        names = users(first, count)
        checksum = 0
        watch = Watch()
        for name in names:
            decision = client.create_user_context(name, dict(attributes)).decide(flag, [QUIET])
            checksum += counted(decision)
            if reads and not decision.variables:
                raise ValueError("the decision has no variables")
        return watch.answer(count, events=0, checksum=checksum)

    def decide_all(self, first, count):
        """Decides every flag for each user without an impression."""
        client, attributes = self.client, self.attributes
        names = users(first, count)
        checksum = 0
        watch = Watch()
        for name in names:
            decisions = client.create_user_context(name, dict(attributes)).decide_all([QUIET])
            for decision in decisions.values():
                checksum += counted(decision)
        return watch.answer(count, events=0, checksum=checksum)

    def is_feature_enabled(self, first, count):
        """Asks for a flag; an experiment decides it for every user, as the runner has checked: an impression each."""
        client, flag, attributes = self.client, self.audience_flag, self.attributes
        names = users(first, count)
        checksum = 0
        watch = Watch()
        for name in names:
            checksum += client.is_feature_enabled(flag, name, dict(attributes))
        return watch.answer(count, events=count, checksum=checksum)

    def decisions(self, first, count):
        """All decisions of each user by flag, to be compared with those of the other contestants."""
        answers = []
        for name in users(first, count):
            decisions = self.client.create_user_context(name, dict(self.attributes)).decide_all([QUIET])
            answers.append({
                key: (one.rule_key, one.variation_key, one.enabled, one.variables) for key, one in decisions.items()
            })
        return answers

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


def counted(decision):
    """What every contestant counts of a decision: the bytes of its variation key, and one if the flag is on."""
    return len(decision.variation_key or "") + decision.enabled


def users(first, count):
    return [f"user-{number}" for number in range(first, first + count)]


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def main():
    datafile, endpoint, *settings = sys.argv[1:]
    worker = Worker(datafile, endpoint, settings)
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
        elif command == "decisions":
            answer = {"decisions": worker.decisions(*map(int, fields))}
        elif command in TIMED:
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
