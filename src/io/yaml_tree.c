/* Trees of YAML nodes: making, searching, changing and freeing them, and errors at their marks. */
#include "yaml.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *bm_yaml_place(const struct bm_mark *mark, char *text, size_t size)
{
    if (mark->line == 0)
        snprintf(text, size, "%s", mark->source);
    else
        snprintf(text, size, "%s:%zu:%zu", mark->source, mark->line, mark->column);
    return text;
}

int bm_yaml_fail_at(const struct bm_mark *mark, struct bm_err *err)
{
    char place[BM_PLACE_SIZE];
    return bm_fail_at(err, "%s", bm_yaml_place(mark, place, sizeof place));
}

int bm_yaml_fail(const struct bm_mark *mark, struct bm_err *err, const char *format, ...)
{
    char sentence[sizeof err->text];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    bm_fail(err, BM_EXIT_DATA, "%s", sentence);
    return bm_yaml_fail_at(mark, err);
}

static char *copy_text(const char *text)
{
    char *copy = strdup(text);
    if (copy == NULL)
        abort();
    return copy;
}

struct bm_yaml *bm_yaml_new(enum bm_yaml_kind kind, struct bm_mark mark)
{
    struct bm_yaml *node = calloc(1, sizeof *node);
    if (node == NULL)
        abort();
    node->kind = kind;
    node->mark = mark;
    return node;
}

void bm_yaml_free(struct bm_yaml *node)
{
    if (node == NULL)
        return;
    for (struct bm_yaml *child = node->first, *next; child != NULL; child = next) {
        next = child->next;
        bm_yaml_free(child);
    }
    free(node->text);
    free(node->key);
    free(node);
}

const char *bm_yaml_kind_name(const struct bm_yaml *node)
{
    static const char *const names[] = {[BM_YAML_SCALAR] = "a value",
                                        [BM_YAML_SEQUENCE] = "a list",
                                        [BM_YAML_MAPPING] = "a mapping"};
    bool is_nothing = node->kind == BM_YAML_SCALAR && node->text[0] == '\0' && !node->quoted;
    return is_nothing ? "an empty value" : names[node->kind];
}

bool bm_yaml_is_null(const struct bm_yaml *node)
{
    return node->kind == BM_YAML_SCALAR && !node->quoted &&
           (node->text[0] == '\0' || strcmp(node->text, "~") == 0 ||
            strcmp(node->text, "null") == 0);
}

void bm_yaml_clear(struct bm_yaml *scalar, enum bm_yaml_kind kind)
{
    free(scalar->text);
    scalar->text = NULL;
    scalar->kind = kind;
}

void bm_yaml_append(struct bm_yaml *parent, struct bm_yaml *child)
{
    if (parent->last != NULL)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
}

struct bm_yaml *bm_yaml_find(const struct bm_yaml *mapping, const char *key)
{
    if (mapping->kind != BM_YAML_MAPPING)
        return NULL;
    for (struct bm_yaml *entry = mapping->first; entry != NULL; entry = entry->next)
        if (strcmp(entry->key, key) == 0)
            return entry;
    return NULL;
}

/* Rebuilds the mapping's list, with `value` (or nothing, if NULL) for the entry `old`. */
static void replace(struct bm_yaml *mapping, struct bm_yaml *old, struct bm_yaml *value)
{
    struct bm_yaml *entry = mapping->first, *next;
    mapping->first = mapping->last = NULL;
    for (; entry != NULL; entry = next) {
        next = entry->next;
        entry->next = NULL;
        if (entry != old)
            bm_yaml_append(mapping, entry);
        else if (value != NULL)
            bm_yaml_append(mapping, value);
    }
    bm_yaml_free(old);
}

void bm_yaml_put(struct bm_yaml *mapping, const char *key, struct bm_yaml *value)
{
    struct bm_yaml *old = bm_yaml_find(mapping, key);
    value->key = copy_text(key);
    value->key_mark = value->mark;
    if (old != NULL)
        replace(mapping, old, value);
    else
        bm_yaml_append(mapping, value);
}

void bm_yaml_remove(struct bm_yaml *mapping, const char *key)
{
    struct bm_yaml *old = bm_yaml_find(mapping, key);
    if (old != NULL)
        replace(mapping, old, NULL);
}

int bm_yaml_expect(const struct bm_yaml *node, enum bm_yaml_kind kind, const char *what,
                   const char *expected, struct bm_err *err)
{
    if (node->kind == kind)
        return 0;
    return bm_yaml_fail(&node->mark, err, "%s: expected %s, not %s", what, expected,
                        bm_yaml_kind_name(node));
}
