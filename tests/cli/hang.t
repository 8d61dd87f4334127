#!/bin/bash
# Trainers and ranks that hang are noticed, and nothing waits for them.
. "$(dirname "$0")/tap.sh"
. "$source/tests/cli/tiny.sh"
last() { sed -n 's/^\([0-9: -]* \)\?\(bm-sweep: \)/\2/p' log | tail -n 1 | sed 's/after [0-9.]* [a-z]*\( ([^)]*idle[^)]*)\)\?/after T/'; }

# tree PROCESS...: they, and all that they have started.
tree() {
    local children
    # shellcheck disable=SC2048,SC2086
    children=$(pgrep -P "$(echo $* | tr ' ' ,)")
    # shellcheck disable=SC2086
    echo "$@" ${children:+$(tree $children)}
}
named() { pgrep -x "$1" -P "$(tree $job | tr ' ' ,)"; }
trains() { [ "$(named bm-trainer | wc -l)" = "$1" ]; }

tiny long 'seed: 1..1' 'epochs: 1000000' 'heartbeat_timeout: 6, retries: 0'
rm -f log
"$sweep" -j 1 long.yaml 2>log &
job=$!
wait_for trains 1
kill -STOP "$(named bm-trainer)"
wait $job
is "$? $(grep -c 'crashed: no progress for 6 s (heartbeat_timeout)' log)" "1 1" "a trainer that is stopped"
rm -f log
"$sweep" --retry -j 1 long.yaml 2>log &
job=$!
wait_for trains 1
sleep 8
trains 1
ok $? "one that trains is left alone"
trainer=$(named bm-trainer)
kill -STOP $job "$trainer"
sleep 8
kill -CONT $job "$trainer"
sleep 1
trains 1
ok $? "a suspended job is no hang"
kill -TERM $job
wait $job

# OpenBLAS looks for memory for ever where there is little of it, in trainers and at the end of the program.
if [ "$BM_VARIANT" = release ]; then
    tiny little 'seed: 1..1' 'epochs: 2' 'heartbeat_timeout: 3'
    (ulimit -v 180000 && exec timeout -s KILL 60 "$sweep" -j 1 little.yaml) >log 2>&1
    [ $? != 137 ]
    ok $? "little memory: it comes to an end"
fi

# A rank of three: what it had is done by the others, and mpirun does not wait for it.
tiny ranks 'seed: 1..6' 'epochs: 1000' 'heartbeat_timeout: 3'
rm -f log
env ASAN_OPTIONS=detect_leaks=0 $mpirun -n 3 "$sweep" ranks.yaml >log 2>&1 &
job=$!
wait_for trains 3
for rank in $(named bm-sweep); do ! is_rank 2 "$rank" || break; done
kill -STOP "$rank"
wait $job
is "$? $(last)" "0 bm-sweep: 6 of 6 runs done, 0 failed, 0 left, after T: all runs are done (exit code 0)" \
    "a rank that is stopped: the others do its runs"
is "$(grep -c 'warning: rank [12]: no sign of life for 3 s (heartbeat_timeout); it goes on with one rank less' log)" 1 \
    "it is given up with a sentence"
wait_for sh -c "! kill -0 $rank 2>/dev/null"
ok $? "and it is ended"
"$results" verify ranks.h5 >log 2>&1
ok $? "what was written is whole"
done_testing
