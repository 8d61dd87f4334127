/* Mean squared error between outputs and one-hot targets, mean over images x classes (as
 * torch.nn.MSELoss). */
#include "bm/nn.h"

static double mse(const bm_real *output, const uint16_t *target, int n, int classes,
                  bm_real *d_output)
{
    double sum = 0, count = (double)n * classes;
    bm_real scale = (bm_real)(2 / count);
    for (int i = 0; i < n; i++)
        for (int c = 0; c < classes; c++) {
            size_t at = (size_t)i * (size_t)classes + (size_t)c;
            bm_real error = output[at] - (bm_real)(c == target[i]);
            sum += (double)error * (double)error;
            if (d_output != NULL)
                d_output[at] = scale * error;
        }
    return sum / count;
}

const struct bm_loss bm_loss_mse = {.name = "mse", .value = mse};
