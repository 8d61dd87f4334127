/* Views in files of goldens: the parameters of one, as tests/reference/augment*_golden.py writes
 * them. */
#ifndef BM_TESTS_VIEW_CASE_H
#define BM_TESTS_VIEW_CASE_H

#include <stdio.h>

#include "bm/view.h"

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
