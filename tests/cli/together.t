#!/bin/bash
# Several jobs on one sweep: each run is run once, whoever is killed; what comes of it is what one job alone makes of it,
# bit for bit. What is wrong is said in a sentence.
. "$(dirname "$0")/tap.sh"
. "$source/tests/cli/tiny.sh"
same() { "$results" diff alone.h5 "$1" | tail -n 1; }
begun() { grep -h "^[0-9: -]*\[ *[0-9]*/" "$@" | wc -l; }

tiny alone 'seed: 1..24' 'epochs: 20'
sed 's/alone/t/' alone.yaml >t.yaml
"$sweep" -j 2 alone.yaml >log 2>&1
is "$? $(find alone.h5.d -type f | wc -l)" '0 3' 'one job alone leaves journal, sum and lock'

# ---- three at once ----
for job in 1 2 3; do "$sweep" -j 1 t.yaml >log$job 2>&1 & done
wait
tail -qn 1 log1 log2 log3 >out
is "$(grep -c '(exit code 0)$' out)" 3 'three jobs on one sweep end well'
is "$(begun log1 log2 log3)" 24 'each run is run once'
"$sweep" -j 1 t.yaml >log 2>&1
is "$(same t.h5)" 'no difference in 24 runs, 48 evaluations, 192 probes' 'what is there is what one job makes of it'
is "$(find t.h5.d -type f | wc -l) $(ls -d t.h5.d/{jobs,claims,shards} 2>/dev/null)" '3 ' 'no files are left of the jobs'
expect 0 'the results are whole' "$results" verify t.h5
has 'the last line says who ran what' '^[0-9: ]*bm-sweep: 24 of 24 runs done, 0 failed, 0 left, after [^;]*; [0-9]+ were run here, [0-9]+ by other jobs meanwhile: ' <(grep -h 'by other jobs' log1 log2 log3)

# ---- tasks of an array, each with a point ----
# What each makes, another one may just be taking away.
for _ in {1..5}; do
    rm -rf t.h5*
    for point in 0 1 2; do "$sweep" --only $point t.yaml >log$point 2>&1 & done
    wait
    "$results" csv --columns seed,status t.h5 | xargs
done | sort -u >out
is "$(cat out)" 'seed,status 1,done 2,done 3,done' 'tasks with a point each work at the same time'

# ---- killed and started again ----
rm -rf t.h5*
sed -i 's/epochs: 20/epochs: 60/' alone.yaml t.yaml
rm -rf alone.h5* && "$sweep" -j 2 alone.yaml >log 2>&1
RANDOM=7
start() { "$sweep" -j 1 t.yaml >>"log$1" 2>&1 & jobs[$1]=$!; }
rm -f log?
for job in 1 2 3; do start $job; done
for kill in 1 2 3 4 5 6; do
    sleep "0.$((1 + RANDOM % 9))" # whoever dies in its first milliseconds may leave a file that is empty
    job=$((1 + RANDOM % 2)) # the third lives
    { kill -KILL ${jobs[job]} && wait ${jobs[job]}; } 2>/dev/null
    start $job
done
wait
"$sweep" -j 1 t.yaml >log 2>&1 # whoever was killed last may have been the last one
is "$? $(same t.h5)" '0 no difference in 24 runs, 48 evaluations, 192 probes' 'with jobs that are killed again and again as well'
is "$(find t.h5.d -type f | wc -l)" 3 'what the dead left is taken in, and goes'
expect 0 'the results are whole' "$results" verify t.h5

# ---- one is killed, and the other one does its runs as well ----
rm -rf t.h5*
sed 's/1..24/1..2/; s/epochs: 60/epochs: 3000/' alone.yaml >two.yaml && sed -i 's/alone/t/' two.yaml
"$sweep" -j 1 two.yaml >log1 2>&1 &
killed=$!
claims() { [ "$(find t.h5.d/claims -name '????????????????????????????????' 2>/dev/null | wc -l)" = "$1" ]; }
wait_for claims 1
kill -STOP $killed # so that it takes no other run meanwhile
"$sweep" -j 1 two.yaml >log2 2>&1 &
other=$!
wait_for claims 2
{ kill -KILL $killed && wait $killed; } 2>/dev/null
wait $other
is "$? $(grep -c 'is taken over from a job that is not there any more' log2)" '0 1' 'who lives takes over what a killed job had'
has 'all of it' '2 of 2 runs done, 0 failed, 0 left, after' log2

