/* Whether a signal asks the program to stop: for whatever waits long, below the loops that react to
 * signals (run/signals.h). */
#ifndef BM_INTERRUPT_H
#define BM_INTERRUPT_H

#include <signal.h>

/* The first such signal, set by its handler; 0: none came. */
extern volatile sig_atomic_t bm_interrupt;

#endif
