/* What jobs say of themselves, and how it is shown: whole or not at all, and never more than fits.
 */
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "bm/brief.h"
#include "results/watch.h"

enum { MANY = 64 };
static char scratch[64];

static int make_scratch(void **state)
{
    (void)state;
    snprintf(scratch, sizeof scratch, "/tmp/bm-watch-XXXXXX");
    return mkdtemp(scratch) == NULL ? -1 : 0;
}

static int remove_scratch(void **state)
{
    char command[100];
    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", scratch);
    return system(command);
}

static void fill(struct bm_job_status *status, size_t n_running, size_t n_failures)
{
    *status = (struct bm_job_status){.sweep = "quick",
                                     .host = "node3.cluster",
                                     .pid = 4711,
                                     .every = 1,
                                     .elapsed = 60,
                                     .remaining = 600,
                                     .runs = 200,
                                     .done = 20,
                                     .failed = 3,
                                     .trainers = MANY,
                                     .n_running = n_running,
                                     .n_failures = n_failures};
    status->running = calloc(n_running + 1, sizeof *status->running);
    assert_non_null(status->running);
    for (size_t i = 0; i < n_running; i++) {
        struct bm_job_run *run = &status->running[i];
        struct bm_id id = {{(unsigned char)i, 7}};
        *run = (struct bm_job_run){
            .rank = (int)i,
            .progress = {(int64_t)i, 300, 0.25, i == 2 ? (double)NAN : 1.5, 1000, 0},
            .remaining = i == 3 ? (double)NAN : 100.0 * (double)i};
        bm_id_text(&id, run->id);
        snprintf(run->settings, sizeof run->settings,
                 "diversity=inf label_noise=0.5 arch=rés%zu seed=%zu", i, i);
    }
    for (size_t i = 0; i < n_failures; i++) {
        struct bm_id id = {{(unsigned char)i, 9}};
        bm_id_text(&id, status->failures[i].id);
        snprintf(status->failures[i].cause, sizeof status->failures[i].cause, "diverged: %zu", i);
    }
    bm_job_name(status->name);
}

static void assert_same_status(const struct bm_job_status *a, const struct bm_job_status *b)
{
    struct bm_bytes x = {0}, y = {0};
    bm_job_status_print(a, &x);
    bm_job_status_print(b, &y);
    assert_int_equal(x.size, y.size);
    assert_memory_equal(x.data, y.data, x.size);
    bm_bytes_fini(&x);
    bm_bytes_fini(&y);
}

static void a_status_is_read_as_it_was_written(void **state)
{
    (void)state;
    struct bm_job_status status, read;
    struct bm_bytes text = {0};
    fill(&status, 5, BM_JOB_FAILURES);
    bm_job_status_print(&status, &text);
    bm_bytes_printf(&text, "\n\n"); /* what it is filled up with */
    assert_true(bm_job_status_parse((const char *)text.data, &read));
    assert_same_status(&status, &read);
    assert_int_equal(read.running[4].progress.epochs, 300);
    assert_true(isnan(read.running[3].remaining) && read.running[2].remaining == 200);
    assert_string_equal(read.host, "node3.cluster");
    bm_job_status_fini(&read);
    bm_job_status_fini(&status);
    bm_bytes_fini(&text);
}

/* One whose lines are all right, but for that it does not say whose it is. */
static void a_status_without_a_name_is_none(void **state)
{
    (void)state;
    struct bm_job_status status, read;
    struct bm_bytes text = {0};
    fill(&status, 5, 1);
    status.name[0] = '\0';
    bm_job_status_print(&status, &text);
    assert_false(bm_job_status_parse((const char *)text.data, &read));
    assert_true(read.running == NULL && read.n_running == 0); /* who reads it has nothing to free */
    bm_job_status_fini(&status);
    bm_bytes_fini(&text);
}

