"""Rows J1 to J7, J9 to J11: what recovery finds in a directory, made wrong on purpose."""
import os
import random
import shutil
import struct
import time
import zlib

from harness.disk import header_bytes, records, segments
from harness.journal import both_kinds, clients, journal_client
from harness.row import Outcome, row

OUTAGE = {"kind": "status", "status": 503}
MASK = (1 << 64) - 1


class Scene:
    """A directory that a death has left with one segment, and a program that reads changed copies of it."""

    def __init__(self, run, count, kind, name="original"):
        self.run, self.count, self.kind = run, count, kind
        self.collector = run.collector()
        self.collector.faults(OUTAGE)
        self.root = run.folder / f"kind-{kind}" / name
        self.root.parent.mkdir(exist_ok=True)
        writer = journal_client(run, self.collector, self.root, kind, interval=3600000)
        run.track(writer, count, threads=0, prefix=name)
        writer.kill()
        self.collector.faults()
        self.segment = segments(self.root)[0]
        self.data = self.segment.read_bytes()
        self.places = records(self.data)
        run.equal(len(self.places), count, "records of the original")
        self.end = self.places[-1][0] + self.places[-1][1]
        self.reader = run.driver(environment={"OPT_DRIVE_UNWATCHED": "1"})
        self.read = 0

    def copy(self):
        copy = self.run.folder / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.root, copy, symlinks=True)
        return copy

    def deliver(self, data=None, change=None, left=1, arrives=0, foreign=0):
        """What a client makes of a copy whose segment holds these bytes, or that was changed by a function: books, the numbers of the
        events that arrived, and milliseconds."""
        copy = self.copy()
        if data is not None:
            (copy / self.segment.relative_to(self.root)).write_bytes(data)
        if change:
            change(copy)
        self.collector.reset()
        begin = time.monotonic()
        opened = self.run.open(self.reader, self.collector, journal=copy, kind=self.kind, log=0)
        self.run.until(lambda: len(clients(copy)) <= left and self.reader.stats()["pending"] == 0
                       and self.collector.stats()["unique"] >= arrives
                       and self.reader.stats()["foreign_directories"] >= foreign, f"copy {self.read} is read")
        took = (time.monotonic() - begin) * 1000
        stats = self.reader.stats()
        arrived = sorted(int(visitor.rsplit("-", 1)[1]) for visitor, _, _ in self.collector.events())
        counts = self.collector.stats()
        self.run.equal((counts["conflicting"], counts["malformed_posts"]), (0, 0), "odd events")
        self.run.equal(stats["balanced"], 1, "books")
        self.reader.must("close", ms=10000)
        self.reader.must("free")
        self.read += 1
        return {**stats, "open_ms": opened["took_ms"]}, arrived, took


@row("J1", "torn last record", "the segment cut at every length")
@both_kinds
def torn(run, kind):
    scene = Scene(run, 4, kind)
    start = header_bytes(scene.data)
    for length in range(start, scene.end + 1, run.times(5, 1)):
        stats, arrived, _ = scene.deliver(scene.data[:length])
        whole = sum(at + size <= length for at, size in scene.places)
        run.expect(whole <= len(arrived) <= whole + 1, f"cut at {length}: {arrived} of {whole} whole ones")
        run.equal(arrived, list(range(len(arrived))), f"cut at {length}")
        run.equal(stats["dropped_corrupt"], 0, f"cut at {length}: an alarm")
    for length in range(0, start, run.times(67, 7)):
        _, arrived, _ = scene.deliver(scene.data[:length])
        run.equal(arrived, [], f"cut at {length} in the header")
    return Outcome(scene.read, f"{scene.read} lengths: all earlier records delivered, no alarm")


