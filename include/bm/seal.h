/* What was found when a data set was checked: its content, and how to see at little cost that it is
 * still the same. Whoever has the seal need not read the data again. */
#ifndef BM_SEAL_H
#define BM_SEAL_H

#include "bm/digest.h"

struct bm_seal {
    struct bm_id digest; /* of the content */
    uint64_t stamp;      /* of sizes and times of change of the files; generated sets: 0 */
};

#endif
