"""Rows F1 to F12: a Rust test of their own (tests/faults/f)."""
import os
import pathlib
import re
import subprocess

from harness.row import Outcome, row

ROOT = pathlib.Path(__file__).resolve().parents[3]
LINE = re.compile(r"F(\d+): (.*?): fired (\d+)(.*)$")
ROWS = {
    "F1": "empty, truncated at every byte, BOM, UTF-16, compressed, an HTML page, two documents", "F2": "97 MiB",
    "F3": "nesting up to 10^6", "F4": "duplicate keys and ids", "F5": "wrong type at every place", "F6": "references to nothing",
    "F7": "cycles", "F8": "odd ranges", "F9": "odd ids", "F10": "odd numbers", "F11": "hostile semantic versions",
    "F12": "10^6 events, 10^5 attributes, conditions of 10^5 leaves",
}


def output(run):
    """What the test has printed: it runs once for all rows."""
    log = run.folder.parent / f"faults-f-{os.environ.get('OPT_FAULTS_RUN', '0')}.log"
    if not log.exists():
        result = subprocess.run(["cargo", "test", "--test", "faults_f", "--no-fail-fast", "--", "--nocapture", "--test-threads=1"],
                                cwd=ROOT, capture_output=True, text=True, check=False)
        log.write_text(result.stdout + result.stderr)
    return log.read_text()


def hostile(name):
    def body(run):
        text = output(run)
        found = [match for match in map(LINE.search, text.splitlines()) if match and f"F{match[1]}" == name]
        run.expect(found, "no line says how often the fault fired")
        broken = re.findall(rf"{name}: .*panicked|{name}: the fault never fired", text)
        run.equal(broken, [], "failures")
        run.expect("test result: FAILED" not in text, "the test has failed")
        return Outcome(min(int(match[3]) for match in found), "; ".join((match[2] + match[4]).strip() for match in found)[:200])

    return body


for each, fault in ROWS.items():
    row(each, fault, "Rust test faults_f", short_elsewhere=True)(hostile(each))
