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
expect 0 'a plan with more trainers than cores' "$sweep" --plan -j 4096 -s seed=1..5000 time.yaml
has 'says so, as the start does' '^  warning: 4096 trainers with 1 thread each slow each other down on [0-9]+ cores?'
awk '/^  time/ { unit["s"] = 1; unit["min"] = 60; unit["h"] = 3600
                 exit !($3 * unit[$4] > 3 * substr($8, 2) * unit[$9] / 4096) }' out
ok $? 'and takes more than a 4096th of what one takes'
expect 0 'a plan of another network' "$sweep" --plan -j 1 -s arch=cnn time.yaml
has 'says which network is new' '^  time .* at the speed of 4 runs done here \(none of them cnn\)$'
expect 0 'a plan with other threads' "$sweep" --plan -s seed=1..8 -s threads=2 time.yaml
has 'their speed is not known' '^  time +speed unknown here'
expect 0 'a plan with other convolutions' "$sweep" --plan -s seed=1..8 -s conv=direct time.yaml
has 'their speed is not known' '^  time +speed unknown here'
if "$results" csv time.h5 | grep -q portable; then
    skip 'a plan for other instructions' 'this machine has the portable ones alone'
else
    BM_ISA=portable expect 0 'a plan for other instructions' "$sweep" --plan -s seed=1..8 time.yaml
    has 'their speed is not known, either' '^  time +speed unknown here'
fi

# ---- disk ----

# A run has parameters and two moments of each in a checkpoint, two of these, and a third while that is written.
parameters=$("$results" csv time.h5 --columns parameters | sed -n 2p)
expect 0 'a plan of two at a time' "$sweep" --plan -j 2 -s seed=1..8 time.yaml
awk -v n="$parameters" '/^  disk/ && match($0, /up to [0-9.e+-]+ MB of checkpoints; [0-9.]+ [MG]B are free$/) {
                            split(substr($0, RSTART), word, " "); is = word[3] / (2 * 3 * 3 * 4 * n / 1e6) }
                        END { exit !(is > 0.95 && is < 1.3) }' out
ok $? 'says what checkpoints take, and what is free'
expect 0 'a plan without checkpoints' "$sweep" --plan -j 2 -s seed=1..8 -s checkpoint_every=none time.yaml
! grep -q 'of checkpoints' out
ok $? 'has none'
expect 0 'a plan of too many' "$sweep" --plan -j 4096 -s seed=1..5000 -s projector_width=1048576 time.yaml
has 'says that there is not enough room' '^  warning: that is more than is free: checkpoints are put off while there is no room$'

# ---- points ----

rows() { grep -cE '^ +[0-9]+  [0-9a-f]{8}  ' out; }
tiny many 'seed: 1..25'
expect 0 'a plan of many points' "$sweep" --plan many.yaml
is "$(rows)" 20 'lists the first'
has 'and says how to see the others' '^ +… +and 5 more \(--all lists them\)$'
expect 0 'a plan of all' "$sweep" --plan --all many.yaml
is "$(rows), $(tail -n 1 out | awk '{ print $1, $4, $5, $6 }')" '25, 24 to do seed=25' 'lists all of them'
! grep -q '…' out
ok $? 'and no dots'
expect 0 'a plan of one' "$sweep" --plan --only 23 many.yaml
is "$(rows), $(tail -n 1 out | awk '{ print $1 }')" '1, 23' 'lists that one'
expect 0 'a plan for --retry' "$sweep" --plan --retry many.yaml
is "$(rows)" 20 'lists what would run'
is "$(ls)" "$(printf '%s\n' err log many.yaml out time.h5 time.h5.d time.yaml)" 'and no plan leaves anything'

# ---- warnings ----

tiny warned 'label_noise: [0.1, 0.30000000000000004]'
echo 'exclude: [{label_noise: 0.3}, {seed: 7}]' >>warned.yaml
expect 0 'a plan with an item that excludes nothing' "$sweep" --plan warned.yaml
has 'names its line' '^  warning: warned\.yaml:7:31: exclude: no point of the grid has seed: 7$'
is "$(grep -c warning out), $(head -n 1 out)" '1, warned: 1 run: 0 done, 0 failed, 1 to do' \
    'the other one excludes what is meant'
