/* A network file system between jobs on one machine: preloaded into them (LD_PRELOAD). Below one
 * folder it does what NFS does now and then, each job as if it were on a machine of its own.
 *
 *   NFS_BELOW   the folder; all other files are left alone
 *   NFS_TABLE   a file in which the jobs tell each other what they made and wrote
 *   NFS_JOB     the job, a number from 1: its machine's
 *   NFS_CLOCK   seconds by which its machine's clock is wrong
 *   NFS_OFTEN   so many times as often as is said below (default: 1)
 *   NFS_COUNT   a file that gets a line a process: how many calls that look up names there were
 *
 * An exclusive creation that succeeds says EEXIST once in five; a new name that another job made is
 * not there for four seconds, unless its folder is listed; opening and reading says ESTALE once in
 * twenty; writing a job's file says EIO once in twenty; what another job has written in the last
 * half second reads as zeros once in four, while it has the file open. Locks hold on one machine
 * alone. */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const double unseen_s = 4, unwritten_s = 0.5;

/* What is known of a name, or of a file: made or written by whom, when. */
struct entry {
    _Atomic uint64_t key;
    int job;
    double when;
    uint64_t from; /* of a file: where what was written last begins */
};
enum { ENTRIES = 1 << 16 };

static struct entry *table; /* NULL: nothing is to be done */
static char below[PATH_MAX];
static int job;
static double wrong_by;
static unsigned often = 1;
static atomic_ulong n_calls;

#define REAL(name) __typeof__(&name) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

/* ---- life ---- */

__attribute__((constructor)) static void begin(void)
{
    const char *folder = getenv("NFS_BELOW"), *path = getenv("NFS_TABLE"), *who = getenv("NFS_JOB"),
               *clock = getenv("NFS_CLOCK"), *times = getenv("NFS_OFTEN");
    wrong_by = clock == NULL ? 0 : strtod(clock, NULL);
    often = times == NULL ? 1 : (unsigned)strtoul(times, NULL, 10);
    if (folder == NULL || path == NULL || who == NULL)
        return;
    snprintf(below, sizeof below, "%s", folder);
    job = atoi(who);
    long file = syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (file < 0 || syscall(SYS_ftruncate, file, ENTRIES * sizeof *table) != 0)
        return;
    void *shared =
        mmap(NULL, ENTRIES * sizeof *table, PROT_READ | PROT_WRITE, MAP_SHARED, (int)file, 0);
    table = shared == MAP_FAILED ? NULL : shared;
    syscall(SYS_close, file);
}

