/* Random streams: the generator is Random123's, streams are independent of use, draws are unbiased.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <math.h>
#include <cmocka.h>

#include "bm/random.h"

/* The known answers of Random123's own kat_vectors for philox4x64-10 with counter and key zero. */
static void known_answer(void **state)
{
    (void)state;
    struct bm_random random = {0};
    assert_true(bm_random_u64(&random) == 0x16554d9eca36314cULL);
    assert_true(bm_random_u64(&random) == 0xdb20fe9d672d0fdcULL);
    assert_true(bm_random_u64(&random) == 0xd7e772cee186176bULL);
    assert_true(bm_random_u64(&random) == 0x7e68b68aec7ba23bULL);
}

static void streams_differ_in_every_index_and_lane(void **state)
{
    (void)state;
    struct bm_random streams[] = {
        bm_random_of(1, BM_RANDOM_VIEW, 0, 0), bm_random_of(2, BM_RANDOM_VIEW, 0, 0),
        bm_random_of(1, BM_RANDOM_INIT, 0, 0), bm_random_of(1, BM_RANDOM_VIEW, 1, 0),
        bm_random_of(1, BM_RANDOM_VIEW, 0, 1), bm_random_of(1, BM_RANDOM_VIEW, 0, 0),
    };
    streams[5] = bm_random_lane(&streams[0], 1);
    uint64_t first[6];
    for (size_t i = 0; i < 6; i++)
        first[i] = bm_random_u64(&streams[i]);
    for (size_t i = 0; i < 6; i++)
        for (size_t j = 0; j < i; j++)
            assert_true(first[i] != first[j]);
}

static void moments(void **state)
{
    (void)state;
    struct bm_random random = bm_random_of(3, BM_RANDOM_INIT, 0, 0);
    enum { N = 100000 };
    double sum = 0, squares = 0, uniform = 0;
    int counts[7] = {0};
    for (int i = 0; i < N; i++) {
        double normal = bm_random_normal(&random);
        sum += normal;
        squares += normal * normal;
        uniform += bm_random_range(&random, -1, 3);
        counts[bm_random_below(&random, 7)]++;
    }
    /* Five standard errors. */
    assert_true(fabs(sum / N) < 5 / sqrt(N));
    assert_true(fabs(squares / N - 1) < 5 * sqrt(2.0 / N));
    assert_true(fabs(uniform / N - 1) < 5 * 4 / sqrt(12.0 * N));
    for (int c = 0; c < 7; c++)
        assert_true(fabs(counts[c] - N / 7.0) < 5 * sqrt(N / 7.0));
}

/* Many at once are the same as one by one, wherever in a block they begin and end. */
static void many_at_once(void **state)
{
    (void)state;
    for (size_t before = 0; before < 5; before++)
        for (size_t n = 0; n < 14; n++) {
            struct bm_random one = bm_random_of(7, BM_RANDOM_INIT, 3, n), many = one;
            double values[14];
            for (size_t i = 0; i < before; i++)
                assert_true(bm_random_u64(&one) == bm_random_u64(&many));
            bm_random_ranges(&many, -0.3, 0.7, values, n);
            for (size_t i = 0; i < n; i++)
                assert_true(values[i] == bm_random_range(&one, -0.3, 0.7));
            assert_true(bm_random_u64(&one) == bm_random_u64(&many));
        }
}

/* Mean 1/2, variance 1 / (4 (2 alpha + 1)), and the fourth moment that goes with them: a sampler
 * that is right at 1 alone is wrong elsewhere. */
static void betas_are_beta(void **state)
{
    (void)state;
    static const double alphas[] = {1, 0.2, 0.5, 2, 8, 100};
    enum { N = 100000 };
    for (size_t a = 0; a < sizeof alphas / sizeof *alphas; a++) {
        double alpha = alphas[a], sum = 0, squares = 0, fourths = 0;
        struct bm_random random = bm_random_of(3, BM_RANDOM_MIX, a, 0);
        for (int i = 0; i < N; i++) {
            double beta = bm_random_beta(&random, alpha), off = beta - 0.5;
            assert_true(beta >= 0 && beta <= 1);
            sum += off;
            squares += off * off;
            fourths += off * off * off * off;
        }
        double variance = 1 / (4 * (2 * alpha + 1));
        double fourth = 3 / (16 * (2 * alpha + 1) * (2 * alpha + 3));
        assert_true(fabs(sum / N) < 5 * sqrt(variance / N));
        assert_true(fabs(squares / N - variance) <
                    5 * sqrt((fourth - variance * variance) / N) + 1e-12);
        assert_true(fabs(fourths / N - fourth) < 5 * sqrt(fourth / 16 / N));
    }
}

/* Nearly 0 or nearly 1, each as often, and never undefined; and nearly 1/2. */
static void extreme_betas_are_numbers(void **state)
{
    (void)state;
    struct bm_random random = bm_random_of(3, BM_RANDOM_MIX, 0, 0);
    int ones = 0;
    for (int i = 0; i < 10000; i++) {
        double tiny = bm_random_beta(&random, 1e-6), large = bm_random_beta(&random, 1e6);
        assert_true(tiny >= 0 && tiny <= 1 && fmin(tiny, 1 - tiny) < 1e-3);
        assert_true(fabs(large - 0.5) < 0.01);
        ones += tiny > 0.5;
    }
    assert_in_range(ones, 4700, 5300);
}

static void shuffle_is_a_permutation(void **state)
{
    (void)state;
    uint32_t items[1000], seen[1000] = {0};
    for (uint32_t i = 0; i < 1000; i++)
        items[i] = i;
    struct bm_random random = bm_random_of(3, BM_RANDOM_ORDER, 1, 0);
    bm_random_shuffle(&random, items, 1000);
    size_t fixed = 0;
    for (uint32_t i = 0; i < 1000; i++) {
        seen[items[i]]++;
        fixed += items[i] == i;
    }
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(seen[i], 1);
    assert_true(fixed < 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answer),
        cmocka_unit_test(streams_differ_in_every_index_and_lane),
        cmocka_unit_test(moments),
        cmocka_unit_test(many_at_once),
        cmocka_unit_test(shuffle_is_a_permutation),
        cmocka_unit_test(betas_are_beta),
        cmocka_unit_test(extreme_betas_are_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
