#!/bin/bash
# How alike two runs are: the table, against numpy and against the probe, and what cannot be compared.
. "$(dirname "$0")/tap.sh"
export COLUMNS=200 # whole matrices
cat >pair.yaml <<END
name: pair
results: pair.h5
run: {threads: 1, save_weights: final}
fixed: {dataset: synthetic, train_size: 60, test_size: 30, width: 4, depth: 1, projector_width: 16, batch_size: 20,
        epochs: 2, probes: [cka]}
grid: {arch: [cnn, mlp], seed: 1..2}
END
"$sweep" -j 2 pair.yaml 2>log
ok $? 'a sweep'
read -r cnn other mlp _ <<<"$("$sweep" --plan pair.yaml | awk '$1 ~ /^[0-3]$/ { print $2 }' | xargs)"

# features ARCH SEED: as tests/reference/cka_check.py reads them.
features() {
    "$build/tests/test_reprobe" pair.h5 dataset=synthetic train_size=60 test_size=30 width=4 depth=1 \
        projector_width=16 batch_size=20 epochs=2 "arch=$1" "seed=$2" >"$1$2"
}
features cnn 1 && features cnn 2 && features mlp 1
ok $? 'features of the saved networks'
for case in "cnn1 $cnn cnn2 ${other:0:4}" "cnn1 0 mlp1 $mlp"; do
    read -r a one b two <<<"$case"
    expect 0 "$a and $b" "$sweep" --cka "$one" "$two" pair.yaml
    is "$(head -n 1 out)" "linear CKA of the taps of $cnn (down) and $([ "$b" = mlp1 ] && echo "$mlp" || echo "$other") \
(across), on 30 test images" 'says what it shows'
    is "$(awk 'NR > 1 { print length }' out | sort -u | wc -l)" 1 'lines up'
    if python_has numpy; then
        cp out table && $python "$source/tests/reference/cka_check.py" table "$a" "$b" >log 2>&1
        ok $? "has numpy's values"
    else
        skip "has numpy's values" 'numpy is not installed'
    fi
done
# like_its_probe EPOCHS: the table in `out`, of one run beside itself, has what is in `pairs`.
like_its_probe() {
    awk -v epochs="$1" 'NR == FNR { if ($1 == epochs) for (i = 4; i <= NF; i++) value[$3, i - 3] = $i; next }
         FNR > 2 { for (i = 2; i <= NF; i++) { v = value[$1, i - 1]; d = v == "=" ? $i - 1 : $i - v; n++
             if (d > 0.6e-4 || d < -0.6e-4) bad++ } } END { exit !(n >= 16 && !bad) }' pairs out
}
"$sweep" --cka 0 0 pair.yaml >out && "$results" pairs pair.h5 "$cnn" >pairs && like_its_probe 2
ok $? 'a run beside itself has what its probe says'
zero='-s arch=cnn -s seed=1 -s epochs=0 -s results=zero.h5 -s save_weights=none'
# shellcheck disable=SC2086
"$sweep" $zero -j 1 pair.yaml 2>log && "$sweep" $zero --cka 0 0 pair.yaml >out &&
    "$results" pairs zero.h5 "$("$sweep" $zero --plan pair.yaml | awk '$1 == 0 { print $2 }')" >pairs && like_its_probe 0
ok $? 'a run of no epochs, too, without weights'

# ---- undefined ----

"$sweep" -s arch=cnn -s seed=1 -s test_size=3 -s results=few.h5 -j 1 pair.yaml 2>log && "$sweep" -s arch=cnn -s seed=1 \
    -s test_size=3 -s results=few.h5 --cka 0 0 pair.yaml >out 2>err
is "$? $(grep -c '^output .* NaN$' out) $(awk 'NR > 1 { print length }' out | sort -u | wc -l)" '0 1 1' 'three images: NaN, in line'

# ---- what cannot be ----

fails 2 "the sweep has no run 'ffff'" 'no such run' "$sweep" --cka 0 ffff pair.yaml
fails 2 'which runs\? bm-sweep --cka ID ID SWEEP.yaml' 'one run' "$sweep" --cka 0 pair.yaml
fails 2 "'pair.yaml' is one argument too many" 'three runs' "$sweep" --cka 0 1 2 pair.yaml
fails 2 '--cka compares two runs that are done: it goes with no other option but --set' 'with --only' \
    "$sweep" --cka 0 1 --only 0 pair.yaml
fails 2 'run 2 is not done: only trained runs can be compared' 'a run that is not done' \
    "$sweep" --cka 0 2 -s seed=1..3 pair.yaml
"$sweep" -j 2 -s arch=cnn -s seed=1 -s test_size=[30,20] -s results=sizes.h5 pair.yaml 2>log
fails 65 'their 30 and 20 test images are not the same' 'other test images' \
    "$sweep" --cka 0 1 -s arch=cnn -s seed=1 -s test_size=[30,20] -s results=sizes.h5 pair.yaml
rm pair.h5.d/weights/"$other"*
fails 74 'pair.h5: the run has no weights' 'a run without weights' "$sweep" --cka 0 1 pair.yaml
done_testing
