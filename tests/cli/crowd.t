#!/bin/bash
# Four jobs on one sweep, two of which are killed and started again at random moments: each run is finished once, and what
# comes of it is what one job alone makes of it. Then the same on a file system that behaves as NFS does on a bad day, each
# job on a machine of its own, and with clocks that are two hours apart. $BM_KILLS: how many kills at most.
# In memory, where there is room for it: a job that waits for a disk for longer than its timeout is taken for dead, and its
# run is done twice, as is right.
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm
. "$(dirname "$0")/tap.sh"
. "$source/tests/cli/tiny.sh"
. "$source/tests/cli/torture.sh"
[ "$BM_VARIANT" = release ] || skip_all "sanitizers refuse libraries that are loaded before theirs"

runs=$(long 24 200) kills=$(long 4 50)
((${BM_KILLS:-$kills} >= kills)) || kills=$BM_KILLS
grid="seed: 1..$runs" fixed="epochs: $(long 30 60)"
tiny alone "$grid" "$fixed"
# A job on another machine is dead after seconds without a sign of life; so is a trainer, which gets no more than that of a
# machine that has other work.
tiny crowd "$grid" "$fixed" "heartbeat_timeout: 8, retries: 100"
"$sweep" -j 2 alone.yaml >log 2>&1
is $? 0 'a sweep that nobody disturbs'

# ---- jobs ----

# shim: what a job gets in its environment; machine by machine.
shim() { :; }
nfs() {
    n_machines=$((n_machines + 1))
    export NFS_BELOW=$work/crowd.h5.d NFS_TABLE=$work/table NFS_JOB=$n_machines NFS_CLOCK=$1 NFS_OFTEN=$(long 1 6) LD_PRELOAD=$build/torture/nfs.so
}
calm() { unset NFS_BELOW NFS_TABLE NFS_JOB NFS_CLOCK NFS_OFTEN LD_PRELOAD; }
n_machines=0
# start SLOT
start() {
    starts[$1]=$((${starts[$1]:-0} + 1))
    shim "$1"
    "$sweep" -j 1 crowd.yaml >"log-$1.${starts[$1]}" 2>&1 &
    jobs[$1]=$!
    calm
}
count_files() { find crowd.h5.d -type f 2>/dev/null | wc -l; }
# What is there meanwhile: the most files, and that a run that was finished stays so.
most_files=0
look() {
    local files
    files=$(count_files)
    ((files <= most_files)) || most_files=$files
    [ -s crowd.h5 ] || return
    done_in crowd.h5 | sort >now
    comm -23 seen now >>vanished
    mv now seen
}
# Kills jobs 1 and 2, and starts them again.
disturb() {
    local slot
    while ((faults < kills)) && kill -0 "${jobs[3]}" "${jobs[4]}" 2>/dev/null; do
        sleep "0.$((RANDOM % 6))"
        slot=$((1 + RANDOM % 2))
        { kill -KILL "${jobs[slot]}" && wait "${jobs[slot]}"; } 2>/dev/null
        [ $? != 137 ] || faults=$((faults + 1)) # else it had ended
        start $slot
        ((faults % 5)) || look
    done
}
# Sweeps until there were enough kills.
crowd() {
    local id code round
    for ((round = 0; faults < kills && round < 20; round++)); do
        rm -rf crowd.h5* table log-* && : >seen && : >vanished && : >unreadable && starts=()
        for slot in 1 2 3 4; do start $slot; done
        disturb
        while [ -n "$(jobs -pr)" ]; do look; sleep 0.3; done
        wait
        for slot in 1 2 3 4; do
            tail -n 1 "log-$slot.${starts[slot]}" | grep -q 'exit code 0' || corruption "job $slot ends with: $(tail -n 1 "log-$slot.${starts[slot]}")"
        done
        shim 5
        "$sweep" -j 1 crowd.yaml >log 2>&1 # whoever was killed last may have been the last one
        code=$?
        calm
        [ $code = 0 ] || corruption "the last start: exit $code: $(tail -n 1 log)"
        for file in log-*; do acknowledged "$file"; done | sort >finished
        while read -r id; do
            duplicate "run $id"
            grep -a "$id\|^.*warning: " log-* | sed 's/^/# /'
        done < <(uniq -d finished)
        sort -u finished | comm -23 - <(done_in crowd.h5 | sort) >missing
        while read -r id; do loss "run $id"; done <missing
        while read -r id; do loss "run $id, which was seen"; done <vanished
        while read -r id; do corruption "$id"; done <unreadable
        recoveries=$((recoveries + $(cat log-* | grep -ac 'is taken over from')))
        "$results" diff alone.h5 crowd.h5 >checked 2>&1 || corruption "$(tail -n 3 checked)"
        "$results" verify crowd.h5 >checked 2>&1 || corruption "$(tail -n 1 checked)"
        ((most_files < 200)) || corruption "$most_files files at one moment"
        (($(count_files) < 20)) || corruption "$(count_files) files at the end"
    done
    echo "# $most_files files at most, $(count_files) at the end"
}

crowd
row "four jobs on one sweep, two of them killed"
if [ -n "${BM_TORTURE-}" ]; then
    shim() { nfs 0; }
    crowd
    row "the same on a network file system that fails now and then"
fi
shim() { nfs $((7200 * ($1 % 2))); }
crowd
row "the same there, with clocks two hours apart"
done_testing
