/* Claims, and who lives: what is taken over, and what never is. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "bm/claim.h"
#include "bm/lock.h"

/* Stands before the C library's: tests need not wait for the disk. */
int fsync(int file)
{
    (void)file;
    return 0;
}

static char scratch[64], results[100];
static const char run[] = "00112233445566778899aabbccddeeff";

static int make_here(void **state)
{
    (void)state;
    snprintf(scratch, sizeof scratch, "/tmp/bm-claim-XXXXXX");
    if (mkdtemp(scratch) == NULL)
        return -1;
    snprintf(results, sizeof results, "%s/x.h5", scratch);
    return 0;
}

static int remove_scratch(void **state)
{
    char command[100];
    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", scratch);
    return system(command);
}

static char *claim_path(const char *what)
{
    static char path[300];
    snprintf(path, sizeof path, "%s.d/claims/%s", results, what);
    return path;
}

/* What another job, or nobody, has put there: never through the names of one file. */
static void put_claim(const char *what, const char *text)
{
    unlink(claim_path(what));
    assert_int_equal(bm_file_put(claim_path(what), text, strlen(text), NULL), 0);
}

/* A job with a file, which it writes when it is asked to. */
struct job {
    struct bm_job_status status;
    struct bm_job_file file;
    struct bm_claims claims;
};

static void open_job(struct job *job, double timeout_s)
{
    struct bm_err err = {0};
    *job = (struct job){.file.size = 0};
    if (bm_job_file_open(results, &job->status, &job->file, &err) != 0 ||
        bm_claims_init(&job->claims, results, job->status.name, timeout_s, &err) != 0)
        fail_msg("%s", err.text);
}

static void beat(struct job *job)
{
    assert_int_equal(bm_job_file_write(&job->file, &job->status, NULL), 0);
}

static void close_job(struct job *job)
{
    bm_claims_fini(&job->claims);
    bm_job_file_close(&job->file);
}

static void a_run_is_one_jobs(void **state)
{
    (void)state;
    struct job a, b;
    open_job(&a, 1000);
    open_job(&b, 1000);
    assert_int_equal(bm_claim_look(&a.claims, run), BM_CLAIM_FREE);
    assert_true(bm_claim_take(&a.claims, run));
    /* A server that says of one's own creation that the file is there already. */
    assert_true(bm_claim_take(&a.claims, run));
    assert_false(bm_claim_take(&b.claims, run));
    assert_int_equal(bm_claim_look(&a.claims, run), BM_CLAIM_OURS);
    assert_int_equal(bm_claim_look(&b.claims, run), BM_CLAIM_UNSURE);
    beat(&a);
    assert_int_equal(bm_claim_look(&b.claims, run), BM_CLAIM_ALIVE);
    bm_claim_release(&b.claims, run); /* it is not its own */
    assert_false(bm_claim_clear(&b.claims, run));
    assert_int_equal(bm_claim_look(&a.claims, run), BM_CLAIM_OURS);
    bm_claim_release(&a.claims, run);
    assert_int_equal(bm_claim_look(&a.claims, run), BM_CLAIM_FREE);
    assert_true(bm_claim_take(&b.claims, run));
    close_job(&b); /* gives it back */
    assert_int_equal(bm_claim_look(&a.claims, run), BM_CLAIM_FREE);
    close_job(&a);
    assert_int_equal(access(claim_path(""), F_OK), -1);
}

/* One on another system has the run; the other one waits 0.4 s for a sign of life. */
static void open_far_apart(struct job *far, struct job *waiting)
{
    open_job(far, 1000);
    snprintf(far->status.boot, sizeof far->status.boot, "another system");
    beat(far);
    open_job(waiting, 1.5);
    assert_true(bm_claim_take(&far->claims, run));
}

/* By the looks of who waits: whatever times the files have. */
static void silence_makes_a_claim_stale(void **state)
{
    (void)state;
    struct job a, b;
    open_far_apart(&a, &b);
    for (int i = 0; i < 8; i++) { /* it lives, for twice the time */
        beat(&a);
        assert_true(bm_claim_look(&b.claims, run) < BM_CLAIM_DEAD);
        usleep(400000);
    }
    assert_false(bm_claim_clear(&b.claims, run));
    for (int i = 0; i < 5; i++) {
        bm_claim_look(&b.claims, run);
        usleep(400000);
    }
    assert_int_equal(bm_claim_look(&b.claims, run), BM_CLAIM_STALE);
    assert_true(bm_claim_clear(&b.claims, run));
    assert_true(bm_claim_take(&b.claims, run));
    /* Who wakes up finds that out, and gives nothing back that is not its own. */
    assert_false(bm_claim_holds(results, run, a.status.name));
    bm_claim_release(&a.claims, run);
    assert_true(bm_claim_holds(results, run, b.status.name));
    close_job(&a);
    assert_true(bm_claim_holds(results, run, b.status.name));
    close_job(&b);
}

