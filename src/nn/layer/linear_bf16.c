/* Fully connected layers in bfloat16. A block of W's columns is rounded and rearranged for the
 * product that reads it next, so that it stays in the cache until then. What is packed is rounded
 * already. Sums are made in float, in an order that does not depend on the number of threads. */
#include "linear.h"

#include <omp.h>
#include <string.h>

#include "../slice.h"

enum {
    BLOCK = 256,  /* columns of W: with 512 rows of them 256 KiB */
    INPUTS = 512, /* whose gradients are summed at a time */
    PANEL = 32,   /* two vectors of the widest instruction set */
};

struct work {
    const struct bm_kernels *kernels;
    int in, out, panel;
    bm_pair *x; /* all of it: rows, or pairs of them */
    /* of each thread: a block of W's columns, of dy's, and of y or dx before they are packed */
    bm_pair *weights, *d_products;
    bm_real *sums;
};

bool bm_linear_has_bf16(const struct bm_node *node)
{
    return bm_linear_inputs(node) % PANEL == 0 && node->out.channels % PANEL == 0;
}

static struct work carve(const struct bm_node *node, bool is_packed, int n, int threads, int thread,
                         struct bm_arena *workspace)
{
    size_t in = (size_t)bm_linear_inputs(node), pairs = bm_pair_count((size_t)n);
    size_t weights = in / 2 * BLOCK * sizeof(bm_pair), gradients = pairs * BLOCK * sizeof(bm_pair);
    size_t sums = is_packed ? (size_t)n * INPUTS * sizeof(bm_real) : 0;
    struct bm_arena count = {0};
    bm_arena_take(&count, weights);
    bm_arena_take(&count, gradients);
    bm_arena_take(&count, sums);
    struct work work = {.kernels = bm_kernels(), .in = (int)in, .out = node->out.channels};
    work.panel = 2 * work.kernels->lanes;
    work.x = bm_arena_take(workspace, pairs * in * sizeof(bm_pair));
    struct bm_arena own = bm_arena_part(workspace, count.used, threads, thread);
    work.weights = bm_arena_take(&own, weights);
    work.d_products = bm_arena_take(&own, gradients);
    work.sums = bm_arena_take(&own, sums);
    return work;
}

size_t bm_linear_bf16_workspace(const struct bm_node *node, enum bm_element passed, int n,
                                int threads)
{
    struct bm_arena count = {0};
    carve(node, passed != BM_ELEMENT_REAL, n, threads, 0, &count);
    return count.used;
}

static struct work work_of(const struct bm_call *call, int thread)
{
    struct bm_arena workspace = bm_call_workspace(call);
    bool is_packed = call->element_x[0] != BM_ELEMENT_REAL || call->element_y != BM_ELEMENT_REAL;
    return carve(call->node, is_packed, call->n, call->threads, thread, &workspace);
}

/* C = A B, or +=, of k pairs: A's rows have their pairs one behind the other. */
static struct bm_panel_product product_of(const struct work *work, int m, int k, const void *a,
                                          const bm_pair *b, int columns, struct bm_linear_rows c)
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
                                     .c = c.data,
                                     .c_row = (size_t)c.stride,
                                     .c_step = panel,
                                     .width = work->panel,
                                     .panels = columns / work->panel};
}

/* The whole of x, rounded. */
static const void *rounded_input(const struct bm_call *call, const struct work *work)
{
    if (call->element_x[0] == BM_ELEMENT_BF16)
        return call->x[0];
    work->kernels->bf16_pack(call->x[0], (size_t)call->n * (size_t)work->in, (uint16_t *)work->x,
                             false);
    return work->x;
}

