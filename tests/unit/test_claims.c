/* Verdicts: what follows from a value, its interval and a criterion. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "results/claims.h"

static enum bm_verdict judge(enum bm_kind kind, enum bm_relation relation, double bound, size_t n,
                             double mean, double half)
{
    const struct bm_criterion criterion = {.kind = kind, .relation = relation, .bound = bound};
    const struct bm_mean value = {.n = n, .mean = mean, .half = half};
    return bm_judge(&criterion, &value, NAN);
}

static void levels_hold_by_their_mean(void **state)
{
    (void)state;
    assert_int_equal(judge(BM_LEVEL, BM_NO_LESS, 0.9, 3, 0.91, 0.05), BM_HOLDS);
    assert_int_equal(judge(BM_LEVEL, BM_NO_LESS, 0.9, 3, 0.9 - 1e-15, 0.05), BM_HOLDS);
    assert_int_equal(judge(BM_LEVEL, BM_NO_LESS, 0.9, 3, 0.88, 0.05), BM_UNDECIDED);
    assert_int_equal(judge(BM_LEVEL, BM_NO_LESS, 0.9, 3, 0.84, 0.05), BM_REFUTED);
    assert_int_equal(judge(BM_LEVEL, BM_NO_MORE, 0.1, 3, 0.09, 0.05), BM_HOLDS);
    assert_int_equal(judge(BM_LEVEL, BM_NO_MORE, 0.1, 3, 0.12, 0.05), BM_UNDECIDED);
    assert_int_equal(judge(BM_LEVEL, BM_NO_MORE, 0.1, 3, 0.16, 0.05), BM_REFUTED);
}

static void differences_hold_by_their_interval(void **state)
{
    (void)state;
    assert_int_equal(judge(BM_DIFFERENCE, BM_MORE, 0, 3, 0.02, 0.01), BM_HOLDS);
    assert_int_equal(judge(BM_DIFFERENCE, BM_MORE, 0, 3, 0.02, 0.03), BM_UNDECIDED);
    assert_int_equal(judge(BM_DIFFERENCE, BM_MORE, 0, 3, -0.02, 0.03), BM_UNDECIDED);
    assert_int_equal(judge(BM_DIFFERENCE, BM_MORE, 0, 3, -0.02, 0.01), BM_REFUTED);
    assert_int_equal(judge(BM_DIFFERENCE, BM_MORE, 0, 3, 0, 0), BM_UNDECIDED);
    assert_int_equal(judge(BM_DIFFERENCE, BM_LESS, 0, 3, -0.02, 0.01), BM_HOLDS);
    assert_int_equal(judge(BM_DIFFERENCE, BM_LESS, 0, 3, 0.02, 0.03), BM_UNDECIDED);
    assert_int_equal(judge(BM_DIFFERENCE, BM_LESS, 0, 3, 0.02, 0.01), BM_REFUTED);
    assert_int_equal(judge(BM_DIFFERENCE, BM_NO_LESS, 0.5, 3, 0.75, 0.25), BM_HOLDS);
    assert_int_equal(judge(BM_DIFFERENCE, BM_MORE, 0.5, 3, 0.75, 0.25), BM_UNDECIDED);
}

static void either_sign_is_an_answer(void **state)
{
    (void)state;
    const struct bm_criterion either = {.kind = BM_DIFFERENCE, .relation = BM_EITHER};
    static const struct {
        double mean, half;
        enum bm_verdict verdict;
    } cases[] = {{0.2, 0.1, BM_HOLDS},      {-0.2, 0.1, BM_HOLDS},    {0.2, 0.3, BM_UNDECIDED},
                 {-0.2, 0.3, BM_UNDECIDED}, {0.2, 0.2, BM_UNDECIDED}, {0, 0, BM_UNDECIDED},
                 {NAN, NAN, BM_UNDECIDED}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bm_mean value = {.mean = cases[i].mean, .half = cases[i].half, .n = 3};
        assert_int_equal(bm_judge(&either, &value, 0.1), cases[i].verdict);
        value.n = 2;
        assert_int_equal(bm_judge(&either, &value, 0.1), BM_UNDECIDED);
    }
}

static void correlations_hold_by_themselves(void **state)
{
    (void)state;
    assert_int_equal(judge(BM_CORRELATION, BM_MORE, 0.8, 5, 0.9, NAN), BM_HOLDS);
    assert_int_equal(judge(BM_CORRELATION, BM_MORE, 0.8, 5, 0.9, 0.3), BM_HOLDS);
    assert_int_equal(judge(BM_CORRELATION, BM_MORE, 0.8, 5, 0.8, 0.1), BM_UNDECIDED);
    assert_int_equal(judge(BM_CORRELATION, BM_MORE, 0.8, 5, 0.6, 0.3), BM_UNDECIDED);
    assert_int_equal(judge(BM_CORRELATION, BM_MORE, 0.8, 5, 0.6, 0.1), BM_REFUTED);
    assert_int_equal(judge(BM_CORRELATION, BM_MORE, 0.8, 5, 0.1, NAN), BM_UNDECIDED);
    assert_int_equal(judge(BM_CORRELATION, BM_MORE, 0.8, 4, 0.9, NAN), BM_UNDECIDED);
    assert_int_equal(judge(BM_CORRELATION, BM_MORE, 0.8, 4, 0.1, NAN), BM_UNDECIDED);
    assert_int_equal(judge(BM_CORRELATION, BM_MORE, 0.8, 6, NAN, NAN), BM_UNDECIDED);
}

static void two_seeds_decide_nothing(void **state)
{
    (void)state;
    for (enum bm_kind kind = BM_LEVEL; kind <= BM_DIFFERENCE; kind++)
        for (int sign = -1; sign <= 1; sign += 2) {
            assert_int_equal(judge(kind, BM_MORE, 0, 2, sign, 0.01), BM_UNDECIDED);
            assert_int_equal(judge(kind, BM_MORE, 0, 3, sign, 0.01),
                             sign > 0 ? BM_HOLDS : BM_REFUTED);
        }
}

static void chance_counts_where_it_is_said(void **state)
{
    (void)state;
    const struct bm_criterion criterion = {
        .kind = BM_LEVEL, .relation = BM_NO_MORE, .bound = 0.03, .above_chance = true};
    const struct bm_mean value = {.n = 3, .mean = 0.12, .half = 0.001};
    assert_int_equal(bm_judge(&criterion, &value, 0.1), BM_HOLDS);
    assert_int_equal(bm_judge(&criterion, &value, 0.01), BM_REFUTED);
    assert_int_equal(bm_judge(&criterion, &value, NAN), BM_UNDECIDED);
}

static void one_refuted_part_refutes(void **state)
{
    (void)state;
    assert_int_equal(bm_verdict_add(BM_HOLDS, BM_HOLDS), BM_HOLDS);
    assert_int_equal(bm_verdict_add(BM_HOLDS, BM_UNDECIDED), BM_UNDECIDED);
    assert_int_equal(bm_verdict_add(BM_UNDECIDED, BM_HOLDS), BM_UNDECIDED);
    assert_int_equal(bm_verdict_add(BM_UNDECIDED, BM_REFUTED), BM_REFUTED);
    assert_int_equal(bm_verdict_add(BM_REFUTED, BM_UNDECIDED), BM_REFUTED);
    assert_int_equal(bm_verdict_add(BM_REFUTED, BM_HOLDS), BM_REFUTED);
}

/* The bounds of the experiment's claims, once more. */
static void criteria_are_those_of_the_claims(void **state)
{
    (void)state;
    static const struct {
        const char *claim;
        enum bm_relation relation;
        double bound;
    } rows[] = {{"C1", BM_NO_LESS, 0.999}, {"C1", BM_NO_MORE, 0.03}, {"C1", BM_LESS, 0},
                {"C2", BM_NO_LESS, 0.9},   {"C2", BM_MORE, 0},       {"C2", BM_NO_LESS, 0.05},
                {"C3", BM_MORE, 0},        {"C3", BM_NO_LESS, 0.08}, {"C3", BM_MORE, 0},
                {"C4", BM_MORE, 0.8},      {"C4", BM_MORE, 0.8},     {"C4", BM_MORE, 0.8},
                {"C5", BM_MORE, 0},        {"C5", BM_MORE, 0},       {"C6", BM_EITHER, 0},
                {"C7", BM_MORE, 0}};
    size_t n = 0;
    for (; bm_criteria[n].claim != NULL; n++) {
        assert_true(n < sizeof rows / sizeof *rows);
        assert_string_equal(bm_criteria[n].claim, rows[n].claim);
        assert_int_equal(bm_criteria[n].relation, rows[n].relation);
        assert_true(bm_criteria[n].bound == rows[n].bound);
        assert_int_equal(bm_criteria[n].above_chance, n == 1);
    }
    assert_int_equal(n, sizeof rows / sizeof *rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_hold_by_their_mean),
        cmocka_unit_test(differences_hold_by_their_interval),
        cmocka_unit_test(correlations_hold_by_themselves),
        cmocka_unit_test(either_sign_is_an_answer),
        cmocka_unit_test(two_seeds_decide_nothing),
        cmocka_unit_test(chance_counts_where_it_is_said),
        cmocka_unit_test(one_refuted_part_refutes),
        cmocka_unit_test(criteria_are_those_of_the_claims),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
