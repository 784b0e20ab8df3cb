#!/usr/bin/env bash
# The kill campaign: a program in full traffic is killed at random moments, again and again, on one directory; every event that was
# accepted has to arrive. The last line is `campaign-kill: N passed, N failed`.
#
# ROUNDS: how many kills (default 1,000). SEED: when, and in which trouble (default: the time, printed). KIND: written, mapped or
# both (the default, by turns). WORK: the folder for what is kept of a failure (default: target/campaigns/kill-work).
# OPT_COLLECTOR: the collector's binary (default: target/release/opttrack-collector).
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
out=$root/target/campaigns
dist=$root/target/dist
readonly root out dist
export PKG_CONFIG_PATH=$dist/lib/pkgconfig
export OPT_COLLECTOR=${OPT_COLLECTOR:-$root/target/release/opttrack-collector}
export PYTHONDONTWRITEBYTECODE=1

[ -x "$OPT_COLLECTOR" ] || { echo "campaign-kill: no collector at $OPT_COLLECTOR; set OPT_COLLECTOR" >&2; exit 2; }
mkdir -p "$out"
read -r -a cflags <<<"$(pkg-config --cflags opttrack)"
read -r -a libs <<<"$(pkg-config --libs opttrack)"
"${CC:-cc}" -std=c11 -O2 -g -D_DEFAULT_SOURCE -Wall -Wextra -Wpedantic -Wconversion -Werror "${cflags[@]}" -Itests/c \
  tests/campaigns/kill.c -o "$out/kill.$$" -pthread "${libs[@]}" "-Wl,-rpath,$dist/lib"
# In one step, for another campaign may run it.
mv "$out/kill.$$" "$out/kill"
exec python3 tests/campaigns/kill.py --rounds "${ROUNDS:-1000}" --seed "${SEED:-$(date +%s)}" --kind "${KIND:-both}" \
  --program "$out/kill" --work "${WORK:-$out/kill-work}"
