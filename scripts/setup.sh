#!/usr/bin/env bash
# Installs what this machine lacks to build, test or measure libopttrack, from Debian's packages, and says what.
#
#   scripts/setup.sh build     a C compiler, pkg-config and Rust: enough for `make dist` and `make demo`
#   scripts/setup.sh test      that, and what the tests of every language need (the default)
#   scripts/setup.sh bench     that, and what the official SDKs need beside which the benchmarks run
#
# Needs root or sudo where something is missing; otherwise it prints what to install. Without what only one language or
# one check needs it goes on, and the tests say what they skipped; with OPT_REQUIRE_ALL=1 that is a failure.
set -euo pipefail

readonly rust_needed=1.85 go_needed=1.24 node_needed=18
readonly purpose=${1:-test}
missing=()

say() { echo "setup: $*"; }
warn() { echo "setup: $*" >&2; }

has() { command -v "$1" >/dev/null 2>&1; }

# at_least WANTED VERSION: is the version as new as wanted?
at_least() {
  [ -n "$2" ] && [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]
}

# as_root COMMAND…: as root, by sudo where we are not; fails where neither can be had.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif has sudo && sudo -n true 2>/dev/null; then
    sudo -n "$@"
  else
    return 1
  fi
}

is_debian() { has apt-get; }

updated=no
# The lists of packages, fetched once and only if something is to be installed.
update() {
  [ "$updated" = no ] || return 0
  updated=yes
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update --quiet --quiet </dev/null
}

# install PACKAGE…: by apt-get. Fails, and says why, where that can't be done.
install() {
  if ! is_debian; then
    warn "no apt-get on this machine; please install: $*"
    return 1
  fi
  if ! as_root true; then
    warn "neither root nor sudo without a password; please run: apt-get install $*"
    return 1
  fi
  say "installing $*"
  update && as_root env DEBIAN_FRONTEND=noninteractive apt-get install --quiet --quiet --yes \
    --no-install-recommends "$@" </dev/null
}

# candidate PACKAGE: the version that apt-get would install, without epoch and revision.
candidate() {
  is_debian || return 0
  update || return 0
  apt-cache policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: \([0-9]*:\)\{0,1\}\([0-9.]*\).*/\2/p'
}

# need COMMAND PACKAGE WHY: one command, and the package that brings it.
need() {
  has "$1" || install "$2" || missing+=("$1 ($3)")
}

version_of() {
  case $1 in
  cargo | rustc) "$1" --version 2>/dev/null | cut -d ' ' -f 2 ;;
  go) go env GOVERSION 2>/dev/null | sed 's/^go//' ;;
  node) node --version 2>/dev/null | sed 's/^v//' ;;
  esac
}

# Rust from whichever of Debian's packages is new enough: `cargo` from Debian 13 on, `cargo-web` in Debian 12.
need_rust() {
  local packages there
  there=$(version_of rustc)
  if at_least "$rust_needed" "$there" && at_least "$rust_needed" "$(version_of cargo)"; then
    return
  fi
  for packages in 'cargo rustc rustfmt rust-clippy' 'cargo-web rustc-web rustfmt-web rust-web-clippy'; do
    if at_least "$rust_needed" "$(candidate "${packages%% *}")"; then
      # shellcheck disable=SC2086 # the names are words
      install $packages && return
    fi
  done
  missing+=("Rust $rust_needed or newer (there is ${there:-none}; rustup installs it)")
}

need_go() {
  local there
  there=$(version_of go)
  at_least "$go_needed" "$there" && return
  if at_least "$go_needed" "$(candidate golang-go)" && install golang-go; then
    return
  fi
  optional "Go $go_needed or newer (there is ${there:-none})" "the Go tests"
}

# optional WHAT FOR: something that only a part needs and that can't be had.
optional() {
  if [ "${OPT_REQUIRE_ALL:-}" = 1 ]; then
    missing+=("$1 ($2; OPT_REQUIRE_ALL=1)")
  else
    warn "$1 is missing; $2 will be skipped"
  fi
}

# need_for FOR COMMAND PACKAGE: as need, for something without which only a part is skipped.
need_for() {
  has "$2" || install "$3" || optional "$2" "$1"
}

setup_build() {
  need gcc gcc "compiles and links"
  # A compiler without the C library's headers is no compiler.
  if ! echo '#include <stdlib.h>' | "${CC:-cc}" -E - >/dev/null 2>&1; then
    install libc6-dev || missing+=("the C library's headers")
  fi
  need make make "runs everything"
  need pkg-config pkg-config "finds the library"
  need python3 python3 "plans the demo's visitors and writes tests"
  need_rust
}

setup_test() {
  setup_build
  need g++ g++ "compiles the C++ tests"
  need_for "the second compiler of the C and C++ tests" clang clang
  need_for "the memory tests" valgrind valgrind
  need_for "the test of the CMake package" cmake cmake
  need_for "the check of C's formatting" clang-format clang-format
  need_for "the check of the scripts" shellcheck shellcheck
  need_go
  # Swift has a folder of its own, which scripts/swift-env.sh makes when the tests run.
}

setup_bench() {
  setup_build
  need_go
  if ! at_least "$node_needed" "$(version_of node)" || ! has npm; then
    install nodejs npm || optional "Node.js $node_needed with npm" "the official JavaScript SDK"
  fi
  if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
    install python3-venv || optional "Python's venv" "the official Python SDK"
  fi
}

case $purpose in
build | test | bench) "setup_$purpose" ;;
*) warn "usage: $0 [build|test|bench]"; exit 2 ;;
esac

if [ ${#missing[@]} -gt 0 ]; then
  warn "this machine lacks, and could not be given:"
  printf '  %s\n' "${missing[@]}" >&2
  exit 1
fi
say "everything is there to $purpose"
