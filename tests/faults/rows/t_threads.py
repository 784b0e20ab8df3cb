"""Rows T1 to T6, T8, T10 to T12: forks, threads, signals, rights."""
import signal
import subprocess
import time

from harness.cgroup import Group
from harness.row import Outcome, need, row

UNWATCHED = {"OPT_DRIVE_UNWATCHED": "1"}


@row("T1", "fork while 8 threads track, child tracks, both go on", "fork")
def fork_storm(run):
    collector = run.collector()
    forks = run.times(60, 1000)
    driver = run.client(collector, batch=50)
    driver.must("traffic", threads=8, rate=8000, prefix=run.prefix())
    answer = driver.must("children", timeout=3000, count=forks, events=5, at_once=4, limit_ms=30000)
    tracked = driver.must("halt")
    run.drained(driver)
    run.equal((answer["failed"], answer["hung"]), (0, 0), "children that failed, and that hung")
    balance = run.balanced(collector)
    run.equal(balance.repeats, 0, "events sent twice")
    return Outcome(forks, f"{forks} forks, 0 hung; {balance}, {tracked['accepted']} of them the parent's")


@row("T2", "fork, child only exits, _exits, execs; vfork; posix_spawn; grandchild", "C program")
def idle_children(run):
    collector = run.collector()
    driver = run.client(collector, batch=1000, interval=3600000)
    run.track(driver, 500)
    fired = 0
    for action in ("exit", "_exit", "exec", "vfork", "spawn"):
        answer = driver.must("children", timeout=600, action=action, count=run.times(10, 200), limit_ms=20000)
        run.equal((answer["failed"], answer["hung"]), (0, 0), f"children by {action} that failed, and that hung")
        fired += answer["forked"]
    run.equal(collector.stats()["posts"], 0, "posts from children")
    answer = driver.must("children", timeout=600, action="double", count=run.times(3, 50), events=5, limit_ms=30000)
    run.equal((answer["failed"], answer["hung"]), (0, 0), "grandchildren that failed, and that hung")
    fired += answer["forked"]
    run.equal(driver.must("flush", ms=20000)["left"], 0, "left")
    balance = run.balanced(collector)
    run.equal(balance.repeats, 0, "events sent twice")
    return Outcome(fired, "0 posts from children that do nothing; the parent's 500 and the grandchildren's arrived once")


@row("T3", "client made before 8 workers fork", "fork")
def prefork(run):
    collector = run.collector()
    driver = run.driver()
    fired, events = 0, run.times(500, 20000)
    for tracks_before in (False, True):
        run.open(driver, collector, batch=100)
        if tracks_before:
            run.track(driver, 100)
            run.drained(driver)
        answer = driver.must("children", timeout=600, count=8, events=events, at_once=8, limit_ms=60000)
        run.equal((answer["failed"], answer["hung"]), (0, 0), "workers that failed, and that hung")
        fired += 8
        driver.must("close", ms=10000)
        driver.must("free")
    balance = run.balanced(collector)
    return Outcome(fired, f"0 equal uuids of {balance.received}; {balance}")


@row("T4", "thread creation fails: at first, for ever; healed by the next event, by flush", "strace clone3 EAGAIN; pids cgroup")
def no_threads(run):
    need("strace")
    collector = run.collector()
    trace = run.folder / "clone.strace"

    def client(when):
        return run.client(collector, batch=10, environment=UNWATCHED, log=2, wrapper=[
            "strace", "-f", "-q", "-o", str(trace), "-e", "trace=clone,clone3",
            "-e", f"inject=clone3:error=EAGAIN:when={when}", "-e", f"inject=clone:error=EAGAIN:when={when}"])

    driver = client("1..5")
    run.track(driver, 20, threads=0)
    run.drained(driver)
    fired = trace.read_text().count("(INJECTED)")
    driver.must("close", ms=5000)
    driver.end()
    driver = client("1+")
    run.track(driver, 20, threads=0)
    stats = driver.stats()
    run.equal((stats["pending"], stats["threads"]), (20, 0), "pending, and threads")
    # Who waits may deliver what waits; nobody waits longer than was said.
    late = run.in_time(driver.call("flush", ms=200), 200, "flush without a thread")
    answer = driver.call("close", ms=200)
    late = max(late, run.in_time(answer, 200, "close without a thread"))
    stats = driver.stats()
    run.equal((stats["delivered"] + answer["left"], stats["threads"]), (20, 0), "delivered and left, and threads")
    driver.end()
    fired += trace.read_text().count("(INJECTED)")
    if answer["left"]:
        # Those of the second program went with its memory.
        (run.books / "v2-0.books").unlink()
    fired += group_of_few(run, collector)
    run.balanced(collector)
    return Outcome(fired, f"0 refused, 0 lost once a thread could be had; close {late} ms from its deadline without one")


