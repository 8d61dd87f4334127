/* Ranks compare their arguments. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "loop.h"
#include "run/hello.h"

enum { RANKS = 4 };

/* What rank 0, with "-j a.yaml", says of other ranks with these arguments behind "bm-sweep". */
static int gather(char *others[RANKS][3], struct bm_err *err)
{
    char *ours[] = {"bm-sweep", "-j", "a.yaml", NULL};
    struct loop loop = {.ranks = RANKS};
    struct bm_link links[RANKS];
    for (int rank = RANKS - 1; rank >= 0; rank--) {
        links[rank] = loop_link(&loop, rank);
        char *argv[4] = {"/elsewhere/bm-sweep"};
        int argc = 1;
        for (int i = 0; i < 3 && others[rank][i] != NULL; i++)
            argv[argc++] = others[rank][i];
        if (rank > 0)
            bm_hello_send(&links[rank], argc, argv);
    }
    int status = bm_hello_gather(&links[0], 3, ours, err);
    assert_null(loop.first);
    loop_fini(&loop);
    return status;
}

static void all_alike(void **state)
{
    (void)state;
    char *same[RANKS][3] = {{NULL}, {"-j", "a.yaml"}, {"-j", "a.yaml"}, {"-j", "a.yaml"}};
    struct bm_err err = {0};
    assert_int_equal(gather(same, &err), 0);
    assert_int_equal(err.code, BM_EXIT_DONE);
}

static void one_other(void **state)
{
    (void)state;
    static char *others[][3] = {{"-j", "b.yaml"}, {"-ja.yaml"}, {NULL}, {"-j", "a.yaml", "x"}};
    static const char *const texts[] = {"rank 2 '-j b.yaml'", "rank 2 '-ja.yaml'", "rank 2 ''",
                                        "rank 2 '-j a.yaml x'"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char *all[RANKS][3] = {{NULL}, {"-j", "a.yaml"}, {NULL}, {"-j", "a.yaml"}};
        struct bm_err err = {0};
        memcpy(all[2], others[i], sizeof all[2]);
        assert_int_equal(gather(all, &err), -1);
        assert_int_equal(err.code, BM_EXIT_USAGE);
        assert_non_null(strstr(err.text, "rank 0 got '-j a.yaml'"));
        assert_non_null(strstr(err.text, texts[i]));
    }
}

/* Whose records this program would misread. */
static void another_version(void **state)
{
    (void)state;
    char *argv[] = {"bm-sweep", NULL};
    struct loop loop = {.ranks = 2};
    struct bm_link ours = loop_link(&loop, 0), theirs = loop_link(&loop, 1);
    static const char *const builds[] = {"", "0123456789abcdef"};
    for (size_t i = 0; i < sizeof builds / sizeof *builds; i++) {
        struct bm_err err = {0};
        bm_message_send(&theirs, 0, BM_MESSAGE_HELLO, builds[i], strlen(builds[i]));
        assert_int_equal(bm_hello_gather(&ours, 1, argv, &err), -1);
        assert_int_equal(err.code, BM_EXIT_USAGE);
        assert_non_null(strstr(err.text, "rank 1 runs another version of bm-sweep"));
    }
    loop_fini(&loop);
}

static int caught;
static void catch (int number)
{
    caught = number;
}

/* A signal to another rank, before all have said hello, is not lost. */
static void an_early_signal(void **state)
{
    (void)state;
    struct loop loop = {.ranks = 3};
    struct bm_link links[3];
    struct bm_err err = {0};
    char *argv[] = {"bm-sweep", NULL};
    for (int rank = 0; rank < 3; rank++)
        links[rank] = loop_link(&loop, rank);
    signal(SIGUSR2, catch);
    bm_hello_send(&links[1], 1, argv);
    bm_message_send(&links[1], 0, BM_MESSAGE_SIGNAL, (unsigned char[]){SIGUSR2}, 1);
    bm_hello_send(&links[2], 1, argv);
    assert_int_equal(bm_hello_gather(&links[0], 1, argv, &err), 0);
    assert_int_equal(caught, SIGUSR2);
    loop_fini(&loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_alike),
        cmocka_unit_test(one_other),
        cmocka_unit_test(another_version),
        cmocka_unit_test(an_early_signal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
