/* Data sets whose files have to be decoded: that is done once, into a packed file in cache_dir
 * (packed.h), which all trainers of a machine map. What such a set has is known from its files
 * alone, so its catalog is what the packed file says. */
#ifndef BM_DATASET_DECODED_H
#define BM_DATASET_DECODED_H

#include "bm/codec.h"
#include "bm/data.h"
#include "listing.h"

/* The files of a data set on their way into the packed file. */
struct bm_source {
    uint64_t stamp; /* of their names, sizes and times of change */
    size_t n_train, n_test;
    int n_classes;
    const char *const *class_names; /* NULL-terminated */
    uint16_t *labels;               /* owned; training images first */
    struct bm_listing listing;      /* of sets of image files */
    void *own;                      /* of the others */
};

struct bm_decoded {
    const struct bm_dataset *dataset;
    int channels;
    /* Finds the files, opens none: the stamp, and what `load` needs. */
    int (*look)(const struct bm_dataset_request *request, struct bm_source *source,
                struct bm_err *err);
    /* Before the first `read`: the rest of the source. NULL: `look` has done it. */
    int (*load)(struct bm_source *source, struct bm_err *err);
    /* Decodes an image (training images first) to height x width x channels bytes, and digests its
     * file, or what of it is this image. Several threads call it, each with pixels of its own. */
    int (*read)(const struct bm_source *source, size_t image, struct bm_pixels *pixels,
                struct bm_id *digest, struct bm_err *err);
    void (*fini)(struct bm_source *source); /* also after a failure */
};

/* The functions of bm_dataset, for such a set. */
int bm_decoded_find(const struct bm_decoded *set, const struct bm_dataset_request *request,
                    const struct bm_catalog **catalog, struct bm_err *err);
int bm_decoded_stamp(const struct bm_decoded *set, const struct bm_dataset_request *request,
                     uint64_t *stamp, struct bm_err *err);
int bm_decoded_check(const struct bm_decoded *set, const struct bm_dataset_request *request,
                     struct bm_id *digest, struct bm_err *err);
int bm_decoded_open(const struct bm_decoded *set, const struct bm_dataset_request *request,
                    struct bm_images *train, struct bm_images *test,
                    struct bm_dataset_handle **handle, struct bm_err *err);
void bm_decoded_close(struct bm_dataset_handle *handle);

/* The functions with the types that bm_dataset wants, for the static struct bm_decoded `set`, and
 * its members. */
#define BM_DECODED_FUNCTIONS(set)                                                              \
    static int decoded_stamp(const struct bm_dataset_request *request, uint64_t *stamp,        \
                             struct bm_err *err)                                               \
    {                                                                                          \
        return bm_decoded_stamp(&(set), request, stamp, err);                                  \
    }                                                                                          \
    static int decoded_check(const struct bm_dataset_request *request, struct bm_id *digest,   \
                             struct bm_err *err)                                               \
    {                                                                                          \
        return bm_decoded_check(&(set), request, digest, err);                                 \
    }                                                                                          \
    static int decoded_open(const struct bm_dataset_request *request, struct bm_images *train, \
                            struct bm_images *test, struct bm_dataset_handle **handle,         \
                            struct bm_err *err)                                                \
    {                                                                                          \
        return bm_decoded_open(&(set), request, train, test, handle, err);                     \
    }
#define BM_DECODED_MEMBERS \
    .stamp = decoded_stamp, .check = decoded_check, .open = decoded_open, .close = bm_decoded_close
/* Where only the files know what the set has. */
#define BM_DECODED_FIND(set)                                                       \
    static int decoded_find(const struct bm_dataset_request *request,              \
                            const struct bm_catalog **catalog, struct bm_err *err) \
    {                                                                              \
        return bm_decoded_find(&(set), request, catalog, err);                     \
    }

struct bm_packed_paths {
    char stored[4096], resized[4096];
};
/* Decodes all of the source: images that are all square and of one size as they are, into
 * paths->stored; else made so, of side `side` (0: that is refused), into paths->resized. */
int bm_pack(const struct bm_decoded *set, const struct bm_source *source, int side,
            const struct bm_packed_paths *paths, struct bm_err *err);

/* For sets of image files: what follows from a listing, then the functions of bm_decoded. Fails
 * (BM_EXIT_DATA) where a class has no image in one of the halves. */
int bm_source_of_listing(struct bm_source *source, struct bm_err *err);
int bm_listed_read(const struct bm_source *source, size_t image, struct bm_pixels *pixels,
                   struct bm_id *digest, struct bm_err *err);
void bm_listed_fini(struct bm_source *source);

#endif
