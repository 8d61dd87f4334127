/* What the files of this folder share about a run's sizes. */
#ifndef BM_TRAIN_SETUP_H
#define BM_TRAIN_SETUP_H

#include <stdbool.h>

#include "bm/arch.h"
#include "bm/train.h"

struct bm_train_sizes {
    size_t n_train, n_test, n_probe_train; /* images; probes have at least those trained on */
    size_t steps;                          /* of an epoch */
};

int bm_train_sizes(const struct bm_config *config, struct bm_train_sizes *sizes,
                   struct bm_err *err);
/* Floats that the longest tap has for one image, pooled to pool x pool. */
size_t bm_train_longest_tap(const struct bm_net *net, int pool);
/* Whether the setting `probes` has `name`. */
bool bm_train_uses_probe(const struct bm_config *config, const char *name);
/* Whether there is an evaluation after `epoch` (0: initialization). */
bool bm_train_evaluates(const struct bm_config *config, int64_t epoch);
/* How many there are, from initialization to the end. */
int64_t bm_train_evaluations(const struct bm_config *config);

/* Evaluations in a row in which it has to be memorized before a run stops (stop_memorized). */
enum { BM_ENOUGH_MEMORIZED = 3 };

#endif
