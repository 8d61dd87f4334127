/* What probes are shown: pretended probes see the walks in order with the right rows, memory is
 * kept to by cutting, and neither the cuts nor other probes change a value. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include "probe_run.h"

enum { TESTS = 60, TRAINS = 90, WIDE = 5, NARROW = 2, QUERIES = 7, FIRST = 20, VIEWED = 9 };

static float test_wide[TESTS][WIDE], test_narrow[TESTS][NARROW];
static float train_wide[TRAINS][WIDE], train_narrow[TRAINS][NARROW];
static float views_wide[2 * TESTS][WIDE], views_narrow[2 * TESTS][NARROW];
static uint16_t test_truth[TESTS], train_truth[TRAINS], train_label[TRAINS];
static struct bm_config config;

static void fill(float *to, size_t n, float offset)
{
    for (size_t i = 0; i < n; i++)
        to[i] = offset + (float)i;
}

static int make_images(void **state)
{
    (void)state;
    bm_table_init(&bm_config_table, &config);
    fill(*test_wide, TESTS * WIDE, 1000);
    fill(*test_narrow, TESTS * NARROW, 2000);
    fill(*train_wide, TRAINS * WIDE, 3000);
    fill(*train_narrow, TRAINS * NARROW, 4000);
    fill(*views_wide, 2 * TESTS * WIDE, 5000);
    fill(*views_narrow, 2 * TESTS * NARROW, 6000);
    for (uint16_t i = 0; i < TESTS; i++)
        test_truth[i] = i % 4;
    for (uint16_t i = 0; i < TRAINS; i++) {
        train_truth[i] = i % 4;
        train_label[i] = i % 3;
    }
    return 0;
}

static struct probe_run run_of(const struct bm_probe *probe)
{
    return (struct probe_run){
        .probe = probe,
        .config = &config,
        .classes = 4,
        .n_taps = 2,
        .dimension = {WIDE, NARROW},
        .test = {TESTS, {*test_wide, *test_narrow}, test_truth, NULL},
        .train = {TRAINS, {*train_wide, *train_narrow}, train_truth, train_label},
        .views = {2 * TESTS, {*views_wide, *views_narrow}, NULL, NULL},
        .rows = 8,
    };
}

static size_t queries(const struct bm_probe_task *task)
{
    (void)task;
    return QUERIES;
}

static size_t first_tests(const struct bm_probe_task *task)
{
    (void)task;
    return FIRST;
}

static size_t viewed(const struct bm_probe_task *task)
{
    (void)task;
    return VIEWED;
}

static double no_flops(const struct bm_probe_task *task)
{
    (void)task;
    return 0;
}

/* ---- a probe that looks at everything, in the wide tap ---- */

struct bm_probe_state {
    const struct bm_held *held;
    enum bm_walk walk;
    size_t seen; /* rows of the walk */
    double sum;
};

static struct bm_probe_state *begin(const struct bm_probe_task *task, struct bm_arena *arena)
{
    struct bm_probe_state *state = bm_arena_take(arena, sizeof *state);
    if (state != NULL)
        state->held = task->taps->held;
    return state;
}

static size_t image_of(enum bm_walk walk, size_t row)
{
    return walk == BM_WALK_QUERIES ? row * TRAINS / QUERIES : walk == BM_WALK_VIEWS ? row / 2 : row;
}

static const float *features_of(enum bm_walk walk, size_t row)
{
    if (walk == BM_WALK_VIEWS)
        return views_wide[row];
    if (walk == BM_WALK_TEST_AFTER)
        return test_wide[row];
    return train_wide[image_of(walk, row)];
}

