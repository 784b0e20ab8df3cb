"""Rows A1 to A15: programs of their own (tests/faults/a), which scripts/test-c.sh builds and runs."""
import os
import pathlib
import re
import subprocess

from harness.row import Outcome, row

ROOT = pathlib.Path(__file__).resolve().parents[3]
LINE = re.compile(r"^A(\d+): (.*): fired (\d+)")
ROWS = {
    "A1": ("NULL for every pointer argument of every function", "a01"),
    "A2": ("NULL, closed handle, double close, call after close", "a02_sequences"),
    "A3": ("use from 8 threads while another closes", "a03_close_while_used"),
    "A4": ("concurrent close, in a callback, on the worker, flush after close", "a04_concurrent_close"),
    "A5": ("callback re-enters track, decide, stats, close", "a05_callback_reenters a05_deciding_callbacks"),
    "A6": ("callback blocks for ever, forks, calls us again", "a06_blocking_callback a06_blocking_decision"),
    "A7": ("a panic inside the library", "a07"),
    "A8": ("texts without end, at a page's end, of odd lengths", "a08_text_bounds"),
    "A9": ("odd tags and attributes", "a09_values"),
    "A10": ("enum out of range, unknown flags, reserved fields", "a10_ranges"),
    "A11": ("unknown event key, no datafile", "a11_unknown"),
    "A12": ("1,000 clients; create and close again and again", "a12_many_clients"),
    "A13": ("view struct of another size", "a13_view_sizes"),
    "A14": ("callers on small stacks in a storm of signals", "a14_callers"),
    "A15": ("events larger than a batch, and than the API takes", "a15_large_events"),
}


def misuse(name, programs):
    def body(run):
        result = subprocess.run([str(ROOT / "scripts/test-c.sh"), *programs.split()], capture_output=True, text=True, check=False,
                                env={**os.environ, "OPT_CAMPAIGN": "1"})
        (run.folder / "output.log").write_text(result.stdout + result.stderr)
        last = result.stdout.strip().splitlines()[-1:]
        run.equal(result.returncode, 0, f"exit status; {' '.join(last)}")
        found = [LINE.match(line) for line in result.stdout.splitlines()]
        found = [match for match in found if match and f"A{match[1]}" == name]
        run.expect(found, "no line says how often the fault fired")
        return Outcome(min(int(match[3]) for match in found), "; ".join(match[2] for match in found) + f"; {last[0]}")

    return body


for each, (fault, names) in ROWS.items():
    row(each, fault, "C program, " + names.replace(" ", ", "), short_elsewhere=True)(misuse(each, names))
