#include "screen.h"

#include <math.h>
#include <omp.h>
#include <string.h>

#include "bm/narrow.h"
#include "bm/row.h"

enum { CHUNK = BM_NARROW_CHUNK, SAMPLE = 256 /* queries that the centre is the mean of */ };

struct bm_screen bm_screen_begin(const struct bm_probe_task *task, struct bm_arena *arena)
{
    const struct bm_held *held = task->taps->held;
    return (struct bm_screen){
        .held = held,
        .most_rows = task->most_rows,
        .threads = task->threads,
        .centre = bm_arena_take(arena, held->dimension * sizeof(float)),
        .queries = bm_arena_take(arena, held->n * sizeof(struct bm_screen_query)),
    };
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

struct bm_screen_rows bm_screen_carve(const struct bm_screen *screen, struct bm_arena *work)
{
    size_t n = screen->most_rows, dimension = screen->held->dimension;
    size_t queries = least(screen->held->n, BM_SCREEN_QUERIES), width = bm_narrow_width(n);
    size_t threads = (size_t)screen->threads;
    return (struct bm_screen_rows){
        .lengths = bm_arena_take(work, n * sizeof(double)),
        .scales = bm_arena_take(work, n * sizeof(float)),
        .units = bm_arena_take(work, n * sizeof(float)),
        .norms = bm_arena_take(work, n * sizeof(float)),
        .halves = bm_arena_take(work, n * sizeof(float)),
        .codes = bm_arena_take(work, n * CHUNK * sizeof(int16_t)),
        .panels = bm_arena_take(work, bm_narrow_panels(n) * sizeof(int16_t)),
        .query_codes = bm_arena_take(work, queries * CHUNK * sizeof(int16_t)),
        .products = bm_arena_take(work, queries * width * sizeof(float)),
        .buffer = bm_arena_take(work, threads * dimension * sizeof(float)),
        .sums = bm_arena_take(work, dimension * sizeof(double)),
    };
}

static float *buffer_of(const struct bm_screen *screen, const struct bm_screen_rows *work)
{
    return work->buffer + (size_t)omp_get_thread_num() * screen->held->dimension;
}

/* ---- queries ---- */

/* Rows of zeros stay zero, apart from all others: they would move the mean away from these. */
static void find_centre(struct bm_screen *screen, const struct bm_screen_rows *work)
{
    size_t n = screen->held->n, dimension = screen->held->dimension, of = least(n, SAMPLE);
    size_t used = 0;
    float *row = work->buffer;
    memset(work->sums, 0, dimension * sizeof *work->sums);
    for (size_t i = 0; i < of; i++) {
        bm_held_copy(screen->held, i * n / of, 1, 0, dimension, row);
        double length = bm_row_length(row, dimension);
        bm_row_divide(row, dimension, length, row);
        for (size_t d = 0; d < dimension; d++)
            work->sums[d] += (double)row[d];
        used += length > 0;
    }
    for (size_t d = 0; d < dimension && used > 0; d++)
        screen->centre[d] = (float)(work->sums[d] / (double)used);
}

void bm_screen_measure(struct bm_screen *screen, struct bm_arena *arena)
{
    size_t dimension = screen->held->dimension;
    struct bm_screen_rows work = bm_screen_carve(screen, arena);
    find_centre(screen, &work);
#pragma omp parallel for schedule(static) num_threads(screen->threads)
    for (size_t q = 0; q < screen->held->n; q++) {
        struct bm_screen_query *query = &screen->queries[q];
        float *row = buffer_of(screen, &work);
        bm_held_copy(screen->held, q, 1, 0, dimension, row);
        query->length = bm_row_length(row, dimension);
        bm_row_divide(row, dimension, query->length, row);
        query->scale = bm_narrow_scale(row, screen->centre, dimension, &query->norm);
        query->error = bm_narrow_error(row, screen->centre, dimension, query->scale);
    }
}

/* ---- rows ---- */

/* Measures a row; returns the error of its code beside its norm. */
static double measure_row(const struct bm_screen *screen, const float *features, size_t j,
                          struct bm_screen_rows *work)
{
    size_t dimension = screen->held->dimension;
    float *row = buffer_of(screen, work);
    double norm;
    work->lengths[j] = bm_row_length(features, dimension);
    bm_row_divide(features, dimension, work->lengths[j], row);
    work->scales[j] = bm_narrow_scale(row, screen->centre, dimension, &norm);
    work->units[j] = 1 / work->scales[j];
    work->norms[j] = (float)norm;
    work->halves[j] = (float)(norm * norm / 2);
    double error = bm_narrow_error(row, screen->centre, dimension, work->scales[j]);
    return norm > 0 ? error / norm : 0;
}

/* Columns at … of all rows. */
static void pack(const struct bm_screen *screen, const struct bm_probe_rows *rows, size_t at,
                 struct bm_screen_rows *work)
{
    size_t chunk = least(rows->dimension - at, CHUNK);
#pragma omp parallel for schedule(static) num_threads(screen->threads)
    for (size_t j = 0; j < rows->n; j++) {
        float *part = buffer_of(screen, work);
        bm_row_divide(rows->features + j * rows->dimension + at, chunk, work->lengths[j], part);
        bm_narrow_code(part, screen->centre + at, chunk, work->scales[j], work->codes + j * CHUNK);
    }
    bm_narrow_pack(work->codes, rows->n, chunk, work->panels);
}

void bm_screen_offer(const struct bm_screen *screen, const struct bm_probe_rows *rows,
                     struct bm_screen_rows *work)
{
    double relative = 0;
#pragma omp parallel for schedule(static) num_threads(screen->threads) reduction(max : relative)
    for (size_t j = 0; j < rows->n; j++)
        relative =
            fmax(relative, measure_row(screen, rows->features + j * rows->dimension, j, work));
    work->relative = relative;
    work->width = bm_narrow_width(rows->n);
    if (rows->dimension <= CHUNK)
        pack(screen, rows, 0, work);
}

size_t bm_screen_multiply(const struct bm_screen *screen, size_t first,
                          const struct bm_probe_rows *rows, struct bm_screen_rows *work)
{
    size_t dimension = rows->dimension, n = least(screen->held->n - first, BM_SCREEN_QUERIES);
    for (size_t at = 0; at < dimension; at += CHUNK) {
        size_t chunk = least(dimension - at, CHUNK);
        if (dimension > CHUNK)
            pack(screen, rows, at, work);
#pragma omp parallel for schedule(static) num_threads(screen->threads)
        for (size_t i = 0; i < n; i++) {
            const struct bm_screen_query *query = &screen->queries[first + i];
            float *part = buffer_of(screen, work);
            bm_held_copy(screen->held, first + i, 1, at, chunk, part);
            bm_row_divide(part, chunk, query->length, part);
            bm_narrow_code(part, screen->centre + at, chunk, query->scale,
                           work->query_codes + i * CHUNK);
        }
        bm_narrow_products(n, work->query_codes, rows->n, work->panels, chunk, at > 0,
                           work->products);
    }
    return n;
}

/* ---- bounds ---- */

/* What double's rounding does to squares, of which a distance is the difference. */
static double rounding_of(const struct bm_screen *screen, double squares)
{
    return ((double)screen->held->dimension + 64) * 0x1p-50 * squares;
}

/* |a'.b' - its codes'| <= |a' - code| |b'| + |code| |b' - code|. Float rounds the sum over chunks
 * and the arithmetic of the score, each time by 2^-24 of no more than |code| |code| + |b'|^2; and
 * double the square of |a'| + |b'| <= 2 |a'|^2 + 2 |b'|^2. */
struct bm_scores bm_screen_scores(const struct bm_screen *screen, size_t query,
                                  const float *products, const struct bm_screen_rows *work)
{
    const struct bm_screen_query *a = &screen->queries[query];
    double code = a->norm + a->error, scale = (double)a->scale;
    double in_float = ((double)(screen->held->dimension / CHUNK) + 12) * 0x1p-24;
    double of_code = work->relative + in_float * (1 + work->relative);
    return (struct bm_scores){
        .products = products,
        .units = work->units,
        .norms = work->norms,
        .halves = work->halves,
        .of_norm = (float)(1.001 * scale * (a->error + code * of_code)),
        .least_half = (float)(scale * (1 - 4 * in_float)),
        .most_half = (float)(scale * (1 + 4 * in_float)),
        .error = scale * rounding_of(screen, 2 * a->norm * a->norm) + 0x1p-80,
    };
}

static float below(double limit)
{
    return nextafterf((float)limit, -INFINITY);
}

float bm_screen_limit(const struct bm_screen *screen, size_t query, const struct bm_scores *scores,
                      double distance)
{
    const struct bm_screen_query *a = &screen->queries[query];
    double score = (a->norm * a->norm - distance) / 2 - rounding_of(screen, distance);
    return below((double)a->scale * score - scores->error);
}

float bm_screen_limit_of(const struct bm_scores *scores, float score)
{
    return below((double)score - 2 * scores->error);
}
