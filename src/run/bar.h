/* The bar: one line a busy trainer and a line of totals, as text. Pure: it is told what happens and
 * lays it out; when it is drawn is console.c's business, how is display.c's. */
#ifndef BM_RUN_BAR_H
#define BM_RUN_BAR_H

#include "bm/bytes.h"
#include "bm/digest.h"
#include "bm/result.h"

struct bm_bar_row {
    bool is_busy;
    char id[BM_ID_TEXT];
    char settings[200];          /* those that vary */
    struct bm_progress progress; /* epoch 0: not known yet */
};

struct bm_bar {
    size_t n_rows;
    struct bm_bar_row *rows; /* by slot; owned */
};

struct bm_bar_totals {
    size_t runs, done, failed;
    double share;              /* of all work that is done, 0 … 1 */
    double elapsed, remaining; /* seconds; remaining NaN: unknown */
    bool is_guess;             /* what remains */
};

void bm_bar_init(struct bm_bar *bar, size_t n_slots);
void bm_bar_fini(struct bm_bar *bar);

/* A run begins in a slot; it says how far it is; the slot is free. */
void bm_bar_begin(struct bm_bar *bar, size_t slot, const struct bm_id *id, const char *settings);
void bm_bar_progress(struct bm_bar *bar, size_t slot, const struct bm_progress *progress);
void bm_bar_end(struct bm_bar *bar, size_t slot);

/* Appends at most `height` (at least 1) lines, none with more than `width` columns, each ended by a
 * newline. The totals are the last one, with as much of them as there is room for; trainers that do
 * not fit are counted in the line before. */
void bm_bar_layout(const struct bm_bar *bar, const struct bm_bar_totals *totals, int width,
                   int height, struct bm_bytes *out);

#endif
