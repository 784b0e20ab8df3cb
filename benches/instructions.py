"""Counts the instructions of one call of each kind under valgrind, and prints them beside their ceilings.

`make bench-instructions` runs this. Unlike times the counts hardly change from run to run, on a busy machine neither,
but they do with the compiler: compare those of one toolchain only. The user is made before, the datafile is generated
with 20 flags. A heap allocation in a call that should have none, or a count above its ceiling, is marked; with
OPT_CEILINGS=1 it also makes the run fail. Profiles for callgrind_annotate stay in target/bench/callgrind.
"""

import dataclasses
import os
import re
import subprocess
import sys

import contestants
import datafile

FLAGS, LARGE_FLAGS = 20, 500


@dataclasses.dataclass(frozen=True)
class Kind:
    """A kind of call that benches/c/instructions.c makes."""

    name: str
    title: str
    calls: int = 500
    flags: int = FLAGS
    ceiling: int = None
    allocates: bool = True


# As many events as leave a batch unfilled, so that delivery has nothing to do.
KINDS = (
    Kind("decide", "decide one flag without an audience", ceiling=900, allocates=False),
    Kind("decide_audience", "decide one flag with an audience of 5 attributes", ceiling=3_400, allocates=False),
    Kind("decide_all", f"decide all {FLAGS} flags", ceiling=40_000),
    Kind("track", "track a conversion with 3 tags", calls=900, ceiling=2_500),
    Kind("is_feature_enabled", "ask for a flag, impression recorded", calls=900),
    Kind("activate", "activate an experiment, impression recorded", calls=900),
    Kind("decide_packed", "decide one flag by opt_call_packed, as bindings do, user made"),
    Kind("user", "make and free a user with 5 attributes"),
    Kind("load", f"load and free a datafile of {LARGE_FLAGS} flags", calls=2, flags=LARGE_FLAGS),
)


def count(kind, path):
    """(instructions, heap allocations) of one call."""
    program = contestants.BUILT / "bin" / "instructions"
    profile = contestants.BUILT / "callgrind" / f"{kind.name}.out"
    profile.parent.mkdir(parents=True, exist_ok=True)
    settings = ("--tool=callgrind", "--quiet", "--toggle-collect=measured", f"--callgrind-out-file={profile}")
    command = ("valgrind", *settings, str(program), str(path), kind.name, str(kind.calls))
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{kind.name}: {done.stderr.strip()}")
    counted = profile.read_text(encoding="utf-8", errors="replace")
    summary = re.search(r"^summary: (\d+)", counted, re.MULTILINE)
    if summary is None or int(summary[1]) == 0:
        sys.exit(f"{kind.name}: valgrind counted nothing; see {profile}")
    return int(summary[1]) / kind.calls, int(done.stdout) / kind.calls


def main():
    paths = {flags: contestants.BUILT / f"flags-{flags}.json" for flags in (FLAGS, LARGE_FLAGS)}
    for flags, path in paths.items():
        datafile.write(path, flags)
    failed = False
    print(f"{'one call':60}{'instructions':>14}{'ceiling':>10}{'allocations':>13}")
    for kind in KINDS:
        instructions, allocations = count(kind, paths[kind.flags])
        is_over = kind.ceiling is not None and instructions > kind.ceiling
        is_heap = not kind.allocates and allocations > 0
        failed = failed or is_over or is_heap
        ceiling = f"{kind.ceiling:,}" if kind.ceiling else "-"
        marks = f"{'  OVER' if is_over else ''}{'  ALLOCATES' if is_heap else ''}"
        print(f"{kind.title:60}{instructions:>14,.0f}{ceiling:>10}{allocations:>13,.2f}{marks}", flush=True)
        if kind.name == "load":
            print(f"{'  a byte of its text':60}{instructions / paths[kind.flags].stat().st_size:>14,.1f}")
    if failed and os.environ.get("OPT_CEILINGS") == "1":
        sys.exit(1)


if __name__ == "__main__":
    main()
