/* Subsets: the images of each class are ranked at random, and the first of each class are taken.
 * Nested in size because the ranks do not depend on it, nor which class gets the next image. */
#include "subset.h"
#include "rank.h"
#include "bm/random.h"

#include <assert.h>
#include <stdlib.h>

size_t bm_subset_share(size_t n, int classes, size_t class)
{
    size_t turns = n / (size_t)classes;
    return turns + (class < n % (size_t)classes ? 1 : 0);
}

static int by_index(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

static int draw_classes(const struct bm_rank *ranks, size_t n_ranks, const char *const *class_names,
                        int classes, size_t n, const char *setting, uint32_t *index,
                        struct bm_err *err)
{
    size_t at = 0, taken = 0;
    for (size_t class = 0; class < (size_t)classes; class ++) {
        size_t wanted = bm_subset_share(n, classes, class), have = 0;
        for (; at < n_ranks && ranks[at].group == class; at++, have++)
            if (have < wanted)
                index[taken++] = ranks[at].item;
        if (have < wanted)
            return bm_fail(err, BM_EXIT_DATA,
                           "%s: %zu needs %zu images of class '%s', and the data has only %zu",
                           setting, n, wanted, class_names[class], have);
    }
    assert(taken == n);
    qsort(index, n, sizeof *index, by_index);
    return 0;
}

int bm_subset_draw(const struct bm_images *images, const char *const *class_names, int classes,
                   size_t n, uint64_t data_seed, enum bm_half half, const char *setting,
                   uint32_t *index, struct bm_err *err)
{
    assert(n <= images->n);
    if (n == images->n) {
        for (uint32_t i = 0; i < n; i++)
            index[i] = i;
        return 0;
    }
    struct bm_rank *ranks = malloc(images->n * sizeof *ranks);
    if (ranks == NULL)
        return bm_fail_errno(err, "no memory to rank %zu images", images->n);
    for (uint32_t i = 0; i < images->n; i++) {
        struct bm_random random =
            bm_random_of(data_seed, BM_RANDOM_SUBSET, half, bm_image_index(images, i));
        ranks[i] =
            (struct bm_rank){.group = images->labels[i], .item = i, .key = bm_random_u64(&random)};
    }
    bm_ranks_sort(ranks, images->n);
    int status = draw_classes(ranks, images->n, class_names, classes, n, setting, index, err);
    free(ranks);
    return status;
}
