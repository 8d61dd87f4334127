/* Mean squared error between outputs and targets, mean over images x classes (as torch.nn.MSELoss).
 */
#include "bm/nn.h"

static double mse(const bm_real *output, const bm_real *target, int n, int classes,
                  bm_real *d_output)
{
    size_t count = (size_t)n * (size_t)classes;
    double sum = 0;
    bm_real scale = (bm_real)(2 / (double)count);
    for (size_t i = 0; i < count; i++) {
        bm_real error = output[i] - target[i];
        sum += (double)error * (double)error;
        if (d_output != NULL)
            d_output[i] = scale * error;
    }
    return sum / (double)count;
}

const struct bm_loss bm_loss_mse = {
    .name = "mse",
    .help = "mean squared error, mean over images and classes",
    .value = mse,
};
