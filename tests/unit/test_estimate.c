/* Estimates of time: what is seen, what is left, and which finished runs tell anything here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <math.h>
#include <string.h>
#include <cmocka.h>

#include "bm/isa.h"
#include "bm/machine.h"
#include "bm/names.h"
#include "bm/store.h"
#include "bm/train.h"
#include "run/estimate.h"
#include "run/history.h"
#include "run/outlook.h"
#include "sample.h"

static void the_pace_of_a_kind(void **state)
{
    (void)state;
    struct bm_pace pace = {0};
    assert_true(isnan(bm_pace_seconds(&pace, 1, 100)));
    bm_pace_add(&pace, 1, 100, 10);
    bm_pace_add(&pace, 1, 300, 10);
    bm_pace_add(&pace, 2, 10, 20);
    assert_true(bm_pace_knows(&pace, 1) && bm_pace_knows(&pace, 2) && !bm_pace_knows(&pace, 3));
    assert_float_equal(bm_pace_seconds(&pace, 1, 100), 5, 1e-12);
    assert_float_equal(bm_pace_seconds(&pace, 2, 100), 200, 1e-12);
    assert_float_equal(bm_pace_seconds(&pace, 3, 41), 4, 1e-12); /* that of all: 410 in 40 s */
}

static void the_time_of_a_load(void **state)
{
    (void)state;
    struct bm_load load = {0};
    assert_float_equal(bm_load_time(&load, 0), 0, 0); /* nothing is left */
    bm_load_add(&load, 10, 10);
    assert_float_equal(bm_load_time(&load, 4), 10, 1e-12); /* one run is not shared */
    bm_load_add(&load, 12, 6);
    assert_float_equal(bm_load_time(&load, 1), 22, 1e-12);
    assert_float_equal(bm_load_time(&load, 2), 11, 1e-12);
    assert_float_equal(bm_load_time(&load, 3), 10, 1e-12); /* the longest */
    bm_load_add(&load, 80, 8);
    assert_float_equal(bm_load_time(&load, 4), 102.0 / 4, 1e-12);
    assert_true(isnan(bm_load_time(&load, 0)));
    /* 60 s of a core, on three and on two, for 100 trainers; two trainers have enough of these. */
    assert_float_equal(bm_load_time_on(&load, 100, 60, 3), 20, 1e-12);
    assert_float_equal(bm_load_time_on(&load, 100, 60, 2), 30, 1e-12);
    assert_float_equal(bm_load_time_on(&load, 100, 6, 2), 10, 1e-12); /* the longest */
    assert_float_equal(bm_load_time_on(&load, 2, 60, 2), 51, 1e-12);
    assert_true(isnan(bm_load_time_on(&load, 0, 60, 2)));
    bm_load_add(&load, NAN, NAN);
    assert_true(isnan(bm_load_time(&load, 2)));
    assert_true(isnan(bm_load_time_on(&load, 2, NAN, 2)));
}

