/* Checkpoints: the state of a run in training, kept in RESULTS.h5.d/checkpoints/ID.STEP, so that
 * the run goes on from there. The state is spans of memory; what they mean is left to their owner.
 *
 * A checkpoint is read whole or not at all: it has checksums, and is under its name only once it is
 * on the disk. A run has two, in case that the last one is damaged. Only one process and thread at
 * a time writes those of a run. Errors are sentences with BM_EXIT_IO. */
#ifndef BM_CHECKPOINT_H
#define BM_CHECKPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bm/bytes.h"
#include "bm/digest.h"
#include "bm/err.h"

/* Whose checkpoints they are. */
struct bm_checkpoint_of {
    const char *results; /* path of the results file */
    struct bm_id run;
    struct bm_id settings; /* digest of those that the run's id does not cover, and matter */
    struct bm_id data;     /* … of the data that it works on */
    struct bm_id format;   /* … of what describes spans and records */
};

/* Writes the state after `step` steps: spans, and records of any size. Of the run's checkpoints
 * before it all but the last one are removed; later ones stay: they could not be used. */
int bm_checkpoint_write(const struct bm_checkpoint_of *of, int64_t step,
                        const struct bm_span *spans, size_t n, const struct bm_bytes *records,
                        struct bm_err *err);
/* Fills the spans and `records` (zeroed) from the last checkpoint that is whole and whose spans
 * have these sizes. 1: done; 0: there is none, and nothing was changed. `note` says in a sentence
 * what was there and was not used, else "". */
int bm_checkpoint_read(const struct bm_checkpoint_of *of, const struct bm_span *spans, size_t n,
                       struct bm_bytes *records, char note[500]);
/* Whether the run has checkpoints, and all that can be read are of other settings than those. */
bool bm_checkpoint_is_of_others(const char *results, const struct bm_id *run,
                                const struct bm_id *settings);
/* Removes all of the run's, unfinished ones as well, so nobody may be writing; none there is fine.
 */
int bm_checkpoint_remove(const char *results, const struct bm_id *run, struct bm_err *err);
/* Removes what writers who died left unfinished, and the checkpoints of runs of which `is_wanted`
 * says no. To be called while nobody writes any. */
int bm_checkpoint_clear(const char *results,
                        bool (*is_wanted)(void *context, const struct bm_id *run), void *context,
                        struct bm_err *err);
/* How far runs have come: run, step and size of each checkpoint. */
struct bm_checkpoint_marks {
    struct bm_checkpoint_mark {
        struct bm_id run;
        int64_t step;
        double bytes;
    } * marks; /* owned */
    size_t n;
};
int bm_checkpoint_mark(const char *results, struct bm_checkpoint_marks *marks, struct bm_err *err);
void bm_checkpoint_marks_fini(struct bm_checkpoint_marks *marks);
/* Whether a run has come further since `before`. */
bool bm_checkpoint_is_further(const struct bm_checkpoint_marks *before,
                              const struct bm_checkpoint_marks *now);

#endif
