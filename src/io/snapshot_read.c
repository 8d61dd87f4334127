/* Reading snapshots: applies frames that lead to the file's contents. Nothing in the file is
 * trusted: it may have been written by another version, or edited. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "hdf5.h"
#include "snapshot.h"

/* A table in memory: its records, and for each its row in the table above. */
struct records {
    size_t n;
    void *records, *more; /* `more`: runs have a result, too */
    struct bm_h5_column above;
};

struct texts {
    struct bm_results *results;
    bool is_ours;
};

static int take_text(void *context, const char *name, const char *text, struct bm_err *err)
{
    struct texts *texts = context;
    if (strcmp(name, "format") == 0)
        texts->is_ours = strcmp(text, BM_SNAPSHOT_FORMAT) == 0;
    if (strcmp(name, "format") == 0)
        return 0;
    struct bm_frame frame = {.kind = BM_FRAME_META, .text = text, .text_size = strlen(text)};
    snprintf(frame.name, sizeof frame.name, "%s", name);
    return bm_results_apply(texts->results, &frame, err);
}

/* Opens a snapshot and takes its attributes. */
static int open_snapshot(const char *path, struct bm_results *results, struct bm_h5 **file,
                         struct bm_snapshot_info *info, struct bm_err *err)
{
    struct texts texts = {results, false};
    int64_t version;
    *file = NULL;
    if (bm_h5_open(path, file, err) != 0 || bm_h5_each_text(*file, take_text, &texts, err) != 0)
        return -1;
    info->is_foreign = true;
    if (!texts.is_ours)
        return bm_fail(err, BM_EXIT_IO, "%s: an HDF5 file, but not results of bm-sweep", path);
    if (!bm_h5_get_int(*file, "format_version", &version))
        return bm_fail(err, BM_EXIT_IO, "%s: has no format version", path);
    if (version < BM_SNAPSHOT_OLDEST || version > BM_SNAPSHOT_VERSION)
        return bm_fail(err, BM_EXIT_IO,
                       "%s: results of format version %lld, but this program knows version %d",
                       path, (long long)version, BM_SNAPSHOT_VERSION);
    info->is_foreign = false;
    return 0;
}

/* The keys of a table of rows below another: n and, for each row, the row above, in order. */
static int read_above(const struct bm_h5 *file, const char *path, const char *name, size_t n_above,
                      struct records *table, struct bm_err *err)
{
    if (bm_h5_read(file, name, BM_H5_INT, &table->above, err) != 0)
        return -1;
    table->n = table->above.n;
    const int64_t *above = table->above.data;
    for (size_t i = 0; i < table->n; i++)
        if (above[i] < (i ? above[i - 1] : 0) || (uint64_t)above[i] >= n_above)
            return bm_fail(err, BM_EXIT_IO, "%s: damaged: row %zu of %s is out of order", path, i,
                           name);
    return 0;
}

struct contents {
    struct bm_h5_column id, log;
    struct records runs, evaluations, probes, pairs;
};

/* Files without pairs have no group of them. */
static int read_pairs(const struct bm_h5 *file, const char *path, struct contents *all,
                      struct bm_err *err)
{
    if (!bm_h5_has(file, "pairs/evaluation"))
        return 0;
    if (read_above(file, path, "pairs/evaluation", all->evaluations.n, &all->pairs, err) != 0)
        return -1;
    return bm_columns_read(file, "pairs", &bm_tap_pair_table, all->pairs.n, &all->pairs.records,
                           err);
}

static int read_contents(const struct bm_h5 *file, const char *path, struct contents *all,
                         struct bm_err *err)
{
    if (bm_h5_read(file, "runs/id", BM_H5_TEXT, &all->id, err) != 0 ||
        bm_h5_read(file, "runs/log", BM_H5_TEXT, &all->log, err) != 0)
        return -1;
    size_t n = all->runs.n = all->id.n;
    if (all->log.n != n)
        return bm_fail(err, BM_EXIT_IO, "%s: damaged: ids and logs do not match", path);
    if (read_above(file, path, "evaluations/run", n, &all->evaluations, err) != 0 ||
        read_above(file, path, "probes/evaluation", all->evaluations.n, &all->probes, err) != 0)
        return -1;
    if (bm_columns_read(file, "runs", &bm_config_table, n, &all->runs.records, err) != 0 ||
        bm_columns_read(file, "runs", &bm_result_table, n, &all->runs.more, err) != 0)
        return -1;
    if (bm_columns_read(file, "evaluations", &bm_evaluation_table, all->evaluations.n,
                        &all->evaluations.records, err) != 0)
        return -1;
    if (bm_columns_read(file, "probes", &bm_tap_probe_table, all->probes.n, &all->probes.records,
                        err) != 0)
        return -1;
    return read_pairs(file, path, all, err);
}

