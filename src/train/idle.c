/* Settings that are valid but cannot have an effect at the size of a run. */
#include <stdio.h>

#include "bm/data.h"
#include "setup.h"

struct facts {
    const struct bm_config *config;
    struct bm_train_sizes sizes;
};

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

size_t bm_train_idle(const struct bm_config *config, struct bm_idle idle[BM_IDLE_KINDS])
{
    static const struct {
        const char *key, *because;
        bool (*is_idle)(const struct facts *facts, char *sentence, size_t size);
    } kinds[BM_IDLE_KINDS] = {
        {"label_noise", "train_size", no_noise},
        {"label_noise", "train_size", all_noise},
        {"knn_k", "train_size", knn_k},
        {"stop_memorized", "epochs", stop_memorized},
    };
    struct facts facts = {.config = config};
    size_t n = 0;
    if (bm_train_sizes(config, &facts.sizes, NULL) != 0)
        return 0;
    for (size_t i = 0; i < BM_IDLE_KINDS; i++) {
        if (!kinds[i].is_idle(&facts, idle[n].sentence, sizeof idle[n].sentence))
            continue;
        idle[n].kind = i;
        idle[n].key = kinds[i].key;
        idle[n].because = kinds[i].because;
        n++;
    }
    return n;
}
