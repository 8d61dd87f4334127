#!/bin/sh
# Installs the packages that building and testing need, where it may (Debian, as root or with sudo without
# a password); else prints their names. With --if-missing it is silent where everything is there.
set -eu

packages="gcc make pkg-config git perl libopenmpi-dev openmpi-bin libopenblas-dev libhdf5-dev
hdf5-tools libyaml-dev libxxhash-dev libmd-dev libpng-dev librandom123-dev libcmocka-dev procps clang-format python3-h5py"
optional=python3-matplotlib # draws the pictures of analysis/

missing=
if command -v dpkg-query >/dev/null 2>&1; then
    is_installed() {
        [ "$(dpkg-query -W -f '${Status}' "$1" 2>/dev/null || true)" = "install ok installed" ]
    }
    for package in $packages; do
        is_installed "$package" || missing="$missing $package"
    done
    required=$missing
    is_installed $optional || missing="$missing $optional"
    if [ -z "$missing" ]; then
        [ "${1:-}" = --if-missing ] || echo "deps: everything is installed"
        exit 0
    fi
    if [ "$(id -u)" = 0 ]; then
        run=
    elif sudo -n true 2>/dev/null; then
        run=sudo
    else
        echo "deps: missing:$missing"
        echo "deps: install them with: sudo apt-get install$missing"
        [ -z "$required" ] # what is optional stops nobody
        exit
    fi
    echo "deps: installing$missing"
    if $run apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
        $run apt-get install -y -qq --no-install-recommends $missing >/dev/null; then
        echo "deps: done"
        exit 0
    fi
    echo "deps: not installed:$missing"
    [ -z "$required" ]
    exit
fi

[ "${1:-}" = --if-missing ] && exit 0 # not Debian: the compiler will say what it misses
cat <<EOF
deps: this is not Debian; please provide
  a module system:  module load gcc openmpi openblas hdf5   (HDF5 serial, 1.10 or later)
  and, if missing:  libyaml, libpng (1.6), xxhash (0.8), libmd, Random123 (headers), cmocka, bash, perl and procps (tests)
  Debian's names:   $(echo $packages)
EOF
exit 1
