/* CIFAR-10 in its binary version (Krizhevsky 2009): files of 10,000 records, each a label byte and
 * the red, green and blue planes. The files are mapped, so that all trainers of a machine share one
 * copy in the page cache, and checked as a whole before anything trains. */
#include <stdio.h>
#include <stdlib.h>

#include "bm/data.h"
#include "bm/map.h"

enum {
    N_TRAIN_FILES = 5,
    N_FILES = 6,
    N_RECORDS = 10000, /* a file */
    N_PIXELS = 3 * 32 * 32,
    RECORD_BYTES = 1 + N_PIXELS,
    FILE_BYTES = N_RECORDS * RECORD_BYTES,
    N_CLASSES = 10,
};

static const char folder[] = "cifar-10-batches-bin";
static const char *const files[N_FILES] = {"data_batch_1.bin", "data_batch_2.bin",
                                           "data_batch_3.bin", "data_batch_4.bin",
                                           "data_batch_5.bin", "test_batch.bin"};

struct bm_dataset_handle {
    struct bm_map maps[N_FILES];
    const unsigned char *pixels[N_FILES * N_RECORDS];
    uint16_t labels[N_FILES * N_RECORDS];
};

static int map_file(const char *path, struct bm_map *map, struct bm_err *err)
{
    if (bm_map_open(map, path, err) != 0)
        return bm_fail_hint(err,
                            "data_dir or $BM_DATA names the folder that holds %s, from "
                            "https://www.cs.toronto.edu/~kriz/cifar.html",
                            folder);
    if (map->size != FILE_BYTES)
        return bm_fail(err, BM_EXIT_DATA,
                       "'%s' is a file of %zu bytes, expected a file of %d bytes (%d records of "
                       "%d)",
                       path, map->size, FILE_BYTES, N_RECORDS, RECORD_BYTES);
    bm_map_expect(map);
    return 0;
}

/* Lists the records of a mapped file. */
static int read_records(const unsigned char *map, const char *path, const unsigned char **pixels,
                        uint16_t *labels, struct bm_err *err)
{
    for (int i = 0; i < N_RECORDS; i++, map += RECORD_BYTES) {
        if (map[0] >= N_CLASSES)
            return bm_fail(err, BM_EXIT_DATA,
                           "'%s': record %d (of 0 to %d) has label %d, expected 0 to %d", path, i,
                           N_RECORDS - 1, map[0], N_CLASSES - 1);
        labels[i] = map[0];
        pixels[i] = map + 1;
    }
    return 0;
}

static int open_files(struct bm_dataset_handle *handle, const char *data_dir, struct bm_id *digest,
                      struct bm_err *err)
{
    struct bm_id digests[N_FILES];
    for (int f = 0; f < N_FILES; f++) {
        char path[2048];
        int length = snprintf(path, sizeof path, "%s/%s/%s", data_dir, folder, files[f]);
        if (length < 0 || (size_t)length >= sizeof path)
            return bm_fail(err, BM_EXIT_DATA, "data_dir is too long: '%.100s…'", data_dir);
        if (map_file(path, &handle->maps[f], err) != 0 ||
            read_records(handle->maps[f].data, path, handle->pixels + f * N_RECORDS,
                         handle->labels + f * N_RECORDS, err) != 0)
            return -1;
        digests[f] = bm_digest(handle->maps[f].data, FILE_BYTES);
    }
    *digest = bm_digest_join(digests, N_FILES);
    return 0;
}

static void cifar10_close(struct bm_dataset_handle *handle)
{
    for (int f = 0; f < N_FILES; f++)
        bm_map_close(&handle->maps[f]);
    free(handle);
}

static int cifar10_open(const struct bm_dataset_request *request, struct bm_images *train,
                        struct bm_images *test, struct bm_id *digest,
                        struct bm_dataset_handle **handle, struct bm_err *err)
{
    struct bm_dataset_handle *opened = calloc(1, sizeof *opened);
    if (opened == NULL)
        return bm_fail_errno(err, "no memory for cifar10");
    if (open_files(opened, request->data_dir, digest, err) != 0) {
        cifar10_close(opened);
        return -1;
    }
    enum { N_TRAIN = N_TRAIN_FILES * N_RECORDS };
    *train = (struct bm_images){N_TRAIN, opened->pixels, opened->labels};
    *test = (struct bm_images){N_RECORDS, opened->pixels + N_TRAIN, opened->labels + N_TRAIN};
    *handle = opened;
    return 0;
}

const struct bm_dataset bm_dataset_cifar10 = {
    .name = "cifar10",
    .help = "60,000 photographs of ten kinds of object; unpack cifar-10-binary.tar.gz from "
            "https://www.cs.toronto.edu/~kriz/cifar.html into data_dir",
    .shape = {3, 32, 32},
    .classes = N_CLASSES,
    .n_train = N_TRAIN_FILES * N_RECORDS,
    .n_test = N_RECORDS,
    .class_names = (const char *const[]){"airplane", "automobile", "bird", "cat", "deer", "dog",
                                         "frog", "horse", "ship", "truck", NULL},
    .folder = folder,
    .known = (const struct bm_channel_statistics[]){{0.4914, 0.2470},
                                                    {0.4822, 0.2435},
                                                    {0.4465, 0.2616}},
    .open = cifar10_open,
    .close = cifar10_close,
};
