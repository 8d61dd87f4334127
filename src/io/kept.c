#include "kept.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bm/export.h"
#include "paths.h"
#include "snapshot.h"

/* ---- where it is ---- */

/* What follows the id in the name of a file of an epoch. */
static const char epoch_mark[] = "-epoch";

static int folder_of(const char *results, const char *kind, char path[BM_PATH_SIZE],
                     struct bm_err *err)
{
    struct bm_paths paths;
    struct stat info;
    if (bm_paths_find(results, &paths, err) != 0)
        return -1;
    snprintf(path, BM_PATH_SIZE, "%s/%s", paths.folder, kind);
    if (lstat(path, &info) == 0 && !S_ISDIR(info.st_mode))
        return bm_fail(err, BM_EXIT_IO,
                       "%s is not a folder (to keep %s elsewhere, let %s be a link)", path, kind,
                       paths.folder);
    return 0;
}

static int path_of(const char *results, const char *kind, const struct bm_id *id, int64_t epoch,
                   char path[BM_PATH_SIZE], struct bm_err *err)
{
    char text[BM_ID_TEXT], when[40] = "";
    if (folder_of(results, kind, path, err) != 0)
        return -1;
    if (epoch != BM_KEPT_AT_END)
        snprintf(when, sizeof when, "%s%06lld", epoch_mark, (long long)epoch);
    size_t length = strlen(path);
    snprintf(path + length, BM_PATH_SIZE - length, "/%s%s.h5", bm_id_text(id, text), when);
    return 0;
}

int bm_kept_path(const char *results, const char *kind, const struct bm_id *id,
                 char path[BM_PATH_SIZE], struct bm_err *err)
{
    return path_of(results, kind, id, BM_KEPT_AT_END, path, err);
}

