/* Reading snapshots: applies frames that lead to the file's contents. Nothing in the file is
 * trusted: it may have been written by another version, or edited. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "hdf5.h"
#include "snapshot.h"

/* A table of rows below another: its columns, and for each row the row above. */
struct below {
    struct bm_columns rows;
    struct bm_h5_column above;
};

struct texts {
    struct bm_results *results;
    bool is_ours;
};

static int take_text(void *context, const char *name, const char *text, struct bm_err *err)
{
    struct texts *texts = context;
    if (strcmp(name, "format") == 0) {
        texts->is_ours = strcmp(text, BM_SNAPSHOT_FORMAT) == 0;
        return 0;
    }
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
                      struct bm_h5_column *column, struct bm_err *err)
{
    if (bm_h5_read(file, name, BM_H5_INT, column, err) != 0)
        return -1;
    const int64_t *above = column->data;
    for (size_t i = 0; i < column->n; i++)
        if (above[i] < (i ? above[i - 1] : 0) || (uint64_t)above[i] >= n_above)
            return bm_fail(err, BM_EXIT_IO, "%s: damaged: row %zu of %s is out of order", path, i,
                           name);
    return 0;
}

struct contents {
    struct bm_h5_column id, log;
    struct bm_columns configs, results;
    struct below evaluations, probes, pairs;
};

static int read_below(const struct bm_h5 *file, const char *group, const struct bm_table *table,
                      struct below *below, struct bm_err *err)
{
    return bm_columns_read(file, group, table, below->above.n, &below->rows, err);
}

/* Files without pairs have no group of them. */
static int read_pairs(const struct bm_h5 *file, const char *path, struct contents *all,
                      struct bm_err *err)
{
    if (!bm_h5_has(file, "pairs/evaluation"))
        return 0;
    if (read_above(file, path, "pairs/evaluation", all->evaluations.above.n, &all->pairs.above,
                   err) != 0)
        return -1;
    return read_below(file, "pairs", &bm_tap_pair_table, &all->pairs, err);
}

static int read_contents(const struct bm_h5 *file, const char *path, struct contents *all,
                         struct bm_err *err)
{
    if (bm_h5_read(file, "runs/id", BM_H5_TEXT, &all->id, err) != 0 ||
        bm_h5_read(file, "runs/log", BM_H5_TEXT, &all->log, err) != 0)
        return -1;
    size_t n = all->id.n;
    if (all->log.n != n)
        return bm_fail(err, BM_EXIT_IO, "%s: damaged: ids and logs do not match", path);
    if (read_above(file, path, "evaluations/run", n, &all->evaluations.above, err) != 0 ||
        read_above(file, path, "probes/evaluation", all->evaluations.above.n, &all->probes.above,
                   err) != 0)
        return -1;
    if (bm_columns_read(file, "runs", &bm_config_table, n, &all->configs, err) != 0 ||
        bm_columns_read(file, "runs", &bm_result_table, n, &all->results, err) != 0 ||
        read_below(file, "evaluations", &bm_evaluation_table, &all->evaluations, err) != 0 ||
        read_below(file, "probes", &bm_tap_probe_table, &all->probes, err) != 0)
        return -1;
    return read_pairs(file, path, all, err);
}

static void contents_fini(struct contents *all)
{
    struct below *tables[] = {&all->evaluations, &all->probes, &all->pairs};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        bm_columns_fini(&tables[i]->rows);
        bm_h5_free(&tables[i]->above);
    }
    bm_columns_fini(&all->configs);
    bm_columns_fini(&all->results);
    bm_h5_free(&all->id);
    bm_h5_free(&all->log);
}

/* The first rows that are not yet taken. */
struct place {
    size_t evaluation, probe, pair;
};

static int take_taps(const struct contents *all, const char *path, struct place *next,
                     struct bm_measured *measured, struct bm_err *err)
{
    const int64_t *evaluation_of = all->probes.above.data;
    size_t n = all->probes.above.n;
    measured->n_taps = 0;
    for (; next->probe < n && (size_t)evaluation_of[next->probe] == next->evaluation;
         next->probe++) {
        if (measured->n_taps == BM_MOST_TAPS)
            return bm_fail(err, BM_EXIT_IO, "%s: damaged: more than %d taps in evaluation %zu",
                           path, BM_MOST_TAPS, next->evaluation);
        struct bm_tap_probe *tap = &measured->taps[measured->n_taps++];
        if (bm_columns_take(&all->probes.rows, next->probe, tap, err) != 0)
            return -1;
    }
    return 0;
}

