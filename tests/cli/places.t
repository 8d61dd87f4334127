#!/bin/bash
# Where users keep their files: results and data in places that are written with ~ and variables, and files that are not
# ours under the name of the results.
. "$(dirname "$0")/tap.sh"
export HOME=$work/home SCRATCH=$work/scratch LC_ALL=C
unset BM_DATA
mkdir "$HOME" "$SCRATCH"

# sweep_file RESULTS [RUN]: x.yaml
sweep_file() {
    cat >x.yaml <<END
name: x
results: $1
run: {threads: 1${2:+, $2}}
fixed: {dataset: synthetic, train_size: 60, test_size: 30, arch: mlp, width: 8, depth: 1, projector_width: 16,
        batch_size: 20, knn_k: 5, epochs: 1}
END
}

for case in "~/a/x.h5 $HOME/a/x.h5" "\$SCRATCH/x.h5 $SCRATCH/x.h5" "\${SCRATCH}/b/\$\$x.h5 $SCRATCH/b/\$x.h5"; do
    read -r written meant <<<"$case"
    sweep_file "$written"
    "$sweep" -j 1 x.yaml >out 2>err
    is "$?, $(ls "$meant")" "0, $meant" "results: $written"
    has "and they are named in full" "results: ${meant//$/\\$}$" err
    "$results" "$meant" >out 2>err
    has "and can be read" ' done ' out
    h5dump -a /sweep "$meant" >out 2>err
    grep -qF "results: $written" out
    ok $? "the file is recorded as it is written"
done
is "$(ls)" "$(printf 'err\nhome\nout\nscratch\nx.yaml')" "nothing is made of the words themselves"

for case in '~nobody-here/x.h5 no.user' '$NOT_SET/x.h5 NOT_SET.is.not.set' '${x/y.h5 a.name.is.expected'; do
    read -r written says <<<"$case"
    sweep_file "$written"
    fails 65 "^bm-sweep: x.yaml:2:10: results: the path .*$says" "results: $written" "$sweep" x.yaml
    rm -f log
done
sweep_file x.h5 'data_dir: $NOT_SET/data'
fails 65 'x.yaml:3:29: data_dir: .*NOT_SET is not set' "data_dir: \$NOT_SET/data" "$sweep" x.yaml
sweep_file x.h5
fails 65 "BM_DATA: .*no user 'nobody-here'" "BM_DATA of nobody" env BM_DATA='~nobody-here/data' "$sweep" x.yaml
fails 65 "BM_DATA: .*longer than 1023 bytes" "BM_DATA that is too long" env BM_DATA="$(printf '%02000d' 0)" "$sweep" x.yaml
fails 65 "NOT_SET is not set" "bm-data expands, too" "$BM_BIN/bm-data" list -s 'data_dir=$NOT_SET'
mkdir -p "$HOME/data"
"$BM_BIN/bm-data" list -s 'data_dir=~/data' >out 2>err
has "and says where it looks" "$HOME/data"
sweep_file x.h5 'data_dir: ~/data'
sed -i 's/synthetic/cifar10/' x.yaml
fails 65 "$HOME/data/cifar-10" "data_dir: ~/data" "$sweep" x.yaml

# ---- other files under that name ----

rm -rf x.h5.d log "$HOME/data"
before=$(find . | sort)
echo "dear diary" >diary.txt
mkfifo pipe
mkdir folder
for case in '. is.a.folder' 'folder is.a.folder' 'folder/ is.a.folder' 'new/ is.a.folder' 'diary.txt is.not.a.results.file' \
    'x.yaml is.the.sweep.file.itself' './x.yaml is.the.sweep.file.itself' 'pipe is.a.device.or.pipe' \
    '/dev/null is.a.device.or.pipe' 'diary.txt/x.h5 leads.through.a.file' 'https://x.org/x.h5 is.an.address'; do
    read -r written says <<<"$case"
    sweep_file "$written"
    for how in --plan -j1; do
        fails 65 "^bm-sweep: x.yaml:2:10: results: '.*' $says" "results: $written ($how)" "$sweep" $how x.yaml
    done
done
is "$(cat diary.txt)" "dear diary" "nothing is overwritten"
rm -f log out err diary.txt pipe && rmdir folder
is "$(find . | sort)" "$(grep -vxE './(out|err)' <<<"$before")" "and nothing is left behind"
done_testing
