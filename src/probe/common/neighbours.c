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
#include "nearest.h"
#include "screen.h"

/* Scores that are looked at together: nearly all have no candidate. */
enum { GROUP = 32, PART = 8 };

struct bm_probe_state {
    const struct bm_config *config;
    int classes;
    struct bm_screen screen;
    bool is_measured;
    struct bm_nearest nearest;
};

/* ---- memory ---- */

/* What one call works in. */
struct scratch {
    struct bm_screen_rows rows;
    float *pair;                   /* a query and a row a thread, normalized */
    float *largest;                /* k a thread */
    uint32_t *candidates;          /* most_rows a thread: candidates, */
    struct bm_neighbour *measured; /* and what they are */
    uint32_t *votes;               /* classes */
};

/* Room for all rows, and for a group, or for what waits to be sorted in. */
static size_t most_candidates(const struct bm_probe_state *s)
{
    return s->screen.most_rows + BM_ROW_GROUP + bm_nearest_spare(s->nearest.k);
}

static struct scratch carve(const struct bm_probe_state *s, struct bm_arena *work)
{
    size_t threads = (size_t)s->screen.threads, n = most_candidates(s);
    return (struct scratch){
        .rows = bm_screen_carve(&s->screen, work),
        .pair = bm_arena_take(work, threads * 2 * s->screen.held->dimension * sizeof(float)),
        .largest = bm_arena_take(work, threads * s->nearest.k * sizeof(float)),
        .candidates = bm_arena_take(work, threads * n * sizeof(uint32_t)),
        .measured = bm_arena_take(work, threads * n * sizeof(struct bm_neighbour)),
        .votes = bm_arena_take(work, (size_t)s->classes * sizeof(uint32_t)),
    };
}

static struct bm_probe_state carve_state(const struct bm_probe_task *task, size_t k,
                                         struct bm_arena *arena)
{
    size_t n = task->taps->held->n;
    return (struct bm_probe_state){
        .config = task->config,
        .classes = task->classes,
        .screen = bm_screen_begin(task, arena),
        .nearest = bm_nearest_begin(n, k, arena),
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
#pragma omp parallel for schedule(static) num_threads(s->screen.threads)
    for (size_t q = 0; q < s->screen.held->n; q++)
        bm_nearest_settle(&s->nearest, q);
}

/* ---- search ---- */

/* What k of n rows have at least as a score; -INFINITY when there are fewer. */
static float kth_score(const struct bm_scores *scores, size_t n, float *largest, size_t k)
{
    size_t have = 0;
    for (size_t j = 0; j < n && n >= k; j++) {
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
    return bm_screen_limit(&s->screen, search->query, &search->scores,
                           s->nearest.lists[search->query].most);
}

/* Until there are k neighbours, those of this block that k others of it beat are out. */
static float first_limit(const struct search *search)
{
    const struct bm_probe_state *s = search->state;
    float *largest = search->scratch->largest + (size_t)omp_get_thread_num() * s->nearest.k;
    if (s->nearest.lists[search->query].sorted == s->nearest.k)
        return limit_of(search);
    return bm_screen_limit_of(&search->scores,
                              kth_score(&search->scores, search->rows->n, largest, s->nearest.k));
}

/* The query, as it is compared. */
static const float *row_of(struct search *search)
{
    const struct bm_screen *screen = &search->state->screen;
    size_t dimension = screen->held->dimension;
    if (search->has_row)
        return search->row;
    bm_held_copy(screen->held, search->query, 1, 0, dimension, search->row);
    bm_row_divide(search->row, dimension, screen->queries[search->query].length, search->row);
    search->has_row = true;
    return search->row;
}

/* Measures the candidates; behind the last there is room for a group, which is as the last. */
static void measure(struct search *search, uint32_t *candidates, size_t n,
                    struct bm_neighbour *measured)
{
    const struct bm_probe_rows *rows = search->rows;
    const float *row = row_of(search), *group[BM_ROW_GROUP];
    double lengths[BM_ROW_GROUP], distances[BM_ROW_GROUP];
    for (size_t i = 0; i < BM_ROW_GROUP; i++)
        candidates[n + i] = candidates[n - 1];
    for (size_t first = 0; first < n; first += BM_ROW_GROUP) {
        for (size_t i = 0; i < BM_ROW_GROUP; i++) {
            size_t j = candidates[first + i];
            group[i] = rows->features + j * rows->dimension;
            lengths[i] = search->scratch->rows.lengths[j];
        }
        bm_row_distances(row, group, lengths, rows->dimension, search->other, distances);
        for (size_t i = 0; i < BM_ROW_GROUP; i++) {
            uint32_t j = candidates[first + i];
            measured[first + i] =
                (struct bm_neighbour){distances[i], (uint32_t)rows->first + j, search->labels[j]};
        }
    }
}

/* With a constant count and no way out of the loop it becomes vectors. */
static inline bool has_candidate(const struct bm_scores *scores, size_t first, size_t n,
                                 float limit)
{
    int any = 0;
    for (size_t j = first; j < first + n; j++)
        any |= bm_score_most(scores, j) >= limit;
    return any;
}

/* Adds the candidates among some rows to `n` others; returns how many there are. */
static size_t search_some(const struct search *search, size_t first, size_t end, float limit,
                          uint32_t *candidates, size_t n)
{
    for (size_t j = first; j < end; j++) {
        candidates[n] = (uint32_t)j;
        n += j != search->itself && bm_score_most(&search->scores, j) >= limit;
    }
    return n;
}

static size_t search_group(const struct search *search, size_t group, float limit,
                           uint32_t *candidates, size_t n)
{
    if (!has_candidate(&search->scores, group, GROUP, limit))
        return n;
    for (size_t part = group; part < group + GROUP; part += PART)
        if (has_candidate(&search->scores, part, PART, limit))
            n = search_some(search, part, part + PART, limit, candidates, n);
    return n;
}

static void search_rows(struct search *search)
{
    struct bm_probe_state *s = search->state;
    size_t n = search->rows->n, group = 0, found = 0, most = most_candidates(s);
    size_t thread = (size_t)omp_get_thread_num();
    uint32_t *candidates = search->scratch->candidates + thread * most;
    struct bm_neighbour *measured = search->scratch->measured + thread * most;
    float limit = first_limit(search);
    for (; group + GROUP <= n; group += GROUP)
        found = search_group(search, group, limit, candidates, found);
    found = search_some(search, group, n, limit, candidates, found);
    if (found == 0)
        return;
    measure(search, candidates, found, measured);
    bm_nearest_add(&s->nearest, search->query, measured, found);
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
    const struct bm_neighbour *nearest = bm_nearest_of(&s->nearest, query);
    for (size_t i = 0; i < s->nearest.lists[query].sorted && i < k; i++)
        votes[nearest[i].label]++;
    uint16_t winner = 0;
    for (size_t c = 1; c < classes; c++)
        if (votes[c] > votes[winner])
            winner = (uint16_t)c;
    return winner;
}
