"""What every contestant is asked to do: one event, one experiment, two flags, five attributes, three tags."""

import json

NAMES = ("event", "experiment", "flag", "flag_with_audience")
TYPES = {bool: "bool", int: "int", float: "double", str: "string"}


class BadScenario(Exception):
    """The scenario does not fit the datafile."""


def read(path, datafile):
    """The scenario as lines of the protocol, checked against the datafile that it will be used with."""
    scenario = json.loads(path.read_text(encoding="utf-8"))
    project = json.loads(datafile.read_text(encoding="utf-8"))
    experiments = project["experiments"] + [one for group in project["groups"] for one in group["experiments"]]
    known = {
        "event": {event["key"] for event in project["events"]},
        "experiment": {experiment["key"] for experiment in experiments},
        "flag": {flag["key"] for flag in project["featureFlags"]},
        "attribute": {attribute["key"] for attribute in project["attributes"]},
    }
    wanted = [("event", scenario["event"]), ("experiment", scenario["experiment"])]
    wanted += [("flag", scenario["flag"]), ("flag", scenario["flag_with_audience"])]
    wanted += [("attribute", key) for key in scenario["attributes"]]
    for kind, key in wanted:
        if key not in known[kind]:
            raise BadScenario(f"{datafile} has no {kind} '{key}', which {path} names; set SCENARIO to one that fits")
    lines = ["\t".join(("names", *(scenario[name] for name in NAMES)))]
    lines += [pair("attribute", *item) for item in scenario["attributes"].items()]
    lines += [pair("tag", *item) for item in scenario["tags"].items()]
    return lines


def pair(kind, key, value):
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return "\t".join((kind, key, TYPES[type(value)], text))
