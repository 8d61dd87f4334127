/* Results as frames: the reverse of bm_results_apply. */
#include "bm/results.h"

#include <string.h>

struct out {
    int (*take)(void *context, const void *frame, size_t size, struct bm_err *err);
    void *context;
    struct bm_err *err;
    struct bm_bytes frame;
};

/* Hands the frame on and empties it. */
static int hand_on(struct out *out)
{
    int status = out->take(out->context, out->frame.data, out->frame.size, out->err);
    out->frame.size = 0;
    return status;
}

static int replay_run(struct out *out, const struct bm_run *run)
{
    bm_frame_add_begin(&out->frame, &run->id, &run->config);
    int status = hand_on(out);
    for (size_t e = 0; e < run->n_evaluations && status == 0; e++) {
        struct bm_findings findings = bm_run_findings(run, e);
        bm_frame_add_evaluation(&out->frame, &run->id, &run->evaluations[e], &findings);
        status = hand_on(out);
    }
    if (run->log != NULL && status == 0) {
        bm_frame_add_log(&out->frame, &run->id, run->log, strlen(run->log));
        status = hand_on(out);
    }
    if (run->finished && status == 0) {
        bm_frame_add_result(&out->frame, &run->id, &run->result);
        status = hand_on(out);
    }
    return status;
}

int bm_run_replay(const struct bm_run *run,
                  int (*take)(void *context, const void *frame, size_t size, struct bm_err *err),
                  void *context, struct bm_err *err)
{
    struct out out = {.take = take, .context = context, .err = err};
    int status = replay_run(&out, run);
    bm_bytes_fini(&out.frame);
    return status;
}

int bm_results_replay(const struct bm_results *results,
                      int (*take)(void *context, const void *frame, size_t size,
                                  struct bm_err *err),
                      void *context, struct bm_err *err)
{
    struct out out = {.take = take, .context = context, .err = err};
    int status = 0;
    for (size_t i = 0; i < results->n_meta && status == 0; i++) {
        bm_frame_add_meta(&out.frame, results->meta[i].name, results->meta[i].text);
        status = hand_on(&out);
    }
    for (size_t i = 0; i < results->n_runs && status == 0; i++)
        status = replay_run(&out, &results->runs[i]);
    bm_bytes_fini(&out.frame);
    return status;
}
