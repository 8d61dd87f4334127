#!/bin/bash
# --progress: what reaches a pipe and a terminal, also mpirun's.
. "$(dirname "$0")/tap.sh"
export TERM=xterm ASAN_OPTIONS=detect_leaks=0 # MPI's own
unset NO_COLOR

# sweep_file NAME EPOCHS SEEDS: runs so short or so long that they are looked at while they train.
sweep_file() {
    cat >"$1.yaml" <<END
name: $1
results: $1.h5
run: {threads: 1}
fixed:
  {dataset: synthetic, train_size: 200, test_size: 20, arch: mlp, width: 8, depth: 1, projector_width: 16,
   batch_size: 20, epochs: $2, diversity: none, probe_every: 1000000, knn_k: 5}
grid:
  seed: $3
END
}
# terminal COLUMNS PATTERN COMMAND... runs it on a terminal of its own, and interrupts it a second after its trainers have begun
# and the terminal has shown the pattern; all that reaches the terminal goes to `log`. The command may have sent what it says to
# `file`.
terminal() {
    rm -f file
    $python - "$@" >log <<'END'
import fcntl, os, pty, re, select, signal, struct, sys, termios, time
def has_begun(said):
    begins = b" thread each" in said or os.path.exists("file") and " thread each" in open("file").read()
    return begins and re.search(pattern, said)
columns, pattern, command = int(sys.argv[1]), sys.argv[2].encode(), sys.argv[3:]
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(2, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    os.execvp(command[0], command)
stop, said, latest = None, b"", time.time() + 60
while True:
    if stop is None and (has_begun(said) or time.time() > latest):
        stop = time.time() + 1
    if stop is not None and time.time() > stop:
        os.kill(pid, signal.SIGINT)
        stop = float("inf")
    if select.select([fd], [], [], 0.1)[0]:
        try:
            data = os.read(fd, 65536)
        except OSError:
            break
        if not data:
            break
        os.write(1, data)
        said += data
os.waitpid(pid, 0)
END
}
escapes() { grep -c $'\033' log; }
lines() { grep -c '\[[12]/2\]' log; }
clock='^([0-9]{4}-[0-9]{2}-[0-9]{2} )?[0-9]{2}:[0-9]{2}:[0-9]{2} '
# What a terminal would show, without what moves the cursor; longest LINE of it.
widest() { sed 's/\r//g; s/\x1b\[[?0-9;]*[A-Za-z]//g' log | wc -L; }

# ---- pipes ----

for how in auto plain bar none; do sweep_file $how 3 1..2; done
"$sweep" --progress auto auto.yaml 2>log
[ "$(escapes) $(lines)" = "0 2" ]
ok $? "auto in a file: a line a run, no escape sequence"
is "$(grep -cvE "$clock" log) $(grep -cE '^[0-9]{4}' log)" "0 1" "each line begins with the time of day, the first with the date"
is "$(grep -A 1 'mem% ' log | sed -E "s/$clock//" | awk '{ print length($0) }' | sort -u)" 71 \
    "with it, lines of runs have 80 columns, as has their header"
"$sweep" --progress=plain plain.yaml 2>log
[ "$(escapes) $(lines)" = "0 2" ]
ok $? "plain: the same"
"$sweep" --progress none none.yaml 2>log
[ "$(lines) $(wc -l <log)" = "0 2" ] && grep -q '2 of 2 runs done' log
ok $? "none: the summary"
"$sweep" --progress bar bar.yaml 2>log
[ "$(lines)" = 2 ] && [ "$(escapes)" -gt 0 ]
ok $? "bar, where it is asked for, even in a file"
"$sweep" --progress loud bar.yaml 2>log
[ $? = 2 ] && grep -q 'loud.*auto, bar, plain or none' log
ok $? "an unknown word names the valid ones"

# ---- terminals ----

sweep_file long 1000000 1..3
terminal 80 'seed=1 +[0-9]+/1000000 +[0-9.e-]+ +[0-9]+' "$sweep" -j 2 long.yaml
grep -qE 'seed=1 +[0-9]+/1000000 +[0-9.e-]+ +[0-9]+' log && grep -q '0/3 done, 0 failed, 2 running' log
ok $? "auto on a terminal: a line a trainer and the totals"
sed 's/\r/\n/g' log | grep -m 1 '/3 done' | grep -Eq '\[>? *\] +0%  0/3 done, 0 failed, 2 running  [0-9.]+ s, ETA ~[0-9.]+'
ok $? "a bar, a percentage and a guess from the start"
! grep -qE "$clock" log
ok $? "without the time of day"
grep -q 'interrupted' log && grep -q 'finished runs are kept' log
ok $? "an interrupt ends with how to go on"
terminal 40 '[0-9]+/1000000' "$sweep" -j 2 long.yaml
[ "$(escapes)" -gt 0 ] && [ "$(widest)" -le 40 ]
ok $? "auto on a narrow terminal: a bar, and no line is wider"
grep -qE '^  (the )?same command again' log
ok $? "sentences are broken between words"
terminal 15 '' "$sweep" -j 2 long.yaml
[ "$(escapes)" = 0 ]
ok $? "auto on a very narrow terminal: no bar"
TERM=dumb terminal 80 '' "$sweep" -j 2 long.yaml
[ "$(escapes)" = 0 ]
ok $? "auto with TERM=dumb: no bar"
NO_COLOR=1 terminal 80 '' "$sweep" -j 2 long.yaml
[ "$(escapes)" = 0 ]
ok $? "auto with NO_COLOR: no bar"
under_mpirun() {
    terminal 80 'seed=2 +[0-9]+/1000000' $mpirun -n 2 "$sweep" long.yaml
    grep -q 'finished runs are kept' log
}
thrice under_mpirun
interrupted=$?
grep -qE 'seed=2 +[0-9]+/1000000' log
ok $? "auto under mpirun on a terminal: rank 1's trainer, too"
ok $interrupted "mpirun's interrupt ends with how to go on"
terminal 80 '' sh -c "exec $mpirun -n 2 '$sweep' long.yaml 2>file"
[ "$(grep -c $'\033' file)" = 0 ] && grep -q '2 trainers on 2 ranks' file
ok $? "auto under mpirun into a file: no bar"
size=$(stat -c %s long.h5.d/journal.0)
rm -f log
"$sweep" -j 2 long.yaml 2>log &
# Records of the beginning, and what says that they are on the disk, come late at times; progress is told twice a second.
still() {
    begun=$(stat -c %s long.h5.d/journal.0)
    sleep 2.5
    [ "$begun" -gt "$size" ] && [ "$(stat -c %s long.h5.d/journal.0)" = "$begun" ]
}
wait_for grep -q ' thread each' log && wait_for still
ok $? "progress is in no journal"
kill $!
wait

done_testing
