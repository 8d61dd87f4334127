#include "records.h"
#include "files.h"
#include "bm/map.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_FILES = 8 };

struct bm_dataset_handle {
    struct bm_map maps[MOST_FILES];
    struct bm_arena memory; /* of pixels and labels */
    const unsigned char **pixels;
    uint16_t *labels;
};

static size_t image_bytes(const struct bm_records *records)
{
    struct bm_image_shape shape = records->dataset->catalog.shape;
    return (size_t)shape.channels * (size_t)shape.height * (size_t)shape.width;
}

static size_t count_records(const struct bm_records *records, size_t bytes)
{
    size_t record = records->label_bytes + image_bytes(records);
    assert(bytes % record == 0); /* sizes are in the list of files */
    return bytes / record;
}

/* Lists the records of a file. `pixels` and `labels` may be NULL. */
static int list_records(const struct bm_records *records, const unsigned char *data, size_t size,
                        const char *path, const unsigned char **pixels, uint16_t *labels,
                        struct bm_err *err)
{
    size_t n = count_records(records, size), step = records->label_bytes + image_bytes(records);
    for (size_t i = 0; i < n; i++, data += step) {
        for (size_t b = 0; b < records->label_bytes; b++)
            if (data[b] >= records->label_classes[b])
                return bm_fail(err, BM_EXIT_DATA,
                               "'%s': record %zu (of 0 to %zu) has label %d, expected 0 to %d",
                               path, i, n - 1, data[b], records->label_classes[b] - 1);
        if (labels != NULL)
            labels[i] = data[records->label_at];
        if (pixels != NULL)
            pixels[i] = data + records->label_bytes;
    }
    return 0;
}

/* ---- check ---- */

/* Reads the file instead of mapping it: a disk that fails is then an error, not a signal. */
static int check_file(const struct bm_records *records, const char *path, size_t expected,
                      struct bm_id *digest, struct bm_err *err)
{
    unsigned char *data;
    size_t size;
    if (bm_files_read(path, &data, &size, err) != 0)
        return -1;
    int status = size == expected
                     ? list_records(records, data, size, path, NULL, NULL, err)
                     : bm_fail(err, BM_EXIT_DATA, "'%s' changed while it was read", path);
    *digest = bm_digest(data, size);
    free(data);
    return status;
}

int bm_records_check(const struct bm_records *records, const struct bm_dataset_request *request,
                     struct bm_id *digest, struct bm_err *err)
{
    const struct bm_data_file *files = records->dataset->files;
    struct bm_id digests[MOST_FILES];
    size_t n = 0;
    for (; files[n].name != NULL; n++) {
        char path[BM_PATH_SIZE];
        assert(n < MOST_FILES);
        if (bm_files_path(records->dataset, request->data_dir, &files[n], path, err) != 0 ||
            check_file(records, path, files[n].size, &digests[n], err) != 0)
            return -1;
    }
    *digest = bm_digest_join(digests, n);
    return 0;
}

/* ---- open ---- */

static int map_file(const struct bm_records *records, const char *data_dir, size_t number,
                    struct bm_map *map, size_t first, struct bm_dataset_handle *handle,
                    struct bm_err *err)
{
    const struct bm_data_file *file = &records->dataset->files[number];
    char path[BM_PATH_SIZE];
    if (bm_files_path(records->dataset, data_dir, file, path, err) != 0 ||
        bm_map_open(map, path, err) != 0)
        return -1;
    if (map->size != file->size)
        return bm_fail(err, BM_EXIT_DATA, "'%s' is a file of %zu bytes, expected %zu", path,
                       map->size, file->size);
    return list_records(records, map->data, map->size, path, handle->pixels + first,
                        handle->labels + first, err);
}

static void carve(struct bm_dataset_handle *handle, size_t n, struct bm_arena *memory)
{
    handle->pixels = bm_arena_take(memory, n * sizeof *handle->pixels);
    handle->labels = bm_arena_take(memory, n * sizeof *handle->labels);
}

static int map_files(const struct bm_records *records, const char *data_dir,
                     struct bm_dataset_handle *handle, struct bm_err *err)
{
    struct bm_arena count = {0};
    size_t n = records->dataset->catalog.n_train + records->dataset->catalog.n_test, listed = 0;
    carve(handle, n, &count);
    if (bm_arena_init(&handle->memory, count.used, records->dataset->name, err) != 0)
        return -1;
    carve(handle, n, &handle->memory);
    for (size_t f = 0; records->dataset->files[f].name != NULL; f++) {
        if (map_file(records, data_dir, f, &handle->maps[f], listed, handle, err) != 0)
            return -1;
        listed += count_records(records, handle->maps[f].size);
    }
    assert(listed == n);
    return 0;
}

int bm_records_open(const struct bm_records *records, const struct bm_dataset_request *request,
                    struct bm_images *train, struct bm_images *test,
                    struct bm_dataset_handle **handle, struct bm_err *err)
{
    size_t n_train = records->dataset->catalog.n_train, n_test = records->dataset->catalog.n_test;
    struct bm_dataset_handle *opened = calloc(1, sizeof *opened);
    if (opened == NULL)
        return bm_fail_errno(err, "no memory for %s", records->dataset->name);
    if (map_files(records, request->data_dir, opened, err) != 0) {
        bm_records_close(opened);
        return -1;
    }
    *train = (struct bm_images){.n = n_train, .pixels = opened->pixels, .labels = opened->labels};
    *test = (struct bm_images){
        .n = n_test, .pixels = opened->pixels + n_train, .labels = opened->labels + n_train};
    *handle = opened;
    return 0;
}

void bm_records_close(struct bm_dataset_handle *handle)
{
    for (size_t f = 0; f < MOST_FILES; f++)
        bm_map_close(&handle->maps[f]);
    bm_arena_fini(&handle->memory);
    free(handle);
}