void bm_linear_bf16_forward(const struct bm_call *call)
{
    struct work all = work_of(call, 0);
    const void *x = rounded_input(call, &all);
#pragma omp parallel for num_threads(call->threads) schedule(static)
    for (int first = 0; first < all.out; first += BLOCK) {
        struct work work = work_of(call, omp_get_thread_num());
        int columns = bm_linear_least(work.out - first, BLOCK);
        work.kernels->pair_rows(call->w + first, BM_ELEMENT_REAL, (size_t)work.out, work.in,
                                columns, work.panel, work.weights);
        struct bm_linear_columns y = bm_linear_columns_out(call, call->y, work.sums);
        struct bm_panel_product product = product_of(&work, call->n, work.in / 2, x, work.weights,
                                                     columns, bm_linear_place(&y, first, columns));
        work.kernels->panel_product(&product);
        bm_linear_write(&y, first, columns);
    }
}

/* Columns first ... first + columns - 1 of dy, rounded, one row behind the other: as far apart as
 * in dy they would be in each other's way in the cache. */
static void round_gradients(const struct bm_call *call, const struct work *work, int first,
                            int columns)
{
    uint16_t *to = (uint16_t *)work->d_products;
    for (int i = 0; i < call->n; i++, to += columns) {
        size_t at = (size_t)i * (size_t)work->out + (size_t)first;
        const void *row = bm_element_at(call->dy, call->element_y, at);
        if (call->element_y == BM_ELEMENT_BF16)
            memcpy(to, row, (size_t)columns * sizeof *to);
        else
            work->kernels->bf16_pack(row, (size_t)columns, to, false);
    }
}

/* Of inputs first ... end-1: a term of the sum for each output. */
static void d_input_part(const struct bm_call *call, const struct work *work, int first, int end)
{
    struct bm_linear_columns dx = bm_linear_columns_in(call, call->dx[0], work->sums);
    int inputs = end - first;
    struct bm_linear_rows to =
        call->adds[0] ? bm_linear_read(&dx, first, inputs) : bm_linear_place(&dx, first, inputs);
    for (int o = 0; o < work->out; o += BLOCK) {
        int outputs = bm_linear_least(work->out - o, BLOCK);
        round_gradients(call, work, o, outputs);
        work->kernels->pair_columns(call->w + (size_t)first * (size_t)work->out + o,
                                    (size_t)work->out, inputs, outputs, work->panel, work->weights);
        struct bm_panel_product product =
            product_of(work, call->n, outputs / 2, work->d_products, work->weights, inputs, to);
        product.add = o > 0 || call->adds[0];
        work->kernels->panel_product(&product);
    }
    bm_linear_write(&dx, first, inputs);
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
        for (; first < end; first += INPUTS)
            d_input_part(call, &work, first, bm_linear_least(first + INPUTS, end));
    }
}

void bm_linear_bf16_begin_d_weights(const struct bm_call *call)
{
    struct work all = work_of(call, 0);
    all.kernels->pair_rows(call->x[0], call->element_x[0], (size_t)all.in, call->n, all.in, all.in,
                           all.x);
}

static void d_weights_block(const struct bm_call *call, int thread, int first, int columns,
                            bm_real *dw, int stride)
{
    struct work work = work_of(call, thread);
    int pairs = (int)bm_pair_count((size_t)call->n);
    work.kernels->pair_rows(bm_element_at(call->dy, call->element_y, (size_t)first),
                            call->element_y, (size_t)work.out, call->n, columns, work.panel,
                            work.d_products);
    struct bm_panel_product product = product_of(&work, work.in, pairs, work.x, work.d_products,
                                                 columns, (struct bm_linear_rows){dw, stride});
    product.a_row = 1;
    product.a_depth = (size_t)work.in;
    work.kernels->panel_product(&product);
}

/* Of the caller's thread and that of the loop one is 0. */
void bm_linear_bf16_d_weights(const struct bm_call *call, int first, int columns, bm_real *dw,
                              int stride)
{
    int caller = omp_get_thread_num();
#pragma omp parallel for num_threads(call->threads) schedule(static) if (!omp_in_parallel())
    for (int at = 0; at < columns; at += BLOCK)
        d_weights_block(call, caller + omp_get_thread_num(), first + at,
                        bm_linear_least(columns - at, BLOCK), dw + at, stride);
}
