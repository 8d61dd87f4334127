/* Files and folders: partial writes continued, interrupted calls repeated, names made durable. */
#include "bm/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int bm_file_write_at(int file, const char *path, const void *data, size_t size, uint64_t offset,
                     struct bm_err *err)
{
    for (size_t done = 0; done < size;) {
        ssize_t n = pwrite(file, (const char *)data + done, size - done, (off_t)(offset + done));
        if (n < 0 && errno != EINTR)
            return bm_fail_errno(err, "cannot write to %s", path);
        if (n > 0)
            done += (size_t)n;
    }
    return 0;
}

int bm_file_write(const char *path, const void *data, size_t size, struct bm_err *err)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file < 0)
        return bm_fail_errno(err, "cannot create %s", path);
    int status = bm_file_write_at(file, path, data, size, 0, err);
    if (status == 0 && fsync(file) != 0)
        status = bm_fail_errno(err, "cannot write to %s", path);
    if (close(file) != 0 && status == 0)
        status = bm_fail_errno(err, "cannot write to %s", path);
    if (status != 0)
        unlink(path); /* gives a full disk its space back */
    return status;
}

int bm_file_read(const char *path, unsigned char **data, size_t *size, struct bm_err *err)
{
    *data = NULL;
    *size = 0;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return bm_fail_errno(err, "cannot open %s", path);
    struct stat info;
    int status = 0;
    if (fstat(file, &info) != 0)
        status = bm_fail_errno(err, "cannot read %s", path);
    else if ((*data = malloc((size_t)info.st_size + 1)) == NULL)
        status = bm_fail_errno(err, "no memory for %s", path);
    while (status == 0 && *size < (size_t)info.st_size) {
        ssize_t n = read(file, *data + *size, (size_t)info.st_size - *size);
        if (n == 0)
            break; /* shortened while it was read */
        if (n > 0)
            *size += (size_t)n;
        else if (errno != EINTR)
            status = bm_fail_errno(err, "cannot read %s", path);
    }
    close(file);
    if (status != 0) {
        free(*data);
        *data = NULL;
    }
    return status;
}

void bm_folder_of(const char *path, char folder[BM_PATH_SIZE])
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        snprintf(folder, BM_PATH_SIZE, ".");
    else
        snprintf(folder, BM_PATH_SIZE, "%.*s", slash == path ? 1 : (int)(slash - path), path);
}

static int sync_folder(const char *path, struct bm_err *err)
{
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return bm_fail_errno(err, "cannot open folder %s", path);
    /* Some network file systems cannot sync a folder, and need not. */
    int status = fsync(folder) != 0 && errno != EINVAL && errno != EROFS
                     ? bm_fail_errno(err, "cannot write to folder %s", path)
                     : 0;
    close(folder);
    return status;
}

int bm_file_replace(const char *from, const char *to, struct bm_err *err)
{
    char folder[BM_PATH_SIZE];
    bm_folder_of(to, folder);
    if (rename(from, to) != 0)
        return bm_fail_errno(err, "cannot rename %s to %s", from, to);
    return sync_folder(folder, err);
}

/* Makes the last folder of the path only. */
static int make_last(const char *path, struct bm_err *err)
{
    struct stat info;
    if (mkdir(path, 0777) == 0) {
        char above[BM_PATH_SIZE];
        bm_folder_of(path, above);
        return sync_folder(above, err);
    }
    if (errno != EEXIST)
        return bm_fail_errno(err, "cannot make folder %s", path);
    if (stat(path, &info) != 0 || !S_ISDIR(info.st_mode))
        return bm_fail(err, BM_EXIT_IO, "%s is in the way: a folder is to be made there", path);
    return 0;
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
