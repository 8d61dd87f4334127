/* Views in files of goldens: the stored images and the parameters of a view, as
 * tests/reference/augment*_golden.py have and write them. */
#ifndef BM_TESTS_VIEW_CASE_H
#define BM_TESTS_VIEW_CASE_H

#include <stdint.h>
#include <stdio.h>

#include "bm/view.h"

static inline unsigned char hashed_byte(uint32_t n)
{
    uint32_t x = n * 2654435761u;
    x ^= x >> 15;
    x *= 2246822519u;
    return (unsigned char)(x ^ x >> 13);
}

/* Noise; of three channels with gray pixels, black and white ones, and pixels with two equal
 * channels. */
static inline void stored_image(struct bm_image_shape shape, unsigned char *pixels)
{
    uint32_t plane = (uint32_t)(shape.height * shape.width);
    for (uint32_t i = 0; i < plane && shape.channels == 1; i++)
        pixels[i] = hashed_byte(i);
    for (uint32_t i = 0; i < plane && shape.channels == 3; i++) {
        unsigned char rgb[3];
        for (uint32_t c = 0; c < 3; c++) {
            rgb[c] = hashed_byte(3 * i + (i % 5 == 0 ? 0 : c));
            if (i % 5 == 1)
                rgb[c] = rgb[c] & 1 ? 255 : 0;
        }
        if (i % 5 == 2)
            rgb[i % 3] = rgb[(i + 1) % 3];
        for (uint32_t c = 0; c < 3; c++)
            pixels[c * plane + i] = rgb[c];
    }
}

/* Returns how many numbers were read: all are 15. */
static inline int read_view_parameters(FILE *file, struct bm_view_parameters *p)
{
    int *order = p->jitter_order;
    return fscanf(file, "%d %d %d %d %d %d %d %d %d %d %f %f %f %f %d", &p->crop_top, &p->crop_left,
                  &p->crop_height, &p->crop_width, &p->flip, &p->jitter, &order[0], &order[1],
                  &order[2], &order[3], &p->brightness, &p->contrast, &p->saturation, &p->hue,
                  &p->grayscale);
}

#endif
