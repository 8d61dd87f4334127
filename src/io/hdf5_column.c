/* Columns and tensors of an HDF5 file. */
#include "bm/arena.h"
#include "hdf5_library.h"

#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const int64_t MOST_WHOLE = (int64_t)1 << 53; /* that double has, with all below it */

/* A data set with its values, to be closed; negative: it failed. `one`: the value that all of them
 * have takes no room, and is read without being looked for; NULL: they differ. */
static hid_t write_set(struct bm_h5 *file, const char *name, hid_t type, int n_dims,
                       const hsize_t *dims, const void *data, const void *one)
{
    hid_t space = H5Screate_simple(n_dims, dims, NULL);
    hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_obj_track_times(plist, false);
    if (one != NULL)
        H5Pset_fill_value(plist, type, one);
    hid_t set = H5Dcreate2(file->file, name, type, space, H5P_DEFAULT, plist, H5P_DEFAULT);
    if (set >= 0 && one == NULL && H5Sget_simple_extent_npoints(space) > 0 &&
        H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0) {
        H5Dclose(set);
        set = H5I_INVALID_HID;
    }
    H5Pclose(plist);
    H5Sclose(space);
    return set;
}

/* The value that all rows of a column have, bit for bit; NULL: they differ. */
static const void *one_value(const struct bm_h5_column *column)
{
    const uint64_t *values = column->data;
    char *const *texts = column->data;
    for (size_t i = 1; i < column->n; i++)
        if (column->type == BM_H5_TEXT ? strcmp(texts[i], texts[0]) != 0 : values[i] != values[0])
            return NULL;
    return column->n > 0 ? column->data : NULL;
}

/* Whether a reader that knows 32 bits and double has to be given double. */
static bool is_wide(const struct bm_h5_column *column)
{
    const int64_t *values = column->data;
    bool is_beyond = false;
    for (size_t i = 0; i < column->n && column->type == BM_H5_INT; i++) {
        is_beyond |= values[i] > INT32_MAX || values[i] < -INT32_MAX;
        if (values[i] > MOST_WHOLE || values[i] < -MOST_WHOLE)
            return false;
    }
    return is_beyond;
}

static int write_column(struct bm_h5 *file, const struct bm_h5_column *column, struct bm_err *err)
{
    hsize_t n = column->n;
    hid_t type = bm_h5_type_of(column->type);
    hid_t set = write_set(file, column->name, type, 1, &n, column->data, one_value(column));
    bool done = set >= 0 && bm_h5_describe(set, "description", column->description) &&
                bm_h5_describe(set, "role", column->role) &&
                bm_h5_describe(set, "unit", column->unit);
    if (set >= 0)
        H5Dclose(set);
    H5Tclose(type);
    return done ? 0 : bm_h5_fail(file, "write", column->name, err);
}

int bm_h5_write(struct bm_h5 *file, const struct bm_h5_column *column, struct bm_err *err)
{
    if (!is_wide(column))
        return write_column(file, column, err);
    struct bm_h5_column wide = *column;
    double *values = calloc(column->n, sizeof *values);
    wide.type = BM_H5_REAL;
    wide.data = values;
    if (values == NULL)
        return bm_fail_errno(err, "no memory for column '%s'", column->name);
    for (size_t i = 0; i < column->n; i++)
        values[i] = (double)((const int64_t *)column->data)[i];
    int status = write_column(file, &wide, err);
    free(values);
    file->has_wide = true;
    return status;
}

bool bm_h5_has_wide(const struct bm_h5 *file)
{
    return file->has_wide;
}

static hid_t type_of_number(enum bm_h5_number type)
{
    return type == BM_H5_FLOAT    ? H5T_IEEE_F32LE
           : type == BM_H5_UINT16 ? H5T_STD_U16LE
                                  : H5T_STD_U32LE;
}

int bm_h5_write_tensor(struct bm_h5 *file, const struct bm_h5_tensor *tensor, struct bm_err *err)
{
    hsize_t sizes[BM_H5_DIMENSIONS];
    for (int i = 0; i < tensor->n_dims; i++)
        sizes[i] = (hsize_t)tensor->dims[i];
    hid_t set = write_set(file, tensor->name, type_of_number(tensor->type), tensor->n_dims, sizes,
                          tensor->values, NULL);
    bool done = set >= 0 && bm_h5_describe(set, "description", tensor->description);
    if (set >= 0)
        H5Dclose(set);
    return done ? 0 : bm_h5_fail(file, "write", tensor->name, err);
}

