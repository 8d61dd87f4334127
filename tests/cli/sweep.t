#!/bin/bash
# bm-sweep end to end: however a sweep is run, interrupted and resumed, the results are the same, and
# whatever goes wrong in one run stays there.
. "$(dirname "$0")/tap.sh"
export ASAN_OPTIONS=handle_segv=0

# sweep_file NAME [EXTRA LINE OF fixed:]... writes NAME.yaml: tiny runs, $seeds of them, $epochs long.
seeds=1..6 epochs=3 launch=
sweep_file() {
    local name=$1
    shift
    {
        echo "name: $name"
        echo "results: $name.h5"
        echo "run: {threads: 1$launch}"
        echo "fixed:"
        printf '  %s\n' "dataset: synthetic" "train_size: 60" "test_size: 30" "arch: mlp" "width: 8" \
            "depth: 1" "projector_width: 16" "batch_size: 20" "probe_every: 1" "knn_k: 5" "$@"
        echo "grid:"
        echo "  diversity: [none, 2]"
        [ -n "$epochs" ] && echo "  epochs: [$epochs]"
        echo "  seed: $seeds"
    } >"$name.yaml"
}
mpi() { ASAN_OPTIONS=detect_leaks=0 $mpirun "$@"; } # MPI's own leaks
# trainers PROCESS N: whether it has so many.
trainers() { [ "$(pgrep -c -P "$1")" = "$2" ]; }
begins() { wait_for grep -q ' thread each' log; }
finished_lines() { grep -c ' \[' log; }
same() { # A B WHAT
    "$results" diff "$1" "$2" >log 2>&1
    ok $? "$3"
}

# ---- the same results however it is run ----

for name in j2 n1 n2 n4; do sweep_file $name; done
"$sweep" -j 2 j2.yaml 2>log
is $? 0 "-j 2"
is "$(finished_lines)" 12 "one line a finished run"
for ranks in 1 2 4; do
    mpi -n $ranks "$sweep" n$ranks.yaml >log 2>&1
    is $? 0 "mpirun -n $ranks"
    same j2.h5 n$ranks.h5 "-n $ranks gives what -j 2 gives"
done

# ---- again, more, less ----

size=$(stat -c %s j2.h5.d/journal.0)
"$sweep" j2.yaml 2>log
is "$?, $(finished_lines), $(stat -c %s j2.h5.d/journal.0)" "0, 0, $size" "running it again does nothing"
seeds=1..8 sweep_file j2
"$sweep" --plan j2.yaml >log 2>&1
is "$? $(head -n 1 log)" "0 j2: 16 runs: 12 done, 0 failed, 4 to do" "--plan counts what is there"
"$sweep" -j 2 j2.yaml 2>log
is "$?, $(finished_lines)" "0, 4" "values added to an axis: only what is missing"
sweep_file only
"$sweep" --only 3 only.yaml 2>log
is "$?, $(finished_lines)" "0, 1" "--only INDEX runs one"
id=$("$sweep" --plan only.yaml | awk '$1 == 4 { print $2 }')
"$sweep" --only "$id" only.yaml 2>log
is "$?, $(finished_lines)" "0, 1" "--only ID runs one"
for unknown in zz "" " 3" 3x 0x3 -1 1e1 99999999999999999999; do
    "$sweep" --only "$unknown" only.yaml 2>log
    is "$?, $(grep -c "has no run '$unknown'" log)" "2, 1" "--only '$unknown', which is none"
done
mkdir -p gone && mv only.h5 gone && "$sweep" --only 3 only.yaml 2>log && [ -s only.h5 ]
ok $? "a snapshot that is gone is written again"

# ---- killed twenty times ----

if [ "$BM_VARIANT" = release ]; then
    epochs=200 seeds=1..10 sweep_file whole
    epochs=200 seeds=1..10 sweep_file killed
    "$sweep" -j 2 whole.yaml 2>log
    is $? 0 "a longer sweep"
    kills=0
    for i in $(seq 20); do
        rm -f log
        setsid $mpirun -n 3 "$sweep" killed.yaml >log 2>&1 &
        session=$!
        sleep "$(awk -v r=$RANDOM 'BEGIN { print 0.5 + r / 32768 }')"
        pkill -KILL -s $session && kills=$((kills + 1)) # mpirun, ranks, trainers
        wait $session 2>/dev/null
        if [ -s killed.h5 ]; then
            "$results" verify killed.h5 >log 2>&1 || ok 1 "the results after kill $i are whole"
        fi
    done
    echo "# $kills kills hit"
    mpi -n 3 "$sweep" killed.yaml >log 2>&1
    is $? 0 "resumed after kills"
    same whole.h5 killed.h5 "twenty kills leave no trace"
fi

# ---- 64 ranks ----

