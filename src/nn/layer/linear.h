/* Fully connected layers: y = x W, dx = dy W', dW = x' dy. linear.c builds, and cuts dW into
 * pieces; linear_float.c multiplies in float, linear_bf16.c in bfloat16: there the weights are
 * float as well, and rounded where they are multiplied, by blocks of columns; so are the values and
 * gradients that they are multiplied with. */
#ifndef BM_NN_LAYER_LINEAR_H
#define BM_NN_LAYER_LINEAR_H

#include "../net.h"

/* Values of an image that it reads: all of a map. */
static inline int bm_linear_inputs(const struct bm_node *node)
{
    return (int)bm_shape_size(node->in);
}

static inline int bm_linear_least(int a, int b)
{
    return a < b ? a : b;
}

/* ---- in float ---- */

/* Bytes for batches of n images, where arrays are of `passed`. */
size_t bm_linear_float_workspace(const struct bm_node *node, enum bm_element passed, int n,
                                 int threads);

void bm_linear_float_forward(const struct bm_call *call);
/* dx = or += dy W'. */
void bm_linear_float_d_input(const struct bm_call *call);
/* Columns first ... first + columns - 1 of dW = x' dy, into rows `stride` apart; at most
 * BM_LINEAR_COLUMNS. Shared among threads unless the caller is one of several. */
enum { BM_LINEAR_COLUMNS = 1024 };
void bm_linear_float_d_weights(const struct bm_call *call, int first, int columns, bm_real *dw,
                               int stride);

/* ---- in bfloat16 ---- */

/* Whether the layer can: both sides consist of whole panels, on any instruction set. */
bool bm_linear_has_bf16(const struct bm_node *node);
size_t bm_linear_bf16_workspace(const struct bm_node *node, enum bm_element passed, int n,
                                int threads);

void bm_linear_bf16_forward(const struct bm_call *call);
void bm_linear_bf16_d_input(const struct bm_call *call);
/* Rounds x for the following: */
void bm_linear_bf16_begin_d_weights(const struct bm_call *call);
void bm_linear_bf16_d_weights(const struct bm_call *call, int first, int columns, bm_real *dw,
                              int stride);

/* ---- columns of an array that may be packed (linear_columns.c) ---- */

/* An array of rows x width elements, of which some columns at a time are reals: where they lie, or
 * in `memory`, where what is packed is unpacked. */
struct bm_linear_columns {
    enum bm_element element;
    void *array;
    int rows, width, threads;
    bool streams; /* what is packed goes past the caches */
    bm_real *memory;
};

/* Of x or dx, and of y or dy. */
struct bm_linear_columns bm_linear_columns_in(const struct bm_call *call, const void *array,
                                              bm_real *memory);
struct bm_linear_columns bm_linear_columns_out(const struct bm_call *call, const void *array,
                                               bm_real *memory);

/* Columns at a time: all of them where nothing is packed, else at most `most`. */
int bm_linear_step(const struct bm_linear_columns *columns, int most);

struct bm_linear_rows {
    bm_real *data;
    int stride; /* from row to row */
};

/* Where reals of columns first ... first + n - 1 are to be made; then bm_linear_write packs them.
 */
struct bm_linear_rows bm_linear_place(const struct bm_linear_columns *columns, int first, int n);
void bm_linear_write(const struct bm_linear_columns *columns, int first, int n);
/* The same with the values that are there. Both are shared among threads unless the caller is one
 * of several. */
struct bm_linear_rows bm_linear_read(const struct bm_linear_columns *columns, int first, int n);

#endif
