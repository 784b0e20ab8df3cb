#!/usr/bin/env bash
# Builds the workers of the vectors (tests/vectors/workers), one program a language, against the installed library into
# target/workers/opttrack-worker-…: those whose source and toolchain are here. The others it names, and leaves out.
#
#   scripts/build-workers.sh [LANGUAGE…]      all, or the named ones: c cpp go swift
#
# OPT_DIST: where the library is installed (default: target/dist). OPT_REQUIRE_ALL=1: what would be left out fails.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
sources=$root/tests/vectors/workers
out=$root/target/workers
dist=$(realpath -m "${OPT_DIST:-$root/target/dist}")
readonly root sources out dist
languages=("$@")
[ ${#languages[@]} -gt 0 ] || languages=(c cpp go swift)

export PKG_CONFIG_PATH=$dist/lib/pkgconfig
[ -e "$PKG_CONFIG_PATH/opttrack.pc" ] || { echo "workers: no library in $dist; scripts/dist.sh builds it" >&2; exit 2; }
mkdir -p "$out"
left_out=0

say() { echo "workers: $*"; }

# leave_out LANGUAGE WHY: a worker that is not built must not be left from before either.
leave_out() {
  say "$1: $2, left out"
  rm -f "$out/opttrack-worker-$1"
  left_out=1
}

# compile LANGUAGE COMPILER…: one program of the sources in `files`, with the JSON reader of the C tests for C.
compile() {
  local language=$1 flags
  shift
  command -v "$1" >/dev/null || { leave_out "$language" "$1 is not installed"; return; }
  read -r -a flags <<<"$(pkg-config --cflags --libs opttrack)"
  "$@" -O1 -g -Wall -Wextra -Wpedantic -Wconversion -Werror "${files[@]}" -o "$out/opttrack-worker-$language" \
    -pthread -lm "${flags[@]}" "-Wl,-rpath,$dist/lib"
  say "$language: built"
}

build_c() {
  local files=("$sources"/c/*.c "$root"/tests/c/{json,check}.c)
  compile c "${CC:-cc}" -std=c11 -D_DEFAULT_SOURCE -I"$root/tests/c"
}

build_cpp() {
  local files=("$sources"/cpp/*.cpp)
  [ -e "${files[0]}" ] || { leave_out cpp "there is no source"; return; }
  compile cpp "${CXX:-c++}" -std=c++17
}

build_go() {
  [ -e "$sources/go/go.mod" ] || { leave_out go "there is no source"; return; }
  command -v go >/dev/null || { leave_out go "Go is not installed"; return; }
  CGO_LDFLAGS="${CGO_LDFLAGS:-} -Wl,-rpath,$dist/lib" go build -C "$sources/go" -o "$out/opttrack-worker-go" .
  say "go: built"
}

# Swift's program runs where its toolchain is, which may be a folder of its own: what is laid down is a script that
# enters it. Built for release, for otherwise it takes ten times as long to read its questions.
build_swift() {
  local package=$sources/swift scratch=$root/target/swift/worker toolchain=$root/scripts/swift-env.sh product status=0
  [ -e "$package/Package.swift" ] || { leave_out swift "there is no source"; return; }
  OPT_REQUIRE_ALL='' "$toolchain" check || status=$?
  case $status in
  0) ;;
  77) leave_out swift "there is no Swift"; return ;;
  *) return "$status" ;;
  esac
  product=$(sed -nE 's/.*executableTarget\(name: *"([^"]+)".*/\1/p' "$package/Package.swift" | head -n 1)
  LD_LIBRARY_PATH=$dist/lib "$toolchain" run "$package" \
    swift build -c release --disable-sandbox --scratch-path "$scratch" -Xswiftc -warnings-as-errors
  cat >"$out/opttrack-worker-swift" <<SCRIPT
#!/bin/sh
LD_LIBRARY_PATH='$dist/lib' exec '$toolchain' run '$package' '$scratch/release/$product'
SCRIPT
  chmod +x "$out/opttrack-worker-swift"
  say "swift: built"
}

for language in "${languages[@]}"; do
  case $language in
  c | cpp | go | swift) "build_$language" ;;
  *) echo "workers: there is no language $language, only: c cpp go swift" >&2; exit 2 ;;
  esac
done
[ "$left_out" -eq 0 ] || [ "${OPT_REQUIRE_ALL:-}" != 1 ]
