/* Whether a run whose trainer crashed is tried again. Pure: it is told how runs ended, and judges.
 *
 * What ends for want of memory is not for here: it is tried alone (schedule.h), and that is all.
 * Only a crash may come to nothing the next time: a run that diverges, says what is wrong with it
 * or takes too long would do so again. The same crash twice is the configuration's: it is left
 * alone. Trainers that are killed from outside, by whom is not known, do not count as the same. */
#ifndef BM_RUN_RETRIES_H
#define BM_RUN_RETRIES_H

#include "bm/result.h"

enum bm_retry { BM_RETRY_AGAIN, BM_RETRY_NO_MORE, BM_RETRY_QUARANTINE };

struct bm_retries {
    int64_t most; /* of a run */
    struct bm_crashes {
        int64_t n;
        uint64_t last; /* checksum of its cause */
    } * runs;          /* owned */
};

void bm_retries_init(struct bm_retries *retries, size_t n_runs, int64_t most);
void bm_retries_fini(struct bm_retries *retries);
/* Run number `run` ended so, and not well. */
enum bm_retry bm_retries_judge(struct bm_retries *retries, size_t run,
                               const struct bm_result *result);

#endif
