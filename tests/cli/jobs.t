#!/bin/bash
# jobs/diversity.sbatch where there is no Slurm: its commands are stand-ins that write down how they were called.
. "$(dirname "$0")/tap.sh"
. "$source/tests/cli/tiny.sh"
export ASAN_OPTIONS=detect_leaks=0 # MPI's own
! is_mpich || skip_all "the script is for Open MPI"

mkdir bin jobs logs
cp "$source/jobs/diversity.sbatch" jobs/
cat >bin/scontrol <<'END_OF_FILE'
#!/bin/sh
echo "$@" >>scontrol
END_OF_FILE
printf '#!/bin/sh\necho UNLIMITED\n' >bin/squeue
chmod +x bin/*
PATH=$PWD/bin:$PATH
log=logs/diversity-7.log
export SLURM_JOB_ID=7 SLURM_JOB_NAME=diversity TMPDIR=$tap
# begin SWEEP, and job SWEEP to its end: the script as Slurm runs it, its output in $log.
begin() {
    rm -f scontrol $log
    touch $log
    SWEEP=$1 env --default-signal bash jobs/diversity.sbatch >>$log 2>&1 &
}
job() {
    begin "$1"
    wait $!
}
site() {
    {
        echo "export PATH='$BM_BIN':\$PATH"
        printf 'MPIRUN=%q\n' "$mpirun -n 2"
        echo "$1"
    } >jobs/site.env
}

tiny sweep 'seed: 1..3'
job sweep.yaml
is "$? $(ls scontrol 2>/dev/null | wc -l) $(grep -c 'site.env is missing: .*cp jobs/site.env.example jobs/site.env' $log)" '1 0 1' \
    'without site.env: says what to copy'
site ''
job nowhere.yaml
is "$? $(grep -c 'nowhere.yaml cannot run: see above' $log) $(grep -c mpirun $log)" '65 1 0' 'a failed --plan stops it'
job sweep.yaml
is "$? $(grep -c '3 of 3 runs done.*exit code 0' $log) $(cat scontrol 2>/dev/null)" '0 1 ' 'a sweep that is done'
is "$(readlink sweep-7.log)" "$PWD/$log" "its log has the sweep's name as well"

sed 's/epochs: [0-9]*/epochs: 1000000/; s/^results: .*/results: long.h5/' sweep.yaml >long.yaml
# stopped SIGNAL WHEN: sends it to the script once its log has a line that matches.
stopped() {
    begin long.yaml
    local job=$!
    wait_for grep -q "$2" $log
    kill "-$1" $job
    wait $job
}
stopped USR1 ' thread each'
is "$? $(cat scontrol)" '75 requeue 7' 'USR1: back into the queue'
is "$(grep -c 'run the same command again (exit code 75)' $log) $(grep -c 'Primary job' $log) $(grep -c -- '-----' $log)" '1 0 0' \
    "without mpirun's banner"
stopped TERM ' thread each'
is "$(cat scontrol 2>/dev/null)" '' 'TERM: not'
site 'echo site; sleep 2'
stopped USR1 '^site$'
is "$? $(cat scontrol) $(grep -c ' trainers' $log)" '75 requeue 7 0' 'USR1 before anything runs: back into the queue, at once'

# ---- deadlines ----

# soon COMMAND...: with a deadline in so many seconds, which is time for a checkpoint.
soon() {
    "$sweep" -j 2 --deadline "$(date -d '+8 seconds' +%FT%T)" "$@" 2>log
}
rm -rf long.h5*
soon long.yaml
is "$? $(grep -c 'the deadline is near' log) $(ls long.h5.d/checkpoints | wc -l)" '75 1 2' 'at the deadline runs are saved: 75'
soon -s checkpoint_every=none -s results=none.h5 long.yaml
is "$? $(grep -c 'no run ended in this time' log)" '1 1' 'nothing was: 1'
rm -f log

# ---- time that leads to nothing ----

site ''
printf '#!/bin/sh\necho 0:03\n' >bin/squeue
sed -i 's/^run: {/run: {checkpoint_every: none, /' long.yaml
job long.yaml
is "$? $(grep -c 'no run ended in this time or got any further.*exit code 1' $log) $(cat scontrol 2>/dev/null)" '1 1 ' \
    'in vain: says so, and ends'
# ---- an array: tasks share one sweep ----
cp "$source/jobs/array.sbatch" jobs/
printf '#!/bin/sh\necho "folder $OMPI_MCA_orte_tmpdir_base"\nexec "$@"\n' >bin/says-folder
printf '#!/bin/sh\necho UNLIMITED\n' >bin/squeue
chmod +x bin/says-folder
site 'MPIRUN="says-folder $MPIRUN"'
tiny array 'seed: 1..8' 'epochs: 30'
for task in 1 2 3; do
    SLURM_JOB_ID=1$task SLURM_ARRAY_JOB_ID=10 SLURM_ARRAY_TASK_ID=$task SWEEP=array.yaml \
        env --default-signal bash jobs/array.sbatch >logs/array-$task 2>&1 &
done
codes=
for task in $(jobs -p); do
    wait "$task"
    codes="$codes $?"
done
is "$codes $("$results" csv --columns status array.h5 | sort | uniq -c | xargs)" ' 0 0 0 8 done 1 status' 'tasks of an array share a sweep'
is "$(cat logs/array-* | grep -c '^[0-9: -]*\[ *[0-9]*/')" 8 'each run is run by one of them'
sed -n 's/^folder //p' logs/array-* | sort -u >folders
is "$(wc -l <folders) $(xargs ls -d <folders 2>/dev/null)" '3 ' 'each has a folder for Open MPI, which goes'
SLURM_JOB_NUM_NODES=2 job sweep.yaml
is "$? $(sed -n 's/^folder //p' $log)" "0 $OMPI_MCA_orte_tmpdir_base" 'on several nodes they have what the site gives'
done_testing
