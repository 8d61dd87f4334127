/* A trainer's parent, with children that misbehave: whatever they do becomes a result. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "bm/clock.h"
#include "run/spawn.h"
#include "run/trainer.h"

static char folder[] = "/tmp/bm-trainer-XXXXXX";
static const struct bm_id id = {{0xab, 0xcd, 0x12}};

static char *in_folder(const char *name)
{
    static char path[100];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* Writes records (u32 length, frame) for children to copy: three evaluations, a good result, a
 * result of another run. */
static void write_records(void)
{
    struct bm_evaluation evaluation;
    struct bm_result result;
    struct bm_bytes frame = {0};
    struct bm_id other = {{1}};
    bm_table_init(&bm_evaluation_table, &evaluation);
    bm_table_init(&bm_result_table, &result);
    result.status = BM_STATUS_DONE;
    const char *const names[] = {"0", "1", "2", "result", "other", "earlier", "error"};
    for (int i = 0; i < 7; i++) {
        frame.size = 0;
        if (i == 6)
            result.status = BM_STATUS_ERROR;
        evaluation.epoch = i;
        if (i < 3)
            bm_frame_add_evaluation(&frame, &id, &evaluation, &(struct bm_findings){.n_taps = 0});
        else if (i == 5)
            bm_frame_add_progress(&frame, &id, &(struct bm_progress){.earlier_s = 100});
        else
            bm_frame_add_result(&frame, i == 4 ? &other : &id, &result);
        FILE *file = fopen(in_folder(names[i]), "w");
        uint32_t size = (uint32_t)frame.size;
        assert_int_equal(fwrite(&size, sizeof size, 1, file), 1);
        assert_int_equal(fwrite(frame.data, frame.size, 1, file), 1);
        fclose(file);
    }
    bm_bytes_fini(&frame);
}

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    write_records();
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    const char *const names[] = {"0", "1", "2", "result", "other", "earlier", "error", "child"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(in_folder(names[i]));
    return rmdir(folder);
}

/* A program for the child: a shell script that runs in the folder. */
static const char *script(const char *body)
{
    FILE *file = fopen(in_folder("child"), "w");
    fprintf(file, "#!/bin/sh\ncd %s\n%s\n", folder, body);
    fclose(file);
    chmod(in_folder("child"), 0700);
    return in_folder("child");
}

static void count_evaluation(void *context, const void *frame, size_t size)
{
    struct bm_schemas schemas;
    struct bm_frame decoded;
    bm_schemas_init(&schemas);
    assert_int_equal(bm_frame_decode(frame, size, &schemas, &decoded, NULL), 0);
    if (decoded.kind == BM_FRAME_PROGRESS)
        return;
    assert_int_equal(decoded.kind, BM_FRAME_EVALUATION);
    assert_int_equal(decoded.measured[0].evaluation.epoch, *(int *)context); /* in order */
    ++*(int *)context;
}

static struct bm_job new_job(void)
{
    struct bm_job job = {.id = id, .results = "results.h5"};
    bm_table_init(&bm_config_table, &job.config);
    bm_table_init(&bm_launch_table, &job.launch);
    return job;
}

static void start(struct bm_trainer *trainer, const char *body, double timeout)
{
    struct bm_job job = new_job();
    job.launch.run_timeout = timeout;
    job.launch.threads = 3;
    *trainer = (struct bm_trainer){0};
    assert_int_equal(bm_trainer_start(trainer, script(body), &job, NULL), 0);
}

static enum bm_fault fault; /* of the last run */
static long oom_kills;      /* that the system counts while the next one runs */

/* Runs a child to its end; what it printed goes to `output` (NULL: not wanted). Returns the number
 * of evaluations. */
static int run(const char *body, double timeout, struct bm_result *result, char *output)
{
    struct bm_trainer trainer;
    int evaluations = 0;
    start(&trainer, body, timeout);
    trainer.oom_kills -= oom_kills;
    double since = bm_seconds();
    while (bm_trainer_read(&trainer, count_evaluation, &evaluations) ||
           !bm_trainer_ended(&trainer, count_evaluation, &evaluations, result)) {
        assert_true(bm_seconds() - since < 20);
        usleep(500);
    }
    /* Nobody is left who could write to its pipes: children of the child are gone, too. */
    while (trainer.output_fd >= 0 || trainer.records_fd >= 0) {
        bm_trainer_read(&trainer, count_evaluation, &evaluations);
        assert_true(bm_seconds() - since < 20);
        usleep(500);
    }
    size_t size;
    const char *tail = bm_trainer_tail(&trainer, &size);
    assert_true(size <= BM_TRAINER_TAIL);
    if (output != NULL) {
        memcpy(output, tail, size);
        output[size] = '\0';
    }
    fault = trainer.fault;
    bm_trainer_free(&trainer);
    return evaluations;
}

