/* One writer at a time, and how those who come second are told. */
#include <signal.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "bm/clock.h"
#include "bm/lock.h"
#include "store.h"

/* Stands before the C library's: file systems without locks say ENOLCK or ENOSYS. */
static int flock_error;
int flock(int file, int operation)
{
    if (flock_error == 0)
        return (int)syscall(SYS_flock, file, operation);
    errno = flock_error;
    return -1;
}

/* A process that holds the store until it is told to leave (SIGUSR1) or killed. */
static void leave(int number)
{
    (void)number;
}
static pid_t start_holder(void)
{
    int ready[2];
    char byte = 0;
    assert_int_equal(pipe(ready), 0);
    signal(SIGUSR1, leave);
    pid_t holder = fork();
    if (holder == 0) {
        struct bm_store *store;
        byte = bm_store_open(path, 0, NULL, &store, NULL) == 0;
        if (write(ready[1], &byte, 1) == 1)
            pause();
        bm_store_leave(store);
        pause();
        _exit(0);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(byte, 1);
    close(ready[0]);
    close(ready[1]);
    return holder;
}

static void end_holder(pid_t holder)
{
    kill(holder, SIGKILL);
    waitpid(holder, NULL, 0);
}

/* Opens while the holder lives; the seconds that it took to be refused. */
static double refused_after(double wait_s, pid_t holder)
{
    struct bm_store *store;
    struct bm_err err = {0};
    char pid[32];
    snprintf(pid, sizeof pid, "pid %d since 20", (int)holder);
    told[0] = '\0';
    double start = bm_seconds();
    assert_int_equal(bm_store_open(path, wait_s, tell, &store, &err), -1);
    assert_int_equal(err.code, BM_EXIT_IO);
    assert_says(err.text, pid);
    if (told[0] != '\0')
        assert_says(told, pid);
    return bm_seconds() - start;
}

static void one_writer_at_a_time(void **state)
{
    (void)state;
    pid_t holder = start_holder();
    assert_true(fmin(refused_after(0, holder), refused_after(0, holder)) < 0.4);
    /* One in good health is not waited for, and nobody is told to wait. */
    assert_true(refused_after(60, holder) < 30);
    assert_int_equal(told[0], '\0');
    /* One that is leaving is. */
    kill(holder, SIGUSR1);
    usleep(300 * 1000);
    assert_true(refused_after(1.5, holder) >= 1.5);
    assert_says(told, "waiting up to 1.5 s");

    pid_t killer = fork();
    if (killer == 0) {
        usleep(600 * 1000);
        kill(holder, SIGKILL);
        _exit(0);
    }
    struct bm_store *store;
    assert_int_equal(bm_store_open(path, 60, tell, &store, NULL), 0);
    bm_store_close(store);
    waitpid(killer, NULL, 0);
    waitpid(holder, NULL, 0);
}

/* Ranks outlive a killed mpirun by seconds. */
static void an_orphan_is_waited_for(void **state)
{
    (void)state;
    int ready[2];
    pid_t orphan;
    assert_int_equal(pipe(ready), 0);
    pid_t parent = fork();
    if (parent == 0) {
        pid_t holder = start_holder();
        _exit(write(ready[1], &holder, sizeof holder) != sizeof holder);
    }
    assert_int_equal(read(ready[0], &orphan, sizeof orphan), sizeof orphan);
    waitpid(parent, NULL, 0);
    assert_true(refused_after(1.5, orphan) >= 1.5);
    kill(orphan, SIGKILL);
    close(ready[0]);
    close(ready[1]);
}

static void who_only_looks_does_not_disturb(void **state)
{
    (void)state;
    char lock[160];
    snprintf(lock, sizeof lock, "%s.d/lock", path);
    assert_int_equal(bm_lock_is_free(lock), 1); /* nothing is there */
    pid_t holder = start_holder();
    assert_int_equal(bm_lock_is_free(lock), 0);
    end_holder(holder);
    assert_int_equal(bm_lock_is_free(lock), 1);
    flock_error = ENOLCK;
    assert_int_equal(bm_lock_is_free(lock), -1);
    flock_error = 0;
    assert_int_equal(unlink(lock), 0);
    assert_int_equal(mkfifo(lock, 0600), 0);
    assert_int_equal(bm_lock_is_free(lock), -1);
    assert_says(refusal(), "is a pipe");
}

static void without_locks_it_goes_on(void **state)
{
    (void)state;
    static const int errors[] = {ENOLCK, ENOSYS, EACCES};
    for (size_t i = 0; i < 3; i++) {
        struct bm_store *store;
        told[0] = '\0';
        flock_error = errors[i];
        int status = bm_store_open(path, 1, tell, &store, NULL);
        flock_error = 0;
        assert_int_equal(status, errors[i] == EACCES ? -1 : 0);
        assert_int_equal(strstr(told, "has no locks") != NULL, status == 0);
        bm_store_close(store);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, new_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        TEST(one_writer_at_a_time),
        TEST(an_orphan_is_waited_for),
        TEST(who_only_looks_does_not_disturb),
        TEST(without_locks_it_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
