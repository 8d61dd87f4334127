/* bm-data sheet: a contact sheet of training images. An entry is a line of text (the class, and for
 * a noisy image "class > label") above the image, its copies, and the image mixed with another of
 * the sheet where training mixes them. Above all of them stand a heading, and what red means where
 * anything is red. */
#include <stdio.h>
#include <stdlib.h>

#include "bm/data.h"
#include "bm/view.h"
#include "look.h"
#include "picture.h"
#include "../train/batch.h"
#include "../train/mix.h"

enum {
    MARGIN = 16,    /* around the sheet and between its columns, pixels */
    BAR = 2,        /* below a copy whose label is wrong */
    GAP = 4,        /* between images, and around a line of text */
    IMAGE_SIDE = 64 /* about, after zooming */
};

static const struct bm_colour paper = {238, 238, 238}, ink = {40, 40, 40}, red = {200, 30, 30};

struct contact {
    struct bm_data data;
    struct bm_viewer viewer;
    const struct bm_config *config;
    struct bm_picture picture;
    size_t *shown; /* positions in the training split; owned */
    size_t n_shown;
    uint64_t copies;
    int columns, zoom, side; /* of an image: pixels */
    char heading[160];       /* "": there is none */
    const char *legend;      /* NULL: likewise */
    int legend_height;       /* of both */
    int entry_width, entry_height;
    float *pixels; /* one view; owned */
    /* Of the images shown, as one batch; where training mixes. */
    bool mixes;
    struct bm_config mixing;
    struct bm_batch batch;
    struct bm_arena memory;
};

/* Images of all classes in turn, each class in the order of the split. */
static int choose(struct contact *contact, size_t wanted, struct bm_err *err)
{
    const struct bm_split *train = &contact->data.train;
    size_t classes = (size_t)contact->data.facts.classes;
    if (wanted > train->n)
        wanted = train->n;
    size_t *next = calloc(classes, sizeof *next);
    contact->shown = calloc(wanted + 1, sizeof *contact->shown);
    if (next == NULL || contact->shown == NULL) {
        free(next);
        return bm_fail_errno(err, "no memory for %zu images", wanted);
    }
    for (size_t class = 0; contact->n_shown < wanted; class = (class + 1) % classes) {
        while (next[class] < train->n && train->truth[next[class]] != class)
            next[class]++;
        if (next[class] < train->n)
            contact->shown[contact->n_shown++] = next[class]++;
    }
    free(next);
    return 0;
}

/* The label of a copy. */
static uint16_t label_of(const struct contact *contact, size_t image, uint64_t copy)
{
    const struct bm_split *train = &contact->data.train;
    if (bm_config_labels_images(contact->config))
        return train->label[image];
    return bm_label_of_copy((uint64_t)contact->config->data_seed, train->index[image], copy,
                            contact->data.facts.classes);
}

static bool is_wrong_copy(const struct contact *contact, size_t image, uint64_t copy)
{
    return label_of(contact, image, copy) != contact->data.train.truth[image];
}

/* Copies may have labels of their own: then any of them. */
static bool is_wrong(const struct contact *contact, size_t image)
{
    bool is_any = false;
    uint64_t labels = bm_config_labels_images(contact->config) ? 1 : contact->copies;
    for (uint64_t copy = 0; copy < labels; copy++)
        is_any |= is_wrong_copy(contact, image, copy);
    return is_any;
}

static size_t add_labels(const struct contact *contact, size_t image, char *text, size_t size)
{
    const char *const *names = contact->data.class_names;
    uint64_t labels = bm_config_labels_images(contact->config) ? 1 : contact->copies;
    size_t used = 0;
    for (uint64_t copy = 0; copy < labels && used < size; copy++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", copy == 0 ? " > " : ", ",
                                 names[label_of(contact, image, copy)]);
    return used;
}

/* Entry i: the class, labels that are not it, and weight and label of both that are mixed. */
static void entry_text(const struct contact *contact, size_t i, char *text, size_t size)
{
    const char *const *names = contact->data.class_names;
    const struct bm_batch *batch = &contact->batch;
    size_t image = contact->shown[i];
    size_t used = (size_t)snprintf(text, size, "%s", names[contact->data.train.truth[image]]);
    if (is_wrong(contact, image) && used < size)
        used += add_labels(contact, image, text + used, size - used);
    if (contact->mixes && used < size)
        snprintf(text + used, size - used, " | %.2f %s + %.2f %s", batch->share,
                 names[batch->label[i]], 1 - batch->share, names[batch->label[batch->partner[i]]]);
}

static const char legend[] = "red: true class > label trained on";
static const char legend_of_copies[] =
    "red: true class > labels of the copies, a bar below those that are not it";

