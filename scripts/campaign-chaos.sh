#!/usr/bin/env bash
# The chaos campaign: events from eight threads through a collector that misbehaves in every way it can; nothing may be lost,
# invented or changed. The last line is `campaign-chaos: N passed, N failed`.
#
# EVENTS: how many (default 1,000,000). SEED: which faults come when (default: the time, printed). KIND: how events are kept: memory
# (the default), written or mapped.
# OPT_COLLECTOR: the collector's binary (default: target/release/opttrack-collector).
set -euo pipefail
cd "$(dirname "$0")/.."
export OPT_COLLECTOR=${OPT_COLLECTOR:-$PWD/target/release/opttrack-collector}
export PYTHONDONTWRITEBYTECODE=1

scripts/faults.sh --build
exec python3 tests/campaigns/chaos.py --events "${EVENTS:-1000000}" --seed "${SEED:-$(date +%s)}" \
  --kind "${KIND:-memory}"
