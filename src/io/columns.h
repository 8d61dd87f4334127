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
/* Reads `n` records into fresh memory (`*records`, the caller's to free, also after a failure).
 * A column that is not in the file leaves bm_table_init's values. */
int bm_columns_read(const struct bm_h5 *file, const char *group, const struct bm_table *table,
                    size_t n, void **records, struct bm_err *err);

#endif
