#!/usr/bin/env bash
# Installs the official SDKs under target/bench and builds the workers of the benchmarks.
#
#   scripts/bench-build.sh [PART…]     all parts, or the named ones, such as ours-c official-python
#
# Needs gcc, python3 with venv, node with npm, and go. Whatever part can't be built is left out, its reason kept for
# those who measure, in target/bench/missing. benches/README.md says what is measured.
set -euo pipefail
cd "$(dirname "$0")/.."

built="$PWD/target/bench"
dist="${OPT_DIST:-$PWD/target/dist}"
mkdir -p "$built/bin" "$built/logs" "$built/missing"
rm -f "$built"/missing/*
wanted=" $* "

# part NAME WHAT FUNCTION: runs the function, its output in a log; a failure leaves the reason for the report.
part() {
  local name=$1 what=$2 build=$3 log="$built/logs/$1.build" failed=0
  if [ "$wanted" != "  " ] && [[ "$wanted" != *" $name "* ]]; then return; fi
  echo "bench: $what"
  # Not in the condition of an `if`, where the shell would run on after a failed command.
  set +e
  (
    set -e
    "$build"
  ) >"$log" 2>&1
  failed=$?
  set -e
  if [ "$failed" -ne 0 ]; then
    echo "could not be installed or built; the reason is in target/bench/logs/$name.build" >"$built/missing/$name"
    echo "bench: $name is left out: $(grep -v '^[[:space:]]*$' "$log" | tail -n 1)" >&2
  fi
}

build_ours_c() {
  rm -f "$built/bin/ours-c"
  gcc -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -I"$dist/include" benches/c/worker.c benches/c/decide.c \
    -o "$built/bin/ours-c" -L"$dist/lib" -lopttrack -Wl,-rpath,"$dist/lib"
}

# c_program NAME: a program of benches/c that is no contestant.
c_program() {
  rm -f "$built/bin/$1"
  gcc -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -I"$dist/include" "benches/c/$1.c" -o "$built/bin/$1" \
    -L"$dist/lib" -lopttrack -lpthread -Wl,-rpath,"$dist/lib"
}

build_scaling() {
  c_program scaling
  c_program memory
}

build_delivery() {
  c_program sink
  c_program resident
}

build_ours_go() {
  rm -f "$built/bin/ours-go"
  export PKG_CONFIG_PATH="$dist/lib/pkgconfig"
  export CGO_LDFLAGS="-Wl,-rpath,$dist/lib"
  (cd benches/go/ours && go build -o "$built/bin/ours-go" .)
}

# go.sum says what the SDK must be; the checksum database, which not every machine reaches, is not asked about it.
build_official_go() {
  rm -f "$built/bin/official-go"
  export GONOSUMDB="github.com/optimizely${GONOSUMDB:+,$GONOSUMDB}"
  (cd benches/go/official && go build -mod=readonly -o "$built/bin/official-go" .)
}

build_official_node() {
  mkdir -p "$built/node"
  cp benches/node/package.json benches/node/package-lock.json benches/node/worker.mjs "$built/node/"
  (cd "$built/node" && npm ci --no-audit --no-fund)
}

build_official_python() {
  [ -x "$built/venv/bin/python" ] || python3 -m venv "$built/venv"
  "$built/venv/bin/pip" install --quiet --disable-pip-version-check --requirement benches/python/requirements.txt
}

part ours-c "building the C worker" build_ours_c
part scaling "building the C programs that measure scaling" build_scaling
part delivery "building the C programs that measure delivery and memory" build_delivery
part ours-go "building the Go worker" build_ours_go
part official-go "fetching and building the official Go SDK" build_official_go
part official-node "installing the official JavaScript SDK with npm ci" build_official_node
part official-python "installing the official Python SDK into a virtual environment" build_official_python
