/* Packed records and their schemas: what pipes, MPI messages and the journal carry. */
#include "bm/field.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static bool is_number(enum bm_type type)
{
    return type == BM_INT || type == BM_REAL;
}

void bm_table_pack(const struct bm_table *table, const void *record, struct bm_bytes *out)
{
    for (size_t i = 0; i < table->n_fields; i++) {
        const struct bm_field *field = &table->fields[i];
        const char *member = (const char *)record + field->offset;
        if (is_number(field->type))
            bm_bytes_add(out, member, 8);
        else
            bm_bytes_add_text(out, member);
    }
}

struct bm_schema bm_schema_of(const struct bm_table *table)
{
    struct bm_schema schema = {.table = table, .n_columns = table->n_fields};
    assert(table->n_fields <= sizeof schema.columns / sizeof schema.columns[0]);
    for (size_t i = 0; i < table->n_fields; i++)
        schema.columns[i] = (struct bm_column){&table->fields[i], table->fields[i].type};
    return schema;
}

void bm_schema_write(const struct bm_table *table, struct bm_bytes *out)
{
    bm_bytes_add_u32(out, (uint32_t)table->n_fields);
    for (size_t i = 0; i < table->n_fields; i++) {
        bm_bytes_add_u8(out, (uint8_t)table->fields[i].type);
        bm_bytes_add_text(out, table->fields[i].key);
    }
}

int bm_schema_read(const struct bm_table *table, struct bm_cursor *in, struct bm_schema *schema,
                   struct bm_err *err)
{
    *schema = (struct bm_schema){.table = table, .n_columns = bm_cursor_u32(in)};
    if (schema->n_columns > sizeof schema->columns / sizeof schema->columns[0])
        return bm_fail(err, BM_EXIT_IO, "table '%s' has too many columns (%zu)", table->name,
                       schema->n_columns);
    for (size_t i = 0; i < schema->n_columns; i++) {
        struct bm_column *column = &schema->columns[i];
        char key[64];
        size_t length;
        uint8_t type = bm_cursor_u8(in);
        const char *text = bm_cursor_text(in, &length);
        if (in->overrun || type > BM_TEXT || length >= sizeof key)
            return bm_fail(err, BM_EXIT_IO, "the description of table '%s' is damaged",
                           table->name);
        snprintf(key, sizeof key, "%.*s", (int)length, text);
        column->type = (enum bm_type)type;
        column->field = bm_table_find(table, key);
        if (column->field != NULL && column->field->type != column->type)
            return bm_fail(err, BM_EXIT_IO, "column '%s' of table '%s' has another type here", key,
                           table->name);
    }
    return 0;
}

bool bm_table_unpack(const struct bm_schema *schema, struct bm_cursor *in, void *record)
{
    bm_table_init(schema->table, record);
    for (size_t i = 0; i < schema->n_columns; i++) {
        const struct bm_field *field = schema->columns[i].field;
        char *member = field ? (char *)record + field->offset : NULL;
        size_t length = 8;
        const void *value;
        if (is_number(schema->columns[i].type))
            value = bm_cursor_take(in, length);
        else
            value = bm_cursor_text(in, &length);
        if (value == NULL)
            return false;
        if (field == NULL)
            continue;
        if (is_number(field->type)) {
            memcpy(member, value, length);
        } else {
            if (length >= field->size)
                return false;
            memcpy(member, value, length);
            memset(member + length, 0, field->size - length);
        }
    }
    return !in->overrun;
}
