# What tests of the scripts in analysis/ share; sourced first, with the name of the script in $analysis. Like tap.sh,
# and without a display; skips them all where Python's packages are missing.
. "$(dirname "$0")/tap.sh"
script=$source/analysis/$analysis.py
python_has h5py matplotlib || skip_all 'h5py or matplotlib is not installed'
unset DISPLAY
export MPLCONFIGDIR="$work" PYTHONDONTWRITEBYTECODE=1
# draw ARGUMENTS...: whether the script draws figure.png, which is a PNG, and complains of nothing.
draw() {
    $python "$script" "$@" -o figure.png >out 2>err &&
        [ ! -s err ] && [ "$(head -c 4 figure.png | tail -c 3)" = PNG ]
}
# refuses NAME PATTERN ARGUMENTS...: exit code 1 and one sentence.
refuses() {
    local name=$1 pattern=$2
    shift 2
    fails 1 "^$analysis.py: .*$pattern" "$name" $python "$script" -o figure.png "$@"
}
