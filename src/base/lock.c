/* flock(2), close-on-exec, so that trainers do not inherit it. The file names the holder; it is
 * never removed, because a removed lock file can be locked by two. */
#include "bm/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "bm/clock.h"
#include "bm/machine.h"

enum { HOLDER_SIZE = 256 };

static void write_holder(int lock)
{
    char host[64], utc[32], text[HOLDER_SIZE];
    snprintf(text, sizeof text, "%s pid %ld since %s\n", bm_host(host, sizeof host), (long)getpid(),
             bm_utc(utc, sizeof utc));
    /* Who holds it is a courtesy: the lock holds without. */
    if (ftruncate(lock, 0) != 0 || pwrite(lock, text, strlen(text), 0) < 0)
        return;
}

static const char *read_holder(int lock, char text[HOLDER_SIZE])
{
    ssize_t n = pread(lock, text, HOLDER_SIZE - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    text[strcspn(text, "\n")] = '\0';
    return text[0] != '\0' ? text : "another process";
}

static bool is_unsupported(int error)
{
    return error == ENOLCK || error == ENOSYS || error == EOPNOTSUPP;
}

/* Tries until the lock is had, the time is over (errno EWOULDBLOCK) or it cannot be had. */
static int try_until(int lock, double end, const char *results, double wait_s,
                     void (*tell)(const char *sentence))
{
    bool told = false;
    while (flock(lock, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return -1;
        if (bm_seconds() >= end) {
            errno = EWOULDBLOCK;
            return -1;
        }
        if (!told && tell != NULL) {
            char holder[HOLDER_SIZE], sentence[1000];
            int length = snprintf(sentence, sizeof sentence, "%s is in use by %s; waiting", results,
                                  read_holder(lock, holder));
            if (isfinite(wait_s))
                snprintf(sentence + length, sizeof sentence - (size_t)length, " up to %g s",
                         wait_s);
            tell(sentence);
        }
        told = true;
        if (nanosleep(&(struct timespec){.tv_nsec = 50 * 1000 * 1000}, NULL) != 0)
            return -1; /* by a signal */
    }
    return 0;
}

int bm_lock_take(const char *path, const char *results, double wait_s,
                 void (*tell)(const char *sentence), int *lock, struct bm_err *err)
{
    *lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (*lock < 0)
        return bm_fail_errno(err, "cannot open lock file %s", path);
    if (try_until(*lock, bm_seconds() + wait_s, results, wait_s, tell) == 0) {
        write_holder(*lock);
        return 0;
    }
    int error = errno;
    char holder[HOLDER_SIZE], sentence[1000];
    if (error == EWOULDBLOCK)
        bm_fail(err, BM_EXIT_IO,
                "%s is in use by %s: wait until it has ended, or choose another results file",
                results, read_holder(*lock, holder));
    else if (error == EINTR)
        bm_fail(err, BM_EXIT_AGAIN, "interrupted while waiting for %s", results);
    else if (!is_unsupported(error))
        bm_fail_errno(err, "cannot lock %s", path);
    bm_lock_release(*lock);
    *lock = BM_NO_LOCK;
    if (!is_unsupported(error))
        return -1;
    snprintf(sentence, sizeof sentence,
             "%s: this file system has no locks (%s); make sure that only one bm-sweep writes here",
             results, strerror(error));
    if (tell != NULL)
        tell(sentence);
    return 0;
}

void bm_lock_release(int lock)
{
    if (lock != BM_NO_LOCK)
        close(lock);
}
