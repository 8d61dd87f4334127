#!/bin/bash
# Further probes of finished runs: the values of a run that took them from the start, or nothing at all.
. "$(dirname "$0")/tap.sh"
mpi() { ASAN_OPTIONS=detect_leaks=0 $mpirun "$@"; } # MPI's own leaks
all=noisy,linear,cka,rewind,knn,invariance

# with NAME [MORE OF fixed:]: a sweep of two runs that keep their weights; NAME.yaml asks for all probes.
with() {
    cat >"$1.yaml" <<END
name: $1
results: $1.h5
run: {threads: 1, save_weights: final}
fixed: {dataset: synthetic, train_size: 60, test_size: 30, arch: cnn, width: 4, projector_width: 16, batch_size: 20,
        knn_k: 5, probes: [$all], ${2:-probe_every: 1000, epochs: 2}}
grid: {seed: 1..2}
END
}
first() { head -n 1 log | sed 's/^.*bm-sweep: //'; }
last() { grep 'bm-sweep: ' log | tail -n 1 | sed 's/after [0-9.]* [a-z]*\( ([^)]*idle[^)]*)\)\?/after T/; s/^.*bm-sweep: //'; }
ids() { "$sweep" --plan --all "$1" | awk '$1 ~ /^[01]$/ { print $2 }'; }

# ---- the same values ----

with whole
with later
"$sweep" -j 2 whole.yaml 2>log && "$sweep" -j 2 -s probes=[linear,knn] later.yaml 2>log
ok $? 'two sweeps, one of them with fewer probes'
"$sweep" -j 2 later.yaml 2>log
is "$? $(grep -c 'measured with other settings (probes).*(bm-sweep --reprobe takes the probes that 2 of them lack)' log)" \
    '0 1' 'the start says what takes the others'
expect 0 'a plan' "$sweep" --plan later.yaml
has 'says it, too' 'measured with other settings \(probes\).* \(bm-sweep --reprobe takes the probes that 2 of them lack\)'
expect 0 'a plan of --reprobe' "$sweep" --plan --reprobe later.yaml
is "$(head -n 1 out), $(grep -c ' to do ' out)" \
    'later: 2 runs: 2 to probe further, 0 cannot be, 0 have the probes, 0 not done, 2' 'lists them'
cp -r later.h5 later.h5.d "$tap"
"$sweep" --reprobe -j 2 later.yaml 2>log
is "$? $(first)" '0 later: 2 runs: 2 to probe further, 0 cannot be, 0 have the probes, 0 not done' '--reprobe'
is "$(last)" '2 of 2 runs probed further, 0 could not be, 0 left, after T: what was asked for is done (exit code 0)' \
    'what came of it'
is "$(grep -c "^[0-9:]* *probed: has " log)" 2 'a line a run'
"$results" diff whole.h5 later.h5 >out 2>err
ok $? 'all values have the bits of a run that took them itself'
"$results" verify later.h5 >out 2>err
ok $? 'journal and snapshot agree'
rm later.h5 && "$sweep" -j 1 later.yaml 2>log && "$results" diff whole.h5 later.h5 >out
ok $? 'the journal alone has them'
"$sweep" --reprobe -j 2 later.yaml 2>log
is "$? $(last)" '0 0 of 0 runs probed further, 0 could not be, 0 left, after T: what was asked for is done (exit code 0)' \
    'nothing is taken twice'

is "$("$results" csv whole.h5 | head -n 1 | tr , '\n' | sed -n 's/^init_\(knn\|rewind_[a-z]*\)_embedding/\1/p')" knn \
    'csv: what is taken at the end alone has no column before training'
"$sweep" -j 2 -s 'knn_k=[5, 1, 3]' -s results=neighbours.h5 whole.yaml 2>log
"$sweep" -j 2 --reprobe -s 'knn_k=[5, 3]' later.yaml 2>log && "$sweep" -j 2 --reprobe -s 'knn_k=[5, 1]' later.yaml 2>log &&
    "$results" diff neighbours.h5 later.h5 >out
ok $? 'further numbers of neighbours'

