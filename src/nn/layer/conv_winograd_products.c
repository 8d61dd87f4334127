/* The products of a Winograd convolution, at one position of the patches, in float or bfloat16. */
#include "conv_winograd.h"

#include "../slice.h"

/* Which of the 36 matrices of weights a position of the patch is multiplied with: with stride 2 the
 * last four positions of a side have the middle weight in common. */
static size_t weights_at(const struct bm_winograd *layout, size_t position)
{
    if (layout->tiling.stride == 1)
        return position;
    size_t row = position / 9, column = position % 9;
    return 6 * (row < 5 ? row : 5) + (column < 5 ? column : 5);
}

bool bm_winograd_has_position(const struct bm_winograd *layout, int thread, size_t position,
                              bool sums)
{
    int turn = thread % layout->team;
    int begin = bm_slice_begin(layout->positions, turn, layout->team);
    int end = bm_slice_begin(layout->positions, turn + 1, layout->team);
    size_t number = position;
    if (sums && layout->tiling.stride == 2) { /* that of the first one with these weights */
        size_t weights = weights_at(layout, position), row = weights / 6, column = weights % 6;
        number = row == 5 ? (column == 5 ? 0 : 16 + 4 * column) : 36 + 9 * row + column;
    }
    return number >= (size_t)begin && number < (size_t)end;
}

/* Whether no position before this one has the same weights. */
static bool is_first_of_weights(const struct bm_winograd *layout, size_t position)
{
    return layout->tiling.stride == 1 || (position / 9 < 6 && position % 9 < 6);
}

/* In bfloat16 elements are pairs of columns of A, and pairs of rows of B. */
void bm_winograd_multiply(const struct bm_winograd *layout, size_t position, int tiles,
                          const struct bm_channels *a, const bm_real *a_panels,
                          const struct bm_channels *b, const bm_real *b_panels, bm_real *c_panels)
{
    size_t a_step = bm_position_step((size_t)tiles, a), c_step = bm_position_step((size_t)tiles, b);
    size_t b_step = bm_position_step((size_t)a->n, b);
    const bm_real *b_matrix = b_panels + weights_at(layout, position) * b_step;
    bool in_pairs = layout->is_bf16;
    int k = in_pairs ? (int)bm_pair_count((size_t)a->n) : a->n;
    int panel = in_pairs ? a->panel / 2 : a->panel;
    struct bm_panel_product product = {
        .m = tiles,
        .k = k,
        .has_pairs = in_pairs,
        .a = a_panels + position * a_step,
        .a_row = (size_t)panel,
        .a_depth = 1,
        .a_step = (size_t)tiles * (size_t)panel,
        .a_panel = panel,
        .b = in_pairs ? (const void *)bm_pairs_at(b_matrix, (size_t)a->n, b) : b_matrix,
        .b_row = (size_t)b->panel,
        .b_step = (size_t)k * (size_t)b->panel,
        .c = c_panels + position * c_step,
        .c_row = (size_t)b->panel,
        .c_step = (size_t)tiles * (size_t)b->panel,
        .width = b->panel,
        .panels = b->panels,
    };
    layout->kernels->panel_product(&product);
}

/* In bfloat16 elements are pairs of rows of both. */
void bm_winograd_sum_d_weights(const struct bm_winograd *layout, size_t position, int tiles,
                               const struct bm_winograd_part *part, bool is_first_chunk)
{
    const struct bm_channels *in = &layout->channels_in, *out = &layout->channels_out;
    size_t rows = (size_t)tiles, weights_step = bm_position_step(bm_panel_columns(in), out);
    const bm_real *a = part->patches + position * bm_position_step(rows, in);
    const bm_real *b = part->products + position * bm_position_step(rows, out);
    bool in_pairs = layout->is_bf16;
    size_t k = in_pairs ? bm_pair_count(rows) : rows;
    for (int panel = 0; panel < in->panels; panel++) {
        size_t row = (size_t)panel * (size_t)in->panel;
        struct bm_panel_product product = {
            .m = in->panel,
            .k = (int)k,
            .has_pairs = in_pairs,
            .a = in_pairs ? (const void *)(bm_pairs_at(a, rows, in) + row * k) : a + row * k,
            .a_row = 1,
            .a_depth = (size_t)in->panel,
            .a_panel = (int)k,
            .b = in_pairs ? (const void *)bm_pairs_at(b, rows, out) : b,
            .b_row = (size_t)out->panel,
            .b_step = k * (size_t)out->panel,
            .c = part->d_weights + weights_at(layout, position) * weights_step +
                 row * (size_t)out->panel,
            .c_row = (size_t)out->panel,
            .c_step = bm_panel_columns(in) * (size_t)out->panel,
            .width = out->panel,
            .panels = out->panels,
            .add = !is_first_chunk || !is_first_of_weights(layout, position),
        };
        layout->kernels->panel_product(&product);
    }
}
