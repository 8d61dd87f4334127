#!/bin/bash
# The source keeps its layers: a third party's header is included by one file, and nothing below run/ prints.
. "$(dirname "$0")/tap.sh"
cd "$source" || exit 1

for pair in mpi.h:run/wire.c hdf5.h:io/hdf5.c yaml.h:io/yaml.c png.h:look/png.c cblas.h:nn/gemm.c \
    xxhash.h:base/digest.c Random123/philox.h:base/random.c; do
    found=$(grep -rlF "#include <${pair%:*}>" src include)
    is "$found" "src/${pair#*:}" "${pair%:*} is included by src/${pair#*:} alone"
done

found=$(grep -rlE '\b(f?printf|puts|perror|fputs)\(' src | grep -vE '^src/(run|main|results|look)/')
is "$found" '' 'nothing below run/ prints'

found=$(grep -rn '#include "bm/\(config\|result\|train\|data\|view\)\.h"' src/nn src/arch src/base)
is "$found" '' 'the engine never sees a configuration'

found=$(grep -rlE '\b(MPI_|H5)[A-Z][A-Za-z_0-9]*\(' src include | grep -vE '^src/(run/wire|io/hdf5)\.')
is "$found" '' 'MPI and HDF5 are called in one file each'
done_testing
