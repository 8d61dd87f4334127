/* Viewers: which copy of an image a visit sees, and the copy itself: draws the policy's parameters,
 * cuts the box and applies the steps. The steps are in augment/step, the policies in
 * model/policy.c. */
#include "resize.h"
#include "bm/policy.h"
#include "bm/view.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* The members of the policy, in order. */
static void find_steps(const char *augment, const struct bm_augmentation *steps[BM_MOST_STEPS + 1])
{
    size_t n = 0;
    for (const char *rest = bm_policy_members(augment); *rest != '\0' && n < BM_MOST_STEPS;) {
        char name[BM_WORD_SIZE];
        size_t length = strcspn(rest, ",");
        snprintf(name, sizeof name, "%.*s", (int)length, rest);
        rest += length + (rest[length] == ',');
        steps[n++] = bm_augmentation_find(name);
        assert(steps[n - 1] != NULL);
    }
    steps[n] = NULL;
}

static int size_of(const struct bm_config *config, struct bm_image_shape stored)
{
    return config->image_size == 0 ? stored.height : (int)config->image_size;
}

int bm_view_check(const struct bm_config *config, struct bm_image_shape stored, struct bm_err *err)
{
    const struct bm_augmentation *steps[BM_MOST_STEPS + 1];
    int size = size_of(config, stored);
    if (config->diversity == 0 && !bm_config_uses_probe(config, "invariance"))
        return 0;
    find_steps(config->augment, steps);
    for (const struct bm_augmentation *const *step = steps; *step != NULL; step++)
        if (size < (*step)->least)
            return bm_fail(err, BM_EXIT_DATA,
                           "augment: %s takes images of at least %d x %d pixels, and these have "
                           "%d x %d (image_size)",
                           (*step)->name, (*step)->least, (*step)->least, size, size);
    return 0;
}

static void carve(struct bm_viewer *viewer, struct bm_arena *memory)
{
    size_t plane = (size_t)viewer->size * (size_t)viewer->size;
    viewer->plane = bm_arena_take(memory, (plane + 1) * sizeof *viewer->plane);
    viewer->numbers = bm_arena_take(memory, plane * sizeof *viewer->numbers);
}

int bm_viewer_init(struct bm_viewer *viewer, const struct bm_config *config,
                   struct bm_image_shape stored, struct bm_err *err)
{
    struct bm_arena count = {0};
    *viewer =
        (struct bm_viewer){.config = config, .stored = stored, .size = size_of(config, stored)};
    find_steps(config->augment, viewer->steps);
    carve(viewer, &count);
    if (bm_view_check(config, stored, err) != 0 ||
        bm_arena_init(&viewer->memory, count.used, "views", err) != 0)
        return -1;
    carve(viewer, &viewer->memory);
    viewer->resizer = bm_resizer_new(stored, viewer->size, err);
    return viewer->resizer == NULL ? -1 : 0;
}

void bm_viewer_fini(struct bm_viewer *viewer)
{
    bm_resizer_free(viewer->resizer);
    bm_arena_fini(&viewer->memory);
    *viewer = (struct bm_viewer){0};
}

void bm_view_plain(struct bm_viewer *viewer, const unsigned char *pixels, float *out)
{
    bm_resizer_box(viewer->resizer, pixels, 0, 0, viewer->stored.height, viewer->stored.width, out);
}

void bm_view_draw(const struct bm_viewer *viewer, const struct bm_random *stream,
                  struct bm_view_parameters *parameters)
{
    *parameters = (struct bm_view_parameters){
        .crop_height = viewer->stored.height,
        .crop_width = viewer->stored.width,
        .jitter_order = {0, 1, 2, 3},
        .brightness = 1,
        .contrast = 1,
        .saturation = 1,
    };
    for (const struct bm_augmentation *const *step = viewer->steps; *step; step++) {
        struct bm_random random = bm_random_lane(stream, (*step)->lane);
        (*step)->draw(viewer, &random, parameters);
    }
}

