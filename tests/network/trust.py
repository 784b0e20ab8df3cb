"""TLS and proxies: whom the client trusts, as whom it comes, by which way, and what it says where that fails."""
import os
import shutil
import ssl
import struct
import time

from certificates import Authority
from harness import case, datafile, expect
from servers import RawServer, Tinyproxy, read_request, tls_context

PAYLOAD = b"visitor"


def answer(request):
    return (200, {}, datafile("1")) if request.method == "GET" else (204, {}, b"")


def ask(run, server, *options, host="127.0.0.1", scheme="https"):
    """A client that polls the server, and posts to it one event by a datafile of its own."""
    url = f"{scheme}://{host}:{server.port}"
    return run.probe(f"datafile={run.datafile()}", "sdk_key=key123", f"datafile_url={url}/%s", f"endpoint={url}/events",
                     "timeouts=2000,4000", *options, ":refresh=10000", ":track=bought", ":flush=5000", ":stats", ":close=0")


def served(run, *arguments, **more):
    probe = ask(run, *arguments, **more)
    refreshed = probe.next("refresh")
    expect(refreshed.status == "OPT_STATUS_OK", refreshed.text)
    flushed = probe.next("flush")
    expect(flushed.status == "OPT_STATUS_OK", flushed.text)
    expect("delivered=1 pending=0" in probe.next("stats").message, "one is delivered")
    probe.end()
    return probe


def refused(run, said, *arguments, **more):
    """Nothing is sent, events are held, and what is wrong is said."""
    probe = ask(run, *arguments, **more)
    refreshed = probe.next("refresh")
    expect(refreshed.status == "OPT_STATUS_NETWORK", refreshed.text)
    expect(said in refreshed.message, f"{said!r} is not said: {refreshed.text}")
    expect(probe.next("flush").status == "OPT_STATUS_TIMEOUT", "nothing is delivered")
    stats = probe.next("stats").message
    expect("delivered=0 pending=1 state=2" in stats, f"held: {stats}")
    probe.end()
    expect(said in probe.said(), "the log says it too")


@case("a server whose authority is in the CA file is trusted, by address and by name")
def trusted(run):
    server = run.server(answer, run.certificate())
    for host in ("127.0.0.1", "localhost"):
        served(run, server, f"ca={run.authority().file}", host=host)


@case("TLS 1.2 alone is enough")
def tls_1_2(run):
    context = tls_context(run.authority().issue("old"), newest=ssl.TLSVersion.TLSv1_2)
    served(run, run.server(answer, context), f"ca={run.authority().file}")


@case("a chain with its intermediate certificate is trusted, and without it not")
def intermediate(run):
    middle = Authority(run.folder("tls"), "Middle CA", parent=run.authority())
    whole = run.server(answer, tls_context(middle.issue("whole", chain=[middle.file])))
    served(run, whole, f"ca={run.authority().file}")
    short = run.server(answer, tls_context(middle.issue("short")))
    refused(run, "intermediate certificate", short, f"ca={run.authority().file}")
    expect(not short.requests, "something was sent")


BAD = {
    "expired": ({"start": "200101000000Z", "end": "200201000000Z"}, "has expired"),
    "not yet valid": ({"start": "400101000000Z", "end": "400201000000Z"}, "not valid yet"),
    "of another host": ({"host": "DNS:elsewhere.example"}, "for another host"),
    "signed with SHA-1": ({"digest": "sha1"}, "certificate"),
}


@case("a certificate that is expired, not yet valid, of another host or of SHA-1 is refused by name, and nothing is sent")
def bad_certificates(run):
    for name, (how, said) in BAD.items():
        context = tls_context(run.authority().issue(name.replace(" ", "-"), **how), ciphers="DEFAULT@SECLEVEL=0")
        server = run.server(answer, context)
        refused(run, said, server, f"ca={run.authority().file}")
        expect(not server.requests, f"{name}: something was sent")


@case("an authority that nobody knows is refused, and the platform's certificates don't know it")
def unknown_authority(run):
    server = run.server(answer, run.certificate())
    refused(run, "nobody whom this machine trusts", server)
    other = Authority(run.folder("tls"), "Other CA")
    refused(run, "nobody whom this machine trusts", server, f"ca={other.file}")
    expect(not server.requests, "something was sent")


