/* What `results:` names, before anything is opened there: a file that is not ours must not be taken
 * for a damaged one of ours. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "sweep_file.h"

static bool is_same_file(const struct stat *info, const char *path)
{
    struct stat other;
    return stat(path, &other) == 0 && other.st_dev == info->st_dev && other.st_ino == info->st_ino;
}

/* The store knows what to do with a damaged file whose journal is there, and with an empty one. */
static bool is_foreign(const char *path)
{
    static const char signature[8] = "\x89HDF\r\n\x1a\n";
    char journal[1100], first[sizeof signature];
    struct stat info;
    snprintf(journal, sizeof journal, "%s.d/journal.0", path);
    FILE *file = stat(journal, &info) == 0 ? NULL : fopen(path, "re");
    if (file == NULL)
        return false;
    size_t n = fread(first, 1, sizeof first, file);
    fclose(file);
    return n > 0 && (n < sizeof first || memcmp(first, signature, sizeof first) != 0);
}

int bm_results_path_check(const char *path, const char *sweep_file, struct bm_err *err)
{
    struct stat info;
    size_t length = strlen(path);
    const char *reason = NULL;
    errno = 0;
    bool is_there = stat(path, &info) == 0;
    if (strstr(path, "://") != NULL)
        reason = "is an address; results are written to a file";
    else if ((is_there && S_ISDIR(info.st_mode)) || (length > 0 && path[length - 1] == '/'))
        reason = "is a folder: name a file in it, such as NAME.h5";
    else if (errno == ENOTDIR)
        reason = "leads through a file as if it were a folder";
    else if (is_there && !S_ISREG(info.st_mode))
        reason = "is a device or pipe: name a file";
    else if (is_there && is_same_file(&info, sweep_file))
        reason = "is the sweep file itself: name another file";
    else if (is_there && is_foreign(path))
        reason = "is not a results file: it is left as it is; name another file";
    return reason == NULL ? 0 : bm_fail(err, BM_EXIT_DATA, "results: '%s' %s", path, reason);
}
