"""Rows N1 to N3, N6, N8, N9: networks that refuse, swallow, lose, crawl or cannot be found."""
import contextlib
import socket
import time

from harness.network import DnsServer, Elsewhere, FullQueue, bind_file, packet_rule, packets_of
from harness.row import Outcome, Run, need, row, sh
from harness.servers import GOOD, RawServer

# What connect says, with the words of the system for it.
ERRNOS = {"ENETDOWN": "Network is down", "EADDRNOTAVAIL": "Cannot assign requested address", "EACCES": "Permission denied",
          "EINVAL": "Invalid argument", "ETIMEDOUT": "timeout: connect", "EHOSTDOWN": "Host is down", "EPERM": "not permitted",
          "ENOBUFS": "No buffer space", "EPROTO": "Protocol error"}


def words_in_log(run, words):
    return run.log.read_text(errors="replace").lower().count(words.lower())


def ten_retries(run, driver, count=20):
    """Events tracked into trouble, which is met ten times."""
    run.track(driver, count)
    run.until(lambda: driver.stats()["retries"] >= 10, "ten attempts have failed")


def strange_connect(run, name, text):
    """connect fails with one errno, ten times."""
    need("strace")
    collector = run.collector()
    trace = run.folder / f"{name}.strace"
    driver = run.client(collector, batch=100, log=4, wrapper=[
        "strace", "-f", "-q", "-o", str(trace), "-e", "trace=connect", "-e", f"inject=connect:error={name}:when=1..10"])
    before = words_in_log(run, text)
    run.track(driver, 20)
    run.drained(driver)
    fired = trace.read_text().count("(INJECTED)")
    run.expect(fired == 10, f"{name} fired {fired} times")
    run.expect(words_in_log(run, text) > before, f"no log says {text!r}")
    run.equal(driver.stats()["retries"], 10, f"retries after {name}")
    run.balanced(collector)
    driver.must("close", ms=5000)
    driver.end()
    for path in run.books.iterdir():
        path.unlink()
    return fired


@row("N1", "refused; unreachable, prohibited, EINVAL net; nobody's address; no ports; nine errnos of connect",
     "no listener, `ip route`, port range, strace", apart=True)
def refused(run):
    fired = 0
    server = RawServer(lambda _n, _b: GOOD, address="0.0.0.0")
    run.cleanup.callback(server.stop)
    closed = socket.create_server(("127.0.0.1", 0))
    port = closed.getsockname()[1]
    closed.close()
    kinds = {"unreachable": "route to host", "prohibit": "ermission denied", "blackhole": "nvalid argument"}
    driver = run.client(f"http://127.0.0.1:{port}/v1/events", batch=100, log=4)
    ten_retries(run, driver)
    closed = RawServer(lambda _n, _b: GOOD, port=port)
    run.cleanup.callback(closed.stop)
    run.drained(driver)
    fired += driver.stats()["retries"]
    for kind, text in kinds.items():
        sh("ip", "route", "add", kind, "10.9.9.9/32")
        run.open(driver, f"http://10.9.9.9:{server.port}/v1/events", batch=100, log=4)
        ten_retries(run, driver)
        run.expect(words_in_log(run, text) > 0, f"no log says {text!r} of a route that is {kind}")
        sh("ip", "route", "del", kind, "10.9.9.9/32")
        sh("ip", "addr", "add", "10.9.9.9/32", "dev", "lo")
        run.drained(driver)
        sh("ip", "addr", "del", "10.9.9.9/32", "dev", "lo")
        fired += driver.stats()["retries"]
    fired += no_ports(run, server)
    run.balanced(server, closed)
    for path in run.books.iterdir():
        path.unlink()
    fired += sum(strange_connect(run, *one) for one in list(ERRNOS.items())[:run.times(3, len(ERRNOS))])
    return Outcome(fired, f"0 lost in {len(kinds) + 2} kinds and {run.times(3, len(ERRNOS))} errnos; {bound(run)}")


def no_ports(run, server):
    """All ten ports of the range are taken."""
    sh("sysctl", "-q", "-w", "net.ipv4.ip_local_port_range=40000 40009")
    taken = []
    with contextlib.suppress(OSError):
        while True:
            taken.append(socket.create_connection(("127.0.0.1", server.port), timeout=2))
    driver = run.client(f"http://127.0.0.1:{server.port}/v1/events", batch=100, log=4)
    ten_retries(run, driver)
    run.expect(words_in_log(run, "assign requested address") > 0, "no log says that there is no port")
    for one in taken:
        one.close()
    sh("sysctl", "-q", "-w", "net.ipv4.ip_local_port_range=32768 60999")
    run.drained(driver)
    return driver.stats()["retries"]


