/* The points of a sweep: blocks of axes over base settings, made on demand from their numbers. */
#include <assert.h>
#include <stdlib.h>

#include "grid_parts.h"

/* ---- finishing ---- */

const struct bm_grid_column *bm_grid_find_column(const struct bm_grid_block *block,
                                                 const struct bm_field *field)
{
    for (size_t a = 0; a < block->n_axes; a++)
        for (size_t c = 0; c < block->axes[a].n_columns; c++)
            if (block->axes[a].columns[c].field == field)
                return &block->axes[a].columns[c];
    return NULL;
}

/* Whether any point has another value of the field than `first`, a point of the first block. */
static bool varies(const struct bm_grid *grid, const struct bm_field *field,
                   const struct bm_config *first)
{
    for (size_t b = 0; b < grid->n_blocks; b++) {
        const struct bm_grid_column *column = bm_grid_find_column(&grid->blocks[b], field);
        struct bm_config other = grid->base;
        size_t n = column ? bm_column_length(column) : 1;
        for (size_t i = 0; i < n; i++) {
            if (column)
                bm_copy_member(field, &other, bm_column_value(column, i));
            if (!bm_field_equal(field, first, &other))
                return true;
        }
    }
    return false;
}

static bool is_listed(const struct bm_grid *grid, const char *key)
{
    for (size_t i = 0; i < grid->n_varying; i++)
        if (grid->varying[i] == key)
            return true;
    return false;
}

static void list_varying(struct bm_grid *grid)
{
    struct bm_config first;
    bm_grid_point(grid, 0, &first);
    grid->varying = calloc(bm_config_table.n_fields + 1, sizeof *grid->varying);
    if (grid->varying == NULL)
        abort();
    for (size_t b = 0; b < grid->n_blocks; b++)
        for (size_t a = 0; a < grid->blocks[b].n_axes; a++) {
            const struct bm_grid_axis *axis = &grid->blocks[b].axes[a];
            for (size_t c = 0; c < axis->n_columns; c++) {
                const struct bm_field *field = axis->columns[c].field;
                if (is_listed(grid, field->key) || !varies(grid, field, &first))
                    continue;
                grid->varying[grid->n_varying++] = field->key;
            }
        }
}

int bm_grid_finish(struct bm_grid *grid, struct bm_err *err)
{
    assert(grid->n_blocks > 0);
    double total = 0; /* exact up to 2^53, and cannot overflow with a few hundred axes */
    for (size_t b = 0; b < grid->n_blocks; b++) {
        struct bm_grid_block *block = &grid->blocks[b];
        double points = 1;
        for (size_t a = 0; a < block->n_axes; a++) {
            struct bm_grid_axis *axis = &block->axes[a];
            axis->n_values = bm_column_length(&axis->columns[0]);
            points *= (double)axis->n_values;
        }
        total += points;
        if (points <= BM_MOST_POINTS)
            block->n_points = (uint64_t)points;
    }
    if (total > BM_MOST_POINTS)
        return bm_fail(err, BM_EXIT_DATA, "the sweep has %.15g points; at most %d are possible",
                       total, BM_MOST_POINTS);
    grid->n_points = (uint64_t)total;
    list_varying(grid);
    return 0;
}

/* ---- use ---- */

uint64_t bm_grid_points(const struct bm_grid *grid)
{
    return grid->n_points;
}

const char *const *bm_grid_axes(const struct bm_grid *grid)
{
    return grid->varying;
}

bool bm_grid_excludes(const struct bm_grid *grid, const struct bm_config *config)
{
    for (size_t e = 0; e < grid->n_exclusions; e++) {
        const struct bm_grid_exclusion *exclusion = &grid->exclusions[e];
        size_t equal = 0;
        while (equal < exclusion->n_fields &&
               bm_field_matches(exclusion->fields[equal], config, &exclusion->values))
            equal++;
        if (equal == exclusion->n_fields)
            return true;
    }
    return false;
}

bool bm_grid_point(const struct bm_grid *grid, uint64_t point, struct bm_config *config)
{
    assert(point < grid->n_points);
    const struct bm_grid_block *block = grid->blocks;
    for (; point >= block->n_points; block++)
        point -= block->n_points;
    *config = grid->base;
    for (size_t a = block->n_axes; a-- > 0;) { /* the last axis is the fastest */
        const struct bm_grid_axis *axis = &block->axes[a];
        size_t place = point % axis->n_values;
        point /= axis->n_values;
        for (size_t c = 0; c < axis->n_columns; c++)
            bm_copy_member(axis->columns[c].field, config,
                           bm_column_value(&axis->columns[c], place));
    }
    return block->place != NULL || !bm_grid_excludes(grid, config);
}
