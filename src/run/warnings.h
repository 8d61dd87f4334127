/* What is valid in a sweep and yet hardly what was meant. */
#ifndef BM_RUN_WARNINGS_H
#define BM_RUN_WARNINGS_H

#include "points.h"

/* Hands sentences that begin with a place in the sweep file to `say`: items of exclude: that match
 * nothing, points of include: that are there already, settings that have no effect in any of the
 * points or, at their size, in some. */
void bm_warnings(const struct bm_points *points, void (*say)(void *context, const char *sentence),
                 void *context);

#endif
