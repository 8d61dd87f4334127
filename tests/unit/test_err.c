/* Errors: the first one stays, what is put around it, and the codes of failed calls. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "bm/err.h"

static void the_first_error_wins(void **state)
{
    (void)state;
    struct bm_err err = {0};
    assert_int_equal(bm_fail(&err, BM_EXIT_DATA, "first"), -1);
    assert_int_equal(bm_fail(&err, BM_EXIT_IO, "second"), -1);
    assert_int_equal(bm_fail_errno(&err, "third"), -1);
    assert_string_equal(err.text, "first");
    assert_int_equal(err.code, BM_EXIT_DATA);
    assert_int_equal(bm_fail_at(&err, "here"), -1);
    assert_string_equal(err.text, "here: first");
}

static void a_hint_stands_behind_the_error(void **state)
{
    (void)state;
    struct bm_err err = {0};
    assert_int_equal(bm_fail_hint(&err, "nothing is wrong"), -1);
    assert_string_equal(err.text, "");
    bm_fail(&err, BM_EXIT_DATA, "no %s", "images");
    assert_int_equal(bm_fail_hint(&err, "look %s", "there"), -1);
    assert_string_equal(err.text, "no images (look there)");
    assert_int_equal(err.code, BM_EXIT_DATA);
}

/* A machine without memory has no broken disk. */
static void failed_calls_have_their_code(void **state)
{
    (void)state;
    static const struct {
        int error;
        enum bm_exit code;
    } cases[] = {
        {ENOMEM, BM_EXIT_MEMORY}, {EIO, BM_EXIT_IO}, {ENOSPC, BM_EXIT_IO}, {EACCES, BM_EXIT_IO}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bm_err err = {0};
        errno = cases[i].error;
        assert_int_equal(bm_fail_errno(&err, "cannot do it"), -1);
        assert_int_equal(err.code, cases[i].code);
        assert_int_equal(strncmp(err.text, "cannot do it: ", 14), 0);
        assert_string_equal(err.text + 14, strerror(cases[i].error));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_error_wins),
        cmocka_unit_test(a_hint_stands_behind_the_error),
        cmocka_unit_test(failed_calls_have_their_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
