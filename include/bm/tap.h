/* Limits of taps: what architectures name, trainers fill and journals keep. */
#ifndef BM_TAP_H
#define BM_TAP_H

enum {
    BM_MOST_TAPS = 128, /* of a network, and of an evaluation in a file */
    BM_TAP_NAME = 24,   /* bytes of a name, with its NUL */
};

#endif
