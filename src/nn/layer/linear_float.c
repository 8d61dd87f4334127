/* Fully connected layers in float, by the BLAS, which shares large products among threads. Where
 * values are packed, products are of blocks of columns, each of which is reals for so long. */
#include "linear.h"

#include <omp.h>

enum { BLOCK = BM_LINEAR_COLUMNS };

/* Of each thread: blocks of what is read and of what is written, or of both that are read. */
struct blocks {
    bm_real *a, *b;
};

static struct blocks carve(int n, int threads, int thread, struct bm_arena *workspace)
{
    size_t bytes = bm_arena_need((size_t)n * BLOCK * sizeof(bm_real));
    struct bm_arena own = bm_arena_part(workspace, 2 * bytes, threads, thread);
    struct blocks blocks;
    blocks.a = bm_arena_take(&own, bytes);
    blocks.b = bm_arena_take(&own, bytes);
    return blocks;
}

size_t bm_linear_float_workspace(enum bm_element passed, int n, int threads)
{
    struct bm_arena count = {0};
    if (passed != BM_ELEMENT_REAL)
        carve(n, threads, 0, &count);
    return count.used;
}

static struct blocks blocks_of(const struct bm_call *call)
{
    struct bm_arena workspace = bm_call_workspace(call);
    if (call->element_x[0] == BM_ELEMENT_REAL && call->element_y == BM_ELEMENT_REAL)
        return (struct blocks){0};
    return carve(call->n, call->threads, omp_get_thread_num(), &workspace);
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

void bm_linear_float_forward(const struct bm_call *call)
{
    struct blocks blocks = blocks_of(call);
    struct bm_linear_columns x = bm_linear_columns_in(call, call->x[0], blocks.a);
    struct bm_linear_columns y = bm_linear_columns_out(call, call->y, blocks.b);
    int in_step = bm_linear_step(&x, BLOCK), out_step = bm_linear_step(&y, BLOCK);
    for (int o = 0; o < y.width; o += out_step) {
        int outputs = least(y.width - o, out_step);
        struct bm_linear_rows to = bm_linear_place(&y, o, outputs);
        for (int i = 0; i < x.width; i += in_step) {
            int inputs = least(x.width - i, in_step);
            struct bm_linear_rows from = bm_linear_read(&x, i, inputs);
            bm_gemm(false, false, call->n, outputs, inputs, 1, from.data, from.stride,
                    call->w + (size_t)i * (size_t)y.width + o, y.width, i > 0, to.data, to.stride);
        }
        bm_linear_write(&y, o, outputs);
    }
}

void bm_linear_float_d_input(const struct bm_call *call)
{
    struct blocks blocks = blocks_of(call);
    struct bm_linear_columns dy = bm_linear_columns_out(call, call->dy, blocks.a);
    struct bm_linear_columns dx = bm_linear_columns_in(call, call->dx[0], blocks.b);
    int in_step = bm_linear_step(&dx, BLOCK), out_step = bm_linear_step(&dy, BLOCK);
    for (int i = 0; i < dx.width; i += in_step) {
        int inputs = least(dx.width - i, in_step);
        struct bm_linear_rows to =
            call->adds[0] ? bm_linear_read(&dx, i, inputs) : bm_linear_place(&dx, i, inputs);
        for (int o = 0; o < dy.width; o += out_step) {
            int outputs = least(dy.width - o, out_step);
            struct bm_linear_rows from = bm_linear_read(&dy, o, outputs);
            bm_gemm(false, true, call->n, inputs, outputs, 1, from.data, from.stride,
                    call->w + (size_t)i * (size_t)dy.width + o, dy.width, o > 0 || call->adds[0],
                    to.data, to.stride);
        }
        bm_linear_write(&dx, i, inputs);
    }
}

void bm_linear_float_d_weights(const struct bm_call *call, int first, int columns, bm_real *dw,
                               int stride)
{
    struct blocks blocks = blocks_of(call);
    struct bm_linear_columns x = bm_linear_columns_in(call, call->x[0], blocks.a);
    struct bm_linear_columns dy = bm_linear_columns_out(call, call->dy, blocks.b);
    struct bm_linear_rows right = bm_linear_read(&dy, first, columns);
    int step = bm_linear_step(&x, BLOCK);
    for (int i = 0; i < x.width; i += step) {
        int inputs = least(x.width - i, step);
        struct bm_linear_rows left = bm_linear_read(&x, i, inputs);
        bm_gemm(true, false, inputs, columns, call->n, 1, left.data, left.stride, right.data,
                right.stride, 0, dw + (size_t)i * (size_t)stride, stride);
    }
}
