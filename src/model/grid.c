/* The points of a sweep: blocks of axes over base settings, made on demand from a point's number.
 * Pure: what a value may be and where it came from is the reader's business (io/sweep_file.c). */
#include "bm/grid.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct column {
    const struct bm_field *field;
    struct bm_bytes values; /* members, one after the other */
};

struct axis {
    struct column *columns;
    size_t n_columns, n_values;
};

struct block {
    struct axis *axes;
    size_t n_axes;
    uint64_t n_points;
    bool excludable;
};

struct exclusion {
    const struct bm_field **fields;
    size_t n_fields;
    struct bm_config values;
};

struct bm_grid {
    struct bm_config base;
    struct block *blocks;
    struct exclusion *exclusions;
    size_t n_blocks, n_exclusions;
    uint64_t n_points;
    const char **varying; /* keys, NULL-terminated */
    size_t n_varying;
};

/* ---- building ---- */

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

static struct block *last_block(const struct bm_grid *grid)
{
    assert(grid->n_blocks > 0);
    return &grid->blocks[grid->n_blocks - 1];
}

static struct axis *last_axis(const struct bm_grid *grid)
{
    struct block *block = last_block(grid);
    assert(block->n_axes > 0);
    return &block->axes[block->n_axes - 1];
}

static struct column *last_column(const struct bm_grid *grid)
{
    struct axis *axis = last_axis(grid);
    assert(axis->n_columns > 0);
    return &axis->columns[axis->n_columns - 1];
}

void bm_grid_add_block(struct bm_grid *grid, bool excludable)
{
    grid->blocks = grow(grid->blocks, grid->n_blocks, sizeof *grid->blocks);
    grid->blocks[grid->n_blocks++].excludable = excludable;
}

void bm_grid_add_axis(struct bm_grid *grid)
{
    struct block *block = last_block(grid);
    block->axes = grow(block->axes, block->n_axes++, sizeof *block->axes);
}

void bm_grid_add_column(struct bm_grid *grid, const struct bm_field *field)
{
    struct axis *axis = last_axis(grid);
    axis->columns = grow(axis->columns, axis->n_columns, sizeof *axis->columns);
    axis->columns[axis->n_columns++].field = field;
}

void bm_grid_add_value(struct bm_grid *grid, const struct bm_config *value)
{
    struct column *column = last_column(grid);
    bm_bytes_add(&column->values, (const char *)value + column->field->offset, column->field->size);
}

size_t bm_grid_column_length(const struct bm_grid *grid)
{
    const struct column *column = last_column(grid);
    return column->values.size / column->field->size;
}

void bm_grid_add_exclusion(struct bm_grid *grid)
{
    grid->exclusions = grow(grid->exclusions, grid->n_exclusions++, sizeof *grid->exclusions);
}

static void copy_member(const struct bm_field *field, struct bm_config *to, const void *member)
{
    memcpy((char *)to + field->offset, member, field->size);
}

void bm_grid_add_condition(struct bm_grid *grid, const struct bm_field *field,
                           const struct bm_config *value)
{
    assert(grid->n_exclusions > 0);
    struct exclusion *exclusion = &grid->exclusions[grid->n_exclusions - 1];
    exclusion->fields = grow(exclusion->fields, exclusion->n_fields, sizeof *exclusion->fields);
    exclusion->fields[exclusion->n_fields++] = field;
    copy_member(field, &exclusion->values, (const char *)value + field->offset);
}

void bm_grid_free(struct bm_grid *grid)
{
    if (grid == NULL)
        return;
    for (size_t b = 0; b < grid->n_blocks; b++) {
        struct block *block = &grid->blocks[b];
        for (size_t a = 0; a < block->n_axes; a++) {
            for (size_t c = 0; c < block->axes[a].n_columns; c++)
                bm_bytes_fini(&block->axes[a].columns[c].values);
            free(block->axes[a].columns);
        }
        free(block->axes);
    }
    for (size_t e = 0; e < grid->n_exclusions; e++)
        free(grid->exclusions[e].fields);
    free(grid->blocks);
    free(grid->exclusions);
    free(grid->varying);
    free(grid);
}

/* ---- repeated values ---- */

