#!/bin/bash
# `make check-slurm`: the scripts in jobs/ on a Slurm of one node, which is private and is stopped again. Needs root, and
# Debian's slurm-wlm and munge. Takes some minutes: time limits are whole ones.
. "$(dirname "$0")/tap.sh"
[ "$(id -u)" = 0 ] || skip_all 'only root can run a Slurm of its own'
command -v slurmctld slurmd munged >/dev/null || skip_all 'slurm-wlm and munge are not installed'
mkdir cluster cluster/state cluster/spool jobs
cluster=$PWD/cluster
export SLURM_CONF=$cluster/slurm.conf
port=$((20000 + RANDOM % 20000))
dd if=/dev/urandom of=cluster/key bs=128 count=1 2>/dev/null
chmod 400 cluster/key
chmod 755 "$tap" . cluster
cat >"$SLURM_CONF" <<END_OF_FILE
ClusterName=private
SlurmctldHost=$(hostname -s)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$cluster/socket,cred_expire=5
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SlurmdParameters=config_overrides
SlurmctldPidFile=$cluster/slurmctld.pid
SlurmdPidFile=$cluster/slurmd.pid
SlurmctldLogFile=$cluster/slurmctld.log
SlurmdLogFile=$cluster/slurmd.log
StateSaveLocation=$cluster/state
SlurmdSpoolDir=$cluster/spool
MpiDefault=none
KillWait=10
ReturnToService=2
NodeName=$(hostname -s) CPUs=4 RealMemory=4000 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=UNLIMITED State=UP
END_OF_FILE
munged --foreground --force --key-file="$cluster/key" --socket="$cluster/socket" --pid-file="$cluster/munged.pid" \
    --log-file="$cluster/munged.log" --seed-file="$cluster/seed" 2>cluster/munged.err &
wait_for test -S cluster/socket
slurmctld -D 2>/dev/null & # tap.sh ends both
slurmd -D 2>/dev/null &
is_up() { sinfo -h -o %t 2>/dev/null | grep -q idle; }
wait_for is_up || { tail -n 5 cluster/*.log; exit 1; }
ok $? 'a cluster of one node'

cp "$source"/jobs/*.sbatch jobs/
cat >jobs/site.env <<END_OF_FILE
export PATH='$BM_BIN':\$PATH
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
END_OF_FILE
# sweep_file NAME EPOCHS
sweep_file() {
    cat >"$1.yaml" <<END_OF_FILE
name: $1
results: $1.h5
run: {threads: 1}
fixed: {dataset: synthetic, train_size: 200, test_size: 50, arch: cnn, width: 8, projector_width: 64, batch_size: 20,
        probe_every: 1000000, knn_k: 5, diversity: 4, epochs: $2}
grid: {seed: 1..4}
END_OF_FILE
}
sweep_file short 20
seconds=$SECONDS
"$sweep" -j 2 short.yaml 2>log
took=$((SECONDS - seconds > 0 ? SECONDS - seconds : 1))
epochs=$((20 * 150 / took)) # about two minutes on two trainers
sweep_file whole $epochs
seconds=$SECONDS
"$sweep" -j 2 whole.yaml 2>log
is "$?" 0 "undisturbed: $epochs epochs take $((SECONDS - seconds)) s"

# submit NAME OPTION...: of jobs/diversity.sbatch; sets $job.
submit() {
    local name=$1
    shift
    job=$(SWEEP=$name.yaml sbatch --parsable --ntasks=2 --cpus-per-task=1 --mem-per-cpu=500M "$@" jobs/diversity.sbatch)
}
# Until the job is no more, for ten minutes at most.
is_over() { [ -z "$(squeue -h -j "$job" -o %T 2>/dev/null)" ]; }
until_over() {
    for ((i = 0; i < 600; i++)); do
        is_over && return
        sleep 1
    done
    scancel "$job"
}
starts() { grep -c ", start " "diversity-$job.log"; }
# Compares all that has to repeat.
equal() {
    "$results" diff whole.h5 "$1.h5" >out 2>&1
    ok $? "$2"
}

sed 's/whole/warned/' whole.yaml >warned.yaml
submit warned --time=2 --signal=B:USR1@80
until_over
log=diversity-$job.log
cp "$log" log
is "$(grep -c 'all runs are done (exit code 0)' log) $(($(grep -c 'exit code 75' log) + 1)) $(grep -c 'Primary job\|^-----' log)" \
    "1 $(starts) 0" "Slurm's warning: $(starts) starts, each but the last ends with 75"
[ "$(starts)" -gt 1 ]
ok $? 'more than one of them'
equal warned 'and all is as if undisturbed'
[ -L "warned-$job.log" ]
ok $? "the log has the sweep's name"

# Slurm warns up to a minute early: here by a signal that does nothing, so that deadlines are what counts.
no_warning=--signal=B:URG@1
sed 's/whole/limited/' whole.yaml >limited.yaml
submit limited --time=1 $no_warning
wait_for grep -q ' thread each' "diversity-$job.log"
sleep 10
scancel "$job"
until_over
submit limited --time=1 $no_warning
until_over
cp "diversity-$job.log" log
is "$(grep -c 'all runs are done (exit code 0)' log) $(grep -c 'the deadline is near' log)" "1 $(($(starts) - 1))" \
    "a scancel, and $(starts) times a minute: stops before each end"
[ "$(starts)" -gt 1 ]
ok $? 'more than one of them'
equal limited 'and all is as if undisturbed'

# Four jobs with one trainer each share a sweep; what one of them had when it was cancelled, the others do.
sed 's/whole/shared/' whole.yaml >shared.yaml
job=$(SWEEP=shared.yaml sbatch --parsable --array=1-4 --ntasks=1 --cpus-per-task=1 --mem-per-cpu=500M --time=15 jobs/array.sbatch)
has_begun() { grep -q ' thread each' "diversity-${job}_$1.log"; }
for task in 1 2 3 4; do wait_for has_begun $task; done
sleep 10
scancel "${job}_2"
until_over
cat "diversity-$job"_*.log >log
is "$(grep -c '4 of 4 runs done.*all runs are done (exit code 0)' log) $(grep -c ' CANCELLED ' log)" '3 1' \
    'an array of four jobs on one sweep, one of them cancelled'
equal shared 'and all is as if one job had run undisturbed'
is "$(find shared.h5.d -type f | wc -l)" 3 'and nothing of them is left'

sed 's/whole/vain/; s/threads: 1/threads: 1, checkpoint_every: none/; s/epochs: .*}/epochs: 100000}/' whole.yaml >vain.yaml
submit vain --time=1 $no_warning
until_over
cp "diversity-$job.log" log
is "$(starts) $(grep -c 'no run ended in this time.*exit code 1' log)" '1 1' 'time that leads to nothing is not asked for again'

sed 's/whole/srun/; s/epochs: .*}/epochs: 20}/' whole.yaml >srun.yaml
job=$(sbatch --parsable --ntasks=2 --time=5 --output=srun.log --wrap "srun --mpi=pmix '$sweep' --progress plain srun.yaml")
until_over
cp srun.log log
is "$(grep -c '2 trainers on 2 ranks' log) $(grep -c '4 of 4 runs done' log)" '1 1' 'srun --mpi=pmix'
done_testing
