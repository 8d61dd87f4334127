/* What one copy of results has more than another. */
#ifndef BM_RESULTS_LEAD_H
#define BM_RESULTS_LEAD_H

#include "bm/results.h"

struct bm_lead {
    size_t finished;    /* runs that are not finished in the other, or not there */
    size_t evaluations; /* of all runs */
};

struct bm_lead bm_lead_of(const struct bm_results *a, const struct bm_results *b);
/* "2 finished runs and 14 evaluations"; "" where it has no more. Returns `text`. */
char *bm_lead_text(struct bm_lead lead, char *text, size_t size);

#endif
