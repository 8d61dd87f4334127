/* All ranks of a job get the same command line: what others than rank 0 were asked for would
 * otherwise be dropped without a word. */
#ifndef BM_RUN_HELLO_H
#define BM_RUN_HELLO_H

#include "bm/err.h"
#include "link.h"

/* A rank other than 0 says how it was started. Its first message. */
void bm_hello_send(const struct bm_link *link, int argc, char *const *argv);
/* Rank 0 waits for all of them. BM_EXIT_USAGE when one was started otherwise than this one,
 * or is another program. */
int bm_hello_gather(const struct bm_link *link, int argc, char *const *argv, struct bm_err *err);

#endif
