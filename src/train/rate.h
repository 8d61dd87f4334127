/* Learning rates: all schedules, and how they begin. */
#ifndef BM_TRAIN_RATE_H
#define BM_TRAIN_RATE_H

#include "bm/config.h"

/* The learning rate of an epoch, counted from 0: it rises in `warmup_epochs` equal steps to that of
 * the optimizer, and then follows the optimizer's schedule. Never 0. */
double bm_train_rate(const struct bm_config *config, int64_t epoch);

#endif
