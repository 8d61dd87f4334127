/* What ranks say to each other: one byte of these, then what the comment says.
 *
 * The end: rank 0 says STOP to all; each ends what it still runs, answers BYE and waits; when rank
 * 0 has heard BYE from all, it says BYE to all, and everybody enters MPI_Finalize together, where
 * waiting would spin. */
#ifndef BM_RUN_MESSAGE_H
#define BM_RUN_MESSAGE_H

#include "bm/digest.h"
#include "link.h"

enum bm_message {
    /* rank 0 to the others */
    BM_MESSAGE_JOB = 1, /* a JOB frame: train it */
    BM_MESSAGE_STOP,    /* one byte, the signal that asks for it, or 0: end what runs; nothing more
                           will come but BYE */
    /* the others to rank 0 */
    BM_MESSAGE_HELLO,    /* before all else: their arguments (hello.h) */
    BM_MESSAGE_FRAME,    /* a frame for the journal */
    BM_MESSAGE_LOST,     /* a sentence: no run can be done here; the job is given back */
    BM_MESSAGE_UNSAVED,  /* a sentence: why something of the run could not be written; it is given
                            back */
    BM_MESSAGE_RETURNED, /* the run was stopped there and is given back; nobody is at fault */
    BM_MESSAGE_BEAT,     /* the run makes progress */
    BM_MESSAGE_SIGNAL,   /* one byte: the signal that asks to stop; its trainers end */
    /* both ways */
    BM_MESSAGE_BYE,
    /* from the link itself (post.h), in the name of the sender */
    BM_MESSAGE_MISSING, /* messages that were sent before the next ones have not come */
};

/* Longest time in milliseconds between two looks at the wire while nothing comes: rank 0 looks a
 * hundred times a second at most, which costs it well under 1 % of a core. */
enum { BM_LONGEST_NAP = 10 };

/* Sends the kind and `size` bytes behind it. */
void bm_message_send(const struct bm_link *link, int to, enum bm_message kind, const void *body,
                     size_t size);

/* Why a message makes no sense where rank 0 gets it from another rank, which trains `run` (NULL:
 * none); NULL: it does. Nothing in the message is trusted. */
const char *bm_message_doubt(const struct bm_bytes *message, const struct bm_id *run);

#endif
