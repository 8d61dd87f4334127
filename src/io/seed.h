/* A journal for results that have none: what a snapshot holds, as frames. */
#ifndef BM_IO_SEED_H
#define BM_IO_SEED_H

#include "bm/err.h"
#include "bm/results.h"
#include "journal.h"

/* Appends frames that lead to `results`. SCHEMA frames are the caller's. */
int bm_journal_seed(struct bm_journal *journal, const struct bm_results *results,
                    struct bm_err *err);

#endif
