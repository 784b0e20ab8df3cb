#!/usr/bin/env bash
# Puts libopttrack and the official SDKs through the same faults and counts what arrives.
#
# Prints the table and writes it to target/bench/loss.md and loss.json. REPEATS (3): runs of each, whose median counts;
# FAULT: one fault alone; OPT_REQUIRE_ALL=1: an SDK that can't be had is an error. benches/README.md says more.
set -euo pipefail
cd "$(dirname "$0")/.."
export OPT_COLLECTOR="${OPT_COLLECTOR:-$PWD/target/release/opttrack-collector}"

scripts/bench-build.sh ours-c ours-go official-go official-node official-python
exec python3 -B benches/loss.py
