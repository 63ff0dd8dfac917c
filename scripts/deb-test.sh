#!/bin/sh
# Installs the Debian package where nothing else is: in a root that debootstrap makes or, where it cannot, in a clean prefix on this
# system's libraries. There the demo is run and the manual page read. Usage: deb-test.sh PACKAGE.deb
set -eu
deb=$(realpath "$1")
place=$(mktemp -d)
root=$place/root
unmounted() { umount "$root/proc" 2> /dev/null || true; rm -rf "$place"; }
trap unmounted EXIT

dpkg-deb --info "$deb" | grep -q 'Depends:.*libnetcdf' || { echo "deb-test: libnetcdf is not among what it depends on" >&2; exit 1; }
dpkg-deb --info "$deb" | grep -q 'Depends:.*libgsl' || { echo "deb-test: libgsl is not among what it depends on" >&2; exit 1; }

# What the package's user does: the demo, the page, a word completed.
use='set -e
cd /tmp
mcmc-run run /usr/share/mcmc-run/experiments/two-contexts.json --draws 500 --quiet > run.txt
grep PASSED run.txt
MANWIDTH=80 man -P cat mcmc-run | grep -q "EXIT STATUS"
mcmc-run init spec.json --task inputSelection --network twoLayer > /dev/null
bash -c "source /usr/share/bash-completion/completions/mcmc-run; complete -p mcmc-run" > /dev/null'

fresh_root() {
  [ "$(id -u)" -eq 0 ] && [ -x /usr/sbin/debootstrap ] || return 1
  . /etc/os-release
  /usr/sbin/debootstrap --variant=minbase "$VERSION_CODENAME" "$root" > "$place/debootstrap.log" 2>&1 || return 1
  cp -L /etc/resolv.conf "$root/etc/resolv.conf" 2> /dev/null || true
  mount -t proc proc "$root/proc" 2> /dev/null || true
  cp "$deb" "$root/tmp/mcmc-run.deb"
  chroot "$root" sh -c 'apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends man-db /tmp/mcmc-run.deb' \
    > "$place/apt.log" 2>&1
}

if fresh_root; then
  chroot "$root" sh -c "$use"
  chroot "$root" dpkg -r mcmc-run > /dev/null
  test ! -e "$root/usr/bin/mcmc-run" && test ! -e "$root/usr/share/mcmc-run"
  echo "installed in a fresh root, used and removed: $(basename "$deb")"
else
  tail -n 5 "$place"/*.log 2> /dev/null || true
  echo "*** there is no fresh root: the package is tried in a clean prefix" >&2
  dpkg-deb -x "$deb" "$root"
  (
    cd "$place"
    PATH=$root/usr/bin:$PATH
    mcmc-run run "$root/usr/share/mcmc-run/experiments/two-contexts.json" --draws 500 --quiet > run.txt
    grep PASSED run.txt
    MANWIDTH=80 man -M "$root/usr/share/man" -P cat mcmc-run | grep -q "EXIT STATUS"
  )
  echo "used in a clean prefix: $(basename "$deb")"
fi
