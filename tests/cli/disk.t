#!/bin/bash
# A disk that fails at any call that changes a file: what was said to be finished is not lost, one sentence says what
# happened, and the next start ends with the results of a sweep that nothing disturbed. In `make torture` every error at
# every call ($BM_EVERY: at one in so many), else a few.
. "$(dirname "$0")/tap.sh"
. "$source/tests/cli/tiny.sh"
. "$source/tests/cli/torture.sh"
[ "$BM_VARIANT" = release ] || skip_all "sanitizers refuse libraries that are loaded before theirs"
errors=(ENOSPC EIO EDQUOT short EINTR KILL)
# What may be said of them.
sentences='No space left on device|Input/output error|Disk quota exceeded|Interrupted system call'

# failing ERROR FIRST LAST COMMAND...: with a disk that fails from the FIRST to the LAST call below `disk`; which ones
# failed is in `calls`.
failing() {
    local fails=$1:$2:$3
    shift 3
    rm -f calls count
    DISK_BELOW=$work/disk DISK_COUNT=$work/count DISK_LOG=$work/calls DISK_FAILS=$fails LD_PRELOAD=$build/torture/disk.so \
        timeout -k 1 60 "$@"
}
# at CALL ERROR FIRST LAST: the same of calls that match alone.
at() {
    DISK_ONLY=$1 failing "$2" "$3" "$4" "$sweep" -j 1 --progress plain x.yaml >log 2>&1
    code=$?
}
# calls: how many there were, in a start that nothing disturbs.
calls() { od -An -tu8 count | tr -d ' '; }
from() { rm -rf disk && cp -r "$1" disk; }

# ---- bm-sweep ----

tiny whole 'seed: 1..2' 'epochs: 30' 'save_weights: final, save_examples: final, checkpoint_every: 0.002'
sed 's,whole.h5,disk/x.h5,' whole.yaml >x.yaml
"$sweep" -j 1 whole.yaml >log 2>&1
is $? 0 "a sweep on a disk that works"
# What a start finds: nothing; or a run that is done, and a journal that ends in the middle of a record.
mkdir new half
"$sweep" -j 1 --only 1 -s results=half/x.h5 x.yaml >log 2>&1
for journal in half/x.h5.d/journal*; do printf 'xxxxxxxxxxxxxxxxxxxx' >>"$journal"; done

# judge WHAT: of the start that has ended with $code, and of the next one.
judge() {
    local id now
    case $code in
    0 | 137) ;; # 137: it was killed
    74) tail -n 1 log | grep -aqE "bm-sweep: .*($sentences)" || corruption "$1: says $(tail -n 1 log)" ;;
    *) corruption "$1: exits $code: $(tail -n 1 log)" ;;
    esac
    now=$([ ! -d disk/x.h5.d ] || done_in disk/x.h5)
    for id in $(acknowledged log); do
        [[ $now = *$id* ]] || loss "$1: run $id"
    done
    "$sweep" -j 1 --progress plain x.yaml >again 2>&1 || corruption "$1: the next start: $(tail -n 1 again)"
    for id in $(acknowledged again); do
        ! acknowledged log | grep -q "$id" || duplicate "$1: run $id"
    done
    "$results" diff whole.h5 disk/x.h5 >checked 2>&1 && "$results" verify disk/x.h5 >checked 2>&1 ||
        corruption "$1: $(tail -n 1 checked)"
    left=$(find disk -name '.*.new' -o -name '*.kept*' -o -path '*/checkpoints/*')
    [ -z "$left" ] || corruption "$1: leaves $left"
    recoveries=$((recoveries + 1))
}
# try BASE ERROR FIRST LAST
try() {
    from "$1"
    failing "$2" "$3" "$4" "$sweep" -j 1 --progress plain x.yaml >log 2>&1
    code=$?
    [ -s calls ] || return # it may not fail so
    faults=$((faults + 1))
    judge "$1, $2 at call $3$([ "$3" = "$4" ] || echo ' and later'), $(head -n 1 calls | cut -d ' ' -f 2-)"
}
never=1000000000 every=${BM_EVERY:-1}
for base in new half; do
    from $base
    failing none 1 1 "$sweep" -j 1 x.yaml >log 2>&1
    n_calls=$(calls)
    [ "$n_calls" -gt 50 ]
    ok $? "$base: $n_calls calls that may fail"
    if [ -n "${BM_TORTURE-}" ]; then
        for ((at = 1 + RANDOM % every; at <= n_calls; at += every)); do
            for error in "${errors[@]}"; do try $base "$error" $at $at; done
            for error in EDQUOT EIO; do try $base $error $at $never; done
        done
    else
        for draw in {1..3}; do
            for error in "${errors[@]}"; do
                at=$((RANDOM % n_calls + 1))
                try $base "$error" $at $at
            done
            try $base EIO $((RANDOM % n_calls + 1)) $never
        done
    fi
