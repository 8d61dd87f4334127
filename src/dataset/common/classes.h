/* The setting `classes`: which classes of a data set are in use. */
#ifndef BM_DATASET_CLASSES_H
#define BM_DATASET_CLASSES_H

#include "bm/data.h"

struct bm_class_choice {
    int n;
    uint16_t *numbers; /* n classes of the set, ascending: the first becomes class 0; owned */
};

/* `setting`: "all", a number (the first so many) or names, comma-separated, where a number that is
 * no name is a class by its number. Fails (BM_EXIT_DATA) unless these are at least two classes of
 * the set. */
int bm_classes_choose(const struct bm_dataset *dataset, const struct bm_catalog *catalog,
                      const char *setting, struct bm_class_choice *choice, struct bm_err *err);
void bm_classes_fini(struct bm_class_choice *choice);

/* The images of chosen classes, with their new labels, to the arrays of `to`, which have room for
 * them; `to` may be without arrays: then it is only counted. */
void bm_classes_keep(const struct bm_class_choice *choice, const struct bm_images *from,
                     struct bm_images *to);

#endif
