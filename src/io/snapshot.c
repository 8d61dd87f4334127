/* Writing snapshots. Columns that are members of records are left to columns.c.
 *
 * Invariant: equal results give equal bytes, in whatever order their frames were applied. */
#include "snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "hdf5.h"

/* ---- order ---- */

static int compare_runs(const void *a, const void *b)
{
    return bm_run_compare(*(const struct bm_run *const *)a, *(const struct bm_run *const *)b);
}

static int compare_meta(const void *a, const void *b)
{
    return strcmp(((const struct bm_meta *)a)->name, ((const struct bm_meta *)b)->name);
}

/* ---- writing ---- */

/* The rows of all tables, as pointers to their records. */
struct rows {
    const struct bm_run **runs;
    const void **configs, **results, **summaries, **evaluations, **probes, **pairs;
    struct bm_summary *summary;
    int64_t *run_of, *evaluation_of, *evaluation_of_pair;
    char (*id_texts)[BM_ID_TEXT];
    const char **ids, **logs, **taps[2]; /* the two of each pair */
    size_t n_runs, n_evaluations, n_probes, n_pairs;
};

static int rows_init(struct rows *rows, const struct bm_results *results, struct bm_err *err)
{
    size_t n = rows->n_runs = results->n_runs;
    for (size_t i = 0; i < n; i++) {
        rows->n_evaluations += results->runs[i].n_evaluations;
        rows->n_probes += results->runs[i].n_taps;
        rows->n_pairs += results->runs[i].n_pairs;
    }
    /* One more each: nothing of 0 bytes, so that NULL is always a failure. */
    rows->runs = calloc(n + 1, sizeof *rows->runs);
    rows->configs = calloc(n + 1, sizeof *rows->configs);
    rows->results = calloc(n + 1, sizeof *rows->results);
    rows->summaries = calloc(n + 1, sizeof *rows->summaries);
    rows->summary = calloc(n + 1, sizeof *rows->summary);
    rows->id_texts = calloc(n + 1, sizeof *rows->id_texts);
    rows->ids = calloc(n + 1, sizeof *rows->ids);
    rows->logs = calloc(n + 1, sizeof *rows->logs);
    rows->evaluations = calloc(rows->n_evaluations + 1, sizeof *rows->evaluations);
    rows->run_of = calloc(rows->n_evaluations + 1, sizeof *rows->run_of);
    rows->probes = calloc(rows->n_probes + 1, sizeof *rows->probes);
    rows->evaluation_of = calloc(rows->n_probes + 1, sizeof *rows->evaluation_of);
    rows->pairs = calloc(rows->n_pairs + 1, sizeof *rows->pairs);
    rows->evaluation_of_pair = calloc(rows->n_pairs + 1, sizeof *rows->evaluation_of_pair);
    for (size_t k = 0; k < 2; k++)
        rows->taps[k] = calloc(rows->n_pairs + 1, sizeof *rows->taps[k]);
    if (!rows->runs || !rows->configs || !rows->results || !rows->summaries || !rows->summary ||
        !rows->id_texts || !rows->ids || !rows->logs || !rows->evaluations || !rows->run_of ||
        !rows->probes || !rows->evaluation_of || !rows->pairs || !rows->evaluation_of_pair ||
        !rows->taps[0] || !rows->taps[1])
        return bm_fail_errno(err, "no memory for a snapshot of %zu runs", n);
    for (size_t i = 0; i < n; i++)
        rows->runs[i] = &results->runs[i];
    qsort(rows->runs, n, sizeof *rows->runs, compare_runs);
    return 0;
}

static void rows_fini(struct rows *rows)
{
    free(rows->runs);
    free(rows->configs);
    free(rows->results);
    free(rows->summaries);
    free(rows->summary);
    free(rows->id_texts);
    free(rows->ids);
    free(rows->logs);
    free(rows->evaluations);
    free(rows->run_of);
    free(rows->probes);
    free(rows->evaluation_of);
    free(rows->pairs);
    free(rows->evaluation_of_pair);
    free(rows->taps[0]);
    free(rows->taps[1]);
}

/* The rows below an evaluation, which is row `evaluation`; `probe` and `pair` are the next ones. */
static void fill_below(struct rows *rows, const struct bm_findings *findings, size_t evaluation,
                       size_t *probe, size_t *pair)
{
    size_t n = findings->n_taps;
    for (size_t t = 0; t < n; t++) {
        rows->probes[*probe] = &findings->taps[t];
        rows->evaluation_of[(*probe)++] = (int64_t)evaluation;
    }
    for (size_t a = 0; a < n && findings->n_pairs > 0; a++)
        for (size_t b = a + 1; b < n; b++, ++*pair) {
            rows->pairs[*pair] = &findings->pairs[bm_pair_at(n, a, b)];
            rows->evaluation_of_pair[*pair] = (int64_t)evaluation;
            rows->taps[0][*pair] = findings->taps[a].tap;
            rows->taps[1][*pair] = findings->taps[b].tap;
        }
}

static void rows_fill(struct rows *rows)
{
    size_t evaluation = 0, probe = 0, pair = 0;
    for (size_t i = 0; i < rows->n_runs; i++) {
        const struct bm_run *run = rows->runs[i];
        rows->ids[i] = bm_id_text(&run->id, rows->id_texts[i]);
        rows->configs[i] = &run->config;
        rows->results[i] = &run->result;
        rows->summaries[i] = &rows->summary[i];
        bm_run_summarize(run, &rows->summary[i]);
        rows->logs[i] = run->log ? run->log : "";
        for (size_t e = 0; e < run->n_evaluations; e++) {
            struct bm_findings findings = bm_run_findings(run, e);
            fill_below(rows, &findings, evaluation, &probe, &pair);
            rows->evaluations[evaluation] = &run->evaluations[e];
            rows->run_of[evaluation++] = (int64_t)i;
        }
    }
}

