/* Nearest neighbours of held rows (queries) among rows that come in blocks.
 *
 * Features are divided by their length in float (zero stays zero). Neighbours are ordered by
 * squared Euclidean distance in double, ties by the row's number. Products only select candidates
 * (screen.c): every row that may be among the k nearest is measured again in double. The result is
 * the one of a brute-force search in double. */
#include "neighbours.h"

#include <math.h>
#include <omp.h>
#include <string.h>

#include "bm/beat.h"
#include "bm/row.h"
#include "screen.h"

enum { GROUP = 32 /* scores that are looked at together: nearly all have no candidate */ };

struct neighbour {
    double distance; /* squared */
    uint32_t row;
    uint16_t label;
};

struct bm_probe_state {
    const struct bm_config *config;
    size_t k;
    int classes;
    struct bm_screen screen;
    bool is_measured;
    struct neighbour *nearest; /* queries x k, each row sorted */
    uint32_t *found;           /* neighbours so far, at most k */
};

/* ---- memory ---- */

/* What one call works in. */
struct scratch {
    struct bm_screen_rows rows;
    float *pair;     /* a query and a row a thread, normalized */
    float *largest;  /* k a thread */
    uint32_t *votes; /* classes */
};

static struct scratch carve(const struct bm_probe_state *s, struct bm_arena *work)
{
    size_t threads = (size_t)s->screen.threads;
    return (struct scratch){
        .rows = bm_screen_carve(&s->screen, work),
        .pair = bm_arena_take(work, threads * 2 * s->screen.held->dimension * sizeof(float)),
        .largest = bm_arena_take(work, threads * s->k * sizeof(float)),
        .votes = bm_arena_take(work, (size_t)s->classes * sizeof(uint32_t)),
    };
}

static struct bm_probe_state carve_state(const struct bm_probe_task *task, size_t k,
                                         struct bm_arena *arena)
{
    size_t n = task->taps->held->n;
    return (struct bm_probe_state){
        .config = task->config,
        .k = k,
        .classes = task->classes,
        .screen = bm_screen_begin(task, arena),
        .nearest = bm_arena_take(arena, n * k * sizeof(struct neighbour)),
        .found = bm_arena_take(arena, n * sizeof(uint32_t)),
    };
}

struct bm_probe_state *bm_neighbours_begin(const struct bm_probe_task *task, size_t k,
                                           struct bm_arena *arena)
{
    struct bm_probe_state *kept = bm_arena_take(arena, sizeof *kept);
    struct bm_probe_state state = carve_state(task, k, arena);
    if (kept != NULL)
        *kept = state;
    return kept;
}

size_t bm_neighbours_work(const struct bm_probe_task *task, size_t k)
{
    struct bm_arena nowhere = {0}, count = {0};
    struct bm_probe_state state = carve_state(task, k, &nowhere);
    carve(&state, &count);
    return count.used;
}

double bm_neighbours_flops(const struct bm_probe_task *task, size_t rows)
{
    const struct bm_held *held = task->taps->held;
    return 2.0 * (double)held->n * (double)held->dimension * (double)rows;
}

void bm_neighbours_after(struct bm_probe_state *s, enum bm_walk walk, struct bm_arena *work)
{
    (void)walk; /* the first is the one in which rows are held */
    if (!s->is_measured)
        bm_screen_measure(&s->screen, work);
    s->is_measured = true;
}

/* ---- lists ---- */

static bool is_nearer(const struct neighbour *a, const struct neighbour *b)
{
    return a->distance < b->distance || (a->distance == b->distance && a->row < b->row);
}

/* Insertion into the sorted list of one query. */
static void insert(struct bm_probe_state *s, size_t query, struct neighbour candidate)
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

/* What k of n rows have at least as a score; -INFINITY when there are fewer. */
static float kth_score(const struct bm_scores *scores, size_t n, float *largest, size_t k)
{
    size_t have = 0;
    for (size_t j = 0; j < n; j++) {
        float score = bm_score_least(scores, j);
        if (have == k && score <= largest[k - 1])
            continue;
        size_t at = have < k ? have++ : k - 1;
        for (; at > 0 && largest[at - 1] < score; at--)
            largest[at] = largest[at - 1];
        largest[at] = score;
    }
    return have < k ? -INFINITY : largest[k - 1];
}

/* ---- search ---- */

/* Rows at hand, for one query. */
struct search {
    struct bm_probe_state *state;
    const struct scratch *scratch;
    const struct bm_probe_rows *rows;
    const uint16_t *labels;
    size_t query;
    size_t itself; /* a row that is passed over, of score -INFINITY; SIZE_MAX: none */
    struct bm_scores scores;
    float *row, *other; /* in this thread's memory */
    bool has_row;       /* it is made when it is needed */
};

/* Scores below this cannot be among the k nearest. */
static float limit_of(const struct search *search)
{
    const struct bm_probe_state *s = search->state;
    const struct neighbour *list = s->nearest + search->query * s->k;
    return bm_screen_limit(&s->screen, search->query, &search->scores, list[s->k - 1].distance);
}

