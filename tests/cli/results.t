#!/bin/bash
# bm-results on sample files: every command, other tools on the same file, and bad input.
. "$(dirname "$0")/tap.sh"
sample=$build/tests/test_snapshot
PATH=$BM_BIN:$PATH
export COLUMNS=200 # room for all columns
for kind in plain repeated changed fewer running many empty; do
    "$sample" $kind.h5 $kind || exit 1
done

lines() {
    [ "$(wc -l <out)" = "$1" ]
    ok $? "$2: $1 lines"
}
python() {
    if python_has h5py; then
        $python -c "$2" >out 2>err
        ok $? "$1"
    else
        skip "$1" 'h5py is not installed'
    fi
}

# ---- commands ----

expect 0 table bm-results plain.h5
lines 7 table
has 'only settings that vary are shown' '^id +diversity +seed +status +memorization +fit +test +embedding +best tap +knn +epochs +time$'
has 'a row' '^c27fa196 +none +1 +done +90\.0% +70\.0% +10\.0% +24\.0% +output +26\.0% +20 +1m01s$'
has 'a failed run' '^153ac5bf +4 +2 +crashed '
[ "$(awk 'NR > 1 { printf "%s/%s ", $2, $3 }' out)" = 'none/1 none/2 4/1 4/2 inf/1 inf/2 ' ]
ok $? 'rows are sorted by settings'
# at WIDTH COMMAND...: what is left out is said in `err`, and nothing is wider.
at() {
    COLUMNS=$1 bm-results "${@:2}" >out 2>err && ! grep -q ".\{$(($1 + 1))\}" out
    ok $? "$1 columns: ${*:2}"
}
at 80 plain.h5
has 'what one looks at first is there' '^id +diversity +seed +status +memorization +fit +test +embedding +time$'
has 'the rest is named as csv does' '^bm-results: left out to fit 80 columns: knn, epochs_done; --columns chooses, COLUMNS=105 shows all$' err
COLUMNS='' bm-results plain.h5 | cmp -s - out
ok $? 'in a pipe there are 80'
at 60 table plain.h5
has 'settings are more than the rest' '^id +diversity +seed +status +memorization +embedding$'
at 45 plain.h5
has 'results are more than settings' '^id +status +memorization +embedding$'
at 5000 plain.h5
is "$(cat err)" '' 'nothing is left out where there is room'
COLUMNS=60 bm-results table --columns fit,wall_s,knn plain.h5 2>err | head -n 1 >out
has 'columns that are named are shown' '^id .* fit +wall_s +knn_stem +knn_stage1 +knn_embedding +knn_output$'
is "$(cat err)" '' 'all of them'
at 60 taps plain.h5
has 'taps: the embedding and both ends' '^id +diversity +seed +epoch +probe +embedding +output$'
has 'taps: the others are named' ': stem, stage1; --columns chooses' err
at 40 pairs plain.h5 6f
has 'pairs have no choice' '^bm-results: left out to fit 40 columns: stem, stage1, output; COLUMNS=57 shows all$' err
at 60 curve plain.h5 6f
has 'curve: what one looks at first' '^epoch +memorization +fit +test_accuracy +knn_embedding$'
at 40 curve plain.h5 6f
has 'curve: long lists end in a count' ': train_loss, train_accuracy, .* and [0-9]+ more; --columns' err

expect 0 'options without a command' bm-results --where seed=1 plain.h5
bm-results table --where seed=1 plain.h5 | cmp -s - out
ok $? 'are those of a table'
expect 0 'and behind the file' bm-results plain.h5 --where seed=1
expect 2 'neither a command nor a file' bm-results plane.h5 --where seed=1
has 'is said' "'plane.h5' is neither a command nor a file" err
expect 0 'table by name' bm-results table running.h5
has 'a run that is not finished shows its last evaluation' '^860eb207 +inf +2 +interrupted +23\.3% '
expect 0 'no runs' bm-results empty.h5
lines 1 'no runs'

expect 0 taps bm-results taps plain.h5
lines 13 taps
has 'taps: headings' '^id +diversity +seed +epoch +probe +stem +stage1 +embedding +output$'
has 'taps: before training' '^6ff43e80 +inf +1 +0 +knn +20\.2% +20\.2% +20\.2% +20\.2%$'
has 'taps: after training' '^6ff43e80 +inf +1 +20 +knn +20\.2% +22\.2% +24\.2% +26\.2%$'

