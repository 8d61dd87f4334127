/* The kNN probe: k nearest neighbours among the training features vote for the class of a test
 * image.
 *
 * Features are normalized to length 1 in float (zero stays zero). Neighbours are ordered by squared
 * Euclidean distance in double, ties by training index; votes tie to the smallest label. Distances
 * of a block come from one matrix product in float; on nearly collapsed features its rounding error
 * exceeds the differences, so it only selects candidates: every row that may be among the k nearest
 * within a proven error bound is measured again in double. The result is the one of a brute-force
 * search in double. */
#include "bm/nn.h"
#include "bm/probe.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    /* Queries and training rows of a product: bounds the memory of its distances. */
    QUERY_BLOCK = 512,
    ROW_BLOCK = 2048,
    CHUNK = 512, /* features of a product: bounds the error of a float dot product */
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
    double *row_norms;            /* ROW_BLOCK */
    float *products;              /* QUERY_BLOCK x ROW_BLOCK */
    float *smallest;              /* k */
    uint32_t *votes;              /* classes */
};

static size_t memory_per_test(const struct bm_probe_task *task)
{
    return (size_t)task->config->knn_k * sizeof(struct neighbour) + sizeof(double) +
           sizeof(size_t) + sizeof(uint16_t);
}

static void knn_end(struct bm_probe_state *state)
{
    if (state == NULL)
        return;
    free(state->tests);
    free(state->test_norms);
    free(state->truth);
    free(state->neighbours);
    free(state->found);
    free(state->row_norms);
    free(state->products);
    free(state->smallest);
    free(state->votes);
    free(state);
}

static struct bm_probe_state *knn_begin(const struct bm_probe_task *task, struct bm_err *err)
{
    struct bm_probe_state *state = calloc(1, sizeof *state);
    if (state != NULL) {
        size_t k = (size_t)task->config->knn_k;
        state->k = (int)k;
        state->classes = task->classes;
        state->dimension = task->dimension;
        state->n_test = task->n_test;
        state->tests = malloc(task->n_test * task->dimension * sizeof *state->tests);
        state->test_norms = malloc(task->n_test * sizeof *state->test_norms);
        state->truth = malloc(task->n_test * sizeof *state->truth);
        state->neighbours = malloc(task->n_test * k * sizeof *state->neighbours);
        state->found = calloc(task->n_test, sizeof *state->found);
        state->row_norms = malloc(ROW_BLOCK * sizeof *state->row_norms);
        state->products = malloc(QUERY_BLOCK * ROW_BLOCK * sizeof *state->products);
        state->smallest = malloc(k * sizeof *state->smallest);
        state->votes = malloc((size_t)task->classes * sizeof *state->votes);
        if (state->tests && state->test_norms && state->truth && state->neighbours &&
            state->found && state->row_norms && state->products && state->smallest && state->votes)
            return state;
    }
    knn_end(state);
    bm_fail(err, BM_EXIT_IO, "no memory for the kNN probe of %zu x %zu features", task->n_test,
            task->dimension);
    return NULL;
}

static double dot(const float *a, const float *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

/* Divides a row by its length, and returns what its squared length then is in double. */
static double normalize(float *row, size_t n)
{
    double length = sqrt(dot(row, row, n));
    if (!(length > 0))
        return 0;
    float scale = (float)(1 / length);
    if (!isfinite(scale)) { /* denormal features: scale in two steps */
        for (size_t i = 0; i < n; i++)
            row[i] = (float)((double)row[i] / length);
    } else {
        for (size_t i = 0; i < n; i++)
            row[i] *= scale;
    }
    return dot(row, row, n);
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
            normalize(to + i * state->dimension, state->dimension);
    state->n_added += n;
}

static double squared_distance(const float *a, const float *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double difference = (double)a[i] - (double)b[i];
        sum += difference * difference;
    }
    return sum;
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

/* The k-th smallest of n values; INFINITY when there are fewer. */
static float kth_smallest(const float *values, size_t n, float *smallest, size_t k)
{
    size_t have = 0;
    for (size_t i = 0; i < n; i++) {
        if (have == k && values[i] >= smallest[k - 1])
            continue;
        size_t at = have < k ? have++ : k - 1;
        for (; at > 0 && smallest[at - 1] > values[i]; at--)
            smallest[at] = smallest[at - 1];
        smallest[at] = values[i];
    }
    return have < k ? INFINITY : smallest[k - 1];
}

/* Bound of |float distance - double distance| for rows of length at most about 1: the product is
 * summed in chunks, each with error at most gamma(CHUNK) (Higham 2002, 3.1), then over the chunks;
 * 2 a.b doubles it, and the float arithmetic of the distance itself adds a few units. */
static float error_bound(size_t dimension)
{
    double unit = 0x1p-24;
    double terms = CHUNK + (double)(dimension / CHUNK + 1);
    double gamma = terms * unit / (1 - terms * unit);
    return (float)(2 * gamma * 1.001 + 8 * unit);
}

static void search_block(struct bm_probe_state *state, size_t query, float *distances,
                         const float *rows, const uint16_t *labels, size_t n, uint32_t first)
{
    size_t k = (size_t)state->k, dimension = state->dimension;
    float error = error_bound(dimension);
    for (size_t j = 0; j < n; j++)
        distances[j] = (float)(state->test_norms[query] + state->row_norms[j]) - 2 * distances[j];
    /* What is farther than k others for certain is out: those of this block, or those found before.
     */
    float limit = kth_smallest(distances, n, state->smallest, k) + 2 * error;
    if (state->found[query] == k) {
        double known = state->neighbours[query * k + k - 1].distance;
        float limit_known = nextafterf((float)known, INFINITY) + error;
        limit = limit_known < limit ? limit_known : limit;
    }
    for (size_t j = 0; j < n; j++) {
        if (distances[j] > limit)
            continue;
        struct neighbour candidate = {
            .distance =
                squared_distance(state->tests + query * dimension, rows + j * dimension, dimension),
            .index = first + (uint32_t)j,
            .label = labels[j],
        };
        offer(state, query, candidate);
    }
}

/* Offers at most ROW_BLOCK training rows to all queries. */
static void search_rows(struct bm_probe_state *state, float *rows, const uint16_t *labels, size_t n,
                        uint32_t first)
{
    size_t dimension = state->dimension;
    for (size_t j = 0; j < n; j++)
        state->row_norms[j] = normalize(rows + j * dimension, dimension);
    for (size_t q = 0; q < state->n_test; q += QUERY_BLOCK) {
        size_t queries = state->n_test - q < QUERY_BLOCK ? state->n_test - q : QUERY_BLOCK;
        for (size_t at = 0; at < dimension; at += CHUNK) {
            size_t chunk = dimension - at < CHUNK ? dimension - at : CHUNK;
            bm_gemm_float(false, true, (int)queries, (int)n, (int)chunk, 1,
                          state->tests + q * dimension + at, (int)dimension, rows + at,
                          (int)dimension, at == 0 ? 0 : 1, state->products, (int)n);
        }
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
