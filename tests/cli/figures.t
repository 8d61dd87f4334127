#!/bin/bash
# bm-figures: what is drawn of known files, in which files, and what it says about files that lack what it needs.
. "$(dirname "$0")/tap.sh"
python_has h5py numpy matplotlib || skip_all 'h5py, numpy or matplotlib is not installed'
unset DISPLAY
export MPLCONFIGDIR="$tap" PYTHONDONTWRITEBYTECODE=1
figures=$source/analysis/bm-figures
# runs FILE: from standard input (tests/runs.h).
runs() { "$build/tests/test_groups" "$1" || exit 1; }
# check NAME,... [FILE]...: those of tests/figure_checks.py, which `checks` makes, all by one process.
check() { echo "$*" >>jobs; }
# refuses PATTERN NAME ARGUMENTS...: one sentence.
refuses() {
    local pattern=$1 name=$2
    shift 2
    echo "refuses $pattern|$name|$*" >>jobs
}
checks() {
    local status name done=0
    while read -r status name; do
        ok "$status" "$name"
        done=$((done + 1))
    done < <(PYTHONPATH=$source/analysis $python "$source/tests/figure_checks.py" <jobs 2>log)
    [ $done = "$(sed 's/ .*//' jobs | tr ',' '\n' | wc -l)" ]
    ok $? 'all checks were made'
}
# change FROM TO STATEMENT: FROM.h5 with something done to it, as TO.h5.
change() {
    cp "$1.h5" "$2.h5"
    $python -c "
import h5py
f = h5py.File('$2.h5', 'r+')
$3"
}

# ---- known files ----

for seed in 1 2 3; do
    echo "diversity=none seed=$seed memorization=1 fit=1 init_knn_stem=.3 knn_stem=.3$seed init_knn_embedding=.2 knn_embedding=.1$seed knn_output=.1"
    echo "diversity=1 seed=$seed memorization=.$((78 + 2 * seed)) memorization@10=.5 memorization@20=.$((78 + 2 * seed)) fit=.9 train_loss@10=.1
        init_knn_stem=.3 knn_stem=.2 init_knn_embedding=.2 knn_embedding=.3$((2 * seed)) init_knn_output=.1 knn_output=.5 noisy_output=.8 invariance_stem=.25" | tr '\n' ' '
    [ $seed != 2 ] || printf ' memorization@5=.2'
    echo
    echo "label_noise=0 diversity=none seed=$seed memorization=1 fit=1 init_knn_stem=.3 knn_stem=.3 init_knn_embedding=.2 knn_embedding=.4"
    echo "label_noise=0 diversity=1 seed=$seed memorization=.9 fit=1 init_knn_stem=.3 knn_stem=.3 init_knn_embedding=.2 knn_embedding=.5"
