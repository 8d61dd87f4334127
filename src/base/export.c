#include "bm/export.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bm/file.h"

/* ---- where it is ---- */

/* By its name, or by the journal in it: a link to it may have any name. */
static bool is_of_results(const char *folder)
{
    static const char ending[] = ".h5.d";
    char journal[BM_PATH_SIZE + 16];
    size_t length = strlen(folder), n = sizeof ending - 1;
    snprintf(journal, sizeof journal, "%s/journal.0", folder);
    return (length > n && strcmp(folder + length - n, ending) == 0) || access(journal, F_OK) == 0;
}

/* `folder`: the first one on the way to `path` that is of a results file. */
static bool find_results(const char *path, char folder[BM_PATH_SIZE])
{
    for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        snprintf(folder, BM_PATH_SIZE, "%.*s", (int)(slash - path), path);
        if (is_of_results(folder))
            return true;
    }
    return false;
}

static int check_place(const char *path, const char *what, struct bm_err *err)
{
    char folder[BM_PATH_SIZE], whole[BM_PATH_SIZE + 1];
    bm_folder_of(path, folder);
    char *real = realpath(folder, NULL);
    if (real == NULL)
        return bm_fail_errno(err, "cannot create %s", path);
    snprintf(whole, sizeof whole, "%s/", real);
    free(real);
    return find_results(whole, folder)
               ? bm_fail(err, BM_EXIT_IO,
                         "%s lies in %s, the folder of a results file: choose another place for "
                         "the %s",
                         path, folder, what)
               : 0;
}

/* ---- what is there ---- */

static bool is_earlier(const unsigned char *data, size_t size, const char *signature,
                       const char *mark)
{
    size_t n = strlen(signature);
    return size >= n && memcmp(data, signature, n) == 0 &&
           (mark == NULL || memmem(data, size, mark, strlen(mark)) != NULL);
}

int bm_export_check(const char *path, const char *what, const char *signature, const char *mark,
                    struct bm_err *err)
{
    unsigned char *data;
    size_t size;
    if (check_place(path, what, err) != 0)
        return -1;
    int is_there = bm_file_find(path, NULL, err);
    if (is_there <= 0)
        return is_there;
    if (bm_file_read(path, &data, &size, err) != 0)
        return -1;
    bool may_go = size == 0 || is_earlier(data, size, signature, mark);
    free(data);
    return may_go
               ? 0
               : bm_fail(err, BM_EXIT_IO,
                         "%s is there, and holds no earlier %s: choose another name, or remove it",
                         path, what);
}
