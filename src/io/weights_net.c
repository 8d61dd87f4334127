/* Saving the weights of a run, and putting them back into a network. Their layouts are the engine's
 * business (nn/net_tensor.c). */
#include "bm/weights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bm/beat.h"
#include "bm/nn.h"
#include "kept.h"

static const char kind[] = "weights", digest_name[] = "digest";

/* A tensor on its way to the file, or from it: its values are in memory of its own. */
struct passage {
    struct bm_tensor_info info;
    struct bm_h5_tensor tensor;
    size_t bytes;
};

static int begin(struct passage *passage, const struct bm_net *net, size_t i, struct bm_err *err)
{
    struct bm_tensor_info *info = &passage->info;
    bm_net_tensor_info(net, i, info);
    passage->bytes = sizeof(float);
    for (int d = 0; d < info->n_dims; d++)
        passage->bytes *= (size_t)info->dims[d];
    passage->tensor = (struct bm_h5_tensor){.name = info->name,
                                            .type = BM_H5_FLOAT,
                                            .n_dims = info->n_dims,
                                            .values = malloc(passage->bytes)};
    memcpy(passage->tensor.dims, info->dims, sizeof passage->tensor.dims);
    bm_beat();
    return passage->tensor.values != NULL
               ? 0
               : bm_fail_errno(err, "no memory for the weights %s", info->name);
}

static int write_tensor(struct bm_h5 *file, const struct bm_net *net, size_t i,
                        struct bm_id *digest, struct bm_err *err)
{
    struct passage passage;
    if (begin(&passage, net, i, err) != 0)
        return -1;
    bm_net_tensor_get_float(net, i, passage.tensor.values);
    *digest = bm_digest(passage.tensor.values, passage.bytes);
    int status = bm_h5_write_tensor(file, &passage.tensor, err);
    free(passage.tensor.values);
    return status;
}

static int read_tensor(const struct bm_h5 *file, struct bm_net *net, size_t i, struct bm_id *digest,
                       struct bm_err *err)
{
    struct passage passage;
    if (begin(&passage, net, i, err) != 0)
        return -1;
    int status = bm_h5_read_tensor(file, &passage.tensor, err);
    if (status == 0) {
        *digest = bm_digest(passage.tensor.values, passage.bytes);
        bm_net_tensor_set_float(net, i, passage.tensor.values);
    }
    free(passage.tensor.values);
    return status;
}

/* Of the tensors of a net, in their order; NULL without memory. */
static struct bm_id *new_digests(const struct bm_net *net, struct bm_err *err)
{
    struct bm_id *digests = calloc(bm_net_tensors(net) + 1, sizeof *digests);
    if (digests == NULL)
        bm_fail_errno(err, "no memory for the digests of weights");
    return digests;
}

static char *join(const struct bm_net *net, const struct bm_id *digests, char text[BM_ID_TEXT])
{
    struct bm_id all = bm_digest_join(digests, bm_net_tensors(net));
    return bm_id_text(&all, text);
}

/* ---- saving ---- */

static int write_all(struct bm_h5 *file, const struct bm_net *net, struct bm_id *digests,
                     struct bm_err *err)
{
    char text[BM_ID_TEXT];
    for (size_t i = 0; i < bm_net_tensors(net); i++)
        if (write_tensor(file, net, i, &digests[i], err) != 0)
            return -1;
    return bm_h5_set_text(file, digest_name, join(net, digests, text), err);
}

int bm_weights_save(const char *results, const struct bm_id *id, int64_t epoch,
                    const struct bm_config *config, const struct bm_net *net, struct bm_err *err)
{
    struct bm_h5 *file;
    struct bm_id *digests = new_digests(net, err);
    if (digests == NULL || bm_kept_new(kind, id, config, &file, err) != 0) {
        free(digests);
        return -1;
    }
    int status = write_all(file, net, digests, err);
    if (status == 0 && epoch != BM_WEIGHTS_AT_END)
        status = bm_h5_set_int(file, "epoch", epoch, err);
    if (status == 0)
        status = bm_kept_put(results, kind, id, epoch, file, err);
    bm_h5_close(file);
    free(digests);
    return status;
}

/* ---- loading ---- */

static int take_digest(void *context, const char *name, const char *text, struct bm_err *err)
{
    (void)err;
    if (strcmp(name, digest_name) == 0)
        snprintf(context, BM_ID_TEXT, "%s", text);
    return 0;
}

static int read_all(const struct bm_h5 *file, const char *path, struct bm_net *net,
                    struct bm_id *digests, struct bm_err *err)
{
    char stored[BM_ID_TEXT] = "", own[BM_ID_TEXT];
    for (size_t i = 0; i < bm_net_tensors(net); i++)
        if (read_tensor(file, net, i, &digests[i], err) != 0)
            return -1;
    if (bm_h5_each_text(file, take_digest, stored, err) != 0)
        return -1;
    return stored[0] == '\0' || strcmp(stored, join(net, digests, own)) == 0
               ? 0
               : bm_fail(err, BM_EXIT_IO, "%s: damaged: these are not the values that were saved",
                         path);
}

int bm_weights_load(const char *results, const struct bm_id *id, struct bm_net *net,
                    struct bm_err *err)
{
    struct bm_h5 *file;
    char path[BM_PATH_SIZE];
    if (bm_weights_path(results, id, path, err) != 0 ||
        bm_kept_open(results, kind, id, &file, err) != 0)
        return -1;
    struct bm_id *digests = new_digests(net, err);
    int status = digests == NULL ? -1 : read_all(file, path, net, digests, err);
    bm_h5_close(file);
    free(digests);
    return status;
}