static int shape_of(hid_t set, int dims[BM_H5_DIMENSIONS])
{
    hsize_t sizes[BM_H5_DIMENSIONS] = {0};
    hid_t space = H5Dget_space(set);
    int n = H5Sget_simple_extent_ndims(space);
    bool fits = n >= 0 && n <= BM_H5_DIMENSIONS;
    if (fits)
        H5Sget_simple_extent_dims(space, sizes, NULL);
    H5Sclose(space);
    for (int i = 0; i < BM_H5_DIMENSIONS; i++) {
        fits &= sizes[i] <= INT_MAX;
        dims[i] = (int)sizes[i];
    }
    return fits ? n : -1;
}

int bm_h5_shape(const struct bm_h5 *file, const char *name, int dims[BM_H5_DIMENSIONS])
{
    hid_t set = H5Dopen2(file->file, name, H5P_DEFAULT);
    if (set < 0)
        return -1;
    int n = shape_of(set, dims);
    H5Dclose(set);
    return n;
}

static bool is_of_kind(hid_t set, enum bm_h5_number type)
{
    hid_t stored = H5Dget_type(set);
    H5T_class_t class = H5Tget_class(stored);
    H5Tclose(stored);
    return class == (type == BM_H5_FLOAT ? H5T_FLOAT : H5T_INTEGER);
}

int bm_h5_read_tensor(const struct bm_h5 *file, const struct bm_h5_tensor *tensor,
                      struct bm_err *err)
{
    int dims[BM_H5_DIMENSIONS];
    hid_t set = H5Dopen2(file->file, tensor->name, H5P_DEFAULT);
    if (set < 0)
        return bm_h5_fail(file, "find", tensor->name, err);
    size_t bytes = (size_t)tensor->n_dims * sizeof *dims;
    bool fits = shape_of(set, dims) == tensor->n_dims && memcmp(dims, tensor->dims, bytes) == 0 &&
                is_of_kind(set, tensor->type);
    bool done = fits && H5Dread(set, type_of_number(tensor->type), H5S_ALL, H5S_ALL, H5P_DEFAULT,
                                tensor->values) >= 0;
    H5Dclose(set);
    if (!fits)
        return bm_fail(err, BM_EXIT_IO, "%s: '%s' has another shape than here", file->path,
                       tensor->name);
    return done ? 0 : bm_h5_fail(file, "read", tensor->name, err);
}

bool bm_h5_has(const struct bm_h5 *file, const char *name)
{
    return H5Lexists(file->file, name, H5P_DEFAULT) > 0;
}

/* ---- texts ---- */

/* The texts of a column, in pieces that are freed together: there may be millions. */
struct bm_h5_texts {
    struct piece {
        struct piece *next;
        size_t size, used;
        char text[];
    } * first;
};

enum { PIECE = 1 << 20, TEXT_ALIGN = 8 };

/* As malloc, for the library. */
static void *take_text(size_t size, void *context)
{
    struct bm_h5_texts *texts = context;
    struct piece *piece = texts->first;
    size_t need = (size + TEXT_ALIGN - 1) / TEXT_ALIGN * TEXT_ALIGN;
    if (piece == NULL || need > piece->size - piece->used) {
        size_t room = need > PIECE ? need : PIECE;
        piece = malloc(sizeof *piece + room);
        if (piece == NULL)
            return NULL;
        *piece = (struct piece){.next = texts->first, .size = room};
        texts->first = piece;
    }
    piece->used += need;
    return piece->text + piece->used - need;
}

static void keep_text(void *text, void *context)
{
    (void)text; /* until all of them are freed */
    (void)context;
}

static void free_texts(struct bm_h5_texts *texts)
{
    for (struct piece *piece = texts->first, *next; piece != NULL; piece = next) {
        next = piece->next;
        free(piece);
    }
    free(texts);
}

/* Texts of any length. */
static bool read_texts(hid_t set, struct bm_h5_column *column)
{
    hid_t type = bm_h5_type_of(BM_H5_TEXT), plist = H5Pcreate(H5P_DATASET_XFER);
    column->texts = calloc(1, sizeof *column->texts);
    bool done =
        column->texts != NULL &&
        H5Pset_vlen_mem_manager(plist, take_text, column->texts, keep_text, column->texts) >= 0 &&
        H5Dread(set, type, H5S_ALL, H5S_ALL, plist, column->data) >= 0;
    H5Pclose(plist);
    H5Tclose(type);
    return done;
}

/* Texts of a fixed width, each as a text of its own: the library does not convert them. */
static bool read_fixed(hid_t set, hid_t stored, struct bm_h5_column *column)
{
    size_t width = H5Tget_size(stored);
    char *all = calloc(column->n + 1, width), **texts = column->data;
    bool done = all != NULL && H5Dread(set, stored, H5S_ALL, H5S_ALL, H5P_DEFAULT, all) >= 0;
    for (size_t i = 0; i < column->n && done; i++)
        done = (texts[i] = strndup(all + i * width, width)) != NULL;
    free(all);
    return done;
}

