#!/bin/bash
# The results store: runs are taken away, or are not the sweep's any more; limits, full disks and closed folders. Nothing
# that is recorded is lost, nothing is half-written, and what cannot be read is not taken for what is not there.
. "$(dirname "$0")/tap.sh"
. "$source/tests/cli/tiny.sh"
finished() { "$results" "${1:-x.h5}" 2>/dev/null | grep -c ' done '; }
# limited KIB COMMAND...: with a limit to what it may write into a file.
limited() { (ulimit -f "$1" && shift && "$@"); }
# as_other COMMAND...: as somebody whom permissions bind.
as_other() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; else "$@"; fi; }
state_of() { cat "$1" "$1".d/journal.0 "$1".d/snapshot.sum 2>/dev/null | md5sum; }
column() { awk -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i } NR > 1 { print $c }'; }

# What a test that is ended leaves behind.
also=
trap 'umount "$work/disk" 2>/dev/null; case $also in /dev/shm/*) rm -rf "$also" ;; esac; tap_end' EXIT

# ---- runs that are dropped ----

"$build/tests/test_snapshot" d.h5 plain || exit 1 # 5 runs that are done, and one that crashed
mkdir d.h5.d/weights
for id in $("$results" csv d.h5 | cut -d, -f1 | tail -n +2); do
    echo weights >"d.h5.d/weights/$id.h5"
done
"$results" drop d.h5 --state interrupted >out 2>&1 # now the journal says which program writes there
before=$(state_of d.h5)
done_ids=$("$results" d.h5 | awk '/ done / { print $1 }')
first=${done_ids%%$'\n'*}
for case in "ffff;no run's id begins with 'ffff'" ";an empty text is no run's id" "$first ffff;no run's id begins with 'ffff'" \
    "--state running;'running' is not a state of runs; valid: failed, interrupted, done," "--state fail;is not a state of" \
    "--state;--state needs a state" "--stat failed;'--stat' is not an option of drop" "$first --state failed;usage: bm-results drop" \
    "--state failed --state done;usage: bm-results drop"; do
    read -r -a words <<<"${case%%;*}"
    [ -n "${case%%;*}" ] || words=('')
    fails 2 "^bm-results: .*${case#*;}" "drop '${case%%;*}'" "$results" drop d.h5 "${words[@]}"
done
fails 2 "usage: bm-results drop FILE ID" "drop without ids" "$results" drop d.h5
fails 74 "cannot open nothing.h5" "drop from no file" "$results" drop nothing.h5 aa
is "$(ls -d nothing* 2>/dev/null)" "" "and nothing is made there"
expect 0 "drop in a state that no run has" "$results" drop d.h5 --state interrupted
has "that is said" "^d.h5: no run is interrupted: nothing was dropped$"
is "$(state_of d.h5)" "$before" "none of these changed anything"

expect 0 "drop --state failed" "$results" drop d.h5 --state failed
is "$(tail -n 1 out) $(head -n 2 out | column dropped | xargs)" "d.h5: 1 run dropped, 5 left crashed" "what was dropped is told"
is "$("$results" d.h5 | column status | xargs)" "done done done done done" "the others are there"
is "$(ls d.h5.d/weights | wc -l)" 5 "with their weights"
expect 0 "the snapshot is written anew" "$results" verify d.h5
has "and shows the same" "^snapshot: 5 runs \(5 finished\)"
expect 0 "drop by id, also twice" "$results" drop d.h5 "$first" "${first:0:5}"
is "$(tail -n 1 out)" "d.h5: 1 run dropped, 4 left" "once is enough"
is "$(ls d.h5.d/weights | wc -l) $(ls d.h5.d/weights | grep -c "$first")" "4 0" "its weights are gone"
fails 2 "no run's id begins with" "drop it again" "$results" drop d.h5 "$first"
mv d.h5.d kept.d && "$results" drop d.h5 --state=done >out 2>err
is "$? $(finished d.h5) $(ls kept.d/weights | wc -l)" "0 0 4" "drop from a snapshot without a journal"

tiny a 'seed: 1..3' 'epochs: 1' 'save_weights: final'
"$sweep" -j 1 a.yaml >log 2>&1
"$results" drop a.h5 "$("$results" a.h5 | column id | head -n 1)" >out 2>&1
"$sweep" --plan a.yaml >out 2>&1
has "what was dropped is to do" '3 runs: 2 done, 0 failed, 1 to do$'
"$sweep" -j 1 a.yaml >log 2>&1
is "$? $(finished a.h5) $(ls a.h5.d/weights | wc -l)" "0 3 3" "and runs again"

