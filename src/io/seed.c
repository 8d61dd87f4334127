/* Results as frames: the reverse of bm_results_apply. */
#include "seed.h"

#include <string.h>

/* Appends the frame and empties it. */
static int append(struct bm_journal *journal, struct bm_bytes *frame, struct bm_err *err)
{
    int status = bm_journal_append(journal, frame->data, frame->size, err);
    frame->size = 0;
    return status;
}

static int append_run(struct bm_journal *journal, const struct bm_run *run, struct bm_bytes *frame,
                      struct bm_err *err)
{
    bm_frame_add_begin(frame, &run->id, &run->config);
    int status = append(journal, frame, err);
    for (size_t e = 0; e < run->n_evaluations && status == 0; e++) {
        size_t first = run->first_tap[e], n_taps = run->first_tap[e + 1] - first;
        bm_frame_add_evaluation(frame, &run->id, &run->evaluations[e], run->taps + first, n_taps);
        status = append(journal, frame, err);
    }
    if (run->log != NULL && status == 0) {
        bm_frame_add_log(frame, &run->id, run->log, strlen(run->log));
        status = append(journal, frame, err);
    }
    if (run->finished && status == 0) {
        bm_frame_add_result(frame, &run->id, &run->result);
        status = append(journal, frame, err);
    }
    return status;
}

int bm_journal_seed(struct bm_journal *journal, const struct bm_results *results,
                    struct bm_err *err)
{
    struct bm_bytes frame = {0};
    int status = 0;
    for (size_t i = 0; i < results->n_meta && status == 0; i++) {
        bm_frame_add_meta(&frame, results->meta[i].name, results->meta[i].text);
        status = append(journal, &frame, err);
    }
    for (size_t i = 0; i < results->n_runs && status == 0; i++)
        status = append_run(journal, &results->runs[i], &frame, err);
    bm_bytes_fini(&frame);
    return status;
}
