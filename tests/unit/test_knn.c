/* The kNN probe against a brute-force search in double: predictions are equal, also where features
 * have nearly collapsed and a float product cannot tell neighbours apart, on every instruction set
 * that the machine has. */
#include <math.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bm/isa.h"
#include "bm/random.h"
#include "nn/kernels.h"
#include "probe_run.h"

enum { CLASSES = 7, MOST_TRAIN = 2500 };

struct problem {
    const char *name;
    size_t n_train, n_test, dimension, block;
    int k;
    double offset, spread; /* features are offset + spread * normal */
    int distinct;          /* > 0: rows repeat, so that distances tie */
};

/* With one neighbour the label of a row is its own, so that an answer says which it was. */
static int classes_of(const struct problem *p)
{
    return p->k == 1 ? (int)p->n_train : CLASSES;
}

static const struct problem problems[] = {
    {"ordinary", 300, 60, 33, 64, 20, 0, 1, 0},
    {"positive", 300, 60, 700, 50, 20, 1, 0.5, 0},
    {"nearly collapsed", 300, 60, 600, 64, 20, 1, 1e-4, 0},
    {"collapsed", 200, 40, 1100, 64, 5, 1, 2e-7, 0},
    {"ties", 300, 60, 16, 37, 8, 0, 1, 9},
    {"as many rows as k", 9, 20, 5, 4, 9, 0, 1, 0},
    {"one neighbour", 200, 600, 3, 200, 1, 0, 1, 0},
    {"tiny", 100, 30, 20, 100, 4, 0, 1e-30, 0},
    {"ties, all rows in one call", MOST_TRAIN, 20, 16, MOST_TRAIN, 300, 0, 1, 9},
    {"which, ordinary", 400, 40, 33, 64, 1, 0, 1, 0},
    {"which, one feature", 400, 40, 1, 64, 1, 0, 1, 0},
    {"which, nearly collapsed", 400, 40, 600, 64, 1, 1, 1e-4, 0},
    {"which, collapsed", 400, 40, 3, 64, 1, 1, 1e-6, 0},
    {"which, ties", 400, 40, 16, 64, 1, 0, 1, 50},
    {"which, huge offset", 400, 40, 20, 64, 1, 1e6, 1, 0},
    {"which, denormal", 400, 40, 20, 64, 1, 0, 1e-41, 0},
    {"which, wide", 200, 60, 3000, 64, 1, 1, 1, 0},
};

static float *make_rows(const struct problem *p, size_t n, uint64_t stream)
{
    float *rows = malloc(n * p->dimension * sizeof *rows);
    assert_non_null(rows);
    for (size_t i = 0; i < n; i++) {
        uint64_t identity = p->distinct ? i % (size_t)p->distinct : 1000 * stream + i;
        struct bm_random random =
            bm_random_of(5, BM_RANDOM_INIT, p->distinct ? 0 : stream, identity);
        for (size_t d = 0; d < p->dimension; d++)
            rows[i * p->dimension + d] = (float)(p->offset + p->spread * bm_random_normal(&random));
    }
    memset(rows, 0, p->dimension * sizeof *rows); /* a zero row stays zero */
    return rows;
}

static void make_labels(const struct problem *p, uint16_t *labels)
{
    struct bm_random random = bm_random_of(6, BM_RANDOM_LABEL, 1, 0);
    for (size_t i = 0; i < p->n_train; i++)
        labels[i] = p->k == 1 ? (uint16_t)i : (uint16_t)bm_random_below(&random, CLASSES);
}

/* ---- the reference ---- */

static void reference_normalize(float *row, size_t n)
{
    double squares = 0;
    for (size_t i = 0; i < n; i++)
        squares += (double)row[i] * (double)row[i];
    if (squares == 0)
        return;
    double length = sqrt(squares);
    for (size_t i = 0; i < n; i++)
        row[i] = isfinite((float)(1 / length)) ? row[i] * (float)(1 / length)
                                               : (float)((double)row[i] / length);
}

static float *make_units(const struct problem *p, const float *rows, size_t n)
{
    float *units = malloc(n * p->dimension * sizeof *units);
    assert_non_null(units);
    memcpy(units, rows, n * p->dimension * sizeof *units);
    for (size_t i = 0; i < n; i++)
        reference_normalize(units + i * p->dimension, p->dimension);
    return units;
}

static uint16_t reference_predict(const struct problem *p, const float *query, const float *train,
                                  const uint16_t *labels)
{
    double *distance = malloc(p->n_train * sizeof *distance);
    int votes[MOST_TRAIN] = {0};
    for (size_t j = 0; j < p->n_train; j++) {
        distance[j] = 0;
        for (size_t d = 0; d < p->dimension; d++) {
            double difference = (double)query[d] - (double)train[j * p->dimension + d];
            distance[j] += difference * difference;
        }
    }
    for (int taken = 0; taken < p->k && (size_t)taken < p->n_train; taken++) {
        size_t nearest = SIZE_MAX;
        for (size_t j = 0; j < p->n_train; j++)
            if (distance[j] >= 0 && (nearest == SIZE_MAX || distance[j] < distance[nearest]))
                nearest = j;
        votes[labels[nearest]]++;
        distance[nearest] = -1;
    }
    free(distance);
    int winner = 0;
    for (int c = 1; c < classes_of(p); c++)
        winner = votes[c] > votes[winner] ? c : winner;
    return (uint16_t)winner;
}

/* ---- the test ---- */

/* The share of test rows that a column of the probe says is predicted as expected, in rounds of at
 * most `memory`. */
