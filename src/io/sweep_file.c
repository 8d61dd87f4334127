/* Sweep files: the text, its overrides, and all sections but those of the grid (sweep_grid.c).
 * Every value is checked against its row here; whether the settings of one point go together
 * (bm_config_check) is left to who runs the points. */
#include "sweep_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bm/grid.h"
#include "lookalike.h"
#include "slips.h"
#include "strangers.h"

enum { MOST_BYTES = 1 << 20 };
#define SET "--set " /* before overrides, in messages */

/* ---- sections ---- */

static int read_text(const struct bm_yaml *root, const char *key, char *text, size_t size,
                     struct bm_err *err)
{
    const struct bm_yaml *entry = bm_yaml_find(root, key);
    if (entry == NULL)
        return bm_yaml_fail(&root->mark, err, "'%s' is missing", key);
    if (bm_yaml_expect(entry, BM_YAML_SCALAR, key, "a value", err) != 0)
        return -1;
    size_t length = strlen(entry->text);
    if (length == 0)
        return bm_yaml_fail(&entry->mark, err, "%s: there is no value", key);
    if (length >= size)
        return bm_yaml_fail(&entry->mark, err, "%s: longer than %zu bytes", key, size - 1);
    memcpy(text, entry->text, length + 1);
    return 0;
}

