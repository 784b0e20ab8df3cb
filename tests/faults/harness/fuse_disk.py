#!/usr/bin/env python3
"""A file system that passes everything on to a folder and fails on request: `fuse_disk.py FOLDER PLACE SWITCHES`.

While a file of one of these names is in SWITCHES, the disk has that trouble; what is in the file is its number, if it has
one. How often each was met is in the file NAME.hits beside it.

    write-eio, sync-eio   the error EIO
    write-slow, sync-slow so many milliseconds more
    read-corrupt          each byte at this offset of a segment has a bit flipped when it is read
    read-only             EROFS for everything that changes something
    hang                  writes and syncs do not return until the switch is gone
"""
import errno
import os
import pathlib
import sys
import threading
import time

from fusepy import FUSE, FuseOSError, Operations


class Switches:
    """What is wrong with the disk now."""

    def __init__(self, folder):
        self.folder, self.lock, self.hits, self.files = pathlib.Path(folder), threading.Lock(), {}, {}

    def number(self, name):
        """The switch's number; None while it is off."""
        try:
            text = (self.folder / name).read_text()
        except FileNotFoundError:
            return None
        return int(text or 0)

    def hit(self, name):
        with self.lock:
            self.hits[name] = self.hits.get(name, 0) + 1
            if name not in self.files:
                self.files[name] = os.open(self.folder / f"{name}.hits", os.O_RDWR | os.O_CREAT, 0o600)
            os.pwrite(self.files[name], str(self.hits[name]).encode(), 0)

    def fail(self, name, error):
        if self.number(name) is not None:
            self.hit(name)
            raise FuseOSError(error)

    def wait(self, name):
        milliseconds = self.number(name)
        if milliseconds is not None:
            self.hit(name)
            time.sleep(milliseconds / 1000)

    def hang(self):
        if self.number("hang") is not None:
            self.hit("hang")
            while self.number("hang") is not None:
                time.sleep(0.01)


class Disk(Operations):
    """The folder, and its troubles."""

    # A file whose name is gone while it is open has a descriptor alone, as on any other disk.
    flag_nullpath_ok = 1

    def __init__(self, folder, switches):
        self.folder, self.switches = folder, switches

    def _at(self, path):
        return self.folder + path

    def _change(self):
        self.switches.fail("read-only", errno.EROFS)

    def getattr(self, path, fh=None):
        about = os.fstat(fh) if fh is not None else os.lstat(self._at(path))
        return {name: getattr(about, name) for name in (
            "st_ino", "st_mode", "st_nlink", "st_uid", "st_gid", "st_size", "st_blocks", "st_atime", "st_mtime", "st_ctime")}

    def readdir(self, path, fh):
        return [".", "..", *os.listdir(self._at(path))]

    def mkdir(self, path, mode):
        self._change()
        os.mkdir(self._at(path), mode)

    def rmdir(self, path):
        self._change()
        os.rmdir(self._at(path))

    def unlink(self, path):
        self._change()
        os.unlink(self._at(path))

    def rename(self, old, new):
        self._change()
        os.rename(self._at(old), self._at(new))

    def create(self, path, mode, fi=None):
        self._change()
        return os.open(self._at(path), os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)

    def open(self, path, flags):
        return os.open(self._at(path), os.O_RDWR)

    def truncate(self, path, length, fh=None):
        self._change()
        os.truncate(fh if fh is not None else self._at(path), length)

    def utimens(self, path, times=None):
        self._change()
        os.utime(self._at(path), times)

    def read(self, path, size, offset, fh):
        data = os.pread(fh, size, offset)
        at = self.switches.number("read-corrupt")
        if at is not None and (path or "").endswith(".seg") and offset <= at < offset + len(data):
            self.switches.hit("read-corrupt")
            place = at - offset
            data = data[:place] + bytes([data[place] ^ 1]) + data[place + 1:]
        return data

    def write(self, path, data, offset, fh):
        self._change()
        self.switches.hang()
        self.switches.wait("write-slow")
        self.switches.fail("write-eio", errno.EIO)
        return os.pwrite(fh, data, offset)

    def fsync(self, path, datasync, fh):
        self.switches.hang()
        self.switches.wait("sync-slow")
        self.switches.fail("sync-eio", errno.EIO)
        os.fdatasync(fh)

    def release(self, path, fh):
        os.close(fh)

    def statfs(self, path):
        about = os.statvfs(self.folder)
        return {name: getattr(about, name) for name in ("f_bavail", "f_bfree", "f_blocks", "f_bsize", "f_frsize", "f_namemax")}


# An error of the folder's own is the file system's: fusepy passes an OSError's number on.
FUSE(Disk(sys.argv[1], Switches(sys.argv[3])), sys.argv[2], foreground=True, direct_io=True, use_ino=True,
     hard_remove=True)
