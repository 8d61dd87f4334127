/* The images of each class that are left over are ranked at random. The first of them are the first
 * copies of all images of the class, in the order of the split, the next ones the second copies. */
#include "others.h"

#include <stdlib.h>

#include "bm/random.h"
#include "classes.h"
#include "rank.h"
#include "subset.h"

static int fail_few(const struct bm_split *split, size_t taken, size_t left, const char *class,
                    struct bm_err *err)
{
    return bm_fail(err, BM_EXIT_DATA,
                   "view_source: same_class with diversity: %zu takes %zu other images for %zu of "
                   "class '%s', and train_size leaves %zu",
                   split->n_others, taken * split->n_others, taken, class, left);
}

/* The images of which the split has none, ranked within their class; how many there are. Both are
 * in the order of the file. */
static size_t rank_left(const struct bm_split *split, const struct bm_images *images, uint64_t seed,
                        struct bm_rank *ranks)
{
    size_t n = 0, next = 0;
    for (uint32_t i = 0; i < images->n; i++) {
        uint32_t index = bm_image_index(images, i);
        if (next < split->n && split->index[next] == index) {
            next++;
            continue;
        }
        struct bm_random random = bm_random_of(seed, BM_RANDOM_OTHERS, index, 0);
        ranks[n++] =
            (struct bm_rank){.group = images->labels[i], .item = i, .key = bm_random_u64(&random)};
    }
    bm_ranks_sort(ranks, n);
    return n;
}

/* Of one class, whose images are left over from `ranks` on. */
static void hand_out(struct bm_split *split, const struct bm_images *images, size_t class,
                     size_t taken, const struct bm_rank *ranks)
{
    size_t place = 0;
    for (size_t i = 0; i < split->n; i++) {
        if (split->truth[i] != class)
            continue;
        for (size_t copy = 0; copy < split->n_others; copy++)
            split->others[i * split->n_others + copy] =
                images->pixels[ranks[copy * taken + place].item];
        place++;
    }
}

int bm_others_draw(struct bm_split *split, const struct bm_images *images,
                   const char *const *class_names, int classes, uint64_t seed, struct bm_err *err)
{
    struct bm_rank *ranks = malloc((images->n + 1) * sizeof *ranks);
    if (ranks == NULL)
        return bm_fail_errno(err, "no memory to rank %zu images", images->n);
    size_t n = rank_left(split, images, seed, ranks), at = 0;
    int status = 0;
    for (size_t class = 0; class < (size_t)classes && status == 0; class ++) {
        size_t first = at, taken = 0;
        while (at < n && ranks[at].group == class)
            at++;
        for (size_t i = 0; i < split->n; i++)
            taken += split->truth[i] == class;
        if (taken * split->n_others > at - first)
            status = fail_few(split, taken, at - first, class_names[class], err);
        else
            hand_out(split, images, class, taken, ranks + first);
    }
    free(ranks);
    return status;
}

/* ---- before any image is opened ---- */

static int check_counts(const struct bm_config *config, const struct bm_catalog *catalog,
                        const struct bm_class_choice *choice, size_t n_train, struct bm_err *err)
{
    const struct bm_split asked = {.n_others = (size_t)config->diversity};
    for (size_t class = 0; class < (size_t)choice->n; class ++) {
        size_t number = choice->numbers[class];
        size_t all = catalog->train_counts != NULL ? catalog->train_counts[number]
                                                   : catalog->n_train / (size_t)catalog->classes;
        size_t taken = bm_subset_share(n_train, choice->n, class);
        size_t left = all > taken ? all - taken : 0;
        if (taken * asked.n_others > left)
            return fail_few(&asked, taken, left, catalog->class_names[number], err);
    }
    return 0;
}

int bm_data_others(const struct bm_config *config, const struct bm_launch *launch, size_t n_train,
                   size_t *others, struct bm_err *err)
{
    const struct bm_dataset *dataset = bm_dataset_find(config->dataset);
    const struct bm_dataset_request request = bm_dataset_request_of(config, launch);
    const struct bm_catalog *catalog;
    struct bm_class_choice choice;
    *others = 0;
    if (!bm_config_takes_others(config))
        return 0;
    if (bm_dataset_catalog(dataset, &request, &catalog, err) != 0 ||
        bm_classes_choose(dataset, catalog, config->classes, &choice, err) != 0)
        return -1;
    /* Images are generated for each class in turn. */
    size_t classes = (size_t)choice.n, turns = (n_train + classes - 1) / classes;
    *others = dataset->generated ? turns * classes * (size_t)(config->diversity + 1) - n_train
                                 : n_train * (size_t)config->diversity;
    int status = dataset->generated ? 0 : check_counts(config, catalog, &choice, n_train, err);
    bm_classes_fini(&choice);
    return status;
}
