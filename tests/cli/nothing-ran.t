#!/bin/bash
# A start that runs nothing, or not what was meant, says so.
. "$(dirname "$0")/tap.sh"
. "$source/tests/cli/tiny.sh"
mpi() { ASAN_OPTIONS=detect_leaks=0 $mpirun "$@"; } # MPI's own leaks
done_runs() { "$results" "$1" 2>/dev/null | grep -c ' done '; }

# ---- tasks that each run something of their own ----

tiny step 'seed: 1..3'
for task in 0 1 2; do # what srun sets
    SLURM_STEP_NUM_TASKS=3 SLURM_PROCID=$task "$sweep" --only $task -s results=task$task.h5 step.yaml 2>log
    is "$?, $(done_runs task$task.h5)" "0, 1" "--only in task $task of a job step runs"
done
# shellcheck disable=SC2016
mpi -n 2 sh -c '"$0" --only ${PMI_RANK:-$OMPI_COMM_WORLD_RANK} -s results=rank${PMI_RANK:-$OMPI_COMM_WORLD_RANK}.h5 step.yaml' "$sweep" >log 2>&1
is "$?, $(done_runs rank0.h5), $(done_runs rank1.h5)" "0, 1, 1" "--only in all ranks of an MPI job runs"
# shellcheck disable=SC2016
mpi -n 3 sh -c '"$0" --only ${PMI_RANK:-$OMPI_COMM_WORLD_RANK} step.yaml' "$sweep" >log 2>&1
is "$?, $(done_runs step.h5)" "0, 3" "those with one results file take turns"
SLURM_PROCID=3 "$sweep" -s results=shell.h5 step.yaml 2>log
is "$?, $(done_runs shell.h5)" "0, 3" "a shell of a job: SLURM_PROCID alone hides nothing"
OMPI_COMM_WORLD_RANK=2 "$sweep" -s results=stale.h5 step.yaml 2>log
is "$?, $(done_runs stale.h5)" "0, 3" "a stale OMPI_COMM_WORLD_RANK, neither"
# shellcheck disable=SC2086
fails 2 'one of 3 processes that .* does not see the others' "a process of another MPI's launcher is refused" \
    env ASAN_OPTIONS=detect_leaks=0 $foreign_launcher "$sweep" -s results=no.h5 step.yaml
for task in 0 1; do
    SLURM_STEP_NUM_TASKS=2 SLURM_PROCID=$task \
        fails 2 'one of 2 tasks' "a sweep in task $task without MPI: each says so" "$sweep" -s results=no.h5 step.yaml
    SLURM_STEP_NUM_TASKS=2 SLURM_PROCID=$task expect 0 "--plan in task $task" "$sweep" --plan step.yaml
    has "--plan in task $task prints" '^step: 3 runs'
    SLURM_STEP_NUM_TASKS=2 SLURM_PROCID=$task \
        fails 2 "no run 'zz'" "--only in task $task: its own mistake" "$sweep" --only zz step.yaml
done
mpi -n 2 "$sweep" --only zz step.yaml >log 2>&1
is "$?, $(grep -c "no run 'zz'" log | sed s/2/1/)" "2, 1" "--only in an MPI job: the mistake of all"
[ ! -e no.h5.d ]
ok $? "what is refused leaves nothing"

# ---- who waits can be stopped ----

tiny held 'seed: 1..2' 'epochs: 1000000'
# One whose starter is gone may be about to end.
bash -c '"$1" -j 1 held.yaml 2>holder & echo $! >pid; until grep -qs " thread each" holder; do sleep 0.1; done' - "$sweep"
holder=$(cat pid)
for case in TERM:143 INT:130 USR1:75; do
    rm -f log
    env --default-signal "$sweep" --reprobe held.yaml 2>log &
    waiting=$!
    wait_for grep -q "pid $holder .*waiting" log
    kill -"${case%:*}" $waiting
    wait $waiting
    is "$?, $(grep -c 'interrupted while waiting' log)" "${case#*:}, 1" "SIG${case%:*} ends waiting for the results file"
done
kill -TERM "$holder"
while kill -0 "$holder" 2>/dev/null; do sleep 0.1; done

# ---- ranks that were started otherwise ----

tiny other
mpi -n 1 "$sweep" step.yaml : -n 1 "$sweep" other.yaml >log 2>&1
is "$?, $(grep -c "rank 0 got 'step.yaml' and rank 1 'other.yaml'" log)" "2, 1" "two sweeps in one job"
# shellcheck disable=SC2016
mpi -n 3 sh -c '"$0" -s seed=${PMI_RANK:-$OMPI_COMM_WORLD_RANK} -s results=new.h5 step.yaml' "$sweep" >log 2>&1
is "$?, $(grep -c "rank 0 got '-s seed=0 " log)" "2, 1" "overrides that differ between ranks"
[ ! -e new.h5.d ]
ok $? "and nothing was made"

# ---- no points ----

tiny none
echo 'exclude: [{dataset: synthetic}]' >>none.yaml
for how in '' '-j 1' --plan --retry --reprobe '--only 0'; do
    # shellcheck disable=SC2086
    fails 65 'none: exclude: leaves 0 of 2 points' "no points left: bm-sweep $how" "$sweep" $how none.yaml
done
mpi -n 2 "$sweep" none.yaml >log 2>&1
is "$?, $(grep -c 'exclude: leaves 0' log)" "65, 1" "no points left under mpirun, said once"
sed -i '$d' none.yaml
echo 'exclude: [{seed: 1}, {seed: 2}]' >>none.yaml
fails 65 'leaves 0 of 2 points' "no points left by several items" "$sweep" none.yaml
expect 0 "points that a --set brings back" "$sweep" --plan -s seed=2..3 none.yaml
fails 65 'leaves 0 of 1 points' "points that a --set takes away" "$sweep" -s seed=2 none.yaml
[ ! -e none.h5.d ]
ok $? "what is refused leaves nothing, again"

done_testing
