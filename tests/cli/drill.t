#!/bin/bash
# The fault drill: of eight ranks two are killed, one is stopped and one's trainers all die at once, in the middle of a
# sweep, under mpirun --enable-recovery. The others do it all.
. "$(dirname "$0")/tap.sh"
. "$source/tests/cli/tiny.sh"
. "$source/tests/cli/torture.sh"
[ "$BM_VARIANT" = release ] || skip_all "sanitizers refuse libraries that are loaded before theirs"
! is_mpich || skip_all "mpirun --enable-recovery is Open MPI's"
drill() {
    tiny "$1" 'seed: 1..30' 'epochs: 300' 'heartbeat_timeout: 6'
}
drill whole
"$sweep" -j 2 whole.yaml >log 2>&1
is $? 0 "a sweep that nobody disturbs"

# rank NUMBER: its process.
rank() {
    local process
    for process in $(pgrep -s "$job" -x bm-sweep); do
        is_rank "$1" "$process" && echo "$process" && return
    done
}
drill drill
hole="env LD_PRELOAD=$build/torture/hole.so"
rm -f log
# shellcheck disable=SC2086
setsid $mpirun --enable-recovery -n 7 "$sweep" drill.yaml : -n 1 $hole "$sweep" drill.yaml >log 2>&1 &
job=$!
wait_for grep -q '\[ *3/30\]' log
kill -KILL "$(rank 2)" "$(rank 5)"
stopped=$(rank 3)
kill -STOP "$stopped"
wait $job
code=$?
faults=4
is "$code $(grep -c '30 of 30 runs done, 0 failed, 0 left, .*exit code 0' log)" "0 1" "all is done, and said so"
for lost in '[25]: no sign of life' '3: no sign of life' '7: 5 runs in a row died at once'; do
    recoveries=$((recoveries + $(grep -c "warning: rank $lost" log)))
done
is $recoveries 4 "each of the four is given up with a sentence"
wait_for sh -c "! kill -0 $stopped 2>/dev/null"
ok $? "and the one that was stopped is ended"
"$results" verify drill.h5 >log 2>&1 && "$results" diff whole.h5 drill.h5 >log 2>&1 || corruption "$(tail -n 1 log)"
[ "$("$results" csv --columns id drill.h5 | sort -u | wc -l)" = 31 ] || loss "runs"
row "eight ranks: two killed, one stopped, a black hole"
done_testing
