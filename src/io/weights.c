/* Where the weights of runs are, and handing them out. Knows nothing of networks, so that
 * bm-results needs none; writing them is in weights_save.c. */
#include "bm/weights.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bm/file.h"
#include "snapshot.h"

void bm_weights_path(const char *results, const struct bm_id *id, char *path, size_t size)
{
    char text[BM_ID_TEXT];
    snprintf(path, size, "%s.d/weights/%s.h5", results, bm_id_text(id, text));
}

int bm_weights_copy(const char *results, const struct bm_id *id, const char *to, struct bm_err *err)
{
    char path[BM_PATH_SIZE];
    unsigned char *data;
    size_t size;
    bm_weights_path(results, id, path, sizeof path);
    if (access(path, F_OK) != 0)
        return bm_fail(err, BM_EXIT_IO,
                       "%s: the run has no weights; they are kept with 'save_weights: final' in "
                       "the sweep file's run:, not made again for a finished run: run it with that "
                       "and another results file",
                       results);
    if (bm_snapshot_check(to, NULL) == 0)
        return bm_fail(err, BM_EXIT_IO, "%s is a results file: choose another name for the weights",
                       to);
    if (bm_file_read(path, &data, &size, err) != 0)
        return -1;
    int status = bm_file_write(to, data, size, err);
    free(data);
    return status;
}