static void contents_fini(struct contents *all)
{
    struct records *tables[] = {&all->runs, &all->evaluations, &all->probes, &all->pairs};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        free(tables[i]->records);
        free(tables[i]->more);
        bm_h5_free(&tables[i]->above);
    }
    bm_h5_free(&all->id);
    bm_h5_free(&all->log);
}

/* Takes the taps of evaluation `row`; `probe` is the first row of probes not yet taken. */
static bool take_taps(const struct contents *all, size_t row, size_t *probe,
                      struct bm_measured *measured)
{
    const struct bm_tap_probe *probes = all->probes.records;
    const int64_t *evaluation_of = all->probes.above.data;
    measured->n_taps = 0;
    for (; *probe < all->probes.n && (size_t)evaluation_of[*probe] == row; ++*probe) {
        if (measured->n_taps == BM_MOST_TAPS)
            return false;
        measured->taps[measured->n_taps++] = probes[*probe];
    }
    return true;
}

/* The same of pairs: all of the taps that were taken, or none. */
static bool take_pairs(const struct contents *all, size_t row, size_t *pair,
                       struct bm_measured *measured)
{
    const struct bm_tap_pair *pairs = all->pairs.records;
    const int64_t *evaluation_of = all->pairs.above.data;
    size_t all_of_them = bm_pairs_of(measured->n_taps);
    measured->n_pairs = 0;
    for (; *pair < all->pairs.n && (size_t)evaluation_of[*pair] == row; ++*pair) {
        if (measured->n_pairs == all_of_them)
            return false;
        measured->pairs[measured->n_pairs++] = pairs[*pair];
    }
    return measured->n_pairs == 0 || measured->n_pairs == all_of_them;
}

static int apply(struct bm_results *results, struct bm_frame *frame, enum bm_frame_kind kind,
                 struct bm_err *err)
{
    frame->kind = kind;
    return bm_results_apply(results, frame, err);
}

/* Applies frames that lead to these contents. */
static int replay(const struct contents *all, const char *path, struct bm_results *results,
                  struct bm_err *err)
{
    const struct bm_config *configs = all->runs.records;
    const struct bm_result *ends = all->runs.more;
    const struct bm_evaluation *evaluations = all->evaluations.records;
    const int64_t *run_of = all->evaluations.above.data;
    struct bm_frame frame = {.n_measured = 1};
    size_t row = 0, probe = 0, pair = 0;
    for (size_t i = 0; i < all->runs.n; i++) {
        const char *id = ((char **)all->id.data)[i];
        if (id == NULL || !bm_id_parse(id, &frame.id))
            return bm_fail(err, BM_EXIT_IO, "%s: damaged: '%.64s' is not an id", path,
                           id == NULL ? "" : id);
        if (bm_results_find(results, &frame.id) != NULL)
            return bm_fail(err, BM_EXIT_IO, "%s: damaged: two rows for run %s", path, id);
        frame.config = configs[i];
        if (apply(results, &frame, BM_FRAME_BEGIN, err) != 0)
            return -1;
        for (; row < all->evaluations.n && (size_t)run_of[row] == i; row++) {
            frame.measured[0].evaluation = evaluations[row];
            if (!take_taps(all, row, &probe, &frame.measured[0]))
                return bm_fail(err, BM_EXIT_IO, "%s: damaged: more than %d taps in run %s", path,
                               BM_MOST_TAPS, id);
            if (!take_pairs(all, row, &pair, &frame.measured[0]))
                return bm_fail(err, BM_EXIT_IO,
                               "%s: damaged: pairs of taps in run %s are not all "
                               "there",
                               path, id);
            if (apply(results, &frame, BM_FRAME_EVALUATION, err) != 0)
                return -1;
        }
        const char *log = ((char **)all->log.data)[i];
        frame.text = log;
        frame.text_size = log ? strlen(log) : 0;
        if (frame.text_size > 0 && apply(results, &frame, BM_FRAME_LOG, err) != 0)
            return -1;
        frame.result = ends[i];
        if (ends[i].status != BM_STATUS_RUNNING && ends[i].status != BM_STATUS_INTERRUPTED &&
            apply(results, &frame, BM_FRAME_RESULT, err) != 0)
            return -1;
    }
    return 0;
}

int bm_snapshot_read(const char *path, struct bm_results *results, struct bm_snapshot_info *info,
                     struct bm_err *err)
{
    struct bm_h5 *file;
    struct contents all = {0};
    int64_t size = 0;
    *info = (struct bm_snapshot_info){0};
    int status = open_snapshot(path, results, &file, info, err);
    if (status == 0 && !bm_h5_get_int(file, "journal_size", &size))
        status = bm_fail(err, BM_EXIT_IO, "%s: damaged: no journal_size", path);
    if (status == 0)
        status = read_contents(file, path, &all, err);
    bm_h5_close(file);
    if (status == 0)
        status = replay(&all, path, results, err);
    contents_fini(&all);
    info->journal_size = (uint64_t)size;
    return status;
}
