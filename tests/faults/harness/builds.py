"""Other builds of the library than the one that ships: one that panics on demand, and a newer version of it."""
import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess

from harness.row import Failed, NotRun

ROOT = pathlib.Path(__file__).resolve().parents[3]
FORMAT = "src/journal/format.rs"
# What the next version of the journal's format would be: written as 2, and the first is read still.
NEXT_FORMAT = {
    "const VERSION: u32 = 1;": "const VERSION: u32 = 2;",
    "number(8)? != VERSION": "!(1..=VERSION).contains(&number(8)?)",
    "version == VERSION)": "(1..=VERSION).contains(&version))",
}


def used(folder):
    """The environment of a program that takes the library in this folder."""
    return {"LD_LIBRARY_PATH": str(folder)}


def panic_library():
    """The build of scripts/dist.sh --panics."""
    folder = ROOT / "target/panic"
    if not (folder / "libopttrack.so").exists():
        raise NotRun("scripts/dist.sh --panics was not run")
    # To look up where it panicked takes a debug build longer than anything else.
    return {**used(folder), "RUST_BACKTRACE": "0"}


def newer_library(run):
    """This library with the next version of the journal's format, in a debug build without TLS; built once for each state of
    the sources."""
    copy, out = run.shims / "newer/source", run.shims / "newer/lib"
    copy.mkdir(parents=True, exist_ok=True)
    with open(copy.parent / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp, now = copy.parent / "stamp", state_of_sources()
        if not out.exists() or not stamp.exists() or stamp.read_text() != now:
            stamp.unlink(missing_ok=True)
            build(copy, out, copy.parent / "build.log")
            stamp.write_text(now)
    return used(out)


def state_of_sources():
    state = hashlib.sha256(pathlib.Path(__file__).read_bytes())
    for path in sorted([*(ROOT / "src").rglob("*.rs"), ROOT / "Cargo.lock", ROOT / "Cargo.toml", ROOT / "include/opttrack.h"]):
        state.update(path.read_bytes())
    return state.hexdigest()


def build(copy, out, log):
    """A copy of the sources, which differs from them in the one file."""
    shutil.rmtree(copy)
    shutil.copytree(ROOT / "src", copy / "src")
    for path in ROOT.iterdir():
        if path.name not in ("src", "target") and not path.name.startswith("."):
            (copy / path.name).symlink_to(path)
    text = (copy / FORMAT).read_text()
    for old, new in NEXT_FORMAT.items():
        if text.count(old) != 1:
            raise Failed(f"{FORMAT} has not once {old!r}, which a newer version is made by")
        text = text.replace(old, new)
    (copy / FORMAT).write_text(text)
    built, version = copy.parent / "target/debug", (copy / "Cargo.toml").read_text().split('version = "')[1].split('"')[0]
    native = built / "libopttrack.native-libs"
    built.mkdir(parents=True, exist_ok=True)
    # Where the list of system libraries was written before, cargo does not write it again.
    with open(log, "w", encoding="utf-8") as output:
        subprocess.run(
            ["cargo", "rustc", "--quiet", "--locked", "--lib", "--crate-type", "staticlib", "--no-default-features",
             "--features", "http", "--target-dir", str(copy.parent / "target"), "--", "--print", f"native-static-libs={native}"],
            cwd=copy, env={**os.environ, "RUSTFLAGS": ""}, stdout=output, stderr=output, check=True)
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        library = out / f"libopttrack.so.{version}"
        symbols = subprocess.run(["nm", "-D", "--defined-only", "--format=just-symbols", str(ROOT / "target/dist/lib/libopttrack.so")],
                                 capture_output=True, text=True, check=True).stdout.split()
        names = sorted({name.split("@")[0] for name in symbols if name.startswith("opt_")})
        (copy.parent / "symbols").write_text("".join(f"{name}\n" for name in names))
        subprocess.run([str(ROOT / "scripts/relink.sh"), "shared", str(built / "libopttrack.a"), str(native),
                        str(copy.parent / "symbols"), str(library)], stdout=output, stderr=output, check=True)
    (out / f"libopttrack.so.{version.split('.')[0]}").symlink_to(library.name)
