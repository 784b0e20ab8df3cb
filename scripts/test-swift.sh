#!/usr/bin/env bash
# Tests the Swift package against the library that was built into target/dist, and runs examples/swift. The last line is
# `swift: N passed, N failed`, or says why Swift was skipped, with status 77 (1 if OPT_REQUIRE_ALL=1 is set).
#
#   OPT_PREFIX      where the library is installed; default target/dist
#   OPT_COLLECTOR   the collector's binary; default target/release/opttrack-collector
#
# Arguments go to `swift test`, such as `--filter WireTests`.
set -euo pipefail

repo=$(dirname "$(dirname "$(realpath "${BASH_SOURCE[0]}")")")
prefix=${OPT_PREFIX:-$repo/target/dist}
export OPT_COLLECTOR=${OPT_COLLECTOR:-$repo/target/release/opttrack-collector}
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
export LD_LIBRARY_PATH=$prefix/lib
# The tests speak to a collector on this machine, and to nobody else.
export no_proxy=127.0.0.1

toolchain=$repo/scripts/swift-env.sh
"$toolchain" check

for needed in "$PKG_CONFIG_PATH/opttrack.pc" "$OPT_COLLECTOR"; do
  [ -e "$needed" ] || { echo "swift: $needed is missing; build it first" >&2; exit 1; }
done

mkdir -p "$repo/target/swift"
log=$repo/target/swift/test.log
rc=0
"$toolchain" run "$repo/bindings/swift" \
  swift test --disable-sandbox --disable-xctest --scratch-path "$repo/target/swift/build" -Xswiftc -warnings-as-errors \
  "$@" 2>&1 | tee "$log" || rc=$?
[ "$rc" != 77 ] || exit 77

count() { grep -E "Test .* $1 after [0-9.]+ seconds" "$log" | grep -vc 'Test run with' || true; }
passed=$(count passed)
failed=$(count failed)
run=$(sed -nE 's/.*Test run with ([0-9]+) tests? .*/\1/p' "$log")

# Every test that ran must have ended as passed or failed, and there must be some.
if [ "${run:-0}" = 0 ] || [ "$run" != $((passed + failed)) ]; then
  echo "swift: the run did not come to its end" >&2
  failed=$((failed + 1))
fi

# The quick start is built and run, as one test more.
quick_start() {
  local package=$repo/examples/swift/quickstart build=$repo/target/swift/quickstart
  # SwiftPM's plan of an earlier build misses files that came into the package it depends on.
  rm -f "$build/debug.yaml"
  "$toolchain" run "$package" \
    swift build --disable-sandbox --scratch-path "$build" -Xswiftc -warnings-as-errors &&
    "$repo/tests/quickstart.py" "$toolchain" run "$package" "$build/debug/quickstart"
}
log=$repo/target/swift/quickstart.log
if quick_start >"$log" 2>&1; then
  passed=$((passed + 1))
else
  failed=$((failed + 1))
  cat "$log"
  echo "FAILED quick start"
fi
echo "swift: $passed passed, $failed failed"
[ "$rc" = 0 ] && [ "$failed" = 0 ]
