#!/usr/bin/env bash
# Tests the Go module against the library in target/dist and a collector: formatted and vetted, under the race detector,
# with cgo's strictest pointer checks, with the collector of garbage always at work, built without the library, and with
# answers that no library writes; then runs examples/go, examples/go-redis and the vectors' worker. The last line is
# `go: N passed, N failed`; every test counts in each of its runs.
#
#   OPT_DIST        where the library is installed; default target/dist
#   OPT_COLLECTOR   the collector's binary; default target/release/opttrack-collector
#
# Where Go is not installed it says so with status 77, or 1 if OPT_REQUIRE_ALL=1.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
dist=${OPT_DIST:-$root/target/dist}
logs=$root/target/test-go
export OPT_COLLECTOR=${OPT_COLLECTOR:-$root/target/release/opttrack-collector}
export PKG_CONFIG_PATH=$dist/lib/pkgconfig
export CGO_LDFLAGS="${CGO_LDFLAGS:-} -Wl,-rpath,$dist/lib"
passed=0
failed=0

if ! command -v go >/dev/null; then
  echo "go: not installed, skipped"
  [[ ${OPT_REQUIRE_ALL:-0} == 1 ]] && exit 1
  exit 77
fi
for needed in "$PKG_CONFIG_PATH/opttrack.pc" "$OPT_COLLECTOR"; do
  [[ -e $needed ]] || { echo "go: $needed is missing; build it first" >&2; exit 2; }
done
mkdir -p "$logs"
cd "$root/bindings/go"

# check NAME COMMAND…: one check of this script's own, passed if the command succeeds.
check() {
  local name=$1
  if "${@:2}" >"$logs/$name.log" 2>&1; then
    passed=$((passed + 1))
    return
  fi
  failed=$((failed + 1))
  cat "$logs/$name.log"
  echo "FAILED $name"
}

# tests NAME COMMAND…: a run of `go test -v`, whose tests are counted. A run that fails beside its tests, or in which
# none passed, is one more failure.
tests() {
  local name=$1 status=0 good bad
  "${@:2}" >"$logs/$name.log" 2>&1 || status=$?
  good=$(grep -cE '^ *--- PASS: ' "$logs/$name.log" || true)
  bad=$(grep -cE '^ *--- FAIL: ' "$logs/$name.log" || true)
  if [[ $bad == 0 && ($status != 0 || $good == 0) ]]; then bad=1; fi
  [[ $bad == 0 ]] || cat "$logs/$name.log"
  passed=$((passed + good)) failed=$((failed + bad))
  echo "go $name: $good passed, $bad failed"
}

is_formatted() {
  local unformatted
  unformatted=$(gofmt -l .)
  echo "$unformatted"
  [[ -z $unformatted ]]
}

# The quick start is formatted, vetted, built and run.
quick_start() {
  cd "$root/examples/go" && is_formatted && go vet . && go build -o "$logs/quickstart" . &&
    "$root/tests/quickstart.py" "$logs/quickstart"
}

# with_redis: examples/go-redis against a Redis of its own. What it needs beside the library may not be there to have.
with_redis() {
  local absent=''
  cd "$root/examples/go-redis"
  if ! command -v redis-server >/dev/null; then
    absent='redis-server is not installed'
  elif ! go mod download >"$logs/modules.log" 2>&1; then
    absent='its modules can not be downloaded'
  fi
  if [[ -n $absent && ${OPT_REQUIRE_ALL:-0} != 1 ]]; then
    echo "go redis: skipped ($absent)"
    return
  fi
  check redis-formatted is_formatted
  check redis-vetted go vet .
  tests redis go test -count=1 -timeout 5m -v .
}

# The worker of the vectors is formatted and vetted; scripts/build-workers.sh builds it for them.
worker() {
  cd "$root/tests/vectors/workers/go" && is_formatted && go vet .
}

# fuzzed FOLDER NAME: a fuzz test of the module, beyond its seeds.
fuzzed() {
  go test -run '^$' -fuzz "^$2\$" -fuzztime 50000x "./$1"
}

run=(go test -count=1 -timeout 10m -v ./...)
check formatted is_formatted
check vetted go vet ./...
check vetted-without-cgo env CGO_ENABLED=0 go vet ./...
check built-for-windows env CGO_ENABLED=0 GOOS=windows go build ./...
tests race go test -race "${run[@]:2}"
tests pointers env GOEXPERIMENT=cgocheck2 "${run[@]}"
tests garbage env GOGC=1 "${run[@]}"
tests benchmarks go test -bench . -benchtime 100x "${run[@]:2}"
tests without-cgo env CGO_ENABLED=0 "${run[@]}"
check fuzzed-answers fuzzed internal/packed FuzzRead
check fuzzed-members fuzzed internal/member FuzzFind
check quick-start quick_start
check worker worker
with_redis
echo "go: $passed passed, $failed failed"
[[ $failed == 0 ]]
