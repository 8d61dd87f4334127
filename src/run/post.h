/* Numbered messages over a link: each arrives once and in the order in which it was sent, also
 * where the link repeats, delays or reorders them; and where it loses one, the receiver is told
 * instead of missing something without a word. MPI promises as much; what depends on it here is
 * whether a result is recorded, and for which run. */
#ifndef BM_RUN_POST_H
#define BM_RUN_POST_H

#include <stdint.h>

#include "link.h"

struct bm_post {
    const struct bm_link *below; /* borrowed */
    struct bm_box {              /* by rank */
        uint32_t sent, taken;    /* the last number in each direction */
        double waits_since;      /* monotonic seconds: for the message behind `taken` */
        struct bm_early *early;  /* messages with later numbers, in their order */
    } * boxes;
    size_t n_early;
    double patience; /* seconds to wait for a message whose followers are here; 10 */
};

/* The link over `below`. What is missing for too long, and what is too short to have a number, is
 * told of in a message of the kind BM_MESSAGE_MISSING from that rank; later ones follow it. */
struct bm_link bm_post_init(struct bm_post *post, const struct bm_link *below);
void bm_post_fini(struct bm_post *post);

#endif
