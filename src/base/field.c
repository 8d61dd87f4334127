/* Field tables: finding a field, reading and comparing members; field_set.c writes them. */
#include "bm/field.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "number.h"

const struct bm_field *bm_table_find(const struct bm_table *table, const char *key)
{
    for (size_t i = 0; i < table->n_fields; i++)
        if (strcmp(table->fields[i].key, key) == 0)
            return &table->fields[i];
    return NULL;
}

bool bm_field_is_fraction(const struct bm_field *field)
{
    return field->unit != NULL && strcmp(field->unit, "fraction") == 0;
}

int64_t bm_field_integer(const struct bm_field *field, const void *record)
{
    int64_t value;
    assert(field->type == BM_INT && field->size == sizeof value);
    memcpy(&value, (const char *)record + field->offset, sizeof value);
    return value;
}

double bm_field_number(const struct bm_field *field, const void *record)
{
    if (field->type == BM_INT)
        return (double)bm_field_integer(field, record);
    double value;
    assert(field->type == BM_REAL && field->size == sizeof value);
    memcpy(&value, (const char *)record + field->offset, sizeof value);
    return value;
}

/* Enumerations have the size of int. */
static int choice_at(const struct bm_field *field, const char *member)
{
    int choice;
    assert(field->size == sizeof choice);
    memcpy(&choice, member, sizeof choice);
    return choice;
}

const char *bm_field_string(const struct bm_field *field, const void *record)
{
    assert(!bm_is_number(field->type));
    const char *member = (const char *)record + field->offset;
    return field->type == BM_CHOICE ? field->words[choice_at(field, member)] : member;
}

const char *bm_field_word(const struct bm_field *field, const void *record)
{
    for (const struct bm_named *named = field->named; named && named->name; named++)
        if (named->value == bm_field_number(field, record))
            return named->name;
    return NULL;
}

char *bm_field_word_help(const struct bm_field *field, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "the word of %s: ", bm_field_column(field));
    for (const struct bm_named *named = field->named; named->name && used < size; named++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", named > field->named ? ", " : "",
                                 named->name);
    if (used < size)
        snprintf(text + used, size - used, "; empty: it is a number");
    return text;
}

/* As much of the text as there is room for. */
static char *copy_text(const char *from, char *text, size_t size)
{
    size_t length = strnlen(from, size - 1);
    memcpy(text, from, length);
    text[length] = '\0';
    return text;
}

static char *integer_text(int64_t value, char *text, size_t size)
{
    char digits[24], *to = digits + sizeof digits;
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
    *--to = '\0';
    do
        *--to = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    if (value < 0)
        *--to = '-';
    return copy_text(to, text, size);
}

char *bm_field_text(const struct bm_field *field, const void *record, char *text, size_t size)
{
    if (!bm_is_number(field->type))
        return copy_text(bm_field_string(field, record), text, size);
    double value = bm_field_number(field, record);
    const char *word = bm_field_word(field, record);
    if (word != NULL) {
        copy_text(word, text, size);
    } else if (field->type == BM_INT) {
        integer_text(bm_field_integer(field, record), text, size);
    } else if (isnan(value)) {
        text[0] = '\0';
    } else {
        bm_real_text(value, text, size);
    }
    return text;
}

char *bm_field_choice(const struct bm_field *field, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
#define ADD(...) used += (size_t)snprintf(text + used, used < size ? size - used : 0, __VA_ARGS__)
    if (field->words != NULL) {
        const char *first = field->type == BM_CHOICE ? field->initial : NULL;
        if (first != NULL)
            ADD("%s", first);
        for (const char *const *word = field->words; *word != NULL && used < size; word++)
            if (first == NULL || strcmp(first, *word) != 0)
                ADD("%s%s", used ? ", " : "", *word);
        if (field->type == BM_MEMBERS)
            ADD(", or a list of some of");
        for (size_t i = 0; field->type == BM_MEMBERS && field->members[i] != NULL; i++)
            ADD("%s%s", i > 0 ? ", " : " ", field->members[i]);
        return text;
    }
    if (field->type == BM_NAMES) {
        ADD("%s, a number, or a list", field->initial);
        return text;
    }
    if (field->type == BM_TEXT) {
        ADD("text");
        return text;
    }
    bool whole = field->type == BM_INT || field->whole;
    ADD(whole ? "%.0f to %.0f" : "%g to %g", field->min, field->max);
    for (const struct bm_named *named = field->named; named && named->name && used < size; named++)
        ADD(" or %s", named->name);
#undef ADD
    return text;
}

bool bm_field_equal(const struct bm_field *field, const void *a, const void *b)
{
    const char *x = (const char *)a + field->offset, *y = (const char *)b + field->offset;
    if (field->type == BM_INT || field->type == BM_CHOICE)
        return memcmp(x, y, field->size) == 0;
    if (field->type != BM_REAL)
        return strcmp(x, y) == 0;
    return memcmp(x, y, sizeof(double)) == 0 ||
           (isnan(bm_field_number(field, a)) && isnan(bm_field_number(field, b)));
}

bool bm_field_matches(const struct bm_field *field, const void *a, const void *b)
{
    if (field->type != BM_REAL || bm_field_equal(field, a, b))
        return bm_field_equal(field, a, b);
    double u = bm_field_number(field, a), v = bm_field_number(field, b);
    /* Rounding is slow, and grids compare millions of numbers that are far from each other. */
    return fabs(u - v) <= 1e-11 * fabs(u) && bm_real_round(u) == bm_real_round(v);
}
