#!/usr/bin/env bash
# Builds what is missing and runs every test in every language; goes on after a failure.
#
#   scripts/test.sh [PART…]     all parts, or the named ones: rust tools vectors differential c cpp consume go swift
#                               network faults campaigns docs lint
#
# A part prints `part: N passed, N failed` at its end (Rust's numbers are cargo's own); one that ends in another way has
# failed. Status 77 says that it was skipped, with its reason on its last line. The last line of all is the sum over the
# parts, `N passed, N failed`. Logs are in target/test. OPT_REQUIRE_ALL=1: what would be skipped fails.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
logs=$root/target/test
readonly root logs
readonly -a all=(rust tools vectors differential c cpp consume go swift network faults campaigns docs lint)
parts=("$@")
[ ${#parts[@]} -gt 0 ] || parts=("${all[@]}")

target=${CARGO_TARGET_DIR:-$root/target}
export OPT_DIST=$root/target/dist
export OPT_COLLECTOR=$target/release/opttrack-collector
# Longest time for one part, far more than any takes: a part that hangs is a failure, not a run without an end.
readonly limit=40m

passed=0 failed=0 skipped=0 summary=()
mkdir -p "$logs"
# One part reads what another has printed in this run.
rm -f "$logs"/*.log

build() {
  scripts/setup.sh test
  scripts/dist.sh
  scripts/dist.sh --panics
  cargo build --release --package opttrack-collector
}

# Sets `command` to what runs a part.
choose() {
  case $1 in
  rust) command=(cargo test --workspace --exclude opttrack-journal --no-fail-fast) ;;
  vectors) command=(bash -c 'scripts/build-workers.sh && cargo test --test vectors') ;;
  differential) command=(scripts/differential.sh --short) ;;
  tools | c | cpp | consume | go | swift | faults | campaigns | network | docs) command=("scripts/test-$1.sh") ;;
  lint) command=(scripts/lint.sh) ;;
  *) echo "test: there is no part $1, only: ${all[*]}" >&2; exit 2 ;;
  esac
}

# cargo_count LOG WORD: what cargo counted under a word, over all its test programs.
cargo_count() {
  sed -nE "s/^test result: .* ([0-9]+) $2.*/\1/p" "$1" | awk '{ sum += $1 } END { print sum + 0 }'
}

# numbers PART LOG: `passed failed`, as the part itself counted, or nothing.
numbers() {
  if [ "$1" = rust ]; then
    if grep -q '^test result: ' "$2"; then
      echo "$(cargo_count "$2" passed) $(cargo_count "$2" failed)"
    fi
  else
    sed -nE "s/^$1: ([0-9]+) passed, ([0-9]+) failed.*/\1 \2/p" "$2" | tail -n 1
  fi
}

run_part() {
  local part=$1 log=$logs/$1.log status=0 good='' bad='' line
  echo "== $part"
  choose "$part"
  timeout --kill-after=30s "$limit" "${command[@]}" </dev/null 2>&1 | tee "$log" || status=$?
  if [ "$status" -eq 77 ]; then
    skipped=$((skipped + 1))
    line=$(tail -n 1 "$log")
    summary+=("$part: skipped (${line#"$part: "})")
    return
  fi
  read -r good bad <<<"$(numbers "$part" "$log")" || true
  line="$part: ${good:-0} passed, ${bad:-0} failed"
  [ "$part" = rust ] || line=$(grep -E "^$part: [0-9]+ passed" "$log" | tail -n 1 || echo "$line")
  # A part that says that all is well has to have ended well and to have tested something.
  if [ "${bad:-0}" -eq 0 ] && { [ "$status" -ne 0 ] || [ "${good:-0}" -eq 0 ]; }; then
    line="$line, and it ended with status $status: one more failure"
    bad=1
  fi
  passed=$((passed + ${good:-0})) failed=$((failed + ${bad:-0}))
  summary+=("$line")
}

finish() {
  local suffix=
  echo
  printf '%s\n' "${summary[@]}"
  echo
  [ "$skipped" -eq 0 ] || suffix=", $skipped skipped"
  echo "$passed passed, $failed failed$suffix"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

# Not in a condition, where the shell would run on after a failed command.
set +e
(
  set -e
  build
) </dev/null 2>&1 | tee "$logs/build.log"
built=${PIPESTATUS[0]}
set -e
if [ "$built" -ne 0 ]; then
  failed=1
  summary+=("build: failed with status $built; target/test/build.log has its words")
  finish
  exit 1
fi
for part in "${parts[@]}"; do
  run_part "$part"
done
finish
