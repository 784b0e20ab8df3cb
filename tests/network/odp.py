"""The Data Platform over HTTP: segments, events, and what becomes of them while it fails."""
import json
import os

from harness import case, datafile, expect

ANSWER = {"data": {"customer": {"audiences": {"edges": [
    {"node": {"name": "gold", "state": "qualified"}}, {"node": {"name": "new", "state": "not_qualified"}}]}}}}
QUALIFIED = {"name": "odp.audiences", "type": "third_party_dimension", "match": "qualified", "value": "gold"}


def with_platform(run, host, key="public"):
    path = os.path.join(run.folder("files"), f"platform-{key}.json")
    text = json.loads(datafile("1"))
    text["integrations"] = [{"key": "odp", "host": host, "publicKey": key}]
    text["typedAudiences"] = [{"id": "a", "name": "gold", "conditions": ["or", QUALIFIED]}]
    text["rollouts"][0]["experiments"][0]["audienceIds"] = ["a"]
    with open(path, "w", encoding="utf-8") as out:
        json.dump(text, out)
    return path


@case("segments are fetched, count in audiences, and come from the cache the second time")
def segments(run):
    server = run.server(lambda request: (200, {}, json.dumps(ANSWER).encode()))
    probe = run.probe(f"datafile={with_platform(run, server.url())}", ":decide=flag", ":segments=5000", ":decide=flag",
                      ":segments=5000", ":segments=5000,1", ":close=0")
    expect(probe.next("decide").message == "", "not in the audience")
    expect(probe.next("segments").message == "gold,", "qualified")
    expect(probe.next("decide").message == "revision-1", "in the audience")
    probe.end()
    expect(len(server.requests) == 2, f"{len(server.requests)} requests, one of them past the cache")
    request = server.requests[0]
    expect((request.method, request.path) == ("POST", "/v3/graphql"), f"{request.method} {request.path}")
    expect(request.headers.get("x-api-key") == "public", f"{request.headers}")
    expect(request.json()["variables"] == {"userId": "visitor", "audiences": ["gold"]}, request.body)


@case("a platform that fails leaves a user without segments, and says how")
def failing(run):
    for status, body, said in ((500, b"", "500"), (200, b"<html>", "decode error"),
                               (200, b'{"errors":[{"extensions":{"code":"INVALID_IDENTIFIER_EXCEPTION"}}]}', "invalid identifier")):
        server = run.server(lambda request, status=status, body=body: (status, {}, body))
        probe = run.probe(f"datafile={with_platform(run, server.url())}", ":segments=5000", ":close=0")
        line = probe.next("segments")
        expect(line.status == "OPT_STATUS_NETWORK" and said in line.message, line.text)
        probe.end()


@case("events for the platform outlive its outage and the process, and arrive once")
def outage(run):
    is_up = []
    server = run.server(lambda request: (202 if is_up else 503, {}, b""))
    journal = run.folder("journal")
    arguments = (f"datafile={with_platform(run, server.url())}", f"journal={journal}", "endpoint=http://127.0.0.1:1/",
                 "flush_interval=10")
    probe = run.probe(*arguments, *(f":odp=action-{number},visitor" for number in range(25)), ":pause")
    for _ in range(25):
        expect(probe.next("odp").status == "OPT_STATUS_OK", "recorded")
    run.until(lambda: server.requests, "a request")
    probe.kill()
    is_up.append(True)
    refused = len(server.requests)
    probe = run.probe(*arguments, ":pause", ":close=1000")
    run.until(lambda: sum(len(request.json()) for request in server.requests[refused:]) >= 25, "every event", 30)
    probe.go_on()
    probe.end()
    events = [event for request in server.requests[refused:] for event in request.json()]
    expect(all(len(request.json()) <= 10 for request in server.requests), "batches of at most ten")
    expect(all(request.headers.get("x-api-key") == "public" for request in server.requests), "the key")
    expect([event["action"] for event in events] == [f"action-{number}" for number in range(25)], "each once, in order")
    ids = {event["data"]["idempotence_id"] for event in events}
    expect(len(ids) == 25, "ids of their own")
    before = {event["data"]["idempotence_id"] for request in server.requests[:refused] for event in request.json()}
    expect(before and before <= ids, "the same ids as before the process died")


def needed():
    """The programs that these cases run."""
    return []