/* Runs of one network that last twice as long each; only some tell anything about this machine. */
static void machines_that_tell(void **state)
{
    (void)state;
    struct bm_launch launch;
    struct bm_machine here;
    bm_table_init(&bm_launch_table, &launch);
    launch.threads = 2;
    bm_machine_here(&launch, &here);
    const struct {
        const char *cpu, *isa, *kernel, *conv;
        int64_t threads;
        enum bm_status status;
    } cases[] = {
        {here.cpu, here.isa, here.blas_kernel, "auto", 2, BM_STATUS_DONE}, /* 1 s */
        {"another CPU", here.isa, here.blas_kernel, "auto", 2, BM_STATUS_DONE},
        {here.cpu, "another isa", here.blas_kernel, "auto", 2, BM_STATUS_DONE},
        {here.cpu, here.isa, "another kernel", "auto", 2, BM_STATUS_DONE},
        {here.cpu, here.isa, here.blas_kernel, "direct", 2, BM_STATUS_DONE},
        {here.cpu, here.isa, here.blas_kernel, "auto", 1, BM_STATUS_DONE},
        {here.cpu, here.isa, here.blas_kernel, "auto", 2, BM_STATUS_TIMEOUT},
        {here.cpu, here.isa, here.blas_kernel, "auto", 2, BM_STATUS_DONE}, /* 128 s */
    };
    enum { N = sizeof cases / sizeof *cases };
    struct bm_results results = {0};
    struct bm_cost cost;
    double costs = 0;
    for (size_t i = 0; i < N; i++) {
        struct bm_frame begin = {.kind = BM_FRAME_BEGIN}, end = {.kind = BM_FRAME_RESULT};
        sample_config(i, &begin.config, &begin.id);
        end.id = begin.id;
        bm_table_init(&bm_result_table, &end.result);
        end.result.status = cases[i].status;
        end.result.wall_s = 1 << i;
        end.result.cpu_s = 3 * end.result.wall_s;
        end.result.threads = cases[i].threads;
        snprintf(end.result.cpu, sizeof end.result.cpu, "%s", cases[i].cpu);
        snprintf(end.result.isa, sizeof end.result.isa, "%s", cases[i].isa);
        snprintf(end.result.conv, sizeof end.result.conv, "%s", cases[i].conv);
        snprintf(end.result.blas_kernel, sizeof end.result.blas_kernel, "%s", cases[i].kernel);
        assert_int_equal(bm_results_apply(&results, &begin, NULL), 0);
        assert_int_equal(bm_results_apply(&results, &end, NULL), 0);
        assert_int_equal(bm_cost_of(&begin.config, &launch, &cost, NULL), 0);
        costs += i == 0 || i == N - 1 ? cost.flops : 0;
    }
    struct bm_pace pace = {0}, work = {0};
    size_t kind = bm_points_kind(&results.runs[0].config);
    assert_string_equal(bm_arch_names[kind], "cnn");
    assert_int_equal(bm_history_pace(&results, &launch, &here, &pace, &work), 2);
    assert_true(bm_pace_knows(&pace, kind) && !bm_pace_knows(&pace, kind + 1));
    assert_float_equal(bm_pace_seconds(&pace, kind, costs), 1 + 128, 1e-9);
    assert_float_equal(bm_pace_seconds(&work, kind, costs), 3 * (1 + 128), 1e-9);
    bm_results_fini(&results);
}

static void this_machine(void **state)
{
    (void)state;
    struct bm_machine here;
    char cpu[96];
    bm_machine_here(&(struct bm_launch){.threads = 0}, &here); /* auto */
    assert_string_equal(here.cpu, bm_cpu(cpu, sizeof cpu));
    assert_string_equal(here.isa, bm_isa());
    assert_true(here.threads >= 1);
}

