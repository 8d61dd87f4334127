/* Arenas: what is counted is what is carved, and pieces never overlap. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "bm/arena.h"

enum { THREADS = 3, SIZES = 4 };

static const size_t sizes[SIZES] = {1, 64, 0, 65};

struct pieces {
    unsigned char *shared[SIZES], *own[THREADS][2];
};

static void carve_own(struct bm_arena *arena, unsigned char *own[2])
{
    own[0] = bm_arena_take(arena, 10);
    own[1] = bm_arena_take(arena, 100);
}

static struct pieces carve(struct bm_arena *arena)
{
    struct pieces pieces;
    struct bm_arena count = {0};
    carve_own(&count, pieces.own[0]);
    for (int i = 0; i < SIZES; i++)
        pieces.shared[i] = bm_arena_take(arena, sizes[i]);
    struct bm_arena before = *arena;
    for (int t = 0; t < THREADS; t++) {
        struct bm_arena all = before, part = bm_arena_part(&all, count.used, THREADS, t);
        carve_own(&part, pieces.own[t]);
        *arena = all;
    }
    return pieces;
}

static void counting_gives_no_memory(void **state)
{
    (void)state;
    struct bm_arena count = {0};
    struct pieces pieces = carve(&count);
    for (int i = 0; i < SIZES; i++)
        assert_null(pieces.shared[i]);
    for (int t = 0; t < THREADS; t++)
        assert_true(pieces.own[t][0] == NULL && pieces.own[t][1] == NULL);
    assert_int_equal(count.used, 64 + 64 + 0 + 128 + THREADS * (64 + 128));
}

/* Each piece is filled with a number of its own, which all of them still hold at the end. */
static void check_pieces(const struct pieces *pieces, const struct bm_arena *arena)
{
    unsigned char mark = 0;
    for (int pass = 0; pass < 2; pass++, mark = 0) {
        for (int i = 0; i < SIZES + 2 * THREADS; i++, mark++) {
            bool is_shared = i < SIZES;
            int own = i - SIZES;
            unsigned char *at = is_shared ? pieces->shared[i] : pieces->own[own / 2][own % 2];
            size_t size = is_shared ? sizes[i] : own % 2 ? 100 : 10;
            assert_int_equal((uintptr_t)at % BM_ALIGN, 0);
            assert_true(at >= arena->base && at + size <= arena->base + arena->size);
            if (pass == 0)
                memset(at, mark, size);
            for (size_t b = 0; b < size; b++)
                assert_int_equal(at[b], mark);
        }
    }
}

static void what_is_counted_is_what_is_carved(void **state)
{
    (void)state;
    struct bm_arena count = {0}, arena;
    carve(&count);
    assert_int_equal(bm_arena_init(&arena, count.used, "a test", NULL), 0);
    struct pieces pieces = carve(&arena);
    assert_int_equal(arena.used, count.used);
    check_pieces(&pieces, &arena);
    bm_arena_fini(&arena);
    assert_null(arena.base);
}

static void lent_memory_is_carved_alike(void **state)
{
    (void)state;
    struct bm_arena count = {0};
    carve(&count);
    void *memory = aligned_alloc(BM_ALIGN, count.used);
    struct bm_arena lent = bm_arena_lent(memory, count.used);
    struct pieces pieces = carve(&lent);
    check_pieces(&pieces, &lent);
    free(memory);
}

static void more_than_was_planned_is_a_bug(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        struct bm_arena arena;
        close(STDERR_FILENO);
        bm_arena_init(&arena, 128, "a test", NULL);
        bm_arena_take(&arena, 65);
        bm_arena_take(&arena, 1);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void memory_that_is_not_to_be_had_is_an_error(void **state)
{
    (void)state;
    struct bm_arena arena;
    struct bm_err err = {0};
    assert_int_equal(bm_arena_init(&arena, SIZE_MAX / 2, "a test", &err), -1);
    assert_int_equal(err.code, BM_EXIT_MEMORY);
    assert_non_null(strstr(err.text, "no memory for a test ("));
    bm_arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counting_gives_no_memory),
        cmocka_unit_test(what_is_counted_is_what_is_carved),
        cmocka_unit_test(lent_memory_is_carved_alike),
        cmocka_unit_test(more_than_was_planned_is_a_bug),
        cmocka_unit_test(memory_that_is_not_to_be_had_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
