#!/usr/bin/env bash
# Links the static library that cargo made into what ships, once shared and once static, each exporting only `opt_*`.
#
#   scripts/relink.sh shared ARCHIVE NATIVE_LIBS SYMBOLS OUT    a shared library: SONAME, symbol versions, OUT.debug
#   scripts/relink.sh static ARCHIVE SYMBOLS OUT                an archive of one object, everything else local
#
# NATIVE_LIBS is a file with the linker's flags for the system's libraries, SYMBOLS a file with a function a line.
# The shared library is linked here and not by cargo because rustc hands its linker a version script of its own: with
# that the symbols stay unversioned.
set -euo pipefail

readonly soname=libopttrack.so.0
readonly version_node=OPTTRACK_0.1

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The symbols in SYMBOLS belong to the node, all others stay inside.
version_script() {
  printf '%s {\n  global:\n' "$version_node"
  sed 's/.*/    &;/' "$1"
  printf '  local:\n    *;\n};\n'
}

shared() {
  local archive=$1 native_libs=$2 symbols=$3 out=$4
  version_script "$symbols" >"$work/opttrack.map"
  # -z nodelete: the worker thread may outlive a dlclose. --build-id joins the library with its debug symbols.
  # shellcheck disable=SC2046 # the flags are words
  "${CC:-cc}" -shared -o "$work/library" \
    -Wl,--whole-archive "$archive" -Wl,--no-whole-archive \
    -Wl,--version-script="$work/opttrack.map" -Wl,-soname,"$soname" \
    -Wl,--gc-sections -Wl,--as-needed -Wl,--build-id -Wl,-O1 \
    -Wl,-z,defs -Wl,-z,nodelete -Wl,-z,now -Wl,-z,relro -Wl,-z,noexecstack -Wl,-z,text \
    $(cat "$native_libs")
  objcopy --only-keep-debug --compress-debug-sections "$work/library" "$out.debug"
  strip --strip-unneeded -o "$out" "$work/library"
  objcopy --add-gnu-debuglink="$out.debug" "$out"
  chmod 755 "$out"
  chmod 644 "$out.debug"
}

static() {
  local archive=$1 symbols=$2 out=$3
  # Groups are dissolved: a group whose signature became local could be dropped in favour of another library's.
  # shellcheck disable=SC2046 # the flags are words
  ld -r --gc-sections --force-group-allocation -o "$work/opttrack.o" $(sed 's/^/-u /' "$symbols") "$archive"
  # Embedded bitcode of several crates, joined by ld, makes an ar with an LLVM plugin abort.
  objcopy --strip-debug --keep-global-symbols="$symbols" \
    --remove-section=.llvmbc --remove-section=.llvmcmd "$work/opttrack.o"
  rm -f "$out"
  (cd "$work" && ar crsD archive.a opttrack.o)
  cp "$work/archive.a" "$out"
}

kind=${1:-}
case $kind in
shared | static)
  shift
  "$kind" "$@"
  ;;
*)
  echo "usage: $0 shared ARCHIVE NATIVE_LIBS SYMBOLS OUT | static ARCHIVE SYMBOLS OUT" >&2
  exit 2
  ;;
esac