/* The lines above all entries. */
static void lay_out_legend(struct contact *contact)
{
    size_t wrong = 0;
    for (size_t i = 0; i < contact->n_shown; i++)
        wrong += is_wrong(contact, contact->shown[i]);
    bool is_own = bm_config_labels_images(contact->config);
    const char *copies = bm_config_takes_others(contact->config)
                             ? " | copies: other images of the class"
                             : " | copies";
    if (contact->copies > 0 || contact->mixes)
        snprintf(contact->heading, sizeof contact->heading, "original%s%s",
                 contact->copies > 0 ? copies : "",
                 contact->mixes ? " | mixed: weight and label of both" : "");
    contact->legend = wrong == 0 ? NULL : is_own ? legend : legend_of_copies;
    int lines = (contact->heading[0] != '\0') + (contact->legend != NULL);
    contact->legend_height = lines > 0 ? lines * (BM_TEXT_HEIGHT + GAP) + GAP : 0;
}

static void draw_legend(struct contact *contact)
{
    int top = MARGIN;
    if (contact->heading[0] != '\0') {
        bm_picture_text(&contact->picture, MARGIN, top, contact->heading, ink);
        top += BM_TEXT_HEIGHT + GAP;
    }
    if (contact->legend != NULL)
        bm_picture_text(&contact->picture, MARGIN, top, contact->legend, red);
}

static int legend_width(const struct contact *contact)
{
    int first = bm_text_width(contact->heading);
    int second = contact->legend ? bm_text_width(contact->legend) : 0;
    return first > second ? first : second;
}

static void lay_out(struct contact *contact, int scale)
{
    int size = contact->viewer.size, images = (int)contact->copies + 1 + contact->mixes;
    contact->zoom = scale > 0 ? scale : size < IMAGE_SIDE ? IMAGE_SIDE / size : 1;
    contact->side = size * contact->zoom;
    contact->entry_width =
        images * (contact->side + GAP) + (contact->copies ? GAP : 0) + (contact->mixes ? GAP : 0);
    for (size_t i = 0; i < contact->n_shown; i++) {
        char text[1000];
        entry_text(contact, i, text, sizeof text);
        if (bm_text_width(text) > contact->entry_width)
            contact->entry_width = bm_text_width(text);
    }
    lay_out_legend(contact);
    contact->entry_height = BM_TEXT_HEIGHT + contact->side + 4 * GAP;
    /* About as wide as high. */
    contact->columns = 1;
    while ((contact->columns + 1) * contact->columns * contact->entry_width <=
           (int)contact->n_shown * contact->entry_height)
        contact->columns++;
}

static void draw_view(struct contact *contact, int left, int top)
{
    const struct bm_canvas view = {.channels = contact->viewer.stored.channels,
                                   .size = contact->viewer.size,
                                   .pixels = contact->pixels};
    bm_picture_image(&contact->picture, left, top, contact->zoom, &view);
}

/* The copy, as training sees it. */
static void make_copy(struct contact *contact, size_t image, uint64_t copy)
{
    const struct bm_split *train = &contact->data.train;
    if (train->others != NULL)
        bm_view_plain(&contact->viewer, train->others[image * train->n_others + copy],
                      contact->pixels);
    else
        bm_view_copy(&contact->viewer, train->pixels[image], train->index[image], copy,
                     contact->pixels);
}

/* Entry i as it is mixed: from pixels (H, W, C) to planes. */
static void take_mixed(struct contact *contact, size_t i)
{
    size_t channels = (size_t)contact->batch.input.channels;
    size_t image = bm_shape_size(contact->batch.input), pixels = image / channels;
    for (size_t c = 0; c < channels; c++)
        for (size_t p = 0; p < pixels; p++)
            contact->pixels[c * pixels + p] = (float)contact->batch.x[i * image + p * channels + c];
}

static void draw_entry(struct contact *contact, size_t i, int left, int top)
{
    const struct bm_split *train = &contact->data.train;
    size_t image = contact->shown[i];
    bool noisy = is_wrong(contact, image), is_own = bm_config_labels_images(contact->config);
    char text[1000];
    entry_text(contact, i, text, sizeof text);
    bm_picture_text(&contact->picture, left, top, text, noisy ? red : ink);
    top += BM_TEXT_HEIGHT + GAP;
    bm_view_plain(&contact->viewer, train->pixels[image], contact->pixels);
    draw_view(contact, left, top);
    for (uint64_t copy = 0; copy < contact->copies; copy++) {
        int column = (int)copy + 1;
        make_copy(contact, image, copy);
        /* A wider gap parts the image from its copies. */
        int at = left + column * (contact->side + GAP) + GAP;
        draw_view(contact, at, top);
        if (!is_own && is_wrong_copy(contact, image, copy))
            bm_picture_fill(&contact->picture, at, top + contact->side + 1, contact->side, BAR,
                            red);
    }
    if (contact->mixes) {
        int images = (int)contact->copies + 1, gaps = 1 + (contact->copies > 0);
        take_mixed(contact, i);
        draw_view(contact, left + images * (contact->side + GAP) + gaps * GAP, top);
    }
}