expect 0 'taps that are named' bm-results taps --columns output,stem,output plain.h5
has 'in their order' '^6ff43e80 +inf +1 +20 +knn +26\.2% +20\.2%$'
expect 2 'a tap that is none' bm-results taps --columns stem,outptu plain.h5
has 'the nearest tap' "^bm-results: --columns outptu: no run has a tap 'outptu'; did you mean 'output'\?$" err

expect 0 pairs bm-results pairs plain.h5 6f
lines 9 pairs
has 'pairs: headings' '^epoch +probe +tap +stem +stage1 +embedding +output$'
has 'pairs: before training' '^ +0 +cka +stem += +-0\.02 +0\.105 +0\.23$'
has 'pairs: after training, in both places' '^ +20 +cka +output +0\.21 +- +0\.585 += *$'
expect 2 'a run without pairs' bm-results pairs plain.h5 c27f
has 'a run without pairs is named' 'run c27fa196 has no probe of pairs of taps' err
expect 0 'pairs of a file of no run with all evaluations' bm-results pairs running.h5 86

expect 0 curve bm-results curve plain.h5 6f
lines 4 curve
has 'curve: undefined is a dash' '^ +0 +- +- +10\.0% +- +10\.0% +12\.0% +20\.2%'
has 'curve: a later epoch' '^ +10 +0\.25 +- +23\.3% '

expect 0 log bm-results log plain.h5 153ac5bf
printf 'epoch 1\nsaid "enough"\ncrashed: killed by signal 11, "x"\n' | cmp -s - out
ok $? 'log and cause'
expect 0 'log of a good run' bm-results log plain.h5 6f
has 'what became of it' '^done: [0-9]+ epochs? in [0-9.]+ s, by rank [0-9]+ on .*, from .* to .*$'

expect 0 csv bm-results csv plain.h5
lines 7 csv
has 'csv: columns' '^id,dataset,.*,knn_stem,knn_stage1,knn_embedding,knn_output,.*,init_knn_stem,'
has 'csv: columns of pairs' ',knn_output,cka_stem_stage1,cka_stem_embedding,.*,cka_embedding_output,init_knn_stem,.*,init_cka_embedding_output,knn_best_tap,init_knn_best,knn_best,'
has 'csv: whether the sweep has a run' ',in_sweep,knn_stem,'
is "$(bm-results csv --columns in_sweep,seed plain.h5 | xargs)" 'in_sweep,seed ,1 ,2 ,1 ,2 ,1 ,2' 'csv: not known to this file'
has 'csv: quotes' ',crashed,"killed by signal 11, ""x""",20,'
expect 0 json bm-results json plain.h5
has 'json: words and null' '"diversity": null, "diversity_word": "inf",.*"train_accuracy": null,'
has 'json: evaluations, what was found in them' '"epoch": 10, .*"taps": \[.*\{"tap": "embedding", "dimension": 48, "knn": 0\.222\}.*"pairs": \[\{"tap": "stem", "other": "stage1", "cka": -0\.03\}'
expect 0 'json of some columns' bm-results json --columns seed plain.h5
! grep -q evaluations out
ok $? 'has no evaluations'
expect 0 'csv of evaluations' bm-results csv --curves plain.h5
lines 19 'a row an evaluation'
has 'they name the run, what varies, and the epoch' '^id,diversity,diversity_word,seed,epoch,train_loss,.*,wall_s,knn_stem,.*,cka_embedding_output$'
expect 0 'of some runs and columns' bm-results csv --curves --where diversity=inf,seed=1 --columns fit,knn_stem,dataset plain.h5
is "$(sed 's/^[0-9a-f]*,/,/' out | xargs)" 'id,epoch,fit,knn_stem,dataset ,0,0.1,0.202,cifar10 ,10,0.4,0.202,cifar10 ,20,0.7,0.202,cifar10' \
    'what evaluations lack is the run'"'"'s'
expect 2 'groups of evaluations' bm-results csv --curves --group-by diversity plain.h5
expect 2 'curves of json' bm-results json --curves plain.h5
expect 0 'json of nothing' bm-results json empty.h5
has 'json of nothing is an array' '^\[\]$'

