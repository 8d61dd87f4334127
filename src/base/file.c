/* Files: partial writes continued, interrupted calls repeated, names made durable. */
#include "bm/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bm/arena.h"

static int fail_to_write(const char *path, struct bm_err *err)
{
    if (errno != EFBIG)
        return bm_fail_errno(err, "cannot write to %s", path);
    return bm_fail(err, BM_EXIT_IO,
                   "cannot write to %s: %s ('ulimit -f' shows what this session may write)", path,
                   strerror(EFBIG));
}

int bm_file_write_at(int file, const char *path, const void *data, size_t size, uint64_t offset,
                     struct bm_err *err)
{
    for (size_t done = 0; done < size;) {
        ssize_t n = pwrite(file, (const char *)data + done, size - done, (off_t)(offset + done));
        if (n < 0 && errno != EINTR)
            return fail_to_write(path, err);
        if (n > 0)
            done += (size_t)n;
    }
    return 0;
}

/* ---- plain files ---- */

static const char *kind_of(mode_t mode)
{
    static const struct {
        mode_t type;
        const char *name;
    } kinds[] = {
        {S_IFLNK, "a link"}, {S_IFIFO, "a pipe"}, {S_IFDIR, "a folder"}, {S_IFSOCK, "a socket"}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if ((mode & S_IFMT) == kinds[i].type)
            return kinds[i].name;
    return "a device";
}

static int refuse_unless_plain(const char *path, const struct stat *info, struct bm_err *err)
{
    if (S_ISREG(info->st_mode))
        return 0;
    return bm_fail(err, BM_EXIT_IO, "%s is %s, not a file", path, kind_of(info->st_mode));
}

int bm_file_find(const char *path, struct stat *info, struct bm_err *err)
{
    struct stat own;
    if (info == NULL)
        info = &own;
    if (lstat(path, info) == 0)
        return refuse_unless_plain(path, info, err) == 0 ? 1 : -1;
    return errno == ENOENT ? 0 : bm_fail_errno(err, "cannot look at %s", path);
}

int bm_file_find_anew(const char *path, struct bm_err *err)
{
    char folder[BM_PATH_SIZE];
    int is_there = bm_file_find(path, NULL, err);
    if (is_there != 0)
        return is_there;
    bm_folder_of(path, folder);
    return bm_folder_refresh(folder, err) == 0 ? bm_file_find(path, NULL, err) : -1;
}

bool bm_file_is_stale(int tries)
{
    enum { MOST_TRIES = 10 };
    return errno == ESTALE && tries < MOST_TRIES;
}

/* It is looked at before (a device may do something when it is opened), and after. */
int bm_file_open(const char *path, int flags, struct bm_err *err)
{
    return bm_file_find(path, NULL, err) < 0 ? -1 : bm_file_reopen(path, flags, err);
}

int bm_file_reopen(const char *path, int flags, struct bm_err *err)
{
    struct stat info;
    int file = -1;
    for (int i = 0; file < 0 && (i == 0 || bm_file_is_stale(i)); i++)
        file =
            (int)TEMP_FAILURE_RETRY(open(path, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666));
    if (file < 0)
        return bm_fail_errno(err, "cannot open %s", path);
    if (fstat(file, &info) == 0 && refuse_unless_plain(path, &info, err) == 0)
        return file;
    bm_fail_errno(err, "cannot look at %s", path);
    close(file);
    return -1;
}

int bm_file_create(const char *path, struct bm_err *err)
{
    enum { TRIES = 10 }; /* a network file system may say of what it has just made that it exists */
    int file = -1;
    for (int i = 0; file < 0 && (i == 0 || (errno == EEXIST && i < TRIES)); i++) {
        unlink(path);
        file = (int)TEMP_FAILURE_RETRY(open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    }
    return file < 0 ? bm_fail_errno(err, "cannot create %s", path) : file;
}

/* What is stale is opened anew by the caller. */
static int read_all(int file, const char *path, unsigned char **data, size_t *size,
                    struct bm_err *err)
{
    struct stat info;
    if (fstat(file, &info) != 0)
        return bm_fail_errno(err, "cannot read %s", path);
    if ((*data = malloc((size_t)info.st_size + 1)) == NULL)
        return bm_fail_errno(err, "no memory for %s", path);
    bm_memory_expect(*data, (size_t)info.st_size);
    while (*size < (size_t)info.st_size) {
        ssize_t n = read(file, *data + *size, (size_t)info.st_size - *size);
        if (n == 0)
            break; /* shortened while it was read */
        if (n > 0)
            *size += (size_t)n;
        else if (errno != EINTR)
            return bm_fail_errno(err, "cannot read %s", path);
    }
    return 0;
}

static int open_and_read(const char *path, unsigned char **data, size_t *size, struct bm_err *err)
{
    *data = NULL;
    *size = 0;
    int file = bm_file_open(path, O_RDONLY, err);
    if (file < 0)
        return -1;
    int status = read_all(file, path, data, size, err), error = errno;
    close(file);
    errno = error;
    if (status != 0) {
        free(*data);
        *data = NULL;
    }
    return status;
}

int bm_file_read(const char *path, unsigned char **data, size_t *size, struct bm_err *err)
{
    for (int i = 1;; i++) {
        struct bm_err why = {0};
        if (open_and_read(path, data, size, &why) == 0)
            return 0;
        if (!bm_file_is_stale(i))
            return bm_fail(err, why.code, "%s", why.text);
    }
}

static int digest_all(int file, const char *path, struct bm_digesting *digesting, size_t *size,
                      unsigned char *head, size_t n_head, struct bm_err *err)
{
    static unsigned char block[1 << 18];
    *size = 0;
    for (;;) {
        ssize_t n = read(file, block, sizeof block);
        if (n == 0)
            return 0;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return bm_fail_errno(err, "cannot read %s", path);
        for (size_t i = *size; i < n_head && i < *size + (size_t)n; i++)
            head[i] = block[i - *size];
        bm_digest_add(digesting, block, (size_t)n);
        *size += (size_t)n;
    }
}

static int open_and_digest(const char *path, struct bm_id *digest, size_t *size,
                           unsigned char *head, size_t n_head, struct bm_err *err)
{
    int file = bm_file_open(path, O_RDONLY, err);
    if (file < 0)
        return -1;
    struct bm_digesting *digesting = bm_digest_begin();
    int status = digesting != NULL ? digest_all(file, path, digesting, size, head, n_head, err)
                                   : bm_fail_errno(err, "no memory for %s", path);
    if (digesting != NULL)
        *digest = bm_digest_end(digesting);
    int error = errno;
    close(file);
    errno = error;
    return status;
}

int bm_file_digest(const char *path, struct bm_id *digest, size_t *size, unsigned char *head,
                   size_t n_head, struct bm_err *err)
{
    for (int i = 1;; i++) {
        struct bm_err why = {0};
        if (open_and_digest(path, digest, size, head, n_head, &why) == 0)
            return 0;
        if (!bm_file_is_stale(i))
            return bm_fail(err, why.code, "%s", why.text);
    }
}

/* ---- replacing ---- */

void bm_file_temporary(const char *path, char temporary[BM_PATH_SIZE])
{
    const char *slash = strrchr(path, '/');
    int above = slash == NULL ? 0 : (int)(slash + 1 - path);
    snprintf(temporary, BM_PATH_SIZE, "%.*s.%s.new", above, path, path + above);
}

/* Writes, syncs and closes. */
static int write_and_close(int file, const char *path, const struct bm_span *spans, size_t n,
                           struct bm_err *err)
{
    uint64_t at = 0;
    int status = 0;
    for (size_t i = 0; i < n && status == 0; at += spans[i++].size)
        status = bm_file_write_at(file, path, spans[i].data, spans[i].size, at, err);
    if (status == 0 && TEMP_FAILURE_RETRY(fsync(file)) != 0)
        status = bm_fail_errno(err, "cannot write to %s", path);
    if (close(file) != 0 && errno != EINTR && status == 0) /* it is closed in any case */
        status = bm_fail_errno(err, "cannot write to %s", path);
    return status;
}

int bm_file_put(const char *path, const void *data, size_t size, struct bm_err *err)
{
    return bm_file_put_spans(path, &(struct bm_span){(void *)data, size}, 1, err);
}

int bm_file_put_spans(const char *path, const struct bm_span *spans, size_t n, struct bm_err *err)
{
    char temporary[BM_PATH_SIZE];
    struct stat old;
    int is_there = bm_file_find(path, &old, err);
    if (is_there < 0)
        return -1;
    bm_file_temporary(path, temporary);
    int file = bm_file_create(temporary, NULL);
    if (file < 0)
        return bm_fail_errno(err, "cannot %s %s", is_there ? "replace" : "create", path);
    /* As far as this user may: the group first, since a new group takes permissions away. */
    if (is_there && (fchown(file, (uid_t)-1, old.st_gid) != 0 || fchmod(file, old.st_mode) != 0))
        errno = 0;
    int status = write_and_close(file, path, spans, n, err);
    if (status == 0)
        status = bm_file_replace(temporary, path, err);
    if (status != 0)
        unlink(temporary); /* gives a full disk its space back */
    return status;
}

int bm_file_replace(const char *from, const char *to, struct bm_err *err)
{
    char folder[BM_PATH_SIZE];
    bm_folder_of(to, folder);
    if (rename(from, to) != 0)
        return bm_fail_errno(err, "cannot rename %s to %s", from, to);
    return bm_folder_sync(folder, err);
}

int bm_file_copy(const char *from, const char *to, struct bm_err *err)
{
    unsigned char *data;
    size_t size;
    if (bm_file_read(from, &data, &size, err) != 0)
        return -1;
    int status = bm_file_put(to, data, size, err);
    free(data);
    return status;
}

int bm_file_keep(const char *path, char kept[BM_PATH_SIZE], struct bm_err *err)
{
    enum { MOST = 1000 };
    struct stat info;
    for (int i = 1; i < MOST; i++) {
        snprintf(kept, BM_PATH_SIZE, "%s.kept-%d", path, i);
        if (lstat(kept, &info) == 0)
            continue;
        if (link(path, kept) == 0)
            return 0;
        if (errno != EEXIST) /* file systems without second names */
            return bm_file_copy(path, kept, err);
    }
    return bm_fail(err, BM_EXIT_IO, "%s: there are too many kept files beside it", path);
}

int bm_file_remove(const char *path, struct bm_err *err)
{
    return unlink(path) == 0 || errno == ENOENT ? 0 : bm_fail_errno(err, "cannot remove %s", path);
}

/* ---- links ---- */

int bm_file_follow_once(const char *path, char target[BM_PATH_SIZE], struct bm_err *err)
{
    char link[BM_PATH_SIZE], folder[BM_PATH_SIZE];
    struct stat end;
    ssize_t n = readlink(path, link, sizeof link - 1);
    if (n < 0)
        return 0; /* no link; whatever it is, who opens it will tell */
    link[n] = '\0';
    bool is_whole = link[0] == '/' || strchr(path, '/') == NULL;
    bm_folder_of(path, folder);
    int length = is_whole ? snprintf(target, BM_PATH_SIZE, "%s", link)
                          : snprintf(target, BM_PATH_SIZE, "%s/%s", folder, link);
    if (length >= BM_PATH_SIZE)
        return bm_fail(err, BM_EXIT_IO, "%s leads to a name that is too long", path);
    if (stat(path, &end) == 0 && access(target, F_OK) != 0) /* what has no name: a shell's <(...) */
        return refuse_unless_plain(path, &end, err) == 0 ? 1 : -1;
    return 1;
}

int bm_file_follow(const char *path, char target[BM_PATH_SIZE], struct bm_err *err)
{
    enum { MOST_LINKS = 40 };
    char next[BM_PATH_SIZE];
    snprintf(target, BM_PATH_SIZE, "%s", path);
    for (int i = 0; i < MOST_LINKS; i++) {
        int is_link = bm_file_follow_once(target, next, err);
        if (is_link <= 0)
            return is_link;
        snprintf(target, BM_PATH_SIZE, "%s", next);
    }
    return bm_fail(err, BM_EXIT_IO, "%s is a link that leads nowhere", path);
}
