#!/bin/bash
# What is kept of each training image: from bm-sweep through bm-results to csv and HDF5.
. "$(dirname "$0")/tap.sh"
. "$source/tests/cli/tiny.sh"

tiny kept 'seed: 1..2' 'epochs: 3' 'save_examples: final'
sed -i 's/probe_every: 1000/probe_every: 2/' kept.yaml
"$sweep" -j 1 kept.yaml >log 2>&1
ok $? 'a sweep that keeps examples'
id=$("$results" table kept.h5 | awk 'NR == 2 { print $1 }')
"$results" examples kept.h5 "$id" >out 2>log
ok $? 'they are printed'
is "$(head -n 1 out)" \
    'index,truth,label,memorized_since,depth,predicted_0,margin_0,predicted_2,margin_2,predicted_3,margin_3' \
    'a column a quantity, two an evaluation'
is "$(wc -l <out)" 61 'a row an image'
awk -F, 'NR > 1 { n += $10 == $3; m += ($11 > 0) == ($10 == $3); s += ($4 != "") == ($10 == $3) }
    END { print m, s; printf "%.6f\n", n / 60 >"share" }' out >counts
is "$(cat counts)" '60 60' 'margins, predictions and when it began agree'
"$results" csv kept.h5 | awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "memorization") c = i }
    NR > 1 && substr($1, 1, 8) == "'"$id"'" { printf "%.6f\n", $c }' >expected
is "$(cat share)" "$(cat expected)" 'as many as memorization says'
"$results" examples kept.h5 "$id" -o out.h5 2>log && h5dump -H out.h5 >log 2>&1 && grep -q memorized_since log &&
    cmp -s out.h5 kept.h5.d/examples/"$id"*.h5
ok $? '-o writes HDF5'
"$sweep" -j 1 --retry kept.yaml >log 2>&1 && "$results" examples kept.h5 "$id" | cmp -s - out
ok $? 'a finished run keeps them'

cp kept.yaml dropped.yaml && sed -i 's/kept/dropped/' dropped.yaml && "$sweep" -j 1 dropped.yaml >log 2>&1
"$results" drop dropped.h5 "$id" >log 2>&1
is "$(ls dropped.h5.d/examples | grep -c .) $(ls dropped.h5.d/examples | grep -c "^$id")" '1 0' 'who drops a run drops them'

# ---- what has none, and what cannot be ----

tiny bare 'seed: [1]'
"$sweep" -j 1 bare.yaml >log 2>&1
[ ! -e bare.h5.d/examples ]
ok $? 'save_examples: none saves none'
id=$("$results" table bare.h5 | awk 'NR == 2 { print $1 }')
fails 74 "has no examples.*save_examples: final" 'that is said' "$results" examples bare.h5 "$id"
fails 74 "has no examples.*save_examples: final" 'with -o, too' "$results" examples bare.h5 "$id" -o x.h5
[ ! -e x.h5 ]
ok $? 'nothing is written then'
fails 2 'does not end in .h5: for csv' 'csv is not for -o' "$results" examples bare.h5 "$id" -o x.csv
fails 2 'usage: bm-results examples' 'no name for the file' "$results" examples bare.h5 "$id" -o
fails 2 'usage: bm-results examples' 'wrong use' "$results" examples bare.h5 "$id" out.h5 x
fails 74 'is a results file: choose another name for the examples' 'no results file is written over' \
    "$results" examples kept.h5 "$("$results" table kept.h5 | awk 'NR == 2 { print $1 }')" -o bare.h5
echo mine >mine.h5
fails 74 'mine.h5 is there, and holds no earlier examples: choose another name' 'nor anything else' \
    "$results" examples kept.h5 "$("$results" table kept.h5 | awk 'NR == 2 { print $1 }')" -o mine.h5
tiny large 'seed: [1]' 'knn_k: 60, probes: []' 'save_examples: final'
sed -i 's/knn_k: 5, //' large.yaml # the other one is asked for
fails 65 'save_examples: .* knn_k: 60 others, and there are 59' 'too few others' "$sweep" -j 1 large.yaml

tiny blocked 'seed: [1]' 'epochs: 1' 'save_examples: final'
mkdir blocked.h5.d && touch blocked.h5.d/examples
"$sweep" -j 1 blocked.yaml >log 2>&1
[ $? = 74 ] && grep -q 'blocked.h5.d/examples is not a folder.* stays to do' log && grep -q '1 run is left to do' log
ok $? 'examples that cannot be written leave the run to do'
rm blocked.h5.d/examples
"$sweep" -j 1 blocked.yaml >log 2>&1 &&
    "$results" examples blocked.h5 "$("$results" table blocked.h5 | awk 'NR == 2 { print $1 }')" >out 2>&1
ok $? 'with room, the same command does it'
done_testing