@row("J2", "a run of zeros at the end", "1 … 8,192 zeros appended")
@both_kinds
def zeros(run, kind):
    scene = Scene(run, 4, kind)
    worst = 0
    for count in (1, 7, 8, 15, 63, 512, 4096, 8191, 8192)[::run.times(2, 1)]:
        stats, arrived, took = scene.deliver(scene.data[:scene.end] + bytes(count))
        run.equal((arrived, stats["dropped_corrupt"]), (list(range(4)), 0), f"{count} zeros")
        worst = max(worst, took)
    run.expect(worst <= 500, f"{worst:.0f} ms from open to delivered")
    return Outcome(scene.read, f"no record, no alarm; at most {worst:.0f} ms from open to delivered")


@row("J3", "absurd length field", "0, 1, 2^24 − 1, past the end, in each of three records")
@both_kinds
def lengths(run, kind):
    scene = Scene(run, 3, kind)
    scene.deliver()
    before = scene.reader.must("self")["resident_kib"]
    for number, (at, _) in enumerate(scene.places):
        top = scene.data[at + 3]
        for value in (0, 1, 23, 24, (1 << 24) - 1, len(scene.data)):
            for word in (value | top << 24, value):
                data = bytearray(scene.data)
                struct.pack_into("<I", data, at, word & 0xFFFFFFFF)
                stats, arrived, _ = scene.deliver(bytes(data))
                others = [other for other in range(3) if other != number]
                run.expect(set(others) <= set(arrived), f"length {value} in record {number}: {arrived} arrived")
                run.expect(stats["dropped_corrupt"] + len(arrived) >= 2, f"length {value} in record {number}: {stats}")
    grown = scene.reader.must("self")["resident_kib"] - before
    run.expect(grown <= 2048, f"{grown} KiB more in memory")
    return Outcome(scene.read, f"the others found again in {scene.read} cases; {grown} KiB more in memory")


@row("J4", "damage in the middle", "random spans of 1 … 4,096 bytes")
@both_kinds
def spans(run, kind):
    scene = Scene(run, 80, kind)
    dice = random.Random(4)
    lost_in_all = 0
    for _ in range(run.times(40, 1000)):
        length = min(1 << dice.randint(0, 12), 4096)
        at = dice.randrange(header_bytes(scene.data), scene.end - 1)
        data = bytearray(scene.data)
        noise = dice.randbytes(length)
        stop = min(at + length, scene.end)
        data[at:stop] = noise[:stop - at]
        touched = {number for number, (place, size) in enumerate(scene.places)
                   if place < stop and at < place + size and data[place:place + size] != scene.data[place:place + size]}
        # Bytes that only pad a record are no part of its content.
        stats, arrived, _ = scene.deliver(bytes(data))
        lost = set(range(80)) - set(arrived)
        run.expect(lost <= touched, f"{length} bytes at {at}: lost {sorted(lost - touched)} that were not touched")
        # How many they were can't be known where their lengths are gone; that there were some is.
        is_alarm = stats["dropped_corrupt"] > 0
        run.expect(is_alarm or not lost or max(touched) == 79, f"{length} bytes at {at}: {len(lost)} lost, none counted")
        lost_in_all += len(lost)
    return Outcome(scene.read, f"{scene.read} spans, {lost_in_all} records lost, all of them touched")


@row("J5", "a segment missing, twice, under another name, in another directory", "file operations")
@both_kinds
def shuffled(run, kind):
    scene = Scene(run, 5, kind)
    name = scene.segment.relative_to(scene.root)
    everything = list(range(5))

    def missing(copy):
        (copy / name).unlink()

    def twice(copy):
        shutil.copy(copy / name, (copy / name).with_name("00000099.seg"))

    def renamed(copy):
        (copy / name).rename((copy / name).with_name("00007777.seg"))

    def elsewhere(copy):
        other = copy / "0123456789abcdef"
        other.mkdir()
        (other / "lock").touch()
        shutil.copy(copy / name, other / name.name)

    def moved(copy):
        (copy / name.parent).rename(copy / "fedcba9876543210")

    for change, wanted in ((missing, []), (twice, everything), (renamed, everything), (elsewhere, everything), (moved, everything)):
        _, arrived, _ = scene.deliver(change=change)
        run.equal(arrived, wanted, change.__name__)
        run.equal(scene.collector.stats()["conflicting"], 0, f"{change.__name__}: conflicting")
    return Outcome(scene.read, "0 crashes; what is there twice arrives once or as a repeat by uuid")


