/* Overrides of the command line, worked into the tree before it is interpreted, so that they are
 * checked like what is written in the file. */
#include "sweep_file.h"

#include <stdlib.h>
#include <string.h>

#include "bm/config.h"

/* The section's mapping, made when it is missing. NULL when it is something else. */
static struct bm_yaml *section(struct bm_yaml *root, const char *name, struct bm_mark mark,
                               struct bm_err *err)
{
    struct bm_yaml *found = bm_yaml_find(root, name);
    if (found == NULL) {
        found = bm_yaml_new(BM_YAML_MAPPING, mark);
        bm_yaml_put(root, name, found);
    }
    if (found->kind == BM_YAML_MAPPING)
        return found;
    bm_yaml_fail(&found->mark, err, "%s: expected a mapping, not %s", name,
                 bm_yaml_kind_name(found));
    return NULL;
}

/* Takes `value` over, whatever happens. */
static int put_setting(struct bm_yaml *root, const struct bm_field *field, struct bm_yaml *value,
                       struct bm_err *err)
{
    bool is_axis = field->role == BM_IDENTITY && bm_axis_like(field, value);
    struct bm_yaml *run = NULL, *fixed = NULL, *grid = NULL;
    if (field->role == BM_LAUNCH) {
        run = section(root, "run", value->mark, err);
    } else {
        fixed = section(root, "fixed", value->mark, err);
        grid = fixed ? section(root, "grid", value->mark, err) : NULL;
    }
    if (run == NULL && grid == NULL) {
        bm_yaml_free(value);
        return -1;
    }
    struct bm_yaml *zip = bm_zip_find(root, field->key);
    if (run != NULL) {
        bm_yaml_put(run, field->key, value);
    } else if (is_axis) {
        bm_yaml_remove(fixed, field->key);
        bm_yaml_put(zip ? zip : grid, field->key, value);
    } else {
        bm_yaml_remove(grid, field->key);
        if (zip != NULL)
            bm_yaml_remove(zip, field->key);
        bm_yaml_put(fixed, field->key, value);
    }
    return 0;
}

int bm_override(struct bm_yaml *root, const char *source, const char *assignment,
                struct bm_err *err)
{
    const char *equals = strchr(assignment, '=');
    if (equals == NULL || equals == assignment)
        return bm_fail(err, BM_EXIT_USAGE, "%s: expected key=value", source);
    struct bm_yaml *value = bm_yaml_parse(source, false, equals + 1, strlen(equals + 1), err);
    if (value == NULL)
        return -1;
    char *key = strndup(assignment, (size_t)(equals - assignment));
    if (key == NULL)
        abort();
    int status = 0;
    if (strcmp(key, "name") == 0 || strcmp(key, "results") == 0) {
        bm_yaml_put(root, key, value);
    } else {
        struct bm_yaml entry = {.key = key, .key_mark = value->mark};
        const struct bm_field *field = bm_setting_find(&entry, BM_TAKES_FIXED | BM_TAKES_RUN, err);
        if (field != NULL) {
            status = put_setting(root, field, value, err);
        } else {
            bm_yaml_free(value);
            status = -1;
        }
    }
    free(key);
    return status;
}
