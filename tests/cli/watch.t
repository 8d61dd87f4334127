#!/bin/bash
# bm-results watch: what a sweep that runs is doing, from another shell, in a pipe and on a terminal of any size.
. "$(dirname "$0")/tap.sh"
. "$source/tests/cli/tiny.sh"
# terminal COLUMNS LINES PICTURES COMMAND...: what it writes to a terminal of that size, until it is interrupted, when it has
# drawn so many pictures, or ends.
terminal() {
    $python - "$@" <<'END'
import fcntl, os, pty, select, signal, struct, sys, termios, time
columns, lines, pictures = (int(word) for word in sys.argv[1:4])
pid, fd = pty.fork()
if pid == 0:
    time.sleep(0.2)  # until the size is set
    os.execvp(sys.argv[4], sys.argv[4:])
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
end, out = time.time() + 60, b""
while True:
    try:
        if select.select([fd], [], [], 0.1)[0]:
            out += os.read(fd, 65536)
    except OSError:
        break
    if end and (out.count(b"\033[H") >= pictures or time.time() > end):
        os.kill(pid, signal.SIGINT)
        end = 0
sys.stdout.buffer.write(out)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
END
}
# The pictures that were drawn, one line each: lines between their beginnings and ends.
pictures() { tr -d '\r' <"$1" | awk 'BEGIN { RS = "\033\\[H" } NR > 1 { sub(/\033\[J.*/, ""); print NR - 1; print }'; }

expect 74 'watch a file that is not there' "$results" watch w.h5
fails 2 'usage: bm-results watch FILE' 'watch without a file' "$results" watch

tiny w 'seed: 1..40' 'epochs: 1000000' 'retries: 0'
"$sweep" -j 3 w.yaml >log 2>&1 &
job=$!
running() { [ "$("$results" watch w.h5 2>/dev/null | grep -Ec " [0-9]+/1000000 .* seed=[0-9]+$")" = 3 ]; }
wait_for running
ok $? 'runs are shown with their epoch and settings'
expect 0 'one report in a pipe' "$results" watch w.h5
has 'the totals' '^w.h5: w: 40 runs: 0 done, 0 failed, 3 running, 37 to do$'
has 'who works' '^1 job, 3 trainers, [0-9]+ img/s, ETA [0-9.]+ '
is "$(grep -c "/$job  *0  [0-9a-f]\{8\} " out)" 3 'runs with their job and rank'
is "$(grep -c '[^ -~]' out)" 0 'plain text'
TERM=xterm terminal 80 24 3 "$results" watch w.h5 >screen
is $? 0 'on a terminal it is watched until it is interrupted'
[ "$(pictures screen | grep -c 'w.h5: w: 40 runs')" -ge 2 ]
ok $? 'drawn again and again'
is "$(pictures screen | grep -c ' seed=[123]..\[K$' | awk '{ print $1 % 3 }')" 0 'with all runs, each line wiped behind its end'
is "$(head -c 14 screen | cat -v)" '^[[?1049h^[[?25l' 'beside what was on the screen'
has 'which comes back, with a last report' '25h.*1049lw.h5: w: 40 runs' screen
TERM=xterm terminal 40 4 2 "$results" watch w.h5 >screen
is "$(pictures screen | sed 's/\x1b\[[0-9]*[KJ]//g' | awk 'length > 40' | wc -l) $(pictures screen | grep -o 'and 2 more' | sort -u)" "0 and 2 more" 'in a small window the rest is summed up'
TERM=dumb terminal 80 24 2 "$results" watch w.h5 >screen
is "$(grep -c 1049h screen)" 0 'a terminal that cannot move gets a report'
"$results" watch w.h5 | head -n 1 >/dev/null
ok $? 'nobody has to read it to its end'
is "$(ls w.h5.d/jobs | wc -l)" 1 'a job has a file'

# ---- a run that fails; a job that ends, and one that is killed ----
trainer=$(pgrep -P $job | head -n 1)
kill -KILL "$trainer"
failed() { "$results" watch w.h5 | grep -q '^failed: [0-9a-f]\{8\} crashed: .*signal 9'; }
wait_for failed
ok $? 'the last failures are shown'
kill -STOP $job
silent() { "$results" watch w.h5 | grep -q '^no job works on it; 1 silent$'; }
wait_for silent
ok $? 'a job that does nothing any more is silent'
kill -CONT $job
kill -TERM $job
wait $job
is "$? $(ls -d w.h5.d/jobs 2>/dev/null)" '143 ' 'a job that ends takes its file away'
"$results" watch w.h5 >out
has 'then the results tell' '^w.h5: [0-9]+ runs began: 0 done, 1 failed, [0-9]+ not finished$'
has 'who works is nobody' '^no job works on it$'
has 'and what failed' '^failed: [0-9a-f]{8} crashed: '
"$sweep" -j 1 w.yaml >log 2>&1 &
job=$!
wait_for sh -c 'test -s w.h5.d/jobs/*'
{ kill -KILL $job && wait $job; } 2>/dev/null
is "$(ls w.h5.d/jobs | wc -l)" 1 'a killed job leaves its file'
tiny v 'seed: [1]' 'epochs: 1'
sed -i 's/v.h5/w.h5/' v.yaml
"$sweep" -j 1 v.yaml >log 2>&1
is "$? $(ls -d w.h5.d/jobs 2>/dev/null)" '0 ' 'the next start takes it away'
done_testing
