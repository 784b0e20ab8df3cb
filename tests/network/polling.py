"""Datafiles over HTTP: nginx, and servers that lie."""
import gzip
import os
import shutil
import time

from harness import case, datafile, expect
from servers import Nginx, RawServer, Server, read_request

GOOD = ("log_level=4", "endpoint=http://127.0.0.1:1/", "interval=100")


@case("a datafile of nginx is had by its SDK key, again and again, and 304 costs no body")
def nginx(run):
    files = run.folder("files")
    with open(os.path.join(files, "key123.json"), "wb") as out:
        out.write(datafile("1"))
    server = run.keep(Nginx(run.folder("nginx"), files))
    probe = run.probe("sdk_key=key123", f"datafile_url={server.url('/%s.json')}", *GOOD, ":ready=10000", ":revision",
                      ":decide=flag", ":pause", ":refresh=10000", ":revision", ":decide=flag", ":close=1000")
    expect(probe.next("ready").status == "OPT_STATUS_OK", "ready")
    expect(probe.next("revision").message == "1", "the first revision")
    expect(probe.next("decide").message == "revision-1", "decided by it")
    run.until(lambda: server.statuses().count("304") >= 3, "answers of 304")
    with open(os.path.join(files, "new.json"), "wb") as out:
        # Of another size: nginx tells files of one second apart by nothing else.
        out.write(datafile("20"))
    os.replace(os.path.join(files, "new.json"), os.path.join(files, "key123.json"))
    probe.go_on()
    expect(probe.next("refresh").status == "OPT_STATUS_OK", "refreshed")
    expect(probe.next("revision").message == "20", "the second revision")
    expect(probe.next("decide").message == "revision-20", "decided by it")
    probe.end()
    expect("key123" not in probe.said(), "the SDK key stands in the log")


@case("without network a client decides by the datafile that was kept")
def kept(run):
    server = run.server(lambda request: (200, {}, datafile("4")))
    journal = run.folder("journal")
    arguments = ("sdk_key=key123", f"datafile_url={server.url('/%s.json')}", f"journal={journal}", *GOOD)
    run.probe(*arguments, ":ready=10000", ":close=1000").end()
    server.stop()
    probe = run.probe(*arguments, ":ready=0", ":revision", ":refresh=5000", ":close=1000")
    expect(probe.next("ready").status == "OPT_STATUS_OK", "ready at once")
    expect(probe.next("revision").message == "4", "the revision that was kept")
    refreshed = probe.next("refresh")
    expect(refreshed.status == "OPT_STATUS_NETWORK", refreshed.text)
    probe.end()
    other = run.probe("sdk_key=other", f"datafile_url={server.url('/%s.json')}", f"journal={journal}", *GOOD, ":ready=50")
    expect(other.next("ready").status == "OPT_STATUS_TIMEOUT", "another key's datafile is not used")
    other.end()


@case("a token goes to the host that is asked and to no other that it redirects to, and is never logged")
def token(run):
    other = run.server(lambda request: (200, {}, datafile("8")))
    server = run.server(lambda request: (302, {"Location": other.url("/elsewhere", host="localhost")}, b""))
    probe = run.probe("sdk_key=key123", "token=SECRET-TOKEN", "header=X-Gateway,SECRET-HEADER",
                      f"datafile_url={server.url('/%s.json')}", *GOOD, ":ready=10000", ":revision", ":close=1000")
    expect(probe.next("ready").status == "OPT_STATUS_OK", "ready")
    probe.end()
    asked, led = server.requests[0].headers, other.requests[0].headers
    expect(asked.get("authorization") == "Bearer SECRET-TOKEN", f"{asked}")
    expect(asked.get("x-gateway") == "SECRET-HEADER", f"{asked}")
    expect("authorization" not in led and "x-gateway" not in led, f"{led}")
    for secret in ("SECRET", "key123"):
        expect(secret not in probe.said(), f"{secret} stands in the log")


