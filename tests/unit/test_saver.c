/* Checkpoints beside training: what is on the disk is the state of one step, whatever training does
 * meanwhile; a run that is asked to stop waits for it; and one that cannot be written costs nothing
 * but itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bm/clock.h"
#include "bm/interrupt.h"
#include "bm/isa.h"
#include "run/saver.h"
#include "settings.h"

enum { NUMBERS = 3 << 20 }; /* that take a moment to write */
static char folder[64];
static struct bm_job job;
static double *numbers;
static struct bm_state state;

static int warnings;
static int no_frame(const struct bm_bytes *frame)
{
    warnings += frame->data[0] == BM_FRAME_WARNING;
    return 0;
}

static int begin(void **unused)
{
    (void)unused;
    snprintf(folder, sizeof folder, "/tmp/bm-saver-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    job = (struct bm_job){.id = {{1}}, .config = settings_of("probes=knn")};
    bm_table_init(&bm_launch_table, &job.launch);
    snprintf(job.results, sizeof job.results, "%s/r.h5", folder);
    warnings = 0;
    numbers = calloc(NUMBERS, sizeof *numbers);
    state = (struct bm_state){.n = 2};
    state.spans[0] = (struct bm_span){&state.steps, sizeof state.steps};
    state.spans[1] = (struct bm_span){numbers, NUMBERS * sizeof *numbers};
    return 0;
}

static int end(void **unused)
{
    (void)unused;
    char command[100];
    free(numbers);
    bm_interrupt = 0;
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    return system(command);
}

/* A step of training changes everything. */
static void step_to(int64_t step)
{
    state.steps = step;
    for (size_t i = 0; i < NUMBERS; i++)
        numbers[i] = (double)step + 1e-9 * (double)i;
}

static void save(struct bm_saver *saver)
{
    bm_saver_save(saver, &state);
}

/* Begins to write one beside training, for which memory has to be made ready first. */
static void save_beside(struct bm_saver *saver)
{
    if (!bm_writer_is_prepared(&saver->writer)) {
        saver->next = 0;
        save(saver);
        assert_false(saver->writer.writes);
        while (bm_saver_wish(saver) == BM_GO_ON)
            usleep(1000);
    }
    save(saver);
    assert_true(saver->writer.writes);
}

/* Another process goes on after this step; 0: from the beginning. */
static void expect(int64_t step)
{
    struct bm_saver saver;
    struct bm_result result;
    bm_saver_init(&saver, &job, no_frame);
    step_to(77);
    assert_int_equal(bm_saver_restore(&saver, &state, &result), step != 0);
    bm_saver_fini(&saver);
    int64_t found = state.steps;
    double first = numbers[0], last = numbers[NUMBERS - 1];
    step_to(step != 0 ? step : 77);
    assert_int_equal(found, state.steps);
    assert_true(first == numbers[0] && last == numbers[NUMBERS - 1]);
}

static size_t count_files(void)
{
    char command[120];
    size_t n;
    snprintf(command, sizeof command, "find '%s' -type f | wc -l", folder);
    FILE *pipe = popen(command, "r");
    assert_int_equal(fscanf(pipe, "%zu", &n), 1);
    pclose(pipe);
    return n;
}

static int unlink_all(void)
{
    char command[120];
    snprintf(command, sizeof command, "rm -r '%s/r.h5.d'", folder);
    return system(command);
}

/* Waits until the one that was begun is written. */
static void await(struct bm_saver *saver)
{
    while (saver->writer.is_busy) {
        usleep(1000);
        bm_saver_wish(saver);
    }
}

static void what_is_written_is_the_state_of_its_step(void **unused)
{
    (void)unused;
    struct bm_saver saver;
    bm_saver_init(&saver, &job, no_frame);
    step_to(5);
    save_beside(&saver);
    step_to(6);
    await(&saver);
    assert_int_equal(saver.saved, 5);
    expect(5);
    step_to(8);
    save_beside(&saver);
    step_to(9);
    bm_saver_fini(&saver); /* waits for it */
    expect(8);
    assert_int_equal(count_files(), 2);
}

static void one_is_written_at_a_time(void **unused)
{
    (void)unused;
    struct bm_saver saver;
    bm_saver_init(&saver, &job, no_frame);
    step_to(5);
    saver.next = 0;
    assert_int_equal(bm_saver_wish(&saver), BM_SAVE_AND_GO_ON);
    save_beside(&saver);
    saver.next = 0;
    assert_true(saver.writer.is_busy);
    if (!saver.writer.has_ended)
        assert_int_equal(bm_saver_wish(&saver), BM_GO_ON);
    await(&saver);
    assert_int_equal(bm_saver_wish(&saver), BM_GO_ON); /* the next one is due in a minute */
    saver.next = 0;
    assert_int_equal(bm_saver_wish(&saver), BM_SAVE_AND_GO_ON);
    bm_saver_fini(&saver);
}

/* It waits for the one that is being written, and writes another of what was done since. */
static void who_is_asked_to_stop_saves_all(void **unused)
{
    (void)unused;
    struct bm_saver saver;
    bm_saver_init(&saver, &job, no_frame);
    step_to(5);
    save_beside(&saver);
    step_to(6);
    bm_interrupt = SIGUSR1;
    assert_int_equal(bm_saver_wish(&saver), BM_SAVE_AND_STOP);
    save(&saver);
    assert_false(saver.writer.is_busy);
    assert_int_equal(saver.saved, 6);
    assert_int_equal(count_files(), 2);
    expect(6);
    bm_saver_fini(&saver);
    /* Nothing was done since: that one is awaited. */
    bm_saver_init(&saver, &job, no_frame);
    bm_interrupt = 0;
    step_to(7);
    save_beside(&saver);
    bm_interrupt = SIGTERM;
    save(&saver);
    assert_false(saver.writer.is_busy);
    assert_int_equal(saver.saved, 7);
    expect(7);
    bm_saver_fini(&saver);
}

static void one_that_cannot_be_written_is_put_off(void **unused)
{
    (void)unused;
    struct bm_saver saver;
    char name[100];
    snprintf(name, sizeof name, "%s/r.h5.d", folder);
    FILE *file = fopen(name, "w"); /* in the way of the folder */
    assert_int_equal(fclose(file), 0);
    bm_saver_init(&saver, &job, no_frame);
    step_to(5);
    save_beside(&saver);
    await(&saver);
    assert_int_equal(saver.saved, 0);
    assert_true(saver.next > bm_seconds() + 50);
    assert_int_equal(warnings, 1);
    bm_interrupt = SIGUSR1;
    save(&saver); /* in vain again */
    assert_int_equal(saver.saved, 0);
    assert_int_equal(warnings, 1);
    bm_interrupt = 0;
    assert_int_equal(unlink(name), 0);
    save_beside(&saver); /* there is room again */
    await(&saver);
    assert_int_equal(saver.saved, 5);
    assert_int_equal(unlink_all(), 0);
    file = fopen(name, "w");
    assert_int_equal(fclose(file), 0);
    step_to(6);
    save_beside(&saver);
    await(&saver);
    assert_int_equal(warnings, 2); /* which is news */
    bm_saver_fini(&saver);
}

/* More than there can be. */
static void without_memory_it_is_put_off(void **unused)
{
    (void)unused;
    struct bm_saver saver;
    bm_saver_init(&saver, &job, no_frame);
    step_to(5);
    size_t size = state.spans[1].size;
    state.spans[1].size = (size_t)1 << 50;
    saver.next = 0;
    save(&saver);
    assert_false(saver.writer.is_busy);
    assert_true(saver.next > bm_seconds() + 50);
    state.spans[1].size = size;
    bm_interrupt = SIGUSR1; /* then there is no copy */
    save(&saver);
    assert_int_equal(saver.saved, 5);
    bm_saver_fini(&saver);
    expect(5);
}

/* Seconds from one to the next when training stopped for so long, and the disk took so long. */
static double pause_after(double every, double stopped_s, double cpu_s, double wall_s)
{
    struct bm_saver saver;
    job.launch.checkpoint_every = every;
    bm_saver_init(&saver, &job, no_frame);
    step_to(5);
    save_beside(&saver);
    while (!__atomic_load_n(&saver.writer.has_ended, __ATOMIC_ACQUIRE))
        usleep(1000);
    saver.stopped_s = stopped_s;
    saver.writer.written.cpu_s = cpu_s;
    saver.writer.written.wall_s = wall_s;
    bm_saver_wish(&saver);
    double pause = saver.next - saver.writer.began;
    bm_saver_fini(&saver);
    return pause;
}

static void training_loses_one_part_in_a_hundred(void **unused)
{
    (void)unused;
    assert_true(fabs(pause_after(0, 0.1, 0.2, 1) - 60) < 1e-6); /* never more often */
    assert_true(fabs(pause_after(0, 0.5, 1.5, 1) - 200) < 1e-6);
    assert_true(fabs(pause_after(0, 0.1, 0.2, 30) - 300) < 1e-6); /* the disk is others', too */
    assert_true(fabs(pause_after(2, 5, 5, 500) - 120) < 1e-6);    /* as asked */
    job.launch.checkpoint_every = -1;
    struct bm_saver saver;
    bm_saver_init(&saver, &job, no_frame);
    saver.next = 0;
    assert_int_equal(bm_saver_wish(&saver), BM_GO_ON);
    save(&saver);
    assert_false(saver.writer.is_busy);
    bm_saver_fini(&saver);
}

static void those_that_began_together_do_not_write_together(void **unused)
{
    (void)unused;
    enum { TRAINERS = 64, A_TENTH = 6 /* s */ };
    int begun[15] = {0};
    for (int i = 0; i < TRAINERS; i++) {
        struct bm_saver saver;
        job.id = bm_digest(&i, sizeof i);
        bm_saver_init(&saver, &job, no_frame);
        double first = saver.next - saver.began;
        assert_true(first >= 30 && first < 90);
        begun[(int)first / A_TENTH]++;
        bm_saver_fini(&saver);
    }
    for (int i = 5; i < 15; i++)
        assert_in_range(begun[i], 1, 16);
}

static const char *ways_of(int64_t threads, enum bm_conv_path conv)
{
    static struct bm_result result;
    struct bm_saver saver;
    job.launch.threads = threads;
    job.launch.conv = conv;
    bm_table_init(&bm_result_table, &result);
    bm_saver_init(&saver, &job, no_frame);
    bm_saver_restore(&saver, &state, &result);
    step_to(state.steps + 1);
    save_beside(&saver);
    bm_saver_sign(&saver, &result);
    bm_saver_fini(&saver);
    return result.isa;
}

/* Sessions that computed in other ways have other last digits. */
static void how_sessions_computed_is_told(void **unused)
{
    (void)unused;
    char expected[200];
    assert_string_equal(ways_of(12, BM_CONV_AUTO), "");
    assert_string_equal(ways_of(12, BM_CONV_AUTO), "");
    snprintf(expected, sizeof expected, "%s 12 + %s 1", bm_isa(), bm_isa());
    assert_string_equal(ways_of(1, BM_CONV_AUTO), expected);
    assert_string_equal(ways_of(12, BM_CONV_AUTO), expected);
    assert_int_equal(unlink_all(), 0); /* another run */
    assert_string_equal(ways_of(1, BM_CONV_AUTO), "");
    snprintf(expected, sizeof expected, "%s 1 + %s 1 direct", bm_isa(), bm_isa());
    assert_string_equal(ways_of(1, BM_CONV_DIRECT), expected);
    assert_string_equal(ways_of(1, BM_CONV_AUTO), expected);
}

/* Of a checkpoint of other settings: it is in the log while the trainer still runs. */
static void check_note(const char *expected)
{
    struct bm_config before = job.config;
    char path[100], text[1000] = "";
    snprintf(path, sizeof path, "%s/log", folder);
    int own = dup(STDERR_FILENO), log = open(path, O_RDWR | O_CREAT, 0600);
    dup2(log, STDERR_FILENO);
    settings_set(&job.config, "probes=");
    expect(0);
    ssize_t n = pread(log, text, sizeof text - 1, 0);
    dup2(own, STDERR_FILENO);
    close(own);
    close(log);
    job.config = before;
    assert_true(n > 0 && strstr(text, expected) != NULL);
}

/* Evaluations so far would be of other probes than those to come. */
static void one_of_other_settings_is_not_used(void **unused)
{
    (void)unused;
    struct bm_saver saver;
    bm_saver_init(&saver, &job, no_frame);
    step_to(5);
    save_beside(&saver);
    bm_saver_fini(&saver);
    const char *const others[] = {"probes=knn,linear", "probes=", "knn_k=5", "probe_every=3"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct bm_config before = job.config;
        settings_set(&job.config, others[i]);
        expect(0);
        job.config = before;
    }
    check_note("is of other settings: it is not used");
    settings_set(&job.config, "noisy_queries=77"); /* of a probe that is not taken */
    job.launch.probe_memory *= 2;
    job.launch.retries = 9;
    expect(5);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(what_is_written_is_the_state_of_its_step),
        TEST(one_is_written_at_a_time),
        TEST(who_is_asked_to_stop_saves_all),
        TEST(one_that_cannot_be_written_is_put_off),
        TEST(without_memory_it_is_put_off),
        TEST(training_loses_one_part_in_a_hundred),
        TEST(those_that_began_together_do_not_write_together),
        TEST(one_of_other_settings_is_not_used),
        TEST(how_sessions_computed_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
