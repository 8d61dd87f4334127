/* What the data set of a configuration has, before any image is opened. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "classes.h"
#include "facts.h"

static size_t total(const size_t *counts, const struct bm_class_choice *choice, size_t all,
                    int classes)
{
    size_t n = 0;
    if (counts == NULL)
        return all / (size_t)classes * (size_t)choice->n;
    for (int c = 0; c < choice->n; c++)
        n += counts[choice->numbers[c]];
    return n;
}

struct bm_dataset_request bm_dataset_request_of(const struct bm_config *config,
                                                const struct bm_launch *launch)
{
    return (struct bm_dataset_request){
        .data_dir = launch->data_dir,
        .cache_dir = launch->cache_dir,
        .image_size = (int)config->image_size,
        .coarse = config->coarse == BM_YES,
        .data_seed = (uint64_t)config->data_seed,
    };
}

int bm_data_facts_of(const struct bm_config *config, const struct bm_catalog *catalog,
                     struct bm_data_facts *facts, struct bm_err *err)
{
    const struct bm_dataset *dataset = bm_dataset_find(config->dataset);
    struct bm_class_choice choice;
    if (bm_classes_choose(dataset, catalog, config->classes, &choice, err) != 0)
        return -1;
    *facts = (struct bm_data_facts){
        .catalog = catalog,
        .shape = catalog->shape,
        .classes = choice.n,
        .n_train = total(catalog->train_counts, &choice, catalog->n_train, catalog->classes),
        .n_test = total(catalog->test_counts, &choice, catalog->n_test, catalog->classes),
    };
    bm_classes_fini(&choice);
    return 0;
}

int bm_data_facts(const struct bm_config *config, const struct bm_launch *launch,
                  struct bm_data_facts *facts, struct bm_err *err)
{
    const struct bm_dataset *dataset = bm_dataset_find(config->dataset);
    const struct bm_dataset_request request = bm_dataset_request_of(config, launch);
    const struct bm_catalog *catalog;
    assert(dataset != NULL);
    return bm_dataset_catalog(dataset, &request, &catalog, err) == 0
               ? bm_data_facts_of(config, catalog, facts, err)
               : -1;
}

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

int bm_data_sizes(const struct bm_config *config, const struct bm_data_facts *facts,
                  size_t *n_train, size_t *n_test, struct bm_err *err)
{
    const struct bm_dataset *dataset = bm_dataset_find(config->dataset);
    if (size_of(dataset, "train_size", "training", config->train_size, facts->n_train, n_train,
                err) != 0)
        return -1;
    return size_of(dataset, "test_size", "test", config->test_size, facts->n_test, n_test, err);
}

int bm_dataset_catalog(const struct bm_dataset *dataset, const struct bm_dataset_request *request,
                       const struct bm_catalog **catalog, struct bm_err *err)
{
    if (dataset->find != NULL)
        return dataset->find(request, catalog, err);
    *catalog = &dataset->catalog;
    return 0;
}
