/* A disk that fails when it is told to: preloaded into the programs under test (LD_PRELOAD). It
 * counts the calls that change files below a folder, in all processes together, and makes some of
 * them fail.
 *
 *   DISK_BELOW   the folder; all other files are left alone
 *   DISK_ONLY    only calls are counted that match this pattern: "fsync x.h5.d/journal*" (paths are
 *                those below the folder, which is "." itself); not set: all
 *   DISK_COUNT   a file that holds the count
 *   DISK_FAILS   ERROR:FIRST:LAST   the calls from the FIRST to the LAST fail so: ENOSPC, EDQUOT,
 * EIO, EINTR, short (a part is written), or KILL (the process ends there) DISK_LOG     a file that
 * gets a line a call that failed: its number, its name, the file
 *
 * A call fails with what it may fail with: only those that may be interrupted with EINTR, only
 * those that may need room with ENOSPC and EDQUOT. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_ulong *count; /* NULL: nothing is to fail */
static char below[PATH_MAX];
static char error_name[16];
static unsigned long first, last;

/* What may go wrong with a call. */
enum { NEEDS_ROOM = 1, INTERRUPTIBLE = 2, WRITES = 4 };
enum { NO_ERROR = 0, SHORT = -1, DEADLY = -2 };

/* By the kernel's own calls: the library's are this file's. */
__attribute__((constructor)) static void begin(void)
{
    const char *folder = getenv("DISK_BELOW"), *path = getenv("DISK_COUNT"),
               *fails = getenv("DISK_FAILS");
    if (folder == NULL || path == NULL || fails == NULL ||
        sscanf(fails, "%15[^:]:%lu:%lu", error_name, &first, &last) != 3)
        return;
    snprintf(below, sizeof below, "%s", folder);
    long file = syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (file < 0 || syscall(SYS_ftruncate, file, sizeof *count) != 0)
        return;
    void *shared = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED, (int)file, 0);
    count = shared == MAP_FAILED ? NULL : shared;
    syscall(SYS_close, file);
}

