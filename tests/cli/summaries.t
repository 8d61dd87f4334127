#!/bin/bash
# First and last lines, and exit codes: they say what was asked for, what came of it, and they agree.
. "$(dirname "$0")/tap.sh"
. "$source/tests/cli/tiny.sh"
mpi() { ASAN_OPTIONS=detect_leaks=0 $mpirun "$@"; } # MPI's own leaks
first() { head -n 1 log | sed 's,^[0-9: -]* bm-sweep,bm-sweep,'; }
last() { sed -n 's/^\([0-9: -]* \)\?\(bm-sweep: \)/\2/p' log | tail -n 1 | sed 's/after [0-9.]* [a-z]*\( ([^)]*idle[^)]*)\)\?/after T/'; }

# ---- all, one, those that failed ----

tiny part 'seed: 1..3'
"$sweep" --only 1 part.yaml 2>log
is "$? $(first)" "0 bm-sweep: part: 3 runs: 0 done, 0 failed, 3 to do; asked for 333baa37 seed=2, which is to do" \
    "--only: what was asked for"
is "$(last)" "bm-sweep: 1 of 1 run done, 0 failed, 0 left, after T; the sweep: 1 of 3 done, 0 failed, 2 left: what was \
asked for is done (exit code 0)" "--only: what came of it, and of the sweep"
is "$(grep -c '\[1/1\] 333baa37' log)" 1 "--only: it is counted alone"
"$sweep" --only 1 part.yaml 2>log
is "$? $(first)" "0 bm-sweep: part: 3 runs: 1 done, 0 failed, 2 to do; asked for 333baa37 seed=2, which is done" \
    "--only: a run that is done"
"$sweep" part.yaml 2>log
is "$? $(last)" "0 bm-sweep: 3 of 3 runs done, 0 failed, 0 left, after T: all runs are done (exit code 0)" "all runs"
is "$(grep -c ' \[[23]/3\]' log)" 2 "all are counted together"
"$sweep" --retry part.yaml 2>log
is "$? $(first)" "0 bm-sweep: part: 3 runs: 3 done, 0 failed, 0 to do; none has failed" "--retry where nothing failed"
is "$(last)" "bm-sweep: there was nothing to run again; the sweep: 3 of 3 done, 0 failed, 0 left: all runs are done \
(exit code 0)" "--retry: nothing was run"

tiny fail 'epochs: [2, 1000000], seed: 1..2' 'flip_p: 0' 'run_timeout: 8'
"$sweep" -j 2 fail.yaml 2>log
is "$? $(last)" "1 bm-sweep: 2 of 4 runs done, 2 failed, 0 left, after T: some runs failed (--retry runs them again) \
(exit code 1)" "runs that failed"
"$sweep" --only 2 fail.yaml 2>log
is "$? $(first | sed 's/.*; //')" "1 asked for 96e0d89b epochs=1000000 seed=1, which failed (--retry runs it again)" \
    "--only: a run that failed"
is "$(last)" "bm-sweep: 0 of 1 run done, 1 failed, 0 left, after T; the sweep: 2 of 4 done, 2 failed, 0 left: the run \
failed (--retry runs it again) (exit code 1)" "--only: it stays failed"
"$sweep" --only 0 fail.yaml 2>log
is "$? $(last | sed 's/.*: //')" "0 what was asked for is done (exit code 0)" "--only: others that failed do not matter"
"$sweep" --only 2 --retry fail.yaml 2>log
is "$? $(first | sed 's/.*; //')" "1 asked for 96e0d89b epochs=1000000 seed=1, which failed and runs again" \
    "--only --retry"
"$sweep" --retry -j 2 fail.yaml 2>log
is "$? $(first)" "1 bm-sweep: fail: 4 runs: 2 done, 0 failed, 2 to do; 2 of them failed and run again" "--retry"
is "$(last)" "bm-sweep: 0 of 2 runs done, 2 failed, 0 left, after T; the sweep: 2 of 4 done, 2 failed, 0 left: some runs \
failed (--retry runs them again) (exit code 1)" "--retry: what came of it"
is "$(grep -c ' \[[12]/2\]' log)" 2 "--retry: they are counted alone"
expect 0 "a plan of --only" "$sweep" --plan --only 2 fail.yaml
has "says the same" 'asked for 96e0d89b epochs=1000000 seed=1, which failed'

# ---- measured otherwise ----

tiny measure 'seed: 1..2' 'epochs: 2, probes: []'
"$sweep" measure.yaml 2>log
! grep -q measured log
ok $? "measured as the sweep says: no warning"
sed -i 's/, probes: \[\]//' measure.yaml
"$sweep" -s seed=1..3 measure.yaml 2>log
is "$? $(grep -c 'warning: 2 of the 2 runs that are done were measured with other settings (probes)' log)" "0 1" \
    "runs without probes, then with: said, and what to do"
"$sweep" -s seed=1..3 measure.yaml 2>log
is "$? $(grep -cE 'warning: 2 of the 3 runs that are done .*: bm-results drop .*( [0-9a-f]{8}){2}, or .*results=FILE' log)" "0 1" \
    "also where nothing is to run"
