/* Data: the images and labels that a run works on. A data set (dataset/NAME.c) opens its files or
 * makes its images; dataset/common draws class-balanced subsets and random labels. Pixels stay
 * bytes in channel planes (C, H, W) where the data set keeps them: nothing is copied. */
#ifndef BM_DATA_H
#define BM_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bm/arena.h"
#include "bm/config.h"
#include "bm/err.h"
#include "bm/image.h"
#include "bm/md5.h"
#include "bm/seal.h"

/* Images, all of a half of a data set or some of them. */
struct bm_images {
    size_t n;
    const unsigned char **pixels; /* n pointers to C*H*W bytes */
    uint16_t *labels;             /* n true classes */
    uint32_t *index;              /* n places in the original file order; NULL: 0, 1, 2, … */
};

/* The image's place in the original file order, by which streams know it. */
static inline uint32_t bm_image_index(const struct bm_images *images, size_t i)
{
    return images->index != NULL ? images->index[i] : (uint32_t)i;
}

/* What a data set has. */
struct bm_catalog {
    struct bm_image_shape shape; /* as stored */
    int classes;
    const char *const *class_names; /* NULL-terminated */
    size_t n_train, n_test;
    const size_t *train_counts, *test_counts; /* images of each class; NULL: all have as many */
    const char *remarks; /* what was left out or changed, a line each; NULL or "" for nothing */
};

/* What a data set is asked for. */
struct bm_dataset_request {
    const char *data_dir;
    const char *cache_dir; /* where sets whose files have to be decoded put what they decode */
    int image_size;        /* what images become that are not of one size, and square; 0: refused */
    bool coarse;           /* the twenty superclasses of cifar100 */
    const struct bm_seal *seal; /* what was found before; NULL: nothing */
    /* These matter only to sets that generate their images. */
    uint64_t data_seed;
    size_t train_size, test_size;  /* images to generate, from the first on */
    const uint16_t *class_numbers; /* of these classes alone, in turn */
    int n_classes;
};

/* A file of a data set. */
struct bm_data_file {
    const char *name; /* below the set's folder */
    size_t size;      /* bytes; 0: as many as it has. One that ends in .gz may also be unpacked */
    const char *md5;  /* as published */
};

/* What is fetched of a data set: its archive, or its files. */
struct bm_data_download {
    const char *name;
    const char *address; /* of the folder that it is in */
    const char *md5;     /* as published */
};

/* Another form of the data set, by which to recognize it. */
struct bm_data_form {
    const char *name; /* a file or folder in data_dir */
    const char *what; /* "the Python version" */
};

struct bm_dataset_handle; /* each data set's own */

struct bm_dataset {
    const char *name;
    const char *help; /* what it is and how to get it: one sentence */
    struct bm_catalog catalog;
    /* Images are made from data_seed, as many as are asked for, and any first n of them are
     * class-balanced: a subset is the first n. */
    bool generated;
    const char *folder; /* of its files, below data_dir; NULL where `generated` */
    const char *mark; /* a file in it, by which it is known; NULL: the first of `files`, or none */
    const struct bm_data_file
        *files; /* all of them, until a name of NULL; NULL: any, or none where `generated` */
    const char *source;  /* address of the page that they are from; NULL: the user */
    const char *archive; /* name of what is to be unpacked; NULL: nothing is */
    const struct bm_data_download *downloads; /* until a name of NULL; NULL: nothing is fetched */
    const struct bm_data_form *other_forms;   /* until a name of NULL; NULL: none */
    /* Mean and standard deviation of a channel over all training pixels in [0, 1], as published;
     * NULL: not known. */
    const struct bm_channel_statistics {
        double mean, deviation;
    } * known; /* one a channel */
    /* What the set has where that depends on the request; NULL: `catalog`. What is found lives as
     * long as the program. */
    int (*find)(const struct bm_dataset_request *request, const struct bm_catalog **catalog,
                struct bm_err *err);
    /* What shows at little cost whether the files have changed (bm_seal.stamp); NULL: the files
     * say. Fails (BM_EXIT_DATA) where they are not there. */
    int (*stamp)(const struct bm_dataset_request *request, uint64_t *stamp, struct bm_err *err);
    /* Reads all content, checks it (BM_EXIT_DATA: file, record, expectation) and digests it. */
    int (*check)(const struct bm_dataset_request *request, struct bm_id *digest,
                 struct bm_err *err);
    /* Maps or makes the images. Content that was checked before need not be read. The handle owns
     * what `train` and `test` point to. */
    int (*open)(const struct bm_dataset_request *request, struct bm_images *train,
                struct bm_images *test, struct bm_dataset_handle **handle, struct bm_err *err);
    void (*close)(struct bm_dataset_handle *handle);
};

