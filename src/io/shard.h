/* A journal that another job writes, followed as it grows. Whole records are read, once each; what
 * is behind them is "not yet". Only its owner cuts it. */
#ifndef BM_IO_SHARD_H
#define BM_IO_SHARD_H

#include "bm/job_status.h"
#include "bm/results.h"

struct bm_shard {
    char name[BM_JOB_NAME]; /* of the job; "": the keeper's journal */
    char path[BM_PATH_SIZE];
    uint64_t at, file; /* what was read; of which file */
    uint64_t size;     /* of that file, when it was read last */
    struct bm_schemas schemas;
    struct bm_results results; /* of runs that are not finished there */
    bool is_listed, is_folded; /* all of it is in the journal */
    double torn_since; /* monotonic seconds, since when what is behind `at` is not whole, and does
                          not grow; 0: nothing is there */
};

/* What it says: runs as they are finished, or probed further, and texts. */
struct bm_shard_sink {
    void *context;
    int (*run)(void *context, const struct bm_run *run, struct bm_err *err);
    int (*text)(void *context, const struct bm_frame *frame, struct bm_err *err);
};

void bm_shard_init(struct bm_shard *shard, const char *name, const char *path);
void bm_shard_fini(struct bm_shard *shard);
/* What is before `at`, in the file with that number, was read already, and is in `known`: of that,
 * runs that are not finished may go on. */
int bm_shard_skip(struct bm_shard *shard, uint64_t file, uint64_t at,
                  const struct bm_schemas *schemas, const struct bm_results *known,
                  struct bm_err *err);
/* Reads what is new. Fails for what this program does not understand. */
int bm_shard_read(struct bm_shard *shard, const struct bm_shard_sink *sink, struct bm_err *err);
/* Whether more is to come that was written already: its end was not whole. What stays so for
 * seconds, and does not grow, was left so; what is whole again behind it is damaged. */
bool bm_shard_is_behind(const struct bm_shard *shard);

#endif
