/* Settings that are valid but cannot have an effect at the size of a run. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "bm/data.h"
#include "setup.h"

struct facts {
    const struct bm_config *config;
    const struct bm_launch *launch;
    struct bm_train_sizes sizes;
};

/* Whether a probe that is asked for reads the setting. */
static bool is_read(const struct bm_config *config, const char *key)
{
    const struct bm_field *field = bm_table_find(&bm_config_table, key);
    return field->has_effect == NULL || field->has_effect(config);
}

/* ---- a setting each: true when it has no effect, with a sentence that begins with its key ---- */

static bool no_noise(const struct facts *facts, char *sentence, size_t size)
{
    double noise = facts->config->label_noise;
    size_t n = facts->sizes.n_train;
    if (noise == 0 || bm_noisy_images(n, noise) > 0)
        return false;
    snprintf(sentence, size, "label_noise: %g of %zu images is none of them", noise, n);
    return true;
}

static bool all_noise(const struct facts *facts, char *sentence, size_t size)
{
    double noise = facts->config->label_noise;
    size_t n = facts->sizes.n_train;
    if (noise == 1 || bm_noisy_images(n, noise) < n)
        return false;
    snprintf(sentence, size, "label_noise: %.12g of %zu images is all of them", noise, n);
    return true;
}

static bool knn_k(const struct facts *facts, char *sentence, size_t size)
{
    long long k = facts->config->knn_k;
    if (!bm_config_uses_probe(facts->config, "knn") || k < (long long)facts->sizes.n_fitted)
        return false;
    snprintf(sentence, size,
             "knn_k: the probe has %zu images, so that all are among the %lld nearest",
             facts->sizes.n_fitted, k);
    return true;
}

static bool knn_also(const struct facts *facts, char *sentence, size_t size)
{
    const struct bm_config *config = facts->config;
    if (!bm_config_uses_probe(config, "knn"))
        return false;
    for (const char *const *word = bm_knn_also_words; *word != NULL; word++) {
        long long k = atoll(*word);
        if (!bm_words_have(config->knn_also, *word) || k < (long long)facts->sizes.n_fitted)
            continue;
        snprintf(sentence, size,
                 "knn_also: the probe has %zu images, so that all are among the %lld nearest",
                 facts->sizes.n_fitted, k);
        return true;
    }
    return false;
}

static bool stop_memorized(const struct facts *facts, char *sentence, size_t size)
{
    const struct bm_config *config = facts->config;
    int64_t evaluations = bm_train_evaluations(config);
    if (config->stop_memorized == 0 || evaluations > BM_ENOUGH_MEMORIZED)
        return false;
    snprintf(sentence, size,
             "stop_memorized: it takes %d evaluations in a row, and there are %lld up to the last",
             BM_ENOUGH_MEMORIZED, (long long)evaluations);
    return true;
}

static bool noisy_queries(const struct facts *facts, char *sentence, size_t size)
{
    const struct bm_config *config = facts->config;
    if (!bm_config_uses_probe(config, "noisy") ||
        config->noisy_queries <= (long long)facts->sizes.n_train)
        return false;
    snprintf(sentence, size, "noisy_queries: there are %zu images to ask about, not %lld",
             facts->sizes.n_train, (long long)config->noisy_queries);
    return true;
}

static bool probe_train(const struct facts *facts, char *sentence, size_t size)
{
    if (!is_read(facts->config, "probe_train") || !bm_train_fits_all(facts->config) ||
        facts->sizes.n_fitted > facts->sizes.n_train)
        return false;
    snprintf(sentence, size, "probe_train: the subset is all %zu images", facts->sizes.n_train);
    return true;
}

static bool probe_pool(const struct facts *facts, char *sentence, size_t size)
{
    const struct bm_config *config = facts->config;
    if (!is_read(config, "probe_pool") || config->probe_pool == 0 ||
        bm_train_pools(config, facts->launch))
        return false;
    snprintf(sentence, size, "probe_pool: no map of %s is larger than %lld x %lld", config->arch,
             (long long)config->probe_pool, (long long)config->probe_pool);
    return true;
}

static bool jitter_p(const struct facts *facts, char *sentence, size_t size)
{
    const struct bm_config *config = facts->config;
    if (!is_read(config, "jitter_p") || config->jitter_p == 0 || config->jitter_brightness > 0 ||
        config->jitter_contrast > 0 || config->jitter_saturation > 0 || config->jitter_hue > 0)
        return false;
    snprintf(sentence, size, "jitter_p: no strength of the jitter is above 0");
    return true;
}

/* A batch of one image has nobody to be mixed with. */
static bool mixes_alone(const struct bm_config *config, bool is_on, const char *key, char *sentence,
                        size_t size)
{
    if (config->diversity == 0 || !is_on || config->batch_size > 1)
        return false;
    snprintf(sentence, size, "%s: a batch of one image is mixed with itself", key);
    return true;
}

static bool mixup_p(const struct facts *facts, char *sentence, size_t size)
{
    return mixes_alone(facts->config, facts->config->mixup_p != 0, "mixup_p", sentence, size);
}

static bool cutmix(const struct facts *facts, char *sentence, size_t size)
{
    return mixes_alone(facts->config, facts->config->cutmix != BM_NO, "cutmix", sentence, size);
}

static bool label_smoothing(const struct facts *facts, char *sentence, size_t size)
{
    if (facts->config->label_smoothing < 1)
        return false;
    snprintf(sentence, size, "label_smoothing: nothing is left of the labels: all targets are one");
    return true;
}

static enum bm_schedule schedule_of(const struct bm_config *config)
{
    return bm_optimizer_find(config->optimizer)->schedule;
}

