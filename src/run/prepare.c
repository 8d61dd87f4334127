#include "prepare.h"
#include "say.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bm/data.h"
#include "bm/nn.h"
#include "bm/provenance.h"

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

/* Results of two builds differ in last digits: who compares them should know. */
static void warn_of_other_build(const struct bm_store *store)
{
    const char *other = bm_prepare_other_build(bm_store_results(store));
    if (other != NULL)
        bm_say("warning: runs that are there were made by another build (%s), and last digits may "
               "differ from those of this one (%s)",
               other, bm_build());
}

int bm_prepare_provenance(const struct bm_session *session, struct bm_store *store, const char *mpi,
                          struct bm_err *err)
{
    const struct bm_sweep *sweep = &session->sweep;
    warn_of_other_build(store);
    if (put_meta(store, "name", sweep->name, err) != 0 ||
        put_meta(store, "sweep", sweep->text, err) != 0 ||
        put_meta(store, "openblas_version", bm_blas_version(), err) != 0)
        return -1;
    return mpi == NULL ? 0 : put_meta(store, "mpi_version", mpi, err);
}

/* Names the files that are not the published ones, or says "none". */
static int find_others(const struct bm_dataset *dataset, const char *data_dir,
                       struct bm_bytes *names, struct bm_err *err)
{
    for (const struct bm_data_file *file = dataset->files; file != NULL && file->name; file++) {
        struct bm_file_origin origin;
        if (bm_dataset_origin(dataset, data_dir, file, &origin, err) != 0)
            return -1;
        if (!origin.is_published)
            bm_bytes_printf(names, "%s%s", names->size > 0 ? ", " : "", file->name);
    }
    if (names->size == 0)
        bm_bytes_printf(names, "none");
    return 0;
}

/* Data need not be the published ones, but who uses others should know. What was found is recorded,
 * so that it is looked for once. */
static int compare_published(struct bm_store *store, const struct bm_sweep *sweep,
                             const struct bm_dataset *dataset, struct bm_err *err)
{
    char name[64];
    struct bm_bytes found = {0};
    snprintf(name, sizeof name, "not_published.%s", dataset->name);
    const char *names = bm_results_meta(bm_store_results(store), name);
    int status = 0;
    if (names == NULL) {
        status = find_others(dataset, sweep->launch.data_dir, &found, err);
        if (status == 0)
            status = put_meta(store, name, (const char *)found.data, err);
        names = (const char *)found.data;
    }
    if (status == 0 && strcmp(names, "none") != 0)
        bm_say("warning: %s: not the published files: %s (bm-data check %s says more)",
               dataset->name, names, dataset->name);
    bm_bytes_fini(&found);
    return status;
}

/* Checks a data set and compares it with what earlier runs saw. */
static int check_data(struct bm_store *store, const struct bm_sweep *sweep,
                      const struct bm_dataset *dataset, struct bm_seal *seal, struct bm_err *err)
{
    const struct bm_dataset_request request = {.data_dir = sweep->launch.data_dir};
    char name[64], digest[BM_ID_TEXT];
    if (bm_dataset_seal(dataset, &request, seal, err) != 0)
        return -1;
    bm_id_text(&seal->digest, digest);
    snprintf(name, sizeof name, "digest.%s", dataset->name);
    const char *stored = bm_results_meta(bm_store_results(store), name);
    if (stored != NULL && strcmp(stored, digest) != 0)
        return bm_fail(err, BM_EXIT_DATA,
                       "%s: the data set in %s (digest %s) is not the one of the runs that are "
                       "there (digest %s): use the same data, or another results file",
                       dataset->name, sweep->launch.data_dir, digest, stored);
    if (put_meta(store, name, digest, err) != 0)
        return -1;
    return dataset->generated ? 0 : compare_published(store, sweep, dataset, err);
}

/* Position in bm_datasets; without a name their number. */
static size_t number_of(const char *dataset)
{
    size_t number = 0;
    while (bm_datasets[number] != NULL &&
           (dataset == NULL || strcmp(bm_datasets[number]->name, dataset) != 0))
        number++;
    return number;
}

const struct bm_seal *bm_prepared_seal(const struct bm_session *session, const char *dataset)
{
    return session->seals == NULL ? NULL : &session->seals[number_of(dataset)];
}

int bm_prepare_data(struct bm_session *session, struct bm_store *store, struct bm_err *err)
{
    size_t n_sets = number_of(NULL);
    bool *is_used = calloc(n_sets + 1, sizeof *is_used);
    session->seals = calloc(n_sets + 1, sizeof *session->seals);
    if (is_used == NULL || session->seals == NULL)
        abort();
    for (size_t i = 0; i < session->n_todo; i++) {
        struct bm_config config;
        bm_points_config(&session->points, session->todo[i], &config);
        is_used[number_of(config.dataset)] = true;
    }
    int status = 0;
    for (size_t set = 0; set < n_sets && status == 0; set++)
        if (is_used[set])
            status =
                check_data(store, &session->sweep, bm_datasets[set], &session->seals[set], err);
    free(is_used);
    return status;
}
