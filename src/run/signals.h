/* Signals that ask to stop, as a flag and as a readable descriptor: libraries have threads of their
 * own, and a signal that one of them takes would not wake this one's poll(). */
#ifndef BM_RUN_SIGNALS_H
#define BM_RUN_SIGNALS_H

#include <signal.h>

#include "bm/err.h"

/* Signals that ask to stop are SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2; SIGINT and SIGHUP only
 * where they are not ignored. */

/* Keeps them back until bm_signals_init. May be called before anything else is set up. */
void bm_signals_hold(void);
/* Catches them from here on, and those that were held back; ignores SIGPIPE and lets children be
 * waited for. A second SIGINT ends the process at once. May be called again, where a library has
 * put handlers of its own. */
int bm_signals_init(struct bm_err *err);
/* From here on the first one, also one that was caught already, ends the process at once with
 * bm_signals_exit's code: there is nothing to lose. */
void bm_signals_end_at_once(void);
/* For trainers: from here on they only set bm_interrupt, and may come at any time. */
void bm_signals_note(void);
/* The set of the signals that ask to stop. */
void bm_signals_set(sigset_t *set);
/* The first that came, or 0. */
int bm_signals_caught(void);
/* Readable once one came; never read from. */
int bm_signals_fd(void);
/* The exit code that the signal asks for. */
enum bm_exit bm_signals_exit(int signal);
/* Seconds that trainers have to save their state after the signal; 0: something else stops them. A
 * launcher that passes SIGTERM on sends SIGKILL a second later. */
double bm_signals_grace(int signal);

#endif