@case("TLS 1.1 is refused")
def tls_1_1(run):
    context = tls_context(run.authority().issue("oldest"), oldest=ssl.TLSVersion.TLSv1, newest=ssl.TLSVersion.TLSv1_1,
                          ciphers="DEFAULT@SECLEVEL=0")
    server = run.server(answer, context)
    refused(run, "no version of TLS that is safe", server, f"ca={run.authority().file}")


@case("plain text where TLS is expected is refused")
def plain_text(run):
    server = run.server(answer)
    refused(run, "something else than TLS", server, f"ca={run.authority().file}")
    expect(not server.requests, "something was sent")


@case("a server that wants a client certificate gets it, and one that gets none or another's says so")
def mutual(run):
    server = run.server(answer, tls_context(run.authority().issue("server"), client_ca=run.authority().file))
    own = run.authority().issue("client")
    served(run, server, f"ca={run.authority().file}", f"certificate={own.chain},{own.key}")
    refused(run, "client certificate", server, f"ca={run.authority().file}")
    stranger = Authority(run.folder("tls"), "Strange CA").issue("stranger")
    refused(run, "client certificate", server, f"ca={run.authority().file}", f"certificate={stranger.chain},{stranger.key}")


@case("files that can't be used are refused when the client is made, each by name")
def unusable_files(run):
    own, other = run.authority().issue("own"), run.authority().issue("another")
    for options, place in (
        ([f"ca={run.folder('files')}/none.pem"], "ca_file"),
        ([f"ca={own.key}"], "ca_file"),
        ([f"certificate={own.chain},{other.key}"], "client_certificate"),
        ([f"certificate={own.key},{own.key}"], "client_certificate"),
        ([f"certificate={own.chain},{own.chain}"], "client_certificate"),
        (["proxy=ftp://127.0.0.1:1"], "proxy"),
        (["proxy=nonsense://"], "proxy"),
        (["header=Host,elsewhere"], "header"),
    ):
        probe = run.probe(f"datafile={run.datafile()}", *options)
        made = probe.next("new")
        expect(made.status == "OPT_STATUS_INVALID_ARGUMENT" and place in made.message, f"{options}: {made.text}")
        probe.end()


@case("a handshake that stalls ends at the time-out")
def stalled(run):
    server = run.keep(RawServer(lambda connection: time.sleep(9)))
    began = time.monotonic()
    probe = run.probe(f"datafile={run.datafile()}", "sdk_key=key123", f"datafile_url=https://127.0.0.1:{server.port}/%s",
                      f"ca={run.authority().file}", "timeouts=500,1000", ":refresh=20000", ":close=0")
    expect(probe.next("refresh").status == "OPT_STATUS_NETWORK", "refused")
    expect(time.monotonic() - began < 5, "it ended in time")
    probe.end()


@case("an answer without length that is cut by a bare close counts as not received")
def bare_close(run):
    context = run.certificate()

    def talk(connection):
        with context.wrap_socket(connection, server_side=True) as tls:
            read_request(tls)
            # No close_notify follows: anybody on the way could have cut it here.
            tls.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + datafile("9"))

    server = run.keep(RawServer(talk))
    probe = run.probe(f"datafile={run.datafile()}", "sdk_key=key123", f"datafile_url=https://127.0.0.1:{server.port}/%s",
                      f"ca={run.authority().file}", ":refresh=10000", ":revision", ":close=0")
    refreshed = probe.next("refresh")
    expect(refreshed.status == "OPT_STATUS_NETWORK" and "may have been cut" in refreshed.message, refreshed.text)
    expect(probe.next("revision").message == "0", "the datafile in force stays")
    probe.end()


@case("a long chain of certificates is taken")
def long_chain(run):
    long = run.authority().issue("long", chain=[run.authority().file] * 40)
    with open(long.chain, encoding="utf-8") as text:
        expect(len(text.read()) >= 16 * 1024, "it is long")
    served(run, run.server(answer, tls_context(long)), f"ca={run.authority().file}")