tiny i 'seed: 1..2' 'epochs: 1000000'
rm -f log
"$sweep" -j 1 i.yaml >log 2>&1 &
job=$!
wait_for grep -q ' thread each' log && wait_for test -s i.h5.d/journal.0 && wait_for sh -c "$results i.h5 | grep -q running"
is "$("$results" i.h5 | column status)" running "a run that runs is running"
before=$(md5sum <i.h5.d/lock)
fails 74 "^bm-results: i.h5 is in use by .* pid $job " "drop while a sweep lives" "$results" drop i.h5 --state interrupted
fails 74 "^bm-results: i.h5 is in use by" "drop of a run that runs" "$results" drop i.h5 "$("$results" i.h5 | column id)"
is "$(md5sum <i.h5.d/lock) $("$results" i.h5 | column status)" "$before running" "nothing changed"
{ kill -KILL $job && wait $job; } 2>/dev/null
wait_for sh -c "! pgrep -P $job" # its trainer
is "$("$results" i.h5 | column status) $("$results" csv i.h5 | grep -c ,interrupted,) $("$results" json i.h5 | grep -c '"status": "interrupted"')" \
    "interrupted 1 1" "when the sweep was killed, it is interrupted"
expect 0 "drop --state interrupted" "$results" drop i.h5 --state interrupted
is "$(tail -n 1 out) $("$results" i.h5 | wc -l)" "i.h5: 1 run dropped, 0 left 1" "it is gone"

# A library that sends a signal at the Nth call that writes.
tiny k 'seed: 1..8' 'epochs: 1'
"$sweep" -j 2 k.yaml >log 2>&1
cp -r k.h5 k.h5.d "$tap"
ids=$("$results" k.h5 | column id | head -n 5)
if [ "$BM_VARIANT" != release ]; then
    skip "drop that is ended at any time" "sanitizers refuse libraries that are loaded before theirs"