def cursor_word(data, position):
    """A word of the cursor as the library writes it."""
    return struct.pack("<II", position, zlib.crc32(data[16:24] + struct.pack("<I", position)))


@row("J6", "cursor zeroed, one or both words corrupt, behind, ahead of the data", "file operations")
@both_kinds
def cursors(run, kind):
    scene = Scene(run, 5, kind)
    at = header_bytes(scene.data) - 64
    third = scene.places[3][0]
    words = {
        "zeroed": (bytes(16), range(5)),
        "one corrupt": (cursor_word(scene.data, third) + b"\xff" * 8, range(3, 5)),
        "other corrupt": (b"\xff" * 8 + cursor_word(scene.data, third), range(3, 5)),
        "both corrupt": (b"\xa5" * 16, range(5)),
        "behind": (cursor_word(scene.data, 8) * 2, range(5)),
        "between": (cursor_word(scene.data, third) + cursor_word(scene.data, scene.places[1][0]), range(3, 5)),
        "at the end": (cursor_word(scene.data, scene.end) * 2, ()),
        "ahead of the data": (cursor_word(scene.data, scene.end + 4096) * 2, ()),
        "ahead of the file": (cursor_word(scene.data, 1 << 30) * 2, ()),
    }
    for name, (word, wanted) in words.items():
        data = scene.data[:at] + word + scene.data[at + 16:]
        # Twice: recovery that crashed would do so again and again.
        for _ in range(2):
            _, arrived, _ = scene.deliver(data)
            run.equal(arrived, list(wanted), name)
    return Outcome(scene.read, f"{len(words)} cursors: 0 lost of what was not settled, 0 loops")


@row("J7", "newer format version", "header byte + 1, in both copies and in one")
@both_kinds
def newer(run, kind):
    scene = Scene(run, 3, kind)
    data = bytearray(scene.data)
    second = (header_bytes(scene.data) - 64) // 2
    for at in (8, second + 8):
        data[at] += 1
    data = bytes(data)
    kept = []

    def change(copy):
        (copy / scene.segment.relative_to(scene.root)).write_bytes(data)
        kept.append(copy / scene.segment.relative_to(scene.root))

    stats, arrived, _ = scene.deliver(change=change, left=2, foreign=1)
    run.equal(arrived, [], "events of a newer version delivered")
    run.equal(kept[0].read_bytes(), data, "the newer segment's bytes")
    run.expect(stats["foreign_directories"] >= 1, f"{stats['foreign_directories']} directories reported as left alone")
    return Outcome(1, "left untouched, byte for byte, and reported; an own directory used")


@row("J9", "foreign files, folders, links, devices, fifos in the directory", "mkfifo, ln -s, mknod")
@both_kinds
def foreign(run, kind):
    scene = Scene(run, 3, kind)
    home = scene.segment.parent.name

    def change(copy):
        for folder in (copy, copy / home):
            os.mkfifo(folder / "fifo.seg")
            os.mkfifo(folder / "00000002.seg")
            (folder / "00000003.seg").symlink_to("/etc/passwd")
            (folder / "00000004.seg").symlink_to("00000004.seg")
            (folder / "notes.txt").write_text("not ours")
            (folder / "00000005.seg").mkdir()
            os.mknod(folder / "00000006.seg", 0o600 | 0o020000, os.makedev(1, 5))
            (folder / "00000007.seg").write_bytes(b"")
            (folder / "00000008.seg").write_bytes(b"not a segment" * 1000)
        (copy / "1111111111111111").write_text("a file with a client's name")
        (copy / "2222222222222222").symlink_to(copy / home)
        (copy / "3333333333333333").mkdir()
        os.mkfifo(copy / "3333333333333333" / "lock")

    copies, begin = run.folder / "copy", time.monotonic()
    stats, arrived, _ = scene.deliver(change=change, left=5, arrives=3)
    run.expect(stats["open_ms"] <= 100, f"open took {stats['open_ms']} ms")
    run.equal(arrived, [0, 1, 2], "events of the real segment")
    for folder in (copies, copies / home):
        run.expect((folder / "notes.txt").read_text() == "not ours", "a foreign file was touched")
    return Outcome(20, f"ignored; open took {stats['open_ms']} ms, all delivered after {(time.monotonic() - begin) * 1000:.0f} ms")