static void look(struct bm_probe_state *state, const struct bm_probe_rows *rows,
                 struct bm_arena *work)
{
    assert_true(work->size == 640 && work->used == 0);
    assert_true(rows->walk >= state->walk);
    if (rows->walk > state->walk) {
        state->walk = rows->walk;
        state->seen = 0;
    }
    assert_int_equal(rows->first, state->seen);
    if (rows->dimension != WIDE) {
        state->seen += rows->n;
        return;
    }
    bool is_test = rows->walk >= BM_WALK_TEST_AFTER;
    for (size_t i = 0; i < rows->n; i++, state->seen++) {
        size_t image = image_of(rows->walk, state->seen);
        assert_int_equal(rows->position[i], image);
        assert_int_equal(rows->truth[i], is_test ? test_truth[image] : train_truth[image]);
        assert_int_equal(rows->label[i], is_test ? test_truth[image] : train_label[image]);
        assert_memory_equal(rows->features + i * WIDE, features_of(rows->walk, state->seen),
                            WIDE * sizeof(float));
    }
}

static void look_after(struct bm_probe_state *state, enum bm_walk walk, struct bm_arena *work)
{
    static const size_t expected[BM_WALKS] = {
        [BM_WALK_QUERIES] = QUERIES,  [BM_WALK_TRAIN] = TRAINS,     [BM_WALK_FITTED] = TRAINS,
        [BM_WALK_TEST_AFTER] = TESTS, [BM_WALK_VIEWS] = 2 * VIEWED,
    };
    (void)work;
    state->sum = 10 * state->sum + (double)walk;
    if (walk != BM_WALK_TEST)
        assert_int_equal(state->seen, expected[walk]);
    if (walk != BM_WALK_TEST || state->held->dimension != WIDE)
        return;
    float part[3][2];
    assert_int_equal(state->held->n, FIRST);
    bm_held_copy(state->held, 4, 3, 1, 2, *part);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(state->held->position[4 + i], 4 + i);
        assert_int_equal(state->held->truth[4 + i], test_truth[4 + i]);
        assert_memory_equal(part[i], &test_wide[4 + i][1], sizeof part[i]);
    }
}

static void tell_sum(struct bm_probe_state *state, struct bm_probe_value *values,
                     struct bm_arena *work)
{
    (void)work;
    values[0] = (struct bm_probe_value){state->sum, 1};
}

static size_t some_work(const struct bm_probe_task *task)
{
    (void)task;
    return 600;
}

static const struct bm_probe looker = {
    .name = "looker",
    .columns = (const char *const[]){"order", NULL},
    .walks = {[BM_WALK_QUERIES] = {BM_TAKE_ROWS, queries},
              [BM_WALK_TEST] = {BM_TAKE_HELD, first_tests},
              [BM_WALK_TRAIN] = {BM_TAKE_ROWS, NULL},
              [BM_WALK_FITTED] = {BM_TAKE_ROWS, NULL},
              [BM_WALK_TEST_AFTER] = {BM_TAKE_ROWS, NULL},
              [BM_WALK_VIEWS] = {BM_TAKE_ROWS, viewed}},
    .flops = no_flops,
    .work = some_work,
    .begin = begin,
    .rows = look,
    .after = look_after,
    .finish = tell_sum,
};

/* ---- a probe that may be cut: sums products of held rows with all that they are shown ---- */

static void multiply(struct bm_probe_state *state, const struct bm_probe_rows *rows,
                     struct bm_arena *work)
{
    (void)work;
    for (size_t h = 0; h < state->held->n; h++) {
        float held[WIDE];
        bm_held_copy(state->held, h, 1, 0, rows->dimension, held);
        for (size_t i = 0; i < rows->n; i++)
            for (size_t d = 0; d < rows->dimension; d++)
                state->sum += (double)held[d] * (double)rows->features[i * rows->dimension + d];
    }
}

static void tell_mean(struct bm_probe_state *state, struct bm_probe_value *values,
                      struct bm_arena *work)
{
    (void)work;
    values[0] = (struct bm_probe_value){state->sum, (double)state->held->n};
}

static const struct bm_probe multiplier = {
    .name = "multiplier",
    .columns = (const char *const[]){"mean", NULL},
    .in_ranges = true,
    .walks = {[BM_WALK_TEST] = {BM_TAKE_HELD, NULL}, [BM_WALK_FITTED] = {BM_TAKE_ROWS, NULL}},
    .flops = no_flops,
    .begin = begin,
    .rows = multiply,
    .finish = tell_mean,
};