def endless(connection):
    read_request(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        connection.sendall(b"10000\r\n" + b" " * 65536 + b"\r\n")


def slow(connection):
    read_request(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        connection.sendall(b" ")
        time.sleep(0.05)


def answer(head, body=b""):
    def talk(connection):
        read_request(connection)
        connection.sendall(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)
    return talk


WHOLE = datafile("9")
LIES = {
    "HTML": (answer("HTTP/1.1 200 OK\nContent-Length: 20", b"<html>Sign in</html>"), "INVALID_DATAFILE"),
    "a cut body": (answer(f"HTTP/1.1 200 OK\nContent-Length: {len(WHOLE)}", WHOLE[:100]), "NETWORK"),
    "a body that is cut where JSON could end": (answer("HTTP/1.1 200 OK\nContent-Length: 400", b'{"version":"4"}'), "NETWORK"),
    "gzip that nobody asked for": (answer("HTTP/1.1 200 OK\nContent-Encoding: gzip\nContent-Length: 60", gzip.compress(WHOLE)[:60]), "NETWORK"),
    "an endless body": (endless, "NETWORK"),
    "a byte now and then": (slow, "NETWORK"),
    "a redirect in a circle": (answer("HTTP/1.1 302 Found\nLocation: /again\nContent-Length: 0"), "NETWORK"),
    "a redirect to a file": (answer("HTTP/1.1 302 Found\nLocation: file:///etc/passwd\nContent-Length: 0"), "NETWORK"),
    "a redirect to nowhere": (answer("HTTP/1.1 302 Found\nContent-Length: 0"), "NETWORK"),
    "404": (answer("HTTP/1.1 404 Not Found\nContent-Length: 2", b"{}"), "NETWORK"),
    "403": (answer("HTTP/1.1 403 Forbidden\nContent-Length: 2", b"{}"), "NETWORK"),
    "304 out of the blue": (answer("HTTP/1.1 304 Not Modified"), "NETWORK"),
    "another kind of JSON": (answer("HTTP/1.1 200 OK\nContent-Length: 2", b"[]"), "INVALID_DATAFILE"),
    "an unknown version": (answer("HTTP/1.1 200 OK\nContent-Length: 15", b'{"version":"7"}'), "INVALID_DATAFILE"),
    "garbage": (lambda connection: connection.sendall(os.urandom(512)), "NETWORK"),
    "silence": (lambda connection: time.sleep(10), "NETWORK"),
    "a head without end": (answer("HTTP/1.1 200 OK\n" + "X: y\n" * 100_000), "NETWORK"),
}


@case("a server that lies never replaces a good datafile, within bounded time and memory")
def lies(run):
    text = os.path.join(run.folder("files"), "datafile.json")
    with open(text, "wb") as out:
        out.write(datafile("5"))
    for name, (talk, status) in LIES.items():
        server = run.keep(RawServer(talk))
        began = time.monotonic()
        probe = run.probe(f"datafile={text}", "sdk_key=key123", f"datafile_url={server.url('/%s.json')}", "log_level=1",
                          "endpoint=http://127.0.0.1:1/", ":refresh=20000", ":revision", ":decide=flag", ":pause", ":close=1000")
        refreshed = probe.next("refresh")
        took = time.monotonic() - began
        expect(refreshed.status == f"OPT_STATUS_{status}", f"{name}: {refreshed.text}")
        expect(took < 12, f"{name}: {took:.1f} s")
        expect(probe.next("revision").message == "5", f"{name}: the revision")
        expect(probe.next("decide").message == "revision-5", f"{name}: the decision")
        with open(f"/proc/{probe.process.pid}/status", encoding="ascii") as status_file:
            peak = next(int(line.split()[1]) for line in status_file if line.startswith("VmHWM"))
        expect(peak < 200 * 1024, f"{name}: {peak} KiB of memory")
        expect(server.connections > 0, f"{name}: nobody asked")
        probe.go_on()
        probe.end()
        server.stop()


@case("an older revision never replaces a newer one, and the log says so")
def older(run):
    server = run.server(lambda request: (200, {}, datafile("6")))
    text = os.path.join(run.folder("files"), "datafile.json")
    with open(text, "wb") as out:
        out.write(datafile("7"))
    probe = run.probe(f"datafile={text}", "sdk_key=key123", f"datafile_url={server.url('/%s.json')}", ":refresh=10000", ":revision",
                      ":close=1000")
    expect(probe.next("refresh").status == "OPT_STATUS_OK", "the server has answered")
    expect(probe.next("revision").message == "7", "the newer one stays")
    probe.end()
    expect("older than" in probe.said(), "it is said")


@case("a redirect from https to http is not followed")
def downgrade(run):
    plain = run.server(lambda request: (200, {}, datafile("6")))
    server = run.server(lambda request: (302, {"Location": plain.url("/x")}, b""), run.certificate())
    probe = run.probe("sdk_key=key123", f"datafile_url={server.url('/%s')}", f"ca={run.authority().file}", *GOOD,
                      ":refresh=10000", ":close=1000")
    refreshed = probe.next("refresh")
    expect(refreshed.status == "OPT_STATUS_NETWORK" and "https to http" in refreshed.message, refreshed.text)
    probe.end()
    expect(not plain.requests, "the plain server was asked")


@case("a suspended client asks for nothing and sends nothing until it is resumed")
def suspended(run):
    server = run.server(lambda request: (200, {}, datafile("1")) if request.method == "GET" else (204, {}, b""))
    probe = run.probe("sdk_key=key123", f"datafile_url={server.url('/%s')}", f"endpoint={server.url('/events')}",
                      "interval=100", "flush_interval=50", ":ready=10000", ":suspend=5000", ":track=bought", ":pause",
                      ":resume", ":flush=5000", ":stats", ":pause", ":close=1000")
    expect(probe.next("suspend").status == "OPT_STATUS_OK", "suspended")
    expect(probe.next("track").status == "OPT_STATUS_OK", "tracked")
    # A request may have been on its way when it was suspended.
    time.sleep(0.3)
    before = len(server.requests)
    time.sleep(1)
    expect(len(server.requests) == before, "it asked")
    probe.go_on()
    expect(probe.next("flush").status == "OPT_STATUS_OK", "flushed")
    expect("delivered=1 " in probe.next("stats").message, "delivered")
    run.until(lambda: sum(request.method == "GET" for request in server.requests[before:]) > 0, "it polls again")
    probe.go_on()
    probe.end()


def needed():
    """The programs that these cases run."""
    return [name for name in ("nginx", "openssl") if not shutil.which(name)]