static void note(unsigned long number, const char *call, const char *path)
{
    char line[PATH_MAX + 100];
    const char *log = getenv("DISK_LOG");
    long file = log == NULL ? -1
                            : syscall(SYS_openat, AT_FDCWD, log,
                                      O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (file < 0)
        return;
    int size = snprintf(line, sizeof line, "%lu %s %s\n", number, call, path);
    syscall(SYS_write, file, line, (size_t)size);
    syscall(SYS_close, file);
}

static int error_of(unsigned kind)
{
    static const struct {
        const char *name;
        int number;
        unsigned needs;
    } errors[] = {
        {"ENOSPC", ENOSPC, NEEDS_ROOM},  {"EDQUOT", EDQUOT, NEEDS_ROOM}, {"EIO", EIO, 0},
        {"EINTR", EINTR, INTERRUPTIBLE}, {"short", SHORT, WRITES},       {"KILL", DEADLY, 0}};
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (strcmp(errors[i].name, error_name) == 0)
            return (kind & errors[i].needs) == errors[i].needs ? errors[i].number : NO_ERROR;
    return NO_ERROR;
}

/* The path as it is below the folder; NULL: it is not. */
static const char *path_below(const char *path)
{
    size_t length = strlen(below);
    if (strncmp(path, below, length) != 0 || (path[length] != '/' && path[length] != '\0'))
        return NULL;
    return path[length] == '/' ? path + length + 1 : ".";
}

static int is_meant(const char *call, const char *path)
{
    const char *only = getenv("DISK_ONLY");
    char text[PATH_MAX + 20];
    snprintf(text, sizeof text, "%s %s", call, path);
    return only == NULL || fnmatch(only, text, 0) == 0;
}

/* What the call is to fail with. */
static int fault(const char *call, const char *path, unsigned kind)
{
    path = path_below(path);
    if (count == NULL || path == NULL || !is_meant(call, path))
        return NO_ERROR;
    unsigned long number = atomic_fetch_add(count, 1) + 1;
    int error = number < first || number > last ? NO_ERROR : error_of(kind);
    if (error != NO_ERROR)
        note(number, call, path);
    if (error == DEADLY)
        raise(SIGKILL);
    return error;
}

static int fault_of_path(const char *call, const char *path, unsigned kind)
{
    char whole[2 * PATH_MAX], here[PATH_MAX];
    if (path[0] == '/' || getcwd(here, sizeof here) == NULL)
        return fault(call, path, kind);
    snprintf(whole, sizeof whole, "%s/%s", here, path);
    return fault(call, whole, kind);
}

static int fault_of_file(const char *call, int file, unsigned kind)
{
    char link[40], path[PATH_MAX];
    int saved = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t size = count == NULL ? -1 : readlink(link, path, sizeof path - 1);
    errno = saved;
    if (size < 0)
        return NO_ERROR;
    path[size] = '\0';
    return fault(call, path, kind);
}

static int fail(int error)
{
    errno = error;
    return -1;
}

/* ---- calls ---- */

#define REAL(name) __typeof__(&name) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

ssize_t write(int file, const void *data, size_t size)
{
    REAL(write);
    int error = fault_of_file("write", file, NEEDS_ROOM | INTERRUPTIBLE | WRITES);
    return error > 0 ? fail(error) : real(file, data, error == SHORT ? (size + 1) / 2 : size);
}

ssize_t pwrite(int file, const void *data, size_t size, off_t at)
{
    REAL(pwrite);
    int error = fault_of_file("pwrite", file, NEEDS_ROOM | INTERRUPTIBLE | WRITES);
    return error > 0 ? fail(error) : real(file, data, error == SHORT ? (size + 1) / 2 : size, at);
}

int fsync(int file)
{
    REAL(fsync);
    int error = fault_of_file("fsync", file, NEEDS_ROOM | INTERRUPTIBLE);
    return error > 0 ? fail(error) : real(file);
}

int fdatasync(int file)
{
    REAL(fdatasync);
    int error = fault_of_file("fdatasync", file, NEEDS_ROOM | INTERRUPTIBLE);
    return error > 0 ? fail(error) : real(file);
}

int ftruncate(int file, off_t size)
{
    REAL(ftruncate);
    int error = fault_of_file("ftruncate", file, NEEDS_ROOM | INTERRUPTIBLE);
    return error > 0 ? fail(error) : real(file, size);
}

/* The file is closed all the same. */
int close(int file)
{
    REAL(close);
    int error = fault_of_file("close", file, NEEDS_ROOM | INTERRUPTIBLE);
    int status = real(file);
    return error > 0 ? fail(error) : status;
}

int open(const char *path, int flags, ...)
{
    REAL(open);
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    int error = fault_of_path("open", path, (flags & O_CREAT ? NEEDS_ROOM : 0U) | INTERRUPTIBLE);
    return error > 0 ? fail(error) : real(path, flags, mode);
}

int rename(const char *from, const char *to)
{
    REAL(rename);
    int error = fault_of_path("rename", to, NEEDS_ROOM);
    return error > 0 ? fail(error) : real(from, to);
}

int link(const char *from, const char *to)
{
    REAL(link);
    int error = fault_of_path("link", to, NEEDS_ROOM);
    return error > 0 ? fail(error) : real(from, to);
}

int unlink(const char *path)
{
    REAL(unlink);
    int error = fault_of_path("unlink", path, NEEDS_ROOM);
    return error > 0 ? fail(error) : real(path);
}

int mkdir(const char *path, mode_t mode)
{
    REAL(mkdir);
    struct stat info;
    int error = lstat(path, &info) == 0 ? NO_ERROR : fault_of_path("mkdir", path, NEEDS_ROOM);
    return error > 0 ? fail(error) : real(path, mode);
}
