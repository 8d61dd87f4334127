/* Columns of what a linear layer reads and writes: where they lie, if those are reals, or else as
 * many at a time as stay in the cache on their way from and to what is packed. */
#include "linear.h"

struct bm_linear_columns bm_linear_columns_in(const struct bm_call *call, const bm_real *array,
                                              bm_real *memory)
{
    return (struct bm_linear_columns){call->element_x[0], (void *)array, call->n,
                                      bm_linear_inputs(call->node), memory};
}

struct bm_linear_columns bm_linear_columns_out(const struct bm_call *call, const bm_real *array,
                                               bm_real *memory)
{
    return (struct bm_linear_columns){call->element_y, (void *)array, call->n,
                                      call->node->out.channels, memory};
}

int bm_linear_step(const struct bm_linear_columns *columns, int most)
{
    bool are_reals = columns->element == BM_ELEMENT_REAL;
    return are_reals || columns->width < most ? columns->width : most;
}

struct bm_linear_rows bm_linear_place(const struct bm_linear_columns *columns, int first, int n)
{
    if (columns->element == BM_ELEMENT_REAL)
        return (struct bm_linear_rows){(bm_real *)columns->array + first, columns->width};
    return (struct bm_linear_rows){columns->memory, n};
}

/* Element `first` of a row. */
static void *packed_at(const struct bm_linear_columns *columns, int row, int first)
{
    size_t at = (size_t)row * (size_t)columns->width + (size_t)first;
    return bm_element_at(columns->array, columns->element, at);
}

void bm_linear_write(const struct bm_linear_columns *columns, int first, int n)
{
    const struct bm_element_type *type = bm_element_type(columns->element);
    for (int row = 0; row < columns->rows && type->pack != NULL; row++)
        type->pack(columns->memory + (size_t)row * (size_t)n, (size_t)n,
                   packed_at(columns, row, first));
}

struct bm_linear_rows bm_linear_read(const struct bm_linear_columns *columns, int first, int n)
{
    const struct bm_element_type *type = bm_element_type(columns->element);
    for (int row = 0; row < columns->rows && type->unpack != NULL; row++)
        type->unpack(packed_at(columns, row, first), (size_t)n,
                     columns->memory + (size_t)row * (size_t)n);
    return bm_linear_place(columns, first, n);
}