/* ---- a probe that sums what it sees after the fit ---- */

static void add(struct bm_probe_state *state, const struct bm_probe_rows *rows,
                struct bm_arena *work)
{
    (void)work;
    for (size_t i = 0; i < rows->n * rows->dimension; i++)
        state->sum += (double)rows->features[i];
}

static const struct bm_probe adder = {
    .name = "adder",
    .columns = (const char *const[]){"sum", NULL},
    .walks = {[BM_WALK_TEST_AFTER] = {BM_TAKE_ROWS, NULL}},
    .flops = no_flops,
    .begin = begin,
    .rows = add,
    .finish = tell_sum,
};

/* ---- probes that are over early, and that work in what those leave ---- */

static const struct bm_probe asker = {
    .name = "asker",
    .columns = (const char *const[]){"mean", NULL},
    .in_ranges = true,
    .walks = {[BM_WALK_QUERIES] = {BM_TAKE_HELD, queries}, [BM_WALK_TRAIN] = {BM_TAKE_ROWS, NULL}},
    .flops = no_flops,
    .begin = begin,
    .rows = multiply,
    .finish = tell_mean,
};

enum { SOLVED = 5120 };

static size_t solving_work(const struct bm_probe_task *task)
{
    (void)task;
    return SOLVED;
}

static void sum_before(struct bm_probe_state *state, const struct bm_probe_rows *rows,
                       struct bm_arena *work)
{
    assert_true(rows->walk == BM_WALK_FITTED ? work->size == 0 : work->size == SOLVED);
    add(state, rows, work);
}

static void solve(struct bm_probe_state *state, enum bm_walk walk, struct bm_arena *work)
{
    (void)state;
    (void)walk;
    assert_int_equal(work->size, SOLVED);
    memset(bm_arena_take(work, SOLVED), 0xff, SOLVED);
}

static const struct bm_probe solver = {
    .name = "solver",
    .columns = (const char *const[]){"sum", NULL},
    .walks = {[BM_WALK_FITTED] = {BM_TAKE_ROWS, NULL}, [BM_WALK_TEST_AFTER] = {BM_TAKE_ROWS, NULL}},
    .flops = no_flops,
    .work_later = solving_work,
    .begin = begin,
    .rows = sum_before,
    .after = solve,
    .finish = tell_sum,
};

/* ---- probes with much memory: that holds no rows; that sees few ---- */

enum { HOARD = 1200 };

static struct bm_probe_state *begin_hoard(const struct bm_probe_task *task, struct bm_arena *arena)
{
    bm_arena_take(arena, HOARD);
    return begin(task, arena);
}

static const struct bm_probe hoarder = {
    .name = "hoarder",
    .columns = (const char *const[]){"sum", NULL},
    .walks = {[BM_WALK_FITTED] = {BM_TAKE_ROWS, NULL}},
    .flops = no_flops,
    .begin = begin_hoard,
    .rows = add,
    .finish = tell_sum,
};

static const struct bm_probe glancer = {
    .name = "glancer",
    .columns = (const char *const[]){"sum", NULL},
    .walks = {[BM_WALK_TEST] = {BM_TAKE_ROWS, first_tests}},
    .flops = no_flops,
    .begin = begin_hoard,
    .rows = add,
    .finish = tell_sum,
};

/* ---- a probe of pairs: tells apart which it is asked about ---- */

static struct bm_probe_state *begin_pairs(const struct bm_probe_task *task, struct bm_arena *arena)
{
    struct bm_probe_state *state = bm_arena_take(arena, sizeof *state);
    assert_int_equal(task->n_taps, 4);
    for (int t = 0; t < 4 && state != NULL; t++)
        assert_int_equal(task->taps[t].held->n, FIRST);
    return state;
}

static void tell_pairs(struct bm_probe_state *state, struct bm_probe_value *values,
                       struct bm_arena *work)
{
    (void)state;
    (void)work;
    for (int a = 0; a < 4; a++)
        for (int b = a + 1; b < 4; b++)
            *values++ = (struct bm_probe_value){10 * a + b, 1};
}