static int write_pairs(struct bm_h5 *file, const struct rows *rows, struct bm_err *err)
{
    const struct bm_h5_column keys[] = {
        {.name = "pairs/evaluation",
         .type = BM_H5_INT,
         .n = rows->n_pairs,
         .data = rows->evaluation_of_pair,
         .description = "row in /evaluations, from 0",
         .role = "key"},
        {.name = "pairs/tap",
         .type = BM_H5_TEXT,
         .n = rows->n_pairs,
         .data = rows->taps[0],
         .description = "one of the two taps, as in /probes",
         .role = "key"},
        {.name = "pairs/other",
         .type = BM_H5_TEXT,
         .n = rows->n_pairs,
         .data = rows->taps[1],
         .description = "the other one, which is later in the network",
         .role = "key"},
    };
    if (bm_h5_make_group(file, "pairs",
                         "a row for each two taps of an evaluation: what probes of pairs found",
                         err) != 0)
        return -1;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (bm_h5_write(file, &keys[i], err) != 0)
            return -1;
    return bm_columns_write(file, "pairs", &bm_tap_pair_table, rows->pairs, rows->n_pairs, err);
}

static int write_rows(struct bm_h5 *file, const struct rows *rows, struct bm_err *err)
{
    const struct bm_h5_column id = {.name = "runs/id",
                                    .type = BM_H5_TEXT,
                                    .n = rows->n_runs,
                                    .data = rows->ids,
                                    .description = "digest of the settings that say what is "
                                                   "computed",
                                    .role = "key"};
    const struct bm_h5_column log = {.name = "runs/log",
                                     .type = BM_H5_TEXT,
                                     .n = rows->n_runs,
                                     .data = rows->logs,
                                     .description = "the last that the trainer printed",
                                     .role = "circumstance"};
    const struct bm_h5_column run = {.name = "evaluations/run",
                                     .type = BM_H5_INT,
                                     .n = rows->n_evaluations,
                                     .data = rows->run_of,
                                     .description = "row in /runs, from 0",
                                     .role = "key"};
    const struct bm_h5_column evaluation = {.name = "probes/evaluation",
                                            .type = BM_H5_INT,
                                            .n = rows->n_probes,
                                            .data = rows->evaluation_of,
                                            .description = "row in /evaluations, from 0",
                                            .role = "key"};
    if (bm_h5_make_group(file, "runs", "a row a run, sorted by settings", err) != 0 ||
        bm_h5_write(file, &id, err) != 0 ||
        bm_columns_write(file, "runs", &bm_config_table, rows->configs, rows->n_runs, err) != 0 ||
        bm_columns_write(file, "runs", &bm_result_table, rows->results, rows->n_runs, err) != 0 ||
        bm_columns_write(file, "runs", &bm_summary_table, rows->summaries, rows->n_runs, err) !=
            0 ||
        bm_h5_write(file, &log, err) != 0)
        return -1;
    if (bm_h5_make_group(file, "evaluations", "a row an evaluation: run is its row in /runs",
                         err) != 0 ||
        bm_h5_write(file, &run, err) != 0 ||
        bm_columns_write(file, "evaluations", &bm_evaluation_table, rows->evaluations,
                         rows->n_evaluations, err) != 0)
        return -1;
    if (bm_h5_make_group(file, "probes", "a row a tap: evaluation is its row in /evaluations",
                         err) != 0 ||
        bm_h5_write(file, &evaluation, err) != 0)
        return -1;
    if (bm_columns_write(file, "probes", &bm_tap_probe_table, rows->probes, rows->n_probes, err) !=
        0)
        return -1;
    return rows->n_pairs == 0 ? 0 : write_pairs(file, rows, err);
}

static int write_attributes(struct bm_h5 *file, const struct bm_results *results,
                            uint64_t journal_size, struct bm_err *err)
{
    int version = bm_h5_has_wide(file) ? BM_SNAPSHOT_VERSION : BM_SNAPSHOT_NARROW;
    if (bm_h5_set_text(file, "format", BM_SNAPSHOT_FORMAT, err) != 0 ||
        bm_h5_set_int(file, "format_version", version, err) != 0 ||
        bm_h5_set_int(file, "journal_size", (int64_t)journal_size, err) != 0)
        return -1;
    struct bm_meta *sorted = calloc(results->n_meta + 1, sizeof *sorted);
    if (sorted == NULL)
        return bm_fail_errno(err, "no memory for a snapshot");
    if (results->n_meta > 0)
        memcpy(sorted, results->meta, results->n_meta * sizeof *sorted);
    qsort(sorted, results->n_meta, sizeof *sorted, compare_meta);
    int status = 0;
    for (size_t i = 0; i < results->n_meta && status == 0; i++)
        status = bm_h5_set_text(file, sorted[i].name, sorted[i].text, err);
    free(sorted);
    return status;
}

int bm_snapshot_build(const struct bm_results *results, uint64_t journal_size, struct bm_h5 **file,
                      const void **data, size_t *size, struct bm_err *err)
{
    struct rows rows = {0};
    *file = NULL;
    int status = rows_init(&rows, results, err);
    if (status == 0)
        status = bm_h5_new(file, err);
    if (status == 0) {
        rows_fill(&rows);
        status = write_rows(*file, &rows, err);
    }
    if (status == 0)
        status = write_attributes(*file, results, journal_size, err);
    rows_fini(&rows);
    if (status == 0)
        status = bm_h5_image(*file, data, size, err);
    if (status == 0)
        return 0;
    bm_h5_close(*file);
    *file = NULL;
    return -1;
}
