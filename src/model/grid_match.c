/* What is in a grid, asked of its axes and not of its points, of which there may be millions. */
#include "grid_parts.h"

/* Conditions: the members `fields` of `values`, which a point may match. */
struct conditions {
    const struct bm_field *const *fields;
    size_t n;
    const struct bm_config *values;
};

static bool is_among(const struct conditions *conditions, const struct bm_field *field)
{
    for (size_t i = 0; i < conditions->n; i++)
        if (conditions->fields[i] == field)
            return true;
    return false;
}

static bool value_matches(const struct bm_grid_column *column, size_t place,
                          const struct bm_config *values)
{
    struct bm_config value;
    bm_copy_member(column->field, &value, bm_column_value(column, place));
    return bm_field_matches(column->field, &value, values);
}

/* Whether some place of the axis matches the conditions on its columns. */
static bool axis_matches(const struct bm_grid_axis *axis, const struct conditions *conditions)
{
    for (size_t place = 0; place < axis->n_values; place++) {
        size_t c = 0;
        while (c < axis->n_columns && (!is_among(conditions, axis->columns[c].field) ||
                                       value_matches(&axis->columns[c], place, conditions->values)))
            c++;
        if (c == axis->n_columns)
            return true;
    }
    return false;
}

/* Whether some point of the block does, excluded or not: axes are independent of each other. */
static bool block_matches(const struct bm_grid *grid, const struct bm_grid_block *block,
                          const struct conditions *conditions)
{
    for (size_t i = 0; i < conditions->n; i++) {
        const struct bm_field *field = conditions->fields[i];
        if (bm_grid_find_column(block, field) == NULL &&
            !bm_field_matches(field, &grid->base, conditions->values))
            return false;
    }
    for (size_t a = 0; a < block->n_axes; a++)
        if (!axis_matches(&block->axes[a], conditions))
            return false;
    return true;
}

/* The same of any block that exclusions apply to. */
static bool excludable_matches(const struct bm_grid *grid, const struct conditions *conditions)
{
    for (size_t b = 0; b < grid->n_blocks; b++)
        if (grid->blocks[b].place == NULL && block_matches(grid, &grid->blocks[b], conditions))
            return true;
    return false;
}

bool bm_grid_idle_exclusion(const struct bm_grid *grid, size_t *at, struct bm_grid_idle *idle)
{
    for (; *at < grid->n_exclusions; ++*at) {
        const struct bm_grid_exclusion *exclusion = &grid->exclusions[*at];
        struct conditions all = {exclusion->fields, exclusion->n_fields, &exclusion->values};
        if (excludable_matches(grid, &all))
            continue;
        *idle = (struct bm_grid_idle){.place = exclusion->place, .values = &exclusion->values};
        for (size_t i = 0; i < all.n && idle->field == NULL; i++) {
            struct conditions one = {&all.fields[i], 1, all.values};
            if (!excludable_matches(grid, &one))
                idle->field = all.fields[i];
        }
        ++*at;
        return true;
    }
    return false;
}

bool bm_grid_inclusion(const struct bm_grid *grid, size_t i, struct bm_grid_inclusion *inclusion)
{
    uint64_t first = 0;
    for (size_t b = 0; b < grid->n_blocks; b++) {
        const struct bm_grid_block *block = &grid->blocks[b];
        if (block->place != NULL && i-- == 0) {
            *inclusion = (struct bm_grid_inclusion){block->place, first, block->n_points};
            return true;
        }
        first += block->n_points;
    }
    return false;
}

bool bm_grid_has(const struct bm_grid *grid, const struct bm_config *config, uint64_t end)
{
    const struct bm_field *fields[128];
    struct conditions all = {fields, bm_config_table.n_fields, config};
    bool excluded = bm_grid_excludes(grid, config);
    for (size_t i = 0; i < all.n; i++)
        fields[i] = &bm_config_table.fields[i];
    uint64_t points = 0;
    for (size_t b = 0; b < grid->n_blocks; b++) {
        const struct bm_grid_block *block = &grid->blocks[b];
        points += block->n_points;
        if (points > end)
            break;
        if (!(excluded && block->place == NULL) && block_matches(grid, block, &all))
            return true;
    }
    return false;
}