/* Each beginning of it, and each with one byte that is another. */
static void a_torn_status_is_none(void **state)
{
    (void)state;
    struct bm_job_status status, read;
    struct bm_bytes text = {0};
    fill(&status, 2, 1);
    bm_job_status_print(&status, &text);
    char *copy = strndup((const char *)text.data, text.size);
    for (size_t at = 0; at + 1 < text.size; at++) {
        copy[at] ^= 1;
        assert_false(bm_job_status_parse(copy, &read));
        copy[at] ^= 1;
        char kept = copy[at];
        copy[at] = '\0';
        assert_false(bm_job_status_parse(copy, &read));
        copy[at] = kept;
    }
    free(copy);
    bm_job_status_fini(&status);
    bm_bytes_fini(&text);
}

/* Names come from sweep files and machines: a terminal obeys nothing of them, and they make no
 * lines. */
static void texts_are_harmless(void **state)
{
    (void)state;
    struct bm_job_status status, read;
    struct bm_bytes text = {0};
    fill(&status, 1, 0);
    snprintf(status.running[0].settings, sizeof status.running[0].settings,
             "a\x1b[2J\nrun 1 2\t\xc2\x9b\xff\xc3\xa9");
    bm_job_status_print(&status, &text);
    assert_true(bm_job_status_parse((const char *)text.data, &read));
    assert_int_equal(read.n_running, 1);
    assert_string_equal(read.running[0].settings, "a [2J run 1 2 ???\xc3\xa9");
    bm_job_status_fini(&read);
    bm_job_status_fini(&status);
    bm_bytes_fini(&text);
}

/* ---- files ---- */

static char results[200];

static size_t count_jobs(void)
{
    struct bm_jobs jobs;
    assert_int_equal(bm_jobs_read(results, &jobs, NULL), 0);
    size_t n = jobs.n;
    bm_jobs_fini(&jobs);
    return n;
}

static void jobs_say_what_they_do(void **state)
{
    (void)state;
    struct bm_job_status a, b;
    struct bm_job_file file_a, file_b;
    struct bm_jobs jobs;
    char path[300];
    snprintf(results, sizeof results, "%s/x.h5", scratch);
    snprintf(path, sizeof path, "%s.d/jobs", results);
    assert_int_equal(count_jobs(), 0);
    fill(&a, 9, 3);
    fill(&b, 0, 0);
    assert_string_not_equal(a.name, b.name);
    assert_int_equal(bm_job_file_open(results, &a, &file_a, NULL), 0);
    assert_int_equal(bm_job_file_open(results, &b, &file_b, NULL), 0);
    a.n_running = 2; /* a shorter text */
    assert_int_equal(bm_job_file_write(&file_a, &a, NULL), 0);
    assert_int_equal(bm_jobs_read(results, &jobs, NULL), 0);
    assert_int_equal(jobs.n, 2);
    size_t at = strcmp(a.name, b.name) > 0;
    assert_same_status(&jobs.jobs[at], &a);
    assert_same_status(&jobs.jobs[1 - at], &b);
    assert_int_equal(jobs.jobs[at].beat, 2);
    bm_jobs_fini(&jobs);
    /* A file of another name says nothing. */
    char copy[400], command[800];
    snprintf(copy, sizeof copy, "%s/copy", path);
    snprintf(command, sizeof command, "cp %s %s", file_a.path, copy);
    assert_int_equal(system(command), 0);
    assert_int_equal(count_jobs(), 2);
    assert_int_equal(unlink(copy), 0);
    bm_jobs_clear(results); /* both live */
    assert_int_equal(count_jobs(), 2);
    bm_job_file_close(&file_a);
    assert_int_equal(count_jobs(), 1);
    bm_job_file_close(&file_b);
    assert_int_equal(access(path, F_OK), -1);
    bm_job_status_fini(&a);
    bm_job_status_fini(&b);
}

