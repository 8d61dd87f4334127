#include "forms.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "form_value.h"

/* ---- several ---- */

static bool is_whole(const struct bm_field *field)
{
    return field->type == BM_INT || (field->type == BM_REAL && field->whole);
}

/* An item that is a range already. */
static bool write_range_item(const struct bm_field *field, const char *text, size_t length,
                             struct bm_bytes *out)
{
    char item[BM_FORM_SIZE];
    int64_t first, last;
    bm_form_trim(text, length, " ", item);
    const struct bm_yaml node = {.kind = BM_YAML_SCALAR, .text = item};
    if (!is_whole(field) || !bm_range_read(&node, &first, &last))
        return false;
    bm_bytes_printf(out, "%s", item);
    return true;
}

/* "1, 2, 3", "1;2;3", "1 2 3" or "1..3, 5", without brackets around it. */
static bool write_list(const struct bm_field *field, const char *text, struct bm_bytes *out)
{
    const char *separator = strchr(text, ',') ? "," : strchr(text, ';') ? ";" : " ";
    bm_bytes_printf(out, "[");
    for (size_t n = 0;; n++) {
        size_t length = strcspn(text, separator);
        bm_bytes_printf(out, n > 0 ? ", " : "");
        if (!write_range_item(field, text, length, out) &&
            !bm_form_write_value(field, text, length, out))
            return false;
        if (text[length] == '\0')
            break;
        text += length + 1;
    }
    bm_bytes_printf(out, "]");
    return true;
}

static bool write_range(const struct bm_field *field, const char *first, const char *last,
                        struct bm_bytes *out)
{
    if (!bm_form_is_valid(field, first) || !bm_form_is_valid(field, last))
        return false;
    if (is_whole(field))
        bm_bytes_printf(out, "%s..%s", first, last);
    else
        bm_bytes_printf(out, "[%s, %s]", first, last);
    return true;
}

/* 1-3, 1:3, 1...3, 1..=3, 1 to 3. */
static bool write_other_range(const struct bm_field *field, const char *text, struct bm_bytes *out)
{
    char first[24], between[BM_FORM_SIZE], last[24];
    int n = 0;
    if (!is_whole(field) ||
        sscanf(text, "%20[0-9]%8[-:.= to]%20[0-9]%n", first, between, last, &n) != 3 ||
        text[n] != '\0')
        return false;
    static const char *const marks[] = {"-", ":", "...", "..=", "..", "to", NULL};
    char mark[BM_FORM_SIZE];
    bm_form_trim(between, strlen(between), " ", mark);
    for (size_t i = 0; marks[i] != NULL; i++)
        if (strcmp(mark, marks[i]) == 0)
            return strtod(first, NULL) < strtod(last, NULL) && write_range(field, first, last, out);
    return false;
}

/* range(3), range(1, 4), range(10, 50, 10): as in Python, without the end. */
static bool write_python_range(const struct bm_field *field, const char *arguments,
                               struct bm_bytes *out)
{
    long first = 0, end, step = 1;
    int n = sscanf(arguments, "%ld , %ld , %ld", &first, &end, &step);
    if (n == 1) {
        end = first;
        first = 0;
    }
    if (n < 1 || step < 1 || end <= first || (end - first) / step > 20)
        return false;
    struct bm_bytes items = {0};
    for (long i = first; i < end; i += step)
        bm_bytes_printf(&items, "%s%ld", i > first ? "," : "", i);
    char ends[2][24];
    snprintf(ends[0], sizeof ends[0], "%ld", first);
    snprintf(ends[1], sizeof ends[1], "%ld", end - 1);
    bool is_written = step == 1 && end - first > 1 && is_whole(field)
                          ? write_range(field, ends[0], ends[1], out)
                          : write_list(field, (const char *)items.data, out);
    bm_bytes_fini(&items);
    return is_written;
}

