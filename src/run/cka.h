/* bm-sweep --cka: how alike the taps of two finished runs with weights are. */
#ifndef BM_RUN_CKA_H
#define BM_RUN_CKA_H

#include <stdio.h>

#include "session.h"

/* Prints linear CKA as a table: taps of the run ids[0] down, of ids[1] across. Each is an index or
 * the beginning of an id, of a point of the sweep (BM_EXIT_USAGE: it is none, or not done). Changes
 * nothing. */
int bm_session_cka(const struct bm_request *request, const char *const ids[2], FILE *out,
                   struct bm_err *err);

#endif
