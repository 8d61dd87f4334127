/* Comparing and joining results in memory. */
#include "results_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- order ---- */

static int compare_numbers(double a, double b)
{
    return (a > b) - (a < b);
}

int bm_run_compare(const struct bm_run *a, const struct bm_run *b)
{
    for (size_t i = 0; i < bm_config_table.n_fields; i++) {
        const struct bm_field *field = &bm_config_table.fields[i];
        int order = bm_is_number(field->type) ? compare_numbers(bm_field_number(field, &a->config),
                                                                bm_field_number(field, &b->config))
                                              : strcmp(bm_field_string(field, &a->config),
                                                       bm_field_string(field, &b->config));
        if (order != 0)
            return order;
    }
    return bm_id_compare(&a->id, &b->id);
}

/* ---- joining ---- */

/* How much a record of a run is worth. */
static int rank_of(const struct bm_run *run)
{
    return !run->finished ? 0 : run->result.status != BM_STATUS_DONE ? 1 : 2;
}

/* Whether all probes of `than` were taken of the run, and others, too. */
static bool has_more_probes(const struct bm_run *run, const struct bm_run *than)
{
    struct bm_config both = run->config;
    char probes[2 * sizeof both.probes];
    snprintf(probes, sizeof probes, "%s,%s", run->config.probes, than->config.probes);
    return strcmp(run->config.probes, than->config.probes) != 0 &&
           bm_field_set(bm_table_find(&bm_config_table, "probes"), &both, probes, NULL) == 0 &&
           strcmp(both.probes, run->config.probes) == 0;
}

/* Of two records that are worth the same: the later one, then any, but always the same one. */
static int compare_circumstance(const struct bm_run *a, const struct bm_run *b)
{
    int order = strcmp(a->result.finished, b->result.finished);
    for (size_t f = 0; f < bm_result_table.n_fields && order == 0; f++) {
        const struct bm_field *field = &bm_result_table.fields[f];
        order = bm_is_number(field->type) ? compare_numbers(bm_field_number(field, &a->result),
                                                            bm_field_number(field, &b->result))
                                          : strcmp(bm_field_string(field, &a->result),
                                                   bm_field_string(field, &b->result));
    }
    return order != 0 ? order : strcmp(a->log ? a->log : "", b->log ? b->log : "");
}

/* Of two done ones: with which more was measured. */
static int compare_measured(const struct bm_run *a, const struct bm_run *b)
{
    struct bm_agreement agreement;
    int order = has_more_probes(a, b) - has_more_probes(b, a);
    if (order != 0)
        return order;
    bm_runs_agree(a, b, &agreement);
    return agreement.a_has_more - agreement.b_has_more;
}

bool bm_run_has_more(const struct bm_run *run, const struct bm_run *than)
{
    if (than == NULL)
        return true;
    int order = rank_of(run) - rank_of(than);
    if (order == 0 && rank_of(run) == 2)
        order = compare_measured(run, than);
    if (order == 0 && !run->finished)
        order =
            (run->n_evaluations > than->n_evaluations) - (run->n_evaluations < than->n_evaluations);
    if (order == 0)
        order = compare_circumstance(run, than);
    return order > 0;
}

bool bm_meta_is_data_digest(const char *name)
{
    return strncmp(name, "digest.", 7) == 0;
}

static int check_data(const struct bm_results *into, const struct bm_results *from,
                      struct bm_err *err)
{
    for (size_t i = 0; i < from->n_meta; i++) {
        const char *name = from->meta[i].name, *text = bm_results_meta(into, name);
        if (bm_meta_is_data_digest(name) && text != NULL && strcmp(text, from->meta[i].text) != 0)
            return bm_fail(err, BM_EXIT_IO, "the two are of different versions of the data set %s",
                           strchr(name, '.') + 1);
    }
    return 0;
}

static int take_texts(struct bm_results *into, const struct bm_results *from, struct bm_err *err)
{
    for (size_t i = 0; i < from->n_meta; i++) {
        const struct bm_meta *meta = &from->meta[i];
        if (bm_results_meta(into, meta->name) != NULL)
            continue;
        struct bm_frame frame = {
            .kind = BM_FRAME_META, .text = meta->text, .text_size = strlen(meta->text)};
        memcpy(frame.name, meta->name, sizeof frame.name);
        if (bm_results_apply(into, &frame, err) != 0)
            return -1;
    }
    return 0;
}

/* Exchanges the record with the one that `into` has, which is begun for that if need be. */
static int exchange(struct bm_results *into, struct bm_run *run, struct bm_err *err)
{
    struct bm_run *old = bm_results_find(into, &run->id);
    if (old == NULL) {
        struct bm_frame begin = {.kind = BM_FRAME_BEGIN, .id = run->id, .config = run->config};
        if (bm_results_apply(into, &begin, err) != 0)
            return -1;
        old = bm_results_find(into, &run->id);
    }
    if (bm_run_own(old, err) != 0 || bm_run_own(run, err) != 0)
        return -1;
    struct bm_run kept = *old;
    *old = *run;
    *run = kept;
    return 0;
}

int bm_results_merge(struct bm_results *into, struct bm_results *from, size_t *taken,
                     struct bm_err *err)
{
    *taken = 0;
    if (check_data(into, from, err) != 0 || take_texts(into, from, err) != 0)
        return -1;
    for (size_t i = 0; i < from->n_runs; i++) {
        struct bm_run *run = &from->runs[i];
        if (!bm_run_has_more(run, bm_results_find(into, &run->id)))
            continue;
        if (exchange(into, run, err) != 0)
            return -1;
        ++*taken;
    }
    return 0;
}

/* ---- checking ---- */

int bm_results_check_ids(const struct bm_results *results, struct bm_err *err)
{
    for (size_t i = 0; i < results->n_runs; i++) {
        const struct bm_run *run = &results->runs[i];
        char id[BM_ID_TEXT];
        if (!bm_config_has_id(&run->config, &run->id))
            return bm_fail(err, BM_EXIT_IO,
                           "run %.8s has other settings than its id says: damaged, edited, or of a "
                           "later version",
                           bm_id_text(&run->id, id));
    }
    return 0;
}
