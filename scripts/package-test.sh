#!/bin/sh
# Makes the package of docs/swift.md in a folder of the test's own, as its text says it, and builds and runs it: once with this repository as
# a git URL, once by path (which is only resolved where --resolve is given, as is the URL). Usage: package-test.sh [--resolve]
set -eu
cd "$(dirname "$0")/.."
here=$(pwd)
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

# The two files stand in docs/swift.md, each behind the line that names it.
shown() { awk -v mark="**\`$1\`**" '$0 == mark { found = 1; next } found && /^```swift/ { inside = 1; next } inside && /^```/ { exit } inside' docs/swift.md; }

# A clone of what is committed, as a URL would be.
upstream=$place/git/mcmc-run
git clone -q "$here" "$upstream"
git -C "$upstream" checkout -q -B main

for form in url path; do
  mkdir -p "$place/$form/Sources/mine"
  shown Package.swift > "$place/$form/Package.swift"
  shown Sources/mine/main.swift > "$place/$form/Sources/mine/main.swift"
  grep -q 'https://example.org/mcmc-run.git' "$place/$form/Package.swift"
  if [ $form = url ]; then
    sed -i.bak "s|https://example.org/mcmc-run.git|file://$upstream|" "$place/$form/Package.swift"
  else
    sed -i.bak "s|url: \"https://example.org/mcmc-run.git\", branch: \"main\"|name: \"mcmc-run\", path: \"$here\"|" "$place/$form/Package.swift"
  fi
  rm -f "$place/$form/Package.swift.bak"
  (
    cd "$place/$form"
    swift package resolve > resolve.log 2>&1 || { cat resolve.log >&2; exit 1; }
    swift package describe --type json > describe.json
    grep -q '"mine"' describe.json
    if [ "${1:-}" = --resolve ]; then
      echo "$form: resolved"
    else
      start=$(date +%s)
      swift build -c release > build.log 2>&1 || { tail -n 20 build.log >&2; exit 1; }
      echo "$form: built in $(($(date +%s) - start)) s"
      .build/release/mine
    fi
  )
done
