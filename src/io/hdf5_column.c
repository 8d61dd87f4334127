/* Columns and tensors of an HDF5 file. */
#include "hdf5_library.h"

#include <stdlib.h>

/* A data set with its values, to be closed; negative: it failed. */
static hid_t write_set(struct bm_h5 *file, const char *name, hid_t type, int n_dims,
                       const hsize_t *dims, const void *data)
{
    hid_t space = H5Screate_simple(n_dims, dims, NULL);
    hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_obj_track_times(plist, false);
    hid_t set = H5Dcreate2(file->file, name, type, space, H5P_DEFAULT, plist, H5P_DEFAULT);
    if (set >= 0 && H5Sget_simple_extent_npoints(space) > 0 &&
        H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0) {
        H5Dclose(set);
        set = H5I_INVALID_HID;
    }
    H5Pclose(plist);
    H5Sclose(space);
    return set;
}

int bm_h5_write(struct bm_h5 *file, const struct bm_h5_column *column, struct bm_err *err)
{
    hsize_t n = column->n;
    hid_t type = bm_h5_type_of(column->type, column->width);
    hid_t set = write_set(file, column->name, type, 1, &n, column->data);
    bool done = set >= 0 && bm_h5_describe(set, "description", column->description) &&
                bm_h5_describe(set, "role", column->role) &&
                bm_h5_describe(set, "unit", column->unit);
    if (set >= 0)
        H5Dclose(set);
    H5Tclose(type);
    return done ? 0 : bm_h5_fail(file, "write", column->name, err);
}

int bm_h5_write_tensor(struct bm_h5 *file, const char *name, int n_dims, const int *dims,
                       const float *values, struct bm_err *err)
{
    hsize_t sizes[4];
    for (int i = 0; i < n_dims; i++)
        sizes[i] = (hsize_t)dims[i];
    hid_t set = write_set(file, name, H5T_IEEE_F32LE, n_dims, sizes, values);
    if (set < 0)
        return bm_h5_fail(file, "write", name, err);
    H5Dclose(set);
    return 0;
}

bool bm_h5_has(const struct bm_h5 *file, const char *name)
{
    return H5Lexists(file->file, name, H5P_DEFAULT) > 0;
}

/* Reads the whole of `set` into fresh memory. */
static int read_set(const struct bm_h5 *file, hid_t set, struct bm_h5_column *column,
                    struct bm_err *err)
{
    hid_t stored = H5Dget_type(set), space = H5Dget_space(set);
    hssize_t n = H5Sget_simple_extent_npoints(space);
    bool fits = bm_h5_is_type(stored, column->type, &column->width) &&
                H5Sget_simple_extent_ndims(space) == 1 && n >= 0;
    H5Sclose(space);
    H5Tclose(stored);
    if (!fits)
        return bm_fail(err, BM_EXIT_IO, "%s: column '%s' has another type than here", file->path,
                       column->name);
    if (column->type != BM_H5_FIXED)
        column->width = 8;
    column->n = (size_t)n;
    column->data = calloc(column->n + 1, column->width); /* never 0 bytes */
    if (column->data == NULL)
        return bm_fail_errno(err, "no memory for column '%s'", column->name);
    hid_t type = bm_h5_type_of(column->type, column->width);
    bool done = n == 0 || H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, column->data) >= 0;
    H5Tclose(type);
    return done ? 0 : bm_h5_fail(file, "read", column->name, err);
}

int bm_h5_read(const struct bm_h5 *file, const char *name, enum bm_h5_type type,
               struct bm_h5_column *column, struct bm_err *err)
{
    *column = (struct bm_h5_column){.name = name, .type = type};
    hid_t set = H5Dopen2(file->file, name, H5P_DEFAULT);
    if (set < 0)
        return bm_h5_fail(file, "find column", name, err);
    int status = read_set(file, set, column, err);
    H5Dclose(set);
    if (status != 0)
        bm_h5_free(column);
    return status;
}

void bm_h5_free(struct bm_h5_column *column)
{
    if (column->data != NULL && column->type == BM_H5_TEXT && column->n > 0) {
        hsize_t n = column->n;
        hid_t space = H5Screate_simple(1, &n, NULL), type = bm_h5_type_of(BM_H5_TEXT, 0);
        H5Dvlen_reclaim(type, space, H5P_DEFAULT, column->data);
        H5Tclose(type);
        H5Sclose(space);
    }
    free(column->data);
    column->data = NULL;
}
