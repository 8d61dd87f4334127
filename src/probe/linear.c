/* The linear probe: ridge regression on the true labels (common/ridge.c), its alpha chosen by
 * accuracy on a class-balanced tenth that is held out, fitted again on all; accuracy on the test
 * set. Longer features than 8,192 go through a random projection (common/projection.c).
 *
 * What is held out is put aside until there are weights to be tried, or, where memory is short, is
 * shown again then; both give the same bits. */
#include "bm/probe.h"

#include <math.h>
#include <string.h>

#include "bm/linalg.h"
#include "common/projection.h"
#include "common/ridge.h"

enum {
    LONGEST = 8192,
    LEAST_EXPONENT = -6,
    MOST_EXPONENT = 1,
    DEFAULT_EXPONENT = -2,
    EXPONENTS = MOST_EXPONENT - LEAST_EXPONENT + 1,
};

/* An exponent of alpha, as far as it has been tried. */
struct trial {
    bool is_solved;
    struct bm_ridge_fit fit;
    size_t right; /* of what is held out */
};

struct bm_probe_state {
    struct bm_probe_task task;
    size_t dimension; /* of what is fitted */
    struct bm_projection projection;
    size_t *of_class; /* classes: images in all */
    size_t *seen;     /* classes: images so far */
    size_t *before;   /* classes: those up to the first image that is held out */
    size_t first_held_out, n_held_out;
    float *put_aside; /* rows that alpha is chosen by: all, or those that are next */
    uint16_t *put_aside_class;
    size_t n_put_aside;
    struct bm_ridge ridge;
    struct bm_ridge_fit fit;
    struct trial trials[EXPONENTS]; /* they share a fit where all that is held out is there */
    double alpha;                   /* that was chosen; NAN: nothing could be fitted */
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
    double d = (double)fitted_dimension(task), fits = EXPONENTS + 1;
    return d * d * (double)task->n_fitted + fits * d * d * d / 3 +
           2 * d * task->classes * (double)task->n_test;
}

static struct bm_probe_state *linear_begin(const struct bm_probe_task *task, struct bm_arena *arena)
{
    size_t d = fitted_dimension(task), classes = (size_t)task->classes;
    size_t held_out = task->n_fitted / 10 + classes + 1; /* n/10 + 1 a class at most */
    size_t most = task->shows_again ? task->most_rows : held_out;
    struct bm_probe_state *at = bm_arena_take(arena, sizeof *at), state = {.task = *task};
    state.dimension = d;
    state.projection = bm_projection_begin(task->taps->dimension, d, arena);
    state.of_class = bm_arena_take(arena, classes * sizeof *state.of_class);
    state.seen = bm_arena_take(arena, classes * sizeof *state.seen);
    state.before = bm_arena_take(arena, classes * sizeof *state.before);
    state.first_held_out = task->n_fitted;
    state.put_aside = bm_arena_take(arena, most * d * sizeof *state.put_aside);
    state.put_aside_class = bm_arena_take(arena, most * sizeof *state.put_aside_class);
    state.ridge = bm_ridge_begin((int)d, task->classes, arena);
    state.fit = bm_ridge_fit_begin((int)d, task->classes, arena);
    for (int j = 0; j < EXPONENTS; j++)
        state.trials[j].fit =
            task->shows_again ? bm_ridge_fit_begin((int)d, task->classes, arena) : state.fit;
    state.alpha = NAN;
    if (at == NULL)
        return NULL;
    bm_projection_draw(&state.projection);
    for (size_t i = 0; i < task->n_fitted; i++)
        state.of_class[task->fitted_truth[i]]++;
    *at = state;
    return at;
}

/* ---- rows ---- */

static void put_aside(struct bm_probe_state *state, const double *row, uint16_t class)
{
    float *to = state->put_aside + state->n_put_aside * state->dimension;
    for (size_t k = 0; k < state->dimension; k++)
        to[k] = (float)row[k];
    state->put_aside_class[state->n_put_aside++] = class;
}

