/* Opening the data of a run: the data set's images, a subset of each half, and the labels. Nothing
 * of it depends on anything but the data settings of the configuration. */
#include "files.h"
#include "labels.h"
#include "subset.h"

#include <assert.h>

/* One of the two sizes. */
static int size_of(const struct bm_dataset *dataset, const char *name, const char *images,
                   int64_t asked, size_t all, size_t *size, struct bm_err *err)
{
    *size = asked == 0 ? all : (size_t)asked;
    if (*size > all && !dataset->generated)
        return bm_fail(err, BM_EXIT_DATA, "%s: %zu is more than %s's %zu %s images", name, *size,
                       dataset->name, all, images);
    return 0;
}

int bm_data_sizes(const struct bm_config *config, size_t *n_train, size_t *n_test,
                  struct bm_err *err)
{
    const struct bm_dataset *dataset = bm_dataset_find(config->dataset);
    assert(dataset != NULL);
    if (size_of(dataset, "train_size", "training", config->train_size, dataset->n_train, n_train,
                err) != 0)
        return -1;
    return size_of(dataset, "test_size", "test", config->test_size, dataset->n_test, n_test, err);
}

/* The arrays of a split; `memory` may count. */
static void split_carve(struct bm_split *split, size_t n, struct bm_arena *memory)
{
    split->n = n;
    split->pixels = bm_arena_take(memory, n * sizeof *split->pixels);
    split->index = bm_arena_take(memory, n * sizeof *split->index);
    split->truth = bm_arena_take(memory, n * sizeof *split->truth);
    split->label = bm_arena_take(memory, n * sizeof *split->label);
}

static int splits_init(struct bm_data *data, size_t n_train, size_t n_test, struct bm_err *err)
{
    struct bm_arena count = {0};
    split_carve(&data->train, n_train, &count);
    split_carve(&data->test, n_test, &count);
    if (bm_arena_init(&data->memory, count.used, "labels", err) != 0)
        return -1;
    split_carve(&data->train, n_train, &data->memory);
    split_carve(&data->test, n_test, &data->memory);
    return 0;
}

static int split_draw(struct bm_split *split, const struct bm_dataset *dataset,
                      const struct bm_images *images, uint64_t data_seed, enum bm_half half,
                      struct bm_err *err)
{
    if (dataset->generated) {
        for (uint32_t i = 0; i < split->n; i++)
            split->index[i] = i;
    } else if (bm_subset_draw(images, dataset->classes, split->n, data_seed, half,
                              half == BM_HALF_TRAIN ? "train_size" : "test_size", split->index,
                              err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < split->n; i++) {
        split->pixels[i] = images->pixels[split->index[i]];
        split->truth[i] = split->label[i] = images->labels[split->index[i]];
    }
    return 0;
}

/* The seal of what is there: the one that is known, as long as nothing has changed. */
static int find_seal(const struct bm_dataset *dataset, const struct bm_dataset_request *request,
                     const struct bm_seal *known, struct bm_seal *seal, struct bm_err *err)
{
    if (known != NULL) {
        seal->digest = known->digest;
        if (bm_files_stamp(dataset, request->data_dir, &seal->stamp, err) != 0)
            return -1;
        if (seal->stamp == known->stamp)
            return 0;
    }
    if (bm_dataset_seal(dataset, request, seal, err) != 0)
        return -1;
    if (known == NULL || bm_id_compare(&seal->digest, &known->digest) == 0)
        return 0;
    char found[BM_ID_TEXT], expected[BM_ID_TEXT];
    return bm_fail(err, BM_EXIT_DATA,
                   "%s: what is in %s (digest %s) is not what was there when the sweep began "
                   "(digest %s)",
                   dataset->name, request->data_dir, bm_id_text(&seal->digest, found),
                   bm_id_text(&known->digest, expected));
}

int bm_dataset_seal(const struct bm_dataset *dataset, const struct bm_dataset_request *request,
                    struct bm_seal *seal, struct bm_err *err)
{
    /* The stamp first: what changes while it is read shows later. */
    if (bm_files_stamp(dataset, request->data_dir, &seal->stamp, err) != 0)
        return -1;
    return dataset->check(request, &seal->digest, err);
}

static int open_images(struct bm_data *data, const struct bm_dataset_request *request,
                       const struct bm_seal *seal, struct bm_images *test, struct bm_err *err)
{
    if (find_seal(data->dataset, request, seal, &data->seal, err) == 0 &&
        data->dataset->open(request, &data->all_train, test, &data->handle, err) == 0)
        return 0;
    if (seal != NULL && err != NULL && err->code == BM_EXIT_DATA)
        err->code = BM_EXIT_IO;
    return -1;
}

static int open_all(struct bm_data *data, const struct bm_config *config, const char *data_dir,
                    const struct bm_seal *seal, struct bm_err *err)
{
    const struct bm_dataset *dataset = data->dataset;
    uint64_t data_seed = (uint64_t)config->data_seed;
    size_t n_train, n_test;
    if (bm_data_sizes(config, &n_train, &n_test, err) != 0)
        return -1;
    struct bm_dataset_request request = {data_dir, data_seed, n_train, n_test};
    if (config->probe_train == BM_PROBE_TRAIN_ALL && n_train < dataset->n_train)
        request.train_size = dataset->n_train;
    struct bm_images test;
    if (open_images(data, &request, seal, &test, err) != 0 ||
        splits_init(data, n_train, n_test, err) != 0)
        return -1;
    if (split_draw(&data->train, dataset, &data->all_train, data_seed, BM_HALF_TRAIN, err) != 0 ||
        split_draw(&data->test, dataset, &test, data_seed, BM_HALF_TEST, err) != 0)
        return -1;
    return bm_labels_draw(&data->train, dataset->classes, config->label_noise, data_seed,
                          &data->noisy, err);
}

int bm_data_open(struct bm_data *data, const struct bm_config *config, const char *data_dir,
                 const struct bm_seal *seal, struct bm_err *err)
{
    *data = (struct bm_data){.dataset = bm_dataset_find(config->dataset)};
    assert(data->dataset != NULL);
    if (open_all(data, config, data_dir, seal, err) == 0)
        return 0;
    bm_data_close(data);
    return -1;
}

void bm_data_close(struct bm_data *data)
{
    if (data->handle != NULL)
        data->dataset->close(data->handle);
    bm_arena_fini(&data->memory);
    *data = (struct bm_data){0};
}
