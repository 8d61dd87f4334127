#include "history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bm/arch.h"
#include "bm/checkpoint.h"
#include "bm/isa.h"
#include "bm/machine.h"
#include "bm/names.h"
#include "bm/nn.h"
#include "bm/train.h"
#include "reprobe.h"
#include "saver.h"
#include "say.h"

enum { MOST_IDS = 10 };

void bm_machine_here(const struct bm_launch *launch, struct bm_machine *machine)
{
    bm_cpu(machine->cpu, sizeof machine->cpu);
    snprintf(machine->isa, sizeof machine->isa, "%s", bm_isa());
    snprintf(machine->blas_kernel, sizeof machine->blas_kernel, "%s", bm_blas_kernel());
    machine->conv = bm_conv_words[launch->conv];
    machine->threads = launch->threads > 0 ? launch->threads : bm_cores();
}

/* Whether results have the same bits there. */
static bool has_bits_of(const struct bm_result *result, const struct bm_machine *machine)
{
    return strcmp(result->isa, machine->isa) == 0 &&
           strcmp(result->blas_kernel, machine->blas_kernel) == 0 &&
           strcmp(result->conv, machine->conv) == 0 && result->threads == machine->threads;
}

static bool is_of(const struct bm_result *result, const struct bm_machine *machine)
{
    return strcmp(result->cpu, machine->cpu) == 0 && has_bits_of(result, machine);
}

char *bm_history_other_machine(const struct bm_results *results, const struct bm_points *points,
                               const size_t *some, size_t n, char *text, size_t size)
{
    const struct bm_launch *launch = &points->sweep->launch;
    struct bm_machine machine;
    text[0] = '\0';
    bm_machine_here(launch, &machine);
    for (size_t i = 0; i < n && text[0] == '\0'; i++) {
        const struct bm_run *run = bm_results_find(results, &points->points[some[i]].id);
        const struct bm_result *theirs = &run->result;
        if (!has_bits_of(theirs, &machine))
            snprintf(
                text, size,
                "runs were trained on %s (%s, conv %s, threads %lld), and here are %s (%s, %s, "
                "%lld): last digits of further probes may differ from those that they would "
                "have there",
                theirs->isa, theirs->blas_kernel, theirs->conv, (long long)theirs->threads,
                machine.isa, machine.blas_kernel, machine.conv, (long long)machine.threads);
    }
    return text;
}

size_t bm_history_pace(const struct bm_results *results, const struct bm_launch *launch,
                       const struct bm_machine *machine, struct bm_pace *pace, struct bm_pace *work)
{
    size_t n = 0;
    for (size_t i = 0; i < results->n_runs; i++) {
        const struct bm_run *run = &results->runs[i];
        struct bm_cost cost;
        if (run->result.status != BM_STATUS_DONE || !is_of(&run->result, machine) ||
            bm_cost_of(&run->config, launch, &cost, NULL) != 0)
            continue;
        size_t kind = bm_points_kind(&run->config);
        bm_pace_add(pace, kind, cost.flops, run->result.wall_s);
        if (work != NULL)
            bm_pace_add(work, kind, cost.flops, run->result.cpu_s);
        n++;
    }
    return n;
}

/* ---- measured otherwise ---- */

/* Marks the rows of settings that differ, though the runs have one id, where either run has an
 * effect of them. True when there is one. */
static bool mark_differences(const struct bm_config *a, const struct bm_config *b,
                             const char *const *arch_settings, bool *differs)
{
    bool any = false;
    for (size_t i = 0; i < bm_config_table.n_fields; i++) {
        const struct bm_field *field = &bm_config_table.fields[i];
        if (bm_field_equal(field, a, b) || !(bm_config_is_seen(a, field, arch_settings) ||
                                             bm_config_is_seen(b, field, arch_settings)))
            continue;
        any = true;
        if (differs != NULL)
            differs[i] = true;
    }
    return any;
}

static void list_keys(const bool *differs, char *keys, size_t size)
{
    size_t used = 0;
    keys[0] = '\0';
    for (size_t i = 0; i < bm_config_table.n_fields && used < size; i++)
        if (differs[i])
            used += (size_t)snprintf(keys + used, size - used, "%s%s", used > 0 ? ", " : "",
                                     bm_config_table.fields[i].key);
}

/* The same for one point that is done; adds to `differs`, which may be NULL. */
static bool is_otherwise(const struct bm_points *points, const struct bm_results *results, size_t i,
                         bool *differs)
{
    struct bm_config config;
    if (points->points[i].state != BM_POINT_DONE)
        return false;
    bm_points_config(points, i, &config);
    const struct bm_run *run = bm_results_find(results, &points->points[i].id);
    return mark_differences(&config, &run->config, bm_arch_find(config.arch)->settings, differs);
}

