#include "prepare.h"

#include <stdio.h>
#include <string.h>

#include "bm/checkpoint.h"
#include "bm/isa.h"
#include "bm/nn.h"
#include "bm/provenance.h"
#include "memory.h"
#include "say.h"
#include "supply.h"

/* Appends a META frame unless the store has that text under that name already. */
static int put_meta(struct bm_store *store, const char *name, const char *text, struct bm_err *err)
{
    const char *stored = bm_results_meta(bm_store_results(store), name);
    if (stored != NULL && strcmp(stored, text) == 0)
        return 0;
    struct bm_bytes frame = {0};
    bm_frame_add_meta(&frame, name, text);
    int status = bm_store_append(store, frame.data, frame.size, err);
    bm_bytes_fini(&frame);
    return status;
}

const char *bm_prepare_other_build(const struct bm_results *results)
{
    for (size_t i = 0; i < results->n_runs; i++) {
        const struct bm_run *run = &results->runs[i];
        if (run->finished && run->result.build[0] != '\0' &&
            strcmp(run->result.build, bm_build()) != 0)
            return run->result.build;
    }
    return NULL;
}

char *bm_prepare_build_warning(const struct bm_results *results, char *text, size_t size)
{
    const char *other = bm_prepare_other_build(results);
    text[0] = '\0';
    if (other != NULL)
        snprintf(text, size,
                 "runs that are there were made by another build (%s), and last digits may differ "
                 "from those of this one (%s)",
                 other, bm_build());
    return text;
}

static int put_provenance(const struct bm_session *session, struct bm_store *store, const char *mpi,
                          struct bm_err *err)
{
    const struct bm_sweep *sweep = &session->sweep;
    if (put_meta(store, "name", sweep->name, err) != 0 ||
        put_meta(store, "sweep", sweep->text, err) != 0 ||
        put_meta(store, "openblas_version", bm_blas_version(), err) != 0)
        return -1;
    return mpi == NULL ? 0 : put_meta(store, "mpi_version", mpi, err);
}

static void say_remarks(const struct bm_dataset *dataset, const char *remarks)
{
    while (remarks != NULL && *remarks != '\0') {
        int length = (int)strcspn(remarks, "\n");
        bm_say("%s: %.*s", dataset->name, length, remarks);
        remarks += length + (remarks[length] == '\n');
    }
}

/* The names of classes, a line each, where only the files know them. */
static int put_classes(struct bm_store *store, const struct bm_dataset *dataset,
                       const struct bm_catalog *catalog, struct bm_err *err)
{
    char name[BM_SUPPLY_NAME];
    struct bm_bytes names = {0};
    if (dataset->generated || dataset->files != NULL)
        return 0;
    for (int c = 0; c < catalog->classes; c++)
        bm_bytes_printf(&names, "%s%s", c > 0 ? "\n" : "", catalog->class_names[c]);
    snprintf(name, sizeof name, "classes.%s", dataset->name);
    int status = put_meta(store, name, (const char *)names.data, err);
    bm_bytes_fini(&names);
    return status;
}

/* What was found of a data set is recorded, so that files are compared with the published ones
 * once. */
static int put_supply(struct bm_store *store, const struct bm_dataset *dataset,
                      const struct bm_supply *supply, struct bm_err *err)
{
    char name[BM_SUPPLY_NAME], others[BM_SUPPLY_NAME], digest[BM_ID_TEXT], text[600];
    bm_supply_names(dataset, name, others);
    if (put_meta(store, name, bm_id_text(&supply->seal.digest, digest), err) != 0 ||
        (dataset->files != NULL && put_meta(store, others, supply->others, err) != 0))
        return -1;
    if (put_classes(store, dataset, supply->catalog, err) != 0)
        return -1;
    say_remarks(dataset, supply->catalog->remarks);
    if (bm_supply_warning(supply, dataset, text, sizeof text)[0] != '\0')
        bm_say("warning: %s", text);
    return 0;
}