static void a_claim_that_was_not_taken_goes_on(void **state)
{
    (void)state;
    struct job a, b;
    open_job(&a, 1000);
    open_job(&b, 1000);
    assert_true(bm_claim_take(&a.claims, run));
    assert_true(bm_claim_holds(results, run, a.status.name));
    assert_int_equal(unlink(claim_path(run)), 0);
    assert_true(bm_claim_holds(results, run, a.status.name)); /* and is there again */
    assert_false(bm_claim_take(&b.claims, run));
    put_claim(run, "nothing that makes sense");
    assert_true(bm_claim_holds(results, run, a.status.name));
    close_job(&b);
    close_job(&a);
}

/* The system knows that it has died, whatever the time. */
static void a_dead_jobs_claim_is_taken_at_once(void **state)
{
    (void)state;
    struct job b;
    int pipes[2];
    char byte;
    assert_int_equal(pipe(pipes), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct job a;
        open_job(&a, 1000);
        if (bm_claim_take(&a.claims, run) && write(pipes[1], ".", 1) == 1)
            alarm(60), pause();
        _exit(1);
    }
    assert_int_equal(read(pipes[0], &byte, 1), 1);
    open_job(&b, 1000);
    assert_int_equal(bm_claim_look(&b.claims, run), BM_CLAIM_UNSURE);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    assert_int_equal(bm_claim_look(&b.claims, run), BM_CLAIM_DEAD);
    assert_true(bm_claim_clear(&b.claims, run) && bm_claim_take(&b.claims, run));
    bm_claim_release(&b.claims, run);
    bm_claims_clear_dead(&b.claims);
    bm_jobs_clear(results);
    close_job(&b);
    assert_int_equal(access(claim_path(""), F_OK), -1); /* nothing of it is left */
    close(pipes[0]);
    close(pipes[1]);
}