static void what_the_dead_have_left_goes(void **state)
{
    (void)state;
    int pipes[2];
    char byte;
    snprintf(results, sizeof results, "%s/y.h5", scratch);
    assert_int_equal(pipe(pipes), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct bm_job_status status;
        struct bm_job_file file;
        fill(&status, 1, 1);
        int failed = bm_job_file_open(results, &status, &file, NULL) != 0;
        if (write(pipes[1], failed ? "!" : ".", 1) == 1)
            alarm(60), pause();
        _exit(1);
    }
    assert_int_equal(read(pipes[0], &byte, 1), 1);
    assert_int_equal(byte, '.');
    bm_jobs_clear(results);
    assert_int_equal(count_jobs(), 1);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(count_jobs(), 1);
    bm_jobs_clear(results);
    assert_int_equal(count_jobs(), 0);
    close(pipes[0]);
    close(pipes[1]);
}

/* ---- what is shown ---- */

static void give(struct bm_watch *watch, struct bm_job_status *jobs, size_t n, double now)
{
    struct bm_jobs taken = {.n = n, .jobs = calloc(n + 1, sizeof *taken.jobs)};
    for (size_t i = 0; i < n; i++) {
        struct bm_bytes text = {0};
        bm_job_status_print(&jobs[i], &text);
        assert_true(bm_job_status_parse((const char *)text.data, &taken.jobs[i]));
        bm_bytes_fini(&text);
    }
    bm_watch_take(watch, &taken, now);
}

/* The number behind `before` in the text; 0: it is not there. */
static long number_behind(const char *text, const char *before)
{
    const char *at = strstr(text, before);
    return at != NULL ? strtol(at + strlen(before), NULL, 10) : 0;
}

static size_t count_lines(const char *text, const char *with, int width)
{
    size_t n = 0;
    for (const char *line = text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        char copy[2000];
        snprintf(copy, sizeof copy, "%.*s", (int)(end - line), line);
        assert_true(bm_columns(copy) <= width);
        n += strstr(copy, with) != NULL;
    }
    return n;
}

static void everything_fits_or_is_counted(void **state)
{
    (void)state;
    static const size_t running[] = {0, 1, 5, MANY};
    for (size_t c = 0; c < 4; c++) {
        struct bm_watch watch = {.path = "results/quick.h5"};
        struct bm_job_status jobs[2];
        fill(&jobs[0], running[c], 4);
        fill(&jobs[1], 1, 0);
        give(&watch, jobs, 2, 0);
        for (int width = 20; width < 170; width += 7)
            for (int height = 3; height < 90; height++) {
                struct bm_bytes out = {0};
                bm_watch_layout(&watch, width, height, &out);
                const char *text = (const char *)out.data;
                assert_true(count_lines(text, "", width) <= (size_t)height);
                size_t rows = count_lines(text, "070000", width);
                if (width >= 48)
                    assert_int_equal(rows + (size_t)number_behind(text, "... and "),
                                     running[c] + 1);
                bm_bytes_fini(&out);
            }
        bm_watch_fini(&watch);
        bm_job_status_fini(&jobs[0]);
        bm_job_status_fini(&jobs[1]);
    }
}

static const char *show(const struct bm_watch *watch, int width)
{
    static struct bm_bytes out;
    out.size = 0;
    bm_watch_layout(watch, width, 100, &out);
    return (const char *)out.data;
}

static void assert_shows(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("expected '%s' in\n%s", part, text);
}

