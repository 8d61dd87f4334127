#include "strangers.h"

#include <stdio.h>
#include <string.h>

#include "forms.h"

enum { MOST_LISTED = 64, HINT_SIZE = 400, MOST_HINTED_BYTES = 640, MOST_BYTES = 860 };

/* ---- what a section takes ---- */

static const struct {
    const char *name;
    unsigned roles; /* of its settings; 0: it has none */
} sections[] = {
    {"name", 0},
    {"results", 0},
    {"run", BM_TAKES_RUN},
    {"fixed", BM_TAKES_FIXED},
    {"grid", BM_TAKES_GRID},
    {"zip", BM_TAKES_GRID},
    {"exclude", BM_TAKES_GRID},
    {"include", BM_TAKES_GRID},
};
enum { N_SECTIONS = sizeof sections / sizeof *sections };

/* Its row; N_SECTIONS: none. */
static size_t find_section(const char *key)
{
    size_t i = 0;
    while (i < N_SECTIONS && strcmp(sections[i].name, key) != 0)
        i++;
    return i;
}

static const struct bm_field *find_setting(const char *key)
{
    const struct bm_field *field = bm_table_find(&bm_config_table, key);
    return field != NULL ? field : bm_table_find(&bm_launch_table, key);
}

/* ---- sections of other tools ---- */

/* Sections that have nothing to correspond to, and why nothing is lost. */
static const struct {
    const char *keys, *why; /* keys between blanks */
} needless[] = {
    {" program command entity project description ", "not needed here"},
    {" method metric early_terminate run_cap scheduler search_alg num_samples ",
     "not needed: all points of grid: run"},
    {" defaults base extends _base_ inherit imports ",
     "a sweep file stands alone: copy those settings into fixed:"},
};

enum place { IN_GRID, IN_FIXED, IN_RUN, PLACES };

/* Where a form belongs. */
static enum place place_of(const struct bm_field *field, const char *form)
{
    return field->role == BM_LAUNCH ? IN_RUN : bm_form_is_axis(field, form) ? IN_GRID : IN_FIXED;
}

/* Launch settings only by their exact names: those of other tools' sections are seldom ours. */
static const struct bm_field *translate_key(const char *key)
{
    const char *nearest = bm_table_nearest(&bm_config_table, BM_TAKES_FIXED, key);
    return nearest != NULL ? bm_table_find(&bm_config_table, nearest)
                           : bm_table_find(&bm_launch_table, key);
}

static const char *why_needless(const char *key)
{
    char word[80];
    snprintf(word, sizeof word, " %.64s ", key);
    for (size_t i = 0; i < sizeof needless / sizeof *needless; i++)
        if (strstr(needless[i].keys, word) != NULL)
            return needless[i].why;
    return NULL;
}

/* Settings that stand in a section of another tool, however deep, as our sections would have them;
 * "…" for values that have no form here. */
static void translate(const struct bm_yaml *node, struct bm_bytes to[PLACES])
{
    for (const struct bm_yaml *child = node->first; child != NULL; child = child->next) {
        bool is_needless = child->key != NULL && why_needless(child->key) != NULL;
        const struct bm_field *field =
            child->key != NULL && !is_needless ? translate_key(child->key) : NULL;
        struct bm_bytes form = {0};
        if (field != NULL && !bm_form_write(field, child, &form) &&
            child->kind != BM_YAML_MAPPING && strcmp(child->key, field->key) == 0)
            bm_bytes_printf(&form, "%s", child->kind == BM_YAML_SEQUENCE ? "[…]" : "…");
        if (form.size > 0) {
            struct bm_bytes *place = &to[place_of(field, (const char *)form.data)];
            bm_bytes_printf(place, "%s%s: %s", place->size ? ", " : "", field->key,
                            (const char *)form.data);
        } else if (!is_needless) {
            translate(child, to);
        }
        bm_bytes_fini(&form);
    }
}

static bool hint_translation(const struct bm_yaml *entry, char hint[HINT_SIZE])
{
    static const char *const names[PLACES] = {"grid", "fixed", "run"};
    struct bm_bytes to[PLACES] = {0}, all = {0};
    translate(entry, to);
    for (size_t place = 0; place < PLACES; place++) {
        if (to[place].size > 0)
            bm_bytes_printf(&all, "%s%s: {%.*s}", all.size > 0 ? " and " : "write ", names[place],
                            HINT_SIZE / 4, (const char *)to[place].data);
        bm_bytes_fini(&to[place]);
    }
    bool any = all.size > 0;
    if (any)
        snprintf(hint, HINT_SIZE, "%s", (const char *)all.data);
    bm_bytes_fini(&all);
    return any;
}

/* ---- one key ---- */

/* Where a setting belongs that is not one of the section's. */
static const char *right_place(const struct bm_field *field, unsigned roles)
{
    return field->role == BM_LAUNCH     ? "says how runs are run; put it into run:"
           : field->role == BM_IDENTITY ? "says what is computed; put it into fixed: or grid:"
           : roles & BM_TAKES_GRID      ? "is not part of a run's identity; put it into fixed:"
                                        : "says what is measured; put it into fixed:";
}

static const char *nearest_setting(const char *key, unsigned roles)
{
    const char *nearest = bm_table_nearest(&bm_config_table, roles, key);
    return nearest != NULL ? nearest : bm_table_nearest(&bm_launch_table, roles, key);
}

static void hint_setting(const struct bm_yaml *entry, unsigned roles, char hint[HINT_SIZE])
{
    const char *nearest = nearest_setting(entry->key, roles);
    if (nearest != NULL)
        snprintf(hint, HINT_SIZE, "did you mean '%s'?", nearest);
    else if ((nearest = nearest_setting(entry->key, ~0u)) != NULL)
        snprintf(hint, HINT_SIZE, "did you mean '%s'? That %s", nearest,
                 right_place(find_setting(nearest), roles));
    else if (strpbrk(entry->key, "()") != NULL)
        snprintf(hint, HINT_SIZE, "a list is written [1, 2]");
    else
        hint[0] = '\0';
}

