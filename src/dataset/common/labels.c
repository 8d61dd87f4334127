/* Label noise: images are ranked at random and the first are noisy. Which and what come from
 * streams of their own, so that neither depends on anything but data_seed and the image. */
#include "labels.h"
#include "rank.h"
#include "bm/random.h"

#include <math.h>
#include <stdlib.h>

/* The first copy has the label that the image would have. */
uint16_t bm_label_of_copy(uint64_t data_seed, uint32_t image, uint64_t copy, int classes)
{
    struct bm_random random = bm_random_of(data_seed, BM_RANDOM_LABEL, image, copy);
    return (uint16_t)bm_random_below(&random, (uint64_t)classes);
}

size_t bm_noisy_images(size_t n, double label_noise)
{
    return (size_t)llround((double)n * label_noise);
}

int bm_labels_draw(struct bm_split *split, int classes, double noise, uint64_t data_seed,
                   size_t *noisy, struct bm_err *err)
{
    struct bm_rank *ranks = malloc(split->n * sizeof *ranks);
    if (ranks == NULL)
        return bm_fail_errno(err, "no memory to rank %zu images", split->n);
    for (uint32_t i = 0; i < split->n; i++) {
        struct bm_random random = bm_random_of(data_seed, BM_RANDOM_NOISY, split->index[i], 0);
        ranks[i] = (struct bm_rank){.item = i, .key = bm_random_u64(&random)};
        split->label[i] = split->truth[i];
    }
    bm_ranks_sort(ranks, split->n);
    *noisy = bm_noisy_images(split->n, noise);
    for (size_t r = 0; r < *noisy; r++) {
        uint32_t i = ranks[r].item;
        split->label[i] = bm_label_of_copy(data_seed, split->index[i], 0, classes);
    }
    free(ranks);
    return 0;
}
