/* Probes: what the features of a tap know. A probe is a file, probe/NAME.c, and its rows: each of
 * its `columns` is a member of `struct bm_tap_probe` (probes of pairs: of `struct bm_tap_pair`) and
 * a row in model/result.c. The rest follows from what it declares: which images it is shown, what
 * its memory is, what it costs. Results, plans, tables and files are loops over that.
 *
 * An evaluation shows images in walks, always in the order of `enum bm_walk`; a probe says in
 * which it takes part. In each it either gets the rows of features as they come, a batch at a time,
 * or has them held for it: bm_held_copy then gives any part of them, from the end of that walk on.
 * What is held is shared among probes, and wide features may be made again when they are asked for,
 * so a probe keeps no copy of rows.
 *
 * The life of a state: begin; for each walk that it takes part in: rows …, after; finish. There is
 * a state for each tap (probes of pairs: one for all taps). All memory is carved from arenas by
 * functions that count as well (bm/arena.h), so that a plan knows it; nothing is allocated
 * otherwise, and there is nothing to free. Where `in_ranges` allows it, a tap's held rows may be
 * cut into ranges with a state each, that see all other rows each; their sums and counts are added
 * up. Features that are infinite or NaN never reach a probe: the framework gives NaN for the tap.
 *
 * Values must not depend on `in_ranges`, on the number of threads, nor on which other probes there
 * are. Tests drive a probe without a network through tests/probe_run.h.
 */
#ifndef BM_PROBE_H
#define BM_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bm/arena.h"
#include "bm/config.h"
#include "bm/err.h"

enum { BM_MAX_PROBES = 16, BM_MAX_COLUMNS = 12 /* of a probe */ };

enum bm_walk {
    BM_WALK_QUERIES,    /* `images` of the subset trained on, at equal steps through its order */
    BM_WALK_TEST,       /* test images: the first `images` */
    BM_WALK_TRAIN,      /* the subset trained on */
    BM_WALK_FITTED,     /* what probes are fitted on: the subset or, by probe_train, all images */
    BM_WALK_AGAIN,      /* the last of what probes are fitted on once more, where `shows_again` */
    BM_WALK_TEST_AFTER, /* test images once more, for probes that have been fitted by now */
    BM_WALK_VIEWS,      /* two fresh views of the first `images` test images, one after the other:
                           row 2i is image i's view 1, row 2i + 1 its view 2 */
    BM_WALKS,
};

/* Features of some images at one tap. */
struct bm_probe_rows {
    enum bm_walk walk;
    int tap; /* position in the task's taps: 0 but for probes of pairs */
    size_t n, dimension;
    size_t first;             /* of the walk's rows, counted from 0 */
    const float *features;    /* n x dimension; shared, read only */
    const uint32_t *position; /* n: of the image among the test images, or in the training set */
    const uint16_t *truth;    /* n true classes */
    const uint16_t *label;    /* n classes trained on (test images: the true ones) */
};

/* Rows that are held, in the order of their walk. */
struct bm_held {
    size_t n, dimension;
    const uint32_t *position; /* n of each, as above */
    const uint16_t *truth, *label;
    const float *rows; /* n x dimension; for bm_held_copy alone */
};
/* Columns column … of rows first …, to `out`: n x columns without gaps. Cheap beside any product.
 */
void bm_held_copy(const struct bm_held *held, size_t first, size_t n, size_t column, size_t columns,
                  float *out);

struct bm_probe_tap {
    size_t dimension;
    const struct bm_held *held; /* NULL: the probe has nothing held */
};

struct bm_probe_task {
    const struct bm_config *config; /* borrowed */
    int classes, threads;
    size_t n_test, n_train, n_fitted; /* images of the walks */
    const uint16_t *fitted_truth;     /* n_fitted true classes, in the order of the walk; NULL while
                                         only sizes are wanted */
    size_t most_rows;                 /* that come in one call of `rows` */
    bool shows_again; /* there is BM_WALK_AGAIN: so that states may put less aside, where memory is
                         short */
    int n_taps;       /* 1, but for probes of pairs */
    const struct bm_probe_tap *taps; /* n_taps; stay where they are while the state lives */
};

/* What a probe found: sum / count, or NaN where count is 0. For a number that is no mean: count 1.
 */
struct bm_probe_value {
    double sum, count;
};

enum bm_probe_take { BM_TAKE_NOTHING, BM_TAKE_ROWS, BM_TAKE_HELD };

struct bm_probe_walk {
    enum bm_probe_take take;
    size_t (*images)(const struct bm_probe_task *task); /* how many; NULL: all */
};

struct bm_probe_state; /* each probe's own */

struct bm_probe {
    const char *name;
    const char *help;
    const char *const *columns; /* keys of its values, NULL-terminated; of pairs: one */
    bool of_labels;             /* asks about labels trained on: NaN where images have none */
    bool of_pairs;              /* one value for each pair of taps, in place of each tap */
    /* Taken once, at the end of a run, by changing the network (train/rewind.c): takes part in no
     * walk, and has none of what follows. A value of each of `columns` for each part of the
     * network, kept at the tap where the part ends. */
    bool of_parts;
    bool in_ranges;                       /* its held rows may be cut into ranges */
    struct bm_probe_walk walks[BM_WALKS]; /* rows are held in one walk at most */

    /* Refuses what is not possible (BM_EXIT_DATA), in a sentence; `task` has the sizes of the run
     * and all taps, none of them held. NULL: all is possible. */
    int (*check)(const struct bm_probe_task *task, struct bm_err *err);
    /* Floating-point operations of a state, in all walks. */
    double (*flops)(const struct bm_probe_task *task);
    /* Bytes of working memory that the calls below need; shared among all states, its content is
     * lost between calls. NULL: none. `work_later`: from `after` of BM_WALK_FITTED on, where there
     * is more room than before; NULL: as `work`. */
    size_t (*work)(const struct bm_probe_task *task);
    size_t (*work_later)(const struct bm_probe_task *task);

    /* Takes the state from `arena`, or counts it and returns NULL; the memory is zeroed. Held rows
     * are not there yet. */
    struct bm_probe_state *(*begin)(const struct bm_probe_task *task, struct bm_arena *arena);
    /* `work` is an arena of the bytes that were asked for, empty at each call. NULL: takes no rows,
     * has nothing to do after walks. */
    void (*rows)(struct bm_probe_state *state, const struct bm_probe_rows *rows,
                 struct bm_arena *work);
    void (*after)(struct bm_probe_state *state, enum bm_walk walk, struct bm_arena *work);
    /* The first row of BM_WALK_FITTED that the state wants to see in BM_WALK_AGAIN, which it has to
     * know after the former; of a plan's (NULL) the likely one. */
    size_t (*again_from)(const struct bm_probe_task *task, const struct bm_probe_state *state);
    /* `values`: zeroed, one for each of `columns`; of pairs: one for each pair (a, b), a < b, in
     * the order (0, 1), (0, 2) … (1, 2) …. */
    void (*finish)(struct bm_probe_state *state, struct bm_probe_value *values,
                   struct bm_arena *work);
    /* The class that each held row is taken for, in their order. NULL: the probe has none. */
    void (*votes)(const struct bm_probe_state *state, uint16_t *votes, struct bm_arena *work);
};

extern const struct bm_probe *const bm_probes[];
extern const struct bm_probe bm_probe_rewind; /* of parts */
const struct bm_probe *bm_probe_find(const char *name);

#endif
