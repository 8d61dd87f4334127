#!/bin/bash
# The results store where it meets limits: nothing that is recorded is lost, and nothing is half-written.
. "$(dirname "$0")/tap.sh"
. "$source/tests/cli/tiny.sh"
finished() { "$results" "${1:-x.h5}" 2>/dev/null | grep -c ' done '; }
# limited KIB COMMAND...: with a limit to what it may write into a file.
limited() { (ulimit -f "$1" && shift && "$@"); }

# ---- file size limits ----

too_large='^bm-[a-z]*: .*: File too large'
tiny x 'seed: 1..6' 'epochs: 1' 'save_weights: none'
rm -rf x.h5*
for limit in 4:journal.0 40:x.h5 90:weights/; do
    sed -i "s/save_weights: [a-z]*/save_weights: $([ "${limit#*:}" = weights/ ] && echo final || echo none)/" x.yaml
    rm -rf x.h5*
    limited "${limit%:*}" "$sweep" -j 1 --progress none x.yaml >log 2>&1
    is "$? $(tail -n 1 log | grep -cE "$too_large.*'ulimit -f'")" "74 1" "${limit#*:} that gets too large: exits 74"
    tail -n 1 log | grep -qF "${limit#*:}"
    ok $? "${limit#*:} that gets too large: it is named"
    before=$(finished)
    [ "$before" -lt 6 ]
    ok $? "${limit#*:} that gets too large: runs are left ($before are done)"
    expect 0 "${limit#*:}: what there is, is whole" "$results" verify x.h5
    "$sweep" -j 1 --progress plain x.yaml >log 2>&1
    is "$? $(grep -c '^\[' log) $(finished)" "0 $((6 - before)) 6" "${limit#*:}: without the limit, the rest runs"
done
cp x.h5 before.h5
limited 1 "$results" csv x.h5 >out 2>err
is "$? $(cat err)" "74 bm-results: cannot write the output: File too large" "bm-results csv that gets too large"
echo old >weights.h5
id=$("$results" x.h5 | awk 'NR == 2 { print $1 }')
limited 4 "$results" weights x.h5 "$id" -o weights.h5 >out 2>err
is "$? $(grep -cE "$too_large" err) $(cat weights.h5) $(find . -name '.*.new')" "74 1 old " \
    "bm-results weights that get too large: what was there stays"
limited 1 "$BM_BIN/bm-data" sheet synthetic -o sheet.png >out 2>err
is "$? $(grep -c 'File too large' err) $(ls sheet.png .*.new 2>/dev/null)" "74 1 " "bm-data sheet that gets too large"
cmp before.h5 x.h5
ok $? "the results are as they were"
done_testing
