/* What an evaluation of a resnet18 on CIFAR-10 takes, by arithmetic.
 * bench_walks WIDTH PROJECTOR MIB [PROBE]...: prints walks over all images (those of the accuracies
 * included) with so much probe_memory, then the floating-point operations of each probe. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "train/rounds.h"
#include "train/setup.h"

static struct bm_rounds_cost cost_of(const struct bm_config *config, struct bm_net *net,
                                     size_t memory, const struct bm_probe *const *probes)
{
    struct bm_launch launch;
    struct bm_train_sizes sizes;
    struct bm_probe_tap taps[BM_MOST_TAPS];
    struct bm_rounds_cost cost;
    bm_table_init(&bm_launch_table, &launch);
    if (bm_train_sizes(config, &launch, &sizes, NULL) != 0)
        exit(1);
    int n_taps = bm_train_taps(net, (int)config->probe_pool, taps);
    const struct bm_probe_task task = bm_train_probe_task(config, &sizes, 10, 1, n_taps, taps);
    double reach[BM_MOST_TAPS];
    const struct bm_probe_memory room = {
        .limit = memory, .spare = bm_net_spare_bytes(net), .stretch = bm_train_stretch(net, reach)};
    if (bm_rounds_cost(probes, &task, false, room, &cost, NULL) != 0)
        exit(1);
    return cost;
}

int main(int argc, char **argv)
{
    const struct bm_probe *probes[BM_MAX_PROBES + 1] = {NULL};
    if (argc < 4 || argc > 4 + BM_MAX_PROBES)
        return 2;
    for (int i = 4; i < argc; i++)
        if ((probes[i - 4] = bm_probe_find(argv[i])) == NULL)
            return 2;
    struct bm_config config;
    bm_table_init(&bm_config_table, &config);
    const struct bm_net_spec spec = {.arch = "resnet18",
                                     .input = {32, 32, 3},
                                     .classes = 10,
                                     .width = atoi(argv[1]),
                                     .depth = 3,
                                     .projector_width = atoi(argv[2]),
                                     .stem = BM_STEM_SMALL,
                                     .norm = BM_NORM_BN};
    struct bm_net *net = bm_net_new(&spec, (int)config.batch_size, NULL);
    if (net == NULL)
        return 1;
    size_t memory = (size_t)atoi(argv[3]) << 20;
    printf("%.6g\n", cost_of(&config, net, memory, probes).images / (50000 + 10000));
    for (size_t p = 0; probes[p] != NULL; p++) {
        const struct bm_probe *const one[] = {probes[p], NULL};
        printf("%.6g\n", cost_of(&config, net, SIZE_MAX, one).flops);
    }
    bm_net_free(net);
    return 0;
}
