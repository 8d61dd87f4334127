#!/bin/bash
# The sweeps that put the paper's claims to the test: each opens with its question, its cost and what to look at, can be
# planned, and has the runs and the cost that it says.
. "$(dirname "$0")/tap.sh"
unset BM_DATA BM_CACHE
"$source/tests/cli/sets.pl" data cifar10 cifar100 >log 2>&1
ok $? 'there are images'

# planned NAME RUNS [OPTION]...: the plan, and what the file says of itself.
planned() {
    local name=$1 runs=$2 file=$source/sweeps/paper/$1.yaml
    shift 2
    expect 0 "$name can be planned" "$sweep" --plan --all -s data_dir="$work/data" "$@" "$file"
    has "$name: as many runs as meant" "^$name: $runs runs: 0 done, 0 failed, $runs to do$"
    sed '/^#/!q' "$file" >head
    has "$name: opens with its question" '^# Question: .*' head
    has "$name: says what to look at" '^#   bm-results claims results/' head
}
# costs NAME: whether the file's figure is the plan's.
costs() {
    local said
    said=$(sed -n 's/^# Cost:.*: \([0-9.e]*\) GFLOP.*/\1/p' head)
    awk -v said="$said" '$1 == "cost" { ratio = $2 / said; exit !(ratio > 0.97 && ratio < 1.03) }' out
    is "$?, ${said:+said}" '0, said' "$1: the cost is the one that the file says"
}

for small in 'map-small 30' 'capacity-small 18' 'same-class-small 18'; do
    # shellcheck disable=SC2086
    planned $small
    costs "${small% *}"
done
planned map 324 -s 'dataset=[cifar10,cifar100]'
is "$(grep -c 'mixup_p=0.8 .*diversity=none' out)" 0 'map: nothing is mixed without diversity'
planned capacity 120 -s 'dataset=[cifar10,cifar100]'
planned same-class 120 -s 'dataset=[cifar10,cifar100]' -s train_size=2500
expect 65 'as many images as leave 16 others' "$sweep" --plan -s data_dir="$work/data" -s 'dataset=[cifar100]' \
    -s train_size=3000 "$source/sweeps/paper/same-class.yaml"
has 'and no more' "same_class with diversity: 16 takes 480 other images for 30 of class 'apple'" err
done_testing
