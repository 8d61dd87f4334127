#include "centred.h"

#include "bm/linalg.h"

enum { CHUNK = 512, MOST_IMAGES = 2000 }; /* columns at a time */

struct scratch {
    float *part;     /* n x CHUNK */
    double *centred; /* the same, or its transpose */
};

static struct scratch carve(size_t n, size_t dimension, struct bm_arena *work)
{
    size_t columns = dimension < CHUNK ? dimension : CHUNK;
    size_t most = n > dimension ? n * dimension : n * columns; /* a covariance takes all at once */
    return (struct scratch){
        .part = bm_arena_take(work, n * columns * sizeof(float)),
        .centred = bm_arena_take(work, most * sizeof(double)),
    };
}

size_t bm_centred_work(size_t n, size_t dimension)
{
    struct bm_arena count = {0};
    carve(n, dimension, &count);
    return count.used;
}

size_t bm_centred_images(const struct bm_probe_task *task)
{
    return task->n_test < MOST_IMAGES ? task->n_test : MOST_IMAGES;
}

static double mean_of(const float *column, size_t n, size_t stride)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)column[i * stride];
    return sum / (double)n;
}

/* Centred columns at … of all images. Value (i, c) goes to out[i * by_image + c * by_column]. */
static void centre(const struct bm_held *held, size_t at, size_t columns, float *part, double *out,
                   size_t by_image, size_t by_column)
{
    bm_held_copy(held, 0, held->n, at, columns, part);
    for (size_t c = 0; c < columns; c++) {
        double mean = mean_of(part + c, held->n, columns);
        for (size_t i = 0; i < held->n; i++)
            out[i * by_image + c * by_column] = (double)part[i * columns + c] - mean;
    }
}

void bm_centred_gram(const struct bm_held *held, double *gram, struct bm_arena *work)
{
    struct scratch scratch = carve(held->n, held->dimension, work);
    for (size_t at = 0; at < held->dimension; at += CHUNK) {
        size_t left = held->dimension - at, columns = left < CHUNK ? left : CHUNK;
        centre(held, at, columns, scratch.part, scratch.centred, columns, 1);
        bm_gram_of_rows((int)held->n, (int)columns, scratch.centred, at == 0 ? 0 : 1, gram);
    }
}

void bm_centred_covariance(const struct bm_held *held, double *gram, struct bm_arena *work)
{
    struct scratch scratch = carve(held->n, held->dimension, work);
    for (size_t at = 0; at < held->dimension; at += CHUNK) {
        size_t left = held->dimension - at, columns = left < CHUNK ? left : CHUNK;
        centre(held, at, columns, scratch.part, scratch.centred + at * held->n, 1, held->n);
    }
    bm_gram_of_rows((int)held->dimension, (int)held->n, scratch.centred, 0, gram);
}
