/* The linear probe: ridge regression on the true labels (common/ridge.c), its alpha chosen by
 * accuracy on a class-balanced tenth that is held out, fitted again on all; accuracy on the test
 * set. Longer features than 8,192 go through a fixed random projection: each is added to one of
 * 8,192 sums, with a random sign (Weinberger et al. 2009). */
#include "bm/probe.h"

#include <math.h>
#include <string.h>

#include "bm/linalg.h"
#include "bm/random.h"
#include "common/ridge.h"

enum { LONGEST = 8192, LEAST_EXPONENT = -6, MOST_EXPONENT = 1, DEFAULT_EXPONENT = -2 };

struct bm_probe_state {
    struct bm_probe_task task;
    size_t dimension; /* of what is fitted */
    int32_t *place; /* of each feature: 1 + where it is added, negative: subtracted; NULL: as is */
    size_t *of_class; /* classes: images in all */
    size_t *seen;     /* classes: images so far */
    size_t n_held_out;
    float *held_out; /* rows that alpha is chosen by */
    uint16_t *held_out_class;
    struct bm_ridge ridge;
    struct bm_ridge_fit fit;
    double alpha; /* that was chosen; NAN: nothing could be fitted */
    size_t right, tested;
};

static size_t fitted_dimension(const struct bm_probe_task *task)
{
    return task->taps->dimension < LONGEST ? task->taps->dimension : LONGEST;
}

/* Images of a class that are held out, of n. */
static size_t tenth_of(size_t n)
{
    size_t tenth = (size_t)llround((double)n / 10);
    return n < 2 ? 0 : tenth > 1 ? tenth : 1;
}

/* ---- memory ---- */

struct scratch {
    double *rows;   /* most_rows x dimension */
    double *scores; /* most_rows x classes */
    uint16_t *classes;
};

static struct scratch carve(const struct bm_probe_task *task, struct bm_arena *work)
{
    size_t d = fitted_dimension(task), n = task->most_rows;
    return (struct scratch){
        .rows = bm_arena_take(work, n * d * sizeof(double)),
        .scores = bm_arena_take(work, n * (size_t)task->classes * sizeof(double)),
        .classes = bm_arena_take(work, n * sizeof(uint16_t)),
    };
}

static size_t linear_work(const struct bm_probe_task *task)
{
    struct bm_arena count = {0};
    carve(task, &count);
    return count.used;
}

/* Solving takes some beside that. */
static size_t linear_work_later(const struct bm_probe_task *task)
{
    return linear_work(task) + bm_ridge_work((int)fitted_dimension(task));
}

static double linear_flops(const struct bm_probe_task *task)
{
    double d = (double)fitted_dimension(task), fits = MOST_EXPONENT - LEAST_EXPONENT + 2;
    return d * d * (double)task->n_fitted + fits * d * d * d / 3 +
           2 * d * task->classes * (double)task->n_test;
}

static void draw_places(int32_t *place, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct bm_random random = bm_random_of(0, BM_RANDOM_PROJECTION, i, 0);
        int32_t to = 1 + (int32_t)bm_random_below(&random, LONGEST);
        place[i] = bm_random_u64(&random) & 1 ? to : -to;
    }
}

static struct bm_probe_state *linear_begin(const struct bm_probe_task *task, struct bm_arena *arena)
{
    size_t d = fitted_dimension(task), classes = (size_t)task->classes, all = task->taps->dimension;
    size_t most = task->n_fitted / 10 + classes + 1; /* held out: n/10 + 1 a class at most */
    struct bm_probe_state *at = bm_arena_take(arena, sizeof *at), state = {.task = *task};
    state.dimension = d;
    state.place = all > LONGEST ? bm_arena_take(arena, all * sizeof *state.place) : NULL;
    state.of_class = bm_arena_take(arena, classes * sizeof *state.of_class);
    state.seen = bm_arena_take(arena, classes * sizeof *state.seen);
    state.held_out = bm_arena_take(arena, most * d * sizeof *state.held_out);
    state.held_out_class = bm_arena_take(arena, most * sizeof *state.held_out_class);
    state.ridge = bm_ridge_begin((int)d, task->classes, arena);
    state.fit = bm_ridge_fit_begin((int)d, task->classes, arena);
    state.alpha = NAN;
    if (at == NULL)
        return NULL;
    if (state.place != NULL)
        draw_places(state.place, all);
    for (size_t i = 0; i < task->n_fitted; i++)
        state.of_class[task->fitted_truth[i]]++;
    *at = state;
    return at;
}

/* ---- rows ---- */

/* A row as it is fitted. */
static void project(const struct bm_probe_state *state, const float *row, double *out)
{
    if (state->place == NULL) {
        for (size_t k = 0; k < state->dimension; k++)
            out[k] = (double)row[k];
        return;
    }
    memset(out, 0, state->dimension * sizeof *out);
    for (size_t k = 0; k < state->task.taps->dimension; k++) {
        int32_t place = state->place[k];
        out[(place > 0 ? place : -place) - 1] += place > 0 ? (double)row[k] : -(double)row[k];
    }
}

static void hold_out(struct bm_probe_state *state, const double *row, uint16_t class)
{
    float *to = state->held_out + state->n_held_out * state->dimension;
    for (size_t k = 0; k < state->dimension; k++)
        to[k] = (float)row[k];
    state->held_out_class[state->n_held_out++] = class;
}

