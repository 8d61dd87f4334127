#include "rows.h"

void bm_each_row(const struct bm_optimizer_part *part, const void *factors,
                 void (*step)(const void *factors, const struct bm_row *row))
{
    const size_t range = 1 << 16; /* elements; the last range of a row is shorter */
    const size_t per_row = (part->columns + range - 1) / range;
#pragma omp parallel for schedule(static) if (part->rows * part->columns > range)
    for (size_t i = 0; i < part->rows * per_row; i++) {
        size_t row = i / per_row, first = i % per_row * range;
        size_t at = row * part->stride + first;
        const struct bm_row piece = {
            .n = part->columns - first < range ? part->columns - first : range,
            .parameters = part->parameters + at,
            .moments = part->moments + at,
            .apart = part->apart,
            .gradients = part->gradients + row * part->columns + first,
            .ahead = row + 1 < part->rows ? part->stride : 0,
        };
        step(factors, &piece);
    }
}
