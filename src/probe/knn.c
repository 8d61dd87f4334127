/* The kNN probe: k nearest neighbours among the training features vote for the class of a test
 * image.
 *
 * Features are normalized to length 1 in float (zero stays zero). Neighbours are ordered by squared
 * Euclidean distance in double, ties by training index; votes tie to the smallest label. Distances
 * of a block come from one matrix product in float; on nearly collapsed features its rounding error
 * exceeds the differences, so it only selects candidates: every row that may be among the k nearest
 * within a proven error bound is measured again in double. The result is the one of a brute-force
 * search in double.
 *
 * Products are compared as scores a.b - |b|^2 / 2: larger is nearer, for one query a. */
#include "bm/arena.h"
#include "bm/nn.h"
#include "bm/probe.h"

#include <assert.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "common/row.h"

enum {
    /* Queries and training rows of a product: bounds the memory of its distances. */
    QUERY_BLOCK = 1024,
    ROW_BLOCK = 2048,
    CHUNK = 512, /* features of a product: bounds the error of a float dot product */
    GROUP = 32,  /* scores that are looked at together: nearly all have no candidate */
};

struct neighbour {
    double distance; /* squared */
    uint32_t index;
    uint16_t label;
};

struct bm_probe_state {
    int k, classes;
    size_t dimension, n_test, n_added;
    float *tests;       /* n_added x dimension, normalized */
    double *test_norms; /* squared lengths: 1 up to rounding, or 0 */
    uint16_t *truth;
    struct neighbour *neighbours; /* n_test x k, each row sorted */
    size_t *found;                /* neighbours so far, at most k */
    float *half_norms;            /* ROW_BLOCK: half the squared lengths of training rows */
    float *products;              /* QUERY_BLOCK x ROW_BLOCK */
    float *largest;               /* k for each thread */
    uint32_t *votes;              /* classes */
    struct bm_arena memory;       /* of all vectors */
};

/* What is held for each of n test rows. */
static void carve_rows(struct bm_probe_state *state, size_t n, struct bm_arena *memory)
{
    state->tests = bm_arena_take(memory, n * state->dimension * sizeof *state->tests);
    state->test_norms = bm_arena_take(memory, n * sizeof *state->test_norms);
    state->truth = bm_arena_take(memory, n * sizeof *state->truth);
    state->neighbours = bm_arena_take(memory, n * (size_t)state->k * sizeof *state->neighbours);
    state->found = bm_arena_take(memory, n * sizeof *state->found);
}

static void carve(struct bm_probe_state *state, struct bm_arena *memory)
{
    size_t threads = (size_t)omp_get_max_threads(), k = (size_t)state->k;
    carve_rows(state, state->n_test, memory);
    state->half_norms = bm_arena_take(memory, ROW_BLOCK * sizeof *state->half_norms);
    state->products = bm_arena_take(memory, QUERY_BLOCK * ROW_BLOCK * sizeof *state->products);
    state->largest = bm_arena_take(memory, threads * k * sizeof *state->largest);
    state->votes = bm_arena_take(memory, (size_t)state->classes * sizeof *state->votes);
}

static struct bm_probe_state state_of(const struct bm_probe_task *task)
{
    return (struct bm_probe_state){
        .k = (int)task->config->knn_k,
        .classes = task->classes,
        .dimension = task->dimension,
        .n_test = task->n_test,
    };
}

static size_t memory_per_test(const struct bm_probe_task *task)
{
    struct bm_probe_state state = state_of(task);
    struct bm_arena count = {0};
    carve_rows(&state, BM_ALIGN, &count); /* so many rows need no rounding */
    return count.used / BM_ALIGN - task->dimension * sizeof *state.tests;
}

static void knn_end(struct bm_probe_state *state)
{
    if (state == NULL)
        return;
    bm_arena_fini(&state->memory);
    free(state);
}

static struct bm_probe_state *knn_begin(const struct bm_probe_task *task, struct bm_err *err)
{
    struct bm_probe_state *state = malloc(sizeof *state);
    if (state == NULL) {
        bm_fail_errno(err, "no memory for the kNN probe");
        return NULL;
    }
    *state = state_of(task);
    struct bm_arena count = {0};
    carve(state, &count);
    if (bm_arena_init(&state->memory, count.used, "the kNN probe", err) != 0) {
        knn_end(state);
        return NULL;
    }
    carve(state, &state->memory);
    return state;
}

static void knn_add_test(struct bm_probe_state *state, const float *rows, const uint16_t *truth,
                         size_t n)
{
    assert(state->n_added + n <= state->n_test);
    float *to = state->tests + state->n_added * state->dimension;
    memcpy(to, rows, n * state->dimension * sizeof *to);
    memcpy(state->truth + state->n_added, truth, n * sizeof *truth);
    for (size_t i = 0; i < n; i++)
        state->test_norms[state->n_added + i] =
            bm_row_normalize(to + i * state->dimension, state->dimension);
    state->n_added += n;
}

static bool is_nearer(const struct neighbour *a, const struct neighbour *b)
{
    return a->distance < b->distance || (a->distance == b->distance && a->index < b->index);
}

