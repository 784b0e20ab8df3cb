#!/usr/bin/env bash
# The short forms of the fault table's rows. The last line is `faults: N passed, N failed`. Rows that the parts c and rust
# own are tests there: their lines are taken from what those have just printed, and nothing is run twice.
set -euo pipefail
exec "$(dirname "$0")/faults.sh" --short --logs target/test "$@"