done
row "a disk that fails under bm-sweep"

# Whether a name lasts is not known: that is said, or made good, and nobody else is blamed for what is there.
for call in 'fsync .' 'fsync x.h5.d' 'fdatasync x.h5.d/journal*'; do
    for nth in 1 2 3; do
        from new
        at "$call" EIO $nth $nth
        [ -s calls ] || break
        faults=$((faults + 1))
        judge "EIO at $call, number $nth"
        ! grep -q 'was removed or replaced\|was changed by others' log again || corruption "EIO at $call, number $nth: $(cat log)"
    done
done
row "names and records of which it is not known whether they last"
n_interrupted=0
# interrupted CALL FIRST LAST
interrupted() {
    from new
    at "$1" EINTR "$2" "$3"
    n_interrupted=$((n_interrupted + $(wc -l <calls)))
    [ $code = 0 ] && ! grep -q 'warning\|Interrupted' log || corruption "interrupted calls ($1): $(tail -n 1 log)"
}
interrupted 'fsync *' 1 1
interrupted 'fdatasync *' 1 1
for nth in 2 5 9; do interrupted '*' $nth $((nth + 3)); done
is "$corruptions $((n_interrupted > 4))" "0 1" "calls that are interrupted are made again, without a word"

# ---- bm-results ----

# each_call COMMAND...: of bm-results, at each call, with one of the errors; then the file is whole, and has all or none of it.
id=$("$results" csv --columns id whole.h5 | sed -n 2p)
rm -rf done && mkdir done && cp -r whole.h5 whole.h5.d done
mv done/whole.h5 done/x.h5 && mv done/whole.h5.d done/x.h5.d
each_call() {
    local at error before after n_calls
    from done
    failing none 1 1 "$results" "$@" >out 2>&1
    after=$("$results" csv disk/x.h5 | md5sum)
    before=$("$results" csv done/x.h5 | md5sum)
    n_calls=$(calls)
    for ((at = 1; at <= n_calls; at += 1 + RANDOM % $(long 3 "$every"))); do
        for error in $(long "${errors[RANDOM % ${#errors[@]}]}" "${errors[*]}"); do
            from done
            failing "$error" $at $at "$results" "$@" >out 2>err
            code=$?
            [ -s calls ] || continue
            faults=$((faults + 1))
            case $code in
            0 | 137) ;;
            74) tail -n 1 err | grep -qE "$sentences" || corruption "$* $error at $at: says $(cat err)" ;;
            *) corruption "$* $error at $at: exits $code: $(cat err)" ;;
            esac
            now=$("$results" csv disk/x.h5 2>&1 | md5sum)
            [ "$now" = "$after" ] || [ "$now" = "$before" ] || loss "$* $error at $at $(head -n 1 calls)"
            [ $code != 0 ] || [ "$now" = "$after" ] || loss "$* $error at $at: says nothing of it"
            "$results" verify disk/x.h5 >checked 2>&1 || [ "$code" != 0 ] || corruption "$* $error at $at: $(tail -n 1 checked)"
        done
    done
}
each_call drop disk/x.h5 "$id"
each_call rebuild snapshot disk/x.h5
each_call rebuild journal disk/x.h5
each_call weights disk/x.h5 "$id" -o disk/weights.h5
row "a disk that fails under bm-results"
done_testing
