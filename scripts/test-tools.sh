#!/usr/bin/env bash
# Tests the command line tools: their own tests, and the command killed at every system call that touches files. Ends with
# `tools: N passed, N failed`.
#
# Without strace the second part is left out and said; with OPT_REQUIRE_ALL=1 it fails.
set -euo pipefail
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-$PWD/target}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0 suffix=

# add NAME STATUS PASSED FAILED: adds what a part counted; one that ended badly without a failure is one.
add() {
  local bad=${4:-0}
  if [ "$bad" -eq 0 ] && { [ "$2" -ne 0 ] || [ "${3:-0}" -eq 0 ]; }; then
    echo "FAILED $1 ended with status $2"
    bad=1
  fi
  passed=$((passed + ${3:-0})) failed=$((failed + bad))
}

# count LOG WORD: what cargo counted under a word, over all its test programs.
count() {
  sed -nE "s/^test result: .* ([0-9]+) $2.*/\1/p" "$1" | awk '{ sum += $1 } END { print sum + 0 }'
}

status=0
cargo test --package opttrack-journal --no-fail-fast 2>&1 | tee "$work/cargo" || status=$?
add 'cargo test' "$status" "$(count "$work/cargo" passed)" "$(count "$work/cargo" failed)"

if command -v strace >/dev/null; then
  status=0 good='' bad=''
  # The tests above have built it.
  python3 tools/journal/tests/crash_points.py "$target/debug/opttrack-journal" 2>&1 | tee "$work/points" || status=$?
  read -r good bad <<<"$(sed -nE 's/^([0-9]+) passed, ([0-9]+) failed$/\1 \2/p' "$work/points")" || true
  add crash_points.py "$status" "$good" "$bad"
elif [ "${OPT_REQUIRE_ALL:-}" = 1 ]; then
  add 'crash_points.py (strace is not installed)' 1 0 0
else
  suffix=', 1 skipped'
  echo 'skipped crash_points.py: strace is not installed'
fi

echo "tools: $passed passed, $failed failed$suffix"
[ "$failed" -eq 0 ]
