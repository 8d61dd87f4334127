/* Opening the data of a run: the data set's images, a subset of each half, and the labels. Nothing
 * of it depends on anything but the data settings of the configuration, and, where copies of images
 * are others, its seed. */
#include "classes.h"
#include "facts.h"
#include "files.h"
#include "labels.h"
#include "others.h"
#include "subset.h"

/* The arrays of a split; `memory` may count. */
static void split_carve(struct bm_split *split, size_t n, struct bm_arena *memory)
{
    split->n = n;
    split->pixels = bm_arena_take(memory, n * sizeof *split->pixels);
    split->index = bm_arena_take(memory, n * sizeof *split->index);
    split->truth = bm_arena_take(memory, n * sizeof *split->truth);
    split->label = bm_arena_take(memory, n * sizeof *split->label);
    split->others = NULL;
    if (split->n_others > 0)
        split->others = bm_arena_take(memory, n * split->n_others * sizeof *split->others);
}

/* What `classes` leaves of both halves; the arrays of images that are used as they are stay empty.
 */
struct halves {
    struct bm_images train, test;
};

static void images_carve(struct bm_images *images, struct bm_arena *memory)
{
    size_t n = images->n;
    images->pixels = bm_arena_take(memory, n * sizeof *images->pixels);
    images->labels = bm_arena_take(memory, n * sizeof *images->labels);
    images->index = bm_arena_take(memory, n * sizeof *images->index);
}

/* All arrays of `data`; `memory` may count. */
static void carve(struct bm_data *data, size_t n_train, size_t n_test, struct halves *kept,
                  struct bm_arena *memory)
{
    split_carve(&data->train, n_train, memory);
    split_carve(&data->test, n_test, memory);
    data->class_names =
        bm_arena_take(memory, ((size_t)data->facts.classes + 1) * sizeof *data->class_names);
    images_carve(&kept->train, memory);
    images_carve(&kept->test, memory);
}

/* Reduces both halves to the chosen classes, and makes room for the splits. */
static int keep_classes(struct bm_data *data, const struct bm_class_choice *choice, size_t n_train,
                        size_t n_test, struct halves *halves, struct bm_err *err)
{
    const struct bm_catalog *catalog = data->facts.catalog;
    bool all = choice->n == catalog->classes;
    struct halves kept = {{0}, {0}};
    struct bm_arena count = {0};
    if (!all) {
        bm_classes_keep(choice, &halves->train, &kept.train);
        bm_classes_keep(choice, &halves->test, &kept.test);
    }
    carve(data, n_train, n_test, &kept, &count);
    if (bm_arena_init(&data->memory, count.used, "labels", err) != 0)
        return -1;
    carve(data, n_train, n_test, &kept, &data->memory);
    for (int c = 0; c < choice->n; c++)
        data->class_names[c] = catalog->class_names[choice->numbers[c]];
    if (all)
        return 0;
    bm_classes_keep(choice, &halves->train, &kept.train);
    bm_classes_keep(choice, &halves->test, &kept.test);
    *halves = kept;
    return 0;
}

static int split_draw(struct bm_split *split, const struct bm_data *data,
                      const struct bm_images *images, uint64_t data_seed, enum bm_half half,
                      struct bm_err *err)
{
    const char *setting = half == BM_HALF_TRAIN ? "train_size" : "test_size";
    if (data->dataset->generated) {
        for (uint32_t i = 0; i < split->n; i++)
            split->index[i] = i;
    } else if (bm_subset_draw(images, data->class_names, data->facts.classes, split->n, data_seed,
                              half, setting, split->index, err) != 0) {
        return -1;
    }
    for (size_t i = 0; i < split->n; i++) {
        uint32_t at = split->index[i];
        split->pixels[i] = images->pixels[at];
        split->truth[i] = split->label[i] = images->labels[at];
        split->index[i] = bm_image_index(images, at);
    }
    return 0;
}

static int find_stamp(const struct bm_dataset *dataset, const struct bm_dataset_request *request,
                      uint64_t *stamp, struct bm_err *err)
{
    return dataset->stamp != NULL ? dataset->stamp(request, stamp, err)
                                  : bm_files_stamp(dataset, request->data_dir, stamp, err);
}

