/* Folders: made and synced so that they outlast a power failure, and looked through. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bm/file.h"

void bm_folder_of(const char *path, char folder[BM_PATH_SIZE])
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        snprintf(folder, BM_PATH_SIZE, ".");
    else
        snprintf(folder, BM_PATH_SIZE, "%.*s", slash == path ? 1 : (int)(slash - path), path);
}

/* Some network file systems cannot sync a folder, and need not; and a folder in which one may write
 * need not be one that one may read. */
static bool cannot_be_synced(int error)
{
    static const int errors[] = {EINVAL, EROFS, ENOSYS, EOPNOTSUPP, EBADF, EACCES, EPERM};
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (error == errors[i])
            return true;
    return false;
}

int bm_folder_sync(const char *path, struct bm_err *err)
{
    int folder = -1;
    for (int i = 0; folder < 0 && (i == 0 || bm_file_is_stale(i)); i++)
        folder = (int)TEMP_FAILURE_RETRY(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    int status = folder < 0 || TEMP_FAILURE_RETRY(fsync(folder)) != 0 ? errno : 0;
    if (folder >= 0)
        close(folder);
    if (status == 0 || cannot_be_synced(status))
        return 0;
    errno = status;
    return bm_fail_errno(err, "cannot write to folder %s", path);
}

/* Makes the last folder of the path only. */
static int make_last(const char *path, struct bm_err *err)
{
    enum { TRIES = 10 }; /* somebody else may just make it, and take it away again */
    struct stat info;
    for (int i = 0; i < TRIES; i++) {
        if (mkdir(path, 0777) == 0) {
            char above[BM_PATH_SIZE];
            bm_folder_of(path, above);
            return bm_folder_sync(above, err);
        }
        if (errno != EEXIST)
            return bm_fail_errno(err, "cannot make folder %s", path);
        if (stat(path, &info) == 0)
            return S_ISDIR(info.st_mode)
                       ? 0
                       : bm_fail(err, BM_EXIT_IO, "%s is in the way: a folder is to be made there",
                                 path);
        if (lstat(path, &info) == 0 && S_ISLNK(info.st_mode))
            return bm_fail(err, BM_EXIT_IO,
                           "%s is a link to a place that is not there (not mounted?)", path);
    }
    return bm_fail_errno(err, "cannot make folder %s", path);
}

int bm_folder_make(const char *path, struct bm_err *err)
{
    char above[BM_PATH_SIZE];
    struct stat info;
    bm_folder_of(path, above);
    if (strcmp(above, path) != 0 && stat(above, &info) != 0 && errno == ENOENT &&
        bm_folder_make(above, err) != 0)
        return -1;
    return make_last(path, err);
}

int bm_folder_each(const char *path,
                   int (*each)(void *context, const char *name, struct bm_err *err), void *context,
                   struct bm_err *err)
{
    DIR *folder = NULL;
    for (int i = 0; folder == NULL && (i == 0 || bm_file_is_stale(i)); i++)
        folder = opendir(path);
    if (folder == NULL)
        return errno == ENOENT ? 0 : bm_fail_errno(err, "cannot read folder %s", path);
    int status = 0;
    errno = 0;
    for (struct dirent *entry; status == 0 && (entry = readdir(folder)) != NULL; errno = 0)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            status = each(context, entry->d_name, err);
    if (status == 0 && errno != 0)
        status = bm_fail_errno(err, "cannot read folder %s", path);
    closedir(folder);
    return status;
}

static int pass_over(void *context, const char *name, struct bm_err *err)
{
    (void)context;
    (void)name;
    (void)err;
    return 0;
}

int bm_folder_refresh(const char *path, struct bm_err *err)
{
    return bm_folder_each(path, pass_over, NULL, err);
}
