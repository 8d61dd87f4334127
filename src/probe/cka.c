/* Similarity of two taps: linear CKA (Kornblith et al. 2019) with the unbiased estimate of HSIC
 * (Song et al. 2012, equation 5; as in Nguyen et al. 2021), on the first test images. The mean of
 * each feature is taken off in double before the products: of large features rounding would be all
 * that is left. */
#include "bm/probe.h"

#include <math.h>

#include "bm/linalg.h"
#include "common/centred.h"

/* What is needed of one tap. */
struct similarity {
    double *pairs; /* the Gram matrix below its diagonal, row after row: n (n - 1) / 2 */
    double *sums;  /* its rows without the diagonal: n */
    double self;   /* HSIC with itself; NAN: 0 within rounding */
};

struct bm_probe_state {
    struct bm_probe_task task;
    size_t n;
    struct similarity *taps;
};

static size_t count_pairs(size_t n)
{
    return n > 0 ? n * (n - 1) / 2 : 0;
}

static size_t cka_work(const struct bm_probe_task *task)
{
    size_t n = bm_centred_images(task), most = 0;
    for (int t = 0; t < task->n_taps; t++) { /* not the longest needs most */
        size_t work = bm_centred_work(n, task->taps[t].dimension);
        most = work > most ? work : most;
    }
    return bm_arena_need(n * n * sizeof(double)) + most;
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
    struct similarity *taps = bm_arena_take(arena, n_taps * sizeof *taps);
    for (size_t t = 0; t < n_taps; t++) {
        double *pairs = bm_arena_take(arena, count_pairs(n) * sizeof *pairs);
        double *sums = bm_arena_take(arena, n * sizeof *sums);
        if (taps != NULL)
            taps[t] = (struct similarity){pairs, sums, NAN};
    }
    if (state != NULL)
        *state = (struct bm_probe_state){*task, n, taps};
    return state;
}

static double hsic(const struct similarity *a, const struct similarity *b, size_t images)
{
    double n = (double)images, products = 0, sum_a = 0, sum_b = 0, of_sums = 0;
    for (size_t i = 0; i < count_pairs(images); i++)
        products += a->pairs[i] * b->pairs[i];
    for (size_t i = 0; i < images; i++) {
        sum_a += a->sums[i];
        sum_b += b->sums[i];
        of_sums += a->sums[i] * b->sums[i];
    }
    return (2 * products + sum_a * sum_b / ((n - 1) * (n - 2)) - 2 / (n - 2) * of_sums) /
           (n * (n - 3));
}

static void measure(struct similarity *tap, const struct bm_held *held, struct bm_arena work)
{
    const double rounding = 1e-10; /* of the squared scale of the Gram matrix */
    size_t n = held->n, at = 0;
    double *gram = bm_arena_take(&work, n * n * sizeof *gram), scale = 0;
    bm_centred_gram(held, gram, &work);
    for (size_t i = 0; i < n; i++) {
        scale += bm_gram_at(gram, n, i, i) / (double)n;
        tap->sums[i] = 0;
        for (size_t j = 0; j < n; j++)
            tap->sums[i] += j == i ? 0 : bm_gram_at(gram, n, i, j);
        for (size_t j = 0; j < i; j++)
            tap->pairs[at++] = bm_gram_at(gram, n, i, j);
    }
    double self = hsic(tap, tap, n);
    tap->self = self < rounding * scale * scale || scale == 0 ? NAN : self;
}

static void cka_finish(struct bm_probe_state *state, struct bm_probe_value *values,
                       struct bm_arena *work)
{
    if (state->n < 4) /* the estimate divides by n - 3 */
        return;
    for (int t = 0; t < state->task.n_taps; t++)
        measure(&state->taps[t], state->task.taps[t].held, *work);
    for (int a = 0; a < state->task.n_taps; a++)
        for (int b = a + 1; b < state->task.n_taps; b++, values++) {
            const struct similarity *x = &state->taps[a], *y = &state->taps[b];
            double value = hsic(x, y, state->n) / sqrt(x->self * y->self);
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
