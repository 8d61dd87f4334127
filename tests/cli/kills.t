#!/bin/bash
# Whoever is killed, and whenever: what was said to be finished stays so and is not done again, what a checkpoint has is not
# trained again, whoever looks meanwhile sees a whole file, and in the end the results are those of a sweep that nobody
# disturbed. $BM_KILLS: how many kills; $BM_SEED: at which moments.
. "$(dirname "$0")/tap.sh"
. "$source/tests/cli/torture.sh"
[ "$BM_VARIANT" = release ] || skip_all "moments are chosen for programs of the usual speed"

sweep_file() {
    cat >"$1.yaml" <<END
name: $1
results: $2
run: {threads: 1, checkpoint_every: 0.003, retries: 1000, save_weights: final}
fixed: {dataset: synthetic, train_size: 200, test_size: 60, arch: cnn, width: 4, projector_width: 64, batch_size: 20,
        probe_every: 5, epochs: 15, knn_k: 5, probes: [knn, centroid]}
grid: {diversity: [none, 3], seed: 1..3}
END
}
sweep_file whole whole.h5
sweep_file killed disk/killed.h5
"$sweep" -j 2 whole.yaml >log 2>&1
is $? 0 "a sweep that nobody disturbs"

# ---- who looks meanwhile ----

# It ends with the test; `stop` ends it before.
mkfifo clock
nap() { read -r -t "$1" <>clock; }
# What a file without its journal shows may be late, but runs that were done are still so.
look() {
    local now
    cp disk/killed.h5 alone.h5 && now=$(done_in alone.h5) || return
    comm -23 <(sort seen) <(sort <<<"$now") >>vanished
    [ -z "$now" ] || echo "$now" >seen
}
reader() {
    : >seen
    while [ ! -e stop ]; do
        nap 0.05
        [ -s disk/killed.h5 ] || continue
        look
        "$results" csv --curves --columns id,train_loss,memorization,test_accuracy,knn_embedding disk/killed.h5 2>>unreadable | tail -n +2 >>told
        echo >>looks
    done
}
# The steps of a run's checkpoints only grow. Two are kept, and a run that stops writes two at once: 99, and 100, which sorts first.
watcher() {
    local -A last seen
    local file name id step
    while [ ! -e stop ]; do
        nap 0.02
        for name in $(cd disk/killed.h5.d/checkpoints 2>/dev/null && printf '%s\n' [0-9a-f]* | sort -t. -k 2n); do
            id=${name%.*} step=${name##*.}
            [[ $step =~ ^[0-9]+$ && -z ${seen[$name]-} ]] || continue
            seen[$name]=1
            if ((step > ${last[$id]:-0})); then last[$id]=$step; else echo "$name after ${last[$id]}" >>repeated; fi
        done
    done
}

# ---- who is killed ----

# How the next start is made, and what of it is killed; ranks that mpirun leaves behind are the next start's to wait for.
launchers=("$sweep -j 2 killed.yaml" "$mpirun -n 3 $sweep killed.yaml")
victims=(job trainer rank trainer mpirun)
processes() { # VICTIM NUMBER: one of them, by a number, or all of the job
    local found=
    case $1 in
    job) pgrep -s "$session" && return ;;
    mpirun) found=$session ;;
    rank) found=$(pgrep -s "$session" -x bm-sweep) ;;
    trainer) found=$(pgrep -s "$session" -x bm-trainer) ;;
    esac
    [ -n "$found" ] && mapfile -t found <<<"$found" && echo "${found[$2 % ${#found[@]}]}"
}
# Kills until more than a trainer was killed, or all is done.
disturb() {
    local victim found
    while kill -0 "$session" 2>/dev/null; do
        nap "$((RANDOM % 2)).$(printf %03d $((RANDOM % 1000)))"
        victim=${victims[RANDOM % ${#victims[@]}]}
        found=$(processes "$victim" $RANDOM) || continue
        # shellcheck disable=SC2086
        kill -KILL $found 2>/dev/null && faults=$((faults + 1)) || continue
        [ "$victim" = trainer ] || break
    done
}
is_missing() {
    comm -23 all_finished <(done_in disk/killed.h5 | sort) >missing
    [ -s missing ]
}
# What the start has said and left.
check() {
    acknowledged "log" | sort >finished
    comm -12 finished all_finished | while read -r id; do echo "$id is finished again" >>repeated; done
    sort -u -o all_finished all_finished finished
    [ -s disk/killed.h5 ] || return
    "$results" verify disk/killed.h5 >checked 2>&1 || corruption "start $start: $(tail -n 1 checked)"
    # While ranks that mpirun left behind live, the snapshot is what is shown, and it may be late.
    is_missing && wait_for sh -c "! pgrep -s $session >/dev/null"
    ! is_missing || loss "start $start: $(xargs <missing)"
}

most=${BM_KILLS:-$(long 12 500)}
until ((faults >= most)); do
    rm -rf disk stop all_finished told && mkdir disk && : >all_finished && : >told
    touch looks repeated vanished unreadable
    reader &
    watcher &
    for ((start = 1; start < 1000; start++)); do
        # shellcheck disable=SC2086
        setsid ${launchers[RANDOM % 2]} >log 2>&1 &
        session=$!
        ((faults >= most)) || disturb
        wait $session 2>/dev/null
        code=$?
        check
        recoveries=$((recoveries + $(grep -ac 'it is tried again' log)))
        [ $code = 0 ] && break
        recoveries=$((recoveries + 1))
    done
    touch stop
    wait
    "$results" diff whole.h5 disk/killed.h5 >checked 2>&1 || corruption "$start starts: $(tail -n 3 checked)"
    "$results" csv --curves --columns id,train_loss,memorization,test_accuracy,knn_embedding disk/killed.h5 | sort >final
    sort -u told | comm -23 - final >invented
    [ ! -s invented ] || corruption "evaluations that were seen, but are none: $(head -n 3 invented)"
    [ -z "$(find disk -name '.*.new' -o -path '*/checkpoints/*')" ] || corruption "left behind: $(find disk -name '.*.new' -o -path '*/checkpoints/*')"
done
while read -r line; do duplicate "$line"; done <repeated
while read -r line; do loss "$line"; done <vanished
while read -r line; do corruption "$line"; done <unreadable
echo "# $(wc -l <looks) looks at the file meanwhile"
row "kill -9 of jobs, ranks, trainers"

# Other programs see the snapshot alone: it has at once what the sweep before did not get to write.
"$sweep" --only 0 -s results=late.h5 whole.yaml >log 2>&1
cp late.h5 early.h5 && cp late.h5.d/snapshot.sum early.sum
"$sweep" --only 1 -s results=late.h5 whole.yaml >log 2>&1
mv early.h5 late.h5 && mv early.sum late.h5.d/snapshot.sum
is "$(done_in late.h5 | wc -l)" 2 "a snapshot that is behind: the journal tells"
rm -f log
"$sweep" -j 1 -s results=late.h5 whole.yaml 2>log &
job=$!
wait_for grep -q ' thread each' log
cp late.h5 alone.h5
[ "$(done_in alone.h5 | wc -l)" -ge 2 ]
ok $? "and so does the snapshot when the next sweep has begun"
kill -TERM $job
wait $job
done_testing