restore() { rm -rf later.h5 later.h5.d && cp -r "$tap"/later.h5 "$tap"/later.h5.d .; }
restore
"$sweep" -j 2 --reprobe -s conv=direct later.yaml 2>log
is "$? $(grep -c 'warning: runs were trained on .*conv auto.* last digits of further probes may differ' log)" '0 1' \
    'on another kind of machine: said'
restore
! "$sweep" -j 2 --reprobe later.yaml 2>&1 | grep -q 'last digits'
ok $? 'on the same one: nothing is'

# ---- ranks, one run, an interruption ----

restore
mpi -n 3 "$sweep" --reprobe later.yaml >log 2>&1 && "$results" diff whole.h5 later.h5 >out
ok $? 'by ranks'
restore
"$sweep" --reprobe --only 1 later.yaml 2>log
is "$? $(last)" '0 1 of 1 run probed further, 0 could not be, 0 left, after T: what was asked for is done (exit code 0)' \
    '--only: one run'
"$sweep" --reprobe -j 1 later.yaml 2>log && "$results" diff whole.h5 later.h5 >out
ok $? 'then the other one'

# ---- other lengths of a run ----

with zero 'epochs: 0'
with nought 'epochs: 0'
"$sweep" -j 2 zero.yaml 2>log && "$sweep" -j 2 -s probes=[knn] -s save_weights=none nought.yaml 2>log &&
    "$sweep" -j 2 --reprobe nought.yaml 2>log && "$results" diff zero.h5 nought.h5 >out
ok $? 'runs of no epochs: calibrated, from their seeds, without weights'
BM_ISA=portable "$sweep" -j 2 -s precision=bf16 -s results=narrow.h5 -s probes=[knn] -s save_weights=none nought.yaml 2>log &&
    BM_ISA=portable "$sweep" -j 2 -s precision=bf16 -s results=narrow.h5 --reprobe nought.yaml 2>log
ok $? 'in bfloat16 without instructions for it: evaluations are in float'
with stopped 'probe_every: 7, epochs: 1000, stop_memorized: 0.2'
sed 's/stopped/halted/g' stopped.yaml >halted.yaml
"$sweep" -j 2 stopped.yaml 2>log && "$sweep" -j 2 -s probes=[knn] halted.yaml 2>log
columns=epochs_done,knn,init_knn_embedding,noisy,init_noisy_embedding,init_noisy_output,linear,init_linear_embedding,rewind_test_output
"$sweep" -j 2 --reprobe -s probe_every=9 halted.yaml 2>log
is "$? $(grep -c 'evaluations in between stay without them' log)" '0 1' \
    'runs that stopped early'
"$results" csv --columns $columns stopped.h5 >stopped.csv 2>err && "$results" csv --columns $columns halted.h5 >halted.csv &&
    cmp stopped.csv halted.csv && ! grep -q ',1000,' stopped.csv
ok $? 'the ends are the same'
run=$(ids halted.yaml | head -n 1)
"$results" curve --columns noisy_output,knn_output halted.h5 "$run" >out
is "$(awk '$2 == "-" && $3 ~ /%/' out | wc -l), $(awk '$2 ~ /%/' out | wc -l)" "$(($(wc -l <out) - 3)), 2" 'evaluations in between are undefined'

# ---- what cannot be ----

