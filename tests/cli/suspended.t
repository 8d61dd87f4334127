#!/bin/bash
# Time in which a run is suspended is none of its run_timeout, however it is suspended.
. "$(dirname "$0")/tap.sh"
. "$source/tests/cli/tiny.sh"
stop=4 limit=3
tiny long 'seed: 1..1' 'epochs: 1000000' "run_timeout: $limit"

# tree PROCESS...: they, and all that they have started.
tree() {
    local children
    # shellcheck disable=SC2048,SC2086
    children=$(pgrep -P "$(echo $* | tr ' ' ,)")
    # shellcheck disable=SC2086
    echo "$@" ${children:+$(tree $children)}
}
trainer() { trainer=$(pgrep -x bm-trainer -P "$(tree $job | tr ' ' ,)"); }
# Whom a case suspends, and how.
signal_all() { # shellcheck disable=SC2046
    kill -"$1" $(tree $job)
}
signal_trainer() { kill -"$1" "$trainer"; }
group=/sys/fs/cgroup/freezer/bm-test-$$
freeze() {
    case $1 in
    STOP) for process in $(tree $job); do echo "$process" >$group/cgroup.procs; done && echo FROZEN >$group/freezer.state ;;
    CONT) echo THAWED >$group/freezer.state ;;
    esac
}
# suspended NAME HOW COMMAND...: it runs into its limit, but later by the time for which it was suspended.
suspended() {
    local name=$1 how=$2 seconds
    shift 2
    rm -rf long.h5*
    rm -f log
    "$@" long.yaml >log 2>&1 &
    job=$!
    wait_for trainer
    $how STOP && sleep $stop && $how CONT
    wait $job
    seconds=$("$results" csv long.h5 | awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "wall_s") column = i }
        NR == 2 { print $column }')
    echo "# $name: it had $seconds s"
    grep -q "timeout: longer than run_timeout: $limit s" log && awk -v s="$seconds" -v least=$((stop + limit - 1)) \
        'BEGIN { exit !(s >= least - 0.5) }'
    ok $? "$name: run_timeout has that much more"
}
suspended "the trainer is stopped" signal_trainer "$sweep" -j 1

# A run that was suspended, saved its state and ended: the next job gives it what is left of its time.
resumed="a run that goes on after it was suspended"
tiny resumed 'seed: 1..1' 'epochs: 1000000' 'run_timeout: 10'
"$sweep" -j 1 resumed.yaml >log 2>&1 &
job=$!
wait_for trainer
sleep 3 && signal_all STOP && sleep 12 && signal_all CONT && sleep 0.3 && kill -USR1 $job
wait $job
is $? 75 "$resumed: it is stopped early"
before=$(date +%s%N)
"$sweep" -j 1 resumed.yaml >log 2>&1
took=$((($(date +%s%N) - before) / 1000000))
echo "# it went on for $took ms"
grep -q "timeout: longer than run_timeout: 10 s" log && ((took > 600 && took < 9500))
ok $? "$resumed: what is left of run_timeout is left"

suspended "all processes are stopped" signal_all "$sweep" -j 1
suspended "all processes of an MPI job are stopped" signal_all env ASAN_OPTIONS=detect_leaks=0 $mpirun -n 1 "$sweep"
if mkdir $group 2>/dev/null; then
    suspended "all are frozen" freeze "$sweep" -j 1
    rmdir $group
else
    skip "all are frozen" "no freezer of version 1 can be made here"
fi
done_testing