bool bm_history_is_otherwise(const struct bm_points *points, const struct bm_results *results,
                             size_t i)
{
    return is_otherwise(points, results, i, NULL);
}

/* Counts them; lists the settings, and the ids of the first `MOST_IDS`. */
static size_t find_otherwise(const struct bm_points *points, const struct bm_results *results,
                             char keys[200], char ids[200])
{
    bool *differs = calloc(bm_config_table.n_fields, sizeof *differs);
    size_t n = 0, used = 0;
    if (differs == NULL)
        abort();
    ids[0] = '\0';
    for (size_t i = 0; i < points->n; i++) {
        char id[BM_ID_TEXT];
        if (!is_otherwise(points, results, i, differs))
            continue;
        if (n < MOST_IDS)
            used += (size_t)snprintf(ids + used, 200 - used, " %.8s",
                                     bm_id_text(&points->points[i].id, id));
        n++;
    }
    list_keys(differs, keys, 200);
    free(differs);
    return n;
}

enum { PATH_TEXT = 4200, SHELL_WORD = 4 * PATH_TEXT /* where all of it are single quotes */ };

/* As a shell takes it for one word. */
static void shell_word(const char *path, char text[SHELL_WORD])
{
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-";
    char whole[PATH_TEXT], *to = text;
    bm_path_text(path, whole, sizeof whole);
    if (whole[strspn(whole, safe)] == '\0') {
        strcpy(text, whole);
        return;
    }
    *to++ = '\'';
    for (const char *at = whole; *at != '\0'; at++) {
        if (*at == '\'') /* ends the quotation: it stands outside, and another one begins */
            to = stpcpy(to, "'\\'");
        *to++ = *at;
    }
    strcpy(to, "'");
}

char *bm_history_warning(const struct bm_points *points, const struct bm_results *results,
                         char *text, size_t size)
{
    char keys[200], ids[200], path[SHELL_WORD], further[100] = "";
    size_t n = find_otherwise(points, results, keys, ids);
    size_t n_possible = n > 0 ? bm_reprobe_count(points, results) : 0;
    if (n_possible > 0)
        snprintf(further, sizeof further,
                 " (bm-sweep --reprobe takes the probes that %zu of them lack)", n_possible);
    shell_word(points->sweep->results, path);
    text[0] = '\0';
    if (n > 0)
        snprintf(text, size,
                 "%zu of the %zu runs that are done were measured with other settings (%s), and "
                 "stay as they are%s%s; to measure them anew: bm-results drop %s%s, or another "
                 "results file (--set results=FILE)",
                 n, points->count[BM_POINT_DONE], keys,
                 n > MOST_IDS ? " (done* in --plan --all)" : "", further, path,
                 n > MOST_IDS ? " ID…" : ids);
    return text;
}

/* ---- begun otherwise ---- */

/* A run that another job has now is that one's. */
static bool begins_anew(const struct bm_points *points, const struct bm_run *run,
                        const struct bm_config *config)
{
    if (run->result.status == BM_STATUS_RUNNING)
        return false;
    struct bm_id settings = bm_saver_settings(config, &points->sweep->launch);
    return bm_checkpoint_is_of_others(points->sweep->results, &run->id, &settings);
}

char *bm_history_anew(const struct bm_results *results, const struct bm_points *points,
                      const size_t *some, size_t n, char *text, size_t size)
{
    bool *differs = calloc(bm_config_table.n_fields, sizeof *differs);
    char keys[200];
    size_t n_anew = 0;
    if (differs == NULL)
        abort();
    for (size_t i = 0; i < n; i++) {
        const struct bm_run *run = bm_results_find(results, &points->points[some[i]].id);
        struct bm_config config;
        if (run == NULL)
            continue; /* nearly all of a large grid: their settings are not asked for */
        bm_points_config(points, some[i], &config);
        if (!begins_anew(points, run, &config))
            continue;
        mark_differences(&config, &run->config, bm_arch_find(config.arch)->settings, differs);
        n_anew++;
    }
    list_keys(differs, keys, sizeof keys);
    free(differs);
    text[0] = '\0';
    if (n_anew > 0)
        snprintf(text, size,
                 "%zu run%s that had begun begin%s anew, from epoch 0: checkpoints are of other "
                 "settings%s%s%s",
                 n_anew, n_anew == 1 ? "" : "s", n_anew == 1 ? "s" : "", keys[0] ? " (" : "", keys,
                 keys[0] ? ")" : "");
    return text;
}