static const struct bm_probe pairs = {
    .name = "pairs",
    .columns = (const char *const[]){"pair", NULL},
    .of_pairs = true,
    .walks = {[BM_WALK_TEST] = {BM_TAKE_HELD, first_tests}},
    .flops = no_flops,
    .begin = begin_pairs,
    .finish = tell_pairs,
};

/* ---- tests ---- */

static void walks_come_in_order(void **state)
{
    (void)state;
    struct probe_run run = run_of(&looker);
    probe_run(&run);
    assert_int_equal(run.rounds, 1);
    for (int t = 0; t < 2; t++)
        assert_true(run.values[t][0] == 12356); /* QUERIES, 0, TEST, 1, …, without AGAIN, 4 */
}

static double expected_mean(const float *test, const float *train, size_t dimension)
{
    double sum = 0;
    for (size_t i = 0; i < TESTS; i++)
        for (size_t j = 0; j < TRAINS; j++)
            for (size_t d = 0; d < dimension; d++)
                sum += (double)test[i * dimension + d] * (double)train[j * dimension + d];
    return sum / TESTS;
}

/* All numbers are whole, so that sums are exact in any order. */
static void cuts_do_not_show(void **state)
{
    (void)state;
    static const size_t memories[] = {0, 6000, 3000, 1000, 400, 1};
    size_t before = 0;
    for (size_t m = 0; m < sizeof memories / sizeof *memories; m++) {
        struct probe_run run = run_of(&multiplier), spared;
        run.memory = memories[m];
        spared = run;
        spared.spare = 1536;
        probe_run(&run);
        probe_run(&spared);
        assert_true(spared.rounds <= run.rounds && spared.values[0][0] == run.values[0][0]);
        assert_true(run.values[0][0] == expected_mean(*test_wide, *train_wide, WIDE));
        assert_true(run.values[1][0] == expected_mean(*test_narrow, *train_narrow, NARROW));
        assert_true(run.rounds >= before);
        before = run.rounds;
    }
    assert_int_equal(before, 2 * TESTS); /* a row a round: it cannot be less */
}

static void what_cannot_be_cut_takes_its_memory(void **state)
{
    (void)state;
    struct probe_run run = run_of(&looker);
    run.memory = 1;
    probe_run(&run);
    assert_int_equal(run.rounds, 2);
    assert_true(run.values[0][0] == 12356 && run.values[1][0] == 12356);
}

static void held_rows_are_shown_again(void **state)
{
    (void)state;
    struct probe_run alone = run_of(&adder), beside = run_of(&adder);
    beside.beside = &multiplier;
    probe_run(&alone);
    probe_run(&beside);
    double expected = 0;
    for (size_t i = 0; i < TESTS; i++)
        for (size_t d = 0; d < WIDE; d++)
            expected += (double)test_wide[i][d];
    assert_true(alone.values[0][0] == expected && beside.values[0][0] == expected);
    assert_true(alone.values[1][0] == beside.values[1][0]);
}

static struct bm_probe_task sizes_of(const struct bm_probe_tap *taps)
{
    return (struct bm_probe_task){
        .config = &config,
        .classes = 4,
        .threads = 1,
        .n_test = TESTS,
        .n_train = TRAINS,
        .n_fitted = TRAINS,
        .most_rows = 8,
        .n_taps = 2,
        .taps = taps,
    };
}

