/* The memory planner: blocks that are alive together never overlap, and memory is used again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "bm/arena.h"
#include "bm/random.h"
#include "nn/plan.h"

static bool overlap(const struct bm_block *a, const struct bm_block *b)
{
    return a->first <= b->last && b->first <= a->last && a->offset < b->offset + b->size &&
           b->offset < a->offset + a->size;
}

static void check(const struct bm_block *blocks, size_t n, size_t total)
{
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(blocks[i].offset % BM_ALIGN, 0);
        assert_true(blocks[i].offset + blocks[i].size <= total);
        for (size_t j = 0; j < i; j++)
            assert_false(overlap(&blocks[i], &blocks[j]));
    }
}

static void living_blocks_never_overlap(void **state)
{
    (void)state;
    enum { N = 60, TIMES = 40 };
    struct bm_random random = bm_random_of(1, BM_RANDOM_ORDER, 0, 0);
    for (int round = 0; round < 200; round++) {
        struct bm_block blocks[N];
        size_t sum = 0, alive[TIMES] = {0}, most = 0;
        for (size_t i = 0; i < N; i++) {
            int first = (int)bm_random_below(&random, TIMES);
            int last = first + (int)bm_random_below(&random, (uint64_t)(TIMES - first));
            blocks[i] = (struct bm_block){
                .size = (size_t)bm_random_below(&random, 1000), .first = first, .last = last};
            sum += bm_arena_need(blocks[i].size);
            for (int t = first; t <= last; t++)
                alive[t] += blocks[i].size;
        }
        for (int t = 0; t < TIMES; t++)
            most = alive[t] > most ? alive[t] : most;
        size_t total = bm_plan(blocks, N);
        check(blocks, N, total);
        assert_true(total >= most && total < sum);
    }
}

static void memory_is_used_again(void **state)
{
    (void)state;
    struct bm_block blocks[] = {
        {.size = 640, .first = 0, .last = 1},
        {.size = 640, .first = 2, .last = 3},
        {.size = 320, .first = 1, .last = 2},
        {.size = 64, .first = 3, .last = 3},
    };
    assert_int_equal(bm_plan(blocks, 4), 960);
    assert_int_equal(blocks[0].offset, 0);
    assert_int_equal(blocks[1].offset, 0);
    assert_int_equal(blocks[2].offset, 640);
    assert_int_equal(blocks[3].offset, 640);
    assert_int_equal(bm_plan(NULL, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(living_blocks_never_overlap),
        cmocka_unit_test(memory_is_used_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