# unchanged NAME WHY: a reprobe of NAME.yaml with these options says why of one of two runs, takes the other, and exits
# with 1; the run that is refused is as before.
unchanged() {
    local name=$1 why=$2 expected=$3
    shift 3
    "$results" csv --columns "$columns" "$name.h5" | grep "^$one" >before
    "$sweep" --reprobe -j 1 "$@" "$name.yaml" 2>log
    is "$? $(grep -cE "cannot be probed further: $why" log), $(last)" "1 1, $expected: some runs could not be probed \
further (exit code 1)" "$why"
    "$results" csv --columns "$columns" "$name.h5" | grep "^$one" >after
    "$results" verify "$name.h5" >out 2>err && [ -s before ] && cmp before after
    ok $? 'and stays as it was'
}
columns=id,status,epochs_done,memorization,probes,knn,init_knn_embedding,linear,init_linear_output,wall_s,finished,pid
one_of_two='1 of 2 runs probed further, 1 could not be, 0 left, after T'
restore
read -r one other <<<"$(ids later.yaml | xargs)"
damaged=$(ls later.h5.d/weights/"$one"*.h5)
rm "$damaged"
unchanged later 'no weights were kept of it' "$one_of_two"
restore
cp later.h5.d/weights/"$other"*.h5 "$damaged"
unchanged later ".*its attribute 'id' is not '$one" "$one_of_two"
restore
truncate -s 2000 "$damaged"
unchanged later '.*not an HDF5 file, or damaged' "$one_of_two"
restore
size=$(stat -c %s "$damaged")
printf '\x55' | dd of="$damaged" bs=1 seek=$((size / 2)) conv=notrunc 2>/dev/null
unchanged later '.*damaged: these are not the values that were saved' "$one_of_two"
"$results" weights whole.h5 "$one" -o kept.h5 && cp kept.h5 "$damaged" && "$sweep" --reprobe later.yaml 2>log && "$results" diff whole.h5 later.h5 >out
ok $? 'with the weights back, the same command takes the rest'
restore
fails 65 'knn_k: 61 neighbours are more than the 60 images' 'what no run could' "$sweep" --reprobe -s knn_k=61 later.yaml
"$sweep" --reprobe -s knn_k=3 later.yaml 2>log
is "$? $(grep -c 'it was measured with knn_k=5, and the sweep says 3: not in one row' log), $(last)" \
    '1 2, 0 of 2 runs probed further, 2 could not be, 0 left, after T: some runs could not be probed further (exit code 1)' \
    'other settings of probes that are there'
expect 0 'a plan of that' "$sweep" --plan --reprobe -s knn_k=3 later.yaml
is "$(grep -c ' cannot  ' out), $(grep -c 'warning: run .* it was measured with knn_k=5' out)" '2, 2' 'says it'
"$sweep" --reprobe -s seed=2..4 later.yaml 2>log
is "$? $(first)" '0 later: 3 runs: 1 to probe further, 0 cannot be, 0 have the probes, 2 not done' 'runs that are not done'
is "$("$results" table later.h5 | grep -c ' done ')" 2 'are not trained'
fails 2 '--reprobe is for runs that are done, --retry for those that failed' 'with --retry' \
    "$sweep" --reprobe --retry later.yaml
restore
"$sweep" --reprobe -s save_examples=final later.yaml 2>log
is "$? $(grep -c 'save_examples: .* is collected in training' log) $(ls later.h5.d)" "0 1 $(ls "$tap/later.h5.d")" \
    'what is kept of images is not made'

# ---- interruptions ----

cat >slow.yaml <<END
name: slow
results: slow.h5
run: {threads: 1}
fixed: {dataset: synthetic, train_size: 2000, test_size: 500, arch: resnet18, width: 8, projector_width: 16, epochs: 0,
        batch_size: 50, probes: [knn]}
END
"$sweep" -j 1 slow.yaml 2>log && "$results" csv slow.h5 >before
for case in USR1:75 TERM:143 KILL:137; do
    rm -f log
    rm -f log
    env --default-signal "$sweep" -j 1 --reprobe -s probes=[knn,noisy,rewind,cka] slow.yaml 2>log &
    job=$!
    wait_for grep -q ' thread each' log
    sleep 0.3
    kill -"${case%:*}" $job
    wait $job 2>/dev/null
    is $? "${case#*:}" "stopped by SIG${case%:*}"
    "$results" csv slow.h5 >after 2>err && cmp before after >out
    ok $? 'leaves the run as it was'
done
"$sweep" -j 1 --reprobe -s probes=[knn,noisy,rewind,cka] -s run_timeout=0.3 slow.yaml 2>log
is "$? $(grep -c 'cannot be probed further: longer than run_timeout' log)" '1 1' 'run_timeout counts'
"$results" csv slow.h5 >after && cmp before after >out
ok $? 'and it is still done'
"$sweep" -j 1 --reprobe -s probes=[knn,noisy,rewind,cka] slow.yaml 2>log
is $? 0 'the same command takes them in the end'
done_testing
