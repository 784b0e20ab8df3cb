"""The disk of fuse_disk.py: mounted for a row, its troubles switched on and off while the library writes to it."""
import contextlib
import os
import pathlib
import subprocess
import time

from harness.row import NotRun, sh

PROGRAM = pathlib.Path(__file__).with_name("fuse_disk.py")
# Debian's own Python, for which the package is; another one may come first in the path.
PYTHONS = ("/usr/bin/python3", "python3")


def python():
    """A Python that has the package."""
    for name in PYTHONS:
        with contextlib.suppress(FileNotFoundError):
            if subprocess.run([name, "-c", "import fusepy"], capture_output=True, check=False).returncode == 0:
                return name
    raise NotRun("python3-fusepy is not installed")


class FuseDisk:
    """`folder` is where it is mounted."""

    def __init__(self, run, name="fuse"):
        if not os.path.exists("/dev/fuse"):
            raise NotRun("the system has no /dev/fuse")
        self.below, self.folder, self.switches = (run.make_folder(f"{name}-{part}") for part in ("below", "disk", "switches"))
        words = [python(), str(PROGRAM), str(self.below), str(self.folder), str(self.switches)]
        self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT, stdout=open(run.log, "ab"))
        run.cleanup.callback(self.stop)
        deadline = time.monotonic() + 20
        while not os.path.ismount(self.folder):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise NotRun("a FUSE file system can't be mounted")
            time.sleep(0.01)

    def on(self, name, number=0):
        fresh = self.switches / f"{name}.new"
        fresh.write_text(str(number))
        fresh.rename(self.switches / name)

    def off(self):
        for path in self.switches.iterdir():
            if path.suffix != ".hits":
                path.unlink()

    def hits(self, name):
        with contextlib.suppress(FileNotFoundError, ValueError):
            return int((self.switches / f"{name}.hits").read_text())
        return 0

    def stop(self):
        self.off()
        sh("umount", "-l", self.folder, check=False)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        self.process.kill()
        self.process.wait()