/* The last images of each class are held out. Counts the row. */
static bool is_held_out(struct bm_probe_state *state, uint16_t class)
{
    size_t of = state->of_class[class];
    return state->seen[class]++ >= of - tenth_of(of);
}

/* Notes where what is held out begins. That this row has been counted is no matter: all that follow
 * of its class are held out as well. */
static void note_held_out(struct bm_probe_state *state, size_t row)
{
    if (state->n_held_out++ > 0)
        return;
    state->first_held_out = row;
    memcpy(state->before, state->seen, (size_t)state->task.classes * sizeof *state->before);
}

static void add(struct bm_probe_state *state, const struct bm_probe_rows *rows,
                const struct scratch *scratch)
{
    int kept = 0;
    for (size_t i = 0; i < rows->n; i++) {
        uint16_t class = rows->truth[i];
        double *row = scratch->rows + (size_t)kept * state->dimension;
        bool is_out = is_held_out(state, class);
        if (is_out)
            note_held_out(state, rows->first + i);
        if (is_out && state->task.shows_again)
            continue;
        bm_projection_apply(&state->projection, rows->features + i * rows->dimension, row);
        if (is_out)
            put_aside(state, row, class);
        else
            scratch->classes[kept++] = class;
    }
    bm_ridge_add(&state->ridge, scratch->rows, scratch->classes, kept);
}

/* Rows in `scratch->rows`, less the shift, whose largest score is that of their class; ties to the
 * smallest. */
