#!/bin/sh
# What `make demo` does once the programs are built: sweeps/quick.yaml on two ranks, its table, and its map as a
# picture where matplotlib is installed. A second call shows what the first has computed.
set -eu
results=results/quick.h5
picture=results/quick.png
bin=${BM_BIN:-bin}

# Root in a container, and fewer cores than ranks, are no reason for Open MPI to refuse.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
${BM_MPIRUN:-mpirun --oversubscribe} -n 2 "$bin/bm-sweep" sweeps/quick.yaml

echo
"$bin/bm-results" $results
echo
"$bin/bm-results" taps $results
echo
# An unpackaged python3 may stand before Debian's, which has the packages.
for python in python3 /usr/bin/python3; do
    if $python -c 'import h5py, matplotlib' 2>/dev/null; then
        $python analysis/tradeoff.py $results -o $picture >/dev/null
        echo "The map: $PWD/$picture"
        exit 0
    fi
done
echo "No picture: matplotlib or h5py is missing (Debian: apt-get install python3-matplotlib python3-h5py)."
