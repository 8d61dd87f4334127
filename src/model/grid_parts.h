/* What a grid is made of, for the files that build it (grid_build.c) and use it (grid.c). */
#ifndef BM_MODEL_GRID_PARTS_H
#define BM_MODEL_GRID_PARTS_H

#include <string.h>

#include "bm/grid.h"

struct bm_grid_column {
    const struct bm_field *field;
    struct bm_bytes values; /* members, one after the other */
};

struct bm_grid_axis {
    struct bm_grid_column *columns;
    size_t n_columns, n_values;
};

struct bm_grid_block {
    struct bm_grid_axis *axes;
    size_t n_axes;
    uint64_t n_points;
    char *place; /* of an item of include:, else NULL: exclusions apply */
};

struct bm_grid_exclusion {
    const struct bm_field **fields;
    size_t n_fields;
    struct bm_config values;
    char *place;
};

struct bm_grid {
    struct bm_config base;
    struct bm_grid_block *blocks;
    struct bm_grid_exclusion *exclusions;
    size_t n_blocks, n_exclusions;
    uint64_t n_points;
    const char **varying; /* keys, NULL-terminated */
    size_t n_varying;
};

/* The block's column of the setting, or NULL. */
const struct bm_grid_column *bm_grid_find_column(const struct bm_grid_block *block,
                                                 const struct bm_field *field);
bool bm_grid_excludes(const struct bm_grid *grid, const struct bm_config *config);

static inline void bm_copy_member(const struct bm_field *field, struct bm_config *to,
                                  const void *member)
{
    memcpy((char *)to + field->offset, member, field->size);
}

static inline size_t bm_column_length(const struct bm_grid_column *column)
{
    return column->values.size / column->field->size;
}

static inline unsigned char *bm_column_value(const struct bm_grid_column *column, size_t i)
{
    return column->values.data + i * column->field->size;
}

#endif
