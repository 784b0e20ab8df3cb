#!/usr/bin/env bash
# Memory, threads and undefined behaviour, under tools that watch each access; and the fuzz targets for a minute each.
#
#   scripts/test-sanitize.sh [PART…]    all parts, or the named ones:
#     valgrind   the C programs of tests/c and tests/faults and the library that ships, under memcheck
#     address    the same programs with gcc's address, leak and undefined-behaviour sanitizers, and a library with the
#                address sanitizer
#     thread     those of them with threads, and a library, with the thread sanitizer
#     library    the library's own tests with the address sanitizer
#     fuzz       the targets of fuzz/
#
# Each part first finds faults that tests/sanitize plants. What a program itself finds wrong is the business of
# scripts/test-c.sh: under a checker some bounds of time are passed. The last line is the sum, `N passed, N failed`; logs
# are in target/sanitize. Expects the same machine as scripts/test.sh, and builds what it needs.
#
# FUZZ_SECONDS: for each target (default 60). OPT_REQUIRE_ALL=1: what would be skipped fails.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
logs=$root/target/sanitize
target=${CARGO_TARGET_DIR:-$root/target}
host=$(rustc -vV | sed -n 's/^host: //p')
jobs=$(nproc)
readonly root logs target host jobs
readonly -a all=(valgrind address thread library fuzz)
parts=("$@")
[ ${#parts[@]} -gt 0 ] || parts=("${all[@]}")
export OPT_COLLECTOR=$target/release/opttrack-collector
# Tests that compare with a size of memory or a lot of time leave that to runs without a checker, and say so.
export OPT_CHECKED=1
# Row A7 panics hundreds of times, and the names of a backtrace take seconds under valgrind.
export RUST_BACKTRACE=0
# A size that can't be had is refused, as by any other allocator; a test asks for one.
export ASAN_OPTIONS=allocator_may_return_null=1:exitcode=99
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1:exitcode=99
export TSAN_OPTIONS=suppressions=$root/tests/sanitize/thread.supp:exitcode=99:die_after_fork=0
# shellcheck disable=SC2054 # the comma is memcheck's
readonly memcheck=(valgrind --quiet --max-threads=4000 --leak-check=full --errors-for-leak-kinds=definite,indirect
  --error-exitcode=99)

# What has threads of its own, or is called back on ours.
readonly -a threaded=(threads notifications predictor queue delivery lifecycle books logging a03_close_while_used
  a04_concurrent_close f13_swap a05_callback_reenters a05_deciding_callbacks a06_blocking_callback a06_blocking_decision)

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

is_in() {
  local word=$1 each
  shift
  for each in "$@"; do [ "$each" != "$word" ] || return 0; done
  return 1
}

# each WHAT COMMAND NAME…: runs `COMMAND NAME` for every name, as many at once as there are cores. Its last line says what
# came of it, `ok …` or `FAILED …`; all of a failure's lines are shown.
each() {
  local what=$1 command=$2 name verdict
  shift 2
  [ $# -gt 0 ] || fail "$what: there is no program"
  for name in "$@"; do
    while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do wait -n || true; done
    "$command" "$name" >"$logs/$what-$name.verdict" 2>&1 &
  done
  wait
  for name in "$@"; do
    verdict=$(tail -n 1 "$logs/$what-$name.verdict")
    case $verdict in
    ok\ *) passed=$((passed + 1)) ;;
    *) failed=$((failed + 1)); head -n -1 "$logs/$what-$name.verdict" ;;
    esac
    echo "${verdict:-FAILED $what $name: it said nothing}"
  done
}

# watched WHAT NAME WRAPPER…: runs a program under a checker, and says what came of it. It has to come to its end.
watched() {
  local what=$1 name=$2 log=$logs/$1-$2.log status=0
  shift 2
  timeout 600 "$@" "$logs/$what/$name" >"$log" 2>"$log.err" </dev/null || status=$?
  if [ "$status" -le 1 ] && tail -n 1 "$log" | grep -qE '^[a-z0-9_]+: [0-9]+ passed, [0-9]+ failed$' &&
    ! grep -qE 'Sanitizer|: runtime error: ' "$log.err"; then
    echo "ok $what $name"
  else
    tail -n 40 "$log.err"
    echo "FAILED $what $name: status $status, $log.err"
  fi
}

# build_programs WHAT [NAME…]: the C programs, all or the named ones, in a folder of their own.
build_programs() {
  local what=$1
  shift
  mkdir -p "$logs/$what"
  logged "$what-build" env OPT_BUILD_ONLY=1 OPT_C_OUT="$logs/$what" scripts/test-c.sh "$@" && return
  fail "$what: the programs don't build"
  return 1
}

# The programs that were built for a part, by name.
programs() { find "$logs/$1" -maxdepth 1 -type f -executable ! -name 'libplanted.so' ! -name planted -printf '%f\n' | sort; }

# build_planted WHAT FLAGS LINK RUST_FLAG…: the program with planted faults, and its library where Rust has flags.
build_planted() {
  local what=$1 compiled linked
  read -r -a compiled <<<"$2"
  read -r -a linked <<<"$3"
  shift 3
  mkdir -p "$logs/$what"
  RUSTC_BOOTSTRAP=1 rustc --edition 2024 --crate-type cdylib -g -Copt-level=1 --target "$host" "$@" \
    -o "$logs/$what/libplanted.so" tests/sanitize/planted.rs &&
    cc -g -O1 "${compiled[@]}" -c tests/sanitize/planted.c -o "$logs/$what/planted.o" &&
    cc "$logs/$what/planted.o" "${linked[@]}" -o "$logs/$what/planted" "$logs/$what/libplanted.so" \
      "-Wl,-rpath,$logs/$what" -pthread -lm
}

# finds WHAT FAULT… [-- WRAPPER…]: is every planted fault found, and none where none is?
finds() {
  local what=$1 fault faults=() status
  shift
  while [ $# -gt 0 ] && [ "$1" != -- ]; do faults+=("$1") && shift; done
  shift || true
  for fault in none "${faults[@]}"; do
    status=0
    "$@" "$logs/$what/planted" "$fault" >"$logs/$what-planted-$fault.log" 2>&1 </dev/null || status=$?
    case $fault-$status in
    none-0 | *-99) pass "$what finds what is planted: $fault" ;;
    *) fail "$what, planted fault $fault: status $status, $logs/$what-planted-$fault.log" ;;
    esac
  done
}

