/* How many images a fraction was counted over: what its binomial standard error takes. */
#include <math.h>
#include <string.h>

#include "series.h"

static double test_images(const struct bm_run *run)
{
    return (double)run->result.test_images;
}

static double train_images(const struct bm_run *run)
{
    return (double)run->result.train_images;
}

/* Images with a wrong label: as many as are expected, since a drawn label is the true one by chance
 * and only the draws are recorded. */
static double wrong_labels(const struct bm_run *run)
{
    return (double)run->result.noisy_images * (1 - 1 / (double)run->result.classes);
}

/* A last partial batch is dropped. */
static double images_of_epoch(const struct bm_run *run)
{
    int64_t batch = run->config.batch_size;
    return (double)(run->result.train_images / batch * batch);
}

static double noisy_queries(const struct bm_run *run)
{
    return fmin((double)run->config.noisy_queries, train_images(run));
}

static double wrong_queries(const struct bm_run *run)
{
    return wrong_labels(run) * noisy_queries(run) / train_images(run);
}

#define KNN_OF(k) {"knn_" #k, test_images},
static const struct {
    const char *key;
    double (*trials)(const struct bm_run *run);
} rows[] = {
    {"train_accuracy", images_of_epoch},
    {"memorization", train_images},
    {"memorization_noisy", wrong_labels},
    {"fit", train_images},
    {"clean_train_accuracy", train_images},
    {"test_accuracy", test_images},
    {"knn", test_images},
    BM_KNN_ALSO(KNN_OF){"linear", test_images},
    {"centroid", test_images},
    {"noisy", noisy_queries},
    {"noisy_of_noisy", wrong_queries},
    {"rewind_memorization", train_images},
    {"rewind_test", test_images},
};

double bm_series_trials(const struct bm_series *series, const struct bm_run *run)
{
    /* The difference of two shares of the same images is none itself. */
    if (series->field == NULL || (series->source == BM_OF_TAP && series->moment == BM_GAIN))
        return NAN;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].key, series->field->key) == 0)
            return rows[i].trials(run);
    return NAN;
}
