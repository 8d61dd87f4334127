#!/bin/bash
# A start or a plan that is refused says why in one sentence and leaves nothing behind, whatever the reason is.
. "$(dirname "$0")/tap.sh"
. "$source/tests/cli/tiny.sh"
mpi() { ASAN_OPTIONS=detect_leaks=0 $mpirun "$@"; } # MPI's own leaks
unset BM_DATA
there() { # all names, and what is in files; a lock says who came last
    find . ! -path ./err ! -path ./out ! -path ./log | sort
    find . -type f ! -path './images/*' ! -path ./err ! -path ./out ! -path ./log ! -name lock -exec md5sum {} + | sort
}
# refused CODE PATTERN NAME COMMAND...: in one sentence, and all that is there is as it was.
refused() {
    local code=$1 pattern=$2 name=$3 before
    shift 3
    touch out err log
    before=$(there)
    "$@" >out 2>err
    is "$?, $(wc -l <err), $(grep -cE "^bm-sweep: .*$pattern" err)" "$code, 1, 1" "$name: a sentence"
    is "$(there)" "$before" "$name: nothing is made or changed"
}
# The same under mpirun, whose own words may be beside it.
refused_by_ranks() {
    local code=$1 pattern=$2 name="$3, under mpirun" before
    shift 3
    touch out err log
    before=$(there)
    mpi -n 2 "$@" >log 2>&1
    is "$?, $(grep -c '^bm-sweep: ' log), $(grep -cE "^bm-sweep: .*$pattern" log)" "$code, 1, 1" "$name: a sentence"
    is "$(there)" "$before" "$name: nothing is made or changed"
}

# ---- the CPU ----

tiny new
refused 65 'precision: bf16 needs a CPU with AVX512-BF16, and trainers here run on portable; valid: fp32' \
    'no dot products of bfloat16' env BM_ISA=portable "$sweep" -j 1 -s precision=bf16 new.yaml
refused 65 'conv: direct would change what precision: bf16 rounds; valid: auto' 'another path of the convolutions' \
    "$sweep" -j 1 -s precision=bf16 -s conv=direct new.yaml
BM_ISA=portable expect 0 'a plan without them' "$sweep" --plan -s precision=bf16 new.yaml
has 'which says so' 'warning: precision: bf16 needs a CPU with AVX512-BF16'
BM_ISA=portable "$sweep" -j 1 -s 'precision=[fp32,bf16]' -s results=mixed.h5 new.yaml 2>err
is "$? $(grep -c 'no trainer is left that has AVX512-BF16, which precision: bf16 needs; 2 runs are left to do' err)" '74 1' \
    'bfloat16 beside float without them: says what is left'
is "$("$results" csv --columns precision,status mixed.h5 | sort | xargs)" 'fp32,done fp32,done precision,status' \
    'what could be done is, and what could not has not failed'

# ---- data ----

sed 's|synthetic|cifar10|; s|threads: 1|threads: 1, data_dir: images|; s|new.h5|a/b/new.h5|' new.yaml >real.yaml
for how in '-j 1' --plan '--only 1' --retry '--plan --only 1'; do
    # shellcheck disable=SC2086
    refused 65 "cannot open 'images/cifar-10-batches-bin/data_batch_1.bin'" "no data: $how" "$sweep" $how real.yaml
done
has "the plan itself is there" '^new: 2 runs: 0 done, 0 failed, 2 to do; asked for'
refused_by_ranks 65 "cannot open 'images/" "no data" "$sweep" real.yaml
mkdir -p images/cifar-10-batches-bin
for file in data_batch_{1..5} test_batch; do
    perl -e 'print chr($_ % 10), "\0" x 3072 for 0 .. 9999' >images/cifar-10-batches-bin/$file.bin
done
batch=images/cifar-10-batches-bin/data_batch_5.bin
printf '\013' | dd of=$batch bs=1 seek=3073 conv=notrunc 2>/dev/null
for how in '-j 1' --plan; do
    # shellcheck disable=SC2086
    refused 65 "data_batch_5.bin.* 11" "a label of 11: $how" "$sweep" $how real.yaml
done
perl -e 'print chr($_ % 10 || 1), "\0" x 3072 for 0 .. 9999' >$batch
expect 0 "a plan of few images of class 0" "$sweep" --plan -s train_size=40000 real.yaml
for how in '-j 1' --plan; do
    # shellcheck disable=SC2086
    refused 65 "cifar10: train_size: 40010 needs 4001 images of class 'airplane', and the data has only 4000" "too few of class 0: $how" \
        "$sweep" $how -s 'train_size=[60,40010,20,all]' real.yaml
done
refused 65 "cifar10: train_size: 8002 needs 4001 images of class 'airplane', and the data has only 4000" \
    'too few of class 0 in the second choice of classes' "$sweep" -j 1 -s train_size=8002 -s 'classes=[[cat,dog],2]' real.yaml
refused 65 "classes: 11 is more than cifar10's 10 classes" 'too many classes' \
    "$sweep" --plan -s classes=11 real.yaml
for how in '-j 1' --plan; do
    # shellcheck disable=SC2086
    refused 65 "view_source: same_class with diversity: 4 takes 8000 other images for 2000 of class 'airplane', and train_size leaves 3000" \
        "too few other images: $how" "$sweep" $how -s view_source=same_class -s 'diversity=[1,4]' -s train_size=20000 real.yaml
    refused 65 "cifar10: view_source: same_class with diversity: 1 takes 2500 other images for 2500 of class 'airplane', and train_size leaves 1500" \
        "too few of class 0: $how" "$sweep" $how -s view_source=same_class -s diversity=1 -s 'train_size=[25000,20]' real.yaml