"$sweep" -j 1 warned.yaml 2>log
is "$?, $(grep -c 'bm-sweep: warning: warned\.yaml:7:31: ' log)" '0, 1' 'so does the start'
"$sweep" -j 1 warned.yaml 2>log
is "$?, $(grep -c 'bm-sweep: warning: warned\.yaml:7:31: ' log)" '0, 1' 'and a start with nothing to do'


# ---- measured otherwise ----

"$sweep" -j 2 -s probes=[] many.yaml -s seed=1..3 2>log
expect 0 'a plan with probes, of runs without' "$sweep" --plan many.yaml -s seed=1..5
ids=$(awk '/done\*/ { printf " %s", $2 }' out)
is "$(awk '/done\*/ { printf "%s ", $1 }' out)" '0 1 2 ' 'marks them'
has 'counts them, and says how to measure anew' "^  warning: 3 of the 3 runs that are done were measured with other \
settings \(probes\), and stay as they are; to measure them anew: bm-results drop $work/many.h5$ids, or another results file"
PATH=$BM_BIN:$PATH eval "$(sed -n 's/.*anew: \(bm-results drop [^,]*\), or.*/\1/p' out)" >dropped 2>log
expect 0 'a plan after that command' "$sweep" --plan many.yaml -s seed=1..5
is "$(head -n 1 out), $(grep -c 'measured with' out)" 'many: 5 runs: 0 done, 0 failed, 5 to do, 0' 'has them to do'
mkdir 'my results'
"$sweep" -j 2 -s probes=[] -s 'results=my results/m.h5' many.yaml -s seed=1..2 2>log
expect 0 'a plan of results in a folder with a blank' "$sweep" --plan -s 'results=my results/m.h5' many.yaml -s seed=1..2
has 'quotes it' "anew: bm-results drop '$work/my results/m.h5' [0-9a-f]{8} [0-9a-f]{8}, or"
mv 'my results' "my 'results'"
expect 0 'a plan of results in a folder with quotes' "$sweep" --plan -s "results=my 'results'/m.h5" many.yaml -s seed=1..2
drop=$(sed -n 's/.*anew: \(bm-results drop [^,]*\), or.*/\1/p' out)
PATH=$BM_BIN:$PATH eval "$drop" >dropped 2>log
ok $? 'a shell takes the command'
mv "my 'results'" 'my results'
"$sweep" -j 2 -s probes=[] many.yaml 2>log
expect 0 'a plan of more than can be named' "$sweep" --plan many.yaml
has 'says how to find their ids' ' stay as they are \(done\* in --plan --all\); .*: bm-results drop .*/many.h5 ID…, or'
expect 0 'its list' "$sweep" --plan --all many.yaml
is "$(grep -c ' done\*  ' out)" 25 'has them'
expect 0 'a plan as they were measured' "$sweep" --plan --all -s probes=[] many.yaml
is "$(grep -c 'done\*' out), $(grep -c measured out)" '0, 0' 'marks none'
tiny views 'seed: 1..2' 'epochs: 2, diversity: none, probes: [invariance]'
"$sweep" -j 2 views.yaml 2>log
expect 0 'a plan with other views for invariance' "$sweep" --plan views.yaml -s crop_scale_min=0.5
has 'is a plan with other measures' '^  warning: 2 of the 2 runs that are done were .*other settings \(crop_scale_min\)'
expect 0 'a plan with other views that nothing looks at' "$sweep" --plan views.yaml -s crop_scale_min=0.5 -s probes=[]
has 'has other measures for the probes alone' '^  warning: 2 of the 2 runs that are done were .*other settings \((crop_scale_min, )?probes\)'

# ---- builds ----

expect 0 'a plan beside runs of this build' "$sweep" --plan time.yaml -s seed=1..9
! grep -q 'another build' out
ok $? 'does not speak of builds'

# ---- names ----

mkdir $'a\033[2J' && cp time.yaml $'a\033[2J'
expect 0 'a plan in a folder whose name a terminal would obey' env -C $'a\033[2J' "$sweep" --plan time.yaml
has 'has it in words' '^  results .*/a[\\]x1b\[2J/time[.]h5'

done_testing
