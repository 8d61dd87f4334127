/* bm-results verify: checksums of the journal, structure of the snapshot, and whether the snapshot
 * is what the journal said when it was taken. A sweep may be writing meanwhile. */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "bm/store.h"
#include "report.h"

static void print_counts(const char *what, const struct bm_results *results, FILE *out)
{
    size_t finished = 0, evaluations = 0, probes = 0;
    for (size_t i = 0; i < results->n_runs; i++) {
        finished += results->runs[i].finished;
        evaluations += results->runs[i].n_evaluations;
        probes += results->runs[i].n_taps;
    }
    fprintf(out, "%s: %zu runs (%zu finished), %zu evaluations, %zu probes\n", what,
            results->n_runs, finished, evaluations, probes);
}

/* Texts that one has and the other has not, or has differently. */
static size_t count_texts(const struct bm_results *a, const struct bm_results *b)
{
    size_t n = a->n_meta != b->n_meta;
    for (size_t i = 0; i < a->n_meta; i++) {
        const char *text = bm_results_meta(b, a->meta[i].name);
        n += text == NULL || strcmp(text, a->meta[i].text) != 0;
    }
    for (size_t i = 0; i < a->n_runs; i++) {
        const struct bm_run *run = &a->runs[i], *other = bm_results_find(b, &run->id);
        const char *log = run->log ? run->log : "";
        n += other != NULL && strcmp(log, other->log ? other->log : "") != 0;
    }
    return n;
}

static int compare(const char *path, uint64_t journal_size, const struct bm_results *snapshot,
                   struct bm_err *err)
{
    struct bm_results then = {0};
    struct bm_journal_extent extent;
    struct bm_comparison comparison = {.roles = ~0u, .unfinished = true};
    int status = bm_store_replay(path, journal_size, &then, &extent, err);
    if (status == 0) {
        bm_compare(&comparison, snapshot, &then);
        size_t n = comparison.differences + count_texts(snapshot, &then);
        if (n > 0)
            status = bm_fail(err, BM_EXIT_IO,
                             "%s: %zu values are not what its journal says; delete the snapshot "
                             "and run the sweep again to have it rebuilt",
                             path, n);
    }
    bm_results_fini(&then);
    return status;
}

static int verify_journal(const char *path, uint64_t journal_size, FILE *out, struct bm_err *err)
{
    struct bm_results now = {0};
    struct bm_journal_extent extent;
    int status = bm_store_replay(path, UINT64_MAX, &now, &extent, err);
    if (status == 0) {
        print_counts("journal", &now, out);
        fprintf(out, "journal: %zu records, %" PRIu64 " bytes, %" PRIu64 " not in the snapshot",
                extent.records, extent.size,
                extent.size > journal_size ? extent.size - journal_size : 0);
        if (extent.torn > 0)
            fprintf(out, "; %" PRIu64 " bytes of an unfinished record", extent.torn);
        putc('\n', out);
    }
    bm_results_fini(&now);
    return status;
}

int bm_command_verify(char **args, FILE *out, struct bm_err *err)
{
    const char *path = args[0];
    struct bm_results snapshot = {0};
    uint64_t journal_size = 0;
    bool has_journal = bm_store_has_journal(path);
    /* A sweep that has just begun has no snapshot. It is read first: the journal only grows. */
    bool has_snapshot = access(path, F_OK) == 0 || !has_journal;
    int status = 0;
    if (has_snapshot)
        status = bm_snapshot_read(path, &snapshot, &journal_size, err);
    if (has_snapshot && status == 0)
        print_counts("snapshot", &snapshot, out);
    if (has_journal && status == 0)
        status = verify_journal(path, journal_size, out, err);
    if (has_journal && has_snapshot && status == 0)
        status = compare(path, journal_size, &snapshot, err);
    bm_results_fini(&snapshot);
    if (status == 0)
        fprintf(out, "%s: whole%s\n", path,
                !has_journal    ? " (there is no journal to compare with)"
                : !has_snapshot ? " (there is no snapshot yet)"
                                : "");
    return status;
}
