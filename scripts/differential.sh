#!/usr/bin/env bash
# Installs the official SDKs under target/differential, and asks them and libopttrack the same generated questions.
# Ends with `differential: N passed, N failed`; status 77 and a reason where no official SDK can be had.
#
#   scripts/differential.sh            as many decisions as CASES says (default 200,000), from SEED (default 1)
#   scripts/differential.sh --short    4,000 decisions, unless CASES says otherwise
#
# CASE: only the case of this number, with all answers. JAVA=1: the Java SDK as well. OPT_DIST: where the library is
# installed (default target/dist). An SDK that can't be had is left out and named; OPT_REQUIRE_ALL=1 makes that an error.
set -euo pipefail
cd "$(dirname "$0")/.."

root=$PWD
sources=$root/tests/differential
built=$root/target/differential
readonly root sources built
mkdir -p "$built/logs"
left_out=0

# sdk NAME WHAT FUNCTION: installs or builds by the function, its output in a log.
sdk() {
  local what=$2 install=$3 log=$built/logs/$1 failed=0
  # Not in the condition of an `if`, where the shell would run on after a failed command.
  set +e
  (
    set -e
    "$install"
  ) >"$log" 2>&1 </dev/null
  failed=$?
  set -e
  if [ "$failed" -ne 0 ]; then
    left_out=$((left_out + 1))
    echo "differential: without $what: $(grep -v '^[[:space:]]*$' "$log" | tail -n 1)" >&2
    return 1
  fi
}

# changed FILE STAMP: is the file another than when the stamp was made?
changed() { ! cmp -s "$1" "$2"; }

install_python() {
  local stamp=$built/venv/requirements.txt
  changed "$sources/python/requirements.txt" "$stamp" || return 0
  python3 -m venv "$built/venv"
  "$built/venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$sources/python/requirements.txt"
  cp "$sources/python/requirements.txt" "$stamp"
}

install_javascript() {
  mkdir -p "$built/node"
  cp "$sources/node/worker.mjs" "$sources/node/package.json" "$built/node/"
  changed "$sources/node/package-lock.json" "$built/node/package-lock.json" || return 0
  cp "$sources/node/package-lock.json" "$built/node/"
  (cd "$built/node" && npm ci --no-audit --no-fund) || { rm "$built/node/package-lock.json"; return 1; }
}

# The checksum database does not have this release; go.sum has what it was when it was pinned.
install_go() {
  export GONOSUMDB="${GONOSUMDB:+$GONOSUMDB,}github.com/optimizely" GOFLAGS=-mod=readonly
  go build -C "$sources/go" -o "$built/official-go" .
}

install_java() {
  mvn --batch-mode --quiet --file "$sources/java/pom.xml" "-Dbuild=$built/java" package
}

unset OPT_SDK_PYTHON OPT_SDK_JAVASCRIPT OPT_SDK_GO OPT_SDK_JAVA
if sdk python "the official Python SDK" install_python; then
  export OPT_SDK_PYTHON="$built/venv/bin/python -B $sources/python/worker.py"
fi
if sdk javascript "the official JavaScript SDK" install_javascript; then
  export OPT_SDK_JAVASCRIPT="node $built/node/worker.mjs"
fi
if sdk go "the official Go SDK" install_go; then
  export OPT_SDK_GO="$built/official-go"
fi
if [ "${JAVA:-}" = 1 ] && sdk java "the official Java SDK" install_java; then
  export OPT_SDK_JAVA="java -cp $built/java/classes:$built/java/libraries/* Worker"
fi
if [ "$left_out" -gt 0 ] && [ "${OPT_REQUIRE_ALL:-}" = 1 ]; then
  echo "differential: 0 passed, $left_out failed (OPT_REQUIRE_ALL=1)"
  exit 1
fi
if [ -z "${OPT_SDK_PYTHON:-}${OPT_SDK_JAVASCRIPT:-}${OPT_SDK_GO:-}${OPT_SDK_JAVA:-}" ]; then
  echo "differential: no official SDK could be installed; target/differential/logs has why"
  exit 77
fi

scripts/build-workers.sh c
cargo build --quiet --package opttrack-differential
if [ "${1:-}" = --short ]; then
  export CASES="${CASES:-4000}"
fi
export OPT_WORKER="$root/target/workers/opttrack-worker-c" OPT_DIFFERENTIAL="$built"
exec "${CARGO_TARGET_DIR:-$root/target}/debug/opttrack-differential"
