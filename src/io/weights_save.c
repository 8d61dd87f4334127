/* Saving the weights of a run. Their layouts are the engine's business (nn/net_tensor.c). */
#include "bm/weights.h"

#include <stdlib.h>
#include <string.h>

#include "bm/beat.h"
#include "bm/nn.h"
#include "kept.h"

static size_t size_of(const struct bm_tensor_info *info)
{
    size_t size = 1;
    for (int i = 0; i < info->n_dims; i++)
        size *= (size_t)info->dims[i];
    return size;
}

static int write_tensor(struct bm_h5 *file, const struct bm_net *net, size_t i, struct bm_err *err)
{
    struct bm_tensor_info info;
    bm_net_tensor_info(net, i, &info);
    float *values = malloc(size_of(&info) * sizeof *values);
    if (values == NULL)
        return bm_fail_errno(err, "no memory for the weights %s", info.name);
    bm_net_tensor_get_float(net, i, values);
    bm_beat();
    struct bm_h5_tensor tensor = {
        .name = info.name, .type = BM_H5_FLOAT, .n_dims = info.n_dims, .values = values};
    memcpy(tensor.dims, info.dims, sizeof tensor.dims);
    int status = bm_h5_write_tensor(file, &tensor, err);
    free(values);
    return status;
}

int bm_weights_save(const char *results, const struct bm_id *id, const struct bm_config *config,
                    const struct bm_net *net, struct bm_err *err)
{
    struct bm_h5 *file;
    if (bm_kept_new("weights", id, config, &file, err) != 0)
        return -1;
    int status = 0;
    for (size_t i = 0; i < bm_net_tensors(net) && status == 0; i++)
        status = write_tensor(file, net, i, err);
    if (status == 0)
        status = bm_kept_put(results, "weights", id, file, err);
    bm_h5_close(file);
    return status;
}
