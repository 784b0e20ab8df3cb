#!/usr/bin/env bash
# Counts the instructions and heap allocations of a call under valgrind, beside their ceilings, on the library in
# target/dist (OPT_DIST: another). With OPT_CEILINGS=1 a count above its ceiling is a failure.
#
# Needs gcc, python3 and valgrind. Profiles for callgrind_annotate are left in target/bench/callgrind.
set -euo pipefail
cd "$(dirname "$0")/.."

built="$PWD/target/bench"
dist="${OPT_DIST:-$PWD/target/dist}"
if ! command -v valgrind >/dev/null; then
  echo "bench-instructions: valgrind is not installed" >&2
  exit 1
fi
mkdir -p "$built/bin"
gcc -std=c11 -D_GNU_SOURCE -O2 -g -Wall -Wextra -I"$dist/include" benches/c/instructions.c \
  -o "$built/bin/instructions" -L"$dist/lib" -lopttrack -Wl,-rpath,"$dist/lib"
exec python3 -B benches/instructions.py