static double run_several(const struct problem *p, const char *also, size_t column,
                          const float *tests, const uint16_t *expected, const float *train,
                          const uint16_t *labels, size_t memory, size_t *rounds)
{
    struct bm_config config;
    bm_table_init(&bm_config_table, &config);
    config.knn_k = p->k;
    snprintf(config.knn_also, sizeof config.knn_also, "%s", also);
    struct probe_run run = {
        .probe = bm_probe_find("knn"),
        .config = &config,
        .classes = classes_of(p),
        .n_taps = 1,
        .dimension = {p->dimension},
        .test = {p->n_test, {tests}, expected, NULL},
        .train = {p->n_train, {train}, labels, NULL},
        .rows = p->block,
        .memory = memory,
        .threads = memory > 0 ? 1 : 0, /* rounds of a row have nothing to share */
    };
    probe_run(&run);
    *rounds = run.rounds;
    return run.values[0][column];
}

static double run_probe(const struct problem *p, const float *tests, const uint16_t *expected,
                        const float *train, const uint16_t *labels, size_t memory, size_t *rounds)
{
    return run_several(p, "", 0, tests, expected, train, labels, memory, rounds);
}

static void compare(const struct problem *p, const char *isa, const float *tests,
                    const uint16_t *expected, const float *train, const uint16_t *labels)
{
    size_t rounds;
    assert_int_equal(bm_kernels_choose(isa, NULL), 0);
    double equal = run_probe(p, tests, expected, train, labels, 0, &rounds);
    if (equal != 1 || rounds != 1)
        fail_msg("%s, %s: %g of predictions equal, in %zu rounds", p->name, isa, equal, rounds);
    /* Not even one test row fits: each has a round. */
    equal = run_probe(p, tests, expected, train, labels, 1, &rounds);
    if (equal != 1 || rounds != p->n_test)
        fail_msg("%s, %s, cut: %g of predictions equal, in %zu rounds", p->name, isa, equal,
                 rounds);
}

/* All numbers of neighbours that are possible, in one search. */
static void each_number_equals_brute_force(void **test_state)
{
    (void)test_state;
    static const struct problem several[] = {
        {"ordinary, several", 300, 60, 33, 64, 20, 0, 1, 0},
        {"collapsed, several", 210, 40, 1100, 64, 7, 1, 2e-7, 0},
        {"ties, several", 500, 60, 16, 37, 8, 0, 1, 9},
    };
    for (size_t i = 0; i < sizeof several / sizeof *several; i++) {
        struct problem p = several[i];
        float *train = make_rows(&p, p.n_train, 1), *tests = make_rows(&p, p.n_test, 2);
        float *train_units = make_units(&p, train, p.n_train);
        float *test_units = make_units(&p, tests, p.n_test);
        uint16_t labels[MOST_TRAIN], expected[600], before[600] = {0};
        int differ = 0;
        make_labels(&p, labels);
        char also[sizeof(((struct bm_config *)0)->knn_also)] = "";
        for (const char *const *word = bm_knn_also_words; *word != NULL; word++)
            if ((size_t)atoi(*word) <= p.n_train && atoi(*word) != p.k)
                sprintf(also + strlen(also), "%s%s", also[0] ? "," : "", *word);
        for (size_t c = 0; bm_probe_find("knn")->columns[c] != NULL; c++) {
            const char *word = c > 0 ? bm_knn_also_words[c - 1] : NULL;
            size_t rounds;
            int first = p.k;
            p.k = word != NULL ? atoi(word) : p.k;
            for (size_t q = 0; q < p.n_test && (size_t)p.k <= p.n_train; q++)
                expected[q] =
                    reference_predict(&p, test_units + q * p.dimension, train_units, labels);
            p.k = first;
            double equal = run_several(&p, also, c, tests, expected, train, labels, 0, &rounds);
            double cut = run_several(&p, also, c, tests, expected, train, labels, 1, &rounds);
            if (word != NULL && !bm_words_have(also, word))
                assert_true(isnan(equal) && isnan(cut));
            else if (equal != 1 || cut != 1)
                fail_msg("%s, column %zu: %g and %g of predictions equal", p.name, c, equal, cut);
            differ += memcmp(expected, before, p.n_test * sizeof *expected) != 0;
            memcpy(before, expected, sizeof before);
        }
        assert_true(differ > 5);
        free(train);
        free(tests);
        free(train_units);
        free(test_units);
    }
}

static void equals_brute_force(void **test_state)
{
    (void)test_state;
    for (size_t i = 0; i < sizeof problems / sizeof *problems; i++) {
        const struct problem *p = &problems[i];
        float *train = make_rows(p, p->n_train, 1), *tests = make_rows(p, p->n_test, 2);
        float *train_units = make_units(p, train, p->n_train);
        float *test_units = make_units(p, tests, p->n_test);
        uint16_t labels[MOST_TRAIN], expected[600];
        make_labels(p, labels);
        int seen[MOST_TRAIN] = {0};
        for (size_t q = 0; q < p->n_test; q++) {
            expected[q] = reference_predict(p, test_units + q * p->dimension, train_units, labels);
            seen[expected[q]]++;
        }
        bool all_vote = p->n_train <= (size_t)p->k; /* then the answer is one class */
        assert_true(all_vote || seen[expected[0]] < (int)p->n_test);
        for (const struct bm_kernels *const *isa = bm_kernels_all(); *isa != NULL; isa++)
            compare(p, (*isa)->isa, tests, expected, train, labels);
        free(train);
        free(tests);
        free(train_units);
        free(test_units);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(equals_brute_force),
                                       cmocka_unit_test(each_number_equals_brute_force)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
