#!/bin/sh
# Sets up what exports and the Python package are tested with: ArviZ 0.x in .venv/arviz0 and, where Python is new enough, 1.x in
# .venv/arviz1, which checks types and runs notebooks too. Does nothing where that is done already, and nothing but say so where there is
# no Python.
set -u
cd "$(dirname "$0")/.." || exit 1

set_up() { # directory, python, what it must import, packages
  directory=$1 python=$2 imports=$3
  shift 3
  "$directory/bin/python" -c "import $imports" 2>/dev/null && return 0
  echo "setting up $directory ($*)" >&2
  rm -rf "$directory"
  "$python" -m venv "$directory" && "$directory/bin/pip" install --quiet --disable-pip-version-check "$@"
}

newest() { # the first Python, on the path or of pyenv, that is at least this version
  for python in python3 python3.13 python3.12 python3.14 python3.11 python3.10 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/*/bin/python3; do
    "$python" -c "import sys, venv; sys.exit(sys.version_info[:2] < $1)" 2>/dev/null && echo "$python" && return 0
  done
  return 1
}

opens='arviz, netCDF4, h5netcdf, h5py, pytest'
if python=$(newest '(3, 10)'); then
  set_up .venv/arviz0 "$python" "$opens" 'arviz==0.23.4' netCDF4 h5netcdf h5py pytest ||
    echo "*** ArviZ 0.x could not be installed: its tests will be SKIPPED" >&2
else
  echo "*** there is no Python 3.10 or newer: the ArviZ tests will be SKIPPED" >&2
fi
if python=$(newest '(3, 12)'); then
  set_up .venv/arviz1 "$python" "$opens, matplotlib, mypy, nbclient, ipykernel, jsonschema" \
    'arviz==1.3.0' netCDF4 h5netcdf h5py pytest matplotlib mypy nbclient ipykernel jsonschema ||
    echo "*** ArviZ 1.x could not be installed: its tests will be SKIPPED" >&2
else
  echo "*** there is no Python 3.12 or newer: the tests with ArviZ 1.x will be SKIPPED" >&2
fi
