/* bm-results verify: checksums of the journal and of those of further jobs, structure of the
 * snapshot, and whether the snapshot is what the journal said when it was taken. A sweep may be
 * writing meanwhile. */
#include <inttypes.h>
#include <string.h>

#include "bm/store.h"
#include "lead.h"
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

static void print_torn(uint64_t torn, bool is_damaged, FILE *out)
{
    if (torn > 0)
        fprintf(out, "; %" PRIu64 " bytes %s", torn,
                is_damaged ? "that cannot be read" : "of unfinished records");
    putc('\n', out);
}

static void print_parts(const struct bm_store_parts *parts, FILE *out)
{
    if (parts->has_snapshot)
        print_counts("snapshot", &parts->snapshot, out);
    if (!parts->has_journal)
        return;
    uint64_t shown = parts->snapshot_shows < parts->size ? parts->snapshot_shows : parts->size;
    print_counts("journal", &parts->journal, out);
    fprintf(out, "journal: %zu records, %" PRIu64 " bytes, %" PRIu64 " not in the snapshot",
            parts->records, parts->size, parts->size - shown);
    print_torn(parts->torn, parts->is_damaged, out);
}

static void print_shards(const struct bm_store_parts *parts, FILE *out)
{
    static const char what[] = "journals of further jobs";
    const struct bm_store_shards *shards = &parts->shards;
    char more[100];
    if (shards->n == 0)
        return;
    print_counts(what, &shards->results, out);
    fprintf(out, "%s: %zu, with %zu records, %" PRIu64 " bytes", what, shards->n, shards->records,
            shards->size);
    print_torn(shards->torn, shards->trouble.code != BM_EXIT_DONE, out);
    bm_lead_text(bm_lead_of(&shards->results, &parts->journal), more, sizeof more);
    if (more[0] != '\0')
        fprintf(out, "%s have more: %s that the journal lacks\n", what, more);
}

/* Which of the two has what the other has not. */
static void print_leads(const struct bm_store_parts *parts, FILE *out)
{
    char more[100], less[100];
    bm_lead_text(bm_lead_of(&parts->journal, &parts->snapshot), more, sizeof more);
    bm_lead_text(bm_lead_of(&parts->snapshot, &parts->journal), less, sizeof less);
    if (more[0] != '\0')
        fprintf(out, "the journal has more: %s that the snapshot lacks\n", more);
    if (less[0] != '\0')
        fprintf(out, "the snapshot has more: %s that the journal lacks\n", less);
    if (more[0] == '\0' && less[0] == '\0')
        fprintf(out, "both have the same runs and evaluations\n");
}

static int compare(const char *path, const struct bm_store_parts *parts, struct bm_err *err)
{
    struct bm_comparison comparison = {.roles = ~0u, .unfinished = true};
    bm_compare(&comparison, &parts->snapshot, parts->shown);
    size_t n = comparison.differences + count_texts(&parts->snapshot, parts->shown);
    if (n > 0)
        return bm_fail(err, BM_EXIT_IO,
                       "%s: %zu values are not what its journal says: the next start of bm-sweep "
                       "writes it anew, and keeps this one",
                       path, n);
    if (parts->is_changed)
        return bm_fail(err, BM_EXIT_IO,
                       "%s was changed since bm-sweep wrote it, though not in what its journal "
                       "says: the next start of bm-sweep writes it anew, and keeps this one",
                       path);
    return 0;
}

int bm_command_verify(char **args, FILE *out, struct bm_err *err)
{
    const char *path = args[0];
    struct bm_store_parts parts;
    int status = bm_store_read_parts(path, &parts, err);
    print_parts(&parts, out);
    print_shards(&parts, out);
    if (parts.has_journal && parts.has_snapshot)
        print_leads(&parts, out);
    if (status == 0 && parts.has_journal && parts.has_snapshot)
        status = compare(path, &parts, err);
    if (status == 0)
        fprintf(out, "%s: whole%s\n", path,
                !parts.has_journal    ? " (there is no journal to compare with)"
                : !parts.has_snapshot ? " (there is no snapshot yet)"
                                      : "");
    bm_store_parts_fini(&parts);
    return status;
}
