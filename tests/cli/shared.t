#!/bin/bash
# The ranks of a machine have one copy of the decoded images, however many they are.
. "$(dirname "$0")/tap.sh"
. "$source/tests/cli/tiny.sh"
unset BM_DATA BM_CACHE
[ -r /proc/self/smaps ] || skip_all 'there is no /proc/PID/smaps'
grep -q '^Pss:' /proc/self/smaps || skip_all '/proc/PID/smaps does not say Pss'

"$source/tests/cli/sets.pl" data tiny_imagenet
tiny shared 'seed: 1..8' 'epochs: 1000000' 'data_dir: data, cache_dir: cache'
sed -i 's/synthetic/tiny_imagenet/; s/train_size: 60, test_size: 30, //' shared.yaml

# kB of the packed file that all processes see, and of those their shares: what they take together.
mapped() {
    cat /proc/[0-9]*/smaps 2>/dev/null |
        awk -v folder="$work/cache/" '/^[0-9a-f]+-[0-9a-f]+ / { on = index($0, folder) && /[.]pack$/ }
            on && $1 == "Rss:" { seen += $2 }
            on && $1 == "Pss:" { taken += $2 }
            END { print seen + 0, taken + 0 }'
}
all_see_it() {
    read -r seen taken < <(mapped)
    [ "$seen" -ge $((6 * size)) ] # test images are looked at now and then
}
# What each takes of a page is one part of those that had mapped it when that was looked at: not all at one moment.
they_share_it() { all_see_it && [ "$((10 * taken))" -le "$((11 * size))" ]; }

rm -f log
ASAN_OPTIONS=detect_leaks=0 $mpirun -n 8 "$sweep" shared.yaml >log 2>&1 &
job=$!
wait_for grep -q ' thread each' log
size=$(($(stat -c %s cache/*.pack) / 1024))
wait_for all_see_it
ok $? 'eight ranks see the images'
wait_for they_share_it
ok $? 'and take 1.1 times the file at most'
echo "# a file of $size kB: they see $seen kB of it, and take $taken kB"
kill -TERM $job
wait $job
done_testing
