/* Cross entropy between softmax(outputs) and targets, which are any probabilities, mean over the
 * images (as torch.nn.CrossEntropyLoss). A row is worked on in double: its cost is nothing beside
 * the network's. */
#include "bm/nn.h"

#include <math.h>

/* log sum exp of a row, less its largest value, which is *largest. NaN where the row is not finite:
 * no comparison hides it. */
static double log_of_sum(const bm_real *output, int classes, double *largest)
{
    double sum = 0;
    *largest = (double)output[0];
    for (int c = 1; c < classes; c++)
        *largest = (double)output[c] > *largest ? (double)output[c] : *largest;
    for (int c = 0; c < classes; c++)
        sum += exp((double)output[c] - *largest);
    return log(sum);
}

static double cross_entropy(const bm_real *output, const bm_real *target, int n, int classes,
                            bm_real *d_output)
{
    double sum = 0;
    for (int i = 0; i < n; i++) {
        const bm_real *row = output + (size_t)i * (size_t)classes;
        const bm_real *wanted = target + (size_t)i * (size_t)classes;
        double largest, log_sum = log_of_sum(row, classes, &largest), mass = 0;
        for (int c = 0; c < classes; c++) {
            sum -= (double)wanted[c] * ((double)row[c] - largest - log_sum);
            mass += (double)wanted[c];
        }
        for (int c = 0; c < classes && d_output != NULL; c++) {
            double p = exp((double)row[c] - largest - log_sum);
            d_output[(size_t)i * (size_t)classes + (size_t)c] =
                (bm_real)((mass * p - (double)wanted[c]) / n);
        }
    }
    return sum / n;
}

const struct bm_loss bm_loss_cross_entropy = {
    .name = "cross_entropy",
    .help = "cross entropy of the softmax of the outputs, mean over images",
    .value = cross_entropy,
};
