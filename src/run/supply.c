#include "supply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bm/bytes.h"

/* Position in bm_datasets; without a name their number. */
static size_t number_of(const char *dataset)
{
    size_t number = 0;
    while (bm_datasets[number] != NULL &&
           (dataset == NULL || strcmp(bm_datasets[number]->name, dataset) != 0))
        number++;
    return number;
}

const struct bm_supply *bm_supply_of(const struct bm_session *session, const char *dataset)
{
    const struct bm_supply *supply =
        session->supplies ? &session->supplies[number_of(dataset)] : NULL;
    return supply != NULL && supply->is_used && supply->is_checked ? supply : NULL;
}

void bm_supply_names(const struct bm_dataset *dataset, char digest[BM_SUPPLY_NAME],
                     char others[BM_SUPPLY_NAME])
{
    snprintf(digest, BM_SUPPLY_NAME, "digest.%s", dataset->name);
    snprintf(others, BM_SUPPLY_NAME, "not_published.%s", dataset->name);
}

char *bm_supply_warning(const struct bm_supply *supply, const struct bm_dataset *dataset,
                        char *text, size_t size)
{
    text[0] = '\0';
    if (strcmp(supply->others, "none") != 0)
        snprintf(text, size, "%s: not the published files: %s (bm-data check %s says more)",
                 dataset->name, supply->others, dataset->name);
    return text;
}

/* ---- one data set ---- */

/* Names the files that are not the published ones, or says "none". */
static int find_others(const struct bm_dataset *dataset, const char *data_dir,
                       struct bm_supply *supply, struct bm_err *err)
{
    size_t used = 0;
    snprintf(supply->others, sizeof supply->others, "none");
    for (const struct bm_data_file *file = dataset->files; file != NULL && file->name; file++) {
        struct bm_file_origin origin;
        if (bm_dataset_origin(dataset, data_dir, file, &origin, err) != 0)
            return -1;
        if (!origin.is_published && !origin.is_unpacked && used < sizeof supply->others)
            used += (size_t)snprintf(supply->others + used, sizeof supply->others - used, "%s%s",
                                     used > 0 ? ", " : "", file->name);
    }
    return 0;
}

static int look_at(const struct bm_dataset *dataset, const char *others, struct bm_supply *supply,
                   struct bm_err *err)
{
    const struct bm_dataset_request *request = &supply->request;
    if (supply->is_checked)
        return 0;
    if (bm_dataset_seal(dataset, request, &supply->seal, err) != 0 ||
        bm_dataset_catalog(dataset, request, &supply->catalog, err) != 0)
        return -1;
    if (others != NULL)
        snprintf(supply->others, sizeof supply->others, "%s", others);
    else if (find_others(dataset, request->data_dir, supply, err) != 0)
        return -1;
    supply->is_checked = true;
    return 0;
}

/* Checks a data set and compares it with what earlier runs saw. */
static int check(const struct bm_dataset *dataset, const struct bm_results *results,
                 struct bm_supply *supply, struct bm_err *err)
{
    char name[BM_SUPPLY_NAME], others[BM_SUPPLY_NAME], digest[BM_ID_TEXT];
    bm_supply_names(dataset, name, others);
    if (look_at(dataset, bm_results_meta(results, others), supply, err) != 0)
        return -1;
    const char *stored = bm_results_meta(results, name);
    bm_id_text(&supply->seal.digest, digest);
    if (stored == NULL || strcmp(stored, digest) == 0)
        return 0;
    return bm_fail(err, BM_EXIT_DATA,
                   "%s: the data set in %s (digest %s) is not the one of the runs that are there "
                   "(digest %s): use the same data, or another results file",
                   dataset->name, supply->request.data_dir, digest, stored);
}

/* ---- all of them ---- */

/* Whether both have the same images to draw from. */
static bool same_images(const struct bm_config *a, const struct bm_config *b)
{
    return strcmp(a->dataset, b->dataset) == 0 && strcmp(a->classes, b->classes) == 0 &&
           bm_config_takes_others(a) == bm_config_takes_others(b) &&
           (!bm_config_takes_others(a) || a->diversity == b->diversity);
}

/* Puts the configuration into the list: one for each choice of images, with the largest subsets
 * that are drawn from them (0: all images, which need no drawing). */
static void add_subsets(struct bm_config **list, size_t *n, const struct bm_config *config)
{
    size_t at = 0;
    while (at < *n && !same_images(&(*list)[at], config))
        at++;
    if (at == *n) {
        *list = realloc(*list, ++*n * sizeof **list);
        if (*list == NULL)
            abort();
        (*list)[at] = *config;
    }
    struct bm_config *largest = &(*list)[at];
    if (config->train_size > largest->train_size)
        largest->train_size = config->train_size;
    if (config->test_size > largest->test_size)
        largest->test_size = config->test_size;
}

/* That the subsets that are asked for can be drawn. Of the published files all can, and smaller
 * ones are parts of larger ones. */
static int check_subsets(const struct bm_session *session, const struct bm_dataset *dataset,
                         const struct bm_supply *supply, struct bm_err *err)
{
    struct bm_config *list = NULL;
    size_t n = 0;
    int status = 0;
    bool is_published = dataset->files != NULL && strcmp(supply->others, "none") == 0;
    if (dataset->generated || is_published)
        return 0;
    for (size_t i = 0; i < session->n_todo; i++) {
        struct bm_config config;
        bm_points_config(&session->points, session->todo[i], &config);
        if (strcmp(config.dataset, dataset->name) == 0)
            add_subsets(&list, &n, &config);
    }
    for (size_t i = 0; i < n && status == 0; i++) {
        struct bm_data data;
        status = bm_data_open(&data, &list[i], &session->sweep.launch, &supply->seal, err);
        if (status == 0)
            bm_data_close(&data);
        else
            bm_fail_at(err, "%s", dataset->name);
    }
    free(list);
    return status;
}

static void find_used(struct bm_session *session)
{
    for (size_t set = 0; bm_datasets[set] != NULL; set++)
        session->supplies[set].is_used = false;
    for (size_t i = 0; i < session->n_todo; i++) {
        struct bm_config config;
        bm_points_config(&session->points, session->todo[i], &config);
        struct bm_supply *supply = &session->supplies[number_of(config.dataset)];
        if (!supply->is_used)
            supply->request = bm_dataset_request_of(&config, &session->sweep.launch);
        supply->is_used = true;
    }
}

int bm_supply_check(struct bm_session *session, const struct bm_results *results,
                    struct bm_err *err)
{
    if (session->supplies == NULL)
        session->supplies = calloc(number_of(NULL) + 1, sizeof *session->supplies);
    if (session->supplies == NULL)
        abort();
    find_used(session);
    for (size_t set = 0; bm_datasets[set] != NULL; set++) {
        struct bm_supply *supply = &session->supplies[set];
        if (supply->is_used && (check(bm_datasets[set], results, supply, err) != 0 ||
                                check_subsets(session, bm_datasets[set], supply, err) != 0))
            return -1;
    }
    return 0;
}
