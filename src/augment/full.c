/* The policy `full`: crop, flip, colour jitter, grayscale, in this order. */
#include "step/step.h"

const struct bm_policy bm_policy_full = {
    .name = "full",
    .steps =
        (const struct bm_augmentation *const[]){
            &bm_augmentation_crop,
            &bm_augmentation_flip,
            &bm_augmentation_jitter,
            &bm_augmentation_grayscale,
            NULL,
        },
};
