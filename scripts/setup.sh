#!/usr/bin/env bash
# Installs what this machine lacks to build, test or measure libopttrack, from Debian's packages, and says what.
#
#   scripts/setup.sh build     a C compiler, pkg-config and Rust: enough for `make dist` and `make demo`
#   scripts/setup.sh test      that, and what the tests of every language and the official SDKs need (the default)
#   scripts/setup.sh bench     that, and what the official SDKs need beside which the benchmarks run; differential: the same
#
# Needs root or sudo where something is missing; otherwise it prints what to install. Without what only one language or
# one check needs it goes on, and the tests say what they skipped; with OPT_REQUIRE_ALL=1 that is a failure.
set -euo pipefail

readonly rust_needed=1.85 go_needed=1.24 node_needed=18
readonly purpose=${1:-test}
missing=() left_out=no

say() { echo "setup: $*"; }
warn() { echo "setup: $*" >&2; }

# Where a user's own path has no administrator's programs, they are looked for all the same.
has() { PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null 2>&1; }

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

# want COMMAND PACKAGE WHAT [PART]: notes a command that is needed, the package that brings it, and what it does. With
# PART, only that part goes without it. `get_wanted` gets them all at once.
wanted=()
want() {
  has "$1" || wanted+=("$1|$2|$3|${4:-}")
}

get_wanted() {
  local entry command package what part packages=()
  for entry in "${wanted[@]}"; do
    IFS='|' read -r _ package _ <<<"$entry"
    packages+=("$package")
  done
  [ ${#packages[@]} -eq 0 ] || install "${packages[@]}" || true
  for entry in "${wanted[@]}"; do
    IFS='|' read -r command package what part <<<"$entry"
    if has "$command"; then continue; fi
    if [ -n "$part" ]; then optional "$command, which $what" "$part"; else missing+=("$command, which $what"); fi
  done
  wanted=()
}

# version_of COMMAND: nothing where it is not there.
version_of() {
  has "$1" || return 0
  case $1 in
  cargo | rustc) "$1" --version | cut -d ' ' -f 2 ;;
  go) go env GOVERSION | sed 's/^go//' ;;
  node) node --version | sed 's/^v//' ;;
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
    left_out=yes
    warn "$1: missing; $2 will be skipped"
  fi
}

want_build() {
  want gcc gcc "compiles and links"
  want make make "runs everything"
  want pkg-config pkg-config "finds the library"
  want python3 python3 "plans the demo's visitors and writes tests"
}

setup_build() {
  want_build
  get_wanted
  # A compiler without the C library's headers is no compiler.
  if ! echo '#include <stdlib.h>' | "${CC:-cc}" -E - >/dev/null 2>&1; then
    install libc6-dev || missing+=("the C library's headers")
  fi
  need_rust
}

setup_test() {
  want_build
  want g++ g++ "compiles the C++ tests"
  want clang clang "is the second compiler" "the second run of the C and C++ tests"
  want valgrind valgrind "finds wrong uses of memory" "the memory tests"
  want llvm-symbolizer llvm "names the places that a sanitizer reports" "the thread sanitizer's suppressions"
  want cmake cmake "reads the CMake package" "the test of the CMake package"
  want clang-format clang-format "knows C's formatting" "the check of C's formatting"
  want shellcheck shellcheck "reads shell" "the check of the scripts"
  want redis-server redis-server "keeps user profiles" "the test of examples/go-redis"
  want strace strace "makes system calls fail" "rows of the fault table"
  want ip iproute2 "makes networks" "rows of the fault table"
  want iptables iptables "loses packets" "rows of the fault table"
  want openssl openssl "makes certificates" "rows of the fault table"
  want nginx nginx-light "serves datafiles" "the tests of the network"
  want tinyproxy tinyproxy-bin "is a proxy" "the tests of the network"
  want mkfs.ext4 e2fsprogs "makes disks" "rows of the fault table"
  setup_build
  need_fuse
  need_sdks
  # Swift has a folder of its own, which scripts/swift-env.sh makes when the tests run.
}

# Debian's own Python reads the package; another one may come first in the path.
need_fuse() {
  if ! /usr/bin/python3 -c 'import fusepy' 2>/dev/null && ! python3 -c 'import fusepy' 2>/dev/null; then
    install python3-fusepy || optional "Python's fusepy, which makes disks that fail as they are told" "rows of the fault table"
  fi
}

# What the official SDKs run on.
need_sdks() {
  need_go
  if ! at_least "$node_needed" "$(version_of node)" || ! has npm; then
    install nodejs npm || optional "Node.js $node_needed with npm" "the official JavaScript SDK"
  fi
  if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
    install python3-venv || optional "Python's venv" "the official Python SDK"
  fi
}

setup_bench() {
  setup_build
  need_sdks
}

setup_differential() {
  setup_build
  need_sdks
}

case $purpose in
build | test | differential | bench) "setup_$purpose" ;;
*) warn "usage: $0 [build|test|differential|bench]"; exit 2 ;;
esac

if [ ${#missing[@]} -gt 0 ]; then
  warn "this machine lacks, and could not be given:"
  printf '  %s\n' "${missing[@]}" >&2
  exit 1
fi
if [ "$left_out" = no ]; then
  say "everything is there to $purpose"
fi
