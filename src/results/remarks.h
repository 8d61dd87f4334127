/* Sentences on stderr about what statistics leave out. */
#ifndef BM_RESULTS_REMARKS_H
#define BM_RESULTS_REMARKS_H

#include "group.h"

/* Says which runs failed or are not finished, which have no partner, which seeds are missing, which
 * columns are undefined in some runs, and that groups have one seed: a sentence each. */
void bm_remark(const struct bm_grouped *grouped);

#endif
