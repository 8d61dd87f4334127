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
    return field->type == BM_INT ? BM_H5_INT : field->type == BM_REAL ? BM_H5_REAL : BM_H5_TEXT;
}

enum { VALUE = 8 /* bytes: a number, or a pointer to a text */ };
_Static_assert(sizeof(char *) == VALUE && sizeof(double) == VALUE, "one size for all values");

static int write_field(struct bm_h5 *file, const char *group, const struct bm_field *field,
                       const void *const *records, size_t n, struct bm_err *err)
{
    char name[128];
    snprintf(name, sizeof name, "%s/%s", group, bm_field_column(field));
    char *values = calloc(n + 1, VALUE);
    struct bm_h5_column column = {.name = name,
                                  .type = type_of(field),
                                  .n = n,
                                  .data = values,
                                  .description = field->help,
                                  .role = role_names[field->role],
                                  .unit = field->unit};
    if (values == NULL)
        return bm_fail_errno(err, "no memory for column '%s'", name);
    for (size_t i = 0; i < n; i++) {
        const void *from = (const char *)records[i] + field->offset;
        if (column.type == BM_H5_TEXT)
            ((const char **)column.data)[i] = bm_field_string(field, records[i]);
        else
            memcpy(values + i * VALUE, from, VALUE);
    }
    int status = bm_h5_write(file, &column, err);
    free(values);
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
        char *record = records + i * stride;
        if (column->type != BM_H5_TEXT) {
            memcpy(record + field->offset, (const char *)column->data + i * VALUE, VALUE);
            continue;
        }
        const char *text = ((char **)column->data)[i];
        if (text == NULL) /* an empty one */
            text = "";
        if (bm_field_restore(field, record, text, strlen(text), err) != 0)
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
