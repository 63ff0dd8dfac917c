# Every target does its own set-up: a Swift toolchain and make are all that a fresh machine needs.

.PHONY: help install uninstall test-install test-shell deb test-deb test-package demo findings test build-tests test-tools test-sanitize kill-test fault-test build build-mpi test-mpi test-slurm test-python notebooks wheel test-wheel examples build-examples bench bench-kernels zoo instruction-counts dieharder docs site test-site deps lint clean

# CI adds -Xswiftc -warnings-as-errors.
SWIFT_FLAGS ?=
RUN = .build/release/mcmc-run
SITE = .build-site
# Tests see what is internal, which takes a build of its own: in the same folder each would undo the other.
TESTS = -c release --scratch-path .build-tests -debug-info-format none $(SWIFT_FLAGS)
# Swift's libraries linked in start in half the time, and the program runs where no Swift is installed. Apple's systems bring their own.
# Nothing that the program says of an error comes from symbols, and the two thirds of the file that they would take are left out.
ifeq ($(shell uname -s),Linux)
STATIC = --static-swift-stdlib -debug-info-format none -Xlinker -s
endif

help:
	@echo "make demo           build, then sample, check and evaluate two small ensembles (under a minute after the build)"
	@echo "make findings       reproduce the paper's findings: a page with figures and numbers (minutes): chains/findings/index.html"
	@echo "make test           build and run the whole test suite"
	@echo "make kill-test N=200  kill the program at random instants: nothing may be lost"
	@echo "make test-sanitize  build with the thread sanitizer and run what works on several threads: no report"
	@echo "make fault-test     inject errors of the operating system (strace): one sentence, nothing lost"
	@echo "make build          build the release program: $(RUN)"
	@echo "make install        build it and install it with manual pages and completions (PREFIX=/usr/local, DESTDIR=)"
	@echo "make uninstall      take what make install installed away again"
	@echo "make test-install   install it into a folder of the test's own, use it there, take it away; read the recipes of containers"
	@echo "make test-shell     complete words in bash, zsh and fish, check the manual pages"
	@echo "make deb            the Debian package: .build/deb/*.deb (Linux with apt)"
	@echo "make test-deb       make it, install it in a fresh root, and use it there"
	@echo "make test-package   build a package of its own that depends on this one, by git URL and by path (minutes)"
	@echo "make build-mpi      the program with what speaks MPI, for mpirun and srun: .build-mpi/release/mcmc-run"
	@echo "make test-mpi       build it, and run the tests of several ranks on this machine"
	@echo "make test-slurm     run the scripts of docs/cluster.md under a Slurm of the test's own (Debian)"
	@echo "make test-python    test the Python package: types, tests, notebooks (in .venv, with ArviZ 0.x and 1.x)"
	@echo "make notebooks      run python/notebooks and store what they show"
	@echo "make wheel          python/dist/*.whl: the Python package with the program and its libraries inside (Linux, x86_64)"
	@echo "make test-wheel     make it and try it where there is nothing else"
	@echo "make examples       build and run the programs in Examples/: densities, constraints and experiments from Swift"
	@echo "make bench          measure against other software: print the tables of docs/performance.md (half an hour; ROUNDS=1: minutes)"
	@echo "make bench-kernels  measure the samplers anew: the tables of docs/kernels.md"
	@echo "make zoo            sample specs that nobody tuned for at default settings: which converge, and what they cost (ZOO=\"--only deep\")"
	@echo "make instruction-counts  count the instructions of gradients, steps and draws: none may need over 3 % more (STORE=1: a new table)"
	@echo "make dieharder      test the bits of the generator xoshiro256pp8 (an hour or two)"
	@echo "make docs           write docs/commands.md from the program's help"
	@echo "make site           the documents as a static site, its pictures and output from real runs: $(SITE)/site/index.html (minutes)"
	@echo "make test-site      make it, run the command lines of the other documents, and look for names that the glossary lacks"
	@echo "make lint           check the formatting, that the folders of a target do not know each other in circles, and that nobody imports all of Foundation"
	@echo "make deps           install the system packages in scripts/packages.txt"
	@echo "make clean          remove what was built"

deps:
	@scripts/install-dependencies.sh

build: deps
	@swift build -c release --product mcmc-run $(STATIC) $(SWIFT_FLAGS)

