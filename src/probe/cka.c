/* Similarity of two taps (bm/similarity.h), on the first test images. */
#include "bm/probe.h"

#include <math.h>

#include "bm/similarity.h"
#include "common/centred.h"

struct bm_probe_state {
    struct bm_probe_task task;
    size_t n;
    struct bm_similarity *taps;
};

static size_t cka_work(const struct bm_probe_task *task)
{
    size_t n = bm_centred_images(task), most = 0;
    for (int t = 0; t < task->n_taps; t++) { /* not the longest needs most */
        size_t work = bm_similarity_work(n, task->taps[t].dimension);
        most = work > most ? work : most;
    }
    return most;
}

static double cka_flops(const struct bm_probe_task *task)
{
    double n = (double)bm_centred_images(task), taps = task->n_taps, flops = taps * taps * n * n;
    for (int t = 0; t < task->n_taps; t++)
        flops += n * n * (double)task->taps[t].dimension;
    return flops;
}

static struct bm_probe_state *cka_begin(const struct bm_probe_task *task, struct bm_arena *arena)
{
    size_t n = bm_centred_images(task), n_taps = (size_t)task->n_taps;
    struct bm_probe_state *state = bm_arena_take(arena, sizeof *state);
    struct bm_similarity *taps = bm_arena_take(arena, n_taps * sizeof *taps);
    for (size_t t = 0; t < n_taps; t++) {
        struct bm_similarity tap = bm_similarity_carve(n, arena);
        if (taps != NULL)
            taps[t] = tap;
    }
    if (state != NULL)
        *state = (struct bm_probe_state){*task, n, taps};
    return state;
}

static void cka_finish(struct bm_probe_state *state, struct bm_probe_value *values,
                       struct bm_arena *work)
{
    for (int t = 0; t < state->task.n_taps; t++)
        bm_similarity_measure(&state->taps[t], state->task.taps[t].held, *work);
    for (int a = 0; a < state->task.n_taps; a++)
        for (int b = a + 1; b < state->task.n_taps; b++, values++) {
            double value = bm_similarity_cka(&state->taps[a], &state->taps[b], state->n);
            if (!isnan(value))
                *values = (struct bm_probe_value){value, 1};
        }
}

const struct bm_probe bm_probe_cka = {
    .name = "cka",
    .help = "linear CKA of each two taps, on the first 2,000 test images",
    .columns = (const char *const[]){"cka", NULL},
    .of_pairs = true,
    .walks = {[BM_WALK_TEST] = {BM_TAKE_HELD, bm_centred_images}},
    .flops = cka_flops,
    .work_later = cka_work,
    .begin = cka_begin,
    .finish = cka_finish,
};
