/* Names and links. What the files hold is left to others. */
#include "paths.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_LINKS = 40, LONGEST_NAME = NAME_MAX - 16 }; /* the temporary name is longer */

static int check_name(const char *path, struct bm_err *err)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    if (name[0] == '\0' || strlen(path) > BM_PATH_SIZE - 32 || strlen(name) > LONGEST_NAME)
        return bm_fail(err, BM_EXIT_IO, "results path '%s' is not the name of a file", path);
    return 0;
}

static void name_folder(const char *file, char folder[BM_PATH_SIZE])
{
    snprintf(folder, BM_PATH_SIZE, "%s.d", file);
}

static void name_parts(struct bm_paths *paths)
{
    snprintf(paths->journal, BM_PATH_SIZE, "%s/journal.0", paths->folder);
    snprintf(paths->lock, BM_PATH_SIZE, "%s/lock", paths->folder);
    snprintf(paths->sum, BM_PATH_SIZE, "%s/snapshot.sum", paths->folder);
    snprintf(paths->shards, BM_PATH_SIZE, "%s/shards", paths->folder);
}

/* 1: yes, 0: no, -1: it cannot be told. */
static int has_journal(const char *folder, struct bm_err *err)
{
    char journal[BM_PATH_SIZE];
    struct stat info;
    snprintf(journal, sizeof journal, "%s/journal.0", folder);
    if (lstat(journal, &info) == 0)
        return 1;
    return errno == ENOENT || errno == ENOTDIR ? 0
                                               : bm_fail_errno(err, "cannot look at %s", journal);
}

static bool is_same(const char *a, const char *b)
{
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* Goes along the links from `path` to the file; `left_behind`: the last folder with a journal that
 * lies beside one of them, or "". */
static int follow(const char *path, char file[BM_PATH_SIZE], char left_behind[BM_PATH_SIZE],
                  struct bm_err *err)
{
    char next[BM_PATH_SIZE], folder[BM_PATH_SIZE];
    left_behind[0] = '\0';
    snprintf(file, BM_PATH_SIZE, "%s", path);
    for (int i = 0; i < MOST_LINKS; i++) {
        int is_link = bm_file_follow_once(file, next, err);
        if (is_link <= 0)
            return is_link;
        name_folder(file, folder);
        int is_there = has_journal(folder, err);
        if (is_there < 0)
            return -1;
        if (is_there)
            snprintf(left_behind, BM_PATH_SIZE, "%s", folder);
        snprintf(file, BM_PATH_SIZE, "%s", next);
    }
    return bm_fail(err, BM_EXIT_IO, "%s is a link that leads nowhere", path);
}

/* A folder that is a link to nothing, or cannot be looked at, is no missing one. */
static int check_folder(const char *folder, struct bm_err *err)
{
    struct stat info;
    if (stat(folder, &info) == 0)
        return S_ISDIR(info.st_mode) ? 0 : bm_fail(err, BM_EXIT_IO, "%s is not a folder", folder);
    if (errno != ENOENT)
        return bm_fail_errno(err, "cannot look at %s", folder);
    if (lstat(folder, &info) == 0 && S_ISLNK(info.st_mode)) /* else others just made it */
        return bm_fail(err, BM_EXIT_IO, "%s is a link to a place that is not there (not mounted?)",
                       folder);
    return 0;
}

static int check_target(const char *path, const char *file, struct bm_err *err)
{
    char above[BM_PATH_SIZE];
    bm_folder_of(file, above);
    if (strcmp(path, file) == 0 || access(above, F_OK) == 0)
        return check_name(file, err);
    if (errno != ENOENT && errno != ENOTDIR)
        return bm_fail_errno(err, "%s is a link to %s, but cannot look at %s", path, file, above);
    return bm_fail(err, BM_EXIT_IO, "%s is a link to %s, but %s is not there (not mounted?)", path,
                   file, above);
}

/* Chooses between the folder beside the file and one that lies beside a link to it. */
static int choose_folder(const char *path, const char *left_behind, struct bm_paths *paths,
                         struct bm_err *err)
{
    if (left_behind[0] == '\0' || is_same(left_behind, paths->folder))
        return 0;
    int is_there = has_journal(paths->folder, err);
    if (is_there > 0)
        return bm_fail(err, BM_EXIT_IO,
                       "%s leads to %s, and there are two journals for it, in %s and in %s: rename "
                       "the folder of the one that is not meant",
                       path, paths->snapshot, left_behind, paths->folder);
    snprintf(paths->elsewhere, BM_PATH_SIZE, "%s", left_behind);
    snprintf(paths->folder, BM_PATH_SIZE, "%s", left_behind);
    return is_there;
}

int bm_paths_find(const char *path, struct bm_paths *paths, struct bm_err *err)
{
    char left_behind[BM_PATH_SIZE];
    *paths = (struct bm_paths){0};
    if (check_name(path, err) != 0 || follow(path, paths->snapshot, left_behind, err) != 0 ||
        check_target(path, paths->snapshot, err) != 0)
        return -1;
    name_folder(paths->snapshot, paths->folder);
    if (check_folder(paths->folder, err) != 0 || choose_folder(path, left_behind, paths, err) != 0)
        return -1;
    name_parts(paths);
    return 0;
}

int bm_paths_part(const char *results, const char *name, char path[BM_PATH_SIZE],
                  struct bm_err *err)
{
    struct bm_paths paths;
    if (bm_paths_find(results, &paths, err) != 0)
        return -1;
    snprintf(path, BM_PATH_SIZE, "%s/%s", paths.folder, name);
    return 0;
}

int bm_paths_join(const struct bm_paths *paths, struct bm_err *err)
{
    char beside[BM_PATH_SIZE];
    if (paths->elsewhere[0] == '\0')
        return 0;
    name_folder(paths->snapshot, beside);
    char *whole = realpath(paths->elsewhere, NULL);
    int status = whole != NULL && symlink(whole, beside) == 0
                     ? 0
                     : bm_fail_errno(err, "cannot link %s to %s, where the journal of %s is",
                                     beside, paths->elsewhere, paths->snapshot);
    free(whole);
    return status;
}
