/* bm-data sheet: a contact sheet of training images. An entry is a line of text (the class, and for
 * a noisy image "class > label") above the image and its augmented copies. Above all of them stand
 * a heading, and what red means where anything is red. */
#include <stdio.h>
#include <stdlib.h>

#include "bm/data.h"
#include "bm/view.h"
#include "look.h"
#include "picture.h"

enum {
    MARGIN = 16,    /* around the sheet and between its columns, pixels */
    GAP = 4,        /* between images, and around a line of text */
    IMAGE_SIDE = 64 /* about, after zooming */
};

static const struct bm_colour paper = {238, 238, 238}, ink = {40, 40, 40}, red = {200, 30, 30};

struct contact {
    struct bm_data data;
    struct bm_viewer viewer;
    struct bm_picture picture;
    size_t *shown; /* positions in the training split; owned */
    size_t n_shown;
    uint64_t copies;
    int columns, zoom, side;      /* of an image: pixels */
    const char *heading, *legend; /* NULL: there is none */
    int legend_height;            /* of both */
    int entry_width, entry_height;
    float *pixels; /* one view; owned */
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

static bool is_wrong(const struct contact *contact, size_t image)
{
    const struct bm_split *train = &contact->data.train;
    return train->label[image] != train->truth[image];
}

static void entry_text(const struct contact *contact, size_t image, char *text, size_t size)
{
    const char *const *names = contact->data.class_names;
    const struct bm_split *train = &contact->data.train;
    if (!is_wrong(contact, image))
        snprintf(text, size, "%s", names[train->truth[image]]);
    else
        snprintf(text, size, "%s > %s", names[train->truth[image]], names[train->label[image]]);
}

static const char heading[] = "original | copies";
static const char legend[] = "red: true class > label trained on";

/* The lines above all entries. */
static void lay_out_legend(struct contact *contact)
{
    size_t wrong = 0;
    for (size_t i = 0; i < contact->n_shown; i++)
        wrong += is_wrong(contact, contact->shown[i]);
    contact->heading = contact->copies > 0 ? heading : NULL;
    contact->legend = wrong > 0 ? legend : NULL;
    int lines = (contact->heading != NULL) + (contact->legend != NULL);
    contact->legend_height = lines > 0 ? lines * (BM_TEXT_HEIGHT + GAP) + GAP : 0;
}

static void draw_legend(struct contact *contact)
{
    int top = MARGIN;
    if (contact->heading != NULL) {
        bm_picture_text(&contact->picture, MARGIN, top, contact->heading, ink);
        top += BM_TEXT_HEIGHT + GAP;
    }
    if (contact->legend != NULL)
        bm_picture_text(&contact->picture, MARGIN, top, contact->legend, red);
}

static int legend_width(const struct contact *contact)
{
    int first = contact->heading ? bm_text_width(contact->heading) : 0;
    int second = contact->legend ? bm_text_width(contact->legend) : 0;
    return first > second ? first : second;
}

static void lay_out(struct contact *contact, int scale)
{
    int size = contact->viewer.size, images = (int)contact->copies + 1;
    contact->zoom = scale > 0 ? scale : size < IMAGE_SIDE ? IMAGE_SIDE / size : 1;
    contact->side = size * contact->zoom;
    contact->entry_width = images * (contact->side + GAP) + (contact->copies ? GAP : 0);
    for (size_t i = 0; i < contact->n_shown; i++) {
        char text[200];
        entry_text(contact, contact->shown[i], text, sizeof text);
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

static void draw_entry(struct contact *contact, size_t image, int left, int top)
{
    const struct bm_split *train = &contact->data.train;
    bool noisy = is_wrong(contact, image);
    char text[200];
    entry_text(contact, image, text, sizeof text);
    bm_picture_text(&contact->picture, left, top, text, noisy ? red : ink);
    top += BM_TEXT_HEIGHT + GAP;
    bm_view_plain(&contact->viewer, train->pixels[image], contact->pixels);
    draw_view(contact, left, top);
    for (uint64_t copy = 0; copy < contact->copies; copy++) {
        int column = (int)copy + 1;
        bm_view_copy(&contact->viewer, train->pixels[image], train->index[image], copy,
                     contact->pixels);
        /* A wider gap parts the image from its copies. */
        draw_view(contact, left + column * (contact->side + GAP) + GAP, top);
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
        draw_entry(contact, contact->shown[i],
                   MARGIN + i % columns * (contact->entry_width + MARGIN),
                   MARGIN + contact->legend_height + i / columns * contact->entry_height);
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
    /* Without augmentation there are no copies; a finite pool may have fewer than asked for. */
    contact->copies = config->diversity < options->copies ? (uint64_t)config->diversity
                                                          : (uint64_t)options->copies;
    size_t side = (size_t)contact->viewer.size;
    contact->pixels =
        calloc((size_t)contact->viewer.stored.channels * side * side, sizeof *contact->pixels);
    if (contact->pixels == NULL)
        return bm_fail_errno(err, "no memory for an image");
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
    free(contact.pixels);
    free(contact.shown);
    bm_picture_fini(&contact.picture);
    bm_viewer_fini(&contact.viewer);
    bm_data_close(&contact.data);
    return status;
}