# ---- a guest that outlives the keeper; what is seen meanwhile ----
rm -rf t.h5*
tiny t 'seed: 1..4' 'epochs: 1000000'
"$sweep" -j 1 t.yaml >log1 2>&1 &
keeper=$!
wait_for test -s t.h5.d/journal.0 && wait_for test -d t.h5.d/claims
"$sweep" -j 1 t.yaml >log2 2>&1 &
guest=$!
two() { "$results" watch t.h5 | grep -q '^2 jobs, 2 trainers'; }
wait_for two
ok $? 'both are watched'
is "$("$results" csv --columns seed,status t.h5 | sort | xargs)" '1,running 2,running seed,status' 'what runs in both is in the table'
fails 74 'is in use by .* pid' 'no run is dropped while they live' "$results" drop t.h5 --state failed
"$sweep" --plan t.yaml >out 2>&1
has 'the plan tells of them' '^  jobs +2 work on it, with 2 runs' out
sed 's/name: t/name: other/' t.yaml >other.yaml
fails 74 "t.h5 is in use by another sweep, 't', on .* pid [0-9]+: wait until" 'another sweep is refused meanwhile' "$sweep" -j 1 other.yaml
kill -TERM $keeper && wait $keeper
is "$("$results" csv --columns seed,status t.h5 | sort | xargs)" '1,running 2,running seed,status' 'the guest is still there'
fails 74 'is in use by .* pid' 'no run is dropped while a guest lives' "$results" drop t.h5 --state interrupted
fails 74 'is in use by .* pid' 'nothing is rebuilt then' "$results" rebuild snapshot t.h5
kill -TERM $guest && wait $guest
is "$("$results" csv --columns seed,status t.h5 | sort | xargs)" '1,interrupted 2,interrupted seed,status' 'then nobody is, and all of it is in the table'
is "$(find t.h5.d -type f ! -path '*/checkpoints/*' | wc -l)" 3 'the guest has taken in what it wrote'

# ---- jobs with different grids ----
in_sweep() { "$results" csv --columns seed,in_sweep t.h5 | sort | xargs; }
has_begun() { "$results" csv --columns seed t.h5 | grep -qx "$1"; }
rm -rf t.h5*
"$sweep" -j 1 t.yaml -s seed=1 >log1 2>&1 &
keeper=$!
wait_for has_begun 1
"$sweep" -j 1 t.yaml -s seed=2 -s epochs=2 >log2 2>&1
kill -TERM $keeper && wait $keeper
is "$(in_sweep)" '1,yes 2,no seed,in_sweep' 'who keeps to the end, says which runs its sweep has'
has 'and counts the others' '; beside them 1 run that this sweep does not have: ' log1
rm -rf t.h5*
"$sweep" -j 1 t.yaml -s seed=1 >log1 2>&1 &
keeper=$!
wait_for has_begun 1
"$sweep" -j 1 t.yaml -s seed=2 >log2 2>&1 &
guest=$!
wait_for has_begun 2
kill -TERM $keeper && wait $keeper
kill -TERM $guest && wait $guest
is "$(in_sweep)" '1,no 2,yes seed,in_sweep' 'so does a guest that keeps in the end'

# ---- what cannot be read ----
"$sweep" -j 1 t.yaml >log1 2>&1 &
keeper=$!
wait_for test -d t.h5.d/claims
"$sweep" -j 1 t.yaml >log2 2>&1 &
guest=$!
wait_for test -d t.h5.d/shards
wait_for sh -c 'test -s t.h5.d/shards/*'
{ kill -KILL $guest $keeper && wait $guest $keeper; } 2>/dev/null
before=$(md5sum <t.h5)
shard=$(echo t.h5.d/shards/*)
cp "$shard" kept && printf '\x09' | dd of="$shard" bs=1 seek=12 conv=notrunc 2>/dev/null
"$sweep" -j 1 t.yaml >log 2>&1
is "$? $(md5sum <t.h5)" "74 $before" 'a shard of a newer format is refused, and the snapshot stays'
has 'which is said' 'shards/[0-9a-f]{16}: journal format version 9, but this program knows versions up to' log

# ---- two that are killed, and nobody comes after them ----
rm -rf t.h5*
"$sweep" -j 1 t.yaml >log1 2>&1 &
keeper=$!
wait_for test -d t.h5.d/claims
"$sweep" -j 1 t.yaml >log2 2>&1 &
guest=$!
states() { "$results" csv --columns seed,status t.h5 | sort | xargs; }
run_both() { [ "$(states)" = '1,running 2,running seed,status' ]; }
wait_for run_both
{ kill -KILL $guest $keeper && wait $guest $keeper; } 2>/dev/null
is "$(states)" '1,interrupted 2,interrupted seed,status' 'what both ran is interrupted'
expect 0 'a journal of a further job is verified' "$results" verify t.h5
has 'and counted' '^journals of further jobs: 1 runs \(0 finished\)'
shard=$(echo t.h5.d/shards/*)
cp "$shard" kept && printf '\xff' | dd of="$shard" bs=1 seek=40 conv=notrunc 2>/dev/null
expect 74 'a damaged one is no whole file' "$results" verify t.h5
has 'which is said' "^bm-results: $shard is damaged at byte [0-9]+: only what is before it is used" err
"$results" table t.h5 >out 2>err
is "$? $(grep -c "^bm-results: warning: .*$shard is damaged" err)" '0 1' 'by others as well'
cp kept "$shard"
expect 0 'and is dropped' "$results" drop t.h5 --state interrupted
has 'all of it' '^t.h5: 2 runs dropped, 0 left$'
done_testing
