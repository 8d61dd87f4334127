/* Every loss: its gradient against finite differences, for one-hot, mixed and smoothed targets, and
 * against PyTorch (tests/reference/losses_golden.py). */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bm/nn.h"
#include "hash.h"

enum { N = 3, CLASSES = 4, VALUES = N * CLASSES };

static const double targets[N][CLASSES] = {
    {0, 1, 0, 0},
    {0.3, 0, 0, 0.7},
    {0.025, 0.025, 0.925, 0.025},
};

static void gradients_are_differences(void **state)
{
    (void)state;
    const double step = 1e-5;
    for (const struct bm_loss *const *loss = bm_losses; *loss != NULL; loss++) {
        double output[VALUES], gradient[VALUES];
        for (size_t i = 0; i < VALUES; i++)
            output[i] = 2 * hash_value(1, i);
        double value = (*loss)->value(output, *targets, N, CLASSES, gradient);
        assert_true(value > 0 && value == (*loss)->value(output, *targets, N, CLASSES, NULL));
        for (size_t i = 0; i < VALUES; i++) {
            double at = output[i];
            output[i] = at + step;
            double above = (*loss)->value(output, *targets, N, CLASSES, NULL);
            output[i] = at - step;
            double below = (*loss)->value(output, *targets, N, CLASSES, NULL);
            output[i] = at;
            double slope = (above - below) / (2 * step);
            if (!(fabs(slope - gradient[i]) < 1e-8))
                fail_msg("%s, output %zu: %g, but differences say %g", (*loss)->name, i,
                         gradient[i], slope);
        }
    }
}

static void mse_is_the_mean_over_images_and_classes(void **state)
{
    (void)state;
    double output[VALUES] = {0};
    /* The squares of the targets above. */
    double expected = (1 + 0.09 + 0.49 + 3 * 0.025 * 0.025 + 0.925 * 0.925) / VALUES;
    double value = bm_loss_find("mse")->value(output, *targets, N, CLASSES, NULL);
    assert_true(fabs(value - expected) < 1e-15);
}

/* Outputs as the reference script makes them, of tensor 1 of the hash, labels of tensor 2. */
static void make_case(double smoothing, double scale, double output[VALUES], double target[VALUES])
{
    for (size_t i = 0; i < VALUES; i++) {
        size_t label = hash_bits(2, i / CLASSES) % CLASSES;
        output[i] = scale * hash_value(1, i);
        target[i] = (1 - smoothing) * (i % CLASSES == label) + smoothing / CLASSES;
    }
}

static void losses_are_pytorchs(void **state)
{
    (void)state;
    FILE *file = fopen("tests/golden/losses.txt", "r");
    char name[32];
    double smoothing, scale, golden;
    int lines = 0;
    assert_non_null(file);
    for (; fscanf(file, "%31s %lf %lf %lf", name, &smoothing, &scale, &golden) == 4; lines++) {
        double output[VALUES], target[VALUES], gradient[VALUES], expected;
        make_case(smoothing, scale, output, target);
        double value = bm_loss_find(name)->value(output, target, N, CLASSES, gradient);
        if (!(fabs(value - golden) <= 1e-12 * fabs(golden)))
            fail_msg("%s, smoothing %g, scale %g: %.17g", name, smoothing, scale, value);
        for (size_t i = 0; i < VALUES; i++) {
            assert_int_equal(fscanf(file, "%lf", &expected), 1);
            if (!(fabs(gradient[i] - expected) < 1e-12))
                fail_msg("%s, smoothing %g, scale %g, output %zu: %.17g", name, smoothing, scale, i,
                         gradient[i]);
        }
    }
    fclose(file);
    assert_int_equal(lines, 18);
}

/* A run that diverges has to show: a loss that hides what is not finite would go on for ever. */
static void what_is_not_finite_shows(void **state)
{
    (void)state;
    static const double values[] = {NAN, INFINITY, -INFINITY};
    for (const struct bm_loss *const *loss = bm_losses; *loss != NULL; loss++)
        for (size_t v = 0; v < sizeof values / sizeof *values; v++)
            for (size_t at = 0; at < VALUES; at++) {
                double output[VALUES] = {0};
                output[at] = values[v];
                if (isfinite((*loss)->value(output, *targets, N, CLASSES, NULL)))
                    fail_msg("%s of %g in output %zu is finite", (*loss)->name, values[v], at);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_are_differences),
        cmocka_unit_test(mse_is_the_mean_over_images_and_classes),
        cmocka_unit_test(losses_are_pytorchs),
        cmocka_unit_test(what_is_not_finite_shows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
