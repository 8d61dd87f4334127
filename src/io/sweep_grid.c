/* Sections grid:, zip:, exclude: and include: to a grid.
 *
 * Axes are numbered in the order of the file, those of --set behind them. Without axes there is one
 * point, or, where include: has items, these alone. */
#include "sweep_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bm/grid.h"
#include "forms.h"
#include "strangers.h"

struct reader {
    const struct bm_yaml *root;
    struct bm_grid *grid;
    struct bm_err *err;
};

/* The setting of an entry of grid: or zip:. It may be in one place only, of which the first is
 * right. */
static const struct bm_field *claim_setting(struct reader *reader, const struct bm_yaml *entry)
{
    const struct bm_field *field = bm_setting_find(entry, BM_TAKES_GRID, reader->err);
    if (field == NULL)
        return NULL;
    const struct bm_yaml *fixed = bm_yaml_find(reader->root, "fixed"),
                         *grid = bm_yaml_find(reader->root, "grid"),
                         *zip = bm_zip_find(reader->root, entry->key), *first = NULL;
    const char *where = "";
    if (fixed != NULL && (first = bm_yaml_find(fixed, entry->key)) != NULL)
        where = "fixed:";
    else if (grid != NULL && (first = bm_yaml_find(grid, entry->key)) != NULL)
        where = "grid:";
    else if (zip != NULL && (first = bm_yaml_find(zip, entry->key)) != NULL)
        where = "zip:";
    if (first == entry)
        return field;
    bm_yaml_fail(&entry->key_mark, reader->err, "%s is in %s, too; a setting has one place",
                 field->key, where);
    return NULL;
}

struct bm_yaml *bm_zip_find(const struct bm_yaml *root, const char *key)
{
    struct bm_yaml *zip = bm_yaml_find(root, "zip");
    if (zip == NULL || zip->kind == BM_YAML_SCALAR)
        return NULL;
    if (zip->kind == BM_YAML_MAPPING)
        return bm_yaml_find(zip, key) ? zip : NULL;
    for (struct bm_yaml *item = zip->first; item != NULL; item = item->next)
        if (item->kind == BM_YAML_MAPPING && bm_yaml_find(item, key) != NULL)
            return item;
    return NULL;
}

/* ---- axes ---- */

static int add_value(struct reader *reader, const struct bm_field *field,
                     const struct bm_yaml *node)
{
    /* From zeros: values of an axis are compared by their bytes. */
    struct bm_config value = {0};
    if (bm_setting_read(field, node, &value, reader->err) != 0)
        return -1;
    bm_grid_add_value(reader->grid, &value);
    return 0;
}

/* The first `length` bytes of `text`, an end of a range, as the setting's value. */
static int check_end(struct reader *reader, const struct bm_field *field,
                     const struct bm_yaml *node, const char *text, size_t length)
{
    struct bm_config value = {0};
    char *end = strndup(text, length);
    if (end == NULL)
        abort();
    int status = bm_field_set(field, &value, end, reader->err);
    free(end);
    return status == 0 ? 0 : bm_yaml_fail_at(&node->mark, reader->err);
}

static int add_range(struct reader *reader, const struct bm_field *field,
                     const struct bm_yaml *node, int64_t first, int64_t last)
{
    if (field->type != BM_INT && !(field->type == BM_REAL && field->whole))
        return bm_yaml_fail(&node->mark, reader->err, "%s: a range needs a whole-number setting",
                            field->key);
    if (last < first)
        return bm_yaml_fail(&node->mark, reader->err, "%s: the range %s is empty", field->key,
                            node->text);
    const char *dots = strstr(node->text, "..");
    if (check_end(reader, field, node, node->text, (size_t)(dots - node->text)) != 0 ||
        check_end(reader, field, node, dots + 2, strlen(dots + 2)) != 0)
        return -1; /* else all between them is in bounds */
    int64_t n = last - first + 1;
    if (n > BM_MOST_POINTS)
        return bm_yaml_fail(&node->mark, reader->err,
                            "%s: the range %s has %lld values; at most %d points are possible",
                            field->key, node->text, (long long)n, BM_MOST_POINTS);
    struct bm_config value = {0};
    for (int64_t i = first; i <= last; i++) {
        char text[32];
        snprintf(text, sizeof text, "%lld", (long long)i);
        if (bm_field_set(field, &value, text, reader->err) != 0)
            return bm_yaml_fail_at(&node->mark, reader->err);
        bm_grid_add_value(reader->grid, &value);
    }
    return 0;
}