static void a_good_run(void **state)
{
    (void)state;
    struct bm_result result;
    char output[BM_TRAINER_TAIL + 1];
    setenv("OMPI_COMM_WORLD_RANK", "5", 1);
    setenv("PMIX_RANK", "5", 1);
    setenv("OPENBLAS_NUM_THREADS", "64", 1);
    int evaluations = run("cat 0 1 >&3; cat > /dev/null; cat 2 result >&3\n"
                          "echo out; echo err >&2; env",
                          0, &result, output);
    assert_int_equal(evaluations, 3);
    assert_int_equal(result.status, BM_STATUS_DONE);
    assert_string_equal(result.cause, "");
    assert_int_equal(result.threads, 3);
    assert_true(result.pid > 0 && result.peak_memory > 0);
    assert_true(result.wall_s > 0 && result.wall_s < 20 && result.cpu_s >= 0);
    assert_true(result.started[0] != '\0' && result.finished[0] != '\0');
    assert_ptr_equal(strstr(output, "out\nerr\n"), output);
    assert_null(strstr(output, "OMPI_"));
    assert_null(strstr(output, "PMIX_"));
    assert_null(strstr(output, "OPENBLAS_NUM_THREADS=64"));
    assert_non_null(strstr(output, "OPENBLAS_NUM_THREADS=1\n"));
    assert_non_null(strstr(output, "OMP_NUM_THREADS=3\n"));
}

