#!/usr/bin/env bash
# The short forms of the campaigns: 20 kills, and 50,000 events through chaos, in memory and on disk. The last line is `campaigns: N passed, N failed`.
#
# ROUNDS, EVENTS, SEED: as scripts/campaign-kill.sh and scripts/campaign-chaos.sh take them.
set -euo pipefail
cd "$(dirname "$0")/.."
export ROUNDS=${ROUNDS:-20} EVENTS=${EVENTS:-50000}
passed=0 failed=0

# campaign NAME: runs it and adds its sum; one that ends without a sum has failed.
campaign() {
  local good bad line
  line=$("scripts/$1.sh" 2>&1 | tee /dev/stderr | grep -E "^$1: [0-9]+ passed, [0-9]+ failed" | tail -n 1) || true
  read -r good bad <<<"$(sed -E 's/.*: ([0-9]+) passed, ([0-9]+) failed.*/\1 \2/' <<<"$line")" || true
  passed=$((passed + ${good:-0})) failed=$((failed + ${bad:-1}))
}

campaign campaign-kill
KIND=memory campaign campaign-chaos
KIND=written campaign campaign-chaos
echo "campaigns: $passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
