/* Where the weights of runs are, and handing them out. Knows nothing of networks, so that
 * bm-results needs none; writing them is in weights_save.c. */
#include "bm/weights.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "paths.h"
#include "snapshot.h"

int bm_weights_path(const char *results, const struct bm_id *id, char path[BM_PATH_SIZE],
                    struct bm_err *err)
{
    struct bm_paths paths;
    struct stat info;
    char text[BM_ID_TEXT];
    if (bm_paths_find(results, &paths, err) != 0)
        return -1;
    snprintf(path, BM_PATH_SIZE, "%s/weights", paths.folder);
    if (lstat(path, &info) == 0 && !S_ISDIR(info.st_mode))
        return bm_fail(err, BM_EXIT_IO,
                       "%s is not a folder (to keep weights elsewhere, let %s be a link)", path,
                       paths.folder);
    snprintf(path, BM_PATH_SIZE, "%s/weights/%s.h5", paths.folder, bm_id_text(id, text));
    return 0;
}

int bm_weights_check(const char *results, struct bm_err *err)
{
    struct bm_paths paths;
    if (bm_paths_find(results, &paths, err) != 0)
        return -1;
    return access(paths.lock, F_OK) == 0
               ? 0
               : bm_fail_errno(err,
                               "weights are kept in %s, which is not to be seen from here: it has "
                               "to be on a file system that all ranks share",
                               paths.folder);
}

int bm_weights_remove(const char *results, const struct bm_id *id, struct bm_err *err)
{
    char path[BM_PATH_SIZE];
    if (bm_weights_path(results, id, path, err) != 0)
        return -1;
    return unlink(path) == 0 || errno == ENOENT ? 0 : bm_fail_errno(err, "cannot remove %s", path);
}

static int refuse_results(const char *path, struct bm_err *err)
{
    struct bm_results results = {0};
    struct bm_snapshot_info info;
    int is_there = bm_file_find(path, NULL, err);
    if (is_there <= 0)
        return is_there;
    bool is_results = bm_snapshot_read_apart(path, &results, &info, NULL) == 0;
    bm_results_fini(&results);
    return is_results ? bm_fail(err, BM_EXIT_IO,
                                "%s is a results file: choose another name for the weights", path)
                      : 0;
}

int bm_weights_copy(const char *results, const struct bm_id *id, const char *to, struct bm_err *err)
{
    char path[BM_PATH_SIZE], target[BM_PATH_SIZE];
    unsigned char *data;
    size_t size;
    if (bm_weights_path(results, id, path, err) != 0)
        return -1;
    int is_there = bm_file_find(path, NULL, err);
    if (is_there == 0)
        return bm_fail(err, BM_EXIT_IO,
                       "%s: the run has no weights; they are kept with 'save_weights: final' in "
                       "the sweep file's run:, not made again for a finished run: run it with that "
                       "and another results file",
                       results);
    if (is_there < 0 || bm_file_follow(to, target, err) != 0 || refuse_results(target, err) != 0 ||
        bm_file_read(path, &data, &size, err) != 0)
        return -1;
    int status = bm_file_put(target, data, size, err);
    free(data);
    return status;
}
