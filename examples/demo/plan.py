"""Reads a datafile and prints what the demo does with it: one line a thing, fields separated by tabs.

experiment KEY | flag KEY | event KEY | attribute KEY TYPE VALUE
The values of attributes are those that the audiences ask for and some beside them, so that visitors fall in and out.
"""

import json
import sys


def conditions(node):
    """Every leaf of a tree of conditions."""
    if isinstance(node, str) and node[:1] in "[{":
        node = json.loads(node)
    if isinstance(node, dict):
        yield node
    elif isinstance(node, list):
        for child in node:
            yield from conditions(child)


def values_near(value):
    """The value a condition compares with, and what lies on either side of it."""
    if isinstance(value, bool):
        return [("bool", "true"), ("bool", "false")]
    if isinstance(value, (int, float)):
        return [("number", repr(float(value) + step)) for step in (-1, 0, 1)]
    if isinstance(value, str):
        return [("text", value), ("text", "none of these")]
    return []


def attributes(datafile):
    """Attribute keys with the typed values that some visitor has for each."""
    found = {entry["key"]: {} for entry in datafile.get("attributes", [])}
    for audience in datafile.get("typedAudiences", []) + datafile.get("audiences", []):
        for leaf in conditions(audience.get("conditions", [])):
            name = leaf.get("name")
            if name in found:
                found[name].update(dict.fromkeys(values_near(leaf.get("value"))))
    return {key: list(values) or [("text", "some")] for key, values in found.items()}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        datafile = json.load(file)
    grouped = [rule for group in datafile.get("groups", []) for rule in group["experiments"]]
    lines = [("experiment", rule["key"]) for rule in datafile.get("experiments", []) + grouped]
    lines += [("flag", flag["key"]) for flag in datafile.get("featureFlags", [])]
    lines += [("event", event["key"]) for event in datafile.get("events", [])]
    for key, values in attributes(datafile).items():
        lines += [("attribute", key, kind, value) for kind, value in values]
    for line in lines:
        if not any("\t" in field or "\n" in field for field in line):
            print("\t".join(line))


main()
