/* Which rows may be nearest to held ones (queries), from products of 16-bit integers (bm/narrow.h)
 * of rows with a centre taken off. Nothing is lost: the error of a product is bounded, by Cauchy
 * and Schwarz, from the measured errors of its two rows.
 *
 * Rows are what they are divided by their length, in float. With a' = a - centre the squared
 * distance is |a'|^2 - 2 a'.b' + |b'|^2, so for one query a the larger score a'.b' - |b'|^2 / 2 is
 * the nearer; scores are in units of the scale of a's code. */
#ifndef BM_PROBE_COMMON_SCREEN_H
#define BM_PROBE_COMMON_SCREEN_H

#include "bm/probe.h"

enum { BM_SCREEN_QUERIES = 1024 /* of a product: bounds the memory of its scores */ };

struct bm_screen_query {
    double length;      /* as it is held */
    double norm, error; /* |a'|, and of its code */
    float scale;
};

struct bm_screen {
    const struct bm_held *held;
    size_t most_rows;
    int threads;
    float *centre; /* of dimension: the mean of some queries */
    struct bm_screen_query *queries;
};

/* What is compared at a time, with what is known of it, in working memory. */
struct bm_screen_rows {
    double *lengths; /* as they come */
    float *scales;   /* of the codes */
    float *units;    /* 1 / scale */
    float *norms;    /* |b'| */
    float *halves;   /* |b'|^2 / 2 */
    double relative; /* the largest error of a code beside |b'| */
    int16_t *codes, *panels, *query_codes;
    float *products; /* BM_SCREEN_QUERIES x width */
    size_t width;
    float *buffer; /* a row a thread */
    double *sums;  /* of dimension */
};

/* Bounds of the scores of a query with all rows. */
struct bm_scores {
    const float *products, *units, *norms, *halves;
    float of_norm;               /* error for each |b'| */
    float least_half, most_half; /* factors of |b'|^2 / 2 */
    double error;                /* of the bounds themselves */
};

/* Takes the memory, or counts it. */
struct bm_screen bm_screen_begin(const struct bm_probe_task *task, struct bm_arena *arena);
struct bm_screen_rows bm_screen_carve(const struct bm_screen *screen, struct bm_arena *work);
/* Measures the queries, once they are there. */
void bm_screen_measure(struct bm_screen *screen, struct bm_arena *work);
/* Measures rows that are to be compared. */
void bm_screen_offer(const struct bm_screen *screen, const struct bm_probe_rows *rows,
                     struct bm_screen_rows *work);
/* Multiplies the rows with BM_SCREEN_QUERIES queries from `first` on, or those that are left;
 * returns how many. Row i of the products is query first + i's. */
size_t bm_screen_multiply(const struct bm_screen *screen, size_t first,
                          const struct bm_probe_rows *rows, struct bm_screen_rows *work);
/* What a query, whose products those are, says of the rows. */
struct bm_scores bm_screen_scores(const struct bm_screen *screen, size_t query,
                                  const float *products, const struct bm_screen_rows *work);
/* The score is at most this, up to `error`. */
static inline float bm_score_most(const struct bm_scores *s, size_t j)
{
    return s->products[j] * s->units[j] + (s->of_norm * s->norms[j] - s->least_half * s->halves[j]);
}
/* The score is at least this, up to `error`. */
static inline float bm_score_least(const struct bm_scores *s, size_t j)
{
    return s->products[j] * s->units[j] - (s->of_norm * s->norms[j] + s->most_half * s->halves[j]);
}
/* A row whose most is below this is farther from the query, for certain, than `distance` (squared).
 */
float bm_screen_limit(const struct bm_screen *screen, size_t query, const struct bm_scores *scores,
                      double distance);
/* A row whose most is below this is farther, for certain, than rows whose least is `score`. */
float bm_screen_limit_of(const struct bm_scores *scores, float score);

#endif
