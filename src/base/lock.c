/* flock(2), close-on-exec, so that trainers do not inherit it. The file names the holder; it is
 * never removed, because a removed lock file can be locked by two. */
#include "bm/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "bm/clock.h"
#include "bm/file.h"
#include "bm/interrupt.h"
#include "bm/machine.h"

/* ---- the holder ---- */

/* The lock file's text: "HOST pid PID since TIME, parent PID", and then, when the holder is about
 * to let go, ", leaving". */
struct holder {
    char text[256]; /* up to the first comma */
    char host[64];
    long pid, parent;
    bool leaving;
};

static void write_holder(int lock, bool leaving)
{
    char host[64], utc[32], text[256];
    snprintf(text, sizeof text, "%s pid %ld since %s, parent %ld%s\n", bm_host(host, sizeof host),
             (long)getpid(), bm_utc(utc, sizeof utc), (long)getppid(), leaving ? ", leaving" : "");
    /* Who holds it is a courtesy: the lock holds without. */
    if (ftruncate(lock, 0) != 0 || pwrite(lock, text, strlen(text), 0) < 0)
        return;
}

static void read_holder(int lock, struct holder *holder)
{
    char word[16] = "";
    *holder = (struct holder){0};
    ssize_t n = pread(lock, holder->text, sizeof holder->text - 1, 0);
    holder->text[n > 0 ? n : 0] = '\0';
    sscanf(holder->text, "%63s pid %ld since %*[^,], parent %ld, %15s", holder->host, &holder->pid,
           &holder->parent, word);
    holder->leaving = strcmp(word, "leaving") == 0;
    holder->text[strcspn(holder->text, ",\n")] = '\0';
    if (holder->text[0] == '\0')
        snprintf(holder->text, sizeof holder->text, "another process");
}

static long parent_of(long pid)
{
    char path[64];
    long parent = 0;
    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return 0;
    if (fscanf(file, "%*d (%*[^)]) %*c %ld", &parent) != 1)
        parent = 0;
    fclose(file);
    return parent;
}

/* Whether waiting for the holder is of no use: it is on this machine, whoever started it is still
 * there, and it has not said that it leaves. A rank outlives a killed mpirun by seconds. */
static bool is_healthy(const struct holder *holder)
{
    char host[64];
    return holder->parent > 0 && !holder->leaving &&
           strcmp(holder->host, bm_host(host, sizeof host)) == 0 &&
           parent_of(holder->pid) == holder->parent;
}

/* ---- taking it ---- */

static bool is_unsupported(int error)
{
    return error == ENOLCK || error == ENOSYS || error == EOPNOTSUPP;
}

static void say_waiting(const char *results, const struct holder *holder, double wait_s,
                        void (*tell)(const char *sentence))
{
    char sentence[1000], most[40] = "";
    if (isfinite(wait_s))
        snprintf(most, sizeof most, " up to %g s", wait_s);
    snprintf(sentence, sizeof sentence, "%s is in use by %s; waiting%s", results, holder->text,
             most);
    tell(sentence);
}

/* Tries until the lock is had, the time is over (errno EWOULDBLOCK) or it cannot be had. */
static int try_until(int lock, const char *results, double wait_s,
                     void (*tell)(const char *sentence))
{
    const double pause_s = 0.05, healthy_wait_s = 0.5;
    struct bm_stint stint = {0};
    bool told = false;
    while (flock(lock, LOCK_EX | LOCK_NB) != 0) {
        struct holder holder;
        if (errno != EWOULDBLOCK && errno != EINTR)
            return -1;
        double waited = bm_stint_look(&stint);
        read_holder(lock, &holder);
        bool in_vain = isfinite(wait_s) && is_healthy(&holder);
        if (waited >= wait_s || (in_vain && waited >= healthy_wait_s)) {
            errno = EWOULDBLOCK;
            return -1;
        }
        /* Not at once: those who only look hold it for a moment, too. */
        if (!told && !in_vain && waited >= pause_s && tell != NULL) {
            say_waiting(results, &holder, wait_s, tell);
            told = true;
        }
        errno = EINTR;
        if (bm_interrupt != 0 ||
            nanosleep(&(struct timespec){.tv_nsec = (long)(1e9 * pause_s)}, NULL) != 0)
            return -1; /* by a signal */
    }
    return 0;
}

int bm_lock_try(const char *path, int *lock, struct bm_err *err)
{
    *lock = bm_file_open(path, O_RDWR | O_CREAT, err);
    if (*lock < 0)
        return -1;
    if (flock(*lock, LOCK_EX | LOCK_NB) == 0) {
        write_holder(*lock, false);
        return 1;
    }
    int error = errno;
    bm_lock_release(*lock);
    *lock = BM_NO_LOCK;
    errno = error;
    return error == EWOULDBLOCK || error == EINTR ? 0
           : is_unsupported(error)                ? 1
                                                  : bm_fail_errno(err, "cannot lock %s", path);
}

int bm_lock_take(const char *path, const char *results, double wait_s,
                 void (*tell)(const char *sentence), int *lock, struct bm_err *err)
{
    *lock = bm_file_open(path, O_RDWR | O_CREAT, err);
    if (*lock < 0)
        return bm_fail_at(err, "%s cannot be locked", results);
    if (try_until(*lock, results, wait_s, tell) == 0) {
        write_holder(*lock, false);
        return 0;
    }
    int error = errno;
    struct holder holder;
    read_holder(*lock, &holder);
    if (error == EWOULDBLOCK)
        bm_fail(err, BM_EXIT_IO,
                "%s is in use by %s: wait until it has ended, or choose another results file",
                results, holder.text);
    else if (error == EINTR)
        bm_fail(err, BM_EXIT_AGAIN, "interrupted while waiting for %s", results);
    else if (!is_unsupported(error))
        bm_fail_errno(err, "cannot lock %s", path);
    bm_lock_release(*lock);
    *lock = BM_NO_LOCK;
    if (!is_unsupported(error))
        return -1;
    char sentence[1000];
    snprintf(sentence, sizeof sentence,
             "%s: this file system has no locks (%s); make sure that only one bm-sweep writes here",
             results, strerror(error));
    if (tell != NULL)
        tell(sentence);
    return 0;
}

void bm_lock_leave(int lock)
{
    if (lock != BM_NO_LOCK)
        write_holder(lock, true);
}

void bm_lock_release(int lock)
{
    if (lock != BM_NO_LOCK)
        close(lock);
}

int bm_lock_is_free(const char *path)
{
    int there = bm_file_find(path, NULL, NULL);
    if (there <= 0)
        return there == 0 ? 1 : -1;
    int file = bm_file_open(path, O_RDONLY, NULL);
    if (file < 0)
        return -1;
    int is_free = flock(file, LOCK_SH | LOCK_NB) == 0 ? 1 : errno == EWOULDBLOCK ? 0 : -1;
    close(file);
    return is_free;
}