@case("a clock that is wrong makes certificates look expired, and all is delivered when it is right again")
def wrong_clock(run):
    server = run.server(answer, run.certificate())
    wall = os.path.join(run.folder("files"), "wall")

    def set_clock(years):
        with open(wall, "r+b" if os.path.exists(wall) else "wb") as out:
            out.write(struct.pack("q", years * 365 * 86400 * 10**9))

    set_clock(10)
    probe = run.probe(f"datafile={run.datafile()}", f"endpoint={server.url('/events')}", f"ca={run.authority().file}",
                      ":track=bought", ":flush=3000", ":stats", ":pause", ":flush=10000", ":stats", ":close=0",
                      environment={"LD_PRELOAD": run.clock, "OPT_CLOCK_WALL": wall})
    expect(probe.next("flush").status == "OPT_STATUS_TIMEOUT", "not delivered")
    expect("pending=1 state=2" in probe.next("stats").message, "held")
    expect(not server.requests, "something was sent")
    set_clock(0)
    probe.go_on()
    expect(probe.next("flush").status == "OPT_STATUS_OK", "delivered")
    expect("delivered=1 pending=0" in probe.next("stats").message, "none is lost")
    probe.end()
    expect("has expired, or this machine's clock is wrong" in probe.said(), "it is said")


@case("requests go through a proxy that wants a password, to plain and to safe servers")
def proxied(run):
    proxy = run.keep(Tinyproxy(run.folder("tinyproxy")))
    for number, context in enumerate((None, run.certificate())):
        server = run.server(answer, context)
        served(run, server, f"ca={run.authority().file}", f"proxy={proxy.url()}", scheme=server.scheme)
        run.until(lambda least=number + 1: proxy.connects() >= least, "the proxy was used")
    server = run.server(answer, run.certificate())
    probe = ask(run, server, f"ca={run.authority().file}", f"proxy={proxy.url('wrong')}")
    refreshed = probe.next("refresh")
    expect(refreshed.status == "OPT_STATUS_NETWORK" and "user name or password" in refreshed.message, refreshed.text)
    expect("state=2" in probe.next("stats").message, "held")
    probe.end()
    expect("wrong" not in probe.said(), "the password stands in the log")


def connect_answer(head):
    def talk(connection):
        connection.recv(65536)
        connection.sendall(head)
    return talk


@case("a proxy that is gone, answers 502, hangs, talks nonsense or hangs up leads to retries, and nothing is lost")
def bad_proxies(run):
    server = run.server(answer, run.certificate())
    gone = RawServer(lambda connection: None)
    gone.stop()
    proxies = {
        "gone": gone,
        "502": run.keep(RawServer(connect_answer(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"))),
        "hangs": run.keep(RawServer(lambda connection: time.sleep(9))),
        "nonsense": run.keep(RawServer(connect_answer(b"\x00\x01\x02 nonsense\r\n\r\n"))),
        "hangs up": run.keep(RawServer(connect_answer(b""))),
        "hangs up in the tunnel": run.keep(RawServer(connect_answer(b"HTTP/1.1 200 OK\r\n\r\n"))),
    }
    for name, proxy in proxies.items():
        probe = run.probe(f"datafile={run.datafile()}", f"endpoint={server.url('/events')}", f"ca={run.authority().file}",
                          f"proxy=http://127.0.0.1:{proxy.port}", "timeouts=500,1000", ":track=bought", ":flush=2500",
                          ":stats", ":close=0")
        expect(probe.next("flush").status == "OPT_STATUS_TIMEOUT", f"{name}: not delivered")
        stats = probe.next("stats").message
        expect("delivered=0 pending=1 state=1" in stats, f"{name}: {stats}")
        probe.end()
    expect(not server.requests, "something was sent")


@case("a proxy in the environment is not used")
def environment(run):
    trap = run.keep(RawServer(lambda connection: None))
    server = run.server(answer)
    names = ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
    probe = run.probe(f"datafile={run.datafile()}", f"endpoint={server.url('/events')}", ":track=bought", ":flush=5000",
                      ":close=0", environment={name: f"http://127.0.0.1:{trap.port}" for name in names})
    expect(probe.next("flush").status == "OPT_STATUS_OK", "delivered")
    probe.end()
    expect(trap.connections == 0, "the proxy was used")


def needed():
    """The programs that these cases run."""
    return [name for name in ("tinyproxy", "openssl") if not shutil.which(name)]
