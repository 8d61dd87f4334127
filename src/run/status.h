/* What this job says of itself while it runs, for bm-results watch: what runs, how far that is,
 * what failed last. Written so seldom that it costs little; that it cannot be written harms nobody.
 */
#ifndef BM_RUN_STATUS_H
#define BM_RUN_STATUS_H

#include "bm/job_status.h"
#include "bm/store.h"
#include "console.h"
#include "schedule.h"

struct bm_status_writer {
    struct bm_job_status status;
    struct bm_job_file own, *file; /* its own, where the store has none; NULL: none */
    double began, next;            /* monotonic seconds */
};

/* Goes on with what the store has said of the job, if that is shared. */
void bm_status_init(struct bm_status_writer *writer, const struct bm_session *session,
                    struct bm_store *store);
/* The job has ended. */
void bm_status_fini(struct bm_status_writer *writer);
/* A run of this job has ended; `how`: why it is not done. */
void bm_status_ended(struct bm_status_writer *writer, const struct bm_id *id, bool done,
                     const char *how);
/* Writes if it is time. Slots below `n_own` are of rank 0, the others of a rank each. */
void bm_status_write(struct bm_status_writer *writer, const struct bm_console *console,
                     const struct bm_schedule *schedule);

#endif