# build_library WHAT TYPE RUST_FLAGS [OPTION…]: the library with a sanitizer in it, in target/WHAT, by cargo's options.
build_library() {
  local what=$1 type=$2 flags=$3
  shift 3
  logged "$what-library" env RUSTC_BOOTSTRAP=1 RUSTFLAGS="$flags" CARGO_TARGET_DIR="$target/$what" cargo rustc --lib \
    --crate-type "$type" --target "$host" "$@" --config profile.dev.opt-level=1 && return
  fail "$what: the library does not build"
  return 1
}

# The shared library for the thread sanitizer, which is told of std's locks.
link_thread_library() {
  local archive=$target/thread/$host/debug/libopttrack.a wraps
  tests/sanitize/std_locks.sh "$archive" "$logs/std_locks.c" >"$logs/std_locks.flags" &&
    mapfile -t wraps <"$logs/std_locks.flags" &&
    cc -shared -fPIC -O1 -g "$logs/std_locks.c" -o "$logs/libopttrack-thread.so" -Wl,--whole-archive "$archive" \
      -Wl,--no-whole-archive "${wraps[@]}" -Wl,-soname,libopttrack-thread.so -pthread -lm -ldl
}

# link_runtime NAME: sets `link` to what links a sanitizer's runtime into a program. Rust's own: gcc's may be too old to
# know functions that this rustc calls, or to let a child of a fork have memory that another thread was about to take.
link_runtime() {
  local runtime
  runtime=$(rustc --print sysroot)/lib/rustlib/$host/lib/librustc-stable_rt.$1.a
  [ -e "$runtime" ] || { skip "$1" "this Rust comes without $runtime"; return 1; }
  link="-rdynamic -Wl,--whole-archive $runtime -Wl,--no-whole-archive -ldl -lrt"
}

# One thread at a time, and each thirty times slower.
memcheck_one() { OPT_SLOW=1 watched valgrind "$1" "${memcheck[@]}"; }
as_it_is() { watched address "$1"; }
# Address space at random places is more than the thread sanitizer can map.
at_fixed_places() { watched thread "$1" setarch -R; }

