/* The folder of checkpoints, and the names in it: ID.STEP, and .ID.STEP.new while one is written.
 * As a name has its step, a writer that is late never takes the place of a newer checkpoint. */
#ifndef BM_IO_CHECKPOINT_NAMES_H
#define BM_IO_CHECKPOINT_NAMES_H

#include "bm/checkpoint.h"
#include "bm/file.h"

int bm_checkpoint_folder(const char *results, char folder[BM_PATH_SIZE], struct bm_err *err);
void bm_checkpoint_path(const char *folder, const struct bm_id *run, int64_t step,
                        char path[BM_PATH_SIZE]);

/* The steps of a run's checkpoints, the last ones first. */
struct bm_checkpoint_steps {
    struct bm_id run;
    size_t n;
    int64_t steps[32]; /* more are never there, unless somebody put them there */
};
int bm_checkpoint_find(const char *folder, const struct bm_id *run,
                       struct bm_checkpoint_steps *steps, struct bm_err *err);
/* Removes those before `step` but for the last `kept` of them, and unfinished ones of such steps,
 * whose writers died. Later ones are not touched: they are of no use to who writes this one, or he
 * is late. */
int bm_checkpoint_remove_before(const char *folder, const struct bm_id *run, int64_t step,
                                size_t kept, struct bm_err *err);

#endif
