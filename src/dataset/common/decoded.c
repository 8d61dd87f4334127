#include "decoded.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bm/file.h"
#include "bm/lock.h"
#include "packed.h"

_Static_assert(sizeof((struct bm_packed_paths *)0)->stored == BM_PATH_SIZE, "any path");

/* ---- where packed files are ---- */

/* By the data set and the place of its files, so that files that have changed replace what was made
 * of them before. */
static int find_paths(const struct bm_decoded *set, const struct bm_dataset_request *request,
                      struct bm_packed_paths *paths, struct bm_err *err)
{
    char *place = realpath(request->data_dir, NULL);
    if (place == NULL)
        return bm_fail(err, BM_EXIT_DATA,
                       "cannot open the folder '%s': %s (data_dir or $BM_DATA "
                       "names the folder of the data sets)",
                       request->data_dir, strerror(errno));
    unsigned long long key = bm_checksum(place, strlen(place));
    free(place);
    int n = snprintf(paths->stored, BM_PATH_SIZE, "%s/%s-%016llx.pack", request->cache_dir,
                     set->dataset->name, key);
    snprintf(paths->resized, BM_PATH_SIZE, "%.4000s/%s-%016llx-%d.pack", request->cache_dir,
             set->dataset->name, key, request->image_size);
    return n < 4000
               ? 0
               : bm_fail(err, BM_EXIT_DATA, "cache_dir is too long: '%.100s…'", request->cache_dir);
}

/* What a packed file has to be of, to be taken. */
struct wanted {
    const struct bm_id *digest; /* NULL: any */
    const uint64_t *stamp;      /* NULL: any */
    bool whole;                 /* pixels included */
};

static bool is_wanted(const struct bm_packed *packed, const struct wanted *wanted)
{
    const struct bm_packed_header *header = &packed->header;
    return (wanted->digest == NULL || bm_id_compare(&header->digest, wanted->digest) == 0) &&
           (wanted->stamp == NULL || header->stamp == *wanted->stamp) &&
           (!wanted->whole || bm_packed_is_whole(packed));
}

/* 1: opened, 0: there is none, -1. */
static int open_one(const char *path, const struct wanted *wanted, struct bm_packed *packed,
                    struct bm_err *err)
{
    int found = bm_packed_open(packed, path, err);
    if (found <= 0 || is_wanted(packed, wanted))
        return found;
    bm_packed_close(packed);
    return 0;
}

/* Images as stored are preferred: views resize what they cut out of them. */
static int open_either(const struct bm_packed_paths *paths, int side, const struct wanted *wanted,
                       struct bm_packed *packed, struct bm_err *err)
{
    int found = open_one(paths->stored, wanted, packed, err);
    if (found != 0 || side == 0)
        return found;
    return open_one(paths->resized, wanted, packed, err);
}

/* ---- making them ---- */

static int load_and_pack(const struct bm_decoded *set, struct bm_source *source, int side,
                         const struct bm_packed_paths *paths, struct bm_err *err)
{
    if (set->load != NULL && set->load(source, err) != 0)
        return -1;
    return bm_pack(set, source, side, paths, err);
}

/* One process of a machine makes it, the others wait and find it there. */
static int make(const struct bm_decoded *set, struct bm_source *source, int side,
                const struct bm_packed_paths *paths, const struct wanted *wanted,
                struct bm_packed *packed, struct bm_err *err)
{
    char folder[BM_PATH_SIZE], lock_path[BM_PATH_SIZE];
    int lock;
    bm_folder_of(paths->stored, folder);
    snprintf(lock_path, sizeof lock_path, "%.4000s.lock", paths->stored);
    if (bm_folder_make(folder, err) != 0 ||
        bm_lock_take(lock_path, paths->stored, INFINITY, NULL, &lock, err) != 0)
        return bm_fail_at(err, "cache_dir");
    int found = open_either(paths, side, wanted, packed, err);
    if (found == 0 && load_and_pack(set, source, side, paths, err) == 0)
        found = open_either(paths, side, wanted, packed, err);
    bm_lock_release(lock);
    if (found == 0)
        bm_fail(err, BM_EXIT_IO, "'%s' cannot be read again", paths->stored);
    return found > 0 ? 0 : -1;
}

