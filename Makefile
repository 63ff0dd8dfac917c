# Every target does its own set-up: a Swift toolchain and make are all that a fresh machine needs.

.PHONY: help demo test kill-test build examples bench-kernels docs deps lint clean

# CI adds -Xswiftc -warnings-as-errors.
SWIFT_FLAGS ?=
RUN = .build/release/mcmc-run

help:
	@echo "make demo           build, then sample, check and evaluate two small ensembles (under a minute after the build)"
	@echo "make test           build and run the whole test suite"
	@echo "make kill-test N=200  kill the program at random instants: nothing may be lost"
	@echo "make build          build the release program: $(RUN)"
	@echo "make examples       build and run the programs in Examples/, which sample their own densities"
	@echo "make bench-kernels  measure the samplers anew: the tables of docs/kernels.md"
	@echo "make docs           write docs/commands.md from the program's help"
	@echo "make lint           check the formatting"
	@echo "make deps           install the system packages in scripts/packages.txt"
	@echo "make clean          remove what was built"

deps:
	@scripts/install-dependencies.sh

build: deps
	@swift build -c release --product mcmc-run $(SWIFT_FLAGS)

demo: build
	@$(RUN) run experiments/two-contexts.json --force
	@$(RUN) run experiments/two-contexts-interacting.json --force

# ArviZ is only tested with: where it cannot be had, its tests are skipped with a notice.
test: deps
	@scripts/arviz-venv.sh
	@swift test -c release $(SWIFT_FLAGS)

# Kills the program at N random instants and checks that nothing is lost.
N ?= 200
kill-test: build
	@python3 scripts/kill-test.py $(RUN) --kills $(N)

examples: deps
	@swift build -c release --package-path Examples $(SWIFT_FLAGS)
	@Examples/.build/release/anharmonic-oscillator
	@Examples/.build/release/constrained-neuron
	@Examples/.build/release/hopfield-network

bench-kernels: build
	@python3 Benchmarks/Kernels/kernels.py --program $(RUN)

docs: build
	@scripts/make-command-docs.sh $(RUN) > docs/commands.md

lint:
	@swift format lint --strict -r Sources Tests Package.swift Examples/Package.swift Examples/Sources

clean:
	@rm -rf .build Examples/.build