done >lines
cat >>lines <<'END'
diversity=4 seed=1 memorization=.6 fit=.7 init_knn_embedding=.2 knn_embedding=.31
diversity=4 seed=2 memorization=.62 fit=.7 init_knn_embedding=.21 knn_embedding=.35
diversity=4 seed=3 status=crashed
diversity=inf seed=1 memorization=.5 fit=.4 init_knn_embedding=.2 knn_embedding=.45
label_noise=0 diversity=4 seed=1 status=running
END
runs known.h5 <lines
check interval,scale,styles,one_axis,cut,log_bars
check tradeoff,drawn,gaps,counts,best,depth,curves,heatmap,scatter,texts,readable known.h5
runs gaps.h5 <<'END'
diversity=1 seed=1 epochs=40 knn_embedding@10=.1 knn_embedding@20=.2 memorization@30=.5 knn_embedding@40=.3
diversity=1 seed=2 epochs=40 knn_embedding@10=.3 memorization@20=.5 memorization@30=.5 knn_embedding@40=.5
END
check curves_with_gaps gaps.h5
runs measured.h5 <<'END'
dataset=cifar10 seed=1 knn_embedding=.3
dataset=cifar10 seed=2 knn_k=5 knn_embedding=.4
dataset=cifar100 seed=1 linear_embedding=.3
END
check measured measured.h5
runs fit.h5 <<'END'
diversity=2 seed=1 fit@10=.99 fit@20=1 knn_embedding@10=.21 knn_embedding=.31
diversity=4 seed=1 fit@10=.5 fit@20=.98 knn_embedding@10=.21 knn_embedding=.31
diversity=4 seed=2 fit@10=1 fit@20=1 knn_embedding@10=.21 knn_embedding=.31
END
check fit fit.h5
runs sets.h5 <<'END'
dataset=cifar10 seed=1 memorization=.4 knn_embedding=.3
dataset=cifar100 seed=1 memorization=.5 knn_embedding=.1
END
check two_sets sets.h5
runs strengths.h5 <<'END'
diversity=none seed=1 memorization=.4 knn_embedding=.3
diversity=inf seed=1 memorization=.5 knn_embedding=.1
diversity=inf seed=1 crop_scale_min=.5 memorization=.5 knn_embedding=.1
END
check without_effect strengths.h5
runs copied.h5 <<'END'
diversity=none seed=1 knn_embedding=.3
diversity=2 seed=1 view_source=same_class knn_embedding=.3
diversity=2 seed=1 knn_embedding=.3
diversity=2 seed=1 crop_scale_min=.5 knn_embedding=.3
diversity=inf seed=1 knn_embedding=.3
diversity=inf seed=1 crop_scale_min=.5 knn_embedding=.3
END
check copies_without_effect copied.h5
runs first.h5 <<'END'
diversity=1 seed=1 knn_stem=.1 knn_embedding=.2
diversity=2 seed=1 status=crashed
END
runs second.h5 <<'END'
diversity=1 seed=1 knn_stem=.1 knn_embedding=.2
diversity=2 seed=1 knn_embedding=.4
diversity=4 seed=1 knn_output=.5 knn_embedding=.6
END
runs networks.h5 <<'END'
arch=cnn seed=1 knn_block1=.1 knn_embedding=.2 knn_output=.3
arch=resnet18 seed=1 knn_stem=.1 knn_stage1=.1 knn_embedding=.2 knn_output=.3
END
check networks networks.h5
check joined first.h5 second.h5
for words in 'fit=.9 knn_embedding=.3' 'augment_labels=independent fit=.6 knn_embedding@10=.2 knn_embedding=.3' 'view_source=same_class fit=.9 knn_embedding=.2'; do
    for k in 2 4; do printf '%s\n' "diversity=$k seed=1 $words" "diversity=$k seed=2 ${words/fit=.9/fit=.7}"; done
done | runs copies.h5
check copies,nothing_empty copies.h5

# ---- what is there of a sweep ----

echo 'seed=1 memorization=.5 knn_embedding=.2' | runs point.h5
printf '%s\n' 'diversity=none seed=1 memorization=1' 'diversity=inf seed=1 status=running' | runs running.h5
printf '%s\n' 'diversity=none seed=1 memorization=1 knn_stem=.1' 'diversity=none seed=2 status=crashed' 'diversity=inf seed=1 status=diverged' | runs failed.h5
check sensible point.h5 running.h5 failed.h5
check some known.h5
echo 'seed=1 status=running' | runs begun.h5
"$build/tests/test_snapshot" empty.h5 empty
for file in begun empty; do
    refuses 'has no finished run yet' "$file: nothing to draw" $file.h5 -o nothing
done

# ---- files ----

# As on a machine without a home, a display and a network.
env -i PATH=/usr/bin:/bin HOME=/dev/null/none PYTHONDONTWRITEBYTECODE=1 $python "$figures" known.h5 -o drawn >out 2>err
is "$? $(wc -c <err)" '0 0' 'no HOME and no display: drawn, and nothing to complain of'
is "$(sort out)" "$(find drawn -type f | sort)" 'it names what it has written'
ls drawn | sed 's/\..*//' | sort -u >names
is "$(xargs <names)" 'curves curves-slide depth-label_noise=0 depth-label_noise=0-slide depth-label_noise=1 depth-label_noise=1-slide equal-fit equal-fit-slide heatmap heatmap-slide scatter scatter-slide tradeoff tradeoff-slide' \
    'all that there is data for'
is "$(find drawn -name '*.pdf' | wc -l)" "$(find drawn -name '*.png' | wc -l)" 'a PDF beside each PNG'
$python - <<'END' >log 2>&1
import glob, re, struct
for path in glob.glob("drawn/*.png"):
    head = open(path, "rb").read(24)
    assert head[1:4] == b"PNG" and struct.unpack(">I", head[16:20])[0] == (2666 if "slide" in path else 680), (path, head)
for path in glob.glob("drawn/*.pdf"):
    text = open(path, "rb").read()
    assert b"/Type3" not in text and b"/Type 3" not in text and b"/FontFile2" in text, path
END
ok $? 'PNG of 200 dpi as wide as a column and a slide, PDF with TrueType fonts'
(cd "$work" && env PATH="$tap/bin:/usr/bin:/bin" "$figures" point.h5 -o moved >out 2>err)
is "$? $(wc -c <err)" '0 0' 'the program starts by itself'