/* Both orders: rows that are held already, and rows that grow. */
static void probes_share_what_is_held(void **state)
{
    (void)state;
    const struct bm_probe_tap taps[] = {{WIDE, NULL}, {NARROW, NULL}};
    const struct bm_probe_task sizes = sizes_of(taps);
    const struct bm_probe *const orders[][4] = {{&looker, &multiplier, &adder, NULL},
                                                {&multiplier, &looker, &adder, NULL}};
    for (size_t o = 0; o < 2; o++) {
        struct bm_rounds rounds;
        size_t first, end;
        assert_int_equal(bm_rounds_init(&rounds, orders[o], &sizes,
                                        (struct bm_probe_memory){.limit = SIZE_MAX}, NULL),
                         0);
        assert_true(bm_rounds_next(&rounds));
        assert_int_equal(rounds.round.n_pieces, 6);
        assert_int_equal(rounds.round.n_blocks, 2);
        for (size_t p = 0; p < 4; p++)
            assert_int_equal(rounds.round.pieces[p].task.taps->held->n,
                             rounds.round.pieces[p].probe == &looker ? FIRST : TESTS);
        /* All that comes after the fit is held. */
        bm_round_wants(&rounds.round, BM_WALK_TEST_AFTER, 0, BM_ALL_TAPS, &first, &end);
        assert_int_equal(first, end);
        assert_false(bm_rounds_next(&rounds));
        bm_rounds_fini(&rounds);
    }
}

/* The round's memory is what was counted, with and without spare memory, which is used first. */
static size_t check_round(struct bm_rounds *rounds)
{
    struct bm_arena arena;
    assert_true(rounds->round.bytes <= rounds->memory.limit);
    assert_int_equal(bm_arena_init(&arena, rounds->round.bytes, "a round", NULL), 0);
    bm_rounds_begin(rounds, &arena);
    assert_int_equal(arena.used, rounds->round.bytes);
    bm_arena_fini(&arena);
    return 1;
}

static void rounds_keep_to_their_memory(void **state)
{
    (void)state;
    static unsigned char spare[4096] __attribute__((aligned(BM_ALIGN)));
    const struct bm_probe_tap taps[] = {{WIDE, NULL}, {NARROW, NULL}};
    const struct bm_probe_task sizes = sizes_of(taps);
    const struct bm_probe *const probes[] = {&multiplier, &looker, &hoarder, NULL};
    for (size_t limit = 1500; limit < 8000; limit += 500) {
        size_t n[2] = {0, 0};
        for (size_t s = 0; s < 2; s++) {
            struct bm_rounds rounds;
            const struct bm_probe_memory memory = {
                .limit = limit, .spare = s * sizeof spare, .at = s ? spare : NULL};
            assert_int_equal(bm_rounds_init(&rounds, probes, &sizes, memory, NULL), 0);
            while (bm_rounds_next(&rounds))
                n[s] += check_round(&rounds);
            bm_rounds_fini(&rounds);
        }
        assert_true(n[1] <= n[0] && (n[1] < n[0] || n[0] == 1));
    }
}

static size_t bytes_of_first_round(const struct bm_probe *const *probes)
{
    const struct bm_probe_tap taps[] = {{WIDE, NULL}, {NARROW, NULL}};
    const struct bm_probe_task sizes = sizes_of(taps);
    const struct bm_probe_memory memory = {.limit = SIZE_MAX};
    struct bm_rounds rounds;
    assert_int_equal(bm_rounds_init(&rounds, probes, &sizes, memory, NULL), 0);
    assert_true(bm_rounds_next(&rounds));
    size_t bytes = rounds.round.bytes;
    assert_false(bm_rounds_next(&rounds));
    bm_rounds_fini(&rounds);
    return bytes;
}

static double value_at(const struct bm_probe *probe, const struct bm_probe *beside, size_t memory,
                       int tap)
{
    struct probe_run run = run_of(probe);
    run.beside = beside;
    run.memory = memory;
    probe_run(&run);
    return run.values[tap][0];
}

