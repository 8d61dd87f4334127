/* bm-data list: every data set that this program knows. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bm/data.h"
#include "look.h"

static void print_size(const struct bm_dataset *dataset)
{
    const struct bm_catalog *catalog = &dataset->catalog;
    if (catalog->n_train == 0) { /* the user's: `check` looks at them */
        printf("%s: as many classes and images as there are\n", dataset->name);
        return;
    }
    printf("%s: %zu training and %zu test images of %d x %d pixels, %d classes\n", dataset->name,
           catalog->n_train, catalog->n_test, catalog->shape.height, catalog->shape.width,
           catalog->classes);
}

/* Whether the folder is there; that its files are right is the business of `check`. */
static void print_place(const struct bm_dataset *dataset, const char *data_dir)
{
    struct stat status;
    char path[2048];
    snprintf(path, sizeof path, "%s/%s", data_dir, dataset->folder);
    char *absolute = realpath(path, NULL);
    char hint[500];
    if (absolute == NULL) {
        printf("  not there: %s: %s\n", path, strerror(errno));
        if (bm_dataset_hint(dataset, data_dir, hint, sizeof hint)[0] != '\0')
            printf("  %s\n", hint);
    } else if (stat(absolute, &status) != 0 || !S_ISDIR(status.st_mode))
        printf("  not there: %s is not a folder\n", absolute);
    else
        printf("  in %s\n", absolute);
    free(absolute);
}

int bm_look_list(const char *data_dir, struct bm_err *err)
{
    (void)err;
    for (const struct bm_dataset *const *d = bm_datasets; *d != NULL; d++) {
        print_size(*d);
        printf("  %s\n", (*d)->help);
        if (!(*d)->generated)
            print_place(*d, data_dir);
    }
    return 0;
}
