/* Fashion-MNIST (Xiao, Rasul and Vollgraf 2017): 28 x 28 gray pixels in the four idx files of
 * MNIST, packed by gzip as they are published, or unpacked. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bm/gzip.h"
#include "common/decoded.h"
#include "common/files.h"

enum { SIDE = 28, N_PIXELS = SIDE * SIDE, N_TRAIN = 60000, N_TEST = 10000, N_CLASSES = 10 };

extern const struct bm_dataset bm_dataset_fashion_mnist;

#define ADDRESS "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
#define FILES(X)                                                        \
    X("train-images-idx3-ubyte.gz", "8d4fb7e6c68d591d4c3dfef9ec88bf0d") \
    X("train-labels-idx1-ubyte.gz", "25c81989df183df01b3e8a0aad5dffbe") \
    X("t10k-images-idx3-ubyte.gz", "bef4ecab320f06d8554ea6380940ec79")  \
    X("t10k-labels-idx1-ubyte.gz", "bb300cfdad3c16e7a12a480ee83cd310")
#define FILE_OF(name, md5)     {name, 0, md5},
#define DOWNLOAD_OF(name, md5) {name, ADDRESS, md5},

static const struct bm_data_file files[] = {FILES(FILE_OF){0}};
static const struct bm_data_download downloads[] = {FILES(DOWNLOAD_OF){0}};
enum { N_FILES = 4 };

/* What an idx file holds before its bytes: a magic number and each dimension, big-endian. */
static const struct {
    uint32_t n_dims, dims[3];
} contents[N_FILES] = {
    {3, {N_TRAIN, SIDE, SIDE}}, {1, {N_TRAIN}}, {3, {N_TEST, SIDE, SIDE}}, {1, {N_TEST}}};

struct idx {
    char paths[N_FILES][BM_PATH_SIZE];
    unsigned char *data[N_FILES];        /* owned; whole files, unpacked */
    const unsigned char *bytes[N_FILES]; /* what follows their heads */
};

static int fashion_look(const struct bm_dataset_request *request, struct bm_source *source,
                        struct bm_err *err)
{
    struct idx *idx = source->own = calloc(1, sizeof *idx);
    if (idx == NULL)
        return bm_fail_errno(err, "no memory for %s", bm_dataset_fashion_mnist.name);
    for (int f = 0; f < N_FILES; f++)
        if (bm_files_path(&bm_dataset_fashion_mnist, request->data_dir, &files[f], idx->paths[f],
                          err) != 0)
            return -1;
    return bm_files_stamp(&bm_dataset_fashion_mnist, request->data_dir, &source->stamp, err);
}

static uint32_t big_endian(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static int load_file(struct idx *idx, int f, struct bm_err *err)
{
    uint32_t n_dims = contents[f].n_dims;
    size_t head = 4 + 4 * n_dims, size = head;
    size_t n = 1;
    for (uint32_t d = 0; d < n_dims; d++)
        n *= contents[f].dims[d];
    size += n;
    if (bm_gzip_read(idx->paths[f], size, &idx->data[f], err) != 0)
        return -1;
    bool agrees = big_endian(idx->data[f]) == (0x08u << 8 | n_dims);
    for (uint32_t d = 0; d < n_dims; d++)
        agrees = agrees && big_endian(idx->data[f] + 4 + 4 * d) == contents[f].dims[d];
    idx->bytes[f] = idx->data[f] + head;
    return agrees ? 0
                  : bm_fail(err, BM_EXIT_DATA,
                            "'%s' is no idx file of %s: its first %zu bytes say otherwise",
                            idx->paths[f], bm_dataset_fashion_mnist.name, head);
}

static int check_labels(const struct idx *idx, int f, size_t n, uint16_t *labels,
                        struct bm_err *err)
{
    for (size_t i = 0; i < n; i++) {
        labels[i] = idx->bytes[f][i];
        if (labels[i] >= N_CLASSES)
            return bm_fail(err, BM_EXIT_DATA, "'%s': label %zu is %d, expected 0 to %d",
                           idx->paths[f], i, labels[i], N_CLASSES - 1);
    }
    return 0;
}

static int fashion_load(struct bm_source *source, struct bm_err *err)
{
    struct idx *idx = source->own;
    for (int f = 0; f < N_FILES; f++)
        if (load_file(idx, f, err) != 0)
            return -1;
    source->n_train = N_TRAIN;
    source->n_test = N_TEST;
    source->n_classes = N_CLASSES;
    source->class_names = bm_dataset_fashion_mnist.catalog.class_names;
    source->labels = calloc(N_TRAIN + N_TEST, sizeof *source->labels);
    if (source->labels == NULL)
        return bm_fail_errno(err, "no memory for labels");
    return check_labels(idx, 1, N_TRAIN, source->labels, err) == 0
               ? check_labels(idx, 3, N_TEST, source->labels + N_TRAIN, err)
               : -1;
}

static int fashion_read(const struct bm_source *source, size_t image, struct bm_pixels *pixels,
                        struct bm_id *digest, struct bm_err *err)
{
    const struct idx *idx = source->own;
    const unsigned char *from = image < N_TRAIN ? idx->bytes[0] + image * N_PIXELS
                                                : idx->bytes[2] + (image - N_TRAIN) * N_PIXELS;
    if (bm_pixels_size(pixels, SIDE, SIDE, err) != 0)
        return -1;
    pixels->changes = 0;
    memcpy(pixels->data, from, N_PIXELS);
    const struct bm_id parts[] = {bm_digest(from, N_PIXELS),
                                  bm_digest(&source->labels[image], sizeof *source->labels)};
    *digest = bm_digest_join(parts, 2);
    return 0;
}

static void fashion_fini(struct bm_source *source)
{
    struct idx *idx = source->own;
    for (int f = 0; idx != NULL && f < N_FILES; f++)
        free(idx->data[f]);
    free(idx);
    free(source->labels);
    *source = (struct bm_source){0};
}

static const struct bm_data_form other_forms[] = {
    {"FashionMNIST", "torchvision's folder, whose files in raw/ are the right ones"},
    {"fashion-mnist_train.csv", "a version in CSV"},
    {0}};

static const struct bm_decoded decoded = {.dataset = &bm_dataset_fashion_mnist,
                                          .channels = 1,
                                          .look = fashion_look,
                                          .load = fashion_load,
                                          .read = fashion_read,
                                          .fini = fashion_fini};
BM_DECODED_FUNCTIONS(decoded)

const struct bm_dataset bm_dataset_fashion_mnist = {
    .name = "fashion_mnist",
    .help = "70,000 gray pictures of ten kinds of clothing; put the four .gz files of "
            "https://github.com/zalandoresearch/fashion-mnist into data_dir/fashion-mnist",
    .catalog = {.shape = {1, SIDE, SIDE},
                .classes = N_CLASSES,
                .class_names =
                    (const char *const[]){"t-shirt", "trouser", "pullover", "dress", "coat",
                                          "sandal", "shirt", "sneaker", "bag", "ankle_boot", NULL},
                .n_train = N_TRAIN,
                .n_test = N_TEST},
    .folder = "fashion-mnist",
    .files = files,
    .source = "https://github.com/zalandoresearch/fashion-mnist",
    .downloads = downloads,
    .other_forms = other_forms,
    .known = (const struct bm_channel_statistics[]){{0.2860, 0.3530}},
    BM_DECODED_MEMBERS,
};
