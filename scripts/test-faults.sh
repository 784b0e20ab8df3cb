#!/usr/bin/env bash
# The short forms of the fault table's rows. The last line is `faults: N passed, N failed`.
set -euo pipefail
exec "$(dirname "$0")/faults.sh" --short "$@"
