#!/usr/bin/env bash
# Memory: the C programs of tests/c and tests/faults under valgrind, and with gcc's sanitizers; the library's own tests
# with the address sanitizer. The last line is the sum, `N passed, N failed`; logs are in target/sanitize.
#
# Expects the same machine as scripts/test.sh, and builds what it needs. OPT_REQUIRE_ALL=1: what would be skipped fails.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
logs=$root/target/sanitize
target=${CARGO_TARGET_DIR:-$root/target}
readonly root logs target
export OPT_COLLECTOR=$target/release/opttrack-collector
# Tests that compare with a size of memory or a lot of time leave that to runs without a checker.
export OPT_CHECKED=1
# A size that can't be had is refused, as by any other allocator; a test asks for one.
export ASAN_OPTIONS=allocator_may_return_null=1
passed=0 failed=0 skipped=0
mkdir -p "$logs"

pass() { passed=$((passed + 1)); echo "ok $*"; }
fail() { failed=$((failed + 1)); echo "FAILED $*"; }

# skip WHAT WHY
skip() {
  if [ "${OPT_REQUIRE_ALL:-}" = 1 ]; then
    fail "$1: $2"
  else
    skipped=$((skipped + 1))
    echo "skipped $1: $2"
  fi
}

# logged NAME COMMAND…: runs it with its output in a log; shows the log's end if it fails.
logged() {
  local name=$1 log=$logs/$1.log status=0
  shift
  "$@" >"$log" 2>&1 </dev/null || status=$?
  [ "$status" -eq 0 ] || tail -n 40 "$log"
  return "$status"
}

build() {
  scripts/setup.sh test
  scripts/dist.sh
  scripts/dist.sh --panics
  cargo build --release --package opttrack-collector
}

# The programs that scripts/test-c.sh built and ran, by name.
c_programs() {
  local log
  for log in target/c/*.log; do
    if [ -x "${log%.log}" ]; then basename "$log" .log; fi
  done
}

# Did a program come to its end? What it found wrong itself is the business of scripts/test-c.sh, and under a checker's
# clock and in its memory some bounds are passed; here only wrong uses of memory count.
is_at_its_end() { tail -n 1 "$1" | grep -E '^[a-z0-9_]+: [0-9]+ passed, [0-9]+ failed$' >/dev/null; }

# The C programs as they are, each under valgrind.
check_valgrind() {
  local name log status seen=0
  for name in $(c_programs); do
    log=$logs/$name.valgrind seen=1 status=0
    timeout 300 valgrind --quiet --max-threads=4000 --leak-check=full --errors-for-leak-kinds=definite,indirect \
      --error-exitcode=99 "target/c/$name" >"$log" 2>"$log.err" </dev/null || status=$?
    if [ "$status" -le 1 ] && is_at_its_end "$log"; then
      pass "valgrind $name"
    else
      tail -n 30 "$log.err"
      fail "valgrind $name: status $status"
    fi
  done
  [ "$seen" = 1 ] || fail "valgrind: scripts/test-c.sh left no program in target/c"
}

# A leak on purpose has to be found, or nothing is found in the programs either.
check_leak_is_found() {
  printf '#include <stdlib.h>\nint main(void) { volatile char *p = malloc(7); p[0] = 1; p = NULL; return p != NULL; }\n' \
    >"$logs/leak.c"
  cc -g -O0 -o "$logs/leak" "$logs/leak.c"
  if valgrind --quiet --leak-check=full --errors-for-leak-kinds=definite,indirect --error-exitcode=99 "$logs/leak" \
    >/dev/null 2>&1; then
    fail "valgrind finds a planted leak"
  else
    pass "valgrind finds a planted leak"
  fi
}

# The C programs compiled with gcc's sanitizers, which see their side of the boundary and each allocation of both.
check_gcc_sanitizers() {
  local name log found='(Address|Leak|UndefinedBehavior)Sanitizer|: runtime error: ' seen=0
  rm -f target/c/*.log target/c/*.log.err
  logged c-sanitized env OPT_SANITIZE=-fsanitize=address,undefined scripts/test-c.sh ||
    echo "note: scripts/test-c.sh fails with sanitizers; target/sanitize/c-sanitized.log"
  for name in $(c_programs); do
    log=target/c/$name.log seen=1
    if ! readelf -Ws "target/c/$name" | grep __asan_init >/dev/null; then
      fail "gcc's sanitizers $name: they are not in the program"
    elif grep -E "$found" "$log.err" >&2 || ! is_at_its_end "$log"; then
      fail "gcc's sanitizers $name"
    else
      pass "gcc's sanitizers $name"
    fi
  done
  [ "$seen" = 1 ] || fail "gcc's sanitizers: scripts/test-c.sh left no program in target/c"
}

# The tests inside the library, it and all it is built from compiled with the address sanitizer. TLS is left out: it is
# others' code, and takes most of the time.
check_address_sanitizer() {
  local host binary
  host=$(rustc -vV | sed -n 's/^host: //p')
  local command=(env RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address "CARGO_TARGET_DIR=$target/asan"
    cargo test --lib --target "$host" --no-default-features --features http)
  if ! logged asan-build "${command[@]}" --no-run; then
    fail "the library's tests with the address sanitizer: they don't build"
    return
  fi
  binary=$(sed -nE 's/^ *Executable .*\((.*)\)$/\1/p' "$logs/asan-build.log")
  [[ $binary = /* ]] || binary=$root/$binary
  # A flag that was dropped on the way checks nothing.
  if readelf -Ws "$binary" | grep ' __asan_init$' >/dev/null; then
    pass "the address sanitizer is linked into the library's tests"
  else
    fail "the address sanitizer is not in $binary"
  fi
  if readelf -Ws target/dist/lib/libopttrack.so | grep __asan >/dev/null; then
    fail "what ships has a sanitizer in it"
  else
    pass "what ships has no sanitizer in it"
  fi
  if logged asan "${command[@]}"; then
    pass "the library's tests with the address sanitizer ($(sed -nE 's/^test result: ok. ([0-9]+) passed.*/\1/p' "$logs/asan.log"))"
  else
    fail "the library's tests with the address sanitizer"
  fi
}

if ! logged build build; then
  fail "the build"
elif command -v valgrind >/dev/null; then
  # Builds the programs; what it says of them counts in `make test`.
  logged c scripts/test-c.sh || echo "note: scripts/test-c.sh fails; target/sanitize/c.log"
  check_leak_is_found
  check_valgrind
  check_gcc_sanitizers
  check_address_sanitizer
else
  skip "valgrind" "it is not installed"
  check_gcc_sanitizers
  check_address_sanitizer
fi

suffix=
[ "$skipped" -eq 0 ] || suffix=", $skipped skipped"
echo "$passed passed, $failed failed$suffix"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
