#!/bin/sh
# What `make demo` does once the programs are built: sweeps/quick.yaml on two ranks, its table, and its map as
# pictures and as a page where matplotlib is installed. A second call shows what the first has computed.
set -eu
results=results/quick.h5
pictures=results/quick
bin=${BM_BIN:-bin}

# Root in a container, and fewer cores than ranks, are no reason for Open MPI to refuse.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
${BM_MPIRUN:-mpirun --oversubscribe} -n 2 "$bin/bm-sweep" sweeps/quick.yaml

echo
"$bin/bm-results" $results
echo
"$bin/bm-results" taps $results
echo
if analysis/bm-figures $results -o "$pictures" >/dev/null && analysis/bm-figures report $results -o "$pictures.html" >/dev/null; then
    echo "The map: $PWD/$pictures/tradeoff.png; all of it, for a browser: $PWD/$pictures.html"
else
    echo "No pictures of it."
fi
