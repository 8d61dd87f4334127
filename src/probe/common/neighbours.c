/* Nearest neighbours of held rows (queries) among rows that come in blocks.
 *
 * Features are normalized to length 1 in float (zero stays zero). Neighbours are ordered by squared
 * Euclidean distance in double, ties by the row's number. Distances of a block come from one matrix
 * product in float; on nearly collapsed features its rounding error exceeds the differences, so it
 * only selects candidates: every row that may be among the k nearest within a proven error bound is
 * measured again in double. The result is the one of a brute-force search in double.
 *
 * Products are compared as scores a.b - |b|^2 / 2: larger is nearer, for one query a. */
#include "neighbours.h"

#include <math.h>
#include <omp.h>
#include <string.h>

#include "bm/nn.h"
#include "row.h"

enum {
    QUERY_BLOCK = 1024, /* queries of a product: bounds the memory of its scores */
    CHUNK = 512,        /* features of a product: bounds the error of a float dot product */
    GROUP = 32,         /* scores that are looked at together: nearly all have no candidate */
};

struct neighbour {
    double distance; /* squared */
    uint32_t row;
    uint16_t label;
};

struct bm_neighbours {
    size_t k, most_rows;
    int classes, threads;
    const struct bm_held *held;
    double *lengths;           /* of the queries as they are held */
    double *squares;           /* of the normalized queries: 1 up to rounding, or 0 */
    struct neighbour *nearest; /* queries x k, each row sorted */
    uint32_t *found;           /* neighbours so far, at most k */
};

/* What one call works in. */
struct scratch {
    float *rows;       /* most_rows x dimension, normalized */
    float *half_norms; /* most_rows: half the squared lengths of `rows` */
    float *queries;    /* QUERY_BLOCK x CHUNK, normalized */
    float *products;   /* QUERY_BLOCK x most_rows */
    float *query;      /* a normalized query a thread */
    float *largest;    /* k a thread */
    uint32_t *votes;   /* classes */
};

static struct scratch carve(const struct bm_neighbours *s, struct bm_arena *work)
{
    size_t dimension = s->held->dimension, threads = (size_t)s->threads;
    size_t queries = s->held->n < QUERY_BLOCK ? s->held->n : QUERY_BLOCK;
    size_t chunk = dimension < CHUNK ? dimension : CHUNK;
    return (struct scratch){
        .rows = bm_arena_take(work, s->most_rows * dimension * sizeof(float)),
        .half_norms = bm_arena_take(work, s->most_rows * sizeof(float)),
        .queries = bm_arena_take(work, queries * chunk * sizeof(float)),
        .products = bm_arena_take(work, queries * s->most_rows * sizeof(float)),
        .query = bm_arena_take(work, threads * dimension * sizeof(float)),
        .largest = bm_arena_take(work, threads * s->k * sizeof(float)),
        .votes = bm_arena_take(work, (size_t)s->classes * sizeof(uint32_t)),
    };
}

static struct bm_neighbours search_of(const struct bm_probe_task *task, size_t k)
{
    return (struct bm_neighbours){
        .k = k,
        .most_rows = task->most_rows,
        .classes = task->classes,
        .threads = task->threads,
        .held = task->taps->held,
    };
}

struct bm_neighbours *bm_neighbours_begin(const struct bm_probe_task *task, size_t k,
                                          struct bm_arena *arena)
{
    struct bm_neighbours search = search_of(task, k), *kept = bm_arena_take(arena, sizeof search);
    size_t n = search.held->n;
    search.lengths = bm_arena_take(arena, n * sizeof *search.lengths);
    search.squares = bm_arena_take(arena, n * sizeof *search.squares);
    search.nearest = bm_arena_take(arena, n * k * sizeof *search.nearest);
    search.found = bm_arena_take(arena, n * sizeof *search.found);
    if (kept != NULL)
        *kept = search;
    return kept;
}

size_t bm_neighbours_work(const struct bm_probe_task *task, size_t k)
{
    struct bm_neighbours search = search_of(task, k);
    struct bm_arena count = {0};
    carve(&search, &count);
    return count.used;
}

double bm_neighbours_flops(const struct bm_probe_task *task, size_t rows)
{
    const struct bm_held *held = task->taps->held;
    return 2.0 * (double)held->n * (double)held->dimension * (double)rows;
}