static int compare_epochs(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Whether a file is of an epoch of the run. */
static bool is_of_epoch(const char *name, const struct bm_id *id, int64_t *epoch)
{
    char text[BM_ID_TEXT], *end;
    bm_id_text(id, text);
    size_t length = strlen(text), mark = strlen(epoch_mark);
    if (strncmp(name, text, length) != 0 || strncmp(name + length, epoch_mark, mark) != 0)
        return false;
    *epoch = strtoll(name + length + mark, &end, 10);
    return strcmp(end, ".h5") == 0;
}

/* The epochs of which something of a run was kept. */
struct epochs {
    const struct bm_id *id;
    size_t n;
    int64_t *epochs; /* whoever looks for them frees it */
};

static int take_epoch(void *context, const char *name, struct bm_err *err)
{
    (void)err;
    struct epochs *found = context;
    int64_t epoch;
    if (!is_of_epoch(name, found->id, &epoch))
        return 0;
    int64_t *more = realloc(found->epochs, (found->n + 1) * sizeof *more);
    if (more == NULL)
        abort();
    found->epochs = more;
    found->epochs[found->n++] = epoch;
    return 0;
}

/* In rising order. */
static struct epochs epochs_of(const char *results, const char *kind, const struct bm_id *id)
{
    char folder[BM_PATH_SIZE];
    struct epochs found = {.id = id};
    if (folder_of(results, kind, folder, NULL) == 0)
        bm_folder_each(folder, take_epoch, &found, NULL);
    if (found.n > 0)
        qsort(found.epochs, found.n, sizeof *found.epochs, compare_epochs);
    return found;
}

int bm_kept_check(const char *results, const char *kind, struct bm_err *err)
{
    struct bm_paths paths;
    if (bm_paths_find(results, &paths, err) != 0)
        return -1;
    return access(paths.lock, F_OK) == 0
               ? 0
               : bm_fail_errno(err,
                               "%s are kept in %s, which is not to be seen from here: it has to be "
                               "on a file system that all ranks share",
                               kind, paths.folder);
}

/* ---- writing ---- */

static int write_setting(struct bm_h5 *file, const struct bm_field *field,
                         const struct bm_config *config, struct bm_err *err)
{
    switch (field->type) {
    case BM_INT:
        return bm_h5_set_int(file, field->key, bm_field_integer(field, config), err);
    case BM_REAL:
        return bm_h5_set_real(file, field->key, bm_field_number(field, config), err);
    case BM_WORD:
    case BM_WORDS:
    case BM_TEXT:
    case BM_NAMES:
    case BM_MEMBERS:
    case BM_CHOICE:
        break;
    }
    return bm_h5_set_text(file, field->key, bm_field_string(field, config), err);
}

/* "bm-sweep weights" */
static char *format_of(const char *kind, char text[40])
{
    snprintf(text, 40, "bm-sweep %s", kind);
    return text;
}

static int write_attributes(struct bm_h5 *file, const char *kind, const struct bm_id *id,
                            const struct bm_config *config, struct bm_err *err)
{
    char text[BM_ID_TEXT], format[40];
    if (bm_h5_set_text(file, "format", format_of(kind, format), err) != 0 ||
        bm_h5_set_text(file, "id", bm_id_text(id, text), err) != 0)
        return -1;
    for (size_t i = 0; i < bm_config_table.n_fields; i++)
        if (write_setting(file, &bm_config_table.fields[i], config, err) != 0)
            return -1;
    return 0;
}

int bm_kept_new(const char *kind, const struct bm_id *id, const struct bm_config *config,
                struct bm_h5 **file, struct bm_err *err)
{
    if (bm_h5_new(file, err) != 0)
        return -1;
    if (write_attributes(*file, kind, id, config, err) == 0)
        return 0;
    bm_h5_close(*file);
    return -1;
}

int bm_kept_put(const char *results, const char *kind, const struct bm_id *id, int64_t epoch,
                struct bm_h5 *file, struct bm_err *err)
{
    char path[BM_PATH_SIZE], folder[BM_PATH_SIZE];
    const void *data;
    size_t size;
    if (bm_h5_image(file, &data, &size, err) != 0 ||
        path_of(results, kind, id, epoch, path, err) != 0)
        return -1;
    bm_folder_of(path, folder);
    if (bm_folder_make(folder, err) != 0)
        return -1;
    return bm_file_put(path, data, size, err);
}

static int remove_one(const char *results, const char *kind, const struct bm_id *id, int64_t epoch,
                      struct bm_err *err)
{
    char path[BM_PATH_SIZE];
    if (path_of(results, kind, id, epoch, path, err) != 0)
        return -1;
    return bm_file_remove(path, err);
}

int bm_kept_remove(const char *results, const char *kind, const struct bm_id *id,
                   struct bm_err *err)
{
    struct epochs found = epochs_of(results, kind, id);
    int status = remove_one(results, kind, id, BM_KEPT_AT_END, err);
    for (size_t i = 0; i < found.n; i++)
        status |= remove_one(results, kind, id, found.epochs[i], err);
    free(found.epochs);
    return status;
}

/* ---- reading ---- */

/* "5, 10, … 300" */
static char *list_epochs(const struct epochs *found, char *text, size_t size)
{
    enum { SHOWN = 8 };
    size_t used = 0, n = found->n;
    for (size_t i = 0; i < n; i++)
        if (n <= SHOWN || i < SHOWN - 1 || i == n - 1)
            used += (size_t)snprintf(text + used, size - used, "%s%lld",
                                     i == 0                    ? ""
                                     : i == n - 1 && n > SHOWN ? ", … "
                                                               : ", ",
                                     (long long)found->epochs[i]);
    return text;
}

static int fail_epoch(const char *results, const char *kind, const struct bm_id *id, int64_t epoch,
                      struct bm_err *err)
{
    char text[300];
    struct epochs found = epochs_of(results, kind, id);
    if (found.n > 0)
        bm_fail(err, BM_EXIT_IO, "%s: the run has no %s of epoch %lld, but of %s", results, kind,
                (long long)epoch, list_epochs(&found, text, sizeof text));
    else
        bm_fail(err, BM_EXIT_IO,
                "%s: the run has no %s of epochs; they are kept with save_every in the sweep "
                "file's run:, not made again for a finished run",
                results, kind);
    free(found.epochs);
    return -1;
}

/* Where it is, and that it is there. */
static int find(const char *results, const char *kind, const struct bm_id *id, int64_t epoch,
                char path[BM_PATH_SIZE], struct bm_err *err)
{
    if (path_of(results, kind, id, epoch, path, err) != 0)
        return -1;
    int is_there = bm_file_find(path, NULL, err);
    if (is_there == 0 && epoch != BM_KEPT_AT_END)
        return fail_epoch(results, kind, id, epoch, err);
    if (is_there == 0)
        return bm_fail(err, BM_EXIT_IO,
                       "%s: the run has no %s; they are kept with 'save_%s: final' in the sweep "
                       "file's run:, not made again for a finished run: run it with that and "
                       "another results file",
                       results, kind, kind);
    return is_there > 0 ? 0 : -1;
}

struct expected {
    const char *name, *text;
    bool is_there;
};

static int look_for(void *context, const char *name, const char *text, struct bm_err *err)
{
    (void)err;
    struct expected *expected = context;
    if (strcmp(name, expected->name) == 0 && strcmp(text, expected->text) == 0)
        expected->is_there = true;
    return 0;
}

static int check_attribute(const struct bm_h5 *file, const char *path, const char *name,
                           const char *text, struct bm_err *err)
{
    struct expected expected = {name, text, false};
    if (bm_h5_each_text(file, look_for, &expected, err) != 0)
        return -1;
    return expected.is_there ? 0
                             : bm_fail(err, BM_EXIT_IO,
                                       "%s: its attribute '%s' is not '%s': it is not what was "
                                       "kept of this run",
                                       path, name, text);
}

int bm_kept_open(const char *results, const char *kind, const struct bm_id *id, struct bm_h5 **file,
                 struct bm_err *err)
{
    char path[BM_PATH_SIZE], text[BM_ID_TEXT], format[40];
    if (find(results, kind, id, BM_KEPT_AT_END, path, err) != 0 || bm_h5_open(path, file, err) != 0)
        return -1;
    if (check_attribute(*file, path, "format", format_of(kind, format), err) == 0 &&
        check_attribute(*file, path, "id", bm_id_text(id, text), err) == 0)
        return 0;
    bm_h5_close(*file);
    return -1;
}

static int refuse_results(const char *path, const char *kind, struct bm_err *err)
{
    struct bm_results results = {0};
    struct bm_snapshot_info info;
    int is_there = bm_file_find(path, NULL, err);
    if (is_there <= 0)
        return is_there;
    bool is_results = bm_snapshot_read_apart(path, &results, &info, NULL) == 0;
    bm_results_fini(&results);
    return is_results ? bm_fail(err, BM_EXIT_IO,
                                "%s is a results file: choose another name for the %s", path, kind)
                      : 0;
}

int bm_kept_copy(const char *results, const char *kind, const struct bm_id *id, int64_t epoch,
                 const char *to, struct bm_err *err)
{
    char path[BM_PATH_SIZE], target[BM_PATH_SIZE], format[40];
    if (find(results, kind, id, epoch, path, err) != 0 || bm_file_follow(to, target, err) != 0 ||
        refuse_results(target, kind, err) != 0 ||
        bm_export_check(target, kind, BM_HDF5_SIGNATURE, format_of(kind, format), err) != 0)
        return -1;
    return bm_file_copy(path, target, err);
}
