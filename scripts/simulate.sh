#!/usr/bin/env bash
# Runs the simulation: worlds of processes, disks and servers that go wrong as a seed says, in which nothing that was
# accepted may be lost.
#
#   scripts/simulate.sh          SEEDS worlds (10,000) of STEPS steps (1,000) each; prints what went wrong and how often
#   SEED=7 scripts/simulate.sh   that world alone, with all its steps
set -euo pipefail
cd "$(dirname "$0")/.."

export OPT_SIMULATE_SEEDS=${SEEDS:-10000} OPT_SIMULATE_STEPS=${STEPS:-1000}
[ -z "${SEED:-}" ] || export OPT_SIMULATE_SEED=$SEED
exec cargo test --quiet --profile simulate --lib -- --nocapture --exact \
  delivery::simulation::tests::nothing_accepted_is_lost_whatever_happens
