#!/bin/bash
# bm-data: list, check and contact sheets, and bad input. CIFAR-10 is a copy whose sizes are right and whose
# images are not.
. "$(dirname "$0")/tap.sh"
PATH=$BM_BIN:$PATH
unset BM_DATA

# png NAME FILE CONDITION: Python's condition on the pixels, an array (height, width, 3) of bytes.
png() {
    if python_has matplotlib; then
        MPLCONFIGDIR=$work $python -c "
import matplotlib.image, numpy
p = (matplotlib.image.imread('$2') * 255).round().astype(int)
red = (p == (200, 30, 30)).all(axis=2).sum()
print(p.shape, red)
assert $3" >out 2>err
        ok $? "$1"
    else
        skip "$1" 'matplotlib is not installed'
    fi
}

# ---- list and check ----

expect 0 list bm-data list
has 'says where it looked' '^  not there: data/cifar-10-batches-bin: '
has 'says how to get it' 'https://www.cs.toronto.edu/~kriz/cifar.html'
has 'what is generated is there' '^synthetic: .*10 classes'

expect 0 'check synthetic' bm-data check synthetic
has 'counts and balance' '^  50000 training images, 5000 of each class'
has 'statistics' '^  red +mean 0\.[0-9]{4}  deviation 0\.[0-9]{4}$'

expect 65 'check cifar10 without files' bm-data check cifar10
has 'names the file' "^bm-data: cannot open 'data/cifar-10-batches-bin/data_batch_1.bin'" err

# Zeros are 60,000 black airplanes: the right size, valid labels.
mkdir -p data/cifar-10-batches-bin
for file in data_batch_1 data_batch_2 data_batch_3 data_batch_4 data_batch_5 test_batch; do
    truncate -s 30730000 data/cifar-10-batches-bin/$file.bin
