/* What the files of this folder share about a run's sizes. */
#ifndef BM_TRAIN_SETUP_H
#define BM_TRAIN_SETUP_H

#include <stdbool.h>

#include "bm/arch.h"
#include "bm/data.h"
#include "bm/frame.h"
#include "bm/nn.h"
#include "bm/probe.h"
#include "bm/train.h"
#include "rounds.h"

struct bm_train_sizes {
    struct bm_data_facts data;
    size_t n_train, n_test, n_fitted; /* images; probes are fitted on at least those trained on */
    size_t steps;                     /* of an epoch */
    size_t n_others;                  /* images that are copies of those trained on */
};

int bm_train_sizes(const struct bm_config *config, const struct bm_launch *launch,
                   struct bm_train_sizes *sizes, struct bm_err *err);
/* The dimensions of all taps, pooled to pool x pool, to `taps` (BM_MOST_TAPS); returns how many. */
int bm_train_taps(const struct bm_net *net, int pool, struct bm_probe_tap *taps);
/* What passes through a part of the network take; `reach` (BM_MOST_TAPS) is borrowed. */
struct bm_stretch bm_train_stretch(const struct bm_net *net, double *reach);
/* Floats that the longest of them has for one image. */
size_t bm_train_longest_tap(const struct bm_net *net, int pool);
/* Whether `probe_pool` makes any tap smaller; false for a configuration that is not possible. */
bool bm_train_pools(const struct bm_config *config, const struct bm_launch *launch);
/* Whether `precision` makes it round anything; false for a configuration that is not possible. */
bool bm_train_rounds_products(const struct bm_config *config, const struct bm_launch *launch);
/* The probes of the setting `probes` that take part in walks, NULL-terminated; `probes` has room
 * for BM_MAX_PROBES + 1. */
void bm_train_probes(const struct bm_config *config, const struct bm_probe **probes);
/* Whether parts of the network are put back at the end (probe `rewind`). */
bool bm_train_rewinds(const struct bm_config *config);
/* What the optimizer makes of gradients. */
enum bm_gradients bm_train_gradients(const struct bm_config *config);
/* Bytes of the optimizer's moments: so many vectors as long as the parameters. At the end nobody
 * reads them any more, and bm_rewind puts aside there what it changes. */
size_t bm_train_moments(const struct bm_config *config, size_t parameters, size_t rewind_bytes);
/* Pairs of so many taps that an evaluation has records of: 0 without a probe of pairs. */
size_t bm_train_pairs(const struct bm_config *config, int n_taps);
/* Whether probes are fitted on all training images (`probe_train`). */
bool bm_train_fits_all(const struct bm_config *config);
/* What probes are told of a run; without held rows. `taps` are borrowed. */
struct bm_probe_task bm_train_probe_task(const struct bm_config *config,
                                         const struct bm_train_sizes *sizes, int classes,
                                         int threads, int n_taps, const struct bm_probe_tap *taps);
/* Whether there is an evaluation after `epoch` (0: initialization). */
bool bm_train_evaluates(const struct bm_config *config, int64_t epoch);
/* How many there are, from initialization to the end. */
int64_t bm_train_evaluations(const struct bm_config *config);

/* Evaluations in a row in which it has to be memorized before a run stops (stop_memorized). */
enum { BM_ENOUGH_MEMORIZED = 3 };

#endif
