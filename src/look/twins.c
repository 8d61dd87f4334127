/* Images that are equal, byte for byte as they are stored: a test image that is also a training
 * image is not a test, and equal images of two classes cannot both be right. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bm/data.h"
#include "look.h"

struct image {
    struct bm_id digest;
    int half; /* 0: training, 1: test */
    uint16_t class;
};

/* Equal images side by side, those of the training half first. */
static int compare(const void *left, const void *right)
{
    const struct image *a = left, *b = right;
    int order = bm_id_compare(&a->digest, &b->digest);
    return order != 0 ? order : a->half - b->half;
}

static void add(const struct bm_split *split, int half, size_t bytes, struct image *images)
{
    for (size_t i = 0; i < split->n; i++)
        images[i] = (struct image){bm_digest(split->pixels[i], bytes), half, split->truth[i]};
}

/* Of the images from `first` to before `end`, which are equal. */
struct twins {
    size_t train, test, across, other_class;
};

static void count(const struct image *images, size_t n, struct twins *twins)
{
    size_t train = 0;
    bool differ = false;
    for (size_t i = 0; i < n; i++) {
        train += images[i].half == 0;
        differ |= images[i].class != images[0].class;
    }
    size_t test = n - train;
    twins->train += train > 0 ? train - 1 : 0;
    twins->test += test > 0 ? test - 1 : 0;
    twins->across += train > 0 ? test : 0;
    twins->other_class += differ;
}

int bm_look_twins(const struct bm_data *data, struct bm_err *err)
{
    struct bm_image_shape shape = data->facts.shape;
    size_t bytes = (size_t)shape.channels * (size_t)shape.height * (size_t)shape.width;
    size_t n = data->train.n + data->test.n;
    struct twins twins = {0};
    struct image *images = malloc((n + 1) * sizeof *images);
    if (images == NULL)
        return bm_fail_errno(err, "no memory to compare %zu images", n);
    add(&data->train, 0, bytes, images);
    add(&data->test, 1, bytes, images + data->train.n);
    qsort(images, n, sizeof *images, compare);
    for (size_t first = 0, end; first < n; first = end) {
        for (end = first + 1;
             end < n && bm_id_compare(&images[first].digest, &images[end].digest) == 0;)
            end++;
        count(images + first, end - first, &twins);
    }
    free(images);
    if (twins.train + twins.test + twins.across > 0)
        printf("  equal images: %zu of the training images as another one, %zu of the test images, "
               "%zu "
               "test images as a training image; %zu of these groups have several classes\n",
               twins.train, twins.test, twins.across, twins.other_class);
    return 0;
}
