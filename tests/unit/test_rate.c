/* Learning rates against PyTorch's schedulers (tests/reference/rates_golden.py), and what holds for
 * every optimizer's. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bm/nn.h"
#include "settings.h"
#include "train/rate.h"

static void rates_are_pytorchs(void **state)
{
    (void)state;
    FILE *file = fopen("tests/golden/rates.txt", "r");
    assert_non_null(file);
    struct bm_config config = settings_of("");
    long long epochs, warmup, batch;
    int lines = 0;
    for (; fscanf(file, "%23s %lld %lld %lld %lf", config.optimizer, &epochs, &warmup, &batch,
                  &config.lr) == 5;
         lines++) {
        config.epochs = epochs;
        config.warmup_epochs = warmup;
        config.batch_size = batch;
        for (int64_t epoch = 0; epoch < epochs; epoch++) {
            double expected, rate = bm_train_rate(&config, epoch);
            assert_int_equal(fscanf(file, "%lf", &expected), 1);
            if (!(fabs(rate - expected) < 1e-14))
                fail_msg("%s, epoch %lld of %lld, %lld of warm-up: %.17g, not %.17g",
                         config.optimizer, (long long)epoch, epochs, warmup, rate, expected);
        }
    }
    assert_int_equal(lines, 24);
    fclose(file);
}

/* It rises to where the schedule begins, from above 0, and then never rises again. */
static void warming_up_ends_where_the_schedule_begins(void **state)
{
    (void)state;
    for (const struct bm_optimizer *const *one = bm_optimizers; *one != NULL; one++) {
        struct bm_config config = settings_of("epochs=30 warmup_epochs=5 lr=0.3");
        strcpy(config.optimizer, (*one)->name);
        double full = bm_train_rate(&config, 4);
        assert_true(fabs(bm_train_rate(&config, 0) - full / 5) < 1e-15);
        assert_true(fabs(bm_train_rate(&config, 5) - full) < 1e-15);
        for (int64_t epoch = 6; epoch < 30; epoch++) {
            double rate = bm_train_rate(&config, epoch);
            assert_true(rate > 0 && rate <= bm_train_rate(&config, epoch - 1));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_are_pytorchs),
        cmocka_unit_test(warming_up_ends_where_the_schedule_begins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
