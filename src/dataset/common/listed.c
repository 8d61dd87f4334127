/* Sources that are lists of image files. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bm/file.h"
#include "decoded.h"

static int check_half(const struct bm_listing *listing, enum bm_half half, struct bm_err *err)
{
    bool *has_image = calloc((size_t)listing->n_classes, sizeof *has_image);
    if (has_image == NULL)
        abort();
    for (size_t i = 0; i < listing->halves[half].n; i++)
        has_image[listing->halves[half].images[i].class] = true;
    int class = 0;
    while (class < listing->n_classes && has_image[class])
        class ++;
    free(has_image);
    return class == listing->n_classes
               ? 0
               : bm_fail(err, BM_EXIT_DATA, "'%s': the class '%s' has no %s image", listing->root,
                         listing->names[class], half == BM_HALF_TRAIN ? "training" : "test");
}

int bm_source_of_listing(struct bm_source *source, struct bm_err *err)
{
    const struct bm_listing *listing = &source->listing;
    source->n_train = listing->halves[BM_HALF_TRAIN].n;
    source->n_test = listing->halves[BM_HALF_TEST].n;
    source->n_classes = listing->n_classes;
    source->class_names = (const char *const *)listing->names;
    source->stamp = bm_checksum(listing->traces.data, listing->traces.size);
    source->labels = calloc(source->n_train + source->n_test + 1, sizeof *source->labels);
    if (source->labels == NULL)
        abort();
    for (size_t half = 0, at = 0; half < 2; half++)
        for (size_t i = 0; i < listing->halves[half].n; i++, at++)
            source->labels[at] = (uint16_t)listing->halves[half].images[i].class;
    return check_half(listing, BM_HALF_TRAIN, err) == 0 ? check_half(listing, BM_HALF_TEST, err)
                                                        : -1;
}

static const struct bm_listed *image_of(const struct bm_source *source, size_t image,
                                        enum bm_half *half)
{
    *half = image < source->n_train ? BM_HALF_TRAIN : BM_HALF_TEST;
    size_t at = *half == BM_HALF_TRAIN ? image : image - source->n_train;
    return &source->listing.halves[*half].images[at];
}

/* Of the image's name, half and class, wherever it lies, and of the file's content. */
static struct bm_id digest_of(const struct bm_source *source, size_t image,
                              const unsigned char *data, size_t size)
{
    enum bm_half half;
    const struct bm_listed *listed = image_of(source, image, &half);
    const char *slash = strrchr(listed->path, '/');
    char text[BM_PATH_SIZE];
    int length = snprintf(text, sizeof text, "%d/%.2000s/%.2000s", half,
                          source->class_names[listed->class], slash ? slash + 1 : listed->path);
    const struct bm_id parts[] = {bm_digest(text, (size_t)length), bm_digest(data, size)};
    return bm_digest_join(parts, 2);
}

/* Unlike bm_file_read it follows links, and needs one system call less a file. */
static int read_file(const char *path, unsigned char **data, size_t *size, struct bm_err *err)
{
    int file = (int)TEMP_FAILURE_RETRY(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat info;
    *size = 0;
    *data = NULL;
    if (file < 0 || fstat(file, &info) != 0 || (*data = malloc((size_t)info.st_size + 1)) == NULL) {
        bm_fail(err, BM_EXIT_DATA, "cannot read '%s': %s", path, strerror(errno));
        if (file >= 0)
            close(file);
        return -1;
    }
    ssize_t n = 1;
    while (*size < (size_t)info.st_size && n != 0) {
        n = read(file, *data + *size, (size_t)info.st_size - *size);
        if (n < 0 && errno != EINTR)
            break;
        *size += n > 0 ? (size_t)n : 0;
    }
    int error = errno;
    close(file);
    if (n >= 0)
        return 0;
    free(*data);
    return bm_fail(err, BM_EXIT_DATA, "cannot read '%s': %s", path, strerror(error));
}

int bm_listed_read(const struct bm_source *source, size_t image, struct bm_pixels *pixels,
                   struct bm_id *digest, struct bm_err *err)
{
    enum bm_half half;
    char path[BM_PATH_SIZE];
    unsigned char *data;
    size_t size;
    snprintf(path, sizeof path, "%s/%s", source->listing.root,
             image_of(source, image, &half)->path);
    if (read_file(path, &data, &size, err) != 0)
        return -1;
    int status = bm_pixels_decode(pixels, data, size, err);
    *digest = digest_of(source, image, data, size);
    free(data);
    return status == 0 ? 0 : bm_fail_at(err, "'%s'", path);
}

void bm_listed_fini(struct bm_source *source)
{
    bm_listing_fini(&source->listing);
    free(source->labels);
    *source = (struct bm_source){0};
}