/* Opens the packed file, and makes it where it is not there, not whole, or of other files. */
static int open_packed(const struct bm_decoded *set, const struct bm_dataset_request *request,
                       bool whole, struct bm_packed *packed, struct bm_err *err)
{
    struct bm_packed_paths paths;
    struct bm_source source = {0};
    struct wanted wanted = {.digest = request->seal ? &request->seal->digest : NULL};
    if (find_paths(set, request, &paths, err) != 0)
        return -1;
    if (wanted.digest != NULL) { /* then it is of the right files, whatever their times are here */
        int found = open_either(&paths, request->image_size, &wanted, packed, err);
        if (found != 0)
            return found > 0 ? 0 : -1;
    }
    wanted = (struct wanted){.stamp = &source.stamp, .whole = whole};
    int status = set->look(request, &source, err);
    if (status == 0) {
        int found = open_either(&paths, request->image_size, &wanted, packed, err);
        status = found > 0 ? 0
                 : found < 0
                     ? -1
                     : make(set, &source, request->image_size, &paths, &wanted, packed, err);
    }
    set->fini(&source);
    return status;
}

/* ---- the functions of a data set ---- */

/* Catalogs that were asked for: they live as long as the program, and so do the packed files that
 * they are in. */
struct known {
    const struct bm_dataset *dataset;
    char *data_dir, *cache_dir;
    int image_size;
    struct bm_packed packed;
    size_t *counts; /* of each class: training images, then test images */
    struct bm_catalog catalog;
    struct known *next;
};

static bool is_same(const struct known *known, const struct bm_decoded *set,
                    const struct bm_dataset_request *request)
{
    /* Files that changed since somebody looked are not what that one saw. */
    bool is_seen = request->seal == NULL ||
                   bm_id_compare(&request->seal->digest, &known->packed.header.digest) == 0;
    return is_seen && known->dataset == set->dataset && known->image_size == request->image_size &&
           strcmp(known->data_dir, request->data_dir) == 0 &&
           strcmp(known->cache_dir, request->cache_dir) == 0;
}

static void fill_catalog(struct known *known)
{
    const struct bm_packed_header *header = &known->packed.header;
    size_t classes = (size_t)header->n_classes;
    for (size_t i = 0; i < header->n_train + header->n_test; i++)
        known->counts[header->labels[i] + (i < header->n_train ? 0 : classes)]++;
    known->catalog = (struct bm_catalog){
        .shape = header->shape,
        .classes = header->n_classes,
        .class_names = header->class_names,
        .n_train = header->n_train,
        .n_test = header->n_test,
        .train_counts = known->counts,
        .test_counts = known->counts + classes,
        .remarks = header->remarks,
    };
}

int bm_decoded_find(const struct bm_decoded *set, const struct bm_dataset_request *request,
                    const struct bm_catalog **catalog, struct bm_err *err)
{
    static struct known *all;
    for (const struct known *known = all; known != NULL; known = known->next)
        if (is_same(known, set, request)) {
            *catalog = &known->catalog;
            return 0;
        }
    struct bm_packed packed;
    if (open_packed(set, request, false, &packed, err) != 0)
        return -1;
    struct known *known = calloc(1, sizeof *known);
    if (known == NULL)
        abort();
    *known = (struct known){.dataset = set->dataset,
                            .data_dir = strdup(request->data_dir),
                            .cache_dir = strdup(request->cache_dir),
                            .image_size = request->image_size,
                            .packed = packed,
                            .next = all};
    known->counts = calloc(2 * (size_t)packed.header.n_classes, sizeof *known->counts);
    if (known->data_dir == NULL || known->cache_dir == NULL || known->counts == NULL)
        abort();
    fill_catalog(known);
    all = known;
    *catalog = &known->catalog;
    return 0;
}