void bm_neighbours_measure(struct bm_neighbours *s, struct bm_arena *work)
{
    const struct bm_held *held = s->held;
    size_t dimension = held->dimension;
    struct scratch scratch = carve(s, work);
#pragma omp parallel for schedule(static) num_threads(s->threads)
    for (size_t q = 0; q < held->n; q++) {
        float *query = scratch.query + (size_t)omp_get_thread_num() * dimension;
        bm_held_copy(held, q, 1, 0, dimension, query);
        s->lengths[q] = sqrt(bm_row_squares(query, dimension));
        bm_row_divide(query, dimension, s->lengths[q], query);
        s->squares[q] = bm_row_squares(query, dimension);
    }
}

static bool is_nearer(const struct neighbour *a, const struct neighbour *b)
{
    return a->distance < b->distance || (a->distance == b->distance && a->row < b->row);
}

/* Insertion into the sorted list of one query. */
static void insert(struct bm_neighbours *s, size_t query, struct neighbour candidate)
{
    struct neighbour *list = s->nearest + query * s->k;
    size_t at = s->found[query];
    if (at == s->k) {
        if (!is_nearer(&candidate, &list[at - 1]))
            return;
        at--;
    } else {
        s->found[query]++;
    }
    for (; at > 0 && is_nearer(&candidate, &list[at - 1]); at--)
        list[at] = list[at - 1];
    list[at] = candidate;
}

static float score_of(const float *products, const float *half_norms, size_t j)
{
    return products[j] - half_norms[j];
}

/* The k-th largest score of n rows; -INFINITY when there are fewer. */
static float kth_score(const float *products, const float *half_norms, size_t n, float *largest,
                       size_t k)
{
    size_t have = 0;
    for (size_t j = 0; j < n; j++) {
        float score = score_of(products, half_norms, j);
        if (have == k && score <= largest[k - 1])
            continue;
        size_t at = have < k ? have++ : k - 1;
        for (; at > 0 && largest[at - 1] < score; at--)
            largest[at] = largest[at - 1];
        largest[at] = score;
    }
    return have < k ? -INFINITY : largest[k - 1];
}

/* Bound of |float score - double score| for rows of length at most about 1: the product is summed
 * in chunks, each with error at most gamma(CHUNK) (Higham 2002, 3.1), then over the chunks; the
 * float arithmetic of the score itself adds a few units. */
static double error_bound(size_t dimension)
{
    double unit = 0x1p-24;
    double terms = CHUNK + (double)(dimension / CHUNK + 1);
    double gamma = terms * unit / (1 - terms * unit);
    return gamma * 1.001 + 4 * unit;
}

/* Scores below this are farther for certain than the k neighbours that the query has. */
static float threshold(const struct bm_neighbours *s, size_t query, double error)
{
    double farthest = s->nearest[query * s->k + s->k - 1].distance;
    return nextafterf((float)((s->squares[query] - farthest) / 2 - error), -INFINITY);
}

/* Until there are k neighbours, those of this block that k others of it beat are out. */
static float first_threshold(const struct bm_neighbours *s, size_t query, double error,
                             const float *products, const struct scratch *scratch, size_t n)
{
    float *largest = scratch->largest + (size_t)omp_get_thread_num() * s->k;
    if (s->found[query] == s->k)
        return threshold(s, query, error);
    double kth = (double)kth_score(products, scratch->half_norms, n, largest, s->k);
    return nextafterf((float)(kth - 2 * error), -INFINITY);
}

/* Of a whole group: with a constant count and no way out of the loop it becomes vectors. */
static bool has_candidate(const float *products, const float *half_norms, float limit)
{
    int any = 0;
    for (size_t j = 0; j < GROUP; j++)
        any |= score_of(products, half_norms, j) >= limit;
    return any;
}

/* The query, normalized, in this thread's memory. */
static const float *normalized_query(const struct bm_neighbours *s, const struct scratch *scratch,
                                     size_t query)
{
    size_t dimension = s->held->dimension;
    float *row = scratch->query + (size_t)omp_get_thread_num() * dimension;
    bm_held_copy(s->held, query, 1, 0, dimension, row);
    bm_row_divide(row, dimension, s->lengths[query], row);
    return row;
}

/* The place among the rows of the query itself; SIZE_MAX: it is not there. */
static size_t find_itself(const struct bm_neighbours *s, size_t query,
                          const struct bm_probe_rows *rows)
{
    for (size_t j = 0; j < rows->n; j++)
        if (rows->position[j] == s->held->position[query])
            return j;
    return SIZE_MAX;
}

