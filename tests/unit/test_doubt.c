/* Whose fault deaths are: the scheduler in worlds where it is known which runs and which places are
 * bad, and when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "bm/random.h"
#include "run/schedule.h"

enum { MOST_RUNS = 400, MOST_SLOTS = 40, NEVER = 1 << 30 };

/* What is true, and what came of it. */
struct world {
    size_t n_runs, n_slots, n_own;
    bool (*is_bad_run)(size_t run);
    bool begin; /* whoever dies has begun to work */
    /* By slot (a place's first): starts that live there, and then one in so many dies; 0: all do.
     */
    int good_starts[MOST_SLOTS], one_in[MOST_SLOTS];

    int starts[MOST_SLOTS], deaths[MOST_SLOTS];
    bool dies[MOST_SLOTS], convicted[MOST_RUNS], done[MOST_RUNS], lost[MOST_SLOTS];
    size_t n_convicted, n_done;
};

static bool none_is_bad(size_t run)
{
    (void)run;
    return false;
}
static bool all_are_bad(size_t run)
{
    (void)run;
    return true;
}
static bool first_half_is_bad(size_t run)
{
    return run < MOST_RUNS / 2;
}
static bool every_tenth_is_bad(size_t run)
{
    return run % 10 == 0;
}
static bool first_is_bad(size_t run)
{
    return run == 0;
}

static struct world new_world(size_t n_runs, size_t n_slots, size_t n_own,
                              bool (*is_bad_run)(size_t run))
{
    struct world world = {
        .n_runs = n_runs, .n_slots = n_slots, .n_own = n_own, .is_bad_run = is_bad_run};
    for (size_t slot = 0; slot < n_slots; slot++)
        world.good_starts[slot] = NEVER;
    return world;
}

static bool is_doomed(struct world *world, size_t slot, size_t run)
{
    size_t place = slot < world->n_own ? 0 : slot;
    int start = world->starts[place]++;
    bool is_bad_place = start >= world->good_starts[place] &&
                        (world->one_in[place] == 0 || start % world->one_in[place] == 0);
    return is_bad_place || world->is_bad_run(run);
}

static void take_assignments(struct world *world, struct bm_schedule *schedule)
{
    for (size_t slot, run; bm_schedule_assign(schedule, &slot, &run);) {
        assert_false(world->lost[slot]);
        assert_false(world->done[run] || world->convicted[run]);
        world->dies[slot] = is_doomed(world, slot, run);
    }
}

static void judge(struct world *world, struct bm_schedule *schedule)
{
    for (size_t slot; bm_schedule_spoilt(schedule, &slot);) {
        assert_true(bm_schedule_streak(schedule, slot) >= BM_DOUBT_PATIENCE);
        world->lost[slot] = true;
        bm_schedule_lose(schedule, slot);
    }
    for (size_t run; bm_schedule_convict(schedule, &run);) {
        assert_false(world->done[run] || world->convicted[run]);
        world->convicted[run] = true;
        world->n_convicted++;
    }
}

/* Something happens in a random slot. Deaths are quick, and first words come before ends. */
static void random_event(struct world *world, struct bm_schedule *schedule,
                         struct bm_random *random)
{
    size_t slot = bm_random_below(random, world->n_slots);
    const struct bm_slot *state = &schedule->slots[slot];
    if (state->run == BM_NO_RUN)
        return;
    if (world->dies[slot]) {
        world->deaths[slot]++;
        bm_schedule_die(schedule, slot, world->begin);
    } else if (bm_random_below(random, 4) == 0) {
        bm_schedule_tell(schedule, slot);
    } else if (state->told && bm_random_below(random, 4) == 0) {
        world->done[bm_schedule_finish(schedule, slot)] = true;
        world->n_done++;
    }
}

