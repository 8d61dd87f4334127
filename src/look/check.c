/* bm-data check: counts, balance and statistics of a data set, and whether its files are those that
 * were published. That they have the right size and labels in range is the data set's own check. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bm/data.h"
#include "bm/names.h"
#include "look.h"

enum { MOST_CHANNELS = 3 };

/* Fewest and most images of a class. */
static int count_classes(const struct bm_split *images, int classes, size_t *fewest, size_t *most,
                         struct bm_err *err)
{
    size_t *count = calloc((size_t)classes, sizeof *count);
    if (count == NULL)
        return bm_fail_errno(err, "no memory to count %d classes", classes);
    for (size_t i = 0; i < images->n; i++)
        count[images->truth[i]]++;
    *fewest = *most = count[0];
    for (int c = 1; c < classes; c++) {
        *fewest = count[c] < *fewest ? count[c] : *fewest;
        *most = count[c] > *most ? count[c] : *most;
    }
    free(count);
    return 0;
}

static int check_half(const char *name, const struct bm_split *images, int classes,
                      struct bm_err *err)
{
    size_t fewest = 0, most = 0;
    if (count_classes(images, classes, &fewest, &most, err) != 0)
        return -1;
    printf("  %zu %s images, ", images->n, name);
    if (fewest == most)
        printf("%zu of each class\n", fewest);
    else
        printf("%zu to %zu of a class\n", fewest, most);
    return 0;
}

/* Over all pixels of a channel, in [0, 1]. Sums of bytes are exact. */
static struct bm_channel_statistics statistics_of(const struct bm_split *images, size_t plane,
                                                  size_t channel)
{
    uint64_t sum = 0, squares = 0;
    for (size_t i = 0; i < images->n; i++) {
        const unsigned char *pixels = images->pixels[i] + channel * plane;
        for (size_t p = 0; p < plane; p++) {
            sum += pixels[p];
            squares += (uint64_t)pixels[p] * pixels[p];
        }
    }
    double n = (double)images->n * (double)plane, mean = (double)sum / n;
    return (struct bm_channel_statistics){mean / 255,
                                          sqrt((double)squares / n - mean * mean) / 255};
}

/* Prints a line a channel. Whether they are as published, where that is known. */
static bool check_channels(const struct bm_data *data)
{
    static const char *const colours[MOST_CHANNELS] = {"red", "green", "blue"};
    const double rounding = 0.5e-4 + 1e-9; /* of what is published */
    const struct bm_channel_statistics *known = data->dataset->known;
    struct bm_image_shape shape = data->facts.shape;
    size_t plane = (size_t)shape.height * (size_t)shape.width;
    bool agrees = true;
    for (int c = 0; c < shape.channels; c++) {
        struct bm_channel_statistics found = statistics_of(&data->train, plane, (size_t)c);
        printf("  %-5s  mean %.4f  deviation %.4f", shape.channels > 1 ? colours[c] : "gray",
               found.mean, found.deviation);
        if (known != NULL) {
            printf("  known %.4f  %.4f", known[c].mean, known[c].deviation);
            agrees = agrees && fabs(found.mean - known[c].mean) <= rounding &&
                     fabs(found.deviation - known[c].deviation) <= rounding;
        }
        putchar('\n');
    }
    return agrees;
}

/* Whether all files are the published ones (1: no). Those that are not are printed with their
 * digests, and once more in the last line. */
static int check_origins(const struct bm_dataset *dataset, const char *data_dir, struct bm_err *err)
{
    struct bm_bytes others = {0};
    bool is_unpacked = false;
    int status = 0;
    const struct bm_data_file *file = dataset->files;
    for (; file != NULL && file->name != NULL && status == 0; file++) {
        struct bm_file_origin origin;
        status = bm_dataset_origin(dataset, data_dir, file, &origin, err);
        if (status == 0 && origin.is_unpacked)
            printf("  %s is unpacked: there is no published digest to compare with\n", origin.path);
        is_unpacked |= status == 0 && origin.is_unpacked;
        if (status != 0 || origin.is_published || origin.is_unpacked)
            continue;
        printf("  %s  md5 %s  published %s\n", file->name, origin.md5, file->md5);
        bm_bytes_printf(&others, "%s%s", others.size > 0 ? ", " : "", origin.path);
    }
    if (status == 0 && others.size > 0)
        printf("  not the published files: %s\n", (const char *)others.data);
    else if (status == 0 && file != NULL && !is_unpacked)
        printf("  all files are the published ones\n");
    int found = others.size > 0;
    bm_bytes_fini(&others);
    return status != 0 ? -1 : found;
}

static void print_remarks(const char *remarks)
{
    while (remarks != NULL && *remarks != '\0') {
        int length = (int)strcspn(remarks, "\n");
        printf("  %.*s\n", length, remarks);
        remarks += length + (remarks[length] == '\n');
    }
}

