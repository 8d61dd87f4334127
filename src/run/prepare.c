#include "prepare.h"

#include <stdio.h>
#include <string.h>

#include "bm/data.h"
#include "bm/names.h"
#include "bm/nn.h"

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

int bm_prepare_provenance(const struct bm_session *session, struct bm_store *store, const char *mpi,
                          struct bm_err *err)
{
    const struct bm_sweep *sweep = &session->sweep;
    if (put_meta(store, "name", sweep->name, err) != 0 ||
        put_meta(store, "sweep", sweep->text, err) != 0 ||
        put_meta(store, "openblas_version", bm_blas_version(), err) != 0)
        return -1;
    return mpi == NULL ? 0 : put_meta(store, "mpi_version", mpi, err);
}

/* Opens the data of one configuration and compares them with what earlier runs saw. */
static int check_data(struct bm_store *store, const struct bm_sweep *sweep,
                      const struct bm_config *config, struct bm_err *err)
{
    struct bm_data data;
    char name[64], digest[BM_ID_TEXT];
    if (bm_data_open(&data, config, sweep->launch.data_dir, err) != 0)
        return -1;
    bm_id_text(&data.digest, digest);
    bm_data_close(&data);
    snprintf(name, sizeof name, "digest.%s", config->dataset);
    const char *stored = bm_results_meta(bm_store_results(store), name);
    if (stored != NULL && strcmp(stored, digest) != 0)
        return bm_fail(err, BM_EXIT_DATA,
                       "%s: the data set in %s (digest %s) is not the one of the runs that are "
                       "there (digest %s): use the same data, or another results file",
                       config->dataset, sweep->launch.data_dir, digest, stored);
    return put_meta(store, name, digest, err);
}

int bm_prepare_data(const struct bm_session *session, struct bm_store *store, struct bm_err *err)
{
    for (const char *const *name = bm_dataset_names; *name != NULL; name++)
        for (size_t i = 0; i < session->n_todo; i++) {
            struct bm_config config;
            bm_points_config(&session->points, session->todo[i], &config);
            if (strcmp(config.dataset, *name) != 0)
                continue;
            if (check_data(store, &session->sweep, &config, err) != 0)
                return -1;
            break;
        }
    return 0;
}
