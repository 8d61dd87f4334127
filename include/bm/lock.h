/* The lock of a results file: one writer at a time. It ends with its process, however that ends. */
#ifndef BM_LOCK_H
#define BM_LOCK_H

#include "bm/err.h"

enum { BM_NO_LOCK = -1 };

/* Takes the lock file at `path` (made if missing) for `results`. While another process holds it,
 * waits up to `wait_s` seconds for one that is leaving or cannot be looked at, and half a second
 * for one that is in good health; then fails naming the holder. INFINITY: waits for anyone, without
 * end. A signal that is caught ends the waiting (BM_EXIT_AGAIN). `*lock` is to be given to
 * bm_lock_release; BM_NO_LOCK where the file system has no locks. `tell` (may be NULL) gets a
 * sentence before waiting, or about the missing locks. */
int bm_lock_take(const char *path, const char *results, double wait_s,
                 void (*tell)(const char *sentence), int *lock, struct bm_err *err);
/* The same at once: 1: it is had, or there are no locks here (*lock: BM_NO_LOCK); 0: somebody else
 * has it; -1: it cannot be had. */
int bm_lock_try(const char *path, int *lock, struct bm_err *err);
/* Tells those who wait that it is worth it. */
void bm_lock_leave(int lock);
void bm_lock_release(int lock);

/* 1: nobody holds it, 0: somebody does, -1: it cannot be told. */
int bm_lock_is_free(const char *path);

#endif
