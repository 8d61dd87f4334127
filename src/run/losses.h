/* What went wrong with ranks and with the saving of runs: said once each while it happens, and in
 * the end, when it left runs to do. */
#ifndef BM_RUN_LOSSES_H
#define BM_RUN_LOSSES_H

#include <stdbool.h>
#include <stddef.h>

#include "bm/digest.h"
#include "bm/err.h"

struct bm_losses {
    bool has_others;   /* there are several ranks */
    char first[500];   /* why a trainer was lost, the first time; "": none was */
    char last[500];    /* the last time */
    char unsaved[700]; /* what could not be written, the first time */
    struct bm_last_death {
        char text[320];
    } * deaths; /* by rank: of which run, and how; owned */
};

void bm_losses_init(struct bm_losses *losses, int ranks);
void bm_losses_fini(struct bm_losses *losses);

/* A run died at once in the rank. */
void bm_losses_died(struct bm_losses *losses, int rank, const struct bm_id *run, const char *cause);
/* The rank has lost a trainer; `is_last`: no other has one. Says so, once where it has lost several
 * for one reason. */
void bm_losses_say(struct bm_losses *losses, int rank, const char *sentence, bool is_last);
/* The same, because so many runs in a row died at once there. */
void bm_losses_say_deaths(struct bm_losses *losses, int rank, size_t n, bool is_last);
/* Something of a run could not be written: it stays to do, and no other is begun. */
void bm_losses_unsaved(struct bm_losses *losses, const struct bm_id *run, const char *sentence);

/* Why so many runs are left to do (BM_EXIT_IO). */
int bm_losses_fail(const struct bm_losses *losses, size_t left, struct bm_err *err);

#endif
