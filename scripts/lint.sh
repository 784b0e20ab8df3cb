#!/usr/bin/env bash
# Checks how the sources are written: formatting and linters of every language. Ends with `lint: N passed, N failed`.
#
#   scripts/lint.sh              checks
#   scripts/lint.sh --format     formats what can be formatted, and checks nothing
#
# What is not installed is left out and said; with OPT_REQUIRE_ALL=1 it fails.
set -euo pipefail
cd "$(dirname "$0")/.."
passed=0 failed=0 skipped=0

# check NAME COMMAND…: one check, whose output is shown only if it fails.
check() {
  local name=$1 output
  shift
  if output=$("$@" 2>&1 </dev/null); then
    passed=$((passed + 1))
    echo "ok $name"
  else
    failed=$((failed + 1))
    printf '%s\nFAILED %s\n' "$output" "$name"
  fi
}

# has TOOL: is it there? `cargo clippy` may be missing where cargo is not.
has() {
  case $1 in
  cargo\ *) $1 --version >/dev/null 2>&1 ;;
  *) command -v "$1" >/dev/null ;;
  esac
}

# check_with TOOL NAME COMMAND…: a check that needs a tool which may be missing.
check_with() {
  local tool=$1
  shift
  if has "$tool"; then
    check "$@"
  elif [ "${OPT_REQUIRE_ALL:-}" = 1 ]; then
    failed=$((failed + 1))
    echo "FAILED $1: $tool is not installed"
  else
    skipped=$((skipped + 1))
    echo "skipped $1: $tool is not installed"
  fi
}

# files PATTERN…: the files of these names, without what is built or generated.
files() {
  local names=() pattern
  for pattern in "$@"; do names+=(-o -name "$pattern"); done
  find benches bindings examples include scripts tests tools .ci -type d \( -name .build -o -name node_modules \) -prune -o \
    -type f ! -path include/opttrack.h \( "${names[@]:1}" \) -print
}

# sources PATTERN…: sets `sources` to the files of these names; fails if there is none, for then nothing is checked.
sources() {
  mapfile -t sources < <(files "$@")
  [ ${#sources[@]} -gt 0 ]
}

formatted_c() {
  sources '*.c' '*.h' '*.cpp' '*.hpp' && clang-format --dry-run --Werror "${sources[@]}"
}

formatted_go() {
  local unformatted
  sources '*.go' || return 1
  unformatted=$(gofmt -l "${sources[@]}")
  echo "$unformatted"
  [ -z "$unformatted" ]
}

checked_scripts() {
  sources '*.sh' && shellcheck "${sources[@]}" .ci/run
}

# Without bytecode left behind.
parsed_python() {
  sources '*.py' &&
    python3 -W error -c 'import ast, sys; [ast.parse(open(name).read(), name) for name in sys.argv[1:]]' "${sources[@]}"
}

format() {
  cargo fmt --all
  cargo fmt --manifest-path fuzz/Cargo.toml
  sources '*.c' '*.h' '*.cpp' '*.hpp' && clang-format -i "${sources[@]}"
  sources '*.go' && gofmt -w "${sources[@]}"
}

if [ "${1:-}" = --format ]; then
  format
  exit
fi

check_with 'cargo fmt' 'rustfmt' cargo fmt --all --check
check_with 'cargo fmt' 'rustfmt of the fuzz targets' cargo fmt --manifest-path fuzz/Cargo.toml --check
check_with 'cargo clippy' 'clippy' cargo clippy --workspace --all-targets --quiet -- -D warnings
check_with 'cargo clippy' 'clippy without HTTP' cargo clippy --lib --no-default-features --quiet -- -D warnings
check_with 'cargo clippy' 'clippy with test-panics' cargo clippy --lib --features test-panics --quiet -- -D warnings
# Their door to the library opens to the flag alone.
check_with 'cargo clippy' 'clippy of the fuzz targets' env RUSTFLAGS='--cfg fuzzing' \
  "CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}/fuzz-lint" \
  cargo clippy --manifest-path fuzz/Cargo.toml --locked --quiet -- -D warnings
check_with 'clang-format' 'clang-format' formatted_c
check_with 'shellcheck' 'shellcheck' checked_scripts
check_with 'python3' 'python' parsed_python
check_with 'gofmt' 'gofmt' formatted_go

suffix=
[ "$skipped" -eq 0 ] || suffix=", $skipped skipped"
echo "lint: $passed passed, $failed failed$suffix"
[ "$failed" -eq 0 ]
