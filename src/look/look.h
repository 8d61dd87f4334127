/* The commands of bm-data: 0, or -1 with an error. What they find goes to standard output. */
#ifndef BM_LOOK_H
#define BM_LOOK_H

#include <stdbool.h>

#include "bm/config.h"

/* Every data set: what it is, whether it is in `data_dir`, else how to get it. */
int bm_look_list(const char *data_dir, struct bm_err *err);

/* Opens one data set by its name, or all that a folder holds, and compares counts, balance, the
 * channels' mean and standard deviation, equal images, and files with what is known (BM_EXIT_DATA).
 * Returns 1 where they are whole, but not those that were published. */
int bm_look_check(const char *name_or_dir, const struct bm_config *config,
                  const struct bm_launch *launch, struct bm_err *err);
/* Prints how many of all images are equal to others, where any are. */
struct bm_data;
int bm_look_twins(const struct bm_data *data, struct bm_err *err);

/* Brings a data set into data_dir: downloads what it is made of (from `from`, the address of a
 * folder, in place of the one that it was published at; NULL: from there), compares it with the
 * published digest (BM_EXIT_DATA) and unpacks it. BM_EXIT_IO where it cannot be had: the sentence
 * says what to put where. */
struct bm_dataset;
int bm_look_fetch(const struct bm_dataset *dataset, const char *data_dir, const char *from,
                  struct bm_err *err);
/* The same by its name, of which the nearest is told. */
int bm_look_fetch_named(const char *name, const char *data_dir, const char *from,
                        struct bm_err *err);

struct bm_contact_options {
    const char *path; /* of the PNG file */
    int images, copies;
    int scale; /* pixels of the sheet for one of an image, across; 0: such that they can be seen */
    bool is_sized; /* else a train_size that is more than there is means all */
};

/* Draws training images with their labels, and augmented copies of each. */
int bm_look_contact(const struct bm_config *config, const struct bm_launch *launch,
                    const struct bm_contact_options *options, struct bm_err *err);

#endif
