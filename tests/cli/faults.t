#!/bin/bash
# The machine failed, not the run: ranks that cannot train are given up with a sentence, and what they had is done by
# others, or stays to do.
. "$(dirname "$0")/tap.sh"
. "$source/tests/cli/tiny.sh"
mpi() { ASAN_OPTIONS=detect_leaks=0 $mpirun "$@"; } # MPI's own leaks
last() { sed -n 's/^\([0-9: -]* \)\?\(bm-sweep: \)/\2/p' log | tail -n 1 | sed 's/after [0-9.]* [a-z]*\( ([^)]*idle[^)]*)\)\?/after T/'; }
all_done="12 of 12 runs done, 0 failed, 0 left, after T: all runs are done (exit code 0)"

# ---- trainers die at once ----

# `./bad COMMAND...` has trainers that exit before main.
printf '#!/bin/sh\nLD_PRELOAD=%s exec "$@"\n' "$build/torture/hole.so" >bad && chmod +x bad
tiny hole 'seed: 1..12' 'epochs: 200'
tiny one 'seed: 1..1'
if [ "$BM_VARIANT" != release ]; then
    skip "trainers that die at once" "sanitizers refuse libraries that are loaded before theirs"
else
    mpi -n 1 "$sweep" hole.yaml : -n 1 ./bad "$sweep" hole.yaml : -n 1 "$sweep" hole.yaml >log 2>&1
    is "$? $(last)" "0 bm-sweep: $all_done" "one rank of three: its runs are done by the others"
    is "$(grep -c 'warning: rank 1: 5 runs in a row died at once, the last was .*exited with code 127' log)" 1 \
        "it is given up with a sentence"
    rm -rf hole.h5*
    mpi -n 1 ./bad "$sweep" hole.yaml : -n 1 "$sweep" hole.yaml : -n 1 ./bad "$sweep" hole.yaml >log 2>&1
    is "$? $(last) $(grep -c 'warning: rank [02]: 5 runs' log)" "0 bm-sweep: $all_done 2" "two of three, rank 0 among them"
    for how in "mpi -n 2" "env"; do
        rm -rf hole.h5* one.h5*
        slots=
        [ "$how" != env ] || slots='-j 2' # more would die at a time, and count as one
        # shellcheck disable=SC2086
        $how ./bad "$sweep" $slots hole.yaml >log 2>&1
        is "$? $(last | grep -c 'no trainer is left: .*died at once.*exited with code 127.*; 12 runs are left to do')" \
            "74 1" "$how: no rank is left"
        "$results" log hole.h5 "$("$results" hole.h5 | awk 'NR == 2 { print $1 }')" >out 2>err
        is "$? $(head -n 1 out)" "0 no such library" "$how: what they printed can be read"
        "$sweep" hole.yaml 2>log
        is "$? $(last)" "0 bm-sweep: $all_done" "$how: the same command, once the machine is mended"
        $how ./bad "$sweep" one.yaml >log 2>&1
        is "$? $(last | grep -c '0 of 1 run done, 1 failed')" "1 1" "$how: a single run that dies everywhere has failed"
    done
    # What crashes at its work, wherever it is, is the runs' or the program's fault: nobody is given up.
    for how in "mpi -n 3" env; do
        rm -rf hole.h5*
        HOLE=crash $how ./bad "$sweep" hole.yaml >log 2>&1
        is "$? $(last | grep -c '0 of 12 runs done, 12 failed, 0 left') $(grep -c 'died at once' log)" "1 1 0" \
            "$how: twelve runs that all crash have failed"
    done
fi

# ---- no processes ----

chmod 755 "$tap" && chmod 777 "$work"
nobody="setpriv --reuid=65534 --regid=65534 --clear-groups"
cp "$sweep" here # since others may not enter the folder that it is in
if [ "$(id -u)" = 0 ] && $nobody test -x here 2>err; then
    for blas in 1 2; do # OpenBLAS raises SIGINT where it has not the threads that it wants
        rm -rf hole.h5*
        OPENBLAS_NUM_THREADS=$blas timeout 60 $nobody prlimit --nproc=1 ./here -j 2 hole.yaml >log 2>&1
        is "$? $(last | grep -c 'no trainer is left: a trainer process cannot be started: .*; 12 runs are left to do')" \
            "74 1" "no process can be created (OPENBLAS_NUM_THREADS=$blas)"
    done
else
    skip "limits on processes" "this needs root and setpriv"
fi
rm -rf hole.h5*
prlimit --nofile=9 "$sweep" -j 2 hole.yaml >log 2>&1
is "$? $(last | grep -c 'no trainer is left: a trainer process cannot be started: Too many open files')" "74 1" \
    "a limit of 9 open files"

# ---- data, folders ----

mkdir -p data/cifar-10-batches-bin elsewhere
for i in 1 2 3 4 5; do # labels of all classes, images black
    perl -e 'print chr($_ % 10), "\0" x 3072 for 0 .. 9999' >data/cifar-10-batches-bin/data_batch_$i.bin
done
cp data/cifar-10-batches-bin/data_batch_1.bin data/cifar-10-batches-bin/test_batch.bin
tiny seen 'seed: 1..12' 'epochs: 20' 'data_dir: data'
sed -i 's/synthetic/cifar10/' seen.yaml
cp seen.yaml elsewhere
mpi -n 2 "$sweep" seen.yaml : -n 1 sh -c 'cd elsewhere && exec "$0" seen.yaml' "$sweep" >log 2>&1
is "$? $(last)" "0 bm-sweep: $all_done" "a rank that does not see the data"
is "$(grep -c 'warning: rank 2: .*data.*; it goes on with one rank less' log)" 1 "it is given up with a sentence"

tiny kept 'seed: 1..12' 'epochs: 20' 'save_weights: final'
rm -rf elsewhere && mkdir elsewhere
mpi -n 2 "$sweep" kept.yaml : -n 1 sh -c 'cd elsewhere && exec "$0" kept.yaml' "$sweep" >log 2>&1
is "$? $(last) $(ls elsewhere)" "0 bm-sweep: $all_done " "a rank that does not see where weights are kept"
is "$(grep -c 'warning: rank 2: weights are kept in .*kept.h5.d, which is not to be seen from here.*; it goes on with one rank less' log)" \
    1 "it is given up with a sentence"
is "$(ls kept.h5.d/weights | wc -l)" 12 "and all weights are there"

tiny lost 'seed: 1..2' 'epochs: 3000' 'save_weights: final'
mkdir folder
rm -f log
rm -f log
"$sweep" -j 1 -s results=folder/lost.h5 lost.yaml 2>log &
job=$!
wait_for grep -q ' thread each' log
mv folder gone
wait $job
is "$? $(last | grep -c 'folder/lost.h5.d/journal.0 was removed or replaced while it was in use')" "74 1" \
    "the folder of the results goes while a run trains"
mv gone folder
"$sweep" -j 1 -s results=folder/lost.h5 lost.yaml 2>log
is "$? $(last | grep -c '2 of 2 runs done')" "0 1" "and comes back: the same command goes on"
done_testing