/* All pairs of the taps that were taken, or none. */
static int take_pairs(const struct contents *all, const char *path, struct place *next,
                      struct bm_measured *measured, struct bm_err *err)
{
    const int64_t *evaluation_of = all->pairs.above.data;
    size_t n = all->pairs.above.n, all_of_them = bm_pairs_of(measured->n_taps), taken = 0;
    for (; next->pair < n && (size_t)evaluation_of[next->pair] == next->evaluation;
         next->pair++, taken++)
        if (taken < all_of_them &&
            bm_columns_take(&all->pairs.rows, next->pair, &measured->pairs[taken], err) != 0)
            return -1;
    measured->n_pairs = taken;
    if (taken == 0 || taken == all_of_them)
        return 0;
    return bm_fail(err, BM_EXIT_IO,
                   "%s: damaged: pairs of taps in evaluation %zu are not all there", path,
                   next->evaluation);
}

static int apply(struct bm_results *results, struct bm_frame *frame, enum bm_frame_kind kind,
                 struct bm_err *err)
{
    frame->kind = kind;
    return bm_results_apply(results, frame, err);
}

/* How many rows from `from` on are below rows before `above`. */
static size_t rows_to(const struct bm_h5_column *column, size_t from, size_t above)
{
    const int64_t *of = column->data;
    size_t n = from;
    while (n < column->n && (size_t)of[n] < above)
        n++;
    return n - from;
}

/* The rows of run `i`, of which none is taken yet. */
static struct bm_rows_of rows_of_run(const struct contents *all, size_t i, const struct place *next)
{
    size_t n = rows_to(&all->evaluations.above, next->evaluation, i + 1);
    size_t end = next->evaluation + n;
    return (struct bm_rows_of){n, rows_to(&all->probes.above, next->probe, end),
                               rows_to(&all->pairs.above, next->pair, end)};
}

static int replay_begin(const struct contents *all, const char *path, size_t i,
                        struct bm_frame *frame, struct bm_results *results, struct bm_err *err)
{
    const char *id = ((char **)all->id.data)[i];
    if (id == NULL || !bm_id_parse(id, &frame->id))
        return bm_fail(err, BM_EXIT_IO, "%s: damaged: '%.64s' is not an id", path,
                       id == NULL ? "" : id);
    if (bm_results_find(results, &frame->id) != NULL)
        return bm_fail(err, BM_EXIT_IO, "%s: damaged: two rows for run %s", path, id);
    if (bm_columns_take(&all->configs, i, &frame->config, err) != 0)
        return -1;
    return apply(results, frame, BM_FRAME_BEGIN, err);
}

static int replay_evaluation(const struct contents *all, const char *path, struct place *next,
                             struct bm_frame *frame, struct bm_results *results, struct bm_err *err)
{
    struct bm_measured *measured = &frame->measured[0];
    if (bm_columns_take(&all->evaluations.rows, next->evaluation, &measured->evaluation, err) !=
            0 ||
        take_taps(all, path, next, measured, err) != 0 ||
        take_pairs(all, path, next, measured, err) != 0)
        return -1;
    next->evaluation++;
    return apply(results, frame, BM_FRAME_EVALUATION, err);
}

static int replay_end(const struct contents *all, size_t i, struct bm_frame *frame,
                      struct bm_results *results, struct bm_err *err)
{
    const char *log = ((char **)all->log.data)[i];
    frame->text = log;
    frame->text_size = log ? strlen(log) : 0;
    if (frame->text_size > 0 && apply(results, frame, BM_FRAME_LOG, err) != 0)
        return -1;
    if (bm_columns_take(&all->results, i, &frame->result, err) != 0)
        return -1;
    bool is_finished =
        frame->result.status != BM_STATUS_RUNNING && frame->result.status != BM_STATUS_INTERRUPTED;
    return is_finished ? apply(results, frame, BM_FRAME_RESULT, err) : 0;
}

/* Applies frames that lead to these contents. */
static int replay(const struct contents *all, const char *path, struct bm_results *results,
                  struct bm_err *err)
{
    const int64_t *run_of = all->evaluations.above.data;
    struct bm_frame frame = {.n_measured = 1};
    struct place next = {0};
    struct bm_rows_of rows = {all->evaluations.above.n, all->probes.above.n, all->pairs.above.n};
    if (bm_results_reserve(results, all->id.n, rows, err) != 0)
        return -1;
    for (size_t i = 0; i < all->id.n; i++) {
        if (replay_begin(all, path, i, &frame, results, err) != 0)
            return -1;
        bm_results_lend(results, bm_results_find(results, &frame.id), rows_of_run(all, i, &next));
        while (next.evaluation < all->evaluations.above.n && (size_t)run_of[next.evaluation] == i)
            if (replay_evaluation(all, path, &next, &frame, results, err) != 0)
                return -1;
        if (replay_end(all, i, &frame, results, err) != 0)
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
