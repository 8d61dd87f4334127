/* Where the weights of runs are, and handing them out. Knows nothing of networks, so that
 * bm-results needs none; from and into a network they go in weights_net.c. */
#include "bm/weights.h"

#include "kept.h"

static const char kind[] = "weights";

int bm_weights_path(const char *results, const struct bm_id *id, char path[BM_PATH_SIZE],
                    struct bm_err *err)
{
    return bm_kept_path(results, kind, id, path, err);
}

int bm_weights_check(const char *results, struct bm_err *err)
{
    return bm_kept_check(results, kind, err);
}

int bm_weights_remove(const char *results, const struct bm_id *id, struct bm_err *err)
{
    return bm_kept_remove(results, kind, id, err);
}

int bm_weights_copy(const char *results, const struct bm_id *id, int64_t epoch, const char *to,
                    struct bm_err *err)
{
    return bm_kept_copy(results, kind, id, epoch, to, err);
}