/* Two runs of kind 0 and one of kind 1 on two slots. */
static void the_outlook_of_a_session(void **state)
{
    (void)state;
    struct bm_point list[] = {{.kind = 0, .cost = 100, .state = BM_POINT_TODO},
                              {.kind = 0, .cost = 60, .state = BM_POINT_TODO},
                              {.kind = 1, .cost = 40, .state = BM_POINT_TODO}};
    const double costs[] = {100, 60, 40};
    struct bm_session session = {.points = {.n = 3, .points = list},
                                 .todo = (size_t[]){0, 1, 2},
                                 .n_todo = 3,
                                 .ranks = 1,
                                 .trainers = 2};
    struct bm_results results = {0};
    struct bm_schedule schedule;
    struct bm_outlook outlook;
    size_t slot, run;
    bm_table_init(&bm_launch_table, &session.sweep.launch);
    bm_outlook_init(&outlook, &session, &results);
    bm_schedule_init(&schedule, costs, 3, 2, 0);
    for (int i = 0; i < 2; i++) {
        assert_true(bm_schedule_assign(&schedule, &slot, &run));
        bm_outlook_begin(&outlook, slot, &list[run], 1000);
    }
    assert_true(bm_outlook_guesses(&outlook));
    assert_true(bm_outlook_remaining(&outlook, &schedule, 1010) > 0);
    assert_true(isnan(bm_outlook_to_end(&outlook, &list[0])));
    assert_true(isnan(bm_outlook_to_training(&outlook, &list[0])));
    bm_outlook_progress(&outlook, 0, &(struct bm_progress){2, 4, 0, 0, 0, 0}, 1010);
    assert_false(bm_outlook_guesses(&outlook));
    assert_float_equal(bm_outlook_to_training(&outlook, &list[0]), 10, 1e-9);
    /* A quarter of 100 in 10 s; all are taken to be so fast: 30 + 24 + 16 on two slots. */
    assert_float_equal(bm_outlook_remaining(&outlook, &schedule, 1010), 35, 1e-9);
    bm_outlook_progress(&outlook, 1, &(struct bm_progress){1, 2, 0.5, 0, 0, 0}, 1010);
    /* And a quarter of 60: 40 in 20 s, so 37.5 + 22.5 + 20. */
    assert_float_equal(bm_outlook_remaining(&outlook, &schedule, 1010), 40, 1e-9);
    bm_outlook_give_back(&outlook, 1);
    bm_schedule_lose(&schedule, 1);
    /* One slot; 30 + 24 + 16 again: what is lost tells nothing. */
    assert_float_equal(bm_outlook_remaining(&outlook, &schedule, 1010), 70, 1e-9);
    bm_outlook_finish(&outlook, 0);
    bm_schedule_finish(&schedule, 0);
    bm_outlook_seen(&outlook, &list[0], 50); /* 1/2 s each */
    assert_float_equal(bm_outlook_remaining(&outlook, &schedule, 1050), 50, 1e-9);
    for (int i = 0; i < 2; i++) {
        assert_true(bm_schedule_assign(&schedule, &slot, &run));
        bm_outlook_begin(&outlook, slot, &list[run], 1050);
        bm_outlook_finish(&outlook, slot);
        bm_schedule_finish(&schedule, slot);
        bm_outlook_seen(&outlook, &list[run], 1);
    }
    assert_float_equal(bm_outlook_remaining(&outlook, &schedule, 1060), 0, 0);
    bm_outlook_fini(&outlook);
    bm_schedule_fini(&schedule);
}

/* What was done before tells nothing of the speed. */
static void a_run_that_goes_on(void **state)
{
    (void)state;
    struct bm_point point = {.cost = 100, .is_asked = true};
    struct bm_session session = {.points = {.n = 1, .points = &point},
                                 .todo = (size_t[]){0},
                                 .n_todo = 1,
                                 .ranks = 1,
                                 .trainers = 1};
    const double cost = 100;
    struct bm_results results = {0};
    struct bm_schedule schedule;
    struct bm_outlook outlook;
    size_t slot, run;
    bm_table_init(&bm_launch_table, &session.sweep.launch);
    bm_outlook_init(&outlook, &session, &results);
    bm_schedule_init(&schedule, &cost, 1, 1, 0);
    assert_true(bm_schedule_assign(&schedule, &slot, &run));
    bm_outlook_begin(&outlook, 0, &point, 1000);
    assert_float_equal(bm_outlook_share(&outlook), 0, 0);
    bm_outlook_progress(&outlook, 0, &(struct bm_progress){3, 4, 0, 0, 0, 50}, 1001);
    assert_true(bm_outlook_guesses(&outlook));
    bm_outlook_progress(&outlook, 0, &(struct bm_progress){4, 4, 0, 0, 0, 50}, 1010);
    assert_float_equal(bm_outlook_share(&outlook), 0.75, 1e-9);
    /* A quarter in 10 s. */
    assert_float_equal(bm_outlook_remaining(&outlook, &schedule, 1010), 10, 1e-9);
    bm_outlook_fini(&outlook);
    bm_schedule_fini(&schedule);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_pace_of_a_kind),       cmocka_unit_test(the_time_of_a_load),
        cmocka_unit_test(machines_that_tell),       cmocka_unit_test(this_machine),
        cmocka_unit_test(the_outlook_of_a_session), cmocka_unit_test(a_run_that_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
