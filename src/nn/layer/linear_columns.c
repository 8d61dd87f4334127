/* Columns of what a linear layer reads and writes: where they lie, if those are reals, or else as
 * many at a time as stay in the cache on their way from and to what is packed. */
#include "linear.h"

#include <omp.h>

struct bm_linear_columns bm_linear_columns_in(const struct bm_call *call, const void *array,
                                              bm_real *memory)
{
    return (struct bm_linear_columns){.element = call->element_x[0],
                                      .array = (void *)array,
                                      .rows = call->n,
                                      .width = bm_linear_inputs(call->node),
                                      .threads = call->threads,
                                      .streams = call->streams_dx[0],
                                      .memory = memory};
}

struct bm_linear_columns bm_linear_columns_out(const struct bm_call *call, const void *array,
                                               bm_real *memory)
{
    struct bm_linear_columns columns = bm_linear_columns_in(call, array, memory);
    columns.element = call->element_y;
    columns.width = call->node->out.channels;
    columns.streams = call->streams_y;
    return columns;
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
    bm_pack *pack = bm_element_packer(columns->element, columns->streams);
    if (columns->element == BM_ELEMENT_REAL)
        return;
#pragma omp parallel for num_threads(columns->threads) schedule(static) if (!omp_in_parallel())
    for (int row = 0; row < columns->rows; row++)
        pack(columns->memory + (size_t)row * (size_t)n, (size_t)n, packed_at(columns, row, first));
}

struct bm_linear_rows bm_linear_read(const struct bm_linear_columns *columns, int first, int n)
{
    const struct bm_element_type *type = bm_element_type(columns->element);
    struct bm_linear_rows to = bm_linear_place(columns, first, n);
    if (type->unpack == NULL)
        return to;
#pragma omp parallel for num_threads(columns->threads) schedule(static) if (!omp_in_parallel())
    for (int row = 0; row < columns->rows; row++)
        type->unpack(packed_at(columns, row, first), (size_t)n, to.data + (size_t)row * (size_t)n);
    return to;
}