elif cat >at.c <<'END' && ${CC:-cc} -shared -fPIC -o at.so at.c -ldl 2>err; then
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static void count(void)
{
    static int n;
    if (++n == atoi(getenv("AT")))
        raise(atoi(getenv("NUMBER")));
}
#define BEFORE(type, name, parameters, arguments) \
    type name parameters                          \
    {                                             \
        count();                                  \
        type(*real) parameters = dlsym(RTLD_NEXT, #name); \
        return real arguments;                    \
    }
BEFORE(ssize_t, pwrite, (int file, const void *data, size_t size, off_t at), (file, data, size, at))
BEFORE(int, fdatasync, (int file), (file))
BEFORE(int, fsync, (int file), (file))
BEFORE(int, rename, (const char *from, const char *to), (from, to))
END
    # dropped AT NUMBER: how many are left, in `left`; what there is, is whole. True when the program was ended.
    dropped() {
        rm -rf k.h5* && cp -r "$tap"/k.h5* .
        # shellcheck disable=SC2086
        { AT=$1 NUMBER=$2 LD_PRELOAD=./at.so "$results" drop k.h5 $ids >log 2>&1; } 2>/dev/null
        local status=$?
        left=$(printf '%s\n%s' "$left" "$(finished k.h5)" | uniq)
        "$results" verify k.h5 >out 2>&1 && whole=$((whole + 1))
        [ $status = $((128 + $2)) ]
    }
    left='' whole=0 calls=1
    while dropped $calls 9; do
        calls=$((calls + 1))
    done
    [ $calls -gt 20 ] && [ $whole = $calls ]
    ok $? "drop that is killed at any of $calls times: what there is, is whole"
    is "$(xargs <<<"$left")" "8 7 6 5 4 3" "and not more is gone than was asked for"
    left='' whole=0
    for ((at = 1; at <= calls; at++)); do
        dropped $at 15
    done
    is "$whole $(xargs <<<"$left")" "$calls 8 3" "drop that is terminated at any of $calls times: whole, and all are dropped or none"
else
    skip "drop that is ended at any time" "no compiler: $(head -n 1 err)"
fi
size=$(stat -c %s "$tap/k.h5.d/journal.0")
rm -rf k.h5* && cp -r "$tap"/k.h5* .
before=$(state_of k.h5)
# shellcheck disable=SC2086
limited $((size / 1024 + 1)) env true && limited $((size / 1024)) "$results" drop k.h5 $ids >out 2>err
is "$? $(grep -c 'journal.0: File too large.*(nothing was dropped)' err)" "74 1" "drop where the journal cannot be written"
is "$(state_of k.h5) $(wc -c <out)" "$before 0" "changed nothing"
# shellcheck disable=SC2086
limited 40 "$results" drop k.h5 $ids >out 2>err
is "$? $(grep -c 'k.h5: File too large.*(the runs are dropped all the same' err) $(finished k.h5)" "74 1 3" \
    "drop where the snapshot cannot be written: that is said, and shown"
"$sweep" -s seed=1..3 k.yaml >log 2>&1
expect 0 "and the next start writes it" "$results" verify k.h5
has "as it is" "^snapshot: [0-9]+ runs.*"


# What is printed does not get into a file that is opened.
for closed in '<&- >&- 2>&-' '<&- 2>&-' '2>&-' '>&-'; do
    rm -rf k.h5* && cp -r "$tap"/k.h5* . && truncate -s 3000 k.h5.d/journal.0
    eval "\"\$results\" drop k.h5 $(xargs <<<"$ids") $closed" >out
    is "$(finished k.h5) $(grep -c pid k.h5.d/lock) $(wc -l <k.h5.d/lock)" "3 1 1" "drop with closed standard files: $closed"
done
expect 0 "the journal got only what belongs there" "$results" verify k.h5
expect 74 "a table for nobody" sh -c "COLUMNS=200 '$results' k.h5 >&-"

# ---- one part from the other ----

more_of() { "$results" verify r.h5 2>/dev/null | grep -E 'has more|the same'; }
again() { rm -rf r.h5* && cp "$tap/k.h5" r.h5 && cp -r "$tap/k.h5.d" r.h5.d; }
again
runs=$(finished r.h5)
is "$(more_of)" "both have the same runs and evaluations" "verify: neither has more"
rm r.h5
expect 0 "rebuild snapshot" "$results" rebuild snapshot r.h5
has "tells what it has" "^r.h5: the snapshot is made from the journal: .* runs \($runs finished\)$"
is "$(more_of) $(ls r.h5*.kept* 2>&1 | grep -c kept-1)" "both have the same runs and evaluations 0" "both are the same"
rm r.h5.d/journal.0
expect 0 "rebuild journal" "$results" rebuild journal r.h5
mv r.h5 gone.h5
is "$("$results" diff "$tap/k.h5" r.h5 >out 2>&1; echo "$?") $(finished r.h5)" "0 $runs" "that one makes the same again"
again
printf 'XXXX' | dd of=r.h5.d/journal.0 bs=1 seek=$(($(stat -c %s r.h5.d/journal.0) / 2)) conv=notrunc 2>/dev/null
cp r.h5.d/journal.0 damaged
rm r.h5
fails 74 "damaged at byte" "a damaged journal, and no snapshot" "$sweep" -s results=r.h5 k.yaml
"$results" rebuild snapshot r.h5 >out 2>err
is "$?" 0 "rebuild snapshot from it"
some=$(finished r.h5)
[ "$some" -gt 0 ] && [ "$some" -lt "$runs" ] && grep -q 'is damaged at byte .*: what is before it is taken' err && cmp damaged r.h5.d/journal.0
ok $? "takes what is before the damage ($some of $runs), and leaves the journal"
"$results" rebuild journal r.h5 >out 2>err
is "$? $(grep -c 'the old journal is kept as r.h5.d/journal.0.kept-1' err)" "0 1" "then rebuild journal"
cmp damaged r.h5.d/journal.0.kept-1 && "$results" verify r.h5 >out 2>&1 && [ "$(finished r.h5)" = "$some" ]
ok $? "bm-sweep can go on, and the damaged one is kept"
again
"$results" drop r.h5 "$("$results" r.h5 | column id | head -n 1)" >out 2>&1 # the journal's last word
cp r.h5.d/journal.0 now && cp "$tap/k.h5" r.h5
is "$(more_of | grep -c '^the snapshot has more: 1 finished run and [0-9]* evaluations* that the journal lacks$')" 1 "verify: the snapshot has more"
"$results" rebuild snapshot r.h5 >out 2>err
is "$? $(finished r.h5) $(finished r.h5.kept-1) $(grep -c 'warning: the old snapshot alone has 1 finished run' err)" "0 $((runs - 1)) $runs 1" "rebuild snapshot all the same keeps the old one, and says so"
for case in "both;what is to be made, journal or snapshot?" "journal;usage: bm-results rebuild PART FILE"; do
    fails 2 "${case#*;}" "rebuild ${case%%;*}" "$results" rebuild "${case%%;*}" $([ "${case%%;*}" = both ] && echo r.h5)
done
fails 74 "neither nothing.h5 nor its journal" "rebuild nothing" "$results" rebuild journal nothing.h5
is "$(ls -d nothing* 2>/dev/null)" "" "and nothing is made there"

# ---- runs that the sweep does not have ----

tiny s 'seed: 1..3'
"$sweep" s.yaml >log 2>&1
! grep -q 'does not have' log && ! "$results" s.h5 | grep -q 'in sweep'
ok $? "all runs are the sweep's: not a word"
sed -i 's/1\.\.3/3..4/' s.yaml
"$sweep" --plan s.yaml >out 2>&1
has "--plan counts the others" '^s: 2 runs: 1 done, 0 failed, 1 to do, and 2 runs that this sweep does not have$'
is "$(sed -n '/not in this sweep/,$p' out | awk 'NR > 1 { print $4, $5 }' | xargs)" "done seed=1 done seed=2" "and lists them"
"$sweep" --only 0 s.yaml 2>log
is "$(head -n 1 log | grep -c '1 to do, and 2 runs that this sweep does not have; asked for') $(tail -n 1 log | sed 's/.*left; //')" \
    "1 beside them 2 runs that this sweep does not have: what was asked for is done (exit code 0)" "so does --only"
"$sweep" s.yaml 2>log
is "$(head -n 1 log | sed 's/.*to do//') $(tail -n 1 log | sed 's/.*; //')" ", and 2 runs that this sweep does not have \
beside them 2 runs that this sweep does not have: all runs are done (exit code 0)" "the first line, and the last"
is "$("$results" s.h5 | sed 's/in sweep/in/' | column in | xargs)" "no no yes yes" "bm-results shows which"
is "$("$results" csv --columns seed,in_sweep --sort seed s.h5 | xargs)" "seed,in_sweep 1,no 2,no 3,yes 4,yes" "so does csv"
is "$("$results" json --where in_sweep=no --columns seed s.h5 | tr -d '\n')" '[{"seed": 1}, {"seed": 2}]' "it is a condition"
fails 2 "in_sweep: 'n' is unknown; did you mean 'no'" "of two words" "$results" csv --where in_sweep=n s.h5
fails 2 'in_sweep is no setting' "no baseline" "$results" csv --group-by diversity --against in_sweep=no s.h5
"$sweep" s.yaml >log 2>&1
is "$? $("$results" s.h5 | grep -c ' no ')" "0 2" "also where nothing is to run"
"$results" drop s.h5 "$("$results" s.h5 | awk '$4 == "no" { print $1; exit }')" >out 2>&1
"$sweep" s.yaml 2>log
has "one is dropped, one is left" ' 0 to do, and 1 run that this sweep does not have$' log
cp s.h5 gone.h5 && cp -r s.h5.d gone.h5.d && "$results" drop gone.h5 "$("$results" gone.h5 | awk '$4 == "no" { print $1 }')" >out 2>&1
! "$results" gone.h5 | grep -q 'in sweep'
ok $? "both are dropped: no column that says yes of all"
sed -i 's/3\.\.4/2..4/' s.yaml
"$sweep" s.yaml 2>log
! grep -q 'does not have' log && ! "$results" s.h5 | grep -q 'in sweep'
ok $? "the sweep has it again: not a word"

# ---- file size limits ----

too_large='bm-[a-z]*: .*: File too large'
tiny x 'seed: 1..6' 'epochs: 1' 'save_weights: none'
sed -i 's/ width: 8/ width: 64/' x.yaml # weights are larger than all results
rm -rf x.h5*
for limit in 4:journal.0 40:x.h5 400:weights/; do
    sed -i "s/save_weights: [a-z]*/save_weights: $([ "${limit#*:}" = weights/ ] && echo final || echo none)/" x.yaml
    rm -rf x.h5*
    limited "${limit%:*}" "$sweep" -j 1 --progress none x.yaml >log 2>&1
    is "$? $(tail -n 1 log | grep -cE "$too_large.*'ulimit -f'")" "74 1" "${limit#*:} that gets too large: exits 74"
    tail -n 1 log | grep -qF "${limit#*:}"
    ok $? "${limit#*:} that gets too large: it is named"
    before=$(finished)
    # A snapshot that cannot be written costs no run: the journal has them all.
    if [ "${limit#*:}" = x.h5 ]; then [ "$before" = 6 ]; else [ "$before" -lt 6 ]; fi
    ok $? "${limit#*:} that gets too large: $before of 6 are done"
    expect 0 "${limit#*:}: what there is, is whole" "$results" verify x.h5
    "$sweep" -j 1 --progress plain x.yaml >log 2>&1
    is "$? $(grep -c ' \[' log) $(finished)" "0 $((6 - before)) 6" "${limit#*:}: without the limit, the rest runs"
done
cp x.h5 before.h5
limited 1 "$results" csv x.h5 >out 2>err
is "$? $(cat err)" "74 bm-results: cannot write the output: File too large" "bm-results csv that gets too large"
id=$("$results" x.h5 | awk 'NR == 2 { print $1 }')
"$results" weights x.h5 "$id" -o weights.h5 && cp weights.h5 old.h5
limited 4 "$results" weights x.h5 "$id" -o weights.h5 >out 2>err
is "$? $(grep -cE "$too_large" err) $(cmp weights.h5 old.h5 && echo old) $(find . -name '.*.new')" "74 1 old " \
    "bm-results weights that get too large: what was there stays"
limited 1 "$BM_BIN/bm-data" sheet synthetic -o sheet.png >out 2>err
is "$? $(grep -c 'File too large' err) $(ls sheet.png .*.new 2>/dev/null)" "74 1 " "bm-data sheet that gets too large"
cmp before.h5 x.h5
ok $? "the results are as they were"

# ---- full disks ----

if ! mkdir disk || ! mount -t tmpfs -o size=400k none disk 2>err; then
    skip "a full disk" "no small file system can be mounted: $(head -n 1 err)"
else
    sed 's,x.h5,disk/x.h5,; s/none/final/; s/1..6/1..12/; s/name: x/name: f/' x.yaml >f.yaml
    "$sweep" -j 1 --progress none f.yaml >log 2>&1
    is "$? $(tail -n 1 log | grep -c 'bm-sweep: .*No space left on device')" "74 1" "a full disk: exits 74, and says why"
    before=$(finished disk/x.h5)
    [ "$before" -lt 12 ] && "$results" verify disk/x.h5 >out 2>err
    ok $? "what there is, is whole ($before are done)"
    mount -o remount,size=40m disk
    "$sweep" -j 1 --progress plain f.yaml >log 2>&1
    is "$? $(grep -c ' \[' log) $(finished disk/x.h5)" "0 $((12 - before)) 12" "with space, the same command runs the rest"
    id=$("$results" disk/x.h5 | column id | head -n 1)
    dd if=/dev/zero of=disk/fill bs=4k >/dev/null 2>&1
    "$results" drop disk/x.h5 "$id" >out 2>err
    code=$?
    if grep -q 'No space left on device (nothing was dropped)' err; then
        is "$code $(finished disk/x.h5)" "74 12" "drop on a disk without room for a record: none is dropped"
    else
        is "$code $(finished disk/x.h5)" "0 11" "drop on a full disk: the weights make room for the snapshot"
    fi
    rm disk/fill
    expect 0 "and what there is, is whole" "$results" verify disk/x.h5
    rm -rf disk/*
    dd if=/dev/zero of=disk/fill bs=4k >/dev/null 2>&1
    fails 74 'No space left on device' "a first start on a full disk" "$sweep" -j 1 f.yaml
    is "$(ls -A disk)" fill "leaves nothing behind"
    rm disk/fill && mount -o remount,size=2m disk

    # Trainers go on, and what they found waits in memory.
    sed -e '/save_weights/d' -e 's/epochs: 1}/epochs: 100}/; s/name: f/name: m/; s/1..12/1..60/' f.yaml >m.yaml
    rm -f log
    "$sweep" -j 1 --progress plain m.yaml >log 2>&1 &
    job=$!
    wait_for grep -q '\[ 1/60\]' log
    # A snapshot that is just being replaced makes room again.
    gets_full() {
        dd if=/dev/zero bs=4k >>disk/fill
        grep -q 'warning: .*No space left on device; training goes on, and what comes of it stays in memory' log
    }
    wait_for gets_full
    ok $? "a disk that gets full: that is said"
    rm disk/fill
    wait $job
    is "$? $(grep -c 'the disk takes records again: nothing was lost' log) $(finished disk/x.h5)" "0 1 60" \
        "there is room again: all is written"
    expect 0 "and whole" "$results" verify disk/x.h5
    has "both are the same" '^both have the same runs and evaluations$'
    umount disk
fi

# ---- other file systems, and folders that are closed ----

other=$(mktemp -d /dev/shm/bm-store-XXXXXX 2>/dev/null) || other=
if [ -z "$other" ] || [ "$(stat -c %d "$other")" = "$(stat -c %d .)" ]; then
    skip "RESULTS.h5.d on another file system" "/dev/shm is not one"
else
    also=$other
    tiny o 'seed: 1..3' 'epochs: 1' 'save_weights: final'
    ln -s "$other" o.h5.d
    "$sweep" -j 1 o.yaml >log 2>&1
    is "$? $(ls "$other/weights" | wc -l)" "0 3" "RESULTS.h5.d on another file system: all runs, and their weights"
    expect 0 "it is whole" "$results" verify o.h5
    rm o.h5 && "$sweep" -j 1 o.yaml >log 2>&1
    is "$? $(finished o.h5)" "0 3" "the snapshot comes back"
    expect 0 "drop works there" "$results" drop o.h5 --state done
    is "$(ls "$other/weights" | wc -l) $([ -L o.h5.d ] && echo link)" "0 link" "weights go, the link stays"
fi
[ -z "$other" ] || rm -rf "$other"

tiny c
"$sweep" -j 1 c.yaml >log 2>&1
chmod 755 "$tap" "$work" && cp "$results" "$work/bm-results"
if [ "$(id -u)" = 0 ] && ! as_other true 2>err; then
    skip "closed folders" "no other user can be taken: $(cat err)"
else
    for closed in c.h5.d:000 c.h5.d/journal.0:000 c.h5.d/snapshot.sum:000 c.h5:000; do
        name=${closed%:*} mode=$(stat -c %a "${closed%:*}")
        chmod "${closed#*:}" "$name"
        expect 74 "verify where $name is closed" as_other ./bm-results verify c.h5
        has "that is said" "^bm-results: cannot (open|look at) c.h5.*: Permission denied" err
        fails 74 "^bm-results: cannot .* c.h5.*: Permission denied" "drop where $name is closed" as_other ./bm-results drop c.h5 --state done
        chmod "$mode" "$name"
    done
    chmod 000 c.h5.d
    as_other ./bm-results c.h5 >out 2>err
    is "$? $(grep -c ' done ' out) $(grep -c 'warning: cannot look at .*Permission denied; what is shown is the snapshot alone' err)" \
        "0 2 1" "the table of a snapshot whose folder is closed: shown, and said"
    chmod 755 c.h5.d
    mkdir vault && mv c.h5 vault && ln -s vault/c.h5 c.h5 && chmod 000 vault
    fails 74 "Permission denied" "verify behind a link into a closed folder" as_other ./bm-results verify c.h5
    ln -sfn vault/in/c.h5 c.h5
    fails 74 "c.h5 is a link to vault/in/c.h5, but cannot look at vault/in: Permission denied" "and deep in one" \
        as_other ./bm-results verify c.h5
    chmod 755 vault && rm c.h5 && mv vault/c.h5 .
fi
expect 0 "nothing was changed" "$results" verify c.h5
for part in journal.0 snapshot.sum lock; do
    mv c.h5.d/$part saved
    for kind in pipe link device folder; do
        case $kind in
        pipe) mkfifo c.h5.d/$part ;;
        link) ln -s "$work/saved" c.h5.d/$part ;;
        device) mknod c.h5.d/$part c 1 3 2>err || { skip "$part is a device" "none can be made: $(cat err)" && continue; } ;;
        folder) mkdir c.h5.d/$part ;;
        esac
        fails 74 "$part is a $kind, not a file" "drop where $part is a $kind" timeout 20 "$results" drop c.h5 --state failed
        [ $part = lock ] ||
            fails 74 "$part is a $kind, not a file" "verify where $part is a $kind" timeout 20 "$results" verify c.h5
        rm -r c.h5.d/$part
    done
    mv saved c.h5.d/$part
done
for command in verify "drop --state done" table; do
    # shellcheck disable=SC2086
    fails 74 "^bm-results: /dev/fd/[0-9]+ is a pipe, not a file$" "$command of a pipe" "$results" $command <(cat c.h5)
done
tiny w 'seed: [1]' 'epochs: 1' 'save_weights: final'
"$sweep" -j 1 w.yaml >log 2>&1
fails 74 "is a pipe, not a file$" "weights into a pipe" "$results" weights w.h5 "$("$results" w.h5 | column id)" -o >(cat >/dev/null)
expect 0 "nothing was changed by that either" "$results" verify c.h5
done_testing
