/* The lock of a results file: one writer at a time. It ends with its process, however that ends. */
#ifndef BM_LOCK_H
#define BM_LOCK_H

#include "bm/err.h"

enum { BM_NO_LOCK = -1 };

/* Takes the lock file at `path` (made if missing) for `results`, waiting up to `wait_s` seconds
 * (INFINITY: without end) while another process holds it, or until a signal is caught
 * (BM_EXIT_AGAIN). `*lock` is to be given to bm_lock_release; BM_NO_LOCK where the
 * file system has no locks. `tell` (may be NULL) gets a sentence before waiting, or about the
 * missing locks. */
int bm_lock_take(const char *path, const char *results, double wait_s,
                 void (*tell)(const char *sentence), int *lock, struct bm_err *err);
void bm_lock_release(int lock);

#endif
