/* Building a grid, for the reader of sweep files. Pure: what a value may be and where it came from
 * is the reader's business (io/sweep_grid.c). */
#include <assert.h>
#include <stdlib.h>

#include "grid_parts.h"

/* Makes room for element n of an array that grows one by one, zeroed. */
static void *grow(void *array, size_t n, size_t size)
{
    if ((n & (n - 1)) == 0) { /* 0 or a power of two: full */
        array = realloc(array, (n ? 2 * n : 1) * size);
        if (array == NULL)
            abort();
    }
    memset((char *)array + n * size, 0, size);
    return array;
}

struct bm_grid *bm_grid_new(const struct bm_config *base)
{
    struct bm_grid *grid = calloc(1, sizeof *grid);
    if (grid == NULL)
        abort();
    grid->base = *base;
    return grid;
}

static struct bm_grid_block *last_block(const struct bm_grid *grid)
{
    assert(grid->n_blocks > 0);
    return &grid->blocks[grid->n_blocks - 1];
}

static struct bm_grid_axis *last_axis(const struct bm_grid *grid)
{
    struct bm_grid_block *block = last_block(grid);
    assert(block->n_axes > 0);
    return &block->axes[block->n_axes - 1];
}

static struct bm_grid_column *last_column(const struct bm_grid *grid)
{
    struct bm_grid_axis *axis = last_axis(grid);
    assert(axis->n_columns > 0);
    return &axis->columns[axis->n_columns - 1];
}

static char *copy_place(const char *place)
{
    char *copy = strdup(place);
    if (copy == NULL)
        abort();
    return copy;
}

void bm_grid_add_block(struct bm_grid *grid, const char *place)
{
    grid->blocks = grow(grid->blocks, grid->n_blocks, sizeof *grid->blocks);
    grid->blocks[grid->n_blocks++].place = place ? copy_place(place) : NULL;
}

void bm_grid_add_axis(struct bm_grid *grid)
{
    struct bm_grid_block *block = last_block(grid);
    block->axes = grow(block->axes, block->n_axes++, sizeof *block->axes);
}

void bm_grid_add_column(struct bm_grid *grid, const struct bm_field *field)
{
    struct bm_grid_axis *axis = last_axis(grid);
    axis->columns = grow(axis->columns, axis->n_columns, sizeof *axis->columns);
    axis->columns[axis->n_columns++].field = field;
}

void bm_grid_add_value(struct bm_grid *grid, const struct bm_config *value)
{
    struct bm_grid_column *column = last_column(grid);
    bm_bytes_add(&column->values, (const char *)value + column->field->offset, column->field->size);
}

size_t bm_grid_column_length(const struct bm_grid *grid)
{
    return bm_column_length(last_column(grid));
}

void bm_grid_add_exclusion(struct bm_grid *grid, const char *place)
{
    grid->exclusions = grow(grid->exclusions, grid->n_exclusions, sizeof *grid->exclusions);
    grid->exclusions[grid->n_exclusions++].place = copy_place(place);
}

void bm_grid_add_condition(struct bm_grid *grid, const struct bm_field *field,
                           const struct bm_config *value)
{
    assert(grid->n_exclusions > 0);
    struct bm_grid_exclusion *exclusion = &grid->exclusions[grid->n_exclusions - 1];
    exclusion->fields = grow(exclusion->fields, exclusion->n_fields, sizeof *exclusion->fields);
    exclusion->fields[exclusion->n_fields++] = field;
    bm_copy_member(field, &exclusion->values, (const char *)value + field->offset);
}

static void free_columns(struct bm_grid_axis *axis)
{
    for (size_t c = 0; c < axis->n_columns; c++)
        bm_bytes_fini(&axis->columns[c].values);
    free(axis->columns);
}

void bm_grid_free(struct bm_grid *grid)
{
    if (grid == NULL)
        return;
    for (size_t b = 0; b < grid->n_blocks; b++) {
        struct bm_grid_block *block = &grid->blocks[b];
        for (size_t a = 0; a < block->n_axes; a++)
            free_columns(&block->axes[a]);
        free(block->axes);
        free(block->place);
    }
    for (size_t e = 0; e < grid->n_exclusions; e++) {
        free(grid->exclusions[e].fields);
        free(grid->exclusions[e].place);
    }
    free(grid->blocks);
    free(grid->exclusions);
    free(grid->varying);
    free(grid);
}

/* ---- repeated values ---- */

/* The axis with its numbers rounded, so that values that match have equal bytes. To be freed with
 * free_columns. */
static struct bm_grid_axis rounded_axis(const struct bm_grid_axis *axis)
{
    struct bm_grid_axis rounded = {.n_columns = axis->n_columns};
    for (size_t c = 0; c < axis->n_columns; c++) {
        const struct bm_grid_column *from = &axis->columns[c];
        rounded.columns = grow(rounded.columns, c, sizeof *rounded.columns);
        struct bm_grid_column *to = &rounded.columns[c];
        to->field = from->field;
        bm_bytes_add(&to->values, from->values.data, from->values.size);
        struct bm_config value = {0};
        for (size_t i = 0; from->field->type == BM_REAL && i < bm_column_length(to); i++) {
            bm_copy_member(to->field, &value, bm_column_value(to, i));
            bm_field_round(to->field, &value);
            memcpy(bm_column_value(to, i), (const char *)&value + to->field->offset,
                   to->field->size);
        }
    }
    return rounded;
}

static int compare_values(const struct bm_grid_axis *axis, size_t a, size_t b)
{
    for (size_t c = 0; c < axis->n_columns; c++) {
        const struct bm_grid_column *column = &axis->columns[c];
        int order =
            memcmp(bm_column_value(column, a), bm_column_value(column, b), column->field->size);
        if (order != 0)
            return order;
    }
    return 0;
}

/* qsort_r's: two places of an axis by their values, equal ones by place. */
static int compare_places(const void *a, const void *b, void *axis)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    int order = compare_values(axis, x, y);
    return order ? order : (x > y) - (x < y);
}

bool bm_grid_axis_is_real(const struct bm_grid *grid)
{
    const struct bm_grid_axis *axis = last_axis(grid);
    for (size_t c = 0; c < axis->n_columns; c++)
        if (axis->columns[c].field->type == BM_REAL && !axis->columns[c].field->whole)
            return true;
    return false;
}

bool bm_grid_axis_repeats(const struct bm_grid *grid, size_t *first, size_t *second)
{
    struct bm_grid_axis axis = rounded_axis(last_axis(grid));
    size_t n = bm_grid_column_length(grid);
    size_t *places = malloc((n ? n : 1) * sizeof *places);
    if (places == NULL)
        abort();
    for (size_t i = 0; i < n; i++)
        places[i] = i;
    qsort_r(places, n, sizeof *places, compare_places, &axis);
    bool repeats = false;
    for (size_t i = 1; i < n && !repeats; i++)
        if (compare_values(&axis, places[i - 1], places[i]) == 0) {
            *first = places[i - 1];
            *second = places[i];
            repeats = true;
        }
    free(places);
    free_columns(&axis);
    return repeats;
}
