/* What ranks other than 0 do: they train what rank 0 sends, and send back what comes out. */
#ifndef BM_RUN_WORKER_H
#define BM_RUN_WORKER_H

/* Serves rank 0 until it says BYE. Prints nothing and cannot fail: whatever goes wrong here is rank
 * 0's to report. Needs bm_wire_init and bm_signals_init. */
void bm_worker_run(void);

#endif