/* Another path of the convolutions would be another choice of what is rounded. */
static int check_path(const struct bm_session *session, struct bm_err *err)
{
    const struct bm_launch *launch = &session->sweep.launch;
    for (size_t i = 0; i < session->n_todo && launch->conv != BM_CONV_AUTO; i++)
        if (bm_session_needs_bf16(session, i))
            return bm_fail(err, BM_EXIT_DATA,
                           "conv: %s would change what precision: bf16 rounds; valid: auto",
                           bm_conv_words[launch->conv]);
    return 0;
}

int bm_prepare_check_precision(const struct bm_session *session, struct bm_err *err)
{
    size_t unable = bm_session_count_unable(session);
    if (check_path(session, err) != 0)
        return -1;
    if (unable == 0)
        return 0;
    bm_fail(
        err, BM_EXIT_DATA,
        "precision: bf16 needs a CPU with AVX512-BF16, and trainers here run on %s; valid: fp32",
        bm_isa());
    return unable < session->n_todo
               ? bm_fail_at(err, "%zu of %zu runs would be left to do", unable, session->n_todo)
               : -1;
}

int bm_prepare_check(struct bm_session *session, const struct bm_results *results,
                     struct bm_err *err)
{
    if (session->n_todo == 0)
        return 0;
    bool any = bm_session_count_unable(session) < session->n_todo; /* can be trained */
    int status = any ? check_path(session, err) : bm_prepare_check_precision(session, err);
    if (status == 0)
        status = bm_memory_check(session, err);
    return status == 0 ? bm_supply_check(session, results, err) : -1;
}

/* A run that is finished goes on from nowhere. */
static bool is_unfinished(void *context, const struct bm_id *id)
{
    return !bm_run_is_done(bm_results_find(context, id));
}

/* What stays there does no harm, and runs train without. */
void bm_prepare_clear(const struct bm_session *session, struct bm_store *store, bool warns)
{
    struct bm_err err = {0};
    if (!bm_store_is_alone(store))
        return;
    if (bm_checkpoint_clear(session->sweep.results, is_unfinished, (void *)bm_store_results(store),
                            &err) != 0 &&
        warns)
        bm_say("warning: %s", err.text);
}

static bool is_point(const struct bm_points *points, const struct bm_id *id)
{
    for (size_t i = 0; i < points->n; i++)
        if (bm_id_compare(&points->points[i].id, id) == 0)
            return true;
    return false;
}

/* Runs that the sweep does not have any more may have left much. */
static void say_orphans(const struct bm_session *session)
{
    struct bm_checkpoint_marks marks;
    char text[32];
    double bytes = 0;
    size_t n = 0;
    bm_checkpoint_mark(session->sweep.results, &marks, NULL);
    for (size_t i = 0; i < marks.n; i++)
        if (!is_point(&session->points, &marks.marks[i].run)) {
            bytes += marks.marks[i].bytes;
            n++;
        }
    bm_checkpoint_marks_fini(&marks);
    if (n > 0)
        bm_say("%zu checkpoint%s (%s) of runs that this sweep does not have: they stay for one "
               "that has; 'bm-results drop' takes them away with their runs",
               n, n == 1 ? "" : "s", bm_memory_text(bytes, text, sizeof text));
}

int bm_prepare_record(const struct bm_session *session, struct bm_store *store, const char *mpi,
                      struct bm_err *err)
{
    bm_prepare_clear(session, store, true);
    say_orphans(session);
    if (session->n_todo == 0)
        return 0;
    char warning[600];
    if (bm_prepare_build_warning(bm_store_results(store), warning, sizeof warning)[0] != '\0')
        bm_say("warning: %s", warning);
    int status = put_provenance(session, store, mpi, err);
    for (size_t set = 0; bm_datasets[set] != NULL && status == 0; set++) {
        const struct bm_supply *supply = bm_supply_of(session, bm_datasets[set]->name);
        if (supply != NULL)
            status = put_supply(store, bm_datasets[set], supply, err);
    }
    return status;
}
