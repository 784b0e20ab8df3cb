#!/usr/bin/env bash
# Tells the thread sanitizer of the locks of Rust's std, which comes without its instrumentation: writes, in C, what the
# linker puts around the functions in which std waits, and prints the linker's flags for that.
#
#   tests/sanitize/std_locks.sh ARCHIVE OUT.c
#
# Where nobody waits, std's locks are inlined into our code and seen. These functions are not; their names hold a number
# that changes with each Rust, so they are looked up in the archive. Of a function with up to six arguments in registers
# nothing else has to be known.
set -euo pipefail
archive=$1 out=$2

# How each is told: LOCK takes its first argument, WAIT gives its second back and takes it again, ONCE takes its first
# argument and gives it to those who find it done.
readonly -A kinds=([5Mutex14lock_contended]=LOCK [6RwLock14read_contended]=LOCK [6RwLock15write_contended]=LOCK
  [7Condvar4wait]=WAIT [7Condvar12wait_timeout]=WAIT [4Once4call]=ONCE)

names=$(readelf -sW "$archive" 2>/dev/null | awk '$4 == "FUNC" && $7 != "UND" { print $8 }' |
  grep -E '3std3sys4sync.*5futex' | sort -u)

cat >"$out" <<'C'
#include <stdint.h>

void __tsan_acquire(void *place);
void __tsan_release(void *place);

#define AROUND(name, before, after)                                                                        \
  uintptr_t __real_##name(void *, void *, uintptr_t, uintptr_t, uintptr_t, uintptr_t);                     \
  uintptr_t __wrap_##name(void *, void *, uintptr_t, uintptr_t, uintptr_t, uintptr_t);                     \
  uintptr_t __wrap_##name(void *first, void *second, uintptr_t c, uintptr_t d, uintptr_t e, uintptr_t f) { \
    before;                                                                                                \
    uintptr_t result = __real_##name(first, second, c, d, e, f);                                           \
    after;                                                                                                 \
    return result;                                                                                         \
  }
#define LOCK(name) AROUND(name, (void)0, __tsan_acquire(first))
#define WAIT(name) AROUND(name, __tsan_release(second), __tsan_acquire(second))
#define ONCE(name) AROUND(name, (void)0, (__tsan_acquire(first), __tsan_release(first)))

C
found=0
for name in $names; do
  for what in "${!kinds[@]}"; do
    case $name in
    *"$what")
      echo "${kinds[$what]}($name)" >>"$out"
      echo "-Wl,--wrap=$name"
      found=$((found + 1))
      ;;
    esac
  done
done
[ "$found" -gt 0 ] || { echo "std_locks: none of std's locks is in $archive" >&2; exit 1; }
