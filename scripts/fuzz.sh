#!/usr/bin/env bash
# Runs the fuzz targets of fuzz/ with the address sanitizer. Each prints how many inputs it tried; the last line is the
# sum, `fuzz: N passed, N failed`, a target that tried none counting as failed.
#
#   scripts/fuzz.sh [TARGET…]       all targets, or the named ones
#   scripts/fuzz.sh --list          their names
#   scripts/fuzz.sh --replay FILE   one input again, of the target by whose name its folder goes
#
# FUZZ_SECONDS: time for each target (default 600). FUZZ_JOBS: targets at once (default: one a core). FUZZ_SEED: where chance
# begins (default: another place each time). What is learned is kept in target/fuzz/corpus, where the next run goes on; an
# input that fails in target/fuzz/failures. A target begins with what is in fuzz/seeds, and knows the words of
# fuzz/dictionaries.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
target=${CARGO_TARGET_DIR:-$root/target}/fuzz
host=$(rustc -vV | sed -n 's/^host: //p')
binaries=$target/$host/release
readonly root target host binaries
seconds=${FUZZ_SECONDS:-600}
jobs=${FUZZ_JOBS:-$(nproc)}

mapfile -t all < <(sed -n '/^\[\[bin\]\]/,/^name/s/^name = "\(.*\)"$/\1/p' fuzz/Cargo.toml)

# The engine wants to be told of each edge and each comparison; the door to the rooms opens to --cfg fuzzing.
build() {
  local flags=(--cfg fuzzing -Zsanitizer=address -Cpasses=sancov-module) part
  for part in level=4 inline-8bit-counters pc-table trace-compares; do
    flags+=("-Cllvm-args=-sanitizer-coverage-$part")
  done
  # With the host named, build scripts and macros are not instrumented.
  RUSTC_BOOTSTRAP=1 RUSTFLAGS="${flags[*]}" CARGO_TARGET_DIR=$target \
    cargo build --quiet --release --locked --manifest-path fuzz/Cargo.toml --target "$host" "$@"
}

# fuzz NAME: runs a target for its time, its words in a log.
fuzz() {
  local name=$1
  mkdir -p "$target/corpus/$name" "$target/failures/$name"
  # Beyond its own time it gets some for start and end.
  timeout --kill-after=10s $((seconds + 120)) "$binaries/$name" -seed="${FUZZ_SEED:-0}" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=3000 \
    -print_final_stats=1 -artifact_prefix="$target/failures/$name/" \
    "-dict=fuzz/dictionaries/$name.dict" "$target/corpus/$name" "fuzz/seeds/$name" >"$target/$name.log" 2>&1 </dev/null
}

# report NAME STATUS: a target's line; how to see a failure again.
report() {
  local name=$1 status=$2 log=$target/$1.log runs kept
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -n 1)
  executions=$((executions + ${runs:-0}))
  if [ "$status" -eq 0 ] && [ "${runs:-0}" -gt 0 ]; then
    passed=$((passed + 1))
    echo "ok fuzz $name: $runs executions"
    return
  fi
  failed=$((failed + 1))
  echo "FAILED fuzz $name: status $status after ${runs:-0} executions; $log has its words, such as:"
  grep -aE -A 2 'panicked at|^==[0-9]+== ?ERROR|^SUMMARY|runtime error' "$log" | cut -c 1-400 | head -n 12
  kept=$(sed -nE 's/.*Test unit written to (.*)$/\1/p' "$log" | tail -n 1)
  [ -z "$kept" ] || echo "the input is kept: scripts/fuzz.sh --replay $kept"
}

run() {
  local name pid at=0 running=() names=() status
  for name in "$@" ''; do
    # Room for the next one, or at the end all of them.
    while [ ${#running[@]} -gt "$at" ] && { [ -z "$name" ] || [ $((${#running[@]} - at)) -ge "$jobs" ]; }; do
      status=0
      wait "${running[at]}" || status=$?
      report "${names[at]}" "$status"
      at=$((at + 1))
    done
    [ -n "$name" ] || break
    fuzz "$name" &
    pid=$!
    running+=("$pid") names+=("$name")
  done
}

case ${1:-} in
--list)
  printf '%s\n' "${all[@]}"
  exit
  ;;
--replay)
  file=$(realpath "${2:?"usage: $0 --replay FILE"}")
  name=$(basename "$(dirname "$file")")
  build --bin "$name"
  exec "$binaries/$name" "$file"
  ;;
esac

wanted=("$@")
[ ${#wanted[@]} -gt 0 ] || wanted=("${all[@]}")
for name in "${wanted[@]}"; do
  [[ " ${all[*]} " = *" $name "* ]] || { echo "fuzz: there is no target $name, only: ${all[*]}" >&2; exit 2; }
done
passed=0 failed=0 executions=0
mkdir -p "$target"
build
run "${wanted[@]}"
echo "fuzz: $executions executions of ${#wanted[@]} targets, $seconds s each"
echo "fuzz: $passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
