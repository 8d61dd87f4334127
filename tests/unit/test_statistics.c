/* Means, intervals, paired differences, shares and rank correlations against numpy and scipy
 * (tests/reference/statistics_golden.py), in any order; and what cannot be said. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bm/statistics.h"

enum { MOST = 200 };

static size_t parse(char *text, double *values)
{
    size_t n = 0;
    for (char *word = strtok(text, " \n"); word != NULL; word = strtok(NULL, " \n"))
        values[n++] = strtod(word, NULL);
    assert_true(n <= MOST);
    return n;
}

/* Of the quantiles, scipy has nine digits. */
static void assert_near(const char *line, double found, double expected)
{
    if (isnan(found) != isnan(expected) || fabs(found - expected) > 1e-8 * (1 + fabs(expected)))
        fail_msg("%s: found %.17g, expected %.17g", line, found, expected);
}

/* What we say, in the order of the golden's line. */
static void answer(const char *quantity, double *given, size_t n, double *found)
{
    if (strcmp(quantity, "student") == 0) {
        found[0] = bm_student_quantile(given[0], (size_t)given[1]);
    } else if (strcmp(quantity, "mean") == 0) {
        struct bm_mean mean = bm_mean_of(given, n);
        found[0] = (double)mean.n;
        found[1] = mean.mean;
        found[2] = mean.deviation;
        found[3] = mean.half;
    } else if (strcmp(quantity, "paired") == 0) {
        for (size_t i = 0; i < n / 2; i++)
            given[i] -= given[n / 2 + i];
        struct bm_mean mean = bm_mean_of(given, n / 2);
        found[0] = mean.mean;
        found[1] = mean.half;
    } else if (strcmp(quantity, "binomial") == 0) {
        found[0] = bm_binomial_error(given[0], given[1]);
    } else if (strcmp(quantity, "spearman") == 0) {
        found[0] = bm_spearman(given, given + n / 2, n / 2);
    } else {
        fail_msg("%s is nothing that we know", quantity);
    }
}

static void numpy_and_scipy_say_the_same(void **state)
{
    (void)state;
    char line[8000];
    size_t n_lines = 0;
    FILE *golden = fopen("tests/golden/statistics.txt", "r");
    assert_non_null(golden);
    while (fgets(line, sizeof line, golden) != NULL) {
        double given[MOST], expected[MOST], found[MOST];
        char copy[sizeof line];
        strcpy(copy, line);
        char *values = strchr(line, ' '), *equal = strchr(line, '=');
        *values = *equal = '\0';
        size_t n = parse(values + 1, given), n_expected = parse(equal + 1, expected);
        answer(line, given, n, found);
        for (size_t i = 0; i < n_expected; i++)
            assert_near(copy, found[i], expected[i]);
        n_lines++;
    }
    fclose(golden);
    assert_true(n_lines > 100);
}

static void order_plays_no_role(void **state)
{
    (void)state;
    double a[] = {0.1, 1e8, NAN, 0.3, -1e8, 0.7}, b[] = {-1e8, 0.7, 0.1, 0.3, 1e8, NAN};
    struct bm_mean x = bm_mean_of(a, 6), y = bm_mean_of(b, 6);
    assert_int_equal(x.n, 5);
    assert_memory_equal(&x, &y, sizeof x);
}

static void what_cannot_be_said_is_nan(void **state)
{
    (void)state;
    const double up[] = {1, 2, 3}, flat[] = {2, 2, 2}, hole[] = {1, NAN, 3};
    assert_int_equal(bm_mean_of(NULL, 0).n, 0);
    assert_true(isnan(bm_mean_of(NULL, 0).mean));
    assert_true(isnan(bm_binomial_error(0.5, 0)));
    assert_true(isnan(bm_binomial_error(0.5, NAN)));
    assert_true(isnan(bm_binomial_error(NAN, 10)));
    assert_true(isnan(bm_spearman(up, flat, 3)));
    assert_true(isnan(bm_spearman(flat, up, 3)));
    assert_true(isnan(bm_spearman(hole, up, 3)));
    assert_true(isnan(bm_spearman(up, hole, 3)));
    assert_true(isnan(bm_spearman(up, up, 1)));
    assert_true(isnan(bm_spearman(NULL, NULL, 0)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numpy_and_scipy_say_the_same),
        cmocka_unit_test(order_plays_no_role),
        cmocka_unit_test(what_cannot_be_said_is_nan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