static int check_opened(const struct bm_data *data, const char *data_dir, struct bm_err *err)
{
    char text[BM_ID_TEXT];
    if (check_half("training", &data->train, data->facts.classes, err) != 0 ||
        check_half("test", &data->test, data->facts.classes, err) != 0)
        return -1;
    bool agrees = check_channels(data);
    print_remarks(data->facts.catalog->remarks);
    if (bm_look_twins(data, err) != 0)
        return -1;
    printf("  digest %s\n", bm_id_text(&data->seal.digest, text));
    if (!agrees)
        printf("  the images are not the published ones: their mean or deviation differs\n");
    int others = check_origins(data->dataset, data_dir, err);
    return others < 0 || agrees ? others : 1;
}

/* As bm_look_check. */
static int check(const struct bm_dataset *dataset, const struct bm_config *asked,
                 const struct bm_launch *launch, struct bm_err *err)
{
    struct bm_config config;
    struct bm_data data;
    bm_table_init(&bm_config_table, &config);
    snprintf(config.dataset, sizeof config.dataset, "%s", dataset->name);
    config.label_noise = 0;
    config.coarse = asked->coarse;
    config.image_size = asked->image_size;
    if (bm_data_open(&data, &config, launch, NULL, err) != 0)
        return -1;
    printf("%s\n", dataset->name);
    int status = check_opened(&data, launch->data_dir, err);
    bm_data_close(&data);
    return status >= 0 ? status : bm_fail_at(err, "%s", dataset->name);
}

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* There is no data set, or something that is recognized as one in another form. */
static int fail_folder(const char *folder, const char *looked_for, struct bm_err *err)
{
    char hint[500] = "";
    const struct bm_dataset *const *d = bm_datasets;
    for (; *d != NULL; d++)
        if (!(*d)->generated && bm_dataset_hint(*d, folder, hint, sizeof hint)[0] != '\0')
            return bm_fail(err, BM_EXIT_DATA, "%s is not in '%s': %s", (*d)->name, folder, hint);
    return bm_fail(err, BM_EXIT_DATA, "'%s' holds no data set (looked for: %s)", folder,
                   looked_for);
}

/* All data sets that the folder holds. */
static int check_folder(const char *folder, const struct bm_config *config,
                        const struct bm_launch *launch, struct bm_err *err)
{
    struct bm_launch there = *launch;
    snprintf(there.data_dir, sizeof there.data_dir, "%s", folder);
    size_t found = 0;
    struct bm_bytes looked_for = {0};
    int worst = 0;
    for (const struct bm_dataset *const *d = bm_datasets; *d != NULL; d++) {
        char path[2048];
        if ((*d)->generated)
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, (*d)->folder);
        bm_bytes_printf(&looked_for, "%s%s", looked_for.size ? ", " : "", (*d)->folder);
        if (!is_folder(path))
            continue;
        found++;
        struct bm_err own = {0};
        int status = check(*d, config, &there, &own);
        if (status < 0 && worst < 0)
            printf("%s\n", own.text); /* the first one is the command's own error */
        else if (status < 0)
            bm_fail(err, own.code, "%s", own.text);
        worst = worst < 0 || status < 0 ? -1 : worst > status ? worst : status;
    }
    if (found == 0)
        worst = fail_folder(folder, (const char *)looked_for.data, err);
    bm_bytes_fini(&looked_for);
    return worst;
}

int bm_look_fetch_named(const char *name, const char *data_dir, const char *from,
                        struct bm_err *err)
{
    const struct bm_dataset *dataset = bm_dataset_find(name);
    if (dataset != NULL)
        return bm_look_fetch(dataset, data_dir, from, err);
    const char *nearest = bm_nearest(name, bm_dataset_names);
    return bm_fail(err, BM_EXIT_USAGE, "'%s' is no data set%s%s%s", name,
                   nearest ? "; did you mean '" : ": bm-data list shows what there is",
                   nearest ? nearest : "", nearest ? "'?" : "");
}

int bm_look_check(const char *name_or_dir, const struct bm_config *config,
                  const struct bm_launch *launch, struct bm_err *err)
{
    const struct bm_dataset *dataset = bm_dataset_find(name_or_dir);
    if (dataset != NULL)
        return check(dataset, config, launch, err);
    if (is_folder(name_or_dir))
        return check_folder(name_or_dir, config, launch, err);
    const char *nearest = bm_nearest(name_or_dir, bm_dataset_names);
    if (nearest != NULL)
        return bm_fail(err, BM_EXIT_USAGE,
                       "'%s' is neither a data set nor a folder; did you mean '%s'?", name_or_dir,
                       nearest);
    return bm_fail(err, BM_EXIT_USAGE,
                   "'%s' is neither a data set nor a folder: bm-data list shows what there is",
                   name_or_dir);
}