if [ "$BM_VARIANT" = release ]; then
    # The paper's grid, shrunk: all of its data sets, networks, diversities and label noises.
    "$source/tests/cli/sets.pl" images cifar10 cifar100 tiny_imagenet
    many="-s results=many.h5 -s data_dir=images -s cache_dir=images/cache -s threads=1 -s width=1 -s projector_width=16"
    many+=" -s train_size=20 -s test_size=10 -s batch_size=10 -s knn_k=5 -s epochs=1 -s seed=1..2 $source/sweeps/diversity.yaml"
    # shellcheck disable=SC2086
    rm -f log
    mpi -n 64 "$sweep" $many >log 2>&1 &
    job=$!
    begins
    rank0=none
    for pid in $(pgrep -f -x "$sweep $many"); do
        tr '\0' '\n' </proc/$pid/environ | grep -qxE "(OMPI_COMM_WORLD|PMI)_RANK=0" && rank0=$pid
    done
    # Ticks of 10 ms of CPU, and those of its life, as long as it lives.
    while awk -v now="$(cut -d ' ' -f 1 /proc/uptime)" '{ print $14 + $15, 100 * now - $22 }' \
        /proc/$rank0/stat 2>/dev/null; do
        sleep 0.2
    done >cpu
    wait $job
    is "$?, $(finished_lines), $(grep -c ' 192 of 192 runs done, 0 failed' log)" "0, 192, 1" "64 ranks, 192 runs"
    sed -n '$s/^/# rank 0, ticks of CPU and of time: /p' cpu
    # How little it takes is measured by make bench; a call that waits for messages by spinning would take a whole core.
    awk 'END { exit !($2 > 500 && $1 < 0.25 * $2) }' cpu
    ok $? "rank 0 does not spin"
    "$results" verify many.h5 >log 2>&1
    ok $? "what 64 ranks wrote is whole"
fi

# ---- signals ----

