/* The only file that knows HDF5. What the columns are is left to snapshot.c.
 *
 * The library's own error printing is switched off when a file is made or opened; object times are
 * not recorded, so that equal contents give equal bytes. */
#include "hdf5.h"

#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>

enum { MEMORY_STEP = 4 << 20 }; /* bytes by which a file in memory grows */

struct bm_h5 {
    hid_t file, fapl;
    char path[4096]; /* "" for a new one */
};

static int fail(const struct bm_h5 *file, const char *what, const char *name, struct bm_err *err)
{
    return bm_fail(err, BM_EXIT_IO, "%s: HDF5 could not %s '%s'",
                   file->path[0] ? file->path : "a new file", what, name);
}

static int start(struct bm_h5 **file, struct bm_err *err)
{
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    *file = calloc(1, sizeof **file);
    if (*file == NULL)
        return bm_fail_errno(err, "no memory for an HDF5 file");
    (*file)->file = H5I_INVALID_HID;
    (*file)->fapl = H5Pcreate(H5P_FILE_ACCESS);
    return 0;
}

int bm_h5_new(struct bm_h5 **file, struct bm_err *err)
{
    if (start(file, err) != 0)
        return -1;
    if (H5Pset_fapl_core((*file)->fapl, MEMORY_STEP, false) >= 0)
        (*file)->file = H5Fcreate("results", H5F_ACC_TRUNC, H5P_DEFAULT, (*file)->fapl);
    if ((*file)->file >= 0)
        return 0;
    fail(*file, "create", "/", err);
    bm_h5_close(*file);
    *file = NULL;
    return -1;
}

int bm_h5_open(const char *path, struct bm_h5 **file, struct bm_err *err)
{
    if (start(file, err) != 0)
        return -1;
    snprintf((*file)->path, sizeof(*file)->path, "%s", path);
    H5Pset_file_locking((*file)->fapl, false, true);
    (*file)->file = H5Fopen(path, H5F_ACC_RDONLY, (*file)->fapl);
    if ((*file)->file >= 0)
        return 0;
    bm_h5_close(*file);
    *file = NULL;
    return bm_fail(err, BM_EXIT_IO, "%s: not an HDF5 file, or damaged", path);
}

void bm_h5_close(struct bm_h5 *file)
{
    if (file == NULL)
        return;
    if (file->file >= 0)
        H5Fclose(file->file);
    H5Pclose(file->fapl);
    free(file);
}

int bm_h5_image(struct bm_h5 *file, const void **data, size_t *size, struct bm_err *err)
{
    void *image; /* the memory driver's handle: where its bytes are */
    ssize_t n = -1;
    if (H5Fflush(file->file, H5F_SCOPE_LOCAL) >= 0 &&
        H5Fget_vfd_handle(file->file, file->fapl, &image) >= 0)
        n = H5Fget_file_image(file->file, NULL, 0); /* asks for the size only */
    if (n < 0)
        return fail(file, "finish", "/", err);
    *data = *(void **)image;
    *size = (size_t)n;
    return 0;
}

