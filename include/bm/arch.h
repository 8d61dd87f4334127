/* Architectures: from a spec to a network. One is a function that reads like the table of its paper
 * and adds nodes to a network (bm/nn.h); the projector behind it is the same for all. */
#ifndef BM_ARCH_H
#define BM_ARCH_H

#include "bm/nn.h"
#include "bm/words.h"

/* What an architecture is told. A plain value, so that equal networks can be recognized. */
struct bm_net_spec {
    char arch[24];
    struct bm_shape input;
    int classes;
    int64_t width, depth, projector_width;
    enum bm_stem stem;
    enum bm_bottleneck_stride bottleneck_stride;
    enum bm_normalization norm, projector_norm, output_norm;
    int64_t norm_group_channels; /* of BM_NORM_GN */
    enum bm_stored saved_activations;
    enum bm_precision precision;
    enum bm_conv_path conv;
};

/* An architecture: arch/NAME.c. */
struct bm_arch {
    const char *name;
    const char *help;
    const char *const
        *settings;      /* keys it reads among the rows `of_architecture`; NULL-terminated */
    int least_side;     /* of images, in pixels; 0: any */
    int64_t most_width; /* 0: any */
    /* Adds the encoder to the network and returns the node of the embedding (H = W = 1), or -1
     * where the spec is not possible (BM_EXIT_DATA). bm_net_new adds the projector. */
    int (*build)(struct bm_net *net, const struct bm_net_spec *spec, struct bm_err *err);
};
extern const struct bm_arch *const bm_archs[];
const struct bm_arch *bm_arch_find(const char *name);

/* Builds the architecture with its projector (taps embedding, projector, output), for batches of at
 * most `batch` images; allocates no large memory. NULL on failure. */
struct bm_net *bm_net_new(const struct bm_net_spec *spec, int batch, struct bm_err *err);

#endif
