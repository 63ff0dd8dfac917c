#!/bin/sh
# Makes the Debian package of what git has here, with a program that is built already. Usage: deb.sh PROGRAM FOLDER
set -eu
cd "$(dirname "$0")/.."
program=$(realpath "$1") folder=$2
rm -rf "$folder"
mkdir -p "$folder/source"
git ls-files -z | tar --null --files-from=- -cf - | tar -xf - -C "$folder/source"
cd "$folder/source"
if ! PROGRAM="$program" dpkg-buildpackage -b -us -uc > ../build.log 2>&1; then
  tail -n 30 ../build.log >&2
  exit 1
fi
cd ..
rm -rf source
ls -- *.deb