/* All runs cost the same, so that they come in their order. */
static void drive(struct world *world, uint64_t seed)
{
    static const double costs[MOST_RUNS];
    struct bm_schedule schedule;
    struct bm_random random = bm_random_of(seed, BM_RANDOM_PICK, 0, 0);
    bm_schedule_init(&schedule, costs, world->n_runs, world->n_slots, world->n_own);
    for (;;) {
        take_assignments(world, &schedule);
        if (bm_schedule_over(&schedule))
            break;
        assert_true(schedule.n_running > 0); /* else it would wait for ever */
        random_event(world, &schedule, &random);
        judge(world, &schedule);
    }
    assert_int_equal(schedule.n_finished, world->n_done + world->n_convicted);
    bm_schedule_fini(&schedule);
}

static size_t count_lost(const struct world *world)
{
    size_t n = 0;
    for (size_t slot = 0; slot < world->n_slots; slot++)
        n += world->lost[slot];
    return n;
}

/* No run is blamed for what it did not do, and all others are. */
static void assert_just(const struct world *world)
{
    for (size_t run = 0; run < world->n_runs; run++) {
        assert_int_equal(world->convicted[run], world->is_bad_run(run));
        assert_int_equal(world->done[run], !world->is_bad_run(run));
    }
}

enum { SEEDS = 20 };

static void a_bad_place_is_given_up(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct world world = new_world(100, 4, 1, none_is_bad);
        world.good_starts[2] = 0;
        drive(&world, seed);
        assert_just(&world);
        assert_true(world.lost[2] && count_lost(&world) == 1);
        assert_int_equal(world.deaths[2], BM_DOUBT_PATIENCE);
    }
}

/* Even when most are: their words do not add up. */
static void bad_places_do_not_confirm_each_other(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct world world = new_world(100, 6, 1, none_is_bad);
        for (size_t slot = 1; slot < 5; slot++)
            world.good_starts[slot] = 0;
        drive(&world, seed);
        assert_just(&world);
        assert_int_equal(count_lost(&world), 4);
    }
}

static void a_place_can_turn_bad(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct world world = new_world(200, 4, 1, none_is_bad);
        world.good_starts[0] = world.good_starts[3] = 7; /* of one machine, say */
        drive(&world, seed);
        assert_just(&world);
        assert_true(world.lost[0] && world.lost[3] && count_lost(&world) == 2);
        assert_int_equal(world.deaths[3], BM_DOUBT_MORE_PATIENCE);
    }
}

/* It is not given up, but what dies there now and then is done elsewhere. */
static void a_flaky_place_fails_nothing(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct world world = new_world(200, 4, 1, none_is_bad);
        world.good_starts[1] = 0;
        world.one_in[1] = 3;
        drive(&world, seed);
        assert_just(&world);
        assert_int_equal(count_lost(&world), 0);
        assert_true(world.deaths[1] > 3);
    }
}

static void bad_runs_are_found_out(void **state)
{
    (void)state;
    static const struct {
        size_t n_runs, n_slots, n_own;
        bool (*is_bad_run)(size_t run);
    } cases[] = {
        {1, 1, 1, all_are_bad},
        {1, 4, 1, all_are_bad},
        {1, 4, 4, all_are_bad},
        {4, 1, 1, all_are_bad},
        {3, 4, 1, all_are_bad},
        {100, 4, 1, first_is_bad},
        {100, 1, 1, first_is_bad},
        {100, 4, 1, every_tenth_is_bad},
        {100, 16, 16, every_tenth_is_bad},
        {100, 1, 1, every_tenth_is_bad},
        {MOST_RUNS, 1, 1, first_half_is_bad},
        {MOST_RUNS, 16, 16, first_half_is_bad},
        {MOST_RUNS, 4, 1, first_half_is_bad},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (uint64_t seed = 0; seed < SEEDS; seed++) {
            struct world world =
                new_world(cases[i].n_runs, cases[i].n_slots, cases[i].n_own, cases[i].is_bad_run);
            drive(&world, seed);
            assert_just(&world);
            assert_int_equal(count_lost(&world), 0);
        }
    }
}

static void bad_runs_and_bad_places_are_told_apart(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct world world = new_world(200, 6, 2, every_tenth_is_bad);
        world.good_starts[3] = world.good_starts[5] = 0;
        drive(&world, seed);
        assert_just(&world);
        assert_true(world.lost[3] && world.lost[5] && count_lost(&world) == 2);
    }
}

