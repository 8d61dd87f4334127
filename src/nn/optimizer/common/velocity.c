#include "velocity.h"

#include "rows.h"

struct factors {
    bm_real momentum, decay, inside, outside;
};

static void move_range(const void *factors, const struct bm_row *row)
{
    const struct factors common = *(const struct factors *)factors;
    const bm_real *restrict gradients = row->gradients;
    bm_real *restrict w = row->parameters, *restrict v = row->moments;
    for (size_t i = 0; i < row->n; i++) {
        v[i] = common.momentum * v[i] + common.inside * (gradients[i] + common.decay * w[i]);
        w[i] -= common.outside * v[i];
    }
}

static void move_row(const void *factors, const struct bm_row *row)
{
    bm_row_in_pieces(row, 1, factors, move_range);
}

void bm_velocity_step(const struct bm_velocity *velocity, const struct bm_optimizer_part *part)
{
    const struct factors factors = {
        .momentum = (bm_real)velocity->momentum,
        .decay = (bm_real)velocity->decay,
        .inside = (bm_real)velocity->inside,
        .outside = (bm_real)velocity->outside,
    };
    bm_each_row(part, &factors, move_row);
}
