#!/bin/bash
# Every member of every open set, and every word of the other settings, is in a run that comes to its end; members are
# compared with a reference. The program is asked what they are: a new one that has no test fails here.
. "$(dirname "$0")/tap.sh"
unset BM_DATA BM_CACHE
cd "$source/tests" && tests=$PWD && cd "$work" || exit 1

described=$work/described
"$sweep" --describe >"$described"
sets=$(sed -n 's/^## Values of `\(.*\)`$/\1/p' "$described")
is "${sets//$'\n'/ }" 'dataset augment arch loss optimizer probes' 'the open sets are those that are tested here'
# members SET: their words.
members() {
    awk -v set="## Values of \`$1\`" '/^## / { on = $0 == set } on && /^\| `/ { gsub("`", ""); print $2 }' "$described"
}
# choices SECTION: "SETTING WORD" for each word of the settings there that take one of several, open sets left out.
choices() {
    awk -F ' [|] ' -v section="## $1" '/^## / { on = index($0, section) == 1 }
        on && $2 ~ /^one of / {
            gsub("[|` ]", "", $1)
            n = split(substr($2, 8), words, ", ")
            for (i = 1; i <= n; i++) print $1, words[i]
        }' "$described" | grep -vwF "$sets"
}
# needs SETTING: what else it takes for its words to have an effect.
needs() {
    case $1 in
    coarse) echo ', dataset: cifar100' ;;
    stem) echo ', arch: resnet18' ;;
    bottleneck_stride) echo ', arch: resnet50' ;;
    mixup_labels) echo ', mixup_p: 0.5' ;;
    norm) echo ', norm_group_channels: 2' ;;
    lars_exclude_1d) echo ', optimizer: lars' ;;
    esac
}
# point SETTING WORD: an item of include:, small where it does not say otherwise.
point() {
    local point
    point="$1: $2$(needs "$1")"
    [[ $point = *dataset:* ]] || point+=', dataset: synthetic'
    [[ $point = *arch:* ]] || point+=', arch: cnn'
    echo "  - {$point}"
}
listed() { paste -s -d , | sed 's/,/, /g'; }

# ---- all are run ----

for set in $sets; do
    [ "$set" = probes ] || members "$set" | sed "s/^/$set /"
done >asked
choices 'What is computed' >>asked
members dataset | grep -v '^synthetic$' | xargs "$tests/cli/sets.pl" data >log 2>&1
ok $? 'there is a small copy of each data set'
{
    cat <<END
name: members
results: members.h5
run: {data_dir: data, cache_dir: cache}
fixed: {train_size: 20, test_size: 20, width: 2, projector_width: 8, batch_size: 10,
        epochs: 1, diversity: 2, knn_k: 3, noisy_queries: 20, probes: [$(members probes | listed)]}
grid: {dataset: [cifar10, synthetic], arch: [$(members arch | listed)]}
include:
END
    while read -r setting word; do
        point "$setting" "$word"
    done <asked
} >members.yaml
"$sweep" members.yaml >log 2>&1
is $? 0 'a sweep over all of them comes to its end'

# Fields of the table without commas in them, and the runs that are done with all of SETTING=WORD...
"$results" csv members.h5 | sed 's/"[^"]*"/listed/g' >table
runs() {
    awk -F , -v asked="$*" 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; n = split(asked, pairs, "[ =]") }
        { agrees = $at["status"] == "done"
          for (i = 1; i < n; i += 2) agrees = agrees && $at[pairs[i]] == pairs[i + 1]
          count += agrees }
        END { print count + 0 }' table
}
while read -r setting word; do
    [ "$(runs "$setting=$word")" -gt 0 ] || echo "$setting: $word"
done <asked >missing
is "$(cat missing)" '' "each of $(wc -l <asked) words has a run that is done"
for arch in $(members arch); do
    [ "$(runs "arch=$arch" dataset=cifar10) $(runs "arch=$arch" dataset=synthetic)" != '0 0' ] || echo "$arch"
done >missing
is "$(cat missing)" '' 'every architecture has one on files and one on generated images'
for probe in $(members probes | grep -vx cka); do
    awk -F , -v probe="$probe" 'NR == 1 { for (i = 1; i <= NF; i++) if (index($i, probe "_") == 1) at[i] }
        { for (i in at) found += NR > 1 && $i != "" }
        END { exit found == 0 }' table || echo "$probe"
done >missing
is "$(cat missing)" '' 'every probe has found something'
"$results" pairs members.h5 "$(sed -n 2p table | cut -c 1-8)" >out 2>&1 && grep -q '[0-9]\.[0-9]' out
ok $? 'also that of pairs'

sed '/^grid/,$d' members.yaml >one.yaml
{ choices 'What is measured' && choices 'How it is run'; } >ways
while read -r setting word; do
    "$sweep" -s results=one.h5 -s dataset=folder -s arch=cnn -s "$setting=$word" one.yaml >log 2>&1 ||
        echo "$setting: $word: $(tail -n 1 log)"
    rm -rf one.h5 one.h5.d
done <ways >missing
is "$(cat missing)" '' "a run comes to its end with each of $(wc -l <ways) words of how it is measured and run"

# ---- all are compared with a reference ----

cd "$tests" || exit 1
for arch in $(members arch); do grep -q "^case [^ ]* $arch " golden/networks.txt || echo "$arch"; done >"$work/missing"
for loss in $(members loss); do grep -q "^$loss " golden/losses.txt || echo "$loss"; done >>"$work/missing"
for optimizer in $(members optimizer); do
    grep -q "^$optimizer " golden/optimizers.txt && grep -q "^$optimizer " golden/rates.txt || echo "$optimizer"
done >>"$work/missing"
for probe in $(members probes | grep -vx rewind); do # that one is test_rewind's
    grep -q "^[^ ]* $probe " golden/probes.txt || echo "$probe"
done >>"$work/missing"
for dataset in $(members dataset); do grep -q "\"$dataset\"" unit/*.c || echo "$dataset"; done >>"$work/missing"
for step in "$source"/src/augment/step/*.c; do
    step=$(basename "$step" .c)
    grep -qi "\b$step" reference/augment*.py || echo "$step"
done >>"$work/missing"
is "$(cat "$work/missing")" '' 'every member and every step of an augmentation is in a golden file or a test of its own'
for schedule in $(grep -o 'BM_SCHEDULE_[A-Z]*' "$source/include/bm/nn.h" | sort -u); do
    grep -q "$schedule" "$source"/src/nn/optimizer/*.c || echo "$schedule"
done >"$work/missing"
is "$(cat "$work/missing")" '' 'every schedule is that of an optimizer'
cd "$work" || exit 1
done_testing
