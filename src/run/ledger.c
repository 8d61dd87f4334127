#include "ledger.h"

#include <stdlib.h>

#include "bm/clock.h"
#include "say.h"

/* Seconds that evaluations of running runs may wait. */
static const double evaluation_delay = 0.5;
/* Snapshots cost at most one part in so many of the time, and are at least so far apart. */
static const double snapshot_share = 100, snapshot_pause = 2;

/* Seconds between two tries to write what could not be written. */
static const double trouble_pause = 5;

bool bm_ledger_has_failed(const struct bm_ledger *ledger)
{
    return ledger->err->code != BM_EXIT_DONE;
}

void bm_ledger_append(struct bm_ledger *ledger, const void *frame, size_t size)
{
    if (ledger->only_probes && *(const unsigned char *)frame != BM_FRAME_PROBES)
        return;
    if (bm_ledger_has_failed(ledger) ||
        bm_store_append(ledger->store, frame, size, ledger->err) != 0)
        return;
    bm_ledger_touch(ledger);
}

void bm_ledger_touch(struct bm_ledger *ledger)
{
    if (ledger->unsynced_since == 0)
        ledger->unsynced_since = bm_seconds();
}

/* ---- what is kept back ---- */

void bm_ledger_forget(struct bm_ledger *ledger, size_t run)
{
    for (size_t i = 0; i < ledger->n_held; i++) {
        if (ledger->held[i].run != run)
            continue;
        bm_bytes_fini(&ledger->held[i].frame);
        ledger->held[i] = ledger->held[--ledger->n_held];
        return;
    }
}

const struct bm_bytes *bm_ledger_held(const struct bm_ledger *ledger, size_t run)
{
    for (size_t i = 0; i < ledger->n_held; i++)
        if (ledger->held[i].run == run)
            return &ledger->held[i].frame;
    return NULL;
}

void bm_ledger_hold(struct bm_ledger *ledger, size_t run, const void *frame, size_t size)
{
    bm_ledger_forget(ledger, run);
    ledger->held = realloc(ledger->held, (ledger->n_held + 1) * sizeof *ledger->held);
    if (ledger->held == NULL)
        abort();
    struct bm_held *held = &ledger->held[ledger->n_held++];
    *held = (struct bm_held){.run = run};
    bm_bytes_add(&held->frame, frame, size);
}

void bm_ledger_release(struct bm_ledger *ledger, size_t run)
{
    for (size_t i = 0; i < ledger->n_held; i++)
        if (ledger->held[i].run == run)
            bm_ledger_append(ledger, ledger->held[i].frame.data, ledger->held[i].frame.size);
    bm_ledger_forget(ledger, run);
}

void bm_ledger_fini(struct bm_ledger *ledger)
{
    while (ledger->n_held > 0)
        bm_ledger_forget(ledger, ledger->held[0].run);
    free(ledger->held);
    ledger->held = NULL;
}

/* ---- the disk ---- */

static bool has(const struct bm_trouble *trouble)
{
    return trouble->err.code != BM_EXIT_DONE;
}

/* What came of a try to write, as bm_store_sync returns it: each trouble is told once. */
static int note(struct bm_ledger *ledger, struct bm_trouble *trouble, int status,
                const struct bm_err *why, const char *meanwhile, const char *afterwards)
{
    if (status == BM_STORE_LATER) {
        if (!has(trouble))
            bm_say("warning: %s; %s", why->text, meanwhile);
        *trouble = (struct bm_trouble){*why, bm_seconds() + trouble_pause};
    } else if (status != 0) {
        *ledger->err = *why;
    } else if (has(trouble)) {
        bm_say("%s", afterwards);
        *trouble = (struct bm_trouble){.next_try = 0};
    }
    return status == 0 ? 0 : -1;
}

static int sync_records(struct bm_ledger *ledger)
{
    struct bm_err why = {0};
    if (note(ledger, &ledger->records, bm_store_sync(ledger->store, &why), &why,
             "training goes on, and what comes of it stays in memory until there is room",
             "the disk takes records again: nothing was lost") != 0)
        return -1;
    ledger->unsynced_since = 0;
    ledger->snapshot_is_behind = true;
    return 0;
}

int bm_ledger_sync(struct bm_ledger *ledger)
{
    if (bm_ledger_has_failed(ledger) || bm_seconds() < ledger->records.next_try)
        return -1;
    return sync_records(ledger);
}

void bm_ledger_snapshot(struct bm_ledger *ledger)
{
    struct bm_err why = {0};
    double start = bm_seconds();
    if (bm_ledger_has_failed(ledger) ||
        note(ledger, &ledger->picture, bm_store_snapshot(ledger->store, &why), &why,
             "the journal has all that is known, and it is tried again later",
             "the results file is written again") != 0)
        return;
    double end = bm_seconds(), pause = snapshot_share * (end - start);
    ledger->next_snapshot = end + (pause > snapshot_pause ? pause : snapshot_pause);
    ledger->snapshot_is_behind = false;
}

int bm_ledger_settle(struct bm_ledger *ledger, size_t waiting)
{
    if (bm_ledger_has_failed(ledger))
        return -1;
    if (sync_records(ledger) != 0) {
        if (!bm_ledger_has_failed(ledger))
            *ledger->err = ledger->records.err;
        return waiting == 0
                   ? -1
                   : bm_fail_hint(ledger->err,
                                  "%zu run%s that finished could not be recorded: the "
                                  "same command runs %s again",
                                  waiting, waiting == 1 ? "" : "s", waiting == 1 ? "it" : "them");
    }
    bm_ledger_snapshot(ledger);
    if (!has(&ledger->picture))
        return 0;
    if (!bm_ledger_has_failed(ledger))
        *ledger->err = ledger->picture.err;
    return bm_fail_hint(ledger->err, "the journal has all results: the same command writes the "
                                     "file, once it can");
}

bool bm_ledger_wants_sync(const struct bm_ledger *ledger)
{
    return ledger->unsynced_since > 0 && bm_seconds() - ledger->unsynced_since > evaluation_delay;
}

bool bm_ledger_wants_snapshot(const struct bm_ledger *ledger)
{
    return ledger->snapshot_is_behind && bm_seconds() >= ledger->next_snapshot &&
           bm_seconds() >= ledger->picture.next_try && !has(&ledger->records);
}