refuses 'nowhere.h5: there is no such file' 'no such file' nowhere.h5 -o x
echo text >text.h5
refuses 'text.h5 is not a readable results file' 'not HDF5' text.h5 -o x
change point probeless 'del f["probes"]; del f["runs"]; f["runs"] = 1'
refuses 'is not a readable results file' 'HDF5 of something else' probeless.h5 -o x
refuses "no tap 'stm'; there are stem, embedding" 'no such tap' known.h5 --taps stm -o x
refuses "no tap 'stm'" 'no such tap of the heat map' known.h5 --tap stm -o x
refuses 'no column probes/knm' 'no such probe' known.h5 --probe knm -o x
refuses '--quantity dataset: .* has no numbers' 'a quantity that is none' known.h5 --quantity dataset -o x
refuses 'has no column runs/widht' 'no such setting' known.h5 --where widht=3 -o x
refuses '--where width=wide: width is a number' 'not a number' known.h5 --where width=wide -o x
refuses '--where width: not a condition' 'no condition' known.h5 --where width -o x
echo 'diversity=1 seed=1 knn_stem=.1 knn_embedding=.3' | runs third.h5
refuses 'first.h5 and third.h5 disagree about run [0-9a-f]{8}: knn_[a-z_]* is 0.2 and 0.3; drop the wrong one' \
    'files that disagree' first.h5 third.h5 -o x
echo 'diversity=1 seed=1 linear_embedding=.3' | runs fourth.h5
refuses 'first.h5 and fourth.h5 have run [0-9a-f]{8} with measurements that the other one lacks in each' \
    'files that measured other things' first.h5 fourth.h5 -o x
refuses 'has no finished run that meets --where' 'none meets it' known.h5 --where width=12345 -o x
refuses '--pool widht: .* no setting of that name' 'nothing to pool' known.h5 --pool widht -o x
echo >file
refuses 'cannot make the folder file' 'a file in place of the folder' known.h5 -o file
mkdir -p hidden/matplotlib && echo 'raise ImportError("No module named matplotlib")' >hidden/matplotlib/__init__.py
PYTHONPATH=$work/hidden fails 1 '^bm-figures: No module named matplotlib; Debian: apt-get install' 'no matplotlib' $python "$figures" known.h5 -o x
fails 1 '^bm-figures: nowhere.h5: there is no such file$' 'what is refused has exit code 1' $python "$figures" nowhere.h5 -o x

# ---- two paths of the convolutions ----

for path in winograd direct; do
    for seed in 1 2; do echo "seed=$seed conv=$path train_loss@10=.$((seed + 1)) train_loss@20=.1$seed"; done | runs $path.h5 2>log
done
printf '%s\n' 'seed=1 train_loss@10=.1 train_loss@15=.1 train_loss@20=.1' 'seed=2 train_loss@10=.1 train_loss@15=.1 train_loss@20=.1' | runs longer.h5
$python - <<'END'
import h5py
for name in ("winograd", "direct"):
    with h5py.File(f"{name}.h5", "r+") as f:
        f["runs/conv"][:] = name
END
$python "$figures" paths winograd.h5 direct.h5 -o two >out 2>err
is "$? $(wc -c <err) $(head -c 4 two/paths.png | tail -c 3)" '0 0 PNG' 'paths: a figure'
has 'paths: and what it shows in numbers' '^mean over 2 epochs: winograd and direct are 0 apart, 2 seeds 0.055; '
refuses 'the two files have different seeds' 'paths: other seeds' paths winograd.h5 point.h5 -o x
refuses 'known.h5 differ in more than their seed' 'paths: a larger grid' paths known.h5 direct.h5 -o x
refuses 'different numbers of evaluations' 'paths: other lengths' paths winograd.h5 longer.h5 -o x
refuses 'paths compares two files' 'paths: one file' paths winograd.h5 -o x
checks
[ ! -e nothing ] && [ ! -e x ]
ok $? 'nothing is written'

# ---- installed ----

make -C "$source" --no-print-directory -n install DESTDIR="$work/root" PREFIX=/usr 2>/dev/null | grep figures >install.sh
(cd "$source" && mkdir -p "$work/root/usr/bin" && sh "$work/install.sh") >log 2>&1
$python root/usr/bin/bm-figures point.h5 -o installed >out 2>log && [ -s installed/tradeoff.png ]
ok $? 'installed, it draws'
cmp -s moved/tradeoff.pdf installed/tradeoff.pdf && cmp -s moved/tradeoff.png installed/tradeoff.png
ok $? 'the same results give the same bytes'
PYTHONPATH=$work/root/usr/share/bm-sweep $python -c 'from bm_figures import load; print(len(load("known.h5").runs["id"]))' >out 2>log
is "$(cat out)" 17 'and can be imported'
done_testing
