/* The centroid probe: a test image gets the class whose training features have the nearest mean
 * (true labels; features normalized to length 1, means as they come out). Sums and distances are
 * double; a product selects the classes that may be nearest, and where these are several their
 * distances are measured one by one, so that equal means tie. */
#include "bm/probe.h"

#include <math.h>

#include "bm/linalg.h"
#include "bm/row.h"

enum { CHUNK = 512 }; /* columns that are normalized at a time */

struct bm_probe_state {
    struct bm_probe_task task;
    size_t classes, dimension;
    double *mean;       /* classes x dimension; sums until all rows are there */
    double *half;       /* classes: half the squared length of the mean */
    double *count;      /* classes: images */
    size_t right, seen; /* test images */
};

struct scratch {
    double *lengths;  /* most_rows */
    double *wide;     /* most_rows x CHUNK */
    double *products; /* most_rows x classes */
};

static struct scratch carve(const struct bm_probe_task *task, struct bm_arena *work)
{
    size_t rows = task->most_rows;
    return (struct scratch){
        .lengths = bm_arena_take(work, rows * sizeof(double)),
        .wide = bm_arena_take(work, rows * CHUNK * sizeof(double)),
        .products = bm_arena_take(work, rows * (size_t)task->classes * sizeof(double)),
    };
}

static size_t centroid_work(const struct bm_probe_task *task)
{
    struct bm_arena count = {0};
    carve(task, &count);
    return count.used;
}

static double centroid_flops(const struct bm_probe_task *task)
{
    double dimension = (double)task->taps->dimension;
    return dimension * ((double)task->n_fitted + 2.0 * (double)task->n_test * task->classes);
}

static struct bm_probe_state *centroid_begin(const struct bm_probe_task *task,
                                             struct bm_arena *arena)
{
    size_t classes = (size_t)task->classes, dimension = task->taps->dimension;
    struct bm_probe_state *state = bm_arena_take(arena, sizeof *state);
    double *mean = bm_arena_take(arena, classes * dimension * sizeof *mean);
    double *half = bm_arena_take(arena, classes * sizeof *half);
    double *count = bm_arena_take(arena, classes * sizeof *count);
    if (state != NULL)
        *state = (struct bm_probe_state){.task = *task,
                                         .classes = classes,
                                         .dimension = dimension,
                                         .mean = mean,
                                         .half = half,
                                         .count = count};
    return state;
}

static void measure_lengths(const struct bm_probe_state *state, const struct bm_probe_rows *rows,
                            double *lengths)
{
#pragma omp parallel for schedule(static) num_threads(state->task.threads)
    for (size_t i = 0; i < rows->n; i++)
        lengths[i] = bm_row_length(rows->features + i * rows->dimension, rows->dimension);
}

/* Columns at … of row i, normalized in float as for kNN. */
static void normalize(const struct bm_probe_rows *rows, const double *lengths, size_t i, size_t at,
                      size_t columns, float out[CHUNK])
{
    bm_row_divide(rows->features + i * rows->dimension + at, columns, lengths[i], out);
}

static size_t columns_at(const struct bm_probe_state *state, size_t at)
{
    return state->dimension - at < CHUNK ? state->dimension - at : CHUNK;
}

/* Training rows. Threads share the columns: each sum takes the rows in their order. */
static void add(struct bm_probe_state *state, const struct bm_probe_rows *rows,
                const struct scratch *scratch)
{
    for (size_t i = 0; i < rows->n; i++)
        state->count[rows->truth[i]]++;
#pragma omp parallel for schedule(static) num_threads(state->task.threads)
    for (size_t at = 0; at < state->dimension; at += CHUNK) {
        float row[CHUNK];
        size_t columns = columns_at(state, at);
        for (size_t i = 0; i < rows->n; i++) {
            double *sum = state->mean + rows->truth[i] * state->dimension + at;
            normalize(rows, scratch->lengths, i, at, columns, row);
            for (size_t c = 0; c < columns; c++)
                sum[c] += (double)row[c];
        }
    }
}

static void centroid_after(struct bm_probe_state *state, enum bm_walk walk, struct bm_arena *work)
{
    (void)work;
    if (walk != BM_WALK_FITTED)
        return;
    for (size_t class = 0; class < state->classes; class ++) {
        double *mean = state->mean + class * state->dimension, squares = 0;
        if (state->count[class] == 0)
            continue;
        for (size_t c = 0; c < state->dimension; c++) {
            mean[c] /= state->count[class];
            squares += mean[c] * mean[c];
        }
        state->half[class] = squares / 2;
    }
}

