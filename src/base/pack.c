/* Packed records and their schemas: what pipes, MPI messages and the journal carry. */
#include "bm/field.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* As packed: a choice is the word that it stands for, a list of members a long one, names are a
 * text. */
static enum bm_type packed_type(const struct bm_field *field)
{
    if (field->type == BM_CHOICE || field->type == BM_MEMBERS)
        return BM_WORD;
    return field->type == BM_NAMES ? BM_TEXT : field->type;
}

void bm_table_pack(const struct bm_table *table, const void *record, struct bm_bytes *out)
{
    for (size_t i = 0; i < table->n_fields; i++) {
        const struct bm_field *field = &table->fields[i];
        if (bm_is_number(field->type))
            bm_bytes_add(out, (const char *)record + field->offset, 8);
        else
            bm_bytes_add_text(out, bm_field_string(field, record));
    }
}

struct bm_schema bm_schema_of(const struct bm_table *table)
{
    struct bm_schema schema = {.table = table, .n_columns = table->n_fields, .is_whole = true};
    assert(table->n_fields <= sizeof schema.columns / sizeof schema.columns[0]);
    for (size_t i = 0; i < table->n_fields; i++)
        schema.columns[i] = (struct bm_column){&table->fields[i], packed_type(&table->fields[i])};
    return schema;
}

void bm_schema_write(const struct bm_table *table, struct bm_bytes *out)
{
    bm_bytes_add_u32(out, (uint32_t)table->n_fields);
    for (size_t i = 0; i < table->n_fields; i++) {
        bm_bytes_add_u8(out, (uint8_t)packed_type(&table->fields[i]));
        bm_bytes_add_text(out, table->fields[i].key);
    }
}

static bool is_whole(const struct bm_schema *schema)
{
    for (size_t f = 0; f < schema->table->n_fields; f++) {
        size_t c = 0;
        while (c < schema->n_columns && schema->columns[c].field != &schema->table->fields[f])
            c++;
        if (c == schema->n_columns)
            return false;
    }
    return true;
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
        if (column->field != NULL && packed_type(column->field) != column->type)
            return bm_fail(err, BM_EXIT_IO, "column '%s' of table '%s' has another type here", key,
                           table->name);
    }
    schema->is_whole = is_whole(schema);
    return 0;
}

/* The next value, to a member or (NULL) nowhere. */
static int unpack_value(const struct bm_column *column, struct bm_cursor *in, void *record,
                        struct bm_err *err)
{
    const struct bm_field *field = column->field;
    bool number = bm_is_number(column->type);
    size_t length = 8;
    const void *value =
        number ? (const void *)bm_cursor_take(in, length) : bm_cursor_text(in, &length);
    if (value == NULL)
        return bm_fail(err, BM_EXIT_IO, "a packed record ends within '%s'",
                       field ? field->key : "a column of another version");
    if (field == NULL)
        return 0;
    if (!number)
        return bm_field_restore(field, record, value, length, err);
    memcpy((char *)record + field->offset, value, length);
    return 0;
}

int bm_table_unpack(const struct bm_schema *schema, struct bm_cursor *in, void *record,
                    struct bm_err *err)
{
    /* What the record has of its own is read from text, which takes longer than all the rest. */
    if (schema->is_whole)
        memset(record, 0, schema->table->record_size);
    else
        bm_table_init(schema->table, record);
    for (size_t i = 0; i < schema->n_columns; i++)
        if (unpack_value(&schema->columns[i], in, record, err) != 0)
            return -1;
    return 0;
}