valgrind_part() {
  command -v valgrind >/dev/null || { skip valgrind "it is not installed"; return; }
  build_planted valgrind '' '' || { fail "valgrind: the planted faults don't build"; return; }
  finds valgrind rust-use-after-free rust-leak c-leak -- "${memcheck[@]}"
  build_programs valgrind || return 0
  # shellcheck disable=SC2046 # the names are words
  each valgrind memcheck_one $(programs valgrind)
}

address_part() {
  local flags='-fsanitize=address,undefined -fno-omit-frame-pointer' link
  link_runtime asan || return 0
  build_planted address "$flags" "$link" -Zsanitizer=address || { fail "address: the planted faults don't build"; return; }
  finds address rust-use-after-free rust-leak c-leak c-overrun c-overflow --
  build_library address cdylib -Zsanitizer=address || return 0
  export OPT_LIBRARY=$target/address/$host/debug/libopttrack.so
  OPT_SANITIZE=$flags OPT_SANITIZE_LINK=$link build_programs address || return 0
  # shellcheck disable=SC2046 # the names are words
  each address as_it_is $(programs address)
}

thread_part() {
  local flags=-fsanitize=thread rust=(-Zsanitizer=thread -Cunsafe-allow-abi-mismatch=sanitizer) link
  link_runtime tsan || return 0
  build_planted thread "$flags" "$link" "${rust[@]}" || { fail "thread: the planted faults don't build"; return; }
  finds thread rust-race c-race -- setarch -R
  # Without TLS, which is others' code and takes long to build.
  build_library thread staticlib "${rust[*]}" --no-default-features --features http &&
    logged thread-link link_thread_library || return 0
  export OPT_LIBRARY=$logs/libopttrack-thread.so
  OPT_SANITIZE=$flags OPT_SANITIZE_LINK=$link build_programs thread "${threaded[@]}" || return 0
  # shellcheck disable=SC2046 # the names are words
  each thread at_fixed_places $(programs thread)
}

library_part() {
  local binary
  local command=(env RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address "CARGO_TARGET_DIR=$target/address"
    cargo test --lib --target "$host")
  if ! logged library-build "${command[@]}" --no-run; then
    fail "the library's tests with the address sanitizer: they don't build"
    return
  fi
  binary=$(sed -nE 's/^ *Executable .*\((.*)\)$/\1/p' "$logs/library-build.log")
  [[ $binary = /* ]] || binary=$root/$binary
  # A flag that was dropped on the way checks nothing.
  if readelf -Ws "$binary" | grep ' __asan_init$' >/dev/null; then
    pass "the address sanitizer is linked into the library's tests"
  else
    fail "the address sanitizer is not in $binary"
  fi
  if readelf -Ws target/dist/lib/libopttrack.so | grep -E '__(asan|tsan)' >/dev/null; then
    fail "what ships has a sanitizer in it"
  else
    pass "what ships has no sanitizer in it"
  fi
  if logged library "${command[@]}"; then
    pass "the library's tests with the address sanitizer ($(sed -nE 's/^test result: ok. ([0-9]+) passed.*/\1/p' "$logs/library.log"))"
  else
    fail "the library's tests with the address sanitizer"
  fi
}

fuzz_part() {
  local good bad
  # The same way each time: what is new is looked for by make fuzz.
  FUZZ_SEED=${FUZZ_SEED:-1} FUZZ_SECONDS=${FUZZ_SECONDS:-60} scripts/fuzz.sh 2>&1 | tee "$logs/fuzz.log" || true
  read -r good bad <<<"$(sed -nE 's/^fuzz: ([0-9]+) passed, ([0-9]+) failed$/\1 \2/p' "$logs/fuzz.log")" || true
  passed=$((passed + ${good:-0})) failed=$((failed + ${bad:-1}))
}

for part in "${parts[@]}"; do
  is_in "$part" "${all[@]}" || { echo "sanitize: there is no part $part, only: ${all[*]}" >&2; exit 2; }
done
times=()
began=$SECONDS
if logged build build; then
  times+=("build $((SECONDS - began)) s")
  for part in "${parts[@]}"; do
    began=$SECONDS
    echo "== $part"
    unset OPT_LIBRARY
    "${part}_part"
    times+=("$part $((SECONDS - began)) s")
  done
else
  fail "the build"
fi

echo "times: $(IFS=, && echo "${times[*]}")"
suffix=
[ "$skipped" -eq 0 ] || suffix=", $skipped skipped"
echo "$passed passed, $failed failed$suffix"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
