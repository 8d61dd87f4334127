/* Which crashes are tried again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "run/retries.h"
#include "run/trainer.h"

static enum bm_retry judge(struct bm_retries *retries, size_t run, enum bm_status status,
                           const char *cause)
{
    struct bm_result result = {.status = status};
    snprintf(result.cause, sizeof result.cause, "%s", cause);
    return bm_retries_judge(retries, run, &result);
}

static void so_many_crashes_are_tried_again(void **state)
{
    (void)state;
    for (int64_t most = 0; most < 4; most++) {
        struct bm_retries retries;
        char cause[40];
        bm_retries_init(&retries, 2, most);
        for (int64_t n = 0; n <= most; n++) {
            snprintf(cause, sizeof cause, "crash number %d", (int)n);
            assert_int_equal(judge(&retries, 1, BM_STATUS_CRASHED, cause),
                             n < most ? BM_RETRY_AGAIN : BM_RETRY_NO_MORE);
        }
        assert_int_equal(judge(&retries, 0, BM_STATUS_CRASHED, "another run's"),
                         most > 0 ? BM_RETRY_AGAIN : BM_RETRY_NO_MORE);
        bm_retries_fini(&retries);
    }
}

static void the_same_crash_twice_is_enough(void **state)
{
    (void)state;
    struct bm_retries retries;
    bm_retries_init(&retries, 3, 5);
    assert_int_equal(judge(&retries, 0, BM_STATUS_CRASHED, "a"), BM_RETRY_AGAIN);
    assert_int_equal(judge(&retries, 1, BM_STATUS_CRASHED, "a"), BM_RETRY_AGAIN);
    assert_int_equal(judge(&retries, 0, BM_STATUS_CRASHED, "b"), BM_RETRY_AGAIN);
    assert_int_equal(judge(&retries, 0, BM_STATUS_CRASHED, "b"), BM_RETRY_QUARANTINE);
    const char *killed = "killed by signal 9 (Killed)" BM_TRAINER_BY_WHOM;
    for (int i = 0; i < 5; i++)
        assert_int_equal(judge(&retries, 2, BM_STATUS_CRASHED, killed), BM_RETRY_AGAIN);
    assert_int_equal(judge(&retries, 2, BM_STATUS_CRASHED, killed), BM_RETRY_NO_MORE);
    bm_retries_fini(&retries);
}

static void what_would_end_so_again_is_not_tried(void **state)
{
    (void)state;
    const enum bm_status statuses[] = {BM_STATUS_DONE, BM_STATUS_DIVERGED, BM_STATUS_ERROR,
                                       BM_STATUS_TIMEOUT};
    struct bm_retries retries;
    bm_retries_init(&retries, 1, 5);
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        assert_int_equal(judge(&retries, 0, statuses[i], "a"), BM_RETRY_NO_MORE);
    assert_int_equal(judge(&retries, 0, BM_STATUS_CRASHED, BM_TRAINER_NO_MEMORY "a"),
                     BM_RETRY_NO_MORE); /* but alone */
    assert_int_equal(judge(&retries, 0, BM_STATUS_CRASHED, "a"), BM_RETRY_AGAIN);
    bm_retries_fini(&retries);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(so_many_crashes_are_tried_again),
        cmocka_unit_test(the_same_crash_twice_is_enough),
        cmocka_unit_test(what_would_end_so_again_is_not_tried),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
