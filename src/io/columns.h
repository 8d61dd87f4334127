/* Records of a field table as columns of an HDF5 group: a column a row of the table, with unit,
 * description and role. */
#ifndef BM_IO_COLUMNS_H
#define BM_IO_COLUMNS_H

#include <stddef.h>

#include "bm/err.h"
#include "bm/field.h"
#include "hdf5.h"

/* Writes every field of `n` records. */
int bm_columns_write(struct bm_h5 *file, const char *group, const struct bm_table *table,
                     const void *const *records, size_t n, struct bm_err *err);
/* The columns of a table that was read; a record is made of them when it is asked for. */
struct bm_columns {
    const char *group; /* borrowed */
    const struct bm_table *table;
    size_t n;                     /* rows */
    char *same;                   /* a record with what is equal in all of them; owned */
    size_t n_columns;             /* the others; owned: */
    struct bm_h5_column *columns; /* values, */
    const struct bm_field **fields;
};

/* Reads the columns of `n` records. One that is not in the file has bm_table_init's value.
 * bm_columns_fini frees, also after a failure. */
int bm_columns_read(const struct bm_h5 *file, const char *group, const struct bm_table *table,
                    size_t n, struct bm_columns *columns, struct bm_err *err);
/* Fills `record` with a row. Fails where a text is not valid here (BM_EXIT_IO). */
int bm_columns_take(const struct bm_columns *columns, size_t row, void *record, struct bm_err *err);
void bm_columns_fini(struct bm_columns *columns);

#endif
