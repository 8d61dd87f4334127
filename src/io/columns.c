/* Gathers members into columns, and columns into records. */
#include "columns.h"

#include <stdbool.h>
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

/* The members of all records as values of the column, whose memory is the caller's. */
static int gather(const struct bm_field *field, bool is_word, const void *const *records,
                  struct bm_h5_column *column, struct bm_err *err)
{
    column->data = calloc(column->n + 1, VALUE);
    if (column->data == NULL)
        return bm_fail_errno(err, "no memory for column '%s'", column->name);
    for (size_t i = 0; i < column->n; i++) {
        const char *word = is_word ? bm_field_word(field, records[i]) : NULL;
        if (is_word)
            ((const char **)column->data)[i] = word != NULL ? word : "";
        else if (column->type == BM_H5_TEXT)
            ((const char **)column->data)[i] = bm_field_string(field, records[i]);
        else
            memcpy((char *)column->data + i * VALUE, (const char *)records[i] + field->offset,
                   VALUE);
    }
    return 0;
}

static int write_field(struct bm_h5 *file, const char *group, const struct bm_field *field,
                       const void *const *records, size_t n, struct bm_err *err)
{
    char name[128];
    snprintf(name, sizeof name, "%s/%s", group, bm_field_column(field));
    struct bm_h5_column column = {.name = name,
                                  .type = type_of(field),
                                  .n = n,
                                  .description = field->help,
                                  .role = role_names[field->role],
                                  .unit = field->unit};
    int status = gather(field, false, records, &column, err);
    if (status == 0)
        status = bm_h5_write(file, &column, err);
    free(column.data);
    return status;
}

/* What stands for some of the numbers, beside them. */
static int write_words(struct bm_h5 *file, const char *group, const struct bm_field *field,
                       const void *const *records, size_t n, struct bm_err *err)
{
    char name[128], description[200];
    snprintf(name, sizeof name, "%s/%s" BM_WORD_COLUMN, group, bm_field_column(field));
    bm_field_word_help(field, description, sizeof description);
    struct bm_h5_column column = {
        .name = name, .type = BM_H5_TEXT, .n = n, .description = description, .role = "word"};
    int status = gather(field, true, records, &column, err);
    if (status == 0)
        status = bm_h5_write(file, &column, err);
    free(column.data);
    return status;
}

int bm_columns_write(struct bm_h5 *file, const char *group, const struct bm_table *table,
                     const void *const *records, size_t n, struct bm_err *err)
{
    for (size_t i = 0; i < table->n_fields; i++) {
        const struct bm_field *field = &table->fields[i];
        if (write_field(file, group, field, records, n, err) != 0 ||
            (field->named != NULL && write_words(file, group, field, records, n, err) != 0))
            return -1;
    }
    return 0;
}

/* ---- reading ---- */

static int take_value(const struct bm_h5_column *column, const struct bm_field *field, size_t row,
                      char *record, const char *group, struct bm_err *err)
{
    if (column->type != BM_H5_TEXT) {
        memcpy(record + field->offset, (const char *)column->data + row * VALUE, VALUE);
        return 0;
    }
    const char *text = ((char **)column->data)[row];
    if (text == NULL) /* an empty one */
        text = "";
    if (bm_field_restore(field, record, text, strlen(text), err) != 0)
        return bm_fail_at(err, "column '%s/%s', row %zu", group, bm_field_column(field), row);
    return 0;
}

static int check_rows(const struct bm_columns *columns, const char *name, size_t n,
                      struct bm_err *err)
{
    if (n == columns->n)
        return 0;
    return bm_fail(err, BM_EXIT_IO, "column '%s' has %zu rows, but its table has %zu", name, n,
                   columns->n);
}

/* Takes the column: into `same` where one value stands for all rows. */
static int read_field(const struct bm_h5 *file, const struct bm_field *field,
                      struct bm_columns *columns, struct bm_err *err)
{
    char name[128];
    struct bm_h5_column *column = &columns->columns[columns->n_columns], one;
    size_t n;
    snprintf(name, sizeof name, "%s/%s", columns->group, bm_field_column(field));
    if (!bm_h5_has(file, name) && field->former != NULL)
        snprintf(name, sizeof name, "%s/%s", columns->group, field->former);
    if (!bm_h5_has(file, name))
        return 0;
    int status = bm_h5_read_one(file, name, type_of(field), &n, &one, err);
    if (status > 0) {
        status = check_rows(columns, name, n, err);
        if (status == 0)
            status = take_value(&one, field, 0, columns->same, columns->group, err);
        bm_h5_free(&one);
        return status;
    }
    if (status < 0 || bm_h5_read(file, name, type_of(field), column, err) != 0)
        return -1;
    columns->fields[columns->n_columns++] = field;
    return check_rows(columns, name, column->n, err);
}

int bm_columns_read(const struct bm_h5 *file, const char *group, const struct bm_table *table,
                    size_t n, struct bm_columns *columns, struct bm_err *err)
{
    *columns = (struct bm_columns){
        .group = group,
        .table = table,
        .n = n,
        .same = calloc(1, table->record_size),
        .columns = calloc(table->n_fields, sizeof *columns->columns),
        .fields = calloc(table->n_fields, sizeof *columns->fields),
    };
    if (columns->same == NULL || columns->columns == NULL || columns->fields == NULL)
        return bm_fail_errno(err, "no memory for %zu %s", n, table->name);
    bm_table_init(table, columns->same);
    for (size_t i = 0; i < table->n_fields; i++)
        if (read_field(file, &table->fields[i], columns, err) != 0)
            return -1;
    return 0;
}

int bm_columns_take(const struct bm_columns *columns, size_t row, void *record, struct bm_err *err)
{
    memcpy(record, columns->same, columns->table->record_size);
    for (size_t i = 0; i < columns->n_columns; i++)
        if (take_value(&columns->columns[i], columns->fields[i], row, record, columns->group,
                       err) != 0)
            return -1;
    return 0;
}

void bm_columns_fini(struct bm_columns *columns)
{
    for (size_t i = 0; i < columns->n_columns; i++)
        bm_h5_free(&columns->columns[i]);
    free(columns->same);
    free(columns->columns);
    free(columns->fields);
    *columns = (struct bm_columns){0};
}
