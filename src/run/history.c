#include "history.h"

#include <stdio.h>
#include <string.h>

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