static size_t count_right(const struct bm_probe_state *state, const struct bm_ridge_fit *fit,
                          const struct scratch *scratch, const uint16_t *class, size_t n)
{
    size_t right = 0, classes = (size_t)state->task.classes;
    bm_product_double((int)n, (int)classes, (int)state->dimension, scratch->rows, fit->weight,
                      (int)state->dimension, 0, scratch->scores);
    for (size_t i = 0; i < n; i++) {
        double *scores = scratch->scores + i * classes;
        size_t best = 0;
        for (size_t c = 0; c < classes; c++) {
            scores[c] += fit->intercept[c];
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
        bm_projection_apply(&state->projection, rows->features + i * rows->dimension, row);
        take_shift_off(state, row);
    }
    state->right += count_right(state, &state->fit, scratch, rows->truth, rows->n);
    state->tested += rows->n;
}

/* ---- fitting ---- */

/* Rows that are put aside, first …, at most most_rows, to `scratch->rows`; returns how many. */
static size_t load(const struct bm_probe_state *state, const struct scratch *scratch, size_t first)
{
    size_t left = state->n_put_aside - first, most = state->task.most_rows;
    size_t n = left < most ? left : most;
    const float *from = state->put_aside + first * state->dimension;
    for (size_t k = 0; k < n * state->dimension; k++)
        scratch->rows[k] = (double)from[k];
    return n;
}

static void solve(struct bm_probe_state *state, int j, const struct bm_arena *work)
{
    double alpha = state->ridge.n * pow(10, LEAST_EXPONENT + j);
    state->trials[j].is_solved = bm_ridge_solve(&state->ridge, alpha, &state->trials[j].fit, *work);
}

/* Counts what a trial says of all that is put aside. */
static void try_out(struct bm_probe_state *state, int j, const struct scratch *scratch)
{
    struct trial *trial = &state->trials[j];
    for (size_t first = 0, n; first < state->n_put_aside && trial->is_solved; first += n) {
        n = load(state, scratch, first);
        for (size_t i = 0; i < n; i++)
            take_shift_off(state, scratch->rows + i * state->dimension);
        const uint16_t *class = state->put_aside_class + first;
        trial->right += count_right(state, &trial->fit, scratch, class, n);
    }
}

/* All that is put aside is fitted as well; it is not needed any more then. */
static void add_put_aside(struct bm_probe_state *state, const struct scratch *scratch)
{
    for (size_t first = 0, n; first < state->n_put_aside; first += n) {
        n = load(state, scratch, first);
        bm_ridge_add(&state->ridge, scratch->rows, state->put_aside_class + first, (int)n);
    }
    state->n_put_aside = 0;
}

/* The exponent with the best accuracy on what is held out; ties to the largest. */
static int best_exponent(const struct bm_probe_state *state)
{
    const struct trial *best = NULL;
    for (int j = 0; j < EXPONENTS; j++)
        if (state->trials[j].is_solved && (best == NULL || state->trials[j].right >= best->right))
            best = &state->trials[j];
    return best == NULL ? DEFAULT_EXPONENT : LEAST_EXPONENT + (int)(best - state->trials);
}

static void settle(struct bm_probe_state *state, const struct bm_arena *work)
{
    double alpha = state->ridge.n * pow(10, best_exponent(state));
    if (bm_ridge_solve(&state->ridge, alpha, &state->fit, *work))
        state->alpha = alpha;
}

/* Rows that are held out are tried as often as most_rows of them are together: as they would be if
 * they had been put aside. */
static void try_again(struct bm_probe_state *state, const struct scratch *scratch)
{
    for (int j = 0; j < EXPONENTS; j++)
        try_out(state, j, scratch);
    add_put_aside(state, scratch);
}

static void see_again(struct bm_probe_state *state, const struct bm_probe_rows *rows,
                      const struct scratch *scratch)
{
    for (size_t i = 0; i < rows->n; i++) {
        if (!is_held_out(state, rows->truth[i]))
            continue;
        bm_projection_apply(&state->projection, rows->features + i * rows->dimension,
                            scratch->rows);
        put_aside(state, scratch->rows, rows->truth[i]);
        if (state->n_put_aside == state->task.most_rows)
            try_again(state, scratch);
    }
}

static size_t linear_again_from(const struct bm_probe_task *task,
                                const struct bm_probe_state *state)
{
    return state != NULL ? state->first_held_out : task->n_fitted - task->n_fitted / 10;
}

static void linear_rows(struct bm_probe_state *state, const struct bm_probe_rows *rows,
                        struct bm_arena *work)
{
    struct scratch scratch = carve(&state->task, work);
    if (rows->walk == BM_WALK_FITTED)
        add(state, rows, &scratch);
    else if (rows->walk == BM_WALK_AGAIN)
        see_again(state, rows, &scratch);
    else if (!isnan(state->alpha))
        test(state, rows, &scratch);
}

static void linear_after(struct bm_probe_state *state, enum bm_walk walk, struct bm_arena *work)
{
    struct scratch scratch = carve(&state->task, work);
    bool shows_again = state->task.shows_again;
    for (int j = 0; j < EXPONENTS && walk == BM_WALK_FITTED && state->n_held_out > 0; j++) {
        solve(state, j, work);
        if (!shows_again)
            try_out(state, j, &scratch);
    }
    if (walk == BM_WALK_FITTED && shows_again) {
        memcpy(state->seen, state->before, (size_t)state->task.classes * sizeof *state->seen);
    } else if (walk == (shows_again ? BM_WALK_AGAIN : BM_WALK_FITTED)) {
        if (shows_again)
            try_again(state, &scratch);
        else
            add_put_aside(state, &scratch);
        settle(state, work);
    }
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
    .walks = {[BM_WALK_FITTED] = {BM_TAKE_ROWS},
              [BM_WALK_AGAIN] = {BM_TAKE_ROWS},
              [BM_WALK_TEST_AFTER] = {BM_TAKE_ROWS}},
    .flops = linear_flops,
    .work = linear_work,
    .work_later = linear_work_later,
    .begin = linear_begin,
    .again_from = linear_again_from,
    .rows = linear_rows,
    .after = linear_after,
    .finish = linear_finish,
};
