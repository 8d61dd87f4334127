#include "lead.h"

#include <stdio.h>

struct bm_lead bm_lead_of(const struct bm_results *a, const struct bm_results *b)
{
    struct bm_lead lead = {0};
    for (size_t i = 0; i < a->n_runs; i++) {
        const struct bm_run *run = &a->runs[i], *other = bm_results_find(b, &run->id);
        size_t there = other != NULL ? other->n_evaluations : 0;
        lead.finished += run->finished && (other == NULL || !other->finished);
        lead.evaluations += run->n_evaluations > there ? run->n_evaluations - there : 0;
    }
    return lead;
}

char *bm_lead_text(struct bm_lead lead, char *text, size_t size)
{
    const struct {
        size_t n;
        const char *name;
    } parts[] = {{lead.finished, "finished run"}, {lead.evaluations, "evaluation"}};
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < 2; i++)
        if (parts[i].n > 0 && used < size)
            used +=
                (size_t)snprintf(text + used, size - used, "%s%zu %s%s", used > 0 ? " and " : "",
                                 parts[i].n, parts[i].name, parts[i].n == 1 ? "" : "s");
    return text;
}
