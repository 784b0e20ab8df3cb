#!/usr/bin/env bash
# Builds and runs the C tests (tests/c), the rows A1 to A15 and F13 of the faults (tests/faults/a, f) and the quick start
# against the library in target/dist; prints `name: N passed, N failed` for each program and `c: N passed, N failed` at
# the end.
#
#   scripts/test-c.sh [PROGRAM…]      all, or the named ones (header, wire_conversion, a08_text_bounds, …)
#
# OPT_COLLECTOR: the collector's binary (default: target/release/opttrack-collector).
# OPT_PANIC_LIBRARY: a library built with the feature test-panics (default: what scripts/dist.sh --panics left); without
#   one row A7 is skipped, or fails where OPT_REQUIRE_ALL is set.
# OPT_LIBRARY: a shared library to test in place of the one in target/dist.
# OPT_CAMPAIGN: the rows' long forms. OPT_SANITIZE: flags such as -fsanitize=address,undefined for the test programs;
#   OPT_SANITIZE_LINK: what to link for them, where that is not the same. OPT_C_OUT: another folder than target/c.
# OPT_BUILD_ONLY: builds the programs and runs none; the library's header and the examples are left out then.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
out=${OPT_C_OUT:-$root/target/c}
dist=$root/target/dist
readonly root out dist
readonly -a wanted=("$@")
limit_seconds=300
[ -z "${OPT_CAMPAIGN:-}" ] || limit_seconds=18000
readonly limit_seconds

export PKG_CONFIG_PATH=$dist/lib/pkgconfig
export OPT_COLLECTOR=${OPT_COLLECTOR:-$root/target/release/opttrack-collector}
panic_library=${OPT_PANIC_LIBRARY:-}
if [ -z "$panic_library" ] && [ -e "$root/target/panic/libopttrack.so" ]; then
  panic_library=$root/target/panic/libopttrack.so
fi

[ -x "$OPT_COLLECTOR" ] || { echo "c: no collector at $OPT_COLLECTOR; set OPT_COLLECTOR" >&2; exit 2; }
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
read -r -a library_flags <<<"$(pkg-config --cflags opttrack)"
read -r -a linked <<<"$(pkg-config --libs opttrack)"
linked+=("-Wl,-rpath,$dist/lib")
[ -z "${OPT_LIBRARY:-}" ] || linked=("$OPT_LIBRARY" "-Wl,-rpath,$(dirname "$OPT_LIBRARY")")
read -r -a sanitize <<<"${OPT_SANITIZE:-}"
read -r -a sanitize_link <<<"${OPT_SANITIZE_LINK-${OPT_SANITIZE:-}}"
warnings=(-Wall -Wextra -Wpedantic -Wconversion -Werror)
flags=(-std=c11 -O1 -g -D_DEFAULT_SOURCE "-DPACKAGE_VERSION=\"$version\"" "${warnings[@]}" "${sanitize[@]}"
  "${library_flags[@]}" -I"$root/tests/c" -I"$root/tests/faults/a")
compiler=${CC:-cc}

passed=0 failed=0
mkdir -p "$out"

