/* Progress that a parent can see: all work advances it, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "bm/beat.h"
#include "bm/train.h"

static void a_parent_sees_its_child_work(void **state)
{
    (void)state;
    struct bm_pulse pulse;
    assert_int_equal(bm_pulse_init(&pulse), 0);
    bm_beat(); /* not on the shared counter */
    assert_int_equal(bm_pulse_read(&pulse), 0);
    bm_pulse_tell(&pulse, 12.5);
    assert_true(bm_beat_worked() == 0); /* nobody watches this one */
    pid_t child = fork();
    if (child == 0) {
        int error = bm_beat_share(dup(pulse.fd));
        for (int i = 0; i < 5; i++)
            bm_beat();
        _exit(bm_beat_worked() == 12.5 ? error : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(bm_pulse_read(&pulse), 5);
    assert_int_not_equal(bm_beat_share(-1), 0);
    bm_pulse_fini(&pulse);
    bm_pulse_fini(&pulse);
}

struct watch {
    struct bm_pulse pulse;
    uint64_t seen;
    int evaluations, steps;
};

static int see_evaluation(void *context, const struct bm_evaluation *evaluation,
                          const struct bm_findings *findings)
{
    enum { BATCHES = 3 + 3 + 2 }; /* memorization, fit, test; the probe makes or shares its own */
    struct watch *watch = context;
    uint64_t now = bm_pulse_read(&watch->pulse);
    (void)evaluation, (void)findings;
    assert_true(now - watch->seen >= BATCHES);
    watch->seen = now;
    watch->evaluations++;
    return 0;
}

static void see_step(void *context, const struct bm_progress *progress)
{
    struct watch *watch = context;
    uint64_t now = bm_pulse_read(&watch->pulse);
    (void)progress;
    assert_true(now > watch->seen);
    watch->seen = now;
    watch->steps++;
}

static void each_batch_advances_it(void **state)
{
    (void)state;
    struct watch watch = {0};
    struct bm_config config;
    struct bm_launch launch;
    struct bm_result result;
    struct bm_err err = {0};
    const struct bm_train_sink sink = {
        .context = &watch, .evaluation = see_evaluation, .progress = see_step};
    bm_table_init(&bm_config_table, &config);
    bm_table_init(&bm_launch_table, &launch);
    strcpy(config.dataset, "synthetic");
    strcpy(config.arch, "mlp");
    config.train_size = 60;
    config.test_size = 30;
    config.batch_size = 20;
    config.width = 8;
    config.projector_width = 16;
    config.knn_k = 5;
    config.epochs = 2;
    config.probe_every = 1;
    assert_int_equal(bm_pulse_init(&watch.pulse), 0);
    assert_int_equal(bm_beat_share(dup(watch.pulse.fd)), 0);
    assert_int_equal(bm_train(&config, &launch, NULL, &sink, &result, &err), 0);
    assert_int_equal(watch.evaluations, 3);
    assert_int_equal(watch.steps, 6);
    bm_pulse_fini(&watch.pulse);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_parent_sees_its_child_work),
        cmocka_unit_test(each_batch_advances_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