/* `itself`: a row that is passed over; its product is -INFINITY. */
static void search_block(struct bm_neighbours *s, size_t query, const float *products,
                         const struct scratch *scratch, const struct bm_probe_rows *rows,
                         const uint16_t *labels, size_t itself)
{
    size_t dimension = rows->dimension;
    double error = error_bound(dimension);
    float limit = first_threshold(s, query, error, products, scratch, rows->n);
    const float *row = NULL; /* made when it is needed */
    for (size_t group = 0; group < rows->n; group += GROUP) {
        bool is_whole = rows->n - group >= GROUP;
        size_t end = is_whole ? group + GROUP : rows->n;
        if (is_whole && !has_candidate(products + group, scratch->half_norms + group, limit))
            continue;
        for (size_t j = group; j < end; j++) {
            if (j == itself || score_of(products, scratch->half_norms, j) < limit)
                continue;
            if (row == NULL)
                row = normalized_query(s, scratch, query);
            struct neighbour candidate = {
                .distance = bm_row_distance(row, scratch->rows + j * dimension, dimension),
                .row = (uint32_t)(rows->first + j),
                .label = labels[j],
            };
            insert(s, query, candidate);
            if (s->found[query] == s->k)
                limit = fmaxf(limit, threshold(s, query, error));
        }
    }
}

static void normalize_rows(const struct bm_probe_rows *rows, const struct scratch *scratch,
                           int threads)
{
    size_t dimension = rows->dimension;
#pragma omp parallel for schedule(static) num_threads(threads)
    for (size_t j = 0; j < rows->n; j++) {
        float *row = scratch->rows + j * dimension;
        memcpy(row, rows->features + j * dimension, dimension * sizeof *row);
        scratch->half_norms[j] = (float)(bm_row_normalize(row, dimension) / 2);
    }
}

/* Products of the queries first … with all rows. */
static void multiply(const struct bm_neighbours *s, size_t first, size_t queries,
                     const struct bm_probe_rows *rows, const struct scratch *scratch)
{
    size_t dimension = rows->dimension;
    for (size_t at = 0; at < dimension; at += CHUNK) {
        size_t chunk = dimension - at < CHUNK ? dimension - at : CHUNK;
#pragma omp parallel for schedule(static) num_threads(s->threads)
        for (size_t i = 0; i < queries; i++) {
            float *part = scratch->queries + i * chunk;
            bm_held_copy(s->held, first + i, 1, at, chunk, part);
            bm_row_divide(part, chunk, s->lengths[first + i], part);
        }
        bm_gemm_float(false, true, (int)queries, (int)rows->n, (int)chunk, 1, scratch->queries,
                      (int)chunk, scratch->rows + at, (int)dimension, at == 0 ? 0 : 1,
                      scratch->products, (int)rows->n);
    }
}

static void offer(struct bm_neighbours *s, const struct bm_probe_rows *rows, const uint16_t *labels,
                  bool to_others, struct bm_arena *work)
{
    struct scratch scratch = carve(s, work);
    normalize_rows(rows, &scratch, s->threads);
    for (size_t q = 0; q < s->held->n; q += QUERY_BLOCK) {
        size_t left = s->held->n - q, queries = left < QUERY_BLOCK ? left : QUERY_BLOCK;
        multiply(s, q, queries, rows, &scratch);
#pragma omp parallel for schedule(static) num_threads(s->threads)
        for (size_t i = 0; i < queries; i++) {
            float *products = scratch.products + i * rows->n;
            size_t itself = to_others ? find_itself(s, q + i, rows) : SIZE_MAX;
            if (itself != SIZE_MAX)
                products[itself] = -INFINITY;
            search_block(s, q + i, products, &scratch, rows, labels, itself);
        }
    }
}

void bm_neighbours_offer(struct bm_neighbours *s, const struct bm_probe_rows *rows,
                         const uint16_t *labels, struct bm_arena *work)
{
    offer(s, rows, labels, false, work);
}

void bm_neighbours_offer_others(struct bm_neighbours *s, const struct bm_probe_rows *rows,
                                const uint16_t *labels, struct bm_arena *work)
{
    offer(s, rows, labels, true, work);
}

uint16_t bm_neighbours_vote(const struct bm_neighbours *s, size_t query, struct bm_arena *work)
{
    size_t classes = (size_t)s->classes;
    uint32_t *votes = bm_arena_take(work, classes * sizeof *votes);
    memset(votes, 0, classes * sizeof *votes);
    for (size_t i = 0; i < s->found[query]; i++)
        votes[s->nearest[query * s->k + i].label]++;
    uint16_t winner = 0;
    for (size_t c = 1; c < classes; c++)
        if (votes[c] > votes[winner])
            winner = (uint16_t)c;
    return winner;
}
