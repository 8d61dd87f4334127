#!/bin/bash
# analysis/tradeoff.py on sample files, without a display, and what it says about files that lack what it needs.
analysis=tradeoff
. "$(dirname "$0")/analysis.sh"
sample=$build/tests/test_snapshot
for kind in plain empty; do
    "$sample" $kind.h5 $kind || exit 1
done

# draws NAME ARGUMENTS...: a PNG, and its path alone on stdout.
draws() {
    local name=$1
    shift
    draw "$@" && [ "$(cat out)" = figure.png ]
    ok $? "$name"
}
# change NAME STATEMENT: plain.h5 with something done to it, as NAME.h5.
change() {
    cp plain.h5 "$1.h5"
    $python -c "
import h5py
f = h5py.File('$1.h5', 'r+')
$2"
}
change whole 'f["runs/classes"][:] = 10' # the sample leaves it at 0
mv whole.h5 plain.h5

draws 'a figure' plain.h5
draws 'some of the runs' plain.h5 --where diversity=inf
change noise 'f["runs/label_noise"][::2] = 0.5'
draws 'a panel for each label noise' noise.h5
change mixed 'f["runs/width"][0] = 99'
refuses 'runs that differ in more' 'differ in width: choose with --where, for example --where width=' mixed.h5
draws 'and can be chosen' mixed.h5 --where width=99
refuses 'no such column' 'has no column runs/widht' plain.h5 --where widht=3
refuses 'not a number' '--where width=wide: width is a number' plain.h5 --where width=wide
refuses 'none meet it' 'has no finished run that meets --where' plain.h5 --where width=12345
refuses 'no runs' 'has no finished run yet' empty.h5
change probeless 'del f["probes"]'
refuses 'no table of probes' 'probeless.h5 has no column probes/' probeless.h5
change unmeasured 'f["probes/knn"][:] = float("nan")'
refuses 'no kNN probe' 'has no probes of these runs' unmeasured.h5
draws 'one probe' plain.h5 --probe knn
refuses 'no such probe' 'has no column probes/knm' plain.h5 --probe knm
refuses 'not of these runs' 'has no probes of these runs by the name of knn' unmeasured.h5 --probe knn
change 'two' 'f.copy(f["probes/knn"], f["probes"], "second"); f["probes/second"].attrs["unit"] = ""; f["probes/second"][::3] = float("nan")'
draws 'a row for each probe' two.h5
$python -c '
import struct
def height(path): return struct.unpack(">I", open(path, "rb").read(24)[20:])[0]
assert height("figure.png") == 1010, height("figure.png")' && [ -s figure.png ]
ok $? 'and it is as high'
refuses 'no such file' 'nowhere.h5: there is no such file' nowhere.h5
echo text >text.h5
refuses 'not HDF5' 'text.h5 is not a readable HDF5 file' text.h5
refuses 'no such folder' 'cannot write nowhere/figure.png' plain.h5 -o nowhere/figure.png
mkdir -p hidden/matplotlib && echo 'raise ImportError("No module named matplotlib")' >hidden/matplotlib/__init__.py
PYTHONPATH=$work/hidden refuses 'no matplotlib' 'No module named matplotlib; Debian: apt-get install' plain.h5
done_testing
