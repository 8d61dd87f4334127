/* The scheduler, driven by a thousand pretended slots and random events. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "bm/random.h"
#include "run/schedule.h"
#include "run/tail.h"

/* What a correct scheduler may do, kept apart from it. */
struct model {
    size_t n_runs, n_slots;
    double *costs;
    enum bm_run_state *states;
    size_t *in_slot; /* BM_NO_RUN: idle */
    bool *lost;
    int *finishes;
    size_t n_running, n_finished, n_lost;
    bool stopped;
};

static void model_init(struct model *model, size_t n_runs, size_t n_slots, uint64_t seed)
{
    *model = (struct model){.n_runs = n_runs, .n_slots = n_slots};
    model->costs = calloc(n_runs + 1, sizeof *model->costs);
    model->states = calloc(n_runs + 1, sizeof *model->states);
    model->finishes = calloc(n_runs + 1, sizeof *model->finishes);
    model->in_slot = calloc(n_slots, sizeof *model->in_slot);
    model->lost = calloc(n_slots, sizeof *model->lost);
    struct bm_random random = bm_random_of(seed, BM_RANDOM_ORDER, 0, 0);
    for (size_t i = 0; i < n_runs; i++)
        model->costs[i] = (double)bm_random_below(&random, 50); /* many ties */
    for (size_t i = 0; i < n_slots; i++)
        model->in_slot[i] = BM_NO_RUN;
}

static void model_fini(struct model *model)
{
    free(model->costs);
    free(model->states);
    free(model->finishes);
    free(model->in_slot);
    free(model->lost);
}

/* The run that has to come next, by search. */
static size_t longest_pending(const struct model *model)
{
    size_t best = BM_NO_RUN;
    for (size_t i = 0; i < model->n_runs; i++)
        if (model->states[i] == BM_RUN_PENDING &&
            (best == BM_NO_RUN || model->costs[i] > model->costs[best]))
            best = i;
    return best;
}

static void take_assignments(struct model *model, struct bm_schedule *schedule)
{
    size_t slot, run;
    while (bm_schedule_assign(schedule, &slot, &run)) {
        assert_false(model->stopped);
        assert_true(slot < model->n_slots);
        assert_false(model->lost[slot]);
        assert_true(model->in_slot[slot] == BM_NO_RUN);
        assert_int_equal(run, longest_pending(model));
        model->in_slot[slot] = run;
        model->states[run] = BM_RUN_RUNNING;
        model->n_running++;
    }
    /* It stopped assigning for a reason. */
    assert_true(model->stopped || model->n_running + model->n_lost == model->n_slots ||
                longest_pending(model) == BM_NO_RUN);
}

static void check_counts(const struct model *model, const struct bm_schedule *schedule)
{
    assert_true(bm_schedule_next(schedule) == longest_pending(model));
    assert_int_equal(schedule->n_running, model->n_running);
    assert_int_equal(schedule->n_finished, model->n_finished);
    assert_int_equal(schedule->n_lost, model->n_lost);
}

/* One thing happens to a random slot; p_lose in 1/1000. */
static void random_event(struct model *model, struct bm_schedule *schedule,
                         struct bm_random *random, unsigned p_lose)
{
    size_t slot = bm_random_below(random, model->n_slots);
    if (model->lost[slot])
        return;
    size_t run = model->in_slot[slot];
    if (bm_random_below(random, 1000) < p_lose) {
        bm_schedule_lose(schedule, slot);
        model->lost[slot] = true;
        model->n_lost++;
        if (run == BM_NO_RUN)
            return;
        model->states[run] = BM_RUN_PENDING;
    } else {
        if (run == BM_NO_RUN)
            return;
        assert_int_equal(bm_schedule_finish(schedule, slot), run);
        model->states[run] = BM_RUN_FINISHED;
        model->finishes[run]++;
        model->n_finished++;
    }
    model->in_slot[slot] = BM_NO_RUN;
    model->n_running--;
}

static void drive(size_t n_runs, size_t n_slots, unsigned p_lose, size_t stop_after, uint64_t seed)
{
    struct model model;
    struct bm_schedule schedule;
    model_init(&model, n_runs, n_slots, seed);
    bm_schedule_init(&schedule, model.costs, n_runs, n_slots, 0);
    struct bm_random random = bm_random_of(seed, BM_RANDOM_PICK, 0, 0);
    for (;;) {
        take_assignments(&model, &schedule);
        check_counts(&model, &schedule);
        if (bm_schedule_over(&schedule))
            break;
        assert_true(model.n_running > 0); /* else it would wait for ever */
        for (int i = 0; i < 100 && model.n_running > 0; i++)
            random_event(&model, &schedule, &random, p_lose);
        if (!model.stopped && model.n_finished >= stop_after) {
            bm_schedule_stop(&schedule);
            model.stopped = true;
        }
    }
    for (size_t i = 0; i < n_runs; i++) {
        assert_true(model.states[i] != BM_RUN_RUNNING);
        assert_int_equal(model.finishes[i], model.states[i] == BM_RUN_FINISHED);
    }
    if (!model.stopped && model.n_lost < n_slots)
        assert_int_equal(model.n_finished, n_runs);
    bm_schedule_fini(&schedule);
    model_fini(&model);
}

