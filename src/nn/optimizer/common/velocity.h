/* Steps with a velocity (momentum), of which optimizers differ in where their rate is. */
#ifndef BM_NN_OPTIMIZER_VELOCITY_H
#define BM_NN_OPTIMIZER_VELOCITY_H

#include "bm/nn.h"

/* v = momentum v + inside (g + decay w), w -= outside v. */
struct bm_velocity {
    double momentum, decay, inside, outside;
};

/* The velocity is moment 0. */
void bm_velocity_step(const struct bm_velocity *velocity, const struct bm_optimizer_part *part);

#endif
