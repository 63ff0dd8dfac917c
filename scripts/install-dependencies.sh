#!/bin/sh
# Installs what a list of packages (default: scripts/packages.txt) names and this machine lacks; without apt it says what to install.
set -eu
list=${1:-$(dirname "$0")/packages.txt}

missing_apt=""
missing_brew=""
while read -r apt brew check; do
  case "$apt" in ''|'#'*) continue ;; esac
  if ! sh -c "$check" >/dev/null 2>&1; then
    missing_apt="$missing_apt $apt"
    missing_brew="$missing_brew $brew"
  fi
done < "$list"

if ! command -v swift >/dev/null 2>&1; then
  echo "install-dependencies: there is no Swift toolchain on the PATH; install Swift 6.2 or later from swift.org" >&2
  exit 1
fi
[ -n "$missing_apt" ] || exit 0

if command -v apt-get >/dev/null 2>&1; then
  run=""
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
      echo "install-dependencies: not root and no sudo; ask an administrator for:$missing_apt" >&2
      exit 1
    fi
    run="sudo"
  fi
  echo "Installing:$missing_apt" >&2
  $run apt-get update -q >&2
  # shellcheck disable=SC2086 # a list of packages
  $run env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing_apt >&2
else
  echo "install-dependencies: missing, and there is no apt here. With Homebrew: brew install$missing_brew" >&2
  echo "install-dependencies: (as Debian names them:$missing_apt)" >&2
  exit 1
fi