/* Warm-up of one epoch has the whole rate in it; a cosine begins behind it all the same. */
static bool warmup_of_one(const struct facts *facts, char *sentence, size_t size)
{
    if (facts->config->warmup_epochs != 1 || schedule_of(facts->config) == BM_SCHEDULE_COSINE)
        return false;
    snprintf(sentence, size, "warmup_epochs: the rate of the only one is the whole one");
    return true;
}

/* Steps count warm-up's epochs: the rate may jump down where that ends. */
static bool warmup_beyond_steps(const struct facts *facts, char *sentence, size_t size)
{
    const struct bm_config *config = facts->config;
    long long third = config->epochs / 3, warm = config->warmup_epochs;
    if (schedule_of(config) != BM_SCHEDULE_STEPS || third == 0 || warm <= third)
        return false;
    snprintf(sentence, size,
             "warmup_epochs: after %lld epochs the rate of %s falls at once to %g of it, as it "
             "falls every %lld epochs",
             warm, config->optimizer, pow(0.1, (double)(warm / third)), third);
    return true;
}

static bool steps_beyond_end(const struct facts *facts, char *sentence, size_t size)
{
    const struct bm_config *config = facts->config;
    if (schedule_of(config) != BM_SCHEDULE_STEPS || config->epochs == 0 || config->epochs >= 3)
        return false;
    snprintf(sentence, size, "optimizer: in %lld epochs the rate of %s never falls; it takes 3",
             (long long)config->epochs, config->optimizer);
    return true;
}

static bool save_every(const struct facts *facts, char *sentence, size_t size)
{
    long long every = facts->launch->save_every, epochs = facts->config->epochs;
    if (every <= epochs)
        return false;
    snprintf(sentence, size, "save_every: no weights are kept on the way of %lld epochs", epochs);
    return true;
}

static bool precision(const struct facts *facts, char *sentence, size_t size)
{
    const struct bm_config *config = facts->config;
    if (!bm_train_needs_bf16(config) || bm_train_rounds_products(config, facts->launch))
        return false;
    snprintf(sentence, size, "precision: no layer of %s is as wide as %s takes: the same as in %s",
             config->arch, bm_precision_words[config->precision],
             bm_precision_words[BM_PRECISION_FP32]);
    return true;
}

/* Draws subsets, the labels of noisy images, and images that are generated. */
static bool data_seed(const struct facts *facts, char *sentence, size_t size)
{
    const struct bm_config *config = facts->config;
    const struct bm_dataset *dataset = bm_dataset_find(config->dataset);
    const struct bm_train_sizes *sizes = &facts->sizes;
    if (dataset->generated || sizes->n_train < sizes->data.n_train ||
        sizes->n_test < sizes->data.n_test ||
        bm_noisy_images(sizes->n_train, config->label_noise) > 0)
        return false;
    snprintf(sentence, size, "data_seed: nothing is drawn from all images with their own labels");
    return true;
}

size_t bm_train_idle(const struct bm_config *config, const struct bm_launch *launch,
                     struct bm_idle idle[BM_IDLE_KINDS])
{
    static const struct {
        const char *key, *because;
        enum bm_idle_when when;
        bool (*is_idle)(const struct facts *facts, char *sentence, size_t size);
    } kinds[BM_IDLE_KINDS] = {
        {"label_noise", "train_size", BM_IDLE_ALWAYS, no_noise},
        {"label_noise", "train_size", BM_IDLE_ALWAYS, all_noise},
        {"knn_k", "train_size", BM_IDLE_ALWAYS, knn_k},
        {"knn_also", "train_size", BM_IDLE_ALWAYS, knn_also},
        {"stop_memorized", "epochs", BM_IDLE_ALWAYS, stop_memorized},
        {"noisy_queries", "train_size", BM_IDLE_IF_GIVEN, noisy_queries},
        {"probe_train", "train_size", BM_IDLE_IF_GIVEN_AND_IN_ALL_RUNS, probe_train},
        {"probe_pool", "arch", BM_IDLE_IF_GIVEN_AND_IN_ALL_RUNS, probe_pool},
        {"jitter_p", "jitter_brightness", BM_IDLE_ALWAYS, jitter_p},
        {"data_seed", "train_size", BM_IDLE_IF_GIVEN, data_seed},
        {"mixup_p", "batch_size", BM_IDLE_ALWAYS, mixup_p},
        {"cutmix", "batch_size", BM_IDLE_ALWAYS, cutmix},
        {"label_smoothing", "label_smoothing", BM_IDLE_ALWAYS, label_smoothing},
        {"warmup_epochs", "epochs", BM_IDLE_ALWAYS, warmup_of_one},
        {"warmup_epochs", "epochs", BM_IDLE_ALWAYS, warmup_beyond_steps},
        {"optimizer", "epochs", BM_IDLE_ALWAYS, steps_beyond_end},
        {"save_every", "epochs", BM_IDLE_ALWAYS, save_every},
        {"precision", "width", BM_IDLE_ALWAYS, precision},
    };
    struct facts facts = {.config = config, .launch = launch};
    size_t n = 0;
    if (bm_train_sizes(config, launch, &facts.sizes, NULL) != 0)
        return 0;
    for (size_t i = 0; i < BM_IDLE_KINDS; i++) {
        if (!kinds[i].is_idle(&facts, idle[n].sentence, sizeof idle[n].sentence))
            continue;
        idle[n].kind = i;
        idle[n].key = kinds[i].key;
        idle[n].because = kinds[i].because;
        idle[n].when = kinds[i].when;
        n++;
    }
    return n;
}
