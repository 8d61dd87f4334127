/* Normalizations of an encoder, by its spec. */
#ifndef BM_ARCH_NORM_H
#define BM_ARCH_NORM_H

#include "bm/arch.h"

/* norm(x); x itself where the spec has none. Returns the node. */
int bm_arch_norm(struct bm_net *net, const struct bm_net_spec *spec, int x, const char *name);
/* relu(norm(x) + residual); residual -1: none. */
int bm_arch_norm_relu(struct bm_net *net, const struct bm_net_spec *spec, int x, int residual,
                      const char *name);

#endif
