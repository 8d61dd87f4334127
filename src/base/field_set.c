/* Field tables: writing single members, from texts that people wrote or that were stored. */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bm/field.h"
#include "bm/words.h"
#include "number.h"

static void store_number(const struct bm_field *field, void *record, double real, int64_t integer)
{
    char *member = (char *)record + field->offset;
    assert(field->size == 8);
    if (field->type == BM_INT)
        memcpy(member, &integer, sizeof integer);
    else
        memcpy(member, &real, sizeof real);
}

/* The place of a word in its list, or -1. */
static int find_word(const char *const *words, const char *text, size_t length)
{
    for (int i = 0; words[i] != NULL; i++)
        if (strlen(words[i]) == length && strncmp(words[i], text, length) == 0)
            return i;
    return -1;
}

static int fail_choice(const struct bm_field *field, const char *text, struct bm_err *err)
{
    char choice[600];
    const char *nearest = field->words ? bm_nearest(text, field->words) : NULL;
    bm_field_choice(field, choice, sizeof choice);
    if (nearest != NULL)
        return bm_fail(err, BM_EXIT_DATA, "%s: '%s' is unknown; did you mean '%s'? (valid: %s)",
                       field->key, text, nearest, choice);
    return bm_fail(err, BM_EXIT_DATA, "%s: '%s' is not valid (valid: %s)", field->key, text,
                   choice);
}

/* Nothing of a longer text stays behind the new one: equal records have equal bytes. */
static void store_text(const struct bm_field *field, void *record, const char *text, size_t length)
{
    char *member = (char *)record + field->offset;
    assert(length < field->size);
    memcpy(member, text, length);
    memset(member + length, 0, field->size - length);
}

static void store_choice(const struct bm_field *field, void *record, int choice)
{
    assert(field->size == sizeof choice);
    memcpy((char *)record + field->offset, &choice, sizeof choice);
}

/* Other words for yes and no, where these are the choice. */
static int find_switch(const char *const *words, const char *text)
{
    static const char *const others[][2] = {
        {"true", "yes"}, {"on", "yes"}, {"false", "no"}, {"off", "no"}};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(others[i][0], text) == 0)
            return find_word(words, others[i][1], strlen(others[i][1]));
    return -1;
}

static int set_word(const struct bm_field *field, void *record, const char *text,
                    struct bm_err *err)
{
    size_t length = strlen(text);
    int found = find_word(field->words, text, length);
    if (found < 0 && field->type == BM_CHOICE)
        found = find_switch(field->words, text);
    if (found < 0)
        return fail_choice(field, text, err);
    if (field->type == BM_CHOICE)
        store_choice(field, record, found);
    else
        store_text(field, record, text, length);
    return 0;
}

/* Takes the next item off a list with commas: its length, and where the rest begins. */
static size_t next_item(const char **rest)
{
    size_t length = strcspn(*rest, ",");
    *rest += length + ((*rest)[length] == ',');
    return length;
}

/* However they are listed, words are kept once each and in the order of the field's own. */
static int set_words(const struct bm_field *field, void *record, const char *text,
                     struct bm_err *err)
{
    for (const char *rest = text; *rest != '\0';) {
        const char *item = rest;
        size_t length = next_item(&rest);
        if (find_word(field->words, item, length) < 0) {
            char word[64];
            snprintf(word, sizeof word, "%.*s", (int)length, item);
            return fail_choice(field, word, err);
        }
    }
    char *member = (char *)record + field->offset;
    size_t used = 0;
    memset(member, 0, field->size);
    for (const char *const *word = field->words; *word != NULL; word++) {
        if (!bm_words_have(text, *word))
            continue;
        assert(used + strlen(*word) + 2 <= field->size);
        used += (size_t)snprintf(member + used, field->size - used, "%s%s", used ? "," : "", *word);
    }
    return 0;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

enum { MOST_NAMES = 512 };

static int set_names(const struct bm_field *field, void *record, const char *text,
                     struct bm_err *err)
{
    char items[4096], joined[4096] = "", *names[MOST_NAMES];
    size_t n = 0, used = 0;
    if (strlen(text) >= field->size || strlen(text) >= sizeof items)
        return bm_fail(err, BM_EXIT_DATA, "%s: the list is longer than %zu bytes", field->key,
                       field->size - 1);
    snprintf(items, sizeof items, "%s", text);
    for (char *item = items, *next; item != NULL; item = next) {
        if ((next = strchr(item, ',')) != NULL)
            *next++ = '\0';
        if (*item == '\0' || n == MOST_NAMES)
            return bm_fail(err, BM_EXIT_DATA, "%s: '%s' is not a list of names (valid: a,b,c)",
                           field->key, text);
        names[n++] = item;
    }
    qsort(names, n, sizeof *names, by_bytes);
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && strcmp(names[i - 1], names[i]) == 0)
            return bm_fail(err, BM_EXIT_DATA, "%s: '%s' is there twice", field->key, names[i]);
        used +=
            (size_t)snprintf(joined + used, sizeof joined - used, "%s%s", i ? "," : "", names[i]);
    }
    store_text(field, record, joined, used);
    return 0;
}