/* grid_search([1, 2]), tune.choice(…), range(1, 4). */
static bool write_call(const struct bm_field *field, const char *text, struct bm_bytes *out)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.";
    size_t name = strspn(text, letters), length = strlen(text);
    if (name == 0 || text[name] != '(' || text[length - 1] != ')')
        return false;
    char arguments[BM_FORM_SIZE];
    bm_form_trim(text + name + 1, length - name - 2, " []()", arguments);
    bool is_range = name >= 5 && strncmp(text + name - 5, "range", 5) == 0;
    return is_range ? write_python_range(field, arguments, out) : write_list(field, arguments, out);
}

/* 50,000 and 0,1 may be one number. */
static bool write_commas(const struct bm_field *field, const char *text, struct bm_bytes *out)
{
    if (strchr(text, ',') == NULL)
        return false;
    char number[BM_FORM_SIZE], *comma;
    if (is_whole(field)) {
        if (!bm_form_join_digits(text, ",", number))
            number[0] = '\0';
    } else {
        snprintf(number, sizeof number, "%s", text);
        if ((comma = strchr(number, ',')) != NULL)
            *comma = '.';
    }
    bool is_number = bm_is_number(field->type) && number[0] != '\0' &&
                     strchr(number, ' ') == NULL && bm_form_is_valid(field, number);
    struct bm_bytes list = {0};
    bool is_list = write_list(field, text, &list);
    if (is_list)
        bm_bytes_printf(out, "%s%s", (const char *)list.data,
                        is_number ? ", or for one number " : "");
    if (is_number)
        bm_bytes_printf(out, "%s", number);
    bm_bytes_fini(&list);
    return is_list || is_number;
}

static bool write_bracketed(const struct bm_field *field, const char *text, struct bm_bytes *out)
{
    char inner[BM_FORM_SIZE];
    bm_form_trim(text, strlen(text), " []()", inner);
    return strchr("[(", text[0]) != NULL && write_list(field, inner, out);
}

static bool write_separated(const struct bm_field *field, const char *text, struct bm_bytes *out)
{
    return strpbrk(text, "; ") != NULL && write_list(field, text, out);
}

static bool write_one(const struct bm_field *field, const char *text, struct bm_bytes *out)
{
    return bm_form_write_value(field, text, strlen(text), out);
}

static bool write_text(const struct bm_field *field, const char *text, struct bm_bytes *out)
{
    static bool (*const ways[])(const struct bm_field *, const char *, struct bm_bytes *) = {
        write_bracketed, write_call, write_commas, write_other_range, write_one, write_separated};
    size_t before = out->size;
    if (text[0] == '\0' || strlen(text) >= BM_FORM_SIZE)
        return false;
    if (field->type != BM_WORDS && bm_form_is_valid(field, text))
        return write_one(field, text, out);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        if (ways[i](field, text, out))
            return true;
        out->size = before;
    }
    return false;
}

/* ---- nodes ---- */

static const struct bm_yaml *find_one_of(const struct bm_yaml *mapping, const char *const *keys)
{
    const struct bm_yaml *found = NULL;
    for (; found == NULL && *keys != NULL; keys++)
        found = bm_yaml_find(mapping, *keys);
    return found;
}

static bool write_sequence(const struct bm_field *field, const struct bm_yaml *list,
                           struct bm_bytes *out)
{
    bm_bytes_printf(out, "[");
    for (const struct bm_yaml *item = list->first; item != NULL; item = item->next) {
        bm_bytes_printf(out, item != list->first ? ", " : "");
        if (item->kind != BM_YAML_SCALAR ||
            !bm_form_write_value(field, item->text, strlen(item->text), out))
            return false;
    }
    bm_bytes_printf(out, "]");
    return list->first != NULL;
}

