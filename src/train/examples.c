#include "examples.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bm/probe.h"

void bm_examples_begin(struct bm_examples *examples, const struct bm_split *train)
{
    memcpy(examples->index, train->index, examples->n * sizeof *examples->index);
    memcpy(examples->truth, train->truth, examples->n * sizeof *examples->truth);
    memcpy(examples->label, train->label, examples->n * sizeof *examples->label);
}

/* ---- at each evaluation ---- */

/* The output of the label less the largest other one. */
static float margin(const bm_real *output, int classes, int label)
{
    bm_real other = -INFINITY;
    for (int c = 0; c < classes; c++)
        if (c != label && output[c] > other)
            other = output[c];
    return classes > 1 ? (float)(output[label] - other) : NAN;
}

void bm_examples_note(struct bm_examples *examples, const struct bm_batch *batch,
                      const bm_real *output)
{
    size_t first = examples->n_evaluations * examples->n;
    for (int i = 0; i < batch->n; i++, output += batch->classes) {
        size_t at = first + batch->member[i];
        examples->predicted[at] = (uint16_t)bm_argmax(output, batch->classes);
        examples->margin[at] = margin(output, batch->classes, batch->label[i]);
    }
}

void bm_examples_evaluated(struct bm_examples *examples, int64_t epoch)
{
    examples->epoch[examples->n_evaluations++] = (uint32_t)epoch;
}

/* ---- prediction depth ---- */

struct bm_config bm_examples_asking(const struct bm_config *config, size_t n_train)
{
    struct bm_config asking = *config;
    snprintf(asking.probes, sizeof asking.probes, "noisy");
    asking.noisy_queries = (int64_t)n_train;
    return asking;
}

int bm_examples_check_k(const struct bm_config *config, size_t n_train, struct bm_err *err)
{
    if (!bm_config_labels_images(config))
        return bm_fail(err, BM_EXIT_DATA,
                       "save_examples: with augment_labels: independent an image has no label");
    if ((size_t)config->knn_k < n_train)
        return 0;
    return bm_fail(err, BM_EXIT_DATA,
                   "save_examples: how deep an image is, is asked of knn_k: %lld others, and there "
                   "are %zu: choose a smaller knn_k or a larger train_size",
                   (long long)config->knn_k, n_train - 1);
}

static uint16_t depth_of(const uint16_t *votes, size_t apart, int taps, uint16_t predicted)
{
    while (taps > 0 && votes[(size_t)(taps - 1) * apart] == predicted)
        taps--;
    return (uint16_t)taps;
}

int bm_examples_dig(struct bm_subject *subject, uint16_t *votes, struct bm_err *err)
{
    struct bm_examples *examples = subject->examples;
    const struct bm_config asking = bm_examples_asking(subject->config, examples->n);
    struct bm_subject own = *subject;
    int taps = bm_net_taps(subject->net);
    const uint16_t *predicted = examples->predicted + (examples->n_evaluations - 1) * examples->n;
    own.config = &asking;
    memset(votes, 0xff, (size_t)taps * examples->n * sizeof *votes); /* no class */
    if (bm_evaluate_votes(&own, bm_probe_find("noisy"), votes, examples->n, err) != 0)
        return -1;
    for (size_t i = 0; i < examples->n; i++)
        examples->depth[i] = depth_of(votes + i, examples->n, taps, predicted[i]);
    return 0;
}
