#!/usr/bin/env bash
# Installs target/dist as a user would, moves it, and builds a user's program against it in every way there is. The last
# line is `consume: N passed, N failed`.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
work=$root/target/consume
readonly root work
passed=0 failed=0 skipped=0

# check WHAT COMMAND…: one check; its output is shown if it fails.
check() {
  local what=$1 output
  shift
  if output=$("$@" 2>&1 </dev/null); then
    passed=$((passed + 1))
    echo "ok $what"
  else
    failed=$((failed + 1))
    printf '%s\nFAILED %s\n' "$output" "$what"
  fi
}

not() { ! "$@"; }

# needs FILE TEXT: does a program need a shared library whose name holds TEXT? (grep -q would leave readelf writing into
# nothing, which is a failure of its own.)
needs() { readelf -d "$1" | grep "NEEDED.*$2" >/dev/null; }

# compile OUT FLAG…
compile() { cc -Wall -Wextra -Werror tests/consume/consumer.c -o "$work/$1" "${@:2}"; }

configure() { cmake -S tests/consume -B "$work/$1" -DCMAKE_PREFIX_PATH="$prefix" "-DREQUEST=$2"; }

rm -rf "$work"
mkdir -p "$work"
check "make install into a folder below DESTDIR" make --no-print-directory install PREFIX=/opt/first "DESTDIR=$work"
# Moved, so that whatever wrote its own place down is found.
prefix=$work/moved
mv "$work/opt/first" "$prefix"
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig LD_LIBRARY_PATH=$prefix/lib

read -r -a shared <<<"$(pkg-config --cflags --libs opttrack)"
check "pkg-config, shared: links" compile shared "${shared[@]}"
check "pkg-config, shared: runs" "$work/shared"
check "pkg-config, shared: by its SONAME" needs "$work/shared" '\[libopttrack.so.0\]'

# The static library under the same name, with what pkg-config says it needs beside it.
read -r -a static <<<"$(pkg-config --static --cflags --libs opttrack | sed 's/-lopttrack/-l:libopttrack.a/')"
check "pkg-config, static: links" compile static "${static[@]}"
check "pkg-config, static: runs" env -u LD_LIBRARY_PATH "$work/static"
check "pkg-config, static: needs no libopttrack" not needs "$work/static" opttrack
check "pkg-config, static, and all else static too: links" compile all-static -static "${static[@]}"
check "pkg-config, static, and all else static too: runs" env -u LD_LIBRARY_PATH "$work/all-static"

if command -v cmake >/dev/null; then
  version=$(pkg-config --modversion opttrack)
  check "CMake: finds $version" configure cmake "$version"
  check "CMake: builds" cmake --build "$work/cmake"
  check "CMake, shared: runs" env -u LD_LIBRARY_PATH "$work/cmake/shared"
  check "CMake, static: runs" env -u LD_LIBRARY_PATH "$work/cmake/static"
  check "CMake, static: needs no libopttrack" not needs "$work/cmake/static" opttrack
  check "CMake: finds any version if none is asked for" configure any ''
  check "CMake: refuses a later major version" not configure later 9.0
  check "CMake: refuses a later minor version" not configure minor "${version%%.*}.99"
elif [ "${OPT_REQUIRE_ALL:-}" = 1 ]; then
  failed=$((failed + 1))
  echo "FAILED CMake: it is not installed"
else
  skipped=1
  echo "skipped CMake: it is not installed"
fi

suffix=
[ "$skipped" -eq 0 ] || suffix=", $skipped skipped"
echo "consume: $passed passed, $failed failed$suffix"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
