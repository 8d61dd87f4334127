/* Writing snapshots to their place, with the sum that describes them. */
#ifndef BM_IO_PUBLISH_H
#define BM_IO_PUBLISH_H

#include <stdbool.h>
#include <sys/stat.h>

#include "bm/results.h"
#include "paths.h"
#include "sum.h"

struct bm_publisher {
    const struct bm_paths *paths;
    struct bm_sum_entry written; /* the snapshot that is there; size 0: none, or one of others */
    struct stat placed;          /* the file that is there, as it was found or put there */
    bool keep;                   /* it is not to be written over */
};

/* Looks at the snapshot that is there: `known` (NULL: none is) describes it; `keep`: it is to be
 * kept aside. */
void bm_publisher_init(struct bm_publisher *publisher, const struct bm_paths *paths,
                       const struct bm_sum_entry *known, bool keep);
/* Writes a snapshot that shows the journal up to `journal`. A file that is to be kept, or that
 * others have put there meanwhile, is kept under the name that is written to `kept`; else "". */
int bm_publish(struct bm_publisher *publisher, const struct bm_results *results,
               const struct bm_journal_mark *journal, char kept[BM_PATH_SIZE], struct bm_err *err);
/* The same after the journal was lost to others: all that can be done is done, the sum if it can
 * be. */
int bm_publish_last(struct bm_publisher *publisher, const struct bm_results *results,
                    const struct bm_journal_mark *journal, char kept[BM_PATH_SIZE],
                    struct bm_err *err);

#endif
