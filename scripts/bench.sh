#!/usr/bin/env bash
# Measures libopttrack beside the official SDKs: what a call takes, and how it scales.
#
# scripts/bench-build.sh installs and builds the contestants; one that can't be had is named in the result with its
# reason, and OPT_REQUIRE_ALL=1 makes that an error. benches/README.md says what is measured.
set -euo pipefail
cd "$(dirname "$0")/.."
export OPT_COLLECTOR="${OPT_COLLECTOR:-$PWD/target/release/opttrack-collector}"

scripts/bench-build.sh
exec python3 -B benches/run.py