/* All data sets, NULL-terminated, in the order of bm_dataset_names. */
extern const struct bm_dataset *const bm_datasets[];
const struct bm_dataset *bm_dataset_find(const char *name); /* NULL: no such set */

/* What the set has. The catalog lives as long as the program. */
int bm_dataset_catalog(const struct bm_dataset *dataset, const struct bm_dataset_request *request,
                       const struct bm_catalog **catalog, struct bm_err *err);

/* Checks all of the data set, so that a later bm_data_open with the seal need not. BM_EXIT_DATA
 * where it is not there or not whole. */
int bm_dataset_seal(const struct bm_dataset *dataset, const struct bm_dataset_request *request,
                    struct bm_seal *seal, struct bm_err *err);

/* Whether a file is the one that was published. */
struct bm_file_origin {
    char path[4096];
    char md5[BM_MD5_TEXT]; /* what it has */
    bool is_unpacked;      /* it was published packed: there is nothing to compare with */
    bool is_published;
};
int bm_dataset_origin(const struct bm_dataset *dataset, const char *data_dir,
                      const struct bm_data_file *file, struct bm_file_origin *origin,
                      struct bm_err *err);

/* For a data set that is not in data_dir: what is there instead (another form of it, its archive,
 * the set in a folder below or above), and what to do. "" where nothing is recognized. Returns
 * `text`. */
char *bm_dataset_hint(const struct bm_dataset *dataset, const char *data_dir, char *text,
                      size_t size);

/* A subset with its labels. */
struct bm_split {
    size_t n;
    const unsigned char **pixels; /* n pointers */
    uint32_t *index; /* position in the original file order: names the image in streams */
    uint16_t *truth; /* true class */
    uint16_t *label; /* class trained on: `truth`, but for noisy images (train only) */
    /* n x n_others: the images that are copies of these, each of them once. NULL: copies are made
     * (view_source). */
    const unsigned char **others;
    size_t n_others;
};

/* The label of copy `copy` of an image, where copies have labels of their own: uniform over the
 * classes, by data_seed, index and copy alone. */
uint16_t bm_label_of_copy(uint64_t data_seed, uint32_t image, uint64_t copy, int classes);

/* What a configuration asks its data set for; `train_size` and what follows are left to
 * bm_data_open. */
struct bm_dataset_request bm_dataset_request_of(const struct bm_config *config,
                                                const struct bm_launch *launch);

/* What the data of a configuration are, before any image is opened. */
struct bm_data_facts {
    const struct bm_catalog *catalog; /* of the whole set */
    struct bm_image_shape shape;      /* as stored */
    int classes;                      /* in use */
    size_t n_train, n_test;           /* images of these classes: what `all` means */
};

/* Fails (BM_EXIT_DATA) where the configuration asks for classes that the set does not have. */
int bm_data_facts(const struct bm_config *config, const struct bm_launch *launch,
                  struct bm_data_facts *facts, struct bm_err *err);

/* Sizes of the subsets: train_size and test_size with `all` resolved. Fails (BM_EXIT_DATA) when
 * more is asked for than there is (a generated set has any number). */
int bm_data_sizes(const struct bm_config *config, const struct bm_data_facts *facts,
                  size_t *n_train, size_t *n_test, struct bm_err *err);
/* Images beside n_train of them that are needed as copies of those: `diversity` others of its class
 * for each; 0 where copies are made (view_source). Fails (BM_EXIT_DATA) when a class has too few.
 */
int bm_data_others(const struct bm_config *config, const struct bm_launch *launch, size_t n_train,
                   size_t *others, struct bm_err *err);

struct bm_data {
    const struct bm_dataset *dataset;
    struct bm_data_facts facts;
    const char **class_names; /* of the classes in use: truth and label are their places here */
    struct bm_split train, test;
    size_t noisy;               /* training images whose label was drawn */
    struct bm_images all_train; /* for probe_train: all; a generated set has more than the subset
                                   only then */
    struct bm_seal seal;
    struct bm_dataset_handle *handle;
    struct bm_arena memory; /* of the splits, and of what `classes` leaves of the images */
};

/* Of n training images, those whose label is drawn: the nearest whole number. */
size_t bm_noisy_images(size_t n, double label_noise);

/* Opens the data set, draws subsets, labels and copies that are other images (protocol: counts of
 * classes differ by at most one, subsets nested in size, noise sets nested in label_noise; all by
 * data_seed).
 *
 * `seal` is what somebody found who checked the data, perhaps on another machine; NULL: they are
 * checked here. Files that have its stamp are taken for those; others are checked anew and have to
 * have its digest. Data with a seal that cannot be opened are this machine's fault: BM_EXIT_IO. */
int bm_data_open(struct bm_data *data, const struct bm_config *config,
                 const struct bm_launch *launch, const struct bm_seal *seal, struct bm_err *err);
void bm_data_close(struct bm_data *data);

#endif
