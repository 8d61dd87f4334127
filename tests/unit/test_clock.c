/* Clocks that limits on time go by. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>
#include <cmocka.h>

#include "bm/clock.h"

static void a_suspension_counts_as_a_second(void **state)
{
    (void)state;
    struct bm_stint stint = {0};
    assert_true(bm_stint_look(&stint) == 0);
    usleep(100 * 1000);
    double before = bm_stint_look(&stint);
    assert_true(before >= 0.1 && before <= 1);
    sleep(2);
    assert_true(bm_stint_look(&stint) - before == 1);
    usleep(100 * 1000);
    assert_true(bm_stint_look(&stint) >= before + 1.1);
}

static void what_is_skipped_does_not_count(void **state)
{
    (void)state;
    struct bm_stint stint = {0};
    bm_stint_look(&stint);
    usleep(300 * 1000);
    double since = bm_seconds();
    bm_stint_skip(&stint);
    assert_true(bm_stint_look(&stint) <= bm_seconds() - since);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_suspension_counts_as_a_second),
        cmocka_unit_test(what_is_skipped_does_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
