/* Which probes work at a time. What all probes hold at all taps may be gigabytes; so they are cut
 * into pieces (a probe, a tap, a range of held rows), and the pieces into rounds, each of which
 * stays within `probe_memory` and spare memory of the network, and takes walks over the images of
 * its own. Small problems take one round. Pure: knows no images and no network, only sizes; a
 * plan's cost and an evaluation go through the same rounds. */
#ifndef BM_TRAIN_ROUNDS_H
#define BM_TRAIN_ROUNDS_H

#include <limits.h>

#include "bm/probe.h"

struct bm_piece {
    const struct bm_probe *probe;
    size_t number;   /* of the probe among those in use */
    int tap;         /* the first of task.n_taps */
    size_t first, n; /* held rows, counted from the first of the walk */
    struct bm_probe_task task;
    struct bm_probe_state *state;
    size_t bytes; /* of the state */
    bool is_over; /* finished */
};

/* Held rows in memory; a block may serve several probes. */
struct bm_block {
    int tap;
    enum bm_walk walk;
    size_t first, n; /* rows of the walk */
    size_t dimension;
    float *rows; /* n x dimension */
    uint32_t *position;
    uint16_t *truth, *label;
    bool *is_finite; /* rows that are not are held as zeros */
    size_t bytes;    /* of all that */
    bool is_passing; /* of such pieces alone (bm_piece_is_passing) */
};

/* What one pass over images can count as, for the probes: walks of a round, a bit each. */
enum {
    BM_AS_QUERIES = 1 << BM_WALK_QUERIES,
    BM_AS_TEST = 1 << BM_WALK_TEST,
    BM_AS_TRAIN = 1 << BM_WALK_TRAIN,
    BM_AS_FITTED = 1 << BM_WALK_FITTED,
    BM_AS_AGAIN = 1 << BM_WALK_AGAIN,
    BM_AS_TEST_AFTER = 1 << BM_WALK_TEST_AFTER,
    BM_AS_VIEWS = 1 << BM_WALK_VIEWS,
};

/* A pass over images, of a round. */
struct bm_pass {
    unsigned walks;    /* what it counts as: BM_AS_… */
    enum bm_walk over; /* whose images it goes over: test images are the same in both walks, and
                          what probes are fitted on may be the subset */
    bool is_scored;    /* the first round's counts accuracies, of all these images */
};
/* The passes of each round, in their order; returns how many. */
size_t bm_round_passes(bool fits_all, struct bm_pass passes[BM_WALKS]);

/* Passes through a part of the network. They end behind the last tap that is wanted; and where the
 * network can be entered again (bm_net_resume_tap), rounds may keep the features of this tap of all
 * images that they have seen once: what is behind it is then shown without a walk to there. */
struct bm_stretch {
    int resume;          /* 0: nowhere */
    const double *reach; /* borrowed, of each tap: how much of a whole pass is over when it is there
                            (bm_net_reach); NULL: all */
};

/* What rounds may use. */
struct bm_probe_memory {
    size_t limit; /* bytes that a round may allocate */
    size_t spare; /* bytes of somebody else's that it uses before it allocates any */
    void *at;     /* those, BM_ALIGN-aligned; NULL in plans */
    struct bm_stretch stretch;
};

struct bm_round {
    size_t n_pieces, n_blocks, n_taps;
    struct bm_piece *pieces;
    struct bm_block *blocks;
    /* For each tap of each piece: what its task shows, and the block (-1: none) behind it. */
    struct bm_probe_tap *taps;
    struct bm_held *held;
    int *block;
    /* What probes work in, one call at a time; until bm_round_pass, and later. */
    struct bm_arena work, work_later;
    size_t bytes; /* to be allocated */
};

struct bm_rounds {
    const struct bm_probe *const *probes; /* borrowed, NULL-terminated */
    struct bm_probe_task sizes; /* of the run; `taps` are all of them, n_taps of the network's */
    struct bm_probe_memory memory;
    bool keeps;                 /* features of memory.stretch.resume */
    bool from_the_end;          /* the last taps come into rounds first */
    size_t kept_rows[BM_WALKS]; /* rows of each walk, but those that are another's */
    size_t kept_size;           /* that takes so many bytes of the limit */
    size_t *order;              /* of probes, by their numbers: which come into rounds first */
    size_t *taken; /* probes x n_taps: held rows that are in a round; SIZE_MAX: nothing is left */
    struct bm_round round;
    struct bm_block *kept; /* the round's blocks before a piece that does not fit */
    struct bm_arena arena; /* of the plan */
};

