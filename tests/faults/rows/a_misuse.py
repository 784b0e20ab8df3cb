"""Rows A1 to A15: C programs of their own (tests/faults/a), which scripts/test-c.sh builds and runs."""
from harness.programs import in_c
from harness.row import row

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

for each, (fault, programs) in ROWS.items():
    body, judge = in_c(each, programs)
    row(each, fault, "C program, " + programs.replace(" ", ", "), part="c", judge=judge)(body)