def forge(data, at, payload):
    """A record whose checksum fits, at a place in this segment."""
    number = struct.unpack_from("<Q", data, 16)[0]
    check = ((number ^ at << 24 ^ len(payload)) * 0x9E3779B97F4A7C15 & MASK) >> 56
    turned = (at << 32 | at >> 32) & MASK
    checksum = zlib.crc32(payload) ^ ((number ^ turned) * 0xD6E8FEB86659FD93 & MASK) >> 32
    size = (8 + len(payload)) // 8 * 8 + 8
    return (struct.pack("<II", len(payload) | check << 24, checksum) + payload).ljust(size, b"\xff")


@row("J10", "record valid, content not", "forged: the checksum fits, the body does not")
@both_kinds
def forged(run, kind):
    scene = Scene(run, 3, kind)
    dice = random.Random(10)
    stamp = bytes.fromhex("0123456789ab4def8123456789abcdef") + struct.pack("<q", 1700000000000)
    genuine = records(scene.data)[0]
    body = scene.data[genuine[0] + 32:genuine[0] + genuine[1]]
    contents = {"nothing": b"", "a byte": b"\x01", "another kind": b"\x07" + body[1:], "noise": dice.randbytes(100),
                "cut": body[:20], "not UTF-8": body[:2] + b"\xff\xfe" + body[4:40], "zeros": bytes(64)}
    # The forger is proved by a record that the library has written.
    at, size = genuine
    length = struct.unpack_from("<I", scene.data, at)[0] & 0xFFFFFF
    run.equal(forge(scene.data, at, scene.data[at + 8:at + 8 + length]), scene.data[at:at + size], "a record of the library's own")
    letters = 0
    for name, content in contents.items():
        data = scene.data[:scene.end] + forge(scene.data, scene.end, stamp + content)
        folder = run.folder / "copy"
        stats, arrived, _ = scene.deliver(data)
        run.equal(arrived, [0, 1, 2], f"{name}: the others")
        run.equal(stats["dead_lettered"], 1, f"{name}: dead letters ({stats})")
        run.expect(any((folder / "dead-letters").glob("*.jsonl")), f"{name}: no file of dead letters")
        letters += 1
    return Outcome(letters, f"{letters} contents: each a dead letter with its bytes, never posted; malformed = 0")


@row("J11", "stale bytes of an older segment inside another", "records of one segment behind the end of another, and one place on")
@both_kinds
def stale(run, kind):
    scene, other = Scene(run, 3, kind), Scene(run, 6, kind, "other")
    cases = []
    # At the very place where they were valid in the other one, and elsewhere in their own.
    same_place = other.data[scene.end:other.end]
    cases.append(scene.data[:scene.end] + same_place)
    cases.append(scene.data[:scene.end] + bytes(64) + scene.data[scene.places[0][0]:scene.end])
    cases.append(scene.data[:scene.end] + scene.data[scene.places[1][0]:scene.places[1][0] + scene.places[1][1]])
    for data in cases:
        _, arrived, _ = scene.deliver(data)
        run.equal(arrived, [0, 1, 2], "events")
        run.equal({visitor.split("-")[0] for visitor, _, _ in scene.collector.events()}, {"original"}, "whose events")
    return Outcome(len(cases), "0 accepted")
