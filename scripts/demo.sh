#!/usr/bin/env bash
# The demo: a collector, a C program that sends it a shop's visitors, the results, and both sides' books compared.
#
#   scripts/demo.sh [DATAFILE]      default: examples/demo/shop.json
#
# Expects target/dist (scripts/dist.sh) and the collector built; `make demo` sees to both.
set -euo pipefail
cd "$(dirname "$0")/.."

datafile=${1:-examples/demo/shop.json}
collector=${OPT_COLLECTOR:-target/release/opttrack-collector}
work=target/demo
mkdir -p "$work"
[ -r "$datafile" ] || { echo "demo: there is no datafile $datafile" >&2; exit 1; }

dist=${OPT_DIST:-$PWD/target/dist}
export PKG_CONFIG_PATH="$dist/lib/pkgconfig"
read -ra flags <<<"$(pkg-config --cflags --libs opttrack)"
"${CC:-cc}" -std=c11 -O2 -Wall -Wextra -D_POSIX_C_SOURCE=199309L -o "$work/demo" examples/demo/*.c \
  "${flags[@]}" -Wl,-rpath,"$dist/lib"
python3 examples/demo/plan.py "$datafile" >"$work/plan.tsv"

# The collector ends when the descriptor that this script holds open is closed.
mkfifo "$work/alive.$$"
"$collector" --exit-with-stdin <"$work/alive.$$" >"$work/address" &
server=$!
exec 9>"$work/alive.$$"
rm "$work/alive.$$"
trap 'exec 9>&-; wait "$server"' EXIT
until grep -q '^listening on ' "$work/address"; do
  kill -0 "$server" 2>/dev/null || { echo "demo: the collector did not start" >&2; exit 1; }
  sleep 0.05
done
url=$(sed 's/^listening on //' "$work/address")
echo "collector: $url"

"$work/demo" "$datafile" "$work/plan.tsv" "$url/v1/events" "$work/stats"
echo
echo "what the collector received"
"$collector" report "$url"
python3 examples/demo/compare.py "$url" "$work/stats"
