#include "classes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The whole number that all of the text is, or -1. */
static long number_of(const char *text)
{
    size_t length = strlen(text);
    return length > 0 && length < 7 && strspn(text, "0123456789") == length ? strtol(text, NULL, 10)
                                                                            : -1;
}

/* The class that a name or number means, or -1. */
static int find_class(const struct bm_catalog *catalog, const char *name)
{
    for (int c = 0; c < catalog->classes; c++)
        if (strcmp(catalog->class_names[c], name) == 0)
            return c;
    long number = number_of(name);
    return number < catalog->classes ? (int)number : -1;
}

static int fail_unknown(const struct bm_dataset *dataset, const struct bm_catalog *catalog,
                        const char *name, struct bm_err *err)
{
    const char *nearest = bm_nearest(name, catalog->class_names);
    if (nearest != NULL)
        return bm_fail(err, BM_EXIT_DATA, "classes: %s has no class '%s'; did you mean '%s'?",
                       dataset->name, name, nearest);
    return bm_fail(err, BM_EXIT_DATA, "classes: %s has no class '%s' (valid: %s … %s, or 0 … %d)",
                   dataset->name, name, catalog->class_names[0],
                   catalog->class_names[catalog->classes - 1], catalog->classes - 1);
}

/* Marks the classes of a list. */
static int mark(const struct bm_dataset *dataset, const struct bm_catalog *catalog,
                const char *list, bool *is_chosen, struct bm_err *err)
{
    for (const char *item = list; *item != '\0';) {
        size_t length = strcspn(item, ",");
        char name[256];
        snprintf(name, sizeof name, "%.*s", (int)length, item);
        int class = find_class(catalog, name);
        if (class < 0)
            return fail_unknown(dataset, catalog, name, err);
        if (is_chosen[class])
            return bm_fail(err, BM_EXIT_DATA, "classes: '%s' is there twice, by name and number",
                           catalog->class_names[class]);
        is_chosen[class] = true;
        item += length + (item[length] == ',');
    }
    return 0;
}

static int mark_all(const struct bm_dataset *dataset, const struct bm_catalog *catalog,
                    const char *setting, bool *is_chosen, struct bm_err *err)
{
    long first = strcmp(setting, "all") == 0 ? catalog->classes : number_of(setting);
    if (first > catalog->classes)
        return bm_fail(err, BM_EXIT_DATA, "classes: %ld is more than %s's %d classes", first,
                       dataset->name, catalog->classes);
    for (int c = 0; c < first; c++)
        is_chosen[c] = true;
    return first >= 0 ? 0 : mark(dataset, catalog, setting, is_chosen, err);
}

int bm_classes_choose(const struct bm_dataset *dataset, const struct bm_catalog *catalog,
                      const char *setting, struct bm_class_choice *choice, struct bm_err *err)
{
    size_t classes = (size_t)catalog->classes;
    bool *is_chosen = calloc(classes, sizeof *is_chosen);
    *choice = (struct bm_class_choice){.numbers = calloc(classes, sizeof *choice->numbers)};
    int status = is_chosen == NULL || choice->numbers == NULL
                     ? bm_fail_errno(err, "no memory for %zu classes", classes)
                     : mark_all(dataset, catalog, setting, is_chosen, err);
    for (int c = 0; status == 0 && c < catalog->classes; c++)
        if (is_chosen[c])
            choice->numbers[choice->n++] = (uint16_t)c;
    free(is_chosen);
    if (status == 0 && choice->n < 2)
        status = bm_fail(err, BM_EXIT_DATA,
                         "classes: '%s' is not two classes or more (valid: all, a number, or a "
                         "list; in grid: a list of lists)",
                         setting);
    if (status != 0)
        bm_classes_fini(choice);
    return status;
}

void bm_classes_fini(struct bm_class_choice *choice)
{
    free(choice->numbers);
    *choice = (struct bm_class_choice){0};
}

void bm_classes_keep(const struct bm_class_choice *choice, const struct bm_images *from,
                     struct bm_images *to)
{
    int label_of[UINT16_MAX + 1]; /* new labels, -1 for none */
    memset(label_of, -1, sizeof label_of);
    for (int c = 0; c < choice->n; c++)
        label_of[choice->numbers[c]] = c;
    to->n = 0;
    for (size_t i = 0; i < from->n; i++) {
        int label = label_of[from->labels[i]];
        if (label >= 0 && to->pixels != NULL) {
            to->pixels[to->n] = from->pixels[i];
            to->labels[to->n] = (uint16_t)label;
            to->index[to->n] = bm_image_index(from, i);
        }
        to->n += label >= 0;
    }
}