static void ends_without_a_result(void **state)
{
    (void)state;
    static const struct {
        const char *body, *cause;
    } cases[] = {
        {"kill -SEGV $$", "killed by signal 11 (Segmentation fault)" BM_TRAINER_BEFORE},
        {"cat 0 result >&3; kill -ABRT $$", "killed by signal 6 (Aborted)"},
        {"kill -KILL $$", "killed by signal 9 (Killed)" BM_TRAINER_BY_WHOM},
        {"exit 3", "exited with code 3 and without a result" BM_TRAINER_BEFORE},
        {"cat 0 >&3", "exited with code 0 and without a result"},
        {"head -c 20 result >&3", "exited with code 0 and without a result" BM_TRAINER_BEFORE},
        {"exec 1>&- 2>&- 3>&-; sleep 0.1; exit 7",
         "exited with code 7 and without a result" BM_TRAINER_BEFORE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bm_result result;
        run(cases[i].body, 0, &result, NULL);
        assert_int_equal(result.status, BM_STATUS_CRASHED);
        assert_string_equal(result.cause, cases[i].cause);
    }
}

static void an_end_for_want_of_memory(void **state)
{
    (void)state;
    struct bm_result result;
    run("cat error >&3; exit 71", 0, &result, NULL);
    assert_int_equal(result.status, BM_STATUS_ERROR);
    assert_true(bm_trainer_is_out_of_memory(&result));
    run("cat error >&3; exit 65", 0, &result, NULL);
    assert_false(bm_trainer_is_out_of_memory(&result));
    oom_kills = 1;
    run("kill -KILL $$", 0, &result, NULL);
    assert_string_equal(result.cause, BM_TRAINER_NO_MEMORY "killed by signal 9 (Killed)");
    run("kill -SEGV $$", 0, &result, NULL); /* others were killed meanwhile */
    assert_false(bm_trainer_is_out_of_memory(&result));
    oom_kills = 0;
    run("kill -KILL $$", 0, &result, NULL);
    assert_false(bm_trainer_is_out_of_memory(&result));
}

static void whose_fault_an_end_is(void **state)
{
    (void)state;
    static const struct {
        enum bm_status status;
        const char *cause;
        bool is_own;
    } cases[] = {
        {BM_STATUS_ERROR, "no room", true},
        {BM_STATUS_CRASHED, "killed by signal 11 (Segmentation fault)", true},
        {BM_STATUS_CRASHED, "exited with code 3 and without a result", true},
        {BM_STATUS_CRASHED, "exited with code 127 and without a result" BM_TRAINER_BEFORE, false},
        {BM_STATUS_CRASHED, "killed by signal 4 (Illegal instruction)", false},
        {BM_STATUS_CRASHED, "killed by signal 9 (Killed)" BM_TRAINER_BY_WHOM, false},
        {BM_STATUS_ERROR, BM_TRAINER_NO_MEMORY "no room", false},
        {BM_STATUS_DIVERGED, "", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bm_result result = {.status = cases[i].status};
        snprintf(result.cause, sizeof result.cause, "%s", cases[i].cause);
        assert_int_equal(bm_trainer_is_own_fault(&result), cases[i].is_own);
    }
}

static void garbage_on_the_record_pipe(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "echo this is no record at all, and it is long enough >&3; sleep 30",
        "cat other >&3; sleep 30",             /* a result of another run */
        "cat result result >&3; sleep 30",     /* nothing comes after a result */
        "printf '\\0\\0\\0\\0' >&3; sleep 30", /* an empty frame */
        "head -c 300000 /dev/zero | tr '\\0' x >&3; cat result >&3",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        struct bm_result result;
        double since = bm_seconds();
        run(bodies[i], 0, &result, NULL);
        assert_int_equal(result.status, BM_STATUS_CRASHED);
        assert_string_equal(result.cause, "wrote bytes that are no record");
        assert_true(bm_seconds() - since < 15); /* killed, not waited for */
    }
}

static void records_in_pieces(void **state)
{
    (void)state;
    struct bm_result result;
    int evaluations = run("cat 0 1 2 result > all; size=$(wc -c < all)\n"
                          "head -c 3 all >&3; sleep 0.05; tail -c +4 all | head -c 30 >&3\n"
                          "sleep 0.05; tail -c +34 all >&3; rm all",
                          0, &result, NULL);
    assert_int_equal(evaluations, 3);
    assert_int_equal(result.status, BM_STATUS_DONE);
}

static void a_hanging_run_times_out(void **state)
{
    (void)state;
    struct bm_result result;
    double since = bm_seconds();
    /* With a child of its own, which has to go, too: it holds the pipes. */
    int evaluations = run("cat 0 >&3; trap '' TERM; sleep 30", 2, &result, NULL);
    assert_int_equal(evaluations, 1);
    assert_int_equal(result.status, BM_STATUS_TIMEOUT);
    assert_string_equal(result.cause, "longer than run_timeout: 2 s");
    assert_true(bm_seconds() - since < 15);
    assert_true(result.wall_s >= 2);
}

static void earlier_sessions_of_a_run_count(void **state)
{
    (void)state;
    struct bm_result result;
    run("cat earlier >&3; sleep 30", 99, &result, NULL);
    assert_int_equal(result.status, BM_STATUS_TIMEOUT);
    assert_true(result.wall_s >= 100 && result.wall_s < 110);
    run("cat earlier result >&3", 101, &result, NULL);
    assert_int_equal(result.status, BM_STATUS_DONE);
}

/* One suspension for longer than its limit does not end a run, but its own time does. */
static void time_in_which_it_is_stopped_does_not_count(void **state)
{
    (void)state;
    struct bm_result result;
    run("(sleep 0.2; kill -STOP $$; sleep 4; kill -CONT $$) & sleep 0.5; cat result >&3", 3,
        &result, NULL);
    assert_int_equal(result.status, BM_STATUS_DONE);
    assert_true(result.wall_s > 3.5);
    run("(sleep 0.2; kill -STOP $$; sleep 0.5; kill -CONT $$) & sleep 30", 1, &result, NULL);
    assert_int_equal(result.status, BM_STATUS_TIMEOUT);
    assert_true(result.wall_s > 1.4 && result.wall_s < 10);
}

/* As when the whole job is stopped or frozen: nobody looks. */
static void time_in_which_nobody_looks_does_not_count(void **state)
{
    (void)state;
    struct bm_trainer trainer;
    struct bm_result result;
    int evaluations = 0;
    start(&trainer, "sleep 30", 2.5);
    assert_false(bm_trainer_ended(&trainer, count_evaluation, &evaluations, &result));
    sleep(3);
    for (int i = 0; i < 10; i++, usleep(1000))
        assert_false(bm_trainer_ended(&trainer, count_evaluation, &evaluations, &result));
    assert_false(trainer.timed_out);
    double since = bm_seconds();
    while (!bm_trainer_ended(&trainer, count_evaluation, &evaluations, &result)) {
        assert_true(bm_seconds() - since < 20);
        usleep(1000);
    }
    assert_int_equal(result.status, BM_STATUS_TIMEOUT);
    bm_trainer_free(&trainer);
}

/* Runs a child with that heartbeat_timeout; true if it was found to hang. */
static bool hangs(const char *body, double heartbeat)
{
    struct bm_job job = new_job();
    struct bm_trainer trainer = {0};
    struct bm_result result;
    int evaluations = 0;
    double since = bm_seconds();
    job.launch.heartbeat_timeout = heartbeat;
    assert_int_equal(bm_trainer_start(&trainer, script(body), &job, NULL), 0);
    while (!bm_trainer_ended(&trainer, count_evaluation, &evaluations, &result)) {
        bm_trainer_read(&trainer, count_evaluation, &evaluations);
        assert_true(bm_seconds() - since < 20);
        usleep(1000);
    }
    bool hung = trainer.hung;
    if (hung) {
        assert_int_equal(result.status, BM_STATUS_CRASHED);
        assert_string_equal(result.cause, "no progress for 1.5 s (heartbeat_timeout)");
        assert_int_equal(trainer.fault, BM_FAULT_RUN);
    }
    bm_trainer_free(&trainer);
    return hung;
}

/* Writes another count. */
#define BEAT "echo $i$i$i$i$i$i$i$i | head -c 8 | dd of=/dev/fd/4 conv=notrunc 2>/dev/null; "

static void progress_is_what_counts(void **state)
{
    (void)state;
    assert_true(hangs("sleep 30", 1.5));
    assert_true(hangs("while :; do cat 0; sleep 0.1; done", 1.5)); /* it talks, but does nothing */
    assert_true(hangs("kill -STOP $$", 1.5));
    assert_true(hangs("for i in 1 2 3; do " BEAT "sleep 0.1; done; sleep 30", 1.5));
    assert_false(hangs("for i in 1 2 3 4 5 6 7 8; do " BEAT "sleep 0.5; done; cat result >&3", 3));
    assert_false(hangs("sleep 2; cat result >&3", 0)); /* none */
}

/* What another machine may do is not the run's fault. */
static void whose_fault_it_is(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        enum bm_fault fault;
    } cases[] = {
        {"cat 0 result >&3; exit 74", BM_FAULT_MACHINE}, /* said why, and that it was the machine */
        {"exit 74", BM_FAULT_MACHINE},
        {"cat 0 result >&3; exit 73", BM_FAULT_OUTPUT},
        {"cat 0 >&3; kill -BUS $$", BM_FAULT_MACHINE}, /* mapped data that went away */
        {"cat result >&3", BM_FAULT_RUN},
        {"cat 0 result >&3; exit 65", BM_FAULT_RUN},
        {"cat 0 result >&3; exit 71", BM_FAULT_RUN},
        {"kill -SEGV $$", BM_FAULT_RUN},
        {"kill -KILL $$", BM_FAULT_RUN},
        {"cat other >&3; exit 74", BM_FAULT_RUN}, /* it is not a trainer that speaks */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bm_result result;
        fault = (enum bm_fault) - 1;
        run(cases[i].body, 0, &result, NULL);
        if (fault != cases[i].fault)
            fail_msg("'%s': fault %d", cases[i].body, (int)fault);
    }
}

