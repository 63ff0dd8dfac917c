#!/bin/sh
# Sets up what the benchmarks compare with, in .venv/peers: BlackJAX, NumPyro, nutpie, Stan and emcee (Benchmarks/peers/requirements.txt).
# Does nothing where that is done already; fails, and says why, where there is no Python that they support.
set -eu
cd "$(dirname "$0")/.."

directory=.venv/peers
"$directory/bin/python" -c 'import arviz, blackjax, jax' 2>/dev/null && exit 0
for python in python3.11 python3.12 python3.13 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/*/bin/python3; do
  "$python" -c 'import sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null || continue
  echo "setting up $directory (several minutes)" >&2
  rm -rf "$directory"
  "$python" -m venv "$directory"
  exec "$directory/bin/pip" install --quiet --disable-pip-version-check -r Benchmarks/peers/requirements.txt
done
echo "there is no Python 3.11 to 3.13 on the path: the peers cannot be measured (name one that has them with PEERS=)" >&2
exit 1