static const unsigned char *value_at(const struct column *column, size_t i)
{
    return column->values.data + i * column->field->size;
}

/* qsort_r's: two places of an axis by their values, equal ones by place. */
static int compare_values(const struct axis *axis, size_t a, size_t b)
{
    for (size_t c = 0; c < axis->n_columns; c++) {
        const struct column *column = &axis->columns[c];
        int order = memcmp(value_at(column, a), value_at(column, b), column->field->size);
        if (order != 0)
            return order;
    }
    return 0;
}

static int compare_places(const void *a, const void *b, void *axis)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    int order = compare_values(axis, x, y);
    return order ? order : (x > y) - (x < y);
}

bool bm_grid_axis_repeats(const struct bm_grid *grid, size_t *first, size_t *second)
{
    struct axis *axis = last_axis(grid);
    size_t n = bm_grid_column_length(grid);
    size_t *places = malloc((n ? n : 1) * sizeof *places);
    if (places == NULL)
        abort();
    for (size_t i = 0; i < n; i++)
        places[i] = i;
    qsort_r(places, n, sizeof *places, compare_places, axis);
    bool repeats = false;
    for (size_t i = 1; i < n && !repeats; i++)
        if (compare_values(axis, places[i - 1], places[i]) == 0) {
            *first = places[i - 1];
            *second = places[i];
            repeats = true;
        }
    free(places);
    return repeats;
}

/* ---- finishing ---- */

static const struct column *find_column(const struct block *block, const struct bm_field *field)
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
        const struct column *column = find_column(&grid->blocks[b], field);
        struct bm_config other = grid->base;
        size_t n = column ? column->values.size / field->size : 1;
        for (size_t i = 0; i < n; i++) {
            if (column)
                copy_member(field, &other, value_at(column, i));
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
    for (size_t b = 0; b < grid->n_blocks; b++)
        for (size_t a = 0; a < grid->blocks[b].n_axes; a++) {
            const struct axis *axis = &grid->blocks[b].axes[a];
            for (size_t c = 0; c < axis->n_columns; c++) {
                const struct bm_field *field = axis->columns[c].field;
                if (is_listed(grid, field->key) || !varies(grid, field, &first))
                    continue;
                grid->varying = grow(grid->varying, grid->n_varying, sizeof *grid->varying);
                grid->varying[grid->n_varying++] = field->key;
            }
        }
    grid->varying = grow(grid->varying, grid->n_varying, sizeof *grid->varying);
}

int bm_grid_finish(struct bm_grid *grid, struct bm_err *err)
{
    assert(grid->n_blocks > 0);
    double total = 0; /* exact up to 2^53, and cannot overflow with a few hundred axes */
    for (size_t b = 0; b < grid->n_blocks; b++) {
        struct block *block = &grid->blocks[b];
        double points = 1;
        for (size_t a = 0; a < block->n_axes; a++) {
            struct axis *axis = &block->axes[a];
            axis->n_values = axis->columns[0].values.size / axis->columns[0].field->size;
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

static bool is_excluded(const struct bm_grid *grid, const struct bm_config *config)
{
    for (size_t e = 0; e < grid->n_exclusions; e++) {
        const struct exclusion *exclusion = &grid->exclusions[e];
        size_t equal = 0;
        while (equal < exclusion->n_fields &&
               bm_field_equal(exclusion->fields[equal], config, &exclusion->values))
            equal++;
        if (equal == exclusion->n_fields)
            return true;
    }
    return false;
}

bool bm_grid_point(const struct bm_grid *grid, uint64_t point, struct bm_config *config)
{
    assert(point < grid->n_points);
    const struct block *block = grid->blocks;
    for (; point >= block->n_points; block++)
        point -= block->n_points;
    *config = grid->base;
    for (size_t a = block->n_axes; a-- > 0;) { /* the last axis is the fastest */
        const struct axis *axis = &block->axes[a];
        size_t place = point % axis->n_values;
        point /= axis->n_values;
        for (size_t c = 0; c < axis->n_columns; c++)
            copy_member(axis->columns[c].field, config, value_at(&axis->columns[c], place));
    }
    return !block->excludable || !is_excluded(grid, config);
}
