/* Features of all taps, pooled to 4 x 4, of a network that evaluates fixed random images.
 * bench_taps ARCH WIDTH PROJECTOR BATCH PASSES: prints the ms of a forward pass, and of the taps
 * behind it, of CPU: the best of the passes. */
#include "training.h"

enum { POOL = 4 };

static void take_taps(const struct training *training, float *features)
{
    const struct bm_net *net = training->net;
    for (int tap = 0; tap < bm_net_taps(net); tap++)
        bm_net_tap_features(net, tap, POOL, training->batch, features,
                            bm_net_tap_dimension(net, tap, POOL));
}

int main(int argc, char **argv)
{
    if (argc != 7)
        return 2;
    struct training training = training_of(argv + 1);
    size_t longest = 0;
    for (int tap = 0; tap < bm_net_taps(training.net); tap++) {
        size_t dimension = bm_net_tap_dimension(training.net, tap, POOL);
        longest = dimension > longest ? dimension : longest;
    }
    float *features = must(calloc((size_t)training.batch * longest, sizeof *features));
    double forward_s = 1e9, taps_s = 1e9;
    for (int i = 0; i < atoi(argv[5]); i++) {
        double began = cpu_seconds();
        bm_net_forward(training.net, training.x, training.batch, BM_EVAL);
        double between = cpu_seconds();
        take_taps(&training, features);
        double ended = cpu_seconds();
        forward_s = between - began < forward_s ? between - began : forward_s;
        taps_s = ended - between < taps_s ? ended - between : taps_s;
    }
    printf("%.6g %.6g\n", 1000 * forward_s, 1000 * taps_s);
    free(features);
    return 0;
}