static const char *nearest_section(const char *key)
{
    const char *names[N_SECTIONS + 1] = {NULL};
    for (size_t i = 0; i < N_SECTIONS; i++)
        names[i] = sections[i].name;
    return bm_nearest(key, names);
}

static void hint_section(const struct bm_yaml *entry, char hint[HINT_SIZE])
{
    const char *nearest = nearest_section(entry->key), *why = why_needless(entry->key);
    if (why != NULL)
        snprintf(hint, HINT_SIZE, "%s", why);
    else if (nearest != NULL)
        snprintf(hint, HINT_SIZE, "did you mean '%s'?", nearest);
    else if (!hint_translation(entry, hint))
        hint_setting(entry, 0, hint);
}

/* `roles`: 0 for a key of the file itself. True when it is a setting in the wrong section. */
static bool hint_any(const struct bm_yaml *entry, unsigned roles, char hint[HINT_SIZE])
{
    const struct bm_field *field = find_setting(entry->key);
    if (field != NULL)
        snprintf(hint, HINT_SIZE, "%s", right_place(field, roles));
    else if (roles != 0)
        hint_setting(entry, roles, hint);
    else
        hint_section(entry, hint);
    return field != NULL;
}

int bm_stranger_fail(const struct bm_yaml *entry, unsigned roles, struct bm_err *err)
{
    char hint[HINT_SIZE];
    const char *otherwise =
        roles ? " (bm-sweep --describe lists them)"
              : " (valid: name, results, run, fixed, grid, zip, exclude, include)";
    if (hint_any(entry, roles, hint))
        return bm_yaml_fail(&entry->key_mark, err, "%s %s", entry->key, hint);
    return bm_yaml_fail(&entry->key_mark, err, "unknown %s '%s'%s%s", roles ? "setting" : "key",
                        entry->key, hint[0] ? "; " : otherwise, hint);
}

/* ---- all of them ---- */

struct strangers {
    size_t n;
    const struct bm_yaml *entries[MOST_LISTED];
    unsigned roles[MOST_LISTED];
};

static void look_at(struct strangers *strangers, const struct bm_yaml *entry, unsigned roles)
{
    const struct bm_field *field = find_setting(entry->key);
    if (field != NULL && roles & 1u << field->role)
        return;
    for (size_t i = 0; i < strangers->n && i < MOST_LISTED; i++)
        if (strcmp(strangers->entries[i]->key, entry->key) == 0)
            return; /* once is enough */
    if (strangers->n < MOST_LISTED) {
        strangers->entries[strangers->n] = entry;
        strangers->roles[strangers->n] = roles;
    }
    strangers->n++;
}

/* The settings of a section: its entries, or those of its items. */
static void look_through(struct strangers *strangers, const struct bm_yaml *section, unsigned roles)
{
    for (const struct bm_yaml *child = section->first; child != NULL; child = child->next) {
        if (section->kind == BM_YAML_MAPPING)
            look_at(strangers, child, roles);
        else if (child->kind == BM_YAML_MAPPING)
            look_through(strangers, child, roles);
    }
}

/* Those at the end of a long list without their hints, and at last their number alone: there is an
 * end to a sentence's room. */
static int fail_all(const struct strangers *strangers, struct bm_err *err)
{
    struct bm_bytes list = {0};
    size_t i = 0;
    for (; i < strangers->n && i < MOST_LISTED && list.size < MOST_BYTES; i++) {
        const struct bm_yaml *entry = strangers->entries[i];
        char hint[HINT_SIZE] = "";
        if (list.size < MOST_HINTED_BYTES)
            hint_any(entry, strangers->roles[i], hint);
        bm_bytes_printf(&list, "%s'%.64s' in line %zu%s%s%s", i > 0 ? ", " : "", entry->key,
                        entry->key_mark.line, hint[0] ? " (" : "", hint, hint[0] ? ")" : "");
    }
    if (strangers->n > i)
        bm_bytes_printf(&list, " and %zu more", strangers->n - i);
    bm_yaml_fail(&strangers->entries[0]->key_mark, err, "not known where they stand: %s",
                 (const char *)list.data);
    bm_bytes_fini(&list);
    return -1;
}

bool bm_key_is_known(const char *key)
{
    return find_section(key) < N_SECTIONS || find_setting(key) != NULL;
}

int bm_section_expect(const struct bm_yaml *section, enum bm_yaml_kind kind, const char *expected,
                      struct bm_err *err)
{
    char hint[HINT_SIZE];
    if (bm_yaml_expect(section, kind, section->key, expected, err) == 0)
        return 0;
    return hint_translation(section, hint) ? bm_fail_hint(err, "%s", hint) : -1;
}

int bm_strangers_refuse(const struct bm_yaml *root, struct bm_err *err)
{
    struct strangers strangers = {0};
    for (const struct bm_yaml *entry = root->first; entry != NULL; entry = entry->next) {
        size_t i = find_section(entry->key);
        const char *meant = i == N_SECTIONS ? nearest_section(entry->key) : NULL;
        if (i == N_SECTIONS)
            look_at(&strangers, entry, 0);
        if (meant != NULL)
            i = find_section(meant);
        if (i < N_SECTIONS && sections[i].roles != 0)
            look_through(&strangers, entry, sections[i].roles);
    }
    if (strangers.n == 0)
        return 0;
    return strangers.n == 1 ? bm_stranger_fail(strangers.entries[0], strangers.roles[0], err)
                            : fail_all(&strangers, err);
}
