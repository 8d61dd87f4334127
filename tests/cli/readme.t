#!/bin/bash
# The commands and the lines of Python of the README, one by one, as they stand there but for their size: what is
# replaced is listed here, and what is not there any more is an error. `make demo` and `make check` are what
# tests/fresh.sh runs; sbatch has a stand-in, which sees that its script is there and is one.
. "$(dirname "$0")/tap.sh"
unset DISPLAY
export MPLCONFIGDIR="$work" PYTHONDONTWRITEBYTECODE=1
ln -s "$BM_BIN" bin && cp -r "$source/sweeps" "$source/jobs" "$source/analysis" . && mkdir path || exit 1
printf '#!/bin/sh\nbash -n "$1" && test -s jobs/site.env\n' >path/sbatch && chmod +x path/sbatch
PATH=$BM_BIN:$work/path:$PATH

# block LANGUAGE N: the lines of the N-th block of that language.
block() {
    awk -v fence="\`\`\`$1" -v n="$2" '/^```/ { if (inside) inside = 0; else if ($0 == fence && ++at == n) inside = 1; next } inside' \
        "$source/README.md"
}
# smaller FROM TO: in `line`, which has to have it.
smaller() {
    [[ $line = *"$1"* ]]
    ok $? "'$1' is there, and becomes '$2'"
    line=${line//"$1"/"$2"}
}

is "$(block sh 1 | sed 's/ *#.*//' | xargs)" 'make demo make check' 'the first two commands are those of check-fresh'
is "$(grep -c "there 'make demo'\|there \"make check" "$source/tests/fresh.sh")" 2 'which runs them'

line=$(block yaml 1)
smaller 'dataset: cifar10' 'dataset: synthetic'
smaller 'train_size: 1000, test_size: 1000' 'train_size: 40, test_size: 20, batch_size: 20'
smaller 'width: 16, projector_width: 2048, epochs: 300' 'width: 2, projector_width: 16, epochs: 1'
echo "$line" >mine.yaml
awk '/^```/ { inside = $0 == "```yaml" && !seen++; next } inside' "$source/sweeps/README.md" >annotated.yaml
grep -q '^zip:' annotated.yaml && "$BM_BIN/bm-sweep" --plan -s dataset=synthetic annotated.yaml >log 2>&1
ok $? 'the sweep file that sweeps/README.md explains is one'

# Two trainers with as many threads as there are cores each would wait for each other; so would those of libraries.
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
ran=0
while read -r line; do
    expected=0
    case $line in
    *fetch*)
        smaller cifar10 synthetic # which needs no fetching, and says so
        expected=2
        ;;
    analysis/*)
        python_has h5py numpy matplotlib || { skip "$line" 'matplotlib is not installed' && continue; }
        line="$python $line"
        ;;
    mpirun*)
        smaller "${line%%bm-sweep*}bm-sweep" "$mpirun -n 2 bm-sweep -s dataset=synthetic -s arch=mlp -s depth=1 -s width=8 -s seed=1 \
-s train_size=40 -s test_size=20 -s projector_width=16 -s batch_size=20 -s epochs=1"
        ;;
    esac
    eval "$line" >log 2>&1 </dev/null
    is $? $expected "$line"
    ran=$((ran + 1))
done < <(block sh 2; block sh 3)
[ $ran -ge 7 ]
ok $? 'all of them were found'
[ -s mine/tradeoff.png ] || ! python_has h5py numpy matplotlib
ok $? 'the picture is there'

if python_has h5py; then
    block python 1 >lines.py
    echo 'assert len(runs["id"]) == 18 and {type(i) for i in runs["id"]} == {str} and set(runs["status"]) == {"done"}' >>lines.py
    $python lines.py >log 2>&1
    ok $? 'the lines of Python'
else
    skip 'the lines of Python' 'h5py is not installed'
fi
if python_has h5py pandas; then
    block python 2 >more.py
    echo 'assert len(runs) == 18 and runs["diversity"].nunique() == 3' >>more.py
    cat lines.py more.py >all.py && $python all.py >log 2>&1
    ok $? 'the same with pandas'
    grep -Eq '^inf +[0-9]' log
    ok $? 'a row a diversity'
else
    skip 'the same with pandas' 'pandas is not installed'
fi
done_testing
