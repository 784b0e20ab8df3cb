# What can be done here; each target is a script that can be run by itself.
# OPT_FEATURES, OPT_REQUIRE_ALL and the like: the scripts' first lines say which they read.

PREFIX ?= /usr/local
DESTDIR ?=
DATAFILE ?=

.DEFAULT_GOAL := help
.PHONY: help setup dist collector header demo test test-sanitize fuzz vectors differential simulate \
  bench bench-loss bench-instructions campaign-kill campaign-chaos faults soak lint format install clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what the tests need and this machine lacks
	scripts/setup.sh test

dist: ## build the library into target/dist, as it is installed
	scripts/setup.sh build
	scripts/dist.sh

collector: ## build the Events API on loopback
	cargo build --release --package opttrack-collector

header: ## write include/opttrack.h anew from src/ffi
	OPT_BLESS=1 cargo test --test header -- the_committed_header

demo: dist collector ## send a shop's visitors to a collector and show the results; DATAFILE=… takes another datafile
	scripts/demo.sh $(if $(DATAFILE),'$(DATAFILE)')

test: ## run every test in every language
	scripts/test.sh

test-sanitize: ## run the tests under valgrind and the sanitizers, and each fuzz target for a minute; FUZZ_SECONDS
	scripts/test-sanitize.sh

fuzz: ## run the fuzz targets; TARGETS='semver ffi' for some, SECONDS=600 for each
	scripts/setup.sh test
	FUZZ_SECONDS='$(or $(SECONDS),600)' scripts/fuzz.sh $(TARGETS)

vectors: dist ## compare every binding with the recorded answers of the official SDKs; OPT_VECTORS takes others
	scripts/build-workers.sh
	cargo test --quiet --test vectors

differential: dist ## ask the official SDKs and libopttrack the same generated questions; SEED, CASES, CASE, JAVA=1
	scripts/setup.sh differential
	scripts/differential.sh

simulate: ## run the simulation long: SEEDS worlds of STEPS steps; SEED=… replays one with a trace
	scripts/simulate.sh

bench: dist collector ## measure deciding, recording and loading beside the official SDKs, and how they scale
	scripts/setup.sh bench
	scripts/bench.sh

bench-loss: dist collector ## count what arrives from libopttrack and the official SDKs in the same faults; REPEATS, FAULT
	scripts/setup.sh bench
	scripts/bench-loss.sh

soak: dist ## a day of traffic with an outage, on a clock that goes faster; KINDS, HOURS, A_SECOND, SPEED
	scripts/setup.sh test
	scripts/soak.sh

bench-instructions: dist ## count the instructions of a call beside their ceilings; OPT_CEILINGS=1 fails above them
	scripts/setup.sh test
	scripts/bench-instructions.sh

campaign-kill: dist collector ## kill a program in full traffic, again and again, and look for what is lost; ROUNDS, SEED, KIND
	scripts/campaign-kill.sh

campaign-chaos: dist collector ## send events through a collector that misbehaves in every way; EVENTS, SEED, KIND
	scripts/campaign-chaos.sh

faults: dist collector ## run the rows of the fault table with their figures; ROWS='H1 N*' runs some
	scripts/setup.sh test
	scripts/dist.sh --panics
	set -f; scripts/faults.sh $(ROWS)

lint: ## check formatting and run the linters
	scripts/lint.sh

format: ## format the sources of every language
	scripts/lint.sh --format

install: dist ## copy the library to PREFIX (default /usr/local), below DESTDIR
	install -d '$(DESTDIR)$(PREFIX)'
	cp -R -P --no-preserve=ownership target/dist/. '$(DESTDIR)$(PREFIX)/'

clean: ## remove what was built; what scripts/swift-env.sh keeps in the user's cache stays
	rm -rf target
