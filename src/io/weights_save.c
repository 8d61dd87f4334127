/* Saving the weights of a run. Their layouts are the engine's business (nn/net_tensor.c). */
#include "bm/weights.h"

#include <stdio.h>
#include <stdlib.h>

#include "bm/beat.h"
#include "bm/nn.h"
#include "bm/file.h"
#include "hdf5.h"

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
    case BM_CHOICE:
        break;
    }
    return bm_h5_set_text(file, field->key, bm_field_string(field, config), err);
}

static int write_attributes(struct bm_h5 *file, const struct bm_id *id,
                            const struct bm_config *config, struct bm_err *err)
{
    char text[BM_ID_TEXT];
    if (bm_h5_set_text(file, "format", "bm-sweep weights", err) != 0 ||
        bm_h5_set_text(file, "id", bm_id_text(id, text), err) != 0)
        return -1;
    for (size_t i = 0; i < bm_config_table.n_fields; i++)
        if (write_setting(file, &bm_config_table.fields[i], config, err) != 0)
            return -1;
    return 0;
}

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
    int status = bm_h5_write_tensor(file, info.name, info.n_dims, info.dims, values, err);
    free(values);
    return status;
}

static int write_file(const char *path, const struct bm_id *id, const struct bm_config *config,
                      const struct bm_net *net, struct bm_err *err)
{
    struct bm_h5 *file;
    const void *data;
    size_t size;
    if (bm_h5_new(&file, err) != 0)
        return -1;
    int status = write_attributes(file, id, config, err);
    for (size_t i = 0; i < bm_net_tensors(net) && status == 0; i++)
        status = write_tensor(file, net, i, err);
    if (status == 0)
        status = bm_h5_image(file, &data, &size, err);
    if (status == 0)
        status = bm_file_put(path, data, size, err);
    bm_h5_close(file);
    return status;
}

int bm_weights_save(const char *results, const struct bm_id *id, const struct bm_config *config,
                    const struct bm_net *net, struct bm_err *err)
{
    char path[BM_PATH_SIZE], folder[BM_PATH_SIZE];
    if (bm_weights_path(results, id, path, err) != 0)
        return -1;
    bm_folder_of(path, folder);
    if (bm_folder_make(folder, err) != 0)
        return -1;
    return write_file(path, id, config, net, err);
}