done
expect 1 'check black images' bm-data check cifar10
has 'balance' '^  50000 training images, 0 to 50000 of a class'
has 'what is known' '^  red +mean 0.0000  deviation 0.0000  known 0.4914  0.2470'
has 'the sentence' '^  the images are not the published ones'
has 'digests' '^  test_batch.bin  md5 [0-9a-f]{32}  published 803d5f7f4d78ea53de84dbe85f74fb6d$'
tail -n 1 out | grep -q '^  not the published files: .*data_batch_1.bin, .*/test_batch.bin$'
ok $? 'the last line names the files'
expect 1 'check a folder' bm-data check data
expect 1 'check by BM_DATA' env BM_DATA="$work/data" bm-data check cifar10
has 'the same' 'known 0.4914'
mkdir -p linked/cifar-10-batches-bin && ln -s "$work"/data/cifar-10-batches-bin/*.bin linked/cifar-10-batches-bin/
expect 1 'check files that are links' bm-data check cifar10 -s data_dir=linked
has 'the same' '^  not the published files: '
expect 0 'list finds the folder' bm-data list -s data_dir="$work/data"
has 'where' "^  in $work/data/cifar-10-batches-bin"
expect 65 'the inner folder' bm-data check data/cifar-10-batches-bin
has 'is recognized' "^bm-data: cifar10 is not in 'data/cifar-10-batches-bin': its files are there, but" err
expect 65 'the inner folder as data_dir' bm-data check cifar10 -s data_dir=data/cifar-10-batches-bin
has 'is recognized' "^bm-data: cifar10 is not in 'data/cifar-10-batches-bin': its files are there, but" err
mkdir -p python/cifar-10-batches-py
expect 65 'the Python version' bm-data check cifar10 -s data_dir=python
has 'is recognized' "^bm-data: cifar10 is not in 'python': .*-py' is the Python version; it takes" err
expect 0 'list' bm-data list -s data_dir=python
has 'says so, too' 'is the Python version'

# Other data than the published ones: a sweep says so and goes on.
for file in data/cifar-10-batches-bin/*; do
    perl -e 'print chr($_ % 10), "\0" x 3072 for 0 .. 9999' >"$file"
done
cat >black.yaml <<'END'
name: black
results: black.h5
run: {data_dir: data}
fixed: {dataset: cifar10, train_size: 60, test_size: 30, arch: mlp, width: 8, depth: 1, projector_width: 16,
        batch_size: 20, knn_k: 5, epochs: 1}
grid: {seed: 1..2}
END
warning='bm-sweep: warning: cifar10: not the published files: data_batch_1.bin, .*, test_batch.bin \('
for seeds in 1..2 1..3; do
    "$sweep" -j 1 --set seed=$seeds black.yaml >log 2>&1
    is "$?,$(grep -Ec "$warning" log)" 0,1 "a sweep on them, seeds $seeds: runs and says so once"
done
mkdir empty
expect 65 'a folder without data' bm-data check empty
has 'says what it looked for' "^bm-data: 'empty' holds no data set \(looked for: cifar-10-batches-bin, cifar-100-binary, fashion-mnist, train, tiny-imagenet-200\)" err
expect 2 'a wrong name' bm-data check cifar1
has 'the nearest' "did you mean 'cifar10'\?" err

# ---- sheet ----

expect 0 sheet bm-data sheet synthetic -o plain.png
has 'what is on it' '^plain.png: 20 of 1000 training images \(0 of these have'
png 'a picture without red' plain.png 'p.min() == 0 and p.max() == 255 and red == 0'
bm-data sheet synthetic -o again.png >/dev/null && cmp -s plain.png again.png
ok $? 'the same images every time'
expect 0 'over an earlier one' bm-data sheet synthetic -o again.png
: >empty.png && expect 0 'over an empty file' bm-data sheet synthetic -o empty.png
echo 'name: mine' >mine.yaml
expect 74 'over anything else' bm-data sheet synthetic -o mine.yaml
has 'what may be done' '^bm-data: mine.yaml is there, and holds no earlier picture: choose another name, or remove it$' err
is "$(cat mine.yaml)" 'name: mine' 'it is as it was'
mkdir mine.h5.d
expect 74 'into the folder of a results file' bm-data sheet synthetic -o mine.h5.d/x.png
has 'which one' '^bm-data: mine.h5.d/x.png lies in /.*/mine.h5.d, the folder of a results file: choose another place' err
expect 0 'noisy labels' bm-data sheet synthetic -o noisy.png -s label_noise=1
has 'are counted' '1000 of these'
png 'and red' noisy.png 'red > 1000'
bm-data sheet synthetic -o mild.png -s crop_scale_min=0.9 >/dev/null && ! cmp -s plain.png mild.png
ok $? 'strengths change it'
bm-data sheet synthetic -o none.png -s diversity=none -n 1 -k 6 >/dev/null
bm-data sheet synthetic -o three.png -s diversity=3 -n 1 -k 6 >/dev/null
bm-data sheet synthetic -o two.png -n 1 -k 2 >/dev/null
png 'no copies without augmentation' none.png 'p.shape[1] == 100'
png 'no more copies than the pool has' three.png 'p.shape[1] == 2 * 16 + 4 * 68 + 4'
png 'as many copies as asked for' two.png 'p.shape[1] == 2 * 16 + 3 * 68 + 4'
bm-data sheet synthetic -o scaled.png -n 1 -k 6 --scale 3 >/dev/null
png 'pixels of the size that is asked for' scaled.png 'p.shape[1] == 2 * 16 + 7 * 100 + 4'
png 'a heading where there are copies' scaled.png 'p.shape[0] == 2 * 16 + 26 + 18 + 96 + 16'
bm-data sheet synthetic -o bare.png -n 1 -k 0 >/dev/null
png 'none where there are none' bare.png 'p.shape[0] == 2 * 16 + 18 + 64 + 16'
bm-data sheet synthetic -o told.png -n 1 -k 0 -s label_noise=1 >/dev/null
png 'what red means, where anything is red' told.png 'p.shape[0] == 2 * 16 + 26 + 18 + 64 + 16'
bm-data sheet synthetic -o cut.png -n 2 -k 6 --scale 4 -s cutmix=on >/dev/null
png 'a mixed image behind the copies' cut.png 'p.shape[1] == 2 * 16 + 8 * 132 + 8'
bm-data sheet synthetic -o mixed.png -n 2 -k 6 --scale 4 -s mixup_p=0.1 >/dev/null && ! cmp -s cut.png mixed.png
ok $? 'by the way that is asked for'
bm-data sheet synthetic -o unmixed.png -n 1 -k 6 -s cutmix=on -s diversity=none >/dev/null
png 'none where nothing is mixed' unmixed.png 'p.shape[1] == 100'
bm-data sheet synthetic -o own.png -n 1 -k 6 -s augment_labels=independent -s diversity=6 -s label_noise=1 >/dev/null
bm-data sheet synthetic -o shared.png -n 1 -k 6 -s diversity=6 -s label_noise=1 >/dev/null
bars='sum("1" * 64 in "".join(str(int(v)) for v in row) for row in (p == (200, 30, 30)).all(2))'
png 'copies with a wrong label of their own have a bar' own.png "$bars == 2"
png 'and a wrong label for all is text' shared.png "$bars == 0"
bm-data sheet synthetic -o others.png -n 1 -k 6 -s view_source=same_class -s diversity=6 >/dev/null
bm-data sheet synthetic -o made.png -n 1 -k 6 -s diversity=6 >/dev/null && ! cmp -s others.png made.png
ok $? 'copies may be other images'
bm-data sheet synthetic -o difficult.png -n 1 -k 6 -s augment=most_difficult -s diversity=6 >/dev/null && ! cmp -s difficult.png made.png
ok $? 'policies change it'
expect 65 'a policy that there is not' bm-data sheet synthetic -o x.png -s augment=crop,blurr
has 'the nearest' "did you mean 'blur'\?" err
expect 65 'more others than there are' bm-data sheet cifar10 -o x.png -s view_source=same_class -s diversity=60
has 'how many there are' "takes 6000 other images for 100 of class 'airplane', and train_size leaves 4900" err
expect 2 'no scale' bm-data sheet synthetic -o x.png --scale 0
expect 0 'resized images' bm-data sheet synthetic -o large.png -s image_size=100 -n 1 -k 0
png 'have their own size' large.png 'p.shape[1] == 2 * 16 + 104'

