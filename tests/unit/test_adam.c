/* Adam, in float, against torch.optim.Adam in double (tests/reference/adam_golden.py): 20 steps on
 * a given sequence of gradients, with and without weight decay. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "bm/nn.h"
#include "hash.h"

enum { N = 6, PARAMETERS = 1, GRADIENTS = 2 };

/* Relative error of the parameters against the numbers that follow in the file. */
static double error_of(FILE *file, const float *parameters)
{
    double error = 0, norm = 0;
    for (size_t i = 0; i < N; i++) {
        double golden;
        assert_int_equal(fscanf(file, "%lf", &golden), 1);
        error += pow((double)parameters[i] - golden, 2);
        norm += golden * golden;
    }
    return sqrt(error / norm);
}

static void steps_are_pytorchs(void **state)
{
    (void)state;
    const struct bm_optimizer *adam = bm_optimizer_find("adam");
    FILE *file = fopen("tests/golden/adam.txt", "r");
    assert_non_null(file);
    float parameters[N], gradients[N], moments[2 * N];
    struct bm_optimizer_settings settings = {.lr = 4e-3};
    int t, lines = 0;
    for (; fscanf(file, "%lf %d", &settings.weight_decay, &t) == 2; lines++) {
        for (size_t i = 0; i < N && t == 1; i++) {
            parameters[i] = (float)hash_value(PARAMETERS, i);
            moments[i] = moments[N + i] = 0;
        }
        for (size_t i = 0; i < N; i++)
            gradients[i] = (float)(hash_value((uint64_t)(GRADIENTS + t), i) * pow(10, -(double)i));
        const struct bm_optimizer_part all = {1, N, parameters, moments, N, N, gradients};
        adam->step(&settings, t, &all);
        double error = error_of(file, parameters);
        if (!(error < 1e-6))
            fail_msg("weight decay %g, step %d: %.1e", settings.weight_decay, t, error);
    }
    assert_int_equal(lines, 40);
    assert_int_equal(adam->moments, 2);
    fclose(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_are_pytorchs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
