/* Your own images: train/CLASS/ and test/CLASS/ in data_dir, JPEG or PNG. A class is numbered by
 * the place of its name among those of the training half, in byte order; the test half is matched
 * by name. */
#include <stdio.h>

#include "bm/file.h"
#include "common/decoded.h"
#include "common/files.h"

extern const struct bm_dataset bm_dataset_folder;

/* That the test half has the classes of the training half, and no others. */
static int compare_classes(const struct bm_names *train, const struct bm_names *test,
                           const char *data_dir, struct bm_err *err)
{
    for (size_t c = 0; c < test->n; c++)
        if (bm_names_find(train, test->names[c]) < 0)
            return bm_fail(err, BM_EXIT_DATA,
                           "'%s/test' has a class '%s', which '%s/train' does not have", data_dir,
                           test->names[c], data_dir);
    for (size_t c = 0; c < train->n; c++)
        if (bm_names_find(test, train->names[c]) < 0)
            return bm_fail(err, BM_EXIT_DATA,
                           "'%s/train' has a class '%s', which '%s/test' does not have", data_dir,
                           train->names[c], data_dir);
    return 0;
}

static int add_half(struct bm_listing *listing, enum bm_half half, struct bm_err *err)
{
    for (int class = 0; class < listing->n_classes; class ++) {
        char folder[BM_PATH_SIZE];
        snprintf(folder, sizeof folder, "%s/%s", half == BM_HALF_TRAIN ? "train" : "test",
                 listing->names[class]);
        if (bm_listing_add_folder(listing, half, class, folder, err) != 0)
            return -1;
    }
    return 0;
}

static int folder_look(const struct bm_dataset_request *request, struct bm_source *source,
                       struct bm_err *err)
{
    const char *root = request->data_dir;
    struct bm_listing *listing = &source->listing;
    struct bm_names train = {0}, test = {0}, files = {0};
    int status = -1;
    char first[BM_PATH_SIZE];
    snprintf(first, sizeof first, "%.4000s/train", root);
    if (!bm_folder_is_there(root, "train"))
        return bm_files_missing(&bm_dataset_folder, root, first, err);
    if (bm_folder_read(root, "train", &train, &files, err) == 0 &&
        bm_folder_read(root, "test", &test, &files, err) == 0 &&
        compare_classes(&train, &test, root, err) == 0 &&
        bm_listing_classes(listing, root, &train, err) == 0 &&
        add_half(listing, BM_HALF_TRAIN, err) == 0)
        status = add_half(listing, BM_HALF_TEST, err);
    bm_listing_skip(listing, &files);
    bm_names_fini(&train);
    bm_names_fini(&test);
    bm_names_fini(&files);
    return status == 0 ? bm_source_of_listing(source, err) : -1;
}

static const struct bm_decoded decoded = {.dataset = &bm_dataset_folder,
                                          .channels = 3,
                                          .look = folder_look,
                                          .read = bm_listed_read,
                                          .fini = bm_listed_fini};
BM_DECODED_FUNCTIONS(decoded)
BM_DECODED_FIND(decoded)

const struct bm_dataset bm_dataset_folder = {
    .name = "folder",
    .help = "your own images, JPEG or PNG: train/CLASS/ and test/CLASS/ in data_dir",
    .folder = "train",
    .find = decoded_find,
    BM_DECODED_MEMBERS,
};
