/* Nodes of a sweep file to settings: which setting a key names and what its value is. */
#include "sweep_file.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bm/config.h"
#include "bm/path.h"
#include "forms.h"
#include "lookalike.h"
#include "strangers.h"

const struct bm_field *bm_setting_find(const struct bm_yaml *entry, unsigned roles,
                                       struct bm_err *err)
{
    const struct bm_field *field = bm_table_find(&bm_config_table, entry->key);
    if (field == NULL)
        field = bm_table_find(&bm_launch_table, entry->key);
    if (field != NULL && roles & 1u << field->role)
        return field;
    bm_stranger_fail(entry, roles, err);
    return NULL;
}

int bm_path_read(const char *key, const struct bm_yaml *node, char *path, size_t size,
                 struct bm_err *err)
{
    if (bm_lookalike_check_path(&node->mark, key, node->text, err) != 0)
        return -1;
    if (bm_path_expand(node->text, path, size, err) == 0)
        return 0;
    bm_fail_at(err, "%s", key);
    return bm_yaml_fail_at(&node->mark, err);
}

static int read_path(const struct bm_field *field, const struct bm_yaml *node, void *record,
                     struct bm_err *err)
{
    char path[4096];
    assert(field->size <= sizeof path);
    if (bm_path_read(field->key, node, path, field->size, err) != 0)
        return -1;
    return bm_field_set(field, record, path, err);
}

static int read_scalar(const struct bm_field *field, const struct bm_yaml *node, void *record,
                       struct bm_err *err)
{
    if (node->kind != BM_YAML_SCALAR)
        bm_yaml_fail(&node->mark, err, "%s: expected a value, not %s", field->key,
                     bm_yaml_kind_name(node));
    else if (node->text[0] == '\0' && !node->quoted)
        bm_yaml_fail(&node->mark, err, "%s: there is no value", field->key);
    else if (field->type == BM_TEXT)
        return read_path(field, node, record, err);
    else if (bm_field_set(field, record, node->text, err) != 0)
        bm_yaml_fail_at(&node->mark, err);
    else
        return 0;
    return bm_form_hint(field, node, false, err);
}

/* Words or names: items one by one for their marks, then the whole with commas. */
static int read_items(const struct bm_field *field, const struct bm_yaml *node, void *record,
                      struct bm_err *err)
{
    struct bm_bytes joined = {0};
    int status = 0;
    for (const struct bm_yaml *item = node->first; item != NULL && status == 0; item = item->next) {
        status = read_scalar(field, item, record, err);
        for (const struct bm_yaml *other = node->first; other != item && status == 0;
             other = other->next)
            if (strcmp(other->text, item->text) == 0)
                status = bm_yaml_fail(&item->mark, err, "%s: '%s' is there twice", field->key,
                                      item->text);
        if (status == 0 && (item->text[0] == '\0' || strchr(item->text, ',') != NULL))
            status =
                bm_yaml_fail(&item->mark, err, "%s: '%s' is not one word", field->key, item->text);
        if (status == 0)
            bm_bytes_printf(&joined, "%s%s", item == node->first ? "" : ",", item->text);
    }
    if (status == 0 &&
        bm_field_set(field, record, joined.size ? (const char *)joined.data : "", err) != 0)
        status = bm_yaml_fail_at(&node->mark, err);
    bm_bytes_fini(&joined);
    return status;
}

static int read_words(const struct bm_field *field, const struct bm_yaml *node, void *record,
                      struct bm_err *err)
{
    if (node->kind == BM_YAML_SEQUENCE)
        return read_items(field, node, record, err);
    bm_yaml_fail(&node->mark, err, "%s: expected a list, [%s] or [] for none, not %s", field->key,
                 field->words[0], bm_yaml_kind_name(node));
    return bm_form_hint(field, node, true, err);
}

/* A list, or one word or number. */
static int read_names(const struct bm_field *field, const struct bm_yaml *node, void *record,
                      struct bm_err *err)
{
    if (node->kind != BM_YAML_SEQUENCE)
        return read_scalar(field, node, record, err);
    if (node->first == NULL || node->first->next == NULL)
        return bm_yaml_fail(&node->mark, err, "%s: a list has two names at least", field->key);
    return read_items(field, node, record, err);
}

/* A list of members, or a word for one. */
static int read_members(const struct bm_field *field, const struct bm_yaml *node, void *record,
                        struct bm_err *err)
{
    return node->kind == BM_YAML_SEQUENCE ? read_items(field, node, record, err)
                                          : read_scalar(field, node, record, err);
}