static void totals_are_over_jobs(void **state)
{
    (void)state;
    struct bm_watch watch = {.path = "q.h5"};
    struct bm_job_status jobs[2];
    fill(&jobs[0], 3, 2);
    fill(&jobs[1], 2, 1);
    jobs[1].done = 21; /* it knows more */
    jobs[1].trainers = 2;
    snprintf(jobs[1].batch, sizeof jobs[1].batch, "815_4");
    give(&watch, jobs, 2, 0);
    const char *text = show(&watch, 90);
    assert_shows(text, "q.h5: quick: 200 runs: 21 done, 3 failed, 5 running, 171 to do\n");
    /* The first run of each job has not told anything yet. */
    assert_shows(text, "2 jobs, 66 trainers, 3000 img/s, ETA 5 min\n");
    assert_shows(text, "\n815_4         0  00070000    begins");
    assert_shows(text, "\nnode3/4711    1  01070000     1/300      1.50    1000");
    assert_shows(text, "\nfailed: 00090000 diverged: 0\n");
    assert_int_equal(count_lines(text, "failed: ", 90), 2); /* each run once */
    bm_watch_fini(&watch);
    bm_job_status_fini(&jobs[0]);
    bm_job_status_fini(&jobs[1]);
}

/* By the clock of who watches; what was not seen to beat may be dead, or not. */
static void silence_shows(void **state)
{
    (void)state;
    struct bm_watch watch = {.path = "q.h5", .runs = 9, .done = 7, .failed = 1};
    struct bm_job_status job;
    fill(&job, 3, 0);
    give(&watch, &job, 1, 100);
    assert_true(bm_watch_is_unsure(&watch));
    job.beat++;
    give(&watch, &job, 1, 102);
    assert_false(bm_watch_is_unsure(&watch));
    give(&watch, &job, 1, 104);
    assert_shows(show(&watch, 80), "1 job, ");
    give(&watch, &job, 1, 145);
    assert_shows(show(&watch, 80), "no job works on it; 1 silent\n");
    assert_shows(show(&watch, 80), "9 runs began: 7 done, 1 failed, 1 not finished\n");
    assert_shows(show(&watch, 80), "node3/4711: nothing has come for 43 s (it ran 3 runs)\n");
    job.beat++;
    give(&watch, &job, 1, 146);
    assert_shows(show(&watch, 80), "1 job, ");
    bm_watch_fini(&watch);
    bm_job_status_fini(&job);
}

/* 64 ranks, as 64 jobs and as one: less than a hundredth of a core at a look a second. */
static void watching_costs_little(void **state)
{
    (void)state;
    enum { LOOKS = 100 };
    struct bm_watch watch = {.path = "z.h5"};
    static struct bm_job_status jobs[MANY];
    static struct bm_job_file files[MANY];
    snprintf(results, sizeof results, "%s/z.h5", scratch);
    for (size_t i = 0; i < MANY; i++) {
        fill(&jobs[i], i == 0 ? MANY : 1, BM_JOB_FAILURES);
        assert_int_equal(bm_job_file_open(results, &jobs[i], &files[i], NULL), 0);
    }
    clock_t began = clock();
    for (int look = 0; look < LOOKS; look++) {
        struct bm_jobs read;
        assert_int_equal(bm_jobs_read(results, &read, NULL), 0);
        assert_int_equal(read.n, MANY);
        bm_watch_take(&watch, &read, look);
        show(&watch, 160);
    }
    double cost = (double)(clock() - began) / CLOCKS_PER_SEC / LOOKS;
    print_message("a look: %.2f ms\n", 1e3 * cost);
    assert_true(cost < 0.01);
    for (size_t i = 0; i < MANY; i++) {
        bm_job_file_close(&files[i]);
        bm_job_status_fini(&jobs[i]);
    }
    bm_watch_fini(&watch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_status_is_read_as_it_was_written),
        cmocka_unit_test(a_status_without_a_name_is_none),
        cmocka_unit_test(a_torn_status_is_none),
        cmocka_unit_test(texts_are_harmless),
        cmocka_unit_test(jobs_say_what_they_do),
        cmocka_unit_test(what_the_dead_have_left_goes),
        cmocka_unit_test(everything_fits_or_is_counted),
        cmocka_unit_test(totals_are_over_jobs),
        cmocka_unit_test(silence_shows),
        cmocka_unit_test(watching_costs_little),
    };
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
