/* Journals of further jobs, read beside those who write them. */
#ifndef BM_IO_SHARDS_READ_H
#define BM_IO_SHARDS_READ_H

#include "bm/store.h"
#include "paths.h"

/* All that are there. What can be read of one that is not whole is taken; that and what is wrong
 * with others `tell` (NULL: nobody) hears as a warning. `shards->results` are the caller's to free,
 * after failures too. */
int bm_shards_read(const struct bm_paths *paths, bm_store_tell *tell,
                   struct bm_store_shards *shards, struct bm_err *err);

#endif
