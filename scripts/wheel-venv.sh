#!/bin/sh
# Sets up what builds the wheel, in .venv/wheel: setuptools. Does nothing where that is done already; fails, and says why, where there is
# no Python or no PyPI.
set -eu
cd "$(dirname "$0")/.."

directory=.venv/wheel
"$directory/bin/python" -c 'import setuptools; assert int(setuptools.__version__.split(".")[0]) >= 77' 2>/dev/null && exit 0
echo "setting up $directory (setuptools)" >&2
rm -rf "$directory"
python3 -m venv "$directory"
exec "$directory/bin/pip" install --quiet --disable-pip-version-check 'setuptools>=77' wheel