static void only_the_tail_of_the_output_is_kept(void **state)
{
    (void)state;
    struct bm_result result;
    char output[BM_TRAINER_TAIL + 1];
    run("seq 1 200000; cat result >&3; echo the end", 0, &result, output);
    assert_int_equal(result.status, BM_STATUS_DONE);
    assert_int_equal(strlen(output), BM_TRAINER_TAIL);
    assert_string_equal(output + BM_TRAINER_TAIL - strlen("199999\n200000\nthe end\n"),
                        "199999\n200000\nthe end\n");
}

static void is_gone_after_a_kill(void **state)
{
    (void)state;
    struct bm_trainer trainer;
    start(&trainer, "sleep 30", 0);
    pid_t pid = trainer.pid;
    bm_trainer_kill(&trainer);
    bm_trainer_free(&trainer);
    assert_int_equal(trainer.pid, 0);
    assert_int_equal(kill(pid, 0), -1);
}

static void a_program_that_is_not_there(void **state)
{
    (void)state;
    struct bm_job job = new_job();
    struct bm_trainer trainer = {0};
    struct bm_err err = {0};
    assert_int_equal(bm_trainer_start(&trainer, "/nowhere/program", &job, &err), -1);
    assert_int_equal(err.code, BM_EXIT_IO);
    assert_int_equal(trainer.pid, 0);
}

/* Nobody reads the job before the child is there. */
static void a_job_beyond_a_pipe_is_refused(void **state)
{
    (void)state;
    static unsigned char data[4097];
    struct bm_spawned spawned;
    assert_int_equal(
        bm_spawn_trainer("/bin/true", &(struct bm_bytes){data, sizeof data, 0}, 1, 0, &spawned),
        E2BIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_run),
        cmocka_unit_test(ends_without_a_result),
        cmocka_unit_test(an_end_for_want_of_memory),
        cmocka_unit_test(whose_fault_an_end_is),
        cmocka_unit_test(garbage_on_the_record_pipe),
        cmocka_unit_test(records_in_pieces),
        cmocka_unit_test(a_hanging_run_times_out),
        cmocka_unit_test(earlier_sessions_of_a_run_count),
        cmocka_unit_test(time_in_which_it_is_stopped_does_not_count),
        cmocka_unit_test(time_in_which_nobody_looks_does_not_count),
        cmocka_unit_test(progress_is_what_counts),
        cmocka_unit_test(whose_fault_it_is),
        cmocka_unit_test(only_the_tail_of_the_output_is_kept),
        cmocka_unit_test(is_gone_after_a_kill),
        cmocka_unit_test(a_program_that_is_not_there),
        cmocka_unit_test(a_job_beyond_a_pipe_is_refused),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
