/* Every loss: its gradient against finite differences, for one-hot, mixed and smoothed targets. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_are_differences),
        cmocka_unit_test(mse_is_the_mean_over_images_and_classes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