int bm_decoded_stamp(const struct bm_decoded *set, const struct bm_dataset_request *request,
                     uint64_t *stamp, struct bm_err *err)
{
    struct bm_source source = {0};
    if (request->seal != NULL) {
        struct bm_packed_paths paths;
        struct bm_packed packed;
        const struct wanted wanted = {.digest = &request->seal->digest};
        if (find_paths(set, request, &paths, err) != 0)
            return -1;
        int found = open_either(&paths, request->image_size, &wanted, &packed, err);
        if (found != 0) {
            *stamp = request->seal->stamp;
            if (found > 0)
                bm_packed_close(&packed);
            return found > 0 ? 0 : -1;
        }
    }
    int status = set->look(request, &source, err);
    *stamp = source.stamp;
    set->fini(&source);
    return status;
}

int bm_decoded_check(const struct bm_decoded *set, const struct bm_dataset_request *request,
                     struct bm_id *digest, struct bm_err *err)
{
    struct bm_packed packed;
    struct bm_dataset_request unsealed = *request;
    unsealed.seal = NULL;
    if (open_packed(set, &unsealed, true, &packed, err) != 0)
        return -1;
    *digest = packed.header.digest;
    bm_packed_close(&packed);
    return 0;
}

struct bm_dataset_handle {
    struct bm_packed packed;
    struct bm_arena memory;
    const unsigned char **pixels;
    uint16_t *labels;
};

static void carve(struct bm_dataset_handle *handle, size_t n, struct bm_arena *memory)
{
    handle->pixels = bm_arena_take(memory, n * sizeof *handle->pixels);
    handle->labels = bm_arena_take(memory, n * sizeof *handle->labels);
}

static int list_images(struct bm_dataset_handle *handle, struct bm_images *train,
                       struct bm_images *test, struct bm_err *err)
{
    const struct bm_packed_header *header = &handle->packed.header;
    size_t n_train = header->n_train, n = n_train + header->n_test;
    struct bm_arena count = {0};
    carve(handle, n, &count);
    if (bm_arena_init(&handle->memory, count.used, "a list of images", err) != 0)
        return -1;
    carve(handle, n, &handle->memory);
    for (size_t i = 0; i < n; i++)
        handle->pixels[i] = handle->packed.pixels + i * bm_packed_image_bytes(header->shape);
    memcpy(handle->labels, header->labels, n * sizeof *handle->labels);
    *train = (struct bm_images){.n = n_train, .pixels = handle->pixels, .labels = handle->labels};
    *test = (struct bm_images){.n = header->n_test,
                               .pixels = handle->pixels + n_train,
                               .labels = handle->labels + n_train};
    return 0;
}

int bm_decoded_open(const struct bm_decoded *set, const struct bm_dataset_request *request,
                    struct bm_images *train, struct bm_images *test,
                    struct bm_dataset_handle **handle, struct bm_err *err)
{
    struct bm_dataset_handle *opened = calloc(1, sizeof *opened);
    if (opened == NULL)
        return bm_fail_errno(err, "no memory for %s", set->dataset->name);
    int status = open_packed(set, request, false, &opened->packed, err);
    if (status == 0 && request->seal != NULL &&
        bm_id_compare(&opened->packed.header.digest, &request->seal->digest) != 0)
        status = bm_fail(err, BM_EXIT_DATA, "%s: its files in '%s' have changed",
                         set->dataset->name, request->data_dir);
    if (status == 0)
        status = list_images(opened, train, test, err);
    if (status != 0) {
        bm_decoded_close(opened);
        return -1;
    }
    *handle = opened;
    return 0;
}

void bm_decoded_close(struct bm_dataset_handle *handle)
{
    bm_packed_close(&handle->packed);
    bm_arena_fini(&handle->memory);
    free(handle);
}