/* The seal of what is there: the one that is known, as long as nothing has changed. */
static int find_seal(const struct bm_dataset *dataset, const struct bm_dataset_request *request,
                     const struct bm_seal *known, struct bm_seal *seal, struct bm_err *err)
{
    if (known != NULL) {
        seal->digest = known->digest;
        if (find_stamp(dataset, request, &seal->stamp, err) != 0)
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
    if (find_stamp(dataset, request, &seal->stamp, err) != 0)
        return -1;
    return dataset->check(request, &seal->digest, err);
}

/* Data that somebody has seen are the user's no more: what is wrong now is this machine's. */
static int blame_machine(const struct bm_seal *seal, struct bm_err *err)
{
    if (seal != NULL && err != NULL && err->code == BM_EXIT_DATA)
        err->code = BM_EXIT_IO;
    return -1;
}

static int open_images(struct bm_data *data, struct bm_dataset_request request,
                       const struct bm_seal *seal, struct halves *halves, struct bm_err *err)
{
    request.seal = seal;
    if (find_seal(data->dataset, &request, seal, &data->seal, err) != 0)
        return -1;
    request.seal = &data->seal;
    return data->dataset->open(&request, &halves->train, &halves->test, &data->handle, err);
}

static int open_chosen(struct bm_data *data, const struct bm_config *config,
                       const struct bm_launch *launch, const struct bm_class_choice *choice,
                       const struct bm_seal *seal, struct bm_err *err)
{
    uint64_t data_seed = (uint64_t)config->data_seed;
    size_t n_train, n_test, others;
    if (bm_data_sizes(config, &data->facts, &n_train, &n_test, err) != 0 ||
        bm_data_others(config, launch, n_train, &others, err) != 0)
        return -1;
    struct bm_dataset_request request = bm_dataset_request_of(config, launch);
    request.train_size = n_train;
    request.test_size = n_test;
    request.class_numbers = choice->numbers;
    request.n_classes = choice->n;
    if (config->probe_train == BM_PROBE_TRAIN_ALL && n_train < data->facts.n_train)
        request.train_size = data->facts.n_train;
    const size_t all = request.train_size; /* of a generated set */
    if (n_train + others > all)
        request.train_size = n_train + others;
    data->train.n_others = bm_config_takes_others(config) ? (size_t)config->diversity : 0;
    struct halves halves;
    if (open_images(data, request, seal, &halves, err) != 0)
        return blame_machine(seal, err);
    if (keep_classes(data, choice, n_train, n_test, &halves, err) != 0 ||
        split_draw(&data->train, data, &halves.train, data_seed, BM_HALF_TRAIN, err) != 0 ||
        split_draw(&data->test, data, &halves.test, data_seed, BM_HALF_TEST, err) != 0)
        return -1;
    if (data->train.n_others > 0 &&
        bm_others_draw(&data->train, &halves.train, data->class_names, data->facts.classes,
                       (uint64_t)config->seed, err) != 0)
        return -1;
    data->all_train = halves.train;
    if (data->dataset->generated)
        data->all_train.n = all;
    return bm_labels_draw(&data->train, data->facts.classes, config->label_noise, data_seed,
                          &data->noisy, err);
}

int bm_data_open(struct bm_data *data, const struct bm_config *config,
                 const struct bm_launch *launch, const struct bm_seal *seal, struct bm_err *err)
{
    struct bm_class_choice choice;
    struct bm_dataset_request request = bm_dataset_request_of(config, launch);
    const struct bm_catalog *catalog;
    *data = (struct bm_data){.dataset = bm_dataset_find(config->dataset)};
    request.seal = seal; /* whoever has it need not look at the files to know what they hold */
    if (bm_dataset_catalog(data->dataset, &request, &catalog, err) != 0)
        return blame_machine(seal, err);
    if (bm_data_facts_of(config, catalog, &data->facts, err) != 0 ||
        bm_classes_choose(data->dataset, data->facts.catalog, config->classes, &choice, err) != 0)
        return -1;
    int status = open_chosen(data, config, launch, &choice, seal, err);
    bm_classes_fini(&choice);
    if (status != 0)
        bm_data_close(data);
    return status;
}

void bm_data_close(struct bm_data *data)
{
    if (data->handle != NULL)
        data->dataset->close(data->handle);
    bm_arena_fini(&data->memory);
    *data = (struct bm_data){0};
}