/* Until there are k neighbours, those of this block that k others of it beat are out. */
static float first_limit(const struct search *search)
{
    const struct bm_probe_state *s = search->state;
    float *largest = search->scratch->largest + (size_t)omp_get_thread_num() * s->k;
    if (s->found[search->query] == s->k)
        return limit_of(search);
    return bm_screen_limit_of(&search->scores,
                              kth_score(&search->scores, search->rows->n, largest, s->k));
}

static double distance_to(struct search *search, size_t j)
{
    const struct bm_screen *screen = &search->state->screen;
    size_t dimension = screen->held->dimension;
    if (!search->has_row) {
        bm_held_copy(screen->held, search->query, 1, 0, dimension, search->row);
        bm_row_divide(search->row, dimension, screen->queries[search->query].length, search->row);
        search->has_row = true;
    }
    bm_row_divide(search->rows->features + j * dimension, dimension,
                  search->scratch->rows.lengths[j], search->other);
    return bm_row_distance(search->row, search->other, dimension);
}

/* Of a whole group: with a constant count and no way out of the loop it becomes vectors. */
static bool has_candidate(const struct bm_scores *scores, size_t group, float limit)
{
    int any = 0;
    for (size_t j = group; j < group + GROUP; j++)
        any |= bm_score_most(scores, j) >= limit;
    return any;
}

static void search_group(struct search *search, size_t group, size_t end, float *limit)
{
    struct bm_probe_state *s = search->state;
    for (size_t j = group; j < end; j++) {
        if (j == search->itself || bm_score_most(&search->scores, j) < *limit)
            continue;
        insert(s, search->query,
               (struct neighbour){distance_to(search, j), (uint32_t)(search->rows->first + j),
                                  search->labels[j]});
        if (s->found[search->query] == s->k)
            *limit = fmaxf(*limit, limit_of(search));
    }
}

static void search_rows(struct search *search)
{
    size_t n = search->rows->n;
    float limit = first_limit(search);
    for (size_t group = 0; group < n; group += GROUP) {
        bool is_whole = n - group >= GROUP;
        if (!is_whole || has_candidate(&search->scores, group, limit))
            search_group(search, group, is_whole ? group + GROUP : n, &limit);
    }
}

/* The place among the rows of one with this position; SIZE_MAX: it is not there. */
static size_t find(const struct bm_probe_rows *rows, uint32_t position)
{
    uint32_t found = UINT32_MAX; /* no way out of the loop, so that it becomes vectors */
    for (uint32_t j = 0; j < (uint32_t)rows->n; j++)
        found = rows->position[j] == position ? j : found;
    return found == UINT32_MAX ? SIZE_MAX : found;
}

static void offer(struct bm_probe_state *s, const struct bm_probe_rows *rows,
                  const uint16_t *labels, bool to_others, struct bm_arena *work)
{
    const struct bm_held *held = s->screen.held;
    struct scratch scratch = carve(s, work);
    bm_screen_offer(&s->screen, rows, &scratch.rows);
    for (size_t q = 0, n; q < held->n; q += n) {
        bm_beat();
        n = bm_screen_multiply(&s->screen, q, rows, &scratch.rows);
#pragma omp parallel for schedule(static) num_threads(s->screen.threads)
        for (size_t i = 0; i < n; i++) {
            float *products = scratch.rows.products + i * scratch.rows.width;
            float *pair = scratch.pair + (size_t)omp_get_thread_num() * 2 * held->dimension;
            struct search search = {
                .state = s,
                .scratch = &scratch,
                .rows = rows,
                .labels = labels,
                .query = q + i,
                .itself = to_others ? find(rows, held->position[q + i]) : SIZE_MAX,
                .scores = bm_screen_scores(&s->screen, q + i, products, &scratch.rows),
                .row = pair,
                .other = pair + held->dimension,
            };
            if (search.itself != SIZE_MAX)
                products[search.itself] = -INFINITY;
            search_rows(&search);
        }
    }
}

void bm_neighbours_offer(struct bm_probe_state *s, const struct bm_probe_rows *rows,
                         const uint16_t *labels, struct bm_arena *work)
{
    offer(s, rows, labels, false, work);
}

void bm_neighbours_offer_others(struct bm_probe_state *s, const struct bm_probe_rows *rows,
                                const uint16_t *labels, struct bm_arena *work)
{
    offer(s, rows, labels, true, work);
}

/* ---- what they say ---- */

const struct bm_held *bm_neighbours_held(const struct bm_probe_state *s)
{
    return s->screen.held;
}

const struct bm_config *bm_neighbours_config(const struct bm_probe_state *s)
{
    return s->config;
}

uint16_t bm_neighbours_vote(const struct bm_probe_state *s, size_t query, size_t k,
                            struct bm_arena *work)
{
    size_t classes = (size_t)s->classes;
    uint32_t *votes = bm_arena_take(work, classes * sizeof *votes);
    memset(votes, 0, classes * sizeof *votes);
    for (size_t i = 0; i < s->found[query] && i < k; i++)
        votes[s->nearest[query * s->k + i].label]++;
    uint16_t winner = 0;
    for (size_t c = 1; c < classes; c++)
        if (votes[c] > votes[winner])
            winner = (uint16_t)c;
    return winner;
}
