#include "slips.h"

#include <stdio.h>
#include <string.h>

#include "bm/config.h"
#include "form_value.h"
#include "forms.h"
#include "line.h"
#include "strangers.h"
#include "yaml.h"

static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";

/* Bytes of the known key that the text begins with; 0: none. */
static size_t key_at(const char *text)
{
    char key[64];
    size_t length = strspn(text, letters);
    if (length == 0 || length >= sizeof key)
        return 0;
    memcpy(key, text, length);
    key[length] = '\0';
    return bm_key_is_known(key) ? length : 0;
}

/* Whether a key can begin at a place of the line. */
static bool begins(const char *line, size_t at)
{
    return at == 0 || strchr(" {,[", line[at - 1]) != NULL;
}

/* Bytes of the value that the text begins with: up to the comma or bracket that ends it. */
static size_t value_length(const char *text)
{
    int depth = 0;
    for (size_t at = 0;; at++) {
        bool closes = text[at] != '\0' && strchr("}])", text[at]) != NULL;
        if (text[at] == '\0' || (depth == 0 && (closes || text[at] == ',')))
            return at;
        depth += strchr("{[(", text[at]) != NULL ? 1 : closes ? -1 : 0;
    }
}

static int fail(const struct bm_mark *mark, struct bm_err *err, const char *what, const char *key,
                size_t length, const char *rest)
{
    rest += strspn(rest, " ");
    *err = (struct bm_err){0};
    return bm_yaml_fail(mark, err, "%s: write %.*s: %.*s", what, (int)length, key,
                        (int)value_length(rest), rest);
}

/* seed: range(1, 4) between braces, where YAML cuts it at its comma. */
static int look_at_call(const struct bm_mark *mark, const char *key, size_t length,
                        const char *value, struct bm_err *err)
{
    char name[64], text[BM_FORM_SIZE];
    size_t size = value_length(value), open = strcspn(value, "(,");
    snprintf(name, sizeof name, "%.*s", (int)length, key);
    const struct bm_field *field = bm_table_find(&bm_config_table, name);
    if (field == NULL || value[open] != '(' || size >= sizeof text ||
        memchr(value + open, ',', size - open) == NULL)
        return 0;
    snprintf(text, sizeof text, "%.*s", (int)size, value);
    const struct bm_yaml node = {.kind = BM_YAML_SCALAR, .text = text};
    struct bm_bytes form = {0};
    bool is_written = bm_form_write(field, &node, &form);
    if (is_written) {
        *err = (struct bm_err){0};
        bm_yaml_fail(mark, err, "%s: '%s' is no list: write %s: %s", name, text, name,
                     (const char *)form.data);
    }
    bm_bytes_fini(&form);
    return is_written ? -1 : 0;
}

/* key:value, key=value, key := value, key -> value. */
static int look_at_key(const struct bm_mark *mark, const char *line, size_t at, struct bm_err *err)
{
    static const char *const signs[] = {"=>", "=", ":=", "->"};
    const char *key = line + at;
    size_t length = begins(line, at) ? key_at(key) : 0;
    if (length == 0)
        return 0;
    const char *behind = key + length + strspn(key + length, " ");
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        char what[40];
        snprintf(what, sizeof what, "'%s' behind a key", signs[i]);
        if (strncmp(behind, signs[i], strlen(signs[i])) == 0)
            return fail(mark, err, what, key, length, behind + strlen(signs[i]));
    }
    if (key[length] != ':')
        return 0;
    if (strchr(" ", key[length + 1]) == NULL)
        return fail(mark, err, "no blank behind the colon", key, length, key + length + 1);
    return memchr(line, '{', at) == NULL
               ? 0
               : look_at_call(mark, key, length, key + length + 1 + strspn(key + length + 1, " "),
                              err);
}

/* -item and // comment. */
static int look_at_line(const struct bm_mark *mark, const char *line, size_t first,
                        struct bm_err *err)
{
    const char *item = line + first + 1;
    const char *slashes = strstr(line, " //");
    if (line[first] == '-' && (*item == '{' || key_at(item) > 0)) {
        *err = (struct bm_err){0};
        return bm_yaml_fail(mark, err, "no blank behind the dash of an item: write - %s", item);
    }
    if (slashes != NULL || strncmp(line + first, "//", 2) == 0) {
        *err = (struct bm_err){0};
        return bm_yaml_fail(mark, err, "'//' is no comment: comments begin with '#'");
    }
    return 0;
}

static int look_through(struct bm_mark *mark, const char *line, struct bm_err *err)
{
    size_t first = strspn(line, " ");
    mark->column = first + 1;
    if (look_at_line(mark, line, first, err) != 0)
        return -1;
    for (size_t at = first; line[at] != '\0'; at++) {
        mark->column = at + 1;
        if (look_at_key(mark, line, at, err) != 0)
            return -1;
    }
    return 0;
}

void bm_slips_explain(const char *source, const char *text, size_t size, struct bm_err *err)
{
    struct bm_mark mark = {source, 0, 0};
    for (const char *line = text + bm_yaml_byte_order_mark(text, size), *end; line < text + size;
         line = end + 1) {
        char copy[400];
        end = memchr(line, '\n', (size_t)(text + size - line));
        if (end == NULL)
            end = text + size;
        size_t length = bm_line_before_comment(line, (size_t)(end - line));
        length = bm_line_before_path(line, length);
        mark.line++;
        if (length >= sizeof copy || memchr(line, '\0', length) != NULL)
            continue;
        while (length > 0 && strchr(" \r", line[length - 1]) != NULL)
            length--;
        memcpy(copy, line, length);
        copy[length] = '\0';
        if (look_through(&mark, copy, err) != 0)
            return;
    }
}