void bm_view_make(struct bm_viewer *viewer, const unsigned char *pixels,
                  const struct bm_view_parameters *p, float *out)
{
    bm_resizer_box(viewer->resizer, pixels, p->crop_top, p->crop_left, p->crop_height,
                   p->crop_width, out);
    struct bm_canvas canvas = {viewer->stored.channels, viewer->size, out, viewer->plane,
                               viewer->numbers};
    for (const struct bm_augmentation *const *step = viewer->steps; *step; step++)
        if ((*step)->apply != NULL)
            (*step)->apply(p, &canvas);
}

static struct bm_random stream_of(const struct bm_viewer *viewer, enum bm_purpose purpose,
                                  uint32_t image, uint64_t j)
{
    return bm_random_of((uint64_t)viewer->config->seed, purpose, image, j);
}

static void view_of_stream(struct bm_viewer *viewer, const unsigned char *pixels,
                           enum bm_purpose purpose, uint32_t image, uint64_t j, float *out)
{
    struct bm_random stream = stream_of(viewer, purpose, image, j);
    struct bm_view_parameters parameters;
    bm_view_draw(viewer, &stream, &parameters);
    bm_view_make(viewer, pixels, &parameters, out);
}

void bm_view_copy(struct bm_viewer *viewer, const unsigned char *pixels, uint32_t image,
                  uint64_t copy, float *out)
{
    view_of_stream(viewer, pixels, BM_RANDOM_VIEW, image, copy, out);
}

void bm_view_fresh(struct bm_viewer *viewer, const unsigned char *pixels, uint32_t image,
                   uint64_t j, float *out)
{
    view_of_stream(viewer, pixels, BM_RANDOM_FRESH_VIEW, image, j, out);
}

static uint64_t copy_of(const struct bm_viewer *viewer, enum bm_purpose pick, uint32_t image,
                        int64_t epoch)
{
    double diversity = viewer->config->diversity;
    assert(diversity > 0 && isfinite(diversity));
    struct bm_random random = stream_of(viewer, pick, image, (uint64_t)epoch);
    return bm_random_below(&random, (uint64_t)diversity);
}

uint64_t bm_view_trained_copy(const struct bm_viewer *viewer, uint32_t image, int64_t epoch)
{
    return copy_of(viewer, BM_RANDOM_PICK, image, epoch);
}

uint64_t bm_view_fitted_copy(const struct bm_viewer *viewer, uint32_t image, int64_t epoch)
{
    return copy_of(viewer, BM_RANDOM_FIT_PICK, image, epoch);
}

/* What a visit sees: one of the k copies of a finite pool, by `pick`, or a new view, by `fresh`. */
static void visit(struct bm_viewer *viewer, const unsigned char *pixels, enum bm_purpose pick,
                  enum bm_purpose fresh, uint32_t image, int64_t epoch, float *out)
{
    double diversity = viewer->config->diversity;
    if (diversity == 0) {
        bm_view_plain(viewer, pixels, out);
    } else if (isinf(diversity)) {
        view_of_stream(viewer, pixels, fresh, image, (uint64_t)epoch, out);
    } else {
        bm_view_copy(viewer, pixels, image, copy_of(viewer, pick, image, epoch), out);
    }
}

void bm_view_train(struct bm_viewer *viewer, const unsigned char *pixels, uint32_t image,
                   int64_t epoch, float *out)
{
    /* A new view is the copy with the epoch's number. */
    visit(viewer, pixels, BM_RANDOM_PICK, BM_RANDOM_VIEW, image, epoch, out);
}

void bm_view_fit(struct bm_viewer *viewer, const unsigned char *pixels, uint32_t image,
                 int64_t epoch, float *out)
{
    visit(viewer, pixels, BM_RANDOM_FIT_PICK, BM_RANDOM_FIT_VIEW, image, epoch, out);
}
