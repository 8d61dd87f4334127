/* What each part of a network is needed for: memorization and test accuracy with the parameters of
 * one part put back to their initial values (Zhang, Bengio and Singer, "Are all layers created
 * equal?", 2019: re-initialization). It has no use for features; train/rewind.c takes it. */
#include "bm/probe.h"

const struct bm_probe bm_probe_rewind = {
    .name = "rewind",
    .help = "at the end: what remains with a part of the network put back to its initial values",
    .columns = (const char *const[]){"rewind_memorization", "rewind_test", NULL},
    .of_parts = true,
};
