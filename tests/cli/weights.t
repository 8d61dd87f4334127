#!/bin/bash
# Saved weights: from bm-sweep through bm-results into PyTorch, where every tap has to have the same features.
. "$(dirname "$0")/tap.sh"
fixture=$build/tests/test_weights
if python_has torch torchvision; then torch=yes; else torch=; fi
no_torch='PyTorch or torchvision is not installed'

# sweep_file NAME final|none writes NAME.yaml; the same settings are in tests/unit/test_weights.c.
sweep_file() {
    cat >"$1.yaml" <<END
name: $1
results: $1.h5
run: {save_weights: $2}
fixed: {dataset: synthetic, train_size: 40, test_size: 20, width: 4, depth: 2, projector_width: 16,
  batch_size: 10, epochs: 2, probe_every: 2}
END
}
sweep_file saved final
sweep_file bare none

# ---- exported weights are the trained ones, for PyTorch, too ----

mkdir fixture
while read -r settings; do
    # shellcheck disable=SC2086
    id=$(OPENBLAS_NUM_THREADS=1 "$fixture" fixture $settings 2>log)
    ok $? "$settings: a run of its own"
    # shellcheck disable=SC2046
    "$sweep" -j 1 $(printf -- '--set %s ' $settings) saved.yaml 2>log && "$results" weights saved.h5 "$id" -o out.h5
    ok $? "$settings: trained and exported"
    cmp out.h5 "fixture/results.h5.d/weights/$id.h5" >log 2>&1
    ok $? "$settings: the same bytes"
    name="$settings: PyTorch has the same features"
    if [ $torch ]; then
        "$source/tests/reference/weights_check.py" out.h5 fixture/features >log 2>&1
        ok $? "$name"
    else
        skip "$name" "$no_torch"
    fi
done <<'END'
stem=small
stem=large projector_norm=bn
stem=medium norm=none projector_width=0
arch=cnn output_norm=bn
arch=resnet34
arch=resnet50 stem=medium bottleneck_stride=v1
arch=resnet18 norm=gn norm_group_channels=4
arch=vgg11 width=8
arch=vgg16 norm=none
arch=mlp width=16
END
"$results" weights saved.h5 "$("$sweep" --plan saved.yaml | awk '$1 == "0" { print $2 }')" -o out.h5 &&
    h5dump -d conv1.weight -A out.h5 >log 2>&1 && grep -q '( 4, 3, 3, 3 )' log
ok $? 'a convolution has the layout of PyTorch'
if [ $torch ]; then
    $python "$source/analysis/load_weights.py" out.h5 >log 2>&1 &&
        grep -q 'in_features=32, out_features=16' log
    ok $? 'load_weights.py prints what it loaded'
else
    skip 'load_weights.py prints what it loaded' "$no_torch"
fi
[ "$(wc -l <"$source/analysis/load_weights.py")" -lt 30 ]
ok $? 'load_weights.py is short'
sweep_file ranks final
ASAN_OPTIONS=detect_leaks=0 $mpirun -n 2 "$sweep" --set seed=1..2 ranks.yaml >log 2>&1
[ "$(ls ranks.h5.d/weights | wc -l)" = 2 ]
ok $? 'ranks save, too'

# ---- what has none ----

"$sweep" -j 1 bare.yaml 2>log
[ ! -e bare.h5.d/weights ]
ok $? 'save_weights: none saves none'
id=$("$results" table bare.h5 | awk 'NR == 2 { print $1 }')
fails 74 'has no weights.*save_weights: final' 'that is said' "$results" weights bare.h5 "$id" -o out.h5
fails 74 'is a results file' 'no results file is written over' "$results" weights saved.h5 "$id" -o bare.h5
fails 74 'cannot create nowhere/out.h5' 'a folder that is not there' \
    "$results" weights saved.h5 "$id" -o nowhere/out.h5
fails 2 "no run's id" 'no such run' "$results" weights saved.h5 ffffffff -o out.h5
fails 2 'usage: bm-results weights FILE ID -o OUT' 'wrong use' "$results" weights saved.h5 "$id" -x out.h5
fails 2 'usage: bm-results weights FILE ID -o OUT' 'no name for the file' "$results" weights saved.h5 "$id"

sweep_file blocked final
mkdir blocked.h5.d && touch blocked.h5.d/weights
"$sweep" -j 1 blocked.yaml >log 2>&1
[ $? = 74 ] && grep -q 'blocked.h5.d/weights is not a folder.* stays to do' log && grep -q '1 run is left to do' log
ok $? 'weights that cannot be written leave the run to do'
fails 74 'is interrupted: only runs that are done' 'it has none' "$results" weights blocked.h5 "$id" -o out.h5
"$results" log blocked.h5 "$id" | grep -q 'is not a folder'
ok $? 'its log says why'
$mpirun -n 2 "$sweep" blocked.yaml >log 2>&1
[ $? = 74 ] && grep -q '1 run is left to do' log
ok $? 'the same in another rank'
rm blocked.h5.d/weights
"$sweep" -j 1 blocked.yaml >log 2>&1 && "$results" weights blocked.h5 "$id" -o out.h5
ok $? 'with room, the same command does it'
"$sweep" --plan blocked.yaml --set width=64 >with && "$sweep" --plan bare.yaml --set width=64 >without
awk '/^  disk/ { print $2 }' with without | { read -r a; read -r b; awk "BEGIN { exit !($a > $b + 40) }"; }
ok $? '--plan counts them'
done_testing