static void a_thousand_slots(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 5; seed++)
        drive(5000, 1000, 0, (size_t)-1, seed);
}

static void slots_get_lost(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 5; seed++) {
        drive(3000, 1000, 100, (size_t)-1, seed);
        drive(300, 10, 200, (size_t)-1, seed); /* all of them, before the end */
    }
}

static void stops_early(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 5; seed++)
        drive(3000, 1000, 20, 700, seed);
}

static void small_cases(void **state)
{
    (void)state;
    drive(0, 1, 0, (size_t)-1, 1);
    drive(1, 1, 0, (size_t)-1, 1);
    drive(1, 1000, 0, (size_t)-1, 1);
    drive(7, 1, 0, (size_t)-1, 1);
}

/* The next assignment is this one; BM_NO_RUN: there is none. */
static void expect_assigned(struct bm_schedule *schedule, size_t slot, size_t run)
{
    size_t next_slot, next_run;
    bool any = bm_schedule_assign(schedule, &next_slot, &next_run);
    assert_int_equal(any, run != BM_NO_RUN);
    if (any) {
        assert_int_equal(next_slot, slot);
        assert_int_equal(next_run, run);
    }
}

static void what_wants_memory_runs_alone(void **state)
{
    (void)state;
    static const double costs[4] = {4, 3, 2, 1};
    static const size_t nodes[3] = {0, 0, 2};
    struct bm_schedule schedule;
    bm_schedule_init(&schedule, costs, 4, 3, 0);
    schedule.nodes = nodes;
    for (size_t i = 0; i < 3; i++)
        expect_assigned(&schedule, i, i);
    assert_false(bm_schedule_is_alone(&schedule, 0));
    assert_true(bm_schedule_is_alone(&schedule, 2)); /* on its machine nothing else ever is */
    bm_schedule_set_alone(&schedule, 0);
    expect_assigned(&schedule, 0, 3); /* others first */
    expect_assigned(&schedule, 0, BM_NO_RUN);
    bm_schedule_finish(&schedule, 0);
    expect_assigned(&schedule, 0, BM_NO_RUN); /* not beside run 1 */
    bm_schedule_finish(&schedule, 1);
    expect_assigned(&schedule, 0, 0);
    bm_schedule_return(&schedule, 2);
    expect_assigned(&schedule, 2, 2); /* on another machine */
    bm_schedule_return(&schedule, 2);
    bm_schedule_lose(&schedule, 2);
    expect_assigned(&schedule, 1, BM_NO_RUN); /* nothing beside it */
    assert_true(bm_schedule_is_alone(&schedule, 0));
    bm_schedule_finish(&schedule, 0);
    expect_assigned(&schedule, 0, 2);
    bm_schedule_finish(&schedule, 0);
    assert_true(bm_schedule_over(&schedule));
    assert_int_equal(schedule.n_finished, 4);
    bm_schedule_fini(&schedule);
}

/* From the last run of each on; not where nothing can run. */
static void slots_wait_at_the_end(void **state)
{
    (void)state;
    struct bm_tail tail;
    bm_tail_init(&tail, 4, 100);
    assert_true(bm_tail_sum(&tail, 101) == 4);
    bm_tail_begin(&tail, 0);
    bm_tail_begin(&tail, 1);
    assert_true(bm_tail_sum(&tail, 102) == 4);
    bm_tail_end(&tail, 0, 103);
    bm_tail_begin(&tail, 0);
    bm_tail_end(&tail, 0, 105);
    bm_tail_end(&tail, 1, 107);
    bm_tail_lose(&tail, 2);
    assert_true(bm_tail_sum(&tail, 110) == 5 + 3 + 10);
    bm_tail_fini(&tail);
}

/* Two places, of which the second alone has what some runs need: it gets those, also when it is the
 * last to be asked, and the first gets the others. */
