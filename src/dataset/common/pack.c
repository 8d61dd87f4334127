/* Decoding all images of a source into a packed file. */
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bm/beat.h"
#include "decoded.h"
#include "fit.h"
#include "packed.h"

/* What is done with images of different sizes. */
enum { OTHER_SIZE = 1 }; /* a status beside 0 and -1 */

struct packer {
    const struct bm_decoded *set;
    const struct bm_source *source;
    struct bm_image_shape shape;  /* of what is packed */
    bool is_resized;              /* to that */
    unsigned char *block;         /* BM_PACKED_BLOCK images; owned */
    struct bm_id *digests;        /* of all images; owned */
    struct bm_pixels *pixels;     /* one a thread; owned */
    size_t changes[BM_N_CHANGES]; /* images */
    size_t n_resized;
};

/* The first of the images that failed decides, in whatever order threads come to them. */
struct outcome {
    size_t image;
    int status;
    struct bm_err err;
};

/* ---- an image ---- */

static int other_size(const struct packer *packer, const struct bm_pixels *pixels)
{
    return pixels->height != packer->shape.height || pixels->width != packer->shape.width;
}

static int unpack(struct packer *packer, size_t image, struct bm_pixels *pixels, size_t at,
                  struct bm_err *err)
{
    unsigned char *to = packer->block + at * bm_packed_image_bytes(packer->shape);
    if (packer->set->read(packer->source, image, pixels, &packer->digests[image], err) != 0)
        return -1;
    if (!packer->is_resized && other_size(packer, pixels))
        return OTHER_SIZE;
    if (packer->shape.channels == 3)
        return bm_fit(pixels, packer->shape.height, to, err);
    memcpy(to, pixels->data, bm_packed_image_bytes(packer->shape));
    return 0;
}

static void count(struct packer *packer, const struct bm_pixels *pixels)
{
    for (int c = 0; c < BM_N_CHANGES; c++)
        if (pixels->changes >> c & 1) {
#pragma omp atomic
            packer->changes[c]++;
        }
    if (packer->is_resized && other_size(packer, pixels)) {
#pragma omp atomic
        packer->n_resized++;
    }
}

/* ---- all of them ---- */

static int unpack_block(struct packer *packer, size_t first, size_t n, struct bm_err *err)
{
    struct outcome worst = {.image = SIZE_MAX};
#pragma omp parallel for schedule(dynamic, 8)
    for (size_t i = 0; i < n; i++) {
        struct bm_pixels *pixels = &packer->pixels[omp_get_thread_num()];
        struct bm_err own = {0};
        int status = unpack(packer, first + i, pixels, i, &own);
        if (status == 0)
            count(packer, pixels);
        else {
#pragma omp critical
            if (first + i < worst.image)
                worst = (struct outcome){first + i, status, own};
        }
    }
    if (worst.status < 0)
        bm_fail(err, worst.err.code, "%s", worst.err.text);
    bm_beat();
    return worst.status;
}

static int pack_all(struct packer *packer, struct bm_packing *packing, struct bm_err *err)
{
    size_t n = packer->source->n_train + packer->source->n_test;
    for (size_t first = 0; first < n; first += BM_PACKED_BLOCK) {
        size_t images = n - first < BM_PACKED_BLOCK ? n - first : BM_PACKED_BLOCK;
        int status = unpack_block(packer, first, images, err);
        if (status != 0)
            return status;
        if (bm_packing_add(packing, packer->block, images, err) != 0)
            return -1;
    }
    return 0;
}

static void write_remarks(const struct packer *packer, struct bm_bytes *remarks)
{
    static const char *const texts[] = {
#define BM_CHANGE_TEXT(name, text) [name] = text,
        BM_CHANGES(BM_CHANGE_TEXT)};
    const struct bm_catalog *published = &packer->set->dataset->catalog;
    const struct bm_source *source = packer->source;
    if (published->n_train > 0 &&
        (published->n_train != source->n_train || published->n_test != source->n_test))
        bm_bytes_printf(remarks, "%zu training and %zu test images; published were %zu and %zu\n",
                        source->n_train, source->n_test, published->n_train, published->n_test);
    size_t before = remarks->size;
    bm_listing_skipped(&packer->source->listing, remarks);
    if (remarks->size > before)
        bm_bytes_printf(remarks, "\n");
    before = remarks->size;
    for (int c = 0; c < BM_N_CHANGES; c++)
        if (packer->changes[c] > 0)
            bm_bytes_printf(remarks, "%s %zu %s", remarks->size > before ? ";" : "of the images",
                            packer->changes[c], texts[c]);
    if (packer->n_resized > 0)
        bm_bytes_printf(remarks,
                        "%s %zu of another size or not square, resized to %d x %d with "
                        "the centre cut out",
                        remarks->size > before ? ";" : "of the images", packer->n_resized,
                        packer->shape.width, packer->shape.height);
    if (remarks->size > before)
        bm_bytes_printf(remarks, "\n");
}