def bound(run):
    """Ten minutes of refusal on a fast clock: how many posts a minute."""
    driver = run.client("http://127.0.0.1:1/", environment={
        "LD_PRELOAD": str(run.shims / "clock.so"), "OPT_CLOCK_RATE": "200"}, retry="200,60000")
    run.track(driver, 1, prefix="never")
    begin = driver.must("self")["now_ms"]
    driver.must("sleep", ms=600000)
    minutes = (driver.must("self")["now_ms"] - begin) / 60000
    posts = driver.stats()["posts"]
    # Doubling from 200 ms to a minute takes nine attempts; then they are half a minute apart on average.
    Run.expect(posts <= 9 + 4 * minutes, f"{posts} posts in {minutes:.0f} minutes of refusal")
    driver.kill()
    return f"{posts} posts in {minutes:.0f} min with the default delays"


@row("N2", "SYN swallowed", "iptables DROP; full accept queue", apart=True)
def swallowed(run):
    limit, fired, worst = 500, 0, 0
    full = FullQueue()
    run.cleanup.callback(full.stop)
    server = RawServer(lambda _n, _b: GOOD)
    run.cleanup.callback(server.stop)

    def one_timeout(url):
        driver = run.client(url, batch=10, timeouts=f"{limit},10000", log=4)
        begin = time.monotonic()
        run.track(driver, 1, prefix=run.prefix("gone"))
        run.until(lambda: driver.stats()["retries"] > 0, "connect times out")
        took = (time.monotonic() - begin) * 1000
        run.expect(limit - 100 <= took <= limit + 150, f"connect took {took:.0f} ms of {limit}")
        return driver, took

    for _ in range(run.times(2, 10)):
        driver, took = one_timeout(full.url)
        driver.kill()
        fired, worst = fired + 1, max(worst, took)
    for path in run.books.iterdir():
        path.unlink()
    rule = ("INPUT", "-p", "tcp", "--dport", str(server.port), "--syn", "-j", "DROP")
    with packet_rule(*rule):
        driver, took = one_timeout(server.url)
        fired += packets_of("INPUT")
        worst = max(worst, took)
    run.drained(driver)
    run.balanced(server)
    return Outcome(fired, f"connect given up after at most {worst:.0f} ms of {limit} ms; healed: 0 lost")


@row("N3", "black hole after the handshake; cable pulled; server stopped", "iptables DROP mid-way; veth down; SIGSTOP", apart=True)
def black_hole(run):
    total, fired, figures = 1000, 0, {}

    def one(name, driver, begin_trouble, end_trouble, server):
        run.track(driver, 10)
        run.drained(driver)
        begin_trouble()
        begin = time.monotonic()
        before = driver.stats()["retries"]
        run.track(driver, 10)
        run.until(lambda: driver.stats()["retries"] > before, f"{name}: the request ends")
        figures[name] = (time.monotonic() - begin) * 1000
        run.expect(figures[name] <= total + 200, f"{name}: a request took {figures[name]:.0f} ms of {total}")
        end_trouble()
        run.drained(driver)
        run.balanced(server)
        driver.kill()
        for path in run.books.iterdir():
            path.unlink()

    words = {"batch": 10, "timeouts": f"{total},{total}", "retry": "50,200"}
    collector = run.collector()
    rule = ["INPUT", "-p", "tcp", "--dport", str(collector.port), "-j", "DROP"]
    dropped = []

    def stop_dropping():
        dropped.append(packets_of("INPUT"))
        sh("iptables", "-D", *rule)

    one("black hole", run.client(collector, **words), lambda: sh("iptables", "-A", *rule), stop_dropping, collector)
    run.expect(dropped[0] > 0, "no packet was dropped")
    stopped = run.collector()
    one("stopped server", run.client(stopped, **words), lambda: stopped.process.send_signal(19),
        lambda: stopped.process.send_signal(18), stopped)
    elsewhere = Elsewhere()
    server = elsewhere.do(lambda: RawServer(lambda _n, _b: GOOD, address="0.0.0.0"))
    run.cleanup.callback(server.stop)
    url = f"http://{Elsewhere.ADDRESS}:{server.port}/v1/events"
    one("cable pulled", run.client(url, **words), elsewhere.pull, elsewhere.plug, server)
    fired += dropped[0] + 2
    return Outcome(fired, ", ".join(f"{name} {took:.0f} ms" for name, took in figures.items()) + f" of {total} ms; 0 lost")


@row("N6", "20 % packet loss; 64 kbit/s", "iptables statistic; tc tbf", apart=True)
def lossy(run):
    need("tc")
    collector = run.collector()
    count = run.times(2000, 10000)
    rules = [(chain, "-p", "tcp", f"--{side}", str(collector.port), "-m", "statistic", "--mode", "random", "--probability",
              "0.2", "-j", "DROP") for chain, side in (("INPUT", "dport"), ("OUTPUT", "sport"))]
    with contextlib.ExitStack() as stack:
        for rule in rules:
            stack.enter_context(packet_rule(*rule))
        driver = run.client(collector, batch=100, timeouts="20000,60000")
        run.track(driver, count, threads=2, rate=run.times(2000, 500))
        loss_ms = run.drained(driver, ms=300000)
        fired = packets_of("INPUT") + packets_of("OUTPUT")
    run.balanced(collector)
    lossy_connections = collector.stats()["connections"]
    run.expect(lossy_connections <= 1 + driver.stats()["retries"], f"{lossy_connections} connections")
    driver.kill()
    sh("ip", "link", "set", "lo", "mtu", "1500")
    sh("tc", "qdisc", "add", "dev", "lo", "root", "tbf", "rate", "64kbit", "burst", "1600", "latency", "2000ms")
    driver = run.client(collector, batch=100, timeouts="20000,60000")
    run.track(driver, run.times(100, 1000))
    slow_ms = run.drained(driver, ms=600000)
    sh("tc", "qdisc", "del", "dev", "lo", "root")
    run.balanced(collector)
    run.expect(slow_ms > 1000, f"{slow_ms} ms are no 64 kbit/s")
    return Outcome(fired, f"0 lost of {count}, {loss_ms} ms at 20 % loss over {lossy_connections} connections; "
                          f"{slow_ms} ms for {run.times(100, 1000)} at 64 kbit/s")


