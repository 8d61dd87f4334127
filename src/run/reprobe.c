#include "reprobe.h"

#include <stdio.h>
#include <string.h>

#include "bm/arch.h"
#include "bm/file.h"
#include "bm/train.h"
#include "bm/weights.h"

/* Appends those of `asked` (comma-separated, as is `taken`) that are not among `taken`. */
static void add_missing(const char *asked, const char *taken, struct bm_bytes *missing)
{
    for (const char *word = asked; *word != '\0';) {
        size_t n = strcspn(word, ",");
        char name[64];
        snprintf(name, sizeof name, "%.*s", (int)n, word);
        if (!bm_words_have(taken, name))
            bm_bytes_printf(missing, "%s%s", missing->size > 0 ? "," : "", name);
        word += n + (word[n] == ',');
    }
}

/* The probes that are asked for and that the run lacks; of kNN also further numbers of neighbours.
 * False: there are none. */
static bool find_missing(const struct bm_config *asked, const struct bm_config *taken,
                         struct bm_config *missing)
{
    struct bm_bytes probes = {0}, numbers = {0};
    add_missing(asked->probes, taken->probes, &probes);
    if (bm_config_uses_probe(asked, "knn"))
        add_missing(asked->knn_also, taken->knn_also, &numbers);
    if (numbers.size > 0)
        bm_bytes_printf(&probes, "%sknn", probes.size > 0 ? "," : "");
    bool any = probes.size > 0;
    *missing = *asked;
    if (any)
        bm_field_set(bm_table_find(&bm_config_table, "probes"), missing, (char *)probes.data, NULL);
    bm_bytes_fini(&probes);
    bm_bytes_fini(&numbers);
    return any;
}

/* Probes by different settings cannot stand in one row: whether the run was measured by others, as
 * far as it has probes that they matter to. */
static bool is_measured_otherwise(const struct bm_config *asked, const struct bm_config *taken,
                                  char why[BM_REPROBE_WHY])
{
    const char *const *arch_settings = bm_arch_find(taken->arch)->settings;
    for (size_t f = 0; f < bm_config_table.n_fields; f++) {
        const struct bm_field *field = &bm_config_table.fields[f];
        char theirs[128], ours[128];
        bool is_list = field->type == BM_WORDS && field->role == BM_OBSERVED;
        if (is_list || bm_field_equal(field, asked, taken) ||
            !bm_config_is_seen(taken, field, arch_settings))
            continue;
        if (why != NULL)
            snprintf(why, BM_REPROBE_WHY,
                     "it was measured with %s=%s, and the sweep says %s: not in one row",
                     field->key, bm_field_text(field, taken, theirs, sizeof theirs),
                     bm_field_text(field, asked, ours, sizeof ours));
        return true;
    }
    return false;
}

/* A run of no epochs is what its seed says. */
static bool lacks_weights(const struct bm_points *points, const struct bm_run *run,
                          char why[BM_REPROBE_WHY])
{
    char path[BM_PATH_SIZE];
    struct bm_err err = {0};
    if (run->result.epochs_done == 0)
        return false;
    int found = bm_weights_path(points->sweep->results, &run->id, path, &err);
    if (found == 0)
        found = bm_file_find(path, NULL, &err);
    if (found == 0)
        bm_fail(&err, BM_EXIT_IO,
                "no weights were kept of it ('save_weights: final' in run: keeps those of runs to "
                "come)");
    if (why != NULL)
        snprintf(why, BM_REPROBE_WHY, "%s", err.text);
    return found <= 0;
}

enum bm_reprobe_need bm_reprobe_need(const struct bm_points *points,
                                     const struct bm_results *results, size_t i,
                                     struct bm_config *config, char why[BM_REPROBE_WHY])
{
    const struct bm_run *run = bm_results_find(results, &points->points[i].id);
    struct bm_config asked, missing;
    if (!bm_run_is_done(run))
        return BM_REPROBE_NOT_DONE;
    bm_points_config(points, i, &asked);
    asked.probe_every = run->config.probe_every; /* no value depends on it */
    if (!find_missing(&asked, &run->config, &missing))
        return BM_REPROBE_NOTHING;
    if (is_measured_otherwise(&asked, &run->config, why) || lacks_weights(points, run, why))
        return BM_REPROBE_REFUSED;
    if (config != NULL)
        *config = missing;
    return BM_REPROBE_POSSIBLE;
}

void bm_reprobe_job(const struct bm_points *points, const struct bm_results *results, size_t i,
                    struct bm_job *job)
{
    const struct bm_run *run = bm_results_find(results, &points->points[i].id);
    job->reprobes = true;
    job->epochs_done = run->result.epochs_done;
    snprintf(job->data_digest, sizeof job->data_digest, "%s", run->result.data_digest);
    bm_reprobe_need(points, results, i, &job->config, NULL);
}

/* As of a run that is not trained: it is evaluated once. */
double bm_reprobe_cost(const struct bm_points *points, const struct bm_results *results, size_t i)
{
    struct bm_config config;
    struct bm_cost cost = {0};
    bm_reprobe_need(points, results, i, &config, NULL);
    int evaluations = config.epochs > 0 ? 2 : 1;
    config.epochs = 0;
    bm_cost_of(&config, &points->sweep->launch, &cost, NULL);
    return evaluations * cost.flops;
}

size_t bm_reprobe_count(const struct bm_points *points, const struct bm_results *results)
{
    size_t n = 0;
    for (size_t i = 0; i < points->n; i++)
        n += points->points[i].state == BM_POINT_DONE &&
             bm_reprobe_need(points, results, i, NULL, NULL) == BM_REPROBE_POSSIBLE;
    return n;
}

void bm_reprobe_refusals(const struct bm_points *points, const struct bm_results *results,
                         void (*say)(void *context, const char *sentence), void *context)
{
    for (size_t i = 0; i < points->n; i++) {
        char why[BM_REPROBE_WHY], sentence[BM_REPROBE_WHY + 500], id[BM_ID_TEXT], settings[400];
        struct bm_config config;
        if (!points->points[i].is_asked ||
            bm_reprobe_need(points, results, i, NULL, why) != BM_REPROBE_REFUSED)
            continue;
        bm_points_config(points, i, &config);
        bm_points_text(points, &config, settings, sizeof settings);
        snprintf(sentence, sizeof sentence, "run %.8s%s%s cannot be probed further: %s",
                 bm_id_text(&points->points[i].id, id), settings[0] != '\0' ? " " : "", settings,
                 why);
        say(context, sentence);
    }
}