/* A probe that has seen all when others begin to solve takes no memory beside that. */
static void what_is_over_makes_room(void **state)
{
    (void)state;
    const struct bm_probe *const early[] = {&asker, NULL}, *const late[] = {&solver, NULL},
                                 *const lasting[] = {&multiplier, NULL};
    const struct bm_probe *const both[] = {&asker, &solver, NULL};
    const struct bm_probe *const neither[] = {&multiplier, &solver, NULL};
    assert_true(bytes_of_first_round(early) > 0);
    assert_int_equal(bytes_of_first_round(both), bytes_of_first_round(late));
    assert_int_equal(bytes_of_first_round(neither),
                     bytes_of_first_round(lasting) + bytes_of_first_round(late));
    /* And nobody loses anything by it. */
    const struct bm_probe *const probes[] = {&asker, &multiplier, &adder};
    for (size_t p = 0; p < 3; p++)
        for (int tap = 0; tap < 2; tap++) {
            double alone = value_at(probes[p], NULL, 0, tap);
            assert_true(value_at(probes[p], &solver, 0, tap) == alone);
            assert_true(value_at(probes[p], &solver, SOLVED + 1000, tap) == alone);
        }
    assert_true(value_at(&solver, &asker, 0, 0) == value_at(&solver, NULL, 0, 0));
}

/* What wants few images comes last, whatever its name: its round is cheap. */
static void what_sees_little_waits(void **state)
{
    (void)state;
    const struct bm_probe_tap taps[] = {{WIDE, NULL}, {NARROW, NULL}};
    const struct bm_probe_task sizes = sizes_of(taps);
    const struct bm_probe *const probes[] = {&glancer, &multiplier, NULL};
    const struct bm_probe_memory memory = {.limit = 4500};
    struct bm_rounds rounds;
    assert_int_equal(bm_rounds_init(&rounds, probes, &sizes, memory, NULL), 0);
    assert_true(bm_rounds_images(&rounds, false) == TESTS + TRAINS + FIRST);
    assert_true(bm_rounds_next(&rounds));
    assert_ptr_equal(rounds.round.pieces[0].probe, &multiplier);
    bm_rounds_fini(&rounds);
}

/* Walks over all images, those of accuracies, views and queries included, that a resnet18 of width
 * 64 with a projector of 65,536 units takes on CIFAR-10. */
static double walks_of_the_paper(size_t mebibytes, const char *const *names)
{
    const struct bm_probe_tap taps[] = {{1024, NULL}, {1024, NULL}, {2048, NULL},  {4096, NULL},
                                        {8192, NULL}, {512, NULL},  {65536, NULL}, {10, NULL}};
    struct bm_probe_task sizes = {.config = &config,
                                  .classes = 10,
                                  .threads = 1,
                                  .n_test = 10000,
                                  .n_train = 50000,
                                  .n_fitted = 50000,
                                  .most_rows = 256,
                                  .n_taps = 8,
                                  .taps = taps};
    static const double reach[] = {0.003, 0.26, 0.48, 0.71, 0.94, 0.942, 0.999, 1};
    const struct bm_probe_memory memory = {
        .limit = mebibytes << 20, .spare = 888406016, .stretch = {5, reach}};
    const struct bm_probe *probes[BM_MAX_PROBES + 1] = {NULL};
    struct bm_rounds_cost cost;
    for (size_t p = 0; names[p] != NULL; p++)
        probes[p] = bm_probe_find(names[p]);
    assert_int_equal(bm_rounds_cost(probes, &sizes, false, memory, &cost, NULL), 0);
    assert_true(cost.bytes <= (double)memory.limit);
    return cost.images / 60000;
}

static void walks_are_few(void **state)
{
    (void)state;
    static const char *const all[] = {"centroid", "cka",   "invariance", "knn",
                                      "linear",   "noisy", "rank",       NULL};
    static const char *const knn[] = {"knn", NULL};
    /* At most two; and one, but for 0.083 of queries that come before all others, 0.033 of views,
     * 0.033 of cka's images once more, and 0.174 for what is made of the embedding. */
    assert_in_range(1e4 * walks_of_the_paper(512, all), 18000, 18900);
    assert_in_range(1e4 * walks_of_the_paper(1024, all), 13000, 13400);
    assert_in_range(1e4 * walks_of_the_paper(1024, knn), 10000, 10600);
}