static void runs_go_where_they_can(void **state)
{
    (void)state;
    static const double costs[] = {9, 8, 7, 6};
    static const bool needs[] = {true, false, true, false}, has[] = {false, true};
    struct bm_schedule schedule;
    size_t slot, run;
    bm_schedule_init(&schedule, costs, 4, 2, 1);
    schedule.needs = needs;
    schedule.has = has;
    assert_true(bm_schedule_assign(&schedule, &slot, &run));
    assert_int_equal(slot, 0);
    assert_int_equal(run, 1);
    assert_true(bm_schedule_assign(&schedule, &slot, &run));
    assert_int_equal(slot, 1);
    assert_int_equal(run, 0);
    bm_schedule_finish(&schedule, 0);
    assert_true(bm_schedule_assign(&schedule, &slot, &run));
    assert_int_equal(run, 3);
    bm_schedule_finish(&schedule, 0);
    assert_false(bm_schedule_assign(&schedule, &slot, &run)); /* run 2 waits for the second place */
    assert_false(bm_schedule_over(&schedule));
    bm_schedule_lose(&schedule, 1);
    assert_false(bm_schedule_assign(&schedule, &slot, &run));
    assert_true(bm_schedule_is_unable(&schedule));
    assert_true(bm_schedule_over(&schedule)); /* and nothing waits for ever */
    bm_schedule_fini(&schedule);
}

/* One run that needs what `has` says of two places; it has been assigned. */
static struct bm_schedule one_that_needs(const bool *has, size_t *slot)
{
    static const double costs[] = {1};
    static const bool needs[] = {true};
    struct bm_schedule schedule;
    size_t run;
    bm_schedule_init(&schedule, costs, 1, 2, 1);
    schedule.needs = needs;
    schedule.has = has;
    assert_true(bm_schedule_assign(&schedule, slot, &run));
    return schedule;
}

/* A run that crashed is kept for another place only where that could try it. */
static void runs_are_tried_again_where_they_can(void **state)
{
    (void)state;
    static const bool has[] = {true, false};
    size_t slot, run;
    struct bm_schedule schedule = one_that_needs(has, &slot);
    bm_schedule_crash(&schedule, slot);
    assert_true(bm_schedule_assign(&schedule, &slot, &run));
    assert_int_equal(slot, 0);
    bm_schedule_fini(&schedule);
}

/* The same of one that wants a machine to itself. */
static void runs_are_alone_where_they_can(void **state)
{
    (void)state;
    static const bool has[] = {false, true};
    size_t slot, run;
    struct bm_schedule schedule = one_that_needs(has, &slot);
    bm_schedule_set_alone(&schedule, slot);
    assert_true(bm_schedule_assign(&schedule, &slot, &run));
    assert_int_equal(slot, 1);
    bm_schedule_fini(&schedule);
}

/* A run that dies in the one place that can try it is at fault: the other one never says more. */
static void runs_are_convicted_where_they_can(void **state)
{
    (void)state;
    static const bool has[] = {true, false};
    size_t slot, run;
    for (int began = 0; began < 2; began++) {
        struct bm_schedule schedule = one_that_needs(has, &slot);
        bm_schedule_die(&schedule, slot, began);
        assert_true(bm_schedule_convict(&schedule, &run));
        assert_true(bm_schedule_over(&schedule));
        bm_schedule_fini(&schedule);
    }
}

static bool all_fit(void *context, size_t run)
{
    (void)context;
    (void)run;
    return true;
}

/* One that wants a machine to itself, and that another job has: nothing is in the way of that. */
static void what_another_job_has_blocks_nothing(void **state)
{
    (void)state;
    static const double costs[] = {1};
    struct bm_schedule schedule;
    size_t slot, run;
    bm_schedule_init(&schedule, costs, 1, 1, 1);
    schedule.fits = all_fit;
    assert_true(bm_schedule_assign(&schedule, &slot, &run));
    bm_schedule_set_alone(&schedule, slot);
    assert_true(bm_schedule_assign(&schedule, &slot, &run));
    bm_schedule_lend(&schedule, slot);
    assert_false(bm_schedule_is_blocked(&schedule));
    bm_schedule_fini(&schedule);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_go_where_they_can),
        cmocka_unit_test(runs_are_tried_again_where_they_can),
        cmocka_unit_test(runs_are_alone_where_they_can),
        cmocka_unit_test(runs_are_convicted_where_they_can),
        cmocka_unit_test(what_another_job_has_blocks_nothing),
        cmocka_unit_test(a_thousand_slots),
        cmocka_unit_test(slots_get_lost),
        cmocka_unit_test(stops_early),
        cmocka_unit_test(small_cases),
        cmocka_unit_test(what_wants_memory_runs_alone),
        cmocka_unit_test(slots_wait_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
