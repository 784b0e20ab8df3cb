#!/usr/bin/env bash
# Tests what goes over the network: polling, the Data Platform, TLS, proxies; a C program (tests/network/probe.c) against
# real servers on loopback. The last line is `network: N passed, N failed`.
#
#   scripts/test-network.sh [PART…]     all cases, or those with a part in their name
#
# OPT_NETWORK_OUT: where programs and logs go. OPT_DIST: another prefix than target/dist. OPT_REQUIRE_ALL=1: a server that is not installed is a failure.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
dist=${OPT_DIST:-$root/target/dist}
out=${OPT_NETWORK_OUT:-$root/target/network}
readonly root dist out
export PKG_CONFIG_PATH=$dist/lib/pkgconfig PYTHONDONTWRITEBYTECODE=1
# Where an administrator's programs are, which a user's own path lacks.
export PATH=$PATH:/usr/sbin:/sbin
mkdir -p "$out"
read -r -a flags <<<"$(pkg-config --cflags --libs opttrack)"
"${CC:-cc}" -std=c11 -O1 -g -Wall -Wextra -Wpedantic -Wconversion -Werror tests/network/probe.c -o "$out/probe" \
  "${flags[@]}" "-Wl,-rpath,$dist/lib"
"${CC:-cc}" -std=c11 -O2 -Wall -Wextra -Wpedantic -Wconversion -Werror -shared -fPIC tests/faults/shim/clock.c \
  -o "$out/clock.so" -pthread -ldl
exec python3 tests/network/run.py --probe "$out/probe" --clock "$out/clock.so" --work "$out/work" "$@"