/* With little memory there are many rounds; an estimate need not make them all. */
static void rounds_that_are_alike_are_counted_at_once(void **state)
{
    (void)state;
    const struct bm_probe_tap taps[] = {{WIDE, NULL}, {NARROW, NULL}};
    struct bm_probe_task sizes = sizes_of(taps);
    const struct bm_probe *const probes[] = {&multiplier, NULL};
    sizes.n_test = 20000;
    for (size_t limit = 400; limit < 20000; limit *= 3) {
        struct bm_rounds rounds;
        const struct bm_probe_memory memory = {.limit = limit};
        assert_int_equal(bm_rounds_init(&rounds, probes, &sizes, memory, NULL), 0);
        double estimate = bm_rounds_images(&rounds, false), images = TRAINS + 20000;
        size_t first, end, n = 0, made = 0;
        for (; bm_rounds_next(&rounds); n++)
            for (int walk = 0; walk < BM_WALKS && n > 0; walk++) {
                bm_round_wants(&rounds.round, (enum bm_walk)walk, 0, BM_ALL_TAPS, &first, &end);
                images += (double)(end - first);
            }
        assert_true(n > 30 && fabs(estimate / images - 1) < 0.03);
        bm_rounds_restart(&rounds);
        while (bm_rounds_next(&rounds)) {
            bm_rounds_skip(&rounds);
            made++;
        }
        assert_true(made < 60);
        bm_rounds_fini(&rounds);
    }
}

/* Later rounds want the first taps alone where these come last; their passes end there. */
static void passes_end_where_nobody_wants_more(void **state)
{
    (void)state;
    const struct bm_probe_tap taps[] = {{WIDE, NULL}, {WIDE, NULL}};
    const struct bm_probe_task sizes = sizes_of(taps);
    const struct bm_probe *const probes[] = {&multiplier, NULL};
    static const double reach[] = {0.25, 1};
    struct bm_rounds rounds;
    const struct bm_probe_memory memory = {.limit = 3000, .stretch = {0, reach}};
    assert_int_equal(bm_rounds_init(&rounds, probes, &sizes, memory, NULL), 0);
    assert_true(rounds.from_the_end);
    double images = bm_rounds_images(&rounds, false);
    assert_true(images > TESTS + TRAINS + 0.25 * TRAINS);
    assert_true(images <= TESTS + TRAINS + 0.25 * (TESTS + TRAINS));
    assert_true(bm_rounds_next(&rounds) && rounds.round.pieces[0].tap == 1);
    bm_rounds_fini(&rounds);
}

/* Where the last tap can be made again from that before it, rounds that take it alone are cheap, so
 * they come last, if keeping that pays. */
static void taps_behind_kept_features_come_last(void **state)
{
    (void)state;
    const struct bm_probe_tap taps[] = {{NARROW, NULL}, {NARROW, NULL}, {10 * WIDE, NULL}};
    struct bm_probe_task sizes = sizes_of(taps);
    const struct bm_probe *const probes[] = {&multiplier, NULL};
    static const double reach[] = {0.5, 0.9, 1};
    double images[2];
    sizes.n_taps = 3;
    for (int resume = 0; resume <= 1; resume++) {
        struct bm_rounds rounds;
        const struct bm_probe_memory memory = {.limit = 5000, .stretch = {resume, reach}};
        assert_int_equal(bm_rounds_init(&rounds, probes, &sizes, memory, NULL), 0);
        assert_int_equal(rounds.keeps, resume);
        images[resume] = bm_rounds_images(&rounds, false);
        size_t whole = 0, n = 0;
        for (; bm_rounds_next(&rounds); n++) {
            size_t first, end;
            assert_true(rounds.round.bytes + rounds.kept_size * rounds.keeps <= memory.limit);
            bm_round_wants(&rounds.round, BM_WALK_FITTED, 0, resume ? 1 : BM_ALL_TAPS, &first,
                           &end);
            whole += first < end;
        }
        assert_true(n > 2 && whole == (resume ? 1 : n));
        bm_rounds_fini(&rounds);
        /* Features of all images alone are as much. */
        const struct bm_probe_memory little = {.limit = 1000, .stretch = {resume, reach}};
        assert_int_equal(bm_rounds_init(&rounds, probes, &sizes, little, NULL), 0);
        assert_false(rounds.keeps);
        bm_rounds_fini(&rounds);
    }
    /* One whole walk, and tenths. */
    assert_true(images[1] > TESTS + TRAINS && images[1] < 2 * (TESTS + TRAINS));
    assert_true(images[0] > 2 * (TESTS + TRAINS));
}

