#!/bin/sh
# Writes docs/commands.md from the program's own help. Usage: make-command-docs.sh PROGRAM > docs/commands.md
set -eu
program=$1
echo "# Commands"
echo
echo "Made from the program's own help by \`make docs\`; a test compares the two."
echo
echo '```'
"$program" --help
echo '```'
for command in $("$program" --help | sed -n '/^Commands/,/^$/p' | awk '/^  [^ ]/{print $1}'); do
  echo
  echo "## $command"
  echo
  echo '```'
  "$program" help "$command"
  echo '```'
done
echo
echo "## The experiment file"
echo
echo '```'
"$program" help experiment
echo '```'