def group_of_few(run, collector):
    """The same by a limit of the system's, which goes away: a flush starts the thread that no event could."""
    group = Group("pids")
    run.cleanup.callback(group.stop)
    driver = run.client(collector, batch=10, environment=UNWATCHED)
    group.add(driver.pid)
    group.set(1)
    run.track(driver, 20, threads=0)
    run.equal(driver.stats()["threads"], 0, "threads under the limit")
    group.set("max")
    run.equal(driver.must("flush", ms=10000)["left"], 0, "left by a flush once threads can be had")
    driver.must("close", ms=5000)
    driver.end()
    return 20


@row("T5", "signals every ms at every thread, with SA_RESTART and without", "tgkill from a thread of the host")
def signal_storm(run):
    collector = run.collector()
    driver = run.client(collector, batch=50)
    seconds, fired, count = run.times(2, 60), 0, 0
    for words in ({"restart": 1}, {}):
        driver.must("storm", **words)
        answer = run.track(driver, 4000 * seconds, threads=8, rate=4000)
        run.drained(driver)
        storm = driver.must("calm")
        fired += storm["seen"]
        count += answer["accepted"]
        run.equal(storm["on_worker"], 0, "handlers of the host that ran on a thread of the library")
    run.balanced(collector)
    run.equal(driver.stats()["retries"], 0, "retries")
    return Outcome(fired, f"0 lost of {count} in {2 * seconds} s; no handler ran on our threads")


@row("T6", "SIGPIPE, SIGXFSZ, SIGURG, SIGALRM at their defaults", "resets; dispositions and masks read before and after")
def dispositions(run):
    collector = run.collector()
    driver = run.driver()
    before = driver.must("signals")
    run.open(driver, collector, batch=1)
    collector.faults({"kind": "drop_before", "probability": 0.3}, {"kind": "drop_after", "probability": 0.3})
    run.track(driver, run.times(200, 5000))
    run.drained(driver)
    during = driver.must("signals")
    driver.must("close", ms=5000)
    driver.must("free")
    after = driver.must("signals")
    run.equal((during, after), (before, before), "masks and dispositions")
    # The system's own view of the whole process agrees.
    status = {line.split(":")[0]: line.split(":")[1].strip() for line in open(f"/proc/{driver.pid}/status")
              if line.startswith(("SigIgn", "SigCgt"))}
    caught = int(status["SigCgt"], 16)
    run.expect(not caught & (1 << signal.SIGPIPE - 1), "SIGPIPE is caught")
    run.balanced(collector)
    fired = collector.fired("drop_before") + collector.fired("drop_after")
    return Outcome(fired, "masks and dispositions equal before, during and after; 0 signals")


@row("T8", "stack of 16 to 64 KiB on the calling thread", "pthread attr, painted")
def small_stacks(run):
    collector = run.collector()
    driver = run.client(collector, batch=10)
    used = {}
    for kib in (64, 32):
        for call in ("track", "decide", "activate", "stats"):
            for _ in range(run.times(3, 100)):
                answer = driver.must("stack", kib=kib, call=call)
                used[call] = max(used.get(call, 0), answer["used_bytes"])
    run.drained(driver)
    run.expect(max(used.values()) <= 16 * 1024, f"bytes of stack: {used}")
    return Outcome(2 * 4 * run.times(3, 100), ", ".join(f"{call} {most} bytes" for call, most in used.items()))