static int add_values(struct reader *reader, const struct bm_field *field,
                      const struct bm_yaml *node)
{
    int64_t first, last;
    if (bm_range_read(node, &first, &last))
        return add_range(reader, field, node, first, last);
    return add_value(reader, field, node);
}

/* A list, whose items may be ranges, or a range; a single value only where `single` allows it. */
static int add_column(struct reader *reader, const struct bm_field *field,
                      const struct bm_yaml *node, bool single)
{
    int64_t first, last;
    bm_grid_add_column(reader->grid, field);
    if ((single && node->kind == BM_YAML_SCALAR) || bm_range_read(node, &first, &last))
        return add_values(reader, field, node);
    if (bm_yaml_expect(node, BM_YAML_SEQUENCE, field->key,
                       single ? "a value or a list" : "a list or a range (1..5)", reader->err) != 0)
        return bm_form_hint(field, node, true, reader->err);
    if (node->first == NULL)
        return bm_yaml_fail(&node->mark, reader->err, "%s: the list is empty", field->key);
    for (const struct bm_yaml *item = node->first; item != NULL; item = item->next)
        if (add_values(reader, field, item) != 0)
            return -1;
    return 0;
}

/* After the last column of an axis. A lone range (or value) needs no search. */
static int check_repeats(struct reader *reader, const struct bm_yaml *at, const char *what)
{
    size_t first, second;
    if (at->kind == BM_YAML_SCALAR || !bm_grid_axis_repeats(reader->grid, &first, &second))
        return 0;
    return bm_yaml_fail(&at->mark, reader->err,
                        "%s: numbers %zu and %zu of the list are the same%s", what, first + 1,
                        second + 1, bm_grid_axis_is_real(reader->grid) ? " to 12 digits" : "");
}

/* The entries of grid: or of an item of include:, an axis each. */
static int add_axes(struct reader *reader, const struct bm_yaml *mapping, bool of_include)
{
    for (const struct bm_yaml *entry = mapping->first; entry != NULL; entry = entry->next) {
        const struct bm_field *field = of_include
                                           ? bm_setting_find(entry, BM_TAKES_GRID, reader->err)
                                           : claim_setting(reader, entry);
        if (field == NULL)
            return -1;
        bm_grid_add_axis(reader->grid);
        if (add_column(reader, field, entry, of_include) != 0 ||
            check_repeats(reader, entry, field->key) != 0)
            return -1;
    }
    return 0;
}

/* One axis: lists of equal length. */
static int add_zip(struct reader *reader, const struct bm_yaml *mapping)
{
    if (bm_yaml_expect(mapping, BM_YAML_MAPPING, "zip", "a mapping of lists", reader->err) != 0)
        return -1;
    if (mapping->first == NULL)
        return 0;
    bm_grid_add_axis(reader->grid);
    size_t length = 0;
    for (const struct bm_yaml *entry = mapping->first; entry != NULL; entry = entry->next) {
        const struct bm_field *field = claim_setting(reader, entry);
        if (field == NULL || add_column(reader, field, entry, false) != 0)
            return -1;
        size_t n = bm_grid_column_length(reader->grid);
        if (entry != mapping->first && n != length)
            return bm_yaml_fail(&entry->mark, reader->err,
                                "%s: %zu values advance together with the %zu of %s", field->key, n,
                                length, mapping->first->key);
        length = n;
    }
    return check_repeats(reader, mapping, "zip");
}

/* ---- sections ---- */

