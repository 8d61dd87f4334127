/* What a session is about and what came of it, in a line each. Pure. */
#ifndef BM_RUN_SUMMARY_H
#define BM_RUN_SUMMARY_H

#include "session.h"

enum { BM_SUMMARY_SIZE = 800 };

/* "name: 12 runs: 7 done, 0 failed, 5 to do": what was found; with --only or --retry, what is asked
 * for. After bm_session_select. Returns `text`. */
char *bm_summary_start(const struct bm_session *session, char text[BM_SUMMARY_SIZE]);
/* "12 of 12 runs done, 0 failed, 0 left, after 41 s: all runs are done (exit code 0)"; with --only
 * or --retry about those asked for, and then about the sweep. Returns `text`. */
char *bm_summary_end(const struct bm_session *session, double seconds, double idle_s,
                     enum bm_exit code, char text[BM_SUMMARY_SIZE]);

#endif
