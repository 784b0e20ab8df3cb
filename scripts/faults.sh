#!/usr/bin/env bash
# Builds what injects faults (tests/faults/drive, shim, t) and runs the rows of the fault table against the library
# in target/dist; the table is left in target/faults/table.md, the last line is `faults: N passed, N failed`.
#
#   scripts/faults.sh [--short] [ROW…]      all rows, or some: H1 'N*'; --short: the forms of `make test`
#   scripts/faults.sh --readme              writes what each row came to in its last long run into README.md
#   scripts/faults.sh --build               builds alone, for the campaigns
#
# OPT_COLLECTOR: the collector's binary (default: target/release/opttrack-collector). OPT_REQUIRE_ALL=1: a row that this
# machine has no means for has failed.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
out=$root/target/faults
dist=$root/target/dist
readonly root out dist

export PKG_CONFIG_PATH=$dist/lib/pkgconfig
export OPT_COLLECTOR=${OPT_COLLECTOR:-$root/target/release/opttrack-collector}
export PYTHONDONTWRITEBYTECODE=1
[ "${1:-}" != --readme ] || exec python3 tests/faults/run.py --records "$out/records" --readme
compiler=${CC:-cc}
warnings=(-Wall -Wextra -Wpedantic -Wconversion -Werror)

[ -x "$OPT_COLLECTOR" ] || { echo "faults: no collector at $OPT_COLLECTOR; set OPT_COLLECTOR" >&2; exit 2; }
mkdir -p "$out"
read -r -a cflags <<<"$(pkg-config --cflags opttrack)"
read -r -a libs <<<"$(pkg-config --libs opttrack)"
"${CXX:-c++}" -std=c++11 -O1 -g "${warnings[@]}" -c tests/faults/drive/throw.cpp -o "$out/throw.o"
"$compiler" -std=c11 -O1 -g -D_DEFAULT_SOURCE "${warnings[@]}" "${cflags[@]}" -Itests/c tests/faults/drive/*.c "$out/throw.o" \
  -o "$out/drive" -pthread "${libs[@]}" "-Wl,-rpath,$dist/lib" -lstdc++
for source in tests/faults/shim/*.c; do
  "$compiler" -std=c11 -O2 "${warnings[@]}" -shared -fPIC "$source" -o "$out/$(basename "$source" .c).so" -pthread -ldl
done

for source in tests/faults/t/*.c; do
  "$compiler" -std=c11 -O1 -g -D_DEFAULT_SOURCE "${warnings[@]}" "${cflags[@]}" -Itests/c "$source" \
    -o "$out/$(basename "$source" .c)" -pthread -ldl
done

[ "${1:-}" != --build ] || exit 0
exec python3 tests/faults/run.py --program "$out/drive" --shims "$out" --work "$out/work" --table "$out/table.md" \
  --records "$out/records" "$@"
