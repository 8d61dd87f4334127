/* Invariance of a tap to the augmentation: s, the mean cosine of two views of one image, against d,
 * that of views of different images: (s - d) / (1 - d), so that features which are all alike do not
 * count as invariant. View 1 of an image meets view 2 of the next, that of the last one view 2 of
 * the first. */
#include "bm/probe.h"

#include <math.h>
#include <string.h>

#include "bm/row.h"

enum { MOST_IMAGES = 1000 };

struct bm_probe_state {
    size_t dimension, n;    /* images */
    float *first_view2;     /* of image 0 */
    float *view1[2];        /* of the image at hand and the one before it, by the image's parity */
    double same, different; /* sums of cosines */
};

static size_t images(const struct bm_probe_task *task)
{
    return task->n_test < MOST_IMAGES ? task->n_test : MOST_IMAGES;
}

static double invariance_flops(const struct bm_probe_task *task)
{
    return 2 * 6.0 * (double)images(task) * (double)task->taps->dimension;
}

static struct bm_probe_state *invariance_begin(const struct bm_probe_task *task,
                                               struct bm_arena *arena)
{
    size_t bytes = task->taps->dimension * sizeof(float);
    struct bm_probe_state *state = bm_arena_take(arena, sizeof *state);
    float *first = bm_arena_take(arena, bytes), *even = bm_arena_take(arena, bytes),
          *odd = bm_arena_take(arena, bytes);
    if (state != NULL)
        *state = (struct bm_probe_state){.dimension = task->taps->dimension,
                                         .n = images(task),
                                         .first_view2 = first,
                                         .view1 = {even, odd}};
    return state;
}

/* 0 where one of them has no direction. */
static double cosine(const float *a, const float *b, size_t n)
{
    double lengths = bm_row_length(a, n) * bm_row_length(b, n);
    return lengths > 0 ? bm_row_dot(a, b, n) / lengths : 0;
}

static void take_view2(struct bm_probe_state *state, size_t image, const float *row)
{
    state->same += cosine(state->view1[image % 2], row, state->dimension);
    if (image > 0)
        state->different += cosine(state->view1[(image - 1) % 2], row, state->dimension);
    else
        memcpy(state->first_view2, row, state->dimension * sizeof *row);
}

static void invariance_rows(struct bm_probe_state *state, const struct bm_probe_rows *rows,
                            struct bm_arena *work)
{
    (void)work;
    for (size_t i = 0; i < rows->n; i++) {
        const float *row = rows->features + i * state->dimension;
        size_t image = (rows->first + i) / 2;
        if ((rows->first + i) % 2 == 0)
            memcpy(state->view1[image % 2], row, state->dimension * sizeof *row);
        else
            take_view2(state, image, row);
    }
}

static void invariance_finish(struct bm_probe_state *state, struct bm_probe_value *values,
                              struct bm_arena *work)
{
    (void)work;
    const double collapsed = 0.999;
    double n = (double)state->n;
    if (state->n < 2)
        return;
    state->different +=
        cosine(state->view1[(state->n - 1) % 2], state->first_view2, state->dimension);
    double same = state->same / n, different = state->different / n;
    if (different <= collapsed)
        values[0] = (struct bm_probe_value){(same - different) / (1 - different), 1};
}

const struct bm_probe bm_probe_invariance = {
    .name = "invariance",
    .help = "how much more alike two views of an image are than views of two images",
    .columns = (const char *const[]){"invariance", NULL},
    .walks = {[BM_WALK_VIEWS] = {BM_TAKE_ROWS, images}},
    .flops = invariance_flops,
    .begin = invariance_begin,
    .rows = invariance_rows,
    .finish = invariance_finish,
};