/* The last images of each class are held out. */
static void add(struct bm_probe_state *state, const struct bm_probe_rows *rows,
                const struct scratch *scratch)
{
    int kept = 0;
    for (size_t i = 0; i < rows->n; i++) {
        uint16_t class = rows->truth[i];
        double *row = scratch->rows + (size_t)kept * state->dimension;
        size_t number = state->seen[class]++, of = state->of_class[class];
        project(state, rows->features + i * rows->dimension, row);
        if (number >= of - tenth_of(of))
            hold_out(state, row, class);
        else
            scratch->classes[kept++] = class;
    }
    bm_ridge_add(&state->ridge, scratch->rows, scratch->classes, kept);
}

/* Rows in `scratch->rows`, less the shift, whose largest score is that of their class; ties to the
 * smallest. */
static size_t count_right(const struct bm_probe_state *state, const struct scratch *scratch,
                          const uint16_t *class, size_t n)
{
    size_t right = 0, classes = (size_t)state->task.classes;
    bm_product_double((int)n, (int)classes, (int)state->dimension, scratch->rows, state->fit.weight,
                      (int)state->dimension, 0, scratch->scores);
    for (size_t i = 0; i < n; i++) {
        double *scores = scratch->scores + i * classes;
        size_t best = 0;
        for (size_t c = 0; c < classes; c++) {
            scores[c] += state->fit.intercept[c];
            best = scores[c] > scores[best] ? c : best;
        }
        right += best == class[i];
    }
    return right;
}

static void take_shift_off(const struct bm_probe_state *state, double *row)
{
    for (size_t k = 0; k < state->dimension; k++)
        row[k] -= state->ridge.shift[k];
}

static void test(struct bm_probe_state *state, const struct bm_probe_rows *rows,
                 const struct scratch *scratch)
{
    for (size_t i = 0; i < rows->n; i++) {
        double *row = scratch->rows + i * state->dimension;
        project(state, rows->features + i * rows->dimension, row);
        take_shift_off(state, row);
    }
    state->right += count_right(state, scratch, rows->truth, rows->n);
    state->tested += rows->n;
}

static void linear_rows(struct bm_probe_state *state, const struct bm_probe_rows *rows,
                        struct bm_arena *work)
{
    struct scratch scratch = carve(&state->task, work);
    if (rows->walk == BM_WALK_FITTED)
        add(state, rows, &scratch);
    else if (!isnan(state->alpha))
        test(state, rows, &scratch);
}

/* ---- fitting ---- */

/* Held-out rows first …, at most most_rows, to `scratch->rows`; returns how many. */
static size_t load_held_out(const struct bm_probe_state *state, const struct scratch *scratch,
                            size_t first)
{
    size_t left = state->n_held_out - first, most = state->task.most_rows;
    size_t n = left < most ? left : most;
    const float *from = state->held_out + first * state->dimension;
    for (size_t k = 0; k < n * state->dimension; k++)
        scratch->rows[k] = (double)from[k];
    return n;
}

static size_t count_held_out_right(const struct bm_probe_state *state,
                                   const struct scratch *scratch)
{
    size_t right = 0;
    for (size_t first = 0, n; first < state->n_held_out; first += n) {
        n = load_held_out(state, scratch, first);
        for (size_t i = 0; i < n; i++)
            take_shift_off(state, scratch->rows + i * state->dimension);
        right += count_right(state, scratch, state->held_out_class + first, n);
    }
    return right;
}

/* The exponent with the best accuracy on what is held out; ties to the largest. */
static int choose_exponent(struct bm_probe_state *state, const struct scratch *scratch,
                           const struct bm_arena *work)
{
    int best = DEFAULT_EXPONENT;
    size_t most = 0;
    bool any = false;
    for (int j = LEAST_EXPONENT; j <= MOST_EXPONENT && state->n_held_out > 0; j++) {
        double alpha = state->ridge.n * pow(10, j);
        if (!bm_ridge_solve(&state->ridge, alpha, &state->fit, *work))
            continue;
        size_t right = count_held_out_right(state, scratch);
        if (!any || right >= most) {
            any = true;
            most = right;
            best = j;
        }
    }
    return best;
}

static void linear_after(struct bm_probe_state *state, enum bm_walk walk, struct bm_arena *work)
{
    if (walk != BM_WALK_FITTED)
        return;
    struct scratch scratch = carve(&state->task, work);
    int exponent = choose_exponent(state, &scratch, work);
    for (size_t first = 0, n; first < state->n_held_out; first += n) {
        n = load_held_out(state, &scratch, first);
        bm_ridge_add(&state->ridge, scratch.rows, state->held_out_class + first, (int)n);
    }
    double alpha = state->ridge.n * pow(10, exponent);
    if (bm_ridge_solve(&state->ridge, alpha, &state->fit, *work))
        state->alpha = alpha;
}

static void linear_finish(struct bm_probe_state *state, struct bm_probe_value *values,
                          struct bm_arena *work)
{
    (void)work;
    values[0] = (struct bm_probe_value){(double)state->right, (double)state->tested};
    if (!isnan(state->alpha))
        values[1] = (struct bm_probe_value){state->alpha, 1};
    values[2] = (struct bm_probe_value){(double)state->dimension, 1};
}

const struct bm_probe bm_probe_linear = {
    .name = "linear",
    .help = "ridge regression on the true labels",
    .columns = (const char *const[]){"linear", "linear_alpha", "linear_dimension", NULL},
    .walks = {[BM_WALK_FITTED] = {BM_TAKE_ROWS}, [BM_WALK_TEST_AFTER] = {BM_TAKE_ROWS}},
    .flops = linear_flops,
    .work = linear_work,
    .work_later = linear_work_later,
    .begin = linear_begin,
    .rows = linear_rows,
    .after = linear_after,
    .finish = linear_finish,
};
