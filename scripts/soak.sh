#!/usr/bin/env bash
# A day of traffic with an outage on a clock that goes faster, once for each kind of journal, side by side.
#
# Needs target/dist (scripts/dist.sh). KINDS, HOURS, A_SECOND, SPEED: see tests/faults/soak/soak.py. The last line is
# `soak: N passed, N failed`.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
out=$root/target/soak
dist=${OPT_DIST:-$root/target/dist}
readonly root out dist
readonly -a flags=(-std=c11 -O2 -Wall -Wextra -Wpedantic -Wconversion -Werror)

mkdir -p "$out"
gcc "${flags[@]}" -D_DEFAULT_SOURCE -I"$dist/include" tests/faults/soak/traffic.c -o "$out/traffic" \
  -L"$dist/lib" -lopttrack "-Wl,-rpath,$dist/lib"
gcc "${flags[@]}" -D_GNU_SOURCE benches/c/sink.c -o "$out/sink" -lpthread
gcc "${flags[@]}" -shared -fPIC tests/faults/shim/clock.c -o "$out/clock.so" -ldl
exec python3 -B tests/faults/soak/soak.py