@row("T10", "1 % of a processor; 200 busy threads", "cpu cgroup")
def starved(run):
    collector = run.collector()
    driver = run.client(collector, batch=100)
    group = Group("quota")
    run.cleanup.callback(group.stop)
    count = run.times(3000, 20000)
    normal = run.track(driver, count, rate=run.times(3000, 1000))
    group.add(driver.pid)
    group.set(1000 if group.is_second else 1000)
    begin = time.monotonic()
    quota = run.track(driver, count // 3, rate=run.times(500, 200))
    run.drained(driver, ms=120000)
    starved_seconds = time.monotonic() - begin
    group.set(50000)
    driver.must("busy", threads=200, ms=run.times(2000, 20000))
    busy = run.track(driver, count, rate=run.times(3000, 1000), threads=1)
    run.drained(driver, ms=120000)
    group.set("max" if group.is_second else -1)
    run.balanced(collector)
    most = 10 * max(normal["p99_ns"], 1000)
    run.expect(quota["p99_ns"] <= most and busy["p99_ns"] <= most,
               f"p99 of track: {normal['p99_ns']} ns, {quota['p99_ns']} ns at 1 %, {busy['p99_ns']} ns beside 200 threads")
    return Outcome(2, f"p99 of track {normal['p99_ns']} ns, at 1 % {quota['p99_ns']} ns, beside 200 busy threads "
                      f"{busy['p99_ns']} ns; {count // 3} delivered in {starved_seconds:.1f} s at 1 %")


@row("T11", "track from the destructor of thread-specific data", "threads that end, 10 at a time")
def ending_threads(run):
    collector = run.collector()
    driver = run.client(collector, batch=50)
    count = run.times(100, 5000)
    answer = driver.must("ending", count=count, timeout=600)
    run.drained(driver)
    run.equal(answer["accepted"], 3 * count, "events accepted")
    run.equal(collector.stats()["unique"], 3 * count, "events received")
    return Outcome(count, f"0 crashes, {3 * count} events from {count} threads delivered")


@row("T12", "setuid, setgid, chroot, chdir after open; openat, socket, getrandom forbidden", "C program; strace EPERM")
def rights(run):
    need("strace")
    collector = run.collector()
    root = run.make_folder("root")
    driver = run.client(collector, batch=10)
    driver.must("traffic", count=run.times(500, 5000), rate=1000, prefix=run.prefix())
    driver.must("become", root=root, uid=65534)
    answer = driver.must("join")
    run.equal(answer["refused"], {}, "refusals after rights were given up")
    run.drained(driver)
    driver.kill()
    fired = 2
    for call in ("openat", "socket", "getrandom"):
        trace = run.folder / f"{call}.strace"
        # What is called before `main` is left alone: the injection begins when a file says so.
        driver = run.client(collector, batch=10, log=2, environment=UNWATCHED)
        driver.must("traffic", count=300, rate=3000, prefix=run.prefix())
        tracer = attach(run, driver.pid, call, trace)
        time.sleep(0.2)
        answer = driver.must("join")
        refused = 300 - answer["accepted"]
        run.expect(refused == 0 or answer["message"], f"{refused} refused without a word when {call} is forbidden")
        if call == "socket":
            run.track(driver, 20)
        tracer.terminate()
        tracer.wait()
        fired += trace.read_text().count("(INJECTED)")
        run.drained(driver)
        run.expect(driver.process.poll() is None, "the program is alive")
        driver.must("close", ms=5000)
        driver.end()
    run.balanced(collector)
    return Outcome(fired, "host alive, 0 lost of what was accepted")


def attach(run, pid, call, trace):
    """Forbids a system call to a running program."""
    tracer = subprocess.Popen(["strace", "-f", "-q", "-o", str(trace), "-p", str(pid), "-e", f"trace={call}",
                               "-e", f"inject={call}:error=EPERM"], stderr=subprocess.DEVNULL)
    run.cleanup.callback(tracer.wait)
    run.cleanup.callback(tracer.terminate)
    time.sleep(0.1)
    return tracer
