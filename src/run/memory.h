/* Whether trainers fit the memory that there is: this machine's, or what a control group, Slurm or
 * ulimit leaves of it. Other machines of a job are not looked at. */
#ifndef BM_RUN_MEMORY_H
#define BM_RUN_MEMORY_H

#include "session.h"

/* The most that a trainer takes for one of the points that are to run: bytes. */
double bm_memory_most(const struct bm_session *session);
/* BM_EXIT_DATA, naming the point, when one trainer alone does not fit. */
int bm_memory_check(const struct bm_session *session, struct bm_err *err);
/* "512 MB", "4.0 GB". Returns `text`. */
char *bm_memory_text(double bytes, char *text, size_t size);
/* A sentence when a trainer does not fit, or those on this machine together do not; "" when they
 * do. Returns `text`. */
char *bm_memory_warning(const struct bm_session *session, char *text, size_t size);

#endif
