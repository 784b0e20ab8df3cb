"""Rows F1 to F12: a Rust test (tests/faults/f); F13: a C program beside it."""
from harness.programs import in_c, in_rust
from harness.row import row

ROWS = {
    "F1": ("empty, truncated at every byte, BOM, UTF-16, compressed, an HTML page, two documents", "cut"),
    "F2": ("97 MiB", "large"),
    "F3": ("nesting up to 10^6", "nesting"),
    "F4": ("duplicate keys and ids", "duplicates"),
    "F5": ("wrong type at every place", "types"),
    "F6": ("references to nothing", "references"),
    "F7": ("cycles", "cycles"),
    "F8": ("odd ranges", "ranges"),
    "F9": ("odd ids", "ids"),
    "F10": ("odd numbers", "numbers"),
    "F11": ("hostile semantic versions", "versions"),
    "F12": ("10^6 events, 10^5 attributes, conditions of 10^5 leaves", "scale amplification"),
}

for each, (fault, modules) in ROWS.items():
    body, judge = in_rust(each, modules)
    row(each, fault, "Rust test faults_f", part="rust", judge=judge)(body)

body, judge = in_c("F13", "f13_swap")
row("F13", "swapped 1,000 times a second under 8 deciding threads", "C program, f13_swap", part="c", judge=judge)(body)
