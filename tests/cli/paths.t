#!/bin/bash
# analysis/paths.py on two sweeps that differ in the path of the convolutions, and what it says about others.
analysis=paths
. "$(dirname "$0")/analysis.sh"
cat >small.yaml <<'YAML'
name: small
results: small.h5
fixed: {dataset: synthetic, train_size: 20, test_size: 10, arch: cnn, width: 8, projector_width: 0,
        batch_size: 10, epochs: 3, probe_every: 1, diversity: none, probes: []}
grid: {seed: 1..2}
YAML
# train NAME SETTING...: small.yaml with settings, as NAME.h5.
train() {
    local name=$1
    shift
    "$sweep" -j 2 --progress=none -s results="$name.h5" "$@" small.yaml >log 2>&1 || cat log
}
train winograd -s conv=winograd
train direct -s conv=direct
train seeds -s seed=1..3
train longer -s epochs=4
train grid -s 'label_noise=[0, 1]'
draw winograd.h5 direct.h5
ok $? 'a figure'
grep -q '^mean over 3 epochs: winograd and direct are .* apart, 2 seeds ' out
ok $? 'and what it shows in numbers'
refuses 'other seeds' 'different seeds' winograd.h5 seeds.h5
refuses 'other lengths' 'different numbers of evaluations' winograd.h5 longer.h5
refuses 'a larger grid' 'grid.h5 differ in more than their seed' winograd.h5 grid.h5
refuses 'no such file' 'nowhere.h5: there is no such file' winograd.h5 nowhere.h5
refuses 'no such folder' 'cannot write nowhere/figure.png' winograd.h5 direct.h5 -o nowhere/figure.png
done_testing