# ---- bad input ----

expect 2 'no command' bm-data
expect 2 'a wrong command' bm-data chek cifar10
has 'the nearest' 'did you mean check' err
expect 2 'a wrong option' bm-data list --all
expect 2 'no name' bm-data sheet -o x.png
expect 2 'no file' bm-data sheet synthetic
expect 2 'an option of another command' bm-data list -n 3
expect 2 'no number' bm-data sheet synthetic -o x.png -n some
expect 2 'too many' bm-data sheet synthetic -o x.png -n 100000
expect 2 'no value' bm-data sheet synthetic -o x.png -s label_noise
expect 2 'a wrong setting' bm-data sheet synthetic -o x.png -s label_nois=1
has 'the nearest' "did you mean 'label_noise'\?" err
expect 65 'a wrong value' bm-data sheet synthetic -o x.png -s label_noise=2
expect 65 'a wrong data set' bm-data sheet mnist -o x.png
expect 65 'settings that contradict' bm-data sheet synthetic -o x.png -s crop_scale_max=0.01
expect 65 'more images than there are' bm-data sheet cifar10 -o x.png -s train_size=60000
expect 74 'no such folder' bm-data sheet synthetic -o nowhere/x.png
expect 74 'a full disk' bm-data sheet synthetic -o /dev/full
expect 0 help bm-data --help
[ "$(wc -l <out)" -le 24 ] && ! grep -q '.\{100\}' out
ok $? 'help fits on a screen'
expect 0 version bm-data --version
[ ! -e x.png ]
ok $? 'bad input leaves no file'
done_testing
