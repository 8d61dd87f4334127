/* Probes: how much of the true labels is in the features of a tap. A probe (probe/NAME.c) is fed
 * with the features block by block, first all test rows, then all training rows, so that memory
 * stays bounded; features that are infinite or NaN do not reach it. Its score goes to the member of
 * `struct bm_tap_probe` that has the probe's name.
 */
#ifndef BM_PROBE_H
#define BM_PROBE_H

#include <stddef.h>
#include <stdint.h>

#include "bm/config.h"
#include "bm/err.h"

struct bm_probe_task {
    const struct bm_config *config; /* borrowed */
    int classes;
    size_t n_test;    /* test rows that will come */
    size_t dimension; /* floats in a row */
};

struct bm_probe_state; /* each probe's own */

struct bm_probe {
    const char *name;
    const char *help;
    /* Bytes that a state holds for each test row, beside the row's features. */
    size_t (*memory_per_test)(const struct bm_probe_task *task);
    struct bm_probe_state *(*begin)(const struct bm_probe_task *task, struct bm_err *err);
    void (*add_test)(struct bm_probe_state *state, const float *rows, const uint16_t *truth,
                     size_t n);
    /* Rows in the order of the training images; `first` is the index of the first. May change
     * `rows`. */
    void (*add_train)(struct bm_probe_state *state, float *rows, const uint16_t *truth, size_t n,
                      uint32_t first);
    /* Test rows whose class the probe predicts. */
    size_t (*correct)(struct bm_probe_state *state);
    void (*end)(struct bm_probe_state *state); /* NULL is fine */
};

extern const struct bm_probe *const bm_probes[];
const struct bm_probe *bm_probe_find(const char *name);

#endif