/* Whether they come from the network or from what another probe has held. */
static void undefined_features_stay_with_their_tap(void **state)
{
    (void)state;
    static const struct bm_probe *const probes[] = {&multiplier, &adder};
    float kept = test_narrow[30][1];
    test_narrow[30][1] = NAN;
    for (size_t memory = 0; memory < 3000; memory += 1500)
        for (size_t p = 0; p < 4; p++) {
            const struct bm_probe *beside = p < 2 ? NULL : &multiplier;
            assert_true(isfinite(value_at(probes[p % 2], beside, memory, 0)));
            assert_true(isnan(value_at(probes[p % 2], beside, memory, 1)));
        }
    test_narrow[30][1] = kept;
}

static void tell_held(struct bm_probe_state *state, struct bm_probe_value *values,
                      struct bm_arena *work)
{
    (void)work;
    values[0] = (struct bm_probe_value){(double)state->held->n, 1};
}

/* Rows that a probe does not see cannot make it undefined, whoever else is there. */
static void undefined_features_of_others_do_not_matter(void **state)
{
    (void)state;
    struct bm_probe holder = looker;
    memset(holder.walks, 0, sizeof holder.walks);
    holder.walks[BM_WALK_TEST] = looker.walks[BM_WALK_TEST];
    holder.rows = NULL;
    holder.after = NULL;
    holder.finish = tell_held;
    for (size_t i = FIRST - 1; i <= FIRST; i++) {
        float kept = test_wide[i][0];
        test_wide[i][0] = INFINITY;
        double alone = value_at(&holder, NULL, 0, 0);
        double beside = value_at(&holder, &multiplier, 0, 0);
        test_wide[i][0] = kept;
        if (i < FIRST)
            assert_true(isnan(alone) && isnan(beside));
        else
            assert_true(alone == FIRST && beside == FIRST);
    }
}

static void pairs_have_values_of_their_own(void **state)
{
    (void)state;
    float kept = test_wide[3][2];
    for (int with_nan = 0; with_nan < 2; with_nan++) {
        struct probe_run run = run_of(&pairs);
        run.n_taps = 4;
        run.dimension[2] = run.dimension[3] = NARROW;
        run.test.features[2] = run.test.features[3] = *test_narrow;
        run.memory = with_nan ? 1 : 0; /* they are not cut */
        test_wide[3][2] = with_nan ? NAN : kept;
        probe_run(&run);
        assert_int_equal(run.rounds, 1);
        for (int a = 0; a < 4; a++)
            for (int b = a + 1; b < 4; b++)
                assert_true(with_nan && a == 0 ? isnan(run.pairs[a][b])
                                               : run.pairs[a][b] == 10 * a + b);
    }
    test_wide[3][2] = kept;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walks_come_in_order),
        cmocka_unit_test(cuts_do_not_show),
        cmocka_unit_test(what_cannot_be_cut_takes_its_memory),
        cmocka_unit_test(held_rows_are_shown_again),
        cmocka_unit_test(probes_share_what_is_held),
        cmocka_unit_test(rounds_keep_to_their_memory),
        cmocka_unit_test(what_is_over_makes_room),
        cmocka_unit_test(what_sees_little_waits),
        cmocka_unit_test(walks_are_few),
        cmocka_unit_test(rounds_that_are_alike_are_counted_at_once),
        cmocka_unit_test(passes_end_where_nobody_wants_more),
        cmocka_unit_test(taps_behind_kept_features_come_last),
        cmocka_unit_test(undefined_features_stay_with_their_tap),
        cmocka_unit_test(undefined_features_of_others_do_not_matter),
        cmocka_unit_test(pairs_have_values_of_their_own),
    };
    return cmocka_run_group_tests(tests, make_images, NULL);
}
