#!/bin/bash
# The deliberate errors of tests/mutants.txt still fit the sources. `make mutants` makes them.
. "$(dirname "$0")/tap.sh"

"$source/tests/mutants.pl" --list "$source/tests/mutants.txt" >log 2>&1
ok $? "each fits one place, and names tests that exist"
[ "$(grep -o '^[0-9]* errors' log | tail -n 1 | cut -d ' ' -f 1)" -ge 40 ]
ok $? "there are at least forty"

sed 's/^< .*memorized_in_a_row.*/< what is not there/' "$source/tests/mutants.txt" >stale.txt
"$source/tests/mutants.pl" --list stale.txt >log 2>&1
is "$? $(grep -c 'src/train/train.c has it 0 times, expected once' log)" "1 1" "one that no longer fits is named"
sed '/^< .*memorized_in_a_row/{n;d}' "$source/tests/mutants.txt" >half.txt
"$source/tests/mutants.pl" --list half.txt >log 2>&1
is "$(grep -c 'is not complete' log)" 1 "one without a replacement is named"

done_testing
