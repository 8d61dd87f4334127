# What tests of the scripts in analysis/ share; sourced, before they change folder, with the name of the script in
# $analysis. Leaves them in an empty folder, without a display; skips them where Python's packages are missing.
. "$(dirname "$0")/tap.sh"
script=$(cd "$(dirname "$0")/../.." && pwd)/analysis/$analysis.py
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
if ! /usr/bin/python3 -c 'import h5py, matplotlib' 2>/dev/null; then
    echo '1..0 # skip h5py or matplotlib is not installed'
    exit 0
fi
unset DISPLAY
export MPLCONFIGDIR="$work" PYTHONDONTWRITEBYTECODE=1
# draw ARGUMENTS...: whether the script draws figure.png, which is a PNG, and complains of nothing.
draw() {
    /usr/bin/python3 "$script" "$@" -o figure.png >out 2>err &&
        [ ! -s err ] && [ "$(head -c 4 figure.png | tail -c 3)" = PNG ]
}
# refuses NAME PATTERN ARGUMENTS...: exit code 1 and one sentence.
refuses() {
    name=$1 pattern=$2
    shift 2
    /usr/bin/python3 "$script" -o figure.png "$@" >out 2>err
    [ $? = 1 ] && [ "$(wc -l <err)" = 1 ] && grep -q "^$analysis.py: .*$pattern" err
    result $? "$name"
}