static int finish(struct packer *packer, struct bm_packing *packing, struct bm_err *err)
{
    const struct bm_source *source = packer->source;
    struct bm_bytes remarks = {0};
    write_remarks(packer, &remarks);
    struct bm_packed_header header = {
        .digest = bm_digest_join(packer->digests, source->n_train + source->n_test),
        .stamp = source->stamp,
        .n_train = source->n_train,
        .n_test = source->n_test,
        .n_classes = source->n_classes,
        .class_names = source->class_names,
        .labels = source->labels,
        .remarks = remarks.size > 0 ? (const char *)remarks.data : "",
    };
    int status = bm_packing_end(packing, &header, err);
    bm_bytes_fini(&remarks);
    return status;
}

static int packer_init(struct packer *packer, struct bm_err *err)
{
    size_t n = packer->source->n_train + packer->source->n_test;
    packer->block = malloc(BM_PACKED_BLOCK * bm_packed_image_bytes(packer->shape));
    packer->digests = calloc(n + 1, sizeof *packer->digests);
    packer->pixels = calloc((size_t)omp_get_max_threads(), sizeof *packer->pixels);
    return packer->block != NULL && packer->digests != NULL && packer->pixels != NULL
               ? 0
               : bm_fail_errno(err, "no memory to decode images");
}

static void packer_fini(struct packer *packer)
{
    for (int t = 0; packer->pixels != NULL && t < omp_get_max_threads(); t++)
        bm_pixels_fini(&packer->pixels[t]);
    free(packer->pixels);
    free(packer->digests);
    free(packer->block);
}

/* Packs the images at this shape: 0, -1, or OTHER_SIZE where one has another. */
static int pack_at(const struct bm_decoded *set, const struct bm_source *source,
                   struct bm_image_shape shape, bool is_resized, const char *path,
                   struct bm_err *err)
{
    struct packer packer = {.set = set, .source = source, .shape = shape, .is_resized = is_resized};
    struct bm_packing packing;
    size_t n = source->n_train + source->n_test;
    int status =
        bm_packing_begin(&packing, path, shape, n, err) != 0 || packer_init(&packer, err) != 0
            ? -1
            : pack_all(&packer, &packing, err);
    if (status == 0)
        status = finish(&packer, &packing, err);
    bm_packing_fini(&packing);
    packer_fini(&packer);
    return status;
}

/* The size of the first image: what all others are compared with. */
static int first_shape(const struct bm_decoded *set, const struct bm_source *source,
                       struct bm_image_shape *shape, struct bm_err *err)
{
    struct bm_pixels pixels = {0};
    struct bm_id digest;
    int status = set->read(source, 0, &pixels, &digest, err);
    *shape = (struct bm_image_shape){set->channels, pixels.height, pixels.width};
    bm_pixels_fini(&pixels);
    return status;
}

int bm_pack(const struct bm_decoded *set, const struct bm_source *source, int side,
            const struct bm_packed_paths *paths, struct bm_err *err)
{
    struct bm_image_shape shape;
    if (first_shape(set, source, &shape, err) != 0)
        return -1;
    int status = shape.height == shape.width
                     ? pack_at(set, source, shape, false, paths->stored, err)
                     : OTHER_SIZE;
    if (status != OTHER_SIZE)
        return status;
    if (side == 0)
        return bm_fail(err, BM_EXIT_DATA,
                       "%s: its images are not all square and of one size (the first has %d x %d "
                       "pixels): image_size has to say what they become",
                       set->dataset->name, shape.width, shape.height);
    shape.height = shape.width = side;
    return pack_at(set, source, shape, true, paths->resized, err);
}