/* The program ends by _exit. */
void _exit(int code)
{
    char line[40];
    const char *path = getenv("NFS_COUNT");
    long file = path == NULL ? -1
                             : syscall(SYS_openat, AT_FDCWD, path,
                                       O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    int size = snprintf(line, sizeof line, "%lu\n", atomic_load(&n_calls));
    if (file >= 0)
        syscall(SYS_write, file, line, (size_t)size);
    for (;;)
        syscall(SYS_exit_group, code);
}

static double now(void)
{
    struct timespec time;
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Once in so many, or more often. */
static bool once_in(unsigned n)
{
    n = n / often > 2 ? n / often : 2;
    static atomic_ulong state;
    unsigned long old = atomic_fetch_add(&state, 1) * 0x9e3779b97f4a7c15u +
                        (unsigned long)syscall(SYS_getpid) * 0xbf58476d1ce4e5b9u;
    old = (old ^ (old >> 30)) * 0xbf58476d1ce4e5b9u;
    old = (old ^ (old >> 27)) * 0x94d049bb133111ebu;
    return (old >> 33) % n == 0;
}

static int fail(int error)
{
    errno = error;
    return -1;
}

/* ---- names ---- */

/* The whole path, if it is below the folder. */
static bool find(const char *path, char whole[PATH_MAX])
{
    char here[PATH_MAX];
    if (table == NULL)
        return false;
    if (path[0] == '/')
        snprintf(whole, PATH_MAX, "%s", path);
    else if (getcwd(here, sizeof here) != NULL)
        snprintf(whole, PATH_MAX, "%s/%s", here, path);
    else
        return false;
    size_t length = strlen(below);
    if (strncmp(whole, below, length) != 0 || (whole[length] != '/' && whole[length] != '\0'))
        return false;
    atomic_fetch_add(&n_calls, 1);
    return true;
}

static bool find_file(int file, char whole[PATH_MAX])
{
    char link[40];
    int saved = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    long size = table == NULL ? -1 : syscall(SYS_readlink, link, whole, PATH_MAX - 1);
    errno = saved;
    if (size < 0)
        return false;
    whole[size] = '\0';
    size_t length = strlen(below);
    return strncmp(whole, below, length) == 0 && whole[length] == '/';
}

static uint64_t hash(const void *data, size_t size)
{
    uint64_t sum = 14695981039346656037u;
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ ((const unsigned char *)data)[i]) * 1099511628211u;
    return sum | 1;
}

static struct entry *entry_of(uint64_t key)
{
    return &table[(key >> 7) % ENTRIES];
}

static void note_name(const char *whole)
{
    uint64_t key = hash(whole, strlen(whole));
    struct entry *entry = entry_of(key);
    entry->job = job;
    entry->when = now();
    atomic_store(&entry->key, key);
}

/* When this process listed the folder last. */
static struct listing {
    uint64_t key;
    double when;
} listed[256];

/* NULL: there are too many. */
static struct listing *listing_of(uint64_t folder)
{
    for (size_t i = 0; i < sizeof listed / sizeof *listed; i++)
        if (listed[i].key == folder || listed[i].key == 0) {
            listed[i].key = folder;
            return &listed[i];
        }
    return NULL;
}

static uint64_t key_of_folder(const char *whole)
{
    const char *slash = strrchr(whole, '/');
    return hash(whole, slash == NULL ? 0 : (size_t)(slash - whole));
}

/* Another job has made it, and here it is not there yet. */
static bool is_unseen(const char *whole)
{
    uint64_t key = hash(whole, strlen(whole)), folder = key_of_folder(whole);
    const struct entry *entry = entry_of(key);
    const struct listing *listing = listing_of(folder);
    return atomic_load(&entry->key) == key && entry->job != job && now() - entry->when < unseen_s &&
           listing != NULL && listing->when < entry->when;
}

static bool exists(const char *path)
{
    struct stat info;
    return syscall(SYS_newfstatat, AT_FDCWD, path, &info, AT_SYMLINK_NOFOLLOW) == 0;
}

/* ---- looking ---- */

int lstat(const char *path, struct stat *info)
{
    REAL(lstat);
    char whole[PATH_MAX];
    return find(path, whole) && is_unseen(whole) ? fail(ENOENT) : real(path, info);
}

int access(const char *path, int mode)
{
    REAL(access);
    char whole[PATH_MAX];
    return find(path, whole) && is_unseen(whole) ? fail(ENOENT) : real(path, mode);
}

DIR *opendir(const char *path)
{
    REAL(opendir);
    char whole[PATH_MAX + 2];
    DIR *folder = real(path);
    if (folder == NULL || !find(path, whole))
        return folder;
    if (once_in(20)) {
        closedir(folder);
        errno = ESTALE;
        return NULL;
    }
    strcat(whole, "/");
    struct listing *listing = listing_of(key_of_folder(whole));
    if (listing != NULL)
        listing->when = now();
    return folder;
}

/* A machine of its own. */
FILE *fopen(const char *path, const char *mode)
{
    REAL(fopen);
    static char boot[40];
    if (table == NULL || strcmp(path, "/proc/sys/kernel/random/boot_id") != 0)
        return real(path, mode);
    snprintf(boot, sizeof boot, "machine-%d\n", job);
    return fmemopen(boot, strlen(boot), "r");
}

/* ---- making ---- */

int open(const char *path, int flags, ...)
{
    REAL(open);
    va_list rest;
    char whole[PATH_MAX];
    va_start(rest, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    if (!find(path, whole))
        return real(path, flags, mode);
    if (!(flags & O_CREAT) && is_unseen(whole))
        return fail(ENOENT);
    if ((flags & (O_ACCMODE | O_CREAT)) == O_RDONLY && once_in(20))
        return fail(ESTALE);
    bool is_new = (flags & O_CREAT) && !exists(path);
    int file = real(path, flags, mode);
    if (file < 0 || !is_new)
        return file;
    note_name(whole);
    if (!(flags & O_EXCL) || !once_in(5))
        return file;
    syscall(SYS_close, file);
    return fail(EEXIST);
}

int link(const char *from, const char *to)
{
    REAL(link);
    char whole[PATH_MAX];
    if (!find(to, whole))
        return real(from, to);
    int status = real(from, to);
    if (status != 0)
        return status;
    note_name(whole);
    return once_in(5) ? fail(EEXIST) : 0;
}

int rename(const char *from, const char *to)
{
    REAL(rename);
    char whole[PATH_MAX];
    bool is_new = find(to, whole) && !exists(to);
    int status = real(from, to);
    if (status == 0 && is_new)
        note_name(whole);
    return status;
}

int unlink(const char *path)
{
    REAL(unlink);
    char whole[PATH_MAX];
    find(path, whole); /* it is counted */
    return real(path);
}

/* ---- reading and writing ---- */

static bool key_of_file(int file, uint64_t *key, uint64_t *size)
{
    struct stat info;
    if (syscall(SYS_fstat, file, &info) != 0)
        return false;
    const uint64_t id[] = {info.st_dev, info.st_ino};
    *key = hash(id, sizeof id);
    *size = (uint64_t)info.st_size;
    return true;
}

/* A lock that another machine has is not known here. */
int flock(int file, int how)
{
    REAL(flock);
    char whole[PATH_MAX];
    uint64_t key, size;
    if (!find_file(file, whole) || !key_of_file(file, &key, &size))
        return real(file, how);
    struct entry *entry = entry_of(key ^ 2);
    bool is_anothers = atomic_load(&entry->key) == (key ^ 2) && entry->job != job;
    int status = real(file, how);
    if (status != 0 && !is_anothers)
        return status;
    if (how & LOCK_EX) {
        entry->job = job;
        atomic_store(&entry->key, key ^ 2);
    }
    return 0;
}

static bool is_for_reading(int file)
{
    return (fcntl(file, F_GETFL) & O_ACCMODE) == O_RDONLY;
}

/* From where on what a file has is not to be seen here yet. */
static uint64_t seen_of(int file)
{
    uint64_t key, size;
    if (!key_of_file(file, &key, &size))
        return UINT64_MAX;
    const struct entry *entry = entry_of(key);
    return atomic_load(&entry->key) == key && entry->job != job &&
                   now() - entry->when < unwritten_s && once_in(4)
               ? entry->from
               : UINT64_MAX;
}

static ssize_t show(int file, unsigned char *data, ssize_t n, uint64_t at)
{
    uint64_t seen = n > 0 ? seen_of(file) : UINT64_MAX;
    for (ssize_t i = 0; i < n; i++)
        if (at + (uint64_t)i >= seen)
            data[i] = 0;
    return n;
}

static bool is_job_file(const char *whole)
{
    return strncmp(whole + strlen(below), "/jobs/", strlen("/jobs/")) == 0;
}

ssize_t read(int file, void *data, size_t size)
{
    REAL(read);
    char whole[PATH_MAX];
    if (!find_file(file, whole))
        return real(file, data, size);
    if (is_for_reading(file) && once_in(20))
        return fail(ESTALE);
    off_t at = lseek(file, 0, SEEK_CUR);
    return show(file, data, real(file, data, size), (uint64_t)at);
}

ssize_t pread(int file, void *data, size_t size, off_t at)
{
    REAL(pread);
    char whole[PATH_MAX];
    if (!find_file(file, whole))
        return real(file, data, size, at);
    if (is_for_reading(file) && once_in(20))
        return fail(ESTALE);
    return show(file, data, real(file, data, size, at), (uint64_t)at);
}

/* Journals grow; a job's file is written anew. */
static int note_write(int file, off_t at)
{
    static unsigned n_beats;
    char whole[PATH_MAX];
    uint64_t key, size;
    if (!find_file(file, whole))
        return 0;
    if (is_job_file(whole))
        return n_beats++ % 20 == 0 ? EIO : 0; /* the first one is */
    if (!key_of_file(file, &key, &size) || (uint64_t)at < size)
        return 0;
    struct entry *entry = entry_of(key);
    bool goes_on =
        atomic_load(&entry->key) == key && entry->job == job && now() - entry->when < unwritten_s;
    if (!goes_on)
        entry->from = (uint64_t)at;
    entry->job = job;
    entry->when = now();
    atomic_store(&entry->key, key);
    return 0;
}

ssize_t pwrite(int file, const void *data, size_t size, off_t at)
{
    REAL(pwrite);
    int error = table == NULL ? 0 : note_write(file, at);
    return error != 0 ? fail(error) : real(file, data, size, at);
}

/* What was written is there for all others then. */
int close(int file)
{
    REAL(close);
    char whole[PATH_MAX];
    uint64_t key, size;
    if (find_file(file, whole) && !is_for_reading(file) && key_of_file(file, &key, &size) &&
        atomic_load(&entry_of(key)->key) == key)
        entry_of(key)->when = 0;
    return real(file);
}

/* ---- clocks ---- */

int clock_gettime(clockid_t clock, struct timespec *time)
{
    int status = (int)syscall(SYS_clock_gettime, clock, time);
    if (status == 0 && clock == CLOCK_REALTIME)
        time->tv_sec += (time_t)wrong_by;
    return status;
}

time_t time(time_t *to)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (to != NULL)
        *to = now.tv_sec;
    return now.tv_sec;
}
