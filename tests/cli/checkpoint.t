#!/bin/bash
# Interrupted runs go on from checkpoints: with the bits of a sweep that nobody interrupted, without training twice,
# and whatever became of the files.
. "$(dirname "$0")/tap.sh"

# sweep_file NAME [LINE OF run:]...: two runs of seconds, which save their state all the time.
sweep_file() {
    local name=$1
    shift
    {
        echo "name: $name"
        echo "results: $name.h5"
        echo "run:"
        printf '  %s\n' "threads: 1" "$@"
        echo "fixed: {dataset: synthetic, train_size: 400, test_size: 60, arch: cnn, width: 4, projector_width: 64,"
        echo "        batch_size: 40, probe_every: 10, epochs: 24, knn_k: 5, probes: [knn, centroid]}"
        echo "grid: {diversity: [none, 3]}"
    } >"$name.yaml"
}
states() { find "$1.h5.d/checkpoints" -type f 2>/dev/null; }
step_of() { states "$1" | sed 's/.*\.//' | sort -n | tail -n 1; } # the last one that a run was saved after
# saved NAME [STEP]: both runs have saved their state, or one of them after a later step. No process is begun for it: runs are
# short.
saved() {
    local file step least=${2:-0} most=0
    local -A runs=()
    for file in "$1.h5.d/checkpoints/"[0-9a-f]*.*; do
        file=${file##*/} step=${file##*.}
        [[ $step =~ ^[0-9]+$ ]] || continue
        runs[${file%.*}]=1
        ((step > most)) && most=$step
    done
    ((least > 0 ? most > least : ${#runs[@]} == 2))
}
# interrupt SIGNAL NAME: once its two runs have saved their state, one of them after a later step than before.
interrupt() {
    local signal=$1 name=$2 before
    before=$(step_of "$name")
    rm -f log
    "$sweep" -j 2 "$name.yaml" >log 2>&1 &
    local job=$!
    wait_for saved "$name" "$before"
    kill -"$signal" "$job"
    wait "$job"
}
same() { # NAME WHAT [NAME OF WHAT IT IS LIKE]
    "$results" diff "${3:-whole}.h5" "$1.h5" >log 2>&1
    ok $? "$2"
}

sweep_file whole 'checkpoint_every: none'
"$sweep" -j 2 whole.yaml >log 2>&1
is "$? $(states whole)" "0 " "checkpoint_every: none leaves no files"

sweep_file parts 'checkpoint_every: 0.005'
interrupt USR1 parts
is "$?" 75 "stopped by SIGUSR1"
grep -q ' bm-sweep: 0 of 2 runs done, 0 failed, 2 left' log
ok $? "both runs are left to do"
step=$(step_of parts)
interrupt TERM parts
is "$?" 143 "stopped by SIGTERM"
[ "$(step_of parts)" -gt "$step" ]
ok $? "the next start goes on"
interrupt KILL parts
is "$?" 137 "killed"
for file in $(states parts); do
    printf 'X' | dd of="$file" bs=1 seek=3000 conv=notrunc 2>/dev/null
    break
done
touch parts.h5.d/checkpoints/.unfinished.new
"$sweep" -j 2 parts.yaml >log 2>&1
is "$? $(states parts)" "0 " "done, and the checkpoints are gone"
same parts "the results are those of a sweep that was not interrupted"
"$results" log parts.h5 "$("$results" csv parts.h5 --columns id | sed -n 2p)" >out
grep -q '^session [2-9] goes on from a checkpoint' out
ok $? "the log of a run tells of its sessions"
spent=$("$results" csv parts.h5 --columns wall_s | sed -n 2p)
awk -v all="$spent" 'match($0, /after [0-9.]+ s/) { before = substr($0, RSTART + 6, RLENGTH - 8) } END { exit !(all + 0 >= before + 0) }' out
ok $? "the time of a run is that of all sessions"

# ---- several ranks ----

sweep_file ranks 'checkpoint_every: 0.005'
rm -f log
$mpirun -n 2 "$sweep" ranks.yaml >log 2>&1 &
job=$!
wait_for saved ranks
kill -USR1 $job
wait $job
$mpirun -n 2 "$sweep" ranks.yaml >log 2>&1
is $? 0 "two ranks, stopped and started again"
same ranks "the same results"

# ---- one trainer alone ----

sweep_file alone 'checkpoint_every: 0.005'
rm -f log
"$sweep" -j 2 alone.yaml >log 2>&1 &
job=$!
wait_for saved alone
pkill -TERM -f -- "--trainer=$job"
wait $job
is $? 0 "a trainer that gets SIGTERM alone is no failure"
same alone "its run goes on"

# ---- in the middle of writing ----

# large NAME [LINE OF run:]...: states of 25 MB, which take a while to write.
large() {
    sweep_file "$@"
    sed -i 's/projector_width: 64/projector_width: 16384/; s/width: 4,/width: 16,/; s/epochs: 24/epochs: 8/' "$1.yaml"
}
# while_writing COMMAND...: runs it once a checkpoint of the sweep `middle` has been begun.
while_writing() {
    local end=$((SECONDS + 60))
    until compgen -G 'middle.h5.d/checkpoints/.[0-9a-f]*.new' >/dev/null || ((SECONDS > end)); do :; done
    "$@"
}
large undisturbed 'checkpoint_every: none'
"$sweep" -j 2 undisturbed.yaml >log 2>&1
large middle 'checkpoint_every: 0.005'
"$sweep" -j 2 middle.yaml >log 2>&1 &
job=$!
while_writing kill -KILL $job
wait $job
is "$?" 137 "killed while a checkpoint is written"
"$sweep" -j 2 middle.yaml >log 2>&1 &
job=$!
for signal in TERM USR1 KILL; do
    while_writing pkill -$signal -f -- "--trainer=$job"
done
wait $job
is "$? $(states middle)" "0 " "trainers that get SIGTERM, SIGUSR1, SIGKILL while they write: the runs go on, and nothing is left"
same middle "the same results" undisturbed

# ---- trainers that crash, runs that take too long ----

# crash NAME SIGNAL [OPTION]...: its trainers once they have saved their state, as long as it runs.
crash() {
    local name=$1 signal=$2
    shift 2
    rm -f log
    "$sweep" -j 2 "$@" "$name.yaml" >log 2>&1 &
    job=$!
    wait_for saved "$name"
    pkill -"$signal" -f -- "--trainer=$job"
    wait $job
}
sweep_file crashed 'checkpoint_every: 0.005'
crash crashed SEGV
is "$? $(grep -c 'warning: run .*: killed by signal 11 .*; it is tried again' log)" "0 2" "trainers that crash once: their runs are tried again"
same crashed "from their checkpoints"
sweep_file once 'checkpoint_every: 0.005' 'retries: 0'
crash once SEGV --fail-fast
is "$? $(tail -n 1 log | grep -cE '(1|2) failed, .*')" "1 1" "retries: 0"
sweep_file long 'checkpoint_every: 0.005' 'run_timeout: 60'
sed -i 's/epochs: 24/epochs: 100000/' long.yaml
interrupt USR1 long
sleep 0.1
"$sweep" -j 2 -s run_timeout=5 long.yaml >log 2>&1
is "$? $(grep -c 'timeout: longer than run_timeout: 5 s' log)" "1 2" "runs that take too long, in two sessions"
"$results" csv long.h5 --columns wall_s >out
awk 'NR > 1 && !($1 > 5) { exit 1 }' out
ok $? "have taken that long"
"$sweep" --retry=failed -j 2 long.yaml >log 2>&1
is "$? $(grep -c '; none has failed but by run_timeout' log)" "0 1" "--retry=failed leaves them alone"
for retry in '--retry timeout' --retry=all --retry; do
    # shellcheck disable=SC2086
    "$sweep" $retry -j 2 -s run_timeout=0.2 long.yaml >log 2>&1
    is "$? $(grep -c 'timeout: longer than run_timeout: 0.2 s' log)" "1 2" "$retry runs them again"
done
fails 2 '--retry none: expected failed, timeout or all' "--retry=none" "$sweep" --retry=none long.yaml

# ---- what is done ----

sweep_file uneven 'checkpoint_every: 0.005'
sed -i 's/ epochs: 24,//; s/^grid: .*/grid: {epochs: [24, 100000]}/' uneven.yaml
short=$("$sweep" --plan uneven.yaml | awk '/epochs=24/ { print $2 }')
has_states() { states uneven | grep -q "/$1"; }
rm -f log
"$sweep" -j 2 uneven.yaml >log 2>&1 &
job=$!
wait_for has_states "$short"
wait_for grep -q "\[1/2\] $short" log
! has_states "$short"
ok $? "a run that is done needs its checkpoints no more, while others train"
kill -TERM $job
wait $job

# ---- what is not used ----

sweep_file other 'checkpoint_every: 0.005'
interrupt USR1 other
for file in $(states other); do
    head -c 3000 "$file" >short
    cat short >"$file"
done
"$sweep" -j 2 other.yaml >log 2>&1
is $? 0 "damaged checkpoints"
same other "the runs begin again"
"$results" log other.h5 "$("$results" csv other.h5 --columns id | sed -n 2p)" >out
grep -q '^the checkpoint .* is damaged: it is not used$' out
ok $? "and the log says why"

sweep_file observed 'checkpoint_every: 0.005'
interrupt USR1 observed
"$sweep" --plan observed.yaml >out 2>&1
is "$(grep -c 'anew' out)" 0 "a plan of what goes on"
"$sweep" --plan -s save_examples=final observed.yaml >out 2>&1
has "a plan with what is collected from the first epoch on" '^  warning: 2 runs that had begun begin anew, from epoch 0: checkpoints are of other settings$'
sed -i 's/knn_k: 5/knn_k: 7/' observed.yaml whole.yaml
anew='warning: 2 runs that had begun begin anew, from epoch 0: checkpoints are of other settings \(knn_k\)$'
"$sweep" --plan observed.yaml >out 2>&1
has "a plan with another way to measure" "^  $anew"
"$sweep" -j 2 observed.yaml >log 2>&1
is $? 0 "what is measured has changed since"
has "which is said" "bm-sweep: $anew" log
"$sweep" -s results=again.h5 -j 2 whole.yaml >log 2>&1
same observed "the runs begin again, so that all evaluations are of one kind" again
"$results" log observed.h5 "$("$results" csv observed.h5 --columns id | sed -n 2p)" >out
grep -q '^the checkpoint .* is of other settings: it is not used$' out
ok $? "and the log says why"

sweep_file busy 'checkpoint_every: 0.005'
sed -i 's/probe_every: 10, epochs: 24/probe_every: 1000000, epochs: 1000000/' busy.yaml
rm -f log
"$sweep" -j 2 busy.yaml >log 2>&1 &
job=$!
wait_for saved busy
"$sweep" --plan -s knn_k=6 busy.yaml >out 2>&1
is "$(grep -c 'anew' out)" 0 "runs that another job has now go on there"
kill -TERM $job && wait $job
"$sweep" --plan -s knn_k=6 busy.yaml >out 2>&1
has "and begin anew once it has ended" "^  $anew"

sweep_file full 'checkpoint_every: 0.005'
mkdir full.h5.d
: >full.h5.d/checkpoints
"$sweep" -j 2 full.yaml >log 2>&1
is "$? $(grep -c 'bm-sweep: warning: .*full.h5.d/checkpoints' log)" "0 3" "no checkpoint can be written: a warning for the folder and one for each run, which train"
is "$(grep -c 'bm-sweep: warning: run [0-9a-f]*: no checkpoint after step [0-9]*: .*full.h5.d/checkpoints' log)" 2 "they say so once"
same full "with the same results"

large orphaned 'checkpoint_every: 0.005'
sed -i 's/epochs: 8/epochs: 1000/' orphaned.yaml
interrupt USR1 orphaned
left=$(states orphaned | wc -l)
sed -i 's/epochs: 1000/epochs: 1/' orphaned.yaml
"$sweep" -j 2 orphaned.yaml >log 2>&1
is "$? $(states orphaned | wc -l) $(grep -c "bm-sweep: $left checkpoints ([1-9][0-9]* MB) of runs that this sweep does not have" log)" \
    "0 $left 1" "checkpoints of runs that are not in the sweep any more stay, and are told"

sweep_file dropped 'checkpoint_every: 0.005'
interrupt USR1 dropped
"$results" drop dropped.h5 --state interrupted >log 2>&1
is "$? $(states dropped)" "0 " "dropped runs take their checkpoints with them"

for value in 0 -1 sometimes; do
    sweep_file wrong "checkpoint_every: $value"
    fails 65 'wrong.yaml:5:.*checkpoint_every' "checkpoint_every: $value" "$sweep" --plan wrong.yaml
done

done_testing
