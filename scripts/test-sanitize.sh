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

# The C programs as they are, each under valgrind. What they find wrong themselves is the business of scripts/test-c.sh,
# and under valgrind's clock some deadlines pass; here only memory counts, and that a program comes to its end.
check_valgrind() {
  local program name status seen=0
  for program in target/c/*; do
    if [ ! -x "$program" ] || [ ! -f "$program" ]; then continue; fi
    name=$(basename "$program")
    seen=1 status=0
    timeout 300 valgrind --quiet --max-threads=4000 --leak-check=full --errors-for-leak-kinds=definite,indirect \
      --error-exitcode=99 "$program" >"$logs/$name.valgrind" 2>"$logs/$name.valgrind.err" </dev/null || status=$?
    if [ "$status" -le 1 ] && tail -n 1 "$logs/$name.valgrind" | grep -qE '^[a-z0-9_]+: [0-9]+ passed, [0-9]+ failed$'; then
      pass "valgrind $name"
    else
      tail -n 30 "$logs/$name.valgrind.err"
      fail "valgrind $name: status $status"
    fi
  done
  [ "$seen" = 1 ] || fail "valgrind: scripts/test-c.sh left no program in target/c"
}

# A leak on purpose has to be found, or valgrind finds nothing in the programs either.
check_valgrind_finds() {
  # shellcheck disable=SC2016 # the dollar is none of the shell's
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

# The C programs compiled with gcc's sanitizers, which see their side of the boundary.
check_gcc_sanitizers() {
  local line
  logged c-sanitized env OPT_SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=undefined' scripts/test-c.sh || true
  line=$(grep -E '^c: [0-9]+ passed, [0-9]+ failed$' "$logs/c-sanitized.log" || true)
  if [[ $line =~ ^c:\ ([0-9]+)\ passed,\ 0\ failed$ ]] && [ "${BASH_REMATCH[1]}" -gt 0 ]; then
    pass "C programs with gcc's sanitizers (${BASH_REMATCH[1]} checks)"
  else
    fail "C programs with gcc's sanitizers: ${line:-they did not come to their end}"
  fi
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
  if readelf -Ws "$binary" | grep -q ' __asan_init$'; then
    pass "the address sanitizer is linked into the library's tests"
  else
    fail "the address sanitizer is not in $binary"
  fi
  if readelf -Ws target/dist/lib/libopttrack.so | grep -q __asan; then
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
  check_valgrind_finds
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