/* Products of the rows with all means, to `products`: rows x classes. */
static void multiply(const struct bm_probe_state *state, const struct bm_probe_rows *rows,
                     const struct scratch *scratch)
{
    for (size_t at = 0; at < state->dimension; at += CHUNK) {
        size_t columns = columns_at(state, at);
#pragma omp parallel for schedule(static) num_threads(state->task.threads)
        for (size_t i = 0; i < rows->n; i++) {
            float row[CHUNK];
            normalize(rows, scratch->lengths, i, at, columns, row);
            for (size_t c = 0; c < columns; c++)
                scratch->wide[i * columns + c] = (double)row[c];
        }
        bm_product_double((int)rows->n, (int)state->classes, (int)columns, scratch->wide,
                          state->mean + at, (int)state->dimension, at == 0 ? 0 : 1,
                          scratch->products);
    }
}

static double squared_distance(const struct bm_probe_state *state, const struct bm_probe_rows *rows,
                               const double *lengths, size_t i, size_t class)
{
    double sum = 0;
    for (size_t at = 0; at < state->dimension; at += CHUNK) {
        float row[CHUNK];
        size_t columns = columns_at(state, at);
        const double *mean = state->mean + class * state->dimension + at;
        normalize(rows, lengths, i, at, columns, row);
        for (size_t c = 0; c < columns; c++)
            sum += ((double)row[c] - mean[c]) * ((double)row[c] - mean[c]);
    }
    return sum;
}

/* Half the squared distance but for the row's own part. */
static double score(const struct bm_probe_state *state, const double *products, size_t class)
{
    return state->count[class] > 0 ? state->half[class] - products[class] : INFINITY;
}

static size_t nearest(const struct bm_probe_state *state, const struct bm_probe_rows *rows,
                      const struct scratch *scratch, size_t i)
{
    const double *products = scratch->products + i * state->classes;
    double least = INFINITY, least_distance = INFINITY;
    for (size_t class = 0; class < state->classes; class ++)
        least = fmin(least, score(state, products, class));
    /* Rounding of a score: its terms are products of lengths of at most about 1. */
    double limit = least + 8 * (double)(state->dimension + 1) * 0x1p-53;
    size_t candidates = 0, found = 0;
    for (size_t class = state->classes; class -- > 0;)
        if (score(state, products, class) <= limit) {
            candidates++;
            found = class;
        }
    for (size_t class = 0; class < state->classes && candidates > 1; class ++) {
        if (score(state, products, class) > limit)
            continue;
        double distance = squared_distance(state, rows, scratch->lengths, i, class);
        if (distance < least_distance) {
            least_distance = distance;
            found = class;
        }
    }
    return found;
}

static void centroid_rows(struct bm_probe_state *state, const struct bm_probe_rows *rows,
                          struct bm_arena *work)
{
    struct scratch scratch = carve(&state->task, work);
    measure_lengths(state, rows, scratch.lengths);
    if (rows->walk == BM_WALK_FITTED) {
        add(state, rows, &scratch);
        return;
    }
    multiply(state, rows, &scratch);
    size_t right = 0;
#pragma omp parallel for schedule(static) num_threads(state->task.threads) reduction(+ : right)
    for (size_t i = 0; i < rows->n; i++)
        right += nearest(state, rows, &scratch, i) == rows->truth[i];
    state->right += right;
    state->seen += rows->n;
}

static void centroid_finish(struct bm_probe_state *state, struct bm_probe_value *values,
                            struct bm_arena *work)
{
    (void)work;
    values[0] = (struct bm_probe_value){(double)state->right, (double)state->seen};
}

const struct bm_probe bm_probe_centroid = {
    .name = "centroid",
    .help = "class whose mean of the training features is nearest",
    .columns = (const char *const[]){"centroid", NULL},
    .walks = {[BM_WALK_FITTED] = {BM_TAKE_ROWS}, [BM_WALK_TEST_AFTER] = {BM_TAKE_ROWS}},
    .flops = centroid_flops,
    .work = centroid_work,
    .begin = centroid_begin,
    .rows = centroid_rows,
    .after = centroid_after,
    .finish = centroid_finish,
};