expect 0 'diff of other circumstances' bm-results diff plain.h5 repeated.h5
has 'diff counts' '^no difference in 6 runs, 18 evaluations, 72 probes$'
expect 1 'diff of results' bm-results diff plain.h5 changed.h5
has 'diff: a probe' '^6ff43e80 \(diversity=inf, seed=1\), epoch 10, tap embedding: knn is 0\.222 in A, 0\.347 in B \(\+0\.125\)$'
has 'diff: a pair' '^6ff43e80.*, epoch 10, taps stage1 and embedding: cka is 0\.345 in A, -0\.5 in B \(-0\.845\)$'
has 'diff: undefined' '^6ff43e80.*: fit is 0\.7 in A, undefined in B$'
has 'diff: why' 'A has avx512, 1; B has avx2, 1$'
has 'diff: the deltas of a metric' '^probes/knn +1 +0\.125 +0\.125$'
has 'diff: a metric that is undefined' '^results/fit +1 +- +-$'
lines 9 diff
expect 1 'diff of runs' bm-results diff fewer.h5 plain.h5
has 'diff: only in one' '^860eb207.*: only in B$'
printf 'seed=%s diversity=%s epochs=20 fit=.5 memorization=%s\n' 1 none .5 2 none .25 1 4 .5 | "$build/tests/test_groups" left.h5
printf 'seed=%s diversity=%s epochs=%s fit=.5 memorization=%s\n' 1 none 20 1 2 none 20 .5 3 none 20 .5 1 8 20 .5 1 none 30 .5 |
    "$build/tests/test_groups" right.h5
expect 1 'diff of settings' bm-results diff left.h5 right.h5
has 'settings that only one has' '^setting diversity: 4 only in A; 8 only in B$'
has 'settings that one has more' '^setting epochs: 30 only in B$'
has 'more seeds' '^setting seed: 3 only in B$'
has 'runs are told apart by what differs anywhere' '^[0-9a-f]{8} \(diversity=none, epochs=30, seed=1\): only in B$'
has 'deltas: mean and largest' '^results/memorization +2 +0\.375 +0\.5$'
has 'deltas: a number' '\(diversity=none, epochs=20, seed=2\): memorization is 0\.25 in A, 0\.5 in B \(\+0\.25\)$'
expect 1 'diff with a running run' bm-results diff plain.h5 running.h5
expect 0 'running runs are absent' bm-results diff fewer.h5 running.h5
expect 1 'diff of much' bm-results diff many.h5 empty.h5
lines 22 'diff of much'
has 'diff of much: the rest is counted' '^… and 100 more$'

for kind in plain many running empty; do
    expect 0 "verify $kind" bm-results verify $kind.h5
done

printf 'seed=1 fit=.5\n' | "$build/tests/test_groups" behind.h5
mkdir old && cp behind.h5 behind.h5.d/snapshot.sum old
printf 'seed=2 fit=.5\n' | "$build/tests/test_groups" behind.h5
cp old/behind.h5 . && cp old/snapshot.sum behind.h5.d
expect 0 'verify a snapshot that a journal has left behind' bm-results verify behind.h5
has 'it is what the journal said then' '^the journal has more: 1 finished run and 2 evaluations that the snapshot lacks$'

# ---- the file in other hands ----

expect 0 h5dump h5dump -H plain.h5
has 'h5dump: a column' 'DATASET "crop_ratio_max"'
expect 0 'h5dump: the sweep file' h5dump -a sweep plain.h5
has 'h5dump: the sweep file verbatim' 'diversity: \[none, 4, inf\]'
expect 0 h5ls h5ls -r plain.h5
has 'h5ls: runs' '^/runs/diversity +Dataset \{6\}$'
has 'h5ls: evaluations' '^/evaluations/run +Dataset \{18\}$'
has 'h5ls: pairs' '^/pairs/cka +Dataset \{36\}$'
has 'h5ls: probes' '^/probes/knn +Dataset \{72\}$'
expect 0 'h5ls of nothing' h5ls -r empty.h5
python 'h5py: columns, units, descriptions, rows' '
import h5py, numpy as np
f = h5py.File("plain.h5")
for group, rows in ("runs", 6), ("evaluations", 18), ("probes", 72), ("pairs", 36):
    for column in f[group].values():
        assert column.shape == (rows,), column
        assert column.attrs["description"] and isinstance(column.attrs["role"], str), column
