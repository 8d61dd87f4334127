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
is "$(grep -c ': mean of' out)" 3 'a plot for each setting'

expect 2 'plot nothing' bm-results plot plain.h5
expect 2 'plot something else' bm-results plot width plain.h5
has 'what there is' "'width' is nothing to plot; there is: depth\$" err
expect 2 'no such run' bm-results plot depth plain.h5 ffff
expect 2 'an id and a choice' bm-results plot depth plain.h5 "$id" --where seed=1
expect 2 'nothing matches' bm-results plot depth plain.h5 --where seed=9
done_testing
