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
    [ "$settings" != 'arch=vgg16 norm=none' ] || cp out.h5 other.h5
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
    $python "$source/analysis/load_weights.py" other.h5 >log 2>&1
    is "$? $(grep -c 'has arch: vgg16, norm: none: use load(model, path)' log)" '1 1' 'and refuses a network that it has no model of'
else
    skip 'load_weights.py prints what it loaded' "$no_torch"
    skip 'and refuses a network that it has no model of' "$no_torch"
fi
[ "$(wc -l <"$source/analysis/load_weights.py")" -lt 40 ]
ok $? 'load_weights.py is short'
# ---- over time ----

# values FILE: of two tensors and a running statistic, as text.
values() { h5dump -d conv1.weight -d output.weight -d bn1.running_mean "$1" | grep '([0-9,]*):'; }
over_time() { # NAME EPOCHS [OPTION]...: a cnn, all weights kept
    "$sweep" -j 1 --set arch=cnn --set "epochs=$2" --set "results=$1.h5" "${@:3}" over.yaml >log 2>&1
}
sed 's/save_weights: none/save_weights: final, save_every: 2/' bare.yaml >over.yaml
over_time over 4
is "$? $(ls over.h5.d/weights | sed 's/^[0-9a-f]*//' | xargs)" '0 -epoch000002.h5 -epoch000004.h5 .h5' 'save_every: files with their epochs beside the final one'
id=$("$results" table over.h5 | awk 'NR == 2 { print $1 }')
over_time short 2 && short=$("$results" table short.h5 | awk 'NR == 2 { print $1 }')
for case in "over $id --epoch 2" "short $short --epoch 2" "short $short" "over $id --epoch 4" "over $id"; do
    read -r name of option <<<"$case"
    # shellcheck disable=SC2086
    "$results" weights "$name.h5" "$of" $option -o "w-$name${option#--epoch }.h5"
    ok $? "weights of $name $option"
done
is "$(values w-over2.h5 | md5sum)" "$(values w-short.h5 | md5sum)" 'those of an epoch are those of a run that ends there'
is "$(values w-over4.h5 | md5sum)" "$(values w-over.h5 | md5sum)" 'those of the last epoch are the final ones'
[ "$(values w-over2.h5 | md5sum)" != "$(values w-over.h5 | md5sum)" ] && [ "$(values w-over.h5 | wc -l)" -gt 10 ]
ok $? 'and others than those before'
is "$(h5dump -a epoch w-over2.h5 | grep -oE '\(0\): .*')" '(0): 2' 'a file says of which epoch it is'
fails 74 'has no weights of epoch 3, but of 2, 4$' 'those that are there are named' "$results" weights over.h5 "$id" --epoch 3 -o out.h5
fails 74 'has no weights of epochs; .*save_every' 'where there are none, how to keep them' "$results" weights saved.h5 \
    "$("$results" table saved.h5 | awk 'NR == 2 { print $1 }')" --epoch 3 -o out.h5
fails 2 "--epoch: 'two' is not an epoch" 'a word for an epoch' "$results" weights over.h5 "$id" --epoch two -o out.h5
fails 2 'usage: bm-results weights' 'no epoch' "$results" weights over.h5 "$id" -o out.h5 --epoch
mkdir -p "part.h5.d/weights/$(ls over.h5.d/weights | grep -v epoch)/x"
over_time part 4
is "$?" 74 'a final file that cannot be written'
"$results" weights part.h5 "$id" --epoch 4 -o w-part.h5 && is "$(values w-part.h5 | md5sum)" "$(values w-over.h5 | md5sum)" \
    'those of epochs are there whatever became of the run'
"$results" drop over.h5 "$id" >log 2>&1
is "$? $(ls over.h5.d/weights | wc -l)" '0 0' 'drop removes them all'
mkdir -p full.h5.d && touch full.h5.d/weights
over_time full 4 --set save_weights=none
is "$? $(grep -c 'full.h5.d/weights is not a folder.* stays to do' log)" '74 1' 'those that cannot be written leave the run to do'
rm full.h5.d/weights && over_time full 4 --set save_weights=none
is "$? $(ls full.h5.d/weights | sed 's/^[0-9a-f]*//' | xargs)" '0 -epoch000002.h5 -epoch000004.h5' 'with room they are made, without final ones'
over_time more 4 --plan && awk '/^  disk/' log >more && over_time less 4 --plan --set save_every=0 && awk '/^  disk/' log >less
is "$? $(cmp -s more less; echo $?)" '0 1' '--plan counts them'

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
cp bare.yaml over.yaml
fails 74 'over.yaml is there, and holds no earlier weights: choose another name' 'nor anything else' "$results" weights saved.h5 "$id" -o over.yaml
printf '\x89HDF\r\n\x1a\nmine' >mine.h5
fails 74 'mine.h5 is there, and holds no earlier weights' 'nor HDF5 of something else' "$results" weights saved.h5 "$id" -o mine.h5
cmp bare.yaml over.yaml && "$results" weights saved.h5 "$id" -o out.h5 && "$results" weights saved.h5 "$id" -o out.h5
ok $? 'but earlier weights'
find saved.h5.d -type f -exec md5sum {} + | sort >parts
fails 74 'saved.h5.d/journal.0 lies in /.*/saved.h5.d, the folder of a results file' 'nor a part of the results' \
    "$results" weights saved.h5 "$id" -o saved.h5.d/journal.0
mv saved.h5.d elsewhere && ln -s elsewhere saved.h5.d
fails 74 'lies in /.*/elsewhere, the folder of a results file' 'where that is a link, too' "$results" weights saved.h5 "$id" -o saved.h5.d/new.h5
rm saved.h5.d && mv elsewhere saved.h5.d
fails 74 '^bm-results: new.h5 lies in /.*/saved.h5.d' 'from within' env -C saved.h5.d/weights "$results" weights ../../saved.h5 "$id" -o new.h5
find saved.h5.d -type f -exec md5sum {} + | sort | cmp -s - parts
ok $? 'all of it is as it was'
fails 74 'cannot create nowhere/out.h5' 'a folder that is not there' \
    "$results" weights saved.h5 "$id" -o nowhere/out.h5
fails 2 "no run's id" 'no such run' "$results" weights saved.h5 ffffffff -o out.h5
fails 2 'usage: bm-results weights FILE ID .* -o OUT' 'wrong use' "$results" weights saved.h5 "$id" -x out.h5
fails 2 'usage: bm-results weights FILE ID .* -o OUT' 'no name for the file' "$results" weights saved.h5 "$id"

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
