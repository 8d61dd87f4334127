/* Fully connected layers in bfloat16: y = x W, dx = dy W', dW = x' dy. A block of W's columns is
 * rounded and rearranged for the product that reads it next, so that it stays in the cache until
 * then. Sums are made in an order that does not depend on the number of threads. */
#include "linear.h"

#include <omp.h>

#include "../slice.h"

enum {
    BLOCK = 256, /* columns of W: with 512 rows of them 256 KiB */
    PANEL = 32,  /* two vectors of the widest instruction set */
};

struct work {
    const struct bm_kernels *kernels;
    int in, out, panel;
    bm_pair *x;                    /* all of it: rows, or pairs of them */
    bm_pair *weights, *d_products; /* of each thread: a block of W's columns, and of dy's */
};

bool bm_linear_has_bf16(const struct bm_node *node)
{
    return bm_linear_inputs(node) % PANEL == 0 && node->out.channels % PANEL == 0;
}

static struct work carve(const struct bm_node *node, int n, int threads, int thread,
                         struct bm_arena *workspace)
{
    size_t in = (size_t)bm_linear_inputs(node), pairs = bm_pair_count((size_t)n);
    size_t weights = in / 2 * BLOCK * sizeof(bm_pair), gradients = pairs * BLOCK * sizeof(bm_pair);
    struct bm_arena count = {0};
    bm_arena_take(&count, weights);
    bm_arena_take(&count, gradients);
    struct work work = {.kernels = bm_kernels(), .in = (int)in, .out = node->out.channels};
    work.panel = 2 * work.kernels->lanes;
    work.x = bm_arena_take(workspace, pairs * in * sizeof(bm_pair));
    struct bm_arena own = bm_arena_part(workspace, count.used, threads, thread);
    work.weights = bm_arena_take(&own, weights);
    work.d_products = bm_arena_take(&own, gradients);
    return work;
}

size_t bm_linear_bf16_workspace(const struct bm_node *node, int n, int threads)
{
    struct bm_arena count = {0};
    carve(node, n, threads, 0, &count);
    return count.used;
}

static struct work work_of(const struct bm_call *call, int thread)
{
    struct bm_arena workspace = bm_call_workspace(call);
    return carve(call->node, call->n, call->threads, thread, &workspace);
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* C = A B, or +=, of k pairs: A's rows have their pairs one behind the other. */
static struct bm_panel_product product_of(const struct work *work, int m, int k, const void *a,
                                          const bm_pair *b, int columns, bm_real *c, int stride)
{
    size_t panel = (size_t)work->panel;
    return (struct bm_panel_product){.m = m,
                                     .k = k,
                                     .has_pairs = true,
                                     .a = a,
                                     .a_row = (size_t)k,
                                     .a_depth = 1,
                                     .a_panel = k,
                                     .b = b,
                                     .b_row = panel,
                                     .b_step = (size_t)k * panel,
                                     .c = c,
                                     .c_row = (size_t)stride,
                                     .c_step = panel,
                                     .width = work->panel,
                                     .panels = columns / work->panel};
}

void bm_linear_bf16_forward(const struct bm_call *call)
{
    struct work all = work_of(call, 0);
    all.kernels->bf16_pack(call->x[0], (size_t)call->n * (size_t)all.in, (uint16_t *)all.x);
#pragma omp parallel for num_threads(call->threads) schedule(static)
    for (int first = 0; first < all.out; first += BLOCK) {
        struct work work = work_of(call, omp_get_thread_num());
        int columns = least(work.out - first, BLOCK);
        work.kernels->pair_rows(call->w + first, (size_t)work.out, work.in, columns, work.panel,
                                work.weights);
        struct bm_panel_product product = product_of(
            &work, call->n, work.in / 2, work.x, work.weights, columns, call->y + first, work.out);
        work.kernels->panel_product(&product);
    }
}

/* Of inputs first ... end-1, a term of the sum for each output. */
static void d_input_part(const struct bm_call *call, const struct work *work, int first, int end)
{
    for (int o = 0; o < work->out; o += BLOCK) {
        int outputs = least(work->out - o, BLOCK);
        uint16_t *rows = (uint16_t *)work->d_products;
        for (int i = 0; i < call->n; i++)
            work->kernels->bf16_pack(call->dy + (size_t)i * (size_t)work->out + o, (size_t)outputs,
                                     rows + (size_t)i * (size_t)outputs);
        work->kernels->pair_columns(call->w + (size_t)first * (size_t)work->out + o,
                                    (size_t)work->out, end - first, outputs, work->panel,
                                    work->weights);
        struct bm_panel_product product =
            product_of(work, call->n, outputs / 2, rows, work->weights, end - first,
                       call->dx[0] + first, work->in);
        product.add = o > 0 || call->adds[0];
        work->kernels->panel_product(&product);
    }
}

void bm_linear_bf16_d_input(const struct bm_call *call)
{
#pragma omp parallel num_threads(call->threads)
    {
        int thread = omp_get_thread_num(), threads = omp_get_num_threads();
        struct work work = work_of(call, thread);
        int panels = work.in / PANEL;
        int first = PANEL * bm_slice_begin(panels, thread, threads);
        int end = PANEL * bm_slice_begin(panels, thread + 1, threads);
        if (first < end)
            d_input_part(call, &work, first, end);
    }
}

void bm_linear_bf16_begin_d_weights(const struct bm_call *call)
{
    struct work all = work_of(call, 0);
    all.kernels->pair_rows(call->x[0], (size_t)all.in, call->n, all.in, all.in, all.x);
}

static void d_weights_block(const struct bm_call *call, int first, int columns, bm_real *dw,
                            int stride)
{
    struct work work = work_of(call, omp_get_thread_num());
    int pairs = (int)bm_pair_count((size_t)call->n);
    work.kernels->pair_rows(call->dy + first, (size_t)work.out, call->n, columns, work.panel,
                            work.d_products);
    struct bm_panel_product product =
        product_of(&work, work.in, pairs, work.x, work.d_products, columns, dw, stride);
    product.a_row = 1;
    product.a_depth = (size_t)work.in;
    work.kernels->panel_product(&product);
}

void bm_linear_bf16_d_weights(const struct bm_call *call, int first, int columns, bm_real *dw,
                              int stride)
{
    if (omp_in_parallel()) {
        for (int at = 0; at < columns; at += BLOCK)
            d_weights_block(call, first + at, least(columns - at, BLOCK), dw + at, stride);
        return;
    }
#pragma omp parallel for num_threads(call->threads) schedule(static)
    for (int at = 0; at < columns; at += BLOCK)
        d_weights_block(call, first + at, least(columns - at, BLOCK), dw + at, stride);
}