# Where: DESTDIR goes before PREFIX, for those who make packages.
PREFIX ?= /usr/local
install: build
	@scripts/install.sh install $(RUN) $(PREFIX)
	@echo "installed below $(DESTDIR)$(PREFIX)"

uninstall:
	@scripts/install.sh uninstall $(RUN) $(PREFIX)

test-install: build
	@scripts/install-test.sh $(RUN)
	@python3 scripts/recipes-test.py

# What a machine lacks is skipped with a notice.
test-shell: build
	@scripts/install-dependencies.sh scripts/shell-packages.txt || true
	@python3 scripts/shell-test.py $(RUN)

# With the program that is built; debian/rules builds one where none is given.
deb: build
	@scripts/install-dependencies.sh scripts/deb-packages.txt
	@scripts/deb.sh $(RUN) .build/deb

test-deb: build
	@if test "$$(uname -s)" = Linux && scripts/install-dependencies.sh scripts/deb-packages.txt; then \
	  scripts/deb.sh $(RUN) .build/deb && scripts/deb-test.sh .build/deb/*.deb; \
	else echo "*** the test of the Debian package is SKIPPED" >&2; fi

test-package: deps
	@scripts/package-test.sh

demo: build
	@$(RUN) run experiments/two-contexts.json --force
	@$(RUN) run experiments/two-contexts-interacting.json --force

# What is done is kept in chains/findings: an interrupted run goes on.
findings: build
	@scripts/install-dependencies.sh scripts/report-packages.txt
	@$(RUN) findings experiments/findings

# Four tests at once: some wait for programs that they start, and of more the times that are printed would be spent in queues.
# ArviZ, gnuplot, a browser, shells and Debian's tools are only tested with: where they cannot be had, their tests are skipped with a
# notice. All are installed at once, since two that install at the same time are in each other's way.
test: build-tests test-tools
	@rm -f .build-tests/events.jsonl
	@SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=4 swift test $(TESTS) --event-stream-output-path .build-tests/events.jsonl --event-stream-version 0; status=$$?; \
	  python3 scripts/slowest-tests.py .build-tests/events.jsonl; exit $$status

test-tools:
	@scripts/install-dependencies.sh scripts/test-packages.txt || echo "*** the tests of reports will be SKIPPED" >&2
	@scripts/install-dependencies.sh scripts/valgrind-packages.txt || echo "*** instructions will not be counted" >&2
	@scripts/install-dependencies.sh scripts/shell-packages.txt || echo "*** completion will not be tested in all shells" >&2
	@if test "$$(uname -s)" = Linux; then \
	  scripts/install-dependencies.sh scripts/deb-packages.txt || echo "*** the Debian package will not be tested" >&2; fi
	@scripts/arviz-venv.sh

build-tests: deps
	@swift test list $(TESTS) > /dev/null

# Kills the program at N random instants and checks that nothing is lost.
N ?= 200
kill-test: build
	@python3 scripts/kill-test.py $(RUN) --kills $(N)

# A debug build in a folder of its own, which takes some ten minutes to build and run: not a part of CI.
test-sanitize: deps
	@swift build --sanitize=thread --scratch-path .build-sanitize --product mcmc-run $(SWIFT_FLAGS)
	@python3 scripts/sanitize-test.py .build-sanitize/debug/mcmc-run

# Injects errors of the operating system for FAULT_SECONDS seconds and looks at what is left.
FAULT_SECONDS ?= 20
fault-test: build
	@python3 scripts/fault-test.py $(RUN) $(FAULT_SECONDS)

# The same program with a library beside it that speaks MPI, in a folder of its own.
build-mpi: build
	@scripts/install-dependencies.sh scripts/mpi-packages.txt
	@mkdir -p .build-mpi/release
	@cmp -s $(RUN) .build-mpi/release/mcmc-run || cp $(RUN) .build-mpi/release/
	@mpicc -O2 -Wall -Wextra -Werror -fPIC -shared -o .build-mpi/release/libmcmc-run-mpi.so Sources/CMPI/library/mpi.c

test-mpi: build-mpi
	@python3 scripts/mpi-test.py --program $(RUN) --mpi-program .build-mpi/release/mcmc-run

# Where there is no Slurm to install, the test is skipped with a notice.
test-slurm: build-mpi
	@scripts/install-dependencies.sh scripts/slurm-packages.txt || true
	@python3 scripts/slurm-test.py --program $(RUN) --mpi-program .build-mpi/release/mcmc-run

# Where Python packages cannot be had, what needs them is skipped with a notice.
test-python: build
	@scripts/install-dependencies.sh scripts/report-packages.txt || true
	@scripts/arviz-venv.sh
	@scripts/python-test.sh

notebooks: build
	@scripts/install-dependencies.sh scripts/report-packages.txt
	@scripts/arviz-venv.sh
	@MCMC_RUN=$(CURDIR)/$(RUN) .venv/arviz1/bin/python scripts/notebooks.py --store

wheel: build
	@scripts/wheel-venv.sh
	@.venv/wheel/bin/python scripts/wheel.py $(RUN) python/dist

test-wheel: build
	@if test "$$(uname -sm)" = "Linux x86_64" && scripts/wheel-venv.sh; then \
	  $(MAKE) --no-print-directory wheel && python3 scripts/wheel-test.py python/dist/*.whl $(RUN); \
	else echo "*** the test of the wheel is SKIPPED" >&2; fi

build-examples: deps
	@swift build -c release --package-path Examples $(SWIFT_FLAGS)

examples: build-examples
	@Examples/.build/release/anharmonic-oscillator
	@Examples/.build/release/constrained-neuron
	@Examples/.build/release/hopfield-network
	@Examples/.build/release/experiment-file
	@Examples/.build/release/own-observable
	@scripts/package-test.sh --resolve

# PEERS names a Python that has Benchmarks/peers/requirements.txt; without it one is made in .venv/peers.
# Without symbols (-s): valgrind, which counts instructions, stops at the debugging information of Swift's libraries.
ROUNDS ?= 5
bench: build
	@swift build -c release --package-path Benchmarks -Xlinker -s $(SWIFT_FLAGS)
	@if [ -z "$(PEERS)" ]; then scripts/peers-venv.sh; fi
	@python3 Benchmarks/bench.py --rounds $(ROUNDS) --peers $(or $(PEERS),.venv/peers/bin/python)

# Feeds the generator xoshiro256pp8 to dieharder (Debian's package of that name): an hour or two.
SEED ?= 1
dieharder: deps
	@command -v dieharder > /dev/null || { echo "dieharder is not there (Debian: dieharder)" >&2; exit 1; }
	@mkdir -p .build && clang -O2 -ISources/CKernels/include -ISources/CKernels Benchmarks/Generator/raw-bits.c Sources/CKernels/*.c -lgsl -lgslcblas -lm -o .build/raw-bits
	@.build/raw-bits $(SEED) | dieharder -a -g 200

bench-kernels: build
	@python3 Benchmarks/Kernels/kernels.py --program $(RUN)

zoo: build
	@python3 Benchmarks/Zoo/zoo.py --program $(RUN) $(ZOO)

# Compares with Benchmarks/instruction-counts.csv; STORE=1 writes it anew. Without valgrind, or with another compiler, glibc or GSL than
# the table's, nothing is compared, with a notice.
instruction-counts: build
	@scripts/install-dependencies.sh scripts/valgrind-packages.txt || true
	@python3 scripts/instruction-counts.py $(RUN) $(if $(STORE),--store)

docs: build
	@scripts/make-command-docs.sh $(RUN) > docs/commands.md

# Nothing is fetched; runs whose page and program are the same are kept in $(SITE)/work.
site: build
	@scripts/install-dependencies.sh scripts/report-packages.txt
	@python3 scripts/site/build.py $(RUN) .build/release $(SITE)

test-site: site
	@python3 -m unittest discover -q -s scripts/site -p "test_*.py"
	@python3 scripts/site/names.py $(RUN) docs/site/glossary.md
	@python3 scripts/site/commands.py $(RUN)

lint:
	@swift format lint --strict -r Sources Tests Package.swift Examples/Package.swift Examples/Sources
	@python3 scripts/folder-circles.py
	@! grep -rnE '^ *(public )?import Foundation$$' Sources || { echo "Foundation brings 40 MB into the program: Numerics hands on the C library, Storage FoundationEssentials" >&2; exit 1; }

clean:
	@rm -rf .build .build-mpi .build-tests .build-sanitize .build-site Examples/.build Benchmarks/.build