static int read_zips(struct reader *reader, const struct bm_yaml *zip)
{
    if (zip->kind == BM_YAML_MAPPING)
        return add_zip(reader, zip);
    if (bm_yaml_expect(zip, BM_YAML_SEQUENCE, "zip", "a mapping of lists", reader->err) != 0)
        return -1;
    for (const struct bm_yaml *item = zip->first; item != NULL; item = item->next)
        if (add_zip(reader, item) != 0)
            return -1;
    return 0;
}

static int read_exclusion(struct reader *reader, const struct bm_yaml *item)
{
    if (bm_yaml_expect(item, BM_YAML_MAPPING, "exclude", "a mapping of settings", reader->err) != 0)
        return -1;
    if (item->first == NULL)
        return bm_yaml_fail(&item->mark, reader->err, "exclude: an empty item matches every point");
    struct bm_config value = {0};
    char place[BM_PLACE_SIZE];
    bm_grid_add_exclusion(reader->grid, bm_yaml_place(&item->mark, place, sizeof place));
    for (const struct bm_yaml *entry = item->first; entry != NULL; entry = entry->next) {
        const struct bm_field *field = bm_setting_find(entry, BM_TAKES_GRID, reader->err);
        if (field == NULL)
            return -1;
        if (bm_axis_like(field, entry))
            return bm_yaml_fail(&entry->mark, reader->err,
                                "%s: expected one value; write an item of exclude: for each",
                                field->key);
        if (bm_setting_read(field, entry, &value, reader->err) != 0)
            return -1;
        bm_grid_add_condition(reader->grid, field, &value);
    }
    return 0;
}

static int read_inclusion(struct reader *reader, const struct bm_yaml *item)
{
    if (bm_yaml_expect(item, BM_YAML_MAPPING, "include", "a mapping of settings", reader->err) != 0)
        return -1;
    char place[BM_PLACE_SIZE];
    bm_grid_add_block(reader->grid, bm_yaml_place(&item->mark, place, sizeof place));
    return add_axes(reader, item, true);
}

/* exclude: and include: are lists of items. */
static int read_items(struct reader *reader, const struct bm_yaml *list,
                      int (*read_item)(struct reader *, const struct bm_yaml *))
{
    if (bm_yaml_expect(list, BM_YAML_SEQUENCE, list->key, "a list of mappings (- {seed: 1})",
                       reader->err) != 0)
        return -1;
    for (const struct bm_yaml *item = list->first; item != NULL; item = item->next)
        if (read_item(reader, item) != 0)
            return -1;
    return 0;
}

static int read_all(struct reader *reader)
{
    const struct bm_yaml *root = reader->root, *grid = bm_yaml_find(root, "grid"),
                         *zip = bm_yaml_find(root, "zip"), *exclude = bm_yaml_find(root, "exclude"),
                         *include = bm_yaml_find(root, "include");
    bool has_axes = (grid && grid->first) || (zip && zip->first);
    if (has_axes || include == NULL || include->first == NULL)
        bm_grid_add_block(reader->grid, NULL);
    if (grid && bm_section_expect(grid, BM_YAML_MAPPING, "a mapping", reader->err) != 0)
        return -1;
    for (const struct bm_yaml *entry = root->first; entry != NULL; entry = entry->next) {
        if (entry == grid && add_axes(reader, grid, false) != 0)
            return -1;
        if (entry == zip && read_zips(reader, zip) != 0)
            return -1;
    }
    if (exclude != NULL && read_items(reader, exclude, read_exclusion) != 0)
        return -1;
    if (include != NULL && read_items(reader, include, read_inclusion) != 0)
        return -1;
    if (bm_grid_finish(reader->grid, reader->err) != 0)
        return bm_yaml_fail_at(grid ? &grid->key_mark : &root->mark, reader->err);
    return 0;
}

struct bm_grid *bm_sweep_grid_read(const struct bm_yaml *root, const struct bm_config *base,
                                   struct bm_err *err)
{
    struct reader reader = {.root = root, .grid = bm_grid_new(base), .err = err};
    if (read_all(&reader) == 0)
        return reader.grid;
    bm_grid_free(reader.grid);
    return NULL;
}