/* Where nothing ever lived, it is not the fault of so many runs. */
static void all_places_are_bad(void **state)
{
    (void)state;
    static const size_t own[] = {0, 1, 4};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        struct world world = new_world(100, 4, own[i], none_is_bad);
        for (size_t slot = 0; slot < 4; slot++)
            world.good_starts[slot] = 0;
        drive(&world, i);
        assert_int_equal(count_lost(&world), 4);
        assert_int_equal(world.n_convicted + world.n_done, 0);
    }
}

/* All of them, when the machine's memory is used up by somebody else. */
static void the_only_place_turns_bad(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct world world = new_world(200, 3, 3, none_is_bad);
        world.good_starts[0] = 15;
        drive(&world, seed);
        assert_int_equal(count_lost(&world), 3);
        assert_int_equal(world.n_convicted, 0);
        assert_int_equal(world.n_done, 15);
    }
}

/* Unless they had begun to work: then there is nothing that a machine could lack. */
static void all_runs_crash_everywhere(void **state)
{
    (void)state;
    static const size_t slots[][2] = {{1, 1}, {4, 4}, {4, 1}, {4, 0}, {16, 3}};
    for (size_t i = 0; i < sizeof slots / sizeof *slots; i++) {
        for (uint64_t seed = 0; seed < SEEDS; seed++) {
            struct world world = new_world(100, slots[i][0], slots[i][1], all_are_bad);
            world.begin = true;
            drive(&world, seed);
            assert_just(&world);
            assert_int_equal(count_lost(&world), 0);
        }
    }
}

/* What dies at its work in a bad place is not to blame: it lives elsewhere. */
static void crashes_of_a_bad_place_are_its_own(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct world world = new_world(100, 4, 1, every_tenth_is_bad);
        world.begin = true;
        world.good_starts[2] = 0;
        drive(&world, seed);
        assert_just(&world);
        assert_true(world.lost[2] && count_lost(&world) == 1);
    }
}

/* Tried again, it is tried in another place, and in the same one where there is no other. */
static void a_run_that_crashed_goes_elsewhere(void **state)
{
    (void)state;
    static const double costs[3] = {3, 2, 1};
    struct bm_schedule schedule;
    size_t slot, run;
    bm_schedule_init(&schedule, costs, 3, 2, 1);
    assert_true(bm_schedule_assign(&schedule, &slot, &run) && slot == 0 && run == 0);
    assert_true(bm_schedule_assign(&schedule, &slot, &run) && slot == 1 && run == 1);
    bm_schedule_crash(&schedule, 0);
    assert_true(bm_schedule_assign(&schedule, &slot, &run) && slot == 0 && run == 2);
    bm_schedule_finish(&schedule, 0);
    assert_false(bm_schedule_assign(&schedule, &slot, &run));
    bm_schedule_finish(&schedule, 1);
    assert_true(bm_schedule_assign(&schedule, &slot, &run) && slot == 1 && run == 0);
    bm_schedule_crash(&schedule, 1);
    bm_schedule_lose(&schedule, 0);
    assert_true(bm_schedule_assign(&schedule, &slot, &run) && slot == 1 && run == 0);
    bm_schedule_fini(&schedule);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_place_is_given_up),
        cmocka_unit_test(bad_places_do_not_confirm_each_other),
        cmocka_unit_test(a_place_can_turn_bad),
        cmocka_unit_test(a_flaky_place_fails_nothing),
        cmocka_unit_test(bad_runs_are_found_out),
        cmocka_unit_test(bad_runs_and_bad_places_are_told_apart),
        cmocka_unit_test(all_places_are_bad),
        cmocka_unit_test(the_only_place_turns_bad),
        cmocka_unit_test(all_runs_crash_everywhere),
        cmocka_unit_test(crashes_of_a_bad_place_are_its_own),
        cmocka_unit_test(a_run_that_crashed_goes_elsewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