@row("N8", "DNS: SERVFAIL, NXDOMAIN, dropped, empty, garbage, 100 addresses, changed address, no server, odd names",
     "own server on port 53", apart=True)
def names(run):
    collector = run.collector()
    dns = DnsServer(run.folder, "servfail")
    run.cleanup.callback(dns.stop)
    url = f"http://collector.test:{collector.port}/v1/events"
    fired, worst = 0, -1000
    for behaviour in ("servfail", "nxdomain", "empty", "drop", "garbage"):
        dns.behaviour, before = behaviour, dns.queries
        driver = run.client(url, batch=10, retry="50,200")
        run.track(driver, 10)
        run.until(lambda: dns.queries > before, f"a query meets {behaviour}")
        worst = max(worst, run.in_time(driver.call("flush", ms=200), 200, f"flush with DNS that says {behaviour}"))
        if behaviour != "drop":
            run.until(lambda: driver.stats()["retries"] > 0, f"a look-up fails by {behaviour}")
        fired += dns.queries - before
        dns.behaviour = ["127.0.0.1"]
        run.drained(driver)
        driver.must("close", ms=5000)
        driver.end()
    dns.behaviour = [f"127.1.0.{number}" for number in range(1, 100)] + ["127.0.0.1"]
    # The first sixteen of them are where nobody listens: the next attempt has another order, or the address has changed.
    driver = run.client(url, batch=10, retry="50,200")
    run.track(driver, 10)
    run.until(lambda: driver.stats()["retries"] > 0, "many addresses where nobody listens")
    dns.behaviour = ["127.0.0.1"]
    run.drained(driver)
    driver.kill()
    dns.behaviour = "drop"
    driver = run.client(url, batch=10)
    before = dns.queries
    run.track(driver, 1, prefix="never")
    run.until(lambda: dns.queries > before, "a query is dropped")
    worst = max(worst, run.in_time(driver.call("close", ms=100), 100, "close while a query is dropped"))
    driver.kill()
    (run.books / "never-0.books").unlink()
    odd = run.driver()
    for name in ("a" * 300, "a." * 120 + "test", "a%00b", "-", "xn--a"):
        answer = odd.call("open", endpoint=f"http://{name}:80/", interval=10)
        if answer["status"] == "OPT_STATUS_OK":
            odd.call("track", count=1, prefix="odd")
            odd.call("flush", ms=50)
            run.in_time(odd.call("close", ms=50), 50, f"close with the name {name:.20}")
        fired += 1
    (run.books / "odd-0.books").unlink(missing_ok=True)
    run.balanced(collector)
    return Outcome(fired, f"0 lost; flush and close at most {worst} ms after their time; address looked up anew")


@row("N9", "IPv6 first but dead", "/etc/hosts: ::1 without a listener before 127.0.0.1", apart=True)
def dead_ipv6(run):
    collector = run.collector()
    bind_file("/etc/hosts", "::1 collector.test\n127.0.0.1 collector.test\n", run.folder)
    url = f"http://collector.test:{collector.port}/v1/events"
    first = socket.getaddrinfo("collector.test", collector.port, type=socket.SOCK_STREAM)[0][4][0]
    run.equal(first, "::1", "the system's first address")
    driver = run.client(url, batch=1, interval=1)
    run.track(driver, 1)
    took = run.drained(driver)
    run.equal(driver.stats()["retries"], 0, "retries")
    # And where packets to it vanish instead of being refused.
    with contextlib.ExitStack() as stack:
        sh("ip6tables", "-A", "INPUT", "-p", "tcp", "--dport", str(collector.port), "-j", "DROP")
        stack.callback(sh, "ip6tables", "-D", "INPUT", "-p", "tcp", "--dport", str(collector.port), "-j", "DROP")
        silent = run.client(url, batch=1, interval=1, timeouts="2000,10000")
        run.track(silent, 1)
        swallowed = run.drained(silent)
    run.balanced(collector)
    run.expect(took <= 1000, f"{took} ms to fall back to IPv4")
    return Outcome(2, f"IPv4 after {took} ms where ::1 refuses, {swallowed} ms where it swallows")
