#!/bin/bash
# bm-results plot: bars over depth in 80 columns, of one run or of the means over seeds.
. "$(dirname "$0")/tap.sh"
PATH=$BM_BIN:$PATH
unset LC_ALL LC_CTYPE LANG
unicode='env LC_ALL=C.UTF-8' ascii='env LC_ALL=C'

"$build/tests/test_groups" plain.h5 <<'END' || exit 1
diversity=inf seed=1 init_knn_stem=.1 knn_stem=.4 noisy_stem=.2 invariance_stem=.25 knn_output=.1 noisy_output=.8 invariance_output=-.1
diversity=inf seed=2 init_knn_stem=.1 knn_stem=.2 noisy_stem=.2 invariance_stem=.75 knn_output=.2 noisy_output=.8
diversity=inf seed=3 status=crashed
diversity=none seed=1 init_knn_stem=.1 knn_stem=.05
diversity=4 seed=1
diversity=2 seed=1 invariance_stem=-.1 invariance_output=-.3
END

expect 0 'a run' $ascii bm-results plot depth plain.h5 --where diversity=none
has 'a run: its settings' '^label_noise=1, diversity=none: mean of 1 seed$'
has 'a run: panels' '^tap          clean \(knn\)                       init \(knn\)$'
has 'clean and init have one scale' '^stem         ############# +5\.0  ##########################  10\.0$'
$ascii bm-results plot depth plain.h5 --where diversity=inf >out 2>err
ok $? 'groups'
has 'the mean over those that are done' '^label_noise=1, diversity=inf: mean of 2 seeds$'
has 'ascii bars' '^stem         ######### +30\.0  ### +10\.0  ## +20\.0  ######### +0\.50$'
has 'below 0 and undefined' '^output       ##### +15\.0 +-  ######### +80\.0 +-0\.10$'
has 'how many are undefined' '^undefined in some runs: invariance at output \(1 of 2\)$'
has 'what failed is named' '^bm-results: runs that are not done are left out: .* \(seed 3 of label_noise=1, diversity=inf, crashed\)$' err
$unicode bm-results plot depth plain.h5 --where diversity=inf >out 2>err
has 'blocks' '^stem         █████████ +30\.0  ███ +10\.0  ██▎ +20\.0  █████████ +0\.50$'
is "$($unicode sed 's/[█▏▎▍▌▋▊▉]/#/g' out | awk '{ print (length > 80) }' | sort -u)" 0 'eighty columns'
is "$($unicode sed 's/[█▏▎▍▌▋▊▉]/#/g' out | grep -cE '^(stem|output)')" 2 'a row a tap'
id=$(bm-results csv --columns id --where diversity=inf,seed=1 plain.h5 | tail -n 1)
expect 0 'by id' $ascii bm-results plot depth plain.h5 "${id:0:6}"
has 'by id: its own values' '^stem         ######### +40\.0  ## +10\.0 '
has 'by id: the run' "^${id:0:8} \\(seed 1, done\\)\$"
expect 0 'nothing was probed' bm-results plot depth plain.h5 --where diversity=4
has 'that is said' '^  nothing was probed$'
$ascii bm-results plot depth plain.h5 >out 2>err
is "$(grep -c ': mean of' out)" 4 'a plot for each setting'
expect 0 'all is below 0' $ascii bm-results plot depth plain.h5 --where diversity=2
has 'the largest has no bar' '^stem {60,} -0\.10$'
has 'nor has what is below it' '^output {60,} -0\.30$'

expect 2 'plot nothing' bm-results plot plain.h5
expect 2 'plot something else' bm-results plot width plain.h5
has 'what there is' "'width' is nothing to plot; there are: depth, tradeoff\$" err
expect 2 'no such run' bm-results plot depth plain.h5 ffff
expect 2 'an id and a choice' bm-results plot depth plain.h5 "$id" --where seed=1
expect 2 'nothing matches' bm-results plot depth plain.h5 --where seed=9
fails 2 'plot depth shows all taps' 'depth of some taps' bm-results plot depth plain.h5 --tap stem

# ---- trade-off ----

for seed in 1 2; do
    echo "diversity=none seed=$seed memorization=1 init_knn_stem=.3 knn_stem=.2 init_knn_embedding=.2 knn_embedding=.0$seed knn_output=.1"
    echo "diversity=4 seed=$seed memorization=.5 init_knn_stem=.3 knn_stem=.2 init_knn_embedding=.2 knn_embedding=.1 knn_output=.5"
    echo "diversity=inf seed=$seed memorization=.25 init_knn_stem=.3 knn_stem=.2 init_knn_embedding=.2 knn_embedding=.4"