/* Its files are taken away; it makes them anew when it wakes up. */
/* Stands before the C library's: what another job does just before a link is made. */
static struct job *intruder;
int link(const char *from, const char *to)
{
    struct job *job = intruder;
    intruder = NULL;
    if (job != NULL)
        assert_true(bm_claim_clear(&job->claims, run) && bm_claim_take(&job->claims, run));
    return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

/* Two find a claim dead; before one of them clears it, the other has it. */
static void a_claim_taken_meanwhile_is_not_cleared(void **state)
{
    (void)state;
    struct job a, b;
    open_job(&a, 1000);
    open_job(&b, 1000);
    put_claim(run, "0123456789abcdef\n"); /* of a job that ended */
    beat(&a);
    assert_int_equal(bm_claim_look(&a.claims, run), BM_CLAIM_DEAD);
    intruder = &b;
    assert_false(bm_claim_clear(&a.claims, run));
    assert_null(intruder);
    assert_true(bm_claim_holds(results, run, b.status.name));
    close_job(&b);
    close_job(&a);
    assert_int_equal(access(claim_path(""), F_OK), -1);
}

/* Whoever died when it was about to clear a claim keeps nobody from it for long. */
static void a_right_that_was_left_goes(void **state)
{
    (void)state;
    struct job a;
    open_job(&a, 1000);
    put_claim(run, "0123456789abcdef\n");
    put_claim(".00112233445566778899aabbccddeeff-0123456789abcdef", "fedcba9876543210\n");
    assert_false(bm_claim_clear(&a.claims, run));
    assert_true(bm_claim_clear(&a.claims, run));
    put_claim(".00112233445566778899aabbccddeeff-0123456789abcdef", "fedcba9876543210\n");
    bm_claims_clear_dead(&a.claims);
    close_job(&a);
    assert_int_equal(access(claim_path(""), F_OK), -1);
}

/* A disk without room for a name: no claim is made that nobody owns. */
static void a_full_disk_claims_nothing(void **state)
{
    (void)state;
    struct job a;
    struct rlimit before, none;
    char token[BM_JOB_NAME + 1];
    open_job(&a, 1000);
    snprintf(token, sizeof token, ".%s", a.status.name);
    assert_int_equal(unlink(claim_path(token)), 0);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    none = before;
    none.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    assert_true(bm_claim_take(&a.claims, run)); /* no reason not to go on */
    assert_int_equal(access(claim_path(run), F_OK), -1);
    assert_int_equal(access(claim_path(token), F_OK), -1);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_true(bm_claim_take(&a.claims, run));
    assert_int_equal(bm_claim_look(&a.claims, run), BM_CLAIM_OURS);
    close_job(&a);
}

static void a_silent_job_leaves_nothing(void **state)
{
    (void)state;
    struct job a, b;
    open_far_apart(&a, &b);
    for (int i = 0; i < 4; i++) {
        bm_job_sights_clear(&b.claims.sights, b.status.name);
        bm_claims_clear_dead(&b.claims);
        assert_int_equal(access(a.file.path, F_OK), 0); /* not too soon */
        assert_int_equal(bm_claim_look(&b.claims, run), BM_CLAIM_UNSURE);
        usleep(80000);
    }
    usleep(1500000);
    bm_claims_clear_dead(&b.claims);
    bm_job_sights_clear(&b.claims.sights, b.status.name);
    assert_int_equal(access(a.file.path, F_OK), -1);
    assert_int_equal(bm_claim_look(&b.claims, run), BM_CLAIM_FREE);
    beat(&a);
    assert_int_equal(access(a.file.path, F_OK), 0);
    assert_int_equal(bm_lock_is_free(a.file.path), 0);
    assert_true(bm_claim_take(&a.claims, run));
    assert_false(bm_claim_take(&b.claims, run));
    close_job(&a);
    close_job(&b);
    assert_int_equal(access(claim_path(""), F_OK), -1);
    open_job(&a, 1000);
    assert_int_equal(remove_scratch(NULL), 0);
    assert_int_equal(bm_job_file_write(&a.file, &a.status, NULL), -1);
    assert_int_equal(access(scratch, F_OK), -1); /* all of it is gone, and stays so */
    close_job(&a);
}

/* Whatever is in the files: nobody gets what a living job has, and nothing but names comes of it.
 */
static void corruption_invents_nothing(void **state)
{
    (void)state;
    enum { CORRUPTIONS = 10000 };
    struct job a, b;
    unsigned long random = 7;
    open_job(&a, 1000);
    open_job(&b, 1000);
    for (int i = 0; i < CORRUPTIONS; i++) {
        char text[64];
        size_t size = (size_t)(i % 40);
        snprintf(text, sizeof text, "%s\n", a.status.name);
        for (size_t c = strlen(text); c < sizeof text; c++)
            text[c] = '\0';
        for (int flips = 1 + i % 3; flips > 0; flips--) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            text[(random >> 33) % BM_JOB_NAME] ^= (char)(1 << ((random >> 20) & 7));
        }
        if (i % 4 == 0)
            size = BM_JOB_NAME;
        unlink(claim_path(run));
        assert_int_equal(bm_file_put(claim_path(run), text, size, NULL), 0);
        bool is_a = size >= BM_JOB_NAME && strncmp(text, a.status.name, BM_JOB_NAME - 1) == 0 &&
                    text[BM_JOB_NAME - 1] == '\n';
        enum bm_claim_state seen = bm_claim_look(&b.claims, run);
        assert_int_not_equal(seen, BM_CLAIM_OURS);
        assert_int_not_equal(seen, BM_CLAIM_FREE);
        assert_false(bm_claim_take(&b.claims, run) && !is_a);
        assert_int_equal(bm_claim_look(&a.claims, run) == BM_CLAIM_OURS, is_a);
    }
    close_job(&a);
    close_job(&b);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_here, remove_scratch)
    const struct CMUnitTest tests[] = {
        TEST(a_run_is_one_jobs),
        TEST(silence_makes_a_claim_stale),
        TEST(a_claim_that_was_not_taken_goes_on),
        TEST(a_dead_jobs_claim_is_taken_at_once),
        TEST(a_claim_taken_meanwhile_is_not_cleared),
        TEST(a_right_that_was_left_goes),
        TEST(a_full_disk_claims_nothing),
        TEST(a_silent_job_leaves_nothing),
        TEST(corruption_invents_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
