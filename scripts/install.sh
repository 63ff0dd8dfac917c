#!/bin/sh
# Installs the program with its manual pages, completions, schema and examples, or takes them away again.
# Usage: install.sh install|uninstall PROGRAM PREFIX   (DESTDIR in the environment goes before PREFIX)
set -eu
action=$1 program=$2 prefix=$3
root=$(cd "$(dirname "$0")/.." && pwd)
to=${DESTDIR:-}$prefix
bin=$to/bin man=$to/share/man data=$to/share/mcmc-run doc=$to/share/doc/mcmc-run
bash=$to/share/bash-completion/completions zsh=$to/share/zsh/site-functions fish=$to/share/fish/vendor_completions.d

case $action in
  install)
    mkdir -p "$bin" "$man" "$data" "$doc" "$bash" "$zsh" "$fish"
    install -m 755 "$program" "$bin/mcmc-run"
    # Stripped by the linker already where the Makefile built it; elsewhere the two thirds that are symbols are left out here.
    if command -v strip > /dev/null 2>&1; then strip "$bin/mcmc-run" 2> /dev/null || true; fi
    "$bin/mcmc-run" man --out "$man" > /dev/null
    for page in "$man"/man?/mcmc-run*; do chmod 644 "$page"; done
    "$bin/mcmc-run" completion bash > "$bash/mcmc-run"
    "$bin/mcmc-run" completion zsh > "$zsh/_mcmc-run"
    "$bin/mcmc-run" completion fish > "$fish/mcmc-run.fish"
    "$bin/mcmc-run" schema > "$data/experiment.schema.json"
    for file in LICENSE CITATION.cff CHANGELOG.md; do install -m 644 "$root/$file" "$doc/$file"; done
    (cd "$root/experiments" && find . -type f ! -path './.*') | while read -r file; do
      mkdir -p "$data/experiments/$(dirname "$file")"
      install -m 644 "$root/experiments/$file" "$data/experiments/$file"
    done
    ;;
  uninstall)
    rm -f "$bin/mcmc-run" "$man"/man1/mcmc-run.1 "$man"/man1/mcmc-run-*.1 "$man"/man5/mcmc-run-*.5
    rm -f "$bash/mcmc-run" "$zsh/_mcmc-run" "$fish/mcmc-run.fish"
    rm -rf "$data" "$doc"
    # Folders that others use stay.
    for folder in "$man/man1" "$man/man5" "$man" "$bash" "$to/share/bash-completion" "$zsh" "$to/share/zsh" "$fish" "$to/share/fish" \
      "$to/share/doc" "$to/share" "$bin"; do
      rmdir "$folder" 2> /dev/null || true
    done
    ;;
  *) echo "install.sh: found $action; allowed: install, uninstall" >&2; exit 64 ;;
esac