static int draw(struct contact *contact, struct bm_err *err)
{
    int n = (int)contact->n_shown, columns = contact->columns, rows = (n + columns - 1) / columns;
    int width = columns * (contact->entry_width + MARGIN) + MARGIN;
    int height = contact->legend_height + rows * contact->entry_height + 2 * MARGIN;
    if (width < legend_width(contact) + 2 * MARGIN)
        width = legend_width(contact) + 2 * MARGIN;
    if (bm_picture_init(&contact->picture, width, height, paper, err) != 0)
        return -1;
    draw_legend(contact);
    for (int i = 0; i < n; i++)
        draw_entry(contact, (size_t)i, MARGIN + i % columns * (contact->entry_width + MARGIN),
                   MARGIN + contact->legend_height + i / columns * contact->entry_height);
    return 0;
}

/* The images shown as one batch, which is mixed in any case. */
static int mix(struct contact *contact, struct bm_err *err)
{
    struct bm_arena count = {0};
    int size = contact->viewer.size;
    const struct bm_shape input = {size, size, contact->viewer.stored.channels};
    contact->mixes = bm_mixes(contact->config);
    if (!contact->mixes)
        return 0;
    contact->mixing = *contact->config;
    contact->mixing.mixup_p = contact->config->mixup_p > 0;
    contact->mixing.batch_size = (int64_t)contact->n_shown;
    if (bm_batch_init(&contact->batch, &contact->mixing, contact->viewer.stored, input,
                      contact->data.facts.classes, err) != 0)
        return -1;
    bm_batch_carve(&contact->batch, &count);
    uint32_t *order = calloc(contact->n_shown + 1, sizeof *order);
    if (order == NULL || bm_arena_init(&contact->memory, count.used, "a batch", err) != 0) {
        free(order);
        return bm_fail_errno(err, "no memory for %zu images", contact->n_shown);
    }
    bm_batch_carve(&contact->batch, &contact->memory);
    for (size_t i = 0; i < contact->n_shown; i++)
        order[i] = (uint32_t)contact->shown[i];
    const struct bm_batch_source source = {&contact->data.train, contact->n_shown, order,
                                           BM_SIGHT_TRAIN, 1};
    bm_batch_fill(&contact->batch, &source, 0);
    free(order);
    return 0;
}

static int make(struct contact *contact, const struct bm_config *config,
                const struct bm_launch *launch, const struct bm_contact_options *options,
                struct bm_err *err)
{
    if (bm_data_open(&contact->data, config, launch, NULL, err) != 0 ||
        bm_viewer_init(&contact->viewer, config, contact->data.facts.shape, err) != 0 ||
        choose(contact, (size_t)options->images, err) != 0)
        return -1;
    contact->config = config;
    /* Without augmentation there are no copies; a finite pool may have fewer than asked for. */
    contact->copies = config->diversity < options->copies ? (uint64_t)config->diversity
                                                          : (uint64_t)options->copies;
    size_t side = (size_t)contact->viewer.size;
    contact->pixels =
        calloc((size_t)contact->viewer.stored.channels * side * side, sizeof *contact->pixels);
    if (contact->pixels == NULL)
        return bm_fail_errno(err, "no memory for an image");
    if (mix(contact, err) != 0)
        return -1;
    lay_out(contact, options->scale);
    if (draw(contact, err) != 0 || bm_picture_write(&contact->picture, options->path, err) != 0)
        return -1;
    printf("%s: %zu of %zu training images (%zu of these have a label drawn at random)\n",
           options->path, contact->n_shown, contact->data.train.n, contact->data.noisy);
    return 0;
}

/* Sets of few images are shown whole. */
static int choose_size(struct bm_config *config, const struct bm_launch *launch, struct bm_err *err)
{
    struct bm_data_facts data;
    if (bm_data_facts(config, launch, &data, err) != 0)
        return -1;
    if ((size_t)config->train_size > data.n_train)
        config->train_size = 0;
    return 0;
}

int bm_look_contact(const struct bm_config *config, const struct bm_launch *launch,
                    const struct bm_contact_options *options, struct bm_err *err)
{
    struct contact contact = {0};
    struct bm_config sized = *config;
    if (!options->is_sized && choose_size(&sized, launch, err) != 0)
        return -1;
    int status = make(&contact, &sized, launch, options, err);
    bm_batch_fini(&contact.batch);
    bm_arena_fini(&contact.memory);
    free(contact.pixels);
    free(contact.shown);
    bm_picture_fini(&contact.picture);
    bm_viewer_fini(&contact.viewer);
    bm_data_close(&contact.data);
    return status;
}