epochs=1000000 sweep_file long
for case in INT:130 TERM:143 USR1:75 USR2:75; do
    signal=${case%:*}
    env --default-signal=INT "$sweep" -j 2 long.yaml 2>log & # bash lets background processes ignore it
    job=$!
    wait_for trainers $job 2
    kill -$signal $job
    wait $job
    is $? ${case#*:} "SIG$signal: exit code"
    is "$(pgrep -f -- "--trainer=$job\$")" "" "SIG$signal: no trainer is left"
    grep -q "12 left" log
    ok $? "SIG$signal: what ran is unfinished, not failed"
done
rm -f log
"$sweep" -j 2 long.yaml 2>log &
job=$!
wait_for trainers $job 2
for signal in TERM INT HUP USR1 USR2; do pkill -$signal -P $job; done
sleep 1
kill -TERM $job
wait $job
is "$?, $(grep -c '0 failed, 12 left' log)" "143, 1" "signals to all processes are for the ranks alone"
perl -e '$SIG{CHLD} = "IGNORE"; exec @ARGV' timeout 60 "$sweep" -j 2 --only 0 j2.yaml --set results=child.h5 2>log
is "$?, $(finished_lines)" "0, 1" "a parent that ignores SIGCHLD"
# Not by the function: $! has to be mpirun itself.
stops() { # SIGNAL CODE
    rm -f log
    ASAN_OPTIONS=detect_leaks=0 $mpirun -n 3 "$sweep" long.yaml >log 2>&1 &
    job=$!
    begins
    kill -"$1" $job
    wait $job
    grep -q "0 failed, 12 left.*exit code $2" log
}
thrice stops TERM 143
ok $? "SIGTERM to mpirun stops all ranks in time for a summary"
stops USR1 75
ok $? "SIGUSR1 to mpirun stops all ranks in time for a summary"

# ---- one run goes wrong ----

epochs=3,1000000 seeds=1..1 launch=", run_timeout: 8" sweep_file slow
"$sweep" -j 2 slow.yaml 2>log
is "$?, $(grep -c 'timeout: longer than run_timeout: 8 s' log)" "1, 2" "run_timeout ends a run, not the sweep"
is "$(grep -c '2 of 4 runs done' log)" 1 "the others are done"
"$sweep" slow.yaml 2>log
is "$?, $(finished_lines)" "1, 0" "failed runs stay failed"
sed -i 's/run_timeout: 8/run_timeout: 2/' slow.yaml
"$sweep" --retry -j 2 slow.yaml 2>log
is "$?, $(grep -c 'run_timeout: 2 s' log)" "1, 2" "--retry runs them again"

launch=", retries: 0"
for signal in SEGV KILL; do
    epochs=1000000 seeds=1..1 sweep_file crash$signal
    rm -f log
    "$sweep" -j 2 crash$signal.yaml 2>log &
    job=$!
    wait_for trainers $job 2
    sleep 0.5
    for trainer in $(pgrep -P $job); do kill -$signal "$trainer"; done
    wait $job
    is "$?, $(grep -c 'crashed: killed by signal' log)" "1, 2" "SIG$signal to trainers: crashed runs"
done
launch=
epochs=3 seeds=1..1 sweep_file diverge "optimizer: adam" "lr: 1000" "norm: none" "loss: mse"
"$sweep" -j 2 diverge.yaml 2>log
status=$?
grep -Eq ' (diverged|done)' log && [ $status -le 1 ]
ok $? "a run that diverges is recorded"
if [ "$BM_VARIANT" = release ]; then
    epochs=3 seeds=1..1 launch=", checkpoint_every: none" sweep_file memory "width: 512"
    sed -i '/projector_width/d; /  width: 8/d; s/^grid:/grid:\n  projector_width: [16, 131072]/' memory.yaml
    # for the largest trainer's 945 MB alone, but not for its libraries as well
    (ulimit -v 950000 && exec timeout 120 "$sweep" -j 1 memory.yaml 2>log)
    is "$?, $(grep -c '2 of 4 runs done' log), $(grep -Ec ' (error|crashed):' log)" "1, 1, 2" \
        "a run without enough memory fails, and the sweep goes on"
fi

"$sweep" -j 2 --set results=closed.h5 j2.yaml <&- >&- 2>&-
is "$?, $(wc -l <closed.h5.d/lock)" "0, 1" "without standard input, output and error"
same j2.h5 closed.h5 "and nothing that was said got into the results"

# ---- refused ----

epochs=3 sweep_file fine
SLURM_STEP_NUM_TASKS=2 "$sweep" fine.yaml 2>log
is "$?, $(grep -c 'one of 2 tasks' log)" "2, 1" "a job step that arrives as singletons"
[ ! -e fine.h5.d ]
ok $? "and it wrote nothing"
mpi -n 2 "$sweep" -j 2 fine.yaml >log 2>&1
is "$?, $(grep -c 'bm-sweep: -j' log)" "2, 1" "-j under mpirun, said once"
mpi -n 2 "$sweep" nowhere.yaml >log 2>&1
is "$?, $(grep -c 'bm-sweep: .*nowhere.yaml' log)" "65, 1" "no such sweep file, said once"
for path in /proc/fine.h5 /proc/nowhere/fine.h5; do
    "$sweep" --set results=$path fine.yaml 2>log
    is "$?, $(grep -c "bm-sweep: .*${path%/*}" log)" "74, 1" "results that cannot be written: $path"
done
epochs=3 sweep_file data
sed -i 's|synthetic|cifar10|; s|threads: 1|threads: 1, data_dir: /nowhere|' data.yaml
"$sweep" data.yaml 2>log
is "$?, $(finished_lines)" "65, 0" "missing data, before anything trains"
large="--set arch=cnn --set width=4096 --set projector_width=1048576"
epochs=3 sweep_file large
# shellcheck disable=SC2086
"$sweep" --plan $large large.yaml >log 2>&1
is "$?, $(grep -c 'warning: the largest trainer takes .* GB, but there are .* (this machine)' log)" "0, 1" \
    "--plan warns of a network that does not fit"
# shellcheck disable=SC2086
"$sweep" $large large.yaml 2>log
is "$?, $(wc -l <log), $(grep -c 'the point .*: a trainer takes .* GB, but there are' log)" "65, 1, 1" "it is refused"
"$sweep" --plan --set image_size=1024 --set arch=cnn --set width=4096 --set batch_size=60 large.yaml 2>log >&2
is "$?, $(wc -l <log), $(grep -c 'smaller batch_size, width or image_size' log)" "65, 1, 1" \
    "images that are too large for a network"
for bad in "-j 0" "-j x" "-j -1" "-j 4x" "-j 4.5" "-j 1000000" "-j 99999999999999999999" "-j" "--nonsense" "--retry -x" \
    "--plan=3" "--only" "--only 1 --only 2" "--set seed=1 --set lr=1 --set seed=2" ""; do
    # shellcheck disable=SC2086
    "$sweep" $bad 2>log
    is "$?, $(grep -ce "bm-sweep: .*${bad##* }" log)" "2, 1" "wrong use, said what: bm-sweep $bad"
done

# ---- what needs no sweep ----

"$sweep" --help >log && [ "$(wc -l <log)" -le 40 ] && grep -q 'mpirun' log
ok $? "--help is one screen"
"$sweep" --version >log && grep -q '^bm-sweep [0-9]' log
ok $? "--version"
"$sweep" --describe >log && grep -q 'label_noise' log
ok $? "--describe"
mpi -n 3 "$sweep" --describe 2>/dev/null | grep -c '`label_noise`' >count
[ "$(cat count)" = "$(grep -c '`label_noise`' log)" ]
ok $? "--describe under mpirun, said once"

done_testing
