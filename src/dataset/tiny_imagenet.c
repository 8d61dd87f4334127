/* Tiny ImageNet: 200 classes of 64 x 64 pixels. Of its three parts `train` and `val` are used;
 * `test` has no labels. Classes are numbered by the place of their wnid in byte order. `val` is as
 * it comes (val/images and val_annotations.txt), or sorted into a folder a class; test images are
 * in the order of their names in either case. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bm/file.h"
#include "common/decoded.h"
#include "common/files.h"

extern const struct bm_dataset bm_dataset_tiny_imagenet;

#define ROOT "tiny-imagenet-200"

/* ---- text files ---- */

static int read_text(const char *root, const char *name, char **text, struct bm_err *err)
{
    char path[BM_PATH_SIZE];
    unsigned char *data;
    size_t size;
    snprintf(path, sizeof path, "%.4000s/%s", root, name);
    if (bm_files_read(path, &data, &size, err) != 0)
        return -1;
    data[size] = '\0'; /* there is room */
    *text = (char *)data;
    return 0;
}

static int read_classes(const char *root, struct bm_names *classes, struct bm_err *err)
{
    char *text;
    if (read_text(root, "wnids.txt", &text, err) != 0)
        return -1;
    for (char *rest = text, *line; (line = strsep(&rest, "\n")) != NULL;) {
        line[strcspn(line, " \t\r")] = '\0';
        if (line[0] != '\0')
            bm_names_add(classes, line);
    }
    free(text);
    bm_names_sort(classes);
    for (size_t c = 1; c < classes->n; c++)
        if (strcmp(classes->names[c - 1], classes->names[c]) == 0)
            return bm_fail(err, BM_EXIT_DATA, "'%s/wnids.txt' has '%s' twice", root,
                           classes->names[c]);
    return 0;
}

/* ---- images ---- */

static int add_train(struct bm_listing *listing, struct bm_err *err)
{
    for (int class = 0; class < listing->n_classes; class ++) {
        char folder[BM_PATH_SIZE];
        snprintf(folder, sizeof folder, "train/%s/images", listing->names[class]);
        if (bm_listing_add_folder(listing, BM_HALF_TRAIN, class, folder, err) != 0)
            return -1;
    }
    return 0;
}

/* A line of val_annotations.txt: the name of a file, its wnid, and a box that is not used. */
struct annotation {
    const char *name, *wnid;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct annotation *)a)->name, ((const struct annotation *)b)->name);
}

/* Takes the text apart; the annotations, sorted, are the caller's to free and lead into it. */
static size_t take_annotations(char *text, struct annotation **annotations)
{
    size_t n = 0, lines = 1;
    for (const char *c = text; *c != '\0'; c++)
        lines += *c == '\n';
    *annotations = calloc(lines, sizeof **annotations);
    if (*annotations == NULL)
        abort();
    for (char *rest = text, *line; (line = strsep(&rest, "\n")) != NULL;) {
        const char *name = strsep(&line, "\t "), *wnid = line ? strsep(&line, "\t \r") : NULL;
        if (name[0] != '\0' && wnid != NULL)
            (*annotations)[n++] = (struct annotation){name, wnid};
    }
    qsort(*annotations, n, sizeof **annotations, by_name);
    return n;
}

/* The images of val/images, each with its annotation, and no annotation without an image. */
static int add_annotated(struct bm_listing *listing, const struct bm_names *classes,
                         const struct bm_names *images, const struct annotation *annotations,
                         size_t n, struct bm_err *err)
{
    for (size_t a = 0; a < n; a++)
        if (bm_names_find(images, annotations[a].name) < 0)
            return bm_fail(err, BM_EXIT_DATA,
                           "'%s/val/val_annotations.txt' has '%s', which is not in val/images",
                           listing->root, annotations[a].name);
    for (size_t i = 0; i < images->n; i++) {
        const struct annotation wanted = {.name = images->names[i]};
        const struct annotation *found =
            bsearch(&wanted, annotations, n, sizeof *annotations, by_name);
        if (!bm_is_image_name(images->names[i]))
            continue;
        int class = found != NULL ? bm_names_find(classes, found->wnid) : -1;
        if (class < 0)
            return bm_fail(err, BM_EXIT_DATA,
                           "'%s/val/val_annotations.txt' has no class of wnids.txt for '%s'",
                           listing->root, images->names[i]);
        if (bm_listing_add(listing, BM_HALF_TEST, class, "val/images", images->names[i], err) != 0)
            return -1;
    }
    return 0;
}

