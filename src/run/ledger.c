#include "ledger.h"

#include <stdlib.h>

#include "bm/clock.h"

/* Seconds that evaluations of running runs may wait. */
static const double evaluation_delay = 0.5;
/* Snapshots cost at most one part in so many of the time, and are at least so far apart. */
static const double snapshot_share = 100, snapshot_pause = 2;

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

int bm_ledger_sync(struct bm_ledger *ledger)
{
    if (bm_ledger_has_failed(ledger) || bm_store_sync(ledger->store, ledger->err) != 0)
        return -1;
    ledger->unsynced_since = 0;
    ledger->snapshot_is_behind = true;
    return 0;
}

void bm_ledger_snapshot(struct bm_ledger *ledger)
{
    double start = bm_seconds();
    if (bm_ledger_has_failed(ledger) || bm_store_snapshot(ledger->store, ledger->err) != 0)
        return;
    double end = bm_seconds(), pause = snapshot_share * (end - start);
    ledger->next_snapshot = end + (pause > snapshot_pause ? pause : snapshot_pause);
    ledger->snapshot_is_behind = false;
}

bool bm_ledger_wants_sync(const struct bm_ledger *ledger)
{
    return ledger->unsynced_since > 0 && bm_seconds() - ledger->unsynced_since > evaluation_delay;
}

bool bm_ledger_wants_snapshot(const struct bm_ledger *ledger)
{
    return ledger->snapshot_is_behind && bm_seconds() >= ledger->next_snapshot;
}
