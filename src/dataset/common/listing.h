/* Lists of image files: a folder a class. Names are in byte order in every locale; what begins with
 * a dot is neither class nor image; an image is a file that ends in .jpg, .jpeg or .png in any
 * case. Links are followed. */
#ifndef BM_DATASET_LISTING_H
#define BM_DATASET_LISTING_H

#include "bm/bytes.h"
#include "bm/data.h"
#include "subset.h"

enum { BM_MOST_ENDINGS = 12 };

struct bm_listed {
    char *path; /* below the root; owned */
    int class;
};

/* Names in a folder, sorted; owned by `names`. */
struct bm_names {
    char **names;
    size_t n, capacity;
};

struct bm_listing {
    char *root;   /* owned */
    char **names; /* of the classes, owned; NULL-terminated */
    int n_classes;
    struct {
        struct bm_listed *images;
        size_t n, capacity;
    } halves[2];            /* by enum bm_half */
    struct bm_bytes traces; /* names, sizes and times of change of the images */
    struct bm_skipped {
        char ending[16]; /* "" for none */
        size_t n;
    } skipped[BM_MOST_ENDINGS]; /* entries that are no images; the last: all other endings */
};

/* All begin with a zeroed listing, which is to be given to bm_listing_fini also after a failure.
 * Failures are BM_EXIT_DATA. */
void bm_listing_fini(struct bm_listing *listing);

void bm_names_add(struct bm_names *names, const char *name);
void bm_names_sort(struct bm_names *names);
int bm_names_find(const struct bm_names *names, const char *name); /* sorted; -1: not among them */
void bm_names_fini(struct bm_names *names);

/* What is in ROOT/FOLDER: folders to `folders`, other entries to `files`; either may be NULL. */
int bm_folder_read(const char *root, const char *folder, struct bm_names *folders,
                   struct bm_names *files, struct bm_err *err);
/* Whether ROOT/FOLDER is a folder. */
bool bm_folder_is_there(const char *root, const char *folder);
/* Whether the name is one of an image. */
bool bm_is_image_name(const char *name);

/* The classes: takes over the sorted names. Fails where there are less than two. */
int bm_listing_classes(struct bm_listing *listing, const char *root, struct bm_names *names,
                       struct bm_err *err);
/* Adds an image, ROOT/FOLDER/NAME. */
int bm_listing_add(struct bm_listing *listing, enum bm_half half, int class, const char *folder,
                   const char *name, struct bm_err *err);
/* Adds all images of ROOT/FOLDER, which have to be one at least, and counts what is none. */
int bm_listing_add_folder(struct bm_listing *listing, enum bm_half half, int class,
                          const char *folder, struct bm_err *err);
/* Counts names that are no images. */
void bm_listing_skip(struct bm_listing *listing, const struct bm_names *names);
/* What is no image, in a sentence: "3 entries are no images: 2 .txt, 1 without ending"; "" for
 * nothing. */
void bm_listing_skipped(const struct bm_listing *listing, struct bm_bytes *sentence);

#endif
