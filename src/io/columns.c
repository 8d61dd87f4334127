/* Gathers members into columns and scatters columns into members. */
#include "columns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const role_names[] = {[BM_IDENTITY] = "setting",
                                         [BM_OBSERVED] = "observed",
                                         [BM_LAUNCH] = "circumstance",
                                         [BM_REPRODUCIBLE] = "reproducible",
                                         [BM_CIRCUMSTANCE] = "circumstance"};

static enum bm_h5_type type_of(const struct bm_field *field)
{
    return field->type == BM_INT ? BM_H5_INT : field->type == BM_REAL ? BM_H5_REAL : BM_H5_FIXED;
}

/* Texts are as wide as the longest of the column. */
static size_t width_of(const struct bm_field *field, const void *const *records, size_t n)
{
    size_t width = 1;
    if (type_of(field) != BM_H5_FIXED)
        return 8;
    for (size_t i = 0; i < n; i++) {
        size_t length = strlen(bm_field_string(field, records[i]));
        if (length > width)
            width = length;
    }
    return width;
}

static int write_field(struct bm_h5 *file, const char *group, const struct bm_field *field,
                       const void *const *records, size_t n, struct bm_err *err)
{
    char name[128];
    snprintf(name, sizeof name, "%s/%s", group, bm_field_column(field));
    struct bm_h5_column column = {.name = name,
                                  .type = type_of(field),
                                  .n = n,
                                  .width = width_of(field, records, n),
                                  .description = field->help,
                                  .role = role_names[field->role],
                                  .unit = field->unit};
    char *data = calloc(n + 1, column.width);
    if (data == NULL)
        return bm_fail_errno(err, "no memory for column '%s'", name);
    for (size_t i = 0; i < n; i++) {
        bool text = column.type == BM_H5_FIXED;
        const char *from =
            text ? bm_field_string(field, records[i]) : (const char *)records[i] + field->offset;
        memcpy(data + i * column.width, from, text ? strlen(from) : column.width);
    }
    column.data = data;
    int status = bm_h5_write(file, &column, err);
    free(data);
    return status;
}

int bm_columns_write(struct bm_h5 *file, const char *group, const struct bm_table *table,
                     const void *const *records, size_t n, struct bm_err *err)
{
    for (size_t i = 0; i < table->n_fields; i++)
        if (write_field(file, group, &table->fields[i], records, n, err) != 0)
            return -1;
    return 0;
}

static int scatter(const struct bm_h5_column *column, const struct bm_field *field, char *records,
                   size_t stride, struct bm_err *err)
{
    for (size_t i = 0; i < column->n; i++) {
        const char *from = (const char *)column->data + i * column->width;
        char *record = records + i * stride;
        if (column->type != BM_H5_FIXED)
            memcpy(record + field->offset, from, column->width);
        else if (bm_field_restore(field, record, from, strnlen(from, column->width), err) != 0)
            return bm_fail_at(err, "column '%s', row %zu", column->name, i);
    }
    return 0;
}

static int read_field(const struct bm_h5 *file, const char *name, const struct bm_field *field,
                      char *records, size_t n, size_t stride, struct bm_err *err)
{
    struct bm_h5_column column;
    if (bm_h5_read(file, name, type_of(field), &column, err) != 0)
        return -1;
    int status = column.n == n
                     ? scatter(&column, field, records, stride, err)
                     : bm_fail(err, BM_EXIT_IO, "column '%s' has %zu rows, but its table has %zu",
                               name, column.n, n);
    bm_h5_free(&column);
    return status;
}

int bm_columns_read(const struct bm_h5 *file, const char *group, const struct bm_table *table,
                    size_t n, void **records, struct bm_err *err)
{
    char *rows = *records = calloc(n + 1, table->record_size);
    if (rows == NULL)
        return bm_fail_errno(err, "no memory for %zu %s", n, table->name);
    /* The first is initialized, the others copy it. The one behind the last is always there. */
    bm_table_init(table, rows);
    for (size_t i = 1; i < n; i++)
        memcpy(rows + i * table->record_size, rows, table->record_size);
    for (size_t i = 0; i < table->n_fields; i++) {
        char name[128];
        snprintf(name, sizeof name, "%s/%s", group, bm_field_column(&table->fields[i]));
        if (bm_h5_has(file, name) &&
            read_field(file, name, &table->fields[i], rows, n, table->record_size, err) != 0)
            return -1;
    }
    return 0;
}
