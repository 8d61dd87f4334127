/* Fully connected layers in float, by the BLAS, which shares large products among threads. Where
 * values are packed, products are of blocks of columns, each of which is reals for so long: so many
 * for each thread that they are worth sharing. */
#include "linear.h"

#include <omp.h>

/* Room for reals of what is read and of what is written, or of both that are read. */
struct blocks {
    bm_real *a, *b;
    int columns;
};

/* The blocks of `own` threads, from those of `thread` on. */
static struct blocks carve(const struct bm_node *node, int n, int threads, int thread, int own,
                           struct bm_arena *workspace)
{
    int in = bm_linear_inputs(node), out = node->out.channels;
    int columns = bm_linear_least(BM_LINEAR_COLUMNS, in > out ? in : out);
    size_t bytes = bm_arena_need((size_t)n * (size_t)columns * sizeof(bm_real));
    bm_real *a = bm_arena_take(workspace, (size_t)threads * bytes);
    bm_real *b = bm_arena_take(workspace, (size_t)threads * bytes);
    size_t first = (size_t)thread * bytes / sizeof(bm_real);
    return a == NULL ? (struct blocks){0} : (struct blocks){a + first, b + first, own * columns};
}

size_t bm_linear_float_workspace(const struct bm_node *node, enum bm_element passed, int n,
                                 int threads)
{
    struct bm_arena count = {0};
    if (passed != BM_ELEMENT_REAL)
        carve(node, n, threads, 0, threads, &count);
    return count.used;
}

/* For the caller: all of them, or where it is one of several its own. */
static struct blocks blocks_of(const struct bm_call *call)
{
    struct bm_arena workspace = bm_call_workspace(call);
    bool is_alone = !omp_in_parallel();
    if (call->element_x[0] == BM_ELEMENT_REAL && call->element_y == BM_ELEMENT_REAL)
        return (struct blocks){0};
    return carve(call->node, call->n, call->threads, is_alone ? 0 : omp_get_thread_num(),
                 is_alone ? call->threads : 1, &workspace);
}

void bm_linear_float_forward(const struct bm_call *call)
{
    struct blocks blocks = blocks_of(call);
    struct bm_linear_columns x = bm_linear_columns_in(call, call->x[0], blocks.a);
    struct bm_linear_columns y = bm_linear_columns_out(call, call->y, blocks.b);
    int in_step = bm_linear_step(&x, blocks.columns), out_step = bm_linear_step(&y, blocks.columns);
    for (int o = 0; o < y.width; o += out_step) {
        int outputs = bm_linear_least(y.width - o, out_step);
        struct bm_linear_rows to = bm_linear_place(&y, o, outputs);
        for (int i = 0; i < x.width; i += in_step) {
            int inputs = bm_linear_least(x.width - i, in_step);
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
    int in_step = bm_linear_step(&dx, blocks.columns),
        out_step = bm_linear_step(&dy, blocks.columns);
    for (int i = 0; i < dx.width; i += in_step) {
        int inputs = bm_linear_least(dx.width - i, in_step);
        struct bm_linear_rows to =
            call->adds[0] ? bm_linear_read(&dx, i, inputs) : bm_linear_place(&dx, i, inputs);
        for (int o = 0; o < dy.width; o += out_step) {
            int outputs = bm_linear_least(dy.width - o, out_step);
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
    int step = bm_linear_step(&x, blocks.columns);
    for (int i = 0; i < x.width; i += step) {
        int inputs = bm_linear_least(x.width - i, step);
        struct bm_linear_rows left = bm_linear_read(&x, i, inputs);
        bm_gemm(true, false, inputs, columns, call->n, 1, left.data, left.stride, right.data,
                right.stride, 0, dw + (size_t)i * (size_t)stride, stride);
    }
}
