#!/bin/bash
# Decoded images are PIL's, byte for byte; what is damaged is refused; a sweep trains on a folder of images.
. "$(dirname "$0")/tap.sh"
PATH=$BM_BIN:$PATH
unset BM_DATA BM_CACHE
pixels=$build/tests/test_pixels

if python_has PIL; then
    mkdir images
    $python "$source/tests/reference/images.py" images >list 2>err
    is "$?,$(wc -l <list)" 0,52 'PIL makes images'
    while read -r name side changes; do
        got=$("$pixels" "images/$name" out.ppm "$side" 2>log)
        cmp -s out.ppm "images/$name.$side.ppm" && [ "$got" = "$changes" ] || echo "$name: $got, expected $changes: $(cat log)"
    done <list >different
    is "$(cat different)" '' 'all are the same, and changes are counted'

    # A damaged file is refused wherever it is cut off.
    size=$(stat -c %s images/s2-64-False.jpg)
    for ((left = 3; left < size - 1; left += 41)); do
        head -c $left images/s2-64-False.jpg >cut.jpg
        "$pixels" cut.jpg out.ppm >/dev/null 2>&1 && echo "$left"
    done >decoded
    is "$(cat decoded)" '' 'a JPEG that is cut off is refused'
    mkdir -p mine/{train,test}/{cat,dog}
    for i in 0 1 2 3 4 5 6 7 8 9; do
        cp images/s2-64-False.jpg mine/train/cat/$i.jpg
        cp images/gray.jpg mine/train/dog/$i.jpeg
    done
    cp images/48x32-16.png mine/test/cat/a.PNG
    cp images/turned.jpg mine/test/dog/b.jpg
    touch mine/train/cat/Thumbs.db
    cat >mine.yaml <<'END'
name: mine
results: mine.h5
run: {data_dir: mine, cache_dir: there/cache}
fixed: {dataset: folder, image_size: 32, arch: cnn, width: 4, projector_width: 16, batch_size: 10, knn_k: 5, epochs: 1}
grid: {seed: 1..4}
END
    expect 0 'a plan' "$sweep" --plan mine.yaml
    expect 65 'images of several sizes without image_size' "$sweep" --plan -s image_size=stored mine.yaml
    has 'says what is missing' "folder: its images are not all square .*image_size has to say" err
    "$sweep" -j 4 mine.yaml >log 2>&1
    is "$?,$(ls there/cache/*.pack | wc -l)" 0,1 'a sweep on a folder, with one packed file'
    has 'says what was left out' '^bm-sweep: folder: 1 entry is no image: 1 .db' log
    has 'and what was changed' '^bm-sweep: folder: of the images 10 gray, made RGB; 1 with an EXIF orientation' log
    h5dump -a /classes.folder mine.h5 >out
    is "$(grep -A1 '"cat$' out | tr -d ' ":()0\n')" catdog 'the names of classes are in the results'
    printf x >>mine/train/dog/3.jpeg # harmless for a decoder, but other data
    "$sweep" -j 1 -s seed=1..5 mine.yaml >log 2>&1
    is $? 65 'changed files are other data'
    has 'which is said' 'the data set in mine .* is not the one of the runs that are there' log
    expect 0 'check a folder' bm-data check folder -s data_dir=mine -s image_size=32 -s cache_dir=there/cache
    has 'counts' '^  20 training images, 10 of each class'
    has 'equal ones' '^  equal images: 18 of the training images'
    expect 0 'a sheet of them' bm-data sheet folder -o sheet.png -s data_dir=mine -s image_size=32 -s cache_dir=there/cache
    : >broken && head -c 700 images/s2-64-False.jpg >mine/test/cat/c.jpg
    expect 65 'a damaged image' "$sweep" --plan mine.yaml
    has 'is named' "'mine/test/cat/c.jpg': a damaged JPEG" err
    rm mine/test/cat/c.jpg
    expect 74 'a cache_dir that is no folder' "$sweep" --plan -s cache_dir=broken/x mine.yaml
    expect 74 'no room for the cache' bash -c 'ulimit -f 40; exec "$0" --plan -s cache_dir=small mine.yaml' "$sweep"
    is "$(ls -A small | grep -v lock)" '' 'leaves nothing'
else
    skip 'decoded images are those of PIL' 'PIL is not installed'
fi
done_testing
