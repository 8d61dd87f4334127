/* Probes at work: gives them rows of features, keeps what they want to be held, and collects what
 * they found. Which of them work at a time is decided by rounds.c; where features come from, it
 * does not know. */
#ifndef BM_TRAIN_PROBING_H
#define BM_TRAIN_PROBING_H

#include "rounds.h"

struct bm_probing {
    struct bm_rounds rounds;
    struct bm_arena arena;  /* of the round */
    struct bm_arena memory; /* of what follows */
    /* For each tap of each probe: what its columns add up to; a feature was infinite or NaN. */
    struct bm_probe_value (*found)[BM_MAX_COLUMNS];
    struct bm_probe_value *pairs; /* for each pair of taps of each probe of pairs, in their order */
    bool *is_undefined;
    bool *is_finite; /* a row at hand */
    /* Of one probe that votes: what each held row of each tap is taken for, if that is wanted; taps
     * `voters` apart. Those of taps that are undefined stay as they are. */
    uint16_t *votes;
    size_t voters;
};

/* See bm_rounds_init. */
int bm_probing_init(struct bm_probing *probing, const struct bm_probe *const *probes,
                    const struct bm_probe_task *sizes, struct bm_probe_memory memory,
                    struct bm_err *err);
void bm_probing_fini(struct bm_probing *probing);

/* Begins the next round; *more false: there is none, all is done. */
int bm_probing_next(struct bm_probing *probing, bool *more, struct bm_err *err);
/* Whether the piece has anything to do still: a tap whose features are undefined has not. */
bool bm_probing_is_alive(const struct bm_probing *probing, const struct bm_piece *piece);
/* Takes what a piece found, unless that was done. */
void bm_probing_finish_piece(struct bm_probing *probing, struct bm_piece *piece);
/* `walks` is a bit mask of 1 << bm_walk: what one walk over images counts as.
 * The rows that it has to show, *first … *end - 1. */
void bm_probing_wants(const struct bm_probing *probing, unsigned walks, size_t *first, size_t *end);
/* Whether any of the walk's rows first … first+n-1 are wanted at a tap of the network. */
bool bm_probing_wants_tap(const struct bm_probing *probing, unsigned walks, int tap, size_t first,
                          size_t n);
/* Shows rows of a tap (`tap` is the network's, `walk` is not read). */
void bm_probing_show(struct bm_probing *probing, unsigned walks, const struct bm_probe_rows *rows);
/* All of the walk has been shown. */
void bm_probing_after(struct bm_probing *probing, unsigned walks);
/* Ends the round. */
void bm_probing_finish(struct bm_probing *probing);

/* What a column of a probe (by their positions) says about a tap, once all rounds are done. */
double bm_probing_value(const struct bm_probing *probing, size_t number, int tap, size_t column);
/* What a probe of pairs says about taps a < b. */
double bm_probing_pair(const struct bm_probing *probing, size_t number, int a, int b);

#endif