/* Whole numbers that are double in the file, into the memory that they are read to. */
static bool read_wide(hid_t set, struct bm_h5_column *column)
{
    int64_t *values = column->data;
    bool done = H5Dread(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, column->data) >= 0;
    for (size_t i = 0; i < column->n && done; i++) {
        double value;
        memcpy(&value, &values[i], sizeof value);
        done = fabs(value) <= (double)MOST_WHOLE && value == rint(value); /* NaN is not, either */
        values[i] = done ? (int64_t)value : 0;
    }
    return done;
}

static bool read_values(hid_t set, hid_t stored, struct bm_h5_column *column)
{
    if (column->n == 0)
        return true;
    if (column->type == BM_H5_INT && H5Tget_class(stored) == H5T_FLOAT)
        return read_wide(set, column);
    if (column->type == BM_H5_TEXT)
        return H5Tis_variable_str(stored) > 0 ? read_texts(set, column)
                                              : read_fixed(set, stored, column);
    hid_t type = bm_h5_type_of(column->type);
    bool done = H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, column->data) >= 0;
    H5Tclose(type);
    return done;
}

/* Reads the whole of `set`, of a type `stored`, into fresh memory. */
static int read_set(const struct bm_h5 *file, hid_t set, hid_t stored, struct bm_h5_column *column,
                    struct bm_err *err)
{
    hid_t space = H5Dget_space(set);
    hssize_t n = H5Sget_simple_extent_npoints(space);
    bool is_type = bm_h5_is_type(stored, column->type) ||
                   (column->type == BM_H5_INT && H5Tget_class(stored) == H5T_FLOAT);
    bool fits = is_type && H5Sget_simple_extent_ndims(space) == 1 && n >= 0;
    H5Sclose(space);
    if (!fits)
        return bm_fail(err, BM_EXIT_IO, "%s: column '%s' has another type than here", file->path,
                       column->name);
    column->data = calloc((size_t)n + 1, 8); /* never 0 bytes; each value has 8 */
    if (column->data == NULL)
        return bm_fail_errno(err, "no memory for column '%s'", column->name);
    column->n = (size_t)n;
    bm_memory_expect(column->data, column->n * 8);
    return read_values(set, stored, column) ? 0 : bm_h5_fail(file, "read", column->name, err);
}

int bm_h5_read(const struct bm_h5 *file, const char *name, enum bm_h5_type type,
               struct bm_h5_column *column, struct bm_err *err)
{
    *column = (struct bm_h5_column){.name = name, .type = type};
    hid_t set = H5Dopen2(file->file, name, H5P_DEFAULT);
    if (set < 0)
        return bm_h5_fail(file, "find column", name, err);
    hid_t stored = H5Dget_type(set);
    int status = read_set(file, set, stored, column, err);
    H5Tclose(stored);
    H5Dclose(set);
    if (status != 0)
        bm_h5_free(column);
    return status;
}

/* What a row has that nobody wrote, in fresh memory. */
static bool read_fill_value(hid_t set, struct bm_h5_column *column)
{
    hid_t plist = H5Dget_create_plist(set), type = bm_h5_type_of(column->type);
    column->n = 1;
    column->data = calloc(1, 8); /* as each value has */
    bool done = column->data != NULL && H5Pget_fill_value(plist, type, column->data) >= 0;
    H5Tclose(type);
    H5Pclose(plist);
    return done;
}

int bm_h5_read_one(const struct bm_h5 *file, const char *name, enum bm_h5_type type, size_t *n,
                   struct bm_h5_column *column, struct bm_err *err)
{
    *column = (struct bm_h5_column){.name = name, .type = type};
    hid_t set = H5Dopen2(file->file, name, H5P_DEFAULT);
    if (set < 0)
        return bm_h5_fail(file, "find column", name, err);
    hid_t stored = H5Dget_type(set), space = H5Dget_space(set);
    hssize_t rows = H5Sget_simple_extent_npoints(space);
    bool is_one = rows > 0 && H5Dget_storage_size(set) == 0 && bm_h5_is_type(stored, type) &&
                  (type != BM_H5_TEXT || H5Tis_variable_str(stored) > 0);
    *n = rows > 0 ? (size_t)rows : 0;
    int status = is_one;
    if (is_one && !read_fill_value(set, column))
        status = bm_h5_fail(file, "read", name, err);
    H5Sclose(space);
    H5Tclose(stored);
    H5Dclose(set);
    if (status < 0)
        bm_h5_free(column);
    return status;
}

void bm_h5_free(struct bm_h5_column *column)
{
    char **texts = column->type == BM_H5_TEXT ? column->data : NULL;
    if (column->texts != NULL)
        free_texts(column->texts);
    for (size_t i = 0; i < column->n && texts != NULL && column->texts == NULL; i++)
        free(texts[i]); /* the library takes them from malloc unless told otherwise */
    column->texts = NULL;
    free(column->data);
    column->data = NULL;
}
