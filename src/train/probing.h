/* Which features are held at a time. The features of all test images at all taps may be gigabytes;
 * they are cut into pieces (a probe, a tap, a range of test images), and the pieces into passes
 * over the images, so that a pass stays within `probe_memory`. Small problems take one pass. */
#ifndef BM_TRAIN_PROBING_H
#define BM_TRAIN_PROBING_H

#include "bm/frame.h"
#include "bm/probe.h"
#include "evaluate.h"

/* Position in the sequence of all pieces: probes, in them taps, in them test images. */
struct bm_probing {
    struct bm_tap_probe *taps; /* borrowed: a record a tap, filled as its pieces are done */
    int n_taps;
    int probe; /* position in bm_probes: where the next pass goes on */
    int tap;
    size_t test;
    size_t correct;    /* test images predicted right in the earlier pieces of a tap */
    bool is_undefined; /* such a piece was */
};

struct bm_piece {
    const struct bm_probe *probe;
    int tap;
    size_t first, n; /* test images */
    struct bm_probe_state *state;
    bool is_undefined; /* a feature was infinite or NaN: the probe is left alone */
};

struct bm_pass {
    int n_pieces; /* 0: nothing to probe */
    struct bm_piece pieces[BM_MOST_TAPS];
};

/* Fills names and dimensions of `taps` (bm_net_taps records). */
void bm_probing_init(struct bm_probing *probing, const struct bm_subject *subject,
                     struct bm_tap_probe *taps);
/* Whether all pieces have been taken. */
bool bm_probing_done(const struct bm_probing *probing);

/* Takes the next pieces that fit the memory (at least one test image). */
int bm_pass_begin(struct bm_pass *pass, struct bm_probing *probing,
                  const struct bm_subject *subject, struct bm_err *err);
/* Features of the batch that the net has just seen: test images first …, and their true classes. */
void bm_pass_add_test(struct bm_pass *pass, const struct bm_subject *subject, const uint16_t *truth,
                      size_t first);
/* The same for training images. */
void bm_pass_add_train(struct bm_pass *pass, const struct bm_subject *subject,
                       const uint16_t *truth, size_t first);
/* Scores the pieces and frees them. */
void bm_pass_end(struct bm_pass *pass, struct bm_probing *probing, size_t n_test);

#endif
