"""Compares the library's books with the collector's, to the event; the exit status tells."""

import json
import sys
import urllib.request


def main():
    url, path = sys.argv[1:]
    # A proxy of the environment is not for loopback.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url + "/control/stats") as answer:
        collector = json.load(answer)
    with open(path, encoding="ascii") as file:
        library = {name: int(count) for name, count in (line.split() for line in file)}
    wrong = [f"{name} is {library[name]}, not 0" for name in ("pending", "dead_lettered", "dropped") if library[name]]
    for ours, theirs in [
        ("accepted", "unique"),
        ("delivered", "unique"),
        ("impressions", "impressions"),
        ("conversions", "conversions"),
    ]:
        if library[ours] != collector[theirs]:
            wrong.append(f"{ours} is {library[ours]} here, {theirs} is {collector[theirs]} there")
    for line in wrong:
        print(f"the books differ: {line}")
    if wrong:
        sys.exit(1)
    print(f"\nBoth agree: {library['delivered']} events accepted, delivered and received, none of them twice.")


main()