for set in probe_every=1:probe_every knn_k=3:knn_k knn_k=[5,1]:knn_also 'knn_k=[3,1]:knn_k, knn_also' probe_pool=1:probe_pool probe_train=all:probe_train; do
    "$sweep" --plan -s seed=3 -s "${set%:*}" measure.yaml >log 2>&1
    is "$? $(grep -c "  warning: 1 of the 1 runs .*(${set#*:})" log)" "0 1" "--plan counts runs with other ${set#*:}"
done
sed 's/knn_k: 5/knn_k: [5, 20, 1]/' measure.yaml >several.yaml
"$sweep" -s results=several.h5 -s seed=1 several.yaml 2>log
is "$("$BM_BIN/bm-results" taps several.h5 | awk '$3 ~ /^knn/ { print $3 }' | sort -u | xargs)" 'knn knn_1 knn_20' \
    "several numbers of neighbours are columns of their own"
is "$("$BM_BIN/bm-results" csv --columns knn_k,knn_also several.h5 | tail -n 1)" '5,"1,20"' "and the settings say which"
"$sweep" --plan -s seed=1..2 -s probes=[] -s knn_k=3 measure.yaml >log 2>&1
! grep -q 'measured' log
ok $? "a setting that had no effect is no difference"

# ---- the idle tail ----

tiny tail 'seed: 1..1' 'epochs: 600'
"$sweep" -j 16 tail.yaml 2>log
is "$? $(tail -n 1 log | grep -cE 'after [0-9.]+ s \([1-9][0-9]* core-seconds idle at the end\): all runs are done')" "0 1" \
    "trainers that wait for the last run: said"
"$sweep" -j 1 -s seed=2 tail.yaml 2>log
is "$? $(tail -n 1 log | grep -c 'idle')" "0 0" "one trainer waits for nobody"

# ---- signals, also early ones ----

tiny long 'seed: 1..2' 'epochs: 1000000'
for case in HUP:143 TERM:143 INT:130 USR1:75 USR2:75; do
    rm -f log
    env --default-signal "$sweep" -j 1 long.yaml 2>log &
    job=$!
    wait_for grep -q ' thread each' log
    kill -"${case%:*}" $job
    wait $job
    is "$? $(tail -n 1 log | grep -o 'exit code [0-9]*')" "${case#*:} exit code ${case#*:}" \
        "SIG${case%:*}: the exit code is in the last line"
done
ends_as() {
    local job status
    rm -f log
    env --default-signal ASAN_OPTIONS=detect_leaks=0 $mpirun -n 2 "$sweep" long.yaml >log 2>&1 &
    job=$!
    wait_for grep -q ' thread each' log
    kill -"$signal" $job
    wait $job
    status=$?
    [ "$code" = - ] && status=-
    got="$status $(last | grep -o 'exit code [0-9]*')"
    [ "$got" = "$code exit code $line" ]
}
# As mpirun passes them on, and what it makes of it: MPICH's ends as 0 or as its ranks (-), and a SIGHUP ends all at once.
through_mpirun='INT:1:143 TERM:1:143 HUP:1:143 USR1:75:75'
if is_mpich; then through_mpirun='INT:-:130 TERM:-:143 USR1:-:75'; fi
for case in $through_mpirun; do
    IFS=: read -r signal code line <<<"$case"
    thrice ends_as
    is "$got" "$code exit code $line" "SIG$signal to mpirun: the last line of bm-sweep"
done

# A library that is set up before main gets the signal; what loads libraries cannot be held back.
early='env LD_PRELOAD=./early.so'
if [ "$BM_VARIANT" != release ]; then
    skip "signals before main" "sanitizers refuse libraries that are loaded before theirs"
elif cat >early.c <<'END' && ${CC:-cc} -shared -fPIC -o early.so early.c 2>err; then
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
__attribute__((constructor)) static void early(void)
{
    pid_t child = fork(); /* a signal of its own is no interrupt */
    if (child == 0) {
        kill(getppid(), atoi(getenv("EARLY")));
        _exit(0);
    }
    waitpid(child, 0, 0);
}
END
    for case in 10:75 12:75 15:143 1:143 2:130; do
        EARLY=${case%:*} env --default-signal $early "$sweep" long.yaml 2>log
        is "$? $(grep -c "0 of 2 runs done, .*exit code ${case#*:}" log)" "${case#*:} 1" \
            "signal ${case%:*} before main: a summary"
    done
    EARLY=10 mpi -n 2 $early "$sweep" long.yaml >log 2>&1
    is "$? $(grep -c '0 of 2 runs done, .*exit code 75' log)" "75 1" "a signal before MPI_Init: a summary"
    for action in '--plan long.yaml' --describe --help; do
        # shellcheck disable=SC2086
        EARLY=15 $early "$sweep" $action >log 2>&1
        is $? 143 "SIGTERM before $action: it ends"
    done
    EARLY=1 nohup $early "$sweep" part.yaml 2>log >/dev/null
    is "$?" 0 "nohup: SIGHUP stays ignored"
else
    skip "signals before main" "no compiler: $(head -n 1 err)"
fi

done_testing