/* Plans for `probes`, or says why one of them is not possible (BM_EXIT_DATA); `sizes` has
 * everything but held rows, and `taps` with their dimensions (all borrowed). */
int bm_rounds_init(struct bm_rounds *rounds, const struct bm_probe *const *probes,
                   const struct bm_probe_task *sizes, struct bm_probe_memory memory,
                   struct bm_err *err);
void bm_rounds_fini(struct bm_rounds *rounds);
size_t bm_probes_count(const struct bm_probe *const *probes); /* NULL-terminated */
/* Part of bm_rounds_init: in which order probes and taps come into rounds, whether features are
 * kept, and whether probes are shown again what they were fitted on. */
void bm_rounds_choose(struct bm_rounds *rounds);
/* The next round, to `rounds->round`: at least one piece, as many as fit. False: none are left. */
bool bm_rounds_next(struct bm_rounds *rounds);
/* Where the round has nothing but parts of what is left of its taps, those that follow are like it:
 * takes half of them without making them, and returns how many. For estimates: with little memory
 * there are thousands. */
size_t bm_rounds_skip(struct bm_rounds *rounds);
/* Bytes that the round has to allocate. */
size_t bm_round_count(struct bm_rounds *rounds);
/* Takes the round's memory from spare memory and an arena of `bytes`, and begins its states. */
void bm_rounds_begin(struct bm_rounds *rounds, struct bm_arena *arena);
/* Whether the piece is over once the training images have been shown: then bm_round_pass gives its
 * memory, and what only such pieces have held, to the others to work in. */
bool bm_piece_is_passing(const struct bm_piece *piece);
void bm_round_pass(struct bm_round *round);
/* Rows of a walk that the round's pieces have to be shown at taps from_tap … before - 1: *first …
 * *end - 1 of it; none: equal. */
enum { BM_ALL_TAPS = INT_MAX };
void bm_round_wants(const struct bm_round *round, enum bm_walk walk, int from_tap, int before,
                    size_t *first, size_t *end);
/* Begins with the first round again. */
void bm_rounds_restart(struct bm_rounds *rounds);
/* Rows that a probe is shown in a walk. */
size_t bm_walk_rows(const struct bm_probe *probe, enum bm_walk walk,
                    const struct bm_probe_task *task);
/* The walk in which it has rows held; BM_WALKS: none. */
enum bm_walk bm_walk_held(const struct bm_probe *probe);
/* All rows that a walk has; those of BM_WALK_QUERIES are as many as the pieces say. */
size_t bm_round_rows(const struct bm_round *round, enum bm_walk walk);
/* What one piece wants. */
void bm_piece_wants(const struct bm_piece *piece, enum bm_walk walk, size_t *first, size_t *end);
/* Whether rows first … end - 1 of its walk are in a block. */
bool bm_block_has(const struct bm_block *block, size_t first, size_t end);
/* A block of BM_WALK_TEST that has all that a piece wants of BM_WALK_TEST_AFTER, which the network
 * then need not see again; NULL: none. */
const struct bm_block *bm_round_replay(const struct bm_round *round, const struct bm_piece *piece);

/* What all rounds take together. */
struct bm_rounds_cost {
    double flops;  /* of the probes */
    double images; /* that the network sees in all walks, those for accuracies included; where a
                      pass takes a part of the network alone, so much of one */
    double bytes;  /* that are allocated at a time */
};
int bm_rounds_cost(const struct bm_probe *const *probes, const struct bm_probe_task *sizes,
                   bool fits_all, struct bm_probe_memory memory, struct bm_rounds_cost *cost,
                   struct bm_err *err);

/* The images of all rounds; they begin again. */
double bm_rounds_images(struct bm_rounds *rounds, bool fits_all);

#endif
