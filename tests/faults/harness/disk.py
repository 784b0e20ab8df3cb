"""Disks that fail: rules for the disk shim, small file systems of our own, and what lies in a journal."""
import contextlib
import errno
import fcntl
import os
import pathlib
import struct
import time

from harness.row import NotRun, need, sh

CALLS = {"write": 1, "sync": 2, "create": 4, "reserve": 8, "rename": 16, "remove": 32, "folder": 64, "read": 128, "map": 256,
         "open": 512}
RULE = struct.Struct("=QqqqqQQQ128s")
RULES = 8
WRITTEN, MAPPED = 1, 2
KINDS = {"written": WRITTEN, "mapped": MAPPED}


class DiskRules:
    """Rules that are in force in every program started with `environment`."""

    def __init__(self, run, name="rules"):
        self.path = run.folder / name
        self.path.write_bytes(bytes(RULE.size * RULES))
        self.environment = {"LD_PRELOAD": str(run.shims / "disk.so"), "OPT_DISK_RULES": str(self.path)}
        self.total = 0

    def set(self, *rules):
        """Each a dictionary: calls, pattern, skip, count, error (a name), accepted, delay_ms, size."""
        self.total += sum(self.fired())
        data = b""
        for rule in rules:
            calls = sum(CALLS[name] for name in rule["calls"].split())
            error = getattr(errno, rule["error"]) if rule.get("error") else 0
            data += RULE.pack(calls, rule.get("skip", 0), rule.get("count", -1), error, rule.get("accepted", -1),
                              rule.get("delay_ms", 0), rule.get("size", 0), 0, rule["pattern"].encode())
        with open(self.path, "r+b") as file:
            file.write(data.ljust(RULE.size * RULES, b"\0"))

    def fired(self):
        data = self.path.read_bytes()
        return [RULE.unpack_from(data, RULE.size * number)[7] for number in range(RULES)]

    def all_fired(self):
        """By all rules that ever were."""
        return self.total + sum(self.fired())


@contextlib.contextmanager
def tmpfs(folder, options):
    """A small file system in memory."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    sh("mount", "-t", "tmpfs", "-o", options, "tmpfs", folder)
    try:
        yield folder
    finally:
        sh("umount", "-l", folder, check=False)


class LoopDisk:
    """A disk of our own: a file system in a file, which can lose its power."""

    # EXT4_IOC_SHUTDOWN, and its flag for not writing the log out.
    SHUTDOWN, NO_LOG = 0x8004587D, struct.pack("I", 2)

    def __init__(self, folder, mib=64, options=(), most_kib=None):
        """`most_kib`: the longest write that its device is given at once."""
        need("mkfs.ext4", "mount")
        self.most_kib = most_kib
        self.image, self.folder = pathlib.Path(folder) / "disk.img", pathlib.Path(folder) / "disk"
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.image, "wb") as file:
            file.truncate(mib << 20)
        sh("mkfs.ext4", "-q", "-F", *options, self.image)
        self.mount()

    def mount(self):
        sh("mount", "-o", "loop", self.image, self.folder)
        if self.most_kib:
            device = sh("findmnt", "-n", "-o", "SOURCE", self.folder).strip()
            try:
                pathlib.Path("/sys/block", pathlib.Path(device).name, "queue/max_sectors_kb").write_text(str(self.most_kib))
            except OSError as error:
                raise NotRun(f"a loop device's writes can't be bounded: {error}") from error

    def umount(self):
        # What still has files open lets go of them a moment after it was killed.
        for _ in range(100):
            if not sh("umount", self.folder, check=False):
                return
            time.sleep(0.05)
        raise NotRun("a file system of our own can't be unmounted")

    def lose_power(self):

        folder = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.ioctl(folder, self.SHUTDOWN, self.NO_LOG)
        except OSError as error:
            raise NotRun(f"this file system can't be shut down: {error}") from error
        finally:
            os.close(folder)

    def stop(self):
        sh("fsfreeze", "-u", self.folder, check=False)
        sh("umount", "-l", self.folder, check=False)


def segments(root):
    """The segments in a journal, oldest first."""
    return sorted(pathlib.Path(root).glob("*/*.seg"))


def header_bytes(data):
    """Where the records of a segment begin."""
    return 2 * struct.unpack_from("<I", data, 12)[0] + 64


def records(data):
    """Places and sizes of the records of an undamaged segment."""
    at, found = header_bytes(data), []
    while at + 8 <= len(data):
        payload = struct.unpack_from("<I", data, at)[0] & 0xFFFFFF
        if payload < 24:
            break
        size = (8 + payload) // 8 * 8 + 8
        found.append((at, size))
        at += size
    return found