int bm_h5_make_group(struct bm_h5 *file, const char *name, struct bm_err *err)
{
    hid_t group = H5Gcreate2(file->file, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    if (group < 0)
        return fail(file, "create", name, err);
    H5Gclose(group);
    return 0;
}

/* ---- types ---- */

/* In memory and in the file; to be closed. */
static hid_t type_of(enum bm_h5_type type, size_t width)
{
    switch (type) {
    case BM_H5_INT:
        return H5Tcopy(H5T_STD_I64LE);
    case BM_H5_REAL:
        return H5Tcopy(H5T_IEEE_F64LE);
    case BM_H5_FIXED:
    case BM_H5_TEXT:
        break;
    }
    hid_t text = H5Tcopy(H5T_C_S1);
    H5Tset_size(text, type == BM_H5_TEXT ? H5T_VARIABLE : width);
    H5Tset_strpad(text, type == BM_H5_TEXT ? H5T_STR_NULLTERM : H5T_STR_NULLPAD);
    H5Tset_cset(text, H5T_CSET_UTF8);
    return text;
}

/* Whether a stored type can be read as `type`; `width` is the stored one. */
static bool is_type(hid_t stored, enum bm_h5_type type, size_t *width)
{
    H5T_class_t class = H5Tget_class(stored);
    *width = H5Tget_size(stored);
    switch (type) {
    case BM_H5_INT:
        return class == H5T_INTEGER;
    case BM_H5_REAL:
        return class == H5T_FLOAT;
    case BM_H5_FIXED:
        return class == H5T_STRING && H5Tis_variable_str(stored) == 0;
    case BM_H5_TEXT:
        return class == H5T_STRING && H5Tis_variable_str(stored) > 0;
    }
    return false;
}

/* ---- attributes ---- */

static bool set_attribute(hid_t object, const char *name, hid_t type, const void *value)
{
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    bool done = attribute >= 0 && H5Awrite(attribute, type, value) >= 0;
    if (attribute >= 0)
        H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(type);
    return done;
}

int bm_h5_set_int(struct bm_h5 *file, const char *name, int64_t value, struct bm_err *err)
{
    if (!set_attribute(file->file, name, type_of(BM_H5_INT, 0), &value))
        return fail(file, "write attribute", name, err);
    return 0;
}

int bm_h5_set_real(struct bm_h5 *file, const char *name, double value, struct bm_err *err)
{
    if (!set_attribute(file->file, name, type_of(BM_H5_REAL, 0), &value))
        return fail(file, "write attribute", name, err);
    return 0;
}

/* Variable length: such texts live outside the object's header, which ends at 64 KiB, and h5py
 * makes them strings. No text, no attribute. */
static bool set_text(hid_t object, const char *name, const char *text)
{
    return text == NULL || set_attribute(object, name, type_of(BM_H5_TEXT, 0), &text);
}

int bm_h5_set_text(struct bm_h5 *file, const char *name, const char *text, struct bm_err *err)
{
    if (!set_text(file->file, name, text))
        return fail(file, "write attribute", name, err);
    return 0;
}

bool bm_h5_get_int(const struct bm_h5 *file, const char *name, int64_t *value)
{
    if (H5Aexists(file->file, name) <= 0)
        return false;
    hid_t attribute = H5Aopen(file->file, name, H5P_DEFAULT);
    hid_t stored = H5Aget_type(attribute), space = H5Aget_space(attribute);
    size_t width;
    bool done = is_type(stored, BM_H5_INT, &width) && H5Sget_simple_extent_npoints(space) == 1 &&
                H5Aread(attribute, H5T_NATIVE_INT64, value) >= 0;
    H5Sclose(space);
    H5Tclose(stored);
    H5Aclose(attribute);
    return done;
}

struct each {
    int (*call)(void *context, const char *name, const char *text, struct bm_err *err);
    void *context;
    struct bm_err *err;
};

static herr_t visit_attribute(hid_t object, const char *name, const H5A_info_t *info, void *context)
{
    (void)info;
    const struct each *each = context;
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    hid_t stored = H5Aget_type(attribute), space = H5Aget_space(attribute);
    size_t width;
    int status = 0;
    if (is_type(stored, BM_H5_TEXT, &width) && H5Sget_simple_extent_npoints(space) == 1) {
        hid_t type = type_of(BM_H5_TEXT, 0);
        char *text = NULL;
        if (H5Aread(attribute, type, &text) < 0)
            status = bm_fail(each->err, BM_EXIT_IO, "attribute '%s' is damaged", name);
        else if (text != NULL)
            status = each->call(each->context, name, text, each->err);
        H5Dvlen_reclaim(type, space, H5P_DEFAULT, &text);
        H5Tclose(type);
    }
    H5Sclose(space);
    H5Tclose(stored);
    H5Aclose(attribute);
    return status;
}

int bm_h5_each_text(const struct bm_h5 *file,
                    int (*each)(void *context, const char *name, const char *text,
                                struct bm_err *err),
                    void *context, struct bm_err *err)
{
    struct each all = {each, context, err};
    hsize_t at = 0;
    if (H5Aiterate2(file->file, H5_INDEX_NAME, H5_ITER_INC, &at, visit_attribute, &all) < 0)
        return fail(file, "read the attributes of", "/", err); /* the first error wins */
    return 0;
}

/* ---- columns and tensors ---- */

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
    hid_t type = type_of(column->type, column->width);
    hid_t set = write_set(file, column->name, type, 1, &n, column->data);
    bool done = set >= 0 && set_text(set, "description", column->description) &&
                set_text(set, "role", column->role) && set_text(set, "unit", column->unit);
    if (set >= 0)
        H5Dclose(set);
    H5Tclose(type);
    return done ? 0 : fail(file, "write", column->name, err);
}

int bm_h5_write_tensor(struct bm_h5 *file, const char *name, int n_dims, const int *dims,
                       const float *values, struct bm_err *err)
{
    hsize_t sizes[4];
    for (int i = 0; i < n_dims; i++)
        sizes[i] = (hsize_t)dims[i];
    hid_t set = write_set(file, name, H5T_IEEE_F32LE, n_dims, sizes, values);
    if (set < 0)
        return fail(file, "write", name, err);
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
    int status = 0;
    if (!is_type(stored, column->type, &column->width) || H5Sget_simple_extent_ndims(space) != 1 ||
        n < 0) {
        status = bm_fail(err, BM_EXIT_IO, "%s: column '%s' has another type than here", file->path,
                         column->name);
    } else {
        if (column->type != BM_H5_FIXED)
            column->width = 8;
        column->n = (size_t)n;
        column->data = calloc(column->n + 1, column->width); /* never 0 bytes */
        hid_t type = type_of(column->type, column->width);
        if (column->data == NULL)
            status = bm_fail_errno(err, "no memory for column '%s'", column->name);
        else if (n > 0 && H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, column->data) < 0)
            status = fail(file, "read", column->name, err);
        H5Tclose(type);
    }
    H5Sclose(space);
    H5Tclose(stored);
    return status;
}

int bm_h5_read(const struct bm_h5 *file, const char *name, enum bm_h5_type type,
               struct bm_h5_column *column, struct bm_err *err)
{
    *column = (struct bm_h5_column){.name = name, .type = type};
    hid_t set = H5Dopen2(file->file, name, H5P_DEFAULT);
    if (set < 0)
        return fail(file, "find column", name, err);
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
        hid_t space = H5Screate_simple(1, &n, NULL), type = type_of(BM_H5_TEXT, 0);
        H5Dvlen_reclaim(type, space, H5P_DEFAULT, column->data);
        H5Tclose(type);
        H5Sclose(space);
    }
    free(column->data);
    column->data = NULL;
}

void bm_h5_version(char *text, size_t size)
{
    unsigned major = 0, minor = 0, release = 0;
    H5get_libversion(&major, &minor, &release);
    snprintf(text, size, "%u.%u.%u", major, minor, release);
}
