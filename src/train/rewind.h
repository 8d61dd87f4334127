/* What each part of a trained network is needed for (probe/rewind.c). */
#ifndef BM_TRAIN_REWIND_H
#define BM_TRAIN_REWIND_H

#include "evaluate.h"

/* Bytes that bm_rewind puts aside: the parameters of the largest part, and the statistics. */
size_t bm_rewind_bytes(const struct bm_net *net);

/* For each part of the network, that is, what lies between two taps: memorization and test accuracy
 * with its parameters put back to those that the run began with, and statistics calibrated anew; to
 * the record of the tap where the part ends. A part without parameters says what calibration does
 * alone. The network is as before afterwards, bit for bit. `aside`: bm_rewind_bytes, BM_ALIGN-
 * aligned. BM_EXIT_AGAIN: a signal asked to stop, and the records are of no use. */
int bm_rewind(struct bm_subject *subject, void *aside, struct bm_tap_probe *taps,
              struct bm_err *err);

#endif
