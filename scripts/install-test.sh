#!/bin/sh
# Installs the program into a folder of the test's own, uses it from elsewhere, and takes it away again. Usage: install-test.sh PROGRAM
set -eu
cd "$(dirname "$0")/.."
program=$(realpath "$1")
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

# DESTDIR goes before the prefix, and nothing else is touched.
DESTDIR=$place/stage scripts/install.sh install "$program" /opt/networks
test "$(ls "$place")" = stage
prefix=$place/stage/opt/networks
for file in bin/mcmc-run share/man/man1/mcmc-run.1 share/man/man1/mcmc-run-sample.1 share/man/man5/mcmc-run-experiment.5 \
  share/bash-completion/completions/mcmc-run share/zsh/site-functions/_mcmc-run share/fish/vendor_completions.d/mcmc-run.fish \
  share/mcmc-run/experiment.schema.json share/mcmc-run/experiments/two-contexts.json share/doc/mcmc-run/LICENSE; do
  test -s "$prefix/$file" || { echo "install-test: $file is not installed" >&2; exit 1; }
done
# Stripped: no table of symbols.
if command -v readelf > /dev/null && readelf -S "$prefix/bin/mcmc-run" | grep -q '\.symtab'; then
  echo "install-test: the program is not stripped" >&2
  exit 1
fi
# What is installed does what the program here does, wherever it is.
(
  cd "$place"
  "$prefix/bin/mcmc-run" run "$prefix/share/mcmc-run/experiments/two-contexts.json" --draws 200 --quiet > run.txt
  grep -q PASSED run.txt
  "$prefix/bin/mcmc-run" schema "$prefix"/share/mcmc-run/experiments/*.json > schema.txt
  if command -v man > /dev/null; then man -M "$prefix/share/man" -P cat mcmc-run-sample > man.txt && grep -q -e '--until-ess' man.txt; fi
)
# A second time over itself, then away: nothing is left but what was there before.
touch "$prefix/share/other"
DESTDIR=$place/stage scripts/install.sh install "$program" /opt/networks
DESTDIR=$place/stage scripts/install.sh uninstall "$program" /opt/networks
left=$(cd "$prefix" && find . -type f)
test "$left" = ./share/other || { echo "install-test: uninstall leaves $left" >&2; exit 1; }
echo "installed, used and taken away: $(wc -c < "$program" | awk '{printf "%.1f MB", $1 / 1e6}')"