static int fail_member(const struct bm_field *field, const char *member, struct bm_err *err)
{
    char choice[600];
    bm_field_choice(field, choice, sizeof choice);
    if (member[0] == '\0')
        return bm_fail(err, BM_EXIT_DATA, "%s: the list is empty (valid: %s)", field->key, choice);
    if (find_word(field->words, member, strlen(member)) >= 0)
        return bm_fail(err, BM_EXIT_DATA,
                       "%s: '%s' is a list of its own, and cannot be in one (valid: %s)",
                       field->key, member, choice);
    const char *nearest = bm_nearest(member, field->members);
    if (nearest == NULL)
        return fail_choice(field, member, err);
    return bm_fail(err, BM_EXIT_DATA, "%s: '%s' is unknown; did you mean '%s'? (valid: %s)",
                   field->key, member, nearest, choice);
}

/* Members in the order given, which has a meaning. */
static int set_members(const struct bm_field *field, void *record, const char *text,
                       struct bm_err *err)
{
    char member[64];
    const char *rest = text;
    if (find_word(field->words, text, strlen(text)) >= 0) {
        store_text(field, record, text, strlen(text));
        return 0;
    }
    do {
        const char *item = rest;
        size_t length = next_item(&rest);
        snprintf(member, sizeof member, "%.*s", (int)length, item);
        if (find_word(field->members, item, length) < 0)
            return fail_member(field, member, err);
        if (bm_words_have(rest, member))
            return bm_fail(err, BM_EXIT_DATA, "%s: '%s' is there twice", field->key, member);
    } while (*rest != '\0');
    int meant = find_word(field->meanings, text, strlen(text));
    const char *kept = meant >= 0 ? field->words[meant] : text;
    store_text(field, record, kept, strlen(kept));
    return 0;
}

/* BM_INT, and BM_REAL where only whole numbers are valid, are read and bounded as integers. */
static bool read_number(const struct bm_field *field, const char *text, int64_t *integer,
                        double *real)
{
    bool parsed = bm_integer_parse(text, integer);
    if (parsed)
        *real = (double)*integer;
    if (field->type == BM_INT || (field->whole && parsed))
        return parsed;
    if (field->whole && strchr(text, '/') == NULL)
        return false;
    return bm_real_parse(text, real) && (!field->whole || *real == floor(*real));
}

static bool in_bounds(const struct bm_field *field, int64_t integer, double real)
{
    if (field->type == BM_INT)
        return integer >= (int64_t)field->min && integer <= (int64_t)field->max;
    return real >= field->min && real <= field->max;
}

static int set_number(const struct bm_field *field, void *record, const char *text,
                      struct bm_err *err)
{
    for (const struct bm_named *named = field->named; named && named->name; named++)
        if (strcmp(named->name, text) == 0) {
            int64_t integer = field->type == BM_INT ? (int64_t)named->value : 0;
            store_number(field, record, named->value, integer);
            return 0;
        }
    double real = 0;
    int64_t integer = 0;
    bool parsed = read_number(field, text, &integer, &real);
    if (!parsed || !in_bounds(field, integer, real)) {
        char choice[600];
        bm_field_choice(field, choice, sizeof choice);
        bool whole = field->type == BM_INT || field->whole;
        return bm_fail(err, BM_EXIT_DATA, "%s: '%s' is %s (valid: %s)", field->key, text,
                       parsed  ? "out of bounds"
                       : whole ? "not a whole number"
                               : "not a number",
                       choice);
    }
    store_number(field, record, real + 0.0, integer); /* -0 becomes 0: one value, one text */
    return 0;
}

int bm_field_set(const struct bm_field *field, void *record, const char *text, struct bm_err *err)
{
    switch (field->type) {
    case BM_INT:
    case BM_REAL:
        return set_number(field, record, text, err);
    case BM_WORD:
    case BM_CHOICE:
        return set_word(field, record, text, err);
    case BM_WORDS:
        return set_words(field, record, text, err);
    case BM_NAMES:
        return set_names(field, record, text, err);
    case BM_MEMBERS:
        return set_members(field, record, text, err);
    case BM_TEXT:
        break;
    }
    size_t length = strlen(text);
    if (length >= field->size)
        return bm_fail(err, BM_EXIT_DATA, "%s: the text is longer than %zu bytes", field->key,
                       field->size - 1);
    store_text(field, record, text, length);
    return 0;
}

int bm_field_restore(const struct bm_field *field, void *record, const char *text, size_t length,
                     struct bm_err *err)
{
    if (field->type == BM_CHOICE) {
        int found = find_word(field->words, text, length);
        if (found < 0)
            return bm_fail(err, BM_EXIT_IO, "%s: this version does not know '%.*s'", field->key,
                           (int)length, text);
        store_choice(field, record, found);
        return 0;
    }
    if (length >= field->size)
        return bm_fail(err, BM_EXIT_IO, "%s: longer than %zu bytes", field->key, field->size - 1);
    store_text(field, record, text, length);
    return 0;
}

void bm_field_round(const struct bm_field *field, void *record)
{
    if (field->type == BM_REAL)
        store_number(field, record, bm_real_round(bm_field_number(field, record)), 0);
}

void bm_table_init(const struct bm_table *table, void *record)
{
    memset(record, 0, table->record_size);
    for (size_t i = 0; i < table->n_fields; i++) {
        const struct bm_field *field = &table->fields[i];
        if (field->initial != NULL && bm_field_set(field, record, field->initial, NULL) != 0)
            assert(0 && "a default is not valid for its own row");
        if (field->initial == NULL && field->type == BM_REAL)
            store_number(field, record, NAN, 0);
    }
}
