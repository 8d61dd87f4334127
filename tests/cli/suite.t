#!/bin/bash
# What `make check` says of tests that fail in every way: tests/suite.pl with small tests that use tap.sh.
. "$(dirname "$0")/tap.sh"

# made NAME: a test whose lines, after the first two, are standard input.
made() {
    { printf '#!/bin/bash\n. %q\n' "$source/tests/cli/tap.sh" && cat; } >"$1"
    chmod +x "$1"
}
made good <<<'ok 0 first; is 1 1 second; mkdir kept; echo "$tap" >"$where"; done_testing'
made bad <<<'ok 0 first; echo said >log; is 1 2 second; echo "# more"; ok 0 third; done_testing'
made unset <<<'ok 0 first; echo "$nothing"; ok 0 second; done_testing'
made over <<<'ok 0 first; exit 0'
made killed <<<'echo "$tap" >"$where"; ok 0 first; kill -KILL $$'
made status <<<'ok 0 first; done_testing; exit 5'
made missing <<<'is "$(no-such-program 2>/dev/null)" "" first; done_testing'
made skips <<<'skip first "no PyTorch"; skip second "no day"; done_testing'
made skips-all <<<'skip_all "no PyTorch"'
made running <<<'sleep 1000 & echo $! >"$where"; ok 0 first; done_testing'
export where=$work/where

# suite NAME STATUS COUNTS [REASONS]: what a suite of one test ends with.
suite() {
    "$source/tests/suite.pl" "${4-.}" "./$1" >out 2>&1
    is "$?, $(tail -n 1 out)" "$2, $3" "$1: $3"
}
suite good 0 '2 passed, 0 failed, 0 skipped'
[ ! -e "$(cat where)" ]
ok $? 'its folder is removed'
suite bad 1 '2 passed, 1 failed, 0 skipped'
has 'the case is named' '^\./bad: not ok 2 - second$'
is "$(sed -n '/^\.\/bad: /,$p' out | grep '^    ' | tr -d '\n')" "    # got '1', expected '2'    # said    # more" \
    'with all that belongs to it'
suite unset 1 '1 passed, 1 failed, 0 skipped'
has 'it is over before its plan' '^\./unset: ended with status 1 before its plan$'
has 'and what it said' '^    ./unset: line 3: nothing: unbound variable$'
suite over 1 '1 passed, 1 failed, 0 skipped'
has 'an exit of 0 is no success' '^\./over: ended with status 0 before its plan$'
suite killed 1 '1 passed, 1 failed, 0 skipped'
has 'the signal' '^\./killed: was killed by signal 9 before its plan$'
rm -r "$(cat where)"
suite status 1 '1 passed, 1 failed, 0 skipped'
has 'the status' '^\./status: ended with status 5$'
suite missing 1 '1 passed, 1 failed, 0 skipped'
has 'the program' '^\./missing: not ok 2 - programs that are not installed: no-such-program'
suite skips 0 '0 passed, 0 failed, 2 skipped'
has 'reasons' '^skipped: no day: 1 of \./skips$'
suite skips 1 '0 passed, 1 failed, 1 skipped' PyTorch
has 'the case that must not be skipped' '^\./skips: ok 2 - second is skipped, but must not be: no day$'
suite skips-all 0 '0 passed, 0 failed, 1 skipped' PyTorch
suite skips-all 1 '0 passed, 1 failed, 0 skipped' ''
suite running 0 '1 passed, 0 failed, 0 skipped'
! kill -0 "$(cat where)" 2>/dev/null
ok $? 'what it left running is ended'

# Two that meet can only do so at the same time.
made one <<<'touch "$where.1"; wait_for test -e "$where.2"; ok $? "the other one is met"; done_testing'
made other <<<'touch "$where.2"; wait_for test -e "$where.1"; ok $? "the other one is met"; ok 1 second; done_testing'
BM_AT_ONCE=2 "$source/tests/suite.pl" . ./one ./other >out 2>&1
is "$(tail -n 1 out)" '2 passed, 1 failed, 0 skipped' 'two tests at the same time'
has 'and what failed in which' '^\./other: not ok 2 - second$'
done_testing