static int read_name(const struct bm_yaml *root, char *name, size_t size, struct bm_err *err)
{
    static const char valid[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
    if (read_text(root, "name", name, size, err) != 0)
        return -1;
    if (name[strspn(name, valid)] != '\0')
        return bm_yaml_fail(&bm_yaml_find(root, "name")->mark, err,
                            "name: '%s' has other characters than A-Z a-z 0-9 _ . -", name);
    return 0;
}

static int read_results(const struct bm_yaml *root, const char *file, struct bm_sweep *sweep,
                        struct bm_err *err)
{
    char text[sizeof sweep->results];
    if (read_text(root, "results", text, sizeof text, err) != 0)
        return -1;
    const struct bm_yaml *entry = bm_yaml_find(root, "results");
    if (bm_path_read("results", entry, sweep->results, sizeof sweep->results, err) != 0)
        return -1;
    if (bm_results_path_check(sweep->results, file, err) != 0)
        return bm_yaml_fail_at(&entry->mark, err);
    return 0;
}

static int read_run(const struct bm_yaml *run, struct bm_launch *launch, struct bm_err *err)
{
    if (bm_section_expect(run, BM_YAML_MAPPING, "a mapping", err) != 0)
        return -1;
    for (const struct bm_yaml *entry = run->first; entry != NULL; entry = entry->next) {
        const struct bm_field *field = bm_setting_find(entry, BM_TAKES_RUN, err);
        if (field == NULL || bm_setting_read(field, entry, launch, err) != 0)
            return -1;
    }
    return 0;
}

/* A list says what another setting would. */
static bool has_others_twice(const struct bm_field *field, const struct bm_yaml *fixed,
                             const struct bm_yaml *entry, struct bm_err *err)
{
    const struct bm_yaml *others =
        field->others != NULL ? bm_yaml_find(fixed, field->others) : NULL;
    if (others == NULL || entry->kind != BM_YAML_SEQUENCE)
        return false;
    bm_yaml_fail(&others->key_mark, err, "%s: the list of %s says it, too; a setting has one place",
                 field->others, field->key);
    return true;
}

static int read_fixed(const struct bm_yaml *fixed, struct bm_config *config, struct bm_err *err)
{
    if (bm_section_expect(fixed, BM_YAML_MAPPING, "a mapping", err) != 0)
        return -1;
    for (const struct bm_yaml *entry = fixed->first; entry != NULL; entry = entry->next) {
        const struct bm_field *field = bm_setting_find(entry, BM_TAKES_FIXED, err);
        if (field == NULL)
            return -1;
        if (has_others_twice(field, fixed, entry, err))
            return -1;
        if (bm_axis_like(field, entry))
            return bm_yaml_fail(&entry->mark, err, "%s: expected one value; %s", field->key,
                                field->role == BM_IDENTITY
                                    ? "lists and ranges belong into grid:"
                                    : "what is measured is the same in all runs");
        if (bm_setting_read(field, entry, config, err) != 0)
            return -1;
    }
    return 0;
}

/* ---- the file ---- */

/* Rows of settings come first, then those of the launch. */
static size_t row_of(const struct bm_field *field)
{
    return field->role == BM_LAUNCH
               ? bm_config_table.n_fields + (size_t)(field - bm_launch_table.fields)
               : (size_t)(field - bm_config_table.fields);
}

static size_t n_rows(void)
{
    return bm_config_table.n_fields + bm_launch_table.n_fields;
}

static void note_place(const struct bm_field *field, const struct bm_mark *mark, char **places)
{
    char text[BM_PLACE_SIZE], **place = &places[row_of(field)];
    if (*place == NULL && (*place = strdup(bm_yaml_place(mark, text, sizeof text))) == NULL)
        abort();
}

/* Takes down where settings are given, below all sections that give them; the first place counts.
 */
static void note_places(const struct bm_yaml *node, const struct bm_table *table, char **places)
{
    for (const struct bm_yaml *child = node->first; child != NULL; child = child->next) {
        const struct bm_field *field = child->key != NULL ? bm_table_find(table, child->key) : NULL;
        if (field == NULL) {
            note_places(child, table, places);
            continue;
        }
        note_place(field, &child->mark, places);
        if (field->others != NULL && child->first != NULL && child->first->next != NULL)
            note_place(bm_table_find(table, field->others), &child->first->next->mark, places);
    }
}

static void note_all_places(const struct bm_yaml *root, struct bm_sweep *sweep)
{
    static const char *const givers[] = {"fixed", "grid", "zip", "include", "run"};
    sweep->places = calloc(n_rows(), sizeof *sweep->places);
    if (sweep->places == NULL)
        abort();
    for (size_t i = 0; i < sizeof givers / sizeof *givers; i++) {
        const struct bm_yaml *section = bm_yaml_find(root, givers[i]);
        if (section != NULL)
            note_places(section,
                        strcmp(givers[i], "run") == 0 ? &bm_launch_table : &bm_config_table,
                        sweep->places);
    }
}

const char *bm_sweep_place(const struct bm_sweep *sweep, const struct bm_field *field)
{
    return sweep->places[row_of(field)];
}

static int read_root(const struct bm_yaml *root, const char *file, struct bm_sweep *sweep,
                     struct bm_err *err)
{
    struct bm_config base;
    bm_table_init(&bm_launch_table, &sweep->launch);
    bm_table_init(&bm_config_table, &base);
    const struct bm_yaml *run = bm_yaml_find(root, "run"), *fixed = bm_yaml_find(root, "fixed");
    if (bm_strangers_refuse(root, err) != 0 ||
        read_name(root, sweep->name, sizeof sweep->name, err) != 0 ||
        read_results(root, file, sweep, err) != 0 ||
        (run != NULL && read_run(run, &sweep->launch, err) != 0) ||
        (fixed != NULL && read_fixed(fixed, &base, err) != 0))
        return -1;
    note_all_places(root, sweep);
    sweep->grid = bm_sweep_grid_read(root, &base, err);
    return sweep->grid ? 0 : -1;
}

/* Sections that have nothing but comments below them are empty. */
static void settle_empty_sections(struct bm_yaml *root)
{
    static const struct {
        const char *section;
        enum bm_yaml_kind kind;
    } rows[] = {{"run", BM_YAML_MAPPING},      {"fixed", BM_YAML_MAPPING},
                {"grid", BM_YAML_MAPPING},     {"zip", BM_YAML_MAPPING},
                {"exclude", BM_YAML_SEQUENCE}, {"include", BM_YAML_SEQUENCE}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct bm_yaml *section = bm_yaml_find(root, rows[i].section);
        if (section != NULL && bm_yaml_is_null(section))
            bm_yaml_clear(section, rows[i].kind);
    }
}

/* The tree with the overrides worked in. `sources` is filled with n_set texts, owned by the caller,
 * that the tree refers to. */
static struct bm_yaml *read_tree(const char *path, const char *text, size_t size,
                                 const char *const *set, size_t n_set, char **sources,
                                 struct bm_err *err)
{
    struct bm_yaml *root = bm_yaml_parse(path, true, text, size, err);
    if (root == NULL)
        return NULL;
    int status = 0;
    if (root->kind != BM_YAML_MAPPING)
        status = bm_yaml_fail(&root->mark, err, "expected a mapping (name:, results:, …), not %s",
                              bm_yaml_kind_name(root));
    else
        settle_empty_sections(root);
    for (size_t i = 0; i < n_set && status == 0; i++) {
        if (asprintf(&sources[i], SET "%s", set[i]) < 0)
            abort();
        status = bm_override(root, sources[i], set[i], err);
    }
    if (status == 0)
        return root;
    bm_yaml_free(root);
    return NULL;
}

/* The whole file, with a NUL behind it (owned by the caller), or NULL. */
static char *read_file(const char *path, size_t *size, struct bm_err *err)
{
    const struct bm_mark start = {path, 1, 1};
    char *text = malloc(MOST_BYTES + 2);
    if (text == NULL)
        abort();
    FILE *file = fopen(path, "rb");
    *size = file ? fread(text, 1, MOST_BYTES + 1, file) : 0;
    int status = 0;
    if (file == NULL || ferror(file))
        status = bm_yaml_fail(&start, err, "cannot be read: %s", strerror(errno));
    else if (*size > 4 && memcmp(text, "\x89HDF", 4) == 0)
        status = bm_yaml_fail(&start, err, "this is an HDF5 file; bm-results looks at results");
    else if (*size > MOST_BYTES)
        status = bm_yaml_fail(&start, err, "longer than %d bytes: not a sweep file", MOST_BYTES);
    if (file != NULL)
        fclose(file);
    text[*size] = '\0';
    if (status == 0)
        return text;
    free(text);
    return NULL;
}

/* Other keyboards' characters are a reason that no other sentence would show. */
static void explain(const char *path, const char *text, size_t size, char *const *sources,
                    size_t n_set, struct bm_err *err)
{
    bm_slips_explain(path, text, size, err);
    bm_lookalike_explain(path, true, text, size, err);
    for (size_t i = 0; i < n_set && sources[i] != NULL; i++)
        bm_lookalike_explain(sources[i], false, sources[i] + strlen(SET),
                             strlen(sources[i] + strlen(SET)), err);
}

int bm_sweep_read(const char *path, const char *const *set, size_t n_set, struct bm_sweep *sweep,
                  struct bm_err *err)
{
    *sweep = (struct bm_sweep){0};
    size_t size;
    sweep->text = read_file(path, &size, err);
    if (sweep->text == NULL)
        return -1;
    char **sources = calloc(n_set + 1, sizeof *sources);
    if (sources == NULL)
        abort();
    struct bm_yaml *root = read_tree(path, sweep->text, size, set, n_set, sources, err);
    int status = root ? read_root(root, path, sweep, err) : -1;
    if (status != 0)
        explain(path, sweep->text, size, sources, n_set, err);
    bm_yaml_free(root);
    for (size_t i = 0; i < n_set; i++)
        free(sources[i]);
    free(sources);
    if (status != 0)
        bm_sweep_fini(sweep);
    return status;
}

void bm_sweep_fini(struct bm_sweep *sweep)
{
    free(sweep->text);
    for (size_t i = 0; sweep->places != NULL && i < n_rows(); i++)
        free(sweep->places[i]);
    free(sweep->places);
    bm_grid_free(sweep->grid);
    *sweep = (struct bm_sweep){0};
}
