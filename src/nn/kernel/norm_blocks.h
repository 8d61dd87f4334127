/* How the passes of a normalization walk over pixels of channels: in norm.c forward, in norm_d.c
 * backward.
 *
 * Everything works on x - shift, so that sums stay accurate where mean >> deviation. Memory bounds
 * these passes, so they read it in order: a block of channels goes through a few pixels at a time,
 * with what is one value a channel in registers; sums run in reals over those pixels, then in
 * double (long sums of equal values would round to one side). */
#ifndef BM_NN_KERNEL_NORM_BLOCKS_H
#define BM_NN_KERNEL_NORM_BLOCKS_H

#include "stream.h"

#ifdef BM_DOUBLE
typedef int64_t bm_mask_lane;
#else
typedef int32_t bm_mask_lane;
#endif
typedef bm_mask_lane bm_mask
    __attribute__((vector_size(BM_VECTOR_BYTES), aligned(sizeof(bm_real)), may_alias));

BM_INLINE bm_vector where(bm_mask mask, bm_vector vector)
{
    return (bm_vector)((bm_mask)vector & mask);
}

/* Lets NaN through, so that a diverged run stays visible. */
BM_INLINE bm_vector relu(bm_vector vector)
{
    return where(~(bm_mask)(vector < zero()), vector);
}

enum { PIXELS = 16, MOST_VECTORS = 4 }; /* of a block, at most */

/* A block: `n` pixels, `vectors` vectors of channels from c on, whose last has `lanes` lanes (all,
 * unless it is alone). `plain` is where it begins, `padded` where it does in a padded image; steps
 * are those from a pixel to the next. */
struct block {
    size_t plain, padded, plain_step, padded_step, channels;
    int c, n;
};

/* Runs `work(&block, vectors, lanes)` for all blocks, with constants for the last two where they
 * are whole. `work` may be a macro. */
#define FOR_BLOCKS(pixels, work)                                  \
    for (int image = 0; image < (pixels)->images; image++)        \
        for (int h = 0; h < (pixels)->height; h++)                \
            for (int w = 0; w < (pixels)->width; w += PIXELS) {   \
                const int all = (pixels)->channels;               \
                struct block b = block_of(pixels, image, h, w);   \
                for (; b.c + 4 * LANES <= all; next_block(&b, 4)) \
                    work(&b, 4, LANES);                           \
                for (; b.c + 2 * LANES <= all; next_block(&b, 2)) \
                    work(&b, 2, LANES);                           \
                for (; b.c + LANES <= all; next_block(&b, 1))     \
                    work(&b, 1, LANES);                           \
                if (b.c < all)                                    \
                    work(&b, 1, all - b.c);                       \
            }

BM_INLINE struct block block_of(const struct bm_pixels *pixels, int image, int h, int w)
{
    size_t channels = (size_t)pixels->channels;
    size_t row = (size_t)image * (size_t)pixels->height + (size_t)h;
    size_t padded_row = (size_t)image * pixels->image + (size_t)h * pixels->row;
    struct block b = {
        .plain_step = channels + pixels->plain_gap,
        .padded_step = channels + pixels->padded_gap,
        .channels = channels,
        .n = pixels->width - w < PIXELS ? pixels->width - w : PIXELS,
    };
    b.plain = (row * (size_t)pixels->width + (size_t)w) * b.plain_step;
    b.padded = (padded_row + (size_t)w) * b.padded_step;
    return b;
}

BM_INLINE void next_block(struct block *b, int vectors)
{
    b->c += vectors * LANES;
    b->plain += (size_t)(vectors * LANES);
    b->padded += (size_t)(vectors * LANES);
}

/* Where vector v of pixel i lies. */
BM_INLINE size_t plain_at(const struct block *b, int i, int v)
{
    return b->plain + (size_t)i * b->plain_step + (size_t)(v * LANES);
}

BM_INLINE size_t padded_at(const struct block *b, int i, int v)
{
    return b->padded + (size_t)i * b->padded_step + (size_t)(v * LANES);
}

