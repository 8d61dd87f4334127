#!/bin/sh
# Installs packages, where it may (Debian, as root or with sudo without a password); else prints their names. With
# --if-missing it is silent where everything is there.
# usage: [CC=… MPI=… HDF5=…] deps.sh [--if-missing] [build|reference|readers|slurm|fresh]
set -eu
if_missing=
if [ "${1:-}" = --if-missing ]; then
    if_missing=yes
    shift
fi

optional=
case ${1:-build} in
build) # building and testing, with these compilers and libraries
    packages="gcc make pkg-config git perl procps curl unzip libopenblas-dev hdf5-tools libyaml-dev libxxhash-dev libmd-dev libpng-dev libjpeg-dev zlib1g-dev
librandom123-dev libcmocka-dev python3-h5py"
    optional="python3-matplotlib python3-pandas" # for analysis/ and the README's lines
    case ${CC:-} in *clang*) packages="$packages clang libomp-dev" ;; esac
    case ${MPI:-} in
    mpich) packages="$packages libmpich-dev mpich" ;;
    *) packages="$packages libopenmpi-dev openmpi-bin" ;;
    esac
    case ${HDF5:-} in
    hdf5-openmpi | hdf5-mpich) packages="$packages lib$HDF5-dev" ;;
    *) packages="$packages libhdf5-dev" ;;
    esac
    ;;
reference) # what tests and benchmarks compare with; the browser of tests/cli/report.t
    packages="chromium python3-torch python3-torchvision python3-sklearn python3-scipy python3-pil libdnnl-dev"
    ;;
readers) # tests/readers.sh
    packages="hdf5-tools netcdf-bin octave r-cran-hdf5r r-bioc-rhdf5 python3-h5py python3-tables python3-pandas python3-xarray
python3-netcdf4 python3-h5netcdf"
    ;;
slurm) # tests/cli/slurm.sh
    packages="slurm-wlm munge"
    ;;
fresh) # tests/fresh.sh
    packages="mmdebstrap procps"
    ;;
*)
    echo "deps: '$1' is none of build, reference, readers, slurm, fresh"
    exit 2
    ;;
esac

if ! command -v dpkg-query >/dev/null 2>&1; then
    [ $if_missing ] && exit 0 # the compiler will say what it misses
    cat <<END
deps: this is not Debian; please provide
  a module system:  module load gcc openmpi openblas hdf5   (HDF5 1.10 or later)
  and, if missing:  libyaml, libpng (1.6), libjpeg-turbo, zlib, xxhash (0.8), libmd, Random123 (headers), cmocka, bash, perl and procps (tests)
  Debian's names:   $(echo $packages)
END
    exit 1
fi

# missing PACKAGE...: those that are not installed.
missing() {
    for package in "$@"; do
        [ "$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)" = "install ok installed" ] || echo "$package"
    done
}
required=$(missing $packages)
all=$(echo $required $(missing $optional))
if [ -z "$all" ]; then
    [ $if_missing ] || echo "deps: everything is installed"
    exit 0
fi
if [ "$(id -u)" = 0 ]; then
    run=
elif sudo -n true 2>/dev/null; then
    run=sudo
else
    echo "deps: missing: $all"
    echo "deps: install them with: sudo apt-get install $all"
    [ -z "$required" ] # what is optional stops nobody
    exit
fi
echo "deps: installing $all"
if $run apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
    $run apt-get install -y -qq --no-install-recommends $all >/dev/null; then
    echo "deps: done"
    exit 0
fi
echo "deps: not installed: $all"
[ -z "$required" ]
