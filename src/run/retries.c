#include "retries.h"

#include <stdlib.h>
#include <string.h>

#include "bm/digest.h"
#include "trainer.h"

void bm_retries_init(struct bm_retries *retries, size_t n_runs, int64_t most)
{
    *retries = (struct bm_retries){.most = most};
    retries->runs = calloc(n_runs + 1, sizeof *retries->runs);
    if (retries->runs == NULL)
        abort();
}

void bm_retries_fini(struct bm_retries *retries)
{
    free(retries->runs);
    retries->runs = NULL;
}

enum bm_retry bm_retries_judge(struct bm_retries *retries, size_t run,
                               const struct bm_result *result)
{
    struct bm_crashes *crashes = &retries->runs[run];
    if (result->status != BM_STATUS_CRASHED || bm_trainer_is_out_of_memory(result))
        return BM_RETRY_NO_MORE;
    bool from_outside = strstr(result->cause, BM_TRAINER_BY_WHOM) != NULL;
    uint64_t cause = bm_checksum(result->cause, strlen(result->cause));
    bool again = crashes->n++ > 0 && crashes->last == cause && !from_outside;
    crashes->last = cause;
    if (crashes->n > retries->most && !(again && retries->most > 0))
        return BM_RETRY_NO_MORE;
    return again ? BM_RETRY_QUARANTINE : BM_RETRY_AGAIN;
}
