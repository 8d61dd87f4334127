/* Signals that ask to stop, as a flag and as a readable descriptor: libraries have threads of their
 * own, and a signal that one of them takes would not wake this one's poll(). */
#ifndef BM_RUN_SIGNALS_H
#define BM_RUN_SIGNALS_H

#include <signal.h>

#include "bm/err.h"

/* Catches SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2 from here on (SIGINT and SIGHUP only where they
 * are not ignored), ignores SIGPIPE and lets children be waited for. A second SIGINT ends the
 * process at once. */
int bm_signals_init(struct bm_err *err);
/* The set of the signals that ask to stop. */
void bm_signals_set(sigset_t *set);
/* The first that came, or 0. */
int bm_signals_caught(void);
/* Readable once one came; never read from. */
int bm_signals_fd(void);
/* The exit code that the signal asks for. */
enum bm_exit bm_signals_exit(int signal);

#endif