/* {1, 2}: YAML takes the values for keys. */
static bool write_set(const struct bm_field *field, const struct bm_yaml *node,
                      struct bm_bytes *out)
{
    struct bm_bytes list = {0};
    bool is_set = node->first != NULL;
    for (const struct bm_yaml *child = node->first; child != NULL; child = child->next) {
        is_set = is_set && bm_yaml_is_null(child);
        bm_bytes_printf(&list, "%s%s", child != node->first ? "," : "", child->key);
    }
    is_set = is_set && write_list(field, (const char *)list.data, out);
    bm_bytes_fini(&list);
    return is_set;
}

static bool write_node(const struct bm_field *field, const struct bm_yaml *node,
                       struct bm_bytes *out);

static bool write_mapping(const struct bm_field *field, const struct bm_yaml *node,
                          struct bm_bytes *out)
{
    static const char *const several[] = {"values", "grid_search", "choice", "choices", "options",
                                          "list",   "grid",        "vals",   NULL},
                             *const one[] = {"value", "val", "default", NULL},
                             *const least[] = {"min",   "low",  "lower",  "start",
                                               "begin", "from", "minval", NULL},
                             *const most[] = {"max", "high", "upper",  "stop",
                                              "end", "to",   "maxval", NULL};
    const struct bm_yaml *value = find_one_of(node, several);
    if (value == NULL)
        value = find_one_of(node, one);
    if (value != NULL)
        return value->kind != BM_YAML_MAPPING && write_node(field, value, out);
    if (write_set(field, node, out))
        return true;
    const struct bm_yaml *first = find_one_of(node, least), *last = find_one_of(node, most);
    return first != NULL && last != NULL && first->kind == BM_YAML_SCALAR &&
           last->kind == BM_YAML_SCALAR && write_range(field, first->text, last->text, out);
}

static bool write_node(const struct bm_field *field, const struct bm_yaml *node,
                       struct bm_bytes *out)
{
    switch (node->kind) {
    case BM_YAML_SCALAR:
        return write_text(field, node->text, out);
    case BM_YAML_SEQUENCE:
        return write_sequence(field, node, out);
    case BM_YAML_MAPPING:
        break;
    }
    return write_mapping(field, node, out);
}

bool bm_form_write(const struct bm_field *field, const struct bm_yaml *node, struct bm_bytes *out)
{
    size_t before = out->size;
    if (write_node(field, node, out))
        return true;
    out->size = before;
    return false;
}

bool bm_form_is_axis(const struct bm_field *field, const char *form)
{
    bool takes_lists = field->type == BM_WORDS || field->others != NULL;
    return (!takes_lists && form[0] == '[') ||
           (field->type != BM_WORDS && strstr(form, "..") != NULL);
}

static void add_hint(const struct bm_field *field, const struct bm_yaml *node, const char *form,
                     bool as_axis, bool wraps, struct bm_err *err)
{
    const char *open = wraps ? "[" : "", *close = wraps ? "]" : "";
    if (node->mark.line == 0)
        bm_fail_hint(err, "write --set '%s=%s%s%s'", field->key, open, form, close);
    else
        bm_fail_hint(err, "%swrite %s: %s%s%s",
                     bm_form_is_axis(field, form) && !as_axis ? "in grid: " : "", field->key, open,
                     form, close);
}

int bm_form_hint(const struct bm_field *field, const struct bm_yaml *node, bool as_axis,
                 struct bm_err *err)
{
    struct bm_bytes form = {0};
    if (bm_form_write(field, node, &form)) {
        const char *text = (const char *)form.data;
        bool can_vary = as_axis || field->role == BM_IDENTITY || !bm_form_is_axis(field, text);
        bool is_list = text[0] == '[' || strstr(text, "..") != NULL;
        bool wraps = as_axis && !is_list;
        bool is_said =
            !is_list && (field->words != NULL || /* with the valid choice */
                         (node->kind == BM_YAML_SCALAR && strcmp(text, node->text) == 0));
        if (can_vary && (wraps || !is_said))
            add_hint(field, node, text, as_axis, wraps, err);
    }
    bm_bytes_fini(&form);
    return -1;
}