/* What an array's elements are, and whether there is an instruction that rounds them. Constants
 * wherever these are inlined. */
enum elements { REALS, BF16, BF16_NATIVE };

struct stored {
    enum elements plain, padded;
    bool streams; /* no constant */
};

/* A vector from element `at` on. */
BM_INLINE bm_vector load_stored(const void *array, size_t at, int lanes, enum elements elements)
{
    if (elements == REALS)
        return load_part((const bm_real *)array + at, lanes);
    bm_halves halves = {0};
    const uint16_t *from = (const uint16_t *)array + at;
    if (lanes >= LANES)
        halves = *(const bm_halves *)from;
    else
        memcpy(&halves, from, (size_t)lanes * sizeof *from);
    bm_words bits = __builtin_convertvector(halves, bm_words) << 16;
    return __builtin_convertvector((bm_floats)bits, bm_vector);
}

BM_INLINE void store_stored(void *array, size_t at, bm_vector vector, int lanes,
                            enum elements elements, bool streams)
{
    if (elements == REALS) {
        if (streams)
            stream((bm_real *)array + at, vector);
        else
            store_part((bm_real *)array + at, vector, lanes);
        return;
    }
    bm_halves halves = rounded_halves(vector, elements == BF16_NATIVE);
    uint16_t *to = (uint16_t *)array + at;
    if (streams)
        stream_halves(to, halves);
    else if (lanes >= LANES)
        *(bm_halves *)to = halves;
    else
        memcpy(to, &halves, (size_t)lanes * sizeof *to);
}

/* Whether what is written to `array`, of such elements, is to be streamed, and can be: in whole
 * vectors. Where the caller wants it, there are no gaps. */
BM_INLINE bool streams_to(const struct bm_pixels *pixels, const void *array,
                          enum bm_element element)
{
    return pixels->streams && pixels->channels % LANES == 0 && can_stream(array, element);
}

/* Runs `pass(arguments, stored)` with constants: where the plain arrays are in bfloat16, the padded
 * one may be, too. */
#define IN_STORED(pixels, streams, pass, ...)                                      \
    do {                                                                           \
        bool both = (pixels)->padded == BM_ELEMENT_BF16;                           \
        if ((pixels)->plain != BM_ELEMENT_BF16)                                    \
            pass(__VA_ARGS__, (struct stored){REALS, REALS, streams});             \
        else if (has_bf16() && both)                                               \
            pass(__VA_ARGS__, (struct stored){BF16_NATIVE, BF16_NATIVE, streams}); \
        else if (has_bf16())                                                       \
            pass(__VA_ARGS__, (struct stored){BF16_NATIVE, REALS, streams});       \
        else if (both)                                                             \
            pass(__VA_ARGS__, (struct stored){BF16, BF16, streams});               \
        else                                                                       \
            pass(__VA_ARGS__, (struct stored){BF16, REALS, streams});              \
        if (streams)                                                               \
            end_stream();                                                          \
    } while (0)

/* The values of a normalization for the channels of a block. */
struct values {
    bool has_relu;
    bm_vector shift[MOST_VECTORS], factor[MOST_VECTORS], bias[MOST_VECTORS];
};

BM_INLINE struct values values_of(const struct bm_norm *norm, const struct block *b, int vectors,
                                  int lanes)
{
    struct values values = {.has_relu = norm->has_relu};
    for (int v = 0; v < vectors; v++) {
        int c = b->c + v * LANES;
        values.shift[v] = load_part(norm->shift + c, lanes);
        values.factor[v] = load_part(norm->factor + c, lanes);
        values.bias[v] = load_part(norm->bias + c, lanes);
    }
    return values;
}

/* sum[0 ... lanes-1] += vector, in double. */
BM_INLINE void add_to(double *sum, bm_vector vector, int lanes)
{
    bm_real values[LANES];
    store(values, vector);
    for (int i = 0; i < lanes; i++)
        sum[i] += (double)values[i];
}

#endif
