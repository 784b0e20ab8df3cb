#!/usr/bin/env bash
# Builds the library in release and lays it out as it is installed; does nothing where nothing has changed.
#
#   scripts/dist.sh            target/dist: include/, lib/ with the shared and the static library, pkg-config, CMake; and
#                              bin/ with opttrack-journal, which has the default features
#   scripts/dist.sh --panics   target/panic: a shared library whose calls a test can make panic
#
# OPT_FEATURES: cargo features in place of the default ones ("" for none). OPT_DIST: another folder than target/dist.
set -euo pipefail
umask 022
cd "$(dirname "$0")/.."
root=$PWD
target=${CARGO_TARGET_DIR:-$root/target}
readonly root target

version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
description=$(sed -n 's/^description = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
major=${version%%.*}
readonly version description major

say() { echo "dist: $*"; }
die() { echo "dist: $*" >&2; exit 1; }

# The functions that the header declares: what the library exports, and all of it.
header_functions() {
  awk '
    /^(typedef|static|#|\/\/|\/\*| )/ { next }
    match($0, /opt_[a-z0-9_]+\(/) { print substr($0, RSTART, RLENGTH - 1) }
  ' include/opttrack.h | LC_ALL=C sort -u
}

# build DIR ARGUMENT…: makes libopttrack.a in DIR by cargo, and beside it the list of system libraries it needs.
build() {
  local dir=$1 list=$1/libopttrack.native-libs
  shift
  mkdir -p "$dir"
  # rustc writes the list when it compiles: where the list is gone and the archive is not, it has to compile again.
  [ -s "$list" ] || rm -rf "$dir"/.fingerprint/opttrack-[0-9a-f]*
  cargo rustc --lib --crate-type staticlib "$@" -- --print "native-static-libs=$list" 2>&1 |
    { grep -v -e '^note: native artifacts' -e '^$' || true; } >&2
  if [ ! -s "$dir/libopttrack.a" ] || [ ! -s "$list" ]; then
    die "cargo left no libopttrack.a in $dir"
  fi
}

# stamp FILE…: a text that changes with the inputs of a layout.
stamp() {
  { printf '%s\n' "$version" "$description"; cat "$@" | sha256sum; } | sha256sum | cut -d ' ' -f 1
}

# The libraries a static link has to name. The compiler's driver adds its own and the C library by itself, and knows
# better: under -static there is no libgcc_s.
private_libs() {
  tr ' ' '\n' <"$1" | grep -vx -e -lgcc_s -e -lc | paste -sd ' '
}

# fill TEMPLATE OUT NATIVE_LIBS POINTER_BYTES: a package file with this build's values.
fill() {
  sed -e "s|@VERSION@|$version|g" -e "s|@MAJOR@|$major|g" -e "s|@DESCRIPTION@|$description|g" \
    -e "s|@NATIVE_LIBS@|$3|g" -e "s|@POINTER_BYTES@|$4|g" "$1" >"$2"
}

links() {
  ln -s "libopttrack.so.$version" "$1/libopttrack.so.$major"
  ln -s "libopttrack.so.$major" "$1/libopttrack.so"
}

# swap NEW OLD: puts a finished folder in the place of the former one.
swap() {
  rm -rf "$2"
  mv "$1" "$2"
}

dist() {
  local out=${OPT_DIST:-$root/target/dist}
  local built=$target/release new=$out.new features=()
  if [ -n "${OPT_FEATURES+set}" ]; then
    features=(--no-default-features --features "$OPT_FEATURES")
  fi
  build "$built" --release "${features[@]}"

  local archive=$built/libopttrack.a native=$built/libopttrack.native-libs tools=() now
  # A library without HTTP has nothing to send with.
  if [ -z "${OPT_FEATURES+set}" ]; then
    cargo build --release --package opttrack-journal
    tools=("$built/opttrack-journal")
  fi
  now=$(stamp "$archive" "$native" "${tools[@]}" include/* packaging/* scripts/dist.sh scripts/relink.sh)
  if [ -f "$out.stamp" ] && [ -d "$out" ] && [ "$(cat "$out.stamp")" = "$now" ]; then
    say "$out is up to date"
    return
  fi

  rm -rf "$new" "$out.stamp"
  mkdir -p "$new/include" "$new/lib/pkgconfig" "$new/lib/cmake/opttrack"
  cp include/*.h* "$new/include/"
  header_functions >"$new/symbols"
  [ -s "$new/symbols" ] || die "include/opttrack.h declares no function"
  scripts/relink.sh shared "$archive" "$native" "$new/symbols" "$new/lib/libopttrack.so.$version"
  scripts/relink.sh static "$archive" "$new/symbols" "$new/lib/libopttrack.a"
  rm "$new/symbols"
  links "$new/lib"
  local tool
  for tool in "${tools[@]}"; do
    mkdir -p "$new/bin"
    strip -o "$new/bin/${tool##*/}" "$tool"
  done

  local pointer_bytes=8 private
  private=$(private_libs "$native")
  readelf -h "$new/lib/libopttrack.so" | grep 'Class: *ELF64' >/dev/null || pointer_bytes=4
  fill packaging/opttrack.pc.in "$new/lib/pkgconfig/opttrack.pc" "$private" "$pointer_bytes"
  local file
  for file in opttrackConfig.cmake opttrackConfigVersion.cmake; do
    fill "packaging/$file.in" "$new/lib/cmake/opttrack/$file" "${private// /;}" "$pointer_bytes"
  done
  swap "$new" "$out"
  echo "$now" >"$out.stamp"
  say "$out: libopttrack.so.$version is $(stat -c %s "$out/lib/libopttrack.so.$version") bytes"
}

# A debug build: what it is for is the boundary, not speed, and it shares its dependencies with `cargo test`.
panics() {
  local out=$root/target/panic new=$root/target/panic.new built=$target/debug now
  build "$built" --features test-panics
  now=$(stamp "$built/libopttrack.a" "$built/libopttrack.native-libs" include/opttrack.h scripts/dist.sh scripts/relink.sh)
  if [ -f "$out.stamp" ] && [ -d "$out" ] && [ "$(cat "$out.stamp")" = "$now" ]; then
    say "$out is up to date"
    return
  fi
  rm -rf "$new" "$out.stamp"
  mkdir -p "$new"
  { header_functions; printf '%s\n' opt_test_panic_delivery opt_test_panic_next; } >"$new/symbols"
  scripts/relink.sh shared "$built/libopttrack.a" "$built/libopttrack.native-libs" "$new/symbols" \
    "$new/libopttrack.so.$version"
  rm "$new/symbols"
  links "$new"
  swap "$new" "$out"
  echo "$now" >"$out.stamp"
  say "$out: libopttrack.so.$version with test-panics"
}

# One at a time: two would lay the same folder.
mkdir -p "$root/target"
exec 9>"$root/target/dist.lock"
flock 9

case ${1:-} in
'') dist ;;
--panics) panics ;;
*) die "usage: $0 [--panics]" ;;
esac
