# What shell tests share, for bash; sourced first. It leaves the test in an empty folder, $work, which is removed when
# the test ends, by whatever way, and ends what it left running. A test ends with `done_testing`: one that ends before
# has failed, and so has one that calls a program that is not installed.
set -u
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
unset OPENBLAS_CORETYPE
source=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "${BM_BUILD:-$source/build}" && pwd)
sweep=${BM_BIN:=$source/bin}/bm-sweep results=$BM_BIN/bm-results
: "${BM_VARIANT:=release}"
mpirun=${BM_MPIRUN:-mpirun --oversubscribe}
is_mpich() { [[ $mpirun = *mpich* ]]; }
# What the launcher of another MPI sets.
if is_mpich; then foreign_launcher='OMPI_COMM_WORLD_SIZE=3 OMPI_COMM_WORLD_RANK=0'; else foreign_launcher='PMI_SIZE=3 PMI_RANK=0'; fi
python=/usr/bin/python3 # Debian's, which has the packages
tap=$(mktemp -d) && work=$tap/work && mkdir "$work" && cd "$work" || exit 1
# What Open MPI makes for all jobs of a user, it also removes, which another test may just be using.
export OMPI_MCA_orte_tmpdir_base=$tap

tap_end() {
    local running
    running=$(jobs -p)
    # shellcheck disable=SC2086
    [ -z "$running" ] || kill $running
    wait
    cd / && rm -rf "$tap"
}
trap tap_end EXIT

# bash calls it, in a process of its own.
command_not_found_handle() {
    echo "$1" >>"$tap/missing"
    echo "$1: not installed" >&2
    return 127
}

n=0
# ok STATUS NAME: one line of TAP. After a failure it shows the end of what was printed: `log`, or `out` and `err`.
ok() {
    n=$((n + 1))
    if [ "$1" = 0 ]; then
        echo "ok $n - $2"
    else
        echo "not ok $n - $2"
        tail -q -n 15 log out err 2>/dev/null | cat -v | sed 's/^/# /'
    fi
}
# is GOT EXPECTED NAME
is() {
    [ "$1" = "$2" ]
    local status=$?
    [ $status = 0 ] || echo "# got '$1', expected '$2'"
    ok $status "$3"
}
# has NAME PATTERN [FILE]: a line that matches, in `out` if no file is named.
has() {
    grep -Eq -- "$2" "${3:-out}"
    ok $? "$1"
}
# expect CODE NAME COMMAND...: the exit code, and one sentence in `err` with a failure, else none. Codes 0 and 1 are
# answers; the others are failures.
expect() {
    local code=$1 name=$2 got
    shift 2
    "$@" >out 2>err
    got=$?
    [ "$(wc -l <err)" = $((code > 1)) ]
    ok $((got != code || $?)) "$name: exits $code"
}
# fails CODE PATTERN NAME COMMAND...: the exit code, and one sentence that matches.
fails() {
    local code=$1 pattern=$2 name=$3
    shift 3
    "$@" >log 2>&1
    [ $? = "$code" ] && [ "$(wc -l <log)" = 1 ] && grep -Eq -- "$pattern" log
    ok $? "$name"
}
# skip NAME WHY: instead of a case; skip_all WHY: instead of all.
skip() {
    n=$((n + 1))
    echo "ok $n - $1 # skip $2"
}
skip_all() {
    echo "1..0 # skip $1"
    exit 0
}
# wait_for COMMAND...: until it succeeds, a minute at most.
wait_for() {
    local end=$((SECONDS + 60))
    until "$@" 2>/dev/null; do
        if ((SECONDS > end)); then
            echo "# waited in vain for: $*"
            return 1
        fi
        sleep 0.1
    done
}
# thrice COMMAND...: until it succeeds, three times at most. For what has to be done within a second, as whom mpirun passes a
# signal on to: a machine may stand still for longer.
thrice() { "$@" || "$@" || "$@"; }
# is_rank NUMBER PROCESS: what its launcher says of it.
is_rank() { tr '\0' '\n' 2>/dev/null <"/proc/$2/environ" | grep -Eqx "(OMPI_COMM_WORLD_RANK|PMI_RANK)=$1"; }
# python_has MODULE...: whether they can be imported.
python_has() {
    local modules=$*
    $python -c "import ${modules// /, }" 2>/dev/null
}
done_testing() {
    if [ -s "$tap/missing" ]; then
        ok 1 "programs that are not installed: $(sort -u "$tap/missing" | tr '\n' ' ')"
    fi
    echo "1..$n"
}
