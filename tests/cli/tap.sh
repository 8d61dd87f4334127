# What shell tests of programs share; sourced before they change folder. A test leaves what it ran in the files
# `out` and `err`, and prints its plan at the end: "1..$n".
n=0
# result STATUS NAME: one line of TAP; shows what was printed after a failure.
result() {
    n=$((n + 1))
    if [ "$1" = 0 ]; then
        echo "ok $n - $2"
    else
        echo "not ok $n - $2"
        sed 's/^/# /' out err
    fi
}
# has NAME PATTERN [FILE]: a line that matches.
has() {
    grep -Eq -- "$2" "${3:-out}"
    result $? "$1"
}
