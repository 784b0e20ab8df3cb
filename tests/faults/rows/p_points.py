"""Rows P4 and P11: death at every system call, and loss of power at any moment."""
import random
import re
import time

from harness import books
from harness.disk import KINDS, LoopDisk
from harness.driver import Died
from harness.journal import forget, journal_client, recover
from harness.row import Outcome, need, row

OUTAGE = {"kind": "status", "status": 503}
# All that touches files: appending, rotating, acknowledging, deleting, adopting, dead-lettering.
CALLS = ("pwrite64", "write", "fallocate", "openat", "open", "rename", "unlink", "rmdir", "mkdir", "fdatasync", "fsync", "flock",
         "pread64", "close", "ftruncate", "mmap")


def life(run, driver, collector, root, kind, number):
    """One short life in which everything happens once: adoption, appending, rotation, delivery, a dead letter, an end."""
    run.open(driver, collector, journal=root, kind=kind, interval=3600000, batch=20, durability=1)
    driver.must("track", count=60, threads=0, bytes=1500, prefix=f"a{number}")
    driver.must("flush", ms=20000)
    driver.must("track", count=30, threads=0, bytes=100, prefix=f"b{number}")
    driver.must("close", ms=20000)
    driver.must("free")


@row("P4", "kill at every system call that touches files", "strace, SIGKILL at the n-th, n = 1 … until none fires")
def every_call(run):
    need("strace")
    collector = run.collector()
    points, number = 0, 0
    step = run.times(7, 1)
    calls = run.times(("pwrite64", "rename", "unlink", "fallocate"), CALLS)
    for name, kind in KINDS.items():
        root = run.folder / f"journal-{name}"
        for call in calls:
            nth = 1
            while True:
                number += 1
                # What the one before has left is there to be adopted; one event is refused for good.
                collector.faults({"kind": "poison", "visitor": [f"a{number}-0-3"]})
                driver = run.driver(environment={"OPT_DRIVE_UNWATCHED": "1"}, wrapper=[
                    "strace", "-f", "-q", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:signal=SIGKILL:when={nth}"])
                try:
                    life(run, driver, collector, root, kind, number)
                    driver.end()
                    break
                except Died as death:
                    run.expect(death.code is not None and death.code != 3, f"{call} {nth}: {death}")
                    points += 1
                    driver.kill()
                nth += step
        collector.faults()
        recover(run, collector, root, kind)
    letters = sum(len(path.read_text().splitlines()) for path in run.folder.glob("journal-*/dead-letters/*.jsonl"))
    poison = {visitor for visitor in visitors_of(run) if re.fullmatch(r"a\d+-0-3", visitor)}
    # Whose life ended before it was refused was delivered by a later one, to which it was no poison.
    settled = poison - {visitor for visitor, _, _ in collector.events()}
    run.expect(letters >= len(settled), f"{letters} dead letters, {len(settled)} events refused")
    balance = run.balanced(collector, settled=settled, may_invent=points)
    return Outcome(points, f"100 % of {points} points in {len(calls)} system calls, two kinds: 0 lost of {balance.accepted}, "
                           f"{len(balance.invented)} beyond what was told, {balance.conflicting} conflicting; {letters} dead letters")


def visitors_of(run):
    return books.accepted(run.books)


@row("P11", "power loss", "loop ext4, shutdown ioctl at a random moment, umount, mount, recover", apart=True)
def power(run):
    need("mkfs.ext4")
    collector = run.collector()
    dice = random.Random(11)
    fired, synced_in_all, lost_in_all = 0, 0, 0
    disk = LoopDisk(run.folder, mib=96)
    run.cleanup.callback(disk.stop)
    for number in range(run.times(6, 200)):
        kind = list(KINDS.values())[number % 2]
        durability = int(number % 4 != 3)
        root = disk.folder / "journal"
        collector.faults(OUTAGE)
        driver = journal_client(run, collector, root, kind, interval=3600000, durability=durability)
        run.track(driver, dice.randint(1, 2000), threads=4, prefix=f"synced{number}")
        synced = driver.call("sync", ms=20000)
        run.equal(synced["status"], "OPT_STATUS_OK", "sync")
        driver.must("traffic", threads=4, rate=20000, prefix=f"later{number}")
        time.sleep(dice.uniform(0, 0.4))
        disk.lose_power()
        fired += 1
        driver.kill()
        disk.umount()
        disk.mount()
        collector.faults()
        stats = recover(run, collector, root, kind)
        run.equal(stats["dead_lettered"], 0, f"loss {number}: records that are no events")
        arrived = {visitor for visitor, _, _ in collector.events()}
        wanted = visitors_of(run)
        before = {visitor for visitor in wanted if visitor.startswith("synced")}
        run.equal(sorted(before - arrived)[:3], [], f"loss {number}: lost from before the sync")
        unknown = [visitor for visitor in arrived - wanted if not visitor.startswith("later")]
        run.equal(unknown, [], f"loss {number}: invented")
        run.equal(collector.stats()["conflicting"] + collector.stats()["malformed_posts"], 0, f"loss {number}: odd events")
        synced_in_all, lost_in_all = synced_in_all + len(before), lost_in_all + len(wanted - arrived)
        collector.reset()
        forget(run)
    return Outcome(fired, f"0 lost of {synced_in_all} from before a sync, 0 damaged ones delivered; {lost_in_all} after it were lost with the power")
