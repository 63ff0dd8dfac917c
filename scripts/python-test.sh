#!/bin/sh
# Tests the Python package with the program in .build: all of it with ArviZ 1.x, types and notebooks included; what opens draws with 0.x.
# What cannot be had is skipped with a notice.
set -eu
cd "$(dirname "$0")/.."
MCMC_RUN=$(pwd)/.build/release/mcmc-run
export MCMC_RUN

new=.venv/arviz1/bin/python old=.venv/arviz0/bin/python
if "$new" -c 'import arviz, pytest, mypy, nbclient' 2>/dev/null; then
  (cd python && "../$new" -m mypy && "../$new" -m pytest)
  "$new" scripts/notebooks.py
else
  echo "*** there is no ArviZ 1.x: types, most tests and notebooks of the Python package are SKIPPED" >&2
fi
if "$old" -c 'import arviz, pytest' 2>/dev/null; then
  (cd python && "../$old" -m pytest tests/test_arviz.py tests/test_networks.py tests/test_observables.py tests/test_results.py)
else
  echo "*** there is no ArviZ 0.x: its tests of the Python package are SKIPPED" >&2
fi
