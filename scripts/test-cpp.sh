#!/usr/bin/env bash
# Builds the C++ header's tests with gcc and clang under several standards, with and without exceptions, and runs them
# against the shared library in target/dist and a collector. OPT_COLLECTOR names the collector; OPT_DIST another prefix
# than target/dist; CXXFLAGS are added. With OPT_REQUIRE_ALL=1 a missing compiler is a failure.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
dist=${OPT_DIST:-$root/target/dist}
out=$root/target/test-cpp
export OPT_COLLECTOR=${OPT_COLLECTOR:-$root/target/release/opttrack-collector}
export PKG_CONFIG_PATH=$dist/lib/pkgconfig LD_LIBRARY_PATH=$dist/lib
[[ -x $OPT_COLLECTOR ]] || { echo "test-cpp: no collector at $OPT_COLLECTOR; set OPT_COLLECTOR" >&2; exit 2; }
read -ra cflags <<<"$(pkg-config --cflags opttrack)"
read -ra libs <<<"$(pkg-config --libs opttrack)"
read -ra extra <<<"${CXXFLAGS:-}"
warnings=(-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
programs=(values results handles options decisions flags profiles bandits notifications config wire books journal
  driving threads version allocations heap header_twice header_quick_start example)
jobs=$(nproc)
passed=0
failed=0
ulimit -c 0

# What the programs share: the C tests' JSON reader, collector client and prediction service, and the quick start out
# of the header.
support() {
  mkdir -p "$out/c"
  awk '/^\/\/\/ CONVENTIONS/ { exit } /^\/\/\/   / { print substr($0, 7) } /^\/\/\/$/ { print "" }' \
    "$dist/include/opttrack.hpp" >"$out/quick_start.inc"
  local name
  for name in check collector json predictor; do
    gcc -std=c17 -O1 -Wall -Wextra -Werror "${cflags[@]}" -c "$root/tests/c/$name.c" -o "$out/c/$name.o"
  done
}

# build DIRECTORY PROGRAM COMPILER FLAG…: one program; what the compiler said is in DIRECTORY/PROGRAM.build.
build() {
  local directory=$1 program=$2 compile=("${@:3}" "${warnings[@]}" "${extra[@]}" "${cflags[@]}")
  local inputs=("$root/tests/cpp/$program.cpp" "$out"/c/*.o)
  case $program in
  header_alone)
    "${compile[@]}" -c "${inputs[0]}" -o "$directory/$program.o"
    return
    ;;
  header_twice)
    "${compile[@]}" -fno-exceptions -c "$root/tests/cpp/header_twice_other.cpp" -o "$directory/header_twice_other.o"
    inputs+=("$directory/header_twice_other.o")
    ;;
  header_quick_start) compile+=("-I$out") ;;
  quickstart) inputs=("$root/examples/cpp/quickstart.cpp") ;;
  esac
  "${compile[@]}" "${inputs[@]}" "${libs[@]}" -pthread -o "$directory/$program"
}

# Counts one check of this script's own.
count() {
  if [[ $1 == 0 ]]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
}

# Builds all programs into DIRECTORY, as many at once as there are processors; a build that fails is a failed check.
build_all() {
  local directory=$1 program status
  rm -rf "$directory"
  mkdir -p "$directory"
  for program in header_alone quickstart "${programs[@]}"; do
    while (($(jobs -rp | wc -l) >= jobs)); do wait -n || true; done
    { build "$directory" "$program" "${@:2}" && touch "$directory/$program.built"; } >"$directory/$program.build" 2>&1 &
  done
  wait
  for program in header_alone quickstart "${programs[@]}"; do
    status=0
    [[ -e $directory/$program.built ]] || status=1
    count "$status"
    [[ $status == 0 ]] || { echo "FAILED to build $program:" && cat "$directory/$program.build"; }
  done
}

# Runs all programs of DIRECTORY and adds up their last lines; one without a proper last line is a failed check.
run_all() {
  local directory=$1 program status last
  for program in "${programs[@]}"; do
    [[ -e $directory/$program.built ]] || continue
    status=0
    OPT_QUICKSTART=$directory/quickstart timeout 120 "$directory/$program" >"$directory/$program.log" 2>&1 || status=$?
    last=$(tail -n 1 "$directory/$program.log")
    if [[ $last =~ ^$program:\ ([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
      passed=$((passed + BASH_REMATCH[1]))
      failed=$((failed + BASH_REMATCH[2]))
      [[ $status == 0 || ${BASH_REMATCH[2]} != 0 ]] || count "$status"
    else
      count 1
    fi
    [[ $status == 0 ]] || cat "$directory/$program.log"
    [[ $status == 0 ]] || echo "FAILED $program with status $status"
  done
}

support
for compiler in g++ clang++; do
  modes=(17-throws 17-aborts 20-throws 20-aborts 2b-throws 2b-aborts)
  [[ $compiler == g++ ]] || modes=(17-throws 20-aborts 2b-throws)
  if ! command -v "$compiler" >/dev/null; then
    echo "$compiler: not installed, skipped"
    [[ ${OPT_REQUIRE_ALL:-0} != 1 ]] || count 1
    continue
  fi
  for mode in "${modes[@]}"; do
    flags=("-std=c++${mode%-*}")
    [[ $mode == *-throws ]] || flags+=(-fno-exceptions -fno-rtti)
    before=$passed
    build_all "$out/$compiler-$mode" "$compiler" "${flags[@]}"
    run_all "$out/$compiler-$mode"
    echo "$compiler $mode: $((passed - before)) passed"
  done
done
echo "cpp: $passed passed, $failed failed"
[[ $failed == 0 && $passed -gt 0 ]]
