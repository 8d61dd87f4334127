#!/bin/bash
# bm-results merge: results files become one, by run; the order of files plays no role, and where two contradict each
# other nothing is written.
. "$(dirname "$0")/tap.sh"
. "$source/tests/cli/tiny.sh"
sample() { "$build/tests/test_snapshot" "$1.h5" "${2:-$1}"; }
attribute() { $python -c "import h5py, sys; print(h5py.File(sys.argv[1]).attrs[sys.argv[2]], end='')" "$@"; }

for kind in plain fewer changed running repeated many; do sample $kind || exit 1; done
before=$(cat ./*.h5 ./*.h5.d/journal.0 | md5sum)

# ---- wrong use ----
for case in 'plain.h5 -o c.h5;usage: bm-results merge' 'plain.h5 fewer.h5;usage: bm-results merge' ';usage: bm-results merge' \
    'plain.h5 fewer.h5 -o;usage' 'plain.h5 fewer.h5 -o a -o b;usage' 'plain.h5 --all fewer.h5 -o c.h5;.--all. is not an option'; do
    read -r -a words <<<"${case%%;*}"
    fails 2 "^bm-results: .*${case#*;}" "merge ${case%%;*}" "$results" merge "${words[@]}"
done
fails 74 'cannot open nothing.h5' 'merge of a file that is not there' "$results" merge plain.h5 nothing.h5 -o c.h5
fails 74 'plain.h5 is there already: nothing is written over it' 'merge into one of the files' \
    "$results" merge plain.h5 many.h5 -o plain.h5
fails 1 'plain.h5 and changed.h5 disagree about 1 finished run: run [0-9a-f]{8} knn at tap embedding in epoch 10 is .* and .*instruction sets.*nothing was written' \
    'merge of files that disagree' "$results" merge plain.h5 changed.h5 -o c.h5
fails 1 'disagree about 1 finished run' 'in any order, also behind others' "$results" merge changed.h5 fewer.h5 plain.h5 -o c.h5
is "$(ls -d c.h5* 2>/dev/null)" '' 'nothing is made'
fails 74 'cannot' 'merge into a folder that is not there and cannot be' "$results" merge plain.h5 many.h5 -o plain.h5/c.h5

# ---- what is joined ----
expect 0 'merge a file with a part of it' "$results" merge fewer.h5 plain.h5 -o c.h5
is "$(cat out)" 'c.h5: 6 runs (5 done, 1 failed, 0 not finished) of fewer.h5 (5), plain.h5 (6)' 'what there is now is told'
expect 0 'all is there' "$results" diff plain.h5 c.h5
expect 0 'with a journal' "$results" verify c.h5
has 'that has all of it' '^journal: .*6 runs \(6 finished\)'
"$results" merge running.h5 plain.h5 -o over.h5 >out 2>&1
is "$? $("$results" csv over.h5 | grep -c -v ,running,)" '0 7' 'a finished run wins over one that is not'
for pair in 'repeated plain' 'running plain' 'many fewer' 'many repeated'; do
    read -r a b <<<"$pair"
    "$results" merge "$a.h5" "$b.h5" -o ab.h5 >out 2>&1 && "$results" merge "$b.h5" "$a.h5" -o ba.h5 >>out 2>&1
    is "$? $("$results" json ab.h5 | md5sum)" "0 $("$results" json ba.h5 | md5sum)" "$a and $b, in any order, times and hosts as well"
    rm -rf ab.h5* ba.h5*
done
rm -rf c.h5* over.h5*
is "$(cat ./*.h5 ./*.h5.d/journal.0 | md5sum)" "$before" 'the files that are joined stay as they are'

# ---- two sweeps ----
tiny a 'seed: 1..2' 'epochs: 1' 'save_weights: final'
tiny b 'seed: 2..3' 'epochs: 1' 'save_weights: final'
tiny c 'seed: 1..3' 'epochs: 1'
{ "$sweep" -j 1 a.yaml && "$sweep" -j 1 b.yaml; } >log 2>&1
expect 0 'merge two sweeps' "$results" merge b.h5 a.h5 -o c.h5
is "$(ls c.h5.d/weights | wc -l)" 3 'weights come along'
"$results" weights c.h5 "$("$results" c.h5 | awk 'NR == 2 { print $1 }')" -o w.h5 && test -s w.h5
ok $? 'and are to be had'
if python_has h5py; then
    is "$(attribute c.h5 name)" 'a + b' 'the names of both are kept'
    is "$(attribute c.h5 sweep)" "$(cat a.yaml; echo ---; cat b.yaml)" 'and their sweep files'
    "$results" merge c.h5 a.h5 -o again.h5 >out
    is "$(attribute again.h5 name), $(attribute again.h5 sweep | md5sum)" "a + b, $(attribute c.h5 sweep | md5sum)" 'each once'
else
    skip 'the names and sweep files of both are kept' 'h5py is not installed'
fi
"$sweep" --plan c.yaml >out 2>&1
has 'a sweep of all goes on with it' '^c: 3 runs: 3 done, 0 failed, 0 to do$'
sed 's/seed: 1..2/seed: [3]/' a.yaml >a2.yaml && "$sweep" -j 1 a2.yaml >log 2>&1 # runs 1 and 2 are not its own any more
"$results" merge a.h5 b.h5 -o part.h5 >out 2>&1
is "$("$results" csv --columns seed,in_sweep part.h5 | xargs)" 'seed,in_sweep 1,no 2,yes 3,yes' 'a run is in no sweep that is in neither'
done_testing
