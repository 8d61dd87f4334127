/* Views: what the network sees of an image. A view is a float tensor (C, S, S) in channel planes, S
 * = image_size. Copy j of image i is a pure function of (seed, i, j), whatever the diversity:
 * smaller pools are prefixes of larger ones. */
#ifndef BM_VIEW_H
#define BM_VIEW_H

#include <stddef.h>
#include <stdint.h>

#include "bm/arena.h"
#include "bm/config.h"
#include "bm/image.h"
#include "bm/random.h"

enum { BM_MOST_STEPS = 16, BM_MOST_OPERATIONS = 4 };

/* The parameters drawn for one view by all steps of a policy. */
struct bm_view_parameters {
    int crop_top, crop_left, crop_height, crop_width; /* pixels of the stored image */
    int flip;                                         /* 0, 1 */
    int jitter;                                       /* 0, 1 */
    int jitter_order[4]; /* 0 brightness, 1 contrast, 2 saturation, 3 hue */
    float brightness, contrast, saturation, hue;
    int grayscale;          /* 0, 1 */
    int vertical_flip;      /* 0, 1 */
    double affine_angle;    /* degrees, clockwise */
    int affine_x, affine_y; /* pixels that the image is shifted by, right and down */
    int blur;               /* 0, 1 */
    float blur_sigma;       /* pixels */
    int erasing_top, erasing_left, erasing_height, erasing_width; /* pixels of the view; 0: none */
    int n_operations;                                             /* of RandAugment */
    struct bm_operation {
        int number; /* of augment/step/randaugment.c */
        float magnitude;
    } operations[BM_MOST_OPERATIONS];
};

/* A float image in planes. */
struct bm_canvas {
    int channels, size; /* size x size pixels */
    float *pixels;      /* channels*size*size */
    /* For whoever changes it: room for size*size + 1 values, and for size*size numbers. */
    float *plane;
    int32_t *numbers;
};

struct bm_viewer;

/* One step of a policy, and member of the lists that the setting `augment` takes: crop, flip, … */
struct bm_augmentation {
    const char *name, *help;
    unsigned lane; /* of a view's random stream; no two steps share one */
    int least;     /* pixels a side that a view has to have; 0: any */
    /* Sets this step's parameters; before any step has drawn, they mean "change nothing". */
    void (*draw)(const struct bm_viewer *viewer, struct bm_random *random,
                 struct bm_view_parameters *parameters);
    /* Changes the canvas. NULL: the crop, whose box is what the canvas is made from. */
    void (*apply)(const struct bm_view_parameters *parameters, struct bm_canvas *canvas);
};
extern const struct bm_augmentation *const bm_augments[]; /* all, NULL-terminated */
const struct bm_augmentation *bm_augmentation_find(const char *name);

struct bm_viewer {
    const struct bm_config *config;                         /* borrowed */
    const struct bm_augmentation *steps[BM_MOST_STEPS + 1]; /* of the policy, NULL-terminated */
    struct bm_image_shape stored;
    int size;                   /* pixels a side of every view */
    struct bm_resizer *resizer; /* owned */
    struct bm_arena memory;     /* of the canvas */
    float *plane;
    int32_t *numbers;
};

/* That views of `stored` images are large enough for all members of the policy, where any are made
 * (BM_EXIT_DATA). */
int bm_view_check(const struct bm_config *config, struct bm_image_shape stored, struct bm_err *err);

/* Plans for one configuration; no allocation afterwards. One viewer serves one thread. */
int bm_viewer_init(struct bm_viewer *viewer, const struct bm_config *config,
                   struct bm_image_shape stored, struct bm_err *err);
void bm_viewer_fini(struct bm_viewer *viewer);

/* Each writes channels*size*size floats in [0, 1] to `out`, in planes. `image` is the image's index
 * in the original file order. */

/* The un-augmented image: bytes/255, resized (bilinear, antialias) where image_size asks for it. */
void bm_view_plain(struct bm_viewer *viewer, const unsigned char *pixels, float *out);
/* What training sees in `epoch` (from 1). */
void bm_view_train(struct bm_viewer *viewer, const unsigned char *pixels, uint32_t image,
                   int64_t epoch, float *out);
/* The view for `fit`: one drawn by (seed, "fit", epoch, image) from what training may see. */
void bm_view_fit(struct bm_viewer *viewer, const unsigned char *pixels, uint32_t image,
                 int64_t epoch, float *out);
/* The copy of a finite pool that they see, from 0. */
uint64_t bm_view_trained_copy(const struct bm_viewer *viewer, uint32_t image, int64_t epoch);
uint64_t bm_view_fitted_copy(const struct bm_viewer *viewer, uint32_t image, int64_t epoch);
/* View j of an image that is nobody else's, the same in every epoch and for every diversity. */
void bm_view_fresh(struct bm_viewer *viewer, const unsigned char *pixels, uint32_t image,
                   uint64_t j, float *out);
/* Copy j of an image. */
void bm_view_copy(struct bm_viewer *viewer, const unsigned char *pixels, uint32_t image,
                  uint64_t copy, float *out);
/* The parameters that the policy draws from an unused stream, and the view with given parameters.
 */
void bm_view_draw(const struct bm_viewer *viewer, const struct bm_random *stream,
                  struct bm_view_parameters *parameters);
void bm_view_make(struct bm_viewer *viewer, const unsigned char *pixels,
                  const struct bm_view_parameters *parameters, float *out);

#endif
