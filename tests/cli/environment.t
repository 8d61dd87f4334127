#!/bin/bash
# Whatever the environment says: a trainer has the threads that were asked for, on the cores that the program was started
# on, and the memory that control groups and Slurm leave.
. "$(dirname "$0")/tap.sh"
export LC_ALL=C
unset SLURM_JOB_ID

# sweep_file NAME EPOCHS [MORE OF fixed]
sweep_file() {
    cat >"$1.yaml" <<END
name: $1
results: $1.h5
fixed: {dataset: synthetic, train_size: 60, test_size: 30, arch: mlp, width: 8, depth: 1, batch_size: 20,
        knn_k: 5, probe_every: 100000, epochs: $2, ${3:-projector_width: 16}}
grid: {seed: 1..2}
END
}
allowed() { grep Cpus_allowed_list "/proc/$1/status" 2>/dev/null | cut -f 2; }

# descendants PROCESS: it, and all that it and they have started, with commas between.
descendants() {
    local children
    children=$(pgrep -d , -P "$1")
    echo "$1${children:+,$(descendants "$children")}"
}
# trainers PROCESS: those among its descendants, once there are two. Between may be a launcher and its daemon.
trainers() {
    pgrep -x bm-trainer -P "$(descendants "$1")" >found
    [ "$(wc -l <found)" = 2 ]
}
# masks COMMAND...: in `seen`, the distinct masks of the two trainers.
masks() {
    rm -rf long.h5*
    "$@" >out 2>err &
    local job=$!
    wait_for trainers $job
    seen=$(while read -r trainer; do allowed "$trainer"; done <found | sort -u | xargs)
    kill -TERM $job
    wait $job
}
sweep_file long 10000000
whole=$(allowed $$)
one=$(echo "$whole" | sed 's/[-,].*//')
for setting in OMP_PROC_BIND=true OMP_PLACES=cores "GOMP_CPU_AFFINITY=$one"; do
    masks env "$setting" "$sweep" -j 2 long.yaml
    [ "$seen" = "$whole" ]
    ok $? "$setting: trainers have the cores that the program was started on ($seen)"
    has "$setting: and a warning that names it" "warning: $setting: no effect on trainers" err
done
masks taskset -c "$one" env OMP_PROC_BIND=true "$sweep" -j 2 long.yaml
[ "$seen" = "$one" ]
ok $? "a mask that was there is kept ($seen)"
has "two trainers on one core: a warning" 'warning: 2 trainers with 1 thread each slow each other down on 1 core; use -j 1' err
masks $mpirun --bind-to none -n 2 env OMP_PROC_BIND=true "$sweep" long.yaml
[ "$seen" = "$whole" ]
ok $? "ranks that are not bound ($seen)"
if [ "$(env -u OMP_NUM_THREADS nproc)" -ge 2 ]; then
    masks $mpirun --bind-to core -n 2 env OMP_PLACES=threads "$sweep" long.yaml
    [ "$(echo $seen | wc -w)" = 2 ]
    ok $? "ranks that mpirun has bound to a core each ($seen)"
    masks taskset -c "$one" $mpirun --bind-to none -n 2 "$sweep" long.yaml
    has "ranks crowded on what mpirun may use: a warning" 'slow each other down on 1 core; use mpirun -n 1 a host' err
fi

sweep_file short 2
OMP_THREAD_LIMIT=1 OMP_DYNAMIC=true OMP_NUM_THREADS=7 "$sweep" -j 1 -s threads=2 short.yaml >out 2>err
has "threads are those that were asked for" 'warning: OMP_NUM_THREADS=7, OMP_THREAD_LIMIT=1, OMP_DYNAMIC=true: no effect' err
"$results" csv short.h5 >out 2>err
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "threads") column = i } NR > 1 { print $column }' out | sort -u >err
[ "$(cat err)" = 2 ]
ok $? "and they are recorded"

# ---- kernels of OpenBLAS ----

for kernel in SkylakeX Bulldozer Opteron; do
    rm -rf short.h5*
    # A parent may have left it to the system to wait for children.
    OPENBLAS_CORETYPE=$kernel env --ignore-signal=CHLD "$sweep" -j 1 short.yaml >out 2>err
    code=$?
    if [ $code = 0 ]; then
        has "OPENBLAS_CORETYPE=$kernel, which this CPU can run" '2 of 2 runs done' err
    else
        [ $code = 2 ] && [ ! -e short.h5.d ] && grep -q "OPENBLAS_CORETYPE=$kernel: this CPU cannot run" err
        ok $? "OPENBLAS_CORETYPE=$kernel, which this CPU cannot run, is refused"
    fi
done
BM_ISA=mmx "$sweep" -j 1 short.yaml >out 2>err
[ $? = 2 ] && grep -q "BM_ISA: 'mmx' is not to be had on this CPU (valid: .*portable)" err
ok $? "BM_ISA that does not exist"

# ---- memory ----

sweep_file large 1 'projector_width: 1048576'
SLURM_JOB_ID=1 SLURM_MEM_PER_NODE=300 "$sweep" --plan large.yaml >out 2>err
has "--plan says what memory there is" '^  memory    [0-9]+ MB for the largest trainer, of 315 MB \(SLURM_MEM_PER_NODE\)$'
has "and warns" 'warning: the largest trainer takes [0-9]+ MB, but there are 315 MB \(SLURM_MEM_PER_NODE\): it would be refused here'
SLURM_JOB_ID=1 SLURM_MEM_PER_CPU=300 SLURM_CPUS_ON_NODE=1 "$sweep" -j 1 large.yaml >out 2>err
[ $? = 65 ] && grep -q 'a trainer takes .* MB, but there are 315 MB (SLURM_MEM_PER_CPU, 1 CPUs)' err
ok $? "a trainer that Slurm would kill is refused"
# refused_for SETTINGS OVERRIDE...: what is to be smaller is what takes the memory.
refused_for() {
    local settings=$1
    shift
    "$sweep" -j 1 "$@" large.yaml >out 2>err
    [ $? = 65 ] && grep -q ": choose a smaller $settings\$" err
    ok $? "refused for want of memory with $*: $settings"
}
refused_for 'projector_width, width, image_size or batch_size' -s arch=cnn -s width=4096
refused_for 'train_size or test_size' -s test_size=1000000000
refused_for 'probe_memory, train_size or test_size' -s probe_memory=1048576 -s test_size=100000000 -s width=4096
SLURM_JOB_ID=1 SLURM_MEM_PER_NODE=150 refused_for 'dataset or image_size' -s dataset=cifar10 -s projector_width=16
group=/sys/fs/cgroup/memory/bm-test-$$
if mkdir "$group" 2>/dev/null && echo $((300 << 20)) >"$group/memory.limit_in_bytes"; then
    (echo $BASHPID >"$group/cgroup.procs"; exec "$sweep" -j 1 large.yaml) >out 2>err
    [ $? = 65 ] && grep -q "there are 315 MB (memory.limit_in_bytes of the control group .*/bm-test-$$)" err
    ok $? "a trainer that the control group would kill is refused"
    rmdir "$group"
else
    skip "a trainer that the control group would kill is refused" "no control group of version 1 can be made here"
fi
done_testing