# is_wanted NAME: was it named, or was nothing named?
is_wanted() {
  local name
  [ ${#wanted[@]} -gt 0 ] || return 0
  for name in "${wanted[@]}"; do [ "$name" != "$1" ] || return 0; done
  return 1
}

# count NAME PASSED FAILED: prints a program's line and adds it to the sum.
count() {
  echo "$1: $2 passed, $3 failed"
  passed=$((passed + $2)) failed=$((failed + $3))
}

# The header alone, twice, and its layout, in every C there is, by every compiler there is.
check_header() {
  local good=0 bad=0 each standard source
  for each in gcc clang; do
    command -v "$each" >/dev/null || continue
    for standard in c99 c11 c17 c2x; do
      for source in header_alone header_twice layout; do
        # Static assertions came with C11.
        if [ "$source" = layout ] && [ "$standard" = c99 ]; then continue; fi
        if "$each" "-std=$standard" -Wall -Wextra -pedantic -Werror "${library_flags[@]}" \
          -fsyntax-only "tests/c/$source.c"; then
          good=$((good + 1))
        else
          echo "FAILED $source as $standard by $each"
          bad=$((bad + 1))
        fi
      done
    done
  done
  [ $((good + bad)) -gt 0 ] || bad=1
  count header "$good" "$bad"
}

# build NAME SOURCE…: links a program from sources and the shared support, with the library in `linked`.
build() {
  local name=$1 source object objects=()
  shift
  for source in "$@"; do
    object=$out/$(basename "$source" .c).o
    "$compiler" "${flags[@]}" -c "$source" -o "$object"
    objects+=("$object")
  done
  "$compiler" "${objects[@]}" "${support[@]}" "${sanitize_link[@]}" -o "$out/$name" -pthread -lm "${linked[@]}"
}

# run NAME [WRAPPER…]: runs a built program and takes its numbers from its last line; a program that ends in another way
# than by that line has failed.
run() {
  local name=$1 log=$out/$1.log status=0 line good bad
  [ -z "${OPT_BUILD_ONLY:-}" ] || return 0
  shift
  timeout "$limit_seconds" "$@" "$out/$name" >"$log" 2>"$log.err" </dev/null || status=$?
  grep -v -e '^FAILED' -e ' passed, [0-9]* failed$' "$log" || true
  grep '^FAILED' "$log" | head -n 20 || true
  line=$(grep -E '^[a-z0-9_]+: [0-9]+ passed, [0-9]+ failed$' "$log" | tail -n 1) || true
  good=$(sed -E 's/.*: ([0-9]+) passed.*/\1/' <<<"$line")
  bad=$(sed -E 's/.* ([0-9]+) failed/\1/' <<<"$line")
  if [ "$status" -ne 0 ] && [ "${bad:-0}" -eq 0 ]; then
    echo "FAILED $name${1:+ under $1}: exit status $status; the end of its standard error:"
    tail -n 5 "$log.err"
    bad=1
  fi
  count "$name${1:+ ($1)}" "${good:-0}" "${bad:-1}"
}

# The quick start, built without anything of the tests and run as one test.
check_example() {
  if "$compiler" -std=c11 "${warnings[@]}" "${sanitize[@]}" "${library_flags[@]}" examples/c/quickstart.c \
    -o "$out/quickstart" "${linked[@]}" && tests/quickstart.py "$out/quickstart"; then
    count example 1 0
  else
    echo "FAILED example"
    count example 0 1
  fi
}

# The program that explains a decision, built likewise: the same visitor, the same words.
check_explain() {
  if "$compiler" -std=c11 "${warnings[@]}" "${sanitize[@]}" "${library_flags[@]}" examples/c/explain.c -o "$out/explain" \
    "${linked[@]}" && "$out/explain" examples/demo/shop.json dark_mode visitor-1 app_version=2.1.0 >"$out/explain.txt" &&
    diff -u tests/c/explain.txt "$out/explain.txt"; then
    count explain 1 0
  else
    echo "FAILED explain"
    count explain 0 1
  fi
}

# What every program shares, compiled once.
build_support() {
  local source object
  support=()
  for source in tests/c/{check,json,collector,client,request,predictor}.c tests/faults/a/{row,fixture}.c; do
    object=$out/$(basename "$source" .c).o
    "$compiler" "${flags[@]}" -c "$source" -o "$object"
    support+=("$object")
  done
}

# is_support SOURCE: is it no program of its own?
is_support() {
  case $(basename "$1" .c) in
    check | json | collector | client | request | predictor | row | fixture) return 0 ;;
    header_alone | header_twice | layout | quick_start_main) return 0 ;;
    *) return 1 ;;
  esac
}

# Fast programs are checked for wrong reads and leaks too.
check_memory() {
  command -v valgrind >/dev/null || { echo "c: valgrind is not installed, its runs are left out"; return 0; }
  local name
  for name in errors decisions variables config forced_decisions profiles packed_decide wire_values packed_malformed \
    a01 a08_text_bounds a13_view_sizes; do
    ! is_wanted "$name" || OPT_CHECKED=1 run "$name" valgrind --quiet --leak-check=full \
      --errors-for-leak-kinds=definite,indirect --error-exitcode=9
  done
}

if [ -z "${OPT_BUILD_ONLY:-}" ]; then
  ! is_wanted header || check_header
  ! is_wanted example || check_example
  ! is_wanted explain || check_explain
fi
build_support

if is_wanted quick_start; then
  awk -f tests/c/extract_quick_start.awk include/opttrack.h >"$out/quick_start.c"
  build quick_start "$out/quick_start.c" tests/c/quick_start_main.c
  run quick_start
fi

for source in tests/c/*.c tests/faults/a/*.c tests/faults/f/*.c; do
  name=$(basename "$source" .c)
  if is_support "$source" || ! is_wanted "$name"; then continue; fi
  build "$name" "$source"
  run "$name"
done

if is_wanted a01; then
  python3 tests/faults/a/calls.py nulls include/opttrack.h >"$out/a01.c"
  build a01 "$out/a01.c"
  run a01
fi

if is_wanted a07; then
  if [ -n "$panic_library" ]; then
    python3 tests/faults/a/calls.py panics include/opttrack.h >"$out/a07.c"
    linked=("$panic_library" "-Wl,-rpath,$(dirname "$panic_library")")
    build a07 "$out/a07.c"
    run a07
  elif [ -n "${OPT_REQUIRE_ALL:-}" ]; then
    echo "FAILED a07: OPT_PANIC_LIBRARY names no library"
    count a07 0 1
  else
    echo "a07: skipped, for OPT_PANIC_LIBRARY names no library"
  fi
fi

[ -z "${OPT_BUILD_ONLY:-}" ] || exit 0
[ -n "${OPT_SANITIZE:-}" ] || check_memory
echo "c: $passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
