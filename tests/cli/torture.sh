# For tests that kill programs and let disks fail, sourced after tap.sh: short ones in `make check`, long ones with rows in
# a table in `make torture`, which names the table in $BM_TORTURE.
# long FEW MANY: how many of something there are.
long() { if [ -n "${BM_TORTURE-}" ]; then echo "$2"; else echo "$1"; fi; }
RANDOM=${BM_SEED:-17} # bash's; the moments are drawn from it
faults=0 losses=0 duplicates=0 corruptions=0 recoveries=0
# loss TEXT..., duplicate TEXT..., corruption TEXT...: counts and shows one.
loss() { losses=$((losses + 1)) && echo "# lost: $*"; }
duplicate() { duplicates=$((duplicates + 1)) && echo "# twice: $*"; }
corruption() { corruptions=$((corruptions + 1)) && echo "# not whole: $*"; }
# row WHAT: of the table, and one case.
row() {
    [ -z "${BM_TORTURE-}" ] || echo "| $1 | $faults | $losses | $duplicates | $corruptions | $recoveries |" >>"$BM_TORTURE"
    is "$losses $duplicates $corruptions" "0 0 0" "$1: $faults times; nothing lost, nothing twice, all whole ($recoveries recoveries)"
    faults=0 losses=0 duplicates=0 corruptions=0 recoveries=0
}
# acknowledged LOG: ids of the runs that it says are finished.
acknowledged() { grep -aoE '\[ *[0-9]+/[0-9]+\] [0-9a-f]{8}' "$1" 2>/dev/null | awk '{ print $NF }'; }
# done_in FILE: ids of the runs that are done there, cut as the log cuts them.
done_in() { "$results" csv --columns id,status "$1" 2>>unreadable | sed -n 's/^\(........\).*,done$/\1/p'; }