done >lines
echo 'diversity=4 seed=3 memorization=.75 knn_stem=.2' >>lines
echo 'diversity=inf seed=3 status=crashed' >>lines
echo 'diversity=inf seed=1 label_noise=0 memorization=.9 knn_stem=.1' >>lines
"$build/tests/test_groups" off.h5 <lines || exit 1
$unicode bm-results plot tradeoff off.h5 >out 2>err
ok $? 'trade-off'
has 'trade-off: a plot for each setting' '^label_noise=0: means over n seeds; │: before training$'
has 'trade-off: of all panels' '^k +n  memorization     embedding \(knn\)  best tap \(knn\)   output \(knn\)$'
has 'trade-off: means, and a line at what was before' '^none +2  █████████ 100\.0  ▎  │ +1\.5  ███▋ │ +20\.0  █▊ +10\.0$'
has 'trade-off: over the seeds there are' '^4 +3  █████▎ +58\.3  █▊ │ +10\.0  ███▋ │ +20\.0  █████████  50\.0$'
has 'trade-off: a missing value' '^inf +2  ██▎ +25\.0  ███│.* +-$'
has 'trade-off: which tap is best' '^best tap of the encoder: none to 4 stem, inf embedding$'
has 'trade-off: what failed is named' '^bm-results: runs that are not done are left out: ' err
is "$(awk '{ print $1 }' out | grep -xE 'none|4|inf' | xargs)" 'inf none 4 inf' 'trade-off: by diversity'
is "$($unicode sed 's/[█▏▎▍▌▋▊▉│]/#/g' out | awk '{ print (length > 80) }' | sort -u)" 0 'trade-off: eighty columns'
grep -q $'\033' out
is $? 1 'trade-off: no colours in a pipe'
{ grep diversity=none lines; grep diversity=inf lines | sed '/crashed/d; p; s/$/ jitter_hue=0.1/'; } | sed '/label_noise=0/d' |
    "$build/tests/test_groups" hues.h5 || exit 1
$unicode bm-results plot tradeoff hues.h5 >out 2>err
is "$(awk '/jitter_hue/ { print $2 } /^(none|inf)/ { print $1 }' out | xargs)" 'jitter_hue=0.1: none inf jitter_hue=0.2: none inf' \
    'trade-off: none is beside each value of a setting that it does not have'
$ascii bm-results plot tradeoff off.h5 --where label_noise=1 --tap stem >out 2>err
is "$? $(LC_ALL=C grep -c '[^ -~]' out)" '0 0' 'trade-off: ascii'
has 'trade-off: of the tap that is asked for' '^k +n  memorization +stem \(knn\)$'
has 'trade-off: ascii bars' '^none +2  ########################## 100\.0  ################# +\|  20\.0$'
echo 'diversity=4 seed=1 memorization=1e300 init_knn_stem=.5 knn_stem=.1' | "$build/tests/test_groups" damaged.h5 || exit 1
$ascii bm-results plot tradeoff damaged.h5 --tap stem >out 2>err
has 'trade-off: bars end where there is no more room' '^4 +1  #{26} ?1[0-9]+\.0  ##### {20}\| +10\.0$'
# on TERMINAL VARIABLE...: what a terminal gets.
on() { env "$@" LC_ALL=C.UTF-8 script -qec "$BM_BIN/bm-results plot tradeoff off.h5" /dev/null </dev/null >out; }
if command -v script >/dev/null; then
    on TERM=xterm
    has 'trade-off: coloured on a terminal' $'\033\\[34m█.*\033\\[0m'
    is "$(sed $'s/\033\\[[0-9]*m//g' out | tr -d '\r' | grep -c '^none +2  █████████ 100\.0\|^none      2  █████████ 100\.0  ▎  │ ')" 1 'trade-off: colours take no room'
    for quiet in 'TERM=xterm NO_COLOR=1' TERM=dumb; do
        # shellcheck disable=SC2086
        on $quiet
        is "$(grep -c $'\033' out) $(grep -c '^none' out)" '0 1' "trade-off: not with $quiet"
    done
else
    skip 'trade-off: coloured on a terminal' 'script is not installed'
fi
"$build/tests/test_groups" sources.h5 <<'END' || exit 1
diversity=2 seed=1 knn_stem=.4
diversity=2 seed=1 knn_stem=.4 view_source=same_class
diversity=inf seed=1 knn_stem=.4
END
$ascii bm-results plot tradeoff sources.h5 --tap stem >out 2>err
is "$(grep -o 'view_source=[a-z_]*' out | xargs)" 'view_source=augment view_source=same_class' \
    'trade-off: what has no effect in one of the runs is told of the others'
fails 2 "--tap stm: no run has a tap 'stm'; did you mean 'stem'" 'trade-off: no such tap' bm-results plot tradeoff off.h5 --tap stm
fails 2 'of runs together, not of one' 'trade-off of one run' bm-results plot tradeoff off.h5 ffff
fails 2 'none of .* runs has that' 'trade-off: nothing matches' bm-results plot tradeoff off.h5 --where seed=9
fails 2 'taps have room in a line|6 of them have room' 'trade-off: too many taps' bm-results plot tradeoff off.h5 --tap stem,stem,stem,stem,stem,stem,stem
done_testing
