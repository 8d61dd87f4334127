#include "history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bm/arch.h"
#include "bm/isa.h"
#include "bm/machine.h"
#include "bm/train.h"

void bm_machine_here(const struct bm_launch *launch, struct bm_machine *machine)
{
    bm_cpu(machine->cpu, sizeof machine->cpu);
    snprintf(machine->isa, sizeof machine->isa, "%s", bm_isa());
    machine->threads = launch->threads > 0 ? launch->threads : bm_cores();
}

static bool is_of(const struct bm_result *result, const struct bm_machine *machine)
{
    return strcmp(result->cpu, machine->cpu) == 0 && strcmp(result->isa, machine->isa) == 0 &&
           result->threads == machine->threads;
}

size_t bm_history_pace(const struct bm_results *results, const struct bm_launch *launch,
                       const struct bm_machine *machine, struct bm_pace *pace)
{
    size_t n = 0;
    for (size_t i = 0; i < results->n_runs; i++) {
        const struct bm_run *run = &results->runs[i];
        struct bm_cost cost;
        if (run->result.status != BM_STATUS_DONE || !is_of(&run->result, machine) ||
            bm_cost_of(&run->config, launch, &cost, NULL) != 0)
            continue;
        bm_pace_add(pace, bm_points_kind(&run->config), cost.flops, run->result.wall_s);
        n++;
    }
    return n;
}

/* ---- measured otherwise ---- */

/* Marks the rows of settings that are observed and differ, where either run has an effect of them.
 * True when there is one. */
static bool mark_differences(const struct bm_config *a, const struct bm_config *b,
                             const char *const *arch_settings, bool *differs)
{
    bool any = false;
    for (size_t i = 0; i < bm_config_table.n_fields; i++) {
        const struct bm_field *field = &bm_config_table.fields[i];
        if (field->role != BM_OBSERVED || bm_field_equal(field, a, b) ||
            !(bm_config_has_effect(a, field, arch_settings) ||
              bm_config_has_effect(b, field, arch_settings)))
            continue;
        differs[i] = any = true;
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

size_t bm_history_otherwise(const struct bm_points *points, const struct bm_results *results,
                            char *keys, size_t size)
{
    bool *differs = calloc(bm_config_table.n_fields, sizeof *differs);
    size_t n = 0;
    if (differs == NULL)
        abort();
    for (size_t i = 0; i < points->n; i++) {
        struct bm_config config;
        if (points->points[i].state != BM_POINT_DONE)
            continue;
        bm_points_config(points, i, &config);
        const struct bm_run *run = bm_results_find(results, &points->points[i].id);
        n += mark_differences(&config, &run->config, bm_arch_find(config.arch)->settings, differs);
    }
    list_keys(differs, keys, size);
    free(differs);
    return n;
}

char *bm_history_warning(const struct bm_points *points, const struct bm_results *results,
                         char *text, size_t size)
{
    char keys[200];
    size_t n = bm_history_otherwise(points, results, keys, sizeof keys);
    text[0] = '\0';
    if (n > 0)
        snprintf(
            text, size,
            "%zu of the %zu runs that are done were measured with other settings (%s), and stay "
            "as they are; another results file (--set results=FILE) measures them anew",
            n, points->count[BM_POINT_DONE], keys);
    return text;
}
