#!/bin/bash
# bm-sweep --plan: what is told before anything runs.
. "$(dirname "$0")/tap.sh"
. "$source/tests/cli/tiny.sh"

# ---- time ----

tiny time 'seed: 1..4'
expect 0 'a plan' "$sweep" --plan -j 2 time.yaml
has 'nothing has run here: no time is made up' '^  time +speed unknown here: measured by the first epoch$'
"$sweep" -j 2 time.yaml 2>log
expect 0 'a plan of what is done' "$sweep" --plan -j 2 time.yaml
! grep -q '^  time' out
ok $? 'takes no time'
expect 0 'a plan of more' "$sweep" --plan -j 2 -s seed=1..8 time.yaml
has 'time of what is left, from what was done' \
    '^  time +about [0-9.]+ (s|min) on 2 trainers \([0-9.]+ (s|min) on one\), at the speed of 4 runs done here$'
expect 0 'a plan of another network' "$sweep" --plan -j 1 -s arch=cnn time.yaml
has 'says which network is new' '^  time .* at the speed of 4 runs done here \(none of them cnn\)$'
expect 0 'a plan with other threads' "$sweep" --plan -s seed=1..8 -s threads=2 time.yaml
has 'their speed is not known' '^  time +speed unknown here'
if "$results" csv time.h5 | grep -q portable; then
    skip 'a plan for other instructions' 'this machine has the portable ones alone'
else
    BM_ISA=portable expect 0 'a plan for other instructions' "$sweep" --plan -s seed=1..8 time.yaml
    has 'their speed is not known, either' '^  time +speed unknown here'
fi

# ---- warnings ----

tiny warned 'label_noise: [0.1, 0.30000000000000004]'
echo 'exclude: [{label_noise: 0.3}, {seed: 7}]' >>warned.yaml
expect 0 'a plan with an item that excludes nothing' "$sweep" --plan warned.yaml
has 'names its line' '^  warning: warned\.yaml:7:31: exclude: no point of the grid has seed: 7$'
is "$(grep -c warning out), $(head -n 1 out)" '1, warned: 1 run: 0 done, 0 failed, 1 to do' \
    'the other one excludes what is meant'
"$sweep" -j 1 warned.yaml 2>log
is "$?, $(grep -c '^bm-sweep: warning: warned\.yaml:7:31: ' log)" '0, 1' 'so does the start'
"$sweep" -j 1 warned.yaml 2>log
is "$?, $(grep -c '^bm-sweep: warning: warned\.yaml:7:31: ' log)" '0, 1' 'and a start with nothing to do'

done_testing
