/* CutMix (Yun et al. 2019): a box of each image becomes that of its partner, at the same place in
 * all images of a batch. Its sides are sqrt(1 - lambda) of the image's, lambda uniform, about a
 * centre that may be any pixel; what lies beyond the edges is cut off, and labels weigh as much as
 * the areas that are left. */
#include <math.h>
#include <string.h>

#include "bm/random.h"
#include "mix.h"

/* Rows and columns of the image, the last ones not included. */
struct box {
    int top, bottom, left, right;
};

static bool is_on(const struct bm_config *config)
{
    return config->cutmix == BM_YES;
}

static bool mixes_labels(const struct bm_config *config)
{
    (void)config;
    return true;
}

/* One axis: from … to, of a box whose side is a part of `length`. */
static void draw_side(struct bm_random *random, int length, double part, int *from, int *to)
{
    int half = (int)(length * part) / 2;
    int centre = (int)bm_random_below(random, (uint64_t)length);
    *from = centre - half > 0 ? centre - half : 0;
    *to = centre + half < length ? centre + half : length;
}

static void paste(const struct bm_batch *batch, const void *how, bm_real *image,
                  const bm_real *partner)
{
    const struct box *box = how;
    size_t channels = (size_t)batch->input.channels, width = (size_t)batch->input.width;
    size_t row = (size_t)(box->right - box->left) * channels;
    for (int y = box->top; y < box->bottom; y++) {
        size_t at = ((size_t)y * width + (size_t)box->left) * channels;
        memcpy(image + at, partner + at, row * sizeof *image);
    }
}

static double mix(struct bm_batch *batch, struct bm_random *random)
{
    struct box box;
    int height = batch->input.height, width = batch->input.width;
    double part = sqrt(1 - bm_random_beta(random, 1));
    draw_side(random, height, part, &box.top, &box.bottom);
    draw_side(random, width, part, &box.left, &box.right);
    bm_mix_each(batch, paste, &box);
    double area = (double)(box.bottom - box.top) * (box.right - box.left);
    return 1 - area / ((double)height * width);
}

const struct bm_mixer bm_cutmix = {.is_on = is_on, .mix = mix, .mixes_labels = mixes_labels};
