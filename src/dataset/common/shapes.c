/* The shapes of generated images. Only exactly rounded functions, so that images are the same bytes
 * on every machine. */
#include "shapes.h"

#include <math.h>

static float distance_to(float x, float y, float center_x, float center_y)
{
    float dx = x - center_x, dy = y - center_y;
    return sqrtf(dx * dx + dy * dy);
}

/* How far t is from the nearest multiple of `period`. */
static float from_multiple(float t, float period)
{
    return fabsf(t - period * rintf(t / period));
}

float bm_shape_disc(float x, float y)
{
    return distance_to(x, y, 0, 0) - 0.8f;
}

float bm_shape_ring(float x, float y)
{
    return fabsf(distance_to(x, y, 0, 0) - 0.72f) - 0.2f;
}

float bm_shape_square(float x, float y)
{
    return fmaxf(fabsf(x), fabsf(y)) - 0.72f;
}

float bm_shape_triangle(float x, float y)
{
    return fmaxf(-y, fmaxf(0.866f * x, -0.866f * x) + 0.5f * y) - 0.52f;
}

float bm_shape_bar(float x, float y)
{
    return fmaxf(fabsf(x) - 0.95f, fabsf(y) - 0.24f);
}

float bm_shape_cross(float x, float y)
{
    return fminf(bm_shape_bar(x, y), bm_shape_bar(y, x));
}

/* Five points: the plane is folded into half a point by reflections, whose edge is a line. */
float bm_shape_star(float x, float y)
{
    const float cos36 = 0.809017f, sin36 = 0.587785f;
    x = fabsf(x);
    float fold = 2 * fmaxf(cos36 * x - sin36 * y, 0);
    x -= fold * cos36;
    y += fold * sin36;
    fold = 2 * fmaxf(-cos36 * x - sin36 * y, 0);
    x += fold * cos36;
    y += fold * sin36;
    x = fabsf(x);
    /* From the tip (0, 1) to the notch between two points. */
    const float notch_x = 0.4f * sin36, notch_y = 0.4f * cos36;
    float along_x = notch_x, along_y = notch_y - 1;
    float length = sqrtf(along_x * along_x + along_y * along_y);
    return ((y - 1) * along_x - x * along_y) / length;
}

float bm_shape_crescent(float x, float y)
{
    return fmaxf(distance_to(x, y, 0, 0) - 0.9f, 0.72f - distance_to(x, y, 0.45f, 0));
}

float bm_shape_stripes(float x, float y)
{
    return fmaxf(distance_to(x, y, 0, 0) - 0.95f, from_multiple(x, 0.55f) - 0.14f);
}

float bm_shape_checkers(float x, float y)
{
    /* Fields of side 0.6: inside where one of the two waves is low and the other is not. */
    float wave_x = from_multiple(x, 1.2f) - 0.3f, wave_y = from_multiple(y, 1.2f) - 0.3f;
    float field = fmaxf(fminf(wave_x, wave_y), -fmaxf(wave_x, wave_y));
    /* The patch ends a little before its outer fields do, so that the next ones do not show. */
    return fmaxf(fmaxf(fabsf(x), fabsf(y)) - 0.8f, field);
}

float bm_shape_dots(float x, float y)
{
    float dot = distance_to(from_multiple(x, 0.66f), from_multiple(y, 0.66f), 0, 0) - 0.2f;
    return fmaxf(fmaxf(fabsf(x), fabsf(y)) - 0.9f, dot);
}
