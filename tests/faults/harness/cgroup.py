"""Control groups of either version: limits of memory, processes, processor, and a freezer."""
import os
import pathlib
import time

from harness.row import NotRun

ROOT = pathlib.Path("/sys/fs/cgroup")
# What each thing is called in version 1 (its controller and file) and in version 2.
NAMES = {
    "memory": (("memory", "memory.limit_in_bytes"), "memory.max"),
    "pids": (("pids", "pids.max"), "pids.max"),
    "freeze": (("freezer", "freezer.state"), "cgroup.freeze"),
    "quota": (("cpu", "cpu.cfs_quota_us"), "cpu.max"),
}


class Group:
    """One group for one kind of limit."""

    def __init__(self, kind):
        (controller, first), second = NAMES[kind]
        self.kind = kind
        self.is_second = (ROOT / "cgroup.controllers").exists()
        base = ROOT if self.is_second else ROOT / controller
        self.folder = base / f"opttrack-{os.getpid()}-{kind}"
        try:
            self.folder.mkdir()
        except OSError as error:
            raise NotRun(f"no control group for {kind}: {error}") from error
        self.file = self.folder / (second if self.is_second else first)
        if not self.file.exists():
            self.stop()
            raise NotRun(f"this system has no control group for {kind}")

    def set(self, value):
        """Bytes, a number of processes, microseconds in 100,000, or whether it is frozen."""
        if self.kind == "freeze":
            value = int(value) if self.is_second else "FROZEN" if value else "THAWED"
        elif self.kind == "quota" and self.is_second:
            value = f"{value} 100000"
        self.file.write_text(str(value))

    def get(self):
        return self.file.read_text().strip()

    def add(self, pid):
        (self.folder / "cgroup.procs").write_text(str(pid))

    def stop(self):
        """Hands what is in it back, and goes."""
        for _ in range(200):
            try:
                for pid in (self.folder / "cgroup.procs").read_text().split():
                    (self.folder.parent / "cgroup.procs").write_text(pid)
            except OSError:
                pass
            try:
                self.folder.rmdir()
                return
            except FileNotFoundError:
                return
            except OSError:
                time.sleep(0.01)
