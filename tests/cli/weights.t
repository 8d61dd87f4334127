#!/bin/bash
# Saved weights: from bm-sweep through bm-results into PyTorch, where every tap has to have the same features.
set -u
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
unset OPENBLAS_CORETYPE
source=$(cd "$(dirname "$0")/../.." && pwd)
fixture=$(cd "$BM_BUILD" && pwd)/tests/test_weights
sweep=$BM_BIN/bm-sweep results=$BM_BIN/bm-results
work=$(mktemp -d) && cd "$work" || exit 1
trap 'cd /; rm -rf "$work"' EXIT

n=0
ok() { # STATUS WHAT
    n=$((n + 1))
    if [ "$1" = 0 ]; then
        echo "ok $n - $2"
    else
        echo "not ok $n - $2"
        [ -s log ] && tail -n 15 log | sed 's/^/# /'
    fi
}
skip() { # WHY
    n=$((n + 1))
    echo "ok $n # skip $1"
}
# fails CODE PATTERN WHAT COMMAND...: exits with the code and one sentence that matches.
fails() {
    local code=$1 pattern=$2 what=$3
    shift 3
    "$@" >log 2>&1
    [ $? = "$code" ] && [ "$(wc -l <log)" = 1 ] && grep -Eq -- "$pattern" log
    ok $? "$what"
}
python=/usr/bin/python3
$python -c 'import torch, torchvision, h5py' 2>/dev/null || python=

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

while read -r settings; do
    mkdir -p fixture
    # shellcheck disable=SC2086
    id=$(OPENBLAS_NUM_THREADS=1 "$fixture" fixture $settings 2>log)
    ok $? "$settings: a run of its own"
    # shellcheck disable=SC2046
    "$sweep" -j 1 $(printf -- '--set %s ' $settings) saved.yaml 2>log && "$results" weights saved.h5 "$id" -o out.h5
    ok $? "$settings: trained and exported"
    cmp out.h5 "fixture/results.h5.d/weights/$id.h5" >log 2>&1
    ok $? "$settings: the same bytes"
    if [ -n "$python" ]; then
        "$source/tests/reference/weights_check.py" out.h5 fixture/features >log 2>&1
        ok $? "$settings: PyTorch has the same features"
    else
        skip 'torch is not installed'
    fi
done <<'END'
stem=small
stem=large projector_norm=bn
stem=medium norm=none projector_width=0
arch=cnn output_norm=bn
arch=mlp width=16
END
if [ -n "$python" ]; then
    "$results" weights saved.h5 "$("$sweep" --plan saved.yaml | awk '$1 == "0" { print $2 }')" -o out.h5 &&
        $python "$source/analysis/load_weights.py" out.h5 >log 2>&1 && grep -q 'in_features=32, out_features=16' log
    ok $? 'load_weights.py prints what it loaded'
    [ "$(wc -l <"$source/analysis/load_weights.py")" -lt 30 ]
    ok $? 'load_weights.py is short'
else
    skip 'torch is not installed'
    skip 'torch is not installed'
fi
h5dump -d conv1.weight -A out.h5 >log 2>&1 && grep -q '( 4, 3, 3, 3 )' log
ok $? 'a convolution has the layout of PyTorch'
sweep_file ranks final
ASAN_OPTIONS=detect_leaks=0 mpirun --oversubscribe -n 2 "$sweep" --set seed=1..2 ranks.yaml >log 2>&1
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
[ $? = 1 ] && grep -q 'error: blocked.h5.d/weights is in the way' log
ok $? 'weights that cannot be written fail the run'
fails 74 'is error: only runs that are done' 'it has none' "$results" weights blocked.h5 "$id" -o out.h5
rm blocked.h5.d/weights
"$sweep" -j 1 --retry blocked.yaml >log 2>&1 && "$results" weights blocked.h5 "$id" -o out.h5
ok $? 'after --retry it has them'
"$sweep" --plan blocked.yaml --set width=64 >with && "$sweep" --plan bare.yaml --set width=64 >without
awk '/^  disk/ { print $2 }' with without | { read -r a; read -r b; awk "BEGIN { exit !($a > $b + 40) }"; }
ok $? '--plan counts them'
echo "1..$n"