static int add_original(struct bm_listing *listing, const struct bm_names *classes,
                        const struct bm_names *images, struct bm_err *err)
{
    char *text;
    struct annotation *annotations;
    if (read_text(listing->root, "val/val_annotations.txt", &text, err) != 0)
        return -1;
    size_t n = take_annotations(text, &annotations);
    int status = add_annotated(listing, classes, images, annotations, n, err);
    free(annotations);
    free(text);
    return status;
}

static int by_file_name(const void *a, const void *b)
{
    const char *x = ((const struct bm_listed *)a)->path, *y = ((const struct bm_listed *)b)->path;
    return strcmp(strrchr(x, '/'), strrchr(y, '/'));
}

static int add_sorted(struct bm_listing *listing, struct bm_err *err)
{
    for (int class = 0; class < listing->n_classes; class ++) {
        char folder[BM_PATH_SIZE];
        snprintf(folder, sizeof folder, "val/%s/images", listing->names[class]);
        if (!bm_folder_is_there(listing->root, folder)) /* some programs keep that level */
            snprintf(folder, sizeof folder, "val/%s", listing->names[class]);
        if (bm_listing_add_folder(listing, BM_HALF_TEST, class, folder, err) != 0)
            return -1;
    }
    qsort(listing->halves[BM_HALF_TEST].images, listing->halves[BM_HALF_TEST].n,
          sizeof(struct bm_listed), by_file_name);
    return 0;
}

static bool has_image(const struct bm_names *files)
{
    for (size_t i = 0; i < files->n; i++)
        if (bm_is_image_name(files->names[i]))
            return true;
    return false;
}

/* Programs that sort leave no image in val/images. */
static int add_val(struct bm_listing *listing, const struct bm_names *classes, struct bm_err *err)
{
    struct bm_names images = {0};
    int status = 0;
    if (bm_folder_is_there(listing->root, "val/images"))
        status = bm_folder_read(listing->root, "val/images", NULL, &images, err);
    if (status == 0)
        status = has_image(&images) ? add_original(listing, classes, &images, err)
                                    : add_sorted(listing, err);
    bm_names_fini(&images);
    return status;
}

static int tiny_imagenet_look(const struct bm_dataset_request *request, struct bm_source *source,
                              struct bm_err *err)
{
    char root[BM_PATH_SIZE];
    struct bm_listing *listing = &source->listing;
    struct bm_names classes = {0}, own = {0};
    snprintf(root, sizeof root, "%.4000s/" ROOT, request->data_dir);
    if (!bm_folder_is_there(request->data_dir, ROOT))
        return bm_files_missing(&bm_dataset_tiny_imagenet, request->data_dir, ROOT, err);
    int status = read_classes(root, &classes, err);
    for (size_t c = 0; c < classes.n; c++)
        bm_names_add(&own, classes.names[c]);
    if (status == 0)
        status = bm_listing_classes(listing, root, &own, err);
    if (status == 0)
        status = add_train(listing, err);
    if (status == 0)
        status = add_val(listing, &classes, err);
    bm_names_fini(&classes);
    bm_names_fini(&own);
    return status == 0 ? bm_source_of_listing(source, err) : -1;
}

static const struct bm_data_form other_forms[] = {
    {"tiny-imagenet-200.zip.part", "a download that has not ended"}, {0}};

static const struct bm_decoded decoded = {.dataset = &bm_dataset_tiny_imagenet,
                                          .channels = 3,
                                          .look = tiny_imagenet_look,
                                          .read = bm_listed_read,
                                          .fini = bm_listed_fini};
BM_DECODED_FUNCTIONS(decoded)
BM_DECODED_FIND(decoded)

const struct bm_dataset bm_dataset_tiny_imagenet = {
    .name = "tiny_imagenet",
    .help = "110,000 photographs of two hundred kinds of object; unpack tiny-imagenet-200.zip from "
            "http://cs231n.stanford.edu/tiny-imagenet-200.zip into data_dir",
    .catalog = {.shape = {3, 64, 64}, .classes = 200, .n_train = 100000, .n_test = 10000},
    .folder = ROOT,
    .mark = "wnids.txt",
    .source = "http://cs231n.stanford.edu/tiny-imagenet-200.zip",
    .archive = "tiny-imagenet-200.zip",
    .downloads =
        (const struct bm_data_download[]){{"tiny-imagenet-200.zip", "http://cs231n.stanford.edu/",
                                           "90528d7ca1a48142e341f4ef8d21d0de"},
                                          {0}},
    .other_forms = other_forms,
    .find = decoded_find,
    BM_DECODED_MEMBERS,
};