done
truncate -s -1 $batch
refused 65 'data_batch_5.bin.*30729999 bytes' "a short file" "$sweep" --plan real.yaml
perl -e 'print chr($_ % 10), "\0" x 3072 for 0 .. 9999' >$batch
expect 0 "a plan with data" "$sweep" --plan real.yaml
has "says that they are whole" "^  data      cifar10 in $work/images, whole$"
has "and that they are others" '^  warning: cifar10: not the published files: data_batch_1.bin, .* \(bm-data check cifar10 says more\)$'
[ ! -e a ]
ok $? "and leaves no folder"
"$sweep" -j 1 real.yaml 2>log
is "$?, $(grep -c 'warning: cifar10: not the published' log), $(ls a/b)" "0, 1, new.h5
new.h5.d" "a start with data"
printf '\001' | dd of=$batch bs=1 seek=4000 conv=notrunc 2>/dev/null
for how in --plan -j1; do
    refused 65 'is not the one of the runs that are there' "others than those of the runs: $how" "$sweep" $how -s seed=1..3 real.yaml
done
expect 0 "a plan of what is done needs no data" "$sweep" --plan -s data_dir=nowhere real.yaml
! grep -q '^  data' out
ok $? "and does not speak of them"
rm -r a/b/new.h5.d
refused 65 'is not the one of the runs that are there' "the same from the snapshot alone" "$sweep" -s seed=1..3 real.yaml
chmod a-w a/b/new.h5
refused 74 'new.h5 is read-only' "a snapshot that was meant to stay" "$sweep" real.yaml

# ---- what is asked for ----

for how in '--only 7' '--only zz' '--plan --only 2'; do
    # shellcheck disable=SC2086
    refused 2 "the sweep has no run '" "no such run: $how" "$sweep" $how new.yaml
done
refused 2 "the sweep has no run 'zz'" "no such run in a task" env SLURM_STEP_NUM_TASKS=2 SLURM_PROCID=1 "$sweep" --only zz new.yaml
refused 2 'noon: expected \+HH:MM' "a deadline that is none" "$sweep" --deadline noon new.yaml
refused 2 '2001-01-01T00:00: that is past' "a deadline that is past" "$sweep" --deadline 2001-01-01T00:00 new.yaml
refused 2 '--deadline is for what runs' "a deadline of a plan" "$sweep" --plan --deadline +01:00 new.yaml
refused 2 '--all is for --plan' "--all without --plan" "$sweep" --all new.yaml
sed 's/knn_k: 5/knn_k: [5, 1, 100]/' new.yaml >many.yaml
refused 65 'many.yaml:5:32: the point seed=1: knn_k: 100 neighbours are more than the 60 images' "too many neighbours" \
    "$sweep" --plan many.yaml
refused 65 'warmup_epochs: 2 is not less than epochs: 2' "warm-up as long as training" "$sweep" -s warmup_epochs=2 new.yaml
refused 65 'exclude: leaves 0 of 2 points' "no points left" "$sweep" -s data_seed=3 <(cat new.yaml && echo 'exclude: [{data_seed: 3}]')
refused 65 "'$work/new.yaml' is the sweep file itself" "the sweep file as results" "$sweep" -s "results=$work/new.yaml" new.yaml
refused_by_ranks 2 '-j is for runs without mpirun' "-j" "$sweep" -j 2 new.yaml

# ---- where it would run ----

refused 65 'a trainer takes .* GB, but there are' "no room in memory" \
    "$sweep" -s arch=cnn -s width=4096 -s projector_width=1048576 new.yaml
refused 2 'one of 2 tasks' "a task of several without MPI" env SLURM_STEP_NUM_TASKS=2 SLURM_PROCID=0 "$sweep" new.yaml
# shellcheck disable=SC2086
refused 2 'does not see the others' "a launcher of another MPI" env ASAN_OPTIONS=detect_leaks=0 $foreign_launcher "$sweep" new.yaml
refused 2 'BM_ISA' "instructions that are none" env BM_ISA=abacus "$sweep" new.yaml

# ---- files ----

mkdir closed
echo "dear diary" >closed/x.h5.d
refused 74 'closed/x.h5.d is not a folder' "a file where the folder would be" "$sweep" -s results=closed/x.h5 new.yaml
echo "dear diary" >diary.h5
refused 65 "'diary.h5' is not a results file" "a text under that name" "$sweep" -s results=diary.h5 new.yaml
refused 65 'NOT_SET is not set' "a variable that is not set" "$sweep" -s 'results=$NOT_SET/x.h5' new.yaml
refused 65 'a[\]x1b\[2J.yaml' "a name that a terminal would obey, in words" "$sweep" $'a\033[2J.yaml'
refused 65 'a[\]x1b\[2J.yaml' "the same of a plan" "$sweep" --plan $'a\033[2J.yaml'
"$sweep" -j 1 -s results=held.h5 -s epochs=1000000 -s probe_every=1000000 new.yaml 2>holder &
holder=$!
# It has one evaluation to tell before its end, which the snapshot alone shows: then there is nothing to write.
is_told() { cp held.h5 alone.h5 && [ "$("$results" csv --curves --columns id alone.h5 | wc -l)" = 2 ]; }
wait_for is_told
before=$(find held.h5* -printf '%p %i\n' | sort)
sed 's/^name: new/name: other/' new.yaml >other.yaml
for how in "other.yaml" "--reprobe new.yaml"; do
    # shellcheck disable=SC2086
    "$sweep" -j 1 -s results=held.h5 $how >out 2>log
    is "$?, $(tail -n 1 log | grep -c "pid $holder")" "74, 1" "results that a job has that runs: $how"
done
is "$(find held.h5* -printf '%p %i\n' | sort)" "$before" "and nothing is made or replaced"
kill -TERM $holder
wait $holder
done_testing
