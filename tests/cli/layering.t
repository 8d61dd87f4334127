#!/bin/sh
# The source keeps its layers: a third party's header is included by one file, and nothing below run/ prints.
cd "$(dirname "$0")/../.." || exit 1
echo 1..10
number=0
ok() { # ok STATUS NAME [DETAIL]
    number=$((number + 1))
    if [ "$1" = 0 ]; then echo "ok $number - $2"; else echo "not ok $number - $2"; echo "# $3"; fi
}

for pair in mpi.h:run/wire.c hdf5.h:io/hdf5.c yaml.h:io/yaml.c png.h:look/png.c cblas.h:nn/gemm.c \
    xxhash.h:base/digest.c Random123/philox.h:base/random.c; do
    found=$(grep -rlF "#include <${pair%:*}>" src include)
    [ "$found" = "src/${pair#*:}" ]
    ok $? "${pair%:*} is included by src/${pair#*:} alone" "$found"
done

found=$(grep -rlE '\b(f?printf|puts|perror|fputs)\(' src | grep -vE '^src/(run|main|results|look)/')
[ -z "$found" ]
ok $? 'nothing below run/ prints' "$found"

found=$(grep -rn '#include "bm/\(config\|result\|train\|data\|view\)\.h"' src/nn src/arch src/base)
[ -z "$found" ]
ok $? 'the engine never sees a configuration' "$found"

found=$(grep -rlE '\b(MPI_|H5)[A-Z][A-Za-z_0-9]*\(' src include | grep -vE '^src/(run/wire|io/hdf5)\.')
[ -z "$found" ]
ok $? 'MPI and HDF5 are called in one file each' "$found"
