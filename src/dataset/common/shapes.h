/* Shapes of generated images: distance from (x, y) to the edge, negative inside; about the unit
 * disc in size, and never beyond a distance of sqrt(2) from the origin. */
#ifndef BM_DATASET_SHAPES_H
#define BM_DATASET_SHAPES_H

/* The kinds of object, in the order of the classes. */
#define BM_SHAPES(X) \
    X(disc)          \
    X(ring)          \
    X(square)        \
    X(triangle)      \
    X(cross)         \
    X(star)          \
    X(crescent)      \
    X(stripes)       \
    X(checkers)      \
    X(dots)

#define BM_SHAPE_DECLARE(name) float bm_shape_##name(float x, float y);
BM_SHAPES(BM_SHAPE_DECLARE)
#undef BM_SHAPE_DECLARE

/* A short thick line: no class of its own. */
float bm_shape_bar(float x, float y);

#endif