/* Insertion into the sorted list of one query. */
static void offer(struct bm_probe_state *state, size_t query, struct neighbour candidate)
{
    size_t k = (size_t)state->k;
    struct neighbour *list = state->neighbours + query * k;
    size_t at = state->found[query];
    if (at == k) {
        if (!is_nearer(&candidate, &list[k - 1]))
            return;
        at--;
    } else {
        state->found[query]++;
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
static float threshold(const struct bm_probe_state *state, size_t query, double error)
{
    size_t k = (size_t)state->k;
    double farthest = state->neighbours[query * k + k - 1].distance;
    return nextafterf((float)((state->test_norms[query] - farthest) / 2 - error), -INFINITY);
}

/* Of a whole group: with a constant count and no way out of the loop it becomes vectors. */
static bool has_candidate(const float *products, const float *half_norms, float limit)
{
    int any = 0;
    for (size_t j = 0; j < GROUP; j++)
        any |= score_of(products, half_norms, j) >= limit;
    return any;
}

static void search_block(struct bm_probe_state *state, size_t query, const float *products,
                         const float *rows, const uint16_t *labels, size_t n, uint32_t first)
{
    size_t k = (size_t)state->k, dimension = state->dimension;
    const float *half_norms = state->half_norms;
    float *largest = state->largest + (size_t)omp_get_thread_num() * k;
    double error = error_bound(dimension);
    /* Until there are k neighbours, those of this block that k others of it beat are out. */
    float limit = state->found[query] == k
                      ? threshold(state, query, error)
                      : nextafterf((float)((double)kth_score(products, half_norms, n, largest, k) -
                                           2 * error),
                                   -INFINITY);
    for (size_t group = 0; group < n; group += GROUP) {
        bool is_whole = n - group >= GROUP;
        size_t end = is_whole ? group + GROUP : n;
        if (is_whole && !has_candidate(products + group, half_norms + group, limit))
            continue;
        for (size_t j = group; j < end; j++) {
            if (score_of(products, half_norms, j) < limit)
                continue;
            struct neighbour candidate = {
                .distance = bm_row_distance(state->tests + query * dimension, rows + j * dimension,
                                            dimension),
                .index = first + (uint32_t)j,
                .label = labels[j],
            };
            offer(state, query, candidate);
            if (state->found[query] == k) {
                float nearer = threshold(state, query, error);
                limit = nearer > limit ? nearer : limit;
            }
        }
    }
}

/* Offers at most ROW_BLOCK training rows to all queries. */
static void search_rows(struct bm_probe_state *state, float *rows, const uint16_t *labels, size_t n,
                        uint32_t first)
{
    size_t dimension = state->dimension;
#pragma omp parallel for schedule(static)
    for (size_t j = 0; j < n; j++)
        state->half_norms[j] = (float)(bm_row_normalize(rows + j * dimension, dimension) / 2);
    for (size_t q = 0; q < state->n_test; q += QUERY_BLOCK) {
        size_t queries = state->n_test - q < QUERY_BLOCK ? state->n_test - q : QUERY_BLOCK;
        for (size_t at = 0; at < dimension; at += CHUNK) {
            size_t chunk = dimension - at < CHUNK ? dimension - at : CHUNK;
            bm_gemm_float(false, true, (int)queries, (int)n, (int)chunk, 1,
                          state->tests + q * dimension + at, (int)dimension, rows + at,
                          (int)dimension, at == 0 ? 0 : 1, state->products, (int)n);
        }
#pragma omp parallel for schedule(static)
        for (size_t i = 0; i < queries; i++)
            search_block(state, q + i, state->products + i * n, rows, labels, n, first);
    }
}

static void knn_add_train(struct bm_probe_state *state, float *rows, const uint16_t *labels,
                          size_t n, uint32_t first)
{
    assert(state->n_added == state->n_test);
    for (size_t at = 0; at < n; at += ROW_BLOCK) {
        size_t block = n - at < ROW_BLOCK ? n - at : ROW_BLOCK;
        search_rows(state, rows + at * state->dimension, labels + at, block, first + (uint32_t)at);
    }
}

static uint16_t vote(const struct bm_probe_state *state, size_t query)
{
    memset(state->votes, 0, (size_t)state->classes * sizeof *state->votes);
    const struct neighbour *list = state->neighbours + query * (size_t)state->k;
    for (size_t i = 0; i < state->found[query]; i++)
        state->votes[list[i].label]++;
    uint16_t winner = 0;
    for (int c = 1; c < state->classes; c++)
        if (state->votes[c] > state->votes[winner])
            winner = (uint16_t)c;
    return winner;
}

static size_t knn_correct(struct bm_probe_state *state)
{
    size_t correct = 0;
    for (size_t i = 0; i < state->n_test; i++)
        correct += vote(state, i) == state->truth[i];
    return correct;
}

const struct bm_probe bm_probe_knn = {
    .name = "knn",
    .help = "majority vote of the knn_k nearest training features",
    .memory_per_test = memory_per_test,
    .begin = knn_begin,
    .add_test = knn_add_test,
    .add_train = knn_add_train,
    .correct = knn_correct,
    .end = knn_end,
};
