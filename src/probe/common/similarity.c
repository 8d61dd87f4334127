#include "bm/similarity.h"

#include <math.h>

#include "bm/linalg.h"
#include "bm/tap.h"
#include "centred.h"

size_t bm_similarity_images(size_t n_test)
{
    return bm_centred_images(&(struct bm_probe_task){.n_test = n_test});
}

struct bm_similarity bm_similarity_carve(size_t n, struct bm_arena *arena)
{
    double *pairs = bm_arena_take(arena, bm_pairs_of(n) * sizeof *pairs);
    double *sums = bm_arena_take(arena, n * sizeof *sums);
    return (struct bm_similarity){pairs, sums, NAN};
}

size_t bm_similarity_work(size_t n, size_t dimension)
{
    return bm_arena_need(n * n * sizeof(double)) + bm_centred_work(n, dimension);
}

static double hsic(const struct bm_similarity *a, const struct bm_similarity *b, size_t images)
{
    double n = (double)images, products = 0, sum_a = 0, sum_b = 0, of_sums = 0;
    for (size_t i = 0; i < bm_pairs_of(images); i++)
        products += a->pairs[i] * b->pairs[i];
    for (size_t i = 0; i < images; i++) {
        sum_a += a->sums[i];
        sum_b += b->sums[i];
        of_sums += a->sums[i] * b->sums[i];
    }
    return (2 * products + sum_a * sum_b / ((n - 1) * (n - 2)) - 2 / (n - 2) * of_sums) /
           (n * (n - 3));
}

/* What the Gram matrix is multiplied with, and its scale: a power of two, which changes no digit.
 * Else the product of the self-HSICs of two taps, fourth powers of features each, would not fit
 * into a double where these are as large, or as small, as a float can be. */
static double unit_of(double *scale)
{
    int exponent = 0;
    *scale = frexp(*scale, &exponent);
    return ldexp(1, -exponent);
}

void bm_similarity_measure(struct bm_similarity *similarity, const struct bm_held *held,
                           struct bm_arena work)
{
    const double rounding = 1e-10; /* of the squared scale of the Gram matrix */
    size_t n = held->n, at = 0;
    double *gram = bm_arena_take(&work, n * n * sizeof *gram), scale = 0;
    if (n < 4) /* the estimate divides by n - 3 */
        return;
    bm_centred_gram(held, gram, &work);
    for (size_t i = 0; i < n; i++)
        scale += bm_gram_at(gram, n, i, i) / (double)n;
    double unit = unit_of(&scale);
    for (size_t i = 0; i < n; i++) {
        similarity->sums[i] = 0;
        for (size_t j = 0; j < n; j++)
            similarity->sums[i] += j == i ? 0 : unit * bm_gram_at(gram, n, i, j);
        for (size_t j = 0; j < i; j++)
            similarity->pairs[at++] = unit * bm_gram_at(gram, n, i, j);
    }
    double self = hsic(similarity, similarity, n);
    similarity->self = self < rounding * scale * scale || scale == 0 ? NAN : self;
}

double bm_similarity_cka(const struct bm_similarity *a, const struct bm_similarity *b, size_t n)
{
    return isnan(a->self) || isnan(b->self) ? NAN : hsic(a, b, n) / sqrt(a->self * b->self);
}
