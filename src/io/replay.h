/* What the records of a journal say. */
#ifndef BM_IO_REPLAY_H
#define BM_IO_REPLAY_H

#include "bm/results.h"
#include "journal.h"

/* Tables without columns, as at the beginning of a journal, until SCHEMA frames tell them. */
void bm_schemas_clear(struct bm_schemas *schemas);
/* Checksum of this program's: equal, if and only if its records are packed in the same way. */
uint64_t bm_schemas_checksum(void);

/* Adds what the records say that begin at byte `from` (0: the first) and before byte `to`. `end`:
 * where they end. `schemas`: how they are packed, kept up to date. */
int bm_replay(const struct bm_journal_image *image, uint64_t from, uint64_t to,
              struct bm_schemas *schemas, struct bm_results *results, uint64_t *end,
              struct bm_err *err);

#endif
