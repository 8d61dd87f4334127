/* The inside of a trainer process (`bm-sweep --trainer=PID`, private). */
#ifndef BM_RUN_TRAINER_MAIN_H
#define BM_RUN_TRAINER_MAIN_H

/* Reads a job from standard input, trains, writes its records to descriptor BM_TRAINER_RECORDS.
 * `parent`: the process id of the parent as text; the trainer dies with it. Returns the exit code;
 * a run that could not be done has told so in its result, and BM_EXIT_IO says that this machine is
 * at fault, BM_TRAINER_UNSAVED that the place for weights is, not the run. */
int bm_trainer_main(const char *parent);

#endif
