#include "kept.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "paths.h"
#include "snapshot.h"

int bm_kept_path(const char *results, const char *kind, const struct bm_id *id,
                 char path[BM_PATH_SIZE], struct bm_err *err)
{
    struct bm_paths paths;
    struct stat info;
    char text[BM_ID_TEXT];
    if (bm_paths_find(results, &paths, err) != 0)
        return -1;
    snprintf(path, BM_PATH_SIZE, "%s/%s", paths.folder, kind);
    if (lstat(path, &info) == 0 && !S_ISDIR(info.st_mode))
        return bm_fail(err, BM_EXIT_IO,
                       "%s is not a folder (to keep %s elsewhere, let %s be a link)", path, kind,
                       paths.folder);
    snprintf(path, BM_PATH_SIZE, "%s/%s/%s.h5", paths.folder, kind, bm_id_text(id, text));
    return 0;
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

int bm_kept_put(const char *results, const char *kind, const struct bm_id *id, struct bm_h5 *file,
                struct bm_err *err)
{
    char path[BM_PATH_SIZE], folder[BM_PATH_SIZE];
    const void *data;
    size_t size;
    if (bm_h5_image(file, &data, &size, err) != 0 ||
        bm_kept_path(results, kind, id, path, err) != 0)
        return -1;
    bm_folder_of(path, folder);
    if (bm_folder_make(folder, err) != 0)
        return -1;
    return bm_file_put(path, data, size, err);
}

int bm_kept_remove(const char *results, const char *kind, const struct bm_id *id,
                   struct bm_err *err)
{
    char path[BM_PATH_SIZE];
    if (bm_kept_path(results, kind, id, path, err) != 0)
        return -1;
    return unlink(path) == 0 || errno == ENOENT ? 0 : bm_fail_errno(err, "cannot remove %s", path);
}

/* ---- reading ---- */

/* Where it is, and that it is there. */
static int find(const char *results, const char *kind, const struct bm_id *id,
                char path[BM_PATH_SIZE], struct bm_err *err)
{
    if (bm_kept_path(results, kind, id, path, err) != 0)
        return -1;
    int is_there = bm_file_find(path, NULL, err);
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
    if (find(results, kind, id, path, err) != 0 || bm_h5_open(path, file, err) != 0)
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

int bm_kept_copy(const char *results, const char *kind, const struct bm_id *id, const char *to,
                 struct bm_err *err)
{
    char path[BM_PATH_SIZE], target[BM_PATH_SIZE];
    unsigned char *data;
    size_t size;
    if (find(results, kind, id, path, err) != 0 || bm_file_follow(to, target, err) != 0 ||
        refuse_results(target, kind, err) != 0 || bm_file_read(path, &data, &size, err) != 0)
        return -1;
    int status = bm_file_put(target, data, size, err);
    free(data);
    return status;
}