assert list(f["runs/diversity"]) == [0, 0, 4, 4, np.inf, np.inf]
assert f["runs/diversity"].attrs["unit"] == "copies"
assert np.isnan(f["runs/train_accuracy"][:]).all()
assert list(f["evaluations/run"]) == [i // 3 for i in range(18)]
assert list(f["probes/evaluation"]) == [i // 4 for i in range(72)]
assert list(f["pairs/evaluation"]) == [e for e in range(12, 18) for _ in range(6)]
assert list(f["pairs/tap"].asstr()[:6]) == ["stem"] * 3 + ["stage1"] * 2 + ["embedding"]
assert list(f["pairs/other"].asstr()[:3]) == ["stage1", "embedding", "output"]
assert f["runs/log"].asstr()[0] == "epoch 1\nsaid \"enough\"\n"
'
expect 0 'h5dump: texts' h5dump -d /runs/status -d /probes/tap plain.h5
has 'h5dump: whole texts' '"stem", "stage1", "embedding", "output"'
! grep -q '\\000' out
ok $? 'h5dump: texts without padding'
python 'files whose texts have a fixed width, as the first ones had, are still read' '
import h5py, shutil, subprocess
shutil.copy("plain.h5", "first.h5")
with h5py.File("first.h5", "r+") as f:
    f.attrs["format_version"] = 1
    for group in "runs", "probes", "pairs":
        for name, column in list(f[group].items()):
            if h5py.check_string_dtype(column.dtype) and name != "log":
                texts = column.asstr()[:]
                width = max([1] + [len(text.encode()) for text in texts])
                del f[group][name]
                f[group].create_dataset(name, data=[text.encode() for text in texts], dtype="S%d" % width)
for command in "csv", "json", "taps":
    said = [subprocess.run(["bm-results", command, file], capture_output=True, check=True).stdout.replace(b"first.h5", b"plain.h5")
            for file in ("plain.h5", "first.h5")]
    assert said[0] == said[1], command
'
python 'h5py: what is the same in all rows takes no room' '
import h5py, numpy as np
f = h5py.File("plain.h5")
assert np.isnan(f["probes/rewind_test"][:]).all() and f["probes/rewind_test"].id.get_storage_size() == 0
assert (f["runs/epochs"][:] == 20).all() and f["runs/epochs"].id.get_storage_size() == 0
assert f["probes/knn"].id.get_storage_size() == 8 * 72
'
python 'csv and json say the same as the file' '
import csv, json, math, subprocess, h5py
rows, curves = (list(csv.DictReader(subprocess.run(["bm-results", "csv", *options, "plain.h5"], capture_output=True,
                text=True, check=True).stdout.splitlines())) for options in ([], ["--curves"]))
def refuse(word): raise ValueError(word)
objects = json.loads(subprocess.check_output(["bm-results", "json", "plain.h5"]), parse_constant=refuse)
f = h5py.File("plain.h5")
def column(path):
    data = f[path]
    return [None if v == "" or v != v else v for v in (data.asstr()[:] if data.dtype == object else data[:])]
def same(value, text, what):
    """One value in the file and in csv or json."""
    if value is None or text is None:
        assert value is None or (isinstance(value, float) and math.isinf(value)), what
    else:
        assert value == (text if isinstance(value, str) else float(text)), what
assert len(rows) == len(objects) == 6
runs = {name: column("runs/" + name) for name in f["runs"] if name != "log"}
for i, (row, o) in enumerate(zip(rows, objects)):
    evaluations = o.pop("evaluations")
    assert list(row) == list(o) and set(runs) <= set(o)
    for name in runs:
        same(runs[name][i], row[name] or None, name)
        same(runs[name][i], o[name], name)
    assert o["knn_output"] == f["probes/knn"][12 * i + 11]
    assert o["init_knn_output"] == f["probes/knn"][12 * i + 3]
    for e, evaluation in enumerate(evaluations):
        taps, pairs, curve = evaluation.pop("taps"), evaluation.pop("pairs"), curves[3 * i + e]
        assert set(evaluation) == set(f["evaluations"]) - {"run"} and curve["id"] == o["id"]
        for name, value in evaluation.items():
            same(column("evaluations/" + name)[3 * i + e], value, name)
            same(value, curve[name] or None, name)
        for t, tap in enumerate(taps):
            assert set(tap) == {"tap", "dimension", "knn"}
            for name, value in tap.items():
                same(column("probes/" + name)[12 * i + 4 * e + t], value, name)
            same(tap["knn"], curve["knn_" + tap["tap"]], "knn")
        assert len(taps) == 4 and len(pairs) == (6 if i >= 4 else 0)
        for p, pair in enumerate(pairs):
            for name, value in pair.items():
                same(column("pairs/" + name)[18 * (i - 4) + 6 * e + p], value, name)
            same(pair["cka"], curve["cka_" + pair["tap"] + "_" + pair["other"]] or None, "cka")
    for pair in range(6):
        a, b = (f["pairs/" + key].asstr()[pair] for key in ("tap", "other"))
        for e, name in enumerate(("init_cka_", None, "cka_")):
            value = f["pairs/cka"][18 * (i - 4) + 6 * e + pair] if i >= 4 else None
            if name:
                assert o[name + a + "_" + b] == (None if value != value else value), (i, a, b)
assert runs["diversity"] == [0, 0, 4, 4, math.inf, math.inf]
assert runs["diversity_word"] == ["none", "none", None, None, "inf", "inf"]
assert [o["diversity"] for o in objects] == [0, 0, 4, 4, None, None]
assert [row["diversity"] for row in rows] == ["0", "0", "4", "4", "inf", "inf"]
'
python 'what a run'"'"'s probes come to' '
import h5py, numpy as np
runs = h5py.File("plain.h5")["runs"]
k = np.array([0, 3, 1, 4, 2, 5])
assert np.allclose(runs["init_knn_embedding"][:], .2 + .001 * k) and np.allclose(runs["knn_embedding"][:], .24 + .001 * k)
assert set(runs["knn_best_tap"].asstr()[:]) == {"output"}
assert np.allclose(runs["init_knn_best"][:], .2 + .001 * k) and np.allclose(runs["knn_best"][:], .26 + .001 * k)
assert np.isnan(runs["linear_best"][:]).all() and set(runs["linear_best_tap"].asstr()[:]) == {""}
'
python 'columns keep their order, and groups say what they are' '
import h5py
f = h5py.File("plain.h5")
assert list(f["/"]) == ["runs", "evaluations", "probes", "pairs"]
assert list(f["runs"])[:3] == ["id", "dataset", "class_list"] and list(f["runs"])[-1] == "log"
names = list(f["runs"])
assert names[names.index("diversity") + 1] == "diversity_word"
assert list(f["evaluations"])[:2] == ["run", "epoch"] and list(f["pairs"]) == ["evaluation", "tap", "other", "cka"]
assert all(isinstance(group.attrs["description"], str) and group.attrs["description"] for group in f.values())
'
expect 0 'the rank of MPI' bm-results csv --columns mpi_rank plain.h5
fails 2 'rank was not taken in any' 'is not the probe' bm-results csv --columns rank plain.h5
python 'files that call it rank are read' '
import h5py, shutil, subprocess
shutil.copy("plain.h5", "former.h5")
with h5py.File("former.h5", "r+") as f:
    del f["runs/mpi_rank"]
    f["runs/rank"] = list(range(6))
    for name in list(f["runs"]):
        if name.endswith("_word") or "_best" in name or "_embedding" in name:
            del f["runs"][name]
said = [subprocess.run(["bm-results", "csv", "--columns", "mpi_rank,diversity_word,knn_best", file], capture_output=True,
        check=True, text=True).stdout.splitlines() for file in ("plain.h5", "former.h5")]
assert [line.split(",")[0] for line in said[1][1:]] == list("012345"), said
assert [line.split(",")[1:] for line in said[0]] == [line.split(",")[1:] for line in said[1]], said
'

# ---- what terminals obey ----

"$sample" hostile.h5 hostile || exit 1
# safe NAME COMMAND...: nothing in what it prints is a control, and all of it is UTF-8.
safe() {
    local name=$1
    shift
    "$@" >out 2>err </dev/null
    cat out err | iconv -f UTF-8 -t UTF-8 >utf8 && ! LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]' utf8
    ok $? "$name: nothing that is obeyed"
}
id=$(bm-results csv --columns id hostile.h5 | sed -n 2p)
safe table bm-results hostile.h5
safe 'columns that are named' bm-results table --columns cause,host,cpu hostile.h5
has 'shown in words' '  \\x1b\[2Jnode\\x9bé '
has 'a cell is a line' 'first\\x0asecond'
safe taps bm-results taps hostile.h5
safe curve bm-results curve hostile.h5 "$id"
safe pairs bm-results pairs hostile.h5 "$id"
safe plot bm-results plot depth hostile.h5
safe claims bm-results claims hostile.h5
safe log bm-results log hostile.h5 "$id"
has 'log: in words' '^\\x1b\]0;title\\x07 Größe \?$'
has 'log: lines stay' '^second line\\x0d$'
safe diff bm-results diff hostile.h5 plain.h5
safe verify bm-results verify hostile.h5
safe json bm-results json hostile.h5
safe 'an error' bm-results log hostile.h5 "$(printf 'x\033[31m\302\233')"
safe 'wrong use' bm-results "$(printf 'x\033[31m')" y
bm-results csv hostile.h5 | grep -q "$(printf '\033')"
ok $? 'csv for programs is as it is'
LC_ALL=C.UTF-8 script -qec 'bm-results csv hostile.h5' /dev/null </dev/null >out 2>&1
! grep -q "$(printf '\033')" out && grep -q '\\x1b\[2J' out
ok $? 'csv on a terminal is not'
python 'and the file is UTF-8' '
import h5py
f = h5py.File("hostile.h5")
for column in f["runs"].values():
    if column.dtype == object:
        column.asstr()[:]
assert f["runs/log"].asstr()[0].startswith("\x1b]0;title\x07 Größe ?\n")
'
# ---- bad input ----

expect 74 'a missing file' bm-results missing.h5
has 'a missing file is named' 'cannot open missing\.h5: No such file' err
echo text >text.h5
expect 74 'not HDF5' bm-results text.h5
has 'not HDF5 is said' 'text\.h5 is not a results file' err
expect 74 'a folder' bm-results plain.h5.d
expect 74 'diff with a missing file' bm-results diff plain.h5 missing.h5
expect 74 'verify a missing file' bm-results verify missing.h5
expect 2 'no such run' bm-results curve plain.h5 ffff
has 'no such run is said' "no run's id begins with 'ffff'" err
expect 2 'ambiguous id' bm-results log plain.h5 1
has 'candidates are named' "'1' is the beginning of 2 ids: 1f35f623, 153ac5bf" err
expect 2 'no arguments' bm-results
expect 2 'too few arguments' bm-results curve plain.h5
has 'the usage is told' 'usage: bm-results curve FILE ID' err
expect 2 'a misspelt command' bm-results tabel plain.h5
has 'the nearest command' "did you mean 'table'" err
expect 2 'an unknown option' bm-results --tabel
expect 74 'a full disk' sh -c 'bm-results csv plain.h5 >/dev/full'
expect 0 'a closed pipe' sh -c 'bm-results json many.h5 | head -n 1 >/dev/null'

cp changed.h5 plain.h5
expect 74 'verify a snapshot of other results' bm-results verify plain.h5
has 'that is said' 'values are not what its journal says' err
printf XXX | dd of=many.h5.d/journal.0 bs=1 seek=5000 conv=notrunc 2>/dev/null
expect 74 'verify a damaged journal' bm-results verify many.h5
has 'where it is damaged' 'journal\.0 was damaged at byte [0-9]+' err
has 'and how much of it' '; [0-9]+ bytes that cannot be read$'
printf 'unfinished' >>running.h5.d/journal.0
expect 0 'verify an unfinished record' bm-results verify running.h5
has 'it is told' '10 bytes of unfinished records'
rm -r fewer.h5.d
expect 0 'verify without a journal' bm-results verify fewer.h5
rm empty.h5
expect 0 'verify without a snapshot' bm-results verify empty.h5
bm-results empty.h5 >out 2>err
is "$?, $(wc -l <out)" "0, 1" 'only a journal: its runs'
has 'that is said' '^bm-results: empty.h5 is missing: all is taken from its journal$' err

# ---- the program ----

expect 0 help bm-results --help
[ "$(wc -l <out)" -le 24 ] && ! grep -q '.\{81\}' out
ok $? 'help fits a screen'
expect 0 'help behind a command' bm-results verify --help
has 'the same' '^  merge '
expect 0 version bm-results --version
has 'version and revision' '^bm-results [0-9.]+ \('
ldd "$BM_BIN/bm-results" >out
! grep -Eq 'libmpi|openblas|yaml' out
ok $? 'needs neither MPI nor OpenBLAS'
done_testing
