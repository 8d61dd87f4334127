/* A thin layer over HDF5: whole files of one-dimensional columns, or of tensors, and attributes.
 *
 * A new file is built in memory and is written by others with plain writes: a library that meets
 * a full disk while it closes a file crashes at exit (seen with 1.10.8). Files are opened without
 * HDF5's locks, which fail on some network file systems and which whole, closed files do not
 * need. Errors are sentences with BM_EXIT_IO. */
#ifndef BM_IO_HDF5_H
#define BM_IO_HDF5_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bm/err.h"

struct bm_h5; /* an open file */

enum bm_h5_type {
    BM_H5_INT,  /* int64_t */
    BM_H5_REAL, /* double */
    BM_H5_TEXT, /* char *, of any length: UTF-8 */
};

struct bm_h5_column {
    const char *name; /* path in the file: "runs/seed" */
    enum bm_h5_type type;
    size_t n;
    void *data;                /* n values */
    struct bm_h5_texts *texts; /* read only: the memory of texts, if they have one in common */
    /* Attributes, written only. */
    const char *description, *role;
    const char *unit; /* NULL: none */
};

/* A new file in memory. */
int bm_h5_new(struct bm_h5 **file, struct bm_err *err);
/* The bytes of the new file, as they are to be written; they belong to `file`, which is done with.
 */
int bm_h5_image(struct bm_h5 *file, const void **data, size_t *size, struct bm_err *err);
/* An existing file, for reading. */
int bm_h5_open(const char *path, struct bm_h5 **file, struct bm_err *err);
void bm_h5_close(struct bm_h5 *file); /* NULL is allowed */

/* What is made in a group keeps its order. */
int bm_h5_make_group(struct bm_h5 *file, const char *name, const char *description,
                     struct bm_err *err);
/* Whole numbers of which one is beyond 2^31 are written as double, which is exact up to 2^53: R has
 * no others. */
int bm_h5_write(struct bm_h5 *file, const struct bm_h5_column *column, struct bm_err *err);
/* Numbers that stay as narrow as they are in memory. */
enum bm_h5_number { BM_H5_FLOAT, BM_H5_UINT16, BM_H5_UINT32 };
enum { BM_H5_DIMENSIONS = 4 };
struct bm_h5_tensor {
    const char *name;
    enum bm_h5_number type;
    int n_dims, dims[BM_H5_DIMENSIONS]; /* at least one; the last one varies fastest */
    void *values;                       /* only read by bm_h5_write_tensor */
    const char *description;            /* an attribute; NULL: none. Written only */
};
int bm_h5_write_tensor(struct bm_h5 *file, const struct bm_h5_tensor *tensor, struct bm_err *err);
/* Reads the tensor of that name, shape and kind of number to its `values`, which are the caller's.
 * Another shape or kind is an error. */
int bm_h5_read_tensor(const struct bm_h5 *file, const struct bm_h5_tensor *tensor,
                      struct bm_err *err);
/* The shape of the tensor `name`; returns its number of dimensions, or -1 where there is none, or
 * one of more than BM_H5_DIMENSIONS. */
int bm_h5_shape(const struct bm_h5 *file, const char *name, int dims[BM_H5_DIMENSIONS]);
bool bm_h5_has(const struct bm_h5 *file, const char *name);
/* Whether a column of whole numbers was written as double. */
bool bm_h5_has_wide(const struct bm_h5 *file);
/* Reads the column `name`. `*data` (and the texts of a BM_H5_TEXT column) belong to the caller: see
 * bm_h5_free. Integers are read from integers, or from double that are whole, and so on; else an
 * error. Texts may also have a
 * fixed width in the file, as in snapshots of format version 1; an empty one may be NULL. */
int bm_h5_read(const struct bm_h5 *file, const char *name, enum bm_h5_type type,
               struct bm_h5_column *column, struct bm_err *err);
/* 1: all rows of the column have one value, which takes no room in the file; it alone is read, and
 * `*n` is how many rows there are. 0: not so, and nothing is read; -1: it failed. */
int bm_h5_read_one(const struct bm_h5 *file, const char *name, enum bm_h5_type type, size_t *n,
                   struct bm_h5_column *column, struct bm_err *err);
void bm_h5_free(struct bm_h5_column *column);

/* Attributes of the root group. */
int bm_h5_set_int(struct bm_h5 *file, const char *name, int64_t value, struct bm_err *err);
int bm_h5_set_real(struct bm_h5 *file, const char *name, double value, struct bm_err *err);
int bm_h5_set_text(struct bm_h5 *file, const char *name, const char *text, struct bm_err *err);
bool bm_h5_get_int(const struct bm_h5 *file, const char *name, int64_t *value);
/* Calls `each` for every text; a text is valid during the call. Stops when a call fails. */
int bm_h5_each_text(const struct bm_h5 *file,
                    int (*each)(void *context, const char *name, const char *text,
                                struct bm_err *err),
                    void *context, struct bm_err *err);

/* The library's version, "1.10.8". */
void bm_h5_version(char *text, size_t size);

#endif