/* One of the values of a list behind the first, as a word of `others`. */
static int add_other(const struct bm_field *field, const struct bm_field *others,
                     const struct bm_yaml *item, const char *word, struct bm_bytes *joined,
                     struct bm_err *err)
{
    char choice[600];
    const char *const *known = others->words;
    while (*known != NULL && strcmp(*known, word) != 0)
        known++;
    if (*known == NULL)
        return bm_yaml_fail(&item->mark, err,
                            "%s: '%s' cannot stand behind the first value (valid there: %s)",
                            field->key, word, bm_field_choice(others, choice, sizeof choice));
    bm_bytes_printf(joined, "%s%s", joined->size > 0 ? "," : "", word);
    return 0;
}

/* Each value as the setting takes it, none twice. */
static int read_list_item(const struct bm_field *field, const struct bm_yaml *node,
                          const struct bm_yaml *item, void *scratch, char word[32],
                          struct bm_err *err)
{
    if (item->kind != BM_YAML_SCALAR)
        return bm_yaml_fail(&item->mark, err, "%s: expected a value, not %s", field->key,
                            bm_yaml_kind_name(item));
    if (read_scalar(field, item, scratch, err) != 0)
        return -1;
    bm_field_text(field, scratch, word, 32);
    for (const struct bm_yaml *other = node->first; other != item; other = other->next) {
        char text[32];
        if (bm_field_set(field, scratch, other->text, err) != 0)
            return -1;
        if (strcmp(bm_field_text(field, scratch, text, sizeof text), word) == 0)
            return bm_yaml_fail(&item->mark, err, "%s: %s is there twice", field->key, word);
    }
    return 0;
}

/* A list for a setting that has `others`: the first value is its own. */
static int read_list(const struct bm_field *field, const struct bm_yaml *node,
                     struct bm_config *config, struct bm_err *err)
{
    const struct bm_field *others = bm_table_find(&bm_config_table, field->others);
    struct bm_config scratch = {0};
    struct bm_bytes joined = {0};
    char word[32];
    int status = 0;
    if (node->first == NULL)
        return bm_yaml_fail(&node->mark, err, "%s: the list is empty", field->key);
    for (const struct bm_yaml *item = node->first; item != NULL && status == 0; item = item->next) {
        status = read_list_item(field, node, item, &scratch, word, err);
        if (status == 0 && item == node->first)
            status = bm_field_set(field, config, word, err);
        else if (status == 0)
            status = add_other(field, others, item, word, &joined, err);
    }
    if (status == 0)
        status = bm_field_set(others, config, joined.size ? (const char *)joined.data : "", err);
    bm_bytes_fini(&joined);
    return status;
}

int bm_setting_read(const struct bm_field *field, const struct bm_yaml *node, void *record,
                    struct bm_err *err)
{
    if (field->others != NULL && node->kind == BM_YAML_SEQUENCE)
        return read_list(field, node, record, err);
    switch (field->type) {
    case BM_WORDS:
        return read_words(field, node, record, err);
    case BM_NAMES:
        return read_names(field, node, record, err);
    case BM_MEMBERS:
        return read_members(field, node, record, err);
    default:
        return read_scalar(field, node, record, err);
    }
}

/* Behind the whole number that the text begins with, or NULL. */
static const char *skip_whole(const char *text)
{
    text += *text == '-';
    size_t digits = strspn(text, "0123456789");
    return digits ? text + digits : NULL;
}

bool bm_range_read(const struct bm_yaml *node, int64_t *first, int64_t *last)
{
    if (node->kind != BM_YAML_SCALAR)
        return false;
    const char *dots = skip_whole(node->text);
    if (dots == NULL || strncmp(dots, "..", 2) != 0)
        return false;
    const char *end = skip_whole(dots + 2);
    *first = strtoll(node->text, NULL, 10);
    *last = strtoll(dots + 2, NULL, 10);
    return end != NULL && *end == '\0';
}

static bool is_word_of(const struct bm_field *field, const struct bm_yaml *node)
{
    const char *const *word = field->words;
    while (*word != NULL && strcmp(*word, node->text) != 0)
        word++;
    return *word != NULL;
}

/* Of settings whose value may be a list: a list of lists is an axis, as one of words that each mean
 * a list is. */
static bool lists_lists(const struct bm_field *field, const struct bm_yaml *node)
{
    const struct bm_yaml *first = node->kind == BM_YAML_SEQUENCE ? node->first : NULL;
    return first != NULL && (first->kind == BM_YAML_SEQUENCE ||
                             (field->type == BM_MEMBERS && first->kind == BM_YAML_SCALAR &&
                              is_word_of(field, first)));
}

bool bm_axis_like(const struct bm_field *field, const struct bm_yaml *node)
{
    int64_t first, last;
    if (field->type == BM_NAMES || field->type == BM_MEMBERS)
        return lists_lists(field, node);
    bool takes_lists = field->type == BM_WORDS || field->others != NULL;
    return (!takes_lists && node->kind == BM_YAML_SEQUENCE) ||
           (bm_is_number(field->type) && bm_range_read(node, &first, &last));
}
